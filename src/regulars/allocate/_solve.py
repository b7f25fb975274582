"""From a problem to a plan with a certified bound."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from ._arrays import NO_LIMIT, Arrays, Floats, Integers, State, Work, new_state
from ._bands import list_inside_band
from ._conflict import find_conflict
from ._household import KEEP
from ._linear import OPTIONS_MAX, solve_linear
from ._linear_lists import plan_from
from ._moves import count_plan
from ._passes import improve_pass, shed_pass
from ._prices import Priced, Prices, Team, hunt_prices, tightened
from ._problem import Problem, Waiver
from ._repair import Repair, picks_of
from ._solution import Conflict, LimitPrice, Shortfall, Solution


def solve_problem(problem: Problem, seed: int, workers: int) -> Solution:
    """See `solve`."""
    clock = _Clock()
    team = Team(problem.arrays, workers)
    priced = hunt_prices(problem, team, seed)
    clock.lap("prices")
    state, face_prices, stuck = _assigned(problem, team, priced)
    clock.lap("assignment")
    repair = Repair(problem, state, priced.prices)
    repair.fit()
    repair.polish()
    clock.lap("repair")
    tries = [_Try.of(problem, state, replace(priced, face_prices=face_prices))]
    if 0 < len(problem.arrays.value) <= OPTIONS_MAX and tries[0].leaves_doubt(problem):
        tries += _by_linear_programme(problem, problem, team, tries[0])
        best = min(tries, key=lambda one: one.rank)
        if best.rank[0] or best.rank[1]:
            tries += _by_linear_programme(problem, _as_kept(problem, best), team, best)
        clock.lap("linear programme")
    best = _filled(problem, min(tries, key=lambda one: one.rank))
    plan, objective = _plan_of(problem, best.state), _value_of(problem, best.state)
    bounds = [_certified(problem, team, best.state, one.priced, best.unfit, objective) for one in tries]
    waivers, shortfalls = _given_up(problem, best.state, best.unfit, stuck)
    conflict = _conflict(problem, best, shortfalls, workers)
    clock.lap("bound and plan")
    return Solution(
        plan, objective, min(bounds), _limit_prices(problem, best.state, best.priced.prices), waivers, shortfalls,
        conflict, problem.findings, priced.passes, 2 * problem.households, clock.seconds,
    )  # fmt: skip


def _filled(problem: Problem, plan: _Try) -> _Try:
    """The plan with whatever still fits for those who fall short, by the minima and guarantees as they are."""
    short = bool((plan.state.given < problem.limits.count_min).any())
    if not short and not plan.unfit:
        return plan
    members = np.array([h for h, _, _ in plan.unfit], np.int64)
    Repair(problem, plan.state, plan.priced.prices).fill(members)
    return _Try.of(problem, plan.state, plan.priced)


def _conflict(problem: Problem, plan: _Try, shortfalls: tuple[Shortfall, ...], workers: int) -> Conflict | None:
    """What stands in the way of guarantees that were to be kept at any price."""
    limits = problem.limits
    at_a_price = limits.make_good < NO_LIMIT
    free = {problem.names.offers[j] for j in np.flatnonzero(at_a_price)}
    missed = sum(one.need - one.got for one in shortfalls if one.offer_id not in free)
    if not missed:
        return None
    kept, stated = (np.where(at_a_price, 0, counts) for counts in (limits.count_min, limits.count_min_stated))
    hard = replace(limits, count_min=kept, count_min_stated=stated)
    had = replace(problem, limits=hard, arrays=_with_minima_had(problem, plan.state, plan.unfit))
    return find_conflict(had, missed, workers)


_DOUBT = 0.003


@dataclass(frozen=True)
class _Try:
    """A plan, the prices it was found at, and what it had to give up.

    Args:
        state: The plan.
        priced: Prices and a bound for the minima as they are.
        unfit: Households below a minimum, as `_unfit` tells them.
        rank: How far it falls short: households, promised lists to be kept at any price, and value less what is owed
            for the others; the least is the best.
    """

    state: State
    priced: Priced
    unfit: list[tuple[int, int, int]]
    rank: tuple[int, int, int]

    @classmethod
    def of(cls, problem: Problem, state: State, priced: Priced) -> _Try:
        unfit = _unfit(problem, state)
        short = np.maximum(problem.limits.count_min - state.given, 0)
        at_a_price = problem.limits.make_good < NO_LIMIT
        owed = int((short * np.where(at_a_price, problem.limits.make_good, 0)).sum())
        objective = _value_of(problem, state)
        return cls(state, priced, unfit, (len(unfit), int(short[~at_a_price].sum()), owed - objective))

    def leaves_doubt(self, problem: Problem) -> bool:
        """Whether the plan may be far from the best: something was given up, or the bound is far above it."""
        bound, objective = self.priced.bound_micros, -self.rank[2]
        gap = bound - objective - 2 * problem.households
        return bool(self.rank[0] or self.rank[1] or gap > _DOUBT * abs(bound))


def _as_kept(problem: Problem, plan: _Try) -> Problem:
    """The problem with the minima that a plan keeps."""
    got = np.minimum(plan.state.given, problem.limits.count_min)
    kept = replace(
        problem, limits=replace(problem.limits, count_min=got), caps=problem.caps._replace(count_min=got)
    )
    return replace(kept, arrays=_with_minima_had(problem, plan.state, plan.unfit)) if plan.unfit else kept


def _by_linear_programme(problem: Problem, kept: Problem, team: Team, first: _Try) -> list[_Try]:
    """Another plan from the programme's own answer, for small problems where prices alone do poorly.

    Args:
        problem: The problem, by which the plan is ranked.
        kept: The problem with the minima to be kept.
        team: The threads.
        first: The best plan so far.
    """
    linear = solve_linear(kept)
    if linear is None:
        return []
    everyone = np.arange(problem.households, dtype=np.int64)
    face_prices = first.priced.face_prices.copy()
    state = plan_from(kept, replace(team, arrays=kept.arrays), linear.chosen, linear.prices)
    bound = team.price_pass(everyone, linear.prices, face_prices, 20).bound_micros
    found = replace(first.priced, prices=linear.prices, face_prices=face_prices,
                    bound_micros=bound + linear.prices.rent(problem.limits))  # fmt: skip
    return [_Try.of(problem, state, found)]


@dataclass
class _Clock:
    seconds: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._last = time.process_time()

    def lap(self, name: str) -> None:
        now = time.process_time()
        self.seconds[name] = now - self._last
        self._last = now


def _assigned(problem: Problem, team: Team, priced: Priced) -> tuple[State, Floats, frozenset[int]]:
    """Everybody's list at the prices, face prices, and the households whose own rules no list was found to keep."""
    everyone = np.arange(problem.households, dtype=np.int64)
    state = new_state(problem.arrays)
    face_prices = priced.face_prices.copy()
    team.price_pass(everyone, priced.prices, face_prices, 20, KEEP, state)
    table = priced.prices.table(problem.arrays)

    def mend(part: Integers, work: Work) -> None:
        improve_pass(problem.arrays, state, problem.caps, part, table, 0, 16, work)
        shed_pass(problem.arrays, state, part, table, work)

    team.run(mend, everyone)
    mended, stuck = _unstuck(problem, state)
    team.run(mend, mended)
    for sums in state[2:]:
        sums[:] = 0
    count_plan(problem.arrays, state)
    return state, face_prices, stuck


def _unstuck(problem: Problem, state: State) -> tuple[Integers, frozenset[int]]:
    """Give households below a minimum a list that keeps their rules; returns those that got one, and the others."""
    mended, stuck = [], []
    for h, _, _ in _unfit(problem, state):
        found = list_inside_band(problem.arrays, h)
        if found is None:
            stuck.append(h)
            continue
        state.picks[h, : len(found)] = found
        state.pick_count[h] = len(found)
        mended.append(h)
    return np.array(mended, np.int64), frozenset(stuck)


def _certified(
    problem: Problem, team: Team, state: State, priced: Priced, unfit: list[tuple[int, int, int]], objective: int
) -> int:
    """The bound for the minima that the plan was in the end held to, micros."""
    got = np.minimum(state.given, problem.limits.count_min)
    kept = replace(problem, limits=replace(problem.limits, count_min=got))
    bound = priced.bound_micros - priced.prices.rent(problem.limits)
    if unfit:
        kept = replace(kept, arrays=_with_minima_had(problem, state, unfit))
        everyone = np.arange(problem.households, dtype=np.int64)
        team = replace(team, arrays=kept.arrays)
        bound = team.price_pass(everyone, priced.prices, priced.face_prices, 20).bound_micros
    bound += priced.prices.rent(kept.limits)
    return tightened(kept, team, replace(priced, bound_micros=bound), objective)


def _given_up(
    problem: Problem, state: State, unfit: list[tuple[int, int, int]], stuck: frozenset[int]
) -> tuple[tuple[Waiver, ...], tuple[Shortfall, ...]]:
    """Minima that gave way, and guarantees."""
    limits = problem.limits
    short = np.flatnonzero(state.given < limits.count_min_stated)
    shortfalls = tuple(
        Shortfall(
            problem.names.offers[j],
            *(int(each[j]) for each in (limits.count_min_stated, limits.count_min, state.given)),
        )
        for j in short
    )
    first: dict[tuple[str, str], Waiver] = {}
    for one in problem.waivers:
        before = first.get((one.household_id, one.rule), one)
        first[one.household_id, one.rule] = replace(before, most=min(before.most, one.most))
    ids, waivers = problem.names.households, []
    count, face = _list_totals(problem, state)
    late = {h: "band_unattainable" if h in stuck else "limits_exhausted" for h, _, _ in unfit}
    for rule, got, wanted in (
        ("slots_min", count, problem.slots_min),
        ("face_min_micros", face, problem.face_min),
    ):
        for h in np.flatnonzero(got < wanted).tolist():
            named, need, had = ids[h].as_py(), int(wanted[h]), int(got[h])
            cause = first.pop((named, rule), Waiver(named, rule, late.get(h, "limits_exhausted"), need, had))
            waivers.append(replace(cause, need=need, got=had))
    waivers += [one for one in first.values() if one.reason == "no_options"]
    return tuple(sorted(waivers, key=lambda w: (w.household_id, w.reason, w.rule))), shortfalls


def _list_totals(problem: Problem, state: State) -> tuple[Integers, Floats]:
    households, options = picks_of(state)
    face = problem.arrays.levels[problem.arrays.level_row[problem.option_numbers(households, options)], 0]
    total: Floats = np.bincount(households, weights=face, minlength=problem.households).astype(np.float64)
    return state.pick_count.astype(np.int64), total


def _unfit(problem: Problem, state: State) -> list[tuple[int, int, int]]:
    """Households below a minimum: number, what was asked, what they have (offers, or else micros of face)."""
    arrays = problem.arrays
    count, face = _list_totals(problem, state)
    found = []
    for h in np.flatnonzero((count < arrays.slots_min) | (face < arrays.face_min)):
        by_slots = count[h] < arrays.slots_min[h]
        need, most = (arrays.slots_min[h], count[h]) if by_slots else (arrays.face_min[h], face[h])
        found.append((int(h), int(need), int(most)))
    return found


def _with_minima_had(problem: Problem, state: State, unfit: list[tuple[int, int, int]]) -> Arrays:
    count, face = _list_totals(problem, state)
    arrays = problem.arrays
    slots_min, face_min = arrays.slots_min.copy(), arrays.face_min.copy()
    rows = [h for h, _, _ in unfit]
    slots_min[rows] = np.minimum(slots_min[rows], count[rows])
    face_min[rows] = np.minimum(face_min[rows], face[rows])
    return arrays._replace(slots_min=slots_min, face_min=face_min)


def _value_of(problem: Problem, state: State) -> int:
    """What the plan is worth, micros."""
    households, options = picks_of(state)
    return int(problem.arrays.value[problem.option_numbers(households, options)].sum(dtype=np.int64))


def _plan_of(problem: Problem, state: State) -> pa.Table:
    households, options = picks_of(state)
    numbers = np.sort(problem.option_numbers(households, options))
    arrays, names = problem.arrays, problem.names
    rows = arrays.level_row[numbers]
    household_ids = names.households.take(pa.array(households.astype(np.int32)))
    offer_ids = pa.array(names.offers, pa.string()).take(pa.array(arrays.level_offer[rows]))
    level = pa.array(names.level_number[rows], pa.int64())
    return pa.table({"household_id": household_ids, "offer_id": offer_ids, "level": level})


def _limit_prices(problem: Problem, state: State, prices: Prices) -> tuple[LimitPrice, ...]:
    limits, names = problem.limits, problem.names
    scale = float(problem.arrays.unit_scale[0])
    found: list[LimitPrice] = []

    def money(scope: str, ids: Sequence[str], budgets: Sequence[int | None], used: Integers, each: Floats) -> None:
        for one, budget, units, price in zip(ids, budgets, used, each, strict=True):
            if budget is not None:
                spent = int(np.ceil(float(units) / scale))
                found.append(LimitPrice(scope, one, "budget_micros", budget, spent, float(price)))

    money("offer", names.offers, limits.offer, state.offer, prices.offer)
    for j, offer in enumerate(names.offers):
        given, price = int(state.given[j]), float(prices.count[j])
        if limits.count_max[j] < NO_LIMIT:
            most = int(limits.count_max[j])
            found.append(LimitPrice("offer", offer, "distributions_max", most, given, max(price, 0.0)))
        if limits.count_min_stated[j] > 0:
            least = int(limits.count_min_stated[j])
            found.append(LimitPrice("offer", offer, "distributions_min", least, given, max(-price, 0.0)))
    money("vendor", names.vendors, limits.vendor, state.vendor, prices.vendor)
    money("store", ("all",), limits.store, state.store, prices.store)
    return tuple(found)
