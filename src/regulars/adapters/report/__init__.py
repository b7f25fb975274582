"""The report page: one HTML file that opens from disk, with charts as pictures and tables beneath.

In: ReportData. Out: the bytes of the page.
Rules: nothing is counted here; the same data give the same bytes; no script runs and no address is called.
Not here: where the figures come from (flows), what a list looks like (lists, Typst).
"""

from ._charts import Chart, ChartColumn, drawn_svg
from ._evaluation import evaluation_page, write_evaluation
from ._fonts import page_fonts, register_chart_fonts
from ._page import HtmlReport

__all__ = [
    "Chart",
    "ChartColumn",
    "HtmlReport",
    "drawn_svg",
    "evaluation_page",
    "page_fonts",
    "register_chart_fonts",
    "write_evaluation",
]
