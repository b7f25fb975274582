"""The application: the till's calls, health and metrics; other rooms mount their routers on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ._health import add_metrics
from ._health import router as health_router
from ._problems import LostPage, add_problem_handlers, no_page, problem_answer
from ._signed import BODY_BYTES_MAX, SignedFirst, TillService
from ._till import router as till_router


class BodyLimit:
    """Refuses bodies that are too large, declared or not, before anything reads them.

    Args:
        app: What is behind.
        most: The most bytes of a body.
        uploads: The most bytes by path where files are sent to; these say how long they are and are passed on.
    """

    def __init__(
        self, app: ASGIApp, most: int = BODY_BYTES_MAX, uploads: Mapping[str, int] = MappingProxyType({})
    ) -> None:
        self._app, self._most, self._uploads = app, most, uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, its body read up to the limit."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "POST" and scope["path"] in self._uploads:
            said = dict(scope["headers"]).get(b"content-length", b"").decode()
            if not said.isdecimal() or int(said) > self._uploads[scope["path"]]:
                answer = problem_answer(413, f"expected at most {self._uploads[scope['path']]} bytes", "too_large")
                await answer(scope, receive, send)
                return
            await self._app(scope, receive, send)
            return
        chunks, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self._most:
                answer = problem_answer(413, f"expected at most {self._most} bytes", "too_large")
                await answer(scope, receive, send)
                return
            chunks.append(chunk)
            more = message.get("more_body", False)
        sent = False

        async def replay() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": b"".join(chunks), "more_body": False}

        await self._app(scope, replay, send)


def _bare_app(**more: Any) -> SignedFirst:
    title, summary = "Regulars", "Till calls of a store's personal offers."
    return SignedFirst(title=title, version="1", summary=summary, docs_url=None, redoc_url=None, **more)


def till_description() -> dict[str, Any]:
    """The till's calls as OpenAPI 3.1, without a running service."""
    app = _bare_app()
    app.include_router(till_router)
    app.include_router(health_router)
    return app.openapi()


def create_app(
    till: TillService,
    *,
    routers: Sequence[APIRouter] = (),
    state: dict[str, Any] | None = None,
    uploads: Mapping[str, int] = MappingProxyType({}),
    lost: LostPage = no_page,
) -> FastAPI:
    """The service.

    Args:
        till: What the till's calls are made of; its writer is started and stopped with the application.
        routers: Other rooms' routes: household pages, the back office.
        state: What those routes find on `request.app.state`.
        uploads: The most bytes of a body by path, where files are sent to.
        lost: What a browser gets at an address that is none.
    """

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        await till.writer.start()
        try:
            yield
        finally:
            await till.writer.stop()

    app = _bare_app(lifespan=running)
    app.state.till = till
    for name, value in (state or {}).items():
        setattr(app.state, name, value)
    add_problem_handlers(app, lost)
    included = (till_router, health_router, *routers)
    app.let_signed_first([route for router in included for route in router.routes], add_metrics(app, till))
    app.add_middleware(BodyLimit, uploads=uploads)
    for router in included:
        app.include_router(router)
    return app
