"""Bytes of a POSLog become transactions, one at a time; what cannot be read is told and passed over.

The reading is a stream: memory holds one transaction. A document type, an unknown entity, a tag of a megabyte or what
is no XML costs the transaction it stands in, and reading goes on at the next one.

Source:
    XML 1.0 (fifth edition); Expat, the parser of the standard library.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from xml.parsers import expat

from ._document import Document, Record
from ._faults import Fault, Refused
from ._shapes import ShapeReader

_CHUNK_BYTES = 1 << 16
_FIRST_BYTES = 1 << 12
_TOKEN_BYTES_MAX = 1 << 20
_FAULTS_MIN, _BYTES_PER_FAULT = 60_000, 5_000
"""Reading stops at so many faults, or at one for so many bytes of the file."""
_START = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?Transaction[\s/>]|<!--|<!\[CDATA\[")
_NEST = re.compile(rb"(?:<(?:[A-Za-z_][\w.-]*:)?Transaction(?:\s[^<>]*+)?>\s*+)+")
_COMMENT, _SECTION = b"<!--", b"<![CDATA["
_DASHES = re.compile(rb"--.", re.DOTALL)
_SECTION_END = re.compile(rb"\]\]>")
_START_BYTES_MAX = 256
_END = re.compile(rb"</(?:[A-Za-z_][\w.-]*:)?Transaction>")
_TRANSACTION_BYTES_MAX = 1 << 20
"""A longer one is not read by its shape."""
_NEW_DOCUMENT = frozenset(
    expat.errors.codes[text]
    for text in (expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT, expat.errors.XML_ERROR_MISPLACED_XML_PI)
)
_TAG_MISMATCH = expat.errors.codes[expat.errors.XML_ERROR_TAG_MISMATCH]
_CUT_SHORT = frozenset(
    expat.errors.codes[text]
    for text in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
    )
)


class PoslogParser:
    """Reads one file of UTF-8 text.

    Args:
        descriptor: The open file.
        each: Given every transaction that was read whole. It holds ``line`` and ``offset`` of its start, and so do
            the records of its lines.
        fault: Given everything that could not be read, in the file's order.
    """

    def __init__(self, descriptor: int, each: Callable[[Record], None], fault: Callable[[Fault], None]) -> None:
        self._descriptor = descriptor
        self._each = each
        self._tell = fault
        self._offset = 0
        self._line = 1
        self._faults = 0
        self._sections_end = True
        self._shapes: dict[tuple[str, str | None], ShapeReader] = {}

    @property
    def line(self) -> int:
        """Line of the last place where reading started anew."""
        return self._line

    @property
    def offset(self) -> int:
        """Byte of that place."""
        return self._offset

    def run(self) -> None:
        """Read the file to its end."""
        next_offset: int | None = 0
        resumed = False
        faults_max = max(_FAULTS_MIN, os.fstat(self._descriptor).st_size // _BYTES_PER_FAULT)
        while next_offset is not None:
            self._go_to(next_offset)
            document = Document(self._each, self._offset, self._line, resumed=resumed)
            next_offset, resumed = self._read(document)
            if self._faults > faults_max:
                self._report(
                    document, "xml-is-well-formed", f"more than {faults_max} faults: the rest was not read"
                )
                return
            document.let_go()

    def _read(self, document: Document) -> tuple[int | None, bool]:
        """Read until something cannot be read; where to go on, and whether in the middle of a document."""
        read, size, kept = self._offset, _FIRST_BYTES, b""
        os.lseek(self._descriptor, self._offset, os.SEEK_SET)
        try:
            while chunk := os.read(self._descriptor, size):
                read += len(chunk)
                size = min(2 * size, _CHUNK_BYTES)
                kept = self._read_on(document, kept + chunk)
                if read - len(kept) - document.place() > _TOKEN_BYTES_MAX:
                    raise Refused("xml-tags-are-short", "a tag longer than a megabyte: expected short ones")
            document.parse(kept, final=True)
        except expat.ExpatError as error:
            return self._after_error(document, error)
        except Refused as refusal:
            if refusal.offset is not None:
                last, passed = self._end_of_nest(refusal.offset)
                more = f"; {passed} more stand inside each other" if passed else ""
                self._report(document, refusal.rule, f"{refusal}{more}")
                return last, True
            self._report(document, refusal.rule, str(refusal))
            return self._next_start(document.place() + 1), True
        return None, False

    def _read_on(self, document: Document, data: bytes) -> bytes:
        """Read bytes, whole transactions by their shape; what is kept of them until more is there."""
        if not document.is_between():
            found = _END.search(data)
            end = len(data) if found is None else found.end()
            document.parse(data[:end])
            data = data[end:]
            if not document.is_between():
                document.parse(data)
                return b""
        tag = document.end_tag.encode()
        end = data.rfind(tag) + len(tag)
        if end < len(tag) and len(data) < _TRANSACTION_BYTES_MAX:
            return data
        if end < len(tag) or not _is_plain(data[:end]):
            document.parse(data)
            return b""
        texts = data[:end].decode().split(document.end_tag)[:-1]
        passed = self._read_shapes(document, texts)
        if passed is not None:
            document.parse(data[passed:])
            return b""
        return data[end:]

    def _read_shapes(self, document: Document, texts: list[str]) -> int | None:
        """Read transactions by their shape, and those that are not plain tag by tag.

        Args:
            document: The document, between two transactions.
            texts: What stands before each one's end tag.

        Returns:
            None; or, if one ends elsewhere than at its end tag, how many bytes were read.
        """
        key = document.start_name, document.namespace
        shapes = self._shapes.get(key) or self._shapes.setdefault(key, ShapeReader(*key))
        start, line = document.end()
        offset, each, tag = start, self._each, document.end_tag
        for text in texts:
            record = shapes.read(text, offset, line)
            size = len(tag) + (len(text) if text.isascii() else len(text.encode()))
            lines = text.count("\n")
            offset, line = offset + size, line + lines
            if record is not None:
                document.skip(size, lines)
                each(record)
                continue
            document.parse((text + tag).encode())
            if not document.is_between():
                return offset - start
        return None

    def _after_error(self, document: Document, error: expat.ExpatError) -> tuple[int | None, bool]:
        place = max(document.base + document.parser.ErrorByteIndex, self._offset)
        outside = document.record is None
        if error.code in _NEW_DOCUMENT and outside and place > self._offset:
            return place, False
        ends = document.resumed and outside and document.depth == 1
        if ends and error.code in _CUT_SHORT:
            return None, False
        if ends and error.code == _TAG_MISMATCH:
            return self._next_start(place), True
        if error.code in _CUT_SHORT and not self._is_open(place):
            self._report(document, "xml-is-complete", "the file ends in the middle: expected its last end tag")
            return None, False
        told = expat.errors.messages[error.code]
        self._report(document, "xml-is-well-formed", f"{told}: expected well-formed XML", place)
        return self._next_start(max(place, self._offset + 1)), True

    def _is_open(self, place: int) -> bool:
        """Whether much stands behind a token that never ends: it may be good."""
        return len(os.pread(self._descriptor, _TOKEN_BYTES_MAX, place)) > _START_BYTES_MAX

    def _report(self, document: Document, rule: str, message: str, place: int | None = None) -> None:
        self._faults += 1
        place = document.place() if place is None else place
        line = document.line_base + document.parser.ErrorLineNumber - 1
        where = document.key()
        self._tell(Fault(line, place, rule, f"{where}{message}"))

    def _end_of_nest(self, offset: int) -> tuple[int, int]:
        """Of transactions that start inside each other the last, from an offset on, and how many are before it."""
        passed = 0
        while (found := _NEST.match(os.pread(self._descriptor, _CHUNK_BYTES, offset))) is not None:
            inside = found[0].count(b"<") - 1
            if not inside:
                break
            offset += found[0].rindex(b"<")
            passed += inside
        return offset, passed

    def _next_start(self, offset: int) -> int | None:
        """Where the next transaction starts, from an offset on; what stands in a comment or a section is none."""
        size = _FIRST_BYTES
        while window := os.pread(self._descriptor, size, offset):
            size = min(2 * size, _CHUNK_BYTES)
            place, behind = 0, -1
            while behind < 0 and (found := _START.search(window, place)) is not None:
                if found[0] not in {_COMMENT, _SECTION}:
                    return offset + found.start()
                place = self._behind_in(window, found)
                if place < 0:
                    behind = self._behind(offset + found.end(), found[0])
            if behind >= 0:
                offset = behind
            elif len(window) <= _START_BYTES_MAX:
                return None
            else:
                offset += max(len(window) - _START_BYTES_MAX, place)
        return None

    def _behind_in(self, window: bytes, found: re.Match[bytes]) -> int:
        """The same as `_behind` within a window; -1 if it does not reach so far."""
        if found[0] == _SECTION:
            end = window.find(b"]]>", found.end()) if self._sections_end else found.end() - 3
            return end + 3 if end >= 0 else -1
        end = window.find(b"--", found.end())
        if end < 0 or end + 2 >= len(window):
            return -1
        return end + 3 if window[end + 2 : end + 3] == b">" else found.end()

    def _behind(self, offset: int, token: bytes) -> int:
        """Behind the comment or section that was opened just before an offset; the offset itself if it is none."""
        if token == _COMMENT:
            end = self._search(_DASHES, offset)
            return offset if end is None or end[1] != b"-->" else end[0] + len(end[1])
        end = self._search(_SECTION_END, offset)
        if end is not None:
            return end[0] + len(end[1])
        self._sections_end = False
        return offset

    def _search(self, pattern: re.Pattern[bytes], offset: int) -> tuple[int, bytes] | None:
        """The first place that looks like a pattern, from an offset on, and what stands there."""
        kept, size = b"", _FIRST_BYTES
        while chunk := os.pread(self._descriptor, size, offset):
            size = min(2 * size, _CHUNK_BYTES)
            found = pattern.search(kept + chunk)
            if found is not None:
                return offset - len(kept) + found.start(), found[0]
            offset += len(chunk)
            kept = (kept + chunk)[-_START_BYTES_MAX:]
        return None

    def _go_to(self, offset: int) -> None:
        """Stand at an offset, counting the lines on the way."""
        place = self._offset
        while place < offset:
            passed = os.pread(self._descriptor, min(_CHUNK_BYTES, offset - place), place)
            self._line += passed.count(b"\n")
            place += len(passed)
        self._offset = offset


def _is_plain(data: bytes) -> bool:
    """Whether lines end in one way that is easily counted, and no character is one that XML forbids."""
    if b"\r" in data and data.count(b"\r") > data.count(b"\r\n"):
        return False
    return data.isascii() or not (b"\xef\xbf\xbe" in data or b"\xef\xbf\xbf" in data)
