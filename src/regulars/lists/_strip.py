"""The strip over the foot: privileges, what may be liked and a tip, a line each, where the page has room."""

from __future__ import annotations

from typing import Any

from regulars.contracts import ListDocument, ListReward, RewardKind

from ._metrics import Face
from ._texts import Texts

STRIP_LEADING = 13.0
STRIP_GAP = 8.0
_BEFORE_STRIP = 7.0
_SIZES = (9.4, 9.0, 8.6, 8.2)
_BETWEEN = "  ·  "

Line = dict[str, Any]


def strip_lines(document: ListDocument, inner: float, texts: Texts) -> list[Line]:
    """Lines of the strip, the one that is given up last first: privileges, then ideas, then the tip.

    A text that does not fit its line at the smallest size is left out, with a finding; ideas, as many as fit.
    """
    lines: list[Line] = []
    for kind in (RewardKind.PRIVILEGE, None, RewardKind.TIP):
        if kind is None:
            lines += _ideas(document, inner, texts)
        else:
            lines += [line for one in document.rewards if one.kind is kind for line in _reward(one, inner, texts)]
    return lines


def strip_height(lines: int) -> float:
    """Points above the foot that so many lines take."""
    return _BEFORE_STRIP + STRIP_LEADING * lines if lines else 0.0


def _reward(reward: ListReward, inner: float, texts: Texts) -> list[Line]:
    title, text = texts.printable(reward.title, "rewards"), texts.printable(reward.text, "rewards")
    size = _fitting(title, text, inner, texts)
    if size is None:
        texts.note("text-left-out", "rewards", f"a {reward.kind.value} is too long for its line: {reward.text!r}")
        return []
    return [{"title": title, "text": text, "size": size}]


def _ideas(document: ListDocument, inner: float, texts: Texts) -> list[Line]:
    title = texts.printable(document.ideas_title, "ideas")
    named = [texts.printable(f"{one.name} {one.price_text}".strip(), "ideas") for one in document.ideas]
    for count in range(len(named), 0, -1):
        text = _BETWEEN.join(named[:count])
        size = _fitting(title, text, inner, texts)
        if size is not None:
            return [{"title": title, "text": text, "size": size}]
    return []


def _fitting(title: str, text: str, inner: float, texts: Texts) -> float | None:
    for size in _SIZES:
        used = (
            texts.measure.width(Face.STRONG, title, size) + STRIP_GAP + texts.measure.width(Face.TEXT, text, size)
        )
        if used <= inner:
            return size
    return None
