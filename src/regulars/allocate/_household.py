"""One household's best list at given prices: exact, compiled.

Rules of a household are nested counting rules (levels inside an offer, offers inside a category, categories inside
the list), so taking the best first is exact. The face-value band adds one private price, found by cutting planes.
Source: docs/algorithms/allocation.md.
"""

from __future__ import annotations

import math
from typing import cast

import numpy as np

from ._arrays import Arrays, Floats, Integers, Smalls, State, Work
from ._compiled import entry, inner
from ._refine import refine
from ._units import units

_TOLERANCE_MICROS = 0.01
_DOUBLINGS = 48
_SLACK = 0.1
"""How far below the last time's least worth the guess for the next time lies."""

FRACTIONAL, WHOLE, KEEP = 0, 1, 2
"""What a pass adds up, and whether it writes the lists."""
PARTS = 1 << 20
"""Parts of a distribution, in the sums of a pass."""
_NO_SLOTS = cast(int, np.int32(0))  # of the kind that slots are: a Python constant would be compiled for by itself


@inner
def load_household(a: Arrays, prices: Floats, h: int, work: Work) -> int:
    """Fill the scratch with a household's options and their worth after prices; returns how many there are.

    `prices` is `Prices.table`. The household's part of each array is cut out first: an index from 0 is cheaper.
    """
    begin, end = a.start[h], a.start[h + 1]
    rows, value, redemptions = a.level_row[begin:end], a.value[begin:end], a.redemptions[begin:end]
    worth, face, offer, category = work.worth, work.face, work.offer, work.category
    for k in range(end - begin):
        row = rows[k]
        worth[k] = value[k] - redemptions[k] * prices[row, 0] - prices[row, 1]
        face[k] = prices[row, 2]
        offer[k] = a.level_offer[row]
        category[k] = a.level_category[row]
    return int(end - begin)


@inner
def best_first(
    caps: Smalls,
    many: int,
    face_price: float,
    face_weight: float,
    slots_min: int,
    slots_max: int,
    floor: float,
    work: Work,
) -> int:
    """The best list under the counting rules, by key = face_weight x worth + face_price x face, best first.

    Ties go to the option that comes first. Leaves the list in `work.picked`, its keys in `work.key`.
    Keys below `floor` are not looked at: the caller knows that the best list holds none (`_floor_of`), or says -inf.

    Returns:
        Its length: at most `slots_max`; keys <= 0 are taken only up to `slots_min`.
    """
    picked, key, keys, counted = work.picked, work.key, work.keys, work.category_count
    worth, face, offers, categories = work.worth, work.face, work.offer, work.category
    for k in range(many):
        keys[k] = face_weight * worth[k] + face_price * face[k]
    n = 0
    k = 0
    bar = floor  # keys below it are in no list
    while k < many:
        if keys[k] < bar:
            k += 1
            continue
        best, offer = k, offers[k]
        best_key = keys[k]
        k += 1
        while k < many and offers[k] == offer:
            if keys[k] > best_key:
                best, best_key = k, keys[k]
            k += 1
        if n == slots_max and (n == 0 or best_key <= key[n - 1]):
            continue
        category = categories[best]
        if counted[category] >= caps[category]:
            last = n - 1
            while categories[picked[last]] != category:
                last -= 1
            if best_key <= key[last]:
                continue
            for p in range(last, n - 1):
                picked[p] = picked[p + 1]
                key[p] = key[p + 1]
            n -= 1
        else:
            if n == slots_max:
                n -= 1
                counted[categories[picked[n]]] -= 1
            counted[category] += 1
        p = n
        while p > 0 and key[p - 1] < best_key:
            picked[p] = picked[p - 1]
            key[p] = key[p - 1]
            p -= 1
        picked[p] = best
        key[p] = best_key
        n += 1
        if n == slots_max:
            bar = max(bar, key[n - 1])
    for p in range(n):
        counted[categories[picked[p]]] = 0
    while n > slots_min and key[n - 1] <= 0.0:
        n -= 1
    return n


@inner
def _floor_of(picked: Smalls, n: int, slots_max: int, face_price: float, work: Work) -> float:
    """The least key of a full list at another face price: every key of the best list there is at least that."""
    if n < slots_max:
        return -np.inf
    floor = np.inf
    for p in range(n):
        floor = min(floor, work.worth[picked[p]] + face_price * work.face[picked[p]])
    return floor


@inner
def _totals(work: Work, n: int) -> tuple[float, float]:
    worth = 0.0
    face = 0.0
    for p in range(n):
        worth += work.worth[work.picked[p]]
        face += work.face[work.picked[p]]
    return worth, face


@inner
def _copy(source: Smalls, n: int, target: Smalls) -> None:
    for p in range(n):
        target[p] = source[p]


@inner
def best_list(
    a: Arrays, h: int, many: int, warm: float, evaluations: int, bars: Floats, work: Work
) -> tuple[int, int, float, float, float]:
    """The best list inside the face-value band, in `work.kept`.

    The band's dual is a convex piecewise linear function of one price; it is minimised by intersecting the lines of
    a list that breaks the bound and one that keeps it. Any price gives a valid upper bound.

    Args:
        a: The problem.
        h: The household; `work` holds its options.
        many: How many options it has.
        warm: Face price of the last time, or 0.
        evaluations: Cutting planes to spend at most.
        bars: Least worth in each household's best list the last time, a guess that saves time and changes nothing;
            written back, -inf where it says nothing.
        work: Scratch.

    Returns:
        Length of the list, length of its neighbour outside the band (`work.other`; 0 if the band does not bind),
        share of the neighbour in the fractional optimum, upper bound on the household's worth (micros), face price.
    """
    low, high = a.face_min[h], a.face_max[h]
    slots_min, slots_max = a.slots_min[h], a.slots_max[h]
    n = best_first(a.category_cap, many, 0.0, 1.0, slots_min, slots_max, bars[h], work)
    if n < slots_max and bars[h] > -np.inf:  # a guess too high may have hidden something
        n = best_first(a.category_cap, many, 0.0, 1.0, slots_min, slots_max, -np.inf, work)
    bars[h] = work.key[n - 1] - _SLACK * abs(work.key[n - 1]) if n == slots_max else -np.inf
    worth_out, face = _totals(work, n)
    _copy(work.picked, n, work.kept)
    if low <= face <= high:
        return n, 0, 0.0, worth_out, 0.0
    sign = 1.0 if face < low else -1.0
    target = low if face < low else high
    excess_out = sign * (face - target)
    bound, price = worth_out, 0.0
    step = max(abs(warm), 0.0625) if warm * sign > 0.0 else 0.25
    kept, others = n, n
    worth_in, excess_in = 0.0, -1.0
    expected = -np.inf
    tries = 0
    while tries < (evaluations if excess_in >= 0.0 else _DOUBLINGS):
        if tries == 0 or excess_in < 0.0:
            _copy(work.kept, kept, work.other)
            others = kept
        floor = max(
            _floor_of(work.kept, kept, slots_max, sign * step, work),
            _floor_of(work.other, others, slots_max, sign * step, work),
        )
        n = best_first(a.category_cap, many, sign * step, 1.0, slots_min, slots_max, floor, work)
        worth, face = _totals(work, n)
        excess = sign * (face - target)
        value = worth + step * excess
        if value < bound:
            bound, price = value, sign * step
        if value <= expected + _TOLERANCE_MICROS:
            break
        if excess >= 0.0:
            worth_in, excess_in = worth, excess
            kept = n
            _copy(work.picked, n, work.kept)
        else:
            worth_out, excess_out = worth, excess
            others = n
            _copy(work.picked, n, work.other)
            if excess_in < 0.0:
                kept = n
                _copy(work.picked, n, work.kept)
        if excess_in == 0.0:
            break
        if excess_in > 0.0:
            step = (worth_out - worth_in) / (excess_in - excess_out)
            expected = worth_out + step * excess_out
        else:
            step *= 2.0
        tries += 1
    share = excess_in / (excess_in - excess_out) if excess_in > 0.0 else 0.0
    return kept, others, share, bound, price


@entry
def price_pass(
    a: Arrays,
    members: Integers,
    prices: Floats,
    face_prices: Floats,
    bars: Floats,
    evaluations: int,
    mode: int,
    state: State,
    totals: Integers,
    work: Work,
) -> None:
    """Solve every member household at the prices and add up what the lists would use.

    Args:
        a: The problem.
        members: Households to solve, ascending.
        prices: `Prices.table`.
        face_prices: Face price of each household, read as a start and written back.
        bars: As in `best_list`.
        evaluations: Cutting planes to spend on a face band at most.
        mode: `FRACTIONAL` adds up the fractional optimum, `WHOLE` the refined whole lists, `KEEP` also writes them.
        state: Its sums are added to; distributions are counted in `PARTS`.
        totals: Added to: value (micros, in whole modes), upper bound (micros), picks.
        work: Scratch.
    """
    for position in range(len(members)):
        h = members[position]
        if a.slots_max[h] == 0 or a.start[h] == a.start[h + 1]:
            if mode == 2:
                state.pick_count[h] = 0
            continue
        many = load_household(a, prices, h, work)
        n, others, share, bound, face_price = best_list(a, h, many, face_prices[h], evaluations, bars, work)
        face_prices[h] = face_price
        totals[1] += math.ceil(bound) + 1
        if mode == 0:
            if share > 0.0:
                _add_use(a, h, work.other, others, share, state, totals, work)
            _add_use(a, h, work.kept, n, 1.0 - share, state, totals, work)
            continue
        if others > 0:
            n = refine(a, h, many, n, others, bound, face_price, work)
        _add_use(a, h, work.kept, n, 1.0, state, totals, work)
        if mode == 2:
            for p in range(n):
                state.picks[h, p] = work.kept[p]
            state.pick_count[h] = n


@inner
def _add_use(
    a: Arrays, h: int, picked: Smalls, n: int, share: float, state: State, totals: Integers, work: Work
) -> None:
    scale = a.unit_scale[0]
    parts = int(share * 1048576.0)
    for p in range(n):
        option = a.start[h] + picked[p]
        offer = work.offer[picked[p]]
        row = a.level_row[option]
        used = units(a.redemptions[option], a.levels[row, 1], scale)
        own = units(a.redemptions[option], a.levels[row, 2], scale)
        if share < 1.0:
            used = int(used * share)
            own = int(own * share)
        state.given[offer] += parts
        state.offer[offer] += used
        state.vendor[a.offer_vendor[offer]] += used
        state.store[0] += own
        totals[0] += a.value[option]
    totals[2] += n


@entry
def attainable_pass(a: Arrays, prices: Floats, reach: Floats, work: Work) -> None:
    """What each household could get if nothing were shared.

    Args:
        a: The problem.
        prices: `Prices.table` where nothing has a price: face values alone.
        reach: Written, shape ``(households, 3)``: most offers, greatest face value (micros), and the most offers
            (at most `slots_min`) whose least face value stays within `face_max`.
        work: Scratch.
    """
    for h in range(len(a.slots_min)):
        if a.slots_max[h] == 0 or a.start[h] == a.start[h + 1]:
            continue
        many = load_household(a, prices, h, work)
        n = best_first(a.category_cap, many, -1.0, 0.0, a.slots_max[h], a.slots_max[h], -np.inf, work)
        reach[h, 0] = n
        face = 0.0
        for p in range(n):
            face += work.face[work.picked[p]]
            if p < a.slots_min[h] and face <= a.face_max[h]:
                reach[h, 2] = p + 1
        n = best_first(a.category_cap, many, 1.0, 0.0, _NO_SLOTS, a.slots_max[h], -np.inf, work)
        _, reach[h, 1] = _totals(work, n)
