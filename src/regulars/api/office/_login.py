"""Signing in and out, choosing a password by a link, one's own account; a form that was cut off is kept."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Iterable
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from regulars.adapters.pages.office import OFFICE_LANGUAGES, office_texts
from regulars.bootstrap.office import Office
from regulars.flows import SignedIn, SignInRefusal, check_password
from regulars.kernel import ContractError, StoreError

from ._render import address, error_page, office_of, page, redirect
from ._route import COOKIE, CSRF_FIELD, Form, asker_of, form_of, office_router

router = office_router()
_ERRAND = "office-errand"
_LOG = logging.getLogger("uvicorn.error")
_SECRET_FIELDS = {"password", "code"}
"""Never kept: they are asked for again."""
_STATUS = {SignInRefusal.TOO_OFTEN: 429, SignInRefusal.CODE_WANTED: 200}


@router.get("/static/{name}", name="static")
def static(request: Request, name: str) -> Response:
    """A file that never changes under this name."""
    file = office_of(request).pages.static(name)
    if file is None:
        return error_page(request, 404)
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(file.content, media_type=file.media_type, headers=kept)


@router.get("/sign-in", name="sign_in")
def sign_in(request: Request, next: str = "") -> Response:  # noqa: A002 - a parameter of the address
    """Ask who it is."""
    return _ask(request, {"next": _inside(next)})


@router.post("/sign-in", name="sign_in_now")
def sign_in_now(request: Request) -> Response:
    """Let somebody in."""
    office, form = office_of(request), form_of(request)
    client = request.client.host if request.client else ""
    outcome = office.staff.sign_in(form.get("login"), form.get("password"), form.get("code"), client)
    kept, next_address = form.get("kept"), _inside(form.get("next"))
    if isinstance(outcome, SignInRefusal):
        shown = {"login": form.get("login"), "next": next_address, "kept": kept, "seal": form.get("seal")}
        return _ask(request, shown, outcome, status=_STATUS.get(outcome, 422))
    response = _kept_form(request, office, outcome, kept, form.get("seal"))
    if response is None:
        response = RedirectResponse(next_address or address(request, "home"), 303)
    return _with_cookie(request, office, response, outcome.token)


@router.post("/oidc", name="oidc_begin")
def oidc_begin(request: Request) -> Response:
    """Send the browser to the company's own sign-in; a form that was cut off waits here meanwhile."""
    office, form = office_of(request), form_of(request)
    if office.single is None:
        return error_page(request, 404)
    shown = {"next": _inside(form.get("next")), "kept": form.get("kept"), "seal": form.get("seal")}
    back = office.settings.oidc.base_url.rstrip("/") + address(request, "oidc_back")
    try:
        elsewhere, state = office.single.begin(
            back, next_address=shown["next"], kept=shown["kept"], seal=shown["seal"]
        )
    except StoreError as error:
        _LOG.warning("the company's sign-in failed: %s", error.message)
        return _ask(request, shown, SignInRefusal.ELSEWHERE, status=503)
    response = page(request, "elsewhere.html", to=elsewhere, provider=office.single.name)
    response.set_cookie(
        _ERRAND, state, max_age=600, path=back[back.index("/office") :], httponly=True, samesite="lax",
        secure=back.startswith("https"),
    )  # fmt: skip
    return response


@router.get("/oidc/back", name="oidc_back")
def oidc_back(request: Request, state: str = "", code: str = "") -> Response:
    """Let somebody in whom the company's sign-in vouches for."""
    office = office_of(request)
    if office.single is None:
        return error_page(request, 404)
    outcome, errand = office.single.finish(state, request.cookies.get(_ERRAND, ""), code)
    kept, seal = (errand.kept, errand.seal) if errand is not None else ("", "")
    next_address = _inside(errand.next) if errand is not None else ""
    if isinstance(outcome, SignInRefusal):
        return _ask(request, {"next": next_address, "kept": kept, "seal": seal}, outcome, status=403)
    response = _kept_form(request, office, outcome, kept, seal)
    if response is None:
        response = RedirectResponse(next_address or address(request, "home"), 303)
    response.delete_cookie(_ERRAND, path=address(request, "oidc_back"))
    return _with_cookie(request, office, response, outcome.token)


def _ask(
    request: Request, form: dict[str, str], refusal: SignInRefusal | None = None, *, status: int = 200
) -> Response:
    return page(request, "sign_in.html", status=status, form=form, refusal=refusal)


def ask_again(request: Request, office: Office) -> Response:
    """Ask somebody whose session is over to sign in again, and keep what they had typed."""
    form: Form = request.state.form
    own = {field: values for field, values in form.texts.items() if field != CSRF_FIELD}
    texts = {field: [""] if field in _SECRET_FIELDS else list(values) for field, values in own.items()}
    kept = json.dumps({"path": request.url.path, "staff": office.staff.past(request.state.token), "texts": texts})
    shown = {"next": "", "kept": kept, "seal": office.form_token(kept)}
    return page(request, "sign_in.html", status=401, form=shown, refusal=None, files=bool(form.files))


def _kept_form(request: Request, office: Office, signed_in: SignedIn, kept: str, seal: str) -> Response | None:
    """The form that was cut off, ready to be sent; None if there was none, or it was somebody else's."""
    if not kept or not hmac.compare_digest(office.form_token(kept).encode(), seal.encode()):
        return None
    read = json.loads(kept)
    if read["staff"] is not None and read["staff"] != signed_in.member.staff_id:
        return None
    request.state.asker, request.state.token = signed_in.member, signed_in.token
    labels = _labels(read["path"], read["texts"], signed_in.member.language)
    return page(
        request, "kept.html", path=read["path"], texts=read["texts"], labels=labels, secrets=_SECRET_FIELDS
    )


def _labels(path: str, fields: Iterable[str], language: str) -> dict[str, str]:
    """What the fields of a form are called on its page, as far as its room's texts say; those that say nothing lack."""
    texts, room = office_texts(language), path.removeprefix("/office/").partition("/")[0]
    keys = {name: (f"{room}.field_{name}", f"{room}.{name}", f"people.{name}_shown") for name in fields}
    found = {name: next((texts[key] for key in tried if key in texts), "") for name, tried in keys.items()}
    return {name: label for name, label in found.items() if label and "{" not in label}


@router.get("/welcome/{token}", name="welcome")
def welcome(request: Request, token: str) -> Response:
    """Ask the holder of a one-time link for a password."""
    holder = office_of(request).staff.link_holder(token)
    if holder is None:
        return error_page(request, 404)
    return page(request, "welcome.html", holder=holder, faults={}, form={})


@router.post("/welcome/{token}", name="welcome_now")
def welcome_now(request: Request, token: str) -> Response:
    """Set the password and let its holder in."""
    office, form = office_of(request), form_of(request)
    holder = office.staff.link_holder(token)
    if holder is None:
        return error_page(request, 404)
    faults = {}
    try:
        check_password(form.get("password"), holder)
    except ContractError:
        faults["password"] = "people.fault_password"  # noqa: S105 - a text's key
    if form.get("password") != form.get("again"):
        faults["again"] = "people.fault_again"
    if not faults:
        outcome = office.staff.choose_password(token, form.get("password"))
        if outcome is None:
            return error_page(request, 404)
        if not outcome.token:
            return redirect(request, "sign_in", said="people.said_password")
        return _with_cookie(request, office, redirect(request, "home"), outcome.token)
    return page(request, "welcome.html", status=422, holder=holder, faults=faults, form={})


@router.get("", name="home")
def home(request: Request) -> Response:
    """Lead to the first page somebody may see."""
    rooms = "today" if any(role != "vendor" for role in asker_of(request).roles) else "account"
    return redirect(request, rooms)


@router.post("/sign-out", name="sign_out")
def sign_out(request: Request) -> Response:
    """End this session."""
    office_of(request).staff.sign_out(request.state.token)
    return _without_cookie(redirect(request, "sign_in", said="people.said_out"))


@router.post("/sign-out-everywhere", name="sign_out_everywhere")
def sign_out_everywhere(request: Request) -> Response:
    """End every session of the asker."""
    asker = asker_of(request)
    office_of(request).staff.sign_out_everywhere(asker.staff_id, asker.actor)
    return _without_cookie(redirect(request, "sign_in", said="people.said_out_everywhere"))


@router.get("/account", name="account")
def account(request: Request) -> Response:
    """One's own name, language, telephone and sessions."""
    return page(request, "account.html", languages=OFFICE_LANGUAGES)


@router.post("/account/language", name="account_language")
def account_language(request: Request) -> Response:
    """Choose the language of the pages."""
    from dataclasses import replace

    asker, language = asker_of(request), form_of(request).get("language")
    if language not in OFFICE_LANGUAGES:
        return error_page(request, 422)
    office_of(request).staff.change(replace(asker, language=language), actor=asker.actor)
    return redirect(request, "account", said="people.said_kept")


def _inside(wished: str) -> str:
    """An address inside the office, or nothing."""
    parts = urlsplit(wished)
    inside = not parts.scheme and not parts.netloc and parts.path.startswith("/office") and "\\" not in wished
    return wished if inside and wished.isprintable() else ""


def _with_cookie(request: Request, office: Office, response: Response, token: str) -> Response:
    response.set_cookie(
        COOKIE,
        token,
        max_age=office.settings.office.session_hours * 3_600,
        path="/office",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


def _without_cookie(response: Response) -> Response:
    response.delete_cookie(COOKIE, path="/office")
    return response
