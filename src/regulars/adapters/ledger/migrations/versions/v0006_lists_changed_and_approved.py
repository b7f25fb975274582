"""Lists that were made void or issued anew, and plans whose lists were approved.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "list_editions",
        sa.Column("plan_id", sa.Text, primary_key=True),
        sa.Column("household_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sequence_before", sa.Integer),
        sa.Column("sequence", sa.Integer),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["plan_id", "household_id"], ["lists.plan_id", "lists.household_id"]),
        sa.CheckConstraint("number >= 1", name="number"),
    )
    op.create_table(
        "list_approvals",
        sa.Column("plan_id", sa.Text, sa.ForeignKey("plans.plan_id"), primary_key=True),
        sa.Column("approved_at", _INSTANT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
    )
