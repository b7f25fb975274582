"""Where a grant stands: all that was told of it, and what follows from that, whatever the order it came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeVar

from regulars.kernel import HouseholdId, OfferId, Period, StoreId, VendorId

from ._records import GrantKey, GrantState, LaneTransaction, OfflineClass, ShownUse

_Record = TypeVar("_Record")


def amended(record: _Record, **fields: object) -> _Record:
    """A frozen record with some fields changed, like `dataclasses.replace`, without asking field by field.

    Only for records that check nothing when they are made.

    Example:
        >>> amended(Hold(LaneTransaction.of_key("2017-11-27/1/4/9"), 5, datetime.max), cents=7).cents
        7
    """
    twin = object.__new__(type(record))
    known = vars(twin)
    known.update(vars(record), **fields)
    assert len(known) == len(vars(record)), f"{type(record).__name__} has no {known.keys() - vars(record).keys()}"
    return twin


@dataclass(frozen=True)
class Hold:
    """A basket's claim on a grant, until it lapses.

    Args:
        transaction: Whose basket.
        cents: The most it may arm.
        lapses_at: From then on another basket may take it.
    """

    transaction: LaneTransaction
    cents: int
    lapses_at: datetime


@dataclass(frozen=True)
class Spend:
    """What is known of one transaction's use of one grant; reversals may be known before the sale is.

    Args:
        transaction: Which.
        armed_cents: Armed before tender; None if it never was.
        told_cents: As the lane's journal tells it; None if it did not.
        logged_cents: As the day's log shows it; None while it did not.
        absent: The log shows the transaction without this grant.
        day_closed: The store's day was closed before log or journal told of it.
        returned_cents: Sum of the returns told.
        voided: Whether a void was told.
        shown_cents: As the loaded logs show it by now; on a credit's number, what they show to be owed.
        shown_absent: The loaded logs show the transaction without this grant.
        shown_returned_cents: What came back by the loaded logs. Returns told are among these, or will be.
        shown_voided: The transaction is undone by the loaded logs.
    """

    transaction: LaneTransaction
    armed_cents: int | None = None
    told_cents: int | None = None
    logged_cents: int | None = None
    absent: bool = False
    day_closed: bool = False
    returned_cents: int = 0
    voided: bool = False
    shown_cents: int | None = None
    shown_absent: bool = False
    shown_returned_cents: int = 0
    shown_voided: bool = False

    def as_shown(self, use: ShownUse) -> Spend:
        """The same as loaded logs show it now; what they showed before is gone."""
        return replace(
            self,
            shown_cents=use.given_cents,
            shown_absent=use.absent,
            shown_returned_cents=use.returned_cents,
            shown_voided=use.voided,
        )

    @property
    def given_cents(self) -> int | None:
        """What the shopper was given by the best evidence: the log, then the arm, then the journal; None: nothing."""
        if self.logged_cents is not None:
            return self.logged_cents
        if self.transaction.is_credit:
            return self.shown_cents if self.told_cents is None else self.told_cents
        if self.absent:
            return None
        if self.shown_cents is not None or self.shown_absent:
            return self.shown_cents
        if self.armed_cents is not None and not (self.day_closed and self.told_cents is None):
            return self.armed_cents
        return self.told_cents

    @property
    def lives(self) -> bool:
        """Whether it takes one of the grant's uses: given, and not voided."""
        return self.given_cents is not None and not (self.voided or self.shown_voided)

    @property
    def net_cents(self) -> int:
        """What the shopper keeps, >= 0."""
        back_cents = max(self.returned_cents, self.shown_returned_cents)
        return max(0, (self.given_cents or 0) - back_cents) if self.lives else 0

    @property
    def settled(self) -> bool:
        """Whether a log shows it; of a credit, whether it was paid out."""
        if self.logged_cents is not None or self.transaction.is_credit:
            return self.logged_cents is not None
        return self.shown_cents is not None and not self.absent

    @property
    def waits(self) -> bool:
        """Whether it was armed and nothing told since whether it was given."""
        return self.lives and self.armed_cents is not None and self.told_cents is None and not self.settled

    @property
    def rank(self) -> tuple[bool, LaneTransaction]:
        """Which spend a use belongs to first: armed before unarmed, then by key; never by order of arrival."""
        return (self.armed_cents is None, self.transaction)


@dataclass(frozen=True)
class Grant:
    """A grant and everything told of it.

    Args:
        key: Which.
        household_id: Whose.
        offer_id: Of which offer.
        vendor_id: Who funds it.
        face_cents: What one use saves at the offer's own conditions.
        funding_cents: The most the vendor pays of one use.
        period: When it may be spent.
        uses_max: How often, >= 1.
        offline: What a store cut off may do.
        epoch: How often it changed hands.
        closed: Expired, recalled or erased; what was spent before stays spent.
        hold: Whose basket has it now.
        right_at: The store whose controller alone may spend it; None for the centre.
        spends: By transaction.
        level: The offer's level it was given at.
    """

    key: GrantKey
    household_id: HouseholdId
    offer_id: OfferId
    vendor_id: VendorId
    face_cents: int
    funding_cents: int
    period: Period
    uses_max: int = 1
    offline: OfflineClass = OfflineClass.ONLINE_ONLY
    epoch: int = 0
    closed: bool = False
    hold: Hold | None = None
    right_at: StoreId | None = None
    spends: Mapping[LaneTransaction, Spend] = field(default_factory=dict)
    level: int = 1

    def with_spend(self, spend: Spend) -> Grant:
        """The grant with one spend added or replaced; a hold ends with the last use."""
        changed = amended(self, spends={**self.spends, spend.transaction: spend})
        return amended(changed, hold=None) if changed.hold and changed.uses_left == 0 else changed

    def as_on_its_days(self, today: date) -> Grant:
        """The grant for a basket of its days that is looked at now: that its days are over has not ended it."""
        return replace(self, closed=False) if self.closed and today >= self.period.until_on else self

    def spend_of(self, transaction: LaneTransaction) -> Spend:
        """What is known of one transaction; an empty record when nothing is."""
        return self.spends.get(transaction) or Spend(transaction)

    @property
    def live_spends(self) -> list[Spend]:
        """Spends that take a use, those a use belongs to first."""
        living = [spend for spend in self.spends.values() if spend.lives]
        return sorted(living, key=lambda spend: spend.rank) if len(living) > 1 else living

    @property
    def used_spends(self) -> list[Spend]:
        """The grant's uses."""
        return self.live_spends[: self.uses_max]

    @property
    def duplicates(self) -> list[Spend]:
        """Spends beyond the grant's uses: the retailer's loss."""
        return self.live_spends[self.uses_max :] if len(self.spends) > self.uses_max else []

    @property
    def uses_left(self) -> int:
        """How many uses nobody took, >= 0."""
        if not self.spends:
            return self.uses_max
        return max(0, self.uses_max - sum(spend.lives for spend in self.spends.values()))

    @property
    def state(self) -> GrantState:
        """Where it stands; a lapsed hold still shows as held until somebody takes the grant."""
        living = self.live_spends if self.spends else []
        if len(living) >= self.uses_max:
            settled = all(spend.settled for spend in living[: self.uses_max])
            return GrantState.SPENT if settled else GrantState.ARMED
        if self.closed:
            return GrantState.CLOSED
        return GrantState.HELD if self.hold else GrantState.ISSUED
