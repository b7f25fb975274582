"""An append-only file of entries that survives a crash at any byte: one line each, with a checksum."""

from __future__ import annotations

import fcntl
import json
import os
import zlib
from pathlib import Path

from regulars.kernel import StoreError


class FileJournal:
    """Entries of a lane or a controller; each is on the disk before `append` returns.

    A line that a crash cut short is the last one and was never answered: it is taken off when the file is opened.

    Args:
        path: The file; made if it is not there.

    Raises:
        StoreError: The file cannot be opened, or is damaged before its last line.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _opened(path)
        try:
            self._entries, whole = _read(path, path.read_bytes())
            os.ftruncate(self._file, whole)
            os.fsync(self._file)
        except BaseException:
            os.close(self._file)
            raise

    def append(self, entry: dict[str, object]) -> None:
        """Add an entry; it is on the disk when this returns.

        Raises:
            StoreError: It could not be written; the journal must be opened anew before it is used again.
        """
        content = json.dumps(entry, sort_keys=True).encode()
        line = b"%08x %s\n" % (zlib.crc32(content), content)
        try:
            written = os.write(self._file, line)
            os.fsync(self._file)
        except OSError as error:
            raise StoreError(f"the journal {self._path} cannot be written: {error.strerror}") from error
        if written != len(line):
            raise StoreError(f"the journal {self._path} cannot be written: the disk is full")
        self._entries.append(entry)

    def entries(self) -> list[dict[str, object]]:
        """All entries, oldest first."""
        return list(self._entries)

    def close(self) -> None:
        """Let the file go."""
        os.close(self._file)


def _opened(path: Path) -> int:
    """The file, for this process alone."""
    fresh = not path.exists()
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if fresh:
            _sync_folder(path.parent)
    except BlockingIOError as error:
        os.close(file)
        raise StoreError(
            f"the journal {path} is in use; expected one lane or controller to a journal",
            hint="stop the lane or the controller that runs on it (Ctrl-C in its terminal), then try again",
        ) from error
    except OSError as error:
        raise StoreError(f"the journal {path} cannot be opened: {error.strerror}") from error
    return file


def _read(path: Path, content: bytes) -> tuple[list[dict[str, object]], int]:
    """Entries and the number of bytes they take; what comes after is a line that was cut short."""
    entries: list[dict[str, object]] = []
    whole = 0
    for line in content.splitlines(keepends=True):
        good = line.endswith(b"\n") and len(line) > 10 and line[:8] == b"%08x" % zlib.crc32(line[9:-1])
        if not good:
            if whole + len(line) < len(content):
                raise StoreError(
                    f"the journal {path} is damaged at byte {whole:,}",
                    hint="copy it away for a person to read, and let the lane begin a new one",
                )
            break
        entries.append(json.loads(line[9:-1]))
        whole += len(line)
    return entries, whole


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
