"""Progress for a waiting person, on standard error: a line drawn over itself, or now and then a line for a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

_REDRAW_SECONDS = 0.1
_LOG_SECONDS = 30.0
_OVER = "\r\x1b[2K"


@dataclass
class _Step:
    stream: TextIO
    title: str
    total: int | None
    done: int = 0

    def __post_init__(self) -> None:
        self.began_at = self.drawn_at = time.monotonic()
        self._on_terminal = self.stream.isatty()

    def advance(self, amount: int = 1) -> None:
        """So much more is done."""
        self.done += amount
        if time.monotonic() - self.drawn_at >= (_REDRAW_SECONDS if self._on_terminal else _LOG_SECONDS):
            self.draw()

    def draw(self) -> None:
        """Write the step's line, on a terminal over itself."""
        self.drawn_at = time.monotonic()
        count = f" {self.done}/{self.total}" if self.total else f" {self.done}" if self.done else ""
        self._write(f"{_OVER}{self.title}{count} …" if self._on_terminal else f"{self.title}{count} …\n")

    def begin(self) -> None:
        """Show that it has begun; a log is told of long steps alone."""
        if self._on_terminal:
            self.draw()

    def end(self) -> None:
        """Say how long it took; a log is told of long steps alone."""
        seconds = time.monotonic() - self.began_at
        if self._on_terminal or seconds >= _LOG_SECONDS:
            over = _OVER if self._on_terminal else ""
            self._write(f"{over}{self.title}: {seconds:.1f} s\n")

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


class TerminalProgress:
    """Draws one line a step on a terminal; elsewhere, for a log, writes a line every half minute of a long step.

    Args:
        stream: Where to; standard error by default.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[_Step]:
        """Begin a step of known or unknown length."""
        current = _Step(self._stream, title, total)
        current.begin()
        try:
            yield current
        finally:
            current.end()
