"""The print house's pages: the same picture, text and symbols as the tagged ones, untagged, the same bytes again."""

import base64
import dataclasses
import pickle
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageChops

from regulars.adapters import DirectPrinter, TypstPrinter, page_images, page_texts, read_symbols
from regulars.contracts import Finding, ListBatch
from regulars.kernel import CodeForm, ContractError, StoreError, list_code
from regulars.lists import Logo, PageSettings, Paper
from regulars.testing import SAMPLE_KEYS, hard_documents, missing_texts, sample_document

SETTINGS = PageSettings("Greengate Market", "1420 Orchard Ave · open 7–10 daily", "greengate.example")
DOCUMENTS = (*hard_documents().values(), sample_document(5), sample_document(78, items=19, specials=13))
BATCH = ListBatch("lists-0001.pdf", DOCUMENTS)
PICTURE_DIFFERENCE_MAX = 1.5
"""Mean difference of two pages in shades of grey, of 255."""
Print = tuple[Path, tuple[Finding, ...]]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("direct")


@pytest.fixture(scope="session", params=[(Paper.LETTER, False), (Paper.A4, True)], ids=["letter", "a4 black"])
def runs(request: pytest.FixtureRequest, folder: Path, font_folder: Path) -> tuple[Print, Print]:
    paper, black_only = request.param
    settings = dataclasses.replace(SETTINGS, paper=paper, black_only=black_only)
    made = []
    for name, printer in (("direct", DirectPrinter), ("typst", TypstPrinter)):
        target = folder / f"{name}-{paper}.pdf"
        made.append((target, printer(settings, font_folder).render(BATCH, target)))
    return made[0], made[1]


def difference(one: Image.Image, two: Image.Image) -> float:
    return float(np.asarray(ImageChops.difference(one, two)).mean())


def test_every_page_looks_like_the_tagged_one(runs: tuple[Print, Print]) -> None:
    (direct, _), (tagged, _) = runs
    for document, one, two in zip(
        DOCUMENTS, page_images(direct, dpi=72), page_images(tagged, dpi=72), strict=True
    ):
        assert difference(one, two) < PICTURE_DIFFERENCE_MAX, document.household_id
        if document.item_count > 10:
            assert difference(ImageChops.offset(one, 1, 1), two) > PICTURE_DIFFERENCE_MAX


def test_a_chain_whose_tills_read_thirteen_digits_alone_prints_those(font_folder: Path, tmp_path: Path) -> None:
    code = list_code(SAMPLE_KEYS, CodeForm(47, ean_prefix=29), cycle_number=3, sequence=12_345_678)
    short = ListBatch("lists-0001.pdf", (dataclasses.replace(DOCUMENTS[-1], list_code=code),))
    for number, printer in enumerate((DirectPrinter, TypstPrinter)):
        target = tmp_path / f"{number}.pdf"
        assert printer(SETTINGS, font_folder).render(short, target) == ()
        for dpi in (200, 300):
            (image,) = page_images(target, dpi=dpi)
            assert read_symbols(image).bars == (code,)
        (text,) = page_texts(target)
        assert f"{code[0]} {code[1:7]} {code[7:]}" in text


@pytest.mark.parametrize("dpi", [200, 300])
def test_both_symbols_of_every_page_are_read(runs: tuple[Print, Print], dpi: int) -> None:
    read = [read_symbols(image) for image in page_images(runs[0][0], dpi=dpi)]
    assert [symbols.bars for symbols in read] == [(document.list_code,) for document in DOCUMENTS]
    assert [symbols.qr for symbols in read] == [(document.qr_payload,) for document in DOCUMENTS]


def test_texts_and_findings_are_those_of_the_tagged_pages(runs: tuple[Print, Print]) -> None:
    (direct, findings), (_, tagged_findings) = runs
    assert findings == tagged_findings
    for number, (document, page) in enumerate(zip(DOCUMENTS, page_texts(direct), strict=True), start=1):
        own = [finding for finding in findings if finding.line == number]
        gave_way = {finding.column for finding in own} | {finding.rule for finding in own}
        assert missing_texts(document, page, gave_way) == [], document.household_id


def test_no_glyph_is_missing_and_the_file_is_sound(runs: tuple[Print, Print]) -> None:
    with pikepdf.open(runs[0][0]) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert len(pdf.pages) == len(DOCUMENTS)
        assert "/StructTreeRoot" not in pdf.Root
        assert str(pdf.Root.Lang) == "en"
        assert "Greengate Market" in str(pdf.docinfo["/Title"])
        for page in pdf.pages:
            shown = [
                bytes(part)
                for operands, operator in pikepdf.parse_content_stream(page, "TJ")
                if str(operator) == "TJ"
                for part in operands[0]
                if isinstance(part, pikepdf.String)
            ]
            glyphs = [raw[at : at + 2] for raw in shown for at in range(0, len(raw), 2)]
            assert len(glyphs) > 100
            assert b"\0\0" not in glyphs


def test_the_same_lists_give_the_same_bytes_whatever_was_printed_before(font_folder: Path, tmp_path: Path) -> None:
    printer = DirectPrinter(SETTINGS, font_folder)
    printer.render(BATCH, tmp_path / "one.pdf")
    printer.render(ListBatch("lists-0002.pdf", DOCUMENTS[3:5]), tmp_path / "other.pdf")
    pickle.loads(pickle.dumps(printer)).render(BATCH, tmp_path / "two.pdf")
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
    assert printer.fingerprint != TypstPrinter(SETTINGS, font_folder).fingerprint


def test_a_logo_is_printed(font_folder: Path, tmp_path: Path) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="#0a14c8"/></svg>'
    settings = dataclasses.replace(SETTINGS, logo=Logo("svg", base64.b64encode(svg).decode()))
    DirectPrinter(settings, font_folder).render(ListBatch("a.pdf", DOCUMENTS[:1]), tmp_path / "logo.pdf")
    image = next(page_images(tmp_path / "logo.pdf", dpi=144))
    assert image.getpixel((2 * 54, 2 * 44)) == pytest.approx(37, abs=2)  # the grey of that blue


def test_an_empty_or_too_large_batch_and_a_missing_folder_are_refused(font_folder: Path, tmp_path: Path) -> None:
    printer = DirectPrinter(SETTINGS, font_folder)
    for documents in ((), (DOCUMENTS[0],) * 1_001):
        with pytest.raises(ContractError, match="expected 1 to 1000"):
            printer.render(ListBatch("a.pdf", documents), tmp_path / "a.pdf")
    with pytest.raises(StoreError, match="cannot write"):
        printer.render(ListBatch("a.pdf", DOCUMENTS[:1]), tmp_path / "none" / "a.pdf")
    assert list(tmp_path.iterdir()) == []


def test_large_print_is_left_to_typst(font_folder: Path, tmp_path: Path) -> None:
    printer = DirectPrinter(dataclasses.replace(SETTINGS, large_print=True), font_folder)
    with pytest.raises(ContractError, match="not made in large print"):
        printer.render(BATCH, tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []
