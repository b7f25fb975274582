"""The writer in a process of its own, started by the service.

Python runs one thread at a time; in one process whoever takes calls on and whoever writes them wait for each other.
Messages go over, and answers come back once they are durable, by a pair of sockets nobody else has. If the process
dies, calls that wait are told to come again, and another begins: what was written is found again by its key.
"""

from __future__ import annotations

import asyncio
import gc
import pickle
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from regulars.adapters.ledger import open_ledger
from regulars.kernel import StoreError, SystemClock
from regulars.redeem import TillAnswer, TillMessage

from ._writer import WAITING_MAX, GroupWriter, Outcome, Writer, settle, too_many_wait, work_alone, writer_gone

_PROGRAM = "import sys; from regulars.api._writing import write_for; write_for(int(sys.argv[1]))"
_LENGTH = struct.Struct("!I")
_AGAIN_SECONDS = 1.0
_END_SECONDS = 8.0
"""How long it may still write when the service is to end."""
_COUNTERS = ("commits", "messages", "ended", "tidy_failures")


@dataclass(frozen=True)
class WritingPlace:
    """Where a writer writes.

    Args:
        url: The ledger's address.
        folder: From where a SQLite address counts.
        zone: The stores' time zone.
        shift: How far the centre's clock goes ahead of the machine's: in the demonstration it lives in the past.
    """

    url: str
    folder: Path
    zone: ZoneInfo
    shift: timedelta = timedelta()

    def now(self) -> tuple[datetime, date]:
        """The instant, and the stores' business day by it."""
        at = SystemClock().now_at() + self.shift
        return at, at.astimezone(self.zone).date()


class WriterProcess(Writer, asyncio.Protocol):
    """The service's side: hands messages over and gives answers to those who wait.

    Args:
        place: Where to write.
    """

    def __init__(self, place: WritingPlace) -> None:
        self._place = place
        self._frames = _Frames()
        self._open: dict[int, asyncio.Future[list[TillAnswer]]] = {}
        self._number = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._transport: asyncio.Transport | None = None
        self._ready, self._ended = asyncio.Event(), asyncio.Event()
        self._stopping = False
        self._before = dict.fromkeys(_COUNTERS, 0)
        self.deaths = 0

    @property
    def waiting(self) -> int:
        """How many calls wait to be written."""
        return len(self._open)

    @property
    def alive(self) -> bool:
        """Whether it writes."""
        return self._ready.is_set()

    @property
    def pid(self) -> int | None:
        """The writer's process."""
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Start the process and wait until it can write.

        Raises:
            StoreError: It ended instead.
        """
        ours, theirs = socket.socketpair()
        with theirs, ExitStack() as unless_begun:
            unless_begun.push(ours)
            command = [sys.executable, "-c", _PROGRAM, f"{theirs.fileno()}"]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], start_new_session=True)  # noqa: S603
            unless_begun.pop_all()
        self._frames = _Frames()
        transport, _ = await asyncio.get_running_loop().create_unix_connection(lambda: self, sock=ours)
        self._transport = transport
        transport.write(_frame(self._place))
        await self._ready.wait()
        if self._transport is None:
            raise StoreError("the ledger's writer ended before it began; its own message says why")

    async def stop(self) -> None:
        """Let it write what was taken on, then end; one whose store does not answer is killed."""
        self._stopping = True
        if self._transport is None:
            return
        self._transport.write_eof()
        try:
            await asyncio.wait_for(self._ended.wait(), _END_SECONDS)
        except TimeoutError:  # what it did not commit, nobody was told of
            assert self._process is not None
            self._process.kill()
            await self._ended.wait()

    async def submit(self, messages: Sequence[TillMessage], actor: str) -> list[TillAnswer]:
        """Answers to messages, once they are durable; see `Writer.submit`."""
        if len(self._open) >= WAITING_MAX:
            raise too_many_wait()
        if self._transport is None:
            raise writer_gone()
        self._number += 1
        number = self._number
        self._open[number] = asyncio.get_running_loop().create_future()
        self._transport.write(_frame((number, actor, messages)))
        try:
            return await self._open[number]
        finally:
            del self._open[number]

    def data_received(self, data: bytes) -> None:
        """Outcomes came back; the first time none, to say that it can write."""
        self._ready.set()
        for counters, outcomes in self._frames.feed(data):
            for name, count in zip(_COUNTERS, counters, strict=True):
                setattr(self, name, self._before[name] + count)
            settle((self._open[number], outcome) for number, outcome in outcomes if number in self._open)

    def connection_lost(self, error: Exception | None) -> None:
        """The process ended: calls that wait are told to come again, and another process begins."""
        del error
        never_began = not self._ready.is_set()
        self._transport = None
        self._ready.set()  # whoever waits for it to begin looks up
        settle([(future, writer_gone()) for future in self._open.values()])
        self._before = {name: getattr(self, name) for name in _COUNTERS}
        assert self._process is not None
        self._ready = asyncio.Event()
        if self._stopping or (never_began and not self.deaths):
            self._process.wait()
            self._ended.set()
            return
        self.deaths += 1
        self._process.kill()
        self._process.wait()
        asyncio.get_running_loop().call_later(_AGAIN_SECONDS, self._begin_again)

    def _begin_again(self) -> None:
        if not self._stopping:
            self._beginning = asyncio.ensure_future(self._try_again())

    async def _try_again(self) -> None:
        try:
            await self.start()
        except StoreError:  # it ended, and the next one is on its way
            pass
        except OSError:  # no memory, no descriptor left
            asyncio.get_running_loop().call_later(_AGAIN_SECONDS, self._begin_again)


def _frame(content: object) -> bytes:
    """Something as bytes that say how long they are."""
    body = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(body)) + body


class _Frames:
    """Puts together what comes in pieces; only ever fed by the other end of our own pair of sockets."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[Any]:
        """What is whole by now."""
        self._held += data
        while len(self._held) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._held)[0]
            if len(self._held) < end:
                return
            body = bytes(self._held[_LENGTH.size : end])
            del self._held[:end]
            yield pickle.loads(body)  # noqa: S301 - our own process wrote it


def write_for(descriptor: int) -> None:
    """Write what comes over a line, and answer, until its other end is closed.

    Args:
        descriptor: A socket; the first thing it brings is a `WritingPlace`.
    """
    frames, writer = _Frames(), None
    with socket.socket(fileno=descriptor) as line:
        while data := line.recv(1 << 16):
            for content in frames.feed(data):
                if writer is None:
                    writer = _begun(content, line)
                else:
                    number, actor, messages = content
                    writer.take(messages, actor, number)
        if writer is not None:
            writer.end()
    gc.unfreeze()


def _begun(place: WritingPlace, line: socket.socket) -> GroupWriter:
    ledger = open_ledger(place.url, folder=place.folder)

    def deliver(outcomes: Sequence[tuple[int, Outcome]]) -> None:
        line.sendall(_frame(([getattr(writer, name) for name in _COUNTERS], list(outcomes))))

    writer = GroupWriter(ledger, place.now, deliver, lambda: line.shutdown(socket.SHUT_RD))
    deliver([])
    work_alone()
    writer.begin()
    return writer
