"""Steps run into files of a scratch folder; each table is then found by the steps that read it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from regulars.contracts import SqlStep

from ._ports import DataFile, Engine, NewFile, Source

_TOGETHER_BYTES = 8_000_000
"""Files of household buckets that are looked at together, bytes."""


class StepFiles:
    """The tables of one run.

    A table given or built for a bucket is read, bucket by bucket, by the steps run for that bucket, and whole by
    steps run for none.

    Args:
        engine: What runs the steps.
        folder: Where files are written.
        parameters: Values of all parameters the steps may ask for; each step gets those it declares.
    """

    def __init__(self, engine: Engine, folder: Path, parameters: Mapping[str, Any]) -> None:
        self._engine = engine
        self._folder = folder
        self.parameters = parameters
        self._files: dict[str, list[DataFile | NewFile]] = {}
        self._memory: dict[str, pa.Table] = {}
        self.rows: dict[str, int] = {}
        """Rows of each table built here, all buckets together."""

    def give(self, table_name: str, files: Iterable[DataFile | NewFile]) -> None:
        """Let steps read a table that lies in files already."""
        self._files[table_name] = list(files)

    def give_rows(self, table_name: str, rows: pa.Table) -> None:
        """Let steps read a table from memory, in place of what was given before."""
        self._memory[table_name] = rows

    def build(self, step: SqlStep, *, bucket: int | None = None) -> None:
        """Run a step and keep its file; without rows there is no file."""
        target = self._folder / f"{step.table}-{'whole' if bucket is None else bucket}.parquet"
        rows = self._engine.build(step, self._sources(step, _only(bucket)), self._given(step), target)
        files = self._files.setdefault(step.table, [])
        if rows:
            files.append(NewFile(target, bucket))
        self.rows[step.table] = self.rows.get(step.table, 0) + rows

    def reuse(self, table_name: str, files: Iterable[DataFile]) -> None:
        """Take files that were built before, as if they had been built here."""
        for file in files:
            self._files.setdefault(table_name, []).append(file)
            self.rows[table_name] = self.rows.get(table_name, 0) + file.rows

    def query(self, step: SqlStep, *, bucket: int | None = None) -> pa.Table:
        """Run a step into memory."""
        return self._engine.query(step, self._sources(step, _only(bucket)), self._given(step))

    def query_together(self, step: SqlStep, buckets: int) -> Iterator[tuple[int, pa.Table]]:
        """Run a step into memory for some household buckets at a time, so many as lie in few bytes together.

        A statement takes longer to plan than to run on a small bucket.

        Args:
            step: What it says of one bucket does not depend on the others.
            buckets: How many there are.

        Yields:
            How many buckets were looked at together, and the rows.
        """
        sizes = [0] * buckets
        for name in step.reads:
            for file in self._files.get(name, []):
                if file.bucket is not None and 0 <= file.bucket < buckets:
                    sizes[file.bucket] += file.path.stat().st_size
        first, together = 0, 0
        for bucket, size in enumerate(sizes):
            if bucket > first and together + size > _TOGETHER_BYTES:
                yield (
                    bucket - first,
                    self._engine.query(step, self._sources(step, range(first, bucket)), self._given(step)),
                )
                first, together = bucket, 0
            together += size
        yield (
            buckets - first,
            self._engine.query(step, self._sources(step, range(first, buckets)), self._given(step)),
        )

    def built(self, table_name: str) -> list[NewFile]:
        """The files of a table that was built here."""
        return [file for file in self._files[table_name] if isinstance(file, NewFile)]

    def held(self, table_name: str) -> list[NewFile | DataFile]:
        """All files of a table, built here or taken over."""
        return self._files.get(table_name, [])

    def _sources(self, step: SqlStep, buckets: Collection[int] | None) -> dict[str, Source]:
        return {
            name: self._memory[name] if name in self._memory else self._paths(name, buckets) for name in step.reads
        }

    def _paths(self, table_name: str, buckets: Collection[int] | None) -> list[Path]:
        files = self._files[table_name]
        return [file.path for file in files if buckets is None or file.bucket is None or file.bucket in buckets]

    def _given(self, step: SqlStep) -> dict[str, Any]:
        return {name: self.parameters[name] for name in step.parameters}


def _only(bucket: int | None) -> Collection[int] | None:
    return None if bucket is None else (bucket,)
