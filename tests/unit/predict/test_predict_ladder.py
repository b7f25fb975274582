"""From how much data on which method is taken."""

import pytest

from regulars.kernel import ConfigError
from regulars.predict import METHODS, method_for


@pytest.mark.parametrize(
    ("history_days", "rows", "method"),
    [
        (126, 50_000, "boosted-trees"),
        (125, 50_000, "decayed-count"),
        (126, 49_999, "decayed-count"),
        (900, 10, "decayed-count"),
        (21, 900_000, "decayed-count"),
    ],
)
def test_trees_grow_from_126_days_and_50_000_pairs(history_days, rows, method):
    assert method_for("automatic", history_days=history_days, rows=rows).name == method


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_method_that_is_named_is_taken_whatever_there_is(name):
    assert method_for(name, history_days=1, rows=1) is METHODS[name]


def test_an_unknown_name_is_refused_with_those_there_are():
    with pytest.raises(
        ConfigError, match="there is no forecasting method 'trees'; there are automatic, boosted-trees"
    ):
        method_for("trees", history_days=1, rows=1)
