"""The back office: staff and their sessions, long work, what waits for a second person.

Revision: 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Forward."""
    _staff()
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.Integer, primary_key=True, autoincrement=False),
        *_texts("kind", "arguments", "state", "stage"),
        sa.Column("share", sa.Float(53)),
        *_texts("log", "result"),
        sa.Column("asked_at", _INSTANT, nullable=False),
        *_texts("asked_by"),
        *(sa.Column(name, _INSTANT) for name in ("begun_at", "beat_at", "ended_at")),
        sa.Column("cancel_asked", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'cancelled', 'lost')", name="state"),
    )
    op.create_table(
        "approvals",
        sa.Column("approval_id", sa.Integer, primary_key=True, autoincrement=False),
        *_texts("kind", "object_id", "content"),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        *_texts("state"),
        sa.Column("asked_at", _INSTANT, nullable=False),
        *_texts("asked_by", "asked_by_id"),
        sa.Column("decided_at", _INSTANT),
        sa.Column("decided_by", sa.Text),
        *_texts("note"),
        sa.CheckConstraint("kind IN ('campaign', 'deal', 'plan')", name="kind"),
        sa.CheckConstraint("state IN ('waiting', 'approved', 'refused', 'withdrawn')", name="state"),
        sa.CheckConstraint("amount_cents >= 0", name="amount"),
    )
    op.create_index("ix_approvals_object_id", "approvals", ["object_id"])


def _staff() -> None:
    op.create_table(
        "staff",
        sa.Column("staff_id", sa.Text, primary_key=True),
        sa.Column("login", sa.Text, nullable=False),
        *_texts("name", "language", "state"),
        sa.Column("password", sa.Text),
        sa.Column("second_factor", sa.Text),
        sa.Column("second_factor_step", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.CheckConstraint("state IN ('invited', 'active', 'blocked')", name="state"),
        sa.UniqueConstraint("login"),
    )
    op.create_table(
        "staff_roles",
        _member(primary_key=True),
        sa.Column("role", sa.Text, primary_key=True),
        sa.CheckConstraint(
            "role IN ('marketing', 'store_manager', 'service_desk', 'analyst', 'vendor', 'admin')", name="role"
        ),
    )
    op.create_table("staff_stores", _member(primary_key=True), sa.Column("store_id", sa.Text, primary_key=True))
    op.create_table(
        "staff_links",
        sa.Column("digest", sa.Text, primary_key=True),
        _member(nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT),
    )
    op.create_table(
        "staff_codes",
        _member(primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("used_at", _INSTANT),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("digest", sa.Text, primary_key=True),
        _member(nullable=False),
        *(sa.Column(name, _INSTANT, nullable=False) for name in ("begun_at", "seen_at", "ends_at")),
        sa.Column("ended_at", _INSTANT),
    )
    for table in ("staff_links", "staff_sessions"):
        op.create_index(f"ix_{table}_staff_id", table, ["staff_id"])


def _member(*, primary_key: bool = False, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(
        "staff_id",
        sa.Text,
        sa.ForeignKey("staff.staff_id"),
        primary_key=primary_key,
        nullable=nullable and not primary_key,
    )


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]
