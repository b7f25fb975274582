"""Symbols of printed pages after damage at its bar are all read; after worse damage none is."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from symbol_damage import BARS, DPI, SQUARE, Damage, all_of, scanned, speckled

from regulars.adapters import DirectPrinter, page_images, read_symbols
from regulars.contracts import ListBatch
from regulars.lists import PageSettings
from regulars.testing import sample_document

DOCUMENTS = tuple(sample_document(number, items=10, specials=12) for number in range(6))
SPECKS_DRAWN = 5
BARS_READ_MIN, SQUARES_READ_MIN = 0.93, 0.46
"""Shares read with specks on 2 per cent in the trial that the damage is taken from."""


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory, font_folder: Path) -> list[Image.Image]:
    folder = tmp_path_factory.mktemp("damage")
    DirectPrinter(PageSettings("G"), font_folder).render(ListBatch("a.pdf", DOCUMENTS), folder / "a.pdf")
    return list(page_images(folder / "a.pdf", dpi=DPI))


def read(page: Image.Image, left: float, right: float, damage: Damage, draw: int = 6) -> tuple[str, ...]:
    width, height = page.size
    part = page.crop((round(left * width), round(0.79 * height), round(right * width), round(0.93 * height)))
    symbols = read_symbols(damage(part, np.random.default_rng(draw)))
    return symbols.bars + symbols.qr


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


def share_read(pages: list[Image.Image], left: float, right: float, expected: list[str], damage: Damage) -> float:
    """Of every page under specks drawn anew several times."""
    tries = [
        (page, text, draw) for draw in range(SPECKS_DRAWN) for page, text in zip(pages, expected, strict=True)
    ]
    right_ones = [
        read(page, left, right, damage, 100 * draw + place) == (text,)
        for place, (page, text, draw) in enumerate(tries)
    ]
    return sum(right_ones) / len(tries)


def test_specks_on_two_per_cent(pages: list[Image.Image]) -> None:
    codes = [document.list_code for document in DOCUMENTS]
    payloads = [document.qr_payload for document in DOCUMENTS]
    at_200, at_300 = (all_of(speckled(0.02), scanned(dpi)) for dpi in (200, 300))
    assert share_read(pages, 0.5, 0.79, codes, at_200) >= BARS_READ_MIN
    assert share_read(pages, 0.79, 1.0, payloads, at_300) >= SQUARES_READ_MIN
    worse = all_of(speckled(0.2), scanned(200))
    assert share_read(pages, 0.5, 0.79, codes, worse) < BARS_READ_MIN
    assert share_read(pages, 0.79, 1.0, payloads, worse) < SQUARES_READ_MIN
