"""The back office's tables at the newest migration: staff, sessions, long work, what waits for a second person."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Float, ForeignKey, Integer, Table, Text, text

from ._tables import METADATA, Instant

STAFF = Table(
    "staff",
    METADATA,
    Column("staff_id", Text, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("password", Text),
    Column("second_factor", Text),
    Column("second_factor_step", BigInteger, nullable=False, server_default=text("0")),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("state IN ('invited', 'active', 'blocked')", name="state"),
)

STAFF_ROLES = Table(
    "staff_roles",
    METADATA,
    Column("staff_id", Text, ForeignKey("staff.staff_id"), primary_key=True),
    Column("role", Text, primary_key=True),
    CheckConstraint(
        "role IN ('marketing', 'store_manager', 'service_desk', 'analyst', 'vendor', 'admin')", name="role"
    ),
)

STAFF_STORES = Table(
    "staff_stores",
    METADATA,
    Column("staff_id", Text, ForeignKey("staff.staff_id"), primary_key=True),
    Column("store_id", Text, primary_key=True),
)

STAFF_LINKS = Table(
    "staff_links",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("staff_id", Text, ForeignKey("staff.staff_id"), nullable=False, index=True),
    Column("ends_at", Instant, nullable=False),
    Column("used_at", Instant),
)

STAFF_CODES = Table(
    "staff_codes",
    METADATA,
    Column("staff_id", Text, ForeignKey("staff.staff_id"), primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("used_at", Instant),
)

STAFF_SESSIONS = Table(
    "staff_sessions",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("staff_id", Text, ForeignKey("staff.staff_id"), nullable=False, index=True),
    Column("begun_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("ended_at", Instant),
)

JOBS = Table(
    "jobs",
    METADATA,
    Column("job_id", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("share", Float(53)),
    Column("log", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("begun_at", Instant),
    Column("beat_at", Instant),
    Column("ended_at", Instant),
    Column("cancel_asked", Integer, nullable=False, server_default=text("0")),
    CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'cancelled', 'lost')", name="state"),
)

APPROVALS = Table(
    "approvals",
    METADATA,
    Column("approval_id", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("object_id", Text, nullable=False, index=True),
    Column("content", Text, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_by_id", Text, nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", Text),
    Column("note", Text, nullable=False),
    CheckConstraint("kind IN ('campaign', 'deal', 'plan')", name="kind"),
    CheckConstraint("state IN ('waiting', 'approved', 'refused', 'withdrawn')", name="state"),
    CheckConstraint("amount_cents >= 0", name="amount"),
)
