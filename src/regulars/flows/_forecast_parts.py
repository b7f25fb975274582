"""How a forecast of needs came true part by part: by department, by how often, by spend, and for needs never bought."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from math import fsum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.predict import ForecastQuality, JudgedPart

from ._names import snapshot
from ._ports import Warehouse
from ._rows import read_rows

_SCALE = 1 << 30
"""Chances are added up as whole numbers of this fineness, so that the sums depend on no order."""

_DAYS = (1, 2, 3, 6, 13)
_SPEND_CENTS = (0, 5_000, 10_000, 20_000)
IDEAS_FIRST = 3
"""So many ideas of a household are told apart from those behind."""

Sums = dict[tuple[str, str], tuple[int, int, int]]
"""Of each grouping and part: how many needs, their chances in units of `_SCALE`, how many were bought."""


def department_of(warehouse: Warehouse, as_of_on: date) -> pa.Table:
    """The department of each product as of a day; the same for every bucket."""
    classes = read_rows(warehouse.files(snapshot(as_of_on, "product_classes")), "product_classes")
    return classes.select(["product_id", "department_id"])


def part_sums(
    warehouse: Warehouse, judged: pa.Table, ideas: pa.Table, departments: pa.Table, as_of_on: date, bucket: int
) -> Sums:
    """What a bucket's needs come to, part by part.

    Args:
        warehouse: Holds the profiles of the day.
        judged: Rows of `judged_items`, one bucket.
        ideas: Rows of `judged_new_needs`, the same bucket.
        departments: From `department_of`.
        as_of_on: The day the forecast was made as of.
        bucket: Which bucket.
    """
    needs = judged.filter(pc.equal(judged["level"], "need")).rename_columns({"item_id": "need_id"})
    habits = read_rows(warehouse.files(snapshot(as_of_on, "household_needs"), bucket=bucket), "household_needs")
    values = read_rows(warehouse.files(snapshot(as_of_on, "household_value"), bucket=bucket), "household_value")
    placed = (
        needs.select(["household_id", "need_id", "probability", "bought"])
        .join(
            habits.select(["household_id", "need_id", "favourite_product_id", "days_bought"]),
            ["household_id", "need_id"],
            join_type="inner",
        )
        .join(values.select(["household_id", "weekly_spend_cents"]), "household_id", join_type="inner")
        .join(departments, "favourite_product_id", "product_id", join_type="inner")
    )
    return {
        **_summed("department", placed["department_id"].to_pylist(), placed),
        **_summed("days bought", _least(_DAYS, placed["days_bought"]), placed),
        **_summed("weekly spend", _least(_SPEND_CENTS, placed["weekly_spend_cents"]), placed),
        **_summed("never bought", _least((1, IDEAS_FIRST + 1), ideas["rank"]), ideas),
    }


def _least(limits: Sequence[int], values: pa.ChunkedArray) -> list[str]:
    """The greatest of the limits that each value reaches, as text."""
    places = np.searchsorted(limits, values.to_numpy(), side="right") - 1
    return [str(limits[place]) for place in places]


def _summed(grouping: str, parts: Sequence[str], rows: pa.Table) -> Sums:
    said = np.rint(rows["probability"].to_numpy() * _SCALE).astype(np.int64)
    bought = rows["bought"].to_numpy()
    names = np.array(parts, dtype=np.str_)
    found = {}
    for name in np.unique(names).tolist():
        here = names == name
        found[grouping, name] = (int(here.sum()), int(said[here].sum()), int(bought[here].sum()))
    return found


def judged_parts(buckets: Iterable[Sums]) -> tuple[JudgedPart, ...]:
    """The parts of all buckets together, in their order."""
    totals: Sums = {}
    for sums in buckets:
        for key, counted in sums.items():
            before = totals.get(key, (0, 0, 0))
            totals[key] = (before[0] + counted[0], before[1] + counted[1], before[2] + counted[2])
    return tuple(
        JudgedPart(grouping, part, items, said / _SCALE / items, bought / items)
        for (grouping, part), (items, said, bought) in sorted(totals.items(), key=_place)
    )


def _place(entry: tuple[tuple[str, str], object]) -> tuple[str, int, str]:
    (grouping, part), _ = entry
    return grouping, int(part) if part.isdecimal() and grouping != "department" else 0, part


def pooled_parts(qualities: Sequence[ForecastQuality]) -> tuple[JudgedPart, ...]:
    """The parts of several windows as if they were one.

    Args:
        qualities: One a window.
    """
    of_all: dict[tuple[str, str], list[JudgedPart]] = {}
    for quality in qualities:
        for one in quality.parts:
            of_all.setdefault((one.grouping, one.part), []).append(one)
    pooled = []
    for (grouping, part), ones in sorted(of_all.items(), key=_place):
        items = sum(one.items for one in ones)
        said, happened = (fsum(getattr(one, name) * one.items for one in ones) for name in ("said", "happened"))
        pooled.append(JudgedPart(grouping, part, items, said / items, happened / items))
    return tuple(pooled)


def part_title(part: JudgedPart) -> str:
    """What a part is called; limits of spend are whole dollars.

    Args:
        part: The part.

    Example:
        >>> part_title(JudgedPart("days bought", "3", 9, 0.3, 0.3))
        '3 to 5 days'
        >>> part_title(JudgedPart("weekly spend", "20000", 9, 0.3, 0.3))
        '$200 and more'
    """
    if part.grouping == "days bought":
        return "1 day" if part.part == "1" else _between(_DAYS, int(part.part), str, " days")
    if part.grouping == "weekly spend":
        return _between(_SPEND_CENTS, int(part.part), lambda cents: f"${cents // 100}", "")
    if part.grouping == "never bought":
        return f"the first {IDEAS_FIRST} of a household" if part.part == "1" else "those behind"
    return part.part


def _between(limits: Sequence[int], least: int, written: Callable[[int], str], unit: str) -> str:
    after = limits.index(least) + 1
    if after == len(limits):
        return f"{written(least)}{unit} and more"
    if least == 0:
        return f"less than {written(limits[after])}"
    last = limits[after] - 1 if unit else limits[after]
    return f"{written(least)}{unit}" if last == least else f"{written(least)} to {written(last)}{unit}"
