"""What would be possible if a limit were another: prices from where they stood, and the bound they certify."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ._prices import Prices, Team, hunt_from
from ._problem import Problem


@dataclass(frozen=True)
class WhatIf:
    """The best that limits allow, as far as prices tell.

    Args:
        bound_micros: No plan within the limits is worth more.
        used_micros: Money the best fractional plan uses of each offer, vendor and the store, by scope and id.
    """

    bound_micros: int
    used_micros: Mapping[tuple[str, str], int]


def bound_within(
    problem: Problem, money: Mapping[tuple[str, str], float], lists: Mapping[str, float], workers: int
) -> WhatIf:
    """See `regulars.allocate.what_if`."""
    names, scale = problem.names, float(problem.arrays.unit_scale[0])
    limits = problem.limits

    def start(scope: str, ids: tuple[str, ...], budgets: tuple[int | None, ...]) -> np.ndarray:
        pairs = zip(ids, budgets, strict=True)
        return np.array([0.0 if b is None else money.get((scope, one), 0.0) for one, b in pairs], dtype=np.float64)

    prices = Prices(
        start("offer", names.offers, limits.offer),
        np.array([lists.get(one, 0.0) for one in names.offers], dtype=np.float64),
        start("vendor", names.vendors, limits.vendor),
        start("store", ("all",), limits.store),
    )
    team = Team(problem.arrays, workers)
    priced = hunt_from(problem, team, prices)
    everyone = np.arange(problem.households, dtype=np.int64)
    state = team.price_pass(everyone, priced.prices, priced.face_prices.copy(), 20).state
    used = {("store", "all"): int(state.store[0] / scale)}
    used |= {("offer", one): int(units / scale) for one, units in zip(names.offers, state.offer, strict=True)}
    used |= {("vendor", one): int(units / scale) for one, units in zip(names.vendors, state.vendor, strict=True)}
    return WhatIf(priced.bound_micros, used)
