"""The worker: a process of its own, a child of the service, that does one long thing after the other."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from regulars.bootstrap._workspace import Workspace
from regulars.flows import Job, JobState
from regulars.kernel import LockedError, RegularsError, StoreError

from ._jobs import JOB_KINDS, JobDesk

_LOOK_SECONDS = 0.5
_BEAT_SECONDS = 1.0
_PATIENCE_SECONDS = 20.0
_RESTART_SECONDS = 1.0
_MODULE = "regulars.bootstrap.office"


class JobProgress:
    """What a job's flow says of itself, for the page: the stage, its share, and a log.

    Args:
        now: What time it is in the stores' zone.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lines: list[str] = []
        self.stage, self._total, self._done = "", 0, 0

    @property
    def share(self) -> float | None:
        """Part of the stage that is done."""
        return min(1.0, self._done / self._total) if self._total else None

    @property
    def log(self) -> str:
        """A line a step."""
        return "\n".join(self._lines)

    def say(self, line: str) -> None:
        """Add a line to the log."""
        self._lines.append(f"{self._now():%H:%M:%S}  {line}")

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[JobProgress]:
        """Begin a stage of known or unknown length."""
        began = time.monotonic()
        self.stage, self._total, self._done = title, total or 0, 0
        yield self
        self.say(f"{title}: {time.monotonic() - began:.1f} s")

    def advance(self, amount: int = 1) -> None:
        """So much more is done."""
        self._done += amount


def work(root: Path, *, once: bool = False) -> None:
    """Take up what waits, one after the other, until the service closes the other end of standard input.

    Args:
        root: The workspace.
        once: Stop when nothing waits.
    """
    with Workspace.open(root) as workspace:
        while True:
            job = None
            try:
                job = workspace.ledger.claim_job(at=workspace.clock.now_at())
            except StoreError as error:  # the ledger's server is away for a while
                if not error.retryable:
                    raise
            if job is not None:
                _do(workspace, job)
            elif once:
                return
            else:
                time.sleep(_LOOK_SECONDS)


def _do(workspace: Workspace, job: Job) -> None:
    """One job, to whatever end it comes."""
    progress = JobProgress(lambda: workspace.clock.now_at().astimezone(workspace.zone))
    state, stage, result = JobState.FAILED, "", {}
    over = threading.Event()
    beat = threading.Thread(target=_beat, args=(workspace, job.job_id, progress, over), daemon=True)
    beat.start()
    try:
        with _warehouse(workspace, f"job {job.job_id} ({job.kind})", progress):
            desk = JobDesk(workspace, job.arguments, progress, progress.say, job.asked_by)
            result = dict(JOB_KINDS[job.kind](desk))
        state = JobState.DONE
    except KeyboardInterrupt:
        state = JobState.CANCELLED
    except RegularsError as error:
        stage = error.message
        progress.say(error.message)
        if error.hint:
            progress.say(f"hint: {error.hint}")
    except Exception as error:  # noqa: BLE001 - the edge of this process: whatever happened is told, and work goes on
        stage = f"{type(error).__name__}: {error}"
        progress.say(stage)
    over.set()
    beat.join()
    workspace.ledger.end_job(job.job_id, state, stage, progress.log, result, at=workspace.clock.now_at())


@contextmanager
def _warehouse(workspace: Workspace, doing: str, progress: JobProgress) -> Iterator[None]:
    """Hold the warehouse for writing, and wait for a command that writes it now."""
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(workspace.working(doing))
                break
            except LockedError as busy:
                progress.stage = busy.message
                time.sleep(_LOOK_SECONDS)
        yield


def _beat(workspace: Workspace, job_id: int, progress: JobProgress, over: threading.Event) -> None:
    """Tell how far it is, once a second; interrupt the work when somebody wants that, and leave if it does not heed."""
    asked_at: float | None = None
    while not over.wait(_BEAT_SECONDS):
        with contextlib.suppress(RegularsError):  # the ledger is busy: the next beat tells more
            wanted = workspace.ledger.beat_job(
                job_id, progress.stage, progress.share, progress.log, at=workspace.clock.now_at()
            )
            if wanted and asked_at is None:
                asked_at = time.monotonic()
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        if asked_at is not None and time.monotonic() - asked_at > _PATIENCE_SECONDS:
            _leave()  # the service notes the end, and starts another worker


def run_worker(root: Path) -> None:
    """The worker process: work until the service is gone."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_leave_with_service, daemon=True).start()
    try:
        work(root)
    except RegularsError as error:
        sys.stderr.write(f"The office's worker ends, and another begins: {error}\n")
        sys.stderr.flush()
        _leave()


def _leave_with_service() -> None:
    sys.stdin.buffer.read()  # ends when the service does, however it does
    _leave()


def _leave() -> None:
    """End at once, and with this process those that print for it: it leads a group of its own."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


class WorkerKeeper:
    """Keeps one worker running while the service does, and notes what a dead one left.

    Args:
        workspace: Where.
        changed: Called twice a second: to look whether published tables changed.
    """

    def __init__(self, workspace: Workspace, changed: Callable[[], object]) -> None:
        self._root, self._ledger, self._clock = workspace.root, workspace.ledger, workspace.clock
        self._changed = changed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)
        self._process: subprocess.Popen[bytes] | None = None
        self.deaths = 0

    @property
    def pid(self) -> int | None:
        """The worker's process."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the worker and wait for it."""
        self._stop.set()
        self._thread.join()

    def _keep(self) -> None:
        self._ledger.lose_jobs(at=self._clock.now_at())
        self._process = self._begin()
        while not self._stop.wait(_LOOK_SECONDS):
            self._changed()
            if self._process.poll() is not None:
                self.deaths += 1
                _end(self._process)
                with contextlib.suppress(RegularsError):
                    self._ledger.lose_jobs(at=self._clock.now_at())
                    if not self._stop.wait(_RESTART_SECONDS):
                        self._process = self._begin()
        _end(self._process)
        with contextlib.suppress(RegularsError):
            self._ledger.lose_jobs(at=self._clock.now_at())

    def _begin(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", _MODULE, str(self._root)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - our own


def _end(process: subprocess.Popen[bytes]) -> None:
    """Give back the worker's standard input, whose end it leaves by, and see that nothing it started is left."""
    assert process.stdin is not None
    process.stdin.close()
    process.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
