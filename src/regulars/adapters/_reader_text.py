"""The raw text of a CSV file: physical lines counted apart from any parser, and the odd ones taken out.

A parser that meets a stray quote or a broken byte may swallow lines without a word. So every line is looked at before
one is used: a *plain* line has as many cells as the header, its quotes paired, its text readable. What is not plain is
*odd*. Odd lines are taken apart here, one by one, and a placeholder stands for each in a copy of the file; a file
without any is read as it is. A quoted cell may run over several lines where these lines are no rows of their own.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.ingest import FileMapping
from regulars.kernel import ConfigError, StoreError

from ._reader_lines import RUN_LINES_MAX, UNREADABLE, Fault, LineShape, OddRow, take_apart

PLACEHOLDER = "\x1e"
"""First cell of the row that stands for an odd line; no plain line holds it."""

NUMBER_MARKS = "_eE"
"""What the engine would read in a number, and no till writes: ``1_000``, ``1e3``."""

_BLANK_RUN_MIN = RUN_LINES_MAX + 1
_BLANK_RUN = re.compile(rb"(?:(?<=\n)|\A)\n{%d,}" % _BLANK_RUN_MIN)
"""Blank lines that no quoted cell can run over: they are counted and not looked at."""
_NEWLINE, _BLANK = 10, 32
_BLANKS_ALONE = re.compile(rb"^ +$", re.MULTILINE)
_NAME_CHARACTERS_MAX = 80
_BLOCK_BYTES = 4 << 20
_PIECE_BYTES = 64 << 10
_LINE_BYTES_MAX = 1_000_000
_SHOWN_BYTES = 2_000
_SHOWN_CHARACTERS = 500
_FLUSH_ROWS = 5_000


@dataclass(frozen=True)
class TextFile:
    """A CSV file ready to be read line by line.

    Args:
        path: The file itself, or the copy in which placeholders stand for odd lines.
        source: The file as it was given.
        head: Its first line.
        header: Names in it.
        rows: Records after the first line that hold anything.
        has_quotes: Whether plain lines hold cells in quotes.
        has_blanks: Whether cells of plain lines begin or end with a blank.
        has_runs: Whether a placeholder stands for many blank lines; how many more than one is said behind it.
        number_marks: Those of `NUMBER_MARKS` that stand somewhere in it.
        odd: Parquet file with the odd records, if there are any.
    """

    path: Path
    source: Path
    head: str
    header: tuple[str, ...]
    rows: int
    has_quotes: bool
    has_blanks: bool
    has_runs: bool
    number_marks: str
    odd: Path | None


def shown(name: str) -> str:
    """A name of a file's own, short enough for a message."""
    return name if len(name) <= _NAME_CHARACTERS_MAX else name[:_NAME_CHARACTERS_MAX] + "…"


def prepare_text(path: Path, mapping: FileMapping, scratch: Path) -> TextFile:
    """Count a file's rows and take its odd lines out.

    Args:
        path: The file.
        mapping: How it is written.
        scratch: Where a copy and the odd lines may be put.

    Raises:
        StoreError: The file holds no line at all.
        ConfigError: The file is in UTF-16, and the mapping says otherwise.
    """
    text = mapping.text
    if not text.encoding.startswith(("utf-16", "utf-32")) and _looks_like_utf_16(path):
        raise ConfigError(
            f"{path} looks like UTF-16; expected {text.encoding}",
            hint='save it as UTF-8, or write encoding = "utf-16" under csv in the mapping',
        )
    sieve = _Sieve(path, mapping, scratch)
    for block, changed in _blocks(path, text.encoding):
        sieve.take(block, changed=changed)
    return sieve.finish()


def pick_lines(
    file: TextFile, mapping: FileMapping, lines: Sequence[int] | npt.NDArray[np.int64], target: Path
) -> None:
    """Write plain lines of a file, taken apart, in the shape of the odd ones.

    Args:
        file: The file.
        mapping: How it is written.
        lines: Numbers of the lines; those of odd records are passed over.
        target: The Parquet file.
    """
    known = [] if file.odd is None else pq.read_table(file.odd, columns=["source_line"])[0].to_numpy()
    wanted = np.setdiff1d(np.array(lines, np.int64), known).tolist()
    shape = LineShape.of(mapping, len(file.header))
    first, position = 1, 0
    found = []
    for block, _ in _blocks(file.source, mapping.text.encoding):
        count = block.count(b"\n")
        if position < len(wanted) and wanted[position] < first + count:
            rows = _lines_of(block)
            while position < len(wanted) and wanted[position] < first + count:
                number = wanted[position]
                found.append(take_apart(shape, number, rows[number - first]))
                position += 1
        first += count
    pq.write_table(_odd_table(found, len(file.header)), target)


class _Sieve:
    """Goes through a file's blocks; writes a copy from the first block on that had to be changed."""

    def __init__(self, path: Path, mapping: FileMapping, scratch: Path) -> None:
        self._path = path
        self._mapping = mapping
        self._scratch = scratch
        self._head = ""
        self._names: tuple[str, ...] = ()
        self._shape: LineShape | None = None
        self._lines = self._blank = 0
        self._bytes_kept = 0
        self._copy: BinaryIO | None = None
        self._odd: _OddRows | None = None
        self._has_quotes = self._has_blanks = self._has_runs = False
        self._number_marks = ""

    def take(self, block: bytes, *, changed: bool) -> None:
        """Look at whole lines; the first line of a file is its header."""
        if self._shape is None:
            head, _, block = block.partition(b"\n")
            self._begin(head)
            self._keep(head + b"\n", changed=changed)
        place = 0
        for run in _BLANK_RUN.finditer(block) if b"\n" * _BLANK_RUN_MIN in block else ():
            self._take_lines(block[place : run.start()], changed=True)
            self._pass_blank(len(run[0]))
            place = run.end()
        self._take_lines(block[place:], changed=changed or place > 0)

    def _pass_blank(self, lines: int) -> None:
        assert self._shape is not None
        self._has_runs = True
        self._keep(self._shape.placeholder_for(lines) + b"\n", changed=True)
        self._blank += lines
        self._lines += lines

    def _take_lines(self, block: bytes, *, changed: bool) -> None:
        if not block:
            return
        assert self._shape is not None
        assert self._odd is not None
        judged = self._shape.judge(block)
        self._has_quotes |= judged.has_quotes
        self._has_blanks |= judged.has_blanks
        self._number_marks += "".join(
            mark for mark in NUMBER_MARKS if mark not in self._number_marks and mark.encode() in block
        )
        if judged.odd:
            rows, placeholder = block.split(b"\n"), self._shape.placeholder
            for number in judged.odd:
                self._odd.add(self._lines + number + 1, rows[number].decode())
                rows[number] = placeholder
            block, changed = b"\n".join(rows), True
        if judged.blank:
            block, changed = _without_blank_lines(block, self._shape.placeholder), True
        self._blank += judged.blank
        self._keep(block, changed=changed)
        self._lines += judged.lines

    def finish(self) -> TextFile:
        """The file as it is to be read.

        Raises:
            StoreError: There is no header.
        """
        if self._copy is not None:
            self._copy.close()
        if self._odd is None:
            raise StoreError(
                f"{self._path} holds no line; expected a header line",
                hint="look whether the export of this file was cut short",
            )
        rows = self._lines - 1 - self._blank - self._odd.finish()
        return TextFile(
            path=self._path if self._copy is None else self._copy_path(),
            source=self._path,
            head=self._head,
            header=self._names,
            rows=rows,
            has_quotes=self._has_quotes,
            has_blanks=self._has_blanks,
            has_runs=self._has_runs,
            number_marks=self._number_marks,
            odd=self._odd.path if self._odd.path.exists() else None,
        )

    def _begin(self, head: bytes) -> None:
        self._head = head.decode()
        if "\r" in self._head:
            raise ConfigError(
                f"{self._path} line 1: a carriage return stands inside the header; expected the columns' names alone",
                hint="export the file anew, with one kind of line end throughout",
            )
        delimiter = self._mapping.text.delimiter
        try:
            names = next(csv.reader([self._head], delimiter=delimiter), []) if self._head else []
        except csv.Error as error:
            raise ConfigError(
                f"{self._path} line 1 cannot be read as a header: {error}; expected the columns' names",
                hint="look whether it is a CSV file; else say what it is with --format",
            ) from error
        self._names = tuple(name.strip() for name in names)
        self._shape = LineShape.of(self._mapping, len(self._names))
        self._odd = _OddRows(self._scratch / "odd.parquet", self._shape)
        self._lines = 1

    def _copy_path(self) -> Path:
        return self._scratch / "clean.csv"

    def _keep(self, block: bytes, *, changed: bool) -> None:
        """Let a block be read: from the file itself as long as nothing had to be changed."""
        if self._copy is None and not changed:
            self._bytes_kept += len(block)
            return
        if self._copy is None:
            self._copy = self._copy_path().open("wb")
            with self._path.open("rb") as stream:
                left = self._bytes_kept
                while left and (piece := stream.read(min(left, _BLOCK_BYTES))):
                    self._copy.write(piece)
                    left -= len(piece)
        self._copy.write(block)


class _OddRows:
    """Odd lines become records: alone, or several that one quoted cell runs over."""

    def __init__(self, path: Path, shape: LineShape) -> None:
        self.path = path
        self._shape = shape
        self._run: list[tuple[int, str]] = []
        self._rows: list[OddRow] = []
        self._no_rows = 0
        self._writer: pq.ParquetWriter | None = None

    def add(self, number: int, line: str) -> None:
        """One more, in order."""
        if not self._run and not self._runs_on(line):
            self._record(number, line, 1)
            return
        if self._run and (number != self._run[-1][0] + 1 or len(self._run) >= RUN_LINES_MAX):
            self._resolve(whole=number != self._run[-1][0] + 1)
        self._run.append((number, line))

    def finish(self) -> int:
        """How many of the odd lines are no row: blank, or taken by the cell of another."""
        self._resolve(whole=True)
        if self._rows:
            self._flush()
        if self._writer is not None:
            self._writer.close()
        return self._no_rows

    def _resolve(self, *, whole: bool) -> None:
        """Make records of the run's lines, all of them or so many that it is short again."""
        while self._run and (whole or len(self._run) >= RUN_LINES_MAX):
            number, line = self._run[0]
            length = 1
            if self._runs_on(line):
                length = self._shape.lines_taken([text for _, text in self._run[:RUN_LINES_MAX]])
            self._record(number, "\n".join(text for _, text in self._run[:length]), length)
            del self._run[:length]

    def _runs_on(self, line: str) -> bool:
        """Whether a quoted cell of a line may run over the next."""
        return self._shape.quoting and line.count('"') % 2 == 1

    def _record(self, number: int, text: str, lines: int) -> None:
        """One record of so many lines; a blank one is none."""
        if not text.strip(" "):
            self._no_rows += 1
            return
        self._rows.append(take_apart(self._shape, number, text))
        self._no_rows += lines - 1
        if len(self._rows) >= _FLUSH_ROWS:
            self._flush()

    def _flush(self) -> None:
        rows = _odd_table(self._rows, self._shape.cells)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, rows.schema, compression="lz4")
        self._writer.write_table(rows)
        self._rows = []


def _odd_table(rows: Sequence[OddRow], cells: int) -> pa.Table:
    columns = {
        "source_line": pa.array([row.line for row in rows], pa.int64()),
        "raw": pa.array([row.raw for row in rows], pa.string()),
        "fault": pa.array([int(row.fault) for row in rows], pa.int32()),
    }
    if all(row.fault is not Fault.NONE for row in rows):
        nothing = pa.nulls(len(rows), pa.string())
        return pa.table({**columns, **{f"c{number + 1}": nothing for number in range(cells)}})
    for number in range(cells):
        said = [None if row.fault is not Fault.NONE else row.cells[number] for row in rows]
        columns[f"c{number + 1}"] = pa.array(said, pa.string())
    return pa.table(columns)


def _looks_like_utf_16(path: Path) -> bool:
    """Whether the mark of UTF-16 stands first, or every second byte is nothing, as in Latin text without the mark."""
    with path.open("rb") as stream:
        start = stream.read(1024)
    halves = (start[::2], start[1::2])
    return start[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} or any(
        2 * half.count(0) > len(half) > 1 for half in halves
    )


def _blocks(path: Path, encoding: str) -> Iterator[tuple[bytes, bool]]:
    """Whole lines as UTF-8 with plain line ends, some megabytes at a time, and whether they stand so in the file."""
    plain = encoding in {"utf-8", "ascii"}
    carry, skipping = b"", False
    for read, recoded in _chunks(path, "" if plain else encoding):
        chunk = read
        if skipping:
            chunk = read[read.find(b"\n") + 1 :] if b"\n" in read else b""
            skipping = b"\n" not in read
        cut = chunk.rfind(b"\n") + 1
        block, carry = (carry + chunk[:cut], chunk[cut:]) if cut else (b"", carry + chunk)
        changed = recoded
        if len(carry) > _LINE_BYTES_MAX:
            block, carry, skipping, changed = block + _cut_short(carry) + b"\n", b"", True, True
        if block:
            cleaned = _cleaned(block)
            yield cleaned, changed or cleaned is not block
    if carry:
        cleaned = _cleaned(carry + b"\n")
        yield cleaned, not plain or cleaned[:-1] != carry


def _chunks(path: Path, encoding: str) -> Iterator[tuple[bytes, bool]]:
    """The file's bytes, recoded if it is not in UTF-8 or its lines end with a carriage return alone."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace") if encoding else None
    returns_alone: bool | None = None
    with path.open("rb") as stream:
        while chunk := stream.read(_BLOCK_BYTES):
            text = chunk if decoder is None else decoder.decode(chunk).encode()
            if returns_alone is None:
                returns_alone = ends_with_returns_alone(text)
            if returns_alone:
                text = text.replace(b"\r", b"\n")
            yield text, returns_alone or decoder is not None
    if decoder is not None and (rest := decoder.decode(b"", final=True)):
        yield rest.encode(), True


def ends_with_returns_alone(start: bytes) -> bool:
    """Whether lines end with a carriage return alone, as some old systems write them; judged by a file's start."""
    return b"\r" in start and b"\n" not in start


def _cleaned(block: bytes) -> bytes:
    """The same object if nothing had to be changed.

    Bytes that are no text become the mark, line ends plain; the mark of UTF-8 before a line is taken away, for files
    that were put together carry it in the middle.
    """
    while b"\r" in block and b"\r\n" in block:
        block = block.replace(b"\r\n", b"\n")
    if block[:1] == b" " or _has_a_line_that_begins_with_a_blank(block):
        block = _BLANKS_ALONE.sub(b"", block)
    if block.isascii():
        return block
    if codecs.BOM_UTF8 in block:
        block = block.removeprefix(codecs.BOM_UTF8).replace(b"\n" + codecs.BOM_UTF8, b"\n")
    try:
        block.decode()
    except UnicodeDecodeError:
        return block.decode(errors="replace").encode()
    return block


def _has_a_line_that_begins_with_a_blank(block: bytes) -> bool:
    """Whether a line begins with a blank; in pieces, for large arrays cost their memory, find takes longer."""
    codes = np.frombuffer(block, np.uint8)
    for start in range(0, len(codes), _PIECE_BYTES):
        piece = codes[start : start + _PIECE_BYTES + 1]
        if ((piece[:-1] == _NEWLINE) & (piece[1:] == _BLANK)).any():
            return True
    return False


def _without_blank_lines(block: bytes, placeholder: bytes) -> bytes:
    """The same with a placeholder in every blank line."""
    ends = b"\n" + placeholder + b"\n"
    if block[:1] == b"\n":
        block = placeholder + block
    return block.replace(b"\n\n", ends).replace(b"\n\n", ends)


def _cut_short(line: bytes) -> bytes:
    """The start of a line too long to be a row, with the mark that makes it odd."""
    return (line[:_SHOWN_BYTES].decode(errors="ignore")[:_SHOWN_CHARACTERS] + UNREADABLE).encode()


def _lines_of(block: bytes) -> list[str]:
    return block.decode().split("\n")
