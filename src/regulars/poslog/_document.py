"""What Expat tells of a document becomes records, one for each transaction; unknown elements are passed over.

Source:
    XML 1.0 (fifth edition); Expat, the parser of the standard library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from xml.parsers import expat

from ._elements import TRANSACTION, Element
from ._faults import Refused

Record = dict[str, Any]
"""What was read of one element: texts by key, lists of records by key."""

TEXT_CHARACTERS_MAX = 4_096
_TEXTS_MAX = 64
"""So many pieces of a text are more than is kept of it: each is as long as Expat's buffer."""
_NAMES_MAX = 1_000
_DEPTH_MAX = 200
_LINES_MAX = 50_000
_RESUMED = b"<r>"


class Document:
    """What is known in the middle of a document: where we are in it, and the transaction that is being read.

    Args:
        each: Given every transaction that was read whole.
        offset: Byte of the file the document starts at, or is resumed at.
        line: Line of the file that is.
        resumed: Whether it is the middle of a document.
        namespace: The namespace of what stands around it.
    """

    def __init__(
        self,
        each: Callable[[Record], None],
        offset: int,
        line: int,
        *,
        resumed: bool,
        namespace: str | None = None,
    ) -> None:
        self._each = each
        self.resumed = resumed
        self.base = offset - (len(_RESUMED) if resumed else 0)
        self.line_base = line
        self.depth = 0
        self.record: Record | None = None
        self.prefix = self.start_name = ""
        self._root = _Place(TRANSACTION)
        self.texts: list[str] = []
        self.namespace = namespace
        self._given = 0
        self._closed_at, self._closed_line = -1, 0
        parser = self.parser = expat.ParserCreate("utf-8")
        parser.buffer_text = parser.ordered_attributes = True
        parser.StartElementHandler = self._start_outside
        parser.EndElementHandler = self._end_outside
        parser.EndDoctypeDeclHandler = self._doctype_ends
        if resumed:
            self.parse(_RESUMED)

    def parse(self, data: bytes, *, final: bool = False) -> None:
        """Read on.

        Args:
            data: The bytes behind those of the last call.
            final: Whether they are the last.

        Raises:
            expat.ExpatError: They are no XML.
            Refused: They hold what is not read.
        """
        self._given += len(data)
        self.parser.Parse(data, final)
        del self.texts[_TEXTS_MAX:]

    @property
    def end_tag(self) -> str:
        """The end tag of a transaction, as this document writes it."""
        return f"</{self.start_name}>"

    def is_between(self) -> bool:
        """Whether what was read ends exactly with a transaction's end tag, inside a document."""
        return self.record is None and self.depth > 0 and self._closed_at + len(self.end_tag) == self._given

    def end(self) -> tuple[int, int]:
        """Byte and line of the file that what was read ends at, right behind a transaction's end tag."""
        return self.base + self._given, self.line_base + self._closed_line - 1

    def skip(self, size: int, lines: int) -> None:
        """Pass over transactions that were read by their shape: to Expat they are not there.

        Args:
            size: Their bytes.
            lines: Their lines.
        """
        self.base += size
        self.line_base += lines

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
        self._closed_at, self._closed_line = self.parser.CurrentByteIndex, self.parser.CurrentLineNumber
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

    def find(self, document: Document, name: str, attributes: list[str]) -> _Known:
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


def _inside(document: Document, record: Record, root: _Place) -> _Handlers:
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
                    into[key] = text if len(text) <= TEXT_CHARACTERS_MAX else text[:TEXT_CHARACTERS_MAX]
                forget()
            key = None
            return
        own = place.element.key
        if own and (text := "".join(texts).strip()[:TEXT_CHARACTERS_MAX]):
            into.setdefault(own, text)
        if not stack:
            document.close()
            return
        forget()
        place, into = stack.pop()
        known = place.known

    return start, end
