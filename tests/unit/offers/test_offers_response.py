from dataclasses import replace

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
    Giving,
    calibrated_response,
    chance_with_offer,
    expected_value_micros,
    value_sd_micros,
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


def giving(without, chance):
    return Giving(
        without=np.array([without]),
        chance=np.array([chance]),
        displaced=np.array([0.25]),
        margin_cents=np.array([120.0]),
        store_cents=np.array([20]),
        fee_cents=np.array([8]),
    )


def test_value_is_margin_caused_less_own_money_plus_fee():
    value = expected_value_micros(giving(0.10, 0.30))
    # 0.2 x 0.75 x 120 = 18 cents gained, 0.3 x 20 = 6 paid, 0.3 x 8 = 2.4 of fees
    assert value.tolist() == [144_000]


@pytest.mark.parametrize("standing", [KNOWN, NEED])
def test_the_error_of_a_value_is_its_slope_times_the_error_of_each_chance(standing):
    """Against differences: the response moved by .01 log-odds, the chance by .0001."""
    response = calibrated_response(MEANS, ASSUMED)
    place, depth, without = np.array([standing], dtype=np.int64), np.array([0.3]), 0.06

    def value_of(response, without):
        chance = chance_with_offer(response, np.array([without]), place, depth)[0]
        return expected_value_micros(giving(without, chance))[0], chance

    base, chance = value_of(response, without)
    by_response, by_chance = value_sd_micros(giving(without, chance), place, response)
    moved, _ = value_of(replace(response, priors=response.priors + 0.01), without)
    assert by_response[0] == pytest.approx(abs(moved - base) / 0.01 * ASSUMED.response_uncertainty, rel=0.02)
    moved, _ = value_of(response, without + 1e-4)
    assert by_chance[0] == pytest.approx(abs(moved - base) / 1e-4 * np.sqrt(0.06 * 0.94 / 14), rel=0.03)
