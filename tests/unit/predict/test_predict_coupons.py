from random import Random

import numpy as np
import pyarrow as pa

from regulars.predict import (
    STANDINGS,
    coupon_chances,
    coupon_model_of,
    coupon_parts,
    coupon_standings,
    fit_coupons,
)

PRIOR = {"known": 0.25, "need": 0.08, "new": 0.02}


def pairs(count, *, rates=(0.3, 0.1, 0.01), clipping=1.0, closed=True, seed=1):
    """Pairs whose use depends on their standing, at known rates, and on whether the household clips coupons."""
    random = Random(seed)
    rows = []
    for number in range(count):
        standing, clips = number % 3, number // 9 % 2
        rows.append(
            {
                "household_id": f"h{number // 9}",
                "campaign_id": f"c{number % 4}",
                "coupon_id": f"k{number}",
                "closed": closed,
                "campaign_days": 30,
                "campaign_coupons": 12,
                "products": 4,
                "needs": 1,
                "covered_days": 3 if standing == 0 else 0,
                "covered_cents": 900 if standing == 0 else 0,
                "covered_age_last": 9 if standing == 0 else None,
                "need_days": 3 if standing < 2 else 0,
                "need_cents": 900 if standing < 2 else 0,
                "need_age_last": 9 if standing < 2 else None,
                "category_cents": 1_000,
                "visits": 20,
                "amount_cents": 90_000,
                "coupon_lines": 3 * clips,
                "coupon_days": 2 * clips,
                "coupon_age_last": 5 if clips else None,
                "covered_coupon_lines": 0,
                "need_coupon_lines": 0,
                "used_before": number % 2,
                "sent_before": 2,
                "used": random.random() < rates[standing] * (clipping if clips else 1),
            }
        )
    return pa.Table.from_pylist(rows)


def test_trees_find_the_planted_rates_and_survive_being_kept():
    table = pairs(9_000)
    model = fit_coupons([table.slice(4_000), table.slice(0, 4_000)], PRIOR)
    assert model == fit_coupons([table], PRIOR)
    assert model.campaigns == 4
    assert coupon_model_of(coupon_parts(model)) == model
    fresh = pairs(300, seed=2)
    chances = coupon_chances(model, fresh)
    for number, planted in enumerate((0.3, 0.1, 0.01)):
        said = chances[coupon_standings(fresh) == number].mean()
        assert abs(said - planted) < 0.03, STANDINGS[number]


def test_households_that_give_coupons_at_the_till_are_told_apart():
    model = fit_coupons([pairs(9_000, rates=(0.1, 0.1, 0.1), clipping=3.0)], PRIOR)
    fresh = pairs(300, seed=2)
    chances, clips = coupon_chances(model, fresh), fresh["coupon_days"].to_numpy() > 0
    assert abs(chances[clips].mean() - 0.3) < 0.04
    assert abs(chances[~clips].mean() - 0.1) < 0.04


def test_nothing_seen_is_the_cautious_prior():
    model = fit_coupons([], PRIOR)
    assert (model.trees, model.campaigns) == ((), 0)
    assert coupon_chances(model, pairs(3)).tolist() == [0.25, 0.08, 0.02]


def test_little_seen_moves_the_prior_a_little():
    model = fit_coupons([pairs(300, rates=(0.0, 0.0, 0.0))], PRIOR)
    assert model.trees == ()
    assert model.rates["known"].sent == 100
    assert model.rates["known"].rate == 2_000 * 0.25 / 2_100
    assert coupon_chances(model, pairs(3))[0] == model.rates["known"].rate


def test_open_campaigns_teach_nothing():
    assert fit_coupons([pairs(900, closed=False)], PRIOR) == fit_coupons([], PRIOR)
    assert np.size(coupon_chances(fit_coupons([], PRIOR), pairs(3).slice(0, 0))) == 0
