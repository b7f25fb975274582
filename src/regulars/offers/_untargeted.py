"""Lists and places drawn at random within slots, bands and limits: for held-out households, and for discovery.

Money is counted exactly, in redemption steps times millionths, so that what is left for the rest is exact too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ._response import REDEMPTION_STEPS

STORE_LIMIT = "all"


@dataclass(frozen=True)
class DrawOption:
    """One offer at one level as a held-out household may get it.

    Args:
        redemption_steps: Expected redemptions times `REDEMPTION_STEPS`.
        printed_micros: Face as the list prints it, at the posted price of what is shown.
        need_id: The need of what would be shown.
        overlaps: Offers that share a product with this one.
    """

    offer_id: str
    deal_id: str
    category_id: str
    vendor_id: str
    level: int
    face_micros: int
    funding_micros: int
    redemption_steps: int
    printed_micros: int
    need_id: str
    overlaps: frozenset[str] = frozenset()

    @property
    def vendor_steps(self) -> int:
        """Vendor's money it is expected to use, in micros times steps."""
        return self.redemption_steps * self.funding_micros

    @property
    def store_steps(self) -> int:
        """Store's money it is expected to use, in micros times steps."""
        return self.redemption_steps * (self.face_micros - self.funding_micros)


@dataclass(frozen=True)
class DrawBounds:
    """What a list may hold, and the printed face it aims at, None for any; money in micros."""

    slots_max: int
    face_aim_micros: int | None
    face_max_micros: int
    per_category_max: int


@dataclass
class Allowance:
    """What held-out households together may still take; a limit that is not named does not bind.

    Args:
        distributions: Offer id → grants left.
        offer_steps: Offer id → vendor money left, micros times steps.
        vendor_steps: Vendor id → the same over its offers.
        store_steps: Store money left, micros times steps; None for no limit.
    """

    distributions: dict[str, int] = field(default_factory=dict)
    offer_steps: dict[str, int] = field(default_factory=dict)
    vendor_steps: dict[str, int] = field(default_factory=dict)
    store_steps: int | None = None

    def fits(self, option: DrawOption) -> bool:
        """Whether one more grant of it breaks no limit."""
        return (
            self.distributions.get(option.offer_id, 1) >= 1
            and self.offer_steps.get(option.offer_id, option.vendor_steps) >= option.vendor_steps
            and self.vendor_steps.get(option.vendor_id, option.vendor_steps) >= option.vendor_steps
            and (self.store_steps is None or self.store_steps >= option.store_steps)
        )

    def take(self, option: DrawOption, times: int = 1) -> None:
        """Count a grant, or with -1 give it back."""
        for room, key, amount in (
            (self.distributions, option.offer_id, 1),
            (self.offer_steps, option.offer_id, option.vendor_steps),
            (self.vendor_steps, option.vendor_id, option.vendor_steps),
        ):
            if key in room:
                room[key] -= times * amount
        if self.store_steps is not None:
            self.store_steps -= times * option.store_steps


def draw_list(
    options: Mapping[str, Sequence[DrawOption]], bounds: DrawBounds, allowance: Allowance, *, seed: int
) -> tuple[DrawOption, ...]:
    """Draw one household's list at random and take it from the allowance.

    Offers come in random order, each at a random level it may have, and are kept while everything fits (of one deal
    only one offer a category, of one need only one offer, of offers that share a product only one). Where a face is
    aimed at, the list is then moved towards it: levels give way first, then offers. Whatever the draw, no limit
    breaks; a face that cannot be reached is left unreached.

    Args:
        options: Offer id → its allowed levels.
        bounds: Size and face of the list.
        allowance: Limits; changed by what is taken.
        seed: The household's own.

    Returns:
        The list, in the order drawn.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    offer_ids = sorted(options)
    order = [offer_ids[place] for place in generator.permutation(len(offer_ids))]
    picks = [options[offer_id][int(generator.integers(len(options[offer_id])))] for offer_id in order]
    chosen: list[DrawOption] = []
    for option in picks:
        if len(chosen) == bounds.slots_max:
            break
        if _may_add(chosen, option, bounds) and allowance.fits(option):
            chosen.append(option)
            allowance.take(option)
    if bounds.face_aim_micros is not None and chosen:
        pool = _Pool.of(order, options)
        for _ in range(_MOVES_MAX):
            if not _moved_nearer(chosen, pool, bounds, allowance):
                break
    return tuple(chosen)


@dataclass(frozen=True)
class _Pool:
    """All options of a household, in random order of the offers; `code` tells offers apart."""

    options: Sequence[DrawOption]
    code: npt.NDArray[np.int64]
    printed: npt.NDArray[np.int64]
    code_of: Mapping[str, int]

    @classmethod
    def of(cls, order: Sequence[str], options: Mapping[str, Sequence[DrawOption]]) -> _Pool:
        code_of = {offer_id: code for code, offer_id in enumerate(order)}
        every = [option for offer_id in order for option in options[offer_id]]
        codes = np.array([code_of[option.offer_id] for option in every], dtype=np.int64)
        return cls(every, codes, np.array([option.printed_micros for option in every], dtype=np.int64), code_of)


_MOVES_MAX = 32
_TRIES_MAX = 40


def _may_add(chosen: Sequence[DrawOption], option: DrawOption, bounds: DrawBounds) -> bool:
    same_deal = ((entry.deal_id, entry.category_id) == (option.deal_id, option.category_id) for entry in chosen)
    if any(same_deal) or any(entry.need_id == option.need_id for entry in chosen):
        return False
    if any(entry.offer_id in option.overlaps for entry in chosen):
        return False
    counts = Counter(entry.category_id for entry in chosen)
    face = sum(entry.face_micros for entry in chosen) + option.face_micros
    return counts[option.category_id] < bounds.per_category_max and face <= bounds.face_max_micros


def _moved_nearer(chosen: list[DrawOption], pool: _Pool, bounds: DrawBounds, allowance: Allowance) -> bool:
    """Make the one exchange that brings the printed face nearest to its aim, if one does and everything fits."""
    assert bounds.face_aim_micros is not None
    gap = bounds.face_aim_micros - sum(entry.printed_micros for entry in chosen)
    mine = np.array([entry.printed_micros for entry in chosen], dtype=np.int64)
    codes = np.array([pool.code_of[entry.offer_id] for entry in chosen], dtype=np.int64)
    same = codes[:, None] == pool.code[None, :]
    held = same.any(axis=0)
    distance = np.abs(gap + mine[:, None] - pool.printed[None, :])
    for allowed in (same, ~same & ~held[None, :]):
        order = np.argsort(np.where(allowed, distance, np.iinfo(np.int64).max), axis=None, kind="stable")
        for place in order[:_TRIES_MAX].tolist():
            slot, number = divmod(place, len(pool.options))
            if not allowed[slot, number] or distance[slot, number] >= abs(gap):
                break
            if _exchanged(chosen, slot, pool.options[number], bounds, allowance):
                return True
    return False


def _exchanged(
    chosen: list[DrawOption], slot: int, option: DrawOption, bounds: DrawBounds, allowance: Allowance
) -> bool:
    """Put an option in place of one that is held if every rule and limit allows it."""
    old = chosen[slot]
    if not _may_add([*chosen[:slot], *chosen[slot + 1 :]], option, bounds):
        return False
    allowance.take(old, -1)
    if not allowance.fits(option):
        allowance.take(old)
        return False
    allowance.take(option)
    chosen[slot] = option
    return True


def steps_of(redemptions: float) -> int:
    """Expected redemptions as whole steps; exact for what the response model makes."""
    return round(redemptions * REDEMPTION_STEPS)


def micros_used(steps: int) -> int:
    """Micros an amount of micros times steps needs, rounded up, so that what is left never exceeds the truth."""
    return -(-steps // REDEMPTION_STEPS)
