"""What tills need: holds on grants, spends, reversals, logged transactions, stored answers, pooled budgets.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_APPEND_ONLY = ("reversals", "logged", "exceptions")


def upgrade() -> None:
    """Forward."""
    _grants_and_entries()
    _spends()
    _messages()
    _pools()
    for table in _APPEND_ONLY:
        _refuse_changes(table)


def _grants_and_entries() -> None:
    for column in (
        sa.Column("uses_max", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("uses_left", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("offline_class", sa.Text, nullable=False, server_default=sa.text("'online_only'")),
        sa.Column("ended", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("holder_id", sa.Text),
        sa.Column("hold_cents", sa.BigInteger),
        sa.Column("lapses_at", _INSTANT),
        sa.Column("right_store_id", sa.Text),
    ):
        op.add_column("grants", column)
    op.create_index("ix_grants_holder_id", "grants", ["holder_id"])
    op.execute("UPDATE grants SET ended = 1 WHERE state = 'closed'")
    for name in ("grant_id", "transaction_id"):
        op.add_column("entries", sa.Column(name, sa.Text))


def _spends() -> None:
    op.create_table(
        "spends",
        sa.Column("plan_id", sa.Text, primary_key=True),
        sa.Column("grant_id", sa.Text, primary_key=True),
        sa.Column("transaction_id", sa.Text, primary_key=True, index=True),
        sa.Column("store_id", sa.Text, nullable=False),
        sa.Column("business_on", sa.Date, nullable=False),
        sa.Column("armed_cents", sa.BigInteger),
        sa.Column("told_cents", sa.BigInteger),
        sa.Column("logged_cents", sa.BigInteger),
        sa.Column("absent", sa.Integer, nullable=False),
        sa.Column("day_closed", sa.Integer, nullable=False),
        sa.Column("returned_cents", sa.BigInteger, nullable=False),
        sa.Column("voided", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["plan_id", "grant_id"], ["grants.plan_id", "grants.grant_id"]),
    )
    op.create_index("ix_spends_store_id_business_on", "spends", ["store_id", "business_on"])
    op.create_table(
        "reversals",
        sa.Column("transaction_id", sa.Text, primary_key=True),
        sa.Column("original_id", sa.Text, primary_key=True),
        sa.Column("plan_id", sa.Text, primary_key=True),
        sa.Column("grant_id", sa.Text, primary_key=True),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("told_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["plan_id", "grant_id"], ["grants.plan_id", "grants.grant_id"]),
        sa.CheckConstraint("kind IN ('void', 'return')", name="kind"),
    )
    op.create_index("ix_reversals_plan_id_grant_id", "reversals", ["plan_id", "grant_id"])


def _messages() -> None:
    op.create_table(
        "logged",
        sa.Column("transaction_id", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("told_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "exceptions",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("transaction_id", sa.Text, nullable=False),
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("grant_id", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("told_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "answers",
        sa.Column("transaction_id", sa.Text, primary_key=True),
        sa.Column("part", sa.Text, primary_key=True),
        sa.Column("body_digest", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("answered_at", _INSTANT, nullable=False, index=True),
    )


def _pools() -> None:
    op.create_table(
        "pools",
        sa.Column("plan_id", sa.Text, sa.ForeignKey("plans.plan_id"), primary_key=True),
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("scope_id", sa.Text, primary_key=True),
        sa.Column("limit_cents", sa.BigInteger),
        sa.Column("open_cents", sa.BigInteger, nullable=False),
        sa.Column("due_cents", sa.BigInteger, nullable=False),
        sa.CheckConstraint("scope IN ('vendor', 'offer')", name="scope"),
    )
    op.execute(
        "INSERT INTO pools (plan_id, scope, scope_id, limit_cents, open_cents, due_cents) "
        "SELECT plan_id, scope, scope_id, amount_cents, 0, 0 FROM budgets WHERE scope <> 'store'"
    )


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
