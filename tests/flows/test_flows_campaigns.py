"""Campaigns in the plans of the small shop: who is given what, what steps down, what stops, what it brought."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from small_shop import AS_OF, SETTINGS, engine, lines, products, rows_of
from test_flows_plan import KEYS, of, planned, settings

from regulars.contracts import (
    BrandModule,
    CampaignAim,
    CampaignArm,
    CampaignId,
    CampaignPlan,
    CampaignTiming,
    HoldoutPolicy,
    UsageModule,
    default_modules,
)
from regulars.flows import DeskPlan, build_plan, campaign_result, run_forecast, snapshot
from regulars.flows._campaign_desk import plan_cells
from regulars.kernel import CategoryId, Period, cycle_starting
from regulars.offers import campaign_arm
from regulars.testing import SilentProgress

NEXT = AS_OF + timedelta(days=14)
HOLDOUT = HoldoutPolicy(household_share=0.15)
LEAD, ALTERNATIVE = default_modules(CampaignAim.CONVERT_TO_OWN, 5)
CAMPAIGN = CampaignPlan(
    CampaignId("own"),
    "Own brand of C0",
    CampaignAim.CONVERT_TO_OWN,
    CategoryId("C0"),
    Period(AS_OF, AS_OF + timedelta(days=84)),
    (15, 20, 25, 30, 45),
    LEAD,
    ALTERNATIVE,
    budget_cents=2_000,
    control_percent=30,
    timing=CampaignTiming.ALWAYS,
)


def build(warehouse, day=AS_OF, plan=CAMPAIGN, **desk):
    chosen = settings(
        holdout=HOLDOUT, cycle=cycle_starting(day, date(2017, 1, 2)), desk=DeskPlan(campaigns=(plan,), **desk)
    )
    return build_plan(warehouse, engine(), settings=chosen, keys=KEYS, progress=SilentProgress())


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    warehouse = planned(tmp_path_factory.mktemp("campaigns"), lines())
    return warehouse, build(warehouse)


def test_every_member_is_in_its_cell_and_given_its_rung(shop):
    warehouse, summary = shop
    members = of(warehouse, summary, "plan_campaigns")
    cells = {
        row["household_id"]: (row["brand_module"], row["usage_module"])
        for row in rows_of(warehouse, snapshot(AS_OF, "household_cells"))
        if row["category_id"] == "C0"
    }
    terms = {(row["offer_id"], row["level"]): row for row in of(warehouse, summary, "plan_terms")}
    grants = {
        row["household_id"]: terms[row["offer_id"], row["level"]]
        for row in of(warehouse, summary, "plan_grants")
        if row["offer_id"].startswith("campaign-own")
    }
    assert grants
    for member in members:
        assert cells[member["household_id"]] == (member["brand_module"], member["usage_module"])
        assert member["brand_module"] != "own"
        cell = (BrandModule(member["brand_module"]), UsageModule(member["usage_module"]))
        if member["offer_id"] is not None:
            percent = CAMPAIGN.depths_percent[LEAD.rung(*cell, 0) - 1]
            assert grants.pop(member["household_id"])["percent"] == percent
    assert grants == {}


def test_control_and_held_out_households_get_nothing_of_it(shop):
    warehouse, summary = shop
    members = of(warehouse, summary, "plan_campaigns")
    control = {row["household_id"] for row in members if row["arm"] == "control"}
    held_out = {row["household_id"] for row in of(warehouse, summary, "plan_lists") if row["arm"] == "holdout"}
    given = {
        row["household_id"]
        for row in of(warehouse, summary, "plan_grants")
        if row["offer_id"].startswith("campaign-own")
    }
    assert control
    assert held_out
    assert given.isdisjoint(control | held_out)
    assert {row["household_id"] for row in members}.isdisjoint(held_out)


def test_its_money_is_its_own(shop):
    """The store pays, out of the campaign's budget, which is no part of the markdown of all other offers."""
    warehouse, summary = shop
    levels = {(row["offer_id"], row["level"]): row for row in of(warehouse, summary, "plan_levels")}
    budgets = {row["offer_id"]: row["vendor_budget_micros"] for row in of(warehouse, summary, "plan_offers")}
    spent = Fraction(0)
    for row in of(warehouse, summary, "plan_grants"):
        if row["offer_id"].startswith("campaign-own"):
            level = levels[row["offer_id"], row["level"]]
            assert level["funding_micros"] == level["face_micros"]
            assert row["funding_cents"] == 0
            spent += Fraction(row["redemptions"]) * level["face_micros"]
    mine = [budget for offer_id, budget in budgets.items() if offer_id.startswith("campaign-own")]
    assert sum(mine) == CAMPAIGN.budget_cents * 10_000
    assert 0 < spent <= CAMPAIGN.budget_cents * 10_000


def test_a_small_budget_is_kept(shop):
    warehouse, _ = shop
    summary = build(warehouse, plan=replace(CAMPAIGN, budget_cents=110))
    cells = plan_cells(warehouse, summary.plan_id, "own")
    assert 0 < sum(cell.expected_cents for cell in cells) <= 110
    assert any(cell.statuses.get("wanted", 0) > cell.given for cell in cells)


def test_offers_step_down_or_stop_in_the_next_cycle(shop):
    warehouse, summary = shop
    run_forecast(warehouse, engine(), as_of_on=NEXT, **SETTINGS)
    later = build(warehouse, NEXT, applied=(summary.plan_id,))
    before = {row["household_id"]: row for row in of(warehouse, summary, "plan_campaigns")}
    after = {row["household_id"]: row for row in of(warehouse, later, "plan_campaigns")}
    again = {one for one, row in after.items() if row["given_before"]}
    assert again == {one for one, row in before.items() if row["offer_id"] is not None} & after.keys()
    assert again
    bought = _days_since(AS_OF, NEXT)
    for one in again:
        wanted, other = bought[one]
        converted = wanted >= CAMPAIGN.converted_days and wanted >= other
        assert (after[one]["status"] == "converted") == converted
        same_cell = all(after[one][name] == before[one][name] for name in ("brand_module", "usage_module"))
        if not converted and same_cell:
            assert after[one]["rung"] == before[one]["rung"] - 1
    assert {row["household_id"] for row in after.values() if row["status"] == "converted"} <= again


def _days_since(since, until):
    """Days on which each household bought own and other goods of C0 that can be priced, counted by hand."""
    kind = {row["product_id"]: row["brand_kind"] for row in products() if row["category_id"] == "C0"}
    days = defaultdict(lambda: (set(), set()))
    for row in lines():
        known = row["product_id"] in kind and row["product_id"] not in {"aspirin", "pump pills"}
        if known and since <= row["sold_on"] < until and row["quantity_milli"] > 0 and row["amount_cents"] > 0:
            days[row["household_id"]][kind[row["product_id"]] != "own"].add(row["sold_on"])
    return defaultdict(lambda: (0, 0), {one: (len(own), len(other)) for one, (own, other) in days.items()})


class NoRedemptions:
    """A ledger whose grants nobody used."""

    def grants_of(self, plan_id):
        return iter(())


def test_the_result_is_the_profit_counted_by_hand(shop):
    warehouse, summary = shop
    run_forecast(warehouse, engine(), as_of_on=NEXT, **SETTINGS)
    result = campaign_result(
        CAMPAIGN, [summary.plan_id], warehouse, engine(), NoRedemptions(), settings().assumptions, as_of_on=NEXT
    )
    members = {
        row["household_id"]: row
        for row in of(warehouse, summary, "plan_campaigns")
        if row["status"] in {"wanted", "control"}
    }
    category = {row["product_id"] for row in products() if row["category_id"] == "C0"} - {"aspirin", "pump pills"}
    profit = defaultdict(float)
    for row in lines():
        if row["product_id"] in category and AS_OF <= row["sold_on"] < NEXT and row["amount_cents"] > 0:
            profit[row["household_id"]] += row["amount_cents"] * 40 / 100
    for cell in result.cells:
        mine = [
            profit[one]
            for one, row in members.items()
            if (row["arm"], row["brand_module"], row["usage_module"])
            == (cell.arm, cell.brand_module, cell.usage_module)
        ]
        assert cell.households == len(mine)
        assert cell.profit_cents == pytest.approx(sum(mine) / len(mine))
    arms = {row["arm"] for row in members.values()}
    assert {campaign_arm(CAMPAIGN, one).value for one in members} == arms
    assert sum(cell.households for cell in result.cells) == sum(
        row["arm"] != CampaignArm.CONTROL for row in members.values()
    )
    assert result.better == ""


def test_of_two_campaigns_on_the_same_goods_the_id_that_comes_first_keeps_them(shop):
    """What forms say of two that meet."""
    warehouse, _ = shop
    again = replace(CAMPAIGN, campaign_id=CampaignId("own-again"))
    chosen = settings(
        holdout=HOLDOUT, cycle=cycle_starting(AS_OF, date(2017, 1, 2)), desk=DeskPlan(campaigns=(again, CAMPAIGN))
    )
    summary = build_plan(warehouse, engine(), settings=chosen, keys=KEYS, progress=SilentProgress())
    given = [row["offer_id"] for row in of(warehouse, summary, "plan_grants")]
    assert any(one.startswith("campaign-own") for one in given)
    assert not any(one.startswith("campaign-own-again") for one in given)
