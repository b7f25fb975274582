"""Dates and half-open ranges of them; the two-week cycle and its number; the programme year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from ._errors import ConfigError

CYCLE_DAYS = 14


@dataclass(frozen=True, order=True)
class Period:
    """A half-open range of days: `from_on` belongs to it, `until_on` does not."""

    from_on: date
    until_on: date

    def __post_init__(self) -> None:
        if self.until_on <= self.from_on:
            raise ConfigError(
                f"the period from {self.from_on} until {self.until_on} holds no day",
                hint="the end is the first day after the period, so it lies after the start",
            )

    @property
    def days(self) -> int:
        """How many days it holds, at least one."""
        return (self.until_on - self.from_on).days

    @property
    def last_on(self) -> date:
        """The last day that belongs to it."""
        return self.until_on - timedelta(days=1)

    def __contains__(self, day: date) -> bool:
        return self.from_on <= day < self.until_on


@dataclass(frozen=True, order=True)
class Cycle:
    """One round of the loop: its number, from 1, and its fourteen days."""

    number: int
    period: Period

    @property
    def after(self) -> Cycle:
        """The one behind it."""
        start = self.period.until_on
        return Cycle(self.number + 1, Period(start, start + timedelta(days=CYCLE_DAYS)))


def cycle_at(day: date, first_on: date) -> Cycle:
    """The cycle a day lies in.

    Args:
        day: Any day on or after `first_on`.
        first_on: First day of cycle 1 (`[cycle] first_on`).

    Raises:
        ConfigError: `day` lies before the first cycle.

    Example:
        >>> cycle_at(date(2017, 1, 25), date(2017, 1, 9)).number
        2
    """
    if day < first_on:
        raise ConfigError(
            f"{day} lies before the first cycle, which starts on {first_on}",
            hint="set `[cycle] first_on` in regulars.toml to an earlier day",
        )
    number = (day - first_on).days // CYCLE_DAYS
    start = first_on + timedelta(days=number * CYCLE_DAYS)
    return Cycle(number + 1, Period(start, start + timedelta(days=CYCLE_DAYS)))


def cycle_starting(day: date, first_on: date) -> Cycle:
    """The cycle that starts on a day.

    Raises:
        ConfigError: No cycle starts on that day; the message names the two nearest that do.
    """
    cycle = cycle_at(day, first_on)
    if cycle.period.from_on != day:
        raise ConfigError(
            f"no cycle starts on {day}; cycle {cycle.number} starts on {cycle.period.from_on}, "
            f"the next one on {cycle.period.until_on}",
            hint="a plan and its lists are made as of the first day of a cycle (see `[cycle] first_on`)",
        )
    return cycle


def programme_year(day: date, first_on: date) -> int:
    """Number of the programme year, from 1: 26 cycles each, so that a holdout never changes inside a cycle."""
    return (cycle_at(day, first_on).number - 1) // 26 + 1
