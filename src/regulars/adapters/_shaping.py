"""Text shaped once: glyphs and their places as an operand of PDF's TJ, kept for the next time the same text comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import uharfbuzz
from fontTools.ttLib import TTFont

from ._cuts import used_glyphs

_FEATURES = {"kern": True, "liga": False, "clig": False, "calt": False, "tnum": True}
_REMEMBERED_MAX = 5_000


@dataclass(frozen=True)
class FaceFacts:
    """What a font file says; lengths in thousandths of an em.

    Args:
        is_cff: Whether its outlines are cubic.
        codes: Code points it has.
        cap_height: Height of a capital.
        ascent: Above the base line.
        descent: Below it, negative.
        box: Around every glyph: left, bottom, right, top.
    """

    is_cff: bool
    codes: frozenset[int] = field(repr=False)
    cap_height: int
    ascent: int
    descent: int
    box: tuple[int, int, int, int]


@dataclass
class ShapedFace:
    """One font file with what was used of it.

    Args:
        name: Its PostScript name.
        path: The file.
        whole: Embed it as it is rather than only what was used: quicker for a small one.
    """

    name: str
    path: Path
    whole: bool = False
    _shaped: dict[str, tuple[str, float, tuple[tuple[int, str], ...]]] = field(default_factory=dict, repr=False)

    @cached_property
    def _font(self) -> uharfbuzz.Font:
        return uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(self.path))))

    @cached_property
    def facts(self) -> FaceFacts:
        """What a file says of its font."""
        with TTFont(self.path, lazy=True) as font:
            font.setGlyphOrder(
                [f"g{number}" for number in range(font["maxp"].numGlyphs)]
            )  # names cost seconds to read
            head, lines = font["head"], font["hhea"]
            return FaceFacts(
                "CFF " in font,
                frozenset(font.getBestCmap()),
                int(font["OS/2"].sCapHeight),
                int(lines.ascent),
                int(lines.descent),
                (head.xMin, head.yMin, head.xMax, head.yMax),
            )

    def advance(self, glyph: int) -> int:
        """Width of a glyph, thousandths of an em (the fonts used have a thousand units an em)."""
        return int(self._font.get_glyph_h_advance(glyph))

    def has(self, character: str) -> bool:
        """Whether it has a character."""
        return ord(character) in self.facts.codes

    def shaped(self, text: str) -> tuple[str, float, tuple[tuple[int, str], ...]]:
        """A text as TJ operand, its width in ems, and the glyphs it uses with what they stand for."""
        found = self._shaped.get(text)
        if found is None:
            if len(self._shaped) >= _REMEMBERED_MAX:
                self._shaped.clear()
            found = self._shaped[text] = self._shape(text)
        return found

    def _shape(self, text: str) -> tuple[str, float, tuple[tuple[int, str], ...]]:
        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        uharfbuzz.shape(self._font, buffer, _FEATURES)
        parts = ["[<"]
        width = 0
        infos, positions = buffer.glyph_infos, buffer.glyph_positions
        starts = [info.cluster for info in infos] + [len(text)]
        used = []
        for place, (info, position) in enumerate(zip(infos, positions, strict=True)):
            parts.append(f"{info.codepoint:04x}")
            if (gap := self.advance(info.codepoint) - position.x_advance) != 0:
                parts.append(f">{gap}<")
            width += position.x_advance
            used.append((info.codepoint, text[starts[place] : starts[place + 1]] or text[starts[place]]))
        return "".join([*parts, ">]TJ"]), width / 1000, tuple(used)

    def subset(self, used: Mapping[int, str]) -> tuple[bytes, list[int]]:
        """The font, if it is large with nothing but the glyphs used, under their numbers; and those numbers."""
        glyphs = sorted({0, *used})
        if self.whole:
            return self.path.read_bytes(), glyphs
        return used_glyphs(self.path, glyphs), glyphs
