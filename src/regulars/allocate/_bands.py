"""A whole list inside a household's slots and face band, if there is one: which sums of face values can be reached.

The last resort for the few households whose exchanges got stuck, and the proof that a band has a gap there.
"""

from __future__ import annotations

from itertools import groupby
from math import gcd
from typing import TypeAlias

from ._arrays import Arrays

_GRID_MAX = 1 << 20
"""Sums are looked at on the common grid of the face values; a finer grid is given up."""

_Reach: TypeAlias = dict[tuple[int, int], int]
"""By picks of the category at hand and of the list: a bit for each sum of face values that can be reached."""


def list_inside_band(arrays: Arrays, h: int) -> list[int] | None:
    """The list of fewest offers, then of least face value, that keeps a household's own rules.

    Args:
        arrays: The problem.
        h: The household.

    Returns:
        Options counted from the household's first, by category and offer; None if no list was found.
    """
    begin, end = int(arrays.start[h]), int(arrays.start[h + 1])
    rows = arrays.level_row[begin:end]
    faces = [int(face) for face in arrays.levels[rows, 0]]
    unit = gcd(*faces) or 1
    low, high = -(-int(arrays.face_min[h]) // unit), int(arrays.face_max[h]) // unit
    high = min(high, sum(faces) // unit)
    if high > _GRID_MAX or low > high:
        return None
    offer_of = [int(offer) for offer in arrays.level_offer[rows]]
    offers = [
        (int(arrays.offer_category[offer]), [(k, faces[k] // unit) for k in options])
        for offer, options in groupby(range(end - begin), key=offer_of.__getitem__)
    ]
    offers.sort(key=lambda one: one[0])
    steps: list[tuple[_Reach, list[tuple[int, int]]]] = []
    reach: _Reach = {(0, 0): 1}
    for category, members in groupby(offers, key=lambda one: one[0]):
        for _, options in members:
            steps.append((reach, options))
            reach = _with_offer(reach, options, int(arrays.category_cap[category]), int(arrays.slots_max[h]), high)
        steps.append((reach, []))
        reach = _next_category(reach)
    for n in range(int(arrays.slots_min[h]), int(arrays.slots_max[h]) + 1):
        inside = reach.get((0, n), 0) >> low
        if inside:
            return _traced(steps, n, low + (inside & -inside).bit_length() - 1)
    return None


def _with_offer(reach: _Reach, options: list[tuple[int, int]], cap: int, slots_max: int, high: int) -> _Reach:
    after = dict(reach)
    mask = (1 << (high + 1)) - 1
    for (counted, n), sums in reach.items():
        if counted < cap and n < slots_max:
            for _, face in options:
                more = (sums << face) & mask
                if more:
                    after[counted + 1, n + 1] = after.get((counted + 1, n + 1), 0) | more
    return after


def _next_category(reach: _Reach) -> _Reach:
    merged: _Reach = {}
    for (_, n), sums in reach.items():
        merged[0, n] = merged.get((0, n), 0) | sums
    return merged


def _traced(steps: list[tuple[_Reach, list[tuple[int, int]]]], n: int, face: int) -> list[int]:
    """Walk back from a sum that is reached to the options that make it up."""
    chosen: list[int] = []
    counted = 0
    for before, options in reversed(steps):
        if not options:
            counted = min(c for (c, many), sums in before.items() if many == n and sums >> face & 1)
        elif not before.get((counted, n), 0) >> face & 1:
            counted, n = counted - 1, n - 1
            taken = next((k, more) for k, more in options
                         if more <= face and before.get((counted, n), 0) >> (face - more) & 1)  # fmt: skip
            chosen.append(taken[0])
            face -= taken[1]
    return chosen[::-1]
