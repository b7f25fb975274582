"""What is drawn, kept and withheld: discoveries, stickiness, stock, wishes, control, matched holdout lists."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import test_flows_plan
from small_shop import AS_OF, deciding, engine, lines
from test_flows_plan import deal_rows, of, planned

from regulars.contracts import Assumptions, Eligibility, HoldoutPolicy, PlanPolicy
from regulars.flows import NewFile, Publication, budget_curves, explain_list, run_forecast
from regulars.flows._draws import discovery_places
from regulars.flows._rows import contract_schema
from regulars.testing import SilentProgress

PLAIN = PlanPolicy(discovery_share=0.0, grant_control_share=0.0)


def build(warehouse, **changes):
    free = {"holdout": HoldoutPolicy(0.3, "h"), "assumptions": Assumptions("assumed", {"": 40})}
    return test_flows_plan.build(warehouse, **{**free, **changes})


def give(warehouse, name, rows):
    with warehouse.scratch() as folder:
        path = folder / f"{name}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, schema=contract_schema(name)), path)
        warehouse.publish(Publication({name: [NewFile(path)]}))


def roomy():
    """Deals that limit nothing, one a need, so that every list could hold every offer."""
    free = {"budget_cents": None, "distributions_max": None, "distributions_min": 0}
    return [{**row, **free, "vendor_id": "v", "funding_percent": 100, "fee_cents": 8} for row in deal_rows()]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    warehouse = planned(tmp_path_factory.mktemp("shop"), lines(), deals=roomy(), forecast=False)
    everybody = deciding(eligibility=Eligibility(weekly_spend_cents=100, weeks=8))
    run_forecast(warehouse, engine(), as_of_on=AS_OF, **everybody)
    return warehouse


def lists_of(warehouse, summary):
    found = defaultdict(list)
    for row in of(warehouse, summary, "plan_grants"):
        found[row["household_id"]].append(row)
    return found


def test_without_choices_everything_is_chosen(shop):
    summary = build(shop, choices=PLAIN)
    grants = of(shop, summary, "plan_grants")
    assert not any(row["discovery"] or row["draw_chance"] is not None for row in grants)
    assert of(shop, summary, "plan_controls") == []


def test_discoveries_are_marked_and_never_what_the_household_buys(shop):
    summary = build(shop, choices=PlanPolicy(discovery_share=0.3, grant_control_share=0.0))
    bought = {
        (row["household_id"], row["product_id"]) for row in of(shop, build(shop, choices=PLAIN), "plan_grants")
        if row["kind"] in {"due", "usual", "bought"}
    }  # fmt: skip
    drawn = [row for row in of(shop, summary, "plan_grants") if row["discovery"]]
    assert drawn
    for row in drawn:
        assert row["arm"] == "targeted"
        assert row["reason_code"] == "discovery"
        assert row["kind"] == "suggestion"
        assert 0 < row["draw_chance"] <= 1
        assert (row["household_id"], row["product_id"]) not in bought
    assert max(Counter(row["household_id"] for row in drawn).values()) <= discovery_places(16, 5, 0.3)


def test_a_withheld_grant_makes_way_for_the_next_best(shop):
    before, after = (
        build(shop, choices=PlanPolicy(discovery_share=0.0, grant_control_share=share)) for share in (0.0, 0.3)
    )
    controls = {(row["household_id"], row["offer_id"]) for row in of(shop, after, "plan_controls")}
    first, second = (
        {
            (row["household_id"], row["offer_id"])
            for row in of(shop, one, "plan_grants")
            if row["arm"] == "targeted"
        }
        for one in (before, after)
    )
    assert controls
    assert controls == first - second, "nobody loses anything else"
    new = Counter(household for household, _ in second - first)
    gone = Counter(household for household, _ in controls)
    assert all(count <= gone[household] for household, count in new.items())
    household = min(gone)
    told = {miss.offer_id: miss.reason_code for miss in explain_list(shop, after.plan_id, household).misses}
    assert {told[offer] for one, offer in controls if one == household} == {"no_withheld"}
    assert all(row["share"] == 0.3 for row in of(shop, after, "plan_controls"))


def test_held_out_lists_are_as_long_and_as_valuable_as_chosen_ones(shop):
    summary = build(shop, choices=PLAIN)
    tiers = {row["household_id"]: (row["arm"], row["tier"]) for row in of(shop, summary, "plan_lists")}
    chosen = {
        len(rows) for household, rows in lists_of(shop, summary).items() if tiers[household][0] == "targeted"
    }
    drawn = {len(rows) for household, rows in lists_of(shop, summary).items() if tiers[household][0] == "holdout"}
    assert drawn
    assert drawn <= chosen
    none = build(shop, choices=PlanPolicy(discovery_share=0.0, grant_control_share=0.0, holdout_lists=False))
    assert {row["arm"] for row in of(shop, none, "plan_grants")} == {"targeted"}


def test_wishes_are_kept(shop):
    plain = build(shop, choices=PLAIN)
    lists = lists_of(shop, plain)
    nothing, picky = sorted(household for household in lists if lists[household][0]["arm"] == "targeted")[:2]
    barred = lists[picky][0]
    held_out = next(household for household in lists if lists[household][0]["arm"] == "holdout")
    rows = [(nothing, "no_offers", ""), (held_out, "no_offers", ""), (picky, "no_need", barred["need_id"]),
            (picky, "no_singing", "x")]  # fmt: skip
    late = [{"household_id": picky, "kind": "no_offers", "item_id": "", "known_from_on": date(2017, 6, 6)}]
    named = ("household_id", "kind", "item_id")
    known = [{**dict(zip(named, row, strict=True)), "known_from_on": date(2017, 1, 1)} for row in rows]
    give(shop, "wishes", [*known, *late])
    try:
        asked = build(shop, choices=PLAIN)
        after = lists_of(shop, asked)
        assert nothing not in after
        assert held_out not in after
        assert barred["need_id"] not in {row["need_id"] for row in after[picky]}
        assert len(after[picky]) >= 1
        told = {miss.offer_id: miss.reason_code for miss in explain_list(shop, asked.plan_id, picky).misses}
        assert told[barred["offer_id"]] == "no_opted_out"
        left_out = [row for row in of(shop, asked, "plan_left_out") if row["reason_code"] == "wish-is-known"]
        assert [row["detail"][:33] for row in left_out] == ["1 wishes of kind 'no_singing' are"]
    finally:
        give(shop, "wishes", [])


def test_what_is_out_of_stock_in_the_home_store_is_not_offered_there(shop):
    plain = build(shop, choices=PLAIN)
    stores = {row["household_id"]: row["store_id"] for row in of(shop, plain, "plan_lists")}
    product = Counter(row["product_id"] for row in of(shop, plain, "plan_grants")).most_common(1)[0][0]
    day = date(2017, 6, 2)
    count = {"product_id": product, "counted_on": day, "quantity_milli": 0, "known_from_on": day}
    give(shop, "stock", [{"store_id": "s0", **count}])
    try:
        scarce = build(shop, choices=PLAIN)
        shown = {(stores[row["household_id"]], row["product_id"]) for row in of(shop, scarce, "plan_grants")}
        assert ("s0", product) not in shown
        assert ("s1", product) in shown
    finally:
        give(shop, "stock", [])


def test_what_stood_on_the_last_list_is_worth_more(shop):
    def worths(summary):
        rows = of(shop, summary, "plan_options")
        return {(row["household_id"], row["offer_id"], row["level"]): row["value_micros"] for row in rows}

    plain = build(shop, choices=PLAIN)
    before = worths(plain)
    stood = {(r["household_id"], r["offer_id"]) for r in of(shop, plain, "plan_grants")}
    choices = PlanPolicy(discovery_share=0.0, grant_control_share=0.0, stickiness_cents=100)
    sticky = build(shop, choices=choices, last_plan_id=plain.plan_id)
    after = worths(sticky)
    raised = {key for key in before.keys() & after.keys() if after[key] != before[key]}
    assert raised
    assert {key[:2] for key in raised} <= stood
    assert {after[key] - before[key] for key in raised} == {1_000_000}
    assert max(r["value_micros"] for r in of(shop, sticky, "plan_grants")) < 1_000_000, "a value holds no bonus"
    assert sticky.as_of_on == AS_OF


def test_more_money_adds_what_a_plan_with_more_money_brings(shop):
    free = build(shop, choices=PLAIN)
    summary = build(shop, choices=PLAIN, assumptions=Assumptions("assumed", {"": 40}, vendor_budget_cents=60))
    (curve,) = budget_curves(shop, summary.plan_id, SilentProgress())
    assert (curve.limit_id, [extra for extra, _ in curve.points]) == ("v", [100_000, 500_000, 2_000_000])
    added = [worth for _, worth in curve.points]
    assert added == [curve.most_micros] * 3, "sixty cents are soon enough"
    grants = [row for row in of(shop, free, "plan_grants") if row["arm"] == "targeted" and row["vendor_id"] == "v"]
    spent = sum(row["redemptions"] * row["funding_cents"] for row in grants)
    assert curve.enough_cents == pytest.approx(spent - curve.budget_cents, rel=0.15)
    assert curve.next_dollar_micros > 0
    gained = free.bound_micros - summary.bound_micros
    assert curve.most_micros == pytest.approx(gained, rel=0.02)


def test_where_no_budget_binds_there_is_no_curve(shop):
    summary = build(shop, choices=PLAIN)
    assert budget_curves(shop, summary.plan_id, SilentProgress()) == ()
