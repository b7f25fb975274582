"""From lists that almost fit to a plan that keeps every limit: trim, meet guarantees, polish.

Every step is an exchange inside one household, in an order that the input's row order does not touch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._arrays import Caps, Floats, Integers, Smalls, State, Work, new_work
from ._moves import (
    BREAK_GUARANTEES,
    BREAK_HOUSEHOLD,
    BY_COUNT,
    BY_OFFER,
    BY_STORE,
    BY_VENDOR,
    EXCEED_MONEY,
    GAIN_VALUE,
    SHARED,
)
from ._passes import change_pass, improve_pass, loss_pass
from ._prices import Prices
from ._problem import Problem

_ROUNDS = 4
_FILL_ROUNDS, _FILL_MOVES = 50, 64
_MANY_HOUSEHOLDS = 100_000
_POLISH_FACTORS = (0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.3, 0.0)
_POLISH_FACTORS_MANY = (0.9, 0.6, 0.0)


@dataclass(frozen=True)
class _Candidates:
    """Picks (or options) that a limit could lose (or gain), in the order of households."""

    households: Integers
    options: Smalls

    def __len__(self) -> int:
        return len(self.households)

    def take(self, order: Integers) -> _Candidates:
        return _Candidates(self.households[order], self.options[order])


@dataclass
class Repair:
    """Mends one plan in place.

    Args:
        problem: The problem.
        state: Lists and the use of every limit.
        prices: What limits are worth.
    """

    problem: Problem
    state: State
    prices: Prices

    def __post_init__(self) -> None:
        self._work: Work = new_work(self.problem.arrays)
        self._table: Floats = self.prices.table(self.problem.arrays)
        self._caps: Caps = self.problem.caps
        self._everyone = np.arange(self.problem.households, dtype=np.int64)

    def fit(self) -> None:
        """Trim, guarantee, trim again as long as that helps; at last trim at any cost."""
        for _ in range(_ROUNDS):
            self._trim(SHARED)
            if not self._guarantee():
                break
        self._trim(SHARED)
        self._trim(SHARED | BREAK_GUARANTEES)
        self._trim(SHARED | BREAK_GUARANTEES | BREAK_HOUSEHOLD)
        assert not self.over(), "dropping picks always ends inside the limits"
        self._guarantee(flags=SHARED)

    def polish(self) -> None:
        """Make exchanges that raise the plan's value inside what is left."""
        many = self.problem.households > _MANY_HOUSEHOLDS
        for factor in _POLISH_FACTORS_MANY if many else _POLISH_FACTORS:
            self._improve(factor)

    def fill(self, members: Integers) -> None:
        """Give those who fall short whatever still fits, until nothing does: households below a minimum, promises.

        Args:
            members: Households below a minimum.
        """
        table = self.prices.scaled(0.0).table(self.problem.arrays)
        arrays, flags = self.problem.arrays, SHARED | GAIN_VALUE
        for _ in range(_FILL_ROUNDS):
            made = improve_pass(arrays, self.state, self._caps, members, table, flags, _FILL_MOVES, self._work)
            if not made + self._guarantee(flags=SHARED):
                break

    def over(self) -> list[tuple[int, int]]:
        """Limits that are exceeded, as (kind, index): counts, offers' money, vendors, store."""
        kinds = (BY_COUNT, BY_OFFER, BY_VENDOR, BY_STORE)
        pairs = ((kind, *self._use_and_cap(kind)) for kind in kinds)
        return [(kind, int(index)) for kind, used, cap in pairs for index in np.flatnonzero(used > cap)]

    def _use_and_cap(self, kind: int) -> tuple[Integers, Integers]:
        state, caps = self.state, self._caps
        uses = (state.given, state.offer, state.vendor, state.store)
        return uses[kind], (caps.count_max, caps.offer, caps.vendor, caps.store)[kind]

    def _is_over(self, kind: int, target: int) -> bool:
        used, cap = self._use_and_cap(kind)
        return bool(used[target] > cap[target])

    def _improve(self, factor: float) -> int:
        table = self.prices.scaled(factor).table(self.problem.arrays)
        flags = SHARED | GAIN_VALUE
        arrays = self.problem.arrays
        return int(improve_pass(arrays, self.state, self._caps, self._everyone, table, flags, 8, self._work))

    def _trim(self, flags: int) -> None:
        for _ in range(_ROUNDS):
            over = self.over()
            if not over:
                return
            by_offer = _PicksByOffer.of(self.problem, self.state)
            for kind, target in over:
                self._trim_one(kind, target, flags, by_offer)

    def _trim_one(self, kind: int, target: int, flags: int, by_offer: _PicksByOffer) -> None:
        if not self._is_over(kind, target):
            return
        candidates = by_offer.under(self.problem, kind, target)
        some = self._first_candidates(kind, target, candidates)
        if some is not None:
            self._change(some, kind, target, flags)
        if self._is_over(kind, target):
            self._change(candidates, kind, target, flags)

    def _first_candidates(self, kind: int, target: int, candidates: _Candidates) -> _Candidates | None:
        """A hashed part of many candidates, thirty times what the limit is over by."""
        used, cap = self._use_and_cap(kind)
        wanted = 1_000 + int(30 * len(candidates) * float(used[target] - cap[target]) / float(used[target]))
        if wanted >= len(candidates):
            return None
        mixed = (candidates.households.astype(np.uint64) + np.uint64(target)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        return candidates.take(np.sort(np.argpartition(mixed, wanted)[:wanted]))

    def _change(self, candidates: _Candidates, kind: int, target: int, flags: int) -> int:
        losses = np.zeros(len(candidates))
        arrays, state, caps, work = self.problem.arrays, self.state, self._caps, self._work
        households, options = candidates.households, candidates.options.astype(np.int64)
        loss_pass(arrays, state, caps, households, options, self._table, kind, target, flags, losses, work)
        order = np.argsort(losses, kind="stable")
        order = order[np.isfinite(losses[order])]
        if kind < 0:
            agreed = float(self.problem.limits.make_good[target]) + min(0.0, float(self.prices.count[target]))
            order = order[losses[order] <= agreed]
        ranked = candidates.take(order)
        households, options = ranked.households, ranked.options.astype(np.int64)
        return int(change_pass(arrays, state, caps, households, options, self._table, kind, target, flags, work))

    def _guarantee(self, flags: int = SHARED | EXCEED_MONEY) -> int:
        short = np.flatnonzero(self.state.given < self._caps.count_min)
        made = 0
        for offer in short:
            made += self._change(options_of_offer(self.problem, int(offer)), -1, int(offer), SHARED)
            if self.state.given[offer] < self._caps.count_min[offer] and flags & EXCEED_MONEY:
                made += self._change(options_of_offer(self.problem, int(offer)), -1, int(offer), flags)
        return made


def options_of_offer(problem: Problem, offer: int) -> _Candidates:
    """All options of one offer, by household and level."""
    arrays = problem.arrays
    first, last = np.searchsorted(arrays.level_offer, [offer, offer + 1])
    rows = np.flatnonzero((arrays.level_row >= first) & (arrays.level_row < last))
    households = np.searchsorted(arrays.start, rows, side="right") - 1
    return _Candidates(households.astype(np.int64), (rows - arrays.start[households]).astype(np.int32))


@dataclass(frozen=True)
class _PicksByOffer:
    """All picks, grouped by offer; inside an offer by household."""

    households: Integers
    options: Smalls
    begin: Integers

    @classmethod
    def of(cls, problem: Problem, state: State) -> _PicksByOffer:
        households, options = picks_of(state)
        offer = problem.arrays.level_offer[problem.arrays.level_row[problem.arrays.start[households] + options]]
        order = np.argsort(offer.astype(np.uint16 if len(state.given) < 1 << 16 else np.int32), kind="stable")
        begin = np.concatenate([[0], np.cumsum(np.bincount(offer, minlength=len(state.given)))])
        return cls(households[order], options[order], begin.astype(np.int64))

    def under(self, problem: Problem, kind: int, target: int) -> _Candidates:
        if kind == BY_STORE:
            return _Candidates(self.households, self.options)
        offers = [target] if kind != BY_VENDOR else np.flatnonzero(problem.arrays.offer_vendor == target)
        places = np.concatenate([np.arange(self.begin[j], self.begin[j + 1]) for j in offers])
        return _Candidates(self.households[places], self.options[places])


def picks_of(state: State) -> tuple[Integers, Smalls]:
    """Every pick of a plan as (household, option counted from the household's first), by household."""
    slots = np.arange(state.picks.shape[1])
    chosen = slots[None, :] < state.pick_count[:, None]
    households = np.repeat(np.arange(len(state.pick_count), dtype=np.int64), state.pick_count)
    return households, state.picks[chosen]
