"""The writer in a process of its own: the same answers, and nothing lost or given twice when it is killed."""

import asyncio
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from ledger_samples import AT, WHO
from test_till_service import BASKET, CODE, asked, content
from till_samples import COFFEE, NOON, accounts, lane, state_of
from till_service import Service, machine_now, running_service

from regulars.adapters.ledger import SqlLedger
from regulars.api import GroupWriter, WriterProcess, WritingPlace
from regulars.api._problems import ProblemError
from regulars.api._quotes import QuoteReader
from regulars.api._writer import WAITING_MAX
from regulars.api._writing import _frame, _Frames, write_for
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


STAND_IN = f"""
import socket, sys, time
line = socket.socket(fileno=int(sys.argv[1]))
line.recv(1 << 16)
line.sendall({_frame(([0, 0, 0, 0], []))!r})
line.recv(1 << 16)
"""
"""A program in the writer's place, quickly begun: it says that it can write, and ends at the first call."""


def test_a_writer_that_does_not_end_keeps_nobody_from_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulars.api._writing._END_SECONDS", 0.1)
    monkeypatch.setattr("regulars.api._writing._PROGRAM", STAND_IN + "time.sleep(600)")

    async def run() -> None:
        writer = WriterProcess(WritingPlace("", tmp_path, ZoneInfo("UTC")))
        await writer.start()
        call = asyncio.ensure_future(writer.submit([ReleaseRequest(lane(4))], "lane"))
        await asyncio.sleep(0)
        await asyncio.wait_for(writer.stop(), 20)
        with pytest.raises(StoreError, match="writer ended before it answered"):
            await call

    asyncio.run(run())


def test_a_writer_is_begun_anew_though_no_process_can_be_had_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulars.api._writing._AGAIN_SECONDS", 0.01)
    monkeypatch.setattr("regulars.api._writing._PROGRAM", STAND_IN)
    begin, refused = subprocess.Popen, []

    def refused_once(*given: Any, **named: Any) -> Any:
        if not refused:
            refused.append(given)
            raise OSError("no memory is left")
        return begin(*given, **named)

    async def run() -> None:
        writer = WriterProcess(WritingPlace("", tmp_path, ZoneInfo("UTC")))
        await writer.start()
        first = writer.pid
        monkeypatch.setattr(subprocess, "Popen", refused_once)
        with pytest.raises(StoreError, match="writer ended"):
            await writer.submit([ReleaseRequest(lane(4))], "lane")
        async with asyncio.timeout(20):
            while writer.pid == first or not writer.alive:
                await asyncio.sleep(0.01)
        assert (writer.deaths, len(refused)) == (1, 1)
        await writer.stop()

    asyncio.run(run())


@ON_SQLITE
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_ends_by_what_nobody_expected_ends_its_process(
    place: WritingPlace, ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulars.api._writing.work_alone", lambda: None)
    ours, theirs = socket.socketpair()
    process = threading.Thread(target=write_for, args=(theirs.detach(),), daemon=True)
    process.start()
    ours.settimeout(20)
    ours.sendall(_frame(place) + _frame((1, "nobody expects this", None)))
    process.join(20)
    assert not process.is_alive()
    [[_, began], [_, told]] = _Frames().feed(ours.recv(1 << 16))
    ours.close()
    assert (began, told[0][0], type(told[0][1])) == ([], 1, TypeError)


class SilentLedger:
    """A ledger whose server is away; each try would wait for it."""

    def __init__(self) -> None:
        self.tries: list[int] = []

    def handle_till(self, messages: Sequence[object], **_: object) -> None:
        self.tries.append(len(messages))
        raise StoreError("the server was silent", retryable=True)


def test_a_store_that_is_away_is_not_waited_for_by_one_call_after_another() -> None:
    ledger, told = SilentLedger(), []
    writer = GroupWriter(ledger, lambda: (NOON, NOON.date()), told.extend)  # type: ignore[arg-type]
    writer._tidy_at += 60
    for number in range(6):
        writer.take([ReleaseRequest(lane(number))], "lane", number)
    writer.begin()
    writer.end()
    assert ledger.tries == [6, 1]
    assert [number for number, _ in told] == list(range(6))
    assert {str(error) for _, error in told} == {"the server was silent"}


class EndsMeanwhile:
    """Whether a writer has ended: it had not, and then it had."""

    def __init__(self) -> None:
        self.said = iter([False, True])

    def is_set(self) -> bool:
        return next(self.said)


def test_a_call_that_comes_while_its_writer_ends_is_told_so() -> None:
    told: list[tuple[int, object]] = []
    writer = GroupWriter(SilentLedger(), lambda: (NOON, NOON.date()), told.extend)  # type: ignore[arg-type]
    writer._tidy_at += 60
    writer.begin()
    writer.end()
    with pytest.raises(StoreError, match="writer ended before it answered"):
        writer.take([ReleaseRequest(lane(1))], "lane", 1)
    writer._over = EndsMeanwhile()  # type: ignore[assignment]
    writer.take([ReleaseRequest(lane(2))], "lane", 2)
    assert [(number, f"{error}"[:37]) for number, error in told] == [(2, "the ledger's writer ended before it a")]


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


class BrokenDesk(HeldUpDesk):
    """A desk that breaks where nobody expects it, then one whose store is away."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.broken = True

    def reading_together(self):  # type: ignore[no-untyped-def]
        return nullcontext(1 / 0 if self.broken else None)

    def quote(self, basket: object) -> object:
        self.asked.append(basket)
        raise StoreError("the server was silent", retryable=True)


def test_nobody_waits_for_a_quote_that_broke_nor_for_a_store_that_is_away_twice() -> None:
    async def run() -> None:
        desk = BrokenDesk()
        quotes = QuoteReader(desk)  # type: ignore[arg-type]
        for expected in (ZeroDivisionError, StoreError):
            asked = [quotes.quote(number) for number in range(5)]  # type: ignore[arg-type]
            found = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 10)
            assert [type(one) for one in found] == [expected] * 5
            desk.broken = False
        assert desk.asked == [0]

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


@ON_SQLITE
def test_half_a_body_keeps_no_basket_out_and_is_not_waited_for_long(
    ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulars.api._signed.BASKETS_MAX", 2)
    monkeypatch.setattr("regulars.api._signed.BODY_SECONDS", 0.5)
    ledger.apply_plan(content(), at=AT, actor=WHO)
    half = b"POST /till/v1/quote HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
    with running_service(ledger) as service:
        url = httpx.URL(service.url)
        slow = [socket.create_connection((url.host, url.port or 0), timeout=20) for _ in range(3)]
        for one in slow:
            one.sendall(half)
        with service.lane("4") as till:
            assert till.quote(lane(4), BASKET, list_code=CODE)["found"]
        for one in slow:
            answer = one.makefile("rb").read()  # to its end: the line is closed
            assert answer.startswith(b"HTTP/1.1 400 ")
            assert b'"code":"slow_body"' in answer
            one.close()
