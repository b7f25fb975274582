"""Allocation problems written down as rows."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

CENT = 10_000
SCHEMAS = {
    "households": [("household_id", pa.string()), ("slots_min", pa.int64()), ("slots_max", pa.int64()),
                   ("face_min_micros", pa.int64()), ("face_max_micros", pa.int64())],
    "offers": [("offer_id", pa.string()), ("category_id", pa.string()), ("vendor_id", pa.string()),
               ("distributions_min", pa.int64()), ("distributions_max", pa.int64()),
               ("vendor_budget_micros", pa.int64())],
    "levels": [("offer_id", pa.string()), ("level", pa.int64()), ("face_micros", pa.int64()),
               ("funding_micros", pa.int64())],
    "options": [("household_id", pa.string()), ("offer_id", pa.string()), ("level", pa.int64()),
                ("value_micros", pa.int64()), ("redemptions", pa.float64()), ("excluded", pa.bool_())],
    "limits": [("scope", pa.string()), ("id", pa.string()), ("max_count", pa.int64()),
               ("budget_micros", pa.int64())],
}  # fmt: skip


def tables(rows: dict[str, list[tuple[Any, ...]]]) -> dict[str, pa.Table]:
    made = {}
    for name, columns in SCHEMAS.items():
        values = list(zip(*rows[name], strict=True)) or [()] * len(columns)
        made[name] = pa.table(
            [pa.array(list(column), kind) for column, (_, kind) in zip(values, columns, strict=True)],
            names=[column for column, _ in columns],
        )
    return made


def plan_of(rows: list[tuple[str, str, int]]) -> pa.Table:
    return tables_like(rows, [("household_id", pa.string()), ("offer_id", pa.string()), ("level", pa.int64())])


def tables_like(rows: list[tuple[Any, ...]], columns: list[tuple[str, pa.DataType]]) -> pa.Table:
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [pa.array(list(column), kind) for column, (_, kind) in zip(values, columns, strict=True)]
    return pa.table(arrays, names=[name for name, _ in columns])


def shop() -> dict[str, list[tuple[Any, ...]]]:
    """Two households, three offers in two categories of two vendors, all limits wide open but present."""
    dollar = 100 * CENT
    return {
        "households": [("h1", 1, 2, dollar, 5 * dollar), ("h2", 1, 2, dollar, 5 * dollar)],
        "offers": [("o1", "c1", "v1", None, 2, 10 * dollar), ("o2", "c1", "v1", 1, None, None),
                   ("o3", "c2", "v2", None, None, None)],
        "levels": [("o1", 1, dollar, dollar), ("o1", 2, 2 * dollar, dollar), ("o2", 1, dollar, dollar // 2),
                   ("o3", 1, dollar, 0)],
        "options": [(h, o, level, value * CENT, 0.5, False) for h in ("h1", "h2")
                    for o, level, value in (("o1", 1, 30), ("o1", 2, 40), ("o2", 1, 20), ("o3", 1, 10))],
        "limits": [("category", "c1", 1, None), ("vendor", "v1", None, 10 * dollar),
                   ("store", "all", None, 10 * dollar)],
    }  # fmt: skip
