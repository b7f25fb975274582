"""Cases of the table tests: read from their files, rows made whole by the contracts. See test_tables.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from regulars.adapters import arrow_schema
from regulars.contracts import SqlStep, read_step, table

CASES = Path(__file__).parent / "cases"
_PLAIN = {
    "text": "",
    "integer": 0,
    "double": 0.0,
    "boolean": False,
    "date": date(2017, 1, 1),
    "timestamp": None,
}


@dataclass(frozen=True)
class TableCase:
    """One case: rows in, parameters, and either rows out or a piece of the refusal."""

    step: SqlStep
    sources: dict[str, pa.Table]
    parameters: dict[str, Any]
    writes: list[dict[str, Any]]
    refused: str


def all_cases() -> list[Any]:
    """Every case of every file, as parameters named `<package>.<file>: <case>`."""
    return [
        pytest.param(_read(file, entry), id=f"{file.stem}: {entry['case']}")
        for file in sorted(CASES.glob("*.yaml"))
        for entry in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


def _read(file: Path, entry: dict[str, Any]) -> TableCase:
    package, _, name = file.stem.partition(".")
    step = read_step(f"regulars.{package}", f"{name}.sql")
    given, defaults = entry.get("reads", {}), entry.get("defaults", {})
    stray = {*given, *defaults} - set(step.reads)
    assert not stray, f"{file.name}, {entry['case']}: the step does not read {sorted(stray)}"
    sources = {name: _rows(name, given.get(name, []), defaults.get(name, {})) for name in step.reads}
    return TableCase(step, sources, entry.get("parameters", {}), entry.get("writes", []), entry.get("refused", ""))


def _rows(table_name: str, rows: list[dict[str, Any]], defaults: dict[str, Any]) -> pa.Table:
    contract = table(table_name)
    plain = {column.name: None if column.nullable else _PLAIN[column.type] for column in contract.columns}
    unknown = {name for row in [defaults, *rows] for name in row} - set(plain)
    assert not unknown, f"{table_name} has no column {sorted(unknown)}"
    return pa.Table.from_pylist([{**plain, **defaults, **row} for row in rows], schema=arrow_schema(contract))
