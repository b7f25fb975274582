"""Merging a staged file into the files of its kind, one period at a time, so that memory stays bounded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.contracts import Table, table
from regulars.ingest import Merged, Outcome, merge_sorted
from regulars.kernel import StoreError, bucket_of

from ._data_ports import SourceReader, StagedFile
from ._ports import DataFile, NewFile, Warehouse

_ROW_GROUP_ROWS = 65_536
"""Fixed, so that the same rows give the same bytes; small, for a file of every bucket is open at once."""


@dataclass
class FileRows:
    """What became of one file's good rows.

    Args:
        kept: New rows.
        repeated: Rows that are known already, stand more than once in the file, or have a newer version.
        replaced: Rows that were there and left for a newer version that this file brought.
        doubled_lines: Lines that say what another line of the file says.
        conflict_lines: Lines whose key is taken by a row that says something else.
    """

    kept: int = 0
    repeated: int = 0
    replaced: int = 0
    doubled_lines: list[int] = field(default_factory=list)
    conflict_lines: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class MergedKind:
    """All files of a kind from now on, what became of each new file's rows, and whether any row came or left."""

    files: tuple[NewFile | DataFile, ...]
    outcomes: tuple[FileRows, ...]
    changed: bool


def merge_into(
    staged: Sequence[StagedFile],
    warehouse: Warehouse,
    reader: SourceReader,
    folder: Path,
    *,
    undone: pa.Table | None = None,
    cards: Sequence[Path] | None = None,
) -> MergedKind:
    """Merge staged files of one kind with its rows; only the months they have rows of are written again.

    Args:
        staged: The files, as if they were merged one after the other.
        warehouse: Where the kind's present files lie.
        reader: Brings both in order.
        folder: Where new files are written, to be published.
        undone: Transactions that were taken back, whenever their lines come: these leave, or are not kept.
        cards: Files of the table ``cards``, for lines alone: households are given by them.

    Raises:
        StoreError: The disk failed.
    """
    contract = table(staged[0].mapping.kind)
    present = warehouse.files(contract.name)
    periods = sorted({period for one in staged for period in one.parts} | _periods_undone(present, undone))
    files: list[NewFile | DataFile] = [file for file in present if file.period not in periods]
    outcomes = tuple(FileRows() for _ in staged)
    changed = False
    for period in periods:
        here = [file.path for file in present if file.period == period]
        parts = [one.parts.get(period, ()) for one in staged]
        rows = reader.sorted_rows(contract.name, here, parts, undone, cards)
        writer = _PeriodWriter(folder, period, warehouse.buckets if contract.bucketed else 0)
        with disk_named(folder):
            for piece in merge_sorted(rows, contract):
                writer.add(piece.rows)
                _count(piece, outcomes)
                changed |= bool((piece.source_files >= 0).any() or (piece.left_files < 0).any())
            files += writer.finish()
    for rows_of in outcomes:
        rows_of.doubled_lines.sort()
        rows_of.conflict_lines.sort()
    return MergedKind(tuple(files), outcomes, changed)


def rewritten(
    contract: Table,
    period: str,
    files: Sequence[Path],
    buckets: int,
    reader: SourceReader,
    folder: Path,
    cards: Sequence[Path] | None = None,
) -> Sequence[NewFile]:
    """Rows that are there, written as a load would write them.

    Args:
        contract: The table.
        period: The period they are of.
        files: Where they lie.
        buckets: How many household buckets there are.
        reader: Brings them in order.
        folder: Where new files are written, to be published.
        cards: As `merge_into`.
    """
    writer = _PeriodWriter(folder, period, buckets if contract.bucketed else 0)
    with disk_named(folder):
        for piece in merge_sorted(reader.sorted_rows(contract.name, files, [], cards=cards), contract):
            writer.add(piece.rows)
        return writer.finish()


def _periods_undone(present: Sequence[DataFile], undone: pa.Table | None) -> set[str]:
    """Months that are here and may hold lines of transactions that were taken back."""
    if undone is None:
        return set()
    months = {day.isoformat()[:7] for day in undone["sold_on"].to_pylist() if day is not None}
    return months & {file.period for file in present}


def _count(piece: Merged, outcomes: Sequence[FileRows]) -> None:
    """Add one piece to what became of each file's rows."""
    for number, rows in enumerate(outcomes):
        rows.kept += int(np.count_nonzero(piece.source_files == number))
        if not len(piece.left_files):
            continue
        why = piece.left_why[piece.left_files == number]
        lines = piece.left_lines[piece.left_files == number]
        rows.repeated += int(np.count_nonzero(why != Outcome.CONFLICT))
        rows.doubled_lines += lines[why == Outcome.DOUBLED].tolist()
        rows.conflict_lines += lines[why == Outcome.CONFLICT].tolist()
        rows.replaced += int(np.count_nonzero((piece.left_files < 0) & (piece.left_by == number)))


def write_table(rows: pa.Table, path: Path) -> Path:
    """Write rows that are in order already; the same rows give the same bytes."""
    with disk_named(path), _writer(path, rows.schema) as writer:
        for start in range(0, max(rows.num_rows, 1), _ROW_GROUP_ROWS):
            group = rows.slice(start, _ROW_GROUP_ROWS).combine_chunks()
            writer.write_table(group, row_group_size=_ROW_GROUP_ROWS)
    return path


@contextmanager
def disk_named(path: Path) -> Iterator[None]:
    """Let what a disk refuses leave as ours.

    Raises:
        StoreError: The disk is full or failed.
    """
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(
            f"{path} could not be written: {os.strerror(error.errno) if error.errno else error}",
            hint="nothing of this file was loaded: make room on the disk, then load it again",
        ) from error


class _PeriodWriter:
    """Writes one period's rows, a file a bucket, in row groups of a fixed size.

    Args:
        folder: Where to.
        period: The period.
        buckets: How many household buckets there are; 0 for a table that is not bucketed.
    """

    def __init__(self, folder: Path, period: str, buckets: int) -> None:
        self._folder = folder
        self._period = period
        self._buckets = buckets
        self._bucket_of = _Buckets(buckets)
        self._open: dict[int | None, _FileWriter] = {}

    def add(self, rows: pa.RecordBatch) -> None:
        """Write rows; they come in order."""
        if not self._buckets:
            self._write(None, rows)
            return
        numbers = self._numbers(rows.column("household_id"))
        order = np.argsort(numbers, kind="stable")
        ends = np.flatnonzero(np.diff(numbers[order], append=-2)) + 1
        sorted_rows = rows.take(pa.array(order))
        start = 0
        for end in ends.tolist():
            self._write(int(numbers[order[start]]), sorted_rows.slice(start, end - start))
            start = end

    def finish(self) -> Sequence[NewFile]:
        """All files of the period from now on, by bucket."""
        files = []
        for bucket, writer in sorted(self._open.items(), key=lambda item: -2 if item[0] is None else item[0]):
            writer.close()
            files.append(NewFile(writer.path, bucket=bucket, period=self._period))
        return files

    def _write(self, bucket: int | None, rows: pa.RecordBatch) -> None:
        if rows.num_rows:
            if bucket not in self._open:
                self._open[bucket] = _FileWriter(self._folder / f"{self._period or 'all'}.{bucket}.parquet")
            self._open[bucket].add(rows)

    def _numbers(self, households: pa.Array) -> npt.NDArray[np.int16]:
        """The bucket of each row, -1 without a household."""
        encoded = households.dictionary_encode()
        known = [self._bucket_of[household_id] for household_id in encoded.dictionary.to_pylist()]
        positions = encoded.indices.fill_null(len(known)).to_numpy()
        numbers: npt.NDArray[np.int16] = np.array([*known, -1], np.int16)[positions]
        return numbers


class _Buckets(dict[str, int]):
    """Household → its bucket, worked out once."""

    def __init__(self, buckets: int) -> None:
        super().__init__()
        self._buckets = buckets

    def __missing__(self, household_id: str) -> int:
        self[household_id] = bucket = bucket_of(household_id, self._buckets)
        return bucket


class _FileWriter:
    """One file; rows wait until there is a row group of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pending: list[pa.RecordBatch] = []
        self._pending_rows = 0
        self._writer: pq.ParquetWriter | None = None

    def add(self, rows: pa.RecordBatch) -> None:
        self._pending.append(rows)
        self._pending_rows += rows.num_rows
        if self._pending_rows >= _ROW_GROUP_ROWS:
            self._flush(whole_groups=True)

    def close(self) -> None:
        if self._pending_rows:
            self._flush(whole_groups=False)
        assert self._writer is not None
        self._writer.close()

    def _flush(self, *, whole_groups: bool) -> None:
        rows = pa.Table.from_batches(self._pending)
        count = rows.num_rows // _ROW_GROUP_ROWS * _ROW_GROUP_ROWS if whole_groups else rows.num_rows
        if self._writer is None:
            self._writer = _writer(self.path, rows.schema)
        self._writer.write_table(rows.slice(0, count).combine_chunks(), row_group_size=_ROW_GROUP_ROWS)
        self._pending, self._pending_rows = rows.slice(count).to_batches(), rows.num_rows - count


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, schema, compression="zstd", store_schema=False)
