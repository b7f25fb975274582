"""The store's forecast beside other methods, on the small shop; and the page about it."""

from datetime import timedelta

import pytest
from small_shop import AS_OF, SETTINGS, engine, lines, stocked

from regulars.adapters.report import evaluation_page, write_evaluation
from regulars.flows import compare_forecasts, forecast_dataset, judged_closed

DAYS = [AS_OF - timedelta(days=28), AS_OF - timedelta(days=14)]


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    warehouse = stocked(tmp_path_factory.mktemp("shop"), lines())

    def judge(day, method):
        return judged_closed(
            warehouse,
            engine(),
            as_of_on=day,
            days=14,
            method_name=method or "decayed-count",
            promotion_plan=True,
            apart=method is not None,
            **SETTINGS,
        )

    return warehouse, compare_forecasts(judge, DAYS, ["personal-frequency", "decayed-count", "gamma-poisson"])


def test_every_method_is_judged_on_every_day_beside_the_stores_own(compared):
    warehouse, comparison = compared
    assert [(one.as_of_on, one.method) for one in comparison.qualities] == [
        (day, method)
        for method in ("decayed-count", "personal-frequency", "decayed-count", "gamma-poisson")
        for day in DAYS
    ]
    assert warehouse.has(forecast_dataset(DAYS[0], apart_by="personal-frequency"))
    assert warehouse.has(forecast_dataset(DAYS[0]))


def test_a_mean_is_that_of_the_days_and_a_method_is_not_ahead_of_itself(compared):
    _, comparison = compared
    own, frequency, itself, _ = (row for row in comparison.levels if row.level == "need")
    assert own.differences == ()
    days = [quality.level("need").ndcg_at_10 for quality in comparison.qualities[:2]]
    assert own.means["ndcg_at_10"] == pytest.approx(sum(days) / 2)
    assert [(one.difference, one.standard_error) for one in itself.differences] == [(0.0, 0.0)] * 3
    assert {one.households for one in frequency.differences} == {itself.differences[0].households}


def test_the_page_says_what_came_true(compared, tmp_path):
    _, comparison = compared
    page = evaluation_page(comparison, "Greengate & Co").decode()
    assert page.count("<svg") == 4
    assert "Greengate &amp; Co" in page
    assert "personal-frequency" in page
    assert "http" not in page
    write_evaluation(comparison, "Greengate & Co", tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text() == page
