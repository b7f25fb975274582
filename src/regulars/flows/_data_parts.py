"""Files of checked rows on their way into the warehouse: Arrow's own form, a third of Parquet's cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

_CHUNK_ROWS = 16_384
"""Readers hold dozens of chunks at once, so that small ones bound their memory."""


def write_part(rows: pa.Table, target: Path) -> None:
    """Write rows to a file."""
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_file(sink, rows.schema, options=options) as writer:
        writer.write_table(rows, max_chunksize=_CHUNK_ROWS)


def read_parts(paths: Sequence[Path]) -> pa.Table:
    """All rows of such files, of which there must be one."""
    tables = []
    for path in paths:
        with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as reader:
            tables.append(reader.read_all())
    return pa.concat_tables(tables)
