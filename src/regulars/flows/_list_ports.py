"""What becomes of a list after its plan was applied: proved and approved, void, or issued anew under another code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from regulars.kernel import HouseholdId, PlanId


@dataclass(frozen=True)
class ListEdition:
    """A list that was changed: its codes before are dead.

    Args:
        plan_id: The list's plan.
        household_id: Whose list.
        number: How often it was changed, from 1.
        sequence: The sequence its code has now; None for a list that is void.
        reason: Why, in somebody's words.
        changed_at: When.
        actor: By whom.
    """

    plan_id: PlanId
    household_id: HouseholdId
    number: int
    sequence: int | None
    reason: str
    changed_at: datetime
    actor: str

    @property
    def void(self) -> bool:
        """Whether the list opens nothing any more."""
        return self.sequence is None


@dataclass(frozen=True)
class ListApproval:
    """Somebody looked at proofs of a plan's lists and said that they may be printed and sent."""

    plan_id: PlanId
    approved_at: datetime
    actor: str


class ListBook(Protocol):
    """Changes of lists, durably; every writing call is one transaction and one row of the audit chain."""

    def change_list(self, edition: ListEdition, code_digest: str, phone_digest: str) -> bool:
        """Give a list other codes, or none that anybody can know; False, and nothing written, when its number is taken.

        Raises:
            ContractError: The plan has no such list.
        """
        ...

    def sequence_is_free(self, cycle_number: int, sequence: int) -> bool:
        """Whether no list of a cycle, of any plan, has or ever had a sequence."""
        ...

    def list_editions(self, plan_id: PlanId) -> list[ListEdition]:
        """Every change of a plan's lists, by household, then number."""
        ...

    def approve_lists(self, approval: ListApproval) -> bool:
        """Note that a plan's lists may go out; False when that was noted before."""
        ...

    def list_approval(self, plan_id: PlanId) -> ListApproval | None:
        """Who approved a plan's lists, if anybody did."""
        ...
