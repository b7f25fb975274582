"""People and their rights, the second factor, and the trail of every change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from fastapi import Request, Response

from regulars.adapters.pages.office import OFFICE_LANGUAGES
from regulars.bootstrap.office import read_audit, square_code
from regulars.flows import AuditRow, Role, StaffMember, StaffState
from regulars.kernel import ContractError

from ._export import exported
from ._render import error_page, office_of, page, redirect
from ._route import Form, asker_of, form_of, office_router

router = office_router()
_ROLES = tuple(role.value for role in Role)
_NAME_MAX = 100


@router.get("/people", name="people")
def people(request: Request) -> Response:
    """Everybody who may sign in."""
    staff = office_of(request).ledger.staff()
    return exported(request, "people", {"people": (staff, StaffMember)}) or page(
        request, "people.html", staff=staff
    )


@router.get("/people/new", name="person_new")
def person_new(request: Request) -> Response:
    """Ask whom to invite."""
    return _new_page(request, {}, frozenset(), {}, 200)


@router.post("/people/new", name="person_invite")
def person_invite(request: Request) -> Response:
    """Invite somebody and show their link, once."""
    office, form = office_of(request), form_of(request)
    roles, language = _roles(form), form.get("language")
    if language not in OFFICE_LANGUAGES:
        return error_page(request, 422)
    faults = _faults(form, roles)
    login = form.get("login").strip().lower()
    if "login" not in faults and office.ledger.find_login(login) is not None:
        faults["login"] = "people.fault_login_taken"
    if faults:
        return _new_page(request, form.plain(), roles, faults, 422)
    try:
        member, token = office.staff.invite(
            form.get("login"), form.get("name"), roles, _stores(form), language, actor=asker_of(request).actor
        )
    except ContractError:  # somebody else was invited by that name at this moment
        return _new_page(request, form.plain(), roles, {"login": "people.fault_login_taken"}, 422)
    return _link_page(request, member, token)


@router.get("/people/{staff_id}", name="person")
def person(request: Request, staff_id: str) -> Response:
    """One person."""
    member = office_of(request).ledger.find_member(staff_id)
    return error_page(request, 404) if member is None else _person_page(request, member)


@router.post("/people/{staff_id}", name="person_change")
def person_change(request: Request, staff_id: str) -> Response:
    """Change name, roles, stores or whether they may sign in; whoever saves second sees both."""
    office, form = office_of(request), form_of(request)
    kept = office.ledger.find_member(staff_id)
    version, state = form.get("version"), form.get("state")
    if kept is None:
        return error_page(request, 404)
    if not version.isdecimal() or len(version) > 8 or state not in {"active", "blocked", "invited"}:
        return error_page(request, 422)
    wished = replace(
        kept,
        name=form.get("name"),
        roles=_roles(form),
        stores=_stores(form),
        state=StaffState.BLOCKED if state == "blocked" else _unblocked(kept),
        version=int(version),
    )
    try:
        changed = office.staff.change(wished, actor=asker_of(request).actor)
    except ContractError as error:
        return _person_page(request, wished, refused=error, status=422)
    if not changed:
        return _person_page(request, replace(wished, version=kept.version), kept=kept, status=409)
    return redirect(request, "person", said="people.said_kept", staff_id=staff_id)


@router.post("/people/{staff_id}/link", name="person_link")
def person_link(request: Request, staff_id: str) -> Response:
    """Make a new link for a password; with it, if asked, the second factor ends."""
    office, asker = office_of(request), asker_of(request)
    member = office.ledger.find_member(staff_id)
    if member is None:
        return error_page(request, 404)
    if form_of(request).get("second_factor") == "drop" and member.second_factor:
        office.staff.drop_second_factor(staff_id, actor=asker.actor)
    return _link_page(request, member, office.staff.link(staff_id, actor=asker.actor))


@router.get("/account/second-factor", name="second_factor")
def second_factor(request: Request) -> Response:
    """A square code for the telephone."""
    return _factor_page(request, office_of(request).staff.begin_second_factor())


@router.post("/account/second-factor", name="second_factor_now")
def second_factor_now(request: Request) -> Response:
    """Ask for the telephone's code from now on, once it showed one; the recovery codes are shown once."""
    office, form, asker = office_of(request), form_of(request), asker_of(request)
    secret = form.get("secret")
    if not re.fullmatch("[A-Z2-7]{32}", secret):  # as `begin_second_factor` draws them: base 32
        return error_page(request, 422)
    try:
        codes = office.staff.confirm_second_factor(asker, secret, form.get("code"))
    except ContractError:
        return _factor_page(request, secret, wrong=True)
    return page(request, "codes.html", codes=codes)


@router.get("/audit", name="audit")
def audit(request: Request, actor: str = "", about: str = "") -> Response:
    """Every change: who, when, what, before and after."""
    before = request.query_params.get("before", "")
    known = int(before) if before.isdecimal() and len(before) < 15 else 0
    office, by, of = office_of(request), actor.strip(), about.strip()
    rows = read_audit(office, by, of, known)

    def every() -> Iterator[AuditRow]:
        part = rows
        while part:
            yield from part
            part = read_audit(office, by, of, part[-1].sequence)

    return exported(request, "audit", {"audit": (every, AuditRow)}) or page(
        request, "audit.html", rows=rows, actor=actor, about=about
    )


def _roles(form: Form) -> frozenset[Role]:
    return frozenset(Role(one) for one in form.all("roles") if one in _ROLES)


def _stores(form: Form) -> frozenset[str]:
    return frozenset(one.strip() for one in form.get("stores").split(",") if one.strip())


def _unblocked(kept: StaffMember) -> StaffState:
    return StaffState.ACTIVE if kept.state is StaffState.BLOCKED else kept.state


def _faults(form: Form, roles: frozenset[Role]) -> dict[str, str]:
    """Key of a text by field, for everything `check_member` would refuse."""
    wrong, login, name = {}, form.get("login").strip(), form.get("name")
    if not 1 <= len(login) <= _NAME_MAX or any(sign.isspace() or not sign.isprintable() for sign in login):
        wrong["login"] = "people.fault_login"
    if not 1 <= len(name.strip()) <= _NAME_MAX or not name.isprintable():
        wrong["name"] = "people.fault_name"
    if not roles:
        wrong["roles"] = "people.fault_roles"
    if Role.STORE_MANAGER in roles and not _stores(form):
        wrong["stores"] = "people.fault_stores"
    return wrong


def _new_page(
    request: Request, form: dict[str, str], roles: frozenset[Role], faults: dict[str, str], status: int
) -> Response:
    offered = [role for role in _ROLES if role != Role.VENDOR]  # a vendor sees nothing yet
    return page(request, "person_new.html", status=status, form=form, chosen=roles, faults=faults, roles=offered)


def _person_page(
    request: Request,
    member: StaffMember,
    *,
    kept: StaffMember | None = None,
    refused: ContractError | None = None,
    status: int = 200,
) -> Response:
    return page(request, "person.html", status=status, member=member, kept=kept, refused=refused, roles=_ROLES)


def _link_page(request: Request, member: StaffMember, token: str) -> Response:
    link = f"{request.url.scheme}://{request.headers.get('host', '')}/office/welcome/{token}"
    return page(request, "link.html", member=member, link=link)


def _factor_page(request: Request, secret: str, *, wrong: bool = False) -> Response:
    asker = asker_of(request)
    square = square_code(office_of(request), secret, asker.login)
    return page(
        request, "second_factor.html", status=422 if wrong else 200, secret=secret, square=square, wrong=wrong
    )
