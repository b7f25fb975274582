"""Progress that tells nobody, for work nobody waits for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class SilentProgress:
    """A `Progress` and its own step; says nothing."""

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[SilentProgress]:
        """A step nobody hears of."""
        del title, total
        yield self

    def advance(self, amount: int = 1) -> None:
        """So much more is done."""
