"""When a list holds, within its cycle."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.contracts import ValidityPolicy, ValidityRule
from regulars.kernel import Period
from regulars.lists import list_period

CYCLE = Period(date(2017, 12, 11), date(2017, 12, 25))
CHRISTMAS = Period(date(2017, 12, 25), date(2018, 1, 8))


def trip(**changes: object) -> ValidityPolicy:
    return ValidityPolicy(ValidityRule.TRIP, **changes)  # type: ignore[arg-type]


def test_by_default_a_list_holds_as_long_as_its_cycle() -> None:
    assert list_period(CYCLE, ValidityPolicy(), 182, 50) == CYCLE
    assert list_period(CYCLE, ValidityPolicy(delivery_days=2), 182, 50).from_on == date(2017, 12, 13)


@pytest.mark.parametrize(
    ("trips", "last_on"),
    [
        (182, date(2017, 12, 17)),  # daily: a week at least
        (60, date(2017, 12, 18)),  # every three days: the fifth day, and three more
        (45, date(2017, 12, 20)),
        (26, date(2017, 12, 24)),  # weekly: the cycle's end
        (1, date(2017, 12, 24)),
        (0, date(2017, 12, 24)),
    ],
)
def test_by_the_rule_of_the_trip_it_ends_after_the_day_four_in_five_have_come_by(
    trips: int, last_on: date
) -> None:
    assert list_period(CYCLE, trip(), 182, trips).last_on == last_on


def test_no_list_begins_or_ends_on_a_day_the_store_is_closed() -> None:
    closed = (date(2017, 12, 25), date(2018, 1, 1), date(2018, 1, 7))
    assert list_period(CHRISTMAS, ValidityPolicy(closed_on=closed), 182, 50) == Period(
        date(2017, 12, 26), date(2018, 1, 7)
    )
    assert list_period(CHRISTMAS, trip(closed_on=closed, slack_days=1), 182, 60).last_on == date(2018, 1, 2)
    every_day = tuple(CYCLE.from_on + timedelta(days=n) for n in range(14))
    assert list_period(CYCLE, ValidityPolicy(closed_on=every_day), 182, 50) == CYCLE


@given(
    known=st.integers(1, 182),
    trips=st.integers(0, 400),
    delivery=st.integers(0, 6),
    slack=st.integers(0, 13),
    closed=st.sets(st.integers(0, 13)),
)
def test_it_lies_in_its_cycle_and_more_trips_never_make_it_longer(
    known: int, trips: int, delivery: int, slack: int, closed: set[int]
) -> None:
    days = tuple(CYCLE.from_on + timedelta(days=n) for n in sorted(closed))
    policy = trip(delivery_days=delivery, slack_days=slack, closed_on=days)
    period, seldom = (list_period(CYCLE, policy, known, count) for count in (trips + 1, max(1, trips)))
    assert CYCLE.from_on <= period.from_on <= period.last_on <= CYCLE.last_on
    assert period.last_on <= seldom.last_on
    if len(closed) < 14:
        assert not {period.from_on, period.last_on} & set(days)
