"""When a transaction was rung up: its instant in UTC, and the store's day where the till does not say it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from ._items import word


def zone_of(name: str) -> tzinfo:
    """A zone by its IANA name or its offset.

    Example:
        >>> zone_of("-05:30").utcoffset(None)
        datetime.timedelta(days=-1, seconds=66600)
    """
    if name[:1] in {"+", "-"}:
        span = timedelta(hours=int(name[1:3]), minutes=int(name[4:6]))
        return timezone(-span if name[0] == "-" else span)
    return ZoneInfo(name)


class Clock:
    """Reads a file's stamps.

    Args:
        stamps_zone: Zone of stamps that name none.
        store_zone: Zone of the store, which decides the day of a stamp that names its zone.
    """

    def __init__(self, stamps_zone: str, store_zone: str) -> None:
        self._stamps_zone = zone_of(stamps_zone)
        self._store_zone = zone_of(store_zone)
        self._read = functools.lru_cache(maxsize=4_096)(self._parse)

    def sold(self, record: Mapping[str, Any]) -> tuple[str, str]:
        """Instant and day of a transaction, as texts.

        The instant is the end, else the receipt's, else the log's, else the beginning; empty when there is none, and
        as written when it is no stamp. The day is the store's business day; where the file has none, the day of the
        receipt or of the instant.

        Args:
            record: What was read of the transaction.
        """
        stamps = record.get("stamps", ())
        logged = [one["text"] for one in stamps if "text" in one and word(one.get("type")) in {"", "transaction"}]
        logged += [one["text"] for one in stamps if "text" in one]
        given = [record.get("end_at"), record.get("receipt_at"), *logged[:1], record.get("begin_at")]
        text = next((one for one in given if one), "")
        at, day = self._read(text)
        business = record.get("day", "")[:10]
        if business:
            return at, business
        receipt = record.get("receipt_at") or next(iter(logged), "")
        return at, (self._read(receipt)[1] if receipt else "") or day

    def _parse(self, text: str) -> tuple[str, str]:
        """UTC as ``2017-10-01 15:15:25.000000`` and the store's day; the text itself when it is no stamp."""
        if not text:
            return "", ""
        try:
            stamp = datetime.fromisoformat(text)
        except ValueError:
            return text, ""
        try:
            if stamp.tzinfo is None:
                day = stamp.date()
                stamp = stamp.replace(tzinfo=self._stamps_zone)
            else:
                zone = self._store_zone if stamp.utcoffset() == timedelta(0) else stamp.tzinfo
                day = stamp.astimezone(zone).date()
            instant = stamp.astimezone(UTC)
        except OverflowError:
            return text, ""
        return instant.replace(tzinfo=None).isoformat(" "), day.isoformat()
