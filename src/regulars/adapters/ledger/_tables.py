"""The ledger's tables at the newest migration, as queries use them; a test holds them equal to the migrations."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; SQLite keeps it without the zone, which is always UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the store: an instant without a zone is a mistake of the caller."""
        if value is None:
            return None
        assert value.tzinfo is not None, f"an instant needs a zone: {value}"
        moved = value.astimezone(UTC)
        return moved.replace(tzinfo=None) if dialect.name == "sqlite" else moved

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the store: in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

PLANS = Table(
    "plans",
    METADATA,
    Column("plan_id", Text, primary_key=True),
    Column("cycle_number", Integer, nullable=False),
    Column("as_of_on", Date, nullable=False),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False),
    Column("content_digest", Text, nullable=False),
    Column("list_count", Integer, nullable=False),
    Column("grant_count", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("registered_at", Instant, nullable=False),
    Column("applied_at", Instant),
    Column("recalled_at", Instant),
    CheckConstraint("state IN ('built', 'applied', 'recalled')", name="state"),
    CheckConstraint("from_on < until_on", name="period"),
)
Index(
    "ix_plans_applied_cycle",
    PLANS.c.cycle_number,
    unique=True,
    sqlite_where=text("state = 'applied'"),
    postgresql_where=text("state = 'applied'"),
)

PROGRAMMES = Table(
    "programmes",
    METADATA,
    Column("programme_year", Integer, primary_key=True, autoincrement=False),
    Column("salt", Text, nullable=False),
    Column("share", Float(53), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("share >= 0 AND share <= 1", name="share"),
)

LISTS = Table(
    "lists",
    METADATA,
    Column("plan_id", Text, ForeignKey("plans.plan_id"), primary_key=True),
    Column("household_id", Text, primary_key=True),
    Column("list_number", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("code_digest", Text, nullable=False, index=True),
    Column("phone_digest", Text, nullable=False, index=True),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False),
    Column("arm", Text, nullable=False),
    UniqueConstraint("plan_id", "list_number"),
    UniqueConstraint("plan_id", "sequence"),
    CheckConstraint("from_on < until_on", name="period"),
    CheckConstraint("arm IN ('targeted', 'holdout')", name="arm"),
)

GRANTS = Table(
    "grants",
    METADATA,
    Column("plan_id", Text, primary_key=True),
    Column("grant_id", Text, primary_key=True),
    Column("household_id", Text, nullable=False),
    Column("offer_id", Text, nullable=False),
    Column("level", Integer, nullable=False),
    Column("face_cents", BigInteger, nullable=False),
    Column("funding_cents", BigInteger, nullable=False),
    Column("vendor_id", Text, nullable=False),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("uses_max", Integer, nullable=False, server_default=text("1")),
    Column("uses_left", Integer, nullable=False, server_default=text("1")),
    Column("offline_class", Text, nullable=False, server_default=text("'online_only'")),
    Column("ended", Integer, nullable=False, server_default=text("0")),
    Column("holder_id", Text, index=True),
    Column("hold_cents", BigInteger),
    Column("lapses_at", Instant),
    Column("right_store_id", Text),
    UniqueConstraint("plan_id", "household_id", "offer_id"),
    ForeignKeyConstraint(["plan_id", "household_id"], ["lists.plan_id", "lists.household_id"]),
    CheckConstraint("0 <= funding_cents AND funding_cents <= face_cents", name="money"),
    CheckConstraint("from_on < until_on", name="period"),
    CheckConstraint("state IN ('issued', 'held', 'armed', 'spent', 'closed')", name="state"),
)

BUDGETS = Table(
    "budgets",
    METADATA,
    Column("plan_id", Text, ForeignKey("plans.plan_id"), primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("scope_id", Text, primary_key=True),
    Column("amount_cents", BigInteger),
    Column("expected_cents", BigInteger, nullable=False),
    Column("exposure_cents", BigInteger, nullable=False),
    CheckConstraint("scope IN ('vendor', 'offer', 'store')", name="scope"),
)

POSTINGS = Table(
    "postings",
    METADATA,
    Column("posting_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("plan_id", Text, ForeignKey("plans.plan_id"), nullable=False, index=True),
    Column("posted_at", Instant, nullable=False),
)

ENTRIES = Table(
    "entries",
    METADATA,
    Column("posting_id", Text, ForeignKey("postings.posting_id"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("account", Text, nullable=False),
    Column("payer_id", Text, nullable=False),
    Column("offer_id", Text, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("grant_id", Text),
    Column("transaction_id", Text),
    Index(None, "account", "payer_id"),
)

SPENDS = Table(
    "spends",
    METADATA,
    Column("plan_id", Text, primary_key=True),
    Column("grant_id", Text, primary_key=True),
    Column("transaction_id", Text, primary_key=True, index=True),
    Column("store_id", Text, nullable=False),
    Column("business_on", Date, nullable=False),
    Column("armed_cents", BigInteger),
    Column("told_cents", BigInteger),
    Column("logged_cents", BigInteger),
    Column("absent", Integer, nullable=False),
    Column("day_closed", Integer, nullable=False),
    Column("returned_cents", BigInteger, nullable=False),
    Column("voided", Integer, nullable=False),
    Column("shown_cents", BigInteger),
    Column("shown_returned_cents", BigInteger, nullable=False, server_default=text("0")),
    Column("shown_absent", Integer, nullable=False, server_default=text("0")),
    Column("shown_voided", Integer, nullable=False, server_default=text("0")),
    ForeignKeyConstraint(["plan_id", "grant_id"], ["grants.plan_id", "grants.grant_id"]),
    Index(None, "store_id", "business_on"),
)

SHOWN = Table(
    "shown",
    METADATA,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("plan_id", Text, nullable=False),
    Column("grant_id", Text, nullable=False),
    Column("transaction_id", Text, nullable=False),
    Column("given_cents", BigInteger),
    Column("absent", Integer, nullable=False),
    Column("returned_cents", BigInteger, nullable=False),
    Column("voided", Integer, nullable=False),
    Column("told_at", Instant, nullable=False),
    ForeignKeyConstraint(["plan_id", "grant_id"], ["grants.plan_id", "grants.grant_id"]),
    Index(None, "plan_id", "grant_id"),
)

REVERSALS = Table(
    "reversals",
    METADATA,
    Column("transaction_id", Text, primary_key=True),
    Column("original_id", Text, primary_key=True),
    Column("plan_id", Text, primary_key=True),
    Column("grant_id", Text, primary_key=True),
    Column("amount_cents", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("told_at", Instant, nullable=False),
    ForeignKeyConstraint(["plan_id", "grant_id"], ["grants.plan_id", "grants.grant_id"]),
    CheckConstraint("kind IN ('void', 'return')", name="kind"),
    Index(None, "plan_id", "grant_id"),
)

LOGGED = Table(
    "logged",
    METADATA,
    Column("transaction_id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("told_at", Instant, nullable=False),
)

EXCEPTIONS = Table(
    "exceptions",
    METADATA,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("transaction_id", Text, nullable=False),
    Column("plan_id", Text, nullable=False),
    Column("grant_id", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("told_at", Instant, nullable=False),
)

ANSWERS = Table(
    "answers",
    METADATA,
    Column("transaction_id", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("body_digest", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("answered_at", Instant, nullable=False, index=True),
)

POOLS = Table(
    "pools",
    METADATA,
    Column("plan_id", Text, ForeignKey("plans.plan_id"), primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("scope_id", Text, primary_key=True),
    Column("limit_cents", BigInteger),
    Column("open_cents", BigInteger, nullable=False),
    Column("due_cents", BigInteger, nullable=False),
    CheckConstraint("scope IN ('vendor', 'offer')", name="scope"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object_kind", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("previous_digest", Text, nullable=False),
    Column("digest", Text, nullable=False),
)

AUDIT_HEAD = Table(
    "audit_head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    CheckConstraint("id = 1", name="single"),
)

DEAL_REVISIONS = Table(
    "deal_revisions",
    METADATA,
    Column("deal_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("changes", Text, nullable=False),
    Column("terms_digest", Text, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("note", Text, nullable=False),
    CheckConstraint("state IN ('draft', 'submitted', 'approved', 'ended')", name="state"),
    CheckConstraint("number >= 1", name="number"),
)

CAMPAIGNS = Table(
    "campaigns",
    METADATA,
    Column("campaign_id", Text, primary_key=True),
    Column("content", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("stopped_at", Instant),
    CheckConstraint("state IN ('running', 'stopped')", name="state"),
)

OFFER_DEALS = Table(
    "offer_deals",
    METADATA,
    Column("plan_id", Text, ForeignKey("plans.plan_id"), primary_key=True),
    Column("offer_id", Text, primary_key=True),
    Column("deal_id", Text, nullable=False),
)

INVOICES = Table(
    "invoices",
    METADATA,
    Column("invoice_id", Text, primary_key=True),
    Column("vendor_id", Text, nullable=False, index=True),
    Column("line_count", Integer, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Text, nullable=False),
)

INVOICE_LINES = Table(
    "invoice_lines",
    METADATA,
    Column("invoice_id", Text, ForeignKey("invoices.invoice_id"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("posting_id", Text, nullable=False),
    Column("posting_line", Integer, nullable=False),
    UniqueConstraint("posting_id", "posting_line"),
    ForeignKeyConstraint(["posting_id", "posting_line"], ["entries.posting_id", "entries.line"]),
)

INVOICE_DISPUTES = Table(
    "invoice_disputes",
    METADATA,
    Column("invoice_id", Text, primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("disputed", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    ForeignKeyConstraint(["invoice_id", "line"], ["invoice_lines.invoice_id", "invoice_lines.line"]),
)

HOUSEHOLD_ANSWERS = Table(
    "household_answers",
    METADATA,
    Column("household_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("answer", Text, nullable=False),
    Column("item_kind", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("cycle_number", Integer, nullable=False),
    Column("answered_at", Instant, nullable=False),
    CheckConstraint("answer IN ('never', 'not_now', 'again', 'hide', 'show')", name="answer"),
    CheckConstraint("item_kind IN ('need', 'product', 'list')", name="item_kind"),
)

LIST_TICKS = Table(
    "list_ticks",
    METADATA,
    Column("plan_id", Text, primary_key=True),
    Column("household_id", Text, primary_key=True),
    Column("needs", Text, nullable=False),
    ForeignKeyConstraint(["plan_id", "household_id"], ["lists.plan_id", "lists.household_id"]),
)

LIST_EDITIONS = Table(
    "list_editions",
    METADATA,
    Column("plan_id", Text, primary_key=True),
    Column("household_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sequence_before", Integer),
    Column("sequence", Integer),
    Column("reason", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    ForeignKeyConstraint(["plan_id", "household_id"], ["lists.plan_id", "lists.household_id"]),
    CheckConstraint("number >= 1", name="number"),
)

LIST_APPROVALS = Table(
    "list_approvals",
    METADATA,
    Column("plan_id", Text, ForeignKey("plans.plan_id"), primary_key=True),
    Column("approved_at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
)

APPEND_ONLY = (
    "postings",
    "entries",
    "audit",
    "deal_revisions",
    "reversals",
    "logged",
    "shown",
    "exceptions",
    "invoices",
    "invoice_lines",
    "invoice_disputes",
)
"""Tables whose rows are only ever added; triggers refuse the rest."""
