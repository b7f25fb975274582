"""Whether what was said came true, by one rule for every page: misses that chance explains are none."""

from __future__ import annotations

from enum import StrEnum
from math import sqrt

HELD_POINTS = 3.0
"""Up to so many points between what was said and what came true are no miss, where much was said."""

HELD_SHARE = 0.1
"""Up to this share of what was said is no miss, where little was said: below .3 it comes to less than `HELD_POINTS`."""

SURE_ERRORS = 3.0
"""Standard errors up to which a gap is taken for chance; three, for what a household buys hangs together."""

FEW_ITEMS = 100
"""Of fewer chances nothing is told."""


class Verdict(StrEnum):
    """Whether what was said came true."""

    FEW = "too few"
    HELD = "held"
    TOO_MUCH = "too much"
    TOO_LITTLE = "too little"


def verdict_of(said: float, happened: float, items: int) -> Verdict:
    """Whether the chances of one fortnight came true.

    Args:
        said: Their mean, 0 to 1.
        happened: Share that was bought, 0 to 1.
        items: How many.

    Returns:
        `TOO_MUCH` or `TOO_LITTLE` where the two lie further apart than three points or a tenth of what was said,
        whichever is less, and than `SURE_ERRORS` standard errors of so many chances.

    Example:
        >>> verdict_of(0.47, 0.42, 11_230).value
        'too much'
        >>> verdict_of(0.036, 0.0, 2_000).value
        'too much'
        >>> verdict_of(0.30, 0.27, 340).value
        'held'
        >>> verdict_of(0.30, 0.0, 13).value
        'too few'
    """
    if items < FEW_ITEMS:
        return Verdict.FEW
    gap = points_too_high(said, happened)
    error = 100 * sqrt(said * (1 - said) / items)
    if abs(gap) <= min(HELD_POINTS, round(100 * HELD_SHARE * said, 1)) or abs(gap) <= SURE_ERRORS * error:
        return Verdict.HELD
    return Verdict.TOO_MUCH if gap > 0 else Verdict.TOO_LITTLE


def points_too_high(said: float, happened: float) -> float:
    """What was said less what came true, in points of one decimal, as pages write it; below zero where more came true.

    Args:
        said: Mean chance, 0 to 1.
        happened: Share that was bought, 0 to 1.

    Example:
        >>> points_too_high(0.4710, 0.44099)
        3.0
    """
    return round(100 * (said - happened), 1)
