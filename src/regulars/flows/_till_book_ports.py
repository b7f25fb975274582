"""What the ledger tells a screen about tills: figures of days, the newest uses, what a person must look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from regulars.redeem import GrantKey, LaneTransaction

from ._settlement_ports import Invoice


@dataclass(frozen=True)
class StoreDayUses:
    """What one store gave on one business day. Money in cents, what shoppers kept.

    Args:
        store_id: The store.
        business_on: The day.
        redemptions: Grants used and not voided.
        cents: What came off for them.
        offline: Of them, given by a lane that could not ask.
        waiting: Of them, armed and not yet told or logged.
        settled: Of them, shown by a log.
        voided: Uses that were voided.
        returned: Uses of which something came back.
        absent: Uses a lane armed or told of that its log does not show.
    """

    store_id: str
    business_on: date
    redemptions: int
    cents: int
    offline: int
    waiting: int
    settled: int
    voided: int
    returned: int
    absent: int


class UseMark(StrEnum):
    """What is odd about a use of a grant; the first that applies is told."""

    VOIDED = "voided"
    ABSENT = "absent"
    RETURNED = "returned"
    CREDITED = "credited"
    OFFLINE = "offline"
    NOT_GIVEN = "not_given"
    """Armed before payment; nothing came off, for the basket was given up or no log shows it."""
    PLAIN = "plain"


@dataclass(frozen=True)
class TillUse:
    """One use of a grant.

    Args:
        transaction: The basket.
        grant: Which grant.
        offer_id: Of which offer.
        cents: What came off.
        mark: What is odd about it.
        settled: Whether a log shows it.
        at: When the lane armed it; None when it never asked.
    """

    transaction: LaneTransaction
    grant: GrantKey
    offer_id: str
    cents: int
    mark: UseMark
    settled: bool
    at: datetime | None


@dataclass(frozen=True)
class TillException:
    """One fact kept apart for a person to decide.

    Args:
        sequence: The audit row it stands under.
        line: Its place there.
        transaction: The basket.
        grant: Which grant, as it was named.
        outcome: Duplicate, conflict or unknown.
        detail: What was told.
        told_at: When.
    """

    sequence: int
    line: int
    transaction: LaneTransaction
    grant: GrantKey
    outcome: str
    detail: str
    told_at: datetime


@dataclass(frozen=True)
class VendorDue:
    """What one vendor owes of plans that were applied. Money in cents, within its budgets.

    Args:
        vendor_id: The vendor.
        open_cents: Its part of uses no log has shown yet.
        due_cents: Its part of uses a log shows.
    """

    vendor_id: str
    open_cents: int
    due_cents: int


class TillBook(Protocol):
    """What a screen asks about tills; every call may raise StoreError."""

    def store_day_uses(self, stores: Sequence[str], from_on: date, until_on: date) -> list[StoreDayUses]:
        """What stores gave on days, by store and day; days without a use are left out."""
        ...

    def latest_uses(self, stores: frozenset[str] | None, most: int) -> list[TillUse]:
        """Uses lanes armed last, the newest first; of these stores alone, or all."""
        ...

    def odd_uses(
        self, stores: Sequence[str], from_on: date, until_on: date, before: str, most: int
    ) -> list[TillUse]:
        """Uses that are neither plain nor given up, the newest transaction first; before this key alone, if given."""
        ...

    def till_exceptions(self, stores: frozenset[str] | None, before: int, most: int) -> list[TillException]:
        """Facts kept apart, the newest first; under audit rows before this one alone, if not 0."""
        ...

    def lanes_heard(self, store_id: str, day: date) -> dict[str, datetime]:
        """When each lane of a store last asked on a business day."""
        ...

    def vendor_dues(self) -> list[VendorDue]:
        """What vendors owe, by vendor."""
        ...

    def invoices(self) -> list[Invoice]:
        """All invoices, by id."""
        ...
