"""Past forecasts as the office shows them: a method is held against itself, what was promised too much of is told."""

import dataclasses
import re
from datetime import date, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from regulars.adapters import FolderWarehouse
from regulars.adapters.pages.office import OfficePages
from regulars.flows import ExplainedForecast, ExplainedNeed, Publication
from regulars.flows.views import JudgedForecast, JudgedLevel, JudgedPart, drift_rows, forecast_view

FIRST_ON = date(2017, 9, 4)


def judged(number, method):
    day = FIRST_ON + timedelta(days=14 * number)
    level = JudgedLevel("need", 1_000, 900, 10_000, 1_500, 0.5, 0.9, 0.3, 0.5, 0.3, 0.1, 0.01, 0.45, 0.4)
    return JudgedForecast(day, day + timedelta(days=14), method, (level,), (), ())


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    return OfficePages("USD", ZoneInfo("UTC"), "/static", tmp_path_factory.mktemp("fonts"))


METHODS = ["decayed-count", "decayed-count", "boosted-trees", "boosted-trees", "decayed-count"]


def test_a_change_of_method_starts_a_run_of_its_own():
    rows = drift_rows([judged(number, method) for number, method in enumerate(METHODS)])
    assert [(row.method, row.run) for row in rows] == list(zip(METHODS, [0, 0, 1, 1, 2], strict=True))


@pytest.mark.parametrize(("methods", "lines"), [(METHODS[:2], 2), (METHODS, 6)])
def test_no_line_goes_from_one_method_to_another(pages, methods, lines):
    rows = drift_rows([judged(number, method) for number, method in enumerate(methods)])
    drawn = pages.pictures("en").drift(rows, "Cycle by cycle")
    assert len(re.findall(r'aria-roledescription="line mark"', drawn)) == lines


@pytest.mark.parametrize(
    ("items", "said", "happened", "verdict"),
    [
        (8_208, 0.1237, 0.0861, "too much"),
        (111_327, 0.1375, 0.134, "held"),
        (214, 0.0811, 0.0467, "held"),
        (8_208, 0.0861, 0.1237, "too little"),
        (22_855, 0.094, 0.07, "too much"),
        (441, 0.103, 0.152, "too little"),
        (99, 0.9, 0.1, "too few"),
        (1_000, 0.036, 0.0, "too much"),
        (115_479, 0.4710, 0.44099, "held"),
    ],
)
def test_a_department_is_told_as_missed_only_by_more_than_chance(pages, items, said, happened, verdict):
    part = JudgedPart("department", "MEAT", items, said, happened)
    assert part.verdict.value == verdict
    drawn = pages.render("forecast_missed.html", "en", {"rows": [part]})
    assert ("Promised too much: Meat." in drawn) == (verdict == "too much")
    assert ("Said too little: Meat." in drawn) == (verdict == "too little")


@pytest.mark.parametrize(
    ("happened", "households", "told"),
    [
        (0.44, 1_000, "What we said of the ten needs ranked first came true."),
        (0.4, 1_000, "We promised too much of the ten needs ranked first: 45% said, 40% bought."),
        (0.5, 1_000, "More came true of the ten needs ranked first than we said: 45% said, 50% bought."),
        (0.4, 9, "So few households tell nothing of whether what we said came true."),
    ],
)
def test_the_office_says_whether_the_whole_came_true(pages, happened, households, told):
    level = judged(0, "decayed-count").level("need")
    need = dataclasses.replace(level, first_ten_happened=happened, households=households)
    assert told in pages.render("forecast_whole.html", "en", {"need": need})


def test_a_model_that_was_put_aside_is_told_and_the_older_one_shown(pages, tmp_path):
    day, before = FIRST_ON, FIRST_ON - timedelta(days=14)
    warehouse = FolderWarehouse.create(tmp_path, buckets=1)
    facts = {
        f"models/boosted-trees/{before}": {"good": "yes"},
        f"models/boosted-trees/{day}": {"good": "no"},
        f"models/decayed-count/{before}": {"good": "yes"},
        f"models/shopping/{before}": {"good": "yes"},
        f"models/shopping/{day}": {"good": "yes"},
        f"snapshots/{day}/forecast": {"method": "boosted-trees", "trained_until_on": str(before), "rows": "9"},
    }
    warehouse.publish(Publication(dict.fromkeys(facts, ()), facts))
    view = forecast_view(warehouse, cycle_on=day)
    assert [(one.method, one.trained_until_on, one.put_aside) for one in view.models] == [
        ("boosted-trees", before, False),
        ("boosted-trees", day, True),
        ("shopping", day, False),
    ]
    for language, word in (("en", "put aside"), ("es", "apartado")):
        rows = re.findall("<li>([^<]+)</li>", pages.render("forecast_models.html", language, {"view": view}))
        assert [word in row for row in rows] == [False, True, False]


def due(product, expected, low, high):
    days = (None if one is None else FIRST_ON + timedelta(days=one) for one in (expected, low, high))
    return ExplainedNeed(1, "BREAD", "Breakfast Bread", product, "", 0.4, 1, *days, 5, 9, FIRST_ON, "")


@pytest.mark.parametrize(
    ("language", "need", "said"),
    [
        (
            "en",
            due("Breakfast bread", 5, 2, 40),
            "Breakfast Bread about every 9 days, last on Sep 4 40% Sep 9 Sep 6 – Oct 14",
        ),
        ("es", due("Rye", 182, 60, 182), "después desde el 3 nov"),
    ],
)
def test_a_household_sees_between_which_days_a_need_falls_and_its_product_once(pages, language, need, said):
    view = SimpleNamespace(forecast=ExplainedForecast("h1", FIRST_ON, None, 20, FIRST_ON, (need,)))
    drawn = " ".join(re.sub("<[^>]+>", " ", pages.render("household_due.html", language, {"view": view})).split())
    assert drawn.endswith(said)
    assert ("Rye" in drawn) == (need.product == "Rye")
