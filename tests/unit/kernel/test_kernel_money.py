"""Money: one rounding, parts that add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel import divide_half_up, percent_of, split_exactly


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(0, 5, 0), (5, 2, 3), (-5, 2, -3), (4, 2, 2), (7, 3, 2), (8, 3, 3), (1, 2, 1), (-1, 2, -1), (149, 100, 1)],
)
def test_division_rounds_halves_away_from_zero(numerator: int, denominator: int, expected: int) -> None:
    assert divide_half_up(numerator, denominator) == expected


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_the_rounding_error_is_at_most_a_half(numerator: int, denominator: int) -> None:
    assert 2 * abs(divide_half_up(numerator, denominator) * denominator - numerator) <= denominator


def test_a_percentage_of_cents() -> None:
    assert [percent_of(399, p) for p in (0, 10, 25, 50, 100)] == [0, 40, 100, 200, 399]


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any))
def test_parts_add_up_and_stay_within_one_cent_of_their_share(total: int, weights: list[int]) -> None:
    parts = split_exactly(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    assert all(abs(part * whole - total * weight) < whole for part, weight in zip(parts, weights, strict=True))


def test_nothing_to_split_by_is_an_error() -> None:
    with pytest.raises(ValueError, match="no positive weight"):
        split_exactly(100, [0, 0])
