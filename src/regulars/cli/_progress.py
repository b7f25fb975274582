"""Progress for a waiting person, on standard error; silent when that is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

_REDRAW_SECONDS = 0.1


@dataclass
class _Step:
    stream: TextIO | None
    title: str
    total: int | None
    done: int = 0
    drawn_at: float = 0.0

    def advance(self, amount: int = 1) -> None:
        """So much more is done."""
        self.done += amount
        if time.monotonic() - self.drawn_at >= _REDRAW_SECONDS:
            self.draw()

    def draw(self) -> None:
        """Write the step's line over itself."""
        if self.stream is None:
            return
        self.drawn_at = time.monotonic()
        count = f" {self.done}/{self.total}" if self.total else f" {self.done}" if self.done else ""
        self.stream.write(f"\r\x1b[2K{self.title}{count} …")
        self.stream.flush()


class TerminalProgress:
    """Draws one line a step on a terminal; says nothing elsewhere.

    Args:
        stream: Where to draw; standard error by default.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        target = stream or sys.stderr
        self._stream = target if target.isatty() else None

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[_Step]:
        """Begin a step of known or unknown length."""
        started = time.monotonic()
        current = _Step(self._stream, title, total)
        current.draw()
        try:
            yield current
        finally:
            if self._stream is not None:
                self._stream.write(f"\r\x1b[2K{title}: {time.monotonic() - started:.1f} s\n")
                self._stream.flush()
