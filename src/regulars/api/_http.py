"""The web server: how HTTP is spoken, and what is answered to bytes that are none."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ._problems import problem_answer

_IDLE_SECONDS = 75
"""How long a lane that does not call keeps its connection."""
_LEAVE_SECONDS = 20
"""How long calls that were taken on may still be answered when the service is to end."""


class ProblemProtocol(HttpToolsProtocol):
    """HTTP/1.1 whose parser's refusals are problem details too."""

    def send_400_response(self, msg: str) -> None:
        """Say that the bytes cannot be read, and hang up."""
        answer = problem_answer(400, f"the bytes are no HTTP/1.1 request: {msg}", "http", {"Connection": "close"})
        head = b"".join(b"%b: %b\r\n" % header for header in answer.raw_headers)
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n" + head + b"\r\n" + bytes(answer.body))
        self.transport.close()


class ReadyServer(uvicorn.Server):
    """A server that says when it answers: its application has begun, the ledger's writer with it.

    Args:
        config: As uvicorn takes it.
        ready: Called then.
    """

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin the application, then listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()


def web_server(app: FastAPI, ready: Callable[[], None] = lambda: None) -> uvicorn.Server:
    """A server for an application, not running yet."""
    config = uvicorn.Config(
        app,
        http=ProblemProtocol,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_LEAVE_SECONDS,
    )
    return ReadyServer(config, ready)
