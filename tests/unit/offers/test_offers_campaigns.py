"""Campaigns as deals, and households as their members."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from offer_samples import CYCLE, LONG, catalogue, product

from regulars.contracts import (
    BrandModule,
    CampaignAim,
    CampaignArm,
    CampaignId,
    CampaignPlan,
    CampaignStatus,
    CampaignTiming,
    Modules,
    UsageModule,
    default_modules,
    giving_faults,
)
from regulars.kernel import CategoryId, ConfigError, NeedId, Period, VendorId
from regulars.offers import campaign_arm, campaign_deal_id, campaign_deals, members_of

DEPTHS = (10, 20, 30, 40, 50)
GOODS = catalogue(
    product("own", brand_kind="own", vendor_id=VendorId("house")),
    product("brand a", 400, vendor_id=VendorId("a")),
    product("brand b", 390, vendor_id=VendorId("b")),
    product("dip", need_id=NeedId("DIP"), vendor_id=VendorId("a")),
    product("bread", category_id=CategoryId("BREAD"), brand_kind="own"),
)


def campaign(aim=CampaignAim.CONVERT_TO_OWN, **changes):
    lead, alternative = default_modules(aim, len(DEPTHS))
    fields = {
        "campaign_id": CampaignId("chips"),
        "name": "Chips",
        "aim": aim,
        "category_id": CategoryId("CHIPS"),
        "period": LONG,
        "depths_percent": DEPTHS,
        "lead": lead,
        "alternative": alternative,
        "budget_cents": 10_000,
        "control_percent": 0,
    }
    return CampaignPlan(**{**fields, **changes})


def buyer(**changes):
    row = {
        "household_id": "h",
        "campaign_id": "chips",
        "brand_module": "national",
        "usage_module": "heavy",
        "sureness": "many",
        "given_before": 0,
        "last_on": date(2017, 11, 20),
        "amount_cents": 2_000,
        "wanted_cents": 0,
        "rival_cents": 2_000,
        "due_in_days": 4,
        "wanted_days_since": 0,
        "other_days_since": 0,
    }
    return {**row, **changes}


def member(plan, **changes):
    found = members_of([buyer(**changes)], {plan.campaign_id: plan}, cycle=CYCLE.period)
    return found[0] if found else None


def deals_of(*plans, left=None):
    return campaign_deals(plans, GOODS, cycle=CYCLE.period, fee_cents=8, left_cents=left or {})


def test_the_nine_cells_come_from_six_modules_and_the_strongest_is_for_heavy_users_alone():
    lead, alternative = campaign().lead, campaign().alternative
    table = {
        arm: [[modules.rung(brand, usage, 0) for usage in UsageModule] for brand in BrandModule]
        for arm, modules in (("lead", lead), ("alternative", alternative))
    }
    assert table["lead"] == [[1, 2, 5], [1, 1, 4], [0, 0, 0]]
    assert table["alternative"] == [[1, 1, 3], [1, 2, 5], [0, 0, 0]]


def test_a_ladder_that_favours_medium_users_is_refused():
    lead, _ = default_modules(CampaignAim.CONVERT_TO_OWN, 5)
    flat = replace(lead, first_rung={**lead.first_rung, UsageModule.MEDIUM: 4})
    with pytest.raises(ConfigError, match="heavy users begin at 50 % and others at 40 %"):
        campaign(lead=flat)
    assert campaign(CampaignAim.WIN_BACK, lead=flat).lead == flat


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"budget_cents": 0}, "budget of 0 cents"),
        ({"budget_cents": -5}, "budget of -5 cents"),
        ({"funding_percent": -10}, "funding of -10 %"),
        ({"funding_percent": 100}, "names no vendor"),
        ({"vendor_id": VendorId("a"), "funding_percent": 50}, "one payer"),
        ({"control_percent": 60, "alternative_percent": 40}, "more than 90"),
        ({"depths_percent": (20, 10)}, "each deeper than the last"),
        ({"depths_percent": (20, 70)}, "from 1 to 60"),
        ({"aim": CampaignAim.BRAND_TO_BRAND}, "needs the vendor"),
        ({"aim": CampaignAim.TRIAL}, "needs the need"),
        ({"campaign_id": CampaignId("my campaign")}, "no short name"),
        ({"from_vendor_id": VendorId("a")}, "only brand to brand"),
    ],
)
def test_contradictions_are_named(changes, fault):
    with pytest.raises(ConfigError, match=fault):
        campaign(**changes)


def test_a_campaign_survives_json():
    plan = campaign(CampaignAim.BRAND_TO_BRAND, vendor_id=VendorId("a"), from_vendor_id=VendorId("b"))
    assert CampaignPlan.from_plain(json.loads(json.dumps(plan.as_plain()))) == plan


@pytest.mark.parametrize(
    ("aim", "changes", "wanted"),
    [
        (CampaignAim.CONVERT_TO_OWN, {}, {"own"}),
        (CampaignAim.CONVERT_TO_NATIONAL, {}, {"brand a", "brand b", "dip"}),
        (CampaignAim.CONVERT_TO_NATIONAL, {"vendor_id": VendorId("a")}, {"brand a", "dip"}),
        (CampaignAim.BRAND_TO_BRAND, {"vendor_id": VendorId("a"), "need_id": NeedId("POTATO CHIPS")}, {"brand a"}),
        (CampaignAim.TRIAL, {"need_id": NeedId("DIP")}, {"dip"}),
        (CampaignAim.WIN_BACK, {}, {"own", "brand a", "brand b", "dip"}),
    ],
)
def test_the_aim_says_which_goods(aim, changes, wanted):
    (deal,) = deals_of(campaign(aim, **changes)).deals
    assert deal.product_ids == wanted
    assert (deal.deal_id, deal.declared, deal.budget_cents) == ("campaign-chips", True, 10_000)
    assert [rung.percent for rung in deal.rungs] == list(DEPTHS)


def test_who_pays():
    (ours,) = deals_of(campaign()).deals
    (theirs,) = deals_of(campaign(CampaignAim.BRAND_TO_BRAND, vendor_id=VendorId("a"), funding_percent=100)).deals
    assert (ours.vendor_id, ours.funding_percent, ours.fee_cents) == ("store", 0, 0)
    assert (theirs.vendor_id, theirs.funding_percent, theirs.fee_cents) == ("a", 100, 8)


def test_what_cannot_give_is_named_and_the_rest_goes_on():
    plans = [
        campaign(),
        campaign(campaign_id=CampaignId("gone"), vendor_id=VendorId("bankrupt")),
        campaign(campaign_id=CampaignId("nothing"), category_id=CategoryId("FISH")),
        campaign(campaign_id=CampaignId("spent")),
        campaign(campaign_id=CampaignId("later"), period=Period(date(2018, 1, 1), date(2018, 2, 1))),
    ]
    read = deals_of(*plans, left={campaign_deal_id("spent"): 0})
    assert [plan.campaign_id for plan in read.campaigns] == ["chips"]
    assert [finding.message for finding in read.findings] == [
        "campaign gone: vendor bankrupt sells nothing here any more",
        "campaign nothing: no product it wants bought is sold and priced in FISH",
        "campaign spent: nothing is left of its 10000 cents",
    ]


def test_what_is_left_of_the_money_is_the_budget():
    (deal,) = deals_of(campaign(), left={campaign_deal_id("chips"): 700}).deals
    assert deal.budget_cents == 700


def test_offers_step_down_and_then_stop():
    rungs = [member(campaign(), given_before=times) for times in range(7)]
    assert [one.rung for one in rungs] == [5, 4, 3, 2, 1, 0, 0]
    assert [one.status for one in rungs[4:]] == [
        CampaignStatus.WANTED,
        CampaignStatus.RESTING,
        CampaignStatus.RESTING,
    ]


def test_it_stops_when_converted():
    plan = campaign()
    assert member(plan, given_before=1, wanted_days_since=2, other_days_since=2).status is CampaignStatus.CONVERTED
    assert member(plan, given_before=1, wanted_days_since=2, other_days_since=3).status is CampaignStatus.WANTED
    assert member(plan, given_before=1, wanted_days_since=1).status is CampaignStatus.WANTED
    assert member(plan, given_before=1, wanted_days_since=2, brand_module="own").status is CampaignStatus.CONVERTED
    assert member(plan, brand_module="own") is None
    assert member(plan, wanted_days_since=9).status is CampaignStatus.WANTED, "nothing was given yet"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, ""),
        ({"depths": (10, 20)}, "lead: of switcher buyers heavy users begin at 10 % and others at 10 %"),
        ({"shift": {BrandModule.NATIONAL: -99}}, "lead: of national buyers heavy users begin at 10 %"),
        ({"shift": {BrandModule.NATIONAL: 99}}, "beyond the deepest"),
        ({"first": dict.fromkeys(UsageModule, 0)}, "no cell gets an offer"),
    ],
)
def test_a_ladder_is_looked_at_cell_by_cell_when_it_is_made(changes, fault):
    depths = changes.get("depths", DEPTHS)
    lead, alternative = default_modules(CampaignAim.CONVERT_TO_OWN, len(depths))
    lead = Modules(changes.get("first", lead.first_rung), changes.get("shift", lead.shift))
    faults = giving_faults(campaign(depths_percent=depths, lead=lead, alternative=alternative))
    assert len(faults) == (1 if fault else 0)
    assert fault in "".join(faults)


def test_a_thank_you_never_counts_as_converted():
    plan = campaign(CampaignAim.THANK_YOU)
    assert member(plan, wanted_cents=50, given_before=1, wanted_days_since=9).status is CampaignStatus.WANTED
    assert member(plan, wanted_cents=0) is None
    assert member(plan, wanted_cents=50, usage_module="medium") is None


def test_the_need_gives_the_moment():
    assert member(campaign(), due_in_days=13).status is CampaignStatus.WANTED
    assert member(campaign(), due_in_days=-20).status is CampaignStatus.WANTED
    assert member(campaign(), due_in_days=14).status is CampaignStatus.NOT_DUE
    assert member(campaign(timing=CampaignTiming.ALWAYS), due_in_days=14).status is CampaignStatus.WANTED


def test_win_back_trial_and_brand_to_brand_take_those_they_are_about():
    win_back = campaign(CampaignAim.WIN_BACK)
    assert member(win_back, last_on=date(2017, 10, 2)).status is CampaignStatus.WANTED
    assert member(win_back, last_on=date(2017, 10, 3)) is None
    trial = campaign(CampaignAim.TRIAL, need_id=NeedId("DIP"))
    assert member(trial, amount_cents=0, due_in_days=None).status is CampaignStatus.WANTED
    assert member(trial, amount_cents=1) is None
    brand = campaign(CampaignAim.BRAND_TO_BRAND, vendor_id=VendorId("a"))
    assert member(brand, amount_cents=600, wanted_cents=100, rival_cents=500).status is CampaignStatus.WANTED
    assert member(brand, amount_cents=600, wanted_cents=101, rival_cents=499) is None
    assert member(brand, amount_cents=600, wanted_cents=0, rival_cents=0) is None


def test_arms_are_drawn_by_hash_once_for_all():
    plan = campaign(control_percent=20, alternative_percent=30)
    arms = Counter(campaign_arm(plan, f"h{number}") for number in range(5_000))
    assert arms[CampaignArm.CONTROL] == pytest.approx(1_000, abs=120)
    assert arms[CampaignArm.ALTERNATIVE] == pytest.approx(1_500, abs=130)
    assert campaign_arm(plan, "h1") is campaign_arm(replace(plan, budget_cents=1), "h1")


def test_control_gets_nothing_and_the_alternative_has_its_own_ladder():
    control = member(campaign(control_percent=90))
    alternative = member(campaign(alternative_percent=90), household_id="h3")
    assert campaign_arm(campaign(control_percent=90), "h") is CampaignArm.CONTROL
    assert (control.status, control.rung) == (CampaignStatus.CONTROL, 0)
    assert (alternative.arm, alternative.rung) == (CampaignArm.ALTERNATIVE, 3)
