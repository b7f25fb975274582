"""How much a day of buying still counts: halved every half-life, in whole numbers, so that sums are exact."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

PRODUCT_HALF_LIFE_DAYS = 90
"""Half-life of the days a household bought a product; chosen on the cut-off 2017-08-21 of Complete Journey."""

NEED_HALF_LIFE_DAYS = 120
"""The same for needs."""

_ONE = 1 << 30


def decay_weights(half_life_days: int) -> pa.Table:
    """The table `decay_weights`: ``round(0.5^(age / half-life) * 2^30)`` by age in days.

    Args:
        half_life_days: Days after which a purchase counts half, > 0.

    Returns:
        One row an age, from 0 until the weight is rounded to nothing (31 half-lives).

    Example:
        >>> decay_weights(90).slice(90, 1).to_pylist()
        [{'age_days': 90, 'weight': 536870912}]
    """
    ages = np.arange(31 * half_life_days + 1, dtype=np.int64)
    weights = np.rint(np.exp2(-ages / half_life_days) * _ONE).astype(np.int64)
    return pa.table({"age_days": ages, "weight": weights})
