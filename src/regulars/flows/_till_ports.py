"""The ledger as tills see it: find a list, look at its grants, and handle messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from regulars.kernel import GrantId, HouseholdId, PlanId, StoreId
from regulars.redeem import Grant, PackedGrant, TillAnswer, TillMessage


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


class PackLedger(Protocol):
    """What a till pack is made of; every call may raise StoreError."""

    def packable_lists(self, plan_id: PlanId, store_id: StoreId) -> list[PackableList]:
        """Lists with grants that a store may give without the centre; by list number."""
        ...

    def lendable_grants(self, plan_id: PlanId, households: Iterable[HouseholdId]) -> list[GrantId]:
        """Escrow grants of some households whose right a store's controller may be given."""
        ...

    def handle_till(
        self, messages: Sequence[TillMessage], *, at: datetime, today: date, actor: str = "till"
    ) -> list[TillAnswer]:
        """Handle messages in order, in one transaction."""
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
