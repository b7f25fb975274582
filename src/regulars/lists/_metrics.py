"""Text set by measured widths: how wide a text is in the real fonts, and how it fits a box.

No character is counted and no line is left to the typesetter: every line of the page was measured here first.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

ELLIPSIS = "…"
_SAFETY = 1.01
_REMEMBERED_MAX = 50_000
_Made = TypeVar("_Made")


class Face(StrEnum):
    """The four cuts the page is set in, the shipped ones behind a store's own, and the one for East Asian scripts."""

    DISPLAY = "display"
    HEADING = "heading"
    TEXT = "text"
    STRONG = "strong"
    SPARE_TEXT = "spare-text"
    SPARE_STRONG = "spare-strong"
    EAST_ASIAN = "east-asian"


@dataclass(frozen=True)
class Fitted:
    """A text that fits: its lines, their size in points, and whether something had to go."""

    lines: tuple[str, ...]
    size: float
    shortened: bool = False


@dataclass
class TextMeasure:
    """Widths of text in the page's fonts.

    Args:
        advances: Per face, the advance of each code point in ems. A face's missing code points are taken from
            `Face.STRONG`, then from `Face.EAST_ASIAN`, as the page does.
    """

    advances: Mapping[Face, Mapping[int, float]] = field(repr=False)
    _cache: dict[tuple[Face, str], float] = field(default_factory=dict, repr=False)
    _memory: dict[Hashable, Any] = field(default_factory=dict, repr=False)
    _printed: dict[str, tuple[str, bool]] = field(default_factory=dict, repr=False)

    def remembered(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What `make` gave for this key before, or gives now: lists share most of their names and offers."""
        made: _Made | None = self._memory.get(key)
        if made is None:
            if len(self._memory) >= _REMEMBERED_MAX:
                self._memory.clear()
            made = self._memory[key] = make()
        return made

    def width(self, face: Face, text: str, size: float) -> float:
        """Width in points, kerning left out and one per cent added.

        Digits count as the widest digit, so that tabular figures fit as well.
        """
        key = (face, text)
        ems = self._cache.get(key)
        if ems is None:
            own, spare, last = self.advances[face], self.advances[Face.STRONG], self.advances[Face.EAST_ASIAN]
            digit = max(own[code] for code in range(48, 58))
            ems = 0.0
            for code in map(ord, text):
                if 48 <= code <= 57:
                    ems += digit
                else:
                    ems += own[code] if code in own else spare[code] if code in spare else last.get(code, 1.0)
            if len(self._cache) >= 10_000:
                self._cache.clear()
            self._cache[key] = ems
        return ems * size * _SAFETY

    def printable(self, text: str) -> tuple[str, bool]:
        """The text in characters the fonts have, and whether something was lost.

        Composed where possible; marks of direction, joiners and controls are taken out; a letter that no font has
        goes to its base letter, or away. White space becomes one blank.
        """
        made = self._printed.get(text)
        if made is None:
            if len(self._printed) >= _REMEMBERED_MAX:
                self._printed.clear()
            made = self._printed[text] = self._printable(text)
        return made

    def _printable(self, text: str) -> tuple[str, bool]:
        spare, last = self.advances[Face.STRONG], self.advances[Face.EAST_ASIAN]
        kept: list[str] = []
        lost = False
        for character in unicodedata.normalize("NFC", " ".join(text.split())):
            if ord(character) in spare or (ord(character) in last and unicodedata.category(character) != "So"):
                kept.append(character)
            elif unicodedata.category(character) not in {"Cc", "Cf", "Mn"}:
                lost = True
                kept.extend(c for c in unicodedata.normalize("NFKD", character) if ord(c) in spare and c.isalnum())
            else:
                lost = lost or unicodedata.category(character) == "Mn"
        return " ".join("".join(kept).split()), lost

    def wrap(self, face: Face, text: str, size: float, width: float) -> tuple[str, ...]:
        """Lines broken at blanks; a word wider than the box stands alone and still too wide."""
        return self.remembered(("wrap", face, text, size, width), lambda: self._wrap(face, text, size, width))

    def _wrap(self, face: Face, text: str, size: float, width: float) -> tuple[str, ...]:
        lines: list[str] = []
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.width(face, longer, size) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return tuple(lines)

    def fit(self, face: Face, text: str, width: float, steps: Sequence[tuple[float, int]]) -> Fitted:
        """Set a text in a box: the first step that holds it, else the last one with an ellipsis.

        Args:
            face: The face it is set in.
            text: What to set, printable.
            width: Of the box, points.
            steps: Pairs of size in points and most lines, best first.
        """
        key = ("fit", face, text, width, steps[0], steps[-1], len(steps))
        return self.remembered(key, lambda: self._fit(face, text, width, steps))

    def _fit(self, face: Face, text: str, width: float, steps: Sequence[tuple[float, int]]) -> Fitted:
        for size, lines_max in steps:
            lines = self.wrap(face, text, size, width)
            if len(lines) <= lines_max and all(self.width(face, line, size) <= width for line in lines):
                return Fitted(lines, size)
        size, lines_max = steps[-1]
        lines = self.wrap(face, text, size, width)
        cut = [self.shorten(face, line, size, width) for line in lines[:lines_max]]
        if len(lines) > lines_max:
            rest = " ".join(lines[lines_max - 1 :])
            cut[-1] = self.shorten(face, rest + ELLIPSIS, size, width)
        return Fitted(tuple(cut), size, shortened=True)

    def shorten(self, face: Face, text: str, size: float, width: float) -> str:
        """The longest beginning that fits with an ellipsis; the text itself if it fits."""
        if self.width(face, text, size) <= width:
            return text
        end = len(text)
        while end > 0 and self.width(face, text[:end].rstrip(" ,.;") + ELLIPSIS, size) > width:
            end -= 1
        return text[:end].rstrip(" ,.;") + ELLIPSIS
