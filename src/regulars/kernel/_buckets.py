"""The household bucket: the unit of scale. All profile work is local to one bucket."""

from __future__ import annotations

from zlib import crc32


def bucket_of(household_id: str, buckets: int) -> int:
    """The bucket of a household, 0 <= bucket < buckets; the same on every machine and engine.

    Args:
        household_id: The source's id, as text.
        buckets: How many buckets the warehouse has, > 0.

    Example:
        >>> bucket_of("900", 16)
        2
    """
    return crc32(household_id.encode()) % buckets
