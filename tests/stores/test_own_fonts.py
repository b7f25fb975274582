"""A store's own fonts print the page both ways, are embedded, and what is wrong with one is told and mended."""

import dataclasses
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pytest
import uharfbuzz
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem
from PIL import Image, ImageChops

from regulars.adapters import DirectPrinter, TypstPrinter, own_fonts, page_images, page_texts, read_symbols
from regulars.adapters._cuts import FIGTREE, SOURCE_SANS, static_cut
from regulars.adapters._fonts import EAST_ASIAN_FILE
from regulars.bootstrap import Workspace, create_workspace, load_settings
from regulars.contracts import ListBatch
from regulars.kernel import ConfigError
from regulars.lists import PageSettings
from regulars.testing import missing_texts, sample_document

DOCUMENTS = (
    sample_document(5), sample_document(7, name="Nguyễn Thị Hồng"), sample_document(9, name="佐藤 さくら"),
)  # fmt: skip
SETTINGS = PageSettings("Greengate Market")


def saved(font: TTFont) -> bytes:
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


def otf() -> bytes:
    """A static font with cubic outlines and no letters but those of plain English."""
    wish = uharfbuzz.SubsetInput()
    wish.unicode_set.update(range(32, 127))
    whole = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(EAST_ASIAN_FILE)))
    return bytes(uharfbuzz.subset(whole, wish).blob.data)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("store")
    (root / "Head.otf").write_bytes(otf())
    (root / "Text.ttf").write_bytes(FIGTREE.read_bytes())
    return root


def test_both_ways_print_a_stores_own_fonts_and_fall_back_by_character(store: Path, font_folder: Path) -> None:
    own, findings = own_fonts({"heading": "Head.otf", "text": "Text.ttf"}, store, store / "cache")
    assert own is not None
    assert [(one.column, one.rule) for one in findings] == [("brand.fonts.heading", "font-incomplete")]
    assert "lacks ¡ ¢ ° · ½ ¿" in findings[0].message
    pages = []
    batch = ListBatch("lists-0001.pdf", DOCUMENTS)
    for name, printer in (("direct", DirectPrinter), ("typst", TypstPrinter)):
        target, again = store / f"{name}.pdf", store / f"{name}-again.pdf"
        plain = printer(SETTINGS, font_folder)
        with_own = printer(SETTINGS, font_folder, own)
        with_own.render(batch, target)
        with_own.render(batch, again)
        assert target.read_bytes() == again.read_bytes()
        assert plain.fingerprint != with_own.fingerprint
        for document, text in zip(DOCUMENTS, page_texts(target), strict=True):
            joined = "".join(text.split())  # a reader sees a gap where the font changes inside a word
            assert [one for one in missing_texts(document, text) if "".join(one.split()) not in joined] == []
        with pikepdf.open(target) as pdf:
            embedded = {
                str(font.BaseFont).rpartition("+")[2].lstrip("/")
                for page in pdf.pages
                for font in page.Resources.Font.values()
            }
        told = {"direct": {"Store-display", "Store-text", "Store-strong"}}.get(
            name, {"StoreHeading-800", "StoreText-400", "StoreText-600"}
        )
        assert {one.removesuffix("-Identity-H") for one in embedded} >= told
        assert any("SourceSans3" in one for one in embedded)
        pages.append(list(page_images(target, dpi=72)))
        for document, image in zip(DOCUMENTS, page_images(target, dpi=200), strict=True):
            symbols = read_symbols(image)
            assert (symbols.bars, symbols.qr) == ((document.list_code,), (document.qr_payload,))
    plain_file = store / "plain.pdf"
    TypstPrinter(SETTINGS, font_folder).render(batch, plain_file)
    for one, two, plain_page in zip(*pages, page_images(plain_file, dpi=72), strict=True):
        assert difference(one, two) < 0.6 * difference(one, plain_page)


def difference(one: Image.Image, two: Image.Image) -> float:
    """Mean difference of two pages in shades of grey, of 255."""
    return float(np.asarray(ImageChops.difference(one, two)).mean())


def changed(change: Callable[[TTFont], None]) -> bytes:
    small = static_cut(SOURCE_SANS, "Any", 400, (), codes=(*range(32, 256), *map(ord, "–—’“”…")))
    font = TTFont(io.BytesIO(small))
    change(font)
    return saved(font)


def without(letter: str) -> Callable[[TTFont], None]:
    def change(font: TTFont) -> None:
        for table in font["cmap"].tables:
            table.cmap.pop(ord(letter), None)

    return change


def rights(bits: int) -> Callable[[TTFont], None]:
    def change(font: TTFont) -> None:
        font["OS/2"].fsType = bits

    return change


def tall(font: TTFont) -> None:
    scale_upem(font, 1_400)
    font["head"].unitsPerEm = 1_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        (b"no font", "it is no TTF or OTF file"),
        (FIGTREE.read_bytes()[:9_000], "it cannot be read"),
        (changed(rights(0x0002)), "forbid to embed it"),
        (changed(rights(0x0200)), "forbid to embed it"),
        (changed(rights(0x0104)), "forbid to embed a part"),
        (changed(without("Q")), "it lacks Q"),
        (changed(tall), "its capitals are 0.92 of its size high"),
    ],
    ids=["missing", "text", "broken", "restricted", "bitmaps", "whole only", "no Q", "tall"],
)
def test_a_font_of_no_use_is_told_and_the_shipped_one_stands_in(
    content: bytes | None, message: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "Own.ttf").write_bytes(content)
    own, findings = own_fonts({"heading": "Own.ttf"}, tmp_path, tmp_path / "cache")
    assert own is None
    assert [(one.file, one.column, one.rule) for one in findings] == [
        ("regulars.toml", "brand.fonts.heading", "font-unusable")
    ]
    assert message in findings[0].message


@pytest.mark.parametrize("bits", [0x0004, 0x0008])
def test_a_font_that_may_be_embedded_is_used_whole(bits: int, tmp_path: Path) -> None:
    (tmp_path / "Own.ttf").write_bytes(changed(rights(bits)))
    own, findings = own_fonts({"text": "Own.ttf"}, tmp_path, tmp_path / "cache")
    assert own is not None
    assert findings == ()


def test_a_role_that_is_none_is_refused(tmp_path: Path) -> None:
    create_workspace(tmp_path)
    with (tmp_path / "regulars.toml").open("a", encoding="utf-8") as stream:
        stream.write('\n[brand.fonts]\nbody = "a.ttf"\n')
    workspace = Workspace(tmp_path, load_settings(tmp_path))
    with pytest.raises(ConfigError, match=r"\[brand.fonts\] has no body"):
        _ = workspace.fonts


def test_fonts_are_plain_values_of_a_printer(tmp_path: Path, font_folder: Path) -> None:
    printer = TypstPrinter(SETTINGS, font_folder, tmp_path / "aaa")
    assert dataclasses.replace(printer, own_fonts=tmp_path / "bbb").fingerprint != printer.fingerprint
