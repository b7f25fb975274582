"""What every screen reads by: one household's rows out of its own bucket, and pages of fifty rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Generic, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.kernel import bucket_of

from ._names import snapshot
from ._parquet_rows import Where, find_rows
from ._ports import Warehouse
from ._unreadable import readable

PAGE_ROWS = 50
"""Rows on one page of a screen."""

_Row = TypeVar("_Row")
_RowCo = TypeVar("_RowCo", covariant=True)


@dataclass(frozen=True)
class Page(Generic[_RowCo]):
    """Rows of one page, and the key behind which the next one begins; empty when there is none."""

    rows: tuple[_RowCo, ...]
    next: str = ""


def page_of(rows: Sequence[_Row], keys: Sequence[str]) -> Page[_Row]:
    """The first fifty of up to fifty-one rows that were asked for.

    Args:
        rows: Rows in order.
        keys: The key of each row, shape ``(rows,)``.
    """
    more = len(rows) > PAGE_ROWS
    return Page(tuple(rows[:PAGE_ROWS]), keys[PAGE_ROWS - 1] if more else "")


def household_rows(
    warehouse: Warehouse, dataset: str, household_id: str, columns: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """One household's rows of a bucketed dataset; no other bucket is opened.

    Args:
        warehouse: Holds the dataset.
        dataset: Its name.
        household_id: Whose rows.
        columns: Which columns; None for all.

    Raises:
        StoreError: A file cannot be read.
    """
    paths = [file.path for file in warehouse.files(dataset, bucket=bucket_of(household_id, warehouse.buckets))]
    found: list[dict[str, Any]] = []
    for path in paths:
        found += read_where(path, [("household_id", "=", household_id)], columns).to_pylist()
    return found


def value_of(warehouse: Warehouse, household_id: str, as_of_on: date) -> dict[str, Any] | None:
    """A household's row of a day's profiles; None when they do not know it."""
    rows = household_rows(warehouse, snapshot(as_of_on, "household_value"), household_id)
    return rows[0] if rows else None


def strangers_among(warehouse: Warehouse, household_ids: Iterable[str], *, as_of_on: date) -> set[str]:
    """Those of some households that a day's profiles do not know, whoever they are.

    Args:
        warehouse: Holds the profiles.
        household_ids: Whom to look for.
        as_of_on: Day of the profiles.

    Raises:
        StoreError: A file cannot be read.
    """
    by_bucket: dict[int, set[str]] = defaultdict(set)
    for household_id in household_ids:
        by_bucket[bucket_of(household_id, warehouse.buckets)].add(household_id)
    strangers: set[str] = set()
    for bucket, wanted in sorted(by_bucket.items()):
        for file in warehouse.files(snapshot(as_of_on, "household_value"), bucket=bucket):
            wanted.difference_update(read_where(file.path, None, ["household_id"])["household_id"].to_pylist())
        strangers |= wanted
    return strangers


def rows_named(
    warehouse: Warehouse, dataset: str, column: str, names: Iterable[str], columns: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Rows of a dataset whose column is one of some values.

    Args:
        warehouse: Holds the dataset.
        dataset: Its name.
        column: The column.
        names: The values.
        columns: Which columns; None for all.

    Raises:
        StoreError: A file cannot be read.
    """
    wanted = sorted(set(names))
    found: list[dict[str, Any]] = []
    for file in warehouse.files(dataset) if wanted else ():
        found += read_where(file.path, [(column, "in", wanted)], columns).to_pylist()
    return found


def names_of(warehouse: Warehouse, household_ids: Iterable[str]) -> dict[str, str]:
    """Names of households, of those that have one."""
    wanted = sorted(set(household_ids))
    return {
        row["household_id"]: row["name"]
        for file in warehouse.files("households")
        for row in read_where(file.path, [("household_id", "in", wanted)], ("household_id", "name")).to_pylist()
    }


def read_where(
    path: Path, where: Where | None, columns: Sequence[str] | None = None, *, most: int | None = None
) -> pa.Table:
    """Rows of a file that meet every condition, the first so many if that is said; all where there is no condition.

    Raises:
        StoreError: The file cannot be read.
    """
    with readable(path):
        if where:
            return find_rows(path, where, columns, most=most)
        with pq.ParquetFile(path) as file:
            return file.read(columns=None if columns is None else list(columns))
