"""A few rows of a large file: parts that cannot hold any are passed over, of the rest only what is asked for is made.

Text that repeats is read as it lies in the file, as numbers of a dictionary, and spelled out for the rows that were
found alone.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

Where: TypeAlias = Sequence[tuple[str, str, Any]]
"""Conditions that all hold: column, comparison (``=``, ``in``, ``<``, ``<=``, ``>``, ``>=``), value."""

_NUMBER_BYTES = 4
_COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": pc.equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}
_BEGINS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.le,
    "<": operator.lt,
    "<=": operator.le,
}
"""How the least value of a part must stand to what is looked for, so that the part may hold it."""
_ENDS: Mapping[str, Callable[[Any, Any], bool]] = {"=": operator.ge, ">": operator.gt, ">=": operator.ge}
"""The same for its greatest value."""


def find_rows(
    path: Path, where: Where, columns: Sequence[str] | None = None, *, most: int | None = None
) -> pa.Table:
    """Rows of a Parquet file that meet every condition, in the file's order.

    Args:
        path: The file.
        where: The conditions, one at least.
        columns: Which columns, in which order; None for all as they stand.
        most: So many rows at most, the first; None for all.

    Raises:
        OSError: The file cannot be read.
        KeyError: The file has no such column.
    """
    told = path.stat()
    metadata, schema, texts = _foot(path, told.st_mtime_ns, told.st_size)
    wanted = list(schema.names if columns is None else columns)
    asked = list(dict.fromkeys(column for column, _, _ in where))
    for name in (*wanted, *asked):
        schema.field(name)
    rest = [name for name in wanted if name not in asked]
    made = pa.schema([schema.field(name) for name in wanted])
    parts, left = [], most
    with pq.ParquetFile(path, metadata=metadata, read_dictionary=texts, memory_map=True) as file:
        for number in _parts_that_may_hold(metadata, where):
            found = file.read_row_group(number, columns=asked, use_threads=False)
            places = pc.indices_nonzero(_meets(found, where))[:left]
            if not len(places):
                continue
            table = found.take(places)
            if rest:
                others = file.read_row_group(number, columns=rest, use_threads=False).take(places)
                for name in others.column_names:
                    table = table.append_column(name, others[name])
            parts.append(table.select(wanted).cast(made))
            if left is not None:
                left -= len(places)
                if not left:
                    break
    return pa.concat_tables(parts) if parts else made.empty_table()


@lru_cache(maxsize=512)
def _foot(path: Path, _changed_ns: int, _size: int) -> tuple[pq.FileMetaData, pa.Schema, list[str]]:
    """What a file says of itself, and which of its texts repeat: numbers of a dictionary take few bytes."""
    metadata = pq.read_metadata(path)
    schema = metadata.schema.to_arrow_schema()
    texts = []
    if metadata.num_row_groups:
        first = metadata.row_group(0)
        for place, one in enumerate(schema):
            short = first.column(place).total_uncompressed_size < _NUMBER_BYTES * first.num_rows
            if pa.types.is_string(one.type) and short:
                texts.append(one.name)
    return metadata, schema, texts


def _parts_that_may_hold(metadata: pq.FileMetaData, where: Where) -> list[int]:
    """Numbers of the row groups whose least and greatest values do not rule out what is looked for."""
    places = {metadata.schema.column(place).path: place for place in range(metadata.num_columns)}
    return [
        number
        for number in range(metadata.num_row_groups)
        if all(
            _may_hold(metadata.row_group(number).column(places[column]).statistics, compared, value)
            for column, compared, value in where
        )
    ]


def _may_hold(told: pq.Statistics | None, compared: str, value: Any) -> bool:
    if told is None or not told.has_min_max or (not isinstance(told.min, type(value)) and compared != "in"):
        return True
    if compared == "in":
        return any(told.min <= one <= told.max for one in value)
    begins, ends = _BEGINS.get(compared), _ENDS.get(compared)
    return (begins is None or begins(told.min, value)) and (ends is None or ends(told.max, value))


def _meets(rows: pa.Table, where: Where) -> pa.ChunkedArray | pa.Array:
    """Which rows meet every condition; empty values meet none."""
    mask = None
    for column, compared, value in where:
        held = pa.chunked_array([_held(chunk, compared, value) for chunk in rows[column].chunks], pa.bool_())
        mask = held if mask is None else pc.and_(mask, held)
    assert mask is not None, "a condition at least"
    return mask


def _held(chunk: pa.Array, compared: str, value: Any) -> pa.Array:
    if isinstance(chunk, pa.DictionaryArray):
        return _held(chunk.dictionary, compared, value).take(chunk.indices)
    if compared == "in":
        return pc.is_in(chunk, pa.array(list(value), chunk.type))
    return _COMPARED[compared](chunk, pa.scalar(value, chunk.type))
