"""Real pages: what is printed is read back and compared with the document; tags, fonts and bytes are looked at."""

import base64
import dataclasses
import io
import pickle
import re
from itertools import combinations
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageDraw

from regulars.adapters import (
    DirectPrinter,
    TypstPrinter,
    page_count,
    page_images,
    page_texts,
    read_symbols,
    shipped_template,
    text_overlaps,
)
from regulars.adapters import _typst as typst_adapter
from regulars.contracts import Finding, ListBatch
from regulars.kernel import ContractError, StoreError
from regulars.lists import Logo, PageColours, PageSettings, Paper
from regulars.lists._items import DENSITIES
from regulars.testing import hard_documents, missing_texts, sample_document

SETTINGS = PageSettings("Greengate Market", "1420 Orchard Ave · open 7–10 daily", "greengate.example")
ORDINARY = tuple(sample_document(seed, items=8 + 3 * seed, specials=12 + seed % 5) for seed in range(6))
DOCUMENTS = (*hard_documents().values(), *ORDINARY)
BATCH = ListBatch("lists-0001.pdf", DOCUMENTS)
LOGO_SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">
<rect width="9" height="9" fill="#0a14c8"/></svg>"""
_PNG = io.BytesIO()
Image.new("RGB", (9, 9), (10, 20, 200)).save(_PNG, format="PNG")
LOGO_PNG = _PNG.getvalue()
Print = tuple[Path, tuple[Finding, ...]]


@pytest.fixture(scope="session", params=list(Paper))
def run(request: pytest.FixtureRequest, font_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Print:
    target = tmp_path_factory.mktemp("pages") / BATCH.file
    printer = TypstPrinter(dataclasses.replace(SETTINGS, paper=request.param), font_folder)
    return target, printer.render(BATCH, target)


@pytest.fixture(scope="session")
def printer(font_folder: Path) -> TypstPrinter:
    return TypstPrinter(SETTINGS, font_folder)


# -- Symbols --


def is_clear(image: Image.Image, symbol: zxingcpp.Barcode, modules_wide: int, quiet: int, margins: str) -> bool:
    """Whether the quiet zone beside (``x``) or all around (``xy``) a symbol holds nothing dark."""
    place = symbol.position
    left, right = min(place.top_left.x, place.bottom_left.x), max(place.top_right.x, place.bottom_right.x)
    top, bottom = place.top_left.y, place.bottom_left.y
    module = (right - left) / modules_wide
    zone = round((quiet - 0.5) * module)
    inset = round(module)
    strips = [(left - zone, top, left - inset, bottom), (right + inset, top, right + zone, bottom)]
    if margins == "xy":
        strips += [(left, top - zone, right, top - inset), (left, bottom + inset, right, bottom + zone)]
    return all(image.crop(strip).getextrema()[0] > 245 for strip in strips)


def symbol_of(image: Image.Image, kind: zxingcpp.BarcodeFormat) -> zxingcpp.Barcode:
    (found,) = zxingcpp.read_barcodes(image, formats=kind)
    return found


@pytest.mark.parametrize("dpi", [200, 300])
def test_both_symbols_of_every_page_say_what_the_document_says(run: Print, dpi: int) -> None:
    read = [read_symbols(image) for image in page_images(run[0], dpi=dpi)]
    assert [symbols.bars for symbols in read] == [(document.list_code,) for document in DOCUMENTS]
    assert [symbols.qr for symbols in read] == [(document.qr_payload,) for document in DOCUMENTS]


def test_an_altered_code_is_seen(run: Print) -> None:
    image = next(page_images(run[0], dpi=200))
    altered = dataclasses.replace(DOCUMENTS[0], list_code=DOCUMENTS[1].list_code)
    assert read_symbols(image).bars != (altered.list_code,)


def test_quiet_zones_are_clear_and_a_line_in_one_is_seen(run: Print) -> None:
    for image in page_images(run[0], dpi=300):
        bars = symbol_of(image, zxingcpp.BarcodeFormat.Code128)
        square = symbol_of(image, zxingcpp.BarcodeFormat.QRCode)
        assert is_clear(image, bars, 145, 10, "x")
        assert is_clear(image, square, 29, 4, "xy")
        dirty = image.copy()
        x = bars.position.top_left.x - 20
        ImageDraw.Draw(dirty).line((x, bars.position.top_left.y, x, bars.position.bottom_left.y), fill=0, width=4)
        y = square.position.bottom_left.y + 25
        ImageDraw.Draw(dirty).line(
            (square.position.top_left.x, y, square.position.top_right.x, y), fill=0, width=4
        )
        assert not is_clear(dirty, bars, 145, 10, "x")
        assert not is_clear(dirty, square, 29, 4, "xy")


def test_bars_without_their_quiet_zone_are_not_read(printer: TypstPrinter, run: Print) -> None:
    image = next(page_images(run[0], dpi=200))
    place = symbol_of(image, zxingcpp.BarcodeFormat.Code128).position
    box = (place.top_left.x - 30, place.top_left.y - 4, place.top_right.x + 30, place.bottom_left.y + 4)
    dirty = image.copy()
    draw = ImageDraw.Draw(dirty)
    draw.rectangle((box[0], box[1], place.top_left.x - 1, box[3]), fill=0)
    draw.rectangle((place.top_right.x + 1, box[1], box[2], box[3]), fill=0)
    assert read_symbols(dirty).bars == ()


# -- Text --


def columns_of(findings: tuple[Finding, ...], page: int) -> set[str]:
    own = [finding for finding in findings if finding.line == page]
    return {finding.column for finding in own} | {finding.rule for finding in own if finding.rule == "items-cut"}


def test_every_text_of_every_document_stands_on_its_page(run: Print) -> None:
    target, findings = run
    for number, (document, page) in enumerate(zip(DOCUMENTS, page_texts(target), strict=True), start=1):
        assert missing_texts(document, page, columns_of(findings, number)) == [], document.household_id


def test_a_missing_text_is_seen(run: Print) -> None:
    target, _ = run
    document, page = ORDINARY[0], page_texts(target)[len(DOCUMENTS) - len(ORDINARY)]
    name = document.sections[0].lines[0].name
    assert missing_texts(document, page, set()) == []
    assert name in missing_texts(document, page.replace(name.split()[-1], ""), set())
    assert missing_texts(document, page.replace(document.list_code[5:13], ""), set()) != []


def test_every_item_that_is_left_out_is_told(run: Print) -> None:
    target, findings = run
    told = {finding.line for finding in findings if finding.rule == "items-cut"}
    for number, (document, page) in enumerate(zip(DOCUMENTS, page_texts(target), strict=True), start=1):
        count = re.search(r"your next (\d+) items", page)
        if count and int(count[1]) != document.item_count:
            assert number in told


def text_boxes(page: pypdfium2.PdfPage) -> list[tuple[float, float, float, float]]:
    text = page.get_textpage()
    return [text.get_rect(place) for place in range(text.count_rects())]


def overlaps(boxes: list[tuple[float, float, float, float]], slack: float = 0.8) -> int:
    """How many pairs of text boxes share more than a hair; boxes are left, bottom, right, top."""
    return sum(
        min(one[2], two[2]) - max(one[0], two[0]) > slack and min(one[3], two[3]) - max(one[1], two[1]) > slack
        for one, two in combinations(boxes, 2)
    )


def test_both_ways_of_counting_overlaps_agree(font_folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "proof.pdf"
    proof = dataclasses.replace(ORDINARY[5], proof=True)
    TypstPrinter(SETTINGS, font_folder).render(ListBatch(target.name, (ORDINARY[0], proof)), target)
    with pypdfium2.PdfDocument(target) as pdf:
        counts = [overlaps(text_boxes(page)) for page in pdf]
    assert text_overlaps(target) == counts
    assert counts[0] == 0 < counts[1]


def test_no_text_runs_over_another_or_off_the_page(run: Print) -> None:
    with pypdfium2.PdfDocument(run[0]) as pdf:
        for document, page in zip(DOCUMENTS, pdf, strict=True):
            if document.proof:
                continue
            width, height = page.get_size()
            boxes = text_boxes(page)
            assert len(boxes) > 15
            assert all(l >= 35 and r <= width - 35 and b >= 18 and t <= height - 20 for l, b, r, t in boxes)  # noqa: E741
            assert overlaps(boxes) == 0, document.household_id
            first = boxes[0]
            assert overlaps([*boxes, (first[0] + 2, first[1] + 2, first[2] + 2, first[3] + 2)]) > 0


LONG_NAME = "Supermercados Hermanos Íñiguez-Fernández de la Vega y Compañía <b>S&L</b>"


@pytest.mark.parametrize(
    ("made_by", "name", "large_print", "whole"),
    [
        (TypstPrinter, LONG_NAME, False, True),
        (TypstPrinter, LONG_NAME, True, True),
        (TypstPrinter, LONG_NAME * 3, False, False),
        (DirectPrinter, LONG_NAME, False, True),
        (DirectPrinter, LONG_NAME * 3, False, False),
    ],
)
def test_a_long_store_name_stands_on_two_lines_or_is_cut_and_told(
    font_folder: Path,
    tmp_path: Path,
    made_by: type[TypstPrinter | DirectPrinter],
    name: str,
    large_print: bool,
    whole: bool,
) -> None:
    settings = dataclasses.replace(SETTINGS, store_name=name, large_print=large_print)
    target = tmp_path / "long.pdf"
    findings = made_by(settings, font_folder).render(ListBatch(target.name, ORDINARY[:1]), target)
    told = [finding.message for finding in findings if finding.column == "store_name"]
    assert told == ([] if whole else ["the store's name was cut to fit two lines"])
    with pypdfium2.PdfDocument(target) as pdf:
        assert overlaps(text_boxes(pdf[0]), slack=0.1) == 0
        text = " ".join(pdf[0].get_textpage().get_text_range().split())
        assert (name in text) == whole


@pytest.mark.parametrize("large_print", [False, True])
def test_no_dinner_runs_over_the_next_and_the_bars_are_always_explained(
    font_folder: Path, tmp_path: Path, large_print: bool
) -> None:
    words = (
        "On your list: ground beef, tortillas, shredded cheese, onions, tomatoes, rice, beans, peppers and salsa"
    )
    documents = tuple(
        dataclasses.replace(
            document,
            meals=tuple(dataclasses.replace(meal, uses_text=words[:length]) for meal in document.meals),
        )
        for length in range(36, 100, 3)
        for document in ORDINARY[:1]
    )
    documents = tuple(dataclasses.replace(one, list_number=n) for n, one in enumerate(documents, start=1))
    target = tmp_path / "dinners.pdf"
    printer = TypstPrinter(dataclasses.replace(SETTINGS, large_print=large_print), font_folder)
    printer.render(ListBatch(target.name, documents), target)
    with pypdfium2.PdfDocument(target) as pdf:
        backs = list(pdf)[large_print :: 1 + large_print]
        for document, page in zip(documents, backs, strict=True):
            assert overlaps(text_boxes(page)) == 0, document.meals[0].uses_text
            text = " ".join(page.get_textpage().get_text_range().split())
            assert "Have the bars scanned once: every special comes off." in text


def glyphs_shown(page: pikepdf.Page) -> list[int]:
    """Glyph numbers of every text operator, forms included (all fonts are two-byte Identity-H)."""
    numbers: list[int] = []
    streams = [page, *page.get("/Resources", {}).get("/XObject", {}).values()]
    for stream in streams:
        for operands, operator in pikepdf.parse_content_stream(stream, "Tj TJ"):
            if str(operator) in {"Tj", "TJ"}:
                parts = operands[0] if str(operator) == "TJ" else operands
                for part in parts:
                    if isinstance(part, pikepdf.String):
                        raw = bytes(part)
                        numbers += [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]
    return numbers


def test_no_glyph_is_missing(run: Print) -> None:
    with pikepdf.open(run[0]) as pdf:
        for page in pdf.pages:
            glyphs = glyphs_shown(page)
            assert len(glyphs) > 100
            assert 0 not in glyphs


@pytest.mark.parametrize(("format_", "content"), [("svg", LOGO_SVG), ("png", LOGO_PNG)])
def test_a_store_prints_its_own_logo(font_folder: Path, tmp_path: Path, format_: str, content: bytes) -> None:
    logo = Logo(format_, base64.b64encode(content).decode())
    TypstPrinter(dataclasses.replace(SETTINGS, logo=logo), font_folder).render(
        ListBatch("lists-0001.pdf", ORDINARY[:1]), tmp_path / "logo.pdf"
    )
    with pypdfium2.PdfDocument(tmp_path / "logo.pdf") as pdf:
        image = pdf[0].render(scale=2).to_pil().convert("RGB")
    assert image.getpixel((2 * (36 + 18), 2 * (26 + 18))) == (10, 20, 200)


def test_a_page_in_black_alone_has_no_colour(font_folder: Path, tmp_path: Path) -> None:
    colours = {}
    for black_only in (True, False):
        printer = TypstPrinter(dataclasses.replace(SETTINGS, black_only=black_only), font_folder)
        printer.render(ListBatch("lists-0001.pdf", ORDINARY[3:4]), tmp_path / "ink.pdf")
        with pypdfium2.PdfDocument(tmp_path / "ink.pdf") as pdf:
            image = pdf[0].render(scale=1).to_pil().convert("RGB")
        colours[black_only] = sum(count for count, rgb in image.getcolors(1 << 24) if len(set(rgb)) > 1)
    assert colours[True] == 0
    assert colours[False] > 10_000


# -- The file --


def structure(element: pikepdf.Object, found: dict[str, list[pikepdf.Object]]) -> dict[str, list[pikepdf.Object]]:
    if isinstance(element, pikepdf.Array):
        for child in element:
            structure(child, found)
    elif isinstance(element, pikepdf.Dictionary):
        if "/S" in element:
            found.setdefault(str(element.S), []).append(element)
        if "/K" in element:
            structure(element.K, found)
    return found


def test_the_file_is_tagged_titled_and_in_a_language(run: Print) -> None:
    with pikepdf.open(run[0]) as pdf:
        assert str(pdf.Root.Lang) == "en"
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert "Greengate Market" in str(pdf.docinfo["/Title"])
        assert "<pdfuaid:part>1</pdfuaid:part>" in pdf.Root.Metadata.read_bytes().decode()
        found = structure(pdf.Root.StructTreeRoot.K, {})
        assert len(found["/H1"]) == len(DOCUMENTS)
        alternatives = [str(figure.get("/Alt", "")) for figure in found["/Figure"]]
        assert len(alternatives) == 3 * len(DOCUMENTS)
        assert all(alternatives)
        for document in DOCUMENTS:
            assert sum(document.list_code in text for text in alternatives) == 1
        items = sum(document.item_count for document in DOCUMENTS)
        specials = sum(len(document.specials) for document in DOCUMENTS)
        assert len(found["/LI"]) >= (items - 20) + specials


def test_only_the_packaged_fonts_are_embedded(run: Print) -> None:
    with pikepdf.open(run[0]) as pdf:
        fonts = [
            o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"
        ]
        names = {str(font.FontName).split("+")[1] for font in fonts}
        assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)
    packaged = {"Figtree-600", "Figtree-800", "SourceSans3-400", "SourceSans3-600", "NotoSansCJKjp-Regular"}
    assert {name.removesuffix("-Identity-H") for name in names} == packaged


def test_one_page_per_document(run: Print) -> None:
    assert page_count(run[0]) == len(DOCUMENTS)


def test_the_same_input_gives_the_same_bytes_whatever_was_printed_before(
    printer: TypstPrinter, tmp_path: Path
) -> None:
    batch = ListBatch("lists-0001.pdf", ORDINARY)
    printer.render(batch, tmp_path / "one.pdf")
    printer.render(ListBatch("lists-0002.pdf", DOCUMENTS[:2]), tmp_path / "other.pdf")
    pickle.loads(pickle.dumps(printer)).render(batch, tmp_path / "two.pdf")
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
    assert (tmp_path / "one.pdf").read_bytes() != (tmp_path / "other.pdf").read_bytes()


def test_the_fingerprint_changes_with_the_settings(printer: TypstPrinter, font_folder: Path) -> None:
    assert TypstPrinter(SETTINGS, font_folder).fingerprint == printer.fingerprint
    red = dataclasses.replace(SETTINGS, colours=PageColours(brand="#801010"))
    assert TypstPrinter(red, font_folder).fingerprint != printer.fingerprint


def test_a_batch_that_is_empty_or_too_large_is_refused(printer: TypstPrinter, tmp_path: Path) -> None:
    for documents in ((), (ORDINARY[0],) * 51):
        with pytest.raises(ContractError, match="expected 1 to 50"):
            printer.render(ListBatch("lists-0001.pdf", documents), tmp_path / "lists-0001.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_runs_over_is_refused(
    printer: TypstPrinter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = {**typst_adapter._frame(SETTINGS), "foot": 160.0}
    monkeypatch.setattr(typst_adapter, "_frame", lambda settings: frame)
    with pytest.raises(ContractError, match="pages for 6 lists"):
        printer.render(ListBatch("lists-0001.pdf", ORDINARY), tmp_path / "lists-0001.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_a_store_error(printer: TypstPrinter, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot write"):
        printer.render(ListBatch("lists-0001.pdf", ORDINARY[:1]), tmp_path / "none" / "lists-0001.pdf")


def test_what_is_no_pdf_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_text("not a page")
    with pytest.raises(StoreError, match="as PDF"):
        page_count(tmp_path / "broken.pdf")


# -- Large print --


@pytest.mark.parametrize("paper", Paper)
def test_large_print_takes_the_front_and_the_back_of_a_sheet(
    font_folder: Path, tmp_path: Path, paper: Paper
) -> None:
    settings = dataclasses.replace(SETTINGS, paper=paper, large_print=True)
    target = tmp_path / "large.pdf"
    findings = TypstPrinter(settings, font_folder).render(ListBatch(target.name, DOCUMENTS), target)
    texts, images = page_texts(target), list(page_images(target, dpi=200))
    assert len(texts) == 2 * len(DOCUMENTS)
    for place, document in enumerate(DOCUMENTS):
        both = f"{texts[2 * place]} {texts[2 * place + 1]}"
        assert missing_texts(document, both, columns_of(findings, 2 * place + 1)) == [], document.household_id
        assert read_symbols(images[2 * place]).bars == ()
        back = read_symbols(images[2 * place + 1])
        assert (back.bars, back.qr) == ((document.list_code,), (document.qr_payload,))
    with pypdfium2.PdfDocument(target) as pdf:
        for document, number in zip(DOCUMENTS, range(0, len(pdf), 2), strict=True):
            for page in (pdf[number], pdf[number + 1]):
                assert document.proof or overlaps(text_boxes(page)) == 0, document.household_id


def test_a_proof_in_large_print_says_so_where_the_address_stands_and_breaks_no_name(
    font_folder: Path, tmp_path: Path
) -> None:
    """Beside the days the note would take the store's name the room for one line."""
    settings = dataclasses.replace(SETTINGS, store_name="Greengate Market", large_print=True)
    note, address = settings.texts.proof_note, settings.address_line
    for proof, there, gone in ((True, note, address), (False, address, note)):
        document = dataclasses.replace(DOCUMENTS[0], proof=proof)
        target = tmp_path / f"{proof}.pdf"
        TypstPrinter(settings, font_folder).render(ListBatch(target.name, (document,)), target)
        lines = page_texts(target)[0].splitlines()
        assert "Greengate Market" in lines
        assert any(there in line for line in lines)
        assert not any(gone in line for line in lines)


@pytest.mark.parametrize("made_by", [TypstPrinter, DirectPrinter])
@pytest.mark.parametrize("live", [False, True])
def test_a_proof_says_whether_its_bars_hold(
    font_folder: Path, tmp_path: Path, made_by: type[TypstPrinter | DirectPrinter], live: bool
) -> None:
    said = {False: SETTINGS.texts.proof_note, True: SETTINGS.texts.proof_note_live}
    document = dataclasses.replace(ORDINARY[0], proof=True, live=live)
    made_by(SETTINGS, font_folder).render(ListBatch("proof.pdf", (document,)), tmp_path / "proof.pdf")
    (text,) = page_texts(tmp_path / "proof.pdf")
    assert said[live] in text
    assert said[not live] not in text


def test_items_of_large_print_are_fourteen_points_and_more() -> None:
    settings = dataclasses.replace(SETTINGS, large_print=True)
    densities = DENSITIES[: len(DENSITIES) - settings.sheet.tightest]
    assert min(density.size for density in densities) * settings.sheet.scale >= 14


# -- A store's own template --


def test_a_store_prints_its_own_page_and_every_symbol_is_read_back(font_folder: Path, tmp_path: Path) -> None:
    own = shipped_template().replace("head(11pt, it.title)", 'head(11pt, "Cook tonight")')
    batch = ListBatch("own.pdf", ORDINARY[:2])
    printer = TypstPrinter(dataclasses.replace(SETTINGS, template=own), font_folder)
    printer.render(batch, tmp_path / "own.pdf")
    assert all("Cook tonight" in text for text in page_texts(tmp_path / "own.pdf"))
    assert printer.fingerprint != TypstPrinter(SETTINGS, font_folder).fingerprint


@pytest.mark.parametrize(
    ("shipped", "own", "message"),
    [
        ("codes(page.foot.bars, page.foot.qr)", "none", "prints 0 of the two symbols"),
        (
            "box(width: qr.width * 1pt, height: qr.width * 1pt, align",
            "box(width: 9pt, clip: true, align",
            "prints 1 of",
        ),
        ("#let front(page) = {", "#let front(page) = {{", "could not be set"),
        ("  back(page)\n", "  back(page)\n    pagebreak()\n", "pages for 2 lists"),
    ],
)
def test_an_own_page_without_its_symbols_is_refused(
    font_folder: Path, tmp_path: Path, shipped: str, own: str, message: str
) -> None:
    template = shipped_template()
    assert shipped in template
    settings = dataclasses.replace(SETTINGS, template=template.replace(shipped, own))
    with pytest.raises(ContractError, match=message):
        TypstPrinter(settings, font_folder).render(ListBatch("own.pdf", ORDINARY[:2]), tmp_path / "own.pdf")
    assert list(tmp_path.iterdir()) == []
