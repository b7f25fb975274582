"""Lines of a CSV file: which of a block are plain, found without a parser, and what an odd one holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from regulars.ingest import FileMapping

UNREADABLE = "�"
"""Stands where the file holds bytes that are no text."""

_LINE_BYTES_MAX = 1_000_000
RUN_LINES_MAX = 100
"""Over so many lines a quoted cell may run."""
_NEWLINE, _QUOTE, _BLANK = 10, 34, 32
_READABLE_CONTROLS = "\t"
_UNREADABLE_MARKS = re.compile(f"[\x00-\x08\x0a-\x1f\x7f{UNREADABLE}]")
_MARK = UNREADABLE.encode()


class Fault(IntEnum):
    """What is wrong with a line as a whole; the first that is true."""

    NONE = 0
    UNREADABLE = 1
    QUOTES = 2
    CELLS = 3


@dataclass(frozen=True)
class OddRow:
    """One record that is not plain: its first line, its text, and its cells if nothing is wrong with it."""

    line: int
    raw: str
    fault: Fault
    cells: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class Judged:
    """What a block of whole lines holds.

    Args:
        lines: How many there are.
        odd: Positions of lines that are not plain, from 0; blank ones among them only where the cell of a line above
            might run over them.
        blank: How many blank lines are not among these.
        has_quotes: Whether plain lines hold cells in quotes.
        has_blanks: Whether cells of plain lines begin or end with a blank.
    """

    lines: int
    odd: tuple[int, ...]
    blank: int
    has_quotes: bool
    has_blanks: bool


@dataclass(frozen=True)
class LineShape:
    """What every plain line of a file looks like.

    Args:
        cells: How many cells it has.
        delimiter: What stands between them, one ASCII character.
        quoting: Whether cells may be put in quotes.
        empty: Cells that mean nothing, the empty one among them.
    """

    cells: int
    delimiter: str
    quoting: bool
    empty: frozenset[str]

    @classmethod
    def of(cls, mapping: FileMapping, cells: int) -> LineShape:
        """The shape of a file's lines."""
        return cls(cells, mapping.text.delimiter, mapping.text.quoting, frozenset(("", *mapping.empty)))

    @property
    def placeholder(self) -> bytes:
        """A plain line that no file holds."""
        return self.placeholder_for(1)

    def placeholder_for(self, lines: int) -> bytes:
        """The same for so many lines; how many more than one stands in its first cell."""
        return b"\x1e" + (b"%d" % (lines - 1) if lines > 1 else b"") + self.delimiter.encode() * (self.cells - 1)

    def judge(self, block: bytes) -> Judged:
        """Which lines are not plain; `block` holds whole lines in UTF-8, the last one with its end."""
        codes = np.frombuffer(block, np.uint8)
        lines = int(np.count_nonzero(codes == _NEWLINE))
        has_quotes = self.quoting and b'"' in block
        odd = self._odd_quoted(codes, lines) if has_quotes else self._odd_unquoted(block, lines)
        blank = np.zeros(lines, np.bool_)
        if self.cells == 1 or odd.any() or _may_hold_a_long_line(block):  # else a blank line would be odd
            lengths = np.diff(np.flatnonzero(codes == _NEWLINE), prepend=-1) - 1
            blank = lengths == 0
            odd = (odd & ~blank) | (lengths > _LINE_BYTES_MAX)
        if not block.isascii() and _MARK in block:
            odd |= [_MARK in line for line in block.split(b"\n")[:-1]]
        if blank.any():
            within = blank & _follow_odd(odd, blank)
            odd, blank = odd | within, blank & ~within
        positions = tuple(np.flatnonzero(odd).tolist())
        return Judged(lines, positions, int(blank.sum()), has_quotes, self._has_blanks(codes))

    def lines_taken(self, lines: list[str]) -> int:
        """How many of these odd lines, from the first, are one record: more than one if a quoted cell runs on."""
        if not self.quoting or lines[0].count('"') % 2 == 0:
            return 1
        for length in range(2, len(lines) + 1):
            if lines[length - 1].count('"') % 2:
                record = take_apart(self, 0, "\n".join(lines[:length]))
                return length if record.fault is Fault.NONE else 1
        return 1

    def _structural(self) -> frozenset[int]:
        """Bytes that make a line's structure, or make it odd."""
        quotes = {_QUOTE} if self.quoting else set()
        controls = {code for code in (*range(32), 127) if chr(code) not in _READABLE_CONTROLS}
        return frozenset({ord(self.delimiter), *quotes, *controls})

    def _has_blanks(self, codes: npt.NDArray[np.uint8]) -> bool:
        """Whether a cell begins or ends with a blank."""
        blanks = np.flatnonzero(codes == _BLANK)
        around = np.concatenate([codes[blanks - 1], codes[blanks + 1]])
        edges = (around == ord(self.delimiter)) | (around == _NEWLINE)
        if self.quoting:
            edges |= around == _QUOTE
        return bool(edges.any())

    def _odd_unquoted(self, block: bytes, lines: int) -> npt.NDArray[np.bool_]:
        """Which lines of a block without quotes are not plain; shape ``(lines,)``."""
        marks = self.delimiter.encode() * (self.cells - 1)
        structure = block.translate(None, bytes(set(range(256)) - self._structural()))
        if structure == (marks + b"\n") * lines:
            return np.zeros(lines, np.bool_)
        return np.array([shape != marks for shape in structure.split(b"\n")[:-1]], np.bool_)

    def _quotes_hold_whole_cells(
        self, codes: npt.NDArray[np.uint8], where: npt.NDArray[np.int64], kinds: npt.NDArray[np.uint8], lines: int
    ) -> bool:
        """Whether all lines are plain and no quoted cell holds a delimiter or a quote: the common case, soon seen."""
        is_quote = kinds == _QUOTE
        if kinds[~is_quote].tobytes() != (self.delimiter.encode() * (self.cells - 1) + b"\n") * lines:
            return False
        quotes = np.flatnonzero(is_quote)
        opens, closes = quotes[::2], quotes[1::2]
        if len(opens) != len(closes) or (opens + 1 != closes).any():
            return False
        edge = np.zeros(256, np.bool_)
        edge[[ord(self.delimiter), _NEWLINE]] = True
        return bool(edge[codes[where[opens] - 1]].all() and edge[codes[where[closes] + 1]].all())

    def _odd_quoted(self, codes: npt.NDArray[np.uint8], lines: int) -> npt.NDArray[np.bool_]:
        """Which lines of a block with quotes are not plain; shape ``(lines,)``.

        Within a line quotes open and close in turn. One that opens stands at a cell's start, one that closes at its
        end; or the two touch, which is how a quote is written inside a cell.
        """
        structural = np.zeros(256, np.bool_)
        structural[list(self._structural())] = True
        where = np.flatnonzero(structural[codes])
        kinds = codes[where]
        if self._quotes_hold_whole_cells(codes, where, kinds, lines):
            return np.zeros(lines, np.bool_)
        is_quote, is_end, is_delimiter = kinds == _QUOTE, kinds == _NEWLINE, kinds == ord(self.delimiter)
        line_of = np.cumsum(is_end) - is_end
        quotes = np.cumsum(is_quote)
        before = np.concatenate([[0], quotes[is_end][:-1]])
        in_line = quotes - before[line_of]
        edge = np.zeros(256, np.bool_)
        edge[[ord(self.delimiter), _NEWLINE, _QUOTE]] = True
        opens, closes = is_quote & (in_line % 2 == 1), is_quote & (in_line % 2 == 0)
        misplaced = opens & ~edge[codes[where - 1]]
        misplaced |= closes & ~edge[codes[np.minimum(where + 1, len(codes) - 1)]]
        misplaced |= ~(is_quote | is_end | is_delimiter)
        odd = np.zeros(lines, np.bool_)
        odd[line_of[misplaced]] = True
        odd |= in_line[is_end] % 2 == 1
        between = np.bincount(line_of[is_delimiter & (in_line % 2 == 0)], minlength=lines)
        odd |= between != self.cells - 1
        return odd


def _follow_odd(odd: npt.NDArray[np.bool_], blank: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which lines lie close behind an odd line or a block's start, nothing but blank ones between; ``(lines,)``."""
    places = np.arange(len(odd))
    last = np.maximum.accumulate(np.where(blank, -1, places))
    return (places - last <= RUN_LINES_MAX) & ((last < 0) | odd[np.maximum(last, 0)])


def _may_hold_a_long_line(block: bytes) -> bool:
    """Whether some stretch of half a million bytes has no line end: a line longer than a million covers one whole."""
    stretch = _LINE_BYTES_MAX // 2
    starts = range(0, len(block) - stretch, stretch)
    return any(block.find(b"\n", start, start + stretch) < 0 for start in starts)


def take_apart(shape: LineShape, number: int, text: str) -> OddRow:
    """One record's cells, or what is wrong with it; line ends inside a quoted cell become blanks."""
    flat = text.replace("\n", " ")
    if len(text) > _LINE_BYTES_MAX // 4 and len(text.encode()) > _LINE_BYTES_MAX:
        return OddRow(number, text[:500] + UNREADABLE, Fault.UNREADABLE)
    if any(mark != shape.delimiter for mark in _UNREADABLE_MARKS.findall(flat)):
        return OddRow(number, re.sub("[\x00\x1e\r]", UNREADABLE, text), Fault.UNREADABLE)
    if not shape.quoting or '"' not in flat:
        cells = flat.split(shape.delimiter)
    else:
        delimiter = re.escape(shape.delimiter)
        cell = f'(?:"(?:[^"]|"")*+"|[^"{delimiter}]*+)'
        if not re.fullmatch(f"{cell}(?:{delimiter}{cell})*+", flat):
            return OddRow(number, text, Fault.QUOTES)
        cells = [_unquoted(found) for found in re.findall(f"{delimiter}({cell})", shape.delimiter + flat)]
    if len(cells) != shape.cells:
        return OddRow(number, text, Fault.CELLS)
    said = (cell.strip(" ") for cell in cells)
    return OddRow(number, text, Fault.NONE, tuple(None if cell in shape.empty else cell for cell in said))


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if cell.startswith('"') else cell
