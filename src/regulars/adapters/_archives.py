"""Packed files: one file in gz or zip is unpacked beside the rest of a load, within limits."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from regulars.kernel import ConfigError, StoreError

RATIO_MAX = 100
"""A good log is packed to a twentieth; what claims to be a hundred times its size is a trap."""
BYTES_ALLOWED = 64 << 20
"""So much is unpacked whatever the ratio."""
_CHUNK_BYTES = 1 << 20
_ZIPS, _GZIP = {b"PK\x03\x04", b"PK\x05\x06"}, b"\x1f\x8b"


def unpacked(path: Path, folder: Path) -> Path:
    """The file itself, or what is packed in it.

    Args:
        path: The file; its first bytes say whether it is packed, not its name.
        folder: Where it is unpacked to.

    Raises:
        ConfigError: A zip file holds no file, several, or one that asks for a password.
        StoreError: It is damaged, or holds more than is allowed.
    """
    with path.open("rb") as stream:
        head = stream.read(4)
    if head[:2] != _GZIP and head not in _ZIPS:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "unpacked"
    if target.exists():
        return target
    allowed = max(BYTES_ALLOWED, RATIO_MAX * path.stat().st_size)
    with _damage_named(path):
        if head in _ZIPS:
            with zipfile.ZipFile(path) as archive, archive.open(_only_member(path, archive)) as packed:
                _copy(packed, target, allowed, path)
        else:
            with gzip.open(path) as packed:
                _copy(packed, target, allowed, path)
    return target


def names_inside(path: Path) -> tuple[str, ...]:
    """Names of the files in a zip file, without their folders; none if it is no zip file or cannot be looked into."""
    with path.open("rb") as stream:
        if stream.read(4) not in _ZIPS:
            return ()
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(Path(one.filename).name for one in archive.infolist() if not one.is_dir())
    except (zipfile.BadZipFile, NotImplementedError):
        return ()


def _only_member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) != 1:
        raise ConfigError(
            f"{path} holds {len(members)} files; expected one",
            hint="unpack it into a folder and load the folder",
        )
    if members[0].flag_bits & 1:
        raise ConfigError(f"{path} asks for a password; expected a file without one")
    return members[0]


def _copy(packed: IO[bytes] | gzip.GzipFile, target: Path, allowed: int, path: Path) -> None:
    written = 0
    partial = target.with_suffix(".partial")
    with partial.open("wb") as stream:
        while chunk := packed.read(_CHUNK_BYTES):
            written += len(chunk)
            if written > allowed:
                raise StoreError(
                    f"{path} unpacks to more than {allowed >> 20} MB, {RATIO_MAX} times its size; nothing was loaded",
                    hint="if the file is good, unpack it yourself and load that",
                )
            stream.write(chunk)
    partial.replace(target)


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise StoreError(
            f"{path} cannot be unpacked: {error or 'it ends in the middle'}; nothing was loaded",
            hint="look whether the file was copied whole",
        ) from error
