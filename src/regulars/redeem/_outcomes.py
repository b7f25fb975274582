"""What the ledger answers: before tender it may refuse, with a reason; after tender it only classifies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from regulars.kernel import GrantId

from ._records import LaneTransaction


class RefusalReason(StrEnum):
    """Why a hold or an arm is refused, in order of precedence: the first that applies is told.

    A forged, mistyped, recalled or unknown code gets one and the same answer, `NOT_FOUND`.
    """

    NOT_FOUND = "not_found"
    KEY_REUSED = "key_reused"
    CLOSED = "closed"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    OTHER_STORE = "other_store"
    ALREADY_SPENT = "already_spent"
    HELD_ELSEWHERE = "held_elsewhere"
    NOT_HELD = "not_held"
    TAKEN_OVER = "taken_over"
    BASKET_LACKS_ITEM = "basket_lacks_item"
    CAP_REACHED = "cap_reached"


@dataclass(frozen=True)
class Held:
    """The grant is this basket's until the hold lapses."""

    grant_id: GrantId
    epoch: int
    lapses_at: datetime


@dataclass(frozen=True)
class Armed:
    """The discount may be given; it is on record and no timer takes it back."""

    grant_id: GrantId
    discount_cents: int


@dataclass(frozen=True)
class Refused:
    """No discount, and why.

    Args:
        grant_id: The grant asked for.
        reason: First reason that applies.
        detail: A sentence for the cashier.
        holder: Who holds it, when that is the reason.
    """

    grant_id: GrantId
    reason: RefusalReason
    detail: str
    holder: LaneTransaction | None = None


class FactClass(StrEnum):
    """What a told fact turned out to be; a fact is never refused."""

    SPENT = "spent"
    """The grant's one spend: the deal's payer pays."""
    REPEATED = "repeated"
    """The same fact again: nothing changes."""
    DUPLICATE = "duplicate"
    """Another transaction had spent it: the retailer's loss, never a vendor's."""
    CONFLICT = "conflict"
    """The same key with another amount: kept apart for a person to decide."""


class ReversalClass(StrEnum):
    """What became of a told reversal."""

    REVERSED = "reversed"
    REOPENED = "reopened"
    """Voided within its dates: the grant may be spent again."""
    PARKED = "parked"
    """The sale it undoes is not here yet."""
    REPEATED = "repeated"
    CONFLICT = "conflict"
