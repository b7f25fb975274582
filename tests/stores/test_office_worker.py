"""The office's worker while the ledger's server is away."""

from pathlib import Path

import pytest

from regulars.adapters.ledger import SqlLedger
from regulars.bootstrap import create_workspace
from regulars.bootstrap.office import run_worker, work
from regulars.kernel import StoreError


def test_a_worker_waits_for_a_ledger_that_is_away_and_ends_by_one_that_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_workspace(tmp_path)
    said = iter([StoreError("it is away", retryable=True), StoreError("it is damaged")])

    def fail(*_: object, **__: object) -> None:
        raise next(said)

    monkeypatch.setattr(SqlLedger, "claim_job", fail)
    monkeypatch.setattr("regulars.bootstrap.office._worker._LOOK_SECONDS", 0)
    with pytest.raises(StoreError, match="it is damaged"):
        work(tmp_path)


def test_a_worker_that_ends_says_why_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    left = []
    worker = "regulars.bootstrap.office._worker"
    monkeypatch.setattr(f"{worker}.signal.signal", lambda *_: None)
    monkeypatch.setattr(f"{worker}._leave_with_service", lambda: None)
    monkeypatch.setattr(f"{worker}._leave", lambda: left.append(True))
    run_worker(tmp_path / "none")
    assert left == [True]
    assert capsys.readouterr().err.startswith("The office's worker ends, and another begins: ")
