"""Trees read from their text say what LightGBM says of the same rows, to the last bit."""

import re

import lightgbm
import numpy as np
import pytest

from regulars.kernel import ModelError
from regulars.predict import _tree_scores
from regulars.predict._tree_scores import TreeScores, chances_of

_PARAMETERS = {
    "objective": "binary",
    "min_data_in_leaf": 3,
    "verbose": -1,
    "num_threads": 1,
    "deterministic": True,
}


def _rows(count, seed):
    """Four features: plain, often missing, few values, never missing where trees are grown."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, 4)).astype(np.float32)
    rows[random.random(count) < 0.4, 1] = np.nan
    rows[:, 2] = np.round(rows[:, 2])
    return rows


def _grown(leaves, trees=12, **changes):
    rows = _rows(900, 1)
    bought = (np.nan_to_num(rows[:, 1], nan=0.7) + rows[:, 0] * rows[:, 3] + rows[:, 2] > 0.3).astype(int)
    data = lightgbm.Dataset(rows, bought, feature_name=["a", "b", "c", "d"])
    return lightgbm.train({**_PARAMETERS, "num_leaves": leaves, **changes}, data, trees)


@pytest.mark.parametrize(("leaves", "bins"), [(2, 63), (31, 63), (32, 255), (33, 255), (64, 1023)])
def test_chances_are_those_of_lightgbm(leaves, bins):
    booster = _grown(leaves, max_bin=bins)
    rows = _rows(500, 2)
    rows[::5, 3] = np.nan
    trees = TreeScores(booster.model_to_string())
    assert trees.feature_names == ("a", "b", "c", "d")
    assert np.array_equal(chances_of([trees], rows), booster.predict(rows, num_threads=1))


def test_a_value_on_a_threshold_goes_the_way_it_goes_in_lightgbm():
    """Thresholds are moved to quarters, which rows of quarters meet; the text keeps its length."""

    def quarters(line):
        numbers = line[1].split()
        return "threshold=" + " ".join(f"{round(4 * float(one)) / 4:.25f}"[: len(one)] for one in numbers)

    text = re.sub(r"^threshold=(.*)$", quarters, _grown(31).model_to_string(), flags=re.MULTILINE)
    rows = np.round(4 * _rows(500, 6)) / 4
    trees = TreeScores(text)
    thresholds = {
        float(one) for line in re.findall(r"^threshold=(.*)$", text, re.MULTILINE) for one in line.split()
    }
    assert len(thresholds & set(rows[:, 0].tolist())) > 5
    assert np.array_equal(chances_of([trees], rows), lightgbm.Booster(model_str=text).predict(rows, num_threads=1))


def test_rows_are_told_one_by_one_as_together(monkeypatch):
    trees = TreeScores(_grown(31).model_to_string())
    rows = _rows(100, 3)
    together = chances_of([trees], rows)
    monkeypatch.setattr(_tree_scores, "BATCH_ROWS", 7)
    assert np.array_equal(chances_of([trees], rows), together)
    assert chances_of([trees], rows[:0]).shape == (0,)


def test_a_tree_that_is_one_leaf_says_the_same_of_all():
    booster = _grown(31, trees=2, min_data_in_leaf=900)
    rows = _rows(9, 4)
    assert np.array_equal(chances_of([TreeScores(booster.model_to_string())], rows), booster.predict(rows))


def test_sets_of_trees_speak_together_by_their_mean_log_odds():
    boosters = [_grown(15), _grown(31, extra_trees=True)]
    rows = _rows(200, 6)
    sums = [booster.predict(rows, raw_score=True, num_threads=1) for booster in boosters]
    said = chances_of([TreeScores(booster.model_to_string()) for booster in boosters], rows)
    assert said == pytest.approx(1 / (1 + np.exp(-(sums[0] + sums[1]) / 2)), rel=1e-12)
    assert not np.allclose(said, boosters[0].predict(rows))


def test_sums_of_counts_are_those_of_lightgbm():
    booster = _grown(15, objective="poisson")
    rows = _rows(500, 5)
    trees = TreeScores(booster.model_to_string())
    assert np.array_equal(trees.sums(rows), booster.predict(rows, raw_score=True, num_threads=1))
    with pytest.raises(ModelError, match="binary"):
        chances_of([trees], rows)


@pytest.mark.parametrize(
    "changes",
    [
        {"leaves": 65},
        {"leaves": 9, "zero_as_missing": True},
        {"leaves": 9, "objective": "multiclass", "num_class": 2},
    ],
)
def test_other_trees_are_refused(changes):
    with pytest.raises(ModelError):
        TreeScores(_grown(**changes).model_to_string())
