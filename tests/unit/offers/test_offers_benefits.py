import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.contracts import DealKind, Ladder
from regulars.offers import (
    depth_percent,
    level_of,
    saving_cents,
    spend_at_conditions,
    split_funding,
    units_at_conditions,
)

CASES = [
    # kind, rung, price, units, spend, saving
    (DealKind.AMOUNT_OFF, Ladder(amount_cents=75), 399, 1, 399, 75),
    (DealKind.AMOUNT_OFF, Ladder(amount_cents=500), 399, 1, 399, 399),
    (DealKind.PERCENT_OFF, Ladder(percent=25), 399, 1, 399, 99),
    (DealKind.PERCENT_OFF, Ladder(percent=15), 329, 1, 329, 49),
    (DealKind.FIXED_PRICE, Ladder(price_cents=399), 548, 1, 548, 149),
    (DealKind.FIXED_PRICE, Ladder(price_cents=399), 350, 1, 350, 0),
    (DealKind.SECOND_AT_HALF, Ladder(), 399, 2, 798, 199),
    (DealKind.SECOND_AT_HALF, Ladder(percent=40), 299, 2, 598, 119),
    (DealKind.MULTIBUY, Ladder(buy_quantity=3, pay_quantity=2), 199, 3, 597, 199),
    (DealKind.MULTIBUY, Ladder(buy_quantity=5, pay_quantity=3), 100, 5, 500, 200),
    (DealKind.MULTIBUY_PRICE, Ladder(buy_quantity=2, price_cents=750), 429, 2, 858, 108),
    (DealKind.MULTIBUY_PRICE, Ladder(buy_quantity=2, price_cents=750), 300, 2, 600, 0),
    (DealKind.THRESHOLD, Ladder(threshold_cents=1_000, amount_cents=200), 399, 3, 1_000, 200),
    (DealKind.THRESHOLD, Ladder(threshold_cents=1_000, amount_cents=200), 1_200, 1, 1_000, 200),
]


@pytest.mark.parametrize(("kind", "rung", "price", "units", "spend", "saving"), CASES)
def test_what_each_kind_saves(kind, rung, price, units, spend, saving):
    assert units_at_conditions(kind, rung, price) == units
    assert spend_at_conditions(kind, rung, price) == spend
    assert saving_cents(kind, rung, price) == saving


def test_every_kind_has_a_case():
    assert {case[0] for case in CASES} == set(DealKind)


@pytest.mark.parametrize(
    ("face_cents", "percent", "vendor_cents"),
    [(75, 50, 38), (5, 50, 3), (10, 45, 5), (10, 44, 4), (99, 100, 99), (99, 0, 0)],
)
def test_the_vendor_s_part_is_rounded_half_up_and_the_store_pays_the_rest(face_cents, percent, vendor_cents):
    assert split_funding(face_cents, percent) == (vendor_cents, face_cents - vendor_cents)


rungs = st.builds(
    Ladder,
    amount_cents=st.integers(0, 2_000),
    percent=st.integers(0, 100),
    price_cents=st.integers(0, 3_000),
    buy_quantity=st.integers(1, 10),
    pay_quantity=st.integers(0, 12),
    threshold_cents=st.integers(1, 10_000),
)


@given(st.sampled_from(DealKind), rungs, st.integers(1, 5_000))
def test_nobody_is_paid_to_shop_or_charged_more(kind, rung, price):
    saving = saving_cents(kind, rung, price)
    assert 0 <= saving <= spend_at_conditions(kind, rung, price)
    assert 0 <= depth_percent(kind, rung, price) <= 100


@given(st.integers(0, 100_000), st.integers(0, 100))
def test_vendor_and_store_parts_add_up(face, percent):
    vendor, store = split_funding(face, percent)
    assert vendor + store == face
    assert vendor >= 0
    assert store >= 0


def test_a_level_is_priced_once():
    level = level_of(2, DealKind.PERCENT_OFF, Ladder(percent=25), price_cents=399, funding_percent=50)
    assert (level.number, level.face_cents, level.funding_cents) == (2, 99, 50)
