"""The web server without a ledger: who sends no call is hung up on; who is not answered at the end is told so."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from regulars.api import web_server

HEAD_SECONDS = 0.25


class Calls:
    """An application, and what became of it."""

    def __init__(self) -> None:
        self.taken = threading.Event()
        self.ended = False
        self.app = FastAPI(lifespan=self._running)
        self.app.add_api_route("/now", self.now)
        self.app.add_api_route("/soon", self.soon)
        self.app.add_api_route("/never", self.never)

    @asynccontextmanager
    async def _running(self, _app: FastAPI) -> AsyncIterator[None]:
        yield
        self.ended = True

    async def now(self) -> str:
        return "answered"

    async def soon(self) -> str:
        await asyncio.sleep(HEAD_SECONDS * 1.2)
        return "answered"

    async def never(self) -> None:
        self.taken.set()
        await asyncio.Event().wait()


@contextmanager
def running(calls: Calls) -> Iterator[tuple[uvicorn.Server, int]]:
    """A server on a port of its own."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = web_server(calls.app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield server, listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(20)
    assert not thread.is_alive()


def test_who_sends_no_whole_head_is_hung_up_on_and_a_lane_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("regulars.api._http._HEAD_SECONDS", HEAD_SECONDS)
    with running(Calls()) as (_, port), httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as lane:
        assert lane.get("/now").json() == "answered"
        silent, half, late = (socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(3))
        half.sendall(b"GET /soon HTT")
        late.sendall(b"GET /soon HTTP/1.1\r\nHost: x\r\n\r\nGET /so")
        assert [one.makefile("rb").read() for one in (silent, half)] == [b"", b""]
        assert lane.get("/now").json() == "answered"
        [line] = lane._transport._pool.connections  # type: ignore[attr-defined]
        assert "Request Count: 2" in repr(line), "the lane's first line was kept"
        assert late.makefile("rb").read().endswith(b'"answered"'), "half a call behind one breaks no answer off"
        for one in (silent, half, late):
            one.close()


@pytest.mark.parametrize("twice", [False, True])
def test_a_call_that_is_not_answered_at_the_end_is_told_to_come_again_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], twice: bool
) -> None:
    monkeypatch.setattr("regulars.api._http._LEAVE_SECONDS", 20 if twice else 0.1)
    calls, told = Calls(), list[httpx.Response]()
    with running(calls) as (server, port):
        lane = threading.Thread(
            target=lambda: told.append(httpx.get(f"http://127.0.0.1:{port}/never", timeout=20))
        )
        lane.start()
        assert calls.taken.wait(20)
        server.should_exit, server.force_exit = True, twice
        lane.join(10)
    assert (told[0].status_code, told[0].headers["retry-after"]) == (503, "1")
    assert told[0].json()["detail"] == "the service ended before it answered"
    assert calls.ended
    assert capsys.readouterr().err.splitlines() == ["WARNING:  Calls told to come again, for the service ends: 1"]
