"""A store's own fonts: read and checked, and static cuts of them kept in a folder that is named by what they are.

Roles: ``heading`` (titles, calls, band), ``text`` (names and items), ``strong`` (the same, emphasized). A variable font
is cut at the page's weights. What is wrong with a file is a finding, and the shipped font stands in its place.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont, TTLibError

from regulars.contracts import Finding
from regulars.flows import write_whole
from regulars.kernel import StoreError
from regulars.lists import Face

from ._cuts import PAGE_FEATURES, own_cut

FONT_ROLES = ("heading", "text", "strong")
_NEEDED = frozenset(map(ord, string.ascii_letters + string.digits + " .,"))
_EXPECTED = frozenset(map(ord, string.printable.strip() + "ÁÉÍÑÓÚÜáéíñóúü¿¡½¢°·×–—’“”…"))
_RESTRICTED, _NO_SUBSET, _BITMAPS_ONLY = 0x0002, 0x0100, 0x0200
_BYTES_MAX = 10_000_000
_CAPITALS = (550, 800)
_LETTERS = (-320, 1_000)
_CUTS = {
    Face.DISPLAY: ("Store Heading", 800, ("heading",)),
    Face.HEADING: ("Store Heading", 600, ("heading",)),
    Face.TEXT: ("Store Text", 400, ("text",)),
    Face.STRONG: ("Store Text", 600, ("strong", "text")),
}


def own_fonts(files: Mapping[str, str], root: Path, cache: Path) -> tuple[Path | None, tuple[Finding, ...]]:
    """Cuts of a store's own fonts.

    Args:
        files: By role, a TTF or OTF file relative to `root`; ``strong`` counts only with ``text``.
        root: The workspace.
        cache: Where the cuts are kept; made at first use.

    Returns:
        The folder of the cuts, None if no file is of use; and what is wrong, told of ``brand.fonts.ROLE``.

    Raises:
        StoreError: The cuts cannot be written.
    """
    read: dict[str, bytes] = {}
    findings: list[Finding] = []
    for role in FONT_ROLES:
        if role not in files:
            continue
        content, fault = _content(root / files[role])
        if not fault:
            fault = _fault(content)
        if fault:
            told = f"{files[role]} is not used: {fault}; the shipped font stands in its place"
            findings.append(_finding(role, "font-unusable", told))
            continue
        read[role] = content
        missing = _missing(content)
        if missing:
            told = f"{files[role]} lacks {missing}; they are printed in the shipped font"
            findings.append(_finding(role, "font-incomplete", told))
    if "text" not in read:
        read.pop("strong", None)
    return (_kept(read, cache) if read else None), tuple(findings)


def own_font_files(folder: Path) -> dict[Face, Path]:
    """The cuts in a folder of `own_fonts`, by face."""
    files = {path.stem: path for path in folder.iterdir()}
    return {face: files[face.value] for face in _CUTS if face.value in files}


def own_families(folder: Path) -> set[str]:
    """What the cuts in a folder are called."""
    return {_CUTS[face][0] for face in own_font_files(folder)}


def _content(path: Path) -> tuple[bytes, str]:
    try:
        content = path.read_bytes()
    except OSError as error:
        return b"", str(error.strerror)
    if len(content) > _BYTES_MAX:
        return b"", f"it has {len(content):,} bytes, expected {_BYTES_MAX:,} at most"
    return content, ""


def _fault(content: bytes) -> str:
    """Why a font is of no use; empty if it is."""
    if content[:4] not in {b"\x00\x01\x00\x00", b"true", b"OTTO"}:
        return "it is no TTF or OTF file"
    try:
        with own_cut(content, "Checked", 400, ()).font as font:
            return _table_fault(font)
    except (TTLibError, RuntimeError, ValueError, KeyError, AssertionError, OverflowError, IndexError) as error:
        return f"it cannot be read ({type(error).__name__})"


def _table_fault(font: TTFont) -> str:
    rights = int(font["OS/2"].fsType)
    if rights & _BITMAPS_ONLY or (rights & 0x000F) == _RESTRICTED:
        return "its licence bits forbid to embed it"
    if rights & _NO_SUBSET:
        return "its licence bits forbid to embed a part of it"
    if "glyf" not in font and "CFF " not in font:
        return "its outlines are neither TrueType nor CFF"
    codes = font.getBestCmap() or {}
    if lacking := sorted(_NEEDED - codes.keys()):
        return f"it lacks {_named(lacking)}"
    low, high = _height(font, map(ord, string.ascii_letters + string.digits))
    capitals = _height(font, [ord("H")])[1]
    if not _CAPITALS[0] <= capitals <= _CAPITALS[1]:
        return f"its capitals are {capitals / 1_000:.2f} of its size high, expected 0.55 to 0.80"
    if low < _LETTERS[0] or high > _LETTERS[1]:
        return "its letters reach into the lines above or below"
    return ""


def _height(font: TTFont, codes: Iterable[int]) -> tuple[float, float]:
    """Lowest and highest point of letters, thousandths of the size."""
    glyphs, names, boxes = font.getGlyphSet(), font.getBestCmap(), []
    for code in codes:
        pen = BoundsPen(glyphs)
        glyphs[names[code]].draw(pen)
        if pen.bounds is not None:
            boxes.append(pen.bounds)
    return min((box[1] for box in boxes), default=0.0), max((box[3] for box in boxes), default=0.0)


def _missing(content: bytes) -> str:
    with own_cut(content, "Checked", 400, ()).font as font:
        lacking = sorted(_EXPECTED - font.getBestCmap().keys())
    return _named(lacking) if lacking else ""


def _named(codes: list[int]) -> str:
    shown = " ".join("the blank" if code == 32 else chr(code) for code in codes[:12])
    return shown + (f" and {len(codes) - 12} more" if len(codes) > 12 else "")


def _finding(role: str, rule: str, message: str) -> Finding:
    return Finding("regulars.toml", None, f"brand.fonts.{role}", rule, f"the font {message}")


def _kept(read: Mapping[str, bytes], cache: Path) -> Path:
    digest = hashlib.sha256(metadata.version("uharfbuzz").encode())
    for role in sorted(read):
        digest.update(role.encode() + hashlib.sha256(read[role]).digest())
    folder = cache / digest.hexdigest()[:20]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for face, (family, weight, roles) in _CUTS.items():
            content = next((read[role] for role in roles if role in read), None)
            if content is None:
                continue
            path = folder / f"{face.value}.{'otf' if content[:4] == b'OTTO' else 'ttf'}"
            if not path.exists():
                write_whole(own_cut(content, family, weight, PAGE_FEATURES).content, path)
    except OSError as error:
        raise StoreError(f"cannot write the store's fonts into {folder}: {error}") from error
    return folder
