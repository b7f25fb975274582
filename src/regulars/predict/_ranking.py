"""How much of what a household bought stood at the top of its forecast."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_FIRST = 10
_FIRST_MORE = 20


def household_hits(judged_items: pa.Table, judged_households: pa.Table) -> pa.Table:
    """Count the hits of each household and level.

    Args:
        judged_items: The forecast of eligible households beside what they bought.
        judged_households: Every eligible household and level, with its number of distinct items bought.

    Returns:
        One row a household and level, sorted: `targets`, `listed_10` (rows ranked 1 to 10), `hits_10` and
        `hits_20` (those bought among the first ten, twenty), `gain_10` (sum of ``1 / log2(rank + 1)`` over the
        hits among the first ten), `said_10` (sum of the chances of the first ten).
    """
    first = judged_items.filter(pc.less_equal(judged_items["rank"], _FIRST_MORE)).sort_by(
        [
            ("household_id", "ascending"),
            ("level", "ascending"),
            ("rank", "ascending"),
        ]
    )
    rank = first["rank"].to_numpy()
    bought = first["bought"].to_numpy()
    in_ten = rank <= _FIRST
    counted = pa.table(
        {
            "household_id": first["household_id"],
            "level": first["level"],
            "listed_10": in_ten.astype(np.int64),
            "hits_10": (bought & in_ten).astype(np.int64),
            "hits_20": bought.astype(np.int64),
            "gain_10": np.where(bought & in_ten, 1.0 / np.log2(rank + 1.0), 0.0),
            "said_10": np.where(in_ten, first["probability"].to_numpy(), 0.0),
        }
    )
    names = ("listed_10", "hits_10", "hits_20", "gain_10", "said_10")
    sums = (
        counted.group_by(["household_id", "level"], use_threads=False)
        .aggregate([(name, "sum") for name in names])
        .rename_columns({f"{name}_sum": name for name in names})
    )
    joined = judged_households.join(sums, keys=["household_id", "level"], use_threads=False)
    for index, column in enumerate(joined.column_names):
        if column in names:
            joined = joined.set_column(index, column, pc.fill_null(joined[column], 0))
    return joined.sort_by([("household_id", "ascending"), ("level", "ascending")])


def probability_tally(judged_items: pa.Table) -> pa.Table:
    """Count items and purchases by level and distinct chance: `level, probability, items, bought`.

    Tallies add up: the tally of two tallies' rows together is that of their households together.
    """
    return _added(
        pa.table(
            {
                "level": judged_items["level"],
                "probability": judged_items["probability"],
                "items": np.ones(len(judged_items), dtype=np.int64),
                "bought": pc.cast(judged_items["bought"], pa.int64()),
            }
        )
    )


def merged_tally(tallies: list[pa.Table]) -> pa.Table:
    """One tally of several, sorted by level and chance."""
    return _added(pa.concat_tables(tallies))


def _added(rows: pa.Table) -> pa.Table:
    return (
        rows.group_by(["level", "probability"])
        .aggregate([("items", "sum"), ("bought", "sum")])
        .rename_columns({"items_sum": "items", "bought_sum": "bought"})
        .sort_by([("level", "ascending"), ("probability", "ascending")])
    )
