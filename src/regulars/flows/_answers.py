"""What households answered becomes what the next plan leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from regulars.kernel import Cycle

from ._answer_ports import AnsweredItem, AnswerKind, HouseholdAnswer
from ._plan_settings import Declined

_KINDS = {AnsweredItem.NEED: "no_need", AnsweredItem.PRODUCT: "no_product"}


def declined_items(answers: Iterable[HouseholdAnswer], cycle: Cycle, zone: ZoneInfo) -> tuple[Declined, ...]:
    """What households do not want to see in a cycle, as far as they had said so by its first day.

    ``never`` holds until ``again``; ``not now`` holds for the cycle after the list it was said on.

    Args:
        answers: Those that stand, one an item.
        cycle: The cycle a plan is built for.
        zone: The stores' time zone: which day it was said on.
    """
    return tuple(
        Declined(one.household_id, _KINDS[one.item_kind], one.item_id)
        for one in answers
        if _said_on(one, zone) <= cycle.period.from_on and _holds(one, cycle.number)
    )


def _said_on(answer: HouseholdAnswer, zone: ZoneInfo) -> date:
    return answer.answered_at.astimezone(zone).date()


def _holds(answer: HouseholdAnswer, cycle_number: int) -> bool:
    if answer.answer is AnswerKind.NOT_NOW:
        return answer.cycle_number + 1 == cycle_number
    return answer.answer is AnswerKind.NEVER
