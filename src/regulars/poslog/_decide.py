"""What a transaction of a POSLog comes to: what kind it is, which lines it leaves, who shopped.

Rules, each with its cases in docs/concepts/poslog.md: a voided line leaves no sale, whether it is flagged itself or a
later line takes it back; a return may be written as a sale of a negative quantity; training, suspended, cancelled and
voided transactions leave nothing; a post-void takes another transaction back; who shopped is told by loyalty elements
alone.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

from regulars.kernel import VariableLayout

from ._items import Record, is_flagged, is_item, is_rounded, is_true, word
from ._lines import Line, lines_of
from ._voids import items_left, settled


class OtherKind(enum.StrEnum):
    """Why a transaction leaves no lines."""

    CONTROL = "control"
    TRAINING = "training"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    POST_VOID = "post_void"


@dataclass(frozen=True)
class TransactionKey:
    """Where and when a transaction was rung up; `day` as written, may be empty."""

    store: str
    lane: str
    day: str
    number: str


@dataclass
class Decision:
    """What a transaction comes to.

    Args:
        key: Its key.
        other: Why it leaves no lines; None for a sale.
        lines: What is left.
        voided: Item lines that were voided.
        identity: Who shopped, by a loyalty element; or empty.
        names_household: Whether that is the household itself, and not a card of it.
        undoes: The transaction a post-void takes back.
        difference_cents: By how much its lines and the file's totals disagree; 0 if they agree or there are none.
        rounded: Lines of which an amount was written with parts of a cent.
    """

    key: TransactionKey
    other: OtherKind | None = None
    lines: list[Line] = field(default_factory=list)
    voided: int = 0
    identity: str = ""
    names_household: bool = False
    undoes: TransactionKey | None = None
    difference_cents: int = 0
    rounded: int = 0


_UNDONE = frozenset({"voided", "transactionvoided", "aborted", "failed", "deleted"})
_POST_VOIDED = frozenset({"postvoided", "postvoid"})
_VOID_REASONS = frozenset({"voided", "void", "postvoid", "postvoided", "transactionvoided"})


def decide(record: Record, layouts: tuple[VariableLayout, ...]) -> Decision:
    """What a transaction comes to.

    Args:
        record: What was read of it.
        layouts: How the chain's scales lay their labels out.
    """
    key = _key(record)
    other = _other_kind(record)
    if other is not None:
        undoes = _target(record, key) if other is OtherKind.POST_VOID else None
        return Decision(key, other, undoes=undoes)
    lines, totals = record.get("lines", []), record.get("totals", ())
    left, voided = items_left(lines, totals)
    left, difference = settled(left, lines, totals)
    sold = lines_of(left, lines, record, layouts)
    identity, names_household = _identity(record, lines)
    rounded = sum(map(is_rounded, left))
    return Decision(key, None, sold, voided, identity, names_household, None, difference, rounded)


def _key(record: Record) -> TransactionKey:
    units = record.get("units", ())
    store = record.get("store") or next(
        (unit["id"] for unit in units if "id" in unit and unit.get("type", "RetailStore") == "RetailStore"),
        next((unit["id"] for unit in units if "id" in unit), ""),
    )
    number = record.get("number") or record.get("id") or record.get("receipt") or ""
    return TransactionKey(store, record.get("lane", ""), record.get("day", "")[:10], number)


def _other_kind(record: Record) -> OtherKind | None:
    if is_true(record.get("training")):
        return OtherKind.TRAINING
    status = word(record.get("status"))
    links = record.get("links", ())
    voids = any(word(link.get("reason")) in _VOID_REASONS for link in links)
    if voids or "post_voids" in record or "post_void" in record:
        return OtherKind.POST_VOID
    if status in _POST_VOIDED:
        return OtherKind.POST_VOID if links else OtherKind.CANCELLED
    if status.startswith("suspended") or is_true(record.get("suspended")):
        return OtherKind.SUSPENDED
    if status in _UNDONE or status.startswith("cancel") or is_flagged(record):
        return OtherKind.CANCELLED
    sells = "retail" in record or any(is_item(line) for line in record.get("lines", ()))
    return None if sells else OtherKind.CONTROL


def _target(record: Record, key: TransactionKey) -> TransactionKey | None:
    """The transaction a post-void takes back; what the link leaves out is as in the post-void itself."""
    links: Sequence[Record] = [
        *(link for link in record.get("links", ()) if word(link.get("reason")) in _VOID_REASONS),
        *(inner for outer in record.get("post_voids", ()) for inner in (*outer.get("links", ()), outer)),
        *record.get("links", ()),
    ]
    for link in links:
        number = link.get("number") or link.get("id")
        if number:
            return TransactionKey(
                link.get("store", key.store), link.get("lane", key.lane), link.get("day", key.day)[:10], number
            )
    return None


def _identity(record: Record, lines: Sequence[Record]) -> tuple[str, bool]:
    """The first loyalty card or account shown, and whether it is a household; zeros alone stand for nobody."""
    shown = [*record.get("loyalty", ())]
    for line in lines:
        if "loyalty" in line and not is_flagged(line):
            shown += line["loyalty"]
    for key in ("card", "account", "household", "customer"):
        for one in shown:
            if one.get(key, "").strip("0"):
                return str(one[key]), key == "household"
    return "", False
