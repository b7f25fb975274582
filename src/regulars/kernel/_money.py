"""Money is integer minor units; one rounding rule (half away from zero); parts add up to the whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NewType

Cents = NewType("Cents", int)
"""Integer minor units of the workspace's currency."""

MICROS_PER_CENT = 10_000
"""The allocator's files hold millionths of a currency unit; everything else holds cents."""


def divide_half_up(numerator: int, denominator: int) -> int:
    """Integer division rounded to nearest, halves away from zero.

    Args:
        numerator: Any integer.
        denominator: A positive integer.

    Raises:
        ZeroDivisionError: `denominator` is zero.

    Example:
        >>> divide_half_up(5, 2), divide_half_up(-5, 2), divide_half_up(7, 3)
        (3, -3, 2)
    """
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    quotient, remainder = divmod(abs(numerator), abs(denominator))
    return sign * (quotient + (1 if 2 * remainder >= abs(denominator) else 0))


def percent_of(amount_cents: int, percent: int) -> int:
    """`percent` per cent of an amount, in cents, rounded half up.

    Example:
        >>> percent_of(399, 25)
        100
    """
    return divide_half_up(amount_cents * percent, 100)


def dollars(cents: int) -> str:
    """Cents as dollars for a person, every cent of them.

    Example:
        >>> dollars(123456), dollars(-5)
        ('$1,234.56', '-$0.05')
    """
    return f"{'-' if cents < 0 else ''}${abs(cents) / 100:,.2f}"


def split_exactly(total: int, weights: Sequence[int]) -> list[int]:
    """Split a total in proportion to weights so that the parts add up to it (largest remainder, first wins ties).

    Args:
        total: What to split, in minor units, >= 0.
        weights: Shares, each >= 0, at least one positive; shape ``(n,)``.

    Returns:
        Parts in the order of the weights, shape ``(n,)``, adding up to `total`.

    Raises:
        ValueError: No weight is positive.

    Example:
        >>> split_exactly(100, [1, 1, 1])
        [34, 33, 33]
    """
    whole = sum(weights)
    if whole <= 0:
        raise ValueError(f"no positive weight to split {total} by: {list(weights)}")
    parts = [total * weight // whole for weight in weights]
    if sum(parts) == total:
        return parts
    remainders = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for index in remainders[: total - sum(parts)]:
        parts[index] += 1
    return parts
