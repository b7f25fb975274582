"""Merging: judged against a plain dictionary, whatever the batches."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.contracts import table
from regulars.ingest import Outcome, merge_sorted

STOCK = table("stock")
SCHEMA = pa.schema(
    [
        ("store_id", pa.string()),
        ("product_id", pa.string()),
        ("counted_on", pa.int64()),
        ("quantity_milli", pa.int64()),
        ("known_from_on", pa.int64()),
        ("source_file", pa.int64()),
        ("source_line", pa.int64()),
        ("past_by", pa.int64()),
    ]
)
PAST = 99
"""Quantity of a row that must leave, for a version that file 1 brought."""
KEYS = st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["p", "q"]), st.integers(1, 2))
VALUES = st.none() | st.integers(0, 2)
ROW = st.tuples(KEYS, VALUES | st.just(PAST))


def sorted_batches(old: Sequence[Any], files: Sequence[Sequence[Any]], sizes: int) -> list[pa.RecordBatch]:
    rows = [(*key, value, 1, -1, 0) for key, value in old]
    rows += [
        (*key, value, 1, number, line)
        for number, new in enumerate(files)
        for line, (key, value) in enumerate(new, start=1)
    ]
    rows.sort(key=lambda row: (row[:3], row[5], row[3] is not None, row[3] or 0, row[6]))
    whole_rows = [(*row, 1 if row[3] == PAST else None) for row in rows]
    columns = list(zip(*whole_rows, strict=True)) or [[]] * len(SCHEMA)
    whole = pa.record_batch(
        [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )
    return [whole.slice(start, sizes) for start in range(0, len(rows), sizes)]


def judged_plainly(old: dict[Any, Any], files: list[list[Any]]) -> tuple[dict[Any, Any], dict[Any, int]]:
    """Kept rows, and how often each outcome of (file, line) is expected."""
    kept = {key: value for key, value in old.items() if value != PAST}
    outcomes = {(-1, 0, Outcome.PAST): sum(value == PAST for value in old.values())}
    for number, new in enumerate(files):
        seen = set()
        order = sorted(enumerate(new, 1), key=lambda row: (row[1][1] is not None, row[1][1] or 0, row[0]))
        for line, (key, value) in order:
            if value == PAST:
                outcome = Outcome.PAST
            elif key not in kept:
                kept[key] = value
                seen.add((key, value))
                continue
            elif kept[key] != value:
                outcome = Outcome.CONFLICT
            else:
                outcome = Outcome.DOUBLED if (key, value) in seen else Outcome.REPEATED
                seen.add((key, value))
            outcomes[number, line, outcome] = 1
    return kept, {key: count for key, count in outcomes.items() if count}


@settings(deadline=None)
@given(
    st.dictionaries(KEYS, VALUES | st.just(PAST)),
    st.lists(st.lists(ROW, max_size=12), max_size=3),
    st.integers(1, 4),
)
def test_every_row_is_kept_repeated_conflicting_or_past_as_a_dictionary_says(
    old: dict[Any, Any], files: list[list[Any]], size: int
) -> None:
    pieces = list(merge_sorted(sorted_batches(list(old.items()), files, size), STOCK))
    expected, outcomes = judged_plainly(old, files)

    rows = [row for piece in pieces for row in piece.rows.to_pylist()]
    kept = {(r["store_id"], r["product_id"], r["counted_on"]): r["quantity_milli"] for r in rows}
    assert kept == expected
    assert len(rows) == len(kept)
    assert list(kept) == sorted(kept)
    found: dict[Any, int] = {}
    for piece in pieces:
        for left in zip(piece.left_files, piece.left_lines, piece.left_why, piece.left_by, strict=True):
            number, line, why, by = map(int, left)
            assert by == (1 if why == Outcome.PAST else -1)
            found[number, line, why] = found.get((number, line, why), 0) + 1
    assert found == outcomes
    kept_files = np.concatenate([piece.source_files for piece in pieces]) if pieces else np.empty(0)
    assert sum(map(len, files)) == (kept_files >= 0).sum() + sum(n for key, n in found.items() if key[0] >= 0)


def test_nothing_gives_nothing() -> None:
    assert list(merge_sorted([], STOCK)) == []
    empty = pa.RecordBatch.from_pylist([], schema=SCHEMA)
    assert list(merge_sorted([empty], STOCK)) == []
