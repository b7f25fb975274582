"""The specials: a grid of tiles, four wide, every text measured into its place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from regulars.contracts import ListSpecial, SpecialKind

from ._metrics import Face, TextMeasure
from ._settings import PageSettings, PageTexts, Sheet

TILE_GAP = 5.5
TILE_HEIGHT_MIN = 50.5
TILE_HEIGHT_MAX = 68.0
TILE_TEXTS = ("headline", "headline_note", "name", "detail", "saving_text", "conditions")
_PANEL_SHARE = 0.405
_PADDING = 6.0
_HEADLINE_SIZES = tuple(
    (size, 1) for size in (20.0, 19.0, 18.0, 17.0, 16.0, 15.0, 14.0, 13.0, 12.0, 11.0, 10.0, 9.0)
)
_NOTE_SIZES = ((7.5, 1), (7.0, 1), (6.5, 1), (6.0, 1))
_NAME_STEPS = ((9.5, 1), (9.0, 1), (8.6, 2), (8.2, 2), (7.8, 2), (7.4, 2), (7.0, 2))
_NAME_STEPS_TALL = ((9.5, 2), (9.0, 2), *_NAME_STEPS[2:-2], (7.4, 3), (7.0, 3))
_SMALL_STEPS = ((7.6, 1), (7.2, 1), (6.8, 1), (6.4, 1))


@dataclass(frozen=True)
class Tile:
    """One special as it is set, and whether a text was cut."""

    shortened: bool
    data: dict[str, Any]


def tile(special: ListSpecial, width: float, texts: PageTexts, measure: TextMeasure) -> Tile:
    """Set one special.

    Args:
        special: The special, its texts printable.
        width: Of the tile, points.
        texts: Names of the kinds.
        measure: Widths of the fonts.
    """
    said = (special.headline, special.headline_note, special.name, special.detail, special.saving_text)
    marks = (texts.kind_due, texts.kind_usual, texts.kind_bought, texts.kind_suggestion)
    key = (*said, special.conditions, special.kind, width, *marks)
    return measure.remembered(key, lambda: _tile(special, width, texts, measure))


def tile_width(inner: float, sheet: Sheet) -> float:
    """How wide each of the tiles of a row is, in points.

    Args:
        inner: Of the page between its margins, points.
        sheet: How many stand in a row.
    """
    return (inner - (sheet.tiles_wide - 1) * TILE_GAP) / sheet.tiles_wide


def lone_tile(special: ListSpecial, settings: PageSettings, measure: TextMeasure) -> dict[str, Any]:
    """One special as the page prints it, with its ``width`` and ``height`` in points.

    Args:
        special: The special.
        settings: The store's page.
        measure: Widths of the page's fonts.
    """
    width = tile_width(settings.size_points[0] - 2 * settings.sheet.margin_side, settings.sheet)
    said: dict[str, Any] = {name: measure.printable(getattr(special, name))[0] for name in TILE_TEXTS}
    made = tile(replace(special, **said), width, settings.texts, measure)
    return {**made.data, "width": width, "height": TILE_HEIGHT_MAX}


def _tile(special: ListSpecial, width: float, texts: PageTexts, measure: TextMeasure) -> Tile:
    panel = round(width * _PANEL_SHARE, 2)
    inner = panel - 8
    body = width - panel - 2 * _PADDING
    kind = {
        SpecialKind.DUE: texts.kind_due,
        SpecialKind.USUAL: texts.kind_usual,
        SpecialKind.BOUGHT: texts.kind_bought,
        SpecialKind.SUGGESTION: texts.kind_suggestion,
    }[special.kind]
    headline = measure.fit(Face.DISPLAY, special.headline, inner, _HEADLINE_SIZES)
    note = measure.fit(Face.HEADING, special.headline_note, inner, _NOTE_SIZES)
    mark = measure.fit(Face.HEADING, kind, inner - 8, _NOTE_SIZES)
    small = [measure.fit(Face.TEXT, text, body, _SMALL_STEPS) for text in _small_lines(special, body, measure)]
    steps = _NAME_STEPS if len(small) > 1 else _NAME_STEPS_TALL
    name = measure.fit(Face.STRONG, special.name, body, steps)
    saving = measure.fit(Face.STRONG, special.saving_text, body, _SMALL_STEPS)
    fitted = (headline, note, mark, name, saving, *small)
    return Tile(
        any(text.shortened for text in fitted),
        {
            "kind": special.kind.value,
            "panel": panel,
            "headline": {"text": headline.lines[0], "size": headline.size},
            "note": {"text": note.lines[0], "size": note.size},
            "mark": {"text": mark.lines[0], "size": mark.size},
            "name": {"lines": list(name.lines), "size": name.size},
            "small": [{"text": text.lines[0], "size": text.size} for text in small],
            "saving": {"text": saving.lines[0], "size": saving.size},
        },
    )


def _small_lines(special: ListSpecial, width: float, measure: TextMeasure) -> list[str]:
    """Detail and conditions, at most two lines; a long detail breaks where no condition needs the line."""
    if special.conditions:
        return [text for text in (special.detail, special.conditions) if text]
    lines = measure.wrap(Face.TEXT, special.detail, _SMALL_STEPS[0][0], width)
    if len(lines) <= 1 or measure.width(Face.TEXT, special.detail, _SMALL_STEPS[-1][0]) <= width:
        return [special.detail] if special.detail else []
    return [lines[0], " ".join(lines[1:])]
