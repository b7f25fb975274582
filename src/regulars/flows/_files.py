"""Files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ._ports import DataFile, Warehouse


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """A path to write to; when the block ends well, what lies there is synced and takes the target's name.

    Writers of one target at the same time do not disturb each other: the last to finish stays. After an error
    nothing is left behind; after a kill, at most a `.NAME.PID.part` beside the target.

    Args:
        target: The file; its folder must exist.

    Yields:
        Where to write, in the target's folder.

    Raises:
        OSError: The disk is full or not writable; the target is as it was.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield part
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def damaged_file(files: Iterable[DataFile]) -> DataFile | None:
    """The first file that is missing or whose bytes are not those that were published; None when all are whole."""
    return next((file for file in files if _digest_now(file.path) != file.sha256), None)


def is_current(warehouse: Warehouse, dataset: str, made_from: str, *beside: str) -> bool:
    """Whether a dataset was made from this, and its files and those of datasets made beside it are whole."""
    is_there = warehouse.properties(dataset).get("made_from") == made_from
    return is_there and all(damaged_file(warehouse.files(name)) is None for name in (dataset, *beside))


def _digest_now(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last through a loss of power.

    Raises:
        OSError: The disk failed.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(content: bytes, target: Path) -> None:
    """Write a file at once; see `whole_file`."""
    with whole_file(target) as part:
        part.write_bytes(content)
