"""Guarantees that cannot all be met: how many lists must be missed at least, and which limits are in each other's way.

The same dual as ever, when no option is worth anything and each promised list that is missed costs one: its value
certifies how many must be missed, whatever the prices; limits with a price are those that conflict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

import numpy as np

from ._arrays import NO_LIMIT
from ._linear import OPTIONS_MAX, solve_linear, without_values
from ._prices import Prices, Team, lowest_bound
from ._problem import Problem
from ._solution import Conflict, ConflictLimit

_ONE = 1_000_000.0  # what a missed list costs, micros
_WEIGHTY = 0.01  # a limit counts as one of those that conflict from this part of the greatest price of its kind


def find_conflict(problem: Problem, missed: int, workers: int) -> Conflict:
    """What is known of guarantees that were missed.

    Args:
        problem: The problem, with the households' minima that the plan was held to.
        missed: Promised lists that the plan misses.
        workers: Threads.
    """
    plain = without_values(problem)
    team = Team(plain.arrays, workers)
    start = _start(plain)
    alone = problem.limits.count_min_stated - problem.limits.count_min  # impossible for the offer by itself
    among = missed - int(alone.sum())
    bound, prices = lowest_bound(plain, team, start, -among * int(_ONE), count_floor=-_ONE)
    least = min(among, max(0, ceil(-(bound + 2 * problem.households) / _ONE - 1e-9)))
    return Conflict(least + int(alone.sum()), missed, tuple(_limits_in_the_way(plain, prices)))


def _start(problem: Problem) -> Prices:
    """Prices of the programme where it is small, else one for every promised list."""
    promised = np.where(problem.limits.count_min > 0, -_ONE, 0.0)
    if 0 < len(problem.arrays.value) <= OPTIONS_MAX:
        linear = solve_linear(problem, guarantee_cost=_ONE)
        if linear is not None:
            return replace(linear.prices, count=np.maximum(linear.prices.count, -_ONE))
    return replace(Prices.zero(problem), count=promised)


def _limits_in_the_way(problem: Problem, prices: Prices) -> list[ConflictLimit]:
    names, limits = problem.names, problem.limits
    found: list[ConflictLimit] = []
    stated = limits.count_min_stated
    for j in np.flatnonzero((prices.count < -_WEIGHTY * _ONE) | (stated > limits.count_min)):
        found.append(ConflictLimit("offer", names.offers[j], "distributions_min", int(stated[j])))
    capped = (prices.count > _WEIGHTY * _ONE) | (stated > limits.count_max)
    for j in np.flatnonzero(capped & (limits.count_max < NO_LIMIT)):
        found.append(ConflictLimit("offer", names.offers[j], "distributions_max", int(limits.count_max[j])))
    money: tuple[tuple[str, Sequence[str], np.ndarray, Sequence[int | None]], ...] = (
        ("offer", names.offers, prices.offer, limits.offer),
        ("vendor", names.vendors, prices.vendor, limits.vendor),
        ("store", ("all",), prices.store, limits.store),
    )
    top = max(float(one.max(initial=0.0)) for _, _, one, _ in money)
    for scope, ids, each, budgets in money:
        for place in np.flatnonzero(each > _WEIGHTY * top).tolist():
            found.append(ConflictLimit(scope, ids[place], "budget_micros", int(budgets[place] or 0)))
    return found
