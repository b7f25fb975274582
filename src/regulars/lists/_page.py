"""A list document laid out on one page: plain data that a typesetter only has to draw.

Nothing is clipped and nothing runs over: texts are measured, areas add up to the page, and what does not fit is
left out from the least likely item upwards, with a finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from regulars.contracts import Finding, ListDocument, ListLine, ListSection, ListSpecial
from regulars.kernel import ContractError

from ._codes import QR_QUIET_ZONE_MODULES, QUIET_ZONE_MODULES, bars_path, code_128_runs, grid_path, module_points
from ._items import COLUMNS, DENSITIES, Balance, Density, Row, balance, heading_data, item_row
from ._metrics import Face, TextMeasure
from ._settings import PageSettings, PageTexts
from ._specials import TILE_GAP, TILE_HEIGHT_MAX, TILE_HEIGHT_MIN, TILES_WIDE, tile

MARGIN_SIDE = 36.0
MARGIN_TOP = 26.0
MARGIN_BOTTOM = 21.0
HEADER = 36.0
BAND = 30.0
FOOT = 101.0
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
_BAR_HEIGHT = 50.0
_BAR_MODULE_MILS = 13.3
_QR_MODULE_MILS = (31.0, 27.0, 24.0)
_QR_CAPTION = 9.0
_TILE_COMFORT = 3.5
_WRITE_IN_MIN = 2
_WRITE_IN_COLUMN_MIN = 5
_TILE_TEXTS = ("headline", "headline_note", "name", "detail", "saving_text", "conditions")
_FOOT_GAP = 12.0
_FOOT_PADDING = 9.0
_HOW_SIZE = 8.4
_HOW_LEADING = 10.6
_REASON_STEPS = ((8.4, 1), (8.0, 1), (7.6, 1))
_HOW_TITLE = 16.5
_MEAL_SMALL = 8.0
_MEAL_SMALL_LEADING = 11.4
_MEALS_PRINTED = 3
_WHY_TITLE = 23.0
_BAND_PADDING = 12.0
_SAVING_SIZE = 15.0
_SUBTITLE_SIZE = 10.5
_NAME_STEPS = tuple((size, 1) for size in (17.0, 16.0, 15.0, 14.0, 13.0, 12.0, 11.0, 10.0, 9.0, 8.0))
PAGE_FRAME = {
    "margin_side": MARGIN_SIDE,
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
    "before_foot": _BEFORE_FOOT,
    "foot": FOOT,
    "foot_gap": _FOOT_GAP,
    "foot_padding": _FOOT_PADDING,
    "how_size": _HOW_SIZE,
    "how_leading": _HOW_LEADING,
    "how_title": _HOW_TITLE,
    "meal_small": _MEAL_SMALL,
    "meal_small_leading": _MEAL_SMALL_LEADING,
    "why_title": _WHY_TITLE,
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


class _Texts:
    """Makes texts printable and keeps what was lost, one finding per rule and column."""

    def __init__(self, measure: TextMeasure) -> None:
        self.measure = measure
        self.findings: dict[tuple[str, str], Finding] = {}

    def note(self, rule: str, column: str, message: str) -> None:
        self.findings.setdefault((rule, column), Finding("", None, column, rule, message))

    def printable(self, text: str, column: str, instead: str = "") -> str:
        """A text in the characters the fonts have; `instead` stands for one of which too little is left."""
        kept, lost = self.measure.printable(text)
        if lost:
            self.note("glyph-missing", column, f"{column}: no font has every character; printed without them")
        if lost and 2 * len(kept) < len(text):
            return instead
        return kept or instead


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
    texts = _Texts(measure)
    document = _printable(document, texts)
    width, height = settings.paper.size_points
    inner = width - 2 * MARGIN_SIDE
    notes = measure.wrap(Face.TEXT, " ".join(document.notes), NOTE_SIZE, inner) if document.notes else ()
    fixed = MARGIN_TOP + HEADER + _AFTER_HEADER + BAND + _AFTER_BAND
    fixed += _BEFORE_FOOT + FOOT + MARGIN_BOTTOM + (_BEFORE_NOTES + NOTE_LEADING * len(notes) if notes else 0.0)
    tiles = _tiles(document, inner, settings, texts)
    tile_rows = ceil(len(tiles) / TILES_WIDE)
    specials = _specials_height(tile_rows, TILE_HEIGHT_MIN)
    room = height - fixed - specials
    if room < 3 * DENSITIES[-1].pitch:
        raise ContractError(
            f"list {document.list_number}: {len(tiles)} specials and {len(notes)} lines of notes leave "
            f"{room:.0f} points for items; expected at least {3 * DENSITIES[-1].pitch:.0f}"
        )
    sections, rows, density, split, write_in = _fitted_items(
        document, inner, room, tile_rows * _TILE_COMFORT, texts
    )
    tallest = max(*split.heights[:-1], split.heights[-1] + _tail(density, write_in))
    tile_height = _tile_height(tile_rows, room - tallest)
    area = height - fixed - _specials_height(tile_rows, tile_height)
    column_width = (inner - (COLUMNS - 1) * GUTTER) / COLUMNS
    columns = _columns(sections, rows, density, split, column_width, settings.texts, measure)
    _add_write_ins(columns, split, density, area, column_width, settings.texts, measure)
    item_count = sum(len(section.lines) for section in sections)
    data = {
        "title": settings.texts.title,
        "proof": document.proof,
        "validity": texts.printable(document.validity_text, "validity_text"),
        "number": settings.texts.list_number.format(document.list_number),
        "band": _band(document, item_count, inner, settings.texts, texts),
        "area": area,
        "columns": columns,
        "specials_title": _counted(len(tiles), settings.texts.specials_one, settings.texts.specials_many),
        "tile_height": tile_height,
        "tiles": tiles,
        "foot": _foot(document, qr_rows, inner, settings, texts),
        "notes": list(notes),
    }
    return Page(data, tuple(texts.findings[key] for key in sorted(texts.findings)))


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


def _counted(number: int, one: str, many: str) -> str:
    return one if number == 1 else many.format(number)


def _printable(document: ListDocument, texts: _Texts) -> ListDocument:
    """The same document in characters the fonts have."""

    def line(item: ListLine) -> ListLine:
        name = texts.printable(item.name, "line.name", instead=item.need_id.title())
        size_text = texts.printable(item.size_text, "line.size_text")
        price_text = texts.printable(item.price_text, "line.price_text")
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
        kept = [texts.printable(getattr(tile, name), f"special.{name}") for name in _TILE_TEXTS]
        if kept == [getattr(tile, name) for name in _TILE_TEXTS]:
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


def _tiles(document: ListDocument, inner: float, settings: PageSettings, texts: _Texts) -> list[dict[str, Any]]:
    width = (inner - (TILES_WIDE - 1) * TILE_GAP) / TILES_WIDE
    made = [tile(special, width, settings.texts, texts.measure) for special in document.specials]
    for special, one in zip(document.specials, made, strict=True):
        if one.shortened:
            texts.note("text-shortened", "special", f"special {special.offer_id}: a text was cut to fit its tile")
    return [one.data for one in made]


def _tail(density: Density, write_in: int) -> float:
    return density.heading + write_in * density.pitch if write_in else 0.0


def _fitted_items(
    document: ListDocument, inner: float, room: float, reserve: float, texts: _Texts
) -> tuple[list[ListSection], list[list[Row]], Density, Balance, int]:
    """The widest setting that holds all items; if none does, the tightest one without the least likely items."""
    sections = list(document.sections)
    width = (inner - (COLUMNS - 1) * GUTTER) / COLUMNS - CHECK_BOX
    tightest = DENSITIES[-1]
    attempts = [(each, _WRITE_IN_MIN, room - reserve) for each in DENSITIES]
    for density, write_in, height in (*attempts, (tightest, 0, room - reserve), (tightest, 0, room)):
        rows = [[item_row(line, width, density, texts.measure) for line in section.lines] for section in sections]
        split = balance(rows, density, _tail(density, write_in), height)
        if split is not None and (density.size == tightest.size or _sits_well(rows)):
            break
    dropped = 0
    while split is None:
        sections = _without_least_likely(sections)
        dropped += 1
        rows = [[item_row(line, width, tightest, texts.measure) for line in section.lines] for section in sections]
        split = balance(rows, tightest, 0.0, room)
    if dropped:
        texts.note(
            "items-cut", "sections", f"{dropped} of {document.item_count} items, the least likely, do not fit"
        )
    for section, part in zip(sections, rows, strict=True):
        for line, row in zip(section.lines, part, strict=True):
            if row.shortened:
                texts.note(
                    "text-shortened", "line.name", f"need {line.need_id}: the name was cut to fit two lines"
                )
    return sections, rows, density, split, write_in


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


def _columns(
    sections: list[ListSection],
    rows: list[list[Row]],
    density: Density,
    split: Balance,
    width: float,
    words: PageTexts,
    measure: TextMeasure,
) -> list[list[dict[str, Any]]]:
    columns: list[list[dict[str, Any]]] = []
    for blocks in split.columns:
        column: list[dict[str, Any]] = []
        for block in blocks:
            section, part = sections[block.section], rows[block.section][block.from_row : block.until_row]
            again = block.from_row > 0
            title = words.continued.format(section.title) if again else section.title
            place = "" if again else section.place
            data = heading_data(title, place, width, density, measure)
            column.append({**data, "gap": density.gap if column else 0.0, "rows": [row.data for row in part]})
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
        if count < (1 if place == COLUMNS - 1 else _WRITE_IN_COLUMN_MIN):
            continue
        data = heading_data(words.write_in[place], "", width, density, measure)
        gap = room - count * density.pitch if used else 0.0
        columns[place].append({**data, "gap": gap, "rows": [], "write_in": count})


def _band(
    document: ListDocument, item_count: int, inner: float, words: PageTexts, texts: _Texts
) -> dict[str, Any]:
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


def _foot(
    document: ListDocument, qr_rows: Sequence[str], inner: float, settings: PageSettings, texts: _Texts
) -> dict[str, Any]:
    """The codes at their printed sizes; beside them how the page works and why some items are there."""
    runs = code_128_runs(document.list_code)
    bar_module = module_points(settings.printer_dpi, _BAR_MODULE_MILS)
    qr_sides = len(qr_rows) + 2 * QR_QUIET_ZONE_MODULES
    qr_modules = (module_points(settings.printer_dpi, mils) for mils in _QR_MODULE_MILS)
    qr_module = next((module for module in qr_modules if module * qr_sides <= FOOT - _QR_CAPTION), 0.0)
    bars_width = (sum(runs) + 2 * QUIET_ZONE_MODULES) * bar_module
    qr_width = qr_sides * qr_module
    how_width = inner - bars_width - qr_width - 2 * _FOOT_GAP
    if not qr_module or how_width < 120:
        raise ContractError(
            f"the QR symbol has {len(qr_rows)} modules a side, too many for the foot of the page: "
            "expected a phone address of at most 61 characters, in upper case"
        )
    code = document.list_code
    return {
        "bars": {
            "path": bars_path(runs),
            "modules": sum(runs),
            "module": bar_module,
            "quiet": QUIET_ZONE_MODULES * bar_module,
            "height": _BAR_HEIGHT,
            "digits": f"{code[:5]} {code[5:13]} {code[13:]}",
            "alternative": settings.texts.bars_alternative.format(code),
        },
        "qr": {"path": grid_path(qr_rows), "modules": len(qr_rows), "module": qr_module, "width": qr_width},
        "how": _how(document, how_width, settings, texts),
    }


def _how(document: ListDocument, width: float, settings: PageSettings, texts: _Texts) -> dict[str, Any]:
    """The box at the foot: dinners where there are any, else how the page works; then why some items are there."""
    measure, words = texts.measure, settings.texts
    inner = width - 2 * _FOOT_PADDING
    meals = _meals(document, inner, texts)
    said = [words.how_items] * bool(document.sections) + [words.how_specials] * bool(document.specials)
    steps = [
        list(measure.wrap(Face.TEXT, step, _HOW_SIZE, inner - 12)) for step in said * (len(meals) < _MEALS_PRINTED)
    ]
    room = FOOT - 2 * _FOOT_PADDING - _HOW_TITLE - _WHY_TITLE - _HOW_LEADING * sum(len(lines) for lines in steps)
    room -= len(meals) * (_HOW_LEADING + _MEAL_SMALL_LEADING)
    reasons: list[dict[str, Any]] = []
    for line in _likeliest(document):
        sentence = texts.printable(line.reason.sentence, "reason")
        fitted = measure.fit(Face.TEXT, sentence, inner - 12, _REASON_STEPS)
        if sentence and not fitted.shortened and (len(reasons) + 1) * _HOW_LEADING <= room + 10:
            reasons.append({"sentence": sentence, "size": fitted.size})
    if not reasons and not meals:
        steps += [list(measure.wrap(Face.TEXT, step, _HOW_SIZE, inner - 12)) for step in words.how_more]
    title = words.meals_title if meals else words.how_title
    return {"width": width, "title": title, "steps": steps, "meals": meals, "reasons": reasons}


def _meals(document: ListDocument, width: float, texts: _Texts) -> list[dict[str, Any]]:
    """The first dinners whose two lines fit."""
    meals: list[dict[str, Any]] = []
    for meal in document.meals:
        note = texts.measure.width(Face.TEXT, meal.note, _MEAL_SMALL)
        title = texts.measure.fit(Face.STRONG, meal.title, width - note - 8, ((9.4, 1), (8.8, 1), (8.2, 1)))
        uses = texts.measure.fit(Face.TEXT, meal.uses_text, width, ((_MEAL_SMALL, 1), (7.4, 1)))
        if not title.shortened and not uses.shortened:
            meals.append({"title": title.lines[0], "size": title.size, "note": meal.note, "uses": uses.lines[0]})
    return meals[:_MEALS_PRINTED]


def _likeliest(document: ListDocument) -> list[ListLine]:
    """Items by falling probability, one for each sentence, so that three reasons are not three times the same."""
    lines = [line for section in document.sections for line in section.lines]
    seen: dict[str, ListLine] = {}
    for line in sorted(lines, key=lambda line: (-line.probability, line.need_id)):
        seen.setdefault(line.reason.sentence, line)
    return list(seen.values())
