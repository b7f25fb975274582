"""The Printer port for a print house: the same pages as Typst sets, drawn straight into PDF, many a second.

The layout (`regulars.lists`) has measured everything; this file only puts it on paper, as `typst/list.typ` does. Fonts
are embedded once a file, and every text is shaped once. The pages carry no tags: they are for printing, not for a
screen reader. A test compares both ways picture by picture and text by text.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tempfile
from dataclasses import asdict, dataclass, replace
from functools import cache, cached_property, partial
from importlib import metadata
from math import cos, pi, sin
from pathlib import Path
from typing import Any

import typst
from PIL import Image

from regulars.contracts import Finding, ListBatch
from regulars.flows import whole_file
from regulars.kernel import ContractError, StoreError
from regulars.lists import PAGE_FRAME, Face, PageSettings, TextMeasure, build_page

from ._canvas import Canvas
from ._fonts import EAST_ASIAN_FILE, cut_files, make_fonts, text_measure
from ._pdf_file import PdfFile, add_font
from ._shaping import ShapedFace
from ._typst import brand_texts, head_findings, head_sizes, qr_rows

BATCH_MAX = 1_000
_RULE_ROOM = 3.0
_LOGO_DPI = 600
_F = PAGE_FRAME


@dataclass(frozen=True)
class DirectPrinter:
    """Prints lists fast and untagged. A plain value: it can be sent to another process.

    Args:
        settings: The store's page.
        font_folder: Where the static fonts are kept; made at first use.
        own_fonts: Folder of the store's own cuts, named by what they are; None for the shipped ones alone.
    """

    settings: PageSettings
    font_folder: Path
    own_fonts: Path | None = None

    @property
    def pages_per_list(self) -> int:
        """Always one: large print is set by Typst."""
        return 1

    @cached_property
    def fingerprint(self) -> str:
        """Digest of all that shapes a page besides its document."""
        parts = ["direct", json.dumps(asdict(self.settings), sort_keys=True), json.dumps(PAGE_FRAME)]
        parts += [self.own_fonts.name] if self.own_fonts else []
        names = ("regulars", "uharfbuzz", "fontpkg-figtree", "fontpkg-source-sans-3", "noto-cjk-sans-jp-regular")
        parts += [metadata.version(name) for name in names]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def render(self, batch: ListBatch, target: Path) -> tuple[Finding, ...]:
        """Write one PDF; see the port.

        Args:
            batch: At most a thousand documents.
            target: The file.

        Raises:
            ContractError: Large print or an own template is asked for, the batch is empty or too large, or a page
                cannot be laid out.
            StoreError: The disk failed.
        """
        if not 1 <= len(batch.documents) <= BATCH_MAX:
            raise ContractError(f"{batch.file}: {len(batch.documents)} lists, expected 1 to {BATCH_MAX} in a file")
        if self.settings.large_print or self.settings.template:
            what = "in large print" if self.settings.large_print else "with a store's own template"
            raise ContractError(
                f"{batch.file}: a print house's pages are not made {what}",
                hint="print without --print-house: tagged pages have it",
            )
        make_fonts(self.font_folder)
        measure = text_measure(self.font_folder, self.own_fonts)
        findings: list[Finding] = []
        try:
            with whole_file(target) as part, part.open("wb") as stream:
                pdf = PdfFile(stream)
                resources = pdf.number()
                canvas = Canvas(self.settings.paper.size_points[1], _faces(self.font_folder, self.own_fonts))
                drawer = PageDrawer(self.settings, measure, canvas, live=batch.live)
                findings += head_findings(batch.file, drawer.head_sizes)
                for number, document in enumerate(batch.documents, start=1):
                    page = build_page(document, qr_rows(document.qr_payload), self.settings, measure)
                    pdf.add_page(drawer.draw(page.data), self.settings.paper.size_points, resources)
                    findings += [replace(finding, file=batch.file, line=number) for finding in page.findings]
                drawer.add_resources(pdf, resources)
                pdf.finish(drawer.texts["title"], self.settings.language)
        except OSError as error:
            raise StoreError(f"cannot write {target}: {error}", hint="check free space and permissions") from error
        return tuple(findings)


@cache
def _faces(folder: Path, own: Path | None) -> dict[Face, ShapedFace]:
    faces = {
        face: ShapedFace(
            path.stem if path.parent == folder else f"Store-{path.stem}", path, whole=path.parent == folder
        )
        for face, path in cut_files(folder, own).items()
    }
    return {**faces, Face.EAST_ASIAN: ShapedFace(EAST_ASIAN_FILE.stem, EAST_ASIAN_FILE)}


class PageDrawer:
    """Draws pages of one store on a canvas; what they share is prepared once.

    Args:
        settings: The store's page.
        measure: Knows the fonts.
        canvas: Takes what is drawn.
        live: Whether the register knows the codes on the pages.
    """

    def __init__(self, settings: PageSettings, measure: TextMeasure, canvas: Canvas, *, live: bool) -> None:
        self.settings = settings
        self.texts = brand_texts(settings, measure, live=live)
        self.head_sizes = head_sizes(settings, self.texts, measure)
        self.inks = settings.inks
        self.width, self.height = settings.paper.size_points
        self.left = _F["margin_side"]
        self.right = self.width - _F["margin_side"]
        self.canvas = canvas
        self.logo = _logo_picture(settings) if settings.logo else None

    def draw(self, page: dict[str, Any]) -> bytes:
        """One page's content stream."""
        canvas, y = self.canvas, _F["margin_top"]
        canvas.begin()
        if page["proof"]:
            self._proof()
        self._header(page, y)
        y += _F["header"] + _F["after_header"]
        self._band(page["band"], y)
        y += _F["band"] + _F["after_band"]
        self._columns(page, y)
        y += page["area"]
        if page["tiles"]:
            y = self._specials(page, y + _F["before_specials"])
        y = self._strip(page["strip"], y)
        y += _F["before_foot"]
        self._foot(page["foot"], y)
        y += _F["foot"] + _F["before_notes"]
        for note in page["notes"]:
            canvas.text(Face.TEXT, note, _F["note_size"], self.left, y + 0.66 * _F["note_size"], self.inks.quiet)
            y += _F["note_leading"]
        return canvas.finish()

    def add_resources(self, pdf: PdfFile, number: int) -> None:
        """Fonts, the logo and the pale ink of a proof, as every page names them."""
        fonts = "".join(
            f"/{name} {add_font(pdf, face, used)} 0 R" for name, face, used in self.canvas.used_faces()
        )
        states = "/GSp <</ca 0.12>>/GSd <</ca 0.18>>/GSo <</ca 1>>"
        pictures = ""
        if self.logo is not None:
            red_green_blue, alpha = self.logo
            size = f"/Width {alpha.width}/Height {alpha.height}/BitsPerComponent 8"
            mask = pdf.add_stream(alpha.tobytes(), f"/Type/XObject/Subtype/Image{size}/ColorSpace/DeviceGray")
            entries = f"/Type/XObject/Subtype/Image{size}/ColorSpace/DeviceRGB/SMask {mask} 0 R"
            pictures = f"/XObject<</Logo {pdf.add_stream(red_green_blue.tobytes(), entries)} 0 R>>"
        pdf.add(f"<</Font<<{fonts}>>/ExtGState<<{states}>>{pictures}>>", number)

    # -- Parts of the page, from top to bottom --

    def _header(self, page: dict[str, Any], y: float) -> None:
        canvas, inks, texts = self.canvas, self.inks, self.texts
        canvas.drawn("head of every page", 0, 0, y, self._store)
        lines, gap = page["validity"], 8 if len(page["validity"]) == 1 else 4
        base = y + (36 - (len(lines) * 0.66 * 9.5 + (len(lines) - 1) * 4 + gap + 0.66 * 9)) / 2
        for place, line in enumerate(lines):
            base += 0.66 * 9.5 + (4 if place else 0)
            canvas.text(Face.STRONG, line, 9.5, self.right, base, inks.ink, align=1.0)
        base += gap + 0.66 * 9
        canvas.text(Face.TEXT, page["number"], 9, self.right, base, inks.quiet, align=1.0)
        if page["proof"]:
            x = self.right - canvas.width(Face.TEXT, page["number"], 9)
            note = texts["proof_note"] + " · "
            canvas.text(Face.STRONG, note, 9, x, base, inks.due, align=1.0)

    def _store(self) -> None:
        """The store's mark, name and address, at the top edge."""
        canvas, inks, texts, y = self.canvas, self.inks, self.texts, 0.0
        if self.logo is not None:
            canvas.picture("Logo", self.left, y, 36, 36)
        else:
            self._leaf(self.left, y)
        x = self.left + 50
        size, small, lines = (self.head_sizes[name] for name in ("store_size", "address_size", "store_lines"))
        step = 0.7 * size + self.head_sizes["store_leading"]
        below = (len(lines) - 1) * step + (8 + 0.66 * small if texts["address"] else 0)
        base = y + (36 + 0.7 * size - below) / 2
        for place, line in enumerate(lines):
            canvas.text(Face.DISPLAY, line, size, x, base + place * step, inks.brand)
        base += (len(lines) - 1) * step
        if texts["address"]:
            canvas.text(Face.TEXT, texts["address"], small, x, base + 8 + 0.66 * small, inks.quiet)

    def _leaf(self, x: float, y: float) -> None:
        canvas = self.canvas
        canvas.box(x, y, 36, 36, fill=self.inks.brand, radius=8)
        canvas.path(
            [("M", 9, 24), ("C", 5.5, 12, 15, 7.5, 29, 8), ("C", 30, 22.5, 23, 31, 12, 26.6)], x, y, "#ffffff"
        )
        canvas.path([("M", 11.4, 25.4), ("Q", 15, 18.5, 23, 14)], x, y, self.inks.brand, stroke=1.5)
        canvas.path([("M", 8.4, 29.4), ("Q", 9.2, 27.4, 10.4, 25.6)], x, y, "#ffffff", stroke=1.7)

    def _band(self, band: dict[str, Any], y: float) -> None:
        canvas, height = self.canvas, _F["band"]
        canvas.box(self.left, y, self.right - self.left, height, fill=self.inks.brand, radius=6)
        x = self.left + _F["band_padding"]
        base = y + (height + 0.66 * band["size"]) / 2
        x += canvas.text(Face.STRONG, band["name"], band["size"], x, base, "#ffffff")
        if band["subtitle"]:
            canvas.text(Face.TEXT, band["subtitle"], _F["subtitle_size"], x + 10, base, "#ffffff")
        base = y + (height + 0.7 * _F["saving_size"]) / 2
        x = self.right - _F["band_padding"]
        canvas.text(Face.DISPLAY, band["saving"], _F["saving_size"], x, base, self.inks.accent, align=1.0)

    def _columns(self, page: dict[str, Any], top: float) -> None:
        columns = page["columns"]
        width = (self.right - self.left - (len(columns) - 1) * _F["gutter"]) / len(columns)
        for place, column in enumerate(columns):
            x, y = self.left + place * (width + _F["gutter"]), top
            for block in column:
                y = self._section(block, x, y + block["gap"], width)

    def _section(self, block: dict[str, Any], x: float, y: float, width: float) -> float:
        canvas, inks = self.canvas, self.inks
        named = f"{block['title']} | {block['place']} | {block['title_size']}"
        canvas.drawn(named, block["heading"], x, y, partial(self._heading, block, width))
        y += block["heading"]
        for row in block["rows"]:
            self._item(row, x, y + (block["pitch"] - 0.66 * row["size"]) / 2, width)
            y += row["height"]
        for _ in range(block.get("write_in", 0)):
            y += block["pitch"]
            self._check_box(x, y - 5)
            canvas.line(x + _F["check_box"], y - 3.7, x + width, y - 3.7, 0.6, inks.rule)
        return y

    def _heading(self, block: dict[str, Any], width: float) -> None:
        canvas, inks, y = self.canvas, self.inks, block["heading"]
        canvas.text(Face.DISPLAY, block["title"], block["title_size"], 0, y - 6, inks.brand)
        canvas.text(Face.TEXT, block["place"], 8.5, width, y - 6, inks.quiet, align=1.0)
        canvas.line(0, y - 2, width, y - 2, 1.1, inks.brand)

    def _check_box(self, x: float, base: float) -> None:
        self.canvas.box(x, base + 1.3 - 9, 9, 9, stroke=0.9, ink=self.inks.brand, radius=2)

    def _item(self, row: dict[str, Any], left: float, top: float, width: float) -> None:
        self.canvas.drawn(row, width, left, top, partial(self._drawn_item, row, 0, 0, width))

    def _drawn_item(self, row: dict[str, Any], left: float, top: float, width: float) -> None:
        canvas, inks, size = self.canvas, self.inks, row["size"]
        base = top + 0.66 * size
        self._check_box(left, base)
        for place, line in enumerate(row["lines"]):
            x = left + _F["check_box"]
            for face, text, part, ink in (
                (Face.STRONG, line["strong"], size, inks.ink),
                (Face.TEXT, line["name"], size, inks.ink),
                (Face.TEXT, line["small"], 0.82 * size, inks.quiet),
            ):
                if text:
                    x += canvas.text(face, text, part, x, base, ink) + canvas.width(Face.TEXT, " ", size)
            if place == len(row["lines"]) - 1 and row["star"]:
                self._star(x - canvas.width(Face.TEXT, " ", size) + 3, base, 9.5, inks.star)
            if place == 0:
                canvas.text(Face.TEXT, row["price"], row["price_size"], left + width, base, inks.quiet, align=1.0)
            base += 1.18 * size

    def _specials(self, page: dict[str, Any], y: float) -> float:
        canvas, inks = self.canvas, self.inks
        base = y + _F["specials_title"] - 7
        x = self.left + canvas.text(Face.DISPLAY, page["specials_title"], 14.5, self.left, base, inks.brand) + 8
        if page["specials_note"]:
            x += canvas.text(Face.TEXT, page["specials_note"], 9, x, base, inks.quiet) + 6
        if page["specials_star"]:
            self._star(x, base, 9.5, inks.star)
            canvas.text(Face.TEXT, page["specials_star"], 9, x + 12.5, base, inks.quiet)
        y += _F["specials_title"]
        width = (self.right - self.left - 3 * _F["tile_gap"]) / 4
        height, gap = page["tile_height"], _F["tile_gap"]
        for place, tile in enumerate(page["tiles"]):
            x, top = self.left + place % 4 * (width + gap), y + place // 4 * (height + gap)
            canvas.drawn(tile, height, x, top, partial(self._tile, tile, 0, 0, width, height))
        rows = -(-len(page["tiles"]) // 4)
        return float(y + rows * (height + gap) - gap)

    def _tile(self, tile: dict[str, Any], x: float, y: float, width: float, height: float) -> None:
        canvas, inks = self.canvas, self.inks
        panel, ink, ground, edge, stroke = {
            "due": (inks.due, "#ffffff", inks.due_tint, inks.star, 0.9),
            "suggestion": (inks.brand_tint, inks.brand, "#ffffff", inks.rule, 0.7),
        }.get(tile["kind"], (inks.usual, "#ffffff", "#ffffff", inks.usual, 0.9))
        canvas.box(x, y, width, height, fill=ground, radius=5)
        canvas.clipped_box(x, y, width, height, 5, tile["panel"], panel)
        if tile["kind"] != "suggestion":
            canvas.shade(x, y + height - 12.5, tile["panel"], 12.5, (x, y, width, height, 5))
        headline, note = tile["headline"], tile["note"]
        used = 0.7 * (headline["size"] + note["size"]) + 5
        base = y + (height - 12.5 - used) / 2 + 0.7 * headline["size"]
        centre = x + tile["panel"] / 2
        canvas.text(Face.DISPLAY, headline["text"], headline["size"], centre, base, ink, align=0.5)
        base += 5 + 0.7 * note["size"]
        canvas.text(Face.HEADING, note["text"], note["size"], centre, base, ink, align=0.5)
        self._mark(tile, centre, y + height - 6.25 + 0.35 * tile["mark"]["size"], ink)
        name = tile["name"]
        base = y + 5.8 + 0.66 * name["size"]
        x += tile["panel"] + 6
        for line in name["lines"]:
            canvas.text(Face.STRONG, line, name["size"], x, base, inks.ink)
            base += 1.08 * name["size"]
        base = y + height - 5.4
        saving = tile["saving"]
        canvas.text(
            Face.STRONG, saving["text"], saving["size"], x, base, inks.due if tile["kind"] == "due" else inks.brand
        )
        base -= 0.66 * saving["size"] + 3.1
        for small in reversed(tile["small"]):
            canvas.text(Face.TEXT, small["text"], small["size"], x, base, inks.quiet)
            base -= 0.66 * small["size"] + 3.1
        x -= tile["panel"] + 6
        inset = stroke / 4  # Typst clips the outer half of the line away
        canvas.box(
            x + inset,
            y + inset,
            width - 2 * inset,
            height - 2 * inset,
            stroke=stroke / 2,
            ink=edge,
            radius=5 - inset,
        )

    def _mark(self, tile: dict[str, Any], centre: float, base: float, ink: str) -> None:
        """The sign and the words at the foot of a tile's panel."""
        canvas, size = self.canvas, tile["mark"]["size"]
        sign = {"due": 8.0, "suggestion": 5.5}.get(tile["kind"], 6.5)
        wide = sign + 2.5 + canvas.width(Face.HEADING, tile["mark"]["text"], size)
        x = centre - wide / 2
        if tile["kind"] == "due":
            self._star(x, base, sign, self.inks.accent)
        elif tile["kind"] == "suggestion":
            self._diamond(x, base + 0.1 * sign, sign, self.inks.brand)
        else:
            canvas.disc(x + 0.4 * sign, base + 0.05 * sign - 0.4 * sign, 0.4 * sign, "#ffffff")
        canvas.text(Face.HEADING, tile["mark"]["text"], size, x + sign + 2.5, base, ink)

    def _star(self, x: float, base: float, size: float, ink: str) -> None:
        points = []
        for corner in range(10):
            radius, angle = (0.21, 0.5)[corner % 2 == 0], corner * pi / 5 - pi / 2
            points.append((x + (0.5 + radius * cos(angle)) * size, (0.5 + radius * sin(angle)) * size))
        top = base + 0.17 * size - max(y for _, y in points)
        self.canvas.polygon([(px, top + py) for px, py in points], ink)

    def _diamond(self, x: float, bottom: float, size: float, ink: str) -> None:
        half = size / 2
        corners = [(x + half, bottom - size), (x + size, bottom - half), (x + half, bottom), (x, bottom - half)]
        self.canvas.polygon(corners, ink)

    def _strip(self, lines: list[dict[str, Any]], y: float) -> float:
        """What stands over the foot; where it ends."""
        if lines:
            y += _F["before_strip"]
        for line in lines:
            y += _F["strip_leading"]
            wide = self.canvas.text(Face.STRONG, line["title"], line["size"], self.left, y, self.inks.brand)
            x = self.left + wide + _F["strip_gap"]
            self.canvas.text(Face.TEXT, line["text"], line["size"], x, y, self.inks.ink)
        return y

    def _foot(self, foot: dict[str, Any], y: float) -> None:
        self._how(foot["how"], y)
        canvas, bars, qr = self.canvas, foot["bars"], foot["qr"]
        x = self.left + foot["how"]["width"] + _F["foot_gap"]
        width = bars["modules"] * bars["module"]
        centre = x + bars["quiet"] + width / 2
        base = self._captions(bars["scan"], centre, y + 4)
        top = base + 8
        canvas.modules(bars["path"], x + bars["quiet"], top, bars["module"], bars["height"])
        size = bars["digits_size"]
        base = top + bars["height"] + 6 + 0.66 * size
        canvas.text(Face.TEXT, bars["digits"], size, centre, base, self.inks.ink, align=0.5, tracking=0.057 * size)
        x += width + 2 * bars["quiet"] + _F["foot_gap"]
        inset = (qr["width"] - qr["modules"] * qr["module"]) / 2
        canvas.modules(qr["path"], x + inset, y + inset, qr["module"], qr["module"])
        self._captions(qr["phone"], x + qr["width"] / 2, y + qr["width"] + 2)

    def _captions(self, lines: list[str], centre: float, y: float) -> float:
        """Small lines in the middle of a column; the base of the last."""
        base = y + 0.66 * 8.4
        for place, line in enumerate(lines):
            base += (0.66 * 8.4 + 3) if place else 0.0
            self.canvas.text(Face.TEXT, line, 8.4, centre, base, self.inks.quiet, align=0.5)
        return base

    def _how(self, how: dict[str, Any], y: float) -> None:
        canvas, inks, padding = self.canvas, self.inks, _F["foot_padding"]
        canvas.box(self.left, y, how["width"], _F["foot"], fill=inks.brand_tint, radius=6)
        x, right = self.left + padding, self.left + how["width"] - padding
        y += padding
        canvas.text(Face.DISPLAY, how["title"], 11, x, y + 7.7, inks.brand)
        y += _F["how_title"]
        small, size = _F["meal_small"], _F["how_size"]
        for meal in how["meals"]:
            base = y + 0.66 * meal["size"]
            canvas.text(Face.STRONG, meal["title"], meal["size"], x, base, inks.ink)
            canvas.text(Face.TEXT, meal["note"], small, right, base, inks.quiet, align=1.0)
            y += _F["how_leading"]
            canvas.text(Face.TEXT, meal["uses"], small, x, y + 0.66 * small, inks.quiet)
            y += _F["meal_small_leading"]
        if how["meals"] and how["steps"]:
            canvas.line(x, y, right, y, 0.6, inks.brand)
            y += _RULE_ROOM
        for number, lines in enumerate(how["steps"], start=1):
            if how["meals"]:
                self._diamond(x, y + 0.66 * size + 0.1 * 4.5, 4.5, inks.brand)
            else:
                canvas.text(Face.DISPLAY, str(number), size, x, y + 0.7 * size, inks.brand)
            for line in lines:
                canvas.text(Face.TEXT, line, size, x + 12, y + 0.7 * size, inks.ink)
                y += _F["how_leading"]
        if how["reasons"]:
            gap = _F["how_leading"] - 0.66 * size
            y += _F["why_title"] - (gap if how["steps"] else 0)
            canvas.text(Face.DISPLAY, self.texts["why_title"], 9, x, y - gap - 2, inks.brand)
        for reason in how["reasons"]:
            base = y + 0.66 * reason["size"]
            self._diamond(x, base + 0.1 * 4.5, 4.5, inks.brand)
            canvas.text(Face.TEXT, reason["sentence"], reason["size"], x + 12, base, inks.ink)
            y += _F["how_leading"]

    def _proof(self) -> None:
        middle = (_F["margin_top"] + self.height - _F["margin_bottom"]) / 2 - 60
        self.canvas.stamp(Face.DISPLAY, self.texts["proof"], 150, self.width / 2, middle, -28, self.inks.due)


def _logo_picture(settings: PageSettings) -> tuple[Image.Image, Image.Image]:
    """The logo as Typst draws it, 36 points square at 600 dots an inch: its colours and how much it covers."""
    assert settings.logo is not None
    with tempfile.TemporaryDirectory(prefix="regulars-logo-") as name:
        folder = Path(name)
        file = f"logo.{settings.logo.format}"
        (folder / file).write_bytes(base64.b64decode(settings.logo.content))
        page = "#set page(width: 36pt, height: 36pt, margin: 0pt, fill: none)\n"
        (folder / "logo.typ").write_text(f'{page}#image("{file}", width: 36pt, height: 36pt, fit: "contain")')
        png = typst.compile(folder / "logo.typ", root=folder, format="png", ppi=_LOGO_DPI)
    with Image.open(io.BytesIO(png)) as image:
        whole = image.convert("RGBA")
    return whole.convert("RGB"), whole.getchannel("A")
