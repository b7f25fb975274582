"""Lists from the answer of the linear programme: whole where it is whole, rounded within the rules where it is not."""

from __future__ import annotations

import numpy as np

from ._arrays import Floats, Integers, State, Work, new_state
from ._moves import count_plan
from ._passes import improve_pass, shed_pass
from ._prices import Prices, Team
from ._problem import Problem
from ._repair import Repair

_TRACE = 1e-6


def plan_from(problem: Problem, team: Team, chosen: Floats, prices: Prices) -> State:
    """A plan near a fractional one that keeps every limit.

    Args:
        problem: The problem.
        team: The threads.
        chosen: Part of each option that is taken, 0..1.
        prices: What limits are worth.
    """
    state = new_state(problem.arrays)
    for h in range(problem.households):
        picks = _rounded(problem, h, chosen)
        state.picks[h, : len(picks)] = picks
        state.pick_count[h] = len(picks)
    table = prices.table(problem.arrays)

    def mend(part: Integers, work: Work) -> None:
        improve_pass(problem.arrays, state, problem.caps, part, table, 0, 16, work)
        shed_pass(problem.arrays, state, part, table, work)

    count = state.pick_count
    face = np.array([_face(problem, state, h) for h in range(problem.households)])
    arrays = problem.arrays
    unfit = (count < arrays.slots_min) | (face < arrays.face_min) | (face > arrays.face_max)
    team.run(mend, np.flatnonzero(unfit).astype(np.int64))
    count_plan(arrays, state)
    repair = Repair(problem, state, prices)
    repair.fit()
    repair.polish()
    return state


def _face(problem: Problem, state: State, h: int) -> float:
    arrays = problem.arrays
    options = arrays.start[h] + state.picks[h, : state.pick_count[h]]
    return float(arrays.levels[arrays.level_row[options], 0].sum())


def _rounded(problem: Problem, h: int, chosen: Floats) -> list[int]:
    """A household's options, those taken most first, as far as its maxima allow; a list that is whole stays."""
    arrays = problem.arrays
    begin, end = int(arrays.start[h]), int(arrays.start[h + 1])
    part = chosen[begin:end]
    picks: list[int] = []
    offers: set[int] = set()
    in_category: dict[int, int] = {}
    face = 0.0
    wanted = round(float(part.sum()))
    for k in np.argsort(-part, kind="stable").tolist():
        if part[k] < _TRACE or len(picks) >= min(wanted, int(arrays.slots_max[h])):
            break
        row = int(arrays.level_row[begin + k])
        offer = int(arrays.level_offer[row])
        category = int(arrays.offer_category[offer])
        more = face + float(arrays.levels[row, 0])
        full = in_category.get(category, 0) >= int(arrays.category_cap[category])
        if offer in offers or full or more > arrays.face_max[h]:
            continue
        picks.append(k)
        offers.add(offer)
        in_category[category] = in_category.get(category, 0) + 1
        face = more
    return picks
