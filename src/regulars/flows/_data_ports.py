"""What loading needs from outside: a reader of source files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from regulars.ingest import FileMapping, Sample


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
        parts: Period (``2017-11``, or empty for tables that are not cut) → Arrow files (`write_part`) with its
            good rows: the table's columns and ``source_line``.
        refused: Such files with the refused rows: ``source_line`` and the number of the broken rule.
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
    folder: Path = Path()


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

    def names_inside(self, path: Path) -> tuple[str, ...]:
        """Names of the files packed in a file, without their folders; none if it is no archive.

        Raises:
            StoreError: The file cannot be read.
        """
        ...

    def sample(self, path: Path, folder: Path) -> tuple[Sample, Path]:
        """What stands at the beginning of a file, and a file under `folder` that holds no more.

        Raises:
            StoreError: The file is missing or empty, or cannot be read.
        """
        ...

    def first_rows(self, staged: StagedFile, count: int) -> list[dict[str, Any]]:
        """The first good rows of a staged file, in the file's order, with the table's columns."""
        ...

    def sorted_rows(
        self,
        table_name: str,
        existing: Sequence[Path],
        staged: Sequence[Sequence[Path]],
        undone: pa.Table | None = None,
        cards: Sequence[Path] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Rows that are there and rows of new files, in the order of the table's grain.

        Args:
            table_name: The table.
            existing: Files with the rows that are there.
            staged: Each new file's parts.
            undone: Transactions, by what the table is versioned by, that were undone.
            cards: Lines with a card get its household anew (`regulars.ingest.holder`), by files of the table
                ``cards``; without any, every card is a household of its own. None leaves households as they stand.

        Yields:
            The table's columns and ``source_file`` (position among the new files, -1 for a row that is there),
            ``source_line``, and ``past_by``: null, unless a newer version of the transaction is among them (the file
            that brings it) or it was undone (-1). Within equal keys rows that are there come first, then those of
            each file, equal ones together.
        """
        ...

    def is_moved_by(self, cards: Sequence[Path], lines: Sequence[Path]) -> bool:
        """Whether files of the table ``cards`` give some line of files of ``lines`` another household than it has."""
        ...

    def findings(self, staged: StagedFile, conflict_lines: Sequence[int]) -> pa.Table:
        """Rows of the table ``findings``: one for each refused row and each conflicting line."""
        ...

    def rebuild(self, raws: Sequence[str], file_format: str, head: str, target: Path) -> None:
        """Write a file of rows as findings hold them, with the head they were found under.

        Raises:
            StoreError: The disk failed.
        """
        ...

    def line_counts(self, staged: StagedFile, without_lines: Sequence[int]) -> LineCounts:
        """What the file's good lines come to, without some."""
        ...
