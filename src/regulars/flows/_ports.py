"""What flows need from outside, as protocols; adapters implement them, tests bring fakes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import pyarrow as pa

from regulars.contracts import Finding, ListBatch, SqlStep

Source: TypeAlias = Sequence[Path] | pa.Table
"""Where a table's rows lie: Parquet files, or rows in memory."""


@dataclass(frozen=True)
class DataFile:
    """One Parquet file of a dataset.

    Args:
        path: Where it lies, absolute.
        rows: How many rows it holds.
        sha256: Digest of its bytes.
        bucket: Household bucket, -1 for lines without a household, None for a table that is not bucketed.
        period: ``2017-11`` for tables cut by month, else empty.
    """

    path: Path
    rows: int
    sha256: str
    bucket: int | None = None
    period: str = ""


@dataclass(frozen=True)
class NewFile:
    """A file written outside the warehouse's view, waiting to be published."""

    path: Path
    bucket: int | None = None
    period: str = ""


@dataclass(frozen=True)
class Publication:
    """One atomic change of the warehouse: datasets whose files are replaced, whole or only some buckets/periods.

    Args:
        replace: Dataset name → all its files from now on.
        properties: Dataset name → facts to remember about it (digests of what it was made from).
    """

    replace: Mapping[str, Sequence[NewFile | DataFile]]
    properties: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class Warehouse(Protocol):
    """Parquet files behind a manifest. A reader sees the last published manifest, never half a change.

    A dataset is named like its table (``lines``), or ``snapshots/2017-11-27/household_value``.
    """

    @property
    def buckets(self) -> int:
        """How many household buckets there are."""
        ...

    def datasets(self) -> list[str]:
        """Names of all published datasets, sorted."""
        ...

    def has(self, dataset: str) -> bool:
        """Whether a dataset was published (it may hold no row)."""
        ...

    def files(self, dataset: str, *, bucket: int | None = None) -> list[DataFile]:
        """Files of a dataset, of one bucket if asked; sorted by bucket, period, path. Empty if never published."""
        ...

    def properties(self, dataset: str) -> dict[str, str]:
        """Facts remembered about a dataset."""
        ...

    def scratch(self) -> AbstractContextManager[Path]:
        """A folder on the warehouse's own disk for files to be published; gone afterwards."""
        ...

    def publish(self, publication: Publication) -> None:
        """Move the new files in and swap the manifest, atomically and durably.

        Raises:
            StoreError: The disk is full or not writable; nothing has changed then.
        """
        ...

    def remove_leftovers(self) -> int:
        """Remove every file this state does not name; how many those were. Nobody may be reading the one before."""
        ...


class Engine(Protocol):
    """Runs SQL steps on tables."""

    def build(
        self,
        step: SqlStep,
        sources: Mapping[str, Source],
        parameters: Mapping[str, Any],
        target: Path,
    ) -> int:
        """Run a step and write its rows, sorted by the table's grain, to one Parquet file.

        Args:
            step: What to run; every table it reads must stand in `sources`. A source without files is an
                empty table with the contract's columns.
            sources: Where each table lies.
            parameters: A value for each of the step's parameters.
            target: The file; it appears whole or not at all.

        Returns:
            How many rows were written.

        Raises:
            ContractError: The result's columns are not the table's contract, its grain repeats, or a value is
                missing where none may be.
            StoreError: The disk failed; the message carries the step's name.
        """
        ...

    def query(self, step: SqlStep, sources: Mapping[str, Source], parameters: Mapping[str, Any]) -> pa.Table:
        """The same, into memory."""
        ...

    def batches(
        self, step: SqlStep, sources: Mapping[str, Source], parameters: Mapping[str, Any], rows: int
    ) -> Iterator[pa.RecordBatch]:
        """The same, in batches of at most `rows` rows."""
        ...


class Printer(Protocol):
    """Turns list documents into pages."""

    @property
    def fingerprint(self) -> str:
        """Digest of all that shapes a page besides its document: template, settings, versions."""
        ...

    @property
    def pages_per_list(self) -> int:
        """How many pages each list takes."""
        ...

    def render(self, batch: ListBatch, target: Path) -> tuple[Finding, ...]:
        """Write one PDF: the pages of each document, in order; the file appears whole or not at all.

        Returns:
            What had to give way (a name cut, an item left out): `file` is the batch's, `line` the page.

        Raises:
            ContractError: A page count or a text does not fit.
            StoreError: The disk failed.
        """
        ...


class Progress(Protocol):
    """Tells a waiting person how far long work has come; silent off-terminal."""

    def step(self, title: str, total: int | None = None) -> AbstractContextManager[ProgressStep]:
        """Begin a step of known or unknown length."""
        ...


class ProgressStep(Protocol):
    """One step in progress."""

    def advance(self, amount: int = 1) -> None:
        """So much more is done."""
        ...
