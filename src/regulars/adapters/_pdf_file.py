"""A PDF file written as it grows: objects, pages, fonts embedded once, pictures. The same calls give the same bytes.

Source: ISO 32000-1 (PDF 1.7): file structure 7.5, composite fonts 9.7, ToUnicode 9.10.3.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from io import BufferedIOBase

from ._shaping import ShapedFace

_LEVEL = 3


class PdfFile:
    """Writes objects to a stream and keeps nothing but where they lie.

    Args:
        stream: Where to; only written to.
    """

    def __init__(self, stream: BufferedIOBase) -> None:
        self._stream = stream
        self._at = 0
        self._places: dict[int, int] = {}
        self._next = 3  # 1 is the catalogue, 2 the page tree
        self._pages: list[int] = []
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def _write(self, content: bytes) -> None:
        self._stream.write(content)
        self._at += len(content)

    def number(self) -> int:
        """A free object number."""
        self._next += 1
        return self._next - 1

    def add(self, content: str, number: int | None = None) -> int:
        """Write an object; its number."""
        number = self.number() if number is None else number
        self._places[number] = self._at
        self._write(f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1"))
        return number

    def add_stream(self, content: bytes, entries: str = "") -> int:
        """Write a stream, compressed; its number."""
        packed = zlib.compress(content, _LEVEL)
        number = self.number()
        self._places[number] = self._at
        head = f"{number} 0 obj\n<</Length {len(packed)}/Filter/FlateDecode{entries}>>\nstream\n"
        self._write(head.encode("latin-1"))
        self._write(packed)
        self._write(b"\nendstream\nendobj\n")
        return number

    def add_page(self, content: bytes, size: tuple[float, float], resources: int) -> None:
        """Write one page."""
        stream = self.add_stream(content)
        box = f"[0 0 {size[0]:g} {size[1]:g}]"
        self._pages.append(
            self.add(f"<</Type/Page/Parent 2 0 R/MediaBox{box}/Resources {resources} 0 R/Contents {stream} 0 R>>")
        )

    def finish(self, title: str, language: str) -> None:
        """Write what stands at the end of a file."""
        kids = " ".join(f"{number} 0 R" for number in self._pages)
        self.add(f"<</Type/Pages/Count {len(self._pages)}/Kids[{kids}]>>", 2)
        self.add(f"<</Type/Catalog/Pages 2 0 R/Lang({language})/ViewerPreferences<</DisplayDocTitle true>>>>", 1)
        info = self.add(f"<</Title<feff{title.encode('utf-16-be').hex()}>/Producer(Regulars)>>")
        begin = self._at
        rows = [f"{self._places[number]:010d} 00000 n \n" for number in range(1, self._next)]
        self._write(f"xref\n0 {self._next}\n0000000000 65535 f \n{''.join(rows)}".encode())
        self._write(
            f"trailer\n<</Size {self._next}/Root 1 0 R/Info {info} 0 R>>\nstartxref\n{begin}\n%%EOF\n".encode()
        )


def add_font(pdf: PdfFile, face: ShapedFace, used: Mapping[int, str]) -> int:
    """Embed the glyphs that were used of a face; the number of its font object.

    Args:
        pdf: The file.
        face: The face.
        used: Glyph number to the text it stands for.
    """
    font, glyphs = face.subset(used)
    program = pdf.add_stream(font, "/Subtype/OpenType" if face.facts.is_cff else f"/Length1 {len(font)}")
    name = face.name if face.whole else f"{_tag(glyphs)}+{face.name}"
    left, bottom, right, top = face.facts.box
    descriptor = pdf.add(
        f"<</Type/FontDescriptor/FontName/{name}/Flags 4/FontBBox[{left} {bottom} {right} {top}]/ItalicAngle 0"
        f"/Ascent {face.facts.ascent}/Descent {face.facts.descent}/CapHeight {face.facts.cap_height}/StemV 80"
        f"/{'FontFile3' if face.facts.is_cff else 'FontFile2'} {program} 0 R>>"
    )
    widths = " ".join(f"{glyph}[{face.advance(glyph)}]" for glyph in glyphs)
    kind = "/CIDFontType0" if face.facts.is_cff else "/CIDFontType2/CIDToGIDMap/Identity"
    descendant = pdf.add(
        f"<</Type/Font/Subtype{kind}/BaseFont/{name}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        f"/FontDescriptor {descriptor} 0 R/DW 1000/W[{widths}]>>"
    )
    unicode = pdf.add_stream(_to_unicode({glyph: used[glyph] for glyph in glyphs if glyph in used}))
    return pdf.add(
        f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H/DescendantFonts[{descendant} 0 R]"
        f"/ToUnicode {unicode} 0 R>>"
    )


def _tag(glyphs: Iterable[int]) -> str:
    """Six capitals that name a subset, as the standard asks."""
    number = zlib.crc32(",".join(map(str, glyphs)).encode())
    return "".join(chr(65 + (number // 26**place) % 26) for place in range(6))


def _to_unicode(texts: Mapping[int, str]) -> bytes:
    rows = [f"<{glyph:04x}><{text.encode('utf-16-be').hex()}>" for glyph, text in sorted(texts.items())]
    blocks = [rows[at : at + 100] for at in range(0, len(rows), 100)]
    body = "".join(f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar\n" for block in blocks)
    return (
        "/CIDInit/ProcSet findresource begin 12 dict begin begincmap\n"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n"
        "/CMapName/Adobe-Identity-UCS def /CMapType 2 def\n"
        f"1 begincodespacerange\n<0000><ffff>\nendcodespacerange\n{body}endcmap end end\n"
    ).encode()
