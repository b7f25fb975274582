"""Numbers as POSLog writes them become whole cents and thousandths, exactly."""

from __future__ import annotations

import functools
import re
from decimal import ROUND_HALF_UP, Decimal

_PLAIN = re.compile(r"[+-]?\d{1,15}(?:\.\d{0,12})?|[+-]?\.\d{1,12}")
_ONE = Decimal(1)


@functools.lru_cache(maxsize=16_384)
def cents_of(text: str | None) -> int | None:
    """An amount in cents, half a cent away from zero; None if it is no number or absurdly long.

    Example:
        >>> cents_of("22041.88000"), cents_of("-1.490"), cents_of("0.125"), cents_of("NaN")
        (2204188, -149, 13, None)
    """
    return _scaled(text, 2)


@functools.lru_cache(maxsize=16_384)
def has_parts_of_a_cent(text: str | None) -> bool:
    """Whether an amount loses something when it becomes cents; no number loses nothing.

    Example:
        >>> has_parts_of_a_cent("22041.88000"), has_parts_of_a_cent("0.125"), has_parts_of_a_cent(None)
        (False, True, False)
    """
    if text is None or _PLAIN.fullmatch(text) is None:
        return False
    return Decimal(text).scaleb(2) % 1 != 0


@functools.lru_cache(maxsize=4_096)
def unit_price_of(text: str | None) -> int | None:
    """A price in thousandths of a cent: fuel is 1.459 a litre, and forty litres are not forty times 1.46."""
    return _scaled(text, 5)


@functools.lru_cache(maxsize=4_096)
def milli_of(text: str | None) -> int | None:
    """A quantity in thousandths.

    Example:
        >>> milli_of("0.65"), milli_of("-1.0000"), milli_of("")
        (650, -1000, None)
    """
    return _scaled(text, 3)


def _scaled(text: str | None, decimals: int) -> int | None:
    if text is None or _PLAIN.fullmatch(text) is None:
        return None
    return int(Decimal(text).scaleb(decimals).quantize(_ONE, rounding=ROUND_HALF_UP))
