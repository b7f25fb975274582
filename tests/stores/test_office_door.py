"""The door of the back office: who is let in, who may do what, what forms and sessions are worth."""

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pyotp
import pytest
from fastapi import Request
from office_desk import PASSWORD, OfficeTrial, TestClient, csrf_of, office_trial

from regulars.api.office import OFFICE_ROUTERS, RIGHTS
from regulars.api.office._export import exported
from regulars.api.office._route import OfficeRoute
from regulars.flows import DealRevision, Role


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfficeTrial]:
    with office_trial(tmp_path_factory.mktemp("office") / "w") as trial:
        yield trial


@pytest.fixture(autouse=True)
def _forget_wrong_tries(office: OfficeTrial) -> None:
    office.staff._wrong.clear()
    office.clock.off *= 0


def routes() -> list[OfficeRoute]:
    found = [route for router in OFFICE_ROUTERS for route in router.routes]
    assert all(isinstance(route, OfficeRoute) for route in found)
    return found


def test_every_route_has_a_right_and_every_right_a_route() -> None:
    assert {route.name.removeprefix("office.") for route in routes()} == set(RIGHTS)


def test_a_route_without_a_right_does_not_start() -> None:
    with pytest.raises(AssertionError, match="no right is declared"):
        OfficeRoute("/somewhere", lambda: None, name="somewhere")


@pytest.mark.parametrize("role", list(Role))
def test_every_role_may_exactly_what_is_declared(office: OfficeTrial, role: Role) -> None:
    client = office.signed_in(role)
    token = csrf_of(client)
    for route in routes():
        name = route.name.removeprefix("office.")
        if name.startswith("sign_out"):
            continue  # would end the session that asks; everybody may
        path = re.sub(r"{[^}]+}", "none", route.path)
        for method in route.methods - {"HEAD"}:
            answer = client.request(method, path, data={"csrf": token} if method == "POST" else None)
            allowed = RIGHTS[name] is None or role in RIGHTS[name]
            assert (answer.status_code != 403) == allowed, (name, method, answer.status_code)
            assert answer.status_code < 500, (name, method, answer.text)
            assert answer.headers["content-security-policy"].startswith("default-src 'self'")


def test_nobody_sees_anything_before_signing_in(office: OfficeTrial) -> None:
    client = office.client()
    for route in routes():
        name = route.name.removeprefix("office.")
        if RIGHTS[name] is None:
            continue
        path = re.sub(r"{[^}]+}", "none", route.path)
        for method in route.methods - {"HEAD"}:
            answer = client.request(method, path)
            assert answer.status_code == (401 if method == "POST" else 303), (name, method)
            if method == "GET":
                assert answer.headers["location"].startswith("/office/sign-in")


def test_wrong_password_unknown_name_and_blocked_read_alike(office: OfficeTrial) -> None:
    office.person("marta", Role.MARKETING)
    client, texts = office.client(), []
    for login, password in (("marta", "wrong"), ("nobody", PASSWORD), ("marta", "")):
        answer = client.post("/office/sign-in", data={"login": login, "password": password})
        assert answer.status_code == 422
        assert "office" not in answer.cookies
        texts.append(answer.text.replace(login, "LOGIN"))
    assert len(set(texts)) == 1


def test_ten_wrong_tries_close_a_name_for_a_quarter_of_an_hour(office: OfficeTrial) -> None:
    office.person("tomas", Role.ANALYST)
    client = office.client()
    tried = [
        client.post("/office/sign-in", data={"login": "tomas", "password": "x"}).status_code for _ in range(11)
    ]
    assert tried == [422] * 10 + [429]
    right = {"login": "tomas", "password": PASSWORD}
    assert client.post("/office/sign-in", data=right).status_code == 429
    office.clock.off += office.clock.off.__class__(minutes=16)
    assert client.post("/office/sign-in", data=right).status_code == 303


def test_session_ends_when_idle_and_after_its_hours(office: OfficeTrial) -> None:
    delta = office.clock.off.__class__
    client = office.signed_in(Role.MARKETING)
    office.clock.off += delta(minutes=59)
    assert client.get("/office/today").status_code == 200
    office.clock.off += delta(minutes=59)
    assert client.get("/office/today").status_code == 200
    office.clock.off += delta(minutes=61)
    assert client.get("/office/today").status_code == 303
    client = office.signed_in(Role.MARKETING)
    for _ in range(13):
        office.clock.off += delta(minutes=55)
        last = client.get("/office/today").status_code
    assert last == 200
    office.clock.off += delta(minutes=10)
    assert client.get("/office/today").status_code == 303


def test_forged_cookie_token_and_origin_are_refused(office: OfficeTrial) -> None:
    client = office.signed_in(Role.ADMIN)
    token = csrf_of(client)
    language = {"language": "en"}
    path = "/office/account/language"
    assert client.post(path, data=language).status_code == 403
    assert (
        client.post(path, data={**language, "csrf": token[:-1] + ("1" if token[-1] == "0" else "0")}).status_code
        == 403
    )
    other = csrf_of(office.signed_in(Role.ANALYST))
    assert client.post(path, data={**language, "csrf": other}).status_code == 403
    for origin in ("http://elsewhere.example", "null"):
        answer = client.post(path, data={**language, "csrf": token}, headers={"origin": origin})
        assert answer.status_code == 403
    good = client.post(path, data={**language, "csrf": token}, headers={"origin": "http://testserver"})
    assert good.status_code == 303
    forged = TestClient(office.app, cookies={"office": "forged"}, follow_redirects=False)
    assert forged.get("/office/today").status_code == 303


def test_sign_out_ends_the_session_itself(office: OfficeTrial) -> None:
    client = office.signed_in(Role.MARKETING)
    kept, elsewhere = dict(client.cookies), office.signed_in(Role.MARKETING)
    assert client.post("/office/sign-out", data={"csrf": csrf_of(client)}).status_code == 303
    assert TestClient(office.app, cookies=kept, follow_redirects=False).get("/office/today").status_code == 303
    assert elsewhere.get("/office/today").status_code == 200
    assert elsewhere.post("/office/sign-out-everywhere", data={"csrf": csrf_of(elsewhere)}).status_code == 303
    assert elsewhere.get("/office/today").status_code == 303


def test_a_form_that_was_cut_off_is_kept_for_the_same_person(office: OfficeTrial) -> None:
    client = office.signed_in(Role.MARKETING)
    sent = {"csrf": csrf_of(client), "language": "es", "note": "two <b>words</b>"}
    office.clock.off += office.clock.off.__class__(hours=2)
    cut = client.post("/office/account/language", data=sent)
    assert cut.status_code == 401
    hidden = dict(re.findall(r'<input type="hidden" name="(kept|seal)" value="([^"]*)"', cut.text))
    from html import unescape

    kept = {name: unescape(value) for name, value in hidden.items()}
    again = client.post("/office/sign-in", data={"login": "marketing", "password": PASSWORD, **kept})
    assert again.status_code == 200
    assert 'action="/office/account/language"' in again.text
    assert 'value="two &lt;b&gt;words&lt;/b&gt;"' in again.text
    assert sent["csrf"] not in again.text
    office.person("other", Role.MARKETING)
    other = office.client().post("/office/sign-in", data={"login": "other", "password": PASSWORD, **kept})
    assert other.status_code == 303
    tampered = {**kept, "kept": kept["kept"].replace("two", "six")}
    assert (
        office.client()
        .post("/office/sign-in", data={"login": "marketing", "password": PASSWORD, **tampered})
        .status_code
        == 303
    )


def test_a_link_works_once_and_not_after_two_days(office: OfficeTrial) -> None:
    _, token = office.staff.invite("nora", "Nora", frozenset({Role.ANALYST}), frozenset(), "es", actor="test")
    client = office.client()
    path = f"/office/welcome/{token}"
    assert "Hola" in client.get(path, headers={"accept-language": "es"}).text
    for wrong in (
        {"password": "short", "again": "short"},
        {"password": PASSWORD, "again": "another"},
        {"password": "a" * 20, "again": "a" * 20},
    ):
        assert client.post(path, data=wrong).status_code == 422
    good = {"password": PASSWORD, "again": PASSWORD}
    assert client.post(path, data=good).status_code == 303
    assert client.get("/office/today").status_code == 200
    assert client.post(path, data=good).status_code == 404
    second = office.staff.link(office.staff.book.find_login("nora")[0].staff_id, actor="test")
    office.clock.off += office.clock.off.__class__(hours=49)
    assert client.get(f"/office/welcome/{second}").status_code == 404


@pytest.mark.parametrize(
    "wished", ["https://elsewhere.example/office", "//elsewhere.example/office", "/office\\x"]
)
def test_signing_in_leads_nowhere_else(office: OfficeTrial, wished: str) -> None:
    office.person("marta", Role.MARKETING)
    answer = office.client().post("/office/sign-in", data={"login": "marta", "password": PASSWORD, "next": wished})
    assert answer.headers["location"] == "/office"


def test_first_link_is_made_until_somebody_signed_in(tmp_path: Path) -> None:
    with office_trial(tmp_path / "w") as trial:
        first, second = trial.staff.first_link("serve"), trial.staff.first_link("serve")
        assert trial.client().get(f"/office/welcome/{first}").status_code == 404
        good = {"password": PASSWORD, "again": PASSWORD}
        assert trial.client().post(f"/office/welcome/{second}", data=good).status_code == 303
        assert trial.staff.first_link("serve") is None
        told = trial.workspace.ledger.staff()
        assert [(one.login, sorted(one.roles)) for one in told] == [("admin", ["admin"])]
        assert trial.workspace.ledger.verify() == []


def test_a_second_factor_is_asked_for_and_each_code_counts_once(office: OfficeTrial) -> None:
    office.person("olga", Role.ADMIN)
    client = office.sign_in("olga")
    shown = client.get("/office/account/second-factor").text
    secret = re.search(r"<code>([A-Z2-7]+)</code>", shown)
    assert secret is not None
    telephone = pyotp.TOTP(secret[1])
    now = office.clock.now_at()
    token = csrf_of(client)
    path = "/office/account/second-factor"
    assert client.post(path, data={"csrf": token, "secret": secret[1], "code": "000000"}).status_code == 422
    for forged in ("", "0" * 32, secret[1].lower(), secret[1] + "A", "Ä" * 32):
        assert client.post(path, data={"csrf": token, "secret": forged, "code": "000000"}).status_code == 422, (
            forged
        )
    done = client.post(path, data={"csrf": token, "secret": secret[1], "code": telephone.at(now)})
    recovery = re.findall(r"<li>([0-9a-f]+)</li>", done.text)
    assert len(set(recovery)) == 8
    known = {"login": "olga", "password": PASSWORD}
    asked = office.client().post("/office/sign-in", data=known)
    assert (asked.status_code, 'name="code"' in asked.text) == (200, True)
    assert office.client().post("/office/sign-in", data={**known, "code": telephone.at(now)}).status_code == 422
    later = telephone.at(now + timedelta(seconds=30))
    assert office.client().post("/office/sign-in", data={**known, "code": later}).status_code == 303
    assert office.client().post("/office/sign-in", data={**known, "code": later}).status_code == 422
    once = {**known, "code": recovery[0]}
    assert office.client().post("/office/sign-in", data=once).status_code == 303
    assert office.client().post("/office/sign-in", data=once).status_code == 422


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_telephone_codes_are_those_of_rfc_6238(office: OfficeTrial, seconds: int, code: str) -> None:
    factors = office.staff._factors
    sealed = factors.sealed(base64.b32encode(b"12345678901234567890").decode())
    at = datetime.fromtimestamp(seconds, UTC)
    assert factors.step_of(sealed, code, at) == seconds // 30
    assert factors.step_of(sealed, code, at + timedelta(seconds=120)) is None


def test_the_second_of_two_editors_sees_both_versions(office: OfficeTrial) -> None:
    admin = office.signed_in(Role.ADMIN)
    office.person("pia", Role.ANALYST)
    member, _ = office.staff.book.find_login("pia")
    path = f"/office/people/{member.staff_id}"
    kept = {"csrf": csrf_of(admin), "version": str(member.version), "state": "active", "stores": ""}
    assert admin.post(path, data={**kept, "name": "Pia One", "roles": "analyst"}).status_code == 303
    second = admin.post(path, data={**kept, "name": "Pia Two", "roles": "marketing"})
    assert second.status_code == 409
    assert "Pia One" in second.text
    assert 'value="Pia Two"' in second.text
    trail = admin.get(f"/office/audit?about={member.staff_id}").text
    assert trail.count("staff.change") == 1


def test_blocking_somebody_ends_their_session(office: OfficeTrial) -> None:
    admin = office.signed_in(Role.ADMIN)
    office.person("rosa", Role.ANALYST)
    theirs = office.sign_in("rosa")
    member, _ = office.staff.book.find_login("rosa")
    form = {
        "csrf": csrf_of(admin),
        "version": str(member.version),
        "name": "Rosa",
        "roles": "analyst",
        "stores": "",
    }
    assert admin.post(f"/office/people/{member.staff_id}", data={**form, "state": "blocked"}).status_code == 303
    assert theirs.get("/office/today").status_code == 303
    assert office.client().post("/office/sign-in", data={"login": "rosa", "password": PASSWORD}).status_code == 422


def test_the_last_admin_stays_one(tmp_path: Path) -> None:
    with office_trial(tmp_path / "w") as trial:
        admin = trial.signed_in(Role.ADMIN)
        (one,) = trial.staff.book.staff()
        form = {
            "csrf": csrf_of(admin),
            "version": f"{one.version}",
            "name": one.name,
            "stores": "",
            "state": "active",
        }
        refused = admin.post(f"/office/people/{one.staff_id}", data={**form, "roles": "analyst"})
        assert refused.status_code == 422
        assert "obody could administer" in refused.text
        assert trial.staff.book.staff() == [one]


@pytest.mark.parametrize(("path", "word"), [("people", "admin"), ("jobs", "job_id")])
def test_people_and_work_can_be_taken_along(office: OfficeTrial, path: str, word: str) -> None:
    answer = office.signed_in(Role.ADMIN).get(f"/office/{path}?format=csv")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert word in answer.text
    assert "$argon2" not in answer.text


def test_a_file_is_named_in_plain_letters_for_all_and_as_it_is_for_who_reads_that() -> None:
    asked = Request({"type": "http", "query_string": b"format=csv", "headers": []})
    answer = exported(asked, 'deal-Καφές "\r\n', {"history": ([], DealRevision)})
    assert answer is not None
    plain, own = answer.headers["content-disposition"].removeprefix("attachment; ").split("; ")
    assert plain == 'filename="deal--.csv"'
    assert unquote(own.removeprefix("filename*=UTF-8''")) == 'deal-Καφές "\r\n.csv'
