"""Bytes of a POSLog become transactions, one at a time; what cannot be read is told and passed over.

The reading is a stream: memory holds one transaction. A document type, an unknown entity, a tag of a megabyte or what
is no XML costs the transaction it stands in, and reading goes on at the next one.

Source:
    XML 1.0 (fifth edition); Expat, the parser of the standard library.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from xml.parsers import expat

from ._elements import TRANSACTION, Element
from ._faults import Fault, Refused

Record = dict[str, Any]
"""What was read of one element: texts by key, lists of records by key."""

_CHUNK_BYTES = 1 << 16
_FIRST_BYTES = 1 << 12
_TOKEN_BYTES_MAX = 1 << 20
_TEXT_CHARACTERS_MAX = 4_096
_TEXTS_MAX = 64
"""So many pieces of a text are more than is kept of it: each is as long as Expat's buffer."""
_NAMES_MAX = 1_000
_DEPTH_MAX = 200
_LINES_MAX = 50_000
_FAULTS_MIN, _BYTES_PER_FAULT = 60_000, 5_000
"""Reading stops at so many faults, or at one for so many bytes of the file."""
_START = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?Transaction[\s/>]|<!--|<!\[CDATA\[")
_NEST = re.compile(rb"(?:<(?:[A-Za-z_][\w.-]*:)?Transaction(?:\s[^<>]*+)?>\s*+)+")
_COMMENT, _SECTION = b"<!--", b"<![CDATA["
_DASHES = re.compile(rb"--.", re.DOTALL)
_SECTION_END = re.compile(rb"\]\]>")
_START_BYTES_MAX = 256
_RESUMED = b"<r>"
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
            document = _Document(self._each, self._offset, self._line, resumed=resumed)
            next_offset, resumed = self._read(document)
            if self._faults > faults_max:
                self._report(
                    document, "xml-is-well-formed", f"more than {faults_max} faults: the rest was not read"
                )
                return
            document.let_go()

    def _read(self, document: _Document) -> tuple[int | None, bool]:
        """Read until something cannot be read; where to go on, and whether in the middle of a document."""
        parser = document.parser
        fed, size = 0, _FIRST_BYTES
        os.lseek(self._descriptor, self._offset, os.SEEK_SET)
        try:
            if document.resumed:
                parser.Parse(_RESUMED)
            while chunk := os.read(self._descriptor, size):
                fed += len(chunk)
                size = min(2 * size, _CHUNK_BYTES)
                parser.Parse(chunk)
                del document.texts[_TEXTS_MAX:]
                if self._offset + fed - document.place() > _TOKEN_BYTES_MAX:
                    raise Refused("xml-tags-are-short", "a tag longer than a megabyte: expected short ones")
            parser.Parse(b"", True)
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

    def _after_error(self, document: _Document, error: expat.ExpatError) -> tuple[int | None, bool]:
        place = max(document.base + document.parser.ErrorByteIndex, self._offset)
        outside = document.record is None
        if error.code in _NEW_DOCUMENT and outside and place > self._offset:
            return place, False
        ends = document.resumed and outside and document.depth == 1
        if ends and error.code in _CUT_SHORT:
            return None, False
        if ends and error.code == _TAG_MISMATCH:
            return self._next_start(place), True
        if error.code in _CUT_SHORT and not document.token_is_open(place, self._descriptor):
            self._report(document, "xml-is-complete", "the file ends in the middle: expected its last end tag")
            return None, False
        told = expat.errors.messages[error.code]
        self._report(document, "xml-is-well-formed", f"{told}: expected well-formed XML", place)
        return self._next_start(max(place, self._offset + 1)), True

    def _report(self, document: _Document, rule: str, message: str, place: int | None = None) -> None:
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


class _Document:
    """What is known in the middle of a document: where we are in it, and the transaction that is being read."""

    def __init__(self, each: Callable[[Record], None], offset: int, line: int, *, resumed: bool) -> None:
        self._each = each
        self.resumed = resumed
        self.base = offset - (len(_RESUMED) if resumed else 0)
        self.line_base = line
        self.depth = 0
        self.record: Record | None = None
        self.prefix = self.start_name = ""
        self._root = _Place(TRANSACTION)
        self.texts: list[str] = []
        self.namespace: str | None = None
        parser = self.parser = expat.ParserCreate("utf-8")
        parser.buffer_text = parser.ordered_attributes = True
        parser.StartElementHandler = self._start_outside
        parser.EndElementHandler = self._end_outside
        parser.EndDoctypeDeclHandler = self._doctype_ends

    def place(self) -> int:
        """Byte of the file we are at."""
        return self.base + max(self.parser.CurrentByteIndex, 0)

    def line(self) -> int:
        """Line of the file we are at."""
        return self.line_base + int(self.parser.CurrentLineNumber) - 1

    def key(self) -> str:
        """The transaction we are in, for a message."""
        record = self.record
        if record is None:
            return ""
        store = record.get("store") or next((unit["id"] for unit in record.get("units", ()) if "id" in unit), "?")
        return f"store {store} lane {record.get('lane', '?')} number {record.get('number', '?')}: "

    def token_is_open(self, place: int, descriptor: int) -> bool:
        """Whether much stands behind a token that never ends: it may be good."""
        return len(os.pread(descriptor, _TOKEN_BYTES_MAX, place)) > _START_BYTES_MAX

    def refuse_endless(self) -> None:
        """Stop at a transaction that has too many lines.

        Raises:
            Refused: Always.
        """
        raise Refused("transaction-is-not-endless", f"more than {_LINES_MAX} lines: expected fewer")

    def name_of(self, name: str, attributes: list[str]) -> str:
        """The local name of an element; with a star before it when it is a vendor's own."""
        prefix, _, local = name.rpartition(":")
        known = local if prefix in {"", self.prefix} else "*" + local
        foreign = not prefix and _namespace(attributes, self.namespace) != self.namespace
        return "*" + local if foreign else known

    def close(self) -> None:
        """Hand the transaction over that ends here."""
        record, self.record = self.record, None
        self.depth -= 1
        self.parser.StartElementHandler = self._start_outside
        self.parser.EndElementHandler = self._end_outside
        self.parser.CharacterDataHandler = None
        assert record is not None
        self._each(record)

    def let_go(self) -> None:
        """Free Expat's memory now: it and its handlers hold each other, and a file may make us start anew often."""
        self.parser.StartElementHandler = self.parser.EndElementHandler = None
        self.parser.EndDoctypeDeclHandler = self.parser.CharacterDataHandler = None

    def check_passed(self, name: str, depth: int) -> None:
        """Refuse a transaction inside a transaction, and what is too deep.

        Raises:
            Refused: It is one of these.
        """
        if name == self.start_name:
            message = "a transaction inside it: expected its end tag first"
            raise Refused("xml-is-well-formed", message, self.place())
        _check_depth(depth)

    def _doctype_ends(self) -> None:
        raise Refused("xml-has-no-document-type", "a document type: expected none, for entities can be a trap")

    def _start_outside(self, name: str, attributes: list[str]) -> None:
        self.depth += 1
        _check_depth(self.depth)
        prefix, _, local = name.rpartition(":")
        self.namespace = _namespace(attributes, self.namespace)
        if local != "Transaction":
            return
        if name != self.start_name:
            self.prefix, self.start_name, self._root = prefix, name, _Place(TRANSACTION)
        self.record = record = {"line": self.line(), "offset": self.place()}
        _take(record, TRANSACTION.attributes, attributes)
        self.parser.StartElementHandler, self.parser.EndElementHandler = _inside(self, record, self._root)
        self.texts.clear()
        self.parser.CharacterDataHandler = self.texts.append

    def _end_outside(self, _: str) -> None:
        self.depth -= 1


def _check_depth(depth: int) -> None:
    if depth > _DEPTH_MAX:
        raise Refused("xml-is-not-deep", f"more than {_DEPTH_MAX} elements inside each other: expected fewer")


def _take(into: Record, keys: Mapping[str, str], attributes: list[str]) -> None:
    """Keep the attributes that are read."""
    each = iter(attributes)
    for attribute, value in zip(each, each, strict=True):
        if attribute in keys:
            into.setdefault(keys[attribute], value)


def _opened(element: Element, attributes: list[str], opened: Record, into: Record) -> Record:
    """The record that what stands inside an element goes to: one of its own, if it opens one."""
    opens = element.opens
    if opens:
        if opens in into:
            into[opens].append(opened)
        else:
            into[opens] = [opened]
        into = opened
    if attributes:
        keys = element.attributes
        if len(attributes) > 2:
            _take(into, keys, attributes)
        elif attributes[0] in keys:
            into.setdefault(keys[attributes[0]], attributes[1])
    if element.mark is not None:
        into.setdefault(*element.mark)
    return into


def _namespace(attributes: list[str], otherwise: str | None) -> str | None:
    """The namespace an element names for itself and what is inside it."""
    return attributes[attributes.index("xmlns") + 1] if "xmlns" in attributes[::2] else otherwise


class _Place:
    """An element, and what the names inside it stand for as this document writes them.

    Args:
        element: The element.
    """

    __slots__ = ("element", "known")

    def __init__(self, element: Element) -> None:
        self.element = element
        self.known: dict[str, _Known] = {}

    def find(self, document: _Document, name: str, attributes: list[str]) -> _Known:
        """What an element is: a place of its own, or else the key its text is kept by; empty to pass it over.

        Args:
            document: The document.
            name: Its name as written.
            attributes: Its attributes: a namespace told there holds for this element alone.
        """
        element = self.element.children.get(document.name_of(name, attributes))
        if element is None:
            found: _Known = "", None
        elif element.is_leaf:
            found = element.key, None
        else:
            found = None, _Place(element)
        if "xmlns" not in attributes and len(self.known) < _NAMES_MAX:
            self.known[name] = found
        return found


_Known: TypeAlias = tuple[str | None, _Place | None]
_Handlers: TypeAlias = tuple[Callable[[str, list[str]], None], Callable[[str], None]]


def _inside(document: _Document, record: Record, root: _Place) -> _Handlers:
    """What Expat calls at every start and end tag of a transaction.

    These two are where the time goes. They are closures, for a variable costs a third of an attribute; elements that
    hold but a text come first; and texts are gathered everywhere, for to switch that off costs more than to forget one.
    """
    parser, start_name, texts = document.parser, document.start_name, document.texts
    base, line_base = document.base, document.line_base - 1
    forget, stack = texts.clear, list[tuple[_Place, Record]]()
    into, place, known, passed, kept, lines = record, root, root.known, 0, 0, 0
    key: str | None = None  # that of the text we are in, empty in what is passed over

    def start(name: str, attributes: list[str]) -> None:
        nonlocal into, place, known, key, passed, kept, lines
        if key is not None:
            passed += 1
            if name == start_name or passed > _DEPTH_MAX:
                document.check_passed(name, passed)
            return
        try:
            key, found = known[name]
            if attributes and "xmlns" in attributes:
                key, found = place.find(document, name, attributes)
        except KeyError:
            key, found = place.find(document, name, attributes)
        if key:
            forget()
            return
        if found is None:
            if name == start_name:
                document.check_passed(name, 1)
            kept = len(texts)
            return
        forget()
        stack.append((place, into))
        place, known, element = found, found.known, found.element
        opened: Record = {}
        if element.opens == "lines":
            lines += 1
            if lines > _LINES_MAX:
                document.refuse_endless()
            opened = {"line": line_base + parser.CurrentLineNumber, "offset": base + parser.CurrentByteIndex}
        into = _opened(element, attributes, opened, into)

    def end(_: str) -> None:
        nonlocal into, place, known, key, passed
        if key is not None:
            if passed:
                passed -= 1
                return
            if not key:
                del texts[kept:]
            elif key not in into:
                text = (texts[0] if len(texts) == 1 else "".join(texts)).strip()
                if text:
                    into[key] = text if len(text) <= _TEXT_CHARACTERS_MAX else text[:_TEXT_CHARACTERS_MAX]
                forget()
            key = None
            return
        own = place.element.key
        if own and (text := "".join(texts).strip()[:_TEXT_CHARACTERS_MAX]):
            into.setdefault(own, text)
        if not stack:
            document.close()
            return
        forget()
        place, into = stack.pop()
        known = place.known

    return start, end
