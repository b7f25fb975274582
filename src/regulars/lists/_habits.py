"""When a habit no longer holds, and how it is told: one rule for lists, for `forecast explain` and for the office."""

from __future__ import annotations

from datetime import date

from ._words import ENGLISH_WORDS

_OVERDUE_GAPS, _STOPPED_GAPS = 2, 3
"""A habit is overdue, or seems to have stopped, when the last purchase is more than so many usual gaps ago."""

_GAP_DAYS_MIN = 4
"""A shorter gap counts as so long here: a week away is no end of a habit."""


def habit_state(every_days: int | None, last_on: date | None, as_of_on: date) -> str:
    """Whether a habit is overdue or seems to have stopped; an empty text where neither, or where there is none.

    Args:
        every_days: The usual gap; None where there is none to speak of.
        last_on: The day of the last purchase; None where it is not known.
        as_of_on: The day.

    Source:
        docs/algorithms/forecast.md, "When a habit has stopped".

    Example:
        >>> habit_state(8, date(2017, 9, 2), date(2017, 11, 27)), habit_state(8, date(2017, 11, 7), date(2017, 11, 27))
        ('seems to have stopped', 'overdue')
    """
    if every_days is None or last_on is None:
        return ""
    gaps = (as_of_on - last_on).days / max(every_days, _GAP_DAYS_MIN)
    return "seems to have stopped" if gaps > _STOPPED_GAPS else "overdue" if gaps > _OVERDUE_GAPS else ""


def habit_sentence(need_name: str, every_days: int | None, last_on: date, today_on: date) -> str:
    """When a household buys a need, as its list says it.

    Args:
        need_name: As a person writes it.
        every_days: The usual gap; None where there is none to speak of.
        last_on: Day it was bought last.
        today_on: First day of the list.

    Example:
        >>> habit_sentence("Ground Coffee", 19, date(2017, 11, 11), date(2017, 11, 27))
        'Ground coffee: you buy this about every 19 days; last on Nov 11.'
        >>> habit_sentence("Ground Coffee", 19, date(2017, 6, 1), date(2017, 11, 27))
        'Ground coffee: you used to buy this every 19 days, but not since Jun 1.'
    """
    lapsed = bool(habit_state(every_days, last_on, today_on))
    return ENGLISH_WORDS.habit(need_name, every_days, last_on, lapsed=lapsed)
