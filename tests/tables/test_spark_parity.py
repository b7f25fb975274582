"""Every case of the table tests, run by Spark on the text SQLGlot renders: the same rows, to the bit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
import sqlglot
from table_cases import TableCase, all_cases

from regulars.adapters import DuckDBEngine, arrow_schema
from regulars.contracts import SqlStep, table

pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyspark"),
    pytest.mark.filterwarnings("ignore::FutureWarning:pyspark"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

_SPARK_TYPES = {
    "text": "STRING",
    "integer": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    pyspark = pytest.importorskip("pyspark.sql", reason="pyspark is not installed (extra [spark])")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed (openjdk-17-jre-headless)")
    session = (
        pyspark.SparkSession.builder.master("local[1]")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.ansi.enabled", "true")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.mark.parametrize("case", [case for case in all_cases() if not case.values[0].refused])
def test_spark_says_the_same(case: TableCase, spark: Any) -> None:
    for name, rows in case.sources.items():
        frame = spark.createDataFrame(rows.to_pylist(), _spark_schema(name))
        frame.createOrReplaceTempView(name)
    text = sqlglot.transpile(case.step.text, read="duckdb", write="spark", comments=False)[0]
    rows = spark.sql(_typed(case.step, text), args=case.parameters).collect()
    schema = arrow_schema(table(case.step.table))
    by_spark = pa.Table.from_pylist([row.asDict() for row in rows], schema=schema)
    by_duckdb = DuckDBEngine(threads=1).query(case.step, case.sources, case.parameters)
    assert by_spark.equals(by_duckdb)


def _spark_schema(table_name: str) -> str:
    return ", ".join(f"`{column.name}` {_SPARK_TYPES[column.type]}" for column in table(table_name).columns)


def _typed(step: SqlStep, text: str) -> str:
    contract = table(step.table)
    columns = ", ".join(f"CAST(`{c.name}` AS {_SPARK_TYPES[c.type]}) AS `{c.name}`" for c in contract.columns)
    order = ", ".join(f"`{name}`" for name in contract.grain)
    return f"SELECT {columns} FROM ({text}) AS step_result ORDER BY {order}"
