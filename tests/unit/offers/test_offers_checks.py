"""What is said of a deal before anybody relies on it."""

from dataclasses import replace
from datetime import date

import pytest
from offer_samples import LONG, catalogue, deal, product

from regulars.contracts import Assumptions, DealKind, Ladder
from regulars.kernel import CategoryId, Period, VendorId
from regulars.offers import DealGround, Weight, check_deal, exclusive_clashes, kept_apart

GOODS = catalogue(product("a", 200), product("b", 900, need_id="DIP", vendor_id=VendorId("v2")))
GROUND = DealGround(GOODS, {"a", "b"}, {"s1"}, 50, Assumptions("assumed", {"": 30}), date(2017, 1, 9), {})
ROW = {"product_ids": None}


def rules(one, row=ROW, ground=GROUND):
    return {(fault.rule, fault.weight) for fault in check_deal(one, row, ground)}


def test_a_sound_deal_has_no_fault():
    assert rules(deal("a")) == set()


@pytest.mark.parametrize(
    ("changes", "rule", "weight"),
    [
        ({"vendor_id": VendorId("gone")}, "vendor-sells-here", Weight.REFUSED),
        ({"period": Period(date(2017, 11, 28), date(2017, 12, 20))}, "a-cycle-lies-in-its-dates", Weight.REFUSED),
        ({"budget_cents": 0}, "budget-gives-something", Weight.REFUSED),
        ({"budget_cents": 29}, "budget-gives-something", Weight.REFUSED),
        ({"distributions_max": 0}, "cap-gives-something", Weight.REFUSED),
        ({"store_ids": frozenset({"s9"})}, "stores-are-known", Weight.DOUBTED),
        ({"rungs": (Ladder(percent=1),)}, "a-level-fits-a-price", Weight.REFUSED),
        ({"funding_percent": 0, "vendor_id": VendorId("store")}, "price-covers-cost", Weight.DOUBTED),
    ],
)
def test_each_fault_is_named(changes, rule, weight):
    assert rules(deal("a", **changes)) == {(rule, weight)}


def test_a_guarantee_tells_the_need_the_most_and_what_is_missing():
    (fault,) = check_deal(deal("a", distributions_min=13), ROW, GROUND)
    assert fault.rule == "guarantee-can-be-kept"
    assert "guarantees 13 households; the most there can be is 10" in fault.message
    assert fault.message.endswith("short by 3")
    (one_more,) = check_deal(deal("a", distributions_min=11), ROW, GROUND)
    assert one_more.message.endswith("short by 1")
    assert rules(deal("a", distributions_min=10)) == set()


def test_another_vendor_s_product_in_a_deal_is_doubted():
    (fault,) = check_deal(deal("a", "b"), {"product_ids": '["a", "b"]'}, GROUND)
    assert (fault.rule, fault.weight) == ("vendor-makes-its-products", Weight.DOUBTED)
    assert fault.message == "deal d1: 1 of its products are another's: b"
    by_store = deal("a", "b", vendor_id=VendorId("store"), funding_percent=0, rungs=(Ladder(percent=15),))
    assert rules(by_store, {"product_ids": '["a", "b"]'}) == set()


def test_several_for_a_price_are_held_against_the_cost_of_all():
    """Three for 450 at 200 each: 150 off 600, of which 180 is margin."""
    terms = {"kind": DealKind.MULTIBUY_PRICE, "funding_percent": 0, "vendor_id": VendorId("store")}
    assert rules(deal("a", rungs=(Ladder(buy_quantity=3, price_cents=450),), **terms)) == set()
    below = rules(deal("a", rungs=(Ladder(buy_quantity=3, price_cents=410),), **terms))
    assert below == {("price-covers-cost", Weight.DOUBTED)}


def test_the_own_brand_earns_more_and_so_may_go_deeper():
    goods = catalogue(product("own", 200, brand_kind="own"), product("brand", 200))
    ground = replace(
        GROUND, catalogue=goods, assumptions=Assumptions("assumed", {"": 30}, own_brand_margin_points=8)
    )
    terms = {"rungs": (Ladder(percent=35),), "funding_percent": 0, "vendor_id": VendorId("store")}
    assert rules(deal("own", **terms), ground=ground) == set()
    assert rules(deal("brand", **terms), ground=ground) == {("price-covers-cost", Weight.DOUBTED)}


def test_an_exclusive_deal_keeps_other_vendors_from_its_needs_and_days():
    strong = deal("a", deal_id="strong", exclusive=True)
    same = deal("a", deal_id="same")
    other = deal("a", deal_id="other", vendor_id=VendorId("v2"))
    elsewhere = deal("b", deal_id="elsewhere", vendor_id=VendorId("v2"))
    later = replace(other, deal_id="later", period=Period(LONG.until_on, date(2018, 3, 1)))
    clashes = exclusive_clashes([strong, same, other, elsewhere, later], GOODS)
    assert [fault.deal_id for fault in clashes] == ["other"]
    assert "exclusive for v1" in clashes[0].message
    assert "shares POTATO CHIPS of CHIPS with strong" in clashes[0].message


def test_the_same_need_of_another_category_is_another_ground():
    goods = catalogue(product("a"), product("b", category_id=CategoryId("DELI"), vendor_id=VendorId("v2")))
    strong = deal("a", deal_id="strong", exclusive=True)
    assert exclusive_clashes([strong, deal("b", deal_id="other", vendor_id=VendorId("v2"))], goods) == []


def test_coupons_lose_the_goods_an_exclusive_deal_has_to_itself():
    strong = deal("a", deal_id="strong", exclusive=True)
    mine, theirs, other = deal("a"), deal("a", vendor_id=VendorId("v2")), deal("a", "b", vendor_id=VendorId("v2"))
    later = replace(theirs, period=Period(LONG.until_on, date(2018, 3, 1)))
    kept = kept_apart([mine, theirs, other, later], [strong], GOODS)
    assert [sorted(one.product_ids) for one in kept] == [["a"], ["b"], ["a"]]
    assert kept_apart([theirs], [], GOODS) == [theirs]
