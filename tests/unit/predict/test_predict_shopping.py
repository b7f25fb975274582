from functools import cache

import numpy as np
import pyarrow as pa
import pytest

from regulars.kernel import ModelError
from regulars.predict import fit_shopping, shopping_chances


@cache
def visits(size, seed):
    """Households that shop on each day with a chance of their own, from one day in 100 to one in three."""
    draw = np.random.default_rng(seed)
    daily = np.exp(draw.uniform(np.log(0.01), np.log(0.33), size))
    count = {days: draw.binomial(days, daily) for days in (14, 28, 56)}
    half_year = np.maximum(count[56] + draw.binomial(126, daily), 1)
    return pa.table(
        {
            "household_id": [f"h{number:04}" for number in range(size)],
            "visits": half_year,
            **{f"visits_{days}": found for days, found in count.items()},
            "visits_182": half_year,
            **{f"weight_{days}": (daily * days * 1.44 * (1 << 30)).astype(np.int64) for days in (10, 30, 120)},
            "age_last": np.minimum(draw.geometric(daily), 182),
            "age_first": np.full(size, 182),
            **{name: np.full(size, 9) for name in ("gap_days_max", "gap_squares", "lines_28", "lines_182")},
            "amount_56_cents": np.full(size, 9),
            "fortnights_13": draw.binomial(13, 1 - (1 - daily) ** 14),
            "fortnights_6": draw.binomial(6, 1 - (1 - daily) ** 14),
            "shopped": draw.random(size) < 1 - (1 - daily) ** 14,
        }
    )


def test_chances_come_true_on_households_of_known_rates():
    fresh = visits(2_000, 3)
    said = shopping_chances(fit_shopping([visits(2_000, 1), visits(2_000, 2)]), fresh)
    shopped = fresh["shopped"].to_numpy(zero_copy_only=False)
    for part in np.array_split(np.argsort(said), 4):
        assert abs(said[part].mean() - shopped[part].mean()) < 0.08
    assert said[shopped].mean() > said[~shopped].mean() + 0.2


def test_what_is_learnt_does_not_depend_on_the_order_of_rows():
    one = visits(400, 4)
    turned = one.take(np.arange(400)[::-1].copy())
    assert fit_shopping([one]) == fit_shopping([turned.slice(0, 100), turned.slice(100)])


def test_with_too_little_the_share_of_the_fortnights_stands_in():
    one = visits(400, 4).slice(0, 1)
    assert shopping_chances(None, one).tolist() == [(one["fortnights_13"][0].as_py() + 0.5) / 14]


def test_too_few_households_are_refused():
    with pytest.raises(ModelError, match="299 households"):
        fit_shopping([visits(400, 4).slice(0, 299)])
