"""Pages as pictures: PDF to PNG, symbols read back, text read back. For tests, the report and the doctor."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pypdfium2
import zxingcpp
from PIL import Image

from regulars.kernel import StoreError

_BARS = (zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.EAN13)


@dataclass(frozen=True)
class Symbols:
    """What a reader found on one page, every Code 128 or EAN-13 and every QR, sorted."""

    bars: tuple[str, ...]
    qr: tuple[str, ...]


def read_symbols(image: Image.Image) -> Symbols:
    """Every Code 128, EAN-13 and QR symbol in a picture.

    A QR symbol is one of model 2, as phones read it: in the corner of one in five hundred the reader would also find
    a Micro QR symbol that nobody printed.
    """
    wanted = zxingcpp.BarcodeFormats([*_BARS, zxingcpp.BarcodeFormat.QRCodeModel2])
    found = zxingcpp.read_barcodes(image, formats=wanted)
    bars = sorted(symbol.text for symbol in found if symbol.format in _BARS)
    squares = sorted(symbol.text for symbol in found if symbol.format not in _BARS)
    return Symbols(tuple(bars), tuple(squares))


def page_count(pdf: Path) -> int:
    """How many pages a file has.

    Raises:
        StoreError: It is no readable PDF.
    """
    with _opened(pdf) as document:
        return len(document)


def page_images(pdf: Path, *, dpi: int, foot_points: float | None = None) -> Iterator[Image.Image]:
    """Pages in shades of grey, one after the other, as a printer of that resolution would see them.

    Args:
        pdf: The file.
        dpi: Dots per inch of the pictures.
        foot_points: Only this much of each page, from its lower edge; the whole page if not given.

    Raises:
        StoreError: It is no readable PDF.
    """
    with _opened(pdf) as document:
        for page in document:
            above = 0.0 if foot_points is None else max(0.0, page.get_height() - foot_points)
            yield page.render(scale=dpi / 72, grayscale=True, crop=(0, 0, 0, above)).to_pil()
            page.close()


def page_png(pdf: Path, page: int, *, dpi: int = 110) -> bytes:
    """One page in colour as a PNG file.

    Args:
        pdf: The file.
        page: Page, from 1.
        dpi: Dots per inch of the picture.

    Raises:
        StoreError: It is no readable PDF.
    """
    with _opened(pdf) as document:
        buffer = io.BytesIO()
        document[page - 1].render(scale=dpi / 72).to_pil().save(buffer, format="PNG", optimize=True)
        return buffer.getvalue()


def page_texts(pdf: Path) -> list[str]:
    """Text of every page in the order it is drawn, white space as found.

    Raises:
        StoreError: It is no readable PDF.
    """
    texts: list[str] = []
    with _opened(pdf) as document:
        for page in document:
            text_page = page.get_textpage()
            texts.append(text_page.get_text_range())
            text_page.close()
            page.close()
    return texts


def text_overlaps(pdf: Path, slack_points: float = 0.8) -> list[int]:
    """How many pairs of texts share more than a hair, page by page; a proof's stamp lies over much.

    Args:
        pdf: The file.
        slack_points: A hair.

    Raises:
        StoreError: It is no readable PDF.
    """
    counts: list[int] = []
    with _opened(pdf) as document:
        for page in document:
            text = page.get_textpage()
            boxes = np.array([text.get_rect(place) for place in range(text.count_rects())]).reshape(-1, 4)
            wide, high = (
                np.minimum(boxes[:, None, end], boxes[None, :, end])
                - np.maximum(boxes[:, None, start], boxes[None, :, start])
                for start, end in ((0, 2), (1, 3))
            )
            counts.append(int(np.triu((wide > slack_points) & (high > slack_points), 1).sum()))
            text.close()
            page.close()
    return counts


@contextmanager
def _opened(pdf: Path) -> Iterator[pypdfium2.PdfDocument]:
    try:
        document = pypdfium2.PdfDocument(pdf)
    except (OSError, pypdfium2.PdfiumError) as error:
        raise StoreError(f"cannot read {pdf} as PDF: {error}") from error
    try:
        yield document
    finally:
        document.close()
