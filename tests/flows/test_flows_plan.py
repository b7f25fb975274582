"""Plans of the small shop: every limit kept, the same bytes for any order, closed goods without a trace."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_shop import AS_OF, DECIDED, SETTINGS, UNKNOWN, engine, lines, products, rows_of, stocked

from regulars.cli._forecast_explain import told_notes
from regulars.contracts import (
    Assumptions,
    HoldoutPolicy,
    LayoutDepartment,
    ListPolicy,
    PlanPolicy,
    ValidityPolicy,
    ValidityRule,
    table,
)
from regulars.flows import (
    PLAN_TABLES,
    DocumentSettings,
    NewFile,
    PlanSettings,
    Publication,
    build_plan,
    explain_forecast,
    newest_plan_of,
    plan_assumptions,
    plan_dataset,
    plan_documents,
    plan_programme,
    plan_record,
    plans_of,
    run_forecast,
    show_plan,
)
from regulars.flows._plan import verify_frozen
from regulars.flows._plan_freeze import FrozenPlan
from regulars.flows._plan_show import thin_lists
from regulars.flows._rows import contract_schema
from regulars.kernel import CodeForm, CodeKeys, ContractError, cycle_starting
from regulars.lift import Arm
from regulars.offers import SensitivePolicy
from regulars.testing import SilentProgress

KEYS = CodeKeys(b"c" * 32, b"s" * 32, b"p" * 32)
ASSUMED = Assumptions("assumed", {"": 40}, store_markdown_cents=150, vendor_budget_cents=600)
POLICY = ListPolicy(slots_min=3, slots_max=5)


def settings(**changes):
    fields = {
        "cycle": cycle_starting(AS_OF, date(2017, 1, 2)),
        "programme_year": 1,
        "policy": POLICY,
        "holdout": HoldoutPolicy(household_share=0.4),
        "assumptions": ASSUMED,
        "sensitive": SensitivePolicy(closed=frozenset(DECIDED.closed_tiers)),
    }
    return PlanSettings(**{**fields, **changes})


def deal_rows():
    """One deal a category and need, vendor and store in turn, some with budgets, caps and guarantees."""
    rows = []
    for place in range(6):
        by_store = place % 3 == 2
        rows.append({
            "deal_id": f"d{place}", "name": f"Deal {place}", "vendor_id": "store" if by_store else "v",
            "kind": "percent_off", "rungs": '[{"percent": 15}, {"percent": 25}, {"percent": 40}]',
            "funding_percent": 0 if by_store else 100, "fee_cents": 0 if by_store else 8,
            "department_id": "FOOD", "category_id": None, "need_id": f"N{place}", "brand_kind": None,
            "product_ids": None, "store_ids": None, "from_on": date(2017, 5, 1), "until_on": date(2017, 7, 1),
            "budget_cents": 120 if place == 0 else None, "distributions_max": 4 if place == 2 else None,
            "distributions_min": 2 if place == 4 else 0, "make_good_cents": 10, "state": "approved", "synthetic": True,
            "thank_you": None, "exclusive": None,
            "known_from_on": date(2017, 5, 1),
        })  # fmt: skip
    return rows


def planned(root, rows, *, deals=None, forecast=True):
    warehouse = stocked(root, rows)
    with warehouse.scratch() as folder:
        path = folder / "deals.parquet"
        pq.write_table(pa.Table.from_pylist(deals or deal_rows(), schema=contract_schema("deals")), path)
        warehouse.publish(Publication({"deals": [NewFile(path)]}))
    if forecast:
        run_forecast(warehouse, engine(), as_of_on=AS_OF, **SETTINGS)
    return warehouse


def build(warehouse, **changes):
    return build_plan(warehouse, engine(), settings=settings(**changes), keys=KEYS, progress=SilentProgress())


def of(warehouse, summary, name):
    return rows_of(warehouse, plan_dataset(summary.plan_id, name))


def content(warehouse, summary):
    return {name: of(warehouse, summary, name) for name in PLAN_TABLES}


def documents(warehouse, summary):
    chosen = DocumentSettings("shop.example", CodeForm(47), [LayoutDepartment("FOOD", "Food")], "assumed")
    return list(plan_documents(warehouse, summary.plan_id, chosen, KEYS, proof=True))


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    warehouse = planned(tmp_path_factory.mktemp("shop"), lines())
    return warehouse, build(warehouse)


def test_a_plan_has_a_list_for_every_eligible_household(shop):
    warehouse, summary = shop
    lists = of(warehouse, summary, "plan_lists")
    assert summary.built
    assert summary.households == len(lists) > 5
    assert 0 < summary.held_out < summary.households
    assert sorted(row["list_number"] for row in lists) == list(range(1, len(lists) + 1))
    assert {row["arm"] for row in lists} == {"targeted", "holdout"}
    by_number = sorted(lists, key=lambda row: row["list_number"])
    assert [row["store_id"] for row in by_number] == sorted(row["store_id"] for row in lists)
    assert len({row["sequence"] for row in lists}) == len(lists)


def test_a_plan_keeps_what_was_assumed_when_it_was_built(shop):
    warehouse, summary = shop
    assert plan_assumptions(warehouse, summary.plan_id) == ASSUMED


def test_every_limit_holds_over_both_arms(shop):
    warehouse, summary = shop
    grants, levels = of(warehouse, summary, "plan_grants"), of(warehouse, summary, "plan_levels")
    money = {(row["offer_id"], row["level"]): (row["face_micros"], row["funding_micros"]) for row in levels}
    offers = {row["offer_id"]: row for row in of(warehouse, summary, "plan_offers")}
    given = Counter(row["offer_id"] for row in grants)
    vendor: dict[str, Fraction] = Counter()
    store = Fraction(0)
    for row in grants:
        face, funding = money[row["offer_id"], row["level"]]
        vendor[row["offer_id"]] += Fraction(row["redemptions"]) * funding
        store += Fraction(row["redemptions"]) * (face - funding)
        assert row["face_cents"] * 10_000 <= face
    for offer_id, row in offers.items():
        assert row["distributions_max"] is None or given[offer_id] <= row["distributions_max"]
        assert row["vendor_budget_micros"] is None or vendor[offer_id] <= row["vendor_budget_micros"]
    assert sum(vendor.values()) <= 600 * 10_000
    assert store <= 150 * 10_000
    assert store > 0
    per_category = Counter((row["household_id"], offers[row["offer_id"]]["category_id"]) for row in grants)
    assert max(per_category.values()) <= 2
    assert max(Counter(row["household_id"] for row in grants).values()) <= 5


def test_held_out_households_are_told_nothing_of_themselves(shop):
    warehouse, summary = shop
    for row in of(warehouse, summary, "plan_grants"):
        assert (row["reason_code"] == "untargeted") == (row["arm"] == "holdout")


def test_a_grant_carries_what_is_printed(shop):
    warehouse, summary = shop
    grants = of(warehouse, summary, "plan_grants")
    faces = Counter()
    for row in grants:
        faces[row["household_id"]] += row["face_cents"]
        assert 0 <= row["funding_cents"] <= row["face_cents"] < row["price_cents"]
        assert (row["from_on"], row["until_on"]) == (AS_OF, date(2017, 6, 19))
    assert {row["household_id"]: row["face_cents"] for row in of(warehouse, summary, "plan_lists")} == {
        row["household_id"]: faces[row["household_id"]] for row in of(warehouse, summary, "plan_lists")
    }
    assert summary.face_cents == sum(faces.values())


def test_lists_that_end_by_the_trip_end_with_their_grants_and_say_so(shop):
    warehouse, _ = shop
    summary = build(warehouse, validity=ValidityPolicy(ValidityRule.TRIP, delivery_days=1, slack_days=6))
    lists = {row["household_id"]: row for row in of(warehouse, summary, "plan_lists")}
    last_days = {row["until_on"] - timedelta(days=1) for row in lists.values()}
    assert {row["from_on"] for row in lists.values()} == {AS_OF + timedelta(days=1)}
    assert len(last_days) > 1
    for row in of(warehouse, summary, "plan_grants"):
        its = lists[row["household_id"]]
        assert (row["from_on"], row["until_on"]) == (its["from_on"], its["until_on"])
    for document in documents(warehouse, summary):
        assert document.last_on == lists[document.household_id]["until_on"] - timedelta(days=1)


def test_the_same_input_is_planned_once(shop):
    warehouse, summary = shop
    before = plans_of(warehouse, AS_OF)
    again = build(warehouse)
    assert not again.built
    assert again.plan_id == summary.plan_id
    assert plans_of(warehouse, AS_OF) == before
    assert summary.plan_id == f"2017-06-05-{summary.content_digest[:8]}"


def test_the_order_of_rows_and_buckets_play_no_part(shop, tmp_path):
    warehouse, summary = shop
    shuffled = lines()
    Random(3).shuffle(shuffled)
    deals = deal_rows()[::-1]
    other = planned(tmp_path, shuffled, deals=deals)
    again = build(other)
    assert again.plan_id == summary.plan_id
    assert content(other, again) == content(warehouse, summary)


def test_a_waiver_stands_for_every_list_whose_printed_sum_falls_short(shop):
    warehouse, summary = shop
    printed = {row["household_id"]: row["face_cents"] for row in of(warehouse, summary, "plan_lists")}
    tiers = {row["household_id"]: row["tier"] for row in of(warehouse, summary, "plan_lists")}
    floors = {band.tier: band.face_min_cents for band in POLICY.bands}
    told = {
        row["household_id"]: (row["wanted"], row["had"])
        for row in of(warehouse, summary, "plan_waivers")
        if row["rule"] == "face_printed_micros"
    }
    assert told == {
        household: (floors[tiers[household]] * 10_000, face * 10_000)
        for household, face in printed.items()
        if face < floors[tiers[household]]
    }
    assert told


def test_a_plan_whose_forecast_was_replaced_is_told_when_a_list_is_explained(tmp_path):
    warehouse = planned(tmp_path, lines())
    plan_id = build(warehouse).plan_id
    assert explain_forecast(warehouse, "h3", most=1).plans_before == ()
    run_forecast(warehouse, engine(), as_of_on=AS_OF, **SETTINGS, method_name="personal-frequency")
    explained = explain_forecast(warehouse, "h3", most=1)
    assert (explained.method, explained.plans_before) == ("personal-frequency", ((plan_id, "decayed-count"),))
    assert (
        f"Plan {plan_id} was made from an earlier forecast, by decayed-count: its lists go by that, not by these "
        "chances."
    ) in told_notes(explained)
    build(warehouse)
    assert [one for one, _ in explain_forecast(warehouse, "h3", most=1).plans_before] == [plan_id]


def test_other_settings_are_another_plan(shop):
    warehouse, summary = shop
    other = build(warehouse, assumptions=Assumptions("assumed", {"": 20}))
    assert other.built
    assert other.plan_id != summary.plan_id
    assert {summary.plan_id, other.plan_id} <= set(plans_of(warehouse, AS_OF))
    assert newest_plan_of(warehouse, AS_OF) == other.plan_id
    assert not build(warehouse).built
    assert newest_plan_of(warehouse, AS_OF) == summary.plan_id


def test_closed_goods_leave_no_trace_on_a_list(shop, tmp_path):
    """Every line of a closed tier becomes a line without a product row: the lists are the same to the letter."""
    warehouse, summary = shop
    hidden = [
        {**row, "product_id": f"{UNKNOWN} {place}"} if row["product_id"] in {"aspirin", "pump pills"} else row
        for place, row in enumerate(lines())
    ]
    other = planned(tmp_path, hidden)
    again = build(other)
    assert again.plan_id == summary.plan_id
    assert documents(other, again) == documents(warehouse, summary)


def test_documents_are_those_of_the_plan(shop):
    warehouse, summary = shop
    made = documents(warehouse, summary)
    assert [document.list_number for document in made] == list(range(1, summary.households + 1))
    grants = Counter(row["household_id"] for row in of(warehouse, summary, "plan_grants"))
    for document in made:
        assert len(document.specials) == grants[document.household_id]
        assert document.item_count > 0
        assert document.list_code.startswith("47")
        kinds = [tile.kind for tile in document.specials]
        assert kinds == sorted(kinds, key=["due", "usual", "bought", "suggestion"].index)


def test_ideas_are_needs_never_bought_and_not_on_special_each_with_one_that_is(tmp_path):
    need_of = {row["product_id"]: row["need_id"] for row in products()}
    strangers = {("h1", "N5"), ("h3", "N5"), ("h4", "N2"), ("h6", "N2")}
    bought = [row for row in lines() if (row["household_id"], need_of.get(row["product_id"])) not in strangers]
    warehouse = planned(tmp_path, bought, deals=deal_rows()[:3])
    summary = build(warehouse, choices=PlanPolicy(idea_lift_min=0.5))
    known = {(row["household_id"], need_of.get(row["product_id"])) for row in bought if row["sold_on"] < AS_OF}
    special = {(row["household_id"], row["need_id"]) for row in of(warehouse, summary, "plan_grants")}
    ideas = of(warehouse, summary, "plan_ideas")
    asked = {(row["household_id"], row["need_id"]) for row in ideas}
    assert ("h1", "N5") in asked
    assert not asked & (known | special)
    assert {(row["household_id"], row["because_need_id"]) for row in ideas} <= known
    assert all(need_of[row["product_id"]] == row["need_id"] for row in ideas)
    assert "PAIN" not in {row[name] for row in ideas for name in ("need_id", "because_need_id")}
    told = {document.household_id: document.ideas for document in documents(warehouse, summary)}
    assert Counter(row["household_id"] for row in ideas) == {one: len(its) for one, its in told.items() if its}
    assert of(warehouse, build(warehouse), "plan_ideas") == []
    choices = PlanPolicy(idea_lift_min=0.5)
    none = build(warehouse, policy=ListPolicy(slots_min=3, slots_max=5, ideas_max=0), choices=choices)
    assert of(warehouse, none, "plan_ideas") == []


def test_what_is_shown_adds_up(shop):
    warehouse, summary = shop
    shown = show_plan(warehouse, summary.plan_id)
    for rows in (shown.vendors, shown.offers, shown.tiers, shown.brands, shown.kinds):
        assert sum(row.specials for row in rows) == summary.grants
        assert sum(row.face_cents for row in rows) == summary.face_cents
    assert sum(row.lists for row in shown.arms) == summary.households
    assert {row.name for row in shown.limits} >= {"vendor v", "store's own money"}
    assert all(row.used <= row.limit for row in shown.limits if "guaranteed" not in row.name)
    assert all(len(row) == len(heads) for heads, rows in shown.tables() for row in rows)
    learnt = replace(shown, label=f"{shown.label}; use of offers as coupons were used")
    assert learnt.tables() == shown.tables()
    assert all(learnt.label in sentence for sentence in learnt.sentences()[1:])


def test_the_ledger_s_view(shop):
    warehouse, summary = shop
    record = plan_record(warehouse, summary.plan_id)
    assert (record.list_count, record.grant_count) == (summary.households, summary.grants)
    assert (record.period.from_on, record.period.until_on) == (AS_OF, date(2017, 6, 19))
    programme = plan_programme(warehouse, summary.plan_id)
    assert (programme.programme_year, programme.salt, programme.share) == (1, "holdout", 0.4)


def test_a_plan_that_breaks_a_limit_is_not_published(shop):
    warehouse, summary = shop
    tables = {
        name: pq.read_table(warehouse.files(plan_dataset(summary.plan_id, name))[0].path)
        if warehouse.files(plan_dataset(summary.plan_id, name))
        else contract_schema(name).empty_table()
        for name in PLAN_TABLES
    }
    given = Counter(tables["plan"]["offer_id"].to_pylist())
    offers = tables["plan_offers"].to_pylist()
    promised = [(row["offer_id"], row["distributions_min"] or 0) for row in offers]
    short = [(offer_id, least, given[offer_id]) for offer_id, least in promised if given[offer_id] < least]
    assert len(short) == summary.shortfalls
    verify_frozen(FrozenPlan(tables), short)
    waivers = tables["plan_waivers"].to_pylist()
    false = next(n for n, row in enumerate(waivers) if row["rule"] == "face_min_micros")
    waivers[false]["had"] += 1
    said = pa.Table.from_pylist(waivers, schema=tables["plan_waivers"].schema)
    for untrue in (said, tables["plan_waivers"].filter([n != false for n in range(len(waivers))])):
        with pytest.raises(ContractError, match=r"breaks (waiver-is-true|face-min) 1 times"):
            verify_frozen(FrozenPlan({**tables, "plan_waivers": untrue}), short)
    broken = {**tables, "plan": pa.concat_tables([tables["plan"], tables["plan"].slice(0, 1)])}
    with pytest.raises(ContractError, match="breaks"):
        verify_frozen(FrozenPlan(broken), short)
    household = tables["plan_grants"].to_pylist()[0]["household_id"]
    held = [row for row in tables["plan_grants"].to_pylist() if row["household_id"] == household]
    assert len(held) > 1
    both = [{"offer_id": row["offer_id"], "product_id": "in both"} for row in held[:2]]
    products = pa.Table.from_pylist(both, schema=tables["plan_products"].schema)
    broken = {**tables, "plan_products": pa.concat_tables([tables["plan_products"], products])}
    with pytest.raises(ContractError, match="one product covered twice on a list"):
        verify_frozen(FrozenPlan(broken), [])
    same = pa.array([held[0]["product_id"]] * tables["plan_grants"].num_rows)
    grants = tables["plan_grants"].drop_columns("product_id").append_column("product_id", same)
    with pytest.raises(ContractError, match="one product shown twice on a list"):
        verify_frozen(FrozenPlan({**tables, "plan_grants": grants}), [])


def test_without_deals_the_lists_have_no_specials(tmp_path):
    warehouse = planned(tmp_path, lines(), deals=[{**deal_rows()[0], "state": "draft"}])
    summary = build(warehouse)
    assert summary.grants == 0
    assert summary.deals_left_out == 1
    assert summary.waivers == 2 * summary.households
    assert all(document.specials == () for document in documents(warehouse, summary))
    shown = show_plan(warehouse, summary.plan_id)
    many = summary.households
    assert shown.waivers == (("fewer specials than wanted", many), ("less value than wanted", many))
    assert shown.thin_lists.startswith(
        f"{many} of {many} lists hold fewer specials than wanted: there are too few"
    )
    assert shown.tables()[-1] == (("why",), [(shown.thin_lists,)])
    assert thin_lists({"slots_min": 5, "face_printed_micros": 10}, 10) == ""


def test_a_plan_needs_profiles_and_forecast(tmp_path):
    warehouse = planned(tmp_path, lines(), forecast=False)
    with pytest.raises(ContractError, match="no household value as of 2017-06-05") as caught:
        build(warehouse)
    assert "profiles build" in caught.value.hint
    assert plans_of(warehouse) == []


def test_an_unknown_plan_is_refused_by_name(shop):
    warehouse, summary = shop
    with pytest.raises(ContractError, match=f"no plan 'x'; there are: .*{summary.plan_id}"):
        show_plan(warehouse, "x")


def test_every_plan_table_has_a_contract():
    assert all(table(name).columns for name in PLAN_TABLES)
    assert len(products()) == 21
    assert set(Arm) == {Arm.TARGETED, Arm.HOLDOUT}
