"""Read a printed page back and compare it with its document: no text may be clipped or missing."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from regulars.contracts import ListDocument, RewardKind


@lru_cache(10_000)
def _words_in_order(text: str, between: str = r"\s+") -> re.Pattern[str]:
    return re.compile(between.join(re.escape(word) for word in text.split()))


def _printed(text: str) -> str:
    return " ".join(text.replace("\u2009", " ").replace("\xad", "").split())


def missing_texts(document: ListDocument, page: str, findings: Collection[str] = ()) -> list[str]:
    """Texts of a document that its page does not hold.

    Args:
        document: What was printed.
        page: Text read back from the page.
        findings: Columns and rules that had to give way, and so need not stand there whole.
    """
    page = _printed(page)
    price = r"\s+(?:(?:\$?[\d,.]+|see shelf)\s+)?"
    wanted: list[tuple[str, re.Pattern[str]]] = []
    lines = [line for section in document.sections for line in section.lines]
    if "items-cut" not in findings and "line.name" not in findings:
        for line in lines:
            wanted += [(line.name, _words_in_order(f"{line.name} {line.size_text}", price))]
            wanted += [(line.price_text, _words_in_order(line.price_text))]
        wanted += [(section.title, _words_in_order(section.title)) for section in document.sections]
    for special in document.specials:
        texts = [special.headline, special.headline_note, special.detail, special.saving_text, special.conditions]
        texts += [] if "special" in findings else [special.name]
        wanted += [(text, _words_in_order(text)) for text in texts]
    if "household_name" not in findings:
        wanted.append((document.household_name, _words_in_order(document.household_name)))
    if "rewards" not in findings:
        promised = (one for one in document.rewards if one.kind is RewardKind.PRIVILEGE)
        wanted += [(one.text, _words_in_order(f"{one.title} {one.text}")) for one in promised]
    code = document.list_code
    for text in (document.validity_text, f"{code[:5]} {code[5:13]} {code[13:]}", *document.notes):
        wanted.append((text, _words_in_order(text)))
    if document.saving_cents:
        wanted.append((document.saving_text, _words_in_order(f"Save up to {document.saving_text}")))
    if document.proof:
        since = "already" if document.live else "not yet"
        wanted.append(("proof", _words_in_order(f"Proof: {since} valid at the register")))
    return [text for text, pattern in wanted if text and not pattern.search(page)]
