"""The Printer port on Typst: list documents become tagged PDF/UA-1 pages, same input, same bytes."""

from __future__ import annotations

import base64
import ctypes
import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache, cached_property
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import typst
import zxingcpp

from regulars.contracts import Finding, ListBatch, ListSpecial
from regulars.flows import write_whole
from regulars.kernel import ContractError, StoreError
from regulars.lists import PAGE_FRAME, Face, PageSettings, TextMeasure, build_page, lone_tile

from ._brand_fonts import own_families
from ._fonts import EAST_ASIAN_FOLDER, make_fonts, text_measure
from ._raster import read_symbols

BATCH_MAX = 50
_TIMESTAMP = 946_684_800
_COMPILES_KEPT = 11
_READ_DPI = 200
_HEAPS_MAX = -8
_TEMPLATE, _TILE = "list.typ", "tile.typ"
_STORE_NAME_STEPS = (
    *((float(size), 1) for size in range(20, 12, -1)),
    *((float(size), 2) for size in range(12, 7, -1)),
)
_STORE_LEADING = 0.5
"""Between the two lines of a long store name, in ems."""
_ADDRESS_STEPS = tuple((9.0 - 0.25 * step, 1) for step in range(16))


@dataclass(frozen=True)
class TypstPrinter:
    """Prints lists with one store's page.

    Typst remembers its last ten compiles for the whole process, 2 MB a page; after each batch eleven empty ones
    push them out, and what they held is given back: the process stays flat. A printer is a plain value: it can be
    sent to another process, which then has a cache of its own.

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
        """One, or two in large print."""
        return self.settings.sheet.pages

    @cached_property
    def fingerprint(self) -> str:
        """Digest of all that shapes a page besides its document: template, settings, library versions."""
        parts = [shipped_template(), json.dumps(asdict(self.settings), sort_keys=True), json.dumps(PAGE_FRAME)]
        parts += [self.own_fonts.name] if self.own_fonts else []
        parts += [
            metadata.version(name)
            for name in (
                "regulars", "typst", "fontpkg-figtree", "fontpkg-source-sans-3", "noto-cjk-sans-jp-regular"
            )
        ]  # fmt: skip
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def render(self, batch: ListBatch, target: Path) -> tuple[Finding, ...]:
        """Write one PDF: the pages of each document, in order; the file appears whole or not at all.

        Args:
            batch: At most 50 documents.
            target: The file.

        Returns:
            What had to give way; `file` is the batch's, `line` the page.

        Raises:
            ContractError: A batch is empty or too large, the number of pages is wrong, or on a store's own
                template a symbol cannot be read back.
            StoreError: The disk failed.
        """
        if not 1 <= len(batch.documents) <= BATCH_MAX:
            raise ContractError(f"{batch.file}: {len(batch.documents)} lists, expected 1 to {BATCH_MAX} in a file")
        make_fonts(self.font_folder)
        data, findings = self._pages(batch)
        try:
            pdf = _compiled(data, self.settings, typst_fonts(self.font_folder, self.own_fonts), batch.file)
            _check_pages(pdf, batch, self.pages_per_list)
            if self.settings.template:
                _check_symbols(pdf, batch, self.pages_per_list)
            write_whole(pdf, target)
        except OSError as error:
            raise StoreError(f"cannot write {target}: {error}", hint="check free space and permissions") from error
        return findings

    def tile_png(self, special: ListSpecial, *, dpi: int) -> bytes:
        """One special as the shipped page prints it, as a PNG file.

        Args:
            special: The special.
            dpi: Dots per inch of the picture.

        Raises:
            ContractError: It could not be set.
        """
        make_fonts(self.font_folder)
        measure = text_measure(self.font_folder, self.own_fonts)
        brand = _brand(self.settings, measure, self.own_fonts, live=False)
        content = {"brand": brand, "frame": _frame(self.settings), "pages": []}
        content["tile"] = lone_tile(special, self.settings, measure)
        data = json.dumps(content, ensure_ascii=False, sort_keys=True)
        with _project(data, replace(self.settings, template="")) as folder:
            (folder / _TILE).write_text(_shipped(_TILE), encoding="utf-8")
            fonts = typst_fonts(self.font_folder, self.own_fonts)
            try:
                png = typst.compile(
                    folder / _TILE, root=folder, font_paths=fonts, ignore_system_fonts=True, format="png", ppi=dpi,
                    sys_inputs={"data": "data.json"},
                )  # fmt: skip
            except typst.TypstError as error:
                raise ContractError(f"the tile could not be set: {error.message}") from error
        assert isinstance(png, bytes)
        return png

    def _pages(self, batch: ListBatch) -> tuple[str, tuple[Finding, ...]]:
        measure = text_measure(self.font_folder, self.own_fonts)
        pages: list[dict[str, Any]] = []
        findings: list[Finding] = []
        for place, document in enumerate(batch.documents):
            page = build_page(document, qr_rows(document.qr_payload), self.settings, measure)
            pages.append(page.data)
            findings += [
                replace(finding, file=batch.file, line=place * self.pages_per_list + 1)
                for finding in page.findings
            ]
        brand = _brand(self.settings, measure, self.own_fonts, live=batch.live)
        findings = [*head_findings(batch.file, brand), *findings]
        content = {
            "brand": brand,
            "frame": _frame(self.settings),
            "pages": pages,
        }
        return json.dumps(content, ensure_ascii=False, sort_keys=True), tuple(findings)


def qr_rows(payload: str) -> tuple[str, ...]:
    """Modules of the QR symbol of a payload, error correction M, without quiet zone; ``1`` is dark.

    Raises:
        ContractError: The payload does not fit a QR symbol.
    """
    try:
        symbol = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
        image = np.asarray(zxingcpp.write_barcode_to_image(symbol, scale=1, add_quiet_zones=False))
    except (ValueError, RuntimeError) as error:
        raise ContractError(f"no QR symbol for an address of {len(payload)} characters: {error}") from error
    dark = (image == 0).astype(np.uint8) + ord("0")
    return tuple(row.tobytes().decode("ascii") for row in dark)


def brand_texts(settings: PageSettings, measure: TextMeasure, *, live: bool) -> dict[str, str]:
    """Texts that every page of a file carries, in characters the fonts have.

    Args:
        settings: The store's page.
        measure: Knows the fonts.
        live: Whether the register knows the codes on the pages.
    """
    words = settings.texts
    address = " · ".join(part for part in (settings.address_line, settings.website) if part)
    texts = {
        "title": f"{words.title} · {settings.store_name}",
        "store_name": settings.store_name,
        "address": address,
        "why_title": words.why_title,
        "mark_alternative": words.mark_alternative.format(settings.store_name),
        "phone_alternative": words.phone_alternative,
        "proof": words.proof,
        "proof_note": words.note_of_proof(live=live),
    }
    return {key: measure.printable(text)[0] for key, text in texts.items()}


def _brand(settings: PageSettings, measure: TextMeasure, own_fonts: Path | None, *, live: bool) -> dict[str, Any]:
    logo = settings.logo.format if settings.logo else ""
    look = {"language": settings.language, "colours": asdict(settings.inks), "logo": logo}
    texts = brand_texts(settings, measure, live=live)
    return {**texts, **head_sizes(settings, texts, measure), **look, "fonts": _families(own_fonts)}


def _families(own_fonts: Path | None) -> dict[str, list[str]]:
    """Families of the page by role, the first that has a character prints it."""
    own = own_families(own_fonts) if own_fonts else set()
    reading = [*(["Store Text"] if "Store Text" in own else []), "Source Sans 3", "Noto Sans CJK JP"]
    heading = "Store Heading" if "Store Heading" in own else "Figtree"
    return {"reading": reading, "display": [heading, *reading]}


def head_sizes(settings: PageSettings, texts: Mapping[str, str], measure: TextMeasure) -> dict[str, Any]:
    """How the store's name and its address fit beside the days the list holds: sizes, and the lines of the name.

    Where the days have little room, a proof's note stands in place of the address.
    """
    room = settings.size_points[0] - 2 * settings.sheet.margin_side - 50 - settings.sheet.validity_width
    name = measure.fit(Face.DISPLAY, texts["store_name"], room, _STORE_NAME_STEPS)
    address = measure.fit(Face.TEXT, texts["address"], room, _ADDRESS_STEPS)
    return {
        "store_size": name.size,
        "store_lines": list(name.lines),
        "store_leading": _STORE_LEADING * name.size,
        "store_shortened": name.shortened,
        "address_size": address.size,
        "proof_at_left": measure.width(Face.STRONG, texts["proof_note"], 9.0) > settings.sheet.validity_width,
    }


def head_findings(file: str, sizes: Mapping[str, Any]) -> list[Finding]:
    """What had to give way at the head of every page of a file, told once, at its first."""
    if not sizes["store_shortened"]:
        return []
    return [Finding(file, 1, "store_name", "text-shortened", "the store's name was cut to fit two lines")]


def _frame(settings: PageSettings) -> dict[str, float]:
    width, height = settings.size_points
    sheet = {key: value for key, value in asdict(settings.sheet).items() if key != "tightest"}
    return {**PAGE_FRAME, **sheet, "width": width, "height": height}


@cache
def shipped_template() -> str:
    """The page as it comes: what a store begins its own with."""
    return _shipped(_TEMPLATE)


def _shipped(name: str) -> str:
    return resources.files("regulars.adapters").joinpath("typst", name).read_text(encoding="utf-8")


@cache
def typst_fonts(folder: Path, own: Path | None = None) -> typst.Fonts:
    """The fonts of a folder that `make_fonts` has filled, a store's own, the East Asian one; none of the machine's."""
    paths = [str(folder), str(EAST_ASIAN_FOLDER), *([str(own)] if own else [])]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)


@contextmanager
def _project(data: str, settings: PageSettings) -> Iterator[Path]:
    """A folder with the template, the data, the logo, and an empty file for eviction."""
    with tempfile.TemporaryDirectory(prefix="regulars-lists-") as name:
        folder = Path(name)
        (folder / _TEMPLATE).write_text(settings.template or shipped_template(), encoding="utf-8")
        (folder / "data.json").write_text(data, encoding="utf-8")
        (folder / "empty.typ").write_text("", encoding="utf-8")
        logo = settings.logo
        if logo is not None:
            (folder / f"logo.{logo.format}").write_bytes(base64.b64decode(logo.content))
        yield folder


def _compiled(data: str, settings: PageSettings, fonts: typst.Fonts, name: str) -> bytes:
    with _project(data, settings) as folder:
        compiler = typst.Compiler(folder / _TEMPLATE, root=folder, font_paths=fonts, ignore_system_fonts=True)
        try:
            pdf, warnings = compiler.compile_with_warnings(
                format="pdf", sys_inputs={"data": "data.json"}, pdf_standards=["ua-1"], timestamp=_TIMESTAMP
            )
        except typst.TypstError as error:
            raise ContractError(f"{name}: the page could not be set: {error.message}") from error
        if warnings:
            raise ContractError(f"{name}: the page could not be set cleanly: {warnings[0].message}")
        evictor = typst.Compiler(folder / "empty.typ", root=folder, font_paths=fonts, ignore_system_fonts=True)
        for _ in range(_COMPILES_KEPT):
            evictor.compile(format="pdf")
    _give_back_memory()
    assert isinstance(pdf, bytes)
    return pdf


def _give_back_memory() -> None:
    """Hand freed memory back to the system, and keep later threads to one heap: else it grows from batch to batch.

    Only glibc knows how; elsewhere nothing is done.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "malloc_trim"):
        library.mallopt(_HEAPS_MAX, 1)
        library.malloc_trim(0)


def _check_pages(pdf: bytes, batch: ListBatch, pages_each: int) -> None:
    with pypdfium2.PdfDocument(pdf) as document:
        pages = len(document)
    if pages != pages_each * len(batch.documents):
        raise ContractError(
            f"{batch.file}: {pages} pages for {len(batch.documents)} lists, expected {pages_each} each"
        )


def _check_symbols(pdf: bytes, batch: ListBatch, pages_each: int) -> None:
    """A store's own template must still print both symbols so that they are read back from every list."""
    with pypdfium2.PdfDocument(pdf) as document:
        for place, wanted in enumerate(batch.documents):
            images = [
                document[place * pages_each + page].render(scale=_READ_DPI / 72, grayscale=True).to_pil()
                for page in range(pages_each)
            ]
            read = [read_symbols(image) for image in images]
            found = {text for symbols in read for text in (*symbols.bars, *symbols.qr)}
            if found != {wanted.list_code, wanted.qr_payload}:
                raise ContractError(
                    f"{batch.file}, page {place * pages_each + 1}: the store's own template prints "
                    f"{len(found & {wanted.list_code, wanted.qr_payload})} of the two symbols so that they are read",
                    hint="draw bars and square as `regulars lists template` does: sizes, one path each, white around",
                )
