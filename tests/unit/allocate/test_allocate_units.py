"""Money in whole units against exact fractions."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.allocate._units import units


@settings(deadline=None)
@given(
    st.floats(0, 1_000, allow_subnormal=False), st.integers(0, 10**10), st.integers(-8, 20).map(lambda k: 2.0**k)
)
def test_units_are_the_least_whole_number_not_below_the_product(
    redemptions: float, money: int, scale: float
) -> None:
    exact = Fraction(redemptions) * money * Fraction(scale)
    found = units(redemptions, float(money), scale)
    assert found >= exact
    assert found < exact + 1 or exact < Fraction(1, 10**280)
