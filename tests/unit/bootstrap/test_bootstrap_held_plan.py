"""Which plan the service desk answers by: the lists that shoppers hold, whatever is prepared for the next cycle."""

from dataclasses import dataclass
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from regulars.bootstrap.office import held_plan
from regulars.flows import PlanState
from regulars.kernel import CYCLE_DAYS, Period

NOW, NEXT, BEFORE = date(2017, 11, 27), date(2017, 12, 11), date(2017, 11, 13)


@dataclass(frozen=True)
class Standing:
    plan: SimpleNamespace
    state: PlanState


def standing(day, state=PlanState.APPLIED):
    period = Period(day, day + timedelta(days=CYCLE_DAYS))
    return Standing(SimpleNamespace(plan_id=f"{day}-a", period=period), state)


@pytest.mark.parametrize(
    ("standings", "held"),
    [
        ([standing(BEFORE), standing(NOW)], NOW),
        ([standing(NOW), standing(NEXT, PlanState.BUILT)], NOW),
        ([standing(NOW), standing(NEXT)], NOW),
        ([standing(NOW, PlanState.RECALLED), standing(BEFORE)], BEFORE),
        ([standing(NEXT), standing(NOW, PlanState.BUILT)], NEXT),
    ],
)
def test_the_desk_goes_by_the_lists_shoppers_hold(standings, held):
    office = SimpleNamespace(
        ledger=SimpleNamespace(plans=lambda: standings), today=lambda: NOW + timedelta(days=3)
    )
    assert held_plan(office) == f"{held}-a"
