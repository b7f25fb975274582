"""Several writers at once: one plan holds for a cycle, the chain stays whole, nobody is told what is not so."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from ledger_samples import AT, WHO, plan_content

from regulars.adapters.ledger import open_ledger
from regulars.adapters.ledger._store import SqlLedger
from regulars.flows import PlanApplied, PlanRefusal, PlanRefused, PlanState
from regulars.kernel import PlanId, StoreError

WRITERS = 6


def _at_once(url: str, folder: Path, act: Callable[[SqlLedger, int], object]) -> list[object]:
    """Each writer has connections of its own, as processes would, and they start together."""
    start = Barrier(WRITERS)

    def run(number: int) -> object:
        ledger = open_ledger(url, folder=folder)
        start.wait()
        try:
            return act(ledger, number)
        finally:
            ledger.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(run, range(WRITERS)))


def test_one_plan_of_many_holds(ledger: SqlLedger, ledger_url: str, tmp_path: Path) -> None:
    outcomes = _at_once(
        ledger_url,
        tmp_path,
        lambda mine, number: mine.apply_plan(plan_content(f"plan-{number}"), at=AT, actor=WHO),
    )
    applied = [outcome for outcome in outcomes if isinstance(outcome, PlanApplied)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, PlanRefused)]
    assert len(applied) == 1
    assert {outcome.reason for outcome in refused} == {PlanRefusal.OTHER_PLAN_APPLIED}
    assert len(refused) == WRITERS - 1
    assert [standing.state for standing in ledger.plans()] == [PlanState.APPLIED]
    assert ledger.verify() == []


def test_one_of_many_same_calls_writes(ledger: SqlLedger, ledger_url: str, tmp_path: Path) -> None:
    outcomes = _at_once(ledger_url, tmp_path, lambda mine, _: mine.apply_plan(plan_content(), at=AT, actor=WHO))
    assert sorted(getattr(outcome, "now", None) is True for outcome in outcomes) == [False] * (WRITERS - 1) + [
        True
    ]
    assert {getattr(outcome, "grants", None) for outcome in outcomes} == {6}
    assert ledger.verify() == []


def test_apply_and_recall_take_turns(ledger: SqlLedger, ledger_url: str, tmp_path: Path) -> None:
    def turn(mine: SqlLedger, number: int) -> object:
        for _ in range(5):
            if number % 2:
                mine.recall_plan(PlanId("plan-a"), at=AT, actor=WHO)
            else:
                mine.apply_plan(plan_content(), at=AT, actor=WHO)
        return None

    _at_once(ledger_url, tmp_path, turn)
    assert ledger.verify() == []
    assert ledger.plan_state(PlanId("plan-a")) in {PlanState.APPLIED, PlanState.RECALLED}


@pytest.mark.postgres
@pytest.mark.parametrize("ledger_url", ["postgres"], indirect=True)
def test_recall_that_meets_a_till_leaves_the_plan(ledger: SqlLedger, ledger_url: str, tmp_path: Path) -> None:
    """The till takes a grant after recall has looked and before it writes."""
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    recalling = open_ledger(ledger_url, folder=tmp_path)
    with ThreadPoolExecutor(1) as pool, ledger._engine.connect() as till:
        till.exec_driver_sql("UPDATE grants SET state = 'held' WHERE grant_id = '2-1'")
        recall = pool.submit(recalling.recall_plan, PlanId("plan-a"), at=AT, actor=WHO)
        _await_a_waiting_statement(ledger)
        till.commit()
        with pytest.raises(StoreError, match="taken while the plan was being recalled") as refused:
            recall.result(timeout=20)
    assert refused.value.retryable
    assert ledger.plan_state(PlanId("plan-a")) is PlanState.APPLIED
    assert ledger.verify() == []
    again = recalling.recall_plan(PlanId("plan-a"), at=AT, actor=WHO)
    assert isinstance(again, PlanRefused)
    assert again.reason is PlanRefusal.GRANTS_IN_USE
    recalling.close()


def _await_a_waiting_statement(ledger: SqlLedger) -> None:
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(200):
        with ledger._engine.connect() as connection:
            if connection.exec_driver_sql(waiting).scalar_one():
                return
        time.sleep(0.02)
    raise AssertionError("nobody waited")
