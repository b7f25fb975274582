"""Merging a staged file into the files of its kind, one period at a time, so that memory stays bounded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from regulars.contracts import table
from regulars.ingest import Merged, merge_sorted
from regulars.kernel import StoreError

from ._data_ports import SourceReader, StagedFile
from ._ports import DataFile, NewFile, Warehouse

_ROW_GROUP_ROWS = 122_880


@dataclass(frozen=True)
class MergedKind:
    """What became of a file's good rows, and all files of the kind from now on.

    Args:
        files: All files of the kind.
        rows_kept: New rows.
        rows_repeated: Rows that were there already, or stand more than once in the file.
        doubled_lines: Lines of the latter.
        conflict_lines: Lines whose key is taken by a row that says something else.
    """

    files: tuple[NewFile | DataFile, ...]
    rows_kept: int
    rows_repeated: int
    doubled_lines: tuple[int, ...]
    conflict_lines: tuple[int, ...]


def merge_into(staged: StagedFile, warehouse: Warehouse, reader: SourceReader, folder: Path) -> MergedKind:
    """Merge a staged file's rows with the rows of its kind; only the months it has rows of are written again.

    Args:
        staged: The file.
        warehouse: Where the kind's present files lie.
        reader: Brings both in order.
        folder: Where new files are written, to be published.

    Raises:
        StoreError: The disk failed.
    """
    kind = staged.mapping.kind
    present = warehouse.files(kind)
    files: list[NewFile | DataFile] = [file for file in present if file.period not in staged.parts]
    kept = repeated = 0
    conflicts: list[int] = []
    doubled: list[int] = []
    for period, paths in staged.parts.items():
        here = [file for file in present if file.period == period]
        rows = reader.sorted_rows(kind, [file.path for file in here], paths, warehouse.buckets)
        writer = _PeriodWriter(folder, period, table(kind).bucketed)
        with disk_named(folder):
            for piece in merge_sorted(rows, table(kind)):
                writer.add(piece)
                repeated += piece.repeated
                conflicts += piece.conflict_lines
                doubled += piece.doubled_lines
            files += writer.finish()
        kept += writer.rows_new
    return MergedKind(tuple(files), kept, repeated, tuple(sorted(doubled)), tuple(sorted(conflicts)))


def write_table(rows: pa.Table, path: Path) -> Path:
    """Write rows that are in order already; the same rows give the same bytes."""
    with disk_named(path), _writer(path, rows.schema) as writer:
        writer.write_table(rows.combine_chunks(), row_group_size=_ROW_GROUP_ROWS)
    return path


@contextmanager
def disk_named(path: Path) -> Iterator[None]:
    """Let what a disk refuses leave as ours.

    Raises:
        StoreError: The disk is full or failed.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{path} could not be written: {os.strerror(error.errno) if error.errno else error}",
            hint="nothing of this file was loaded: make room on the disk, then load it again",
        ) from error


@dataclass
class _PeriodWriter:
    """Writes one period's rows, a file a bucket, in row groups of a fixed size."""

    folder: Path
    period: str
    bucketed: bool
    rows_new: int = 0
    _files: list[NewFile] = field(default_factory=list)
    _bucket: int | None = None
    _pending: list[pa.RecordBatch] = field(default_factory=list)
    _writer: pq.ParquetWriter | None = None

    def add(self, piece: Merged) -> None:
        """Write a piece; rows come by bucket."""
        for bucket, start, length in _runs(piece.rows.column("bucket")):
            number = bucket if self.bucketed else None
            if self._pending_or_open() and number != self._bucket:
                self._close()
            self._bucket = number
            rows = piece.rows.slice(start, length).drop_columns(["bucket"])
            self.rows_new += int(piece.is_new[start : start + length].sum())
            self._pending.append(rows)
            if sum(batch.num_rows for batch in self._pending) >= _ROW_GROUP_ROWS:
                self._flush(whole_groups=True)

    def finish(self) -> Sequence[NewFile]:
        """All files of the period from now on."""
        if self._pending_or_open():
            self._close()
        return self._files

    def _pending_or_open(self) -> bool:
        return bool(self._pending) or self._writer is not None

    def _path(self) -> Path:
        return self.folder / f"{self.period or 'all'}.{self._bucket}.parquet"

    def _flush(self, *, whole_groups: bool) -> None:
        rows = pa.Table.from_batches(self._pending)
        count = rows.num_rows // _ROW_GROUP_ROWS * _ROW_GROUP_ROWS if whole_groups else rows.num_rows
        if self._writer is None:
            self._writer = _writer(self._path(), rows.schema)
        if count:
            self._writer.write_table(rows.slice(0, count).combine_chunks(), row_group_size=_ROW_GROUP_ROWS)
        self._pending = rows.slice(count).to_batches()

    def _close(self) -> None:
        if self._pending:
            self._flush(whole_groups=False)
        assert self._writer is not None
        self._writer.close()
        self._files.append(NewFile(self._path(), bucket=self._bucket, period=self.period))
        self._writer, self._pending = None, []


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, schema, compression="zstd", store_schema=False)


def _runs(column: pa.Array) -> Iterator[tuple[int, int, int]]:
    """Value, start and length of each run of equal values."""
    runs = pc.run_end_encode(column)
    start = 0
    for value, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield value, start, end - start
        start = end
