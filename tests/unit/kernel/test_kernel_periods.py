"""Periods are half-open; cycles are fourteen days; a programme year is twenty-six cycles."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel import ConfigError, Period, cycle_at, cycle_starting, programme_year

FIRST_ON = date(2017, 1, 9)


def test_the_end_does_not_belong_to_a_period() -> None:
    period = Period(date(2017, 11, 27), date(2017, 12, 11))
    assert date(2017, 11, 27) in period
    assert date(2017, 12, 10) in period
    assert date(2017, 12, 11) not in period
    assert (period.days, period.last_on) == (14, date(2017, 12, 10))


def test_an_empty_period_is_refused() -> None:
    with pytest.raises(ConfigError, match="holds no day"):
        Period(FIRST_ON, FIRST_ON)


def test_the_demonstration_s_cycle_has_its_number() -> None:
    assert cycle_starting(date(2017, 11, 27), FIRST_ON).number == 24


@given(st.integers(0, 4000))
def test_every_day_lies_in_exactly_one_cycle(days: int) -> None:
    day = FIRST_ON + timedelta(days=days)
    cycle = cycle_at(day, FIRST_ON)
    assert day in cycle.period
    assert cycle.number == days // 14 + 1
    assert cycle_starting(cycle.period.from_on, FIRST_ON) == cycle


def test_a_day_that_starts_no_cycle_names_those_that_do() -> None:
    with pytest.raises(ConfigError, match="cycle 24 starts on 2017-11-27, the next one on 2017-12-11"):
        cycle_starting(date(2017, 11, 28), FIRST_ON)


def test_before_the_first_cycle_is_refused() -> None:
    with pytest.raises(ConfigError, match="before the first cycle"):
        cycle_at(FIRST_ON - timedelta(days=1), FIRST_ON)


def test_the_programme_year_turns_after_twenty_six_cycles() -> None:
    last = FIRST_ON + timedelta(days=26 * 14 - 1)
    assert programme_year(last, FIRST_ON) == 1
    assert programme_year(last + timedelta(days=1), FIRST_ON) == 2
