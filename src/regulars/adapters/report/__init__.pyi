from ._charts import Chart, ChartColumn, drawn_svg
from ._evaluation import beside_text, evaluation_page, write_evaluation
from ._fonts import page_fonts, register_chart_fonts
from ._page import HtmlReport

__all__ = [
    "Chart",
    "ChartColumn",
    "HtmlReport",
    "beside_text",
    "drawn_svg",
    "evaluation_page",
    "page_fonts",
    "register_chart_fonts",
    "write_evaluation",
]
