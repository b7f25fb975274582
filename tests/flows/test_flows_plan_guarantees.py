"""Guarantees of a plan: kept, given up for what was agreed, impossible, or in each other's way; the rest is solved."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_shop import lines
from test_flows_plan import build, deal_rows, of, planned

from regulars.contracts import HoldoutPolicy, ListPolicy
from regulars.flows import NewFile, Publication, guarantees_missed, show_plan
from regulars.flows._rows import contract_schema

ONE_PLACE = ListPolicy(
    slots_min=0, slots_max=1, bands=tuple(replace(band, face_min_cents=0) for band in ListPolicy().bands)
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return planned(tmp_path_factory.mktemp("shop"), lines())


def built(shop, changes):
    """A plan of six targeted households with one place each, after some deals' rows were changed."""
    rows = deal_rows()
    for place, change in changes.items():
        rows[place] |= change
    with shop.scratch() as folder:
        path = folder / "deals.parquet"
        pq.write_table(pa.Table.from_pylist(rows, schema=contract_schema("deals")), path)
        shop.publish(Publication({"deals": [NewFile(path)]}))
    summary = build(shop, holdout=HoldoutPolicy(household_share=0.0), policy=ONE_PLACE)
    return summary, {row["offer_id"]: row for row in of(shop, summary, "plan_guarantees")}


def test_guarantees_that_are_kept_leave_nothing_to_tell(shop):
    summary, rows = built(shop, {4: {"distributions_min": 1}})
    assert {row["outcome"] for row in rows.values()} == {"kept"}
    assert sum(row["wanted"] for row in rows.values()) == 1
    assert all(row["given"] >= row["wanted"] and row["owed_cents"] == 0 for row in rows.values())
    missed = guarantees_missed(shop, summary.plan_id)
    assert (missed.offers, missed.lists, missed.owed_cents, missed.tables()) == ((), 0, 0, [])


def test_an_impossible_guarantee_tells_need_most_and_short_and_the_rest_is_solved(shop):
    summary, rows = built(shop, {4: {"distributions_min": 500}})
    missed = guarantees_missed(shop, summary.plan_id)
    one = next(one for one in missed.offers if one.most)
    row = rows[one.offer_id]
    assert row["outcome"] == "impossible"
    assert (one.wanted, one.most, one.given, one.short) == (row["wanted"], 4, 4, row["wanted"] - 4)
    assert one.owed_cents == 10 * one.short
    assert one.why == (
        f"offer {one.offer_id} is guaranteed {one.wanted} distributions; 4 households that may get it; "
        f"short {one.short}"
    )
    assert missed.lists == 500 - 4
    assert missed.owed_cents == 10 * (500 - 4)
    assert summary.grants == 6
    heads, told = show_plan(shop, summary.plan_id).guarantees.tables()[0]
    assert heads == ("guarantee missed", "need", "most", "got", "short by", "owed", "why")
    assert told[[one.offer_id for one in missed.offers].index(one.offer_id)][2:4] == ("4", "4")


def test_a_guarantee_is_given_up_where_it_costs_more_than_its_make_good_and_else_kept(shop):
    """Two households lose next to nothing by the offer, three lose about two cents."""
    given, owed = {}, {}
    for make_good_cents in (1, 5, 0):
        _, rows = built(
            shop, {1: {"distributions_min": 5, "make_good_cents": make_good_cents}, 4: {"distributions_min": 0}}
        )
        row = max(rows.values(), key=lambda row: row["wanted"])
        given[make_good_cents], owed[make_good_cents] = (row["given"], row["wanted"]), row["owed_cents"]
        assert row["make_good_cents"] == (make_good_cents or None)
        assert row["outcome"] == ("make_good" if make_good_cents == 1 else "kept")
    wanted = given[1][1]
    assert given == {1: (2, wanted), 5: (wanted, wanted), 0: (wanted, wanted)}
    assert owed == {1: wanted - 2, 5: 0, 0: 0}


def test_guarantees_in_each_other_s_way_are_named_with_the_least_that_must_be_missed(shop):
    summary, rows = built(
        shop,
        {1: {"distributions_min": 5, "make_good_cents": 0}, 4: {"distributions_min": 4, "make_good_cents": 0}},
    )
    missed = guarantees_missed(shop, summary.plan_id)
    assert {row["outcome"] for row in rows.values()} >= {"in_conflict"}
    assert missed.lists == sum(max(0, row["wanted"] - row["given"]) for row in rows.values())
    assert 0 < missed.least == missed.lists
    assert missed.owed_cents == 0
    assert len(missed.in_the_way) >= 2
    assert all(words.startswith("lists guaranteed to Deal") for words, _ in missed.in_the_way)
    told = missed.tables()
    assert told[-1][1] == [(f"no plan within these limits misses fewer than {missed.least} lists",)]
