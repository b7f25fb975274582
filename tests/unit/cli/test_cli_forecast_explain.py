"""What `forecast explain` says above its table, in it, and below it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from regulars.cli._forecast_explain import cautions, told_head, told_need, told_notes
from regulars.flows import ExplainedForecast, ExplainedNeed

DAY = date(2017, 11, 27)
FAR = DAY + timedelta(days=182)
NEED = ExplainedNeed(
    rank=1,
    need_id="BEER",
    name="Beer",
    product="Ale",
    sentence="Beer: last bought on Nov 1.",
    probability=0.4,
    quantity=2,
    expected_on=DAY,
    expected_on_low_80=DAY,
    expected_on_high_80=FAR - timedelta(days=1),
    days_bought=3,
    every_days=None,
    last_on=date(2017, 11, 1),
    habit="",
    days_ever=9,
)
EXPLAINED = ExplainedForecast(
    "7", DAY, 0.83, 9, date(2017, 11, 20), (NEED,), 14, "decayed-count", DAY, 12_345, True
)
LEARNT = "Chances by decayed-count, learnt from 12,345 pairs of household and item before 2017-11-27."


def test_the_head_names_the_window_and_who_gets_no_list():
    window = "Chances of buying within 14 days, 2017-11-27 to 2017-12-10:"
    who = "Household 7 as of 2017-11-27: shopped on 9 days in 182, last on 2017-11-20, 83% likely to shop"
    assert told_head(EXPLAINED) == (f"{who} within 14 days.", window)
    without = "It spends too little for a list; the chances are learnt from households that get one."
    assert told_head(replace(EXPLAINED, eligible=False)) == (f"{who} within 14 days.", without, window)
    assert ": shopped on 1 day in 182, last on" in told_head(replace(EXPLAINED, visits_182=1))[0]


@pytest.mark.parametrize(
    ("changed", "expected", "within"),
    [
        ({}, DAY, "2017-11-27 to 2018-05-27"),
        ({"expected_on_high_80": FAR}, DAY, "from 2017-11-27 on"),
        ({"expected_on": FAR, "expected_on_high_80": FAR}, "later", "from 2017-11-27 on"),
        ({"expected_on": None, "expected_on_low_80": None, "expected_on_high_80": None}, None, None),
    ],
)
def test_a_day_half_a_year_ahead_is_later_and_an_interval_up_to_it_has_no_end(changed, expected, within):
    row = told_need(replace(NEED, **changed), DAY)
    assert row == (1, "Beer", "Ale", 2, 0.4, expected, within, 3, 9, "Beer: last bought on Nov 1.")


def test_what_is_on_no_list_is_marked():
    assert (
        told_need(replace(NEED, unprinted="alcohol"), DAY)[-1]
        == "Beer: last bought on Nov 1. Not printed: alcohol."
    )


@pytest.mark.parametrize(
    ("changed", "of", "told"),
    [
        ({}, {}, ""),
        ({"habit": "seems to have stopped"}, {}, "Chance too high: seems to have stopped."),
        ({"habit": "seems to have stopped"}, {"counts": False}, ""),
        ({"habit": "seems to have stopped", "probability": 0.29}, {}, ""),
        ({}, {"shops": 0.3}, "Chance too high: likelier than to shop at all."),
        ({}, {"shops": None}, ""),
    ],
)
def test_a_row_whose_chance_is_too_high_says_so_itself(changed, of, told):
    need = replace(NEED, **changed)
    assert cautions(need, replace(EXPLAINED, **of)) == told
    row = told_need(replace(need, unprinted="alcohol"), DAY, told)
    assert row[-1] == " ".join(filter(None, (NEED.sentence, told, "Not printed: alcohol.")))


def noted(explained, **need):
    """The notes but for the last, which says what the chances were made by."""
    *notes, last = told_notes(replace(explained, needs=(replace(NEED, **need),)))
    assert last == LEARNT
    return notes


def test_notes_tell_what_to_beware_of_only_where_it_is_shown():
    assert noted(EXPLAINED) == []
    (one_day,) = noted(replace(EXPLAINED, visits_182=1))
    assert one_day.startswith("It shopped on one day only")
    (open_end,) = noted(EXPLAINED, expected_on_high_80=FAR)
    assert open_end.startswith('"from ... on": the purchase lies before that day one time in five')
    assert noted(EXPLAINED, expected_on_low_80=None, expected_on_high_80=None) == []


def test_a_count_is_said_to_be_too_high_where_a_habit_seems_to_have_stopped():
    stopped = {"habit": "seems to have stopped"}
    (too_high,) = noted(EXPLAINED, **stopped)
    assert "decayed-count goes by how often over many months" in too_high
    assert noted(EXPLAINED, **stopped, probability=0.29) == []
    assert noted(EXPLAINED, habit="overdue") == []
    assert noted(replace(EXPLAINED, counts=False), **stopped) == []


def test_a_need_likelier_than_to_shop_at_all_is_told():
    (above,) = noted(replace(EXPLAINED, shops=0.399))
    assert above.startswith("No need can be likelier than that the household shops at all (0.399)")
    assert "whether the household still comes" in above
    (above,) = noted(replace(EXPLAINED, shops=0.399, counts=False))
    assert above.endswith("it is too high, for the two are learnt apart.")
    assert noted(replace(EXPLAINED, shops=0.4)) == []
    assert noted(replace(EXPLAINED, shops=None)) == []


def test_what_could_not_be_learnt_is_told():
    (shared,) = noted(replace(EXPLAINED, shops_learnt=False))
    assert shared.startswith("How likely it is to shop is the share of past fortnights in which it did")
    assert noted(replace(EXPLAINED, shops_learnt=False, shops=None)) == []
    assert told_notes(replace(EXPLAINED, pairs=0)) == [
        "Chances by decayed-count, assumed: before 2017-11-27 there was nothing to learn from."
    ]


def test_what_is_not_known_of_the_method_is_not_said():
    gone = replace(EXPLAINED, needs=(), method="", trained_until_on=None)
    assert told_notes(gone) == ["Chances by a method not known any more."]
