"""Whether what was said held: each fortnight by itself, so that misses in opposite directions do not cancel out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from regulars.predict import HELD_POINTS, Verdict, points_too_high, verdict_of

from ._forecast_comparison import ForecastComparison
from ._forecast_parts import IDEAS_FIRST

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
        return points_too_high(self.said, self.happened)

    @property
    def verdict(self) -> Verdict:
        """Whether what was said came true; see `verdict_of`."""
        return verdict_of(self.said, self.happened, self.items)

    @property
    def held(self) -> bool:
        """Whether it did."""
        return self.verdict == Verdict.HELD

    @property
    def missed(self) -> bool:
        """Whether it did not, which of few chances is not told."""
        return self.verdict in {Verdict.TOO_MUCH, Verdict.TOO_LITTLE}


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
        >>> finding_text([Outcome(day, 0.45, 0.44, 5000)])
        'What we said came true.'
        >>> finding_text([Outcome(day, 0.45, 0.38, 5000)])
        'We promised too much.'
        >>> finding_text([Outcome(day, 0.45, 0.51, 5000)])
        'More came true than we said.'
        >>> finding_text([Outcome(day, 0.45, 0.20, 10)])
        'There are too few to judge.'
        >>> finding_text([Outcome(day, 0.45, 0.44, 5000), Outcome(day, 0.45, 0.38, 5000)])
        'What we said held in 1 of 2 fortnights.'
    """
    held, missed = sum(one.held for one in outcomes), sum(one.missed for one in outcomes)
    few = len(outcomes) - held - missed
    if not held + missed:
        return "There are too few to judge."
    if len(outcomes) == 1:
        if held:
            return "What we said came true."
        return "We promised too much." if outcomes[0].points_too_high > 0 else "More came true than we said."
    if held == len(outcomes):
        return f"What we said came true in {'both' if held == 2 else f'all {held}'} fortnights."
    among = f"{held or 'none'} of {held + missed} {'fortnight' if held + missed == 1 else 'fortnights'}"
    return f"What we said held in {among}{f', with too few to judge in {few} more' if few else ''}."


def misses_text(outcomes: Sequence[Outcome], day: Callable[[date], str] = str) -> str:
    """How far off the fortnights were that did not hold; empty where all did.

    Args:
        outcomes: One a fortnight.
        day: Writes a day.

    Example:
        >>> misses_text([Outcome(date(2017, 11, 13), 0.47, 0.42, 5000), Outcome(date(2017, 11, 27), 0.42, 0.47, 5000)])
        '5 points too high as of 2017-11-13, 5 too low as of 2017-11-27.'
    """
    missed = [one for one in outcomes if one.missed]
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
        >>> held_text([Outcome(date(2017, 11, 13), 0.47, 0.42, 5000)])
        '5 points too high'
        >>> held_text([Outcome(date(2017, 11, 13), 0.47, 0.46, 5000)])
        'yes'
        >>> held_text([Outcome(date(2017, 11, 13), 0.30, 0.0, 51), Outcome(date(2017, 11, 27), 0.30, 0.4, 55)])
        'too few'
    """
    judged = [one for one in outcomes if one.verdict != Verdict.FEW]
    if not judged:
        return "too few"
    if len(outcomes) > 1:
        return f"{sum(one.held for one in judged)} of {len(judged)}"
    return "yes" if judged[0].held else f"{_points_text(judged[0])} points too {_way(judged[0])}"


def each_text(outcomes: Sequence[Outcome], as_of_on: date) -> str:
    """What was said of a part in one fortnight, and what came true, in per cent; empty where it has none there.

    Args:
        outcomes: One a fortnight.
        as_of_on: First day of the fortnight.

    Example:
        >>> each_text([Outcome(date(2017, 11, 13), 0.412, 0.358, 5000)], date(2017, 11, 13))
        '41.2 / 35.8'
    """
    return "".join(
        f"{100 * one.said:.1f} / {100 * one.happened:.1f}" for one in outcomes if one.as_of_on == as_of_on
    )


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
    """Points without sign; one decimal where there are few."""
    points = abs(one.points_too_high)
    return f"{points:.1f}" if round(points) <= HELD_POINTS else f"{points:.0f}"
