"""Static cuts of variable fonts, and fonts with nothing but the glyphs used; HarfBuzz makes them in milliseconds."""

from __future__ import annotations

import io
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

import uharfbuzz
from fontTools.ttLib import TTFont

FIGTREE = Path(str(resources.files("fontpkg_figtree"))) / "files" / "Figtree[wght].ttf"
SOURCE_SANS = Path(str(resources.files("fontpkg_source_sans_3"))) / "files" / "SourceSans3[wght].ttf"
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
    wish = uharfbuzz.SubsetInput()
    wish.unicode_set.update(variable.unicodes if codes is None else codes)
    _only(wish.layout_feature_tag_set, map(_tag, features))
    _only(wish.name_id_set, _NAMES_KEPT)
    wish.drop_table_tag_set.add(_tag("STAT"))
    wish.pin_axis_location(variable, "wght", weight)
    static = TTFont(io.BytesIO(_subset(variable, wish)), recalcTimestamp=False, recalcBBoxes=False)
    static["OS/2"].usWeightClass = weight
    names = {1: family, 2: "Regular", 4: f"{family} {weight}", 6: f"{family.replace(' ', '')}-{weight}"}
    for record in static["name"].names:
        record.string = names.get(record.nameID, str(record))
    buffer = io.BytesIO()
    static.save(buffer)
    return buffer.getvalue()


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
