"""Which files are loaded already: a note beside the warehouse that saves reading them again.

The warehouse's bytes do not depend on it. The note holds only as long as the tables of a kind are as the load that
wrote it left them; else it counts for nothing, and files are read as ever.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Protocol

from regulars.contracts import LoadReport
from regulars.ingest import FileMapping
from regulars.kernel import StoreError, digest_of

from ._ports import Warehouse

_FILES_MAX = 100_000


class LoadedNote(Protocol):
    """Keeps the note."""

    def read(self) -> dict[str, Any]:
        """What was kept; empty if there is nothing that can be read."""
        ...

    def write(self, content: dict[str, Any]) -> None:
        """Keep this instead."""
        ...


class LoadedFiles:
    """The note of one kind.

    Args:
        note: Where it is kept.
        warehouse: What it is about.
        kind: The kind.
    """

    def __init__(self, note: LoadedNote | None, warehouse: Warehouse, kind: str) -> None:
        self._note = note
        self._warehouse = warehouse
        self._kind = kind
        content = note.read().get(kind, {}) if note is not None else {}
        self._files: dict[str, Any] = content.get("files", {}) if content.get("state") == self._state() else {}

    def known(self, path: Path, key: str) -> LoadReport | None:
        """What loading a file again would come to; None if it must be read."""
        found = self._files.get(key)
        if found is None:
            return None
        report = LoadReport(file=str(path), **found)
        return replace(report, rows_kept=0, rows_repeated=report.rows_kept + report.rows_repeated, rows_replaced=0)

    def remember(self, reports: dict[str, LoadReport]) -> None:
        """Files that were loaded, by their key, now that they are published."""
        if self._note is None:
            return
        for key, report in reports.items():
            self._files[key] = {name: value for name, value in asdict(report).items() if name != "file"}
        newest = dict(list(self._files.items())[-_FILES_MAX:])
        self._note.write(self._note.read() | {self._kind: {"state": self._state(), "files": newest}})

    def key_of(self, path: Path, entry: FileMapping) -> str:
        """What makes a file the same: its bytes, and how they are read.

        Raises:
            StoreError: The file cannot be read.
        """
        if self._note is None:
            return ""
        try:
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise StoreError(f"{path} could not be read: {error.strerror}", hint="check the path") from error
        return digest_of(digest, repr(entry))

    def _state(self) -> str:
        files = (*self._warehouse.files(self._kind), *self._warehouse.files("other_transactions"))
        return digest_of(*(file.sha256 for file in files))
