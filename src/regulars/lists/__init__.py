"""A plan becomes one frozen list document per household.

In: plan, forecast, prices, layout. Out: documents, the page's data, the manifest.
Rules: a document holds every text; no medium computes.
Not here: Typst, mail (adapters).
"""

from ._codes import bars_path, code_128_runs, grid_path, module_points
from ._metrics import Face, Fitted, TextMeasure
from ._page import PAGE_FRAME, Page, build_page
from ._settings import PageColours, PageSettings, PageTexts, Paper

__all__ = [
    "PAGE_FRAME",
    "Face",
    "Fitted",
    "Page",
    "PageColours",
    "PageSettings",
    "PageTexts",
    "Paper",
    "TextMeasure",
    "bars_path",
    "build_page",
    "code_128_runs",
    "grid_path",
    "module_points",
]
