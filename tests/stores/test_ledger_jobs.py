"""Long work in the ledger: taken up once and in order, stopped, lost with its worker."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from office_desk import office_trial

from processes import is_alive, wait_until
from regulars.adapters.ledger import SqlLedger
from regulars.bootstrap.office import WorkerKeeper, work
from regulars.flows import JobState

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_work_is_taken_up_once_in_the_order_it_was_asked_for(ledger: SqlLedger) -> None:
    for plan_id in ("a", "b"):
        ledger.ask_job("render", {"plan_id": plan_id}, at=AT, actor="staff marta")
    taken = [ledger.claim_job(at=AT) for _ in range(3)]
    assert [None if job is None else (job.job_id, job.arguments["plan_id"]) for job in taken] == [
        (1, "a"),
        (2, "b"),
        None,
    ]
    assert not ledger.beat_job(1, "pages", 0.5, "first line", at=AT)
    assert ledger.cancel_job(1, at=AT, actor="staff marta")
    assert ledger.beat_job(1, "pages", 0.6, "first line", at=AT)
    ledger.end_job(1, JobState.DONE, "", "first line", {"pages": 3}, at=AT)
    assert not ledger.cancel_job(1, at=AT, actor="staff marta")
    assert ledger.lose_jobs(at=AT) == [2]
    assert [(job.job_id, job.state) for job in ledger.newest_jobs(5)] == [(2, JobState.LOST), (1, JobState.DONE)]
    found = ledger.find_job(1)
    assert found is not None
    assert (found.log, found.result, found.share) == ("first line", {"pages": 3}, 0.6)
    assert ledger.verify() == []


def test_what_waits_is_stopped_at_once(ledger: SqlLedger) -> None:
    job_id = ledger.ask_job("cycle", {}, at=AT, actor="staff marta").job_id
    assert ledger.cancel_job(job_id, at=AT, actor="staff marta")
    assert ledger.claim_job(at=AT) is None


def test_the_worker_says_why_it_could_not(tmp_path: Path) -> None:
    with office_trial(tmp_path / "w") as trial:
        ledger = trial.workspace.ledger
        ledger.ask_job("cycle", {"as_of_on": "2017-11-27"}, at=AT, actor="staff marta")
        ledger.ask_job("apply", {"plan_id": "2017-11-27-00000000"}, at=AT, actor="staff marta")
        work(tmp_path / "w", once=True)
        failed = [ledger.find_job(number) for number in (1, 2)]
        assert [job and job.state for job in failed] == [JobState.FAILED] * 2
        assert failed[0] is not None
        assert "till line" in failed[0].stage
        assert "hint:" in failed[0].log


def test_a_dead_worker_is_seen_and_another_begins(tmp_path: Path) -> None:
    with office_trial(tmp_path / "w") as trial:
        ledger = trial.workspace.ledger
        ledger.ask_job("cycle", {}, at=AT, actor="staff marta")
        ledger.claim_job(at=AT)
        keeper = WorkerKeeper(trial.workspace, lambda: None)
        keeper.start()
        try:
            wait_until(lambda: keeper.pid is not None)
            lost = ledger.find_job(1)
            assert lost is not None
            assert lost.state is JobState.LOST
            first = keeper.pid
            assert first is not None
            os.kill(first, signal.SIGKILL)
            wait_until(lambda: keeper.pid != first)
            assert keeper.deaths == 1
        finally:
            keeper.stop()
        assert keeper.pid is not None
        assert not Path(f"/proc/{keeper.pid}").exists()


def test_a_worker_leaves_nothing_it_started_behind() -> None:
    """The service is gone: its worker's standard input ends."""
    told = (
        "import subprocess; print(subprocess.Popen(['sleep', '600'], stdout=subprocess.DEVNULL).pid, flush=True)\n"
    )
    told += "from regulars.bootstrap.office._worker import _leave_with_service; _leave_with_service()"
    command, pipe = [sys.executable, "-c", told], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, start_new_session=True, text=True) as worker:
        assert worker.stdout is not None
        child = int(worker.stdout.readline())
        assert is_alive(child)
    wait_until(lambda: not is_alive(child))
