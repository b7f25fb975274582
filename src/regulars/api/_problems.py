"""Errors as problem details (RFC 9457): one table, so that no call answers with a trace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from regulars.kernel import ConfigError, ContractError, LockedError, ModelError, RegularsError, StoreError

_STATUS: tuple[tuple[type[RegularsError], int], ...] = (
    (LockedError, 503),
    (StoreError, 503),
    (ConfigError, 500),
    (ModelError, 500),
    (ContractError, 422),
)
_TITLES = {
    400: "The request cannot be read",
    401: "The lane is not known",
    403: "This lane may not do that",
    404: "There is nothing here",
    405: "This method is not offered here",
    409: "The request was sent before",
    413: "The request is too large",
    422: "The request does not fit",
    429: "Too many requests",
    500: "The service failed",
    503: "The ledger cannot answer now",
}


_NOWHERE = {404, 405}


class ProblemError(Exception):
    """An answer that is a refusal of the whole request.

    Args:
        status: HTTP status, 4xx or 503.
        detail: What and why, in one sentence.
        code: For a program.
        headers: To be sent along, as `Retry-After`.
    """

    def __init__(self, status: int, detail: str, code: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.code, self.headers = status, detail, code, dict(headers or {})


def status_of(error: RegularsError) -> int:
    """HTTP status of an error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def problem_answer(status: int, detail: str, code: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A problem as a response."""
    content: dict[str, Any] = {
        "type": f"urn:regulars:{code}",
        "title": _TITLES.get(status, "The request failed"),
        "status": status,
        "detail": detail,
        "code": code,
    }
    return JSONResponse(content, status, dict(headers or {}), media_type="application/problem+json")


def problem_of(error: Exception) -> JSONResponse:
    """What fails, as a response: a refusal as it says, an error by the table."""
    if isinstance(error, ProblemError):
        return problem_answer(error.status, error.detail, error.code, error.headers)
    assert isinstance(error, RegularsError), f"no problem of ours: {error!r}"
    status = status_of(error)
    retry = {"Retry-After": "1"} if status == 503 else None
    return problem_answer(status, error.message, type(error).__name__.lower(), retry)


def invalid_request(faults: Iterable[Mapping[str, Any]], *place: str) -> ProblemError:
    """A request that does not fit: the first five faults Pydantic found.

    Args:
        faults: Each with its place, `loc`, and what was expected there, `msg`.
        *place: In which part of the request, if the faults do not say.
    """
    told = [f"{'.'.join(map(str, (*place, *one['loc'])))}: {one['msg']}" for one in faults]
    return ProblemError(422, "; ".join(told[:5]), "invalid_request")


LostPage = Callable[[Request], Awaitable[Response | None]]
"""What a person's browser gets where there is nothing; None for a problem as programs get it."""


async def no_page(_request: Request) -> Response | None:
    """None: an application without pages."""
    return None


def add_problem_handlers(app: FastAPI, lost: LostPage = no_page) -> None:
    """Let every error of an app leave as a problem.

    Args:
        app: The application.
        lost: Asked for a page first, where an address is none.
    """

    async def on_ours(_request: Request, error: Exception) -> JSONResponse:
        return problem_of(error)

    async def on_invalid(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return problem_of(invalid_request(error.errors()))

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        page = await lost(request) if error.status_code in _NOWHERE else None
        return page or problem_answer(error.status_code, str(error.detail), "http", error.headers)

    app.add_exception_handler(ProblemError, on_ours)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RegularsError, on_ours)
