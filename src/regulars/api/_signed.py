"""Signed calls: described to FastAPI like any other, and answered without its machinery.

A till's call costs the framework more than the ledger: a task stack, dependency graphs, a body parsed twice. So a
`SignedRoute` only describes its endpoint; what answers is `handle`, the one way for every signed call.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_type_hints

from fastapi import FastAPI
from fastapi.requests import Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from regulars.flows import TillDesk
from regulars.kernel import RegularsError

from ._auth import Lane, LaneGate
from ._bodies import QuoteBody
from ._problems import ProblemError, invalid_request, problem_answer, problem_of
from ._quotes import QuoteReader
from ._writer import Writer, too_many_wait

BODY_BYTES_MAX = 1_000_000
"""The most bytes of a body, but where files are sent to."""
BODY_SECONDS = 10.0
"""How long a call's body may be on its way."""
BASKETS_MAX = 64
"""When so many baskets are being quoted, held or credited, the next is told to come again."""


class BasketsAtOnce:
    """Lets as many baskets in as are answered soon, and turns the next away before anything is done for it.

    A basket costs the loop its signature, its body and its quote before it could wait for the writer: when more come
    than can be answered, only whoever is turned away first leaves time for the others. What comes after a hold is
    never turned away here: so many holds let in, so many arms.
    """

    def __init__(self) -> None:
        self.inside = 0

    def turn_away(self) -> None:
        """Refuse the next basket if as many are inside as are answered soon.

        Raises:
            ProblemError: They are.
        """
        if self.inside >= BASKETS_MAX:
            raise too_many_wait()

    def __enter__(self) -> None:
        self.turn_away()
        self.inside += 1

    def __exit__(self, *_: object) -> None:
        self.inside -= 1


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

    @cached_property
    def baskets(self) -> BasketsAtOnce:
        """Counts the baskets that are asked about."""
        return BasketsAtOnce()


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
        baskets: BasketsAtOnce | None = scope["app"].state.till.baskets if self._shape.asks else None
        try:
            if baskets is not None:
                baskets.turn_away()
            content = await _content(receive)  # who sends half a body keeps nobody out
            with baskets or nullcontext():
                answer = await self._answer(scope, content)
        except (ProblemError, RegularsError) as error:
            await problem_of(error)(scope, receive, send)
            return
        except Exception:
            await problem_answer(500, "the service failed; its log says why", "failed")(scope, receive, send)
            raise
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
    asks: bool

    @classmethod
    def of(cls, endpoint: Callable[..., Any]) -> _Shape:
        hints = get_type_hints(endpoint)
        keyed, asks = "idempotency_key" in hints, issubclass(hints["body"], QuoteBody)
        return cls(TypeAdapter(hints["body"]), TypeAdapter(hints["return"]), keyed, asks)

    def read(self, headers: Mapping[bytes, str], content: bytes) -> Any:
        kind = headers.get(b"content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise ProblemError(422, "body: expected JSON, with Content-Type application/json", "invalid_request")
        try:
            body = self.body.validate_json(content)
        except ValidationError as error:
            raise invalid_request(error.errors(include_url=False, include_input=False), "body") from None
        if content.count(b":") > _names_in(
            body
        ):  # more than its names need: a text holds some, or a name came twice
            json.loads(content, object_pairs_hook=_once_each)
        return body


def _names_in(part: object) -> int:
    """How many names a body's objects were given, all in all."""
    if isinstance(part, BaseModel):
        return len(part.model_fields_set) + sum(map(_names_in, vars(part).values()))
    return sum(map(_names_in, part)) if isinstance(part, tuple) else 0


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
    """The whole body.

    Raises:
        ProblemError: It is too large, or stays away.
    """
    content, more = b"", True
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while more:
                message = await receive()
                content += message.get("body", b"")
                if len(content) > BODY_BYTES_MAX:
                    raise ProblemError(413, f"expected at most {BODY_BYTES_MAX} bytes", "too_large")
                more = message.get("more_body", False)
    except TimeoutError:
        late = f"the whole body did not come within {BODY_SECONDS:g} seconds"
        raise ProblemError(400, late, "slow_body", {"Connection": "close"}) from None
    return content


class SignedFirst(FastAPI):
    """An application that hands signed calls straight to their routes, past all that stands before the others."""

    _signed: Mapping[str, SignedRoute] = {}
    _counted: ASGIApp

    def let_signed_first(self, routes: Iterable[Any], counted: Callable[[ASGIApp], ASGIApp]) -> None:
        """Begin to do so.

        Args:
            routes: Of all its routers.
            counted: Makes a call count in the metrics.
        """
        self._signed = {route.path: route for route in routes if isinstance(route, SignedRoute)}
        self._counted = counted(_by_its_route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a signed call's route answer it; everything else goes its way."""
        route = self._signed.get(scope["path"].rstrip("/")) if scope["type"] == "http" else None
        if route is None or (scope["method"] != "POST" and scope["path"] == route.path):
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        if scope["path"] == route.path:
            scope["route"] = route
        await self._counted(scope, receive, send)


async def _by_its_route(scope: Scope, receive: Receive, send: Send) -> None:
    if "route" in scope:
        await scope["route"].handle(scope, receive, send)
        return
    path = scope["path"]  # a redirect would lose the signature
    away = problem_answer(404, f"there is nothing at {path}; this call's path has no slash at its end", "http")
    await away(scope, receive, send)
