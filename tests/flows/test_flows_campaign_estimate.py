"""What a campaign may leave the store, worked out by hand; and where two campaigns meet."""

from dataclasses import replace
from datetime import date

import pytest

from regulars.contracts import Assumptions, CampaignAim, CampaignId, CampaignPlan, default_modules
from regulars.flows import campaign_overlaps, estimate_campaign
from regulars.flows._cells import CellRow, NineCells
from regulars.kernel import CategoryId, DepartmentId, NeedId, Period, ProductId, VendorId
from regulars.offers import Catalogue, CatalogueProduct

LEAD, ALTERNATIVE = default_modules(CampaignAim.CONVERT_TO_OWN, 2)
PLAN = CampaignPlan(
    CampaignId("pain"),
    "Painkillers to our brand",
    CampaignAim.CONVERT_TO_OWN,
    CategoryId("C"),
    Period(date(2017, 12, 11), date(2018, 1, 22)),
    (10, 50),
    LEAD,
    ALTERNATIVE,
    budget_cents=100_000,
    control_percent=0,
)
CELLS = [NineCells("C", (CellRow("national", "heavy", 100, 0, 0),))]
ASSUMPTIONS = Assumptions("made up", {"": 25})


def product(name: str, kind: str, vendor: str = "v", need: str = "N") -> CatalogueProduct:
    return CatalogueProduct(
        ProductId(name), VendorId(vendor), DepartmentId("D"), CategoryId("C"), NeedId(need), kind, "", 400, 9
    )


GOODS = Catalogue.of([product("a", "own"), product("b", "national", "w"), product("c", "national", "x", "M")])


def test_what_is_left_is_margin_less_what_the_store_pays() -> None:
    found = estimate_campaign(PLAN, CELLS, GOODS, ASSUMPTIONS)
    assert found.cost_cents == pytest.approx(found.uses * 200)
    assert (found.store_cents, found.fee_cents) == (found.cost_cents, 0)
    assert found.left_cents == pytest.approx(found.margin_cents - found.cost_cents)
    assert found.left_cents < 0 < found.margin_cents
    assert found.left_low_cents < found.left_cents < found.left_high_cents


def test_a_vendor_who_pays_leaves_the_store_the_margin_and_the_fee() -> None:
    paid = replace(PLAN, vendor_id=VendorId("v"), funding_percent=100)
    mine, theirs = (estimate_campaign(one, CELLS, GOODS, ASSUMPTIONS) for one in (PLAN, paid))
    assert (theirs.cost_cents, theirs.margin_cents) == (mine.cost_cents, mine.margin_cents)
    assert theirs.store_cents == 0
    assert theirs.fee_cents == pytest.approx(theirs.uses * ASSUMPTIONS.fee_cents)
    assert theirs.left_cents == pytest.approx(theirs.margin_cents + theirs.fee_cents)


def test_fewer_uses_are_expected_where_coupons_taught_so_and_it_is_said() -> None:
    learnt = replace(ASSUMPTIONS, redemption_need=0.002, learnt_until_on=date(2017, 11, 27))
    assumed, taught = (estimate_campaign(PLAN, CELLS, GOODS, one) for one in (ASSUMPTIONS, learnt))
    assert 0 < taught.uses < assumed.uses / 10
    assert (assumed.learnt_until_on, taught.learnt_until_on) == (None, date(2017, 11, 27))


def test_a_price_is_that_of_the_vendor_the_campaign_names() -> None:
    goods = Catalogue.of([product("a", "national"), replace(product("b", "national", "w"), price_cents=900)])
    plan = replace(PLAN, aim=CampaignAim.CONVERT_TO_NATIONAL, vendor_id=VendorId("w"))
    assert estimate_campaign(plan, CELLS, goods, ASSUMPTIONS).price_cents == 900


def test_two_campaigns_on_the_same_goods_leave_nothing_for_the_second() -> None:
    second = replace(PLAN, campaign_id=CampaignId("pain-again"))
    [one] = campaign_overlaps([second, PLAN], GOODS)
    assert (one.first, one.second, one.period) == (PLAN, second, PLAN.period)
    assert (one.shared, one.nothing_left) == (1, True)


def test_campaigns_on_other_goods_days_needs_or_categories() -> None:
    other = replace(PLAN, campaign_id=CampaignId("z"), aim=CampaignAim.WIN_BACK)
    [one] = campaign_overlaps([PLAN, other], GOODS)
    assert (one.shared, one.nothing_left) == (1, False)
    national = replace(other, aim=CampaignAim.CONVERT_TO_NATIONAL)
    [one] = campaign_overlaps([PLAN, national], GOODS)
    assert (one.shared, one.nothing_left) == (0, False)
    later = replace(other, period=Period(PLAN.period.until_on, date(2018, 3, 5)))
    elsewhere = replace(other, category_id=CategoryId("other"))
    assert campaign_overlaps([PLAN, later, elsewhere], GOODS) == ()
    needs = replace(PLAN, need_id=NeedId("N")), replace(other, need_id=NeedId("M"))
    assert campaign_overlaps(needs, GOODS) == ()
