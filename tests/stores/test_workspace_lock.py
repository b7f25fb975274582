"""One writer at a time, named to whoever waits; the lock of a killed process is free at once. Real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from permissions import without_rights

from regulars.adapters._lock import LOCK_NAME, workspace_lock
from regulars.kernel import LockedError, StoreError

HOLDER = """
import os, sys, time
from datetime import UTC, datetime
from pathlib import Path
from regulars.adapters._lock import workspace_lock

class Noon:
    def now_at(self):
        return datetime(2017, 11, 27, 12, 0, tzinfo=UTC)

with workspace_lock(Path(sys.argv[1]), command="plan apply", clock=Noon()):
    begun, told = os.pipe()
    child = os.fork() if sys.argv[2] == "with a worker" else 1
    if child == 0:
        os.write(told, b".")
    else:
        if child > 1:
            os.read(begun, 1)
        print("held", child, flush=True)
    time.sleep(60)
"""


class Noon:
    def now_at(self) -> datetime:
        return datetime(2017, 11, 27, 12, 0, tzinfo=UTC)


@contextmanager
def holder(workspace: Path, how: str = "alone") -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Another process that holds the lock; killed with SIGKILL in the end. The number is its worker's id."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(workspace), how], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    word, worker = process.stdout.readline().split()
    assert word == "held"
    try:
        yield process, int(worker)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_second_process_is_told_who_holds_it(tmp_path: Path) -> None:
    with holder(tmp_path) as (process, _):
        with pytest.raises(LockedError) as refused, workspace_lock(tmp_path, command="cycle run", clock=Noon()):
            pass
        assert refused.value.message == (
            f"the workspace {tmp_path} is being written by "
            f"`plan apply`, process {process.pid}, since 2017-11-27T12:00:00+00:00"
        )
        assert refused.value.retryable


def test_lock_of_a_killed_process_is_free_at_once(tmp_path: Path) -> None:
    with holder(tmp_path) as (process, _):
        process.kill()
        process.wait()
        with workspace_lock(tmp_path, command="cycle run", clock=Noon()):
            assert f"process {os.getpid()}" in (tmp_path / LOCK_NAME).read_text()
    assert (tmp_path / LOCK_NAME).read_text() == ""


def test_worker_that_outlives_the_holder_does_not_hold_it(tmp_path: Path) -> None:
    with holder(tmp_path, "with a worker") as (process, worker):
        process.kill()
        process.wait()
        os.kill(worker, 0)  # it lives
        with workspace_lock(tmp_path, command="cycle run", clock=Noon()):
            pass
        os.kill(worker, signal.SIGKILL)


def test_worker_that_ends_does_not_free_it(tmp_path: Path) -> None:
    with holder(tmp_path, "with a worker") as (_, worker):
        os.kill(worker, signal.SIGKILL)
        time.sleep(0.05)
        with pytest.raises(LockedError), workspace_lock(tmp_path, command="cycle run", clock=Noon()):
            pass


def test_lock_is_given_back_also_after_an_error(tmp_path: Path) -> None:
    def failing() -> None:
        with workspace_lock(tmp_path, command="cycle run", clock=Noon()):
            raise RuntimeError("half-way")

    for _ in range(3):
        with pytest.raises(RuntimeError, match="half-way"):
            failing()


def test_same_process_does_not_take_it_twice(tmp_path: Path) -> None:
    with (
        workspace_lock(tmp_path, command="plan apply", clock=Noon()),
        pytest.raises(LockedError, match=f"`plan apply`, process {os.getpid()}"),
        workspace_lock(tmp_path, command="cycle run", clock=Noon()),
    ):
        pass


def test_nobody_is_told_to_wait_for_the_service(tmp_path: Path) -> None:
    hints = set()
    for holding in ("serve", "plan apply"):
        with (
            workspace_lock(tmp_path, command=holding, clock=Noon()),
            pytest.raises(LockedError) as refused,
            workspace_lock(tmp_path, command="lists reissue", clock=Noon()),
        ):
            pass
        hints.add(refused.value.hint)
    assert hints == {
        "do it in the back office, or stop the service; nothing needs to be deleted",
        "wait until it is done, or stop that process; nothing needs to be deleted",
    }


def test_folder_one_may_not_write() -> None:
    with (
        without_rights() as folder,
        pytest.raises(StoreError, match="cannot be locked for writing: Permission denied") as refused,
        workspace_lock(folder, command="plan apply", clock=Noon()),
    ):
        pass
    assert not isinstance(refused.value, LockedError)


def test_missing_workspace_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with (
        pytest.raises(StoreError, match=f"{gone} cannot be locked for writing: No such file"),
        workspace_lock(gone, command="plan apply", clock=Noon()),
    ):
        pass
    assert not gone.exists()
