import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel import ContractError
from regulars.predict import DAYS_MAX, expected_day_offset, window_probability

chances = st.floats(1e-6, 1 - 1e-9)


@given(chances, st.integers(1, DAYS_MAX))
def test_other_windows_follow_from_a_constant_daily_chance(chance, days):
    found = window_probability(np.array([chance]), days=days, window_days=14)[0]
    assert found == pytest.approx(1 - (1 - chance) ** (days / 14), rel=1e-9, abs=1e-12)
    assert 0 < found < 1


def test_the_window_learnt_is_passed_through_untouched():
    given_chances = np.array([0.1, 0.3])
    assert window_probability(given_chances, days=14, window_days=14) is given_chances


def test_certainty_is_never_said():
    assert window_probability(np.array([0.999]), days=182, window_days=14)[0] == np.nextafter(1, 0)


@pytest.mark.parametrize("days", [0, -1, 183])
def test_a_window_out_of_reach_is_refused(days):
    with pytest.raises(ContractError, match=f"1 to 182 days ahead, not {days}"):
        window_probability(np.array([0.5]), days=days, window_days=14)


@given(chances, st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9]))
def test_the_day_is_the_first_by_whose_end_the_chance_is_reached(chance, share):
    offset = int(expected_day_offset(np.array([chance]), share=share, window_days=14)[0])

    def by_end_of(day):
        return 1 - (1 - chance) ** ((day + 1) / 14)

    assert 0 <= offset <= DAYS_MAX
    if offset < DAYS_MAX:
        assert by_end_of(offset) >= share - 1e-9
    assert offset == 0 or by_end_of(offset - 1) < share + 1e-9


def test_days_by_hand():
    offsets = expected_day_offset(np.array([0.5, 0.75, 0.999, 0.01]), share=0.5, window_days=14)
    assert offsets.tolist() == [13, 6, 1, DAYS_MAX]
