"""Looking at an unknown file: a mapping to start from, and its first rows through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from regulars.ingest import TO_BE_NAMED, FileMapping, Proposal, parse_mapping, propose_mapping, shipped_mapping
from regulars.kernel import ConfigError, StoreError

from ._data_ports import SourceReader
from ._ports import Warehouse

_ROWS = 10


@dataclass(frozen=True)
class BrokenRule:
    """A rule that rows of the file's beginning break.

    Args:
        column: Column of the table; empty for the whole line.
        source: Column of the file it is read from; empty if there is none.
        rule: The rule.
        rows: How many rows break it.
        line: Line of the first.
        message: What stands there, and what was expected.
    """

    column: str
    source: str
    rule: str
    rows: int
    line: int
    message: str


@dataclass(frozen=True)
class SniffReport:
    """What a file seems to hold.

    Args:
        file: The file.
        proposal: The mapping.
        rows: Its first rows through that mapping, at most ten; empty when the mapping has to be changed first.
        refused: How many rows of the file's beginning break a rule.
        problem: Why there are no rows; empty when there are.
        broken: The rules they break, by column.
    """

    file: str
    proposal: Proposal
    rows: tuple[dict[str, Any], ...] = ()
    refused: int = 0
    problem: str = ""
    broken: tuple[BrokenRule, ...] = ()


def sniff_file(path: Path, reader: SourceReader, warehouse: Warehouse) -> SniffReport:
    """Propose a mapping for a file, and read its beginning through it.

    Args:
        path: The file.
        reader: Reads files.
        warehouse: Lends its scratch folder; nothing is kept.

    Raises:
        StoreError: The file is missing, empty or damaged.
    """
    with warehouse.scratch() as folder:
        sample, beginning = reader.sample(path, folder)
        proposal = propose_mapping(sample)
        if not proposal.kind:
            return SniffReport(str(path), proposal, problem="no mapping is proposed")
        if TO_BE_NAMED in proposal.text:
            return SniffReport(str(path), proposal, problem="the mapping has columns to be named first")
        mapping = parse_mapping(proposal.text, "proposal") if proposal.text else shipped_mapping(proposal.shipped)
        try:
            entry = _entry_of(mapping.files, path.name, sample.format, proposal.kind)
            staged = reader.stage(beginning, entry, folder / "staged")
        except (ConfigError, StoreError) as error:
            return SniffReport(str(path), proposal, problem=str(error).replace(str(beginning), path.name))
        if staged.rows_in == 0:
            return SniffReport(str(path), proposal, problem=f"{path.name} holds no row")
        rows = reader.first_rows(staged, _ROWS)
        if sample.format == "poslog":  # its last transaction is cut, where the file goes on
            return SniffReport(str(path), proposal, tuple(rows))
        broken = _broken_rules(reader.findings(staged, []), entry)
        return SniffReport(str(path), proposal, tuple(rows), staged.rows_refused, broken=broken)


def _broken_rules(findings: pa.Table, entry: FileMapping) -> tuple[BrokenRule, ...]:
    """Findings by column and rule, the first of each."""
    sources = {column.target: column.file_column or "" for column in entry.columns}
    grouped = findings.group_by(["column", "rule"], use_threads=False).aggregate(
        [("line", "count"), ("line", "min")]
    )
    broken = []
    for group in grouped.to_pylist():
        line, column = group["line_min"], group["column"]
        first = findings.filter(pc.and_(pc.equal(findings["line"], line), pc.equal(findings["column"], column)))
        message = first["message"][0].as_py()
        broken.append(
            BrokenRule(column, sources.get(column, ""), group["rule"], group["line_count"], line, message)
        )
    return tuple(sorted(broken, key=lambda one: (-one.rows, one.column, one.rule)))


def _entry_of(files: Sequence[FileMapping], name: str, file_format: str, kind: str) -> FileMapping:
    fitting = [entry for entry in files if entry.format == file_format and entry.kind == kind]
    return next((entry for entry in fitting if entry.matches(name)), fitting[0])
