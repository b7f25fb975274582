"""The documentation as tests see it: pages, links, code, and the commands written in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changelog.d").glob("*.md")])

_FENCE = re.compile(r"^(`{3,}|:{3,})(\{?[\w-]*\}?)[^\n]*\n(.*?)^\1[ ]*$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


@dataclass(frozen=True)
class Call:
    """One command line of ours as a page shows it."""

    page: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}: {' '.join(self.words)}"


def name_of(page: Path) -> str:
    """Path of a page, relative to the repository."""
    return page.relative_to(ROOT).as_posix()


def text_of(page: Path) -> str:
    """The page as it stands."""
    return page.read_text(encoding="utf-8")


def code_blocks(text: str) -> Iterator[tuple[str, str]]:
    """Fenced blocks: language and body; directives are left out."""
    for match in _FENCE.finditer(text):
        if not match[2].startswith("{"):
            yield match[2], match[3]


def prose(text: str) -> str:
    """The text without its fenced blocks."""
    return _FENCE.sub("", text)


def inline_code(text: str) -> list[str]:
    """What stands between single backticks outside fenced blocks."""
    return _INLINE.findall(prose(text))


def links(text: str) -> list[str]:
    """Targets of links outside code."""
    return _LINK.findall(_INLINE.sub("", prose(text)))


def anchors(text: str) -> set[str]:
    """The anchors headings get: lower case, blanks to hyphens, other marks dropped."""
    heads = (re.sub(r"[`*]", "", head).lower() for head in _HEADING.findall(prose(text)))
    return {re.sub(r"[^\w\- ]", "", head).replace(" ", "-") for head in heads}


def calls(page: Path) -> list[Call]:
    """Every call of `regulars` on a page, in blocks of shell and between backticks."""
    text = text_of(page)
    lines = [
        line for language, body in code_blocks(text) if language in {"sh", "text"} for line in body.splitlines()
    ]
    found = [words for line in lines for words in calls_of_line(line)]
    found += [words for code in inline_code(text) for words in calls_of_line(code)]
    return [Call(name_of(page), words) for words in found]


def calls_of_line(line: str) -> Iterator[tuple[str, ...]]:
    """The calls of one line of shell: what follows the program's name up to the next command or redirection."""
    if not re.search(r"(?:^|[\s/])regulars(?:\s|$)", line):
        return
    for part in re.split(r"&&|\|\||[|;]|\d?>>?", line.split(" # ")[0]):
        words = shlex.split(part, comments=True) if part.count("'") % 2 == 0 else part.split()
        while words and not (words[0] == "regulars" or words[0].endswith("/bin/regulars")):
            words = words[1:]
        if words and not _names_a_folder(part):
            yield tuple(words[1:])


def _names_a_folder(part: str) -> bool:
    """Whether the word stands for a user or folder of that name, as in ``cd regulars``."""
    return re.match(r"\s*(?:sudo\s.*|cd\s.*|git\s.*|pip\s.*)$", part) is not None
