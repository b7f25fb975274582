"""What `forecast evaluate` says of the methods there are."""

from regulars.cli._forecasting import forecast_evaluate, method_text
from regulars.predict import METHODS


def test_help_names_every_method_and_the_day_that_is_judged_without_one():
    against, day = (
        next(option.help for option in forecast_evaluate.params if option.name == name)
        for name in ("against", "days_on")
    )
    assert all(name in against for name in METHODS)
    assert "Without it: the last cycle that is over" in day


def test_the_stores_own_method_is_marked():
    assert method_text("decayed-count", own=True) == "decayed-count (yours)"
    assert method_text("decayed-count", own=False) == "decayed-count"
