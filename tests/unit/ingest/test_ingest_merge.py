"""Merging: judged against a plain dictionary, whatever the batches."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.contracts import table
from regulars.ingest import merge_sorted

STOCK = table("stock")
SCHEMA = pa.schema(
    [
        ("bucket", pa.int64()),
        ("store_id", pa.string()),
        ("product_id", pa.string()),
        ("counted_on", pa.int64()),
        ("quantity_milli", pa.int64()),
        ("known_from_on", pa.int64()),
        ("is_new", pa.bool_()),
        ("source_line", pa.int64()),
    ]
)
ROW = st.tuples(
    st.sampled_from(["a", "b"]), st.sampled_from(["p", "q"]), st.integers(1, 2), st.none() | st.integers(0, 2)
)


def sorted_batches(old: Sequence[Any], new: Sequence[Any], sizes: int) -> list[pa.RecordBatch]:
    rows = [(0, *row[:3], row[3], 1, False, 0) for row in old]
    rows += [(0, *row[:3], row[3], 1, True, line) for line, row in enumerate(new, start=1)]
    rows.sort(key=lambda row: (row[:4], row[6], row[4] is not None, row[4] or 0, row[7]))
    columns = list(zip(*rows, strict=True)) or [[]] * len(SCHEMA)
    whole = pa.record_batch(
        [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )
    return [whole.slice(start, sizes) for start in range(0, len(rows), sizes)]


@settings(deadline=None)
@given(
    st.dictionaries(ROW.map(lambda row: row[:3]), st.none() | st.integers(0, 2)), st.lists(ROW), st.integers(1, 4)
)
def test_kept_repeated_and_conflicting_rows_agree_with_a_dictionary(
    old: dict[Any, Any], new: list[Any], size: int
) -> None:
    old_rows = [(*key, value) for key, value in old.items()]
    pieces = list(merge_sorted(sorted_batches(old_rows, new, size), STOCK))

    expected = dict(old)
    repeated, conflicts = 0, []
    for line, (*key, value) in sorted(
        enumerate(new, 1), key=lambda row: (row[1][3] is not None, row[1][3] or 0, row[0])
    ):
        if tuple(key) not in expected:
            expected[tuple(key)] = value
        elif expected[tuple(key)] == value:
            repeated += 1
        else:
            conflicts.append(line)

    rows = [row for piece in pieces for row in piece.rows.to_pylist()]
    kept = {(r["store_id"], r["product_id"], r["counted_on"]): r["quantity_milli"] for r in rows}
    assert kept == expected
    assert len(rows) == len(kept)
    assert list(kept) == sorted(kept)
    assert sum(piece.repeated for piece in pieces) == repeated
    assert sorted(line for piece in pieces for line in piece.conflict_lines) == sorted(conflicts)
    new_kept = sum(int(piece.is_new.sum()) for piece in pieces)
    assert len(new) == new_kept + repeated + len(conflicts)


def test_nothing_gives_nothing() -> None:
    assert list(merge_sorted([], STOCK)) == []
    empty = pa.RecordBatch.from_pylist([], schema=SCHEMA)
    assert list(merge_sorted([empty], STOCK)) == []
