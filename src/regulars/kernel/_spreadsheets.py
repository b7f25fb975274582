"""Texts that a spreadsheet must not take for a formula."""

from __future__ import annotations

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")


def formula_safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula.

    Source:
        OWASP ASVS 5.0, 1.2.10.

    Example:
        >>> formula_safe("=1+1"), formula_safe("Milk")
        ("'=1+1", 'Milk')
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
