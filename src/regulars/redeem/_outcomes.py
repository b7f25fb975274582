"""What the ledger answers: before tender it may refuse, with a reason; after tender it only classifies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from regulars.kernel import GrantId, PlanId

from ._records import ArmRequest, GrantKey, HoldRequest, LaneTransaction, MadeGood


class RefusalReason(StrEnum):
    """Why a hold or an arm is refused, in order of precedence: the first that applies is told.

    A forged, mistyped, recalled or unknown code gets one and the same answer, `NOT_FOUND`.
    """

    NOT_FOUND = "not_found"
    KEY_REUSED = "key_reused"
    STALE_REVISION = "stale_revision"
    WRONG_DAY = "wrong_day"
    CLOSED = "closed"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    OTHER_STORE = "other_store"
    ALREADY_SPENT = "already_spent"
    RIGHT_ELSEWHERE = "right_elsewhere"
    HELD_ELSEWHERE = "held_elsewhere"
    NOT_HELD = "not_held"
    TAKEN_OVER = "taken_over"
    CAP_REACHED = "cap_reached"


@dataclass(frozen=True)
class Held:
    """The grant is this basket's until the hold lapses."""

    grant: GrantKey
    epoch: int
    lapses_at: datetime


@dataclass(frozen=True)
class Armed:
    """The discount may be given; it is on record and no timer takes it back."""

    grant: GrantKey
    discount_cents: int


@dataclass(frozen=True)
class Refused:
    """No discount, and why.

    Args:
        grant: The grant asked for.
        reason: First reason that applies.
        detail: A sentence for the cashier.
        holder: Who holds or spent it, when that is the reason.
        lapses_at: When what the holder holds lapses, when that is the reason.
    """

    grant: GrantKey
    reason: RefusalReason
    detail: str
    holder: LaneTransaction | None = None
    lapses_at: datetime | None = None


def refused_whole(message: HoldRequest | ArmRequest | MadeGood, reason: RefusalReason, detail: str) -> Refused:
    """The refusal of a whole message; it names the first grant asked for, if any."""
    asked = message.lines if isinstance(message, ArmRequest) else message.shares
    named = asked[0].grant if asked else GrantKey(PlanId(""), GrantId(""))
    return Refused(named, reason, detail)


class FactClass(StrEnum):
    """What a told fact turned out to be; a fact is never refused."""

    SPENT = "spent"
    """One of the grant's uses: the deal's payer pays."""
    REPEATED = "repeated"
    """The same fact again: nothing changes."""
    DUPLICATE = "duplicate"
    """The grant's uses were spent by others: the retailer's loss, never a vendor's."""
    UNDONE = "undone"
    """Its void came before it: nothing is given, and no use is taken."""
    CONFLICT = "conflict"
    """The same key with another content: kept apart for a person to decide."""
    UNKNOWN = "unknown"
    """No such grant: kept apart; the retailer gave a discount nobody promised."""


class ReversalClass(StrEnum):
    """What became of a told reversal."""

    REVERSED = "reversed"
    CAPPED = "capped"
    """Returns asked for more than the shopper had left of the discount: only what was left came back."""
    REOPENED = "reopened"
    """Voided within its dates: the grant may be spent again."""
    PARKED = "parked"
    """The sale it undoes is not here yet."""
    REPEATED = "repeated"
    CONFLICT = "conflict"
    """The same key with another content: kept apart for a person to decide."""
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Classified:
    """What a fact about one grant turned out to be."""

    grant: GrantKey
    outcome: FactClass


@dataclass(frozen=True)
class Undone:
    """What became of a reversal."""

    grant: GrantKey
    outcome: ReversalClass


@dataclass(frozen=True)
class HoldAnswer:
    """One outcome a grant, in the order asked; `released` are those held before and not asked for again."""

    outcomes: tuple[Held | Refused, ...]
    released: tuple[GrantKey, ...]


@dataclass(frozen=True)
class ArmAnswer:
    """One outcome a line, in the order asked."""

    outcomes: tuple[Armed | Refused, ...]


@dataclass(frozen=True)
class FactAnswer:
    """What a told or logged transaction turned out to be.

    Args:
        outcomes: One a grant.
        absent: Grants the transaction had armed or told of, which its log does not show.
    """

    outcomes: tuple[Classified, ...]
    absent: tuple[GrantKey, ...] = ()


@dataclass(frozen=True)
class Changed:
    """Grants that a release, the close of a day or a hand-over changed; sorted."""

    grants: tuple[GrantKey, ...]


TillAnswer: TypeAlias = HoldAnswer | ArmAnswer | FactAnswer | Undone | Changed | Refused
"""`Refused` stands alone when a whole message is refused: its key was used for another body, or a newer one came."""
