"""What screens count over all households of a day, once: cells, who moved, brands, weeks, gaps of every category.

`count_categories` publishes them beside the day's profiles, so that no page waits; `counted` reads them, or counts
when nobody did, or when the profiles are others by now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import pyarrow.compute as pc

from regulars.contracts import SqlStep, read_step
from regulars.kernel import CYCLE_DAYS, digest_of
from regulars.profiles import profile_step

from ._files import is_current
from ._names import snapshot
from ._ports import DataFile, Engine, NewFile, Progress, Publication, Warehouse
from ._rows import read_rows

_BEFORE = "household_cells_before"
COUNTED = ("cell_counts", "cell_moves", "category_brands", "category_weeks", "category_gaps")
"""Tables of counts, each published as ``snapshots/<day>/<table>``."""


@dataclass(frozen=True)
class CountedDay:
    """Which day is counted, and the one it is held against.

    Args:
        as_of_on: The day.
        before_on: The earlier day; by default a cycle before.
    """

    as_of_on: date
    before_on: date | None = None

    @property
    def earlier_on(self) -> date:
        """The earlier day."""
        return self.before_on or self.as_of_on - timedelta(days=CYCLE_DAYS)


@cache
def _step(name: str) -> SqlStep:
    return profile_step(name) if name.startswith("cell_") else read_step("regulars.flows", f"{name}.sql")


def count_categories(warehouse: Warehouse, engine: Engine, *, as_of_on: date, progress: Progress) -> int:
    """Count and publish what screens show of a day's profiles; what was counted before is left.

    Args:
        warehouse: Holds the profiles of the day.
        engine: Runs the SQL.
        as_of_on: The day.
        progress: Told of each table.

    Returns:
        Tables that were counted now.

    Raises:
        StoreError: The disk failed; nothing was published.
    """
    day = CountedDay(as_of_on)
    due = [
        name
        for name in COUNTED
        if _can(warehouse, name, day)
        and not is_current(warehouse, snapshot(as_of_on, name), _made_from(warehouse, name, day))
    ]
    if not due:
        return 0
    with warehouse.scratch() as folder, progress.step("count categories", len(due)) as step:
        files: dict[str, list[NewFile]] = {}
        for name in due:
            target = folder / f"{name}.parquet"
            rows = engine.build(_step(name), _sources(warehouse, name, day), _given(name, day), target)
            files[snapshot(as_of_on, name)] = [NewFile(target)] if rows else []
            step.advance()
        facts = {snapshot(as_of_on, name): {"made_from": _made_from(warehouse, name, day)} for name in due}
        warehouse.publish(Publication(files, facts))
    return len(due)


def counted(
    warehouse: Warehouse, engine: Engine, name: str, day: CountedDay, category_id: str | None = None
) -> list[dict[str, Any]]:
    """Rows of a table of counts.

    Args:
        warehouse: Holds the profiles.
        engine: Runs the SQL where nobody counted before.
        name: One of `COUNTED`.
        day: The day.
        category_id: Of this category alone; None for all.

    Raises:
        StoreError: A file cannot be read.
    """
    if _is_counted(warehouse, name, day):
        rows = read_rows(warehouse.files(snapshot(day.as_of_on, name)), name)
    else:
        rows = engine.query(_step(name), _sources(warehouse, name, day), _given(name, day))
    mine = rows if category_id is None else rows.filter(pc.equal(rows["category_id"], category_id))
    return list(mine.to_pylist())


def _can(warehouse: Warehouse, name: str, day: CountedDay) -> bool:
    return all(warehouse.has(_dataset(one, day)) for one in _step(name).reads)


def _is_counted(warehouse: Warehouse, name: str, day: CountedDay) -> bool:
    dataset = snapshot(day.as_of_on, name)
    return warehouse.has(dataset) and warehouse.properties(dataset).get("made_from") == _made_from(
        warehouse, name, day
    )


def _made_from(warehouse: Warehouse, name: str, day: CountedDay) -> str:
    step = _step(name)
    files = [file.sha256 for one in step.reads for file in _files(warehouse, one, day)]
    return digest_of(name, step.text, day.as_of_on, day.earlier_on if _BEFORE in step.reads else "", *files)


def _given(name: str, day: CountedDay) -> dict[str, Any]:
    return dict.fromkeys(_step(name).parameters, day.as_of_on)


def _sources(warehouse: Warehouse, name: str, day: CountedDay) -> Mapping[str, Any]:
    return {one: [file.path for file in _files(warehouse, one, day)] for one in _step(name).reads}


def _files(warehouse: Warehouse, table_name: str, day: CountedDay) -> list[DataFile]:
    return warehouse.files(_dataset(table_name, day))


def _dataset(table_name: str, day: CountedDay) -> str:
    """Where a table lies: products as they were loaded, the rest as of a day."""
    if table_name == "products":
        return table_name
    return (
        snapshot(day.earlier_on, "household_cells")
        if table_name == _BEFORE
        else snapshot(day.as_of_on, table_name)
    )
