"""Quarantine: what was refused is shown, counted, taken out as a file and tried again."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from regulars.contracts import Finding, table

from ._files import whole_file
from ._ports import Warehouse

_TYPES: Mapping[str, Callable[[], pa.DataType]] = {"text": pa.string, "integer": pa.int64, "boolean": pa.bool_}


@dataclass(frozen=True)
class RuleCount:
    """How many rows of a file a rule names, and whether they were refused or are loaded and only told."""

    kind: str
    file: str
    rule: str
    rows: int
    refused: bool = True


@dataclass(frozen=True)
class FindingsReport:
    """What was refused: counts by file and rule, the first findings themselves, and how many there are beside them."""

    total: int
    counts: tuple[RuleCount, ...]
    findings: tuple[Finding, ...]
    others: int = 0


@dataclass(frozen=True)
class FindingsWanted:
    """Which findings are meant: of one kind, one file's name, one rule; None for any."""

    kind: str | None = None
    file: str | None = None
    rule: str | None = None


ALL_FINDINGS = FindingsWanted()


def data_findings(
    warehouse: Warehouse, *, wanted: FindingsWanted = ALL_FINDINGS, limit: int = 50
) -> FindingsReport:
    """What was refused or is doubted.

    Args:
        warehouse: Where findings are kept.
        wanted: Which.
        limit: How many findings are listed; all are counted.
    """
    rows = wanted_findings(warehouse, wanted)
    grouped = rows.group_by(["kind", "file", "rule", "refused"]).aggregate([("line", "count")]).to_pylist()
    counts = sorted((row["kind"], row["file"], row["rule"], row["line_count"], row["refused"]) for row in grouped)
    first = rows.slice(0, limit).drop_columns(["kind", "format", "head"]).to_pylist()
    return FindingsReport(
        rows.num_rows,
        tuple(RuleCount(*count) for count in counts),
        tuple(Finding(**row) for row in first),
        others=findings_table(warehouse).num_rows - rows.num_rows,
    )


def export_findings(warehouse: Warehouse, target: Path, *, wanted: FindingsWanted = ALL_FINDINGS) -> int:
    """Write findings to a file, with the whole text of each row: CSV, or Parquet if its name ends so.

    Returns:
        How many.

    Raises:
        StoreError: The file could not be written.
    """
    rows = wanted_findings(warehouse, wanted)
    with whole_file(target) as partial:
        if target.suffix == ".parquet":
            pq.write_table(rows, partial)
            return len(rows)
        with partial.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(rows.column_names)
            for batch in rows.to_batches(max_chunksize=10_000):
                writer.writerows(row.values() for row in batch.to_pylist())
    return len(rows)


def wanted_findings(warehouse: Warehouse, wanted: FindingsWanted) -> pa.Table:
    """Findings as rows of their table."""
    rows = findings_table(warehouse)
    for name in ("kind", "file", "rule"):
        value = getattr(wanted, name)
        if value is not None:
            rows = rows.filter(pc.equal(rows[name], value))
    return rows


def findings_table(warehouse: Warehouse) -> pa.Table:
    """All findings."""
    schema = pa.schema([pa.field(column.name, _TYPES[column.type]()) for column in table("findings").columns])
    files = [file.path for file in warehouse.files("findings")]
    return pa.concat_tables([schema.empty_table(), *(pq.read_table(path, schema=schema) for path in files)])


def sorted_findings(rows: pa.Table) -> pa.Table:
    """Findings in order, each once."""
    numbers = pa.array(np.arange(rows.num_rows))
    if len(np.unique(rows["line"].to_numpy())) < rows.num_rows:
        keys = {name: _codes(rows[name]) for name in rows.column_names}
        grouped = pa.table({**keys, "number": numbers}).group_by(list(keys), use_threads=False)
        first = grouped.aggregate([("number", "min")])["number_min"].combine_chunks()
        rows = _taken(rows, first.sort(), numbers)
    varied = [name for name in table("findings").grain if len(set(pc.min_max(rows[name]).as_py().values())) > 1]
    if not varied:
        return rows
    order = pc.sort_indices(rows, [(name, "ascending") for name in varied])
    return _taken(rows, order.cast(pa.int64()), numbers)


def _codes(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Small numbers that are the same where the texts are: thousands of findings share one long text."""
    if not pa.types.is_string(column.type):
        return column
    encoded = column.dictionary_encode()
    return pa.chunked_array([chunk.indices for chunk in encoded.chunks], pa.int32())


def _taken(rows: pa.Table, which: pa.Array, numbers: pa.Array) -> pa.Table:
    """Rows in another order, without a copy where that is their own."""
    return rows if which.equals(numbers.slice(0, rows.num_rows)) else rows.take(which)
