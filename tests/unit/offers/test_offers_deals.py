from datetime import date

import pytest
from offer_samples import AS_OF, catalogue, deal_row, product

from regulars.contracts import Assumptions, DealKind, DealState
from regulars.kernel import NeedId, Period
from regulars.offers import Catalogue, CouponCampaign, coupon_deals, read_deals

CHIPS = catalogue(
    product("a"),
    product("b", vendor_id="v2"),
    product("c", brand_kind="own", vendor_id="own maker"),
    product("d", category_id="DIPS", need_id="DIPS"),
)


def test_a_vendor_covers_its_own_products_alone():
    (one,) = read_deals([deal_row()], CHIPS).deals
    assert one.product_ids == {"a"}
    assert (one.kind, one.state, one.known_from_on) == (DealKind.PERCENT_OFF, DealState.APPROVED, "2017-11-01")


def test_the_store_covers_whatever_matches():
    rows = [
        deal_row(vendor_id="store", funding_percent=0),
        deal_row(deal_id="d2", vendor_id="store", brand_kind="own"),
    ]
    assert [one.product_ids for one in read_deals(rows, CHIPS).deals] == [{"a", "b", "c"}, {"c"}]


def test_named_products_decide_alone():
    (one,) = read_deals([deal_row(product_ids='["d", "unknown"]', category_id=None)], CHIPS).deals
    assert one.product_ids == {"d"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "gift"}, "kind is 'gift'"),
        ({"state": "asleep"}, "state is 'asleep'"),
        ({"rungs": "15"}, "rungs is '15'"),
        ({"rungs": "[]"}, "rungs is '[]'"),
        ({"rungs": '[{"percent": "15"}]'}, "whole numbers"),
        ({"rungs": '[{"per cent": 15}]'}, "expected an object of"),
        ({"rungs": '[{"amount_cents": 15}]'}, "without percent above 0"),
        ({"rungs": '[{"percent": 101}]'}, "101 per cent"),
        ({"rungs": '[{"percent": 15}, {"percent": 15}]'}, "two equal levels"),
        ({"rungs": '[{"percent": 1}, {"percent": 2}, {"percent": 3}, {"percent": 4}, {"percent": 5}, {"percent": 6}]'},
         "6 levels"),
        ({"kind": "multibuy", "rungs": '[{"buy_quantity": 2, "pay_quantity": 2}]'}, "saves nothing"),
        ({"kind": "multibuy_price", "rungs": '[{"buy_quantity": 1, "price_cents": 100}]'}, "two or more"),
        ({"funding_percent": 120}, "funding of 120"),
        ({"budget_cents": -1}, "budget_cents is -1"),
        ({"category_id": None}, "names no products"),
        ({"category_id": "CAVIAR"}, "covers no product"),
        ({"until_on": date(2017, 11, 1)}, "deal d1: the period from 2017-11-01 until 2017-11-01 holds no day"),
        ({"funding_percent": -10}, "funding of -10"),
        ({"rungs": None}, "rungs is None"),
        ({"vendor_id": "gone"}, "is of vendor gone, who sells nothing here any more"),
        ({"product_ids": '["y", "x"]', "category_id": None}, "(it names x, y)"),
        ({"deal_id": "campaign-chips"}, "ids that begin with campaign- and coupon- are not for deals"),
    ],
)  # fmt: skip
def test_a_bad_deal_is_a_finding_and_the_rest_goes_on(change, message):
    read = read_deals([deal_row(**change), deal_row(deal_id="d2")], CHIPS)
    assert [one.deal_id for one in read.deals] == ["d2"]
    (finding,) = read.findings
    assert message in finding.message
    assert finding.raw == change.get("deal_id", "d1")


ASSUMED = Assumptions("assumed", coupon_depths=(10, 20), fee_cents=9)
CAMPAIGNS = [
    CouponCampaign("18", Period(date(2017, 10, 30), date(2017, 12, 25)), date(2017, 10, 30)),
    CouponCampaign("20", Period(date(2017, 11, 27), date(2018, 2, 6)), date(2017, 11, 27)),
    CouponCampaign("17", Period(date(2017, 10, 18), date(2017, 11, 20)), date(2017, 10, 18)),
    CouponCampaign("21", Period(date(2017, 12, 6), date(2018, 1, 8)), date(2017, 12, 6)),
]


def coupon(campaign, number, *products):
    return [{"campaign_id": campaign, "coupon_id": number, "product_id": name} for name in products]


def test_coupons_of_running_campaigns_become_deals():
    rows = coupon("18", "k1", "a", "b", "d") + coupon("17", "k2", "a") + coupon("21", "k3", "a")
    rows += coupon("20", "k1", "a") + coupon("18", "k4", "nowhere")
    found = coupon_deals(CAMPAIGNS, rows, CHIPS, ASSUMED, as_of_on=AS_OF)
    (one,) = found.deals
    assert found.empty == ("k4",)
    assert one.deal_id == "coupon-k1"
    assert one.product_ids == {"a", "d"}  # of the maker of most
    assert (one.vendor_id, one.funding_percent, one.fee_cents) == ("v1", 100, 9)
    assert [rung.percent for rung in one.rungs] == [10, 20]
    assert one.period.until_on == date(2018, 2, 6)
    assert one.synthetic


def test_the_store_pays_for_coupons_on_its_own_brand():
    (one,) = coupon_deals(CAMPAIGNS, coupon("18", "k1", "c"), CHIPS, ASSUMED, as_of_on=AS_OF).deals
    assert (one.vendor_id, one.funding_percent, one.fee_cents) == ("store", 0, 0)


def test_a_storewide_coupon_is_left_out():
    many = catalogue(*(product(f"p{n:03}") for n in range(301)))
    rows = coupon("18", "wide", *many.products) + coupon("18", "less", *list(many.products)[:300])
    found = coupon_deals(CAMPAIGNS, rows, many, ASSUMED, as_of_on=AS_OF)
    assert found.storewide == ("wide",)
    assert [one.deal_id for one in found.deals] == ["coupon-less"]


def test_buyers_of_a_need_count_goods_without_a_price():
    goods = Catalogue.of([product("a")], [(NeedId("POTATO CHIPS"), 5), (NeedId("BANANAS"), 7)])
    assert goods.need_buyers == {"POTATO CHIPS": 15, "BANANAS": 7}
    assert list(goods.products) == ["a"]


def test_a_deal_on_goods_without_a_price_says_what_would_help():
    goods = Catalogue.of([product("a")], [(NeedId("BANANAS"), 7)])
    found = read_deals([deal_row(category_id=None, need_id="BANANAS")], goods).findings
    assert "have one only when a price file posts it" in found[0].message
