"""Signing in by the company's own account, against a provider that runs."""

import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc.jwk import ECKey, OctKey
from office_desk import SETTINGS, OfficeTrial, csrf_of
from oidc_provider import CLIENT, SECRET, running_provider

from regulars.bootstrap import Workspace, create_workspace
from regulars.flows import Role, StaffState

_SECTION = """
[oidc]
issuer = "{issuer}"
client_id = "{client}"
client_secret = "{secret}"
base_url = "http://testserver"
roles = {{ shop-marketing = "marketing", shop-stores = "store_manager", shop-admins = "admin" }}
stores = {{ store-1 = "1" }}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with running_provider() as provider:
        root = tmp_path_factory.mktemp("oidc")
        section = _SECTION.format(issuer=provider.issuer, client=CLIENT, secret=SECRET)
        create_workspace(root, files={"regulars.toml": SETTINGS.format(url="sqlite:///ledger.db") + section})
        with Workspace.open(root) as workspace:
            yield provider, OfficeTrial(workspace)


@pytest.fixture
def provider(world):
    one = world[0]
    kept = dict(one.person)
    yield one
    one.person, one.signed_with = kept, None
    one.spoil = lambda claims: claims


@pytest.fixture
def office(world):
    return world[1]


def sent_off(client, **form):
    """The provider's address, as the page that leads there says it."""
    answer = client.post("/office/oidc", data=form)
    assert answer.status_code == 200
    return re.search(r'url=([^"]+)"', answer.text)[1].replace("&amp;", "&")


def come_back(client, provider, **form):
    """Through the provider and back."""
    address = sent_off(client, **form)
    return client.get(provider.authorize(dict(parse_qsl(urlsplit(address).query))))


def test_somebody_new_is_let_in_with_the_roles_of_their_groups(office, provider):
    client = office.client()
    assert "company account" in client.get("/office/sign-in").text
    answer = come_back(client, provider, next="/office/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/office/account")
    assert "Marta Ruiz" in client.get("/office/account").text
    member, secrets = office.staff.book.find_login("marta")
    assert (member.roles, member.state, secrets.password) == ({Role.MARKETING}, StaffState.ACTIVE, None)
    row = office.staff.book.audit_rows("provider", member.staff_id, 0, 50)[-1]
    assert (row.action, row.actor) == ("staff.invite", f"provider {provider.issuer}")


def test_a_password_does_not_open_the_account_and_roles_follow_the_groups(office, provider):
    come_back(office.client(), provider)
    wrong = office.client().post("/office/sign-in", data={"login": "marta", "password": "three quiet words"})
    assert wrong.status_code == 422
    provider.person |= {"groups": ["shop-stores", "store-1", "else"], "preferred_username": "renamed"}
    assert come_back(office.client(), provider).status_code == 303
    member, _ = office.staff.book.find_login("marta")
    assert (member.roles, member.stores) == ({Role.STORE_MANAGER}, {"1"})
    provider.person |= {"groups": ["else"]}
    answer = come_back(office.client(), provider)
    assert answer.status_code == 403
    assert "nothing for you to do here" in answer.text


def test_the_same_name_of_somebody_else_is_not_taken_over(office, provider):
    office.person("paula", Role.ADMIN)
    provider.person |= {"sub": "18", "preferred_username": "paula"}
    client = office.client()
    assert come_back(client, provider).status_code == 303
    assert client.get("/office/people").status_code == 403
    logins = [one.login for one in office.staff.book.staff() if one.login.startswith("paula")]
    assert len(logins) == 2


def test_who_is_blocked_here_stays_out(office, provider):
    provider.person |= {"sub": "19", "preferred_username": "bruno"}
    client = office.client()
    come_back(client, provider)
    member, _ = office.staff.book.find_login("bruno")
    assert office.staff.book.change_member(
        replace(member, state=StaffState.BLOCKED), at=office.clock.now_at(), actor="test"
    )
    assert client.get("/office/account").status_code == 303
    assert come_back(office.client(), provider).status_code == 403


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "http://elsewhere.example"),
        ("aud", "another client"),
        ("aud", [CLIENT, "another client"]),
        ("azp", "another client"),
        ("nonce", "an old one"),
        ("exp", 1_000_000_000),
        ("iat", 4_000_000_000),
        ("sub", None),
    ],
)
def test_a_token_that_does_not_hold_lets_nobody_in(office, provider, claim, value):
    provider.spoil = lambda claims: {
        name: one for name, one in {**claims, claim: value}.items() if one is not None
    }
    client = office.client()
    answer = come_back(client, provider)
    assert answer.status_code == 403
    assert "office" not in client.cookies
    assert client.get("/office/account").status_code == 303


@pytest.mark.parametrize("key", [ECKey.generate_key("P-256", {"kid": "x"}), OctKey.import_key(SECRET)])
def test_a_token_signed_by_another_key_lets_nobody_in(office, provider, key):
    provider.signed_with = key
    assert come_back(office.client(), provider).status_code == 403


def test_changed_keys_are_asked_for_again(office, provider):
    come_back(office.client(), provider)
    provider.change_keys()
    assert come_back(office.client(), provider).status_code == 303


def test_a_code_is_taken_from_the_browser_alone_that_was_sent_off_and_once(office, provider):
    mine, other = office.client(), office.client()
    back = provider.authorize(dict(parse_qsl(urlsplit(sent_off(mine)).query)))
    sent_off(other)
    assert other.get(back).status_code == 403
    assert mine.get(back.replace("state=", "state=x")).status_code == 403
    assert mine.get(back).status_code == 303
    assert mine.get(back).status_code == 403


def test_what_was_typed_when_the_session_ended_comes_back(office, provider):
    client = office.client()
    come_back(client, provider)
    token = csrf_of(client)
    office.staff.sign_out_everywhere(office.staff.who(client.cookies["office"]).staff_id, "test")
    asked = client.post("/office/campaigns/new", data={"name": "Typed with care", "csrf": token})
    assert asked.status_code == 401
    fields = dict(re.findall(r'name="(kept|seal)" value="([^"]*)"', asked.text))
    kept = {name: value.replace("&#34;", '"') for name, value in fields.items()}
    answer = come_back(client, provider, **kept)
    assert answer.status_code == 200
    assert "Typed with care" in answer.text


def test_an_unreachable_provider_is_said_and_passwords_still_work(office, provider):
    office.app.state.office.single._provider._known.clear()
    issuer, provider.issuer = provider.issuer, "http://127.0.0.1:1"
    answer = office.client().post("/office/oidc", data={})
    provider.issuer = issuer
    assert answer.status_code == 503
    assert "name and a password" in answer.text
    office.signed_in(Role.ANALYST)
