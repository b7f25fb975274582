"""The page: report numbers and charts through one template, written whole or not at all."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from regulars.adapters._raster import page_png
from regulars.contracts import Basis, DataFigures, LevelScore, ReportData, SampleList
from regulars.flows import write_whole
from regulars.kernel import StoreError, divide_half_up

from . import _figures as figures
from . import _text as text
from ._charts import Chart
from ._fonts import page_fonts, register_chart_fonts

_PICTURE_DPI = 130
BASIS_WORDS = {Basis.RECORDED: "recorded", Basis.ASSUMED: "assumed", Basis.SYNTHETIC: "synthetic"}


@dataclass(frozen=True)
class HtmlReport:
    """Makes the report page.

    Args:
        font_folder: Where the charts' fonts are kept; made at first use.
    """

    font_folder: Path

    def render(self, data: ReportData) -> bytes:
        """The page as UTF-8 HTML; the same data give the same bytes.

        Raises:
            StoreError: The fonts cannot be written.
        """
        register_chart_fonts(self.font_folder)
        page = page_environment().get_template("report.html.jinja")
        return page.render(**_context(data)).encode()

    def picture(self, pdf: Path, page: int) -> bytes:
        """One page of a PDF as a PNG file; see the port."""
        return page_png(pdf, page, dpi=_PICTURE_DPI)

    def write(self, data: ReportData, target: Path) -> bool:
        """Write the page; the file appears whole or not at all, and only when it is new; see the port."""
        page = self.render(data)
        try:
            if target.exists() and target.read_bytes() == page:
                return False
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(page, target)
        except OSError as error:
            raise StoreError(f"cannot write {target}: {error}", hint="check free space and permissions") from error
        return True


def _charts(data: ReportData) -> list[Chart]:
    charts = [
        replace(figures.due_needs_chart(data.due_needs, data.lists), basis=data.due_basis),
        replace(figures.due_departments_chart(data.due_departments), basis=data.due_basis),
        *(figures.cells_chart(category, number) for number, category in enumerate(data.cells, start=1)),
        figures.vendors_chart(data.money.vendors),
        figures.tiers_chart(data.money.tiers),
        figures.kinds_chart(data.money.kinds),
        figures.limits_chart(data.money.limits),
    ]
    if data.forecast is not None:
        charts += [figures.bought_of_ten_chart(data.forecast), figures.reliability_chart(data.forecast)]
    return charts


def _context(data: ReportData) -> dict[str, Any]:
    return {
        "report": data,
        "bases": Basis,
        "charts": {chart.name: chart for chart in _charts(data)},
        "synthetic": [ground for ground in data.grounds if ground.basis is Basis.SYNTHETIC],
        "assumptions": [ground for ground in data.grounds if ground.basis is Basis.ASSUMED],
        "money_basis": Basis.ASSUMED if data.head.demonstration else None,
        "data_rows": _data_rows(data.data),
        "store_pays": text.rest_text(data.lists.expected_face_cents, data.lists.expected_vendor_cents),
        "per_list": lambda cents: _per(cents, data.lists.lists),
        "fonts": page_fonts(),
        "style": Markup(template_source("report.css")),  # noqa: S704 - shipped with the program
        "version": metadata.version("regulars"),
    }


def _per(cents: int, count: int) -> int:
    return divide_half_up(cents, count) if count else 0


def _data_rows(data: DataFigures) -> list[tuple[str, str]]:
    counts = [
        ("Till lines", data.lines),
        ("of them without a card", data.cardless_lines),
        ("of them with a product in no product file", data.unknown_product_lines),
        ("Days with sales", data.days),
        ("Stores", data.stores),
        ("Products sold", data.products),
        ("Rows refused", sum(rows for _, rows in data.findings)),
    ]
    return [(name, text.count_text(count)) for name, count in counts]


@cache
def page_environment() -> jinja2.Environment:
    """What the package's pages are rendered with."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(template_source), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters |= {
        "base64": lambda data: base64.b64encode(data).decode("ascii"),
        "basis": lambda basis: BASIS_WORDS[basis],
        "count": text.count_text,
        "day": text.day_text,
        "decimal": text.decimal_text,
        "measure": text.measure_text,
        "money": text.money_text,
        "percent": text.percent_text,
        "share": text.share_text,
        "picture": lambda chart, width: Markup(chart.svg(width)),  # noqa: S704 - drawn by our own renderer, text escaped
        "spec": _embedded,
    }
    environment.globals |= {
        "last_day": lambda until_on: until_on - timedelta(days=1),
        "measures": _measures,
        "per": _per,
        "sample_id": _sample_id,
        "share_of": text.share_of,
        "str_type": str,
    }
    environment.tests["recorded"] = lambda basis: basis is Basis.RECORDED
    return environment


def template_source(name: str) -> str:
    """A file of ``templates/``."""
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def _embedded(chart: Chart) -> Markup:
    """A spec as JSON that cannot end the script element it stands in."""
    return Markup(json.dumps(chart.spec(), ensure_ascii=False).replace("<", "\\u003c"))  # noqa: S704 - see above


def _measures(score: LevelScore) -> list[tuple[str, str]]:
    """The small print for the analyst: name and value."""
    return [
        ("precision at 10", text.measure_text(score.precision_10)),
        ("hit rate at 10", text.measure_text(score.hit_rate_10)),
        ("recall at 20", text.measure_text(score.recall_20)),
        ("NDCG at 10", text.measure_text(score.ndcg_10)),
        ("log-loss", text.measure_text(score.log_loss)),
        ("Brier", text.measure_text(score.brier)),
        ("calibration error", text.measure_text(score.calibration_error)),
    ]


def _sample_id(sample: SampleList) -> str:
    return f"sample-{sample.file.removesuffix('.pdf')}-{sample.page}"
