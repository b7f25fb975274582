"""Exchanges inside one household, compiled: the one move that trimming, guarantees and polishing share.

A move takes one pick out, puts one option in, or both. It may never make a rule worse: what is above a maximum must
not rise, what is below a minimum must not fall. So a plan that once keeps a limit keeps it.
"""

from __future__ import annotations

from typing import cast

import numpy as np

from ._arrays import Arrays, Caps, State, Work
from ._compiled import entry, inner
from ._units import units

SHARED = 1
"""Flag: look at shared limits."""
GAIN_VALUE = 2
"""Flag: the plan's value must rise, not only the worth after prices."""
BREAK_GUARANTEES = 4
"""Flag: guarantees may be broken."""
BREAK_HOUSEHOLD = 8
"""Flag: a household's minima may be broken; then picks are only dropped, never exchanged."""
EXCEED_MONEY = 16
"""Flag: money limits may be exceeded, to be trimmed afterwards."""

BY_COUNT, BY_OFFER, BY_VENDOR, BY_STORE = 0, 1, 2, 3
"""Kinds of shared limits."""

ANY = cast(int, np.int64(-1))
"""No particular slot, option or limit. A machine integer: each Python constant would be compiled for by itself."""

_SLOT_WEIGHT = 1e13


@inner
def use_of(a: Arrays, option: int, kind: int, target: int) -> int:
    """What an option uses of one shared limit: 1 or units of money; 0 if it does not fall under it."""
    row = a.level_row[option]
    offer = a.level_offer[row]
    if kind == 0:
        return 1 if offer == target else 0
    if kind == 1 and offer != target:
        return 0
    if kind == 2 and a.offer_vendor[offer] != target:
        return 0
    return units(a.redemptions[option], a.levels[row, 2 if kind == 3 else 1], a.unit_scale[0])


@inner
def _has_room(a: Arrays, s: State, c: Caps, option: int, flags: int) -> bool:
    """Whether the offer's own limits have room for one more distribution of it; a quick test before `_fits`."""
    row = a.level_row[option]
    offer = a.level_offer[row]
    if s.given[offer] + 1 > c.count_max[offer]:
        return False
    money = units(a.redemptions[option], a.levels[row, 1], a.unit_scale[0])
    return bool(flags & 16) or money == 0 or bool(s.offer[offer] + money <= c.offer[offer])


@inner
def _fits(a: Arrays, s: State, c: Caps, out: int, into: int, flags: int) -> bool:
    """Whether a move (option numbers, -1 for none) keeps every shared limit or at least does not worsen one."""
    offer_out, offer_in = -1, -1
    money_out, money_in = 0, 0
    store_out, store_in = 0, 0
    if out >= 0:
        row = a.level_row[out]
        offer_out = a.level_offer[row]
        money_out = units(a.redemptions[out], a.levels[row, 1], a.unit_scale[0])
        store_out = units(a.redemptions[out], a.levels[row, 2], a.unit_scale[0])
    if into >= 0:
        row = a.level_row[into]
        offer_in = a.level_offer[row]
        money_in = units(a.redemptions[into], a.levels[row, 1], a.unit_scale[0])
        store_in = units(a.redemptions[into], a.levels[row, 2], a.unit_scale[0])
    if offer_in != offer_out:
        if offer_in >= 0 and s.given[offer_in] + 1 > c.count_max[offer_in]:
            return False
        if offer_out >= 0 and not flags & 4 and s.given[offer_out] - 1 < c.count_min[offer_out]:
            return False
    if into < 0 or flags & 16:
        return True
    rise = money_in - (money_out if offer_in == offer_out else 0)
    if rise > 0 and s.offer[offer_in] + rise > c.offer[offer_in]:
        return False
    vendor = a.offer_vendor[offer_in]
    rise = money_in
    if offer_out >= 0 and a.offer_vendor[offer_out] == vendor:
        rise -= money_out
    if rise > 0 and s.vendor[vendor] + rise > c.vendor[vendor]:
        return False
    rise = store_in - store_out
    return bool(rise <= 0 or s.store[0] + rise <= c.store[0])


@inner
def misfit(a: Arrays, h: int, n: int, face: float) -> float:
    """How far a list is from the household's slots and face band; 0 when it keeps them."""
    slots = max(a.slots_min[h] - n, n - a.slots_max[h], 0)
    return float(_SLOT_WEIGHT * slots + max(a.face_min[h] - face, face - a.face_max[h], 0.0))


@inner
def slot_with(s: State, h: int, offer: int, work: Work) -> int:
    """The slot of a household's list that holds an offer, or -1."""
    for i in range(s.pick_count[h]):
        if work.offer[s.picks[h, i]] == offer:
            return i
    return -1


@inner
def _permitted(
    a: Arrays,
    s: State,
    c: Caps,
    h: int,
    k: int,
    gone: int,
    newcomer: bool,
    kind: int,
    target: int,
    flags: int,
    must_gain: bool,
    work: Work,
) -> bool:
    """Whether putting option k in and taking option `gone` out (-1 for none) obeys the flags and all caps.

    `work.category_count` holds the list's picks per category; `newcomer` says that k's offer is not on the list.
    """
    if k >= 0 and newcomer:
        counted = work.category_count[work.category[k]]
        if gone >= 0 and work.category[gone] == work.category[k]:
            counted -= 1
        if counted >= a.category_cap[work.category[k]]:
            return False
    out = a.start[h] + gone if gone >= 0 else -1
    into = a.start[h] + k if k >= 0 else -1
    if flags & 2 and must_gain:
        rise = (a.value[into] if k >= 0 else 0) - (a.value[out] if gone >= 0 else 0)
        if rise <= 0:
            return False
    if kind >= 0 and k >= 0 and use_of(a, into, kind, target) >= use_of(a, out, kind, target):
        return False
    return not flags & 1 or _fits(a, s, c, out, into, flags)


@inner
def best_move(
    a: Arrays,
    s: State,
    c: Caps,
    h: int,
    many: int,
    slot_out: int,
    option_in: int,
    kind: int,
    target: int,
    flags: int,
    work: Work,
) -> tuple[int, int, float]:
    """The best move of one household at the worths in `work`.

    Args:
        a: The problem.
        s: The plan; `s.picks[h]` holds the household's list.
        c: Shared limits.
        h: The household, loaded into `work`.
        many: How many options it has.
        slot_out: The pick that must go, or -1.
        option_in: The option that must come in, or -1.
        kind: Kind of the limit whose use must fall, or -1.
        target: Which limit of that kind.
        flags: See the constants above.
        work: Scratch.

    Returns:
        Slot that goes (-1: none), option that comes (-1: none), gain in worth (micros; -inf when no move is
        allowed). A move that mends slots or face band is worth more than any other; no move exceeds a maximum.
    """
    n = 0 + s.pick_count[h]
    face = 0.0
    least = np.inf
    for i in range(n):
        k = s.picks[h, i]
        face += work.face[k]
        least = min(least, work.worth[k])
        work.category_count[work.category[k]] += 1
    now = misfit(a, h, n, face)
    forced = slot_out >= 0 or option_in >= 0
    given_up = least if n >= a.slots_max[h] else min(least, 0.0)
    if slot_out >= 0:
        given_up = work.worth[s.picks[h, slot_out]]
    elif option_in >= 0:
        given_up = -np.inf
    best_slot, best_option, best_gain, best_misfit = -1, -1, -np.inf if forced else 1e-6, now
    looked_up, same = -1, -1
    for k in range(max(option_in, -1), option_in + 1 if option_in >= 0 else many):
        if best_misfit == 0.0 and k >= 0 and work.worth[k] - given_up <= best_gain:
            continue
        if k >= 0:
            if work.offer[k] != looked_up:
                looked_up = work.offer[k]
                same = slot_with(s, h, looked_up, work)
            if same >= 0 and s.picks[h, same] == k:
                continue
            if flags & 1 and same < 0 and not _has_room(a, s, c, a.start[h] + k, flags):
                continue
        for i in range(-1 if slot_out < 0 else slot_out, n if slot_out < 0 else slot_out + 1):
            if (same >= 0 and i != same) or (k < 0 and i < 0):
                continue
            gone = s.picks[h, i] if i >= 0 else -1
            gain = (work.worth[k] if k >= 0 else 0.0) - (work.worth[gone] if i >= 0 else 0.0)
            if best_misfit == 0.0 and gain <= best_gain:
                continue
            length = n + (1 if k >= 0 else 0) - (1 if i >= 0 else 0)
            if length > n and n >= a.slots_max[h]:
                continue
            total = face + (work.face[k] if k >= 0 else 0.0) - (work.face[gone] if i >= 0 else 0.0)
            then = misfit(a, h, length, total)
            if flags & 8:
                then = now
            if (
                total > max(a.face_max[h], face)
                or then > best_misfit
                or (then == best_misfit and gain <= best_gain)
            ):
                continue
            if not _permitted(a, s, c, h, k, gone, same < 0, kind, target, flags, then == now, work):
                continue
            best_slot, best_option, best_gain, best_misfit = i, k, gain, then
    for i in range(n):
        work.category_count[work.category[s.picks[h, i]]] = 0
    if best_slot < 0 and best_option < 0:
        return -1, -1, -np.inf
    return best_slot, best_option, best_gain


@inner
def count_pick(a: Arrays, s: State, option: int, sign: int) -> None:
    """Add (or take away) one pick's use of every shared limit."""
    row = a.level_row[option]
    offer = a.level_offer[row]
    money = units(a.redemptions[option], a.levels[row, 1], a.unit_scale[0]) * sign
    s.given[offer] += sign
    s.offer[offer] += money
    s.vendor[a.offer_vendor[offer]] += money
    s.store[0] += units(a.redemptions[option], a.levels[row, 2], a.unit_scale[0]) * sign


@entry
def count_plan(a: Arrays, s: State) -> None:
    """Add every pick's use of every shared limit to the (zeroed) sums."""
    for h in range(len(s.pick_count)):
        for i in range(s.pick_count[h]):
            count_pick(a, s, a.start[h] + s.picks[h, i], 1)


@inner
def apply_move(a: Arrays, s: State, h: int, slot: int, option: int, shared: bool) -> None:
    """Carry out a move; `shared` keeps the use of shared limits up to date."""
    begin = a.start[h]
    if shared and slot >= 0:
        count_pick(a, s, begin + s.picks[h, slot], -1)
    if shared and option >= 0:
        count_pick(a, s, begin + option, 1)
    n = s.pick_count[h]
    if slot >= 0 and option >= 0:
        s.picks[h, slot] = option
    elif option >= 0:
        s.picks[h, n] = option
        s.pick_count[h] = n + 1
    else:
        s.picks[h, slot] = s.picks[h, n - 1]
        s.pick_count[h] = n - 1
