"""The ledger as tills see it: find a list, look at its grants, and handle messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from regulars.kernel import GrantId, HouseholdId, OfferId, Period, PlanId, StoreId
from regulars.redeem import Grant, GrantKey, LaneTransaction, PackedGrant, TillAnswer, TillMessage

from ._ledger_ports import PlanStanding


@dataclass(frozen=True)
class FoundList:
    """A list of a plan that holds."""

    plan_id: PlanId
    household_id: HouseholdId
    list_number: int


@dataclass(frozen=True)
class OpenedList:
    """A list and its grants, by id, with all that was told of them."""

    found: FoundList
    grants: tuple[Grant, ...]


@dataclass(frozen=True)
class PackableList:
    """A list as a till pack needs it: digests of its codes, and grants that may be given without the centre."""

    code_digest: str
    phone_digest: str
    grants: tuple[PackedGrant, ...]


@dataclass(frozen=True)
class OpenCredit:
    """What a basket missed and nobody was paid yet.

    Args:
        transaction: The credit's number; `missed_by` is the basket.
        grant: Which grant.
        household_id: Whose.
        offer_id: Of which offer.
        level: At which level.
        cents: What is owed.
        given_cents: What was credited, before goods came back.
        duplicate: The offer was used elsewhere meanwhile: the store's loss if it is paid.
    """

    transaction: LaneTransaction
    grant: GrantKey
    household_id: HouseholdId
    offer_id: OfferId
    level: int
    cents: int
    given_cents: int
    duplicate: bool


class LogLedger(Protocol):
    """What loaded logs are held against; every call may raise StoreError."""

    def plans(self) -> list[PlanStanding]:
        """All plans, by cycle, then id."""
        ...

    def used_grants(self, plan_id: PlanId) -> list[Grant]:
        """Grants of a plan of which anything was told, with all of it."""
        ...

    def grants_of_households(self, plan_id: PlanId, households: Iterable[HouseholdId]) -> list[Grant]:
        """All grants of some households with all that was told of them."""
        ...

    def live_households(self, plan_id: PlanId) -> list[HouseholdId]:
        """Households of a plan whose list was not made void, sorted."""
        ...

    def asked_transactions(self, period: Period) -> set[LaneTransaction]:
        """Transactions of a period that asked for a hold."""
        ...


SEVERAL_ACTORS = "tills"
"""How the audit names those whose messages went into one commit."""


class TillTeller(Protocol):
    """Who takes messages: the ledger, or the service that is the ledger's one writer while it runs."""

    def handle_till(
        self, messages: Sequence[TillMessage], *, at: datetime, today: date, actor: str = "till"
    ) -> list[TillAnswer]:
        """Handle messages in order, in one transaction; one answer each."""
        ...


class PackLedger(Protocol):
    """What a till pack is made of; every call may raise StoreError."""

    def packable_lists(self, plan_id: PlanId, store_id: StoreId) -> list[PackableList]:
        """Lists with grants that a store may give without the centre; by list number."""
        ...

    def lendable_grants(self, plan_id: PlanId, households: Iterable[HouseholdId]) -> list[GrantId]:
        """Escrow grants of some households whose right a store's controller may be given."""
        ...


class TillLedger(Protocol):
    """What tills need of the ledger; every call may raise StoreError, and then nothing of it was written."""

    def handle_till(
        self,
        messages: Sequence[TillMessage],
        *,
        at: datetime,
        today: date,
        actor: str = "till",
        site: StoreId | None = None,
    ) -> list[TillAnswer]:
        """Handle messages in order, in one transaction; one answer each, durable when the call returns."""
        ...

    @property
    def reads_at_once(self) -> bool:
        """Whether what it is asked never waits for another machine."""
        ...

    def reading_together(self) -> AbstractContextManager[None]:
        """Within it, what this thread asks is read on one connection; not all of it need be of one moment."""
        ...

    def open_list(self, digest: str) -> OpenedList | None:
        """The list a code's or a phone secret's digest opens, if its plan is applied."""
        ...

    def open_household_list(self, household_id: HouseholdId, today: date) -> OpenedList | None:
        """The list a household has on a day, if any."""
        ...

    def till_grants(self, plan_id: PlanId, household_id: HouseholdId) -> list[Grant]:
        """A household's grants of a plan with all that was told of them, by id."""
        ...

    def close_expired(self, *, at: datetime, today: date, actor: str = "till", most: int | None = None) -> int:
        """End every grant whose last day is past, or so many of them; returns how many."""
        ...

    def forget_answers(self, *, at: datetime) -> int:
        """Drop answers to calls that nobody will repeat any more; returns how many."""
        ...
