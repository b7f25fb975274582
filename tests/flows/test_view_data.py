"""What arrived from which store on which day, held against the store's other days."""

from datetime import date, timedelta

from regulars.flows._view_data import ArrivedState, _arrived
from regulars.flows.views import LaneDay

DAYS = tuple(date(2017, 11, 13) + timedelta(days=one) for one in range(14))


def sales(store_id: str, *lines: int) -> list[LaneDay]:
    pairs = zip(DAYS, lines, strict=True)
    return [LaneDay(store_id, "1", day, count, count, 100 * count) for day, count in pairs if count]


def test_a_day_is_missing_or_thin_against_the_stores_usual_day():
    full, thin, gone = ArrivedState.FULL, ArrivedState.THIN, ArrivedState.MISSING
    stores = _arrived(sales("1", *[10] * 11, 4, 5, 0), DAYS, None)
    assert [day.state for day in stores[0].days] == [full] * 11 + [thin, full, gone]
    assert stores[0].faults == 2


def test_a_store_that_sells_on_few_days_is_not_said_to_be_silent():
    [store] = _arrived(sales("2", *[0] * 12, 3, 0), DAYS, None)
    assert store.faults == 0
    assert [day.lines for day in store.days] == [0] * 12 + [3, 0]


def test_only_stores_that_may_be_seen_are():
    assert _arrived(sales("1", *[1] * 14), DAYS, frozenset({"2"})) == ()
