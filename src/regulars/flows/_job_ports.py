"""Long work that somebody asked for on a page: what it is, how far it has come, and the port that keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class JobState(StrEnum):
    """Life of long work; lost is work whose worker died under it."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self not in {JobState.WAITING, JobState.RUNNING}


@dataclass(frozen=True)
class Job:
    """Long work.

    Args:
        job_id: Its number, from 1.
        kind: What is done: ``cycle``, ``load``, ``render``.
        arguments: With what.
        state: Where it stands.
        stage: What it does now, in the flow's words; what went wrong, if it failed.
        share: How much of that stage is done, 0 to 1; None if nobody can say.
        log: What happened so far, a line a step.
        result: What it came to.
        asked_at: When somebody asked for it.
        asked_by: Who, as the audit names them.
        begun_at: When the worker took it up.
        beat_at: When the worker was last heard of.
        ended_at: When it was over.
        cancel_asked: Whether somebody wants it to stop.
    """

    job_id: int
    kind: str
    arguments: Mapping[str, object]
    state: JobState
    stage: str
    share: float | None
    log: str
    result: Mapping[str, object]
    asked_at: datetime
    asked_by: str
    begun_at: datetime | None
    beat_at: datetime | None
    ended_at: datetime | None
    cancel_asked: bool


@dataclass(frozen=True)
class JobAsked:
    """Work that was asked for; `now` is False when the very same was asked for before and is not over yet."""

    job_id: int
    now: bool


class JobBook(Protocol):
    """Keeps long work, durably; asking for it, stopping it and its end are rows of the audit chain."""

    def ask_job(self, kind: str, arguments: Mapping[str, object], *, at: datetime, actor: str) -> JobAsked:
        """Ask for work, once: while the very same waits or runs, that is what was asked for."""
        ...

    def find_job(self, job_id: int) -> Job | None:
        """One of them."""
        ...

    def newest_jobs(self, most: int) -> list[Job]:
        """The newest first, without their logs."""
        ...

    def claim_job(self, *, at: datetime) -> Job | None:
        """Take up the oldest that waits, for the worker."""
        ...

    def beat_job(self, job_id: int, stage: str, share: float | None, log: str, *, at: datetime) -> bool:
        """Tell how far work has come; returns whether somebody wants it to stop."""
        ...

    def end_job(
        self, job_id: int, state: JobState, stage: str, log: str, result: Mapping[str, object], *, at: datetime
    ) -> None:
        """Note that work is over."""
        ...

    def cancel_job(self, job_id: int, *, at: datetime, actor: str) -> bool:
        """Want work to stop; what waits is over at once. False if it was over already."""
        ...

    def lose_jobs(self, *, at: datetime) -> list[int]:
        """Note that whatever runs has lost its worker; returns the numbers."""
        ...
