"""The records a till and the ledger exchange: what a grant is, who asks, what is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, TypeAlias

from regulars.kernel import ContractError, GrantId, PlanId, StoreId

_SEPARATOR = "/"
MADE_GOOD = " made good"
"""Ends the lane's name in the number of a credit."""
_PLACE_LENGTH_MAX = 40
CENTS_MAX = 1_000_000_00
"""Nothing on a grocery receipt saves a million; a larger number is a mistake or an attack."""


class GrantState(StrEnum):
    """Life of a grant.

    ::

        ISSUED ──hold──► HELD ──arm, before tender──► ARMED ──the log shows it──► SPENT
          ▲ ▲             │                             │                          │
          │ └─release─────┘                             │                          │
          │   or lapse                                  │                          │
          └── void while still valid, or the log lacks it ─────────────────────────┘
        expiry, recall, erasure, or a void after the last day ──► CLOSED

    No timer ever moves an armed grant: only evidence does. A grant with more than one use is ARMED or SPENT when
    its last use is.
    """

    ISSUED = "issued"
    HELD = "held"
    ARMED = "armed"
    SPENT = "spent"
    CLOSED = "closed"


class OfflineClass(StrEnum):
    """What a store cut off from the centre may do with an offer."""

    ESCROW = "escrow"
    """The right to spend lies with one store's controller until that store hands it back."""
    CAPPED = "capped"
    """Any store may spend, within caps; the retailer pays for duplicates."""
    ONLINE_ONLY = "online_only"
    """No store may spend while cut off."""


@dataclass(frozen=True, order=True)
class LaneTransaction:
    """The lane's own number of a transaction: the key by which calls and logs find each other.

    Args:
        store_id: The store.
        lane_id: The lane in the store.
        business_on: Business day of the store.
        sequence: The lane's transaction number on that day, >= 0.

    Raises:
        ContractError: A part is empty, too long, or holds a character that would blur the key.
    """

    store_id: StoreId
    lane_id: str
    business_on: date
    sequence: int

    def __post_init__(self) -> None:
        for what, text in (("store", self.store_id), ("lane", self.lane_id)):
            if not 1 <= len(text) <= _PLACE_LENGTH_MAX or not text.isprintable() or _SEPARATOR in text:
                raise ContractError(
                    f"a {what} has 1 to {_PLACE_LENGTH_MAX} printable characters without {_SEPARATOR!r}, not {text!r}"
                )
        if not 0 <= self.sequence < 2**53:
            raise ContractError(f"a lane's transaction number lies in 0..2^53-1, not {self.sequence}")

    def __hash__(self) -> int:
        return hash(self.key)

    @cached_property
    def key(self) -> str:
        """The whole number as one text, sorted by day first.

        Example:
            >>> LaneTransaction(StoreId("12"), "4", date(2017, 11, 27), 99).key
            '2017-11-27/12/4/99'
        """
        return _SEPARATOR.join((self.business_on.isoformat(), self.store_id, self.lane_id, f"{self.sequence}"))

    @classmethod
    def of_key(cls, key: str) -> LaneTransaction:
        """The transaction a `key` names.

        Raises:
            ContractError: The text is none.
        """
        try:
            day, store_id, lane_id, sequence = key.split(_SEPARATOR)
            return cls(StoreId(store_id), lane_id, date.fromisoformat(day), int(sequence))
        except ValueError as error:
            raise ContractError(f"{key!r} is no transaction; expected DAY/STORE/LANE/NUMBER") from error

    def as_plain(self) -> dict[str, str | int]:
        """The transaction as the till calls take it."""
        return {
            "store_id": self.store_id,
            "lane_id": self.lane_id,
            "business_on": self.business_on.isoformat(),
            "sequence": self.sequence,
        }

    @property
    def made_good(self) -> LaneTransaction:
        """Under which number what this basket missed is credited; no lane has such a name.

        Example:
            >>> LaneTransaction(StoreId("12"), "4", date(2017, 11, 27), 99).made_good.key
            '2017-11-27/12/4 made good/99'
        """
        return LaneTransaction(self.store_id, f"{self.lane_id}{MADE_GOOD}", self.business_on, self.sequence)

    @property
    def is_credit(self) -> bool:
        """Whether it is the number of a credit."""
        return self.lane_id.endswith(MADE_GOOD)

    @property
    def missed_by(self) -> LaneTransaction:
        """The basket a credit makes good.

        Example:
            >>> LaneTransaction(StoreId("12"), "4", date(2017, 11, 27), 99).made_good.missed_by.lane_id
            '4'
        """
        return LaneTransaction(
            self.store_id, self.lane_id.removesuffix(MADE_GOOD), self.business_on, self.sequence
        )

    def __str__(self) -> str:
        return f"store {self.store_id}, lane {self.lane_id}, {self.business_on}, number {self.sequence}"


class GrantKey(NamedTuple):
    """Which grant: its plan and its id there; a tuple, for it is looked up in dictionaries all the time."""

    plan_id: PlanId
    grant_id: GrantId

    @property
    def name(self) -> str:
        """How it is named outside, ``PLAN/GRANT``."""
        return f"{self.plan_id}/{self.grant_id}"

    @classmethod
    def of_name(cls, name: str) -> GrantKey:
        """The grant a name means; a name without a slash is no grant of any plan and will not be found.

        Example:
            >>> GrantKey.of_name("2017-11-27-3f9c/000017-03").grant_id
            '000017-03'
        """
        plan_id, _, grant_id = name.rpartition("/")
        return cls(PlanId(plan_id), GrantId(grant_id))


def _check_cents(cents: int, what: str) -> None:
    if not 0 <= cents <= CENTS_MAX:
        raise ContractError(f"{what} lies in 0..{CENTS_MAX} cents, not {cents}")


@dataclass(frozen=True)
class Share:
    """One grant's part of a basket, shopper's money in cents."""

    grant: GrantKey
    discount_cents: int

    def __post_init__(self) -> None:
        _check_cents(self.discount_cents, "a discount")


@dataclass(frozen=True)
class HoldRequest:
    """Ask for grants, for one basket. Key: transaction and revision.

    What the transaction held before and does not ask for again is released.

    Args:
        transaction: Whose basket.
        revision: Which state of the basket, from 0.
        shares: The grants asked for, each with the most the basket lets it save.
        take_over: A supervisor takes over what another basket holds.
        asked: A digest of what the till sent; a repeat is known by it. Empty: by all the request says.
    """

    transaction: LaneTransaction
    revision: int
    shares: tuple[Share, ...]
    take_over: bool = False
    asked: str = ""


@dataclass(frozen=True)
class ArmLine:
    """One held grant to be spent, under the epoch its hold was given."""

    grant: GrantKey
    epoch: int
    discount_cents: int

    def __post_init__(self) -> None:
        _check_cents(self.discount_cents, "a discount")


@dataclass(frozen=True)
class ArmRequest:
    """Ask, before tender, that held grants be spent on this basket. Key of each line: transaction and grant."""

    transaction: LaneTransaction
    lines: tuple[ArmLine, ...]


@dataclass(frozen=True)
class ReleaseRequest:
    """Give back all that a transaction holds; what it armed stays armed."""

    transaction: LaneTransaction


@dataclass(frozen=True)
class Told:
    """Tell, after tender, from a lane's journal, that a grant was given. Same key as ARM, so they merge."""

    transaction: LaneTransaction
    share: Share


@dataclass(frozen=True)
class MadeGood:
    """Give afterwards what a lane that could not call had to leave out: as credit, and as long as nobody else used it.

    Args:
        transaction: The credit's own number: see `made_good`.
        shares: What each offer would have saved.
        asked: A digest of what the lane sent; a repeat is known by it.
    """

    transaction: LaneTransaction
    shares: tuple[Share, ...]
    asked: str = ""


@dataclass(frozen=True)
class Logged:
    """The day's log shows a transaction with all the grants it gave: the only source invoices use.

    Args:
        transaction: Which.
        shares: What it gave, each grant once; a grant it armed or told of and that is not here was not given.
    """

    transaction: LaneTransaction
    shares: tuple[Share, ...]

    def __post_init__(self) -> None:
        if len({share.grant for share in self.shares}) != len(self.shares):
            raise ContractError(f"the log shows a grant twice in one transaction: {self.transaction}")


@dataclass(frozen=True)
class ShownUse:
    """What all logs loaded by now show of one grant in one transaction.

    Args:
        grant: The grant.
        given_cents: What was given; on a credit's number, what is owed. None: the logs say nothing of it.
        absent: The logs show the transaction, and that the grant was not given.
        returned_cents: How much of the discount came back with returned goods.
        voided: The transaction was undone.
    """

    grant: GrantKey
    given_cents: int | None = None
    absent: bool = False
    returned_cents: int = 0
    voided: bool = False

    def __post_init__(self) -> None:
        _check_cents(self.given_cents or 0, "a discount")
        _check_cents(self.returned_cents, "a reversal")


@dataclass(frozen=True)
class Shown:
    """Tell what the loaded logs show of a transaction; it takes the place of what they showed before.

    Worked out anew from all that was loaded, whenever more is; so the order in which logs come plays no part.

    Args:
        transaction: Which; a credit's own number for what a basket missed.
        uses: One a grant.
    """

    transaction: LaneTransaction
    uses: tuple[ShownUse, ...]


class ReversalKind(StrEnum):
    """A void undoes the sale and may re-open the grant; a return never does."""

    VOID = "void"
    RETURN = "return"


@dataclass(frozen=True)
class Reversal:
    """Tell that a spend was undone, wholly or in part. Key: its own transaction, the one it undoes, the grant.

    Args:
        transaction: The transaction that undoes.
        original: The transaction undone.
        grant: The grant.
        amount_cents: How much of the discount comes back, >= 0; never more than is left of it. A void takes all.
        kind: Void or return.
    """

    transaction: LaneTransaction
    original: LaneTransaction
    grant: GrantKey
    amount_cents: int
    kind: ReversalKind

    def __post_init__(self) -> None:
        _check_cents(self.amount_cents, "a reversal")


@dataclass(frozen=True)
class DayClosed:
    """A store's day is over and its log complete: what was armed and never logged nor told was not given."""

    store_id: StoreId
    business_on: date


@dataclass(frozen=True)
class RightMoved:
    """The right to spend an escrow grant is handed to a store's controller, or handed back to the centre.

    Args:
        grant: The grant.
        from_store_id: Who gives it; None for the centre.
        to_store_id: Who gets it; None for the centre.
        term: The grant's epoch at the centre while the store had the right; a copy of an older hand-over is void.
        told: How many uses the giver recorded; the centre takes the right back only when it was told of all.
    """

    grant: GrantKey
    from_store_id: StoreId | None
    to_store_id: StoreId | None
    term: int = 0
    told: int = 0


TillMessage: TypeAlias = (
    HoldRequest
    | ArmRequest
    | ReleaseRequest
    | Told
    | MadeGood
    | Logged
    | Shown
    | Reversal
    | DayClosed
    | RightMoved
)
