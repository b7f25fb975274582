"""What loading needs from outside: a reader of source files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from regulars.ingest import FileMapping


@dataclass(frozen=True)
class TransactionCounts:
    """The transactions of one till's log; a voided line counts here and nowhere else."""

    transactions: int
    retail_transactions: int
    other_transactions: int
    voided_lines: int
    transactions_with_loyalty_identity: int
    stores: int


@dataclass(frozen=True)
class StagedFile:
    """A source file after reading: every row stands in exactly one part, typed and checked.

    Args:
        path: The source file.
        mapping: How it was read.
        rows_in: Rows counted in the raw file itself.
        rows_refused: Rows that broke a rule.
        parts: Period (``2017-11``, or empty for tables that are not cut) → files with its good rows: the table's
            columns and ``source_line``.
        refused: Files with the refused rows: ``source_line`` and the number of the broken rule.
        others: Files with rows of the table ``other_transactions``: what the file holds beside its lines.
        counts: What only a till's log can tell of its transactions; None for other files.
        folder: Where the file was staged; what the reader keeps of it lies there too.
    """

    path: Path
    mapping: FileMapping
    rows_in: int
    rows_refused: int
    parts: Mapping[str, Sequence[Path]]
    refused: Sequence[Path] = field(default=())
    others: Sequence[Path] = field(default=())
    counts: TransactionCounts | None = None
    folder: Path | None = None


@dataclass(frozen=True)
class LineCounts:
    """What the lines of one file come to; `net_cents` is sales less returns, before tax and tender."""

    transactions: int = 0
    sale_lines: int = 0
    return_lines: int = 0
    net_cents: int = 0
    transactions_with_loyalty_identity: int = 0
    stores: int = 0


class SourceReader(Protocol):
    """Reads source files into typed, checked rows."""

    def stage(self, path: Path, mapping: FileMapping, folder: Path) -> StagedFile:
        """Read a file whole and write its rows, good and refused, under `folder`.

        Raises:
            ConfigError: The file lacks a column of the mapping, or is not of the format.
            StoreError: The file is missing or empty, cannot be read, or the disk failed.
        """
        ...

    def sorted_rows(
        self, table_name: str, existing: Sequence[Path], staged: Sequence[Path], buckets: int
    ) -> Iterator[pa.RecordBatch]:
        """Rows of both, by household bucket (-1 without a household) and the table's grain.

        Within equal keys existing rows come first, then new ones by their content and line; all of them come in the
        bucket of the first, so that a key is judged in one place. Beside the table's
        columns there are ``bucket`` (0 for tables that are not bucketed), ``is_new`` and ``source_line``.
        """
        ...

    def findings(self, staged: StagedFile, conflict_lines: Sequence[int]) -> pa.Table:
        """Rows of the table ``findings``: one for each refused row and each conflicting line."""
        ...

    def line_counts(self, staged: StagedFile, without_lines: Sequence[int]) -> LineCounts:
        """What the file's good lines come to, without some."""
        ...
