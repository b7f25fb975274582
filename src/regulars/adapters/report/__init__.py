"""The report page: one HTML file that opens from disk, with charts as pictures and tables beneath.

In: ReportData. Out: the bytes of the page.
Rules: nothing is counted here; the same data give the same bytes; no script runs and no address is called.
Not here: where the figures come from (flows), what a list looks like (lists, Typst).
"""

from ._charts import Chart, ChartColumn
from ._evaluation import evaluation_page, write_evaluation
from ._page import HtmlReport

__all__ = [
    "Chart",
    "ChartColumn",
    "HtmlReport",
    "evaluation_page",
    "write_evaluation",
]
