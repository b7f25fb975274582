"""A plan becomes one frozen list document per household.

In: plan, forecast, prices, layout. Out: documents, the page's data, the manifest.
Rules: a document holds every text; no medium computes.
Not here: Typst, mail (adapters).
"""

from ._codes import bars_path, code_128_runs, grid_path, module_points
from ._documents import LineFacts, ListAddress, ListHead, SpecialFacts, build_document
from ._metrics import Face, Fitted, TextMeasure
from ._page import PAGE_FRAME, Page, build_page
from ._settings import GREY, READABLE, Logo, PageColours, PageSettings, PageTexts, Paper, contrast
from ._words import maker_name, money

__all__ = [
    "GREY",
    "PAGE_FRAME",
    "READABLE",
    "Face",
    "Fitted",
    "LineFacts",
    "ListAddress",
    "ListHead",
    "Logo",
    "Page",
    "PageColours",
    "PageSettings",
    "PageTexts",
    "Paper",
    "SpecialFacts",
    "TextMeasure",
    "bars_path",
    "build_document",
    "build_page",
    "code_128_runs",
    "contrast",
    "grid_path",
    "maker_name",
    "module_points",
    "money",
]
