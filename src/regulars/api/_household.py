"""The household's page: opened by the secret in its address, which is all that is asked; answers by plain forms."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.convertors import Convertor, register_url_convertor

from regulars.bootstrap import PRIVACY_PATH, PhoneDesk, PhoneOutcome, PhoneShown

_STATUS = {
    PhoneOutcome.SHOWN: 200,
    PhoneOutcome.GONE: 404,
    PhoneOutcome.OVER: 410,
    PhoneOutcome.HIDDEN: 403,
    PhoneOutcome.REFUSED: 400,
}
_FIELDS_MAX = 400
_COOKIE = "list"
_COOKIE_SECONDS = 400 * 86_400
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class _SecretConvertor(Convertor[str]):
    """Sixteen characters of Crockford's base 32; a phone may send small letters."""

    regex = "[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{16}"

    def convert(self, value: str) -> str:
        return value.upper()

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("list_secret", _SecretConvertor())
router = APIRouter(tags=["household"], include_in_schema=False)
mistyped_router = APIRouter(tags=["household"], include_in_schema=False)
"""Comes last of all: what no other address is."""


@router.api_route("/", methods=["GET", "HEAD"])
def front(request: Request) -> Response:
    """How a list is opened."""
    desk: PhoneDesk = request.app.state.phone_desk
    return _page(desk.front())


@router.api_route(PRIVACY_PATH, methods=["GET", "HEAD"])
def privacy(request: Request) -> Response:
    """What becomes of a household's purchases; every list names this page."""
    desk: PhoneDesk = request.app.state.phone_desk
    return _page(desk.privacy())


def nothing_here(request: Request) -> Response:
    """The page of every address that opens nothing."""
    desk: PhoneDesk = request.app.state.phone_desk
    return _page(desk.nothing())


@mistyped_router.api_route("/{secret}", methods=["GET", "HEAD"])
@router.api_route("/{secret:list_secret}", methods=["GET", "HEAD"])
def page(request: Request, secret: str) -> Response:
    """The list, or a page that says why there is none."""
    desk: PhoneDesk = request.app.state.phone_desk
    return _page(desk.page(secret, _device(request)))


@router.get("/{secret:list_secret}/list.ics")
def calendar(request: Request, secret: str) -> Response:
    """The last day of the specials for a calendar."""
    desk: PhoneDesk = request.app.state.phone_desk
    shown = desk.calendar(secret, _device(request))
    if shown.outcome is not PhoneOutcome.SHOWN:
        return _page(shown)
    return Response(shown.content, media_type="text/calendar", headers={"Cache-Control": "no-store"})


@router.post("/{secret:list_secret}/answers")
async def answer(request: Request, secret: str) -> Response:
    """Take an answer, then lead back to the page."""
    desk: PhoneDesk = request.app.state.phone_desk
    body = await request.body()
    try:
        fields = parse_qs(body.decode("utf-8", "strict"), max_num_fields=_FIELDS_MAX)
    except ValueError:
        fields = {}
    shown = await run_in_threadpool(desk.answer, secret, _device(request), fields)
    if shown.outcome is not PhoneOutcome.SHOWN:
        return _page(shown)
    address = f"/{secret}{_place(fields)}"
    response = RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})
    if shown.device is not None:
        response.set_cookie(
            _COOKIE,
            shown.device,
            max_age=_COOKIE_SECONDS if shown.device else 0,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
    return response


def _place(fields: Mapping[str, Sequence[str]]) -> str:
    """Where on the page the answer was given, so that nobody has to look for the place again."""
    for kind in ("need", "offer"):
        if kind in fields:
            return f"#{kind}-{quote(fields[kind][0], safe='')}"
    return {"ticks": "#kept", "hide": "#foot", "show": "#foot"}.get(fields.get("answer", [""])[0], "")


def _device(request: Request) -> str:
    return request.cookies.get(_COOKIE, "")


def _page(shown: PhoneShown) -> HTMLResponse:
    """A page that nobody keeps, frames or finds, and that runs no script but its own."""
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in _SCRIPT.findall(shown.content)
    ]
    scripts = " ".join(hashes) or "'none'"
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {scripts}; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
    }
    return HTMLResponse(shown.content, status_code=_STATUS[shown.outcome], headers=headers)
