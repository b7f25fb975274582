"""The page's own fonts: Latin cuts of the packaged ones, embedded in the page and measured by the charts.

They carry names of their own, so that no font of the machine can stand in for them and move a label.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import fontpkg_figtree
import fontpkg_source_sans_3
import vl_convert
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from regulars.flows import write_whole
from regulars.kernel import StoreError

_LATIN = (*range(0x20, 0x7F), *range(0xA0, 0x180), *(ord(sign) for sign in "–—‘’“”…•×−≤≥½¼¾€←→★○●◐"))
_FEATURES = ["kern", "mark", "ccmp", "tnum"]
_FIGTREE = Path(fontpkg_figtree.ROOT) / "files" / "Figtree[wght].ttf"
_SOURCE_SANS = Path(fontpkg_source_sans_3.ROOT) / "files" / "SourceSans3[wght].ttf"


@dataclass(frozen=True)
class PageFont:
    """One cut: its family as the style sheet calls it, its weight, and the file's bytes."""

    family: str
    weight: int
    data: bytes


@cache
def page_fonts() -> tuple[PageFont, ...]:
    """The cuts of the page: text, strong text, headings."""
    return (
        PageFont("Regulars Text", 400, _cut(_SOURCE_SANS, "Regulars Text", 400)),
        PageFont("Regulars Text", 600, _cut(_SOURCE_SANS, "Regulars Text", 600)),
        PageFont("Regulars Head", 800, _cut(_FIGTREE, "Regulars Head", 800)),
    )


@cache
def register_chart_fonts(folder: Path) -> None:
    """Let the chart renderer measure with the page's fonts.

    Args:
        folder: Where the cuts are kept; they are written again when they differ.

    Raises:
        StoreError: The folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for font in page_fonts():
            _keep(folder / f"{font.family.replace(' ', '')}-{font.weight}.ttf", font.data)
    except OSError as error:
        raise StoreError(f"cannot write the report's fonts into {folder}: {error}") from error
    vl_convert.register_font_directory(str(folder))


def _cut(source: Path, family: str, weight: int) -> bytes:
    font = TTFont(source, recalcTimestamp=False)
    options = Options(layout_features=_FEATURES, name_IDs=[0, 1, 2, 4, 6, 13], glyph_names=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=_LATIN)
    subsetter.subset(font)
    static = instancer.instantiateVariableFont(font, {"wght": weight}, inplace=True)
    static["OS/2"].usWeightClass = weight
    names = {1: family, 2: "Regular", 4: f"{family} {weight}", 6: f"{family.replace(' ', '')}-{weight}"}
    for record in static["name"].names:
        record.string = names.get(record.nameID, str(record))
    buffer = io.BytesIO()
    static.save(buffer)
    return buffer.getvalue()


def _keep(path: Path, data: bytes) -> None:
    if path.exists() and path.read_bytes() == data:
        return
    write_whole(data, path)
