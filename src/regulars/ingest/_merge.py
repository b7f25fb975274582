"""New rows into the rows that are there: identical ones are repeats, others of the same key are conflicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.contracts import Table

BOOKKEEPING = ("source_file", "source_line", "past_by")
"""Columns beside the table's own that sorted rows carry: the row's file (-1 when it was there) and line, and, of a
row that must leave, the file that brought the newer version of its transaction (-1 when that was there, or the
transaction was undone); null for the others."""

Integers: TypeAlias = npt.NDArray[np.int64]


class Outcome(IntEnum):
    """Why a row is not kept."""

    REPEATED = 1  # it is known already
    DOUBLED = 2  # it stands in its own file more than once
    CONFLICT = 3  # its key is taken by a row that says something else
    PAST = 4  # there is a newer version of its transaction, or it was undone


@dataclass(frozen=True)
class Merged:
    """One piece of the merged rows.

    Args:
        rows: Kept rows in order, the table's columns.
        source_files: File of each of them, -1 for one that was there; shape ``(rows,)``.
        left_files: File of each row that is not kept; shape ``(rows left,)``, as the next three.
        left_lines: Its line.
        left_why: Its outcome.
        left_by: The file that made it past; -1 for other outcomes.
    """

    rows: pa.RecordBatch
    source_files: Integers
    left_files: Integers
    left_lines: Integers
    left_why: Integers
    left_by: Integers


def merge_sorted(batches: Iterable[pa.RecordBatch], contract: Table) -> Iterator[Merged]:
    """Keep the first row of every key; the rest are past, repeats or conflicts.

    What is there already stays unless a newer version of its transaction comes. Of new rows that contradict each other
    the first is kept: the earlier file, and within a file by content, so that order in a file decides nothing.

    Args:
        batches: Rows sorted by the table's grain, then by file (-1 first), content and line.
        contract: The table.

    Yields:
        A piece for each batch; a key that runs over the end of a batch is judged by its first row.
    """
    carried: pa.RecordBatch | None = None
    for batch in batches:
        if batch.num_rows == 0:
            continue
        past = batch.column("past_by").is_valid().to_numpy(zero_copy_only=False)
        gone = batch.filter(pa.array(past)) if past.any() else batch.slice(0, 0)
        present = batch.filter(pa.array(~past)) if past.any() else batch
        if carried is None or present.num_rows == 0 or _key(carried, contract) != _key(present, contract):
            joined, count = present, 0
        else:
            joined, count = pa.concat_batches([carried, present]), carried.num_rows
        first_of = _first_of_key(joined, contract)
        yield _judge(joined, first_of, count, gone, contract)
        if present.num_rows:
            last = joined.num_rows - 1
            carried = joined.take(pa.array(sorted({int(first_of[last]), last})))


def _key(rows: pa.RecordBatch, contract: Table) -> tuple[object, ...]:
    """The first row's key."""
    return tuple(rows.column(name)[0].as_py() for name in contract.grain)


def _first_of_key(rows: pa.RecordBatch, contract: Table) -> Integers:
    """For every row the position of the first row with its key; shape ``(rows,)``.

    The key's last column is compared first: it differs between nearly all neighbours, and the rest is soon done.
    """
    follows = np.arange(1, max(rows.num_rows, 1), dtype=np.int64)
    for name in reversed(contract.grain):
        column = rows.column(name)
        if len(follows) == rows.num_rows - 1:
            same = _same(column.slice(1), column.slice(0, len(column) - 1))
        else:
            same = _same(column.take(pa.array(follows)), column.take(pa.array(follows - 1)))
        follows = follows[same]
    first = np.arange(rows.num_rows, dtype=np.int64)
    first[follows] = 0
    first_of: Integers = np.maximum.accumulate(first)
    return first_of


def _judge(
    rows: pa.RecordBatch, first_of: Integers, carried: int, gone: pa.RecordBatch, contract: Table
) -> Merged:
    """Sort rows into kept and left; the first `carried` were judged before, and `gone` are past."""
    positions = np.arange(rows.num_rows)
    is_first = first_of == positions
    kept = np.flatnonzero(is_first & (positions >= carried))
    later = np.flatnonzero(~is_first & (positions >= carried))
    files, lines = _integers(rows, "source_file"), _integers(rows, "source_line")
    assert (files[later] >= 0).all(), f"{contract.name} holds two rows of one key"
    why = np.empty(0, np.int64)
    if len(later):
        known = _equal_rows(rows, later, first_of[later], contract)
        doubled = _equal_rows(rows, later, later - 1, contract) & (files[later] == files[later - 1])
        why = np.where(known, np.where(doubled, Outcome.DOUBLED, Outcome.REPEATED), Outcome.CONFLICT)
    past = np.full(gone.num_rows, Outcome.PAST, np.int64)
    wanted = rows.select(contract.column_names)
    return Merged(
        rows=wanted if len(kept) == rows.num_rows else wanted.take(pa.array(kept)),
        source_files=files[kept],
        left_files=np.concatenate([files[later], _integers(gone, "source_file")]),
        left_lines=np.concatenate([lines[later], _integers(gone, "source_line")]),
        left_why=np.concatenate([why, past]),
        left_by=np.concatenate([np.full(len(later), -1), _integers(gone, "past_by")]),
    )


def _integers(rows: pa.RecordBatch, name: str) -> Integers:
    values: Integers = rows.column(name).fill_null(-1).to_numpy()
    return values


def _equal_rows(rows: pa.RecordBatch, left: Integers, right: Integers, contract: Table) -> npt.NDArray[np.bool_]:
    """Whether pairs of rows of one key say the same; shape ``(pairs,)``."""
    these, those = rows.take(pa.array(left)), rows.take(pa.array(right))
    same = np.ones(len(left), dtype=np.bool_)
    for name in contract.column_names:
        if name not in contract.grain:
            same &= _same(these.column(name), those.column(name))
    return same


def _same(left: pa.Array, right: pa.Array) -> npt.NDArray[np.bool_]:
    """Whether two columns agree row by row; nothing equals nothing."""
    equal = pc.fill_null(pc.equal(left, right), False)
    if left.null_count and right.null_count:
        equal = pc.or_(equal, pc.and_(pc.is_null(left), pc.is_null(right)))
    same: npt.NDArray[np.bool_] = equal.to_numpy(zero_copy_only=False)
    return same
