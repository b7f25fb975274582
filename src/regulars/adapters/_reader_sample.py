"""The beginning of a file, small enough to look at: for proposing a mapping and showing rows through it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.ingest import Sample, text_sample

from ._archives import names_inside, unpacked

_BYTES = 1 << 20
_ROWS = 1_000
_ROWS_SHOWN = 200


def beginning_of(path: Path, folder: Path) -> tuple[Sample, Path]:
    """What stands at the beginning of a file, and a file that holds no more.

    Args:
        path: The file, packed or not.
        folder: Where that file is put.
    """
    source = unpacked(path, folder)
    inside = names_inside(path)
    name = inside[0] if len(inside) == 1 else path.name.removesuffix(".gz").removesuffix(".zip")
    with source.open("rb") as stream:
        data = stream.read(_BYTES)
        more = bool(stream.read(1))
    if data[:4] == b"PAR1":
        return _parquet_beginning(source, name, folder)
    if more and b"\n" in data:
        data = data[: data.rindex(b"\n") + 1]
    beginning = folder / "beginning"
    beginning.write_bytes(data)
    return text_sample(name, data), beginning


def _parquet_beginning(source: Path, name: str, folder: Path) -> tuple[Sample, Path]:
    with pq.ParquetFile(source) as file:
        batch = next(file.iter_batches(_ROWS), None)
        rows = pa.Table.from_batches([] if batch is None else [batch], file.schema_arrow)
    beginning = folder / "beginning"
    pq.write_table(rows, beginning)
    cells = tuple(tuple(map(_text, row.values())) for row in rows.slice(0, _ROWS_SHOWN).to_pylist())
    return Sample(name, "parquet", tuple(rows.column_names), cells), beginning


def _text(value: Any) -> str:
    return "" if value is None else str(value)
