"""What one level of a deal saves at its own conditions, and who pays it: integer cents, nothing else."""

from __future__ import annotations

from regulars.contracts import DealKind, Ladder, Level
from regulars.kernel import divide_half_up, percent_of

_SECOND_PERCENT = 50


def units_at_conditions(kind: DealKind, rung: Ladder, price_cents: int) -> int:
    """How many units of a product must be bought for one redemption, >= 1.

    Args:
        kind: How the shopper gains.
        rung: The level's numbers.
        price_cents: Posted price of one unit.

    Example:
        >>> units_at_conditions(DealKind.MULTIBUY, Ladder(buy_quantity=3, pay_quantity=2), 199)
        3
        >>> units_at_conditions(DealKind.THRESHOLD, Ladder(threshold_cents=1000, amount_cents=200), 399)
        3
    """
    match kind:
        case DealKind.SECOND_AT_HALF:
            return 2
        case DealKind.MULTIBUY | DealKind.MULTIBUY_PRICE:
            return rung.buy_quantity
        case DealKind.THRESHOLD:
            return max(1, -(-rung.threshold_cents // max(1, price_cents)))
        case _:
            return 1


def spend_at_conditions(kind: DealKind, rung: Ladder, price_cents: int) -> int:
    """What those units cost at the posted price, in cents; for a threshold the threshold itself.

    Args:
        kind: How the shopper gains.
        rung: The level's numbers.
        price_cents: Posted price of one unit.

    Example:
        >>> spend_at_conditions(DealKind.SECOND_AT_HALF, Ladder(percent=50), 399)
        798
    """
    if kind is DealKind.THRESHOLD:
        return rung.threshold_cents
    return units_at_conditions(kind, rung, price_cents) * price_cents


def saving_cents(kind: DealKind, rung: Ladder, price_cents: int) -> int:
    """What the shopper saves with one redemption at its own conditions.

    Args:
        kind: How the shopper gains.
        rung: The level's numbers.
        price_cents: Posted price of one unit, > 0.

    Returns:
        Cents, 0 <= saving <= spend at conditions; 0 where the deal gives nothing at this price.

    Source:
        docs/concepts/offers-and-money.md, "What an offer saves".

    Example:
        >>> saving_cents(DealKind.PERCENT_OFF, Ladder(percent=25), 399)
        99
        >>> saving_cents(DealKind.MULTIBUY_PRICE, Ladder(buy_quantity=2, price_cents=750), 429)
        108
    """
    match kind:
        case DealKind.AMOUNT_OFF | DealKind.THRESHOLD:
            saving = rung.amount_cents
        case DealKind.PERCENT_OFF:
            saving = part_off(price_cents, rung.percent)
        case DealKind.FIXED_PRICE:
            saving = price_cents - rung.price_cents
        case DealKind.SECOND_AT_HALF:
            saving = part_off(price_cents, rung.percent or _SECOND_PERCENT)
        case DealKind.MULTIBUY:
            saving = (rung.buy_quantity - rung.pay_quantity) * price_cents
        case DealKind.MULTIBUY_PRICE:
            saving = rung.buy_quantity * price_cents - rung.price_cents
    return min(max(saving, 0), spend_at_conditions(kind, rung, price_cents))


def part_off(cents: int, percent: int) -> int:
    """What so many per cent off save, rounded down: nothing is promised that a till might round away.

    Example:
        >>> part_off(399, 25), part_off(329, 50)
        (99, 164)
    """
    return cents * percent // 100


def split_funding(face_cents: int, funding_percent: int) -> tuple[int, int]:
    """Vendor's and store's part of a saving; they add up to it.

    Example:
        >>> split_funding(75, 50)
        (38, 37)
    """
    vendor_cents = percent_of(face_cents, funding_percent)
    return vendor_cents, face_cents - vendor_cents


def depth_percent(kind: DealKind, rung: Ladder, price_cents: int) -> int:
    """The saving as a share of what the conditions cost, in whole per cent.

    Args:
        kind: How the shopper gains.
        rung: The level's numbers.
        price_cents: Posted price of one unit.
    """
    return divide_half_up(
        100 * saving_cents(kind, rung, price_cents), max(1, spend_at_conditions(kind, rung, price_cents))
    )


def level_of(number: int, kind: DealKind, rung: Ladder, *, price_cents: int, funding_percent: int) -> Level:
    """A level priced for one redemption at a posted price.

    Args:
        number: Its place in the deal's ladder, from 1.
        kind: How the shopper gains.
        rung: Its numbers.
        price_cents: Posted price of one unit.
        funding_percent: The vendor's share of the saving, 0..100.
    """
    face_cents = saving_cents(kind, rung, price_cents)
    return Level(number, rung, face_cents, split_funding(face_cents, funding_percent)[0])
