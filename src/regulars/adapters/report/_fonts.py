"""The page's own fonts: Latin cuts of the packaged ones, embedded in the page and measured by the charts.

They carry names of their own, so that no font of the machine can stand in for them and move a label.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import vl_convert

from regulars.adapters._cuts import FIGTREE, SOURCE_SANS, static_cut
from regulars.flows import write_whole
from regulars.kernel import StoreError

_LATIN = (*range(0x20, 0x7F), *range(0xA0, 0x180), *(ord(sign) for sign in "–—‘’“”…•×−≤≥½¼¾€←→★○●◐"))
_FEATURES = ("kern", "mark", "ccmp", "tnum")


@dataclass(frozen=True)
class PageFont:
    """One cut: its family as the style sheet calls it, its weight, and the file's bytes."""

    family: str
    weight: int
    data: bytes


@cache
def page_fonts() -> tuple[PageFont, ...]:
    """The cuts of the page: text, strong text, headings."""
    cuts = (
        (SOURCE_SANS, "Regulars Text", 400),
        (SOURCE_SANS, "Regulars Text", 600),
        (FIGTREE, "Regulars Head", 800),
    )
    return tuple(
        PageFont(family, weight, static_cut(source, family, weight, _FEATURES, _LATIN))
        for source, family, weight in cuts
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


def _keep(path: Path, data: bytes) -> None:
    if path.exists() and path.read_bytes() == data:
        return
    write_whole(data, path)
