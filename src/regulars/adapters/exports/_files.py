"""Tables a person takes along: frozen records as CSV, Parquet or XLSX, row by row, so that memory stays small."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import Enum, StrEnum
from itertools import chain, islice
from tempfile import SpooledTemporaryFile
from types import NoneType
from typing import IO, Any, Union, get_args, get_origin, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq
from xlsxwriter import Workbook

from regulars.kernel import formula_safe

_BATCH_ROWS = 5_000
_IN_MEMORY = 2_000_000
_CHUNK = 64 * 1024
_CENTS = "_cents"
_WIDTH_MAX = 48
_ZIP_START = (1980, 1, 1, 0, 0, 0)


class ExportFormat(StrEnum):
    """How a table is taken along."""

    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        """Its media type."""
        return {
            "csv": "text/csv; charset=utf-8",
            "parquet": "application/vnd.apache.parquet",
            "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }[self.value]


@dataclass(frozen=True)
class _Column:
    """One column: its name, the way to its value, its kind."""

    name: str
    path: tuple[str, ...]
    kind: type

    def value(self, row: object) -> Any:
        found: Any = row
        for part in self.path:
            found = None if found is None else getattr(found, part)
        if isinstance(found, Enum):
            return found.value
        if self.kind is str and found is not None and not isinstance(found, str):
            several = sorted(found) if isinstance(found, frozenset | set) else found
            return "; ".join(str(one) for one in several) if isinstance(several, tuple | list) else str(several)
        return found


def export_table(rows: Iterable[object], kind: type, form: ExportFormat) -> Iterator[bytes]:
    """A table as a file, piece by piece.

    A record within a record becomes columns of its own; whatever is no number, day or instant is told as text. Texts
    that a spreadsheet would take for a formula get an apostrophe, but in Parquet, which no one opens by a click.

    Args:
        rows: Frozen dataclasses of one kind.
        kind: Their class.
        form: Which file.
    """
    columns = tuple(_columns(kind))
    if form is ExportFormat.CSV:
        return _csv(rows, columns)
    write = _write_parquet if form is ExportFormat.PARQUET else _write_xlsx
    return _spooled(rows, columns, write)


def _columns(kind: type, path: tuple[str, ...] = ()) -> Iterator[_Column]:
    hints = get_type_hints(kind)
    for field in fields(kind):
        inner = _plain_kind(hints[field.name])
        place = (*path, field.name)
        if is_dataclass(inner):
            yield from _columns(inner, place)
        else:
            known = inner in (bool, int, float, date, datetime)
            yield _Column("_".join(place), place, inner if known else str)


def _plain_kind(hint: Any) -> type:
    """The kind of a value, whether it may be missing or not."""
    if get_origin(hint) is Union or type(hint).__name__ == "UnionType":
        left = [one for one in get_args(hint) if one is not NoneType]
        return _plain_kind(left[0]) if len(left) == 1 else str
    hint = getattr(hint, "__supertype__", hint)
    return hint if isinstance(hint, type) else str


def _csv(rows: Iterable[object], columns: Sequence[_Column]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([column.name for column in columns])
    yield b"\xef\xbb\xbf"
    for row in rows:
        writer.writerow([_cell(column.value(row)) for column in columns])
        if buffer.tell() > _CHUNK:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return formula_safe(value)
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else value


def _spooled(rows: Iterable[object], columns: Sequence[_Column], write: Any) -> Iterator[bytes]:
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        write(rows, columns, file)
        file.seek(0)
        while piece := file.read(_CHUNK):
            yield piece


def _write_parquet(rows: Iterable[object], columns: Sequence[_Column], file: IO[bytes]) -> None:
    kinds = {
        bool: pa.bool_(),
        int: pa.int64(),
        float: pa.float64(),
        str: pa.string(),
        date: pa.date32(),
        datetime: pa.timestamp("us", "UTC"),
    }
    schema = pa.schema([pa.field(column.name, kinds[column.kind]) for column in columns])
    waiting = iter(rows)
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        while batch := list(islice(waiting, _BATCH_ROWS)):
            values = [pa.array([column.value(row) for row in batch], kinds[column.kind]) for column in columns]
            writer.write_batch(pa.record_batch(values, schema=schema))


def _write_xlsx(rows: Iterable[object], columns: Sequence[_Column], file: IO[bytes]) -> None:
    """One sheet with its head frozen; cents become amounts, as a person reads them."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "use_zip64": True}
    book = Workbook(file, options)
    book.set_properties({"created": datetime(*_ZIP_START)})  # noqa: DTZ001 - a fixed moment: same table, same bytes
    sheet = book.add_worksheet()
    head = book.add_format({"bold": True, "bottom": 1})
    formats = {
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        int: book.add_format({"num_format": "0"}),
        float: book.add_format({"num_format": "0.000"}),
    }
    money = book.add_format({"num_format": "#,##0.00"})
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, min(_WIDTH_MAX, max(10, len(column.name) + 2)))
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.name.removesuffix(_CENTS), head)
    for number, row in enumerate(chain(rows), start=1):
        for place, column in enumerate(columns):
            value = column.value(row)
            if value is None:
                continue
            if column.kind is str:
                sheet.write_string(number, place, formula_safe(value))
            elif column.kind is bool:
                sheet.write_boolean(number, place, value)
            elif column.kind in (date, datetime):
                plain = value.replace(tzinfo=None) if isinstance(value, datetime) else value
                sheet.write_datetime(number, place, plain, formats[column.kind])
            elif column.name.endswith(_CENTS):
                sheet.write_number(number, place, value / 100, money)
            else:
                sheet.write_number(number, place, value, formats[column.kind])
    book.close()
