"""The foot of a list: the codes at their printed sizes; beside them dinners or how the page works, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from regulars.contracts import ListDocument, ListLine
from regulars.kernel import ContractError

from ._codes import QR_QUIET_ZONE_MODULES, bars_path, code_bars, grid_path, module_points
from ._metrics import Face, TextMeasure
from ._settings import PageSettings
from ._texts import Texts

FOOT = 101.0
_BAR_HEIGHT = 50.0
_BAR_MODULE_MILS = 13.3
_QR_MODULE_MILS = (31.0, 27.0, 24.0)
_QR_CAPTION = 9.0
_CAPTION_SIZE = 8.4
_DIGITS_SIZE = 10.5
FOOT_GAP = 12.0
FOOT_PADDING = 9.0
HOW_SIZE = 8.4
HOW_LEADING = 10.6
_REASON_STEPS = ((8.4, 1), (8.0, 1), (7.6, 1))
HOW_TITLE = 16.5
MEAL_SMALL = 8.0
MEAL_SMALL_LEADING = 11.4
_MEALS_PRINTED = 2
WHY_TITLE = 23.0


def foot_data(
    document: ListDocument, qr_rows: Sequence[str], inner: float, settings: PageSettings, texts: Texts
) -> dict[str, Any]:
    """The codes at their printed sizes; beside them how the page works and why some items are there."""
    bars = code_bars(document.list_code)
    modules = sum(bars.runs)
    scale = settings.sheet.scale
    bar_module = module_points(settings.printer_dpi, _BAR_MODULE_MILS) / scale
    qr_sides = len(qr_rows) + 2 * QR_QUIET_ZONE_MODULES
    qr_modules = (module_points(settings.printer_dpi, mils) / scale for mils in _QR_MODULE_MILS)
    qr_module = next((module for module in qr_modules if module * qr_sides <= FOOT - _QR_CAPTION), 0.0)
    bars_width = (modules + 2 * bars.quiet) * bar_module
    qr_width = qr_sides * qr_module
    how_width = inner - bars_width - qr_width - 2 * FOOT_GAP
    if not qr_module or how_width < 120:
        raise ContractError(
            f"the QR symbol has {len(qr_rows)} modules a side, too many for the foot of the page: "
            "expected a phone address of at most 61 characters, in upper case"
        )
    return {
        "bars": {
            "path": bars_path(bars.runs),
            "modules": modules,
            "module": bar_module,
            "quiet": bars.quiet * bar_module,
            "height": _BAR_HEIGHT,
            "scan": _caption(settings.texts.scan, bars_width, texts),
            "digits_size": _DIGITS_SIZE / scale,
            "digits": bars.digits,
            "alternative": settings.texts.bars_alternative.format(document.list_code),
        },
        "qr": {
            "path": grid_path(qr_rows),
            "modules": len(qr_rows),
            "module": qr_module,
            "width": qr_width,
            "phone": _caption(settings.texts.phone, qr_width, texts),
        },
        "how": _how(document, how_width, settings, texts),
    }


def _caption(text: str, width: float, texts: Texts) -> list[str]:
    return list(texts.measure.wrap(Face.TEXT, texts.measure.printable(text)[0], _CAPTION_SIZE, width))


def _how(document: ListDocument, width: float, settings: PageSettings, texts: Texts) -> dict[str, Any]:
    """The box at the foot: dinners where there are any; always how the page works; then why some items are there.

    What the cashier does with the bars is said first, on every page with specials: two dinners leave it the room.
    """
    measure, words = texts.measure, settings.texts
    inner = width - 2 * FOOT_PADDING
    meals = _meals(document, inner, texts)
    said = [words.how_specials] * bool(document.specials) + [words.how_items] * bool(document.sections)
    left = FOOT - 2 * FOOT_PADDING - HOW_TITLE - len(meals) * (HOW_LEADING + MEAL_SMALL_LEADING)
    steps = _steps(said, (), int(left // HOW_LEADING), inner, measure)
    room = left - WHY_TITLE - HOW_LEADING * sum(len(lines) for lines in steps)
    reasons: list[dict[str, Any]] = []
    for line in _likeliest(document):
        sentence = texts.printable(line.reason.sentence, "reason")
        if not sentence or (len(reasons) + 1) * HOW_LEADING > room + 10:
            continue
        fitted = measure.fit(Face.TEXT, sentence, inner - 12, _REASON_STEPS)
        if not fitted.shortened:
            reasons.append({"sentence": sentence, "size": fitted.size})
    if not reasons and not meals:
        steps = _steps(words.how_more, steps, int(left // HOW_LEADING), inner, measure)
    title = words.meals_title if meals else words.how_title
    return {"width": width, "title": title, "steps": steps, "meals": meals, "reasons": reasons}


def _steps(
    said: Sequence[str], before: Sequence[list[str]], lines_max: int, inner: float, measure: TextMeasure
) -> list[list[str]]:
    """How the page works, sentence by sentence, as far as the box holds them."""
    steps = list(before)
    for step in said:
        lines = list(measure.wrap(Face.TEXT, step, HOW_SIZE, inner - 12))
        if sum(map(len, steps)) + len(lines) <= lines_max:
            steps.append(lines)
    return steps


def _meals(document: ListDocument, width: float, texts: Texts) -> list[dict[str, Any]]:
    """The best dinners whose two lines fit."""
    meals: list[dict[str, Any]] = []
    for meal in sorted(document.meals, key=lambda meal: meal.rank):
        note = texts.measure.width(Face.TEXT, meal.note, MEAL_SMALL)
        title = texts.measure.fit(Face.STRONG, meal.title, width - note - 8, ((9.4, 1), (8.8, 1), (8.2, 1)))
        uses = texts.measure.fit(Face.TEXT, meal.uses_text, width, ((MEAL_SMALL, 1),))
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
