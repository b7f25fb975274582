"""Whether what was said held: each fortnight by itself, so that misses in opposite directions do not cancel out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from ._forecast_comparison import ForecastComparison
from ._forecast_parts import IDEAS_FIRST

HELD_POINTS = 3.0
"""Up to so many points between what was said and what came true, the chances of a fortnight are said to have held."""

FEW_NEEDS = 100
"""Of fewer needs of a part, whether what was said held is not told."""

_TOLD_MAX = 4
"""So many misses are told one by one; more, by how many and how far."""


@dataclass(frozen=True)
class Outcome:
    """What was said of one fortnight and what came true.

    Args:
        as_of_on: Its first day.
        said: Mean chance.
        happened: Share that was bought.
        items: Of how many chances.
    """

    as_of_on: date
    said: float
    happened: float
    items: int

    @property
    def points_too_high(self) -> float:
        """What was said less what came true, in points; below zero where more came true."""
        return round(100 * (self.said - self.happened), 6)

    @property
    def held(self) -> bool:
        """Whether the two lie within `HELD_POINTS`."""
        return abs(self.points_too_high) <= HELD_POINTS


def level_outcomes(comparison: ForecastComparison, level: str) -> tuple[Outcome, ...]:
    """The first ten of each household, fortnight by fortnight.

    Args:
        comparison: What came true.
        level: ``need`` or ``product``.
    """
    found = []
    for quality in comparison.own:
        one = quality.level(level)
        found.append(Outcome(quality.as_of_on, one.first_ten_said, one.first_ten_happened, 10 * one.households))
    return tuple(found)


def part_outcomes(comparison: ForecastComparison, grouping: str, part: str) -> tuple[Outcome, ...]:
    """One part of the needs, in the fortnights that have it.

    Args:
        comparison: What came true.
        grouping: As in `JudgedPart`.
        part: As in `JudgedPart`.
    """
    return tuple(
        Outcome(quality.as_of_on, one.said, one.happened, one.items)
        for quality in comparison.own
        for one in quality.parts
        if (one.grouping, one.part) == (grouping, part)
    )


def finding_text(outcomes: Sequence[Outcome]) -> str:
    """Whether what was said held, in a sentence.

    Args:
        outcomes: One a fortnight, at least one.

    Example:
        >>> day = date(2017, 11, 13)
        >>> finding_text([Outcome(day, 0.45, 0.44, 500)])
        'What we said came true.'
        >>> finding_text([Outcome(day, 0.45, 0.38, 500)])
        'We promised too much.'
        >>> finding_text([Outcome(day, 0.45, 0.51, 500)])
        'More came true than we said.'
        >>> finding_text([Outcome(day, 0.45, 0.44, 500), Outcome(day, 0.45, 0.38, 500)])
        'What we said held in 1 of 2 fortnights.'
    """
    held = sum(one.held for one in outcomes)
    if len(outcomes) == 1:
        if held:
            return "What we said came true."
        return "We promised too much." if outcomes[0].points_too_high > 0 else "More came true than we said."
    if held == len(outcomes):
        return f"What we said came true in {'both' if held == 2 else f'all {held}'} fortnights."
    return f"What we said held in {held or 'none'} of {len(outcomes)} fortnights."


def misses_text(outcomes: Sequence[Outcome], day: Callable[[date], str] = str) -> str:
    """How far off the fortnights were that did not hold; empty where all did.

    Args:
        outcomes: One a fortnight.
        day: Writes a day.

    Example:
        >>> misses_text([Outcome(date(2017, 11, 13), 0.47, 0.42, 500), Outcome(date(2017, 11, 27), 0.42, 0.47, 500)])
        '5 points too high as of 2017-11-13, 5 too low as of 2017-11-27.'
    """
    missed = [one for one in outcomes if not one.held]
    if len(missed) > _TOLD_MAX:
        return _counted_text(missed)
    told = [
        f"{_points_text(one)}{'' if place else ' points'} too {_way(one)} as of {day(one.as_of_on)}"
        for place, one in enumerate(missed)
    ]
    return f"{', '.join(told)}." if told else ""


def _counted_text(missed: Sequence[Outcome]) -> str:
    told = []
    for way in ("high", "low"):
        same = [one for one in missed if _way(one) == way]
        if same:
            most = max(same, key=lambda one: abs(one.points_too_high))
            told.append(f"too {way} in {len(same)}, by up to {_points_text(most)} points")
    return f"{told[0][0].upper()}{'; '.join(told)[1:]}."


def held_text(outcomes: Sequence[Outcome]) -> str:
    """The same in a table's cell: how far one fortnight was off, or in how many of several what was said held.

    Args:
        outcomes: One a fortnight, at least one.

    Example:
        >>> held_text([Outcome(date(2017, 11, 13), 0.47, 0.42, 500)])
        '5 points too high'
        >>> held_text([Outcome(date(2017, 11, 13), 0.47, 0.46, 500)])
        'yes'
        >>> held_text([Outcome(date(2017, 11, 13), 0.04, 0.0, 2)])
        'too few'
    """
    if sum(one.items for one in outcomes) < FEW_NEEDS:
        return "too few"
    if len(outcomes) > 1:
        return f"{sum(one.held for one in outcomes)} of {len(outcomes)}"
    return "yes" if outcomes[0].held else f"{_points_text(outcomes[0])} points too {_way(outcomes[0])}"


def verdict_text(title: str, outcomes: Sequence[Outcome], day: Callable[[date], str] = str) -> str:
    """Finding and misses in one line.

    Args:
        title: What is judged.
        outcomes: One a fortnight, at least one.
        day: Writes a day.
    """
    finding, misses = finding_text(outcomes), misses_text(outcomes, day)
    told = f"{title}: {finding[0].lower()}{finding[1:-1]}"
    return f"{told}; {misses[0].lower()}{misses[1:]}" if misses else f"{told}."


def ideas_text(comparison: ForecastComparison, day: Callable[[date], str] = str) -> str:
    """Whether what was said of ideas held, of the first of each household; empty where there were none.

    Args:
        comparison: What came true.
        day: Writes a day.
    """
    outcomes = part_outcomes(comparison, "never bought", "1")
    return verdict_text(f"Ideas, the first {IDEAS_FIRST} of a household", outcomes, day) if outcomes else ""


def _way(one: Outcome) -> str:
    return "high" if one.points_too_high > 0 else "low"


def _points_text(one: Outcome) -> str:
    """Points without sign; one decimal where whole ones would read as if it had held."""
    points = abs(one.points_too_high)
    return f"{points:.1f}" if round(points) <= HELD_POINTS else f"{points:.0f}"
