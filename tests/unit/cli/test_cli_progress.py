"""Progress: drawn over itself on a terminal, now and then a line in a log."""

import io
import re

import pytest

from regulars.cli import _progress
from regulars.cli._progress import TerminalProgress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(_progress, "time", made)
    return made


def run(stream: io.StringIO, clock: Clock, seconds: float) -> str:
    with TerminalProgress(stream).step("lists", 100) as step:
        for _ in range(100):
            clock.now += seconds / 100
            step.advance()
    return stream.getvalue()


def test_a_log_is_told_every_half_minute_and_at_the_end(clock: Clock) -> None:
    assert run(io.StringIO(), clock, 100.0).splitlines() == [
        "lists 30/100 …", "lists 60/100 …", "lists 90/100 …", "lists: 100.0 s",
    ]  # fmt: skip


def test_a_log_is_not_told_of_a_short_step(clock: Clock) -> None:
    assert run(io.StringIO(), clock, 29.0) == ""


def test_a_terminal_shows_the_newest_count_on_one_line(clock: Clock) -> None:
    text = run(Terminal(), clock, 20.0)
    assert text.count("\n") == 1
    drawn = re.split("\r\x1b\\[2K", text)
    assert (drawn[1], drawn[-2], drawn[-1]) == ("lists 0/100 …", "lists 100/100 …", "lists: 20.0 s\n")
