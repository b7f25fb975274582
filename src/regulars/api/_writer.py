"""One thread writes; whatever has come in while it committed goes into the next commit together (group commit)."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from regulars.flows import TillDesk, TillLedger
from regulars.kernel import RegularsError
from regulars.redeem import TillAnswer, TillMessage

from ._problems import ProblemError

_WAITING_MAX = 400
_TOGETHER_MAX = 64
_PACE_SECONDS = 0.01
"""Between the starts of two commits while calls keep coming: a commit costs the same for one call as for five."""
_ENOUGH = 16
"""So many waiting calls are written at once, whenever the last commit was."""
_FACTS_TOGETHER = 16
"""How many facts told in one call go into one commit, for lanes wait meanwhile."""
_TIDY_EVERY_SECONDS = 600.0
_TIDY_AGAIN_SECONDS = 0.5
_EXPIRED_AT_ONCE = 200

_Answers: TypeAlias = "asyncio.Future[list[TillAnswer]]"


@dataclass
class _Job:
    """Messages that want one answer each, once they are made, and who waits for them."""

    make: Callable[[], Sequence[TillMessage]]
    actor: str
    answers: _Answers
    messages: Sequence[TillMessage] = ()


class GroupWriter:
    """Handles messages in the order they came, in as few commits as the disk allows.

    Args:
        ledger: Where to.
        desk: Says what time it is.
    """

    def __init__(self, ledger: TillLedger, desk: TillDesk) -> None:
        self._ledger, self._desk = ledger, desk
        self._jobs: queue.Queue[_Job | None] = queue.Queue(_WAITING_MAX)
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._tidy_at = time.monotonic()
        self._began = 0.0
        self.commits = 0
        self.ended = 0
        self.messages = 0
        self.tidy_failures = 0

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what was taken on, then end."""
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
        """Answers to messages, once they are durable.

        Raises:
            ProblemError: Too many calls wait already; nothing was taken on.
            RegularsError: The ledger failed; nothing of these messages was written.
        """
        return await self.submit_made(lambda: messages, actor)

    async def submit_facts(self, facts: Sequence[TillMessage], actor: str) -> list[TillAnswer]:
        """Answers to many messages, some in each commit; if it fails, all of them are to be told again."""
        answers: list[TillAnswer] = []
        for start in range(0, len(facts), _FACTS_TOGETHER):
            answers += await self.submit(facts[start : start + _FACTS_TOGETHER], actor)
        return answers

    async def submit_made(self, make: Callable[[], Sequence[TillMessage]], actor: str) -> list[TillAnswer]:
        """Answers to messages that the writer itself makes when their turn comes, as `submit` gives them.

        What must read the ledger first reads it there: a thread of its own for each call would cost more than the call.

        Args:
            make: Called on the writer's thread.
            actor: Who asks, as the audit names them.
        """
        job = _Job(make, actor, asyncio.get_running_loop().create_future())
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            raise ProblemError(
                429, "more calls wait than can be answered soon", "busy", {"Retry-After": "1"}
            ) from None
        return await job.answers

    def _run(self) -> None:
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
            with self._ledger.reading_together():
                ready = [job for job in jobs if self._made(job)]
            self._write(ready)
            if last:
                return

    def _made(self, job: _Job) -> bool:
        """Whether a job's messages could be made; whoever asked is told why not."""
        try:
            job.messages = job.make()
        except Exception as error:  # noqa: BLE001 - one call's failure must not end the writer
            self._fail(job, error)
            return False
        return True

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
        at, today = self._desk.now()
        ended = 0
        try:
            ended = self._ledger.close_expired(at=at, today=today, actor="service", most=_EXPIRED_AT_ONCE)
            if not ended:
                self._ledger.forget_answers(at=at)
        except RegularsError:
            self.tidy_failures += 1
        self.ended += ended
        self._tidy_at = time.monotonic() + (_TIDY_AGAIN_SECONDS if ended else _TIDY_EVERY_SECONDS)

    def _write(self, jobs: Sequence[_Job]) -> None:
        """All jobs in one commit; if that fails, each in its own, so that none suffers for another."""
        try:
            answers = self._commit(jobs)
        except RegularsError as error:
            if len(jobs) == 1:
                self._fail(jobs[0], error)
                return
            for job in jobs:
                self._write([job])
            return
        except BaseException as error:
            for job in jobs:
                self._fail(job, error)
            raise
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Answers, list[TillAnswer]]]] = {}
        for job, mine in zip(jobs, answers, strict=True):
            by_loop.setdefault(job.answers.get_loop(), []).append((job.answers, mine))
        for loop, given in by_loop.items():
            loop.call_soon_threadsafe(_give, given)

    def _commit(self, jobs: Sequence[_Job]) -> list[list[TillAnswer]]:
        at, today = self._desk.now()
        together = [message for job in jobs for message in job.messages]
        actor = jobs[0].actor if len({job.actor for job in jobs}) == 1 else "tills"
        answers = iter(self._ledger.handle_till(together, at=at, today=today, actor=actor) if together else ())
        self.commits += bool(together)
        self.messages += len(together)
        return [[next(answers) for _ in job.messages] for job in jobs]

    @staticmethod
    def _fail(job: _Job, error: BaseException) -> None:
        job.answers.get_loop().call_soon_threadsafe(_throw, job.answers, error)


def _give(given: list[tuple[_Answers, list[TillAnswer]]]) -> None:
    for future, answers in given:
        if not future.done():
            future.set_result(answers)


def _throw(future: _Answers, error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
