import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.contracts import Assumptions
from regulars.offers import (
    KNOWN,
    NEED,
    NEW,
    REDEMPTION_STEPS,
    calibrated_response,
    chance_with_offer,
    expected_value_micros,
)

ASSUMED = Assumptions("assumed")
MEANS = np.array([0.08, 0.01, 0.001])


def chances(without, standing, depth):
    response = calibrated_response(MEANS, ASSUMED)
    return chance_with_offer(
        response, np.array([without]), np.array([standing], dtype=np.int64), np.array([depth])
    )[0]


@pytest.mark.parametrize(
    ("standing", "depth", "prior"), [(KNOWN, 0.10, 0.25), (NEED, 0.20, 0.08), (NEW, 0.20, 0.02)]
)
def test_a_household_of_mean_chance_redeems_at_the_prior(standing, depth, prior):
    assert chances(MEANS[standing], standing, depth) == pytest.approx(prior, abs=1e-6)


def test_deeper_is_likelier_by_the_stated_log_odds():
    def odds(chance):
        return np.log(chance / (1 - chance))

    assert odds(chances(0.08, KNOWN, 0.30)) - odds(chances(0.08, KNOWN, 0.10)) == pytest.approx(0.6, abs=1e-4)


def test_a_stranger_s_taste_counts_half():
    """From the mean to twelve times its odds: a buyer gains all of it, another half as much in log-odds."""
    known = chances(0.08, KNOWN, 0.10), chances(0.5, KNOWN, 0.10)
    need = chances(0.01, NEED, 0.20), chances(0.108, NEED, 0.20)

    def gained(pair):
        return np.log(pair[1] / (1 - pair[1])) - np.log(pair[0] / (1 - pair[0]))

    assert gained(known) == pytest.approx(2.442, abs=1e-2)
    assert gained(need) == pytest.approx(2.484 / 2, abs=1e-2)


@given(
    st.floats(0.0, 0.98),
    st.sampled_from([KNOWN, NEED, NEW]),
    st.floats(0.0, 1.0),
    st.lists(st.one_of(st.floats(0.0, 1.0), st.just(np.nan)), min_size=3, max_size=3),
)
def test_an_offer_never_lowers_the_chance_and_counts_in_steps(without, standing, depth, means):
    response = calibrated_response(np.array(means), ASSUMED)
    chance = chance_with_offer(
        response, np.array([without]), np.array([standing], dtype=np.int64), np.array([depth])
    )[0]
    assert without - 1 / REDEMPTION_STEPS <= chance <= 1.0
    assert chance * REDEMPTION_STEPS == round(chance * REDEMPTION_STEPS)


def test_value_is_margin_caused_less_own_money_plus_fee():
    value = expected_value_micros(
        without=np.array([0.10]),
        chance=np.array([0.30]),
        displaced=np.array([0.25]),
        margin_cents=np.array([120.0]),
        store_cents=np.array([20]),
        fee_cents=np.array([8]),
    )
    # 0.2 x 0.75 x 120 = 18 cents gained, 0.3 x 20 = 6 paid, 0.3 x 8 = 2.4 of fees
    assert value.tolist() == [144_000]
