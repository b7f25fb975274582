"""Money in whole units that are never below the exact product, so that sums are exact and limits are kept exactly."""

from __future__ import annotations

import math

from ._compiled import entry

_SPLIT = 134217729.0


@entry
def units(redemptions: float, money: float, scale: float) -> int:
    """The least whole number of units that is not below redemptions x money x scale, exactly.

    The rounding error of the float product is itself computed exactly (Dekker's two-product), so an exact product
    stays exact and any other is rounded up.
    """
    if money == 0.0:
        return 0
    product = redemptions * money
    high = _SPLIT * redemptions
    redemptions_high = high - (high - redemptions)
    redemptions_low = redemptions - redemptions_high
    high = _SPLIT * money
    money_high = high - (high - money)
    money_low = money - money_high
    error = (
        (redemptions_high * money_high - product) + redemptions_high * money_low + redemptions_low * money_high
    ) + redemptions_low * money_low
    scaled = product * scale
    whole = math.ceil(scaled)
    if (
        whole == scaled
    ):  # the error of the product decides; it is less than the distance to the next whole otherwise
        return whole + math.ceil(error * scale)
    return whole
