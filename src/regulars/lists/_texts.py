"""Texts of a document in characters the fonts have, and what was lost on the way."""

from __future__ import annotations

from regulars.contracts import Finding

from ._metrics import TextMeasure


class Texts:
    """Makes texts printable and keeps what was lost, one finding per rule and column."""

    def __init__(self, measure: TextMeasure) -> None:
        self.measure = measure
        self.findings: dict[tuple[str, str], Finding] = {}

    def note(self, rule: str, column: str, message: str) -> None:
        self.findings.setdefault((rule, column), Finding("", None, column, rule, message))

    def printable(self, text: str, column: str, instead: str = "") -> str:
        """A text in the characters the fonts have; `instead` stands for one of which too little is left."""
        kept, lost = self.measure.printable(text)
        if not lost:
            return kept or instead
        is_replaced = 2 * len(kept) < len(text) or not kept
        what = "another text is printed" if is_replaced and instead else "printed without them"
        self.note("glyph-missing", column, f"{column}: no font has every character; {what}")
        return instead if is_replaced else kept
