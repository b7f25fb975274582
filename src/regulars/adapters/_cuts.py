"""Static cuts of variable fonts, and fonts with nothing but the glyphs used; HarfBuzz makes them in milliseconds."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

import uharfbuzz
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

FIGTREE = Path(str(resources.files("fontpkg_figtree"))) / "files" / "Figtree[wght].ttf"
SOURCE_SANS = Path(str(resources.files("fontpkg_source_sans_3"))) / "files" / "SourceSans3[wght].ttf"
PAGE_FEATURES = ("kern", "mark", "mkmk", "ccmp", "locl", "tnum")
"""Features of a font that the page keeps."""
_UNITS = 1_000
_NAMES_KEPT = (0, 1, 2, 4, 5, 6, 13, 14)
_NOT_PRINTED = ("GSUB", "GPOS", "GDEF", "DSIG", "BASE", "VORG", "vhea", "vmtx")


def static_cut(
    source: Path, family: str, weight: int, features: Iterable[str], codes: Iterable[int] | None = None
) -> bytes:
    """One weight of a variable font under a name of its own, as a font file; same input, same bytes.

    Args:
        source: The variable font.
        family: What the cut is called.
        weight: Place on the axis of weights, 100..900.
        features: Tags of the layout features kept.
        codes: Code points kept; all of the font's if not given.
    """
    variable = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(source)))
    wish = _wish(features)
    wish.unicode_set.update(variable.unicodes if codes is None else codes)
    wish.pin_axis_location(variable, "wght", weight)
    static = TTFont(io.BytesIO(_subset(variable, wish)), recalcTimestamp=False, recalcBBoxes=False)
    static["OS/2"].usWeightClass = weight
    names = {1: family, 2: "Regular", 4: f"{family} {weight}", 6: f"{family.replace(' ', '')}-{weight}"}
    for record in static["name"].names:
        record.string = names.get(record.nameID, str(record))
    buffer = io.BytesIO()
    static.save(buffer)
    return buffer.getvalue()


@dataclass(frozen=True)
class OwnCut:
    """One weight of a store's own font, a thousand units an em."""

    content: bytes

    @property
    def font(self) -> TTFont:
        """The cut, read."""
        return TTFont(io.BytesIO(self.content))


@lru_cache(maxsize=16)
def own_cut(content: bytes, family: str, weight: int, features: tuple[str, ...]) -> OwnCut:
    """One weight of a store's own font under another name: a variable one is cut, any other is taken as it is.

    Args:
        content: A TTF or OTF file.
        family: What the cut is called.
        weight: On the axis of weights, as near as the font goes; what the page knows the cut by.
        features: Tags of the layout features kept.

    Raises:
        RuntimeError: The file cannot be cut.
        TTLibError: It is none.
    """
    face = uharfbuzz.Face(uharfbuzz.Blob(content))
    wish = _wish(features)
    wish.unicode_set.update(face.unicodes)
    if face.has_var_data:
        wish.pin_all_axes_to_default(face)
        for axis in face.axis_infos:
            if axis.tag == "wght":
                wish.pin_axis_location(face, "wght", min(max(weight, axis.min_value), axis.max_value))
    font = TTFont(io.BytesIO(_subset(face, wish)), recalcTimestamp=False)
    scale_upem(font, _UNITS)
    table = font["OS/2"]
    table.usWeightClass, table.version = weight, max(int(table.version), 4)
    bounds = BoundsPen(glyphs := font.getGlyphSet())
    if ord("H") in (names := font.getBestCmap() or {}):
        glyphs[names[ord("H")]].draw(bounds)
    table.sCapHeight = round(bounds.bounds[3]) if bounds.bounds else 0
    for name, value in (("sxHeight", 0), ("usDefaultChar", 0), ("usBreakChar", 32), ("usMaxContext", 0)):
        if not hasattr(table, name):
            setattr(table, name, value)
    for name in ("ulCodePageRange1", "ulCodePageRange2"):
        if not hasattr(table, name):
            setattr(table, name, 0)
    font["name"].names = []
    called = {1: family, 2: "Regular", 4: f"{family} {weight}", 6: f"{family.replace(' ', '')}-{weight}"}
    for number, text in called.items():
        font["name"].setName(text, number, 3, 1, 0x409)
    buffer = io.BytesIO()
    font.save(buffer)
    return OwnCut(buffer.getvalue())


def _wish(features: Iterable[str]) -> uharfbuzz.SubsetInput:
    wish = uharfbuzz.SubsetInput()
    _only(wish.layout_feature_tag_set, map(_tag, features))
    _only(wish.name_id_set, _NAMES_KEPT)
    wish.drop_table_tag_set.add(_tag("STAT"))
    return wish


def used_glyphs(source: Path, glyphs: Iterable[int]) -> bytes:
    """A font with nothing but the glyphs used, under their own numbers, for shaped text.

    Args:
        source: The font.
        glyphs: Numbers of the glyphs.
    """
    whole = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(source)))
    wish = uharfbuzz.SubsetInput()
    wish.glyph_set.update(glyphs)
    wish.flags = (
        uharfbuzz.SubsetFlags.RETAIN_GIDS
        | uharfbuzz.SubsetFlags.NO_HINTING
        | uharfbuzz.SubsetFlags.NOTDEF_OUTLINE
        | uharfbuzz.SubsetFlags.NO_PRUNE_UNICODE_RANGES
    )
    _only(wish.name_id_set, (6,))
    wish.drop_table_tag_set.update(map(_tag, _NOT_PRINTED))
    return _subset(whole, wish)


def _subset(face: uharfbuzz.Face, wish: uharfbuzz.SubsetInput) -> bytes:
    return bytes(uharfbuzz.subset(face, wish).blob.data)


def _only(kept: uharfbuzz.Set, values: Iterable[int]) -> None:
    kept.clear()
    kept.update(values)


def _tag(name: str) -> int:
    return int.from_bytes(name.encode("ascii"), "big")
