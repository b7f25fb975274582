"""Whose a card is on a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Holding:
    """A card belongs to a household for a time.

    Args:
        household_id: The household; None for a card that is nobody's.
        from_on: First day.
        until_on: First day it no longer does; None when it goes on.
    """

    household_id: str | None
    from_on: date
    until_on: date | None = None


def holders(holdings: Iterable[Holding], day: date) -> frozenset[str | None]:
    """Who holds one card on a day: of what holds then, that which began last.

    Args:
        holdings: All that is known of the card.
        day: The day.

    Returns:
        One household, or None in its place for nobody; several when the card is shared; empty when nothing is known
        of the card for that day.

    Example:
        >>> old, new = Holding("H1", date(2026, 1, 1)), Holding("H2", date(2026, 3, 1))
        >>> holders([new, old], date(2026, 2, 28)), holders([new, old], date(2026, 3, 1))
        (frozenset({'H1'}), frozenset({'H2'}))
    """
    held = [one for one in holdings if one.from_on <= day and (one.until_on is None or day < one.until_on)]
    began_on = max((one.from_on for one in held), default=None)
    return frozenset(one.household_id for one in held if one.from_on == began_on)


def holder(holdings: Iterable[Holding], day: date) -> str | None:
    """The household a card's lines of a day are of; None when it is nobody's, shared or not known then."""
    found = holders(holdings, day)
    return next(iter(found)) if len(found) == 1 else None
