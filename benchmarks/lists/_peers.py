"""What others print: the same pages by ReportLab on our layout, and the same texts set by WeasyPrint itself.

Both are of the benchmark alone (``make bench-lists`` installs them). ReportLab is given our layout and draws what
`DirectPrinter` draws, without kerning and with one font a text; WeasyPrint gets the document as a page of HTML with
floats, which is quicker there than flex boxes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from regulars.adapters import qr_rows
from regulars.adapters._direct import PageDrawer
from regulars.adapters._fonts import cut_files, make_fonts, text_measure
from regulars.contracts import ListDocument
from regulars.lists import Face, PageSettings, build_page


@dataclass(frozen=True)
class Peer:
    """What another program came to: pages a CPU second, layout included."""

    name: str
    pages: int
    pages_per_cpu_second: float
    kilobytes_per_page: float


def measure_peers(
    documents: Sequence[ListDocument], few: int, settings: PageSettings, font_folder: Path, folder: Path
) -> list[Peer]:
    """Print with both, WeasyPrint the first `few` documents only; the process should be one of its own."""
    return [
        _timed("ReportLab", documents, folder / "reportlab.pdf", _reportlab(settings, font_folder)),
        _timed("WeasyPrint", documents[:few], folder / "weasyprint.pdf", _weasyprint(settings)),
    ]


_Print = Callable[[Sequence[ListDocument], Path], None]


def _timed(name: str, documents: Sequence[ListDocument], target: Path, run: _Print) -> Peer:
    begin = time.process_time()
    run(documents, target)
    seconds = time.process_time() - begin
    pages = len(documents)
    return Peer(name, pages, round(pages / seconds, 1), round(target.stat().st_size / pages / 1000, 1))


def _reportlab(settings: PageSettings, font_folder: Path) -> _Print:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    make_fonts(font_folder)
    measure = text_measure(font_folder, None)
    for face, path in cut_files(font_folder, None).items():
        pdfmetrics.registerFont(TTFont(face.name, str(path)))

    def run(documents: Sequence[ListDocument], target: Path) -> None:
        canvas = _ReportLab(target, settings.paper.size_points)
        drawer = PageDrawer(settings, measure, canvas, live=True)
        for document in documents:
            drawer.draw(build_page(document, qr_rows(document.qr_payload), settings, measure).data)
        canvas.save()

    return run


class _ReportLab:
    """The calls of our canvas, on ReportLab's."""

    def __init__(self, target: Path, size: tuple[float, float]) -> None:
        from reportlab.lib.colors import HexColor
        from reportlab.pdfbase.pdfmetrics import stringWidth
        from reportlab.pdfgen.canvas import Canvas

        self._height = size[1]
        self._canvas = Canvas(str(target), pagesize=size)
        self._colour, self._string_width = HexColor, stringWidth
        self.save = self._canvas.save

    def begin(self) -> None:
        """Nothing is kept between pages."""

    def finish(self) -> bytes:
        self._canvas.showPage()
        return b""

    def drawn(self, of: object, size: float, x: float, y: float, draw: Callable[[], None]) -> None:
        del of, size
        self._canvas.saveState()
        self._canvas.translate(x, -y)
        draw()
        self._canvas.restoreState()

    def width(self, face: Face, text: str, size: float) -> float:
        return float(self._string_width(text, face.name, size))

    def text(
        self, face: Face, text: str, size: float, x: float, base: float, ink: str,
        *, align: float = 0.0, tracking: float = 0.0,
    ) -> float:  # fmt: skip
        width = self.width(face, text, size) + tracking * len(text)
        self._canvas.setFont(face.name, size)
        self._canvas.setFillColor(self._colour(ink))
        self._canvas.drawString(x - align * width, self._height - base, text, charSpace=tracking)
        return width

    def line(self, x: float, y: float, to_x: float, to_y: float, width: float, ink: str) -> None:
        self._canvas.setLineWidth(width)
        self._canvas.setStrokeColor(self._colour(ink))
        self._canvas.line(x, self._height - y, to_x, self._height - to_y)

    def box(
        self, x: float, y: float, width: float, height: float,
        *, fill: str = "", stroke: float = 0.0, ink: str = "", radius: float = 0.0,
    ) -> None:  # fmt: skip
        if fill:
            self._canvas.setFillColor(self._colour(fill))
        if stroke:
            self._canvas.setStrokeColor(self._colour(ink))
            self._canvas.setLineWidth(stroke)
        self._canvas.roundRect(x, self._height - y - height, width, height, radius, bool(stroke), bool(fill))

    def clipped_box(
        self, x: float, y: float, width: float, height: float, radius: float, part: float, fill: str
    ) -> None:
        del width
        self.box(x, y, part, height, fill=fill, radius=radius)

    def shade(self, x: float, y: float, width: float, height: float, inside: tuple[float, ...]) -> None:
        del inside
        self.box(x, y, width, height, fill="#404040")

    def disc(self, x: float, y: float, radius: float, ink: str) -> None:
        self.box(x - radius, y - radius, 2 * radius, 2 * radius, fill=ink, radius=radius)

    def polygon(self, corners: Sequence[tuple[float, float]], ink: str) -> None:
        path = self._canvas.beginPath()
        for place, (x, y) in enumerate(corners):
            (path.lineTo if place else path.moveTo)(x, self._height - y)
        self._canvas.setFillColor(self._colour(ink))
        self._canvas.drawPath(path, stroke=0, fill=1)

    def path(self, steps: Any, x: float, y: float, ink: str, *, stroke: float = 0.0) -> None:
        """The leaf of the head: its corners, which is less than we draw."""
        self.polygon([(x + step[-2], y + step[-1]) for step in steps], ink if not stroke else "#ffffff")

    def modules(self, path: str, x: float, y: float, wide: float, high: float) -> None:
        self._canvas.setFillColor(self._colour("#000000"))
        outline = self._canvas.beginPath()
        for part in path.split("z")[:-1]:
            corner, run = part.removeprefix("M").split("h", 1)
            left, top = map(int, corner.split())
            length = int(run.split("v")[0])
            outline.rect(x + left * wide, self._height - y - (top + 1) * high, length * wide, high)
        self._canvas.drawPath(outline, stroke=0, fill=1)


_STYLE = """
@page { size: Letter; margin: 26pt } body { font: 10pt "Source Sans 3", sans-serif; margin: 0 }
.column { float: left; width: 31% } .column p { margin: 2pt 0 } .column b { float: right }
.tile { float: left; width: 24%; height: 50pt; border: 1pt solid #2f7d32; border-radius: 5pt; margin: 2pt }
.tile h3 { margin: 4pt 0; font-size: 12pt } .tile p { margin: 1pt 0; font-size: 8pt } h2 { clear: both; margin: 6pt 0 }
svg { width: 80pt } article { break-after: page }
"""


def _weasyprint(settings: PageSettings) -> _Print:
    def run(documents: Sequence[ListDocument], target: Path) -> None:
        from weasyprint import HTML

        pages = "".join(_html(document, settings) for document in documents)
        page = f"<html lang='en'><style>{_STYLE}</style><title>Lists</title>{pages}</html>"
        HTML(string=page).write_pdf(target, pdf_variant="pdf/ua-1")

    return run


def _html(document: ListDocument, settings: PageSettings) -> str:
    rows = [
        f"<p><b>{escape(line.price_text)}</b>{line.quantity} {escape(line.name)} {escape(line.size_text)}</p>"
        for section in document.sections
        for line in section.lines
    ]
    third = -(-len(rows) // 3)
    columns = [
        f"<div class='column'>{''.join(rows[start : start + third])}</div>" for start in range(0, 3 * third, third)
    ]
    tiles = [
        f"<div class='tile'><h3>{escape(one.headline)} {escape(one.headline_note)}</h3><p>{escape(one.name)}</p>"
        f"<p>{escape(one.detail)}</p><p>{escape(one.saving_text)}</p></div>"
        for one in document.specials
    ]
    dark = "".join(
        f"<rect x='{x}' y='{y}' width='1' height='1'/>"
        for y, row in enumerate(qr_rows(document.qr_payload))
        for x, one in enumerate(row)
        if one == "1"
    )
    square = f"<svg viewBox='0 0 40 40'>{dark}</svg>"
    head = f"<h1>{escape(settings.store_name)}</h1><p>{escape(document.validity_text)}</p>"
    foot = f"<h2>Codes</h2>{square}<p>{document.list_code}</p>"
    return f"<article>{head}{''.join(columns)}<h2>Specials</h2>{''.join(tiles)}{foot}</article>"
