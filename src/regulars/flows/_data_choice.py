"""Which files a load reads, and how: files by name, patterns, and folders of which what nobody names is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from regulars.ingest import FileMapping, Mapping
from regulars.kernel import ConfigError, StoreError

from ._data_ports import SourceReader

_PATTERNS_SHOWN = 6


@dataclass(frozen=True)
class PassedOver:
    """Something in a folder that was not read.

    Args:
        path: The file or folder.
        reason: Why.
    """

    path: str
    reason: str


@dataclass(frozen=True)
class Choice:
    """Files to read, each with how, and what was passed over."""

    files: tuple[tuple[Path, FileMapping], ...]
    passed_over: tuple[PassedOver, ...]


def chosen_files(
    paths: Sequence[Path], mapping: Mapping, reader: SourceReader, kind: str | None, file_format: str | None
) -> Choice:
    """What files, patterns and folders come to.

    Args:
        paths: Files, name patterns, or folders, whose files the mapping names are taken in the order of their names.
        mapping: How the source writes its files.
        reader: Looks into archives: what is packed in one may be named when the archive is not.
        kind: Only files of this kind; single files are read as it.
        file_format: Likewise.

    Raises:
        ConfigError: A file is not described by the mapping, or none of a folder is.
        StoreError: A pattern stands for nothing, or a file is missing.
    """
    files: list[tuple[Path, FileMapping]] = []
    passed_over: list[PassedOver] = []
    for path in _expanded(paths):
        if path.is_dir():
            found = _inside(path, mapping, reader, kind, file_format)
            files += found.files
            passed_over += found.passed_over
        else:
            files.append((path, _entry_of(path, mapping, reader, kind, file_format)))
    return Choice(tuple(files), tuple(passed_over))


def _expanded(paths: Sequence[Path]) -> list[Path]:
    """Files with name patterns replaced by what they stand for, in the order of names; folders if no file is among it.

    Raises:
        StoreError: A pattern stands for nothing.
    """
    expanded: list[Path] = []
    for path in paths:
        if path.exists() or not any(mark in str(path) for mark in "*?["):
            expanded.append(path)
            continue
        root = Path(path.anchor)
        found = sorted(root.glob(str(path.relative_to(root) if path.anchor else path)))
        if not found:
            raise StoreError(f"no file is named like {path}", hint="check the pattern; ** stands for any folders")
        expanded += [path for path in found if path.is_file()] or found
    return expanded


def _entry_of(
    path: Path, mapping: Mapping, reader: SourceReader, kind: str | None, file_format: str | None
) -> FileMapping:
    """How one file is read; that it is missing is told before that the mapping does not name it."""
    if path.exists() and not path.is_file():
        raise StoreError(
            f"{path} is no file; expected one that can be read twice", hint="write what the pipe brings to a file"
        )
    named = _named(path, _entries(mapping, kind, file_format), reader)
    if named is not None:
        return named
    try:
        return mapping.file_mapping(path.name, kind=kind, format=file_format)
    except ConfigError as error:
        if not path.exists():
            raise StoreError(f"there is no file {path}", hint="check the path") from None
        inside = reader.names_inside(path)
        if len(inside) != 1:
            raise
        raise ConfigError(f"{error.message}; inside lies {inside[0]}", hint=error.hint) from None


def _inside(
    folder: Path, mapping: Mapping, reader: SourceReader, kind: str | None, file_format: str | None
) -> Choice:
    """Files of a folder that the mapping names, of the kind and format asked for, by name."""
    entries = _entries(mapping, kind, file_format)
    files, passed_over = [], []
    for path in sorted(item for item in folder.iterdir() if not item.name.startswith(".")):
        if path.is_dir():
            passed_over.append(PassedOver(str(path), "a folder inside the folder"))
            continue
        if not path.is_file():
            passed_over.append(PassedOver(str(path), "it is no file: a pipe, or a link that leads nowhere"))
            continue
        entry = _named(path, entries, reader)
        if entry is not None:
            files.append((path, entry))
        elif _named(path, mapping.files, reader) is None:
            passed_over.append(PassedOver(str(path), _why_not(path, mapping, reader)))
    if not files:
        patterns = [pattern for entry in entries for pattern in entry.patterns]
        named = ", ".join(patterns[:_PATTERNS_SHOWN]) or "none of this kind"
        more = f" and {len(patterns) - _PATTERNS_SHOWN} more" if len(patterns) > _PATTERNS_SHOWN else ""
        inside = any(item.is_dir() for item in folder.iterdir())
        raise ConfigError(
            f"{folder} holds no file that the mapping {mapping.name!r} names; it names {named}{more}",
            hint="give the files themselves and their --kind, or another mapping with --map"
            + (f"; for folders inside it give the pattern '{folder}/**/*'" if inside else ""),
        )
    return Choice(tuple(files), tuple(passed_over))


def _entries(mapping: Mapping, kind: str | None, file_format: str | None) -> Sequence[FileMapping]:
    return [e for e in mapping.files if kind in {None, e.kind} and file_format in {None, e.format}]


def _named(path: Path, entries: Sequence[FileMapping], reader: SourceReader) -> FileMapping | None:
    """The first entry that names a file, or the one file packed in it."""
    entry = next((entry for entry in entries if entry.matches(path.name)), None)
    inside = reader.names_inside(path) if entry is None and path.is_file() else ()
    if len(inside) != 1:
        return entry
    return next((entry for entry in entries if entry.matches(inside[0])), None)


def _why_not(path: Path, mapping: Mapping, reader: SourceReader) -> str:
    inside = reader.names_inside(path)
    if len(inside) > 1:
        return f"an archive of {len(inside)} files: unpack it into a folder and load that"
    held = f"; inside lies {inside[0]}" if inside else ""
    return f"the mapping {mapping.name!r} does not name it{held}"
