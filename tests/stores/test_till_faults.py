"""Many lanes on the same grants, and lanes killed around their commit; REGULARS_FAULTS=full runs the long versions."""

import json
import os
import socket
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random
from threading import Barrier

import pytest
from ledger_samples import AT, WHO, plan_content
from sqlalchemy import select
from till_samples import NOON, PLAN, TODAY, accounts, lane

from regulars.adapters.ledger import SqlLedger, open_ledger
from regulars.adapters.ledger import _till_rows as till_rows
from regulars.adapters.ledger._prepared import Prepared
from regulars.adapters.ledger._tables import AUDIT_HEAD
from regulars.kernel import GrantId, RegularsError, StoreError
from regulars.redeem import ArmAnswer, Armed, ArmLine, ArmRequest, GrantKey, Held, HoldAnswer, HoldRequest, Share

FULL = os.environ.get("REGULARS_FAULTS") == "full"
GRANTS, LANES, RUNS = (200, 16, 5) if FULL else (25, 8, 1)
KILLS = 1_000 if FULL else 40
LANE_KILLS = 500 if FULL else 4
HERE = Path(__file__).parent


def _race(url: str, folder: Path, run: int) -> Counter[str]:
    """Every lane wants every grant, in an order of its own; what each was told."""
    start = Barrier(LANES)

    def ring_all(mine: SqlLedger, number: int) -> Counter[str]:
        told = Counter[str]()
        order = list(range(1, GRANTS + 1))
        Random(f"{run} {number}").shuffle(order)
        start.wait()
        for household in order:
            key = GrantKey(PLAN, GrantId(f"{household}-1"))
            transaction = lane(number, run * 10_000 + household)
            [held] = _until_answered(mine, HoldRequest(transaction, 0, (Share(key, 100),)))
            assert isinstance(held, HoldAnswer)
            [outcome] = held.outcomes
            if not isinstance(outcome, Held):
                told[outcome.reason] += 1
                continue
            arm = ArmRequest(transaction, (ArmLine(key, outcome.epoch, 100),))
            [armed] = _until_answered(mine, arm)
            assert isinstance(armed, ArmAnswer)
            told["armed" if isinstance(armed.outcomes[0], Armed) else "refused"] += 1
        return told

    def ring(number: int) -> Counter[str]:
        with closing(open_ledger(url, folder=folder)) as mine:
            return ring_all(mine, number)

    with ThreadPoolExecutor(LANES) as pool:
        return sum(pool.map(ring, range(1, LANES + 1)), Counter())


def _until_answered(ledger: SqlLedger, message: HoldRequest | ArmRequest):  # type: ignore[no-untyped-def]
    for _ in range(20):
        try:
            return ledger.handle_till([message], at=NOON, today=TODAY)
        except StoreError as error:
            if not error.retryable:
                raise
    raise AssertionError("no answer in twenty tries")


@pytest.mark.parametrize("run", range(RUNS))
def test_many_lanes_spend_every_grant_once(ledger: SqlLedger, ledger_url: str, tmp_path: Path, run: int) -> None:
    ledger.apply_plan(plan_content(households=GRANTS), at=AT, actor=WHO)
    told = _race(ledger_url, tmp_path, run)
    assert told["armed"] == GRANTS
    assert told.total() == GRANTS * LANES
    books = accounts(ledger)
    assert -books["discount store"] == 100 * GRANTS
    assert books["vendor_open roaster"] == min(60 * GRANTS, 1_000)
    assert "retailer_loss store" not in books
    assert ledger.verify() == []


@pytest.mark.postgres
@pytest.mark.parametrize("ledger_url", ["postgres"], indirect=True)
def test_without_the_lock_on_grants_lanes_spend_twice(
    ledger: SqlLedger, ledger_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same race must catch a build that reads before it writes."""
    load = till_rows._grants
    monkeypatch.setattr(
        till_rows, "_grants", lambda connection, keys, lock=True: load(connection, keys, lock=False)
    )
    unlocked = Prepared(select(AUDIT_HEAD.c.sequence, AUDIT_HEAD.c.digest))
    monkeypatch.setattr("regulars.adapters.ledger._audit._HEAD_LOCKED", unlocked)
    ledger.apply_plan(plan_content(households=GRANTS), at=AT, actor=WHO)
    try:
        told = _race(ledger_url, tmp_path, 0)
    except RegularsError:  # unique keys may stop it before the count does
        return
    assert told["armed"] > GRANTS or ledger.verify() != []


def test_killed_lanes_lose_nothing_that_was_answered(ledger_url: str) -> None:
    done = subprocess.run(
        [sys.executable, HERE / "till_killing.py", ledger_url, f"{KILLS}", "20171128"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    sys.stdout.write(f"{seen}\n")
    assert seen["killed"] == KILLS
    assert (seen["answered and lost"], seen["findings"]) == (0, 0), seen
    assert seen["in the commit window"] >= KILLS * 3 // 10, seen
    assert seen["second try armed"] == KILLS, seen
    assert seen["vendor's cents"] == min(60 * KILLS, 1_000), seen


def test_lanes_killed_at_six_points_leave_no_grant_stuck(ledger_url: str) -> None:
    done = subprocess.run(
        [sys.executable, HERE / "lane_killing.py", ledger_url, f"{LANE_KILLS}", f"{_free_port()}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    sys.stdout.write(f"{seen}\n")
    assert seen["killed"] == seen["came back"] == 6 * LANE_KILLS, seen
    assert (seen["findings"], seen["freed by the close of the day"]) == (0, 0), seen
    credited = 2 * seen["credited cents"] // 130  # bread and tea of a basket without a network
    assert (seen["held"], seen["armed"]) == (0, credited), seen
    assert seen["ledger's cents"] == seen["receipts' cents"] > 0, seen
    assert seen["receipts"] == LANE_KILLS, "only lanes that died after tender printed one"


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
