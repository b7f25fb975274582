"""What the compiled loops see: a problem, its limits and a plan in progress, as plain arrays.

Indices: household `h`, option `o` (a row of the option arrays), level row `l` (one offer at one level), offer `j`,
category `g`, vendor `v`. Options of a household are contiguous and sorted by level row, level rows by offer.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Smalls: TypeAlias = NDArray[np.int32]

NO_LIMIT = 1 << 62
"""Stands for a limit that is not set; no sum comes near it."""


MOVES_KEPT = 32
"""Moves of one household that are combined in pairs."""


class Arrays(NamedTuple):
    """A problem. Money is in micros; `unit_scale` units make a micro, and rows of money are summed in whole units.

    Args:
        start: First option of each household, and the end, shape ``(households + 1,)``.
        level_row: Level row of each option, unsigned 16 or 32 bits.
        value: Worth of giving each option, micros.
        redemptions: Expected redemptions of each option, >= 0.
        slots_min: Offers a household must get, shape ``(households,)``.
        slots_max: Offers it may get.
        face_min: Least face value of its list, micros.
        face_max: Greatest face value of its list, micros.
        level_offer: Offer of each level row.
        level_category: Its category.
        levels: Face, funding and markdown (face less funding) of each level row, shape ``(level rows, 3)``.
        offer_category: Category of each offer.
        offer_vendor: Vendor of each offer.
        category_cap: Offers of each category a household may get, >= 1.
        unit_scale: A power of two, shape ``(1,)``.
    """

    start: Integers
    level_row: NDArray[np.uint16] | NDArray[np.uint32]
    value: Integers | Smalls
    redemptions: Floats | NDArray[np.float32]
    slots_min: Smalls
    slots_max: Smalls
    face_min: Floats
    face_max: Floats
    level_offer: Smalls
    level_category: Smalls
    levels: Floats
    offer_category: Smalls
    offer_vendor: Smalls
    category_cap: Smalls
    unit_scale: Floats


class Caps(NamedTuple):
    """Shared limits: distributions are counted, money is in units; `NO_LIMIT` where none is set."""

    count_min: Integers
    count_max: Integers
    offer: Integers
    vendor: Integers
    store: Integers


class State(NamedTuple):
    """A plan in progress: each household's picks (options counted from its first) and the use of every limit."""

    picks: Smalls
    pick_count: Smalls
    given: Integers
    offer: Integers
    vendor: Integers
    store: Integers


class Work(NamedTuple):
    """Scratch of one thread, sized for the largest household.

    Args:
        worth: Worth of each option after prices, micros.
        face: Its face value.
        offer: Its offer.
        category: Its category.
        keys: What options are compared by.
        picked: The list in the making, best first.
        key: Its keys.
        kept: The list that keeps the face band.
        other: The neighbouring list that breaks it.
        category_count: Picks per category; zero between uses.
        move_slot: Slots of the moves that lose least.
        move_option: Their options.
        move_loss: Their losses, ascending.
    """

    worth: Floats
    face: Floats
    offer: Smalls
    category: Smalls
    keys: Floats
    picked: Smalls
    key: Floats
    kept: Smalls
    other: Smalls
    category_count: Smalls
    move_slot: Smalls
    move_option: Smalls
    move_loss: Floats


def new_work(arrays: Arrays) -> Work:
    """Scratch for one thread."""
    options = int(np.diff(arrays.start).max(initial=0)) + 1
    slots = int(arrays.slots_max.max(initial=0)) + 1
    return Work(
        np.zeros(options),
        np.zeros(options),
        np.zeros(options, np.int32),
        np.zeros(options, np.int32),
        np.zeros(options),
        np.zeros(slots, np.int32),
        np.zeros(slots),
        np.zeros(slots, np.int32),
        np.zeros(slots, np.int32),
        np.zeros(len(arrays.category_cap), np.int32),
        np.zeros(MOVES_KEPT + 1, np.int32),
        np.zeros(MOVES_KEPT + 1, np.int32),
        np.zeros(MOVES_KEPT + 1),
    )


def new_state(arrays: Arrays) -> State:
    """An empty plan."""
    households, offers = len(arrays.slots_min), len(arrays.offer_category)
    vendors = int(arrays.offer_vendor.max(initial=-1)) + 1
    return State(
        np.zeros((households, int(arrays.slots_max.max(initial=0)) + 1), np.int32),
        np.zeros(households, np.int32),
        np.zeros(offers, np.int64),
        np.zeros(offers, np.int64),
        np.zeros(vendors, np.int64),
        np.zeros(1, np.int64),
    )
