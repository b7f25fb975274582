"""The address that unsubscribes: a POST acts without log-in (RFC 8058), a GET only asks, for programs follow links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(tags=["mail"], include_in_schema=False)


@dataclass(frozen=True)
class MailDoor:
    """What the address that unsubscribes is made of.

    Args:
        unsubscribe: Never write again to whom a token belongs to; False if it is nobody's.
        page: The page that asks, or with True the one that says it is done.
    """

    unsubscribe: Callable[[str], bool]
    page: Callable[[bool], str]


@router.get("/u/{token}")
def ask(request: Request, token: str) -> HTMLResponse:
    """A page with one button; nothing is changed."""
    del token
    door: MailDoor = request.app.state.mail_door
    return HTMLResponse(door.page(False))


@router.post("/u/{token}")
def unsubscribe(request: Request, token: str) -> HTMLResponse:
    """Never write to that household again; 404 for a token that is nobody's."""
    door: MailDoor = request.app.state.mail_door
    if not door.unsubscribe(token):
        return HTMLResponse(door.page(False), status_code=404)
    return HTMLResponse(door.page(True))
