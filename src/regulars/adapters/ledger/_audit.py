"""The audit chain: every change of state, by whom, before and after, each row sealed by the one before it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from regulars.flows import AuditHead, LedgerFinding
from regulars.kernel import digest_of

from ._prepared import Prepared
from ._tables import AUDIT, AUDIT_HEAD

_GENESIS = AuditHead(0, "0" * 64)
_HEAD_LOCKED = Prepared(
    select(AUDIT_HEAD.c.sequence, AUDIT_HEAD.c.digest).where(AUDIT_HEAD.c.id == 1).with_for_update()
)
_HEAD_MOVED, _SEALED = Prepared(update(AUDIT_HEAD)), Prepared(insert(AUDIT))


@dataclass(frozen=True)
class Event:
    """One thing that happened: who did what to which object, and what it changed."""

    at: datetime
    actor: str
    action: str
    object_kind: str
    object_id: str
    before: Mapping[str, object]
    after: Mapping[str, object]


def lock_chain(connection: Connection) -> AuditHead:
    """Take the chain's end for this transaction; all writers pass here, so one waits for the other."""
    return ask_chain(connection)()


def ask_chain(connection: Connection) -> Callable[[], AuditHead]:
    """Ask for the chain's end, as `lock_chain` does; what is asked after it is answered when it is this one's."""
    rows = _HEAD_LOCKED.sent(connection, {})

    def taken() -> AuditHead:
        [head] = rows()
        return AuditHead(*head)

    return taken


def append(connection: Connection, event: Event, head: AuditHead | None = None) -> None:
    """Seal an event onto the chain, whose end is `head` if the transaction knows it already."""
    head = head or lock_chain(connection)
    row = {
        "sequence": head.sequence + 1,
        "at": event.at,
        "actor": event.actor,
        "action": event.action,
        "object_kind": event.object_kind,
        "object_id": event.object_id,
        "before": json.dumps(event.before, sort_keys=True),
        "after": json.dumps(event.after, sort_keys=True),
        "previous_digest": head.digest,
    }
    digest = _seal(row)
    _SEALED.run(connection, [{**row, "digest": digest}])
    _HEAD_MOVED.run(connection, [{"sequence": row["sequence"], "digest": digest}])


def _seal(row: Mapping[str, Any]) -> str:
    """SHA-256 over the row's fields as a JSON list, so that no field can run into the next."""
    fields = [
        row["sequence"],
        row["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        row["actor"],
        row["action"],
        row["object_kind"],
        row["object_id"],
        row["before"],
        row["after"],
        row["previous_digest"],
    ]
    return digest_of(json.dumps(fields, ensure_ascii=False))


def read_head(connection: Connection) -> AuditHead:
    """The chain's end as noted beside it."""
    row = connection.execute(select(AUDIT_HEAD.c.sequence, AUDIT_HEAD.c.digest)).one()
    return AuditHead(row.sequence, row.digest)


def verify_chain(connection: Connection, anchor: AuditHead | None) -> Iterator[LedgerFinding]:
    """Walk the chain from its start; yields what is wrong with it."""
    last, anchored = _GENESIS, anchor in {None, _GENESIS}
    for row in connection.execute(select(AUDIT).order_by(AUDIT.c.sequence)):
        yield from _verify_row(row, last)
        last = AuditHead(row.sequence, row.digest)
        anchored = anchored or last == anchor
    noted = read_head(connection)
    if noted != last:
        yield _finding(
            f"{noted.sequence}", f"the chain ends at {last.sequence}, its noted end is {noted.sequence}"
        )
    if not anchored and anchor is not None:
        yield _finding(f"{anchor.sequence}", "the head that was kept elsewhere is not in the chain")


def _verify_row(row: Row[Any], last: AuditHead) -> Iterator[LedgerFinding]:
    place = f"{row.sequence}"
    if row.sequence != last.sequence + 1:
        yield _finding(place, f"rows {last.sequence + 1} to {row.sequence - 1} are missing")
    if row.previous_digest != last.digest:
        yield _finding(place, "it is not sealed to the row before it")
    if _seal(row._asdict()) != row.digest:
        yield _finding(place, "its content is not what was sealed")


def _finding(place: str, message: str) -> LedgerFinding:
    return LedgerFinding("audit-chain-is-whole", f"audit {place}", message)
