"""From a chance within fourteen days to other windows and to days, taking purchases as memoryless.

The gaps between purchases are nearly so: their median coefficient of variation is 0.7, and the chance of buying
moves by a tenth between "just bought" and "due" (docs/algorithms/forecast.md).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from regulars.kernel import CYCLE_DAYS, ContractError

DAYS_MAX = 182
"""The longest window, and how far ahead a day is named, days."""

_BELOW_ONE = np.nextafter(1.0, 0.0)


def check_days(days: int) -> None:
    """Refuse a window no forecast is made for.

    Raises:
        ContractError: `days` lies outside 1 to `DAYS_MAX`.
    """
    if not 1 <= days <= DAYS_MAX:
        raise ContractError(
            f"a forecast reaches 1 to {DAYS_MAX} days ahead, not {days}",
            hint=f"name a number of days from 1 to {DAYS_MAX}; {CYCLE_DAYS} is one cycle",
        )


def window_probability(
    probabilities: npt.NDArray[np.float64], *, days: int, window_days: int
) -> npt.NDArray[np.float64]:
    """Chances for a window of another length: ``1 - (1 - p)^(days / window_days)``.

    Args:
        probabilities: Chances of buying at least once within `window_days`, each in (0, 1), shape ``(n,)``.
        days: Length asked for, 1 to `DAYS_MAX`.
        window_days: Length the chances hold for, days, > 0.

    Returns:
        Chances within `days`, each in (0, 1): what would round to 1 is the number just below. Shape ``(n,)``.

    Raises:
        ContractError: `days` lies outside 1 to `DAYS_MAX`.

    Example:
        >>> window_probability(np.array([0.5]), days=28, window_days=14).tolist()
        [0.75]
    """
    check_days(days)
    if days == window_days:
        return probabilities
    return np.minimum(-np.expm1(np.log1p(-probabilities) * (days / window_days)), _BELOW_ONE)


def expected_day_offset(
    probabilities: npt.NDArray[np.float64], *, share: float, window_days: int
) -> npt.NDArray[np.int64]:
    """Days from the as-of day to the first day by whose end an item is bought with a chance of at least `share`.

    Args:
        probabilities: Chances within `window_days`, each in (0, 1), shape ``(n,)``.
        share: The quantile, in (0, 1): 0.5 is the median.
        window_days: Length the chances hold for, days, > 0.

    Returns:
        Whole days, 0 being the as-of day itself, `DAYS_MAX` standing for that or anything later; shape ``(n,)``.

    Example:
        >>> expected_day_offset(np.array([0.5, 0.75, 0.001]), share=0.5, window_days=14).tolist()
        [13, 6, 182]
    """
    days_needed = np.log1p(-share) / np.log1p(-probabilities) * window_days
    offsets: npt.NDArray[np.int64] = np.ceil(np.clip(days_needed, 1, DAYS_MAX + 1)).astype(np.int64) - 1
    return offsets
