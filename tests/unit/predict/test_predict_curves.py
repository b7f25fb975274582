from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel import ConfigError, ModelError
from regulars.predict import DecayedCount, TrainingPart, isotonic_curve, method_named
from regulars.profiles import NEED_HALF_LIFE_DAYS, PRODUCT_HALF_LIFE_DAYS

rows = st.lists(
    st.tuples(st.sampled_from(["need", "product"]), st.integers(0, 6), st.integers(0, 1)), min_size=1, max_size=40
).filter(lambda found: any(bought for _, _, bought in found))


def training(found, past_days=0):
    items = items_of(found)
    return TrainingPart(0, items, items["bought"].to_numpy(), past_days=past_days)


def items_of(found):
    levels, weights, bought = zip(*found, strict=True) if found else ((), (), ())
    return pa.table(
        {
            "level": pa.array(levels, pa.string()),
            "decayed_weight": pa.array(weights, pa.int64()),
            "bought": pa.array(bought, pa.int64()),
            "last_on": pa.array([date(2017, 1, 1)] * len(found)),
        }
    )


@given(rows, st.randoms(use_true_random=False), st.integers(0, 40))
def test_neither_order_nor_dealing_matters(found, random, cut):
    shuffled = random.sample(found, len(found))
    whole = DecayedCount().fit([training(found)]).model
    assert DecayedCount().fit([training(shuffled[:cut]), training(shuffled[cut:])]).model.equals(whole)


def test_each_level_has_a_curve_of_its_own():
    found = [("need", 1, 0), ("need", 1, 1), ("need", 5, 1), ("product", 3, 0), ("product", 3, 1)]
    model = DecayedCount().fit([training(found)]).model
    assert model.to_pylist() == [
        {"level": "need", "score": 1, "probability": 0.5},
        {"level": "need", "score": 5, "probability": 0.75},
        {"level": "product", "score": 3, "probability": 0.5},
    ]


@pytest.mark.parametrize(("past_days", "need", "product"), [(14, 1051, 1049), (42, 1039, 1036), (700, 1001, 1000)])
def test_a_young_stores_curve_is_moved_to_where_habits_stand_a_fortnight_later(past_days, need, product):
    found = [("need", 1000, 0), ("need", 1000, 1), ("product", 1000, 0), ("product", 1000, 1)]
    model = DecayedCount().fit([training(found, past_days)]).model
    assert model["score"].to_pylist() == [need, product]
    assert model["probability"].to_pylist() == [0.5, 0.5]


def test_a_plain_count_is_taken_as_it_is():
    items = pa.table({"level": ["need", "need"], "days_bought": [9, 9]})
    part = TrainingPart(0, items, np.array([0, 1]), past_days=14)
    assert method_named("personal-frequency").fit([part]).model["score"].to_pylist() == [9]


def test_a_chance_is_read_off_the_straight_line_between_corners_and_flat_beyond():
    model = pa.table(
        {
            "level": ["need", "need", "product"],
            "score": [10, 20, 7],
            "probability": [0.2, 0.6, 0.9],
        }
    )
    items = items_of([("need", 5, 0), ("product", 99, 0), ("need", 15, 0), ("need", 25, 0)])
    assert DecayedCount().score(model, items).tolist() == pytest.approx([0.2, 0.9, 0.4, 0.6])


def test_a_level_without_a_curve_is_refused():
    model = pa.table({"level": ["need"], "score": [1], "probability": [0.5]})
    with pytest.raises(ModelError, match="no curve for the level 'product'"):
        DecayedCount().score(model, items_of([("product", 1, 0)]))


@pytest.mark.parametrize("found", [[], [("need", 1, 0)] * 999])
def test_with_nothing_to_learn_from_a_rising_curve_is_assumed(found):
    fitted = DecayedCount().fit([training(found)])
    assert fitted.rows == 0
    days = [("need", n << 30, 0) for n in (1, 2, 3, 4, 40)] + [("product", 1 << 30, 0)]
    assert DecayedCount().score(fitted.model, items_of(days)).tolist() == [0.15, 0.4, 0.6, 0.7, 0.7, 0.08]


def test_many_pairs_of_which_none_was_bought_are_missing_lines():
    with pytest.raises(ModelError, match="none of the items"):
        DecayedCount().fit([training([("need", 1, 0)] * 1_000)])


def test_a_method_that_assumes_nothing_refuses_to_learn_from_nothing():
    with pytest.raises(ModelError, match="no item"):
        method_named("gamma-poisson").fit([])


def test_methods_are_found_by_name():
    assert method_named("decayed-count").name == "decayed-count"
    with pytest.raises(
        ConfigError,
        match="no forecasting method 'oracle'; there are automatic, boosted-trees, decayed-count",
    ):
        method_named("oracle")


def test_the_example_of_the_curve():
    assert isotonic_curve(np.array([1, 2, 3]), np.array([9, 10, 9]), np.array([2, 1, 8]))[1].tolist() == [
        0.175,
        0.175,
        0.85,
    ]


def test_scores_are_moved_by_the_half_lives_they_are_counted_with():
    assert DecayedCount.half_lives == {"need": NEED_HALF_LIFE_DAYS, "product": PRODUCT_HALF_LIFE_DAYS}
