from datetime import date

import numpy as np
import pyarrow as pa

from regulars.predict import score_items


class Told:
    """A method that says what it is told."""

    name = "told"
    model_table = "calibration_curve"

    def fit(self, training):
        raise NotImplementedError

    def score(self, model, items):
        return model["probability"].to_numpy()


def items(quantities, days):
    size = len(days)
    return pa.table(
        {
            "household_id": ["h"] * size,
            "level": ["need"] * size,
            "item_id": [f"n{place}" for place in range(size)],
            "days_bought": pa.array(days, pa.int64()),
            "last_on": pa.array([date(2017, 3, 1)] * size),
            "quantity_milli": pa.array(quantities, pa.int64()),
            "decayed_weight": pa.array([1] * size, pa.int64()),
        }
    )


def scored(chances, quantities=None, days=None, window=14):
    size = len(chances)
    rows = items(quantities or [1000] * size, days or [3] * size)
    model = pa.table({"probability": np.array(chances)})
    return score_items(Told(), model, rows, as_of_on=date(2017, 3, 10), days=window)


def test_median_and_intervals_follow_from_the_chance():
    row = scored([0.5]).to_pylist()[0]
    assert row["expected_on"] == date(2017, 3, 23)
    assert row["expected_on_low_80"] == date(2017, 3, 12)
    assert row["expected_on_low_50"] == date(2017, 3, 15)
    assert row["expected_on_high_50"] == date(2017, 4, 6)
    assert row["expected_on_high_80"] == date(2017, 4, 25)


def test_what_lies_half_a_year_ahead_is_capped():
    row = scored([0.02]).to_pylist()[0]
    assert row["expected_on"] == date(2017, 9, 8)
    assert row["expected_on_low_80"] == date(2017, 5, 22)
    assert row["expected_on_high_80"] == row["expected_on_high_50"] == date(2017, 9, 8)


def test_an_item_bought_on_fewer_than_three_days_has_no_day():
    rows = scored([0.5, 0.5], days=[2, 3]).to_pylist()
    names = [name for name in rows[0] if name.startswith("expected_on")]
    assert [rows[0][name] for name in names] == [None] * 5
    assert None not in [rows[1][name] for name in names]


def test_the_days_asked_for_move_the_chance_and_not_the_date():
    two, four = scored([0.5]).to_pylist()[0], scored([0.5], window=28).to_pylist()[0]
    assert (two["probability"], four["probability"]) == (0.5, 0.75)
    assert two["expected_on"] == four["expected_on"]


def test_quantity_is_the_usual_one_rounded_half_up_and_at_least_one():
    rows = scored([0.5] * 5, quantities=[3000, 2999, 100, 12_500, 5000], days=[2, 2, 3, 5, 2])
    assert rows["quantity"].to_pylist() == [2, 1, 1, 3, 3]


def test_nothing_to_score_gives_no_rows():
    assert scored([]).num_rows == 0
