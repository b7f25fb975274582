"""The cap on living on deals: the best households get the shallowest level alone, and are told why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_shop import lines
from test_flows_plan import ASSUMED, build, deal_rows, of, planned

from regulars.contracts import HoldoutPolicy, ListPolicy
from regulars.flows import explain_list
from regulars.flows._household_habits import capped_households

ALL_BEST = ListPolicy(
    slots_min=0,
    slots_max=5,
    bands=tuple(replace(band, weekly_spend_from_cents=0, face_min_cents=0) for band in ListPolicy().bands),
)
FAR_FIRST = {
    "kind": "threshold",
    "rungs": '[{"threshold_cents": 3000, "amount_cents": 100}, {"threshold_cents": 300, "amount_cents": 110},'
    ' {"threshold_cents": 290, "amount_cents": 120}]',
}
"""A first level that nobody buys enough to reach."""


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    """One shop whose households are all of the best tier, planned without the cap and with one that meets all."""
    rows = deal_rows()
    rows[1] |= FAR_FIRST
    warehouse = planned(tmp_path_factory.mktemp("shop"), lines(), deals=rows)
    common = {
        "policy": ALL_BEST,
        "holdout": HoldoutPolicy(household_share=0.0),
        "assumptions": replace(ASSUMED, store_markdown_cents=None, vendor_budget_cents=None),
    }
    return warehouse, build(warehouse, **common), build(warehouse, **common, dependence_cap_percent=0)


def levels_given(warehouse, summary):
    return {row["level"] for row in of(warehouse, summary, "plan_grants") if not row["discovery"]}


def test_a_capped_household_gets_the_shallowest_level_alone(plans):
    warehouse, free, capped = plans
    assert max(levels_given(warehouse, free)) > 1
    assert levels_given(warehouse, capped) == {1}
    assert of(warehouse, free, "plan_capped") == []
    ids = [row["household_id"] for row in of(warehouse, capped, "plan_lists")]
    assert [row["household_id"] for row in of(warehouse, capped, "plan_capped")] == sorted(ids)
    assert free.plan_id != capped.plan_id


def test_what_only_a_deeper_level_would_do_is_told_with_a_code_of_its_own(plans):
    warehouse, free, capped = plans
    free_had = {(row["household_id"], row["offer_id"]) for row in of(warehouse, free, "plan_options")}
    barred = {
        (row["household_id"], row["offer_id"])
        for row in of(warehouse, capped, "plan_misses")
        if row["reason_code"] == "no_dependence"
    }
    had = {(row["household_id"], row["offer_id"]) for row in of(warehouse, capped, "plan_options")}
    deal = {row["offer_id"] for row in of(warehouse, capped, "plan_terms") if row["deal_id"] == "d1"}
    assert barred
    assert barred == {pair for pair in free_had - had if pair[1] in deal}
    assert not any(row["reason_code"] == "no_dependence" for row in of(warehouse, free, "plan_misses"))


def test_explain_says_that_the_cap_chose_the_level(plans):
    warehouse, _, capped = plans
    household = of(warehouse, capped, "plan_grants")[0]["household_id"]
    told = explain_list(warehouse, capped.plan_id, household)
    assert {grant.why_level for grant in told.grants} <= {
        "the shallowest alone: it lives on deals, and the store caps that",
        "drawn at random, to learn",
    }
    assert any("caps" in grant.why_level for grant in told.grants)


def test_only_the_two_best_tiers_are_capped_and_only_from_the_share_set():
    share, tiers = np.array([50.0, 49.9, 80.0, 80.0]), np.array([3, 3, 2, 1])
    assert capped_households(share, tiers, 4, 50).tolist() == [True, False, True, False]
    assert capped_households(share, tiers, 4, None).tolist() == [False] * 4
