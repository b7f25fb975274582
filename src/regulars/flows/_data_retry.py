"""Rows in quarantine are tried again, once the mapping or whatever they lacked is mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from regulars.contracts import LoadReport, SensitiveRule
from regulars.ingest import FileMapping, Mapping
from regulars.kernel import ConfigError

from ._data import refresh_class_tiers
from ._data_batch import Batch
from ._data_choice import PassedOver
from ._data_findings import ALL_FINDINGS, FindingsWanted, wanted_findings
from ._data_ports import SourceReader
from ._ports import Progress, Warehouse

_ORIGIN = ("kind", "file", "format", "head")


def retry_findings(
    warehouse: Warehouse,
    reader: SourceReader,
    *,
    mapping: Mapping,
    sensitive_rules: tuple[SensitiveRule, ...],
    progress: Progress,
    wanted: FindingsWanted = ALL_FINDINGS,
    each: Callable[[LoadReport], None] | None = None,
    passed_over: Callable[[PassedOver], None] | None = None,
) -> list[LoadReport]:
    """Read refused rows again from what quarantine holds of them; those that are good now leave it.

    Rows of files that the mapping does not say how to read stay as they are.

    Args:
        warehouse: Where findings and tables are.
        reader: Reads files.
        mapping: How the sources write their files, as it is now.
        sensitive_rules: The store's rules.
        progress: Told of each file.
        wanted: Which findings; rows whose text was not kept whole stay as they are.
        each: Given each report as soon as its rows are loaded.
        passed_over: Given each file whose rows are not tried.

    Returns:
        One report for each file the rows came from; `rows_in` is how many were tried.

    Raises:
        ConfigError: A file lacks a column of the mapping; files before are done.
        StoreError: The disk failed; files before are done.
    """
    rows = wanted_findings(warehouse, wanted)
    rows = rows.filter(pc.and_(rows["refused"], pc.not_equal(rows["head"], "")))
    origins = rows.group_by(list(_ORIGIN), use_threads=False).aggregate([]).to_pylist()
    reports: list[LoadReport] = []
    with progress.step("Trying rows again", total=len(origins)) as step:
        for origin in origins:
            of_file = rows
            for name in _ORIGIN:
                of_file = of_file.filter(pc.equal(of_file[name], origin[name]))
            try:
                entry = _entry(mapping, **{name: origin[name] for name in ("kind", "file", "format")})
            except ConfigError as error:
                if passed_over is not None:
                    stay = "1 row stays" if of_file.num_rows == 1 else f"{of_file.num_rows:,} rows stay"
                    passed_over(PassedOver(origin["file"], f"{stay}: {error.message}"))
                step.advance()
                continue
            with warehouse.scratch() as folder:
                reports += _retry_file(folder, origin["file"], of_file, entry, warehouse, reader)
            if origin["kind"] == "products":
                refresh_class_tiers(warehouse, sensitive_rules)
            if each is not None:
                each(reports[-1])
            step.advance()
    return reports


def _retry_file(
    folder: Path, name: str, rows: pa.Table, entry: FileMapping, warehouse: Warehouse, reader: SourceReader
) -> list[LoadReport]:
    """One file's rows, in a file of their own and of its name."""
    once = rows.group_by(["line", "raw"], use_threads=False).aggregate([]).sort_by("line")
    (folder / "again").mkdir()
    path = folder / "again" / name
    raws = once["raw"].to_pylist()
    reader.rebuild(raws, entry.format, rows["head"][0].as_py(), path)
    batch = Batch(entry.kind, warehouse, reader, folder)
    batch.read(path, entry, dict(zip(_lines(raws, entry.format), once["line"].to_pylist(), strict=True)))
    return [replace(report, file=name) for report in batch.load(without=rows)]


def _entry(mapping: Mapping, *, kind: str, file: str, format: str) -> FileMapping:  # noqa: A002
    """How the file is read now; what quarantine holds of it is in UTF-8."""
    entry = mapping.file_mapping(file, kind=kind, format=format)
    return replace(entry, text=replace(entry.text, encoding="utf-8"))


def _lines(raws: list[str], format: str) -> Iterator[int]:  # noqa: A002
    """The line each row begins at in a file made of these."""
    line = 1 if format == "parquet" else 2
    for raw in raws:
        yield line
        line += 1 if format == "parquet" else raw.count("\n") + 1
