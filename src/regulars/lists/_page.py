"""A list document laid out on one page: plain data that a typesetter only has to draw.

Nothing is clipped and nothing runs over: texts are measured, areas add up to the page, and what does not fit is
left out from the least likely item upwards, with a finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from math import ceil
from typing import Any

from regulars.contracts import Finding, ListDocument, ListLine, ListSection, ListSpecial, RewardKind
from regulars.kernel import ContractError

from ._foot import (
    FOOT,
    FOOT_GAP,
    FOOT_PADDING,
    HOW_LEADING,
    HOW_SIZE,
    HOW_TITLE,
    MEAL_SMALL,
    MEAL_SMALL_LEADING,
    WHY_TITLE,
    foot_data,
)  # fmt: skip
from ._items import DENSITIES, Balance, Density, Row, balance, heading_data, item_row
from ._metrics import Face, TextMeasure
from ._settings import ORDINARY, PageSettings, PageTexts, Sheet
from ._specials import TILE_GAP, TILE_HEIGHT_MAX, TILE_HEIGHT_MIN, TILE_TEXTS, tile, tile_width
from ._strip import STRIP_GAP, STRIP_LEADING, strip_height, strip_lines
from ._texts import Texts

MARGIN_TOP = 26.0
MARGIN_BOTTOM = 21.0
HEADER = 36.0
BAND = 30.0
GUTTER = 18.0
CHECK_BOX = 16.0
SPECIALS_TITLE = 22.0
NOTE_SIZE = 7.5
NOTE_LEADING = 9.5
_AFTER_HEADER = 9.0
_AFTER_BAND = 6.0
_BEFORE_SPECIALS = 7.0
_BEFORE_FOOT = 9.0
_BEFORE_NOTES = 6.0
_TILE_COMFORT = 3.5
_OVERLEAF = 16.0
_VALIDITY_SIZE = 9.5
_SPECIALS_TITLE_SIZE = 14.5
_SPECIALS_NOTE_SIZE = 9.0
_WRITE_IN_MIN = 2
_WRITE_IN_COLUMN_MIN = 5
_BAND_PADDING = 12.0
_SAVING_SIZE = 15.0
_SUBTITLE_SIZE = 10.5
_NAME_STEPS = tuple((size, 1) for size in (17.0, 16.0, 15.0, 14.0, 13.0, 12.0, 11.0, 10.0, 9.0, 8.0))
PAGE_FRAME = {
    "margin_side": ORDINARY.margin_side,
    "margin_top": MARGIN_TOP,
    "margin_bottom": MARGIN_BOTTOM,
    "header": HEADER,
    "after_header": _AFTER_HEADER,
    "band": BAND,
    "after_band": _AFTER_BAND,
    "band_padding": _BAND_PADDING,
    "saving_size": _SAVING_SIZE,
    "subtitle_size": _SUBTITLE_SIZE,
    "gutter": GUTTER,
    "check_box": CHECK_BOX,
    "before_specials": _BEFORE_SPECIALS,
    "specials_title": SPECIALS_TITLE,
    "tile_gap": TILE_GAP,
    "overleaf": _OVERLEAF,
    "before_strip": strip_height(1) - STRIP_LEADING,
    "strip_leading": STRIP_LEADING,
    "strip_gap": STRIP_GAP,
    "before_foot": _BEFORE_FOOT,
    "foot": FOOT,
    "foot_gap": FOOT_GAP,
    "foot_padding": FOOT_PADDING,
    "how_size": HOW_SIZE,
    "how_leading": HOW_LEADING,
    "how_title": HOW_TITLE,
    "meal_small": MEAL_SMALL,
    "meal_small_leading": MEAL_SMALL_LEADING,
    "why_title": WHY_TITLE,
    "before_notes": _BEFORE_NOTES,
    "note_size": NOTE_SIZE,
    "note_leading": NOTE_LEADING,
}
"""Fixed lengths of the page, points: the same for measuring and for drawing."""


@dataclass(frozen=True)
class Page:
    """One page as plain data (numbers, texts, lists, dicts), and what had to give way."""

    data: dict[str, Any]
    findings: tuple[Finding, ...]


def build_page(
    document: ListDocument, qr_rows: Sequence[str], settings: PageSettings, measure: TextMeasure
) -> Page:
    """Lay out one list.

    Args:
        document: The frozen list.
        qr_rows: Modules of the QR symbol of `document.qr_payload`, one text of ``0`` and ``1`` per row.
        settings: The store's page.
        measure: Widths of the page's fonts.

    Returns:
        The page's data and its findings; a finding's file and line are the printer's to fill in.

    Raises:
        ContractError: The notes or the specials alone are taller than the page: a fault of settings or plan.
    """
    texts = Texts(measure)
    document = _printable(document, settings.texts, texts)
    sheet, (width, height) = settings.sheet, settings.size_points
    inner = width - 2 * sheet.margin_side
    notes = measure.wrap(Face.TEXT, " ".join(document.notes), NOTE_SIZE, inner) if document.notes else ()
    tiles = _tiles(document, inner, settings, texts)
    tile_rows = ceil(len(tiles) / sheet.tiles_wide)
    room, back_room = _rooms(height, sheet, len(notes), _specials_height(tile_rows, TILE_HEIGHT_MIN))
    least = 3 * DENSITIES[-1].pitch
    if room < least or back_room < 0:
        raise ContractError(
            f"list {document.list_number}: {len(tiles)} specials and {len(notes)} lines of notes leave "
            f"{min(room, back_room + least):.0f} points for items; expected at least {least:.0f}"
        )
    reserve = tile_rows * _TILE_COMFORT if sheet.pages == 1 else 0.0
    lines = strip_lines(document, inner, texts)
    if sheet.pages == 1:
        rooms = [room - strip_height(count) for count in range(len(lines), -1, -1)]
        items, given_up = _fitted_items(document, inner, rooms, reserve, sheet, texts)
        room = rooms[given_up]
    else:
        items, _ = _fitted_items(document, inner, [room], reserve, sheet, texts)
        given_up = sum(strip_height(count) > back_room for count in range(1, len(lines) + 1))
        back_room -= strip_height(len(lines) - given_up)
    strip = _told(lines, len(lines) - given_up, document, texts)
    density, split, write_in = items.density, items.split, items.write_in
    tallest = max(*split.heights[:-1], split.heights[-1] + _tail(density, write_in))
    tile_height = _tile_height(tile_rows, room - tallest if sheet.pages == 1 else back_room)
    area = room
    if sheet.pages == 1:
        area -= _specials_height(tile_rows, tile_height) - _specials_height(tile_rows, TILE_HEIGHT_MIN)
    column_width = _column_width(inner, sheet)
    columns = _columns(items, column_width, settings.texts, measure)
    _add_write_ins(columns, split, density, area, column_width, settings.texts, measure)
    validity = texts.printable(document.validity_text, "validity_text")
    item_count = sum(len(section.lines) for section in items.sections)
    data = {
        "title": settings.texts.title,
        "proof": document.proof,
        "validity": list(measure.wrap(Face.STRONG, validity, _VALIDITY_SIZE, sheet.validity_width)),
        "number": settings.texts.list_number.format(document.list_number),
        "band": _band(document, item_count, inner, settings.texts, texts),
        "area": area,
        "columns": columns,
        **_specials_head(tiles, inner, settings.texts, texts),
        "tile_height": tile_height,
        "tiles": tiles,
        "strip": strip,
        "foot": foot_data(document, qr_rows, inner, settings, texts),
        "notes": list(notes),
        "overleaf": settings.texts.overleaf if sheet.pages > 1 else "",
    }
    return Page(data, tuple(texts.findings[key] for key in sorted(texts.findings)))


def _rooms(height: float, sheet: Sheet, notes: int, specials: float) -> tuple[float, float]:
    """Height left for the items, and on a back of its own the height left under the specials."""
    head = MARGIN_TOP + HEADER + _AFTER_HEADER + BAND + _AFTER_BAND
    foot = _BEFORE_FOOT + FOOT + MARGIN_BOTTOM + (_BEFORE_NOTES + NOTE_LEADING * notes if notes else 0.0)
    if sheet.pages == 1:
        return height - head - foot - specials, 0.0
    return height - head - _OVERLEAF - MARGIN_BOTTOM, height - MARGIN_TOP - foot - specials


def _told(lines: list[dict[str, Any]], count: int, document: ListDocument, texts: Texts) -> list[dict[str, Any]]:
    """The first lines; a finding tells how many privileges stand on none."""
    promised = sum(one.kind is RewardKind.PRIVILEGE for one in document.rewards)
    if count < promised:
        texts.note("text-left-out", "rewards", f"{promised - count} of {promised} privileges have no room")
    return lines[:count]


def _column_width(inner: float, sheet: Sheet) -> float:
    return (inner - (sheet.columns - 1) * GUTTER) / sheet.columns


def _specials_height(tile_rows: int, tile_height: float) -> float:
    if not tile_rows:
        return 0.0
    return _BEFORE_SPECIALS + SPECIALS_TITLE + tile_rows * tile_height + (tile_rows - 1) * TILE_GAP


def _tile_height(tile_rows: int, slack: float) -> float:
    """Tiles take what makes them comfortable, then half of the room that is left, up to their largest height."""
    if not tile_rows:
        return 0.0
    extra = slack / tile_rows
    return min(TILE_HEIGHT_MAX, TILE_HEIGHT_MIN + max(min(extra, _TILE_COMFORT), 0.5 * extra))


def _specials_head(
    tiles: Sequence[dict[str, Any]], inner: float, words: PageTexts, texts: Texts
) -> dict[str, str]:
    """The line over the specials; what it says of the register and of the star stands there only if it fits."""
    title = _counted(len(tiles), words.specials_one, words.specials_many)
    note = texts.measure.printable(words.specials_note)[0]
    star = texts.measure.printable(words.specials_star)[0] if any(tile["kind"] == "due" for tile in tiles) else ""
    room = inner - texts.measure.width(Face.DISPLAY, title, _SPECIALS_TITLE_SIZE) - 8
    star_width = texts.measure.width(Face.TEXT, star, _SPECIALS_NOTE_SIZE) + 18.5 if star else 0.0
    if texts.measure.width(Face.TEXT, note, _SPECIALS_NOTE_SIZE) + star_width > room:
        note = ""
    return {"specials_title": title, "specials_note": note, "specials_star": star if star_width <= room else ""}


def _counted(number: int, one: str, many: str) -> str:
    return one if number == 1 else many.format(number)


def _printable(document: ListDocument, words: PageTexts, texts: Texts) -> ListDocument:
    """The same document in characters the fonts have, and a word where no price is known."""

    def line(item: ListLine) -> ListLine:
        name = texts.printable(item.name, "line.name", instead=item.need_id.title())
        size_text = texts.printable(item.size_text, "line.size_text")
        price_text = texts.printable(item.price_text or words.price_unknown, "line.price_text")
        if (name, size_text, price_text) == (item.name, item.size_text, item.price_text):
            return item
        return replace(item, name=name, size_text=size_text, price_text=price_text)

    sections = tuple(
        replace(
            section,
            title=texts.printable(section.title, "section.title"),
            place=texts.printable(section.place, "section.place"),
            lines=tuple(line(item) for item in section.lines),
        )
        for section in document.sections
        if section.lines
    )

    def special(tile: ListSpecial) -> ListSpecial:
        kept = [texts.printable(getattr(tile, name), f"special.{name}") for name in TILE_TEXTS]
        if kept == [getattr(tile, name) for name in TILE_TEXTS]:
            return tile
        headline, headline_note, name, detail, saving_text, conditions = kept
        return replace(
            tile,
            headline=headline,
            headline_note=headline_note,
            name=name,
            detail=detail,
            saving_text=saving_text,
            conditions=conditions,
        )

    specials = tuple(special(tile) for tile in document.specials)
    notes = tuple(texts.printable(note, "notes") for note in document.notes)
    return replace(document, sections=sections, specials=specials, notes=tuple(note for note in notes if note))


def _tiles(document: ListDocument, inner: float, settings: PageSettings, texts: Texts) -> list[dict[str, Any]]:
    width = tile_width(inner, settings.sheet)
    made = [tile(special, width, settings.texts, texts.measure) for special in document.specials]
    for special, one in zip(document.specials, made, strict=True):
        if one.shortened:
            texts.note("text-shortened", "special", f"special {special.offer_id}: a text was cut to fit its tile")
    return [one.data for one in made]


def _tail(density: Density, write_in: int) -> float:
    return density.heading + write_in * density.pitch if write_in else 0.0


@dataclass(frozen=True)
class _Fitted:
    """How the items stand: what is printed, row by row, at which setting, in which columns, and lines to write on."""

    sections: list[ListSection]
    rows: list[list[Row]]
    density: Density
    split: Balance
    write_in: int


def _fitted_items(
    document: ListDocument, inner: float, rooms: Sequence[float], reserve: float, sheet: Sheet, texts: Texts
) -> tuple[_Fitted, int]:
    """The widest setting that holds all items in the first of these rooms that one does, and that room's place.

    If none does, the tightest setting in the last room, without the least likely items.
    """
    sections = list(document.sections)
    width = _column_width(inner, sheet) - CHECK_BOX
    densities = DENSITIES[: len(DENSITIES) - sheet.tightest]
    tightest = densities[-1]

    rows_at = cache(partial(_rows, sections, width, texts.measure))
    for place, room in enumerate(rooms):
        attempts = [(each, _WRITE_IN_MIN, room - reserve) for each in densities]
        attempts += [(tightest, 0, room - reserve), (tightest, 0, room)] if place == len(rooms) - 1 else []
        for density, write_in, height in attempts:
            rows = rows_at(density)
            split = balance(rows, density, _tail(density, write_in), height, sheet.columns)
            if split is not None and (density.size == tightest.size or _sits_well(rows)):
                _note_shortened(sections, rows, texts)
                return _Fitted(sections, rows, density, split, write_in), place
    split, dropped = None, 0
    while split is None:
        sections = _without_least_likely(sections)
        dropped += 1
        rows = _rows(sections, width, texts.measure, tightest)
        split = balance(rows, tightest, 0.0, rooms[-1], sheet.columns)
    texts.note("items-cut", "sections", f"{dropped} of {document.item_count} items, the least likely, do not fit")
    _note_shortened(sections, rows, texts)
    return _Fitted(sections, rows, tightest, split, 0), len(rooms) - 1


def _rows(
    sections: Sequence[ListSection], width: float, measure: TextMeasure, density: Density
) -> list[list[Row]]:
    return [[item_row(line, width, density, measure) for line in part.lines] for part in sections]


def _note_shortened(sections: Sequence[ListSection], rows: Sequence[Sequence[Row]], texts: Texts) -> None:
    for section, part in zip(sections, rows, strict=True):
        for line, row in zip(section.lines, part, strict=True):
            if row.shortened:
                texts.note(
                    "text-shortened", "line.name", f"need {line.need_id}: the name was cut to fit two lines"
                )


def _sits_well(rows: list[list[Row]]) -> bool:
    """No name is cut and at most a third of the items need a second line."""
    flat = [row for part in rows for row in part]
    return not any(row.shortened for row in flat) and 3 * sum(len(row.data["lines"]) > 1 for row in flat) <= len(
        flat
    )


def _without_least_likely(sections: list[ListSection]) -> list[ListSection]:
    """The sections without the least likely line, one with a special last; of equals the later one goes."""
    lines = [
        (line.special, line.probability, -at, -place)
        for at, part in enumerate(sections)
        for place, line in enumerate(part.lines)
    ]
    _, _, at, place = min(lines)
    left = list(sections)
    kept = tuple(line for number, line in enumerate(left[-at].lines) if number != -place)
    left[-at] = replace(left[-at], lines=kept)
    return [section for section in left if section.lines]


def _columns(items: _Fitted, width: float, words: PageTexts, measure: TextMeasure) -> list[list[dict[str, Any]]]:
    columns: list[list[dict[str, Any]]] = []
    for blocks in items.split.columns:
        column: list[dict[str, Any]] = []
        for block in blocks:
            section = items.sections[block.section]
            part = items.rows[block.section][block.from_row : block.until_row]
            again = block.from_row > 0
            title = words.continued.format(section.title) if again else section.title
            place = "" if again else section.place
            data = heading_data(title, place, width, items.density, measure)
            column.append(
                {**data, "gap": items.density.gap if column else 0.0, "rows": [row.data for row in part]}
            )
        columns.append(column)
    return columns


def _add_write_ins(
    columns: list[list[dict[str, Any]]],
    split: Balance,
    density: Density,
    area: float,
    width: float,
    words: PageTexts,
    measure: TextMeasure,
) -> None:
    """Ruled lines for a pencil, to the foot of the last column and of any other with room for five."""
    for place, used in enumerate(split.heights):
        room = area - used - density.heading
        count = int((room - (density.gap if used else 0.0)) // density.pitch)
        last = len(split.heights) - 1
        if count < (1 if place == last else _WRITE_IN_COLUMN_MIN):
            continue
        data = heading_data(words.write_in[place - last - 1], "", width, density, measure)
        gap = room - count * density.pitch if used else 0.0
        columns[place].append({**data, "gap": gap, "rows": [], "write_in": count})


def _band(document: ListDocument, item_count: int, inner: float, words: PageTexts, texts: Texts) -> dict[str, Any]:
    measure = texts.measure
    name = texts.printable(document.household_name, "household_name", instead=words.nameless)
    saving = words.saving.format(document.saving_text) if document.saving_cents else ""
    room = inner - 2 * _BAND_PADDING - (measure.width(Face.DISPLAY, saving, _SAVING_SIZE) + 14 if saving else 0.0)
    counted = _counted(item_count, words.items_one, words.items_many) if item_count else words.items_none
    for subtitle in (counted + words.items_order, counted) if item_count > 1 else (counted,):
        beside = room - measure.width(Face.TEXT, subtitle, _SUBTITLE_SIZE) - 10
        fitted = measure.fit(Face.STRONG, name, beside, _NAME_STEPS[:5])
        if not fitted.shortened:
            break
    else:
        subtitle = ""
        fitted = measure.fit(Face.STRONG, name, room, _NAME_STEPS[2:])
    if fitted.shortened:
        texts.note("text-shortened", "household_name", "the household's name was cut to fit the band")
    return {"name": fitted.lines[0], "size": fitted.size, "subtitle": subtitle, "saving": saving}
