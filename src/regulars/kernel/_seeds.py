"""Draws and digests derived from names, so that neither order nor parallelism ever matters."""

from __future__ import annotations

import hashlib

_SEPARATOR = "\x1f"


def digest_of(*parts: object) -> str:
    """A hex digest, 64 characters (SHA-256), of the text of its parts.

    Example:
        >>> digest_of("a", 1)[:8]
        '839e11a4'
    """
    return hashlib.sha256(_SEPARATOR.join(map(str, parts)).encode()).hexdigest()


def derived_seed(*parts: object) -> int:
    """A 64-bit seed that depends on its parts alone.

    Example:
        >>> derived_seed("discovery", 24, "household-7") == derived_seed("discovery", 24, "household-7")
        True
    """
    return int(digest_of(*parts)[:16], 16)


def unit_interval(*parts: object) -> float:
    """A draw from [0, 1), uniform over parts, 53 bits."""
    return (derived_seed(*parts) >> 11) / float(1 << 53)
