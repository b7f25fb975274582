"""The page about past forecasts: of what we said, this came true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from regulars.contracts import ChanceBin
from regulars.flows import (
    ForecastComparison,
    LevelComparison,
    Outcome,
    each_text,
    finding_text,
    held_text,
    ideas_text,
    level_outcomes,
    misses_text,
    part_outcomes,
    part_title,
    write_whole,
)
from regulars.kernel import StoreError
from regulars.predict import FEW_ITEMS, JudgedPart, ReliabilityBin

from . import _figures as figures
from . import _text as text
from ._charts import Chart
from ._fonts import page_fonts, register_chart_fonts
from ._page import page_environment, template_source

_LEVELS = ("need", "product")
_SURE_ERRORS = 2.0
_GROUPINGS = {
    "days bought": "By days bought in half a year",
    "department": "By department",
    "never bought": "Ideas: needs the household had never bought",
    "weekly spend": "By what the household spends a week",
}


@dataclass(frozen=True)
class LevelVerdict:
    """What the page says of needs, or of products.

    Args:
        level: ``need`` or ``product``, which is its word too.
        finding: Whether the chances held, fortnight by fortnight, in a sentence.
        misses: How far off the fortnights were that did not hold; empty for one fortnight, and where all held.
        tally: What was said of the first ten and what came true, of all households.
        came: What the households that came bought.
        beside: How other methods put them in order, a sentence each.
        charts: The store's own first.
        rows: The store's own first.
    """

    level: str
    finding: str
    misses: str
    tally: str
    came: str
    beside: tuple[str, ...]
    charts: tuple[Chart, ...]
    rows: tuple[LevelComparison, ...]

    @property
    def own(self) -> LevelComparison:
        """The store's own method."""
        return self.rows[0]


def beside_text(row: LevelComparison) -> str:
    """How the store's own order of each list stands to another method's, with what the households' spread allows."""
    one = next(one for one in row.differences if one.measure == "ndcg_at_10")
    if one.standard_error is None or abs(one.difference) <= _SURE_ERRORS * one.standard_error:
        return f"Between your order and that of {row.title} no difference can be told."
    order = "nearer to the top" if one.difference > 0 else "further down"
    return f"Your method put what was bought {order} than {row.title} did."


def _tally_text(comparison: ForecastComparison, own: LevelComparison, outcomes: Sequence[Outcome]) -> str:
    said, happened = own.means["first_ten_said"], own.means["first_ten_happened"]
    households = [quality.level(own.level).households for quality in comparison.own]
    came = [quality.level(own.level).households_shopping for quality in comparison.own]
    away = sum(households) - sum(came)
    several = len(households) > 1
    count = text.count_text(sum(households))
    who = "all households" if several else "one household" if count == "1" else f"all {count} households"
    gone = f", also {_away_text(away, len(households))}" if away else "; none stayed away"
    mean = ""
    if {one.points_too_high > 0 for one in outcomes if one.missed} == {True, False}:
        mean = ", a mean of misses in both directions"
    return (
        f"{'On average we' if several else 'We'} gave the ten {own.level}s ranked first for each household a chance of "
        f"{text.percent_text(said)}; {text.percent_text(happened)} of them were bought{mean}. "
        f"That counts {who}{gone}."
    )


def _away_text(away: int, fortnights: int) -> str:
    if fortnights > 1:
        return f"the {text.count_text(away)} times one stayed away"
    return "the one that stayed away" if away == 1 else f"the {text.count_text(away)} that stayed away"


def _came_text(own: LevelComparison) -> str:
    bought = 10 * own.means["precision_at_10"]
    return f"A household that came in bought {text.decimal_text(bought)} of its ten."


def _charts(comparison: ForecastComparison, rows: Sequence[LevelComparison]) -> tuple[Chart, ...]:
    own, fortnights = rows[0], len(comparison.days_on)
    more = " Each fortnight counts them anew." if fortnights > 1 else ""
    charts = [figures.of_ten_chart(own.bought_of_ten, word=own.level, name=f"{own.level}-of-ten", more=more)]
    for number, row in enumerate(rows):
        qualities = comparison.qualities[number * fortnights : (number + 1) * fortnights]
        charts.append(
            figures.chances_chart(
                [(text.short_day_text(one.as_of_on), _bins(one.level(row.level).chances)) for one in qualities],
                _bins(row.chances),
                at=row.means["first_ten_said"],
                word=row.level,
                name=f"{row.level}-chances-{number}",
                other="" if row.own else row.title,
            )
        )
    return tuple(charts)


def _bins(found: Sequence[ReliabilityBin]) -> list[ChanceBin]:
    return [ChanceBin(entry.said, entry.happened, entry.items) for entry in found]


def level_verdicts(comparison: ForecastComparison) -> tuple[LevelVerdict, ...]:
    """What the page says, needs first.

    Args:
        comparison: What came true.
    """
    verdicts = []
    for level in _LEVELS:
        rows = tuple(row for row in comparison.levels if row.level == level)
        own = rows[0]
        outcomes = level_outcomes(comparison, level)
        verdicts.append(
            LevelVerdict(
                level,
                finding_text(outcomes),
                misses_text(outcomes, text.short_day_text) if len(outcomes) > 1 else "",
                _tally_text(comparison, own, outcomes),
                _came_text(own),
                tuple(beside_text(row) for row in rows[1:]),
                _charts(comparison, rows),
                rows,
            )
        )
    return tuple(verdicts)


def _part_rows(comparison: ForecastComparison) -> list[tuple[str, str, JudgedPart, list[str], str]]:
    """Grouping, title, all fortnights together, each by itself (none where there is but one), whether it held."""
    days = comparison.days_on if len(comparison.days_on) > 1 else ()
    rows = []
    for one in comparison.parts:
        outcomes = part_outcomes(comparison, one.grouping, one.part)
        each = [each_text(outcomes, day) for day in days]
        rows.append((_GROUPINGS[one.grouping], part_title(one), one, each, held_text(outcomes)))
    return rows


def evaluation_page(comparison: ForecastComparison, store_name: str, font_folder: Path) -> bytes:
    """The page as UTF-8 HTML; it needs nothing from elsewhere, and the same figures give the same bytes.

    Args:
        comparison: What came true.
        store_name: Whose forecasts they are.
        font_folder: Where the charts' fonts are kept; made at first use.

    Raises:
        StoreError: The fonts cannot be written.
    """
    register_chart_fonts(font_folder)
    page = page_environment().get_template("evaluation.html.jinja")
    return page.render(
        comparison=comparison,
        verdicts=level_verdicts(comparison),
        ideas=ideas_text(comparison, text.short_day_text),
        days=[text.short_day_text(day) for day in comparison.days_on] if len(comparison.days_on) > 1 else [],
        parts=_part_rows(comparison),
        warnings=list(dict.fromkeys(one.warning for one in comparison.own if one.warning)),
        few=FEW_ITEMS,
        store_name=store_name,
        fonts=page_fonts(),
        style=Markup(template_source("report.css")),  # noqa: S704 - shipped with the program
    ).encode()


def write_evaluation(comparison: ForecastComparison, store_name: str, target: Path, font_folder: Path) -> None:
    """Write the page; the file appears whole or not at all.

    Args:
        comparison: What came true.
        store_name: Whose forecasts they are.
        target: The file.
        font_folder: As for `evaluation_page`.

    Raises:
        StoreError: The disk failed.
    """
    try:
        write_whole(evaluation_page(comparison, store_name, font_folder), target)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}") from error
