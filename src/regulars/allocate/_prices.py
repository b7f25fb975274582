"""Prices on the shared limits: each hunts its own threshold, and any price vector certifies a bound.

The step of a price grows while its limit stays on one side and halves when it crosses (Rprop). Only exact sums of the
use of each limit go in, so neither the order of households nor the number of threads matters.
Source: docs/algorithms/allocation.md.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil

import numpy as np

from ._arrays import NO_LIMIT, Arrays, Floats, Integers, State, Work, new_state, new_work
from ._household import FRACTIONAL, PARTS, price_pass
from ._problem import Limits, Problem

_GROW, _SHRINK = 1.25, 0.5
_BOX_VALUES = 4.0  # a distribution's price is at most so many times the greatest value: beyond, only force helps
_PATIENCE = 4
_WORTH_WHILE = 2e-5
_TIGHT_ENOUGH = 0.003  # a gap that the hunt is expected to leave on small problems
_TIGHTEN_PASSES = 80


@dataclass(frozen=True)
class Prices:
    """One price per shared limit.

    Args:
        offer: Per micro of an offer's own money, >= 0.
        count: Per distribution of an offer, micros; positive for a cap, negative for a guarantee.
        vendor: Per micro of a vendor's total, >= 0.
        store: Per micro of the store's own markdown, >= 0, shape ``(1,)``.
    """

    offer: Floats
    count: Floats
    vendor: Floats
    store: Floats

    @classmethod
    def zero(cls, problem: Problem) -> Prices:
        """All limits free."""
        offers = len(problem.arrays.offer_category)
        return cls(np.zeros(offers), np.zeros(offers), np.zeros(len(problem.limits.vendor)), np.zeros(1))

    def scaled(self, factor: float) -> Prices:
        """All prices times a factor; what a guarantee is worth stays whole."""
        count = np.where(self.count > 0, self.count * factor, self.count)
        return Prices(self.offer * factor, count, self.vendor * factor, self.store * factor)

    def table(self, arrays: Arrays) -> Floats:
        """Price of a redemption and of a distribution at each level row, and its face, micros, ``(level rows, 3)``."""
        offer = arrays.level_offer
        money = self.offer[offer] + self.vendor[arrays.offer_vendor[offer]]
        per_redemption = money * arrays.levels[:, 1] + self.store[0] * arrays.levels[:, 2]
        return np.ascontiguousarray(np.stack([per_redemption, self.count[offer], arrays.levels[:, 0]], axis=1))

    def rent(self, limits: Limits) -> int:
        """What the limits themselves are worth at these prices, micros, rounded up."""
        total = Fraction(0)
        for price, budgets in (
            (self.offer, limits.offer),
            (self.vendor, limits.vendor),
            (self.store, limits.store),
        ):
            for one, budget in zip(price, budgets, strict=True):
                if one:
                    assert budget is not None, "a limit that is not set has no price"
                    total += Fraction(float(one)) * budget
        for one, least, most in zip(self.count, limits.count_min, limits.count_max, strict=True):
            total += Fraction(float(one)) * int(most if one > 0 else least) if one else 0
        return ceil(total)


@dataclass(frozen=True)
class PassResult:
    """Sums of one pass over (some) households: use of limits, value, upper bound (micros), picks."""

    state: State
    value_micros: int
    bound_micros: int
    picks: int


@dataclass
class Team:
    """A fixed number of threads that share a pass; each has its own scratch and sums.

    `bars` is what the last pass found out about each household (`best_list`): it saves time and changes nothing.
    """

    arrays: Arrays
    workers: int
    works: list[Work] = field(init=False)
    bars: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.bars = np.full(len(self.arrays.slots_min), -np.inf)
        self.works = [new_work(self.arrays) for _ in range(self.workers)]

    def run(self, task: Callable[[Integers, Work], None], members: Integers) -> None:
        """Give each thread an equal run of the members."""
        parts = np.array_split(members, self.workers)
        if self.workers == 1:
            task(parts[0], self.works[0])
            return
        with ThreadPoolExecutor(self.workers) as pool:
            for done in [pool.submit(task, part, work) for part, work in zip(parts, self.works, strict=True)]:
                done.result()

    def price_pass(
        self,
        members: Integers,
        prices: Prices,
        face_prices: Floats,
        evaluations: int,
        mode: int = FRACTIONAL,
        picks: State | None = None,
    ) -> PassResult:
        """Solve the member households at the prices; lists are written to `picks` in mode `KEEP`."""
        table = prices.table(self.arrays)
        sums: list[tuple[State, Integers]] = []

        def task(part: Integers, work: Work) -> None:
            state = _sums_only(self.arrays)
            if picks is not None:
                state = state._replace(picks=picks.picks, pick_count=picks.pick_count)
            totals = np.zeros(3, np.int64)
            price_pass(self.arrays, part, table, face_prices, self.bars, evaluations, mode, state, totals, work)
            sums.append((state, totals))

        self.run(task, members)
        total, totals = sums[0]
        for other, more in sums[1:]:
            totals += more
            for mine, theirs in zip(total[2:], other[2:], strict=True):
                np.add(mine, theirs, out=mine)
        return PassResult(total, int(totals[0]), int(totals[1]), int(totals[2]))


def _sums_only(arrays: Arrays) -> State:
    few = arrays._replace(slots_min=arrays.slots_min[:0], slots_max=arrays.slots_max[:0])
    return new_state(few)


@dataclass(frozen=True)
class _Signal:
    """How far each limit is over (+) or under (-) use, relative to itself; 0 where it has no say."""

    offer: Floats
    count: Floats
    vendor: Floats
    store: Floats


@dataclass
class Hunt:
    """The prices while they move.

    Args:
        problem: The problem.
        prices: Where they start.
        share: Share of all households that a pass looks at; limits shrink with it.
        money_step: First step of a money price.
        count_step: First step of a distribution price, micros.
    """

    problem: Problem
    prices: Prices
    share: float
    money_step: float
    count_step: float

    def __post_init__(self) -> None:
        value = self.problem.arrays.value
        self._count_box = _BOX_VALUES * max(float(value.max(initial=0)), -float(value.min(initial=0)), 1.0)
        self._floor = np.minimum(self.problem.limits.make_good.astype(float), self._count_box)
        self._names = ("offer", "count", "vendor", "store")
        self._first = {name: self.count_step if name == "count" else self.money_step for name in self._names}
        self._steps = {name: np.full(len(getattr(self.prices, name)), self._first[name]) for name in self._names}
        self._signs = {name: np.zeros(len(getattr(self.prices, name))) for name in self._names}

    def move(self, used: State) -> None:
        """One step of every price against its limit's use."""
        signal = self._signal(used)
        moved = {}
        for name in self._names:
            over = getattr(signal, name)
            sign = np.sign(over)
            same = sign * self._signs[name]
            steps = self._steps[name]
            steps = np.where(same > 0, steps * _GROW, np.where(same < 0, steps * _SHRINK, steps))
            steps = np.minimum(steps, 6 * self._first[name])
            damped = steps * np.minimum(1.0, 8 * np.abs(over) + 0.02)
            old = getattr(self.prices, name)
            new = old + sign * damped
            crossed = (old * new < 0) if name == "count" else new < 0
            new = np.where(crossed, 0.0, new)
            moved[name] = np.clip(new, -self._floor, self._count_box) if name == "count" else new
            self._steps[name], self._signs[name] = steps, sign
        self.prices = replace(self.prices, **moved)

    def _signal(self, used: State) -> _Signal:
        limits, caps = self.problem.limits, self.problem.caps
        count = used.given / PARTS
        most, least = caps.count_max * self.share, limits.count_min * self.share
        above = np.where(caps.count_max < NO_LIMIT, (count - most) / np.maximum(most, 1.0), -1.0)
        below = (count - least) / np.maximum(least, 1.0)
        price = self.prices.count
        by_count = np.where((price > 0) | (above > 0), above, np.where((price < 0) | (below < 0), below, 0.0))
        return _Signal(
            _relative(used.offer, caps.offer, self.share),
            by_count,
            _relative(used.vendor, caps.vendor, self.share),
            _relative(used.store, caps.store, self.share),
        )


def _relative(used: Integers, caps: Integers, share: float) -> Floats:
    limit = caps * share
    return np.where(caps < NO_LIMIT, (used - limit) / np.maximum(limit, 1.0), 0.0)


@dataclass(frozen=True)
class Priced:
    """What the hunt found: the prices of the lowest bound, that bound (micros), face prices, passes made."""

    prices: Prices
    bound_micros: int
    face_prices: Floats
    passes: int


def hunt_prices(problem: Problem, team: Team, seed: int, sample: int = 40_000) -> Priced:
    """Find prices: on a hash sample first when there are many households, then on all.

    Args:
        problem: The problem.
        team: The threads.
        seed: Chooses the sample.
        sample: Households in the sample.
    """
    households = problem.households
    everyone = np.arange(households, dtype=np.int64)
    face_prices = np.zeros(households)
    start = Prices.zero(problem)
    some = hash_sample(households, sample, seed)
    first = team.price_pass(some, start, face_prices, 6)
    money_step, count_step = _first_steps(problem, first)
    if len(some) == households:
        hunt = Hunt(problem, start, 1.0, money_step, count_step)
        return _hunt(hunt, team, everyone, face_prices, 40)
    hunt = Hunt(problem, start, len(some) / households, money_step, count_step)
    sampled = _hunt(hunt, team, some, face_prices, 40)
    hunt = Hunt(problem, sampled.prices, 1.0, money_step / 4, count_step / 4)
    full = _hunt(hunt, team, everyone, face_prices, 8)
    return replace(full, passes=sampled.passes + full.passes)


def hunt_from(problem: Problem, team: Team, start: Prices) -> Priced:
    """Find prices on all households from where they stood before some limit changed.

    Args:
        problem: The problem as it is now.
        team: The threads.
        start: Prices found before; of a limit that is not set any more, 0.
    """
    everyone = np.arange(problem.households, dtype=np.int64)
    face_prices = np.zeros(problem.households)
    first = team.price_pass(everyone, Prices.zero(problem), face_prices, 6)
    return _hunt(Hunt(problem, start, 1.0, *_first_steps(problem, first)), team, everyone, face_prices, 25)


def _hunt(hunt: Hunt, team: Team, members: Integers, face_prices: Floats, passes_min: int) -> Priced:
    """Move the prices for so many passes and on, up to three times as many, while the bound still falls."""
    best: Priced | None = None
    lowest: list[int] = []
    while len(lowest) < 3 * passes_min:
        result = team.price_pass(members, hunt.prices, face_prices, 6)
        bound = result.bound_micros + ceil(hunt.prices.rent(hunt.problem.limits) * Fraction(hunt.share))
        if best is None or bound < best.bound_micros:
            best = Priced(hunt.prices, bound, face_prices, 0)
        lowest.append(best.bound_micros)
        if len(lowest) >= passes_min and lowest[-1 - _PATIENCE] - lowest[-1] <= _WORTH_WHILE * abs(lowest[-1]):
            break
        hunt.move(result.state)
    assert best is not None
    return replace(best, passes=len(lowest))


def tightened(problem: Problem, team: Team, priced: Priced, target_micros: int) -> int:
    """A lower bound where the hunt's is far above the plan, as with many equal values; the lowest of all seen.

    Args:
        problem: The problem with the minima that the plan was held to.
        team: The threads, of that problem.
        priced: Prices to start from, and their bound.
        target_micros: Value of the plan.

    Returns:
        The lowest bound, micros.
    """
    if priced.bound_micros - target_micros <= _TIGHT_ENOUGH * abs(priced.bound_micros) + 2 * problem.households:
        return priced.bound_micros
    return min(priced.bound_micros, lowest_bound(problem, team, priced.prices, target_micros)[0])


def lowest_bound(
    problem: Problem, team: Team, start: Prices, target_micros: int, *, count_floor: float = -np.inf
) -> tuple[int, Prices]:
    """Go down to a value that a plan reaches, by subgradient steps of Polyak's length, on prices measured as rent.

    Measured so, all limits weigh alike.

    Args:
        problem: The problem.
        team: The threads, of that problem.
        start: Prices to start from.
        target_micros: What is aimed at.
        count_floor: The price of a distribution is kept above it.

    Returns:
        The lowest bound met, micros, and its prices.
    """
    prices, face_prices = start, np.zeros(problem.households)
    best: tuple[int, Prices] | None = None
    length, idle = 1.0, 0
    everyone = np.arange(problem.households, dtype=np.int64)
    for _ in range(_TIGHTEN_PASSES):
        result = team.price_pass(everyone, prices, face_prices, 20)
        bound = result.bound_micros + prices.rent(problem.limits)
        idle = 0 if best is None or bound < best[0] else idle + 1
        if best is None or bound < best[0]:
            best = (bound, prices)
        if best[0] - target_micros <= _TIGHT_ENOUGH * abs(best[0]) + 2 * problem.households:
            break
        if idle > 2 * _PATIENCE:
            length, idle = length / 2, 0
        prices = _polyak_step(problem, prices, result.state, length * (bound - target_micros))
        prices = replace(prices, count=np.maximum(prices.count, count_floor))
    assert best is not None
    return best


def _polyak_step(problem: Problem, prices: Prices, used: State, gap_micros: float) -> Prices:
    """Move all rents against the slope of the bound, as far as would close the gap if the bound were linear."""
    caps, limits = problem.caps, problem.limits
    scale = float(problem.arrays.unit_scale[0])
    given = used.given / PARTS
    by_cap = (prices.count > 0) | ((prices.count == 0) & (given > limits.count_max))
    free = (prices.count == 0) & (given >= limits.count_min) & ~by_cap
    sides = {
        "count": (given, np.where(by_cap, limits.count_max, limits.count_min).astype(float), ~free),
        "offer": (used.offer / scale, caps.offer / scale, caps.offer < NO_LIMIT),
        "vendor": (used.vendor / scale, caps.vendor / scale, caps.vendor < NO_LIMIT),
        "store": (used.store / scale, caps.store / scale, caps.store < NO_LIMIT),
    }
    over: dict[str, Floats] = {}
    for name, (use, limit, counts) in sides.items():
        excess = np.where(counts, (use - limit) / np.maximum(limit, 1.0), 0.0)
        idle = (getattr(prices, name) == 0) & (excess < 0) & (name != "count")
        over[name] = np.where(idle, 0.0, excess)
    norm = sum(float(excess @ excess) for excess in over.values())
    if norm == 0.0:
        return prices
    moved = {}
    for name, (_, limit, _) in sides.items():
        old = getattr(prices, name)
        new = old + gap_micros / norm * over[name] / np.maximum(limit, 1.0)
        crossed = (old * new < 0) if name == "count" else new < 0
        moved[name] = np.where(crossed, 0.0, new)
    return Prices(**moved)


def hash_sample(households: int, size: int, seed: int) -> Integers:
    """Which households are in the sample, ascending: those with the smallest hash of number and seed."""
    if households <= size * 1.5:
        return np.arange(households, dtype=np.int64)
    mixed = (np.arange(households, dtype=np.uint64) + np.uint64(seed % (1 << 32))) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(31)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(29)
    return np.sort(np.argsort(mixed, kind="stable")[:size]).astype(np.int64)


def _first_steps(problem: Problem, free: PassResult) -> tuple[float, float]:
    picks = max(free.picks, 1)
    value = max(free.value_micros / picks, 1.0)
    scale = float(problem.arrays.unit_scale[0])
    money = (int(free.state.offer.sum()) + int(free.state.store.sum())) / scale / picks
    return 0.01 * value / max(money, 1e-3 * value), 0.05 * value
