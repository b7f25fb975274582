"""Rules of one list that the allocator does not know, judged on the frozen tables alone."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc


def broken_list_rules(tables: Mapping[str, pa.Table]) -> list[str]:
    """What is wrong on some list, one sentence a rule, with how often and the first case; empty for a sound plan.

    Args:
        tables: `plan_grants` and `plan_products` of a plan.
    """
    grants = tables["plan_grants"].select(["household_id", "offer_id", "product_id"])
    shown = grants.group_by(["household_id", "product_id"]).aggregate([([], "count_all")])
    twice = shown.filter(pc.greater(shown["count_all"], 1)).select(["household_id", "product_id"])
    held = grants.select(["household_id", "offer_id"])
    pairs = held.join(_overlapping(tables["plan_products"]), "offer_id", join_type="inner")
    both = pairs.join(
        held, ["household_id", "other_offer_id"], ["household_id", "offer_id"], join_type="inner"
    ).select(["household_id", "offer_id", "other_offer_id"])
    found = (("one product shown twice on a list", twice), ("one product covered twice on a list", both))
    return [_told(rule, rows) for rule, rows in found if rows.num_rows]


def _overlapping(products: pa.Table) -> pa.Table:
    """Pairs of offers that cover one product, each once."""
    covered = products.group_by("product_id").aggregate([([], "count_all")])
    shared = products.join(covered.filter(pc.greater(covered["count_all"], 1)), "product_id", join_type="inner")
    shared = shared.select(["product_id", "offer_id"])
    pairs = shared.join(shared.rename_columns(["product_id", "other_offer_id"]), "product_id", join_type="inner")
    pairs = pairs.filter(pc.less(pairs["offer_id"], pairs["other_offer_id"]))
    return pairs.group_by(["offer_id", "other_offer_id"]).aggregate([])


def _told(rule: str, rows: pa.Table) -> str:
    first = rows.sort_by([(name, "ascending") for name in rows.column_names]).slice(0, 1).to_pylist()[0]
    return f"{rule} {rows.num_rows} times ({', '.join(first.values())})"
