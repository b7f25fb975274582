"""A household's whole list inside its face band: the two lists beside the fractional optimum, moved once or twice.

At the household's face price a list's distance from the upper bound is what its moves lose in key plus the price of
the face value left over. So only the moves that lose least can matter, and a pair is dropped as soon as its losses
alone exceed the best distance found.
"""

from __future__ import annotations

import numpy as np

from ._arrays import MOVES_KEPT, Arrays, Smalls, Work
from ._compiled import inner

_TURNS = 6


@inner
def _collect_moves(a: Arrays, h: int, many: int, n: int, face_price: float, limit: float, work: Work) -> int:
    """The moves of the list `work.picked` that lose least in key, ascending; returns how many.

    A move puts an option in a slot (slot n adds it), or empties a slot (option -1).
    """
    found = 0
    for k in range(-1, many):
        key_in = work.worth[k] + face_price * work.face[k] if k >= 0 else 0.0
        same = -1
        if k >= 0:
            for i in range(n):
                if work.offer[work.picked[i]] == work.offer[k]:
                    same = i
            if same >= 0 and work.picked[same] == k:
                continue
        full = k >= 0 and work.category_count[work.category[k]] >= a.category_cap[work.category[k]]
        for i in range(n, -1, -1):
            if (same >= 0 and i != same) or (i == n and (k < 0 or n >= a.slots_max[h])):
                continue
            if k < 0 and n <= a.slots_min[h]:
                continue
            loss = (work.key[i] if i < n else 0.0) - key_in
            if loss >= limit or (found == MOVES_KEPT and loss >= work.move_loss[found - 1]):
                continue
            if full and same < 0 and (i == n or work.category[work.picked[i]] != work.category[k]):
                continue
            if found < MOVES_KEPT:
                found += 1
            p = found - 1
            while p > 0 and work.move_loss[p - 1] > loss:
                work.move_loss[p] = work.move_loss[p - 1]
                work.move_slot[p] = work.move_slot[p - 1]
                work.move_option[p] = work.move_option[p - 1]
                p -= 1
            work.move_loss[p], work.move_slot[p], work.move_option[p] = loss, i, k
    return found


@inner
def _effect(n: int, move: int, work: Work) -> tuple[int, float, float]:
    """Change of length, worth and face of one move."""
    slot, option = work.move_slot[move], work.move_option[move]
    length, worth, face = 0, 0.0, 0.0
    if option >= 0:
        length, worth, face = 1, work.worth[option], work.face[option]
    if slot < n:
        gone = work.picked[slot]
        length, worth, face = length - 1, worth - work.worth[gone], face - work.face[gone]
    return length, worth, face


@inner
def _together(a: Arrays, n: int, one: int, two: int, work: Work) -> bool:
    """Whether two moves, each allowed alone, may both be made."""
    if work.move_slot[one] == work.move_slot[two] and work.move_slot[one] < n:
        return False
    into, other = work.move_option[one], work.move_option[two]
    if into < 0 or other < 0:
        return True
    if work.offer[into] == work.offer[other]:
        return False
    if work.category[into] != work.category[other]:
        return True
    category = work.category[into]
    counted = work.category_count[category] + 2
    for move in (one, two):
        if work.move_slot[move] < n and work.category[work.picked[work.move_slot[move]]] == category:
            counted -= 1
    return bool(counted <= a.category_cap[category])


@inner
def _best_of(
    a: Arrays, h: int, many: int, n: int, bound: float, face_price: float, best: float, work: Work
) -> tuple[float, int, int]:
    """The best list within two moves of `work.picked`, if it is worth more than `best`: worth and moves, or -1."""
    worth, face = 0.0, 0.0
    for i in range(n):
        k = work.picked[i]
        work.key[i] = work.worth[k] + face_price * work.face[k]
        worth += work.worth[k]
        face += work.face[k]
        work.category_count[work.category[k]] += 1
    low, high = a.face_min[h], a.face_max[h]
    slots_min, slots_max = a.slots_min[h], a.slots_max[h]
    first, second = -1, -1
    if low <= face <= high and worth > best:
        best, first, second = worth, MOVES_KEPT, MOVES_KEPT
    found = _collect_moves(a, h, many, n, face_price, bound - best, work)
    for one in range(found):
        if work.move_loss[one] >= bound - best:
            break
        length_one, worth_one, face_one = _effect(n, one, work)
        if (
            worth + worth_one > best
            and low <= face + face_one <= high
            and slots_min <= n + length_one <= slots_max
        ):
            best, first, second = worth + worth_one, one, MOVES_KEPT
        for two in range(one):
            if work.move_loss[one] + work.move_loss[two] >= bound - best:
                break
            length, rise, more = _effect(n, two, work)
            rise, more, length = worth + worth_one + rise, face + face_one + more, n + length_one + length
            if rise <= best or more < low or more > high or length < slots_min or length > slots_max:
                continue
            if _together(a, n, one, two, work):
                best, first, second = rise, two, one
    for i in range(n):
        work.category_count[work.category[work.picked[i]]] = 0
    return best, first, second


@inner
def _written(n: int, first: int, second: int, work: Work) -> int:
    """Make the chosen moves on `work.picked` and copy the list to `work.kept`; returns its length."""
    for move in (first, second):
        if move == MOVES_KEPT:
            continue
        slot, option = work.move_slot[move], work.move_option[move]
        work.picked[n if slot >= n else slot] = option
        if slot >= n:
            n += 1
    length = 0
    for i in range(n):
        if work.picked[i] >= 0:
            work.kept[length] = work.picked[i]
            length += 1
    return length


@inner
def refine(a: Arrays, h: int, many: int, n: int, others: int, bound: float, face_price: float, work: Work) -> int:
    """Replace `work.kept` by the best list found near it and near `work.other`.

    Args:
        a: The problem.
        h: The household; `work` holds its options.
        many: How many options it has.
        n: Length of `work.kept`.
        others: Length of `work.other`.
        bound: Upper bound on the household's worth, micros.
        face_price: The household's face price.
        work: Scratch.

    Returns:
        Length of the list now in `work.kept`; unchanged if none inside the band was found.
    """
    best = -np.inf
    length = n
    for turn in range(_TURNS):
        size = others if turn == 0 else length
        source: Smalls = work.other if turn == 0 else work.kept
        for i in range(size):
            work.picked[i] = source[i]
        before = best
        best, first, second = _best_of(a, h, many, size, bound, face_price, best, work)
        if first >= 0:
            length = _written(size, first, second, work)
        elif turn > 0 and best == before:
            break
    return length
