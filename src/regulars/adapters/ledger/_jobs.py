"""The `JobBook` port, for the ledger to be made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, literal, select, update

from regulars.flows import Job, JobAsked, JobState

from . import _audit
from ._office_tables import JOBS

_LOG_CHARACTERS_MAX = 40_000
_SERVICE = "service"
_NOT_OVER = [state for state in JobState if not state.over]


class JobCalls:
    """Long work."""

    def _reading(self, doing: str) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger reads: {doing}")

    def _writing(self, doing: str, *, chained: bool = True) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger writes: {doing}, {chained}")

    def ask_job(self, kind: str, arguments: Mapping[str, object], *, at: datetime, actor: str) -> JobAsked:
        """Ask for work, once: while the very same waits or runs, that is what was asked for."""
        plain = json.dumps(arguments, sort_keys=True)
        same = (JOBS.c.kind == kind) & (JOBS.c.arguments == plain) & JOBS.c.state.in_(_NOT_OVER)
        with self._writing(f"ask for {kind}") as connection:
            before = connection.execute(select(func.max(JOBS.c.job_id)).where(same)).scalar_one()
            if before is not None:
                return JobAsked(before, now=False)
            job_id = int(connection.execute(select(func.coalesce(func.max(JOBS.c.job_id), 0))).scalar_one()) + 1
            row = {
                "job_id": job_id,
                "kind": kind,
                "arguments": plain,
                "state": JobState.WAITING,
                "stage": "",
                "log": "",
                "result": "{}",
                "asked_at": at,
                "asked_by": actor,
            }
            connection.execute(insert(JOBS).values(row))
            _note(connection, "job.ask", job_id, at, actor, {}, {"kind": kind, **arguments})
            return JobAsked(job_id, now=True)

    def find_job(self, job_id: int) -> Job | None:
        """One of them."""
        with self._reading(f"look up job {job_id}") as connection:
            row = connection.execute(select(JOBS).where(JOBS.c.job_id == job_id)).one_or_none()
            return None if row is None else _job(row)

    def newest_jobs(self, most: int) -> list[Job]:
        """The newest first, without their logs."""
        columns = [literal("").label("log") if column.name == "log" else column for column in JOBS.c]
        with self._reading("list the jobs") as connection:
            rows = connection.execute(select(*columns).order_by(JOBS.c.job_id.desc()).limit(most)).all()
            return [_job(row) for row in rows]

    def claim_job(self, *, at: datetime) -> Job | None:
        """Take up the oldest that waits, for the worker."""
        waiting = select(JOBS).where(JOBS.c.state == JobState.WAITING).order_by(JOBS.c.job_id).limit(1)
        with self._reading("look for work") as connection:
            if connection.execute(waiting).one_or_none() is None:
                return None
        with self._writing("take up work", chained=False) as connection:
            row = connection.execute(waiting).one_or_none()
            if row is None:
                return None
            taken = {"state": JobState.RUNNING, "begun_at": at, "beat_at": at}
            connection.execute(update(JOBS).where(JOBS.c.job_id == row.job_id).values(taken))
            return _job(connection.execute(select(JOBS).where(JOBS.c.job_id == row.job_id)).one())

    def beat_job(self, job_id: int, stage: str, share: float | None, log: str, *, at: datetime) -> bool:
        """Tell how far work has come; returns whether somebody wants it to stop."""
        own = JOBS.c.job_id == job_id
        with self._writing(f"note job {job_id}", chained=False) as connection:
            told = {"stage": stage, "share": share, "log": log[-_LOG_CHARACTERS_MAX:], "beat_at": at}
            connection.execute(update(JOBS).where(own).values(told))
            return bool(connection.execute(select(JOBS.c.cancel_asked).where(own)).scalar_one())

    def end_job(
        self, job_id: int, state: JobState, stage: str, log: str, result: Mapping[str, object], *, at: datetime
    ) -> None:
        """Note that work is over, in the audit with its figures: rows, pages, messages."""
        own = JOBS.c.job_id == job_id
        with self._writing(f"end job {job_id}") as connection:
            row = connection.execute(select(JOBS.c.state, JOBS.c.asked_by).where(own)).one()
            told = {
                "state": state,
                "stage": stage,
                "log": log[-_LOG_CHARACTERS_MAX:],
                "result": json.dumps(result, sort_keys=True),
                "beat_at": at,
                "ended_at": at,
            }
            connection.execute(update(JOBS).where(own).values(told))
            figures = {name: value for name, value in result.items() if isinstance(value, (int, str))}
            after = {"state": state, **figures}
            _note(connection, "job.end", job_id, at, row.asked_by, {"state": row.state}, after)

    def cancel_job(self, job_id: int, *, at: datetime, actor: str) -> bool:
        """Want work to stop; what waits is over at once. False if it was over already."""
        own = JOBS.c.job_id == job_id
        with self._writing(f"cancel job {job_id}") as connection:
            state = connection.execute(select(JOBS.c.state).where(own)).scalar_one_or_none()
            if state is None or JobState(state).over:
                return False
            told: dict[str, object] = {"cancel_asked": 1}
            if state == JobState.WAITING:
                told |= {"state": JobState.CANCELLED, "ended_at": at}
            connection.execute(update(JOBS).where(own).values(told))
            _note(connection, "job.cancel", job_id, at, actor, {"state": state}, {"cancel_asked": True})
            return True

    def lose_jobs(self, *, at: datetime) -> list[int]:
        """Note that whatever runs has lost its worker; returns the numbers."""
        running = select(JOBS.c.job_id, JOBS.c.cancel_asked).where(JOBS.c.state == JobState.RUNNING)
        with self._reading("look for lost work") as connection:
            if connection.execute(running).first() is None:
                return []
        with self._writing("note lost work") as connection:
            lost = connection.execute(running).all()
            for row in lost:
                state = JobState.CANCELLED if row.cancel_asked else JobState.LOST
                told = update(JOBS).where(JOBS.c.job_id == row.job_id).values(state=state, ended_at=at)
                connection.execute(told)
                before, after = {"state": JobState.RUNNING}, {"state": state}
                _note(connection, "job.end", row.job_id, at, _SERVICE, before, after)
            return [row.job_id for row in lost]


def _job(row: Row[Any]) -> Job:
    return Job(
        row.job_id,
        row.kind,
        json.loads(row.arguments),
        JobState(row.state),
        row.stage,
        row.share,
        row.log,
        json.loads(row.result),
        row.asked_at,
        row.asked_by,
        row.begun_at,
        row.beat_at,
        row.ended_at,
        bool(row.cancel_asked),
    )


def _note(
    connection: Connection,
    action: str,
    job_id: int,
    at: datetime,
    actor: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    _audit.append(connection, _audit.Event(at, actor, action, "job", f"{job_id}", before, after))
