"""What vendors were billed: invoices, the settled entries each covers, and what is disputed of them.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "invoices",
        sa.Column("invoice_id", sa.Text, primary_key=True),
        sa.Column("vendor_id", sa.Text, nullable=False, index=True),
        sa.Column("line_count", sa.Integer, nullable=False),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
    )
    op.create_table(
        "invoice_lines",
        sa.Column("invoice_id", sa.Text, sa.ForeignKey("invoices.invoice_id"), primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("posting_id", sa.Text, nullable=False),
        sa.Column("posting_line", sa.Integer, nullable=False),
        sa.UniqueConstraint("posting_id", "posting_line", name="uq_invoice_lines_posting_id_posting_line"),
        sa.ForeignKeyConstraint(["posting_id", "posting_line"], ["entries.posting_id", "entries.line"]),
    )
    op.create_table(
        "invoice_disputes",
        sa.Column("invoice_id", sa.Text, primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("disputed", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("decided_at", _INSTANT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["invoice_id", "line"], ["invoice_lines.invoice_id", "invoice_lines.line"]),
    )
    op.create_index("ix_entries_account_payer_id", "entries", ["account", "payer_id"])
    for table in ("invoices", "invoice_lines", "invoice_disputes"):
        _refuse_changes(table)


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
