"""Signed calls: described to FastAPI like any other, and answered without its machinery.

A till's call costs the framework more than the ledger: a task stack, dependency graphs, a body parsed twice. So a
`SignedRoute` only describes its endpoint; what answers is `handle`, the one way for every signed call.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_type_hints

from fastapi import FastAPI
from fastapi.requests import Request
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from regulars.flows import TillDesk
from regulars.kernel import RegularsError

from ._auth import Lane, LaneGate
from ._problems import ProblemError, invalid_request, problem_answer, problem_of
from ._quotes import QuoteReader
from ._writer import Writer


@dataclass(frozen=True)
class TillService:
    """What the till's calls are made of."""

    desk: TillDesk
    writer: Writer
    gate: LaneGate

    @cached_property
    def quotes(self) -> QuoteReader:
        """Quotes baskets by the desk."""
        return QuoteReader(self.desk)


class SignedCall(Request):
    """A call, and the lane that proved to have sent it."""

    def __init__(self, scope: Scope, till: TillService, lane: Lane, content: bytes) -> None:
        super().__init__(scope)
        self.till, self.lane, self.content = till, lane, content


class SignedRoute(APIRoute):
    """A POST whose endpoint takes a `call`, a `body`, and the `idempotency_key` if its calls have one."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check who calls, read the body, ask the endpoint, and answer; what fails becomes a problem."""
        if scope["method"] != "POST":
            await super().handle(scope, receive, send)
            return
        try:
            answer = await self._answer(scope, await _content(receive))
        except (ProblemError, RegularsError) as error:
            await problem_of(error)(scope, receive, send)
            return
        start = [(b"content-length", b"%d" % len(answer)), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": start})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, scope: Scope, content: bytes) -> bytes:
        till: TillService = scope["app"].state.till
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        query = scope["query_string"].decode("latin-1")
        path = f"{scope['path']}?{query}" if query else scope["path"]
        lane = till.gate.admit(scope["method"], path, headers, content)
        given = {"call": SignedCall(scope, till, lane, content), "body": self._shape.read(headers, content)}
        if self._shape.keyed:
            given["idempotency_key"] = _key_of(headers)
        return self._shape.answer.dump_json(await self.endpoint(**given))

    @cached_property
    def _shape(self) -> _Shape:
        return _Shape.of(self.endpoint)


@dataclass(frozen=True)
class _Shape:
    """What an endpoint takes and gives."""

    body: TypeAdapter[Any]
    answer: TypeAdapter[Any]
    keyed: bool

    @classmethod
    def of(cls, endpoint: Callable[..., Any]) -> _Shape:
        hints = get_type_hints(endpoint)
        return cls(TypeAdapter(hints["body"]), TypeAdapter(hints["return"]), "idempotency_key" in hints)

    def read(self, headers: Mapping[bytes, str], content: bytes) -> Any:
        kind = headers.get(b"content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise ProblemError(422, "body: expected JSON, with Content-Type application/json", "invalid_request")
        try:
            body = self.body.validate_json(content)
        except ValidationError as error:
            raise invalid_request(error.errors(include_url=False, include_input=False), "body") from None
        json.loads(content, object_pairs_hook=_once_each)
        return body


def _once_each(pairs: list[tuple[str, Any]]) -> None:
    """Refuse an object that names something twice: which of the two was meant is not ours to guess."""
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        doubled = next(name for name in names if names.count(name) > 1)
        raise ProblemError(422, f"body: {doubled} stands there twice in one object", "invalid_request")


def _key_of(headers: Mapping[bytes, str]) -> str:
    key = headers.get(b"idempotency-key")
    if key is None:
        raise ProblemError(422, "header.Idempotency-Key: Field required", "invalid_request")
    return key


async def _content(receive: Receive) -> bytes:
    chunks, more = [], True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(chunks)


class SignedFirst:
    """Hands signed calls straight to their routes; everything else goes its way."""

    def __init__(self, app: ASGIApp, routes: Mapping[str, SignedRoute]) -> None:
        self._app, self._routes = app, routes

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass a request on, or have its route answer it."""
        if scope["type"] != "http":
            return self._app(scope, receive, send)
        path: str = scope["path"]
        if path.endswith("/") and path.rstrip("/") in self._routes:  # a redirect would lose the signature
            away = f"there is nothing at {path}; this call's path has no slash at its end"
            return problem_answer(404, away, "http")(scope, receive, send)
        route = self._routes.get(path) if scope["method"] == "POST" else None
        if route is None:
            return self._app(scope, receive, send)
        scope["route"] = route
        return route.handle(scope, receive, send)


def add_signed_first(app: FastAPI, routes: list[Any]) -> None:
    """Let an app's signed calls skip its routing.

    Args:
        app: The application; its other middleware still sees every call.
        routes: Of all its routers.
    """
    signed = {route.path: route for route in routes if isinstance(route, SignedRoute)}
    app.add_middleware(SignedFirst, routes=signed)
