from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from regulars.kernel import ModelError
from regulars.predict import (
    RHYTHM_FEATURES,
    NeedTiming,
    WatchedPairs,
    dated_needs,
    fit_need_timing,
    need_day_offsets,
    need_paces,
    need_timing_of,
    need_totals,
    rhythm_matrix,
    rhythm_weights,
    timing_parts,
)

COUNTS = ("buyers", "days", "days_28", "days_84", "days_182", "span_days")


def counts(**needs):
    return pa.table({"need_id": list(needs), **{name: list(needs.values()) for name in COUNTS}})


@cache
def watched(size, seed, days=84):
    """Pairs of a known daily rate between 1/100 and 1/5; the next time is drawn from that rate."""
    draw = np.random.default_rng(seed)
    rate = np.exp(draw.uniform(np.log(0.01), np.log(0.2), size))
    bought = np.maximum(draw.poisson(rate * 182), 3)
    after = np.floor(draw.exponential(1 / rate))
    one = np.full(size, 1 << 30)
    weight = {
        f"weight_{half_life}": draw.poisson(rate * half_life * 1.44) * (1 << 30)
        for half_life in (10, 21, 60, 120, 240)
    }
    rows = pa.table(
        {
            "household_id": [f"h{number:05}" for number in range(size)],
            "need_id": ["a"] * size,
            **weight,
            **dict.fromkeys(("days_ever", "days_182"), bought),
            **{name: np.zeros(size, np.int64) for name in ("days_91", "days_28", "days_14")},
            "weight_soon_60": one,
            "age_last": np.minimum(draw.exponential(1 / rate), 180).astype(np.int64) + 1,
            **{name: np.full(size, 182) for name in ("age_first_182", "age_first", "gap_squares")},
            **{
                name: np.full(size, 9) for name in ("visits_28", "visits_182", "age_last_visit", "age_first_visit")
            },
            **{name: np.full(size, 9) for name in ("household_days_28", "household_days_182")},
            "household_weight_30": one,
            "next_days": pa.array(after.astype(np.int64), mask=after >= days),
        }
    )
    return WatchedPairs(rows, need_totals([counts(a=size)]), days)


def test_totals_add_up_over_buckets():
    assert need_totals([counts(b=1, a=2), counts(a=3)]).to_pydict() == {
        "need_id": ["a", "b"],
        **{name: [5, 1] for name in COUNTS},
    }


def test_weights_halve_every_half_life():
    weights = rhythm_weights()
    assert weights["weight_21"][21].as_py() == weights["weight_240"][240].as_py() == 1 << 29
    assert weights["weight_10"][0].as_py() == 1 << 30


def test_features_of_a_pair():
    part = watched(3, 1)
    row = dict(zip(RHYTHM_FEATURES, rhythm_matrix(part.rhythms, part.totals)[0].tolist(), strict=True))
    raw = part.rhythms.slice(0, 1).to_pylist()[0]
    gap_mean = (182 - raw["age_last"]) / (raw["days_182"] - 1)
    assert row["gap_mean"] == pytest.approx(gap_mean)
    assert row["phase"] == pytest.approx(raw["age_last"] / max(gap_mean, 1))
    assert row["weight_soon_60"] == 1.0
    assert row["need_repeats"] == 1.0


@cache
def learnt():
    return fit_need_timing([watched(3_000, 2), watched(1_000, 3, 28)])


def own_chances(timing, paces):
    """What the curves themselves say of the window, so that they stay as they are."""
    levels = np.clip(paces, timing.scores[0], timing.scores[-1])
    return 1 - np.interp(levels, timing.scores, timing.curves[:, 14])


def offsets_of(part, timing=None):
    timing = timing or learnt()
    paces = need_paces(timing, part.rhythms, part.totals)
    return need_day_offsets(timing, paces, own_chances(timing, paces))


def test_intervals_hold_what_they_say_on_pairs_of_known_rates():
    fresh = watched(3_000, 4)
    days = offsets_of(fresh)
    after = fresh.rhythms["next_days"].fill_null(84).to_numpy()
    for percent in (80, 50):
        low, high = (np.minimum(days[f"expected_on_{end}_{percent}"], 84) for end in ("low", "high"))
        assert abs(((low <= after) & (after <= high)).mean() - percent / 100) < 0.06
    early = np.minimum(days["expected_on"], 84)
    assert np.abs(early - after).mean() < 0.95 * np.abs(np.median(after) - after).mean()


def test_ends_enclose_the_day_and_one_another():
    fresh = watched(2_000, 5)
    days = offsets_of(fresh)
    ends = [days[f"expected_on{end}"] for end in ("_low_80", "_low_50", "", "_high_50", "_high_80")]
    for early, late in pairwise(ends):
        assert (early <= late).all()
    assert ends[0].min() >= 0
    assert ends[-1].max() == 182


def test_what_is_learnt_does_not_depend_on_order():
    part, other = watched(1_500, 6), watched(800, 7, 28)
    turned = WatchedPairs(part.rhythms.take(np.arange(1_500)[::-1].copy()), part.totals, part.watched_days)
    one, two = fit_need_timing([part, other]), fit_need_timing([other, turned])
    assert one.trees == two.trees
    assert (one.curves == two.curves).all()


def test_days_are_read_off_a_curve():
    """A curve that more than halves on the third day, and is near a tenth from the tenth on."""
    curve = np.array([1.0, 0.9, 0.8, *[0.49] * 7, *[0.05] * 75])
    timing = NeedTiming(learnt().trees, np.array([-9.0, 9.0]), np.array([curve, curve]))
    part = watched(3, 1)
    days = offsets_of(part, timing)
    assert {name: set(found.tolist()) for name, found in days.items()} == {
        "expected_on": {2},
        "expected_on_low_80": {0},
        "expected_on_high_80": {9},
        "expected_on_low_50": {2},
        "expected_on_high_50": {9},
    }


def test_an_interval_is_open_above_where_most_of_what_it_leaves_out_lies_beyond():
    curve = 1.0 - 0.006 * np.arange(85)
    timing = NeedTiming(learnt().trees, np.array([-9.0, 9.0]), np.array([curve, curve]))
    part = watched(3, 1)
    days = offsets_of(part, timing)
    assert days["expected_on"].tolist() == [83] * 3
    assert days["expected_on_low_80"].tolist() == [33] * 3
    assert days["expected_on_high_80"].tolist() == [182] * 3


def first_day(curve, share):
    """The first day by whose end so much is gone, by a loop."""
    return next(day for day in range(len(curve) - 1) if 1 - curve[day + 1] >= share)


@pytest.mark.parametrize("left", [0.05, 0.0999, 0.1001, 0.2, 0.2499, 0.2501])
def test_an_interval_opens_where_later_than_that_has_more_than_half_of_what_it_leaves_out(left):
    """More than a tenth for one of 80 per cent, more than a quarter for one of 50."""
    curve = left ** (np.arange(85) / 84)
    timing = NeedTiming(learnt().trees, np.array([-9.0, 9.0]), np.array([curve, curve]))
    days = need_day_offsets(timing, np.zeros(1), own_chances(timing, np.zeros(1)))
    for percent, out in ((80, 0.2), (50, 0.5)):
        low, high = (int(days[f"expected_on_{end}_{percent}"][0]) for end in ("low", "high"))
        if left > out / 2:
            assert (low, high) == (min(first_day(curve, out), int(days["expected_on"][0])), 182)
        else:
            assert (low, high) == (first_day(curve, out / 2), first_day(curve, 1 - out / 2))


def test_past_the_curve_the_pace_of_its_last_six_weeks_goes_on():
    """Hazards of .002 a day for six weeks, .006 for two, .004 for four: .28 by day 84, then .196 in 42 days."""
    hazard = np.repeat([0.002, 0.006, 0.004], [42, 14, 28])
    curve = np.exp(-np.r_[0, np.cumsum(hazard)])
    timing = NeedTiming(learnt().trees, np.array([-9.0, 9.0]), np.array([curve, curve]))
    days = need_day_offsets(timing, np.zeros(1), own_chances(timing, np.zeros(1)))
    assert days["expected_on"].tolist() == [84 + int((np.log(2) - 0.28) / (0.196 / 42))] == [172]
    assert days["expected_on_low_80"].tolist() == [first_day(curve, 0.2)]


def test_the_day_lies_within_the_window_just_where_the_chance_is_a_half():
    """Whatever the curve of its own says: one chance, one day, from the rarest need to the surest."""
    timing, draw = learnt(), np.random.default_rng(10)
    paces = draw.uniform(timing.scores[0] - 1, timing.scores[-1] + 1, 4_000)
    chances = np.r_[0.5, 0.4999, 1e-6, 1 - 1e-6, draw.uniform(0.001, 0.999, 3_996)]
    days = need_day_offsets(timing, paces, chances)
    assert ((days["expected_on"] < 14) == (chances >= 0.5)).all()
    ends = [days[f"expected_on{end}"] for end in ("_low_80", "_low_50", "", "_high_50", "_high_80")]
    assert all((early <= late).all() for early, late in pairwise(ends))


def test_within_the_window_the_chance_counts_and_after_it_the_curve():
    """A hazard of 0.05 a day; the chances say four times and a quarter of that."""
    curve = np.exp(-0.05 * np.arange(85))
    timing = NeedTiming(learnt().trees, np.array([-9.0, 9.0]), np.array([curve, curve]))
    within, after = 1 - np.exp(-0.05 * 4 * 14), 1 - np.exp(-0.05 / 4 * 14)
    days = need_day_offsets(timing, np.zeros(2), np.array([within, after]))
    assert days["expected_on"].tolist() == [3, 14 + 10]
    assert days["expected_on_low_80"].tolist() == [0, 8]


def test_a_curve_on_which_nobody_buys_in_the_window_is_bent_all_the_same():
    curve = np.array([1.0] * 15 + [0.5] * 70)
    timing = NeedTiming(learnt().trees, np.array([-9.0, 9.0]), np.array([curve, curve]))
    days = need_day_offsets(timing, np.zeros(2), np.array([0.75, 0.1]))
    assert days["expected_on"].tolist()[0] == 13
    assert days["expected_on"].tolist()[1] >= 14


def test_needs_are_dated_by_the_chance_of_their_own_household():
    timing = learnt()
    paces = pa.table({"household_id": ["h", "k", "h"], "need_id": ["a", "a", "b"], "pace": np.zeros(3)})
    scored = pa.table(
        {
            "household_id": ["h", "h", "h", "k", "h"],
            "level": ["need", "product", "need", "need", "need"],
            "item_id": ["b", "a", "a", "a", "undated"],
            "probability": [0.9, 0.2, 0.75, 0.3, 0.5],
        }
    )
    days = dated_needs(timing, paces, scored, as_of_on=date(2017, 3, 1), days=28).to_pylist()
    found = {(row["household_id"], row["need_id"]): row["expected_on"] for row in days}
    chances = 1 - np.sqrt(1 - np.array([0.75, 0.3, 0.9]))
    offsets = need_day_offsets(timing, np.zeros(3), chances)["expected_on"].tolist()
    want = [date(2017, 3, 1) + timedelta(days=offset) for offset in offsets]
    assert found == dict(zip([("h", "a"), ("k", "a"), ("h", "b")], want, strict=True))


def test_a_model_comes_back_from_its_texts():
    timing = learnt()
    again = need_timing_of(timing_parts(timing))
    assert again.trees == timing.trees
    assert (again.curves == timing.curves).all()
    assert (again.scores == timing.scores).all()


@pytest.mark.parametrize("parts", [[], [watched(1_000, 8)], [watched(3_000, 9, 28)]])
def test_too_little_is_refused(parts):
    with pytest.raises(ModelError, match="too few needs"):
        fit_need_timing(parts)
