"""What `forecast evaluate` says of the methods there are."""

import pytest
from click.testing import CliRunner

from regulars.cli._forecasting import AGAINST, forecast_evaluate, method_text
from regulars.cli._root import commands
from regulars.predict import METHODS


def test_help_names_every_method_and_the_day_that_is_judged_without_one():
    against, day = (
        next(option.help for option in forecast_evaluate.params if option.name == name)
        for name in ("against", "days_on")
    )
    assert all(name in against for name in METHODS)
    assert "Without it: the last cycle that is over" in day


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        (
            "--against",
            "automatic",
            "'automatic' is not one of 'boosted-trees', 'decayed-count', 'gamma-poisson', ",
        ),
        ("--html", "past.pdf", "past.pdf is no .html file"),
    ],
)
def test_what_is_no_method_and_no_page_is_refused_before_anything_is_read(option, value, told):
    done = CliRunner().invoke(commands, ["forecast", "evaluate", option, value])
    assert (done.exit_code, told in " ".join(done.stderr.split())) == (2, True)
    assert sorted(AGAINST) == sorted(METHODS)


def test_the_stores_own_method_is_marked():
    assert method_text("decayed-count", own=True) == "decayed-count (yours)"
    assert method_text("decayed-count", own=False) == "decayed-count"
