"""An allocation problem as the solver holds it, and what was found on the way in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from regulars.contracts import Finding

from ._arrays import Arrays, Caps, Floats, Integers


@dataclass(frozen=True)
class Names:
    """Ids behind the numbers, each sorted; `level_number` is the level of each level row."""

    households: pa.Array
    offers: tuple[str, ...]
    categories: tuple[str, ...]
    vendors: tuple[str, ...]
    level_number: Integers


@dataclass(frozen=True)
class Limits:
    """Shared limits as they were stated, in micros; None where none is set.

    Args:
        count_min: Guaranteed distributions that can be met as far as arithmetic shows, shape ``(offers,)``.
        count_max: Most distributions, `NO_LIMIT` where none is set.
        offer: Budget of each offer.
        vendor: Budget of each vendor.
        store: The store's own markdown budget, one entry.
        count_min_stated: Guaranteed distributions as stated.
        make_good: What is owed for each that is missed, micros; `NO_LIMIT` where it is to be kept at any price.
    """

    count_min: Integers
    count_max: Integers
    offer: tuple[int | None, ...]
    vendor: tuple[int | None, ...]
    store: tuple[int | None]
    count_min_stated: Integers
    make_good: Integers


@dataclass(frozen=True)
class Waiver:
    """A household that cannot have what its policy asks for.

    Args:
        household_id: The household.
        rule: ``slots_min`` or ``face_min_micros``.
        reason: ``no_options``, ``slots_contradict``, ``face_contradict``, ``slots_unattainable``,
            ``face_unattainable``, ``band_unattainable`` or ``limits_exhausted``.
        need: What was asked: offers, or micros of face value.
        most: What can be had, were nothing shared; what it has where that is not known.
        got: What its list has.
    """

    household_id: str
    rule: str
    reason: str
    need: int
    most: int
    got: int = 0


@dataclass(frozen=True)
class Problem:
    """Arrays, ids, limits, and what was left out while they were built.

    Args:
        arrays: What the compiled loops see; minima in it are already reduced to what is attainable.
        caps: Shared limits in units, tightened so far that a plan inside them keeps the stated limits exactly, and
            in floating point whatever the order of the sum.
        limits: Shared limits as stated.
        names: Ids.
        findings: What was left out, counted, and guarantees that arithmetic shows to be impossible.
        waivers: Minima that were reduced, by household.
        slots_min: Offers each household asked for, shape ``(households,)``.
        face_min: Face value asked for, micros.
        option_excluded: How many options were flagged excluded.
    """

    arrays: Arrays
    caps: Caps
    limits: Limits
    names: Names
    findings: tuple[Finding, ...]
    waivers: tuple[Waiver, ...]
    slots_min: Integers
    face_min: Floats
    options_excluded: int

    @property
    def households(self) -> int:
        """How many households there are."""
        return len(self.arrays.slots_min)

    def option_numbers(self, households: Integers, options: NDArray[np.int32]) -> Integers:
        """Option numbers from households and options counted from each household's first."""
        numbers: Integers = self.arrays.start[households] + options
        return numbers
