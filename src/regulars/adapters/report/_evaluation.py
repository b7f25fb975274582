"""The page about past forecasts: of what we said, this came true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from regulars.contracts import ChanceBin
from regulars.flows import ForecastComparison, LevelComparison, part_title, write_whole
from regulars.kernel import StoreError

from . import _figures as figures
from . import _text as text
from ._charts import Chart
from ._fonts import page_fonts, register_chart_fonts
from ._page import page_environment, template_source

HELD_POINTS = 3.0
"""Up to so many points between what was said of the first ten and what came true, the chances are said to have held."""

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
        finding: Whether the chances held, in a sentence.
        tally: What was said of the first ten and what came true, of all households.
        came: What the households that came bought.
        beside: How other methods put them in order, a sentence each.
        charts: The store's own first.
        rows: The store's own first.
    """

    level: str
    finding: str
    tally: str
    came: str
    beside: tuple[str, ...]
    charts: tuple[Chart, ...]
    rows: tuple[LevelComparison, ...]

    @property
    def own(self) -> LevelComparison:
        """The store's own method."""
        return self.rows[0]


def finding_text(said: float, happened: float) -> str:
    """Whether the chances of the first ten held.

    Args:
        said: Their mean chance.
        happened: Share that was bought.

    Example:
        >>> finding_text(0.45, 0.44)
        'What we said came true.'
        >>> finding_text(0.45, 0.38)
        'We promised too much.'
        >>> finding_text(0.45, 0.51)
        'More came true than we said.'
    """
    points = 100 * (happened - said)
    if abs(points) <= HELD_POINTS:
        return "What we said came true."
    return "More came true than we said." if points > 0 else "We promised too much."


def beside_text(row: LevelComparison) -> str:
    """How the store's own order of each list stands to another method's, with what the households' spread allows."""
    one = next(one for one in row.differences if one.measure == "ndcg_at_10")
    if one.standard_error is None or abs(one.difference) <= _SURE_ERRORS * one.standard_error:
        return f"Between your order and that of {row.title} no difference can be told."
    order = "nearer to the top" if one.difference > 0 else "further down"
    return f"Your method put what was bought {order} than {row.title} did."


def _tally_text(comparison: ForecastComparison, own: LevelComparison) -> str:
    said, happened = own.means["first_ten_said"], own.means["first_ten_happened"]
    households = [quality.level(own.level).households for quality in comparison.own]
    came = [quality.level(own.level).households_shopping for quality in comparison.own]
    away = sum(households) - sum(came)
    who = f"all {text.count_text(sum(households))} households" if len(households) == 1 else "all households"
    gone = f", also {_away_text(away, len(households))}" if away else "; none stayed away"
    return (
        f"We gave the ten {own.level}s ranked first for each household a chance of {text.percent_text(said)}; "
        f"{text.percent_text(happened)} of them were bought. That counts {who}{gone}."
    )


def _away_text(away: int, fortnights: int) -> str:
    if fortnights > 1:
        return f"the {text.count_text(away)} times one stayed away"
    return "the one that stayed away" if away == 1 else f"the {text.count_text(away)} that stayed away"


def _came_text(own: LevelComparison) -> str:
    bought = 10 * own.means["precision_at_10"]
    return f"A household that came in bought {text.decimal_text(bought)} of its ten."


def _charts(rows: Sequence[LevelComparison], fortnights: int) -> tuple[Chart, ...]:
    own = rows[0]
    more = " Each fortnight counts them anew." if fortnights > 1 else ""
    charts = [figures.of_ten_chart(own.bought_of_ten, word=own.level, name=f"{own.level}-of-ten", more=more)]
    for number, row in enumerate(rows):
        bins = [ChanceBin(entry.said, entry.happened, entry.items) for entry in row.bins]
        other = "" if row.own else row.title
        charts.append(
            figures.chances_chart(bins, word=row.level, name=f"{row.level}-chances-{number}", other=other)
        )
    return tuple(charts)


def level_verdicts(comparison: ForecastComparison) -> tuple[LevelVerdict, ...]:
    """What the page says, needs first.

    Args:
        comparison: What came true.
    """
    verdicts = []
    for level in _LEVELS:
        rows = tuple(row for row in comparison.levels if row.level == level)
        own = rows[0]
        verdicts.append(
            LevelVerdict(
                level,
                finding_text(own.means["first_ten_said"], own.means["first_ten_happened"]),
                _tally_text(comparison, own),
                _came_text(own),
                tuple(beside_text(row) for row in rows[1:]),
                _charts(rows, len(comparison.days_on)),
                rows,
            )
        )
    return tuple(verdicts)


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
        parts=[(_GROUPINGS[one.grouping], part_title(one, text.money_text), one) for one in comparison.parts],
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
