"""Plans, lists, grants, budgets with their postings, the holdout programme, the audit chain.

Revision: 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_APPEND_ONLY = ("postings", "entries", "audit")


def upgrade() -> None:
    """Forward."""
    _plans()
    _lists_and_grants()
    _money()
    _audit()
    for table in _APPEND_ONLY:
        _refuse_changes(table)


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("plan_id", sa.Text, primary_key=True),
        sa.Column("cycle_number", sa.Integer, nullable=False),
        sa.Column("as_of_on", sa.Date, nullable=False),
        sa.Column("from_on", sa.Date, nullable=False),
        sa.Column("until_on", sa.Date, nullable=False),
        sa.Column("content_digest", sa.Text, nullable=False),
        sa.Column("list_count", sa.Integer, nullable=False),
        sa.Column("grant_count", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("registered_at", _INSTANT, nullable=False),
        sa.Column("applied_at", _INSTANT),
        sa.Column("recalled_at", _INSTANT),
        sa.CheckConstraint("state IN ('built', 'applied', 'recalled')", name="state"),
        sa.CheckConstraint("from_on < until_on", name="period"),
    )
    applied = sa.text("state = 'applied'")
    op.create_index(
        "ix_plans_applied_cycle",
        "plans",
        ["cycle_number"],
        unique=True,
        sqlite_where=applied,
        postgresql_where=applied,
    )
    op.create_table(
        "programmes",
        sa.Column("programme_year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("salt", sa.Text, nullable=False),
        sa.Column("share", sa.Float(53), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.CheckConstraint("share >= 0 AND share <= 1", name="share"),
    )


def _lists_and_grants() -> None:
    op.create_table(
        "lists",
        sa.Column("plan_id", sa.Text, sa.ForeignKey("plans.plan_id"), primary_key=True),
        sa.Column("household_id", sa.Text, primary_key=True),
        sa.Column("list_number", sa.Integer, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("code_digest", sa.Text, nullable=False, index=True),
        sa.Column("phone_digest", sa.Text, nullable=False, index=True),
        sa.Column("from_on", sa.Date, nullable=False),
        sa.Column("until_on", sa.Date, nullable=False),
        sa.Column("arm", sa.Text, nullable=False),
        sa.UniqueConstraint("plan_id", "list_number"),
        sa.UniqueConstraint("plan_id", "sequence"),
        sa.CheckConstraint("from_on < until_on", name="period"),
        sa.CheckConstraint("arm IN ('targeted', 'holdout')", name="arm"),
    )
    op.create_table(
        "grants",
        sa.Column("plan_id", sa.Text, primary_key=True),
        sa.Column("grant_id", sa.Text, primary_key=True),
        sa.Column("household_id", sa.Text, nullable=False),
        sa.Column("offer_id", sa.Text, nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("face_cents", sa.BigInteger, nullable=False),
        sa.Column("funding_cents", sa.BigInteger, nullable=False),
        sa.Column("vendor_id", sa.Text, nullable=False),
        sa.Column("from_on", sa.Date, nullable=False),
        sa.Column("until_on", sa.Date, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.UniqueConstraint("plan_id", "household_id", "offer_id"),
        sa.ForeignKeyConstraint(["plan_id", "household_id"], ["lists.plan_id", "lists.household_id"]),
        sa.CheckConstraint("0 <= funding_cents AND funding_cents <= face_cents", name="money"),
        sa.CheckConstraint("from_on < until_on", name="period"),
        sa.CheckConstraint("state IN ('issued', 'held', 'armed', 'spent', 'closed')", name="state"),
    )


def _money() -> None:
    op.create_table(
        "budgets",
        sa.Column("plan_id", sa.Text, sa.ForeignKey("plans.plan_id"), primary_key=True),
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("scope_id", sa.Text, primary_key=True),
        sa.Column("amount_cents", sa.BigInteger),
        sa.Column("expected_cents", sa.BigInteger, nullable=False),
        sa.Column("exposure_cents", sa.BigInteger, nullable=False),
        sa.CheckConstraint("scope IN ('vendor', 'offer', 'store')", name="scope"),
    )
    op.create_table(
        "postings",
        sa.Column("posting_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("plan_id", sa.Text, sa.ForeignKey("plans.plan_id"), nullable=False, index=True),
        sa.Column("posted_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "entries",
        sa.Column("posting_id", sa.Text, sa.ForeignKey("postings.posting_id"), primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("payer_id", sa.Text, nullable=False),
        sa.Column("offer_id", sa.Text, nullable=False),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("object_kind", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("previous_digest", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
    )
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.CheckConstraint("id = 1", name="single"),
    )
    op.bulk_insert(head, [{"id": 1, "sequence": 0, "digest": "0" * 64}])


def _refuse_changes(table: str) -> None:
    """Rows of `table` may be added and read; a correction is a new row."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()"
    )
