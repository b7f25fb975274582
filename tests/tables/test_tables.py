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

from pathlib import Path

import pyarrow as pa
import pytest
from table_cases import CASES, TableCase, all_cases

from regulars.adapters import DuckDBEngine
from regulars.kernel import ContractError

SOURCES = Path(__file__).parents[2] / "src" / "regulars"
PACKAGES = ("offers", "profiles", "predict")


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    return DuckDBEngine(threads=1)


@pytest.mark.parametrize("case", all_cases())
def test_rows_in_rows_out(case: TableCase, engine: DuckDBEngine, tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    if case.refused:
        with pytest.raises(ContractError, match=case.refused):
            engine.build(case.step, case.sources, case.parameters, target)
        assert not target.exists()
        return
    assert engine.build(case.step, case.sources, case.parameters, target) == len(case.writes)
    result = engine.query(case.step, case.sources, case.parameters)
    columns = list(case.writes[0]) if case.writes else []
    assert result.select(columns).to_pylist() == case.writes


@pytest.mark.parametrize("case", [case for case in all_cases() if not case.values[0].refused])
def test_the_order_of_the_rows_does_not_matter(case: TableCase, engine: DuckDBEngine) -> None:
    backwards = {name: _backwards(rows) for name, rows in case.sources.items()}
    forwards = engine.query(case.step, case.sources, case.parameters)
    assert engine.query(case.step, backwards, case.parameters).equals(forwards)


def test_every_step_has_cases() -> None:
    steps = {f"{package}.{file.stem}" for package in PACKAGES for file in (SOURCES / package).glob("*.sql")}
    assert steps <= {file.stem for file in CASES.glob("*.yaml")}


def _backwards(rows: pa.Table) -> pa.Table:
    return rows.take(pa.array(range(len(rows) - 1, -1, -1), pa.int64()))
