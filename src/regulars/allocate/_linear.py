"""The linear programme of a small problem, solved whole: prices where many values are equal, lists to start from.

Prices that hunt one by one do poorly where households are alike; the programme's own prices do not. Its optimum at a
corner is whole for all but a few households. Only the prices and those lists are taken from it: the bound is certified,
and every rule kept, by the same code as ever. Every guarantee and every household's minimum may be missed at a penalty
greater than any value, so that there always is an answer, and what is missed tells what conflicts.
Source: docs/algorithms/allocation.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ._arrays import NO_LIMIT, Floats, Integers
from ._prices import Prices
from ._problem import Problem

OPTIONS_MAX = 60_000
"""Above so many options the programme is not solved whole."""

_ITERATIONS_MAX = 200_000
_GUARANTEE_PENALTY, _MINIMUM_PENALTY = 4.0, 16.0


@dataclass(frozen=True)
class Linear:
    """The answer of the programme.

    Args:
        chosen: Part of each option that is taken, 0..1.
        prices: What its limits are worth.
        missed: Guaranteed distributions it misses, by offer.
    """

    chosen: Floats
    prices: Prices
    missed: Floats


@dataclass
class _Rows:
    """Rows ``weights x <= bound`` over options and slack columns, collected as triplets."""

    columns: int
    row: list[Integers]
    column: list[Integers]
    weight: list[Floats]
    bound: list[Floats]
    slack_cost: list[Floats]
    many: int = 0
    slacks: int = 0

    def add(self, key: Integers, weight: Floats, bound: Floats, penalty: float | Floats = 0.0) -> slice:
        """A row for each bound; `key` tells the row of each option, -1 for none. With a penalty rows have a slack."""
        used = np.flatnonzero(key >= 0)
        self.row.append(key[used] + self.many)
        self.column.append(used)
        self.weight.append(weight[used])
        self.bound.append(bound)
        if np.any(penalty):
            self.row.append(np.arange(len(bound)) + self.many)
            self.column.append(np.arange(len(bound)) + self.columns + self.slacks)
            self.weight.append(np.full(len(bound), -1.0))
            self.slack_cost.append(np.broadcast_to(np.asarray(penalty, np.float64), len(bound)))
            self.slacks += len(bound)
        self.many += len(bound)
        return slice(self.many - len(bound), self.many)


def solve_linear(problem: Problem, *, guarantee_cost: float = 0.0) -> Linear | None:
    """Solve the programme of a problem.

    Args:
        problem: At most `OPTIONS_MAX` options.
        guarantee_cost: What a missed list of a guarantee costs, micros; four times the greatest value unless given.

    Returns:
        The answer; None where the solver gave none within its iterations.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix

    arrays, limits = problem.arrays, problem.limits
    worth = arrays.value.astype(float)
    unit = max(float(np.abs(arrays.value).mean()), 1.0)
    rows = _Rows(len(worth), [], [], [], [], [])
    top = guarantee_cost / _GUARANTEE_PENALTY or max(float(np.abs(arrays.value).max(initial=0)), 1.0)
    agreed = np.full(len(limits.make_good), np.inf) if guarantee_cost else limits.make_good / top
    places = _add_rows(rows, problem, np.minimum(agreed, _GUARANTEE_PENALTY))
    columns = rows.columns + rows.slacks
    matrix = csr_matrix(
        (np.concatenate(rows.weight), (np.concatenate(rows.row), np.concatenate(rows.column))),
        shape=(rows.many, columns),
    )
    unit = max(unit, top / 100.0)
    cost = np.concatenate([-worth / unit, *(penalty * top / unit for penalty in rows.slack_cost)])
    upper = np.concatenate([np.ones(rows.columns), np.full(rows.slacks, np.inf)])
    solved = linprog(cost, A_ub=matrix, b_ub=np.concatenate(rows.bound), bounds=np.stack([np.zeros(columns), upper], 1),
                     method="highs", options={"maxiter": _ITERATIONS_MAX})  # fmt: skip
    if solved.status != 0:
        return None
    duals = np.maximum(-solved.ineqlin.marginals, 0.0) * unit
    money = duals / 1e6  # rows of money are in whole currency units
    first = places["guarantee"].start
    slack = solved.x[rows.columns : rows.columns + len(limits.count_min)]
    assert first == 0, "the guarantees' slacks come first"
    prices = Prices(
        _spread(money[places["offer"]], [b is not None for b in limits.offer]),
        _spread(duals[places["cap"]], list(limits.count_max < NO_LIMIT)) - duals[places["guarantee"]],
        _spread(money[places["vendor"]], [b is not None for b in limits.vendor]),
        _spread(money[places["store"]], [b is not None for b in limits.store]),
    )
    return Linear(solved.x[: rows.columns], prices, slack)


def _add_rows(rows: _Rows, problem: Problem, guarantee_penalty: Floats) -> dict[str, slice]:
    """All rules as rows; the guarantees first, because their slacks are read back."""
    arrays, limits = problem.arrays, problem.limits
    level = arrays.level_row
    offer = arrays.level_offer[level].astype(np.int64)
    household = np.repeat(np.arange(problem.households), np.diff(arrays.start)).astype(np.int64)
    redemptions = arrays.redemptions.astype(float)
    one = np.ones(len(level))
    funded, own = (redemptions * arrays.levels[level, column] / 1e6 for column in (1, 2))
    face = arrays.levels[level, 0] / 1e6
    places = {
        "guarantee": rows.add(offer, -one, -limits.count_min.astype(float), guarantee_penalty),
        "cap": rows.add(_where(limits.count_max < NO_LIMIT, offer), one,
                        limits.count_max[limits.count_max < NO_LIMIT].astype(float)),
        "offer": rows.add(_where(_is_set(limits.offer), offer), funded, _amounts(limits.offer)),
        "vendor": rows.add(_where(_is_set(limits.vendor), arrays.offer_vendor[offer].astype(np.int64)), funded,
                           _amounts(limits.vendor)),
        "store": rows.add(_where(_is_set(limits.store), np.zeros(len(level), np.int64)), own, _amounts(limits.store)),
    }  # fmt: skip
    rows.add(household, -one, -arrays.slots_min.astype(float), _MINIMUM_PENALTY)
    rows.add(household, -face, -arrays.face_min / 1e6, _MINIMUM_PENALTY)
    rows.add(household, one, arrays.slots_max.astype(float))
    rows.add(household, face, arrays.face_max / 1e6)
    pair = household * len(arrays.offer_category) + offer
    seen, key = np.unique(pair, return_inverse=True)
    rows.add(key.astype(np.int64), one, np.ones(len(seen)))
    in_category = household * len(arrays.category_cap) + arrays.offer_category[offer]
    seen, key = np.unique(in_category, return_inverse=True)
    rows.add(key.astype(np.int64), one, arrays.category_cap[seen % len(arrays.category_cap)].astype(float))
    return places


def _is_set(budgets: tuple[int | None, ...]) -> NDArray[np.bool_]:
    return np.array([budget is not None for budget in budgets], dtype=np.bool_)


def _amounts(budgets: tuple[int | None, ...]) -> Floats:
    return np.array([budget / 1e6 for budget in budgets if budget is not None], dtype=np.float64)


def _where(is_set: NDArray[np.bool_], of: Integers) -> Integers:
    """The row of each option among the limits that are set, -1 where its limit is not."""
    number = np.where(is_set, np.cumsum(is_set) - 1, -1)
    found: Integers = number[of]
    return found


def _spread(duals: Floats, is_set: list[bool]) -> Floats:
    prices = np.zeros(len(is_set))
    prices[np.array(is_set, dtype=np.bool_)] = duals
    return prices


def without_values(problem: Problem) -> Problem:
    """The same problem when only guarantees count."""
    return replace(problem, arrays=problem.arrays._replace(value=np.zeros_like(problem.arrays.value)))
