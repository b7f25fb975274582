"""The ledger as tills see it: find a list, look at its grants, and handle messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from regulars.kernel import HouseholdId, PlanId, StoreId
from regulars.redeem import Grant, HoldAnswer, LaneTransaction, TillAnswer, TillMessage


@dataclass(frozen=True)
class FoundList:
    """A list of a plan that holds."""

    plan_id: PlanId
    household_id: HouseholdId
    list_number: int


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

    def find_list(self, digest: str) -> FoundList | None:
        """The list a code's or a phone secret's digest opens, if its plan is applied."""
        ...

    def list_of_household(self, household_id: HouseholdId, today: date) -> FoundList | None:
        """The list a household has on a day, if any."""
        ...

    def till_grants(self, plan_id: PlanId, household_id: HouseholdId) -> list[Grant]:
        """A household's grants of a plan with all that was told of them, by id."""
        ...

    def kept_hold(self, transaction: LaneTransaction, revision: int) -> HoldAnswer | None:
        """The answer a hold got before."""
        ...

    def close_expired(self, *, at: datetime, today: date, actor: str = "till") -> int:
        """End every grant whose last day is past; returns how many."""
        ...
