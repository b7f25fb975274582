"""The DuckDB engine: types, order and audits of what a step writes; errors that name the step."""

import dataclasses
import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.adapters import DuckDBEngine
from regulars.contracts import SqlStep
from regulars.kernel import ContractError, StoreError

STEP = SqlStep(
    table="product_facts",
    grain="one row per product",
    reads=("lines",),
    parameters=("until_on",),
    text="""
        SELECT product_id, COUNT(DISTINCT household_id) AS households, SUM(amount_cents) AS amount_cents,
               MAX(amount_cents) AS price_cents, MAX(sold_on) AS seen_on, FALSE AS price_varies
        FROM lines WHERE sold_on < $until_on GROUP BY product_id
    """,
    source="tests/product_facts.sql",
)
DAY = datetime.date(2017, 11, 1)
LINES = pa.table({
    "household_id": ["2", "1", "1", None],
    "product_id": ["b", "a", "b", "late"],
    "amount_cents": pa.array([200, 100, 300, 1], pa.int64()),
    "sold_on": pa.array([DAY, DAY, DAY, DAY + datetime.timedelta(30)], pa.date32()),
})  # fmt: skip
UNTIL = {"until_on": datetime.date(2017, 11, 27)}


def test_rows_are_typed_and_sorted_by_the_contract(tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    assert DuckDBEngine().build(STEP, {"lines": LINES}, UNTIL, target) == 2
    written = pq.read_table(target)
    assert written.schema.field("amount_cents").type == pa.int64()
    assert written.to_pylist() == [
        {
            "product_id": "a",
            "households": 1,
            "amount_cents": 100,
            "price_cents": 100,
            "seen_on": DAY,
            "price_varies": False,
        },
        {
            "product_id": "b",
            "households": 2,
            "amount_cents": 500,
            "price_cents": 300,
            "seen_on": DAY,
            "price_varies": False,
        },
    ]


def test_files_rows_in_memory_and_batches_agree_and_bytes_repeat(tmp_path: Path) -> None:
    engine = DuckDBEngine()
    pq.write_table(LINES.slice(0, 2), tmp_path / "1.parquet")
    pq.write_table(LINES.slice(2), tmp_path / "2.parquet")
    files = [tmp_path / "2.parquet", tmp_path / "1.parquet"]
    engine.build(STEP, {"lines": files}, UNTIL, tmp_path / "a.parquet")
    engine.build(STEP, {"lines": LINES}, UNTIL, tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    rows = engine.query(STEP, {"lines": files}, UNTIL)
    assert rows.equals(pq.read_table(tmp_path / "a.parquet").cast(rows.schema))
    batches = list(engine.batches(STEP, {"lines": LINES}, UNTIL, 1))
    assert sum(batch.num_rows for batch in batches) == 2
    assert pa.Table.from_batches(batches).equals(rows)


def test_no_file_is_an_empty_table(tmp_path: Path) -> None:
    assert DuckDBEngine().build(STEP, {"lines": []}, UNTIL, tmp_path / "o.parquet") == 0
    assert pq.read_table(tmp_path / "o.parquet").num_rows == 0


def with_text(text: str) -> SqlStep:
    return dataclasses.replace(STEP, text=text, parameters=())


ROW = (
    "SELECT 'a' AS product_id, 1 AS households, 1 AS amount_cents, 1 AS price_cents, "
    "DATE '2017-01-01' AS seen_on, FALSE AS price_varies"
)


def test_a_repeated_grain_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    target = tmp_path / "o.parquet"
    with pytest.raises(ContractError, match=r"tests/product_facts.sql: \('product_id',\) = \('a',\) stands more"):
        DuckDBEngine().build(with_text(f"{ROW} UNION ALL {ROW}"), {"lines": LINES}, {}, target)
    assert not target.exists()


def test_an_empty_value_where_none_may_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="households has empty values"):
        DuckDBEngine().build(
            with_text(ROW.replace("1 AS households", "NULL AS households")), {"lines": LINES}, {}, tmp_path / "o"
        )


def test_a_wrong_statement_names_the_step_and_shows_the_text(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"tests/product_facts\.sql") as caught:
        DuckDBEngine().build(with_text("SELECT nonsense FROM lines"), {"lines": LINES}, {}, tmp_path / "o")
    assert "SELECT nonsense FROM lines" in caught.value.message


def test_a_table_that_was_not_given_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"reads \['lines'\]"):
        DuckDBEngine().build(STEP, {}, UNTIL, tmp_path / "o")


def test_a_folder_that_cannot_be_written_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="could not be run"):
        DuckDBEngine().build(STEP, {"lines": LINES}, UNTIL, tmp_path / "no" / "such" / "folder.parquet")
