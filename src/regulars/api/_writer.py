"""One thread writes; whatever has come in while it committed goes into the next commit together (group commit).

The thread runs in the service itself, or in a process of its own (`_writing`): whoever calls sees no difference.
"""

from __future__ import annotations

import asyncio
import gc
import queue
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias, TypeVar

from regulars.flows import SEVERAL_ACTORS, TillLedger
from regulars.kernel import RegularsError, StoreError
from regulars.redeem import TillAnswer, TillMessage

_SWITCH_SECONDS = 0.0005
"""How long the thread that writes may keep the other, which takes calls on, from running."""
_COLLECT_AFTER = (50_000, 20, 50)
"""Objects made before garbage is looked for; a call makes some hundreds, and hardly ever a ring of them."""
WAITING_MAX = 400
"""When so many calls wait, the next is told to come again."""
_TOGETHER_MAX = 64
_PACE_SECONDS = 0.004
"""Between the starts of two commits while calls keep coming: a commit costs the same for one call as for five."""
_ENOUGH = 16
"""So many waiting calls are written at once, whenever the last commit was."""
_FACTS_TOGETHER = 8
"""How many facts told in one call go into one commit, for lanes wait meanwhile."""
_TIDY_EVERY_SECONDS = 600.0
_TIDY_AGAIN_SECONDS = 0.5
_EXPIRED_AT_ONCE = 200

Outcome: TypeAlias = "list[TillAnswer] | BaseException"
"""What became of a call's messages: one answer each, or why nothing of them was written."""
Delivery: TypeAlias = "Callable[[Sequence[tuple[Any, Outcome]]], None]"
"""Hands outcomes to those who wait, each known by its ticket; called on the writer's thread."""
_Given = TypeVar("_Given")


class Writer(ABC):
    """What calls hand their messages to; counters are read by health and metrics."""

    commits = 0
    messages = 0
    ended = 0
    tidy_failures = 0

    @abstractmethod
    async def start(self) -> None:
        """Begin to write."""

    @abstractmethod
    async def stop(self) -> None:
        """Write what was taken on, then end."""

    @property
    @abstractmethod
    def waiting(self) -> int:
        """How many calls wait to be written."""

    @property
    @abstractmethod
    def alive(self) -> bool:
        """Whether it writes."""

    @abstractmethod
    async def submit(self, messages: Sequence[TillMessage], actor: str) -> list[TillAnswer]:
        """Answers to messages, once they are durable.

        Args:
            messages: Handled in order, in one commit.
            actor: Who asks, as the audit names them.

        Raises:
            ProblemError: Too many calls wait already; nothing was taken on.
            RegularsError: Nothing of these messages was written, or they are to be told again.
        """

    async def submit_facts(self, facts: Sequence[TillMessage], actor: str) -> list[TillAnswer]:
        """Answers to many messages, some in each commit; if it fails, all of them are to be told again."""
        answers: list[TillAnswer] = []
        for start in range(0, len(facts), _FACTS_TOGETHER):
            answers += await self.submit(facts[start : start + _FACTS_TOGETHER], actor)
        return answers


def work_alone() -> None:
    """Make this process one that does nothing but answer or write calls; all it needs is loaded."""
    gc.collect()
    gc.freeze()  # what is loaded stays: without it each full collection walks through all plans' terms
    gc.set_threshold(*_COLLECT_AFTER)
    sys.setswitchinterval(_SWITCH_SECONDS)


def too_many_wait() -> Exception:
    """The refusal of a call that would wait too long, a `ProblemError`."""
    from ._problems import ProblemError  # the process that writes needs no web framework

    return ProblemError(429, "more calls wait than can be answered soon", "busy", {"Retry-After": "1"})


def writer_gone() -> StoreError:
    """What calls are told that wait for a writer which ended."""
    return StoreError(
        "the ledger's writer ended before it answered", hint="send the same call again", retryable=True
    )


@dataclass(frozen=True)
class _Job:
    """Messages that want one answer each, and whose they are."""

    messages: Sequence[TillMessage]
    actor: str
    ticket: Any


class GroupWriter(Writer):
    """Handles messages in the order they came, in as few commits as the disk allows.

    What nobody expected to fail ends it: who waits then, or comes later, is told so and waits for nothing.

    Args:
        ledger: Where to.
        now: The instant, and the stores' business day by it.
        deliver: Hands outcomes over; to the futures of `submit` unless said otherwise.
        over: Called on its thread when it has ended.
    """

    def __init__(
        self,
        ledger: TillLedger,
        now: Callable[[], tuple[datetime, date]],
        deliver: Delivery | None = None,
        over: Callable[[], object] = lambda: None,
    ) -> None:
        self._ledger, self._now = ledger, now
        self._deliver, self._when_over = deliver or _to_futures, over
        self._jobs: queue.Queue[_Job | None] = queue.Queue(WAITING_MAX)
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._tidy_at = time.monotonic()
        self._began = 0.0
        self._over = threading.Event()

    async def start(self) -> None:
        """Begin to write."""
        self.begin()

    async def stop(self) -> None:
        """Write what was taken on, then end."""
        self.end()

    def begin(self) -> None:
        """Begin to write."""
        self._thread.start()

    def end(self) -> None:
        """Write what was taken on, then end; waits for it."""
        self._jobs.put(None)
        self._thread.join()

    @property
    def waiting(self) -> int:
        """How many calls wait to be written."""
        return self._jobs.qsize()

    @property
    def alive(self) -> bool:
        """Whether it writes."""
        return self._thread.is_alive()

    async def submit(self, messages: Sequence[TillMessage], actor: str) -> list[TillAnswer]:
        """Answers to messages, once they are durable; see `Writer.submit`."""
        answers: asyncio.Future[list[TillAnswer]] = asyncio.get_running_loop().create_future()
        try:
            self._jobs.put_nowait(_Job(messages, actor, answers))
        except queue.Full:
            raise too_many_wait() from None
        if self._over.is_set():
            self._turn_away()
        return await answers

    def take(self, messages: Sequence[TillMessage], actor: str, ticket: object) -> None:
        """Take on messages whose outcome is delivered under a ticket; waits while too many wait already.

        Raises:
            StoreError: It ended.
        """
        if self._over.is_set():
            raise writer_gone()
        self._jobs.put(_Job(messages, actor, ticket))
        if self._over.is_set():
            self._turn_away()

    def _run(self) -> None:
        try:
            self._write_all()
        finally:
            self._over.set()
            try:
                self._turn_away()
            finally:
                self._when_over()

    def _turn_away(self) -> None:
        """Tell all who wait that nobody writes any more."""
        with suppress(queue.Empty):
            while True:
                if (job := self._jobs.get_nowait()) is not None:
                    self._deliver([(job.ticket, writer_gone())])

    def _write_all(self) -> None:
        while (first := self._next()) is not None:
            jobs, last = [first], False
            if self._jobs.qsize() < _ENOUGH:
                time.sleep(max(0.0, self._began + _PACE_SECONDS - time.monotonic()))
            self._began = time.monotonic()
            while len(jobs) < _TOGETHER_MAX:
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if job is None:
                    last = True
                    break
                jobs.append(job)
            self._write(jobs)
            if last:
                return

    def _next(self) -> _Job | None:
        """The next job; between jobs, and never for long, what is over is tidied away."""
        while True:
            if time.monotonic() >= self._tidy_at:
                self._tidy()
            try:
                return self._jobs.get(timeout=max(0.0, self._tidy_at - time.monotonic()))
            except queue.Empty:
                continue

    def _tidy(self) -> None:
        """End some grants whose last day is past and forget old answers; a failure is tried again later."""
        at, today = self._now()
        ended = 0
        try:
            ended = self._ledger.close_expired(at=at, today=today, actor="service", most=_EXPIRED_AT_ONCE)
            if not ended:
                self._ledger.forget_answers(at=at)
        except RegularsError:
            self.tidy_failures += 1
        self.ended += ended
        self._tidy_at = time.monotonic() + (_TIDY_AGAIN_SECONDS if ended else _TIDY_EVERY_SECONDS)

    def _write(self, jobs: Sequence[_Job]) -> StoreError | None:
        """All jobs in one commit; if that fails, each in its own, so that none suffers for another.

        Returns:
            Why a job failed that was alone, if any other would fail now too: those are not tried, for each would wait.
        """
        try:
            answers = self._commit(jobs)
        except RegularsError as error:
            if len(jobs) == 1:
                self._deliver([(jobs[0].ticket, error)])
                return error if isinstance(error, StoreError) and error.retryable else None
            for place, job in enumerate(jobs, start=1):
                if (away := self._write([job])) is not None:
                    self._deliver([(other.ticket, away) for other in jobs[place:]])
                    break
            return None
        except BaseException as error:
            self._deliver([(job.ticket, error) for job in jobs])
            raise
        self._deliver([(job.ticket, mine) for job, mine in zip(jobs, answers, strict=True)])
        return None

    def _commit(self, jobs: Sequence[_Job]) -> list[list[TillAnswer]]:
        at, today = self._now()
        together = [message for job in jobs for message in job.messages]
        actor = jobs[0].actor if len({job.actor for job in jobs}) == 1 else SEVERAL_ACTORS
        answers = iter(self._ledger.handle_till(together, at=at, today=today, actor=actor))
        self.commits += 1
        self.messages += len(together)
        return [[next(answers) for _ in job.messages] for job in jobs]


def _to_futures(outcomes: Sequence[tuple[Any, Outcome]]) -> None:
    """Hand outcomes to futures of event loops that run in other threads, each loop woken once."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Any, Outcome]]] = {}
    for future, outcome in outcomes:
        by_loop.setdefault(future.get_loop(), []).append((future, outcome))
    for loop, given in by_loop.items():
        loop.call_soon_threadsafe(settle, given)


def settle(outcomes: Iterable[tuple[asyncio.Future[_Given], _Given | BaseException]]) -> None:
    """Give futures what became of their calls; one whose caller went away is left."""
    for future, outcome in outcomes:
        if future.done():
            continue
        if isinstance(outcome, BaseException):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
