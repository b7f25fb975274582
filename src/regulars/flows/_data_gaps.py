"""What seems to be missing of the till lines that are here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from regulars.contracts import table
from regulars.ingest import LaneGap, StoreDay, lane_gaps, missing_store_days

from ._ports import Warehouse

_NUMBERED = ("lines", "other_transactions")


@dataclass(frozen=True)
class GapsReport:
    """What is missing: all of it counted, and the first of each listed."""

    missing_transactions: int
    lane_gaps: int
    missing_store_days: int
    gaps: tuple[LaneGap, ...]
    store_days: tuple[StoreDay, ...]


def data_gaps(
    warehouse: Warehouse,
    *,
    store_id: str | None = None,
    from_on: date | None = None,
    until_on: date | None = None,
    limit: int = 50,
) -> GapsReport:
    """Gaps in the lanes' numbers and days of stores without a line.

    Args:
        warehouse: Where lines are.
        store_id: Only this store.
        from_on: Only from this day on.
        until_on: Only before this day.
        limit: How many of each are listed; all are counted.
    """
    transactions = _transactions(warehouse, store_id)
    found = [gap for gap in lane_gaps(transactions) if _inside(gap.before_on, from_on, until_on)]
    days: dict[str, set[date]] = {}
    for store, day in _pairs(transactions):
        days.setdefault(store, set()).add(day)
    absent = [one for one in missing_store_days(days) if _inside(one.day_on, from_on, until_on)]
    missing = sum(gap.missing for gap in found)
    return GapsReport(missing, len(found), len(absent), tuple(found[:limit]), tuple(absent[:limit]))


def _transactions(warehouse: Warehouse, store_id: str | None) -> pa.Table:
    """Every number that was used, once: those of lines, and those of transactions that left none."""
    names = list(table("lines").versioned_by)
    schema = pa.schema([(name, pa.date32() if name == "sold_on" else pa.string()) for name in names])
    pieces = [schema.empty_table()]
    for dataset in _NUMBERED:
        for file in warehouse.files(dataset):
            rows = pq.read_table(file.path, columns=names)
            if store_id is not None:
                rows = rows.filter(pc.equal(rows["store_id"], store_id))
            pieces.append(rows.group_by(names).aggregate([]).select(names).cast(schema))
    return pa.concat_tables(pieces).group_by(names).aggregate([]).select(names)


def _pairs(transactions: pa.Table) -> Iterator[tuple[str, date]]:
    for row in transactions.group_by(["store_id", "sold_on"]).aggregate([]).to_pylist():
        yield row["store_id"], row["sold_on"]


def _inside(day: date, from_on: date | None, until_on: date | None) -> bool:
    return (from_on is None or day >= from_on) and (until_on is None or day < until_on)
