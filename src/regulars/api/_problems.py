"""Errors as problem details (RFC 9457): one table, so that no call answers with a trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
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


def add_problem_handlers(app: FastAPI) -> None:
    """Let every error of an app leave as a problem."""

    async def on_problem(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ProblemError)
        return problem_answer(error.status, error.detail, error.code, error.headers)

    async def on_invalid(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        faults = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()[:5]
        )
        return problem_answer(422, faults, "invalid_request")

    async def on_http(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        return problem_answer(error.status_code, str(error.detail), "http", error.headers)

    async def on_regulars(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RegularsError)
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
        retry = {"Retry-After": "1"} if status == 503 else None
        return problem_answer(status, error.message, type(error).__name__.lower(), retry)

    app.add_exception_handler(ProblemError, on_problem)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RegularsError, on_regulars)
