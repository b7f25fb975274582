"""The page's fonts: static cuts of the packaged variable fonts, made once into a folder, and their widths.

Chinese, Japanese and Korean come from one more font, which is used where it lies: of its 44,000 characters a page
embeds the few it prints.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from fontTools.ttLib import TTFont

from regulars.flows import write_whole
from regulars.kernel import StoreError
from regulars.lists import Face, TextMeasure

from ._brand_fonts import own_font_files
from ._cuts import FIGTREE, PAGE_FEATURES, SOURCE_SANS, static_cut


@dataclass(frozen=True)
class _Cut:
    face: Face
    family: str
    weight: int
    source: Path

    @property
    def file_name(self) -> str:
        return f"{self.family.replace(' ', '')}-{self.weight}.ttf"


_CUTS = (
    _Cut(Face.DISPLAY, "Figtree", 800, FIGTREE),
    _Cut(Face.HEADING, "Figtree", 600, FIGTREE),
    _Cut(Face.TEXT, "Source Sans 3", 400, SOURCE_SANS),
    _Cut(Face.STRONG, "Source Sans 3", 600, SOURCE_SANS),
)
EAST_ASIAN_FOLDER = Path(str(resources.files("noto_cjk_sans_jp_regular")))
EAST_ASIAN_FILE = EAST_ASIAN_FOLDER / "NotoSansCJKjp-Regular.otf"
_EAST_ASIAN_WIDTHS = "east-asian-widths.json"


def make_fonts(folder: Path) -> None:
    """Write the static cuts into a folder, each whole or not at all; those that are there are kept.

    Raises:
        StoreError: The folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for cut in _CUTS:
            if not (folder / cut.file_name).exists():
                write_whole(static_cut(cut.source, cut.family, cut.weight, PAGE_FEATURES), folder / cut.file_name)
        widths = folder / _EAST_ASIAN_WIDTHS
        if not widths.exists():
            write_whole(json.dumps(_advances(EAST_ASIAN_FILE)).encode(), widths)
    except OSError as error:
        raise StoreError(
            f"cannot write the page's fonts into {folder}: {error}",
            hint="look at free space and permissions with `regulars doctor`",
        ) from error


def cut_files(folder: Path, own: Path | None = None) -> dict[Face, Path]:
    """Where the cuts of each face lie.

    Args:
        folder: One that `make_fonts` has filled.
        own: A folder of the store's own cuts; the shipped ones for text then stand behind them.
    """
    shipped = {cut.face: folder / cut.file_name for cut in _CUTS}
    if own is None:
        return shipped
    spare = {Face.SPARE_TEXT: shipped[Face.TEXT], Face.SPARE_STRONG: shipped[Face.STRONG]}
    return {**shipped, **own_font_files(own), **spare}


@cache
def text_measure(folder: Path, own: Path | None = None) -> TextMeasure:
    """Widths of the cuts in a folder that `make_fonts` has filled, and of a store's own."""
    advances = {face: _advances(path) for face, path in cut_files(folder, own).items()}
    if own is not None:
        for face, spare in ((Face.TEXT, Face.SPARE_TEXT), (Face.STRONG, Face.SPARE_STRONG)):
            advances[face] = {**advances.pop(spare), **advances[face]}
    wide = json.loads((folder / _EAST_ASIAN_WIDTHS).read_text(encoding="utf-8"))
    return TextMeasure({**advances, Face.EAST_ASIAN: {int(code): width for code, width in wide.items()}})


def _advances(path: Path) -> dict[int, float]:
    with TTFont(path) as font:
        font.setGlyphOrder([str(number) for number in range(font["maxp"].numGlyphs)])  # names cost seconds to read
        units, metrics = font["head"].unitsPerEm, font["hmtx"].metrics
        return {code: metrics[glyph][0] / units for code, glyph in font.getBestCmap().items()}
