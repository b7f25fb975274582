"""What seems to be missing: numbers of a lane that nobody delivered, days of a store without a line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_NUMBER = r"^\d{1,18}$"


@dataclass(frozen=True)
class LaneGap:
    """Numbers of a lane that are not there.

    Args:
        store_id: The store.
        lane_id: The lane.
        after_on: Day of the last transaction before the gap.
        after: Its number.
        before_on: Day of the first transaction after the gap.
        before: Its number.
        missing: How many numbers lie between.
    """

    store_id: str
    lane_id: str
    after_on: date
    after: int
    before_on: date
    before: int
    missing: int


@dataclass(frozen=True)
class StoreDay:
    """A day on which a store has no line, although it sells on that weekday."""

    store_id: str
    day_on: date


def lane_gaps(transactions: pa.Table) -> Iterator[LaneGap]:
    """Gaps in the numbers of every lane, by store, lane and day.

    Numbers run on from day to day, or begin anew: a day whose first number is not above the last of the day before
    has begun anew, and nothing is missing between the two. A lane with numbers that are no numbers is passed over.

    Args:
        transactions: One row a transaction: store_id, lane_id, sold_on, transaction_id; rows without a lane count not.
    """
    rows = transactions.filter(pc.not_equal(transactions["lane_id"], ""))
    is_number = pc.match_substring_regex(rows["transaction_id"], _NUMBER)
    texts = rows.filter(pc.invert(is_number)).group_by(["store_id", "lane_id"]).aggregate([])
    rows = rows.filter(is_number).join(texts, keys=["store_id", "lane_id"], join_type="left anti")
    number = rows["transaction_id"].cast(pa.int64())
    keys = ("store_id", "lane_id", "sold_on", "number")
    ordered = rows.append_column("number", number).sort_by([(key, "ascending") for key in keys]).combine_chunks()
    numbers = ordered["number"].to_numpy()
    lanes = [ordered[key].combine_chunks().dictionary_encode().indices.to_numpy() for key in keys[:2]]
    same = np.ones(max(len(numbers) - 1, 0), bool)
    for lane in lanes:
        same &= lane[1:] == lane[:-1]
    for position in np.flatnonzero(same & (np.diff(numbers) > 1)).tolist():
        before, after = ordered.slice(position, 2).to_pylist()
        yield LaneGap(
            before["store_id"],
            before["lane_id"],
            before["sold_on"],
            before["number"],
            after["sold_on"],
            after["number"],
            after["number"] - before["number"] - 1,
        )


def missing_store_days(days: Mapping[str, Collection[date]]) -> Iterator[StoreDay]:
    """Days without a line, of every store, between its first day and the last day of any store.

    A weekday on which a store never sold is a day it is closed.

    Args:
        days: Store → days on which it has lines.
    """
    last = max((day for of_store in days.values() for day in of_store), default=date.min)
    for store_id, of_store in sorted(days.items()):
        sold = set(of_store)
        weekdays = {day.weekday() for day in sold}
        first = min(sold)
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            if day not in sold and day.weekday() in weekdays:
                yield StoreDay(store_id, day)
