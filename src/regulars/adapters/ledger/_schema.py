"""The schema's revision: bring a ledger to the newest, or refuse to work on another."""

from __future__ import annotations

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from regulars.kernel import StoreError


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "regulars.adapters.ledger:migrations")
    return config


@cache
def newest_revision() -> str:
    """The revision this release works with."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


def current_revision(connection: Connection) -> str | None:
    """The revision a ledger stands at; None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(connection: Connection) -> None:
    """Run the migrations that are missing, inside the connection's transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def require_newest(connection: Connection, place: str) -> None:
    """Stop unless a ledger stands at the newest revision.

    Raises:
        StoreError: It is older, newer, or no ledger at all.
    """
    found, expected = current_revision(connection), newest_revision()
    if found != expected:
        raise StoreError(
            f"the ledger {place} stands at revision {found or 'none'}; this release expects {expected}",
            hint="`regulars ledger upgrade` brings an older one up to date; for a newer one, use the newer release",
        )
