"""A sender of e-mails that is killed over and over, at the moments that matter: nobody may get two messages.

Run: ``python tests/stores/mail_kills.py --lists 10000 --kills 300`` (``make faults-mail``).

The mail server runs here, the sender in a process of its own (`mail_sink.py`), so that it can be killed while the
server holds the very message in its hands:

- *before*: the message is announced (RCPT) and not yet handed over;
- *held*: the server has taken and counted the message, its answer has not left;
- *any*: some milliseconds after some message was taken.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import mail_sink
from aiosmtpd.controller import Controller
from mail_sink import Sink, contact, send

from regulars.adapters.mail import SqliteMailBook
from regulars.flows import SuppressionReason

SEED = 20_261_125
AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
WINDOWS = ("before", "held", "any")
SUPPRESSED_EVERY = 40
"""Every fortieth household said no."""


@dataclass(frozen=True)
class KillsSeen:
    """What the server's own count says.

    Args:
        lists: Households with a list and an address.
        suppressed: Those of them that said no.
        kills: Senders killed while they were sending.
        in_window: Kills by window.
        unknown: Messages of unknown fate after the last run.
        unknown_arrived: Those the server has counted.
        twice: Addresses the server took more than one message for, before any repetition was asked for.
        to_suppressed: Messages the server took for those who said no, at any time.
        missing: Addresses without a message that are neither suppressed nor listed as unknown.
        sent_by_a_further_run: Messages of one more run without a command to repeat.
        repeated: Messages sent by the command to repeat.
        missing_after: Addresses without a message after the repetition.
        twice_after: Addresses with more than one message after it; each was listed as unknown.
        twice_unlisted: Those of them that were not listed.
        seconds: How long it took.
    """

    lists: int
    suppressed: int
    kills: int
    in_window: dict[str, int]
    unknown: int
    unknown_arrived: int
    twice: int
    to_suppressed: int
    missing: int
    sent_by_a_further_run: int
    repeated: int
    missing_after: int
    twice_after: int
    twice_unlisted: int
    seconds: float


@contextmanager
def served(handler: Sink) -> Iterator[int]:
    """The server on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def killed_sending(folder: Path, lists: int, kills: int, *, without: str = "") -> KillsSeen:
    """Send lists while the sender is killed, then once more to the end, then what is unknown by command.

    Args:
        folder: Empty; holds the mail book.
        lists: Households.
        kills: How many senders are killed.
        without: A guard of the sender to leave out, to see that the count notices (`mail_sink.CRIPPLED`).
    """
    started = time.monotonic()
    book = SqliteMailBook(folder / "mail.db")
    addresses = {contact(number).address: f"sample-{number}" for number in range(lists)}
    book.add_contacts(contact(number) for number in range(lists))
    silent = {contact(number).address for number in range(0, lists, SUPPRESSED_EVERY)}
    for address in silent:
        book.suppress(address, SuppressionReason.UNSUBSCRIBED, AT)
    handler = Sink()
    in_window: Counter[str] = Counter()
    with served(handler) as port:
        for window, after in _killings(lists - len(silent), kills):
            in_window[window] += _kill_one(folder, port, lists, handler, window, after, without)
        report = send(folder, port, lists, without=without)
        unknown = {contact(int(one.partition("-")[2])).address for one in report.unknown}
        first = Counter(handler.taken)
        further = send(folder, port, lists, without=without)
        repeated = send(folder, port, lists, repeat_unknown=True, without=without)
    book.close()
    twice_after = {address for address, count in handler.taken.items() if count > 1}
    return KillsSeen(
        lists=lists,
        suppressed=len(silent),
        kills=in_window.total(),
        in_window=dict(in_window),
        unknown=len(unknown),
        unknown_arrived=len(unknown & set(first)),
        twice=sum(count > 1 for count in first.values()),
        to_suppressed=sum(handler.taken[address] for address in silent),
        missing=len(set(addresses) - silent - unknown - set(first)),
        sent_by_a_further_run=further.accepted,
        repeated=repeated.accepted,
        missing_after=len(set(addresses) - silent - set(handler.taken)),
        twice_after=len(twice_after),
        twice_unlisted=len(twice_after - unknown),
        seconds=round(time.monotonic() - started, 1),
    )


def _killings(to_send: int, kills: int) -> Iterator[tuple[str, int]]:
    """For each kill its window, and after how many further messages."""
    draw = random.Random(SEED)
    usual = max(1, to_send // (kills + 1))
    for number in range(kills):
        yield WINDOWS[number % len(WINDOWS)], draw.randint(max(1, usual // 2), usual)


def _kill_one(folder: Path, port: int, lists: int, handler: Sink, window: str, after: int, without: str) -> bool:
    """Start a sender and kill it in a window; whether it was still sending then."""
    handler.catch(window, handler.taken.total() + after)
    command = [sys.executable, mail_sink.__file__, str(folder), str(port), str(lists), without]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    while not handler.caught.wait(0.05) and process.poll() is None:
        pass
    if window == "any":
        time.sleep(random.Random(after).uniform(0, 0.03))
    was_sending = process.poll() is None
    process.kill()
    _, said = process.communicate()
    handler.let_go()
    assert said == b"", said.decode()
    return was_sending


def main() -> None:
    """At full size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lists", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--without", default="", choices=["", *mail_sink.CRIPPLED])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seen = killed_sending(Path(folder), given.lists, given.kills, without=given.without)
    print(json.dumps(asdict(seen)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
