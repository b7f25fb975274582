"""Runs every case under tests/tables/cases: rows in, one SQL step, rows out, through the real engine.

A case file is named `<package>.<file>.yaml` after its step and holds a list of cases:

    - case: what it shows
      parameters: {as_of_on: 2017-03-01}
      defaults: {lines: {store_id: s1}}       # what the rows of a table leave out
      reads:
        lines:
          - {household_id: h1, sold_on: 2017-02-28}
      writes:
        - {household_id: h1, trips_182: 1}    # each row names the same columns; only those are compared

A column left out and without default is null where it may be, else empty, 0, false or 2017-01-01. A table a step
reads but no case gives is empty. Rows come sorted by the table's grain. `refused` in place of `writes` is a piece
of the message with which the engine refuses the result.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from regulars.adapters import DuckDBEngine, arrow_schema
from regulars.contracts import SqlStep, read_step, table
from regulars.kernel import ContractError

CASES = Path(__file__).parent / "cases"
SOURCES = Path(__file__).parents[2] / "src" / "regulars"
PACKAGES = ("profiles", "predict")
PLAIN = {
    "text": "",
    "integer": 0,
    "double": 0.0,
    "boolean": False,
    "date": date(2017, 1, 1),
    "timestamp": None,
}


def step_of(file_name: str) -> SqlStep:
    package, _, name = file_name.removesuffix(".yaml").partition(".")
    return read_step(f"regulars.{package}", f"{name}.sql")


def all_cases() -> list[Any]:
    return [
        pytest.param(file.name, case, id=f"{file.name.removesuffix('.yaml')}: {case['case']}")
        for file in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


def rows_of(table_name: str, rows: list[dict[str, Any]], defaults: dict[str, Any]) -> pa.Table:
    contract = table(table_name)
    plain = {column.name: None if column.nullable else PLAIN[column.type] for column in contract.columns}
    unknown = {name for row in [defaults, *rows] for name in row} - set(plain)
    assert not unknown, f"{table_name} has no column {sorted(unknown)}"
    return pa.Table.from_pylist([{**plain, **defaults, **row} for row in rows], schema=arrow_schema(contract))


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    return DuckDBEngine(threads=1)


@pytest.mark.parametrize(("file_name", "case"), all_cases())
def test_rows_in_rows_out(file_name: str, case: dict[str, Any], engine: DuckDBEngine, tmp_path: Path) -> None:
    step = step_of(file_name)
    given = case.get("reads", {})
    assert set(given) <= set(step.reads), f"{file_name} does not read {sorted(set(given) - set(step.reads))}"
    defaults = case.get("defaults", {})
    sources = {name: rows_of(name, given.get(name, []), defaults.get(name, {})) for name in step.reads}
    parameters = case.get("parameters", {})
    if "refused" in case:
        with pytest.raises(ContractError, match=case["refused"]):
            engine.build(step, sources, parameters, tmp_path / "out.parquet")
        return
    engine.build(step, sources, parameters, tmp_path / "out.parquet")
    result = engine.query(step, sources, parameters)
    backwards = {
        name: rows.take(pa.array(range(len(rows) - 1, -1, -1), pa.int64())) for name, rows in sources.items()
    }
    assert engine.query(step, backwards, parameters).equals(result), "the result depends on the order of the rows"
    columns = list(case["writes"][0]) if case["writes"] else []
    assert result.select(columns).to_pylist() == case["writes"] if columns else result.num_rows == 0


def test_every_step_has_cases() -> None:
    steps = {f"{package}.{file.stem}" for package in PACKAGES for file in (SOURCES / package).glob("*.sql")}
    assert steps == {file.stem for file in CASES.glob("*.yaml")}
