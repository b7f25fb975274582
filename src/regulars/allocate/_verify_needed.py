"""Whether what a plan gave up could have been had after all: one more offer on one more list, without breaking a limit.

Belongs to the verifier and shares no code with the solver. What is found here is certain; that nothing is found does
not prove that nothing was possible, for only one offer is added at a time and none is exchanged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

HOUSEHOLDS_TRIED_MAX = 50_000
OFFERS_TRIED_MAX = 100

_SPARE_SHARE = 1e-6  # a solver that adds whole units may leave so much of a budget: no more is held against it
_REDEMPTIONS_MAX, _VALUE_MAX = 1_000.0, 2**31 - 1  # beyond, a solver may take an option for a slip

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass
class Watched:
    """The options of the households and offers that something was given up for, gathered while the file goes by.

    Args:
        households: Whether each household is watched, shape ``(households + 1,)``; the last stands for an unknown one.
        offers: Whether each offer is watched, likewise.
    """

    households: Flags
    offers: Flags
    _parts: list[tuple[NDArray[np.generic], ...]] = field(default_factory=list)

    def see(
        self,
        household: Integers,
        offer: Integers,
        level: Integers,
        value: NDArray[np.generic],
        redemptions: NDArray[np.generic],
        flagged: Flags,
    ) -> None:
        """Keep the watched rows of a batch."""
        hit = np.flatnonzero((household >= 0) & (offer >= 0) & (self.households[household] | self.offers[offer]))
        if len(hit):
            self._parts.append(
                (household[hit], offer[hit], level[hit], value[hit].astype(float), redemptions[hit], flagged[hit])
            )

    def options(self) -> tuple[Integers, Integers, Integers, Floats]:
        """Household, offer, level and redemptions of each watched row that is an option and not excluded."""
        if not self._parts:
            nothing = np.zeros(0, np.int64)
            return nothing, nothing, nothing, np.zeros(0)
        household, offer, level, value, redemptions, flagged = (
            np.concatenate(column) for column in zip(*self._parts, strict=True)
        )
        order = np.lexsort((level, offer, household))
        same = np.ones(len(order) - 1, bool)
        for key in (household, offer, level):
            same &= key[order[1:]] == key[order[:-1]]
        good = ~flagged[order] & (np.abs(value[order]) <= _VALUE_MAX) & (np.floor(value[order]) == value[order])
        good &= (redemptions[order] >= 0) & (redemptions[order] <= _REDEMPTIONS_MAX)
        good[1:] &= ~same
        good[:-1] &= ~same
        kept = order[good]
        return household[kept], offer[kept], level[kept], redemptions[kept].astype(np.float64)


@dataclass(frozen=True)
class Bounds:
    """The households' own limits and lists as numbers.

    Args:
        slots_min: Offers wanted, shape ``(households,)``.
        slots_max: Most offers.
        face_min: Face value wanted, micros.
        face_max: Most face value.
        count: Offers on the list.
        face: Their face value.
        pairs: Keys ``household x offers + offer`` of all grants, sorted.
    """

    slots_min: Integers
    slots_max: Integers
    face_min: Integers
    face_max: Integers
    count: Integers
    face: Integers
    pairs: Integers


@dataclass(frozen=True)
class Room:
    """Shared limits, their use, and the terms of the offers; money in micros, infinity where no limit is set.

    Args:
        terms: Face value and funding by offer and level.
        category: Category of each offer, shape ``(offers,)``.
        category_cap: Most offers of a category on a list.
        vendor: Vendor of each offer.
        given: Lists that hold each offer.
        count_max: Most lists that may.
        offer_budget: Money of each offer, and what is used of it.
        vendor_budget: Likewise of each vendor.
        store_budget: Likewise of the store.
    """

    terms: dict[tuple[int, int], tuple[int, int]]
    category: Integers
    category_cap: Floats
    vendor: Integers
    given: Integers
    count_max: Floats
    offer_budget: tuple[Floats, Floats]
    vendor_budget: tuple[Floats, Floats]
    store_budget: tuple[Floats, Floats]


def needless(
    watched: Watched, bounds: Bounds, room: Room, below: Iterable[tuple[int, str]], short: Iterable[int]
) -> tuple[list[tuple[int, str]], list[int]]:
    """Households whose minimum, and offers whose guarantee, could have been brought nearer by one more grant.

    Args:
        watched: What the options say of them.
        bounds: The households.
        room: The shared limits.
        below: Household and rule (``slots-min`` or ``face-min``) of each minimum that was given up.
        short: Offers whose guarantee was.
    """
    household, offer, level, redemptions = watched.options()
    found = [room.terms.get(key, (-1, -1)) for key in zip(offer.tolist(), level.tolist(), strict=True)]
    face, funding = np.array(found, np.int64).reshape(-1, 2).T
    sound = (funding >= 0) & (face >= funding)
    household, offer, redemptions = household[sound], offer[sound], redemptions[sound]
    face, funding = face[sound], funding[sound]
    alone = _payable(room, offer, redemptions, face, funding, used=False)
    alone &= (face <= bounds.face_max[household]) & (room.category_cap[room.category[offer]] >= 1)
    fits = alone & _payable(room, offer, redemptions, face, funding, used=True)
    fits &= _joins(bounds, room, household, offer, face)
    could = set(household[fits].tolist())
    richer = set(household[fits & (face > 0)].tolist())
    begin = np.searchsorted(household, np.arange(len(bounds.count) + 1))
    households = []
    for h, rule in below:
        if h not in (could if rule == "slots-min" else richer):
            continue
        mine = np.arange(begin[h], begin[h + 1])[alone[begin[h] : begin[h + 1]]]
        if _in_reach(bounds, room, h, rule, offer[mine].tolist(), face[mine].tolist()):
            households.append((h, rule))
    promised = set(offer[fits].tolist())
    return households, [one for one in short if one in promised]


def _payable(
    room: Room, offer: Integers, redemptions: Floats, face: Integers, funding: Integers, *, used: bool
) -> Flags:
    """Whether one more grant of each option is within the shared limits: as used, or with nothing given yet."""
    ok: Flags = np.where(used, room.given[offer], 0) + 1 <= room.count_max[offer]
    paid, own = redemptions * funding, redemptions * (face - funding)
    store = np.zeros(len(offer), np.int64)
    for cost, at, (budget, spent) in (
        (paid, offer, room.offer_budget),
        (paid, room.vendor[offer], room.vendor_budget),
        (own, store, room.store_budget),
    ):
        limited = np.isfinite(budget)
        left = np.where(limited, budget, 0.0) * (1 - _SPARE_SHARE) - float(room.given.sum()) - 1.0
        ok &= (cost == 0) | ~limited[at] | (cost <= (left - spent if used else left)[at])
    return ok


def _joins(bounds: Bounds, room: Room, household: Integers, offer: Integers, face: Integers) -> Flags:
    """Whether each option could join its household's list by the household's own rules."""
    offers = len(room.category)
    ok: Flags = (bounds.count[household] < bounds.slots_max[household]) & (
        bounds.face[household] + face <= bounds.face_max[household]
    )
    ok &= ~np.isin(household * offers + offer, bounds.pairs)
    many = max(len(room.category_cap), 1)
    holders, held = np.divmod(bounds.pairs, max(offers, 1))
    kinds, times = np.unique(holders * many + room.category[held], return_counts=True)
    key = household * many + room.category[offer]
    at = np.searchsorted(kinds, key)
    at[at == len(kinds)] = 0
    counted = np.where(kinds[at] == key, times[at], 0) if len(kinds) else np.zeros(len(key), np.int64)
    ok &= counted + 1 <= room.category_cap[room.category[offer]]
    return ok


def _in_reach(bounds: Bounds, room: Room, h: int, rule: str, offers: list[int], faces: list[int]) -> bool:
    """Whether arithmetic leaves the minimum possible: most offers or most face value, were nothing shared."""
    most = int(bounds.slots_max[h])
    if rule == "slots-min":
        cheapest = _best(room, offers, faces, -1)
        total = np.cumsum(cheapest[: min(most, int(bounds.slots_min[h]))])
        return bool((total <= bounds.face_max[h]).sum() >= bounds.slots_min[h])
    greatest = sum(_best(room, offers, faces, 1)[:most])
    return bool(bounds.face_min[h] <= min(greatest, bounds.face_max[h]))


def _best(room: Room, offers: list[int], faces: list[int], sign: int) -> list[int]:
    """Face values, the greatest (sign 1) or least (-1) first: one of each offer, so many of each category."""
    of_offer: dict[int, int] = {}
    for offer, face in zip(offers, faces, strict=True):
        of_offer[offer] = max(of_offer.get(offer, sign * face), sign * face)
    taken: dict[int, int] = {}
    best = []
    for signed, offer in sorted(((value, one) for one, value in of_offer.items()), reverse=True):
        category = int(room.category[offer])
        if taken.get(category, 0) + 1 <= room.category_cap[category]:
            taken[category] = taken.get(category, 0) + 1
            best.append(sign * signed)
    return best
