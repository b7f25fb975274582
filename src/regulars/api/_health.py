"""Health and metrics, for whoever watches the service; neither shows anything about a household."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ._signed import TillService

router = APIRouter(tags=["service"])
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


class Health(BaseModel):
    """Whether the service writes, and how many calls wait."""

    status: str
    waiting: int


@router.get("/health", responses={503: {"model": Health, "description": "The ledger's writer has ended"}})
def health(request: Request, response: Response) -> Health:
    """200 while calls are answered, 503 once the writer has ended."""
    till: TillService = request.app.state.till
    if not till.writer.alive:
        response.status_code = 503
        return Health(status="the writer has ended", waiting=till.writer.waiting)
    return Health(status="ok", waiting=till.writer.waiting)


@router.get("/metrics", response_class=Response)
def metrics(request: Request) -> Response:
    """Counters for Prometheus."""
    return Response(generate_latest(request.app.state.metrics), media_type=CONTENT_TYPE_LATEST)


def add_metrics(app: FastAPI, till: TillService) -> Callable[[ASGIApp], ASGIApp]:
    """Count and time every request by route and status; returns what does so, for what stands before the app."""
    registry = CollectorRegistry()
    app.state.metrics = registry
    requests = Counter("regulars_requests", "Requests answered.", ("route", "status"), registry=registry)
    seconds = Histogram(
        "regulars_request_seconds", "Time to answer.", ("route",), buckets=_SECONDS, registry=registry
    )
    for name, text, read in (
        ("regulars_writer_waiting", "Calls that wait to be written.", lambda: till.writer.waiting),
        ("regulars_writer_commits", "Commits of the ledger's writer.", lambda: till.writer.commits),
        ("regulars_writer_messages", "Messages in these commits.", lambda: till.writer.messages),
        ("regulars_grants_ended", "Grants ended because their last day is past.", lambda: till.writer.ended),
        ("regulars_tidy_failures", "Failures to tidy the ledger.", lambda: till.writer.tidy_failures),
    ):
        Gauge(name, text, registry=registry).set_function(read)

    app.add_middleware(Counted, requests=requests, seconds=seconds)
    return partial(Counted, requests=requests, seconds=seconds)


class Counted:
    """Counts and times what passes, without a task of its own for each request."""

    def __init__(self, app: ASGIApp, requests: Counter, seconds: Histogram) -> None:
        self._app, self._requests, self._seconds = app, requests, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note its route, status and time."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            self._requests.labels(route, f"{status}").inc()
            self._seconds.labels(route).observe(time.perf_counter() - start)
