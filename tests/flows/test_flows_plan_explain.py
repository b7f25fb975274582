"""Why a list is as it is, and what changed between two plans: counted against the plans' own tables."""

from __future__ import annotations

from collections import Counter

import pytest
from small_shop import AS_OF, lines
from test_flows_plan import ASSUMED, build, of, planned

from regulars.contracts import Assumptions, ReasonCode
from regulars.flows import diff_plans, explain_list
from regulars.kernel import ContractError

TIGHT = Assumptions("assumed", {"": 40}, vendor_budget_cents=60)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    warehouse = planned(tmp_path_factory.mktemp("shop"), lines())
    return warehouse, build(warehouse)


@pytest.fixture(scope="module")
def tight(shop):
    """The same shop when its vendor has next to no money."""
    warehouse, _ = shop
    return warehouse, build(warehouse, assumptions=TIGHT)


def test_every_offer_that_was_looked_at_is_on_the_list_or_explained(tight):
    warehouse, summary = tight
    options, early = of(warehouse, summary, "plan_options"), of(warehouse, summary, "plan_misses")
    grants = of(warehouse, summary, "plan_grants")
    codes = {code.value for code in ReasonCode if code.value.startswith("no_")}
    seen = Counter()
    for row in of(warehouse, summary, "plan_lists"):
        household = row["household_id"]
        told = explain_list(warehouse, summary.plan_id, household)
        mine = {r["offer_id"]: r for r in grants if r["household_id"] == household}
        assert [grant.offer_id for grant in told.grants] == sorted(mine, key=lambda one: mine[one]["slot"])
        looked_at = {r["offer_id"] for rows in (options, early) for r in rows if r["household_id"] == household}
        missed = [miss.offer_id for miss in told.misses]
        assert set(missed) == looked_at - set(mine)
        assert len(missed) == len(set(missed))
        assert {miss.reason_code for miss in told.misses} <= codes
        for grant in told.grants:
            assert grant.displaced_offer_id not in mine
            assert grant.why_level
        seen.update(miss.reason_code for miss in told.misses)
    assert seen["no_budget"] > 0
    assert seen["no_alike"] > 0
    assert seen["no_closed_tier"] == 0


def test_a_full_category_is_told_only_where_it_is_full(shop):
    warehouse, summary = shop
    category = {row["offer_id"]: row["category_id"] for row in of(warehouse, summary, "plan_offers")}
    options = {(row["household_id"], row["offer_id"]) for row in of(warehouse, summary, "plan_options")}
    for row in of(warehouse, summary, "plan_lists"):
        told = explain_list(warehouse, summary.plan_id, row["household_id"])
        held = Counter(category[grant.offer_id] for grant in told.grants)
        for miss in told.misses:
            weighed = (row["household_id"], miss.offer_id) in options
            assert (miss.net_micros is not None) == weighed
            if weighed and miss.reason_code == "no_category_full":
                assert held[category[miss.offer_id]] == 2


def test_a_household_without_a_list_is_refused_by_name(shop):
    warehouse, summary = shop
    with pytest.raises(ContractError, match="no list for household 'nobody'"):
        explain_list(warehouse, summary.plan_id, "nobody")


def test_a_plan_does_not_differ_from_itself(shop):
    warehouse, summary = shop
    diff = diff_plans(warehouse, summary.plan_id, summary.plan_id)
    assert (diff.lists_same, diff.grants_same) == (summary.households, summary.grants)
    assert diff.grants_new == diff.grants_gone == diff.grants_deeper == diff.grants_shallower == 0
    assert diff.vendors == diff.offers == diff.limits == ()


def test_a_difference_counts_every_grant_of_both_plans(shop):
    warehouse, summary = shop
    other = build(warehouse, assumptions=TIGHT)
    diff = diff_plans(warehouse, summary.plan_id, other.plan_id)
    both = diff.grants_same + diff.grants_deeper + diff.grants_shallower
    assert both + diff.grants_gone == summary.grants
    assert both + diff.grants_new == other.grants
    first, second = (
        {(r["household_id"], r["offer_id"], r["level"]) for r in of(warehouse, plan, "plan_grants")}
        for plan in (summary, other)
    )
    assert diff.grants_same == len(first & second) < summary.grants
    moved = {one.limit_id: (one.before, one.after) for one in diff.limits}
    named = 1_200_000  # what other deals of the vendor name
    assert moved == {
        "v": (6_000_000 + named, 600_000 + named),
        "all": (ASSUMED.store_markdown_cents * 10_000, None),
    }
    change = {one.name: one.specials_after - one.specials_before for one in diff.vendors}
    assert sum(change.values()) == other.grants - summary.grants
    assert summary.plan_id.startswith(AS_OF.isoformat())
