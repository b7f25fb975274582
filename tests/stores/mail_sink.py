"""A real SMTP server that counts every message it takes, and a sender that is killed over and over.

The sink runs in the test's process, the sender in one of its own (`python mail_sink.py FOLDER PORT LISTS`), so that it
can be killed at any moment.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from regulars.adapters.mail import ListWriter, MailIdentity, SmtpCarrier, SqliteMailBook
from regulars.flows import Contact, MailReport, send_lists
from regulars.kernel import SystemClock
from regulars.lists import PageSettings
from regulars.testing import sample_document

IDENTITY = MailIdentity("Greengate Market", "lists@greengate.example", "unsubscribe@greengate.example")
WRITER = ListWriter(PageSettings("Greengate Market"), IDENTITY, "greengate.example")


@dataclass
class Sink:
    """Takes messages; answers what it was told to.

    Args:
        answers: Answer to the message of an address, instead of taking it.
        refused: Addresses that are refused before the message.
        hang_up: Addresses whose message is taken and whose answer never comes.
    """

    answers: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    hang_up: set[str] = field(default_factory=set)
    taken: Counter[str] = field(default_factory=Counter)
    contents: dict[str, bytes] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
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
        if address in self.hang_up:
            server.transport.abort()
        return "250 2.0.0 taken"


def contact(number: int) -> Contact:
    return Contact(f"sample-{number}", f"h{number}@example.org", f"TOKEN{number:021d}", "2026-11-01")


def send(folder: Path, port: int, lists: int, *, repeat_unknown: bool = False) -> MailReport:
    book = SqliteMailBook(folder / "mail.db")
    try:
        documents = (sample_document(number, items=6, specials=3) for number in range(lists))
        carrier = SmtpCarrier("127.0.0.1", port, starttls=False, sender="bounces@greengate.example")
        return send_lists(documents, book, WRITER, carrier, clock=SystemClock(), repeat_unknown=repeat_unknown)
    finally:
        book.close()


if __name__ == "__main__":
    send(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
