"""The beginning of an unknown file: its encoding, delimiter, quotes and numbers guessed from the bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ._mappings import TextFormat

NUMBER = re.compile(r"[-+(]?\W?\d[\d.,' ]*[)-]?")
_DELIMITERS = (",", ";", "\t", "|")
_EVEN_MIN = 0.5
_FIXED_CHARACTERS_MIN, _FIXED_CHARACTERS_MAX = 15, 500
_FIXED_SHARE_MIN = 0.8


@dataclass(frozen=True)
class Sample:
    """The beginning of a file.

    Args:
        name: Its name.
        format: ``csv``, ``parquet``, ``poslog`` or ``fixed``.
        header: Names of its columns; of fixed columns, where there are none, nothing.
        rows: Cells of its first rows, as text; of fixed columns one cell a line.
        text: How it is written.
    """

    name: str
    format: str
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    text: TextFormat = field(default_factory=TextFormat)

    def column(self, name: str) -> list[str]:
        """Cells of a column that say something."""
        place = self._places[name]
        return [row[place] for row in self.rows if place < len(row) and row[place]]

    @cached_property
    def _places(self) -> dict[str, int]:
        """Column → its place; the first of several that have one name."""
        return {name: place for place, name in reversed(list(enumerate(self.header)))}

    def pairs(self, *names: str) -> list[tuple[str, ...]]:
        """Cells of several columns, row by row; nothing where a row is too short."""
        places = [self._places[name] for name in names]
        return [tuple(row[place] if place < len(row) else "" for place in places) for row in self.rows]


def text_sample(name: str, data: bytes, rows: int = 200) -> Sample:
    """The beginning of a text file, with its encoding, delimiter, quotes and decimal mark guessed.

    Args:
        name: Its name.
        data: Its first bytes; the last line may be cut.
        rows: How many rows are looked at.
    """
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8"
    try:
        decoded = data.decode(encoding)
    except UnicodeDecodeError as error:
        cut = encoding == "utf-8" and error.start > len(data) - 4
        encoding = encoding if cut else "cp1252"
        decoded = data.decode(encoding, "replace")
    if re.match(r"\ufeff?\s*<", decoded):
        return Sample(name, "poslog")
    lines = [line for line in decoded.lstrip("\ufeff").splitlines() if line.strip()]
    lines = lines[:-1] if len(lines) > 2 and not decoded.endswith(("\n", "\r")) else lines
    if _are_fixed(lines[:rows]):
        return Sample(name, "fixed", (), tuple((line,) for line in lines[:rows]), TextFormat(encoding=encoding))
    delimiter = max(_DELIMITERS, key=lambda mark: (_evenness(lines[:50], mark), -_DELIMITERS.index(mark)))
    quoting = any(line.startswith('"') or f'{delimiter}"' in line for line in lines)
    cells = [_split(line, delimiter, quoting=quoting) for line in lines[: rows + 1]]
    header = tuple(cells[0]) if cells else ()
    decimal, thousands = _marks(cells[1:])
    text = TextFormat(delimiter, quoting, encoding, decimal, thousands)
    return Sample(name, "csv", header, tuple(tuple(row) for row in cells[1:]), text)


def _are_fixed(lines: Sequence[str]) -> bool:
    """Whether lines look like fixed columns: long, nearly all of one length, and without an even delimiter."""
    lengths = [len(line) for line in lines]
    if len(lines) < 2 or not _FIXED_CHARACTERS_MIN <= max(lengths) <= _FIXED_CHARACTERS_MAX:
        return False
    usual = max(set(lengths), key=lambda length: (lengths.count(length), length))
    even = max(_evenness(lines[:50], mark) for mark in _DELIMITERS)
    return even < _EVEN_MIN and lengths.count(usual) >= _FIXED_SHARE_MIN * len(lines)


def _evenness(lines: Sequence[str], mark: str) -> float:
    """Share of lines that have as many marks as the first, if that has any."""
    wanted = lines[0].count(mark) if lines else 0
    return sum(line.count(mark) == wanted for line in lines) / len(lines) + wanted / 1_000 if wanted else 0


def _split(line: str, delimiter: str, *, quoting: bool) -> list[str]:
    if not quoting:
        return [cell.strip() for cell in line.split(delimiter)]
    mark = re.escape(delimiter)
    found = re.findall(rf'(?:^|{mark})("(?:[^"]|"")*"|[^{mark}]*)', line)
    return [cell[1:-1].replace('""', '"') if cell.startswith('"') else cell.strip() for cell in found]


def _marks(rows: Sequence[Sequence[str]]) -> tuple[str, str]:
    """Decimal mark and mark of thousands: a comma is the decimal mark if numbers end in one and two digits."""
    numbers = [cell for row in rows for cell in row if NUMBER.fullmatch(cell)]
    commas = sum(re.search(r",\d{1,2}\D?$", cell) is not None for cell in numbers)
    points = sum(re.search(r"\.\d{1,3}\D?$", cell) is not None for cell in numbers)
    if commas > points:
        return ",", "." if any(re.search(r"\.\d{3},", cell) for cell in numbers) else ""
    return ".", "," if any(re.search(r",\d{3}(\.|\D?$)", cell) for cell in numbers) else ""
