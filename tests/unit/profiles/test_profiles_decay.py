from decimal import Decimal, getcontext

import pytest

from regulars.profiles import NEED_HALF_LIFE_DAYS, PRODUCT_HALF_LIFE_DAYS, decay_weights


@pytest.mark.parametrize("half_life", [1, 90, 120])
def test_weights_are_the_rounded_powers_of_a_half(half_life):
    getcontext().prec = 40
    rows = decay_weights(half_life).to_pylist()
    assert [row["age_days"] for row in rows] == list(range(31 * half_life + 1))
    for row in rows:
        exact = Decimal(2) ** (30 - Decimal(row["age_days"]) / half_life)
        assert abs(row["weight"] - exact) <= Decimal("0.5") + Decimal("1e-6")


def test_weights_reach_until_nothing_is_left():
    weights = decay_weights(PRODUCT_HALF_LIFE_DAYS)["weight"].to_pylist()
    assert weights[0] == 1 << 30
    assert weights[90] == 1 << 29
    assert weights[-1] <= 1


def test_half_lives_are_those_that_were_measured():
    assert (PRODUCT_HALF_LIFE_DAYS, NEED_HALF_LIFE_DAYS) == (90, 120)
