"""Few rows of a large file: the same as reading it whole and looking at every row, and no more of it is read."""

import operator
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.flows import _parquet_rows
from regulars.flows._parquet_rows import find_rows

ROWS, GROUP = 1_000, 100
DAY = date(2017, 11, 27)
COMPARED = {
    "=": operator.eq,
    "in": lambda value, several: value in several,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
WHERES = [
    [("household_id", "=", "h0403")],
    [("household_id", "=", "nobody")],
    [("household_id", "in", ["h0001", "h0999", "x"])],
    [("household_id", "in", [])],
    [("number", ">", 990)],
    [("number", ">=", 95), ("number", "<", 105), ("store_id", "=", "3")],
    [("number", "<=", 3)],
    [("on", "=", DAY + timedelta(days=7))],
    [("on", ">", DAY), ("on", "<=", DAY + timedelta(days=3)), ("store_id", "in", ["1", "2"])],
    [("perhaps", "=", "a")],
    [("empty", "=", "a")],
]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sorted by household; text with and without gaps, numbers and days."""
    rows = pa.table(
        {
            "household_id": [f"h{number:04d}" for number in range(ROWS)],
            "number": list(range(ROWS)),
            "store_id": [f"{number % 7}" for number in range(ROWS)],
            "on": pa.array([DAY + timedelta(days=number % 30) for number in range(ROWS)], pa.date32()),
            "perhaps": [None if number % 3 else "a" for number in range(ROWS)],
            "empty": pa.array([None] * ROWS, pa.string()),
            "share": [number / 3 for number in range(ROWS)],
        }
    )
    made = tmp_path_factory.mktemp("rows") / "rows.parquet"
    pq.write_table(rows, made, row_group_size=GROUP)
    return made


def plainly(path: Path, where: list[tuple[str, str, object]]) -> list[dict[str, object]]:
    """By looking at every row."""
    return [
        row
        for row in pq.ParquetFile(path).read().to_pylist()
        if all(row[name] is not None and COMPARED[how](row[name], value) for name, how, value in where)
    ]


@pytest.mark.parametrize("where", WHERES, ids=str)
@pytest.mark.parametrize("columns", [None, ["share", "household_id"], ["number"]])
def test_rows_are_those_that_every_row_looked_at_gives(
    path: Path, where: list[tuple[str, str, object]], columns: list[str] | None
) -> None:
    wanted = plainly(path, where)
    found = find_rows(path, where, columns)
    schema = pq.read_schema(path)
    assert found.schema == pa.schema([schema.field(name) for name in columns or schema.names])
    assert found.to_pylist() == [{name: row[name] for name in columns or row} for row in wanted]
    assert find_rows(path, where, columns, most=2).to_pylist() == found.to_pylist()[:2]


def test_no_other_part_of_the_file_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    class Watched(pq.ParquetFile):
        def read_row_group(self, number: int, **more: object) -> pa.Table:
            read.append(number)
            return super().read_row_group(number, **more)

    monkeypatch.setattr(_parquet_rows.pq, "ParquetFile", Watched)
    find_rows(path, [("household_id", "=", "h0403")])
    assert set(read) == {4}
    read.clear()
    find_rows(path, [("number", ">", 250)], most=60)
    assert set(read) == {2, 3}
    read.clear()
    find_rows(path, [("household_id", "in", ["h0001", "h0999"])], ["number"])
    assert set(read) == {0, 9}


def test_a_column_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(KeyError, match="nothing"):
        find_rows(path, [("nothing", "=", "a")])
    with pytest.raises(KeyError, match="nothing"):
        find_rows(path, [("number", "=", 1)], ["nothing"])
