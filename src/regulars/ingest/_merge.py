"""New rows into the rows that are there: identical ones are repeats, others of the same key are conflicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.contracts import Table

BOOKKEEPING = ("bucket", "is_new", "source_line")
"""Columns beside the table's own that sorted rows carry."""


@dataclass(frozen=True)
class Merged:
    """One piece of the merged rows.

    Args:
        rows: Kept rows in order: the table's columns and ``bucket``.
        is_new: Which of them are new; shape ``(rows,)``.
        repeated: How many new rows say what is known already.
        doubled_lines: Source lines of those among them that repeat another new row.
        conflict_lines: Source lines of new rows whose key is taken by a row that says something else.
    """

    rows: pa.RecordBatch
    is_new: npt.NDArray[np.bool_]
    repeated: int
    doubled_lines: tuple[int, ...]
    conflict_lines: tuple[int, ...]


def merge_sorted(batches: Iterable[pa.RecordBatch], contract: Table) -> Iterator[Merged]:
    """Keep the first row of every key; the rest are repeats or conflicts.

    What is there already always stays. Of new rows that contradict each other the first by content is kept, so that
    their order in the file decides nothing.

    Args:
        batches: Rows sorted by bucket, the table's grain, old before new, then content and line; all rows of a key
            stand together, in the bucket of the first of them, whatever their households are.
        contract: The table.

    Yields:
        A piece for each batch; a key that runs over the end of a batch is judged by its first row.
    """
    head: pa.RecordBatch | None = None
    for batch in batches:
        if batch.num_rows == 0:
            continue
        joined = batch if head is None else pa.concat_batches([head, batch])
        carried = 0 if head is None else 1
        first_of = _first_of_key(joined, contract)
        head = joined.slice(int(first_of[-1]), 1)
        yield _judge(joined, first_of, carried, contract)


def _first_of_key(rows: pa.RecordBatch, contract: Table) -> npt.NDArray[np.int64]:
    """For every row the position of the first row with its key; shape ``(rows,)``."""
    starts = np.zeros(rows.num_rows, dtype=np.bool_)
    starts[0] = True
    for name in contract.grain:
        column = rows.column(name)
        starts[1:] |= ~_same(column.slice(1), column.slice(0, len(column) - 1))
    positions = np.arange(rows.num_rows, dtype=np.int64)
    first: npt.NDArray[np.int64] = np.maximum.accumulate(np.where(starts, positions, 0))
    return first


def _judge(rows: pa.RecordBatch, first_of: npt.NDArray[np.int64], carried: int, contract: Table) -> Merged:
    positions = np.arange(rows.num_rows)
    kept = np.flatnonzero((first_of == positions) & (positions >= carried))
    later = np.flatnonzero(first_of != positions)
    is_new = rows.column("is_new").to_numpy(zero_copy_only=False)
    assert is_new[later].all(), f"{contract.name} holds two rows of one key"
    same = np.ones(len(later), dtype=np.bool_)
    if len(later):
        these, firsts = rows.take(pa.array(later)), rows.take(pa.array(first_of[later]))
        for name in contract.column_names:
            same &= _same(these.column(name), firsts.column(name))
    lines = rows.column("source_line").to_numpy()
    doubled = same & is_new[first_of[later]]
    return Merged(
        rows=_kept_rows(rows, kept, contract),
        is_new=is_new[kept],
        repeated=int(same.sum()),
        doubled_lines=tuple(int(line) for line in lines[later[doubled]]),
        conflict_lines=tuple(int(line) for line in lines[later[~same]]),
    )


def _kept_rows(rows: pa.RecordBatch, kept: npt.NDArray[np.int64], contract: Table) -> pa.RecordBatch:
    wanted = rows.select(["bucket", *contract.column_names])
    if len(kept) == rows.num_rows:
        return wanted
    return wanted.take(pa.array(kept))


def _same(left: pa.Array, right: pa.Array) -> npt.NDArray[np.bool_]:
    """Whether two columns agree row by row; nothing equals nothing."""
    equal = pc.fill_null(pc.equal(left, right), False)
    if left.null_count and right.null_count:
        equal = pc.or_(equal, pc.and_(pc.is_null(left), pc.is_null(right)))
    same: npt.NDArray[np.bool_] = equal.to_numpy(zero_copy_only=False)
    return same
