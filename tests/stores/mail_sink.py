"""A real SMTP server that counts every message it takes, and a sender that is killed over and over.

The sink runs in the test's process, the sender in one of its own (`python mail_sink.py FOLDER PORT LISTS`), so that it
can be killed at any moment.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from regulars.adapters.mail import ListWriter, MailIdentity, SmtpCarrier, SqliteMailBook
from regulars.contracts import ListDocument
from regulars.flows import Contact, MailReport, SentMessage, send_lists
from regulars.kernel import SystemClock
from regulars.lists import PageSettings
from regulars.testing import sample_document

IDENTITY = MailIdentity("Greengate Market", "lists@greengate.example", "unsubscribe@greengate.example")
WRITER = ListWriter(PageSettings("Greengate Market"), IDENTITY, "greengate.example")
_SHAPES = 50
"""How many different lists there are; the rest differ in household and number alone."""


@dataclass
class Sink:
    """Takes messages; answers what it was told to.

    Args:
        answers: Answer to the message of an address, instead of taking it.
        refused: Addresses that are refused before the message.
        hang_up: Addresses whose message is taken and whose answer never comes.
        taken: Messages by address, counted when the server takes them.
        contents: The last message of each address.
        caught: Set when a sender stands in the window it is to be killed in.
    """

    answers: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    hang_up: set[str] = field(default_factory=set)
    taken: Counter[str] = field(default_factory=Counter)
    contents: dict[str, bytes] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    caught: threading.Event = field(default_factory=threading.Event)
    _freed: threading.Event = field(default_factory=threading.Event)
    _window: str = ""
    _at: int = 0

    def catch(self, window: str, at: int) -> None:
        """Hold the sender in a window (`mail_kills`) as soon as so many messages were taken."""
        self._window, self._at = window, at
        self.caught.clear()
        self._freed.clear()

    def let_go(self) -> None:
        """Hold nobody any more."""
        self._window = ""
        self._freed.set()

    async def _hold(self, window: str) -> None:
        if self._window == window and self.taken.total() >= self._at and not self.caught.is_set():
            self.caught.set()
            while window != "any" and not self._freed.is_set():
                await asyncio.sleep(0.001)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        await self._hold("before")
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        (address,) = envelope.rcpt_tos
        if address in self.answers:
            return self.answers[address]
        with self.lock:
            self.taken[address] += 1
            self.contents[address] = envelope.original_content
        await self._hold("held")
        await self._hold("any")
        if address in self.hang_up:
            server.transport.abort()
        return "250 2.0.0 taken"


class NoNote(SqliteMailBook):
    """A book that does not write down what is about to be sent."""

    def start(self, message: SentMessage, *, again: bool = False) -> bool:
        return True

    def finish(self, message: SentMessage, state: Any, detail: str) -> None:
        super().start(message)
        super().finish(message, state, detail)


class NoSuppression(SqliteMailBook):
    """A book that forgets who said no."""

    def is_suppressed(self, address: str) -> bool:
        return False


class NoDoubt(SqliteMailBook):
    """A book that takes what is unknown for what has not been sent."""

    def message(self, cycle_number: int, household_id: str) -> SentMessage | None:
        found = super().message(cycle_number, household_id)
        return None if found is not None and found.state == "started" else found

    def start(self, message: SentMessage, *, again: bool = False) -> bool:
        return super().start(message, again=True)


CRIPPLED: dict[str, type[SqliteMailBook]] = {
    "note": NoNote,
    "suppression": NoSuppression,
    "doubt": NoDoubt,
}
"""Books that lack one guard each: what the count must notice."""


def contact(number: int) -> Contact:
    return Contact(f"sample-{number}", f"h{number}@example.org", f"TOKEN{number:021d}", "2026-11-01")


@cache
def _shape(number: int) -> ListDocument:
    return sample_document(number, items=6, specials=3)


def _documents(lists: int) -> Iterator[ListDocument]:
    for number in range(lists):
        yield replace(_shape(number % _SHAPES), household_id=f"sample-{number}", list_number=number + 1)


def send(folder: Path, port: int, lists: int, *, repeat_unknown: bool = False, without: str = "") -> MailReport:
    book = CRIPPLED.get(without, SqliteMailBook)(folder / "mail.db")
    try:
        carrier = SmtpCarrier("127.0.0.1", port, starttls=False, sender="bounces@greengate.example")
        return send_lists(
            _documents(lists), book, WRITER, carrier, clock=SystemClock(), repeat_unknown=repeat_unknown
        )
    finally:
        book.close()


if __name__ == "__main__":
    send(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), without=sys.argv[4] if len(sys.argv) > 4 else "")
