"""Tables taken along: read back by other programs they are what was written, and no text becomes a formula."""

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest

from regulars.adapters.exports import ExportFormat, export_table

EVIL = ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "Milk, 2 %"]
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


class Kind(StrEnum):
    NEW = "new"


@dataclass(frozen=True)
class Inner:
    count: int
    at: datetime | None


@dataclass(frozen=True)
class Row:
    name: str
    amount_cents: int | None
    on: date
    kind: Kind
    inner: Inner
    tags: tuple[str, ...]
    share: float = 0.5
    done: bool = True


NOON = datetime(2017, 11, 27, 12, 0, tzinfo=UTC)
ROWS = [Row(text, 150, date(2017, 11, 27), Kind.NEW, Inner(3, NOON), ("a", "b")) for text in EVIL]
ROWS.append(Row("none", None, date(2017, 11, 28), Kind.NEW, Inner(0, None), ()))
NAMES = ["name", "amount_cents", "on", "kind", "inner_count", "inner_at", "tags", "share", "done"]


def written(form: ExportFormat, rows: list[Row] = ROWS) -> bytes:
    return b"".join(export_table(iter(rows), Row, form))


def test_csv_says_what_the_rows_say_and_no_cell_is_a_formula() -> None:
    head, *rows = list(csv.reader(io.StringIO(written(ExportFormat.CSV).decode("utf-8-sig"))))
    assert head == NAMES
    assert [row[0] for row in rows] == [f"'{text}" for text in EVIL[:5]] + ["Milk, 2 %", "none"]
    assert rows[5][1:] == ["150", "2017-11-27", "new", "3", "2017-11-27T12:00:00+00:00", "a; b", "0.5", "True"]
    assert rows[6][1:6] == ["", "2017-11-28", "new", "0", ""]


def test_parquet_keeps_types_and_texts_as_they_are() -> None:
    table = pq.read_table(io.BytesIO(written(ExportFormat.PARQUET)))
    assert table.column_names == NAMES
    assert table["name"].to_pylist() == [*EVIL, "none"]
    assert table["amount_cents"].to_pylist() == [150] * 6 + [None]
    assert table["inner_at"].to_pylist() == [NOON] * 6 + [None]
    assert table["on"].to_pylist()[0] == date(2017, 11, 27)


def test_xlsx_holds_texts_and_amounts_and_no_formula() -> None:
    with zipfile.ZipFile(io.BytesIO(written(ExportFormat.XLSX))) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert sheet.findall(f".//{_SHEET}f") == []
    rows = [
        [cell.findtext(f"{_SHEET}v") or "".join(cell.itertext()) for cell in row]
        for row in sheet.iter(f"{_SHEET}row")
    ]
    assert rows[0][:2] == ["name", "amount"]
    assert [row[0] for row in rows[1:6]] == [f"'{text}" for text in EVIL[:5]]
    assert float(rows[6][1]) == 1.5


@pytest.mark.parametrize("form", list(ExportFormat))
def test_the_same_table_gives_the_same_bytes_and_an_empty_one_its_head(form: ExportFormat) -> None:
    assert written(form) == written(form)
    empty = written(form, [])
    assert empty
    if form is ExportFormat.PARQUET:
        assert pq.read_table(io.BytesIO(empty)).column_names == NAMES
