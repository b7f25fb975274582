"""Transactions written like those before them are read by their shape, which is many times as fast as tag by tag.

What is left of a piece of XML when its texts are taken out is its shape. A till writes few of them. The first time one
is met, `Document` reads it with numbered texts, and where each number comes out is kept; the next time the texts go
there at once. A shape that is not plain is not kept, and `Document` reads its transaction itself.

A transaction's pieces are its head, each of its lines from ``<LineItem`` on, and its tail.
"""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from xml.parsers import expat

from ._document import TEXT_CHARACTERS_MAX, Document, Record
from ._faults import Refused

_TEXT = re.compile(rf">([^\s<>&\x00-\x1f][^<>&\r\x00-\x08\x0b\x0c\x0e-\x1f]{{0,{TEXT_CHARACTERS_MAX - 1}}})</")
"""A text that stands alone in its element, needs no decoding and is kept whole."""
_MARK = "\ue000"
"""Before the number of a text: a character no shape may hold."""
_SHAPES_MAX, _CHARACTERS_MAX, _TEXTS_MAX = 1_000, 1 << 20, 500
"""Of shapes met, of what they are written in together, and of the texts of one."""
_LINES_MAX = 5_000
_AROUND_LINES = ("Transaction", "RetailTransaction", "LineItems")
"""What a line may stand in: elements whose own texts are not read."""
_PROBE = "r"
_BLANKS = " \t\r\n"
_PLACE = ("line", "offset")

_split = _TEXT.split

_Skeleton: TypeAlias = tuple[str, ...]
_Tags: TypeAlias = tuple[str, ...]
_Builder: TypeAlias = Callable[[Sequence[str]], Record]


@dataclass(frozen=True, slots=True)
class _Spot:
    """Between two pieces: inside which elements.

    Args:
        start_tags: Their start tags, from the transaction's on; empty outside.
        middles: Shapes of pieces behind which the transaction goes on; None for one that is not plain.
        ends: Those with which it ends.
    """

    start_tags: _Tags
    middles: dict[_Skeleton, _Shape | None] = field(default_factory=dict)
    ends: dict[_Skeleton, _Shape | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a piece comes to.

    Args:
        behind: Where we are behind it.
        adds: Whether it adds anything to the transaction but its line.
        rest: Makes what it adds.
        line: Makes the record of its line; None if it holds none.
    """

    behind: _Spot
    adds: bool
    rest: _Builder
    line: _Builder | None


class _NotPlain(Exception):  # noqa: N818 - its transactions are read tag by tag
    """A shape whose texts do not come out one by one."""


class ShapeReader:
    """Reads transactions by their shape.

    Args:
        start_name: Name of the element of a transaction, as the document writes it.
        namespace: The namespace of what stands around it.
    """

    def __init__(self, start_name: str, namespace: str | None) -> None:
        prefix = start_name.removesuffix("Transaction")
        self._end_tag = f"</{start_name}>"
        self._line_start, self._line_end = f"<{prefix}LineItem", f"</{prefix}LineItem>"
        self._namespace = namespace
        self._outside = _Spot(())
        self._spots: dict[_Tags, _Spot] = {(): self._outside}
        self._shapes = self._characters = 0

    def read(self, text: str, offset: int, line: int) -> Record | None:
        """The transaction a text is; None if it has to be read tag by tag.

        Args:
            text: What stands between another transaction's end tag and its own.
            offset: Byte of the file it starts at.
            line: Line of the file it starts on.
        """
        head, *pieces = text.split(self._line_start)
        if len(pieces) > _LINES_MAX:
            return None
        parts = _split(head)
        skeleton = tuple(parts[::2])
        shapes = self._outside.middles if pieces else self._outside.ends
        shape = shapes[skeleton] if skeleton in shapes else self._learn(self._outside, skeleton, ends=not pieces)
        if shape is None:
            return None
        record = shape.rest(parts)
        start = head.index("<")
        record["line"], record["offset"] = line + head.count("\n", 0, start), offset + start
        if not pieces:
            return record
        last, end_tag, tail = pieces[-1].rpartition(self._line_end)
        pieces[-1] = last + end_tag
        width = len if text.isascii() else _bytes_in
        spot = self._read_lines(record, pieces, shape.behind, offset + width(head), line + head.count("\n"), width)
        if spot is None:
            return None
        parts = _split(tail)
        skeleton = tuple(parts[::2])
        shape = spot.ends[skeleton] if skeleton in spot.ends else self._learn(spot, skeleton, ends=True)
        if shape is None:
            return None
        _add(record, shape.rest(parts))
        return record

    def _read_lines(
        self,
        record: Record,
        pieces: Sequence[str],
        spot: _Spot,
        offset: int,
        line: int,
        width: Callable[[str], int],
    ) -> _Spot | None:
        """Add lines to a transaction; where we are behind them, or None if one is not plain."""
        lines: list[Record] = []
        start = self._line_start
        for piece in pieces:
            parts = _split(piece)
            skeleton = tuple(parts[::2])
            shapes = spot.middles
            shape = shapes[skeleton] if skeleton in shapes else self._learn(spot, skeleton, start)
            if shape is None:
                return None
            if shape.line is not None:
                made = shape.line(parts)
                made["line"], made["offset"] = line, offset
                lines.append(made)
            if shape.adds:
                _add(record, shape.rest(parts))
            spot = shape.behind
            offset += len(start) + width(piece)
            line += piece.count("\n")
        if lines:
            record["lines"] = lines
        return spot

    def _learn(self, spot: _Spot, skeleton: _Skeleton, start: str = "", *, ends: bool = False) -> _Shape | None:
        """Read a shape for the first time, tag by tag; None if it is not plain, or one too many.

        Args:
            spot: Where it starts.
            skeleton: What is left of it without its texts.
            start: What it starts with, before that.
            ends: Whether the transaction ends behind it.
        """
        if len(skeleton) > _TEXTS_MAX or self._shapes == _SHAPES_MAX or self._characters > _CHARACTERS_MAX:
            return None
        self._shapes += 1
        self._characters += sum(map(len, skeleton))
        try:
            shape = self._read_numbered(spot, skeleton, start, ends=ends)
        except (_NotPlain, Refused, expat.ExpatError):
            shape = None
        (spot.ends if ends else spot.middles)[skeleton] = shape
        return shape

    def _read_numbered(self, spot: _Spot, skeleton: _Skeleton, start: str, *, ends: bool) -> _Shape:
        if any(_MARK in part for part in skeleton):
            raise _NotPlain
        numbered = (f">{_MARK}{number}</{part}" for number, part in enumerate(skeleton[1:]))
        text = start + skeleton[0] + "".join(numbered) + (self._end_tag if ends else "")
        around = "".join(spot.start_tags)
        behind = self._spot_behind(around + text)
        whole: list[Record] = []
        document = Document(whole.append, 0, 1, resumed=True, namespace=self._namespace)
        document.parse(around.encode())
        before = set(document.record or ())
        document.parse(text.encode())
        made = whole[0] if whole else document.record
        document.let_go()
        if made is None or len(whole) != ends or document.namespace != self._namespace:
            raise _NotPlain
        if not around and text[: made["offset"]].strip(_BLANKS):
            raise _NotPlain
        return _shape_of(before, made, behind, len(around) if start else None)

    def _spot_behind(self, text: str) -> _Spot:
        """Where we are behind a text that starts outside."""
        start_tags: list[str] = []
        probed: list[tuple[int, _Tags]] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == _PROBE:
                probed.append((parser.CurrentByteIndex, tuple(start_tags)))
            given = "".join(f' {key}="{html.escape(value)}"' for key, value in attributes.items())
            start_tags.append(f"<{name}{given}>")

        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = start
        parser.EndElementHandler = lambda _: start_tags.pop()
        data = f"<{_PROBE}>{text}".encode()
        parser.Parse(data + f"<{_PROBE}>".encode())
        parser.StartElementHandler = parser.EndElementHandler = None
        place, inside = probed[-1][0], probed[-1][1][1:]
        names = [re.split(r"[\s>]", tag[1:], maxsplit=1)[0].rpartition(":")[2] for tag in inside]
        if place != len(data) or names != list(_AROUND_LINES[: len(names)]):
            raise _NotPlain
        return self._spots.setdefault(inside, _Spot(inside))


def _shape_of(before: set[str], made: Record, behind: _Spot, line_offset: int | None) -> _Shape:
    """A shape from what a piece with numbered texts came to.

    Args:
        before: What is kept of the elements it starts in.
        made: What was read with it.
        behind: Where we are behind it.
        line_offset: Byte its line has to start at; None if it may hold none.
    """
    added = {key: value for key, value in made.items() if key not in before and key not in _PLACE}
    lines = added.pop("lines", [])
    if any(line["offset"] != line_offset for line in lines[:1]) or len(lines) > 1:
        raise _NotPlain
    return _Shape(behind, bool(added), _builder_of(added), _builder_of(lines[0]) if lines else None)


def _builder_of(made: Record) -> _Builder:
    """Makes a record like this one from a piece's parts, in which every second is a text.

    It is compiled, which halves its time. Of what a file holds nothing stands in the code but constants.
    """
    given = ast.arguments(posonlyargs=[], args=[ast.arg("parts")], kwonlyargs=[], kw_defaults=[], defaults=[])
    code = ast.fix_missing_locations(ast.Expression(ast.Lambda(given, _display_of(made))))
    built: _Builder = eval(compile(code, "<shape>", "eval"), {"__builtins__": {}})  # noqa: S307 - constants alone
    return built


def _display_of(made: Record) -> ast.expr:
    """A record as an expression over `parts`."""
    cells = {key: _cell_of(value) for key, value in made.items() if key not in _PLACE}
    return ast.Dict([ast.Constant(key) for key in cells], [*cells.values()])


def _cell_of(value: str | list[Record]) -> ast.expr:
    if isinstance(value, list):
        return ast.List([_display_of(one) for one in value], ast.Load())
    if _MARK not in value:
        return ast.Constant(value)
    if value[0] != _MARK or not value[1:].isdecimal():
        raise _NotPlain
    part = ast.Subscript(ast.Name("parts", ast.Load()), ast.Constant(2 * int(value[1:]) + 1), ast.Load())
    return ast.Call(ast.Attribute(part, "strip", ast.Load()), [], [])


def _add(record: Record, more: Record) -> None:
    """Add what a later piece came to; the first that is kept under a key stays, lists grow."""
    for key, value in more.items():
        if isinstance(value, list) and key in record:
            record[key] += value
        else:
            record.setdefault(key, value)


def _bytes_in(text: str) -> int:
    return len(text.encode())
