"""Time as an argument: nothing below the edge asks the machine what time it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Says what time it is."""

    def now_at(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now_at(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(tz=UTC)
