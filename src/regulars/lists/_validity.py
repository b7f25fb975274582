"""When a list holds: from the day it is expected to arrive until after the household's next trip, or all the cycle."""

from __future__ import annotations

from datetime import date, timedelta

from regulars.contracts import ValidityPolicy, ValidityRule
from regulars.kernel import Period

_LN_5 = 1_609
"""Thousandths: trips come nearly without memory, so four in five of them come within this many mean gaps."""
_DAYS_MIN = 7


def list_period(cycle: Period, policy: ValidityPolicy, known_days: int, trips: int) -> Period:
    """When a household's list holds, inside its cycle.

    By the rule of the trip it ends some days after the day by which four in five households that shop as often would
    have come; never before it held a week, never after the cycle.

    Args:
        cycle: The cycle.
        policy: What the store decides.
        known_days: Days over which trips were counted, > 0.
        trips: Trips in these days.

    Example:
        >>> cycle = Period(date(2017, 11, 27), date(2017, 12, 11))
        >>> trip = ValidityPolicy(ValidityRule.TRIP, delivery_days=2)
        >>> list_period(cycle, trip, 182, 60).last_on, list_period(cycle, trip, 182, 10).last_on
        (datetime.date(2017, 12, 6), datetime.date(2017, 12, 10))
    """
    days = [cycle.from_on + timedelta(days=n) for n in range((cycle.until_on - cycle.from_on).days)]
    open_days = [day for day in days if day not in set(policy.closed_on)] or days
    from_on = _first_from(cycle.from_on + timedelta(days=policy.delivery_days), open_days)
    last_on = cycle.last_on
    if policy.rule is ValidityRule.TRIP and trips:
        gap = -(-known_days * _LN_5 // (trips * 1_000))
        last_on = from_on + timedelta(days=max(gap - 1 + policy.slack_days, _DAYS_MIN - 1))
    return Period(from_on, _first_from(last_on, open_days) + timedelta(days=1))


def _first_from(day: date, open_days: list[date]) -> date:
    """The first open day that is not before a day; the last open day where there is none."""
    return next((one for one in open_days if one >= day), open_days[-1])
