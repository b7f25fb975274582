"""The door of every page: who asks, whether they may, whether the form is theirs; headers; errors as pages."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from regulars.api._problems import status_of
from regulars.bootstrap.office import Office, StillMaking, waiting_at_most
from regulars.flows import StaffMember
from regulars.kernel import RegularsError

from ._render import error_page, office_of, page
from ._rights import OPEN, RIGHTS, may

COOKIE = "office"
CSRF_FIELD = "csrf"
_PREFIX = "/office"
_NAMES = "office."
_FIELDS_MAX = 2_000
_UPLOAD_BYTES_MAX = 4_000_000_000
UPLOADS = {f"{_PREFIX}/data/files": _UPLOAD_BYTES_MAX}
"""The most bytes of a body by path, where files are sent to."""
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}

_LOG = logging.getLogger("uvicorn.error")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


@dataclass(frozen=True)
class Form:
    """What a form said: text by field, and files."""

    texts: Mapping[str, Sequence[str]]
    files: Mapping[str, Sequence[UploadFile]]

    def all_files(self, name: str) -> Sequence[UploadFile]:
        """Every file of a field."""
        return self.files.get(name, ())

    def get(self, name: str, otherwise: str = "") -> str:
        """The last value of a field."""
        values = self.texts.get(name, ())
        return values[-1] if values else otherwise

    def all(self, name: str) -> frozenset[str]:
        """Every value of a field."""
        return frozenset(self.texts.get(name, ()))

    def plain(self) -> dict[str, str]:
        """The last value of every field, for a page that shows the form again."""
        return {name: values[-1] for name, values in self.texts.items() if values and name != CSRF_FIELD}


class OfficeRoute(APIRoute):
    """A route that nobody passes without the right to it.

    Raises:
        AssertionError: No right was declared for it.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], *, name: str | None = None, **more: Any) -> None:
        plain = (name or "").removeprefix(_NAMES)
        assert plain in RIGHTS, f"no right is declared for the route {path} named {plain!r}"
        super().__init__(path, endpoint, name=f"{_NAMES}{plain}", **more)

    def get_route_handler(self) -> Handler:
        """The handler behind the door."""
        inner, name = super().get_route_handler(), self.name.removeprefix(_NAMES)

        async def handle(request: Request) -> Response:
            request.state.office_name = name
            try:
                response = await _admitted(request, name)
                if response is None:
                    with waiting_at_most(_patience(request)):
                        response = await inner(request)
            except StillMaking:
                response = page(request, "soon.html")
            except RegularsError as error:
                response = error_page(request, status_of(error), error.message, getattr(error, "hint", "") or "")
            except RequestValidationError:
                response = error_page(request, 400)
            except HTTPException as error:
                response = error_page(request, error.status_code)
            except Exception:  # noqa: BLE001 - the edge: a person gets a page, the log says what failed
                _LOG.exception("a page of the back office failed: %s", name)
                response = error_page(request, 500)
            await request.close()  # gives back files that were sent
            return _guarded(response)

        return handle


async def office_nothing_here(request: Request) -> Response:
    """The page of an address that is none of the office's, for somebody signed in or not."""
    request.state.token = request.cookies.get(COOKIE, "")
    request.state.asker = None
    if request.state.token:
        request.state.asker = await run_in_threadpool(office_of(request).staff.who, request.state.token)
    return _guarded(error_page(request, 404))


def _guarded(response: Response) -> Response:
    """A response that nobody keeps or frames."""
    for header, value in _HEADERS.items():
        response.headers.setdefault(header, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def office_router() -> APIRouter:
    """A router for a group of screens."""
    return APIRouter(prefix=_PREFIX, route_class=OfficeRoute, include_in_schema=False)


def asker_of(request: Request) -> StaffMember:
    """Who asks; only behind the door."""
    asker = request.state.asker
    assert isinstance(asker, StaffMember)
    return asker


def form_of(request: Request) -> Form:
    """What the form said; only of a route that takes one."""
    form = request.state.form
    assert isinstance(form, Form)
    return form


def stores_of(asker: StaffMember) -> frozenset[str] | None:
    """Stores somebody may see; None for all of them."""
    from regulars.flows import Role

    narrow = asker.roles <= {Role.STORE_MANAGER, Role.VENDOR}
    return asker.stores if narrow else None


def narrowed(stores: frozenset[str] | None, store: str) -> frozenset[str] | None:
    """One of the stores somebody may see, if one is asked for.

    Args:
        stores: Those; None for all of them.
        store: The one asked for; empty for none.

    Raises:
        HTTPException: It is not one of them.
    """
    if not store:
        return stores
    if stores is not None and store not in stores:
        raise HTTPException(404)
    return frozenset({store})


async def _admitted(request: Request, name: str) -> Response | None:
    """None when the handler may go on; else what is answered instead."""
    request.state.asker, request.state.token = None, request.cookies.get(COOKIE, "")
    office = office_of(request)
    writes = request.method not in {"GET", "HEAD"}
    if writes and not _same_origin(request):
        return error_page(request, 403)
    if request.state.token:
        request.state.asker = await run_in_threadpool(office.staff.who, request.state.token)
    if writes and request.state.asker is None and request.url.path in UPLOADS:
        shown = {"next": f"{_PREFIX}/data"}  # nobody's files are read
        return page(request, "sign_in.html", status=401, form=shown, refusal=None)
    if writes:
        request.state.form = await _read_form(request)
    if RIGHTS[name] is OPEN:
        return None
    asker: StaffMember | None = request.state.asker
    if asker is None:
        return _signed_out(request, office)
    if writes and not _own_form(request, office):
        return error_page(request, 403)
    return None if may(asker.roles, name) else error_page(request, 403)


def _patience(request: Request) -> float | None:
    """How long the reader of a page waits for it to be added up; forms, files and parts of pages are waited for."""
    whole = (
        request.method == "GET" and not request.query_params.get("format") and not request.headers.get("x-part")
    )
    return office_of(request).patience_seconds if whole else None


def _same_origin(request: Request) -> bool:
    """Whether a form comes from a page of this very service; browsers say so, other programs need not."""
    said = request.headers.get("origin") or request.headers.get("referer")
    if said is None:
        return request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
    return urlsplit(said).netloc == request.headers.get("host", "")


def _own_form(request: Request, office: Office) -> bool:
    expected = office.form_token(request.state.token)
    return hmac.compare_digest(form_of(request).get(CSRF_FIELD).encode(), expected.encode())


async def _read_form(request: Request) -> Form:
    try:
        read = await request.form(max_fields=_FIELDS_MAX, max_files=20)
    except HTTPException:
        raise
    except ValueError as error:
        raise HTTPException(400) from error
    texts: dict[str, list[str]] = {}
    files: dict[str, list[UploadFile]] = {}
    for field, value in read.multi_items():
        if isinstance(value, UploadFile):
            files.setdefault(field, []).append(value)
        else:
            texts.setdefault(field, []).append(value.replace("\x00", ""))
    return Form(texts, files)


def _signed_out(request: Request, office: Office) -> Response:
    """The way to sign in again; a form that was sent is kept on the page meanwhile."""
    if request.headers.get("x-part"):
        return Response(status_code=401)
    if request.method in {"GET", "HEAD"}:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{_PREFIX}/sign-in?{urlencode({'next': request.url.path + query})}", 303)
    from ._login import ask_again

    return ask_again(request, office)
