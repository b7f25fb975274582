"""Looking at an unknown file: a mapping to start from, and its first rows through it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regulars.ingest import FileMapping, Proposal, parse_mapping, propose_mapping, shipped_mapping
from regulars.kernel import ConfigError

from ._data_ports import SourceReader
from ._ports import Warehouse

_ROWS = 10


@dataclass(frozen=True)
class SniffReport:
    """What a file seems to hold.

    Args:
        file: The file.
        proposal: The mapping.
        rows: Its first rows through that mapping, at most ten; empty when the mapping has to be changed first.
        refused: How many rows of the file's beginning break a rule.
        problem: Why there are no rows; empty when there are.
    """

    file: str
    proposal: Proposal
    rows: tuple[dict[str, Any], ...] = ()
    refused: int = 0
    problem: str = ""


def sniff_file(path: Path, reader: SourceReader, warehouse: Warehouse) -> SniffReport:
    """Propose a mapping for a file of till lines, and read its beginning through it.

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
        if "CHANGE ME" in proposal.text:
            return SniffReport(str(path), proposal, problem="the mapping has columns to be named first")
        mapping = parse_mapping(proposal.text, "proposal") if proposal.text else shipped_mapping(proposal.shipped)
        try:
            entry = _entry_of(mapping.files, path.name, sample.format)
            staged = reader.stage(beginning, entry, folder / "staged")
        except ConfigError as error:
            return SniffReport(str(path), proposal, problem=str(error))
        rows = reader.first_rows(staged, _ROWS)
        cut = sample.format == "poslog"  # its last transaction is, where the file goes on
        return SniffReport(str(path), proposal, tuple(rows), 0 if cut else staged.rows_refused)


def _entry_of(files: tuple[FileMapping, ...], name: str, file_format: str) -> FileMapping:
    lines = [entry for entry in files if entry.format == file_format]
    return next((entry for entry in lines if entry.matches(name)), lines[0])
