"""The raw text of a CSV file: physical lines counted apart from any parser, and a clean copy where one is needed.

A parser that meets a stray quote or a broken byte may swallow lines without a word. Here a row is a physical line,
and what could mislead the reader behind is replaced by the replacement mark, so that exactly that line is refused.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from regulars.ingest import TextFormat
from regulars.kernel import ConfigError, StoreError

UNREADABLE = "�"
"""Stands where the file holds bytes that are no text."""

LINE_END = "\x1f"
"""A character no clean file holds; the reader's column delimiter, so that a line stays one cell."""

_NAME_CHARACTERS_MAX = 80
_CHUNK_BYTES = 1 << 20
_LINE_CHARACTERS_MAX = 1 << 20
_TO_CLEAN = ("\r", "\x00", LINE_END)


@dataclass(frozen=True)
class TextFile:
    """A CSV file ready to be read line by line.

    Args:
        path: The file itself, or the clean copy.
        header: Names in its first line.
        rows: Lines after the first that hold anything.
        has_quotes: Whether a double quote stands anywhere below the header.
    """

    path: Path
    header: tuple[str, ...]
    rows: int
    has_quotes: bool


def shown(name: str) -> str:
    """A name of a file's own, short enough for a message."""
    return name if len(name) <= _NAME_CHARACTERS_MAX else name[:_NAME_CHARACTERS_MAX] + "…"


def prepare_text(path: Path, text: TextFormat, scratch: Path) -> TextFile:
    """Count a file's lines and make a clean copy if it holds what the reader would trip over.

    Args:
        path: The file.
        text: How it is written.
        scratch: Where a clean copy may be put.

    Raises:
        StoreError: The file is empty or holds nothing but a header.
        ConfigError: The file is in UTF-16, and the mapping says otherwise.
    """
    if not text.encoding.startswith(("utf-16", "utf-32")) and _looks_like_utf_16(path):
        raise ConfigError(
            f"{path} looks like UTF-16; expected {text.encoding}",
            hint='save it as UTF-8, or write encoding = "utf-16" under csv in the mapping',
        )
    clean = text.encoding in {"utf-8", "ascii"} and not _needs_cleaning(path)
    ready = path if clean else scratch / "clean.csv"
    if not clean:
        with ready.open("w", encoding="utf-8", newline="") as copy:
            for line in _clean_lines(path, text.encoding):
                copy.write(line + "\n")
    lines, header, has_quotes = _count(ready)
    names = next(csv.reader([header], delimiter=text.delimiter), []) if header else []
    if lines == 0:
        raise StoreError(
            f"{path} holds no row; expected a header line and at least one line below it",
            hint="look whether the export of this file was cut short",
        )
    return TextFile(ready, tuple(name.strip() for name in names), lines, has_quotes)


def _looks_like_utf_16(path: Path) -> bool:
    """Whether the mark of UTF-16 stands first, or every second byte is nothing, as in Latin text without the mark."""
    with path.open("rb") as stream:
        start = stream.read(1024)
    halves = (start[::2], start[1::2])
    return start[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} or any(
        2 * half.count(0) > len(half) > 1 for half in halves
    )


def _needs_cleaning(path: Path) -> bool:
    """Whether bytes are not UTF-8, line ends are not plain, or a line is longer than any row may be."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        first = True
        while chunk := stream.read(_CHUNK_BYTES):
            try:
                decoded = decoder.decode(chunk)
            except UnicodeDecodeError:
                return True
            if any(mark in decoded for mark in _TO_CLEAN) or (first and decoded.startswith("\ufeff")):
                return True
            if len(chunk) == _CHUNK_BYTES and b"\n" not in chunk:
                return True
            first = False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return True
    return False


def _clean_lines(path: Path, encoding: str) -> Iterator[str]:
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    with path.open(encoding=encoding, errors="replace", newline="\n") as stream:
        while line := stream.readline(_LINE_CHARACTERS_MAX):
            if not line.endswith("\n") and len(line) == _LINE_CHARACTERS_MAX:
                _skip_rest(stream)
                line = line[:500] + UNREADABLE
            line = line.removesuffix("\n").removesuffix("\r")
            for mark in _TO_CLEAN:
                line = line.replace(mark, UNREADABLE)
            yield line


def _skip_rest(stream: object) -> None:
    """Read to the end of a line that is too long, a piece at a time."""
    assert hasattr(stream, "readline")
    while (piece := stream.readline(_LINE_CHARACTERS_MAX)) and not piece.endswith("\n"):
        pass


def _count(path: Path) -> tuple[int, str, bool]:
    """Lines after the first that hold anything, the first, and whether there is a quote below it."""
    with path.open("rb") as stream:
        header = stream.readline().decode("utf-8").removesuffix("\n")
        start = stream.tell()
        lines = blank = 0
        has_quotes = False
        last = b"\n"
        while chunk := stream.read(_CHUNK_BYTES):
            joined = last + chunk
            lines += chunk.count(b"\n")
            blank += _blank_lines(joined)
            has_quotes = has_quotes or b'"' in chunk
            last = chunk[-1:]
        if stream.tell() > start and last != b"\n":
            lines += 1
    return lines - blank, header, has_quotes


def _blank_lines(joined: bytes) -> int:
    """Line ends that follow a line end; the first byte is the last one of the piece before."""
    blank = 0
    position = joined.find(b"\n\n")
    while position >= 0:
        blank += 1
        position = joined.find(b"\n\n", position + 1)
    return blank
