"""Connections: SQLite through pysqlite3, PostgreSQL through psycopg, both durable on every commit."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from regulars.kernel import ConfigError, StoreError

from ._line import line_kept

_BUSY_SECONDS = 10
_POOL_CONNECTIONS = 8
_BEGIN = "regulars_begin"
_USED_AT = "regulars_used_at"
_FRESH_SECONDS = 1.0
_HEARD_WITHIN = {
    "connect_timeout": 10,
    "tcp_user_timeout": 20_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
"""A server whose machine or network is gone is given up after half a minute at most, not after the system's quarter of
an hour; what the address itself says holds."""
_NOT_BY_KEY = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material", "jit")
"""Ways of PostgreSQL to read a whole table or index where rows are named by their keys, and to get ready for that."""


def sqlite_is_safe(version: tuple[int, ...]) -> bool:
    """Whether a version of SQLite is free of the WAL-reset bug, which can corrupt a database.

    The bug is in 3.7.0 to 3.51.2; 3.44.6 and 3.50.7 carry the mend to older lines. Before 3.7.0 there is no WAL.

    Source:
        The SQLite project's page on write-ahead logging, section on the WAL-reset bug.

    Example:
        >>> sqlite_is_safe((3, 51, 2)), sqlite_is_safe((3, 50, 7)), sqlite_is_safe((3, 45, 9))
        (False, True, False)
    """
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def parse_address(address: str, folder: Path) -> URL:
    """The store an address names.

    Args:
        address: ``sqlite:///ledger.db`` or ``postgresql://user@host/database`` (`[ledger] url`).
        folder: Where a relative SQLite file lies.

    Raises:
        ConfigError: It names neither.
    """
    expected = "`[ledger] url` as `sqlite:///ledger.db` or `postgresql://user@host/database`"
    try:
        url = make_url(address)
    except ArgumentError:
        raise ConfigError("the ledger's address cannot be read", hint=f"write {expected}") from None
    kind = url.get_backend_name()
    if kind == "sqlite" and url.database and url.database != ":memory:":
        return url.set(drivername="sqlite+pysqlite", database=str(folder / url.database))
    if kind == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    raise ConfigError(f"the ledger cannot be kept in {shown(url)!r}", hint=f"write {expected}")


def shown(url: URL) -> str:
    """An address as it may be printed: the file, or the server without its password."""
    path = sqlite_file(url)
    return str(path) if path else url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)


def open_engine(url: URL) -> Engine:
    """An engine whose every commit is on the disk before it returns.

    Args:
        url: As `parse_address` gives it.

    Raises:
        StoreError: The SQLite in use could corrupt the ledger.
    """
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url)
    return _open_postgres(url, pool_pre_ping=True)


def _open_postgres(
    url: URL,
    more: Mapping[str, str] = MappingProxyType({}),
    connected: Mapping[str, Any] = MappingProxyType({}),
    **chosen: Any,
) -> Engine:
    settings = {"synchronous_commit": "on", "lock_timeout": f"{_BUSY_SECONDS}s", **more}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    made = {"pool_size": _POOL_CONNECTIONS, "max_overflow": 0}
    spoken = {"client_encoding": "utf8"}  # what `Line` writes, whatever the database and the environment say
    heard = {name: value for name, value in _HEARD_WITHIN.items() if name not in url.query}
    return create_engine(url, **made, connect_args={"options": options, **spoken, **heard, **connected}, **chosen)


def by_key(engine: Engine) -> Engine:
    """The same store for calls of tills, which name what they want by its key.

    PostgreSQL plans such a call once. On tables that were small when it did, or that nobody analysed since, it would
    choose to read them whole, and grow slow as the day's business fills them. A connection begins and ends nothing by
    itself, and is looked at before it is used only if nobody did for a while.
    """
    if engine.name != "postgresql":
        return engine
    settings = {"plan_cache_mode": "force_generic_plan", **dict.fromkeys(_NOT_BY_KEY, "off")}
    alone = {"prepare_threshold": None}  # what is prepared is ours, by `Line`
    keyed = _open_postgres(engine.url, settings, alone, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)
    event.listen(keyed, "checkin", _note_use)
    event.listen(keyed, "checkout", partial(_look_after_a_while, keyed.dialect))
    return keyed


def _note_use(_driver: object, record: ConnectionPoolEntry) -> None:
    record.info[_USED_AT] = time.monotonic()


def _look_after_a_while(dialect: Dialect, driver: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Have a connection that was idle, and may be dead, replaced before it is used."""
    if time.monotonic() - record.info.get(_USED_AT, math.inf) < _FRESH_SECONDS:
        return
    try:
        line_kept(record.info, driver).ask("SELECT 1", ())
    except dialect.loaded_dbapi.Error as error:
        raise DisconnectionError("a connection died while it was idle") from error


def for_writing(engine: Engine) -> Engine:
    """The same engine, whose transactions take SQLite's write lock at once, so that none fails half-way."""
    return engine.execution_options(**{_BEGIN: "IMMEDIATE"})


def _open_sqlite(url: URL) -> Engine:
    refuse_unsafe_sqlite(sqlite.sqlite_version_info)
    engine = create_engine(url, module=sqlite, connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def refuse_unsafe_sqlite(version: tuple[int, ...]) -> None:
    """Stop before a database is opened by a SQLite that may corrupt it.

    Raises:
        StoreError: The version has the WAL-reset bug.
    """
    if not sqlite_is_safe(version):
        raise StoreError(
            f"SQLite {'.'.join(map(str, version))} can corrupt the ledger (WAL-reset bug); "
            "expected 3.51.3 or later, or 3.50.7 or 3.44.6 of their lines",
            hint="install the `pysqlite3` wheel this release asks for (`regulars doctor` says which is in use)",
        )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver starts no transaction of its own: `_begin_sqlite` does
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get(_BEGIN, "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


def sqlite_file(url: URL) -> Path | None:
    """The file of a SQLite address; None for a server."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
