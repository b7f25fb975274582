"""What a household answers on its phone page, and the port that keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from regulars.kernel import HouseholdId, PlanId


class AnswerKind(StrEnum):
    """What it says: of an item, never or not now or again; of the list, hide it from others or show it."""

    NEVER = "never"
    NOT_NOW = "not_now"
    AGAIN = "again"
    HIDE = "hide"
    SHOW = "show"


class AnsweredItem(StrEnum):
    """What an answer is about."""

    NEED = "need"
    PRODUCT = "product"
    LIST = "list"


@dataclass(frozen=True)
class HouseholdAnswer:
    """One answer; a later one about the same item takes its place.

    Args:
        household_id: Whose.
        answer: What it says.
        item_kind: What it is about.
        item_id: Which need or product; empty for the list.
        cycle_number: Cycle of the list it was given on.
        answered_at: When.
    """

    household_id: HouseholdId
    answer: AnswerKind
    item_kind: AnsweredItem
    item_id: str
    cycle_number: int
    answered_at: datetime

    def __post_init__(self) -> None:
        of_list = self.answer in {AnswerKind.HIDE, AnswerKind.SHOW}
        assert of_list == (self.item_kind is AnsweredItem.LIST) == (not self.item_id)


class AnswerBook(Protocol):
    """Answers and ticks of households, durably; every call may raise StoreError."""

    def add_answer(self, answer: HouseholdAnswer) -> None:
        """Keep an answer; the one that stands already is not kept twice."""
        ...

    def answers_of(self, household_id: HouseholdId) -> list[HouseholdAnswer]:
        """A household's answers that stand: the latest on each item, by kind of item and item."""
        ...

    def standing_answers(self) -> list[HouseholdAnswer]:
        """The answers of all households that stand, by household, kind of item and item."""
        ...

    def forget_household(self, household_id: HouseholdId) -> int:
        """Erase what a household answered and ticked; returns how many answers."""
        ...

    def keep_ticks(self, plan_id: PlanId, household_id: HouseholdId, needs: Iterable[str]) -> None:
        """Keep which boxes of a list are ticked, in place of those before."""
        ...

    def ticks_of(self, plan_id: PlanId, household_id: HouseholdId) -> frozenset[str]:
        """Needs whose boxes are ticked on a list."""
        ...
