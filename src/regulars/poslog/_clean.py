"""The text of a POSLog as UTF-8: other encodings are converted, and what is no text is marked."""

from __future__ import annotations

import codecs
import os
import re
from dataclasses import dataclass
from pathlib import Path

UNREADABLE = "\ufffd"
"""Stands where the file holds bytes that are no text, or a character that XML does not allow."""

_CHUNK_BYTES = 1 << 20
_HEAD_BYTES = 1_024
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = bytes(code for code in range(32) if chr(code) not in "\t\n\r")
_REFERENCE = rb"&#(?:0*(?:[0-8]|1[1-24-9]|2\d|3[01])|x0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]));"
_FORBIDDEN = re.compile(b"[" + re.escape(_CONTROLS) + b"]|" + _REFERENCE)
_REFERENCE_BYTES = 64


@dataclass(frozen=True)
class ReadableFile:
    """A file that holds nothing but UTF-8 text.

    Args:
        path: The file itself, or the copy.
        encoding: What it was written in.
        marked: How many places were marked.
    """

    path: Path
    encoding: str
    marked: int


def readable_file(path: Path, copy: Path) -> ReadableFile:
    """A file as UTF-8 without characters that XML forbids; itself if it is so already.

    Args:
        path: The file.
        copy: Where a clean copy is written if one is needed.

    Raises:
        OSError: The file cannot be read, or the copy not written.
    """
    encoding = _encoding_of(path)
    if encoding == "utf-8" and _is_clean(path):
        return ReadableFile(path, encoding, 0)
    marked = 0
    mark = UNREADABLE.encode()
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    with path.open("rb") as source, copy.open("wb") as target:
        rest = b""
        while True:
            chunk = source.read(_CHUNK_BYTES)
            text = decoder.decode(chunk, final=not chunk)
            clean, found = _FORBIDDEN.subn(mark, rest + text.encode("utf-8", "replace"))
            marked += found + text.count(UNREADABLE)
            rest = clean[-_REFERENCE_BYTES:] if chunk else b""
            target.write(clean[: len(clean) - len(rest)])
            if not chunk:
                return ReadableFile(copy, encoding, marked)


def _encoding_of(path: Path) -> str:
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    for encoding in ("utf-16-le", "utf-16-be"):
        if head.startswith("<".encode(encoding)):
            return encoding
    declared = _DECLARED.match(head)
    if declared is None:
        return "utf-8"
    name = declared[1].decode("ascii")
    try:
        found = codecs.lookup(name)
    except LookupError:
        return "utf-8"
    # Two bytes a character cannot be: the declaration was read as one byte each.
    return found.name if _is_text(found.name) else "utf-8"


def _is_text(name: str) -> bool:
    """Whether a codec turns ASCII bytes into the same text; others (zip, base64, UTF-16) would not have been read."""
    try:
        return b"<x>".decode(name) == "<x>"
    except (LookupError, ValueError):
        return False


def _is_clean(path: Path) -> bool:
    """Whether a file is UTF-8 without what XML forbids; a byte is looked for by removing it, which is quickest."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    descriptor = os.open(path, os.O_RDONLY)
    try:
        rest = b""
        while chunk := os.read(descriptor, _CHUNK_BYTES):
            decoder.decode(chunk)
            if len(chunk.translate(None, _CONTROLS)) < len(chunk):
                return False
            seam = rest + chunk[:_REFERENCE_BYTES]
            if b"&#" in seam and _FORBIDDEN.search(seam):
                return False
            if b"&#" in chunk and _FORBIDDEN.search(chunk):
                return False
            rest = chunk[-_REFERENCE_BYTES:]
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        os.close(descriptor)
    return True
