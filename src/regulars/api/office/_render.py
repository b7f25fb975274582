"""Pages as responses: what every template is given, redirects with a word, errors as pages."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup
from starlette.routing import NoMatchFound

from regulars.adapters.pages.office import OFFICE_LANGUAGES, office_texts
from regulars.bootstrap.office import Office
from regulars.flows import StaffMember

from ._rights import ROOMS, may

_NAMES = "office."
_SAID = "said"


def office_of(request: Request) -> Office:
    """The office that is served."""
    office = request.app.state.office
    assert isinstance(office, Office)
    return office


def address(request: Request, name: str, **path: object) -> str:
    """Where a route is, by its name."""
    return str(request.app.url_path_for(f"{_NAMES}{name}", **path))


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page.

    Args:
        request: For whom.
        template: File of the templates.
        status: HTTP status.
        **values: What it shows.
    """
    office, asker = office_of(request), _asker(request)
    language = language_of(request)

    def csrf() -> Markup:
        token = office.form_token(getattr(request.state, "token", ""))
        return Markup('<input type="hidden" name="csrf" value="{}">').format(token)

    def here_with(**changed: object) -> str:
        query = dict(request.query_params) | {name: str(value) for name, value in changed.items()}
        query.pop(_SAID, None)
        return f"{request.url.path}?{urlencode(query)}"

    shared: dict[str, Any] = {
        "asker": asker,
        "address": lambda name, **path: address(request, name, **path),
        "csrf": csrf,
        "here": request.url.path,
        "here_name": getattr(request.state, "office_name", ""),
        "here_with": here_with,
        "may": lambda name: asker is not None and may(asker.roles, name),
        "provider_name": office.single.name if office.single else "",
        "rooms": _rooms(request, asker),
        "said": _said(request, language),
        "sample": office.sample,
        "store_name": office.settings.store.name,
        "today": office.today(),
    }
    return HTMLResponse(office.pages.render(template, language, {**shared, **values}), status)


def language_of(request: Request) -> str:
    """The asker's language; before signing in, the browser's if it is one of ours, else the lists'."""
    asker = _asker(request)
    if asker is not None:
        return asker.language
    wished = request.headers.get("accept-language", "")[:2].lower()
    return wished if wished in OFFICE_LANGUAGES else office_of(request).settings.list.language


def redirect(
    request: Request, name: str, *, said: str = "", query: dict[str, str] | None = None, **path: object
) -> Response:
    """Lead to another page after something was done, with a word on what.

    Args:
        request: Whose form it was.
        name: Name of the route.
        said: Key of the text to show there once.
        query: Further parameters.
        **path: Parts of the address.
    """
    asked = {**(query or {}), **({_SAID: said} if said else {})}
    target = address(request, name, **path)
    return RedirectResponse(f"{target}?{urlencode(asked)}" if asked else target, 303)


def error_page(request: Request, status: int, message: str = "", hint: str = "") -> Response:
    """A page that says what went wrong and what to do."""
    code = status if status in {400, 403, 404, 413, 422, 429, 503} else 500 if status >= 500 else 400
    return page(
        request,
        "error.html",
        status=status,
        code=code,
        message=message,
        hint=hint,
        phrase=HTTPStatus(status).phrase,
    )


def _asker(request: Request) -> StaffMember | None:
    asker = getattr(request.state, "asker", None)
    return asker if isinstance(asker, StaffMember) else None


def _said(request: Request, language: str) -> str | None:
    key = request.query_params.get(_SAID, "")
    text = office_texts(language).get(key)
    return key if text is not None and "{" not in text else None


def _rooms(request: Request, asker: StaffMember | None) -> list[str]:
    if asker is None:
        return []
    return [name for name in ROOMS if may(asker.roles, name) and _exists(request, name)]


def _exists(request: Request, name: str) -> bool:
    try:
        address(request, name)
    except NoMatchFound:
        return False
    return True
