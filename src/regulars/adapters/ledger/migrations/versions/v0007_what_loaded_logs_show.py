"""What the loaded logs show of grants: the newest beside each spend, every version in a table of its own.

Revision: 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_FLAGS = ("shown_absent", "shown_voided")


def upgrade() -> None:
    """Forward."""
    op.add_column("spends", sa.Column("shown_cents", sa.BigInteger))
    op.add_column(
        "spends", sa.Column("shown_returned_cents", sa.BigInteger, nullable=False, server_default=sa.text("0"))
    )
    for name in _FLAGS:
        op.add_column("spends", sa.Column(name, sa.Integer, nullable=False, server_default=sa.text("0")))
    op.create_table(
        "shown",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("grant_id", sa.Text, nullable=False),
        sa.Column("transaction_id", sa.Text, nullable=False),
        sa.Column("given_cents", sa.BigInteger),
        sa.Column("absent", sa.Integer, nullable=False),
        sa.Column("returned_cents", sa.BigInteger, nullable=False),
        sa.Column("voided", sa.Integer, nullable=False),
        sa.Column("told_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["plan_id", "grant_id"], ["grants.plan_id", "grants.grant_id"]),
    )
    op.create_index("ix_shown_plan_id_grant_id", "shown", ["plan_id", "grant_id"])
    _refuse_changes("shown")


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
