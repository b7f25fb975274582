"""A store that was closed for a week: what nobody could buy in it does not count against habits."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from small_shop import AS_OF, FIRST, SETTINGS, digests, engine, lines, rows_of, stocked

from regulars.flows import ForecastReport, model_records, run_forecast, snapshot
from regulars.flows._learnt_windows import learnt_windows, unsold_warning

OPEN_ON = [FIRST + timedelta(days=day) for day in range((AS_OF - FIRST).days)]


def forecast(root: Path, rows: list[dict[str, Any]], as_of_on: date = AS_OF) -> tuple[ForecastReport, Any]:
    """A forecast by count, and the warehouse it lies in."""
    warehouse = stocked(root, rows)
    return run_forecast(warehouse, engine(), as_of_on=as_of_on, method_name="decayed-count", **SETTINGS), warehouse


def closed(from_on: date, days: int = 7) -> list[dict[str, Any]]:
    """The shop's lines, but of some days."""
    return [row for row in lines() if not 0 <= (row["sold_on"] - from_on).days < days]


@pytest.mark.parametrize("days_before", [14, 11, 7])
def test_a_closed_week_teaches_nothing_and_it_says_which_fortnight_does(tmp_path: Path, days_before: int) -> None:
    from_on = AS_OF - timedelta(days=days_before)
    report, shut = forecast(tmp_path / "shut", closed(from_on))
    _, whole = forecast(tmp_path / "whole", lines(), AS_OF - timedelta(days=14))
    assert rows_of(shut, f"models/decayed-count/{AS_OF}") == rows_of(
        whole, f"models/decayed-count/{AS_OF - timedelta(days=14)}"
    )
    (record,) = model_records(shut)
    assert (record.trained_from_on, record.trained_until_on) == (AS_OF - timedelta(days=28), AS_OF)
    assert report.warning.startswith("as of 2017-05-08 the households that get a list gave fewer than 1,000 pairs")
    where = "in the 7 days" if days_before == 7 else "on 7 of the 14 days"
    assert report.warning.endswith(
        f"; no till line lies {where} before 2017-06-05; the newest fortnight learnt from is that of 2017-05-08 to "
        "2017-05-21 instead. Unless the stores were closed, lines are missing: load them and forecast again"
    )


def test_what_it_learns_from_has_closed_whenever_the_week_was(tmp_path: Path) -> None:
    """What is sold on the day and after it changes nothing, with a closed week before it as without."""
    before = [row for row in closed(AS_OF - timedelta(days=9)) if row["sold_on"] < AS_OF]
    _, later = forecast(tmp_path / "later", closed(AS_OF - timedelta(days=9)))
    _, then = forecast(tmp_path / "then", before)
    for dataset in (f"models/decayed-count/{AS_OF}", snapshot(AS_OF, "forecast"), snapshot(AS_OF, "new_needs")):
        assert digests(later, dataset) == digests(then, dataset)


def test_a_model_is_not_judged_forward_on_a_fortnight_that_taught_it_too(tmp_path: Path) -> None:
    """The count of a cycle before was learnt from the very fortnight that the new one falls back on."""
    warehouse = stocked(tmp_path, closed(AS_OF - timedelta(days=7)))
    for day in (AS_OF - timedelta(days=14), AS_OF):
        run_forecast(warehouse, engine(), as_of_on=day, method_name="decayed-count", **SETTINGS)
    assert [record.losses for record in model_records(warehouse)] == [{}, {}]


def test_where_no_older_fortnight_can_teach_it_says_that_chances_come_out_too_low(tmp_path: Path) -> None:
    day = FIRST + timedelta(days=56)
    report, shut = forecast(tmp_path, closed(day - timedelta(days=10)), day)
    (record,) = model_records(shut)
    assert record.trained_from_on == day - timedelta(days=14)
    assert (
        "no till line lies on 7 of the 14 days before 2017-02-27; whether the stores were closed or lines are missing, "
        "every chance comes out too low"
    ) in report.warning


def starts(sold: list[date], most: int) -> list[int]:
    """How many days before the day each window learnt from begins."""
    return [(AS_OF - window.from_on).days for window in learnt_windows(sold, AS_OF, most)]


def without(*days_before: int) -> list[date]:
    return [day for day in OPEN_ON if (AS_OF - day).days not in days_before]


@pytest.mark.parametrize(
    ("sold", "most", "expected"),
    [
        (OPEN_ON, 1, [14]),
        (OPEN_ON, 6, [14, 28, 42, 56, 70, 84]),
        (without(1, 2, 14), 1, [14]),
        (without(1, 2, 3, 14), 1, [28]),
        (without(*range(8, 22)), 1, [42]),
        (without(*range(8, 15)), 6, [28, 42, 56, 70, 84, 98]),
        (without(*range(36, 43)), 4, [14, 28, 56, 70]),
        ([day for day in OPEN_ON if day.weekday() > 2], 1, [14]),
        (without(*range(1, 15)), 4, [14, 28, 42, 56]),
        ([day for day in OPEN_ON if day < AS_OF - timedelta(days=40)], 1, [14]),
        ([], 4, [14]),
    ],
    ids=[
        "open each day", "trees", "a holiday", "four days", "closed over two", "trees, newest closed",
        "trees, an older one closed", "open four days a week", "no line in a fortnight", "lines end long before",
        "none",
    ],
)  # fmt: skip
def test_windows_in_which_a_store_was_open_teach(sold: list[date], most: int, expected: list[int]) -> None:
    assert starts(sold, most) == expected
    assert all(window.until_on <= AS_OF for window in learnt_windows(sold, AS_OF, most))


def test_of_trees_it_says_that_they_take_a_closed_week_for_households_that_stay_away() -> None:
    sold = without(*range(8, 15))
    told = (
        "; trees take it for households that stay away, so chances come out some points too low. Unless the stores"
    )
    assert told in unsold_warning(sold, AS_OF, of_visits=True)
    assert "trees" not in unsold_warning(sold, AS_OF)
    assert unsold_warning(OPEN_ON, AS_OF, of_visits=True) == ""


def test_a_store_that_opens_four_days_a_week_is_not_warned_of_the_others() -> None:
    thursday = AS_OF - timedelta(days=AS_OF.weekday())
    assert unsold_warning([day for day in OPEN_ON if day.weekday() > 2], thursday) == ""
