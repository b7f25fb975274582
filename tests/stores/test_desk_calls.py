"""While the service runs it is the ledger's one writer: other commands load beside it, and tell it what to write."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from typing import Any

import pytest
from click.testing import CliRunner
from ledger_samples import AT, WHO, plan_content
from till_samples import COFFEE, NOON, TODAY, accounts, lane, take
from till_service import KEYS, Service, running_service

from regulars.adapters import DeskClient, TillClient
from regulars.adapters.ledger import SqlLedger
from regulars.bootstrap import Workspace, create_workspace
from regulars.cli._root import commands
from regulars.kernel import DESK, EVERY_STORE, ContractError, LockedError, StoreError, StoreId, lane_secret
from regulars.redeem import (
    Changed,
    Classified,
    DayClosed,
    FactAnswer,
    FactClass,
    GrantKey,
    Logged,
    MadeGood,
    RightMoved,
    Share,
    Shown,
    ShownUse,
)


@pytest.fixture
def service(ledger: SqlLedger) -> Iterator[Service]:
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    with running_service(ledger) as running:
        yield running
    assert ledger.verify() == []


@pytest.fixture
def desk(service: Service) -> Iterator[DeskClient]:
    with DeskClient(
        service.url, lane_secret(KEYS, EVERY_STORE, DESK, 1).hex(), now=service.clock.now_at
    ) as client:
        yield client


def test_the_service_takes_what_logs_show(service: Service, desk: DeskClient, ledger: SqlLedger) -> None:
    take(ledger, lane(1), COFFEE)
    shown = Shown(lane(1), (ShownUse(COFFEE, 100, returned_cents=30),))
    other = GrantKey(COFFEE.plan_id, COFFEE.grant_id[:-1] + "9")  # type: ignore[arg-type]
    told = [shown, shown, Shown(lane(1), (ShownUse(other, 5),)), DayClosed(StoreId("12"), TODAY)]
    answers = desk.handle_till(told, at=NOON, today=TODAY, actor="logs")
    assert answers == [
        FactAnswer((Classified(COFFEE, FactClass.SPENT),)),
        FactAnswer((Classified(COFFEE, FactClass.REPEATED),)),
        FactAnswer((Classified(other, FactClass.UNKNOWN),)),
        Changed(()),
    ]
    assert accounts(ledger) == {"discount store": -70, "vendor_due roaster": 42, "retailer_funded store": 28}


def test_a_credit_waits_until_it_is_paid_and_is_paid_once(
    service: Service, desk: DeskClient, ledger: SqlLedger
) -> None:
    credit = lane(1).made_good
    ledger.handle_till([MadeGood(credit, (Share(COFFEE, 100),))], at=NOON, today=TODAY)
    desk.handle_till([Shown(credit, (ShownUse(COFFEE, returned_cents=40),))], at=NOON, today=TODAY)
    [owed] = ledger.open_credits()
    assert (owed.transaction.missed_by, owed.cents, owed.given_cents, owed.duplicate) == (lane(1), 60, 100, False)
    assert accounts(ledger)["vendor_open roaster"] == 36
    paid = Logged(credit, (Share(COFFEE, owed.given_cents),))
    for outcome in (FactClass.SPENT, FactClass.REPEATED):
        [answer] = desk.handle_till([paid], at=NOON, today=TODAY, actor="ann at the desk")
        assert answer == FactAnswer((Classified(COFFEE, outcome),))
    assert accounts(ledger) == {"discount store": -60, "vendor_due roaster": 36, "retailer_funded store": 24}
    assert ledger.open_credits() == []
    with ledger._engine.connect() as connection:
        last = "SELECT actor FROM audit ORDER BY sequence DESC LIMIT 1"
        assert connection.exec_driver_sql(last).scalar() == "ann at the desk"


def test_rights_are_lent_while_the_service_runs(desk: DeskClient, ledger: SqlLedger) -> None:
    moved = RightMoved(COFFEE, None, StoreId("12"))
    assert desk.handle_till([moved, moved], at=NOON, today=TODAY) == [Changed((COFFEE,)), Changed(())]


@pytest.mark.parametrize(("store_id", "lane_id"), [("12", "4"), ("12", "*"), ("*", "*")])
def test_a_lane_is_no_command(service: Service, store_id: str, lane_id: str) -> None:
    secret = lane_secret(KEYS, StoreId(store_id), lane_id, 1).hex()
    body = {"actor": "x", "messages": [{"kind": "day_closed", "store_id": "12", "business_on": "2017-11-28"}]}
    now = service.clock.now_at
    with (
        TillClient(service.url, store_id, lane_id, secret, now=now) as client,
        pytest.raises(ContractError, match="403"),
    ):
        client.call("/desk/v1/messages", body)


def test_loads_run_beside_the_service_and_nothing_else_does(tmp_path) -> None:  # type: ignore[no-untyped-def]
    create_workspace(tmp_path / "shop")
    with Workspace.open(tmp_path / "shop") as one, Workspace.open(tmp_path / "shop") as two:
        with one.serving("http://127.0.0.1:1"):
            with pytest.raises(LockedError, match="`serve`"), two.writing("plan apply"):
                pass
            with two.telling("data load") as teller:
                assert isinstance(teller, DeskClient)
                with pytest.raises(StoreError, match="does not answer"):
                    teller.handle_till([DayClosed(StoreId("1"), TODAY)], at=NOON, today=TODAY)
                with pytest.raises(LockedError, match="data load"), one.telling("data load"):
                    pass
        with one.telling("data load") as teller:
            assert not isinstance(teller, DeskClient)
            for command in (two.writing("plan apply"), two.telling("till settle"), two.serving("x")):
                with pytest.raises(LockedError), command:
                    pass
        with one.writing("plan apply"), pytest.raises(LockedError), two.telling("data load"):
            pass


FORECASTING = [
    ["profiles", "build"],
    ["profiles", "tiers"],
    ["forecast", "run"],
    ["forecast", "evaluate"],
    ["forecast", "coupons"],
    ["cells", "show"],
]


@pytest.mark.parametrize("command", FORECASTING, ids=" ".join)
def test_what_is_forecast_is_made_and_read_beside_the_service(tmp_path, command) -> None:  # type: ignore[no-untyped-def]
    create_workspace(tmp_path)
    asked = [*command, "--as-of", "2017-11-13", "--workspace", str(tmp_path)]
    with Workspace.open(tmp_path) as one:
        with one.serving("http://127.0.0.1:1"):
            done = CliRunner().invoke(commands, asked)
            assert done.exit_code
            assert "is being written" not in done.stderr + str(done.exception)
        with one.working("forecast run"):
            done = CliRunner().invoke(commands, asked)
            assert "is being written by `forecast run`" in done.stderr + str(done.exception)


SHED = "the service does not take the call now: more calls wait than can be answered soon"


def test_calls_beyond_what_can_wait_are_shed_and_the_service_recovers(
    ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    monkeypatch.setattr("regulars.api._writer.WAITING_MAX", 4)
    entered, freed, handle = threading.Event(), threading.Event(), ledger.handle_till

    def slow(*given: Any, **named: Any) -> Any:
        entered.set()
        assert freed.wait(20)
        return handle(*given, **named)

    monkeypatch.setattr(ledger, "handle_till", slow)
    with running_service(ledger) as service, ThreadPoolExecutor(12) as pool:

        def release(number: int) -> str:
            with service.lane(f"{number}") as client:
                try:
                    client.release(lane(number))
                except StoreError as error:
                    return error.message
            return "answered"

        try:
            first = pool.submit(release, 1)
            assert entered.wait(20)
            rest = [pool.submit(release, number) for number in range(2, 12)]
            shed = list(islice(as_completed(rest, timeout=20), 6))
            assert {one.result() for one in shed} == {SHED}
            assert service.till.writer.waiting == 4
        finally:
            freed.set()
        answers = [one.result() for one in [first, *rest]]
        assert answers.count("answered") == 5
        assert release(12) == "answered"
    assert ledger.verify() == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_nobody_expected_ends_the_writer_and_nobody_waits_for_it(
    ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, freed = threading.Event(), threading.Event()

    def broken(*_: Any, **__: Any) -> Any:
        entered.set()
        assert freed.wait(20)
        raise RuntimeError("nobody expected this")

    monkeypatch.setattr(ledger, "handle_till", broken)
    with running_service(ledger) as service, ThreadPoolExecutor(2) as pool:

        def release(number: int) -> str:
            with service.lane(f"{number}") as client, pytest.raises((ContractError, StoreError)) as refused:
                client.release(lane(number))
            return str(refused.value)

        try:
            first = pool.submit(release, 1)
            assert entered.wait(20)
            waiting = pool.submit(release, 2)
            while not service.till.writer.waiting:
                assert not waiting.done()
                time.sleep(0.01)
        finally:
            freed.set()
        assert "failed" in first.result(20)
        assert "the ledger's writer ended before it answered" in waiting.result(20)
        assert "the ledger's writer ended before it answered" in release(3)
        assert not service.till.writer.alive
    with pytest.raises(StoreError, match="ended before it answered"):
        service.till.writer.take([], "somebody", 1)  # type: ignore[attr-defined]
