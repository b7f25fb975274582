from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from offer_samples import AS_OF, CYCLE, catalogue, deal, product

from regulars.contracts import Assumptions, DealKind, Ladder
from regulars.kernel import StoreId
from regulars.offers import (
    KNOWN,
    NEED,
    NEW,
    LevelTable,
    SensitivePolicy,
    build_offers,
    calibrated_response,
    fold_pairs,
    keep_best,
    level_window,
    options_table,
    pair_refusals,
    saving_cents,
    score_options,
    worth_giving,
)
from regulars.offers._overlaps import clear_of_overlaps

ASSUMED = Assumptions("assumed", {"": 30})
SCHEMA = pa.schema([
    ("household_id", pa.string()), ("offer_id", pa.string()), ("source", pa.string()), ("item_id", pa.string()),
    ("probability", pa.float64()), ("need_probability", pa.float64()), ("quantity", pa.int64()),
    ("amount_cents", pa.int64()), ("product_id", pa.string()), ("need_id", pa.string()), ("price_cents", pa.int64()),
    ("due", pa.bool_()), ("days_bought", pa.int64()), ("every_days", pa.int64()), ("last_on", pa.date32()),
    ("product_days_bought", pa.int64()), ("own_brand_bought", pa.bool_()),
])  # fmt: skip


def row(household: str, offer: str, source: str, item: str, chance: float, **changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "household_id": household,
        "offer_id": offer,
        "source": source,
        "item_id": item,
        "probability": chance,
        "need_probability": 0.0,
        "quantity": 1,
        "amount_cents": 2_600,
        "product_id": item,
        "need_id": "POTATO CHIPS",
        "price_cents": 200,
        "due": False,
        "days_bought": 5,
        "every_days": 14,
        "last_on": None,
        "product_days_bought": 2,
        "own_brand_bought": False,
    }
    return {**fields, **changes}


def pairs_of(rows: Sequence[dict[str, Any]], offer_ids: list[str]):
    ordered = sorted(rows, key=lambda r: (r["household_id"], r["offer_id"], r["source"], r["item_id"]))
    return fold_pairs(pa.Table.from_pylist(ordered, schema=SCHEMA), offer_ids)


def table_of(*deals, goods):
    offers = build_offers(deals, goods, SensitivePolicy(), cycle=CYCLE.period, as_of_on=AS_OF, levels_max=3).offers
    return LevelTable.of(offers, goods, ASSUMED)


RESPONSE = calibrated_response(np.array([0.08, 0.01, 0.001]), ASSUMED)


def test_reasons_fold_into_pairs():
    pairs = pairs_of(
        [
            row("h1", "o1", "product", "b", 0.5),
            row("h1", "o1", "product", "a", 0.2, due=True),
            row("h1", "o1", "need", "n", 0.9, need_probability=0.8),
            row("h1", "o1", "new", "a", 0.01),
            row("h1", "o2", "need", "n", 0.03, need_probability=0.4),
            row("h1", "o2", "new", "a", 0.01),
            row("h2", "o2", "new", "a", 0.01),
        ],
        ["o1", "o2"],
    )
    assert pairs.standing.tolist() == [KNOWN, NEED, NEW]
    assert pairs.without == pytest.approx([0.6, 0.03, 0.01])
    assert pairs.displaced == pytest.approx([0.5, 0.37 / 0.97, 0.0])
    assert pairs.shown["product_id"].to_pylist() == ["a", "n", "a"]  # on the list goes before likelier
    assert pairs.cycle_cents.tolist() == [400, 200, 200]
    assert pairs.due.tolist() == [True, False, False]


def test_no_rows_are_no_pairs():
    pairs = pairs_of([], ["o1"])
    table = table_of(deal("a"), goods=catalogue(product("a")))
    options = score_options(pairs, table, np.zeros(0, dtype=np.int64), 4, RESPONSE)
    assert pairs.count == 0
    assert options_table(pairs, keep_best(pairs, options, table), table).num_rows == 0


def test_heavier_households_see_deeper_levels():
    assert [level_window(3, tier, 4) for tier in range(4)] == [(0, 1), (0, 2), (1, 3), (1, 3)]
    assert [level_window(1, tier, 4) for tier in range(4)] == [(0, 1)] * 4
    goods = catalogue(product("a"))
    table = table_of(deal("a"), goods=goods)
    pairs = pairs_of([row(f"h{n}", "d1", "product", "a", 0.2) for n in range(4)], ["d1"])
    options = options_table(pairs, score_options(pairs, table, np.arange(4), 4, RESPONSE), table)
    levels = [(r["household_id"], r["level"], r["face_cents"]) for r in options.to_pylist()]
    assert levels == [
        ("h0", 1, 30), ("h1", 1, 30), ("h1", 2, 50), ("h2", 2, 50), ("h2", 3, 80), ("h3", 2, 50), ("h3", 3, 80),
    ]  # fmt: skip


def test_options_agree_with_the_plain_arithmetic():
    goods = catalogue(product("a", 240), product("b", 250))
    table = table_of(deal("a", "b", funding_percent=50, fee_cents=8), goods=goods)
    pairs = pairs_of([row("h1", "d1", "product", "a", 0.2, price_cents=239, quantity=2)], ["d1"])
    options = score_options(pairs, table, np.array([0]), 4, RESPONSE)
    face = saving_cents(DealKind.PERCENT_OFF, Ladder(percent=15), 239)
    assert options.face_cents.tolist() == [face]
    assert options.funding_cents.tolist() == [18]
    chance = options.redemptions[0]
    expected = (chance - 0.2) * 239 * 0.30 + chance * (8 - (face - 18))
    assert options.value_micros[0] == pytest.approx(expected * 10_000, abs=1)


def test_conditions_out_of_reach_are_no_option():
    goods = catalogue(product("a"))
    three = deal("a", kind=DealKind.MULTIBUY, rungs=(Ladder(buy_quantity=3, pay_quantity=2),))
    basket = deal(
        "a", deal_id="d2", kind=DealKind.THRESHOLD, rungs=(Ladder(threshold_cents=500, amount_cents=50),)
    )
    table = table_of(three, basket, goods=goods)
    reached = {
        (quantity, amount): [
            r["offer_id"]
            for r in options_table(
                pairs,
                score_options(pairs, table, np.array([0]), 4, RESPONSE),
                table,
            ).to_pylist()
        ]
        for quantity, amount in ((1, 1_300), (2, 1_300), (1, 3_250))
        for pairs in [
            pairs_of(
                [row("h1", o, "product", "a", 0.2, quantity=quantity, amount_cents=amount) for o in ("d1", "d2")],
                ["d1", "d2"],
            )
        ]
    }
    assert reached == {(1, 1_300): [], (2, 1_300): ["d1"], (1, 3_250): ["d2"]}


def test_a_dearer_shelf_never_costs_more_than_the_plan_reckons():
    goods = catalogue(product("a", 200))
    table = table_of(deal("a"), goods=goods)
    for price, kept in ((200, 1), (190, 1), (220, 0)):
        pairs = pairs_of([row("h1", "d1", "product", "a", 0.2, price_cents=price)], ["d1"])
        assert len(score_options(pairs, table, np.array([0]), 4, RESPONSE).pair) == kept


def test_infant_goods_and_other_stores_are_kept_from_strangers():
    goods = catalogue(product("a", tier="infant"), product("b", category_id="DIPS"))
    here = deal("b", deal_id="d2", store_ids=frozenset({StoreId("s1")}))
    table = table_of(deal("a"), here, goods=goods)
    rows = [
        row("h1", "d1", "new", "a", 0.01),
        row("h2", "d1", "need", "n", 0.1),
        row("h2", "d2", "new", "b", 0.01),
    ]
    pairs = pairs_of([*rows, row("h1", "d2", "new", "b", 0.01)], ["d1", "d2"])
    refusals = pair_refusals(pairs, table, SensitivePolicy(), ["s1", "s2"])
    told = zip(pairs.household.tolist(), pairs.offer.tolist(), refusals.tolist(), strict=True)
    assert {(h, o): why for h, o, why in told} == {
        (0, 0): "no_not_bought_before", (0, 1): "", (1, 0): "", (1, 1): "no_other_store",
    }  # fmt: skip


def shelf(many: int, **changes: Any):
    """Offers of their own category each, and one household's reason for every one."""
    goods = catalogue(*(product(f"p{n:02}", category_id=f"C{n:02}", **changes) for n in range(many)))
    deals = [deal(f"p{n:02}", deal_id=f"d{n:02}") for n in range(many)]
    return table_of(*deals, goods=goods), [f"d{n:02}" for n in range(many)]


def kept_offers(pairs, table):
    options = keep_best(pairs, score_options(pairs, table, np.array([0]), 4, RESPONSE), table)
    return [r["offer_id"] for r in options_table(pairs, options, table).to_pylist()]


def test_most_of_what_is_kept_rewards_what_is_bought():
    table, ids = shelf(60)
    rows = [row("h1", o, "product" if n < 50 else "need", f"p{n:02}", 0.2, need_id=o) for n, o in enumerate(ids)]
    kept = kept_offers(pairs_of(rows, ids), table)
    assert len(kept) == 40
    assert sum(offer >= "d50" for offer in kept) == 4


def test_suggestions_fill_up_where_little_is_bought():
    table, ids = shelf(40)
    rows = [row("h1", o, "product" if n < 7 else "need", f"p{n:02}", 0.2, need_id=o) for n, o in enumerate(ids)]
    kept = kept_offers(pairs_of(rows, ids), table)
    assert len(kept) == 20
    assert ids[:7] == kept[:7]


def test_one_offer_of_a_deal_in_a_category_and_no_losses():
    goods = catalogue(product("a", 200), product("b", 900))
    table = table_of(deal("a", "b"), goods=goods)
    rows = [row("h1", "d1.1", "product", "a", 0.2), row("h1", "d1.2", "product", "b", 0.2, price_cents=900)]
    assert kept_offers(pairs_of(rows, ["d1.1", "d1.2"]), table) == ["d1.2"]
    poor = table_of(deal("a", funding_percent=0, vendor_id="store"), goods=goods)
    assert kept_offers(pairs_of([row("h1", "d1", "product", "a", 0.9)], ["d1"]), poor) == []


def test_of_offers_that_share_a_product_a_household_keeps_the_better():
    goods = catalogue(
        product("a", 200), product("b", 900, category_id="DIPS"), product("c", 500), product("d", 900)
    )
    basket = deal(
        "a",
        "b",
        "d",
        deal_id="t",
        kind=DealKind.THRESHOLD,
        rungs=(Ladder(threshold_cents=1_000, amount_cents=200),),
    )
    table = table_of(deal("a", deal_id="a"), deal("b", deal_id="b"), deal("c", deal_id="c"), basket, goods=goods)
    ids = [offer.offer_id for offer in table.offers]
    assert ids == ["a", "b", "c", "t.1", "t.2"]
    assert table.overlaps == ((3,), (4,), (), (0,), (1,))
    rows = [
        row("h1", "a", "product", "a", 0.2),
        row("h1", "c", "product", "c", 0.2, price_cents=500, need_id="CORN"),
        row("h1", "t.1", "product", "d", 0.2, need_id="DIP", due=True, amount_cents=26_000),
        row("h2", "a", "product", "a", 0.2, due=True),
        row("h2", "t.1", "product", "d", 0.2, need_id="DIP", amount_cents=26_000),
    ]
    pairs = pairs_of(rows, ids)
    options = keep_best(pairs, score_options(pairs, table, np.array([0, 0]), 4, RESPONSE), table)
    kept = [(r["household_id"], r["offer_id"]) for r in options_table(pairs, options, table).to_pylist()]
    assert sorted(set(kept)) == [("h1", "c"), ("h1", "t.1"), ("h2", "a")]


def test_an_offer_that_is_dropped_itself_drops_none():
    """Best first: 1 overlaps 2, 2 overlaps 0; 2 falls to 0, so 1 stays, and what is not wanted counts for nothing."""
    household, offer = np.array([7, 7, 7, 8, 8]), np.array([0, 2, 1, 2, 1])
    wanted = np.array([True, True, True, False, True])
    kept = clear_of_overlaps(household, offer, wanted, [[2], [2], [0, 1]])
    assert kept.tolist() == [True, False, True, False, True]
    nothing = np.zeros(0, dtype=np.int64)
    assert clear_of_overlaps(nothing, nothing, nothing > 0, [[1], [0]]).tolist() == []


def test_of_one_need_the_better_offer_is_kept():
    table, ids = shelf(3)
    rows = [row("h1", o, "product", f"p{n:02}", 0.2, need_id="TISSUE") for n, o in enumerate(ids[:2])]
    rows[1]["quantity"] = 2
    rows.append(row("h1", ids[2], "need", "p02", 0.2, need_id="TISSUE", need_probability=0.9))
    assert kept_offers(pairs_of(rows, ids), table) == ["d00"]
    rows[1]["due"] = True
    assert kept_offers(pairs_of(rows, ids), table) == ["d01"]
    rows[0]["need_id"] = "TOWELS"
    assert kept_offers(pairs_of(rows, ids), table) == ["d00", "d01"]


def test_what_is_worth_giving_is_counted_as_if_targeted():
    """Three worth it in one category count as two, a loss counts for nothing."""
    goods = catalogue(*(product(f"p{n}", category_id="C" if n < 3 else f"C{n}") for n in range(6)))
    deals = [deal(f"p{n}", deal_id=f"d{n}") for n in range(5)]
    table = table_of(*deals, deal("p5", deal_id="d5", funding_percent=0, vendor_id="store"), goods=goods)
    rows = [row("h1", f"d{n}", "product", f"p{n}", 0.2, need_id=f"N{n}") for n in range(4)]
    rows.append(row("h1", "d5", "product", "p5", 0.9, need_id="N5"))
    pairs = pairs_of(rows, [f"d{n}" for n in range(6)])
    options = keep_best(pairs, score_options(pairs, table, np.array([0]), 4, RESPONSE), table)
    assert worth_giving(pairs, options, table, 2) == {"h1": 3}
    assert worth_giving(pairs, options, table, 9) == {"h1": 4}


def test_a_declared_thank_you_goes_out_at_a_loss_and_says_so():
    """The store pays all of it: without a declaration it is not given, with one it is, and its value stays honest."""
    goods = catalogue(product("a", 200))
    rows = pairs_of([row("h1", "d1", "product", "a", 0.9)], ["d1"])
    plain = table_of(deal("a", funding_percent=0, vendor_id="store"), goods=goods)
    declared = table_of(
        deal("a", funding_percent=0, vendor_id="store", declared=True, budget_cents=900), goods=goods
    )
    assert kept_offers(rows, plain) == []
    options = keep_best(rows, score_options(rows, declared, np.array([0]), 4, RESPONSE), declared)
    (given,) = options_table(rows, options, declared).to_pylist()
    assert given["value_micros"] < 0 < given["worth_micros"]
    paid_apart = given["redemptions"] * (given["face_cents"] + given["face_cents"]) * 10_000
    assert given["worth_micros"] - given["value_micros"] == pytest.approx(paid_apart, abs=1)


def test_a_campaign_s_offer_comes_at_its_rung_to_its_members_and_before_all_others():
    goods = catalogue(product("a", 200), product("b", 900, category_id="DIPS"))
    conversion = deal(
        "a",
        deal_id="campaign-k",
        funding_percent=0,
        vendor_id="store",
        declared=True,
        budget_cents=900,
        campaign_id="k",
    )
    table = table_of(conversion, deal("b", deal_id="b"), goods=goods)
    rows = [
        row(h, "campaign-k", "need", "a", 0.05, need_probability=0.3, price_cents=200) for h in ("h1", "h2", "h3")
    ] + [row("h1", "b", "product", "b", 0.2, price_cents=900, due=True, need_id="DIP")]
    pairs = pairs_of(rows, ["b", "campaign-k"])
    rungs = {("h1", "k"): 3, ("h2", "k"): 1, ("h3", "other"): 2}
    scored = score_options(pairs, table, np.array([0, 0, 0]), 4, RESPONSE, rungs=rungs)
    kept = options_table(pairs, keep_best(pairs, scored, table), table).to_pylist()
    given = [(r["household_id"], r["level"]) for r in kept if r["offer_id"] == "campaign-k"]
    assert given == [("h1", 3), ("h2", 1)]
    assert [r["level"] for r in kept if r["offer_id"] == "b"] == [1]
