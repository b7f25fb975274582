"""The page about past forecasts: of what we said, this came true."""

from __future__ import annotations

from pathlib import Path

import jinja2

from regulars.flows import ForecastComparison, write_whole
from regulars.kernel import StoreError


def evaluation_page(comparison: ForecastComparison, store_name: str) -> bytes:
    """The page as UTF-8 HTML; it needs nothing from elsewhere, and the same figures give the same bytes.

    Args:
        comparison: What came true.
        store_name: Whose forecasts they are.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("regulars.adapters.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    own = list(comparison.qualities[: len(comparison.days_on)])
    page = environment.get_template("evaluation.html.jinja")
    return page.render(comparison=comparison, own=own, store_name=store_name).encode()


def write_evaluation(comparison: ForecastComparison, store_name: str, target: Path) -> None:
    """Write the page; the file appears whole or not at all.

    Args:
        comparison: What came true.
        store_name: Whose forecasts they are.
        target: The file.

    Raises:
        StoreError: The disk failed.
    """
    try:
        write_whole(evaluation_page(comparison, store_name), target)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}") from error
