"""What households answer on their phone page, and the boxes they ticked there.

Rows may be taken away: whoever asks to be forgotten is.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "household_answers",
        sa.Column("household_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("item_kind", sa.Text, nullable=False),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("cycle_number", sa.Integer, nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("answer IN ('never', 'not_now', 'again', 'hide', 'show')", name="answer"),
        sa.CheckConstraint("item_kind IN ('need', 'product', 'list')", name="item_kind"),
    )
    op.create_table(
        "list_ticks",
        sa.Column("plan_id", sa.Text, primary_key=True),
        sa.Column("household_id", sa.Text, primary_key=True),
        sa.Column("needs", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["plan_id", "household_id"], ["lists.plan_id", "lists.household_id"]),
    )
