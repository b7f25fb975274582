"""The due items: one row each, set in the width of its column, and the columns balanced."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from regulars.contracts import ListLine

from ._metrics import Face, TextMeasure

_SHRINK = (1.0, 0.96, 0.92, 0.89)
_SHRINK_TWO_LINES = (1.0, 0.95, 0.89, 0.85)
_PRICE = 0.9
_STAR = 1.0
_ROUNDED = 1e-6
"""More than sums of heights can be off by, points."""
_GAP = 3.0
_PLACE_SIZE = 8.5
_TITLE_STEPS = ((11.5, 1), (11.0, 1), (10.5, 1), (10.0, 1), (9.5, 1), (9.0, 1), (8.5, 1))


@dataclass(frozen=True)
class Density:
    """How tight the items stand, in points: text size, row pitch, section heading, gap above a section."""

    size: float
    pitch: float
    heading: float
    gap: float

    @property
    def small(self) -> float:
        """Size of pack sizes and prices' small print."""
        return self.size * 0.82

    @property
    def second_line(self) -> float:
        """What a second line adds to a row."""
        return self.size * 1.12


DENSITIES = (
    Density(13.0, 23.5, 24.5, 14.0),
    Density(12.0, 21.5, 23.0, 13.0),
    Density(11.5, 20.0, 22.0, 12.0),
    Density(11.0, 19.0, 21.5, 11.0),
    Density(10.5, 18.0, 21.0, 10.0),
    Density(10.0, 17.0, 20.0, 8.0),
    Density(10.0, 16.0, 19.0, 6.0),
    Density(10.0, 15.2, 18.0, 4.5),
    Density(9.5, 14.4, 17.2, 4.0),
)


@dataclass(frozen=True)
class Row:
    """One item as it is set; `data` is what the page prints."""

    height: float
    shortened: bool
    data: dict[str, Any]


@dataclass(frozen=True)
class _Word:
    text: str
    face: Face
    small: bool = False


def item_row(line: ListLine, width: float, density: Density, measure: TextMeasure) -> Row:
    """Set one item: shrink a little, then two lines, then cut the name.

    Args:
        line: The item, its texts printable.
        width: From the check box to the column's right edge, points.
        density: How tight.
        measure: Widths of the fonts.
    """
    key = (line.name, line.size_text, line.quantity, line.price_text, line.special, width, density.pitch)
    return measure.remembered(key, lambda: _item_row(line, width, density, measure))


def _item_row(line: ListLine, width: float, density: Density, measure: TextMeasure) -> Row:
    price_width = measure.width(Face.TEXT, line.price_text, density.size * _PRICE) + 5 if line.price_text else 0.0
    names = line.name.split(" ")
    for lines_max, factors in ((1, _SHRINK), (2, _SHRINK_TWO_LINES)):
        for factor in factors:
            size = density.size * factor
            lines = _broken(line, names, size, width, price_width, measure)
            if lines is not None and len(lines) <= lines_max:
                return _row(line, lines, size, density, shortened=False)
    size = density.size * _SHRINK_TWO_LINES[-1]
    for end in range(len(line.name) - 1, 0, -1):
        short = line.name[:end].rstrip(" ,.;") + "…"
        lines = _broken(line, short.split(" "), size, width, price_width, measure)
        if lines is not None and len(lines) <= 2:
            return _row(line, lines, size, density, shortened=True)
    raise AssertionError(f"a column of {width} points holds no item")


def _broken(
    line: ListLine, names: Sequence[str], size: float, width: float, price_width: float, measure: TextMeasure
) -> list[list[_Word]] | None:
    """Words on lines, the price kept clear of the first; None if a word is wider than its line."""
    words = [_Word(name, Face.TEXT) for name in names]
    if line.quantity > 1:
        words.insert(0, _Word(f"{line.quantity}\u2009×", Face.STRONG))
    if line.size_text:
        words.append(_Word(line.size_text, Face.TEXT, small=True))
    tail = size * _STAR + _GAP if line.special else 0.0
    lines: list[list[_Word]] = []
    room = 0.0
    for place, word in enumerate(words):
        need = measure.width(word.face, word.text, size * (0.82 if word.small else 1.0))
        need += tail if place == len(words) - 1 else 0.0
        blank = measure.width(Face.TEXT, " ", size)
        if lines and need + blank <= room:
            lines[-1].append(word)
            room -= need + blank
            continue
        room = width - need - (0.0 if lines else price_width)
        lines.append([word])
        if room < 0:
            return None
    return lines


def _row(line: ListLine, lines: list[list[_Word]], size: float, density: Density, *, shortened: bool) -> Row:
    printed = [
        {
            "strong": " ".join(word.text for word in words if word.face is Face.STRONG),
            "name": " ".join(word.text for word in words if word.face is Face.TEXT and not word.small),
            "small": " ".join(word.text for word in words if word.small),
        }
        for words in lines
    ]
    height = density.pitch + density.second_line * (len(lines) - 1)
    return Row(
        height,
        shortened,
        {
            "lines": printed,
            "size": size,
            "price": line.price_text,
            "price_size": _PRICE * size,
            "star": line.special,
            "height": height,
        },
    )


@dataclass(frozen=True)
class Block:
    """A part of one section in one column: rows `from_row` to `until_row` of section `section`."""

    section: int
    from_row: int
    until_row: int


@dataclass(frozen=True)
class Balance:
    """Where the columns break, and how tall they are in points, write-in lines of the last included."""

    columns: tuple[tuple[Block, ...], ...]
    heights: tuple[float, ...]


def balance(
    rows: Sequence[Sequence[Row]], density: Density, tail: float, height_max: float, columns: int = 3
) -> Balance | None:
    """Break sections, kept in order, into columns so that the tallest is as low as can be.

    A section may run on in the next column under a repeated heading; that counts as a row, and leaving one
    row alone on either side as two more, so it is done only where it pays. Ties: the earliest breaks.

    Args:
        rows: Rows of each section, in walking order; no section is empty.
        density: How tight.
        tail: Height of what must follow in the last column, points.
        height_max: Height of the area, points.
        columns: Two or three; of two the first of three stays empty and is left out.

    Returns:
        The best break, or None if none fits the height.
    """
    flat = [(section, place) for section, part in enumerate(rows) for place in range(len(part))]
    tops = [0.0]
    for section, place in flat:
        above = density.gap + density.heading if place == 0 else 0.0
        tops.append(tops[-1] + above + rows[section][place].height)
    starts = [place == 0 for _, place in flat] + [True]
    least = (tops[-1] + tail - columns * density.gap) / columns
    if least > height_max:
        return None

    count = len(flat)
    repeated = [0.0 if start else density.gap + density.heading for start in starts]

    def column(begin: int, end: int) -> float:
        return 0.0 if begin == end else tops[end] - tops[begin] - density.gap + repeated[begin]

    lasts = [column(two, count) for two in range(count + 1)]
    lasts = [last + (tail + (density.gap if last and tail else 0.0)) for last in lasts]
    costs = [_split_cost(rows, at, density) for at in flat] + [0.0]
    best: tuple[float, float, int, int] | None = None
    lowest = height_max
    for one in range(count + 1 if columns == 3 else 1):
        first = column(0, one)
        if first > lowest:
            break
        # A last column from before this place is too tall, whatever it begins with.
        for two in range(
            max(one, bisect_left(tops, tops[-1] + tail - density.gap - lowest - _ROUNDED)), count + 1
        ):
            middle = column(one, two)
            if middle > lowest:
                break
            tallest = max(first, middle, lasts[two])
            if tallest <= lowest:
                inner = min(first if one or columns == 3 else middle, middle, lasts[two])
                key = (tallest + costs[one] + costs[two], -inner, one, two)
                if best is None or key < best:
                    best = key
                    lowest = min(lowest, key[0])
    if best is None:
        return None
    edges = (0, best[2], best[3], len(flat))
    heights = tuple(column(begin, end) for begin, end in pairwise(edges))
    parts = tuple(_blocks(flat[begin:end]) for begin, end in pairwise(edges))
    return Balance(parts[-columns:], heights[-columns:])


def _split_cost(rows: Sequence[Sequence[Row]], at: tuple[int, int], density: Density) -> float:
    section, place = at
    if place == 0:
        return 0.0
    alone = place == 1 or place == len(rows[section]) - 1
    return density.pitch * (3 if alone else 1)


def _blocks(part: Sequence[tuple[int, int]]) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for section, place in part:
        if blocks and blocks[-1].section == section:
            blocks[-1] = Block(section, blocks[-1].from_row, place + 1)
        else:
            blocks.append(Block(section, place, place + 1))
    return tuple(blocks)


def heading_data(title: str, place: str, width: float, density: Density, measure: TextMeasure) -> dict[str, Any]:
    """What the page prints above a block: its title, measured, and its place in the store."""
    room = width - (measure.width(Face.TEXT, place, _PLACE_SIZE) + 8 if place else 0.0)
    fitted = measure.fit(Face.DISPLAY, title, room, _TITLE_STEPS)
    return {
        "title": fitted.lines[0],
        "title_size": fitted.size,
        "place": place,
        "heading": density.heading,
        "pitch": density.pitch,
    }
