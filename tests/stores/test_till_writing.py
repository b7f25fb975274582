"""The writer in a process of its own: the same answers, and nothing lost or given twice when it is killed."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from ledger_samples import AT, WHO
from test_till_service import BASKET, CODE, asked, content
from till_samples import COFFEE, NOON, accounts, lane, state_of
from till_service import Service, machine_now, running_service

from regulars.adapters.ledger import SqlLedger
from regulars.api import WriterProcess, WritingPlace
from regulars.api._problems import ProblemError
from regulars.api._quotes import QuoteReader
from regulars.api._writer import WAITING_MAX
from regulars.kernel import StoreError
from regulars.redeem import ReleaseRequest

ON_SQLITE = pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)
"""Kills between the processes are no matter of the store; kills within its commit are in `test_till_faults`."""


@pytest.fixture
def place(ledger_url: str, tmp_path: Path) -> WritingPlace:
    return WritingPlace(ledger_url, tmp_path, ZoneInfo("America/New_York"), NOON - machine_now())


@pytest.fixture
def service(ledger: SqlLedger, place: WritingPlace) -> Iterator[Service]:
    ledger.apply_plan(content(), at=AT, actor=WHO)
    with running_service(ledger, writer=WriterProcess(place)) as running:
        yield running
    assert ledger.verify() == []


def writer_of(service: Service) -> WriterProcess:
    writer = service.till.writer
    assert isinstance(writer, WriterProcess)
    return writer


def test_a_basket_is_written_by_another_process(service: Service, ledger: SqlLedger) -> None:
    with service.lane("4") as till, service.lane("*") as back_room:
        held = till.hold(lane(4), BASKET, list_code=CODE)
        armed = till.arm(lane(4), asked(held))
        assert [line["armed"] for line in armed["lines"]] == [True, True]
        assert till.hold(lane(4), BASKET, list_code=CODE) == held
        shares = [{"grant": line["grant"], "discount_cents": line["discount_cents"]} for line in armed["lines"]]
        told = back_room.facts([{"kind": "logged", "transaction": lane(4).as_plain(), "shares": shares}] * 40)
        assert [set(one["outcomes"].values()) for one in told["facts"]] == [{"spent"}, *[{"repeated"}] * 39]
    assert accounts(ledger) == {"discount store": -150, "retailer_funded store": 90, "vendor_due roaster": 60}
    assert httpx.get(f"{service.url}/health").json() == {"status": "ok", "waiting": 0}
    writer = writer_of(service)
    assert writer.pid != os.getpid()
    assert (writer.messages, writer.commits >= 5, writer.deaths) == (43, True, 0)


def answered(act, until: float):  # type: ignore[no-untyped-def]
    """What a lane hears that asks again while nobody answers."""
    while True:
        try:
            return act()
        except StoreError:
            assert time.monotonic() < until, "nobody answered in half a minute"


@ON_SQLITE
def test_a_killed_writer_loses_nothing_and_another_begins(service: Service, ledger: SqlLedger) -> None:
    writer, until = writer_of(service), time.monotonic() + 30
    with service.lane("4") as till, service.lane("5") as other, ThreadPoolExecutor(2) as lanes:
        held = till.hold(lane(4), BASKET, list_code=CODE)
        first = till.arm(lane(4), asked(held)[:1])
        killed = writer.pid
        arms = [lanes.submit(answered, lambda: till.arm(lane(4), asked(held)), until)]
        arms += [lanes.submit(answered, lambda: other.quote(lane(5), BASKET, list_code=CODE), until)]
        os.kill(killed, signal.SIGKILL)
        both, _ = (one.result() for one in arms)
        assert [line["armed"] for line in both["lines"]] == [True, True]
        assert answered(lambda: till.arm(lane(4), asked(held)[:1]), until) == first
        assert answered(lambda: till.arm(lane(4), asked(held)), until) == both
        while writer.deaths == 0:
            assert time.monotonic() < until
            time.sleep(0.05)
    assert writer.deaths == 1
    assert writer.pid != killed
    assert state_of(ledger, COFFEE) == "armed"
    assert accounts(ledger) == {"discount store": -150, "vendor_open roaster": 60, "retailer_funded store": 90}


@ON_SQLITE
def test_calls_are_told_to_come_again_while_there_is_no_writer(place: WritingPlace, ledger: SqlLedger) -> None:
    async def run() -> None:
        writer = WriterProcess(place)
        await writer.start()
        assert writer.alive
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGSTOP)
        calls = [asyncio.ensure_future(writer.submit([ReleaseRequest(lane(4))], "lane")) for _ in range(3)]
        await asyncio.sleep(0)
        assert writer.waiting == 3
        os.kill(writer.pid, signal.SIGKILL)
        for call in calls:
            with pytest.raises(StoreError, match="writer ended before it answered"):
                await call
        assert not writer.alive
        with pytest.raises(StoreError, match="writer ended"):
            await writer.submit([ReleaseRequest(lane(4))], "lane")
        await writer.stop()

    asyncio.run(run())


class HeldUpDesk:
    """A desk whose store, on another machine, does not answer for a while."""

    reads_at_once = False

    def __init__(self) -> None:
        self.may_go = threading.Event()

    def reading_together(self):  # type: ignore[no-untyped-def]
        return nullcontext()

    def quote(self, basket: object) -> object:
        assert self.may_go.wait(20)
        if basket == "wrong":
            raise StoreError("this one cannot be read")
        return basket


def test_baskets_wait_together_fail_alone_and_are_shed_when_too_many_wait() -> None:
    async def run() -> None:
        desk = HeldUpDesk()
        quotes = QuoteReader(desk)  # type: ignore[arg-type]
        asked = [asyncio.ensure_future(quotes.quote(basket)) for basket in ("first", "wrong", "third")]  # type: ignore[arg-type]
        await asyncio.sleep(0.01)
        asked += [asyncio.ensure_future(quotes.quote(number)) for number in range(WAITING_MAX)]  # type: ignore[arg-type]
        await asyncio.sleep(0.01)
        with pytest.raises(ProblemError) as shed:
            await quotes.quote("one more")  # type: ignore[arg-type]
        assert (shed.value.status, shed.value.headers) == (429, {"Retry-After": "1"})
        desk.may_go.set()
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert [str(one) for one in found[:3]] == ["first", "this one cannot be read", "third"]
        assert found[3:] == list(range(WAITING_MAX))

    asyncio.run(run())


def test_a_writer_that_cannot_begin_ends_the_start(tmp_path: Path) -> None:
    place = WritingPlace("sqlite:///none.db", tmp_path, ZoneInfo("UTC"))
    with pytest.raises(StoreError, match="ended before it began"):
        asyncio.run(WriterProcess(place).start())


@ON_SQLITE
def test_baskets_beyond_what_is_answered_soon_are_turned_away_before_they_are_read(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulars.api._signed.BASKETS_MAX", 2)
    writer = writer_of(service)
    assert writer.pid is not None

    def bare(call: str) -> httpx.Response:
        return httpx.post(f"{service.url}/till/v1/{call}", content=b"unsigned")

    with service.lane("4") as till, service.lane("5") as other, ThreadPoolExecutor(2) as pool:
        os.kill(writer.pid, signal.SIGSTOP)
        held = [
            pool.submit(one.hold, lane(number), BASKET, list_code=CODE) for one, number in ((till, 4), (other, 5))
        ]
        while service.till.baskets.inside < 2:
            time.sleep(0.005)
        answers = {call: bare(call) for call in ("quote", "hold", "make-good", "arm", "release", "facts")}
        os.kill(writer.pid, signal.SIGCONT)
        assert {call for call, answer in answers.items() if answer.status_code == 429} == {
            "quote",
            "hold",
            "make-good",
        }
        assert (answers["hold"].json()["code"], answers["hold"].headers["retry-after"]) == ("busy", "1")
        assert {answers[call].status_code for call in ("arm", "release", "facts")} == {401}
        offers = [[offer["reason"] for offer in one.result()["offers"]] for one in held]
        assert sorted(offers) == [["", ""], ["held_elsewhere", "held_elsewhere"]]
        assert bare("hold").status_code == 401
        assert service.till.baskets.inside == 0
