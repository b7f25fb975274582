"""Passes of exchanges over many households, compiled, in a given order and with the use of limits kept up to date."""

from __future__ import annotations

import numpy as np

from ._arrays import Arrays, Caps, Floats, Integers, State, Work
from ._compiled import entry, inner
from ._household import load_household
from ._moves import ANY, apply_move, best_move, slot_with, use_of


@entry
def improve_pass(
    a: Arrays, s: State, c: Caps, members: Integers, prices: Floats, flags: int, moves_max: int, work: Work
) -> int:
    """Let each member household make its best moves while there are any; returns how many were made."""
    made = 0
    for position in range(len(members)):
        h = members[position]
        many = load_household(a, prices, h, work)
        for _ in range(moves_max):
            slot, option, gain = best_move(a, s, c, h, many, ANY, ANY, ANY, ANY, flags, work)
            if gain == -np.inf:
                break
            apply_move(a, s, h, slot, option, bool(flags & 1))
            made += 1
    return made


@entry
def shed_pass(a: Arrays, s: State, members: Integers, prices: Floats, work: Work) -> None:
    """Drop the least worthy picks of lists whose face value is above the household's maximum, which always holds."""
    for position in range(len(members)):
        h = members[position]
        face = 0.0
        for i in range(s.pick_count[h]):
            face += a.levels[a.level_row[a.start[h] + s.picks[h, i]], 0]
        if face <= a.face_max[h]:
            continue
        load_household(a, prices, h, work)
        while face > a.face_max[h]:
            worst = 0
            for i in range(1, s.pick_count[h]):
                if work.worth[s.picks[h, i]] < work.worth[s.picks[h, worst]]:
                    worst = i
            face -= work.face[s.picks[h, worst]]
            s.pick_count[h] -= 1
            s.picks[h, worst] = s.picks[h, s.pick_count[h]]


@entry
def loss_pass(
    a: Arrays,
    s: State,
    c: Caps,
    households: Integers,
    options: Integers,
    prices: Floats,
    kind: int,
    target: int,
    flags: int,
    losses: Floats,
    work: Work,
) -> None:
    """What it would cost each household to give its pick up (kind >= 0) or to take an option in (kind = -1).

    Args:
        a: The problem.
        s: The plan.
        c: Shared limits.
        households: Whose pick it is, shape ``(candidates,)``.
        options: Which option, counted from the household's first.
        prices: As in `price_pass`.
        kind: Kind of the limit whose use must fall, or -1.
        target: Which limit of that kind.
        flags: See the constants above.
        losses: Written: micros, for money limits per unit that is freed; +inf when it cannot be done.
        work: Scratch.
    """
    many = 0
    for position in range(len(households)):
        h = households[position]
        if position == 0 or h != households[position - 1]:
            many = load_household(a, prices, h, work)
        losses[position] = np.inf
        option = options[position]
        slot = _slot_of(s, h, option)
        if kind < 0:
            _, _, gain = best_move(a, s, c, h, many, ANY, option, kind, target, flags, work)
            losses[position] = -gain
            continue
        if slot < 0 or use_of(a, a.start[h] + option, kind, target) == 0:
            continue
        _, into, gain = best_move(a, s, c, h, many, slot, ANY, kind, target, flags, work)
        if gain > -np.inf:
            freed = use_of(a, a.start[h] + option, kind, target)
            if into >= 0:
                freed -= use_of(a, a.start[h] + into, kind, target)
            losses[position] = -gain / freed


@inner
def _slot_of(s: State, h: int, option: int) -> int:
    for i in range(s.pick_count[h]):
        if s.picks[h, i] == option:
            return i
    return -1


@entry
def change_pass(
    a: Arrays,
    s: State,
    c: Caps,
    households: Integers,
    options: Integers,
    prices: Floats,
    kind: int,
    target: int,
    flags: int,
    work: Work,
) -> int:
    """Carry candidates' changes out in order until the limit is kept (kind >= 0) or the guarantee met (kind = -1).

    Returns:
        How many changes were made.
    """
    made = 0
    for position in range(len(households)):
        if kind == 0 and s.given[target] <= c.count_max[target]:
            break
        if kind == 1 and s.offer[target] <= c.offer[target]:
            break
        if kind == 2 and s.vendor[target] <= c.vendor[target]:
            break
        if kind == 3 and s.store[0] <= c.store[0]:
            break
        if kind < 0 and s.given[target] >= c.count_min[target]:
            break
        h = households[position]
        slot = _slot_of(s, h, options[position])
        if kind >= 0 and slot < 0:
            continue
        many = load_household(a, prices, h, work)
        if kind < 0:
            if slot_with(s, h, work.offer[options[position]], work) >= 0:
                continue
            slot, option, gain = best_move(a, s, c, h, many, ANY, options[position], kind, target, flags, work)
        else:
            many = 0 if flags & 8 else many
            slot, option, gain = best_move(a, s, c, h, many, slot, ANY, kind, target, flags, work)
        if gain > -np.inf:
            apply_move(a, s, h, slot, option, bool(flags & 1))
            made += 1
    return made
