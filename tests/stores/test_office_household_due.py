"""What the service desk reads of a household's needs."""

from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from re import sub
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from regulars.adapters.pages.office import OfficePages
from regulars.flows import ExplainedNeed
from regulars.lists import habit_state

DAY = date(2017, 11, 27)
NEED = ExplainedNeed(
    rank=1,
    need_id="RICE",
    name="Rice",
    product="Rice",
    sentence="",
    probability=0.4,
    quantity=2,
    expected_on=None,
    expected_on_low_80=None,
    expected_on_high_80=None,
    days_bought=3,
    every_days=6,
    last_on=DAY - timedelta(days=9),
    habit="",
)
PAGES = OfficePages("USD", ZoneInfo("UTC"), "/office/static", Path("fonts"))


def told(language, **changed):
    """The words of a need's row."""
    need = replace(NEED, **changed)
    need = replace(need, habit=habit_state(need.every_days, need.last_on, DAY))
    view = SimpleNamespace(forecast=SimpleNamespace(needs=[need], as_of_on=DAY))
    page = PAGES.render("household_due.html", language, {"view": view})
    return " ".join(unescape(sub("<[^>]*>", " ", page.partition("</th>")[0])).split())


@pytest.mark.parametrize(
    ("changed", "english", "spanish"),
    [
        ({}, "about every 6 days, last on Nov 18", "cada 6 días más o menos; la última vez el 18 nov"),
        (
            {"every_days": 1, "last_on": DAY},
            "almost every day, last on Nov 27",
            "casi todos los días; la última vez el 27 nov",
        ),
        (
            {"last_on": date(2017, 11, 14)},
            "usually every 6 days, but not since Nov 14",
            "antes cada 6 días, pero no desde el 14 nov",
        ),
        (
            {"every_days": 1},
            "usually almost every day, but not since Nov 18",
            "antes casi todos los días, pero no desde el 18 nov",
        ),
        (
            {"every_days": None, "days_bought": 2},
            "bought on 2 days in half a year, last on Nov 18",
            "comprado 2 días en medio año; la última vez el 18 nov",
        ),
        (
            {"every_days": None, "days_bought": 1},
            "bought once in half a year, on Nov 18",
            "comprado una vez en medio año, el 18 nov",
        ),
        (
            {"every_days": None, "days_bought": 1, "unprinted": "alcohol"},
            "bought once in half a year, on Nov 18 such goods stand on no list",
            "comprado una vez en medio año, el 18 nov estos productos no salen en ninguna lista",
        ),
    ],
)
def test_a_habit_is_told_in_the_words_of_the_list(changed, english, spanish):
    assert told("en", **changed) == f"Rice {english}"
    assert told("es", **changed) == f"Rice {spanish}"
