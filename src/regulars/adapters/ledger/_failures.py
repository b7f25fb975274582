"""What a driver says, in our words: what failed, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from regulars.kernel import StoreError

_STATEMENT_MAX = 200
_AWAY = (
    "the database server does not answer",
    "check that the server runs and that `[ledger] url` names it",
    True,
)

_KINDS: tuple[tuple[tuple[str, ...], str, str, bool], ...] = (
    (
        ("disk is full", "no space left", "53100"),
        "the disk is full",
        "free some space and run the command again; nothing of it was written",
        True,
    ),
    (
        ("disk i/o error",),
        "the disk failed (I/O error)",
        "check free space, quota and the disk itself; nothing of it was written",
        False,
    ),
    (
        ("readonly database", "read-only", "25006", "permission denied"),
        "it may not be written to",
        "give this user write permission on the ledger and its folder",
        False,
    ),
    (
        ("unable to open database file",),
        "its file cannot be opened",
        "check that the folder exists and that this user may read and write it",
        False,
    ),
    (
        ("database is locked", "55p03", "40001", "40p01"),
        "another process is writing to it",
        "run the command again; if it stays so, `regulars doctor` names who holds the workspace",
        True,
    ),
    (
        ("malformed", "not a database"),
        "its file is damaged",
        "restore the latest backup, then run `regulars doctor`",
        False,
    ),
    (
        ("due to user request",),
        "somebody cancelled it at the server",
        "run the command again",
        True,
    ),
    (
        ("57014",),
        "it takes longer than the server allows",
        "run the command again when the server has less to do; if it stays so, give the ledger's user more time: "
        "`ALTER ROLE name SET statement_timeout = '1min'`",
        True,
    ),
    (
        ("53300", "too many clients", "remaining connection slots", "too many connections"),
        "the database server has no connection left for it",
        "run the command again; if it stays so, raise `max_connections` on the server",
        True,
    ),
    (
        (
            *(
                "25p03",
                "25p04",
                "57p01",
                "57p05",
                "57p03",
                "starting up",
                "shutting down",
                "in recovery mode",
                "accepting connections",
                "connection timeout expired",
                "failed: connection timed out",
                "no route to host",
                "connection refused",
                "no such file",
                "server closed",
            ),
            "pipeline mode while busy",  # psycopg of a line that broke while much was under way
        ),
        *_AWAY,
    ),
    (
        ("connection failed", "connection to server"),
        "the database server refuses the connection",
        "check the user, the password and the database in `[ledger] url`",
        False,
    ),
)


def _explain(error: SQLAlchemyError) -> tuple[str, str, bool]:
    origin = error.orig if isinstance(error, DBAPIError) else error
    text = f"{getattr(origin, 'sqlstate', '') or ''} {origin}".lower()
    for signs, what, hint, retryable in _KINDS:
        if any(sign in text for sign in signs):
            return what, hint, retryable
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return _AWAY
    statement = " ".join((getattr(error, "statement", None) or "").split())[:_STATEMENT_MAX]
    what = " ".join(f"{origin}".split())
    return f"{what} (statement: {statement})", "`regulars doctor` looks for the cause", False


@contextmanager
def store_failures(place: str, doing: str) -> Iterator[None]:
    """Turn what the driver raises in the body into one sentence.

    Args:
        place: The ledger, as it may be printed.
        doing: What was tried: ``apply plan 7``.

    Raises:
        StoreError: The driver failed; retryable where the same call may succeed later. A failure whose kind is not
            known carries the statement.
    """
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        what, hint, retryable = _explain(error)
        raise StoreError(
            f"the ledger {place} could not {doing}: {what}", hint=hint, retryable=retryable
        ) from error
