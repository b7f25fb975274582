"""The web server: how HTTP is spoken, what is answered to bytes that are none, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from regulars.kernel import StoreError

from ._problems import problem_answer, problem_of

_LOG = logging.getLogger("uvicorn.error")
_IDLE_SECONDS = 75
"""How long a lane that does not call keeps its connection."""
_HEAD_SECONDS = 20.0
"""How long a connection may take to send the whole head of a call, from its opening or from the head's first byte."""
_LEAVE_SECONDS = 20.0
"""How long calls that were taken on may still be answered when the service is to end."""


class ProblemProtocol(HttpToolsProtocol):
    """HTTP/1.1 whose parser's refusals are problem details too, and which waits for nobody's call for ever."""

    _within_head = True
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first call, but not for long."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; whoever began a head is to end it."""
        super().data_received(data)
        if not self._within_head:
            self._wait_no_longer()
        elif self._late is None and not self.transport.is_closing():
            self._wait_for_head()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._within_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """It is whole."""
        self._within_head = False
        super().on_headers_complete()

    def _wait_for_head(self) -> None:
        self._late = self.loop.call_later(_HEAD_SECONDS, self._hang_up)

    def _wait_no_longer(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _hang_up(self) -> None:
        """Close the connection, unless a call that came before is still being answered on it."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
        else:
            self._wait_for_head()

    def send_400_response(self, msg: str) -> None:
        """Say that the bytes cannot be read, and hang up."""
        answer = problem_answer(400, f"the bytes are no HTTP/1.1 request: {msg}", "http", {"Connection": "close"})
        head = b"".join(b"%b: %b\r\n" % header for header in answer.raw_headers)
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n" + head + b"\r\n" + bytes(answer.body))
        self.transport.close()


class _Answered:
    """Tells whoever sent a call that is broken off to send it again, when the service ends before it is answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if scope["type"] != "http":
                raise
            hint = "send the same call again"
            ended = StoreError("the service ended before it answered", hint=hint, retryable=True)
            with suppress(RuntimeError):  # its answer had begun
                await problem_of(ended)(scope, receive, send)


class ReadyServer(uvicorn.Server):
    """A server that says when it answers, and that ends within a time, whatever is still being answered.

    Args:
        config: As uvicorn takes it.
        ready: Called when its application has begun, the ledger's writer with it.
    """

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin the application, then listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what was taken on; what is not answered in time, or when told to end twice, is told to come again."""
        leaving = asyncio.get_running_loop().call_later(_LEAVE_SECONDS, self._leave)
        await super().shutdown(sockets)
        leaving.cancel()
        if not self.force_exit:
            return
        if left := [task for task in self.server_state.tasks if not task.done()]:
            _LOG.warning("Calls told to come again, for the service ends: %d", len(left))
            for task in left:
                task.cancel()
        await self.lifespan.shutdown()

    def _leave(self) -> None:
        self.force_exit = True


def web_server(app: FastAPI, ready: Callable[[], None] = lambda: None) -> uvicorn.Server:
    """A server for an application, not running yet."""
    config = uvicorn.Config(
        _Answered(app),
        http=ProblemProtocol,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=_IDLE_SECONDS,
    )
    return ReadyServer(config, ready)
