"""Symbols of printed pages after damage at its bar are all read; after worse damage none is."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from symbol_damage import BARS, DPI, SQUARE, Damage

from regulars.adapters import DirectPrinter, page_images, read_symbols
from regulars.contracts import ListBatch
from regulars.lists import PageSettings
from regulars.testing import sample_document

DOCUMENTS = tuple(sample_document(number, items=10, specials=12) for number in range(6))


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory, font_folder: Path) -> list[Image.Image]:
    folder = tmp_path_factory.mktemp("damage")
    DirectPrinter(PageSettings("G"), font_folder).render(ListBatch("a.pdf", DOCUMENTS), folder / "a.pdf")
    return list(page_images(folder / "a.pdf", dpi=DPI))


def read(page: Image.Image, left: float, right: float, damage: Damage) -> tuple[str, ...]:
    width, height = page.size
    part = page.crop((round(left * width), round(0.79 * height), round(right * width), round(0.93 * height)))
    symbols = read_symbols(damage(part, np.random.default_rng(6)))
    return symbols.code_128 + symbols.qr


@pytest.mark.parametrize("name", BARS)
def test_damaged_bars(pages: list[Image.Image], name: str) -> None:
    at_the_bar, worse = BARS[name]
    codes = [(document.list_code,) for document in DOCUMENTS]
    assert [read(page, 0.5, 0.79, at_the_bar) for page in pages] == codes
    assert not any(read(page, 0.5, 0.79, worse) == code for page, code in zip(pages, codes, strict=True))


@pytest.mark.parametrize("name", SQUARE)
def test_damaged_square(pages: list[Image.Image], name: str) -> None:
    at_the_bar, worse = SQUARE[name]
    payloads = [(document.qr_payload,) for document in DOCUMENTS]
    assert [read(page, 0.79, 1.0, at_the_bar) for page in pages] == payloads
    assert not any(read(page, 0.79, 1.0, worse) == one for page, one in zip(pages, payloads, strict=True))
