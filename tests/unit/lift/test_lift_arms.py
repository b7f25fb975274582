"""The holdout: the right share, the same for a year, whoever asks in whatever order."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel import ContractError, HouseholdId, OfferId
from regulars.lift import Arm, GrantControl, arm_of

PINNED = [
    "household-3",
    "household-15",
    "household-22",
    "household-29",
    "household-30",
    "household-34",
    "household-49",
]
HOUSEHOLDS = [f"household-{number}" for number in range(20_000)]


def held_out(share: float, *, year: int = 1, salt: str = "holdout") -> set[str]:
    return {each for each in HOUSEHOLDS if arm_of(each, year, share=share, salt=salt) is Arm.HOLDOUT}


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("year", [1, 2])
def test_share_lies_within_chance(share: float, year: int) -> None:
    expected = share * len(HOUSEHOLDS)
    assert abs(len(held_out(share, year=year)) - expected) < 4 * sqrt(expected * (1 - share))


def test_share_of_nothing_and_of_all() -> None:
    assert held_out(0.0) == set()
    assert held_out(1.0) == set(HOUSEHOLDS)


def test_arms_are_the_ones_on_record() -> None:
    """Fixed for ever: a change here would redraw every running programme."""
    assert [
        each for each in HOUSEHOLDS[:60] if arm_of(each, 1, share=0.1, salt="holdout") is Arm.HOLDOUT
    ] == PINNED


def test_wider_holdout_keeps_who_was_held_out() -> None:
    assert held_out(0.05) < held_out(0.1) < held_out(0.3)


@pytest.mark.parametrize(("year", "salt"), [(2, "holdout"), (1, "another")])
def test_another_year_or_salt_draws_afresh(year: int, salt: str) -> None:
    """Two independent draws of one in ten share one in a hundred."""
    both = held_out(0.1) & held_out(0.1, year=year, salt=salt)
    expected = 0.01 * len(HOUSEHOLDS)
    assert abs(len(both) - expected) < 4 * sqrt(expected * 0.99)


@given(st.lists(st.text(), unique=True, max_size=30), st.randoms(use_true_random=False))
def test_order_does_not_matter(households: list[str], draw: object) -> None:
    before = {each: arm_of(each, 3, share=0.3, salt="s") for each in households}
    draw.shuffle(households)  # type: ignore[attr-defined]
    assert {each: arm_of(each, 3, share=0.3, salt="s") for each in households} == before


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_share_outside_its_range_is_refused(share: float) -> None:
    with pytest.raises(ContractError, match="between 0 and 1"):
        arm_of("1", 1, share=share, salt="holdout")


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0, float("nan")])
def test_control_without_chance_is_no_control(share: float) -> None:
    with pytest.raises(ContractError, match="between 0 and 1"):
        GrantControl(HouseholdId("1"), OfferId("coffee"), 1, share)
