"""The screens of campaigns: what is wrong stands beside its field, what is asked can be decided on."""

import re
import shutil
import sys
from datetime import UTC, datetime, time, timedelta
from html import unescape
from pathlib import Path

import pytest
from synthetic_chain import DAY

from regulars.bootstrap import Workspace, create_workspace
from regulars.flows import Role

sys.path.append(str(Path(__file__).parents[1] / "stores"))
from office_desk import OfficeTrial, csrf_of

FIRST = DAY + timedelta(days=14)
FORM = {
    "name": "Own brand first",
    "aim": "convert_to_own",
    "category": "COFFEE",
    "need": "",
    "usage": "all",
    "from_on": FIRST.isoformat(),
    "last_on": (FIRST + timedelta(days=41)).isoformat(),
    "budget": "300",
    "vendor": "",
    "depths": "10, 20, 50",
    "control": "10",
}


@pytest.fixture
def office(finished: Path, tmp_path: Path):
    root = tmp_path / "w"
    shutil.copytree(finished, root)
    create_workspace(root)
    with (root / "regulars.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[office]\npassword_memory_kib = 8192\n")
    with Workspace.open(root) as workspace:
        trial = OfficeTrial(workspace)
        trial.clock.off = datetime.combine(DAY, time(18), UTC) - trial.clock.now_at()
        yield trial


def made(client, **changed):
    """The answer to a form that is sent."""
    return client.post("/office/campaigns/new", data={**FORM, **changed, "csrf": csrf_of(client)})


def faults(answer) -> dict[str, str]:
    found = re.findall(r'<p class="fault" id="fault-(\w+)">([^<]+)</p>', answer.text)
    return {name: unescape(text) for name, text in found}


def money(page: str, row: str) -> float:
    """The figure of a row of the reckoning, in whole units."""
    found = re.search(rf'<th scope="row">{row}.*?</th><td class="num">([^<]+)</td>', page, re.DOTALL)
    assert found, row
    return float(found[1].replace("$", "").replace(",", ""))


@pytest.mark.parametrize(
    ("changed", "field", "word"),
    [
        ({"name": "–"}, "name", "letters"),
        ({"category": "NOTHING"}, "category", "category"),
        ({"need": "NOTHING"}, "need", "not of the category"),
        ({"name": "A name that is far too long for the line of a receipt, and on"}, "name", "60 characters"),
        ({"budget": "0"}, "budget", "above 0"),
        ({"budget": "99999999999"}, "budget", "more than"),
        ({"depths": "50, 20, 99"}, "depths", "deeper than the one before"),
        ({"depths": "10, 20, 70"}, "depths", "1 to 60"),
        ({"depths": "10"}, "depths", "half as deep again"),
        ({"control": "99"}, "control", "0 to 90"),
        ({"last_on": "2017-01-01"}, "last_on", "before the first"),
        ({"last_on": FIRST.isoformat()}, "last_on", "whole cycle"),
        ({"from_on": "2017-01-02", "last_on": "2017-03-01"}, "last_on", "over"),
        ({"from_on": "9999-12-31", "last_on": "9999-12-31"}, "from_on", "A day"),
        ({"vendor": "Bayer"}, "vendor", "No vendor of that name"),
        ({"vendor": "VCOF"}, "vendor", "None of the goods"),
        ({"paid_by_vendor": "yes"}, "vendor", "who pays"),
        ({"aim": "brand_to_brand"}, "vendor", "whose brand"),
        ({"aim": "trial"}, "need", "to be tried"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field_and_nothing_is_made(office, changed, field, word):
    answer = made(office.signed_in(Role.MARKETING), **changed)
    assert answer.status_code == 422
    told = faults(answer)
    assert set(told) == ({field, "last_on"} if "9999-12-31" in changed.values() else {field})
    assert word in told[field]
    assert 'class="refused"' not in answer.text
    for value in set(changed.values()) - {"NOTHING"}:  # no choice that could be shown again
        assert unescape(answer.text).count(value) >= 1, "what was typed is kept"
    assert office.workspace.ledger.campaigns() == []


def test_the_estimate_says_what_is_left_and_what_keeps_it_from_being_made(office):
    client = office.signed_in(Role.MARKETING)
    page = client.get("/office/campaigns/new", params=FORM).text
    margin, cost, left = (money(page, row) for row in ("Margin", "Less what the store pays", "Left for the store"))
    assert margin > 0 > cost
    assert abs(margin + cost - left) <= 1  # each is rounded to whole dollars
    assert "the store pays" in page
    wrong = client.get("/office/campaigns/new", params={**FORM, "depths": "50, 20"}).text
    estimate = wrong.partition('id="estimate"')[2]
    assert "Each step has to be deeper" in estimate
    assert "Choose a category" not in estimate
    for odd in ("depths=x", "category=NOTHING", "category=COFFEE&control=x&from_on=", "aim=x&usage=x"):
        assert client.get(f"/office/campaigns/new?{odd}").status_code == 200, odd
    bare = client.get("/office/campaigns/new?category=COFFEE").text
    assert "Left for the store" in bare
    assert "fault-" not in bare
    nameless = client.get("/office/campaigns/new", params={**FORM, "name": ""}).text
    assert "Left for the store" in nameless


def test_a_vendor_who_makes_the_goods_may_pay_and_leaves_the_store_more(office):
    client = office.signed_in(Role.MARKETING)
    form = {**FORM, "aim": "convert_to_national", "vendor": "VCOF"}
    unpaid, paid = (
        client.get("/office/campaigns/new", params={**form, **more}).text
        for more in ({}, {"paid_by_vendor": "yes"})
    )
    assert re.search(r'<option value="VCOF" selected>Vendor VCOF \(\d+ products\)', paid)
    assert (money(paid, "Less"), money(paid, "Margin")) == (0, money(unpaid, "Margin"))
    assert money(paid, "Left") >= money(paid, "Margin") > money(unpaid, "Left")
    assert money(paid, "Plus what vendor VCOF pays") >= 0


def test_estimating_leaves_no_token_in_the_address(office):
    client = office.signed_in(Role.MARKETING)
    token = csrf_of(client)
    answer = client.post("/office/campaigns/new", data={**FORM, "csrf": token, "only": "estimate"})
    assert answer.status_code == 303
    assert token not in answer.headers["location"]
    assert "Left for the store" in client.get(answer.headers["location"]).text
    assert office.workspace.ledger.campaigns() == []


def test_a_choice_of_another_category_is_dropped_while_typing(office):
    client = office.signed_in(Role.MARKETING)
    answer = client.get("/office/campaigns/new", params={**FORM, "need": "GONE"}, headers={"x-part": "1"})
    assert "Left for the store" in answer.text


def test_what_is_asked_stands_on_the_card_and_on_the_other_persons_today(office):
    client = office.signed_in(Role.MARKETING)
    assert made(client, budget="2,000").headers["location"].endswith("said=campaigns.said_waits")
    assert faults(made(client, budget="2,000")).keys() == {"name"}
    mine = client.get("/office/campaigns").text
    assert 'value="withdraw"' in mine
    assert 'value="approve"' not in mine
    admin = office.signed_in(Role.ADMIN)
    today = admin.get("/office/today").text
    assert "Marketing asks you to approve Own brand first, up to $2,000." in today
    assert "asks you" not in client.get("/office/today").text
    assert "asks you" not in office.signed_in(Role.ANALYST).get("/office/today").text
    card = unescape(admin.get("/office/campaigns").text)
    for word in ("10%, 20%, 50%", "Left for the store", "Win buyers of national brands", "$2,000", "Marketing, "):
        assert word in card, word
    assert 'value="withdraw"' not in card
    [link] = re.findall(r'href="(/office/campaigns/new\?name=[^"]+)"', card)
    assert 'value="Own brand first"' in admin.get(link).text
    assert "Left for the store" in admin.get(link).text
    decide = {"csrf": csrf_of(admin), "decision": "approve", "note": "good for the shelf"}
    assert admin.post("/office/approvals/1", data=decide).headers["location"].endswith("said_approved")
    again = admin.get(admin.post("/office/approvals/1", data={**decide, "decision": "refuse"}).headers["location"])
    assert '<p class="warned" role="status">Nothing was changed' in again.text
    page = unescape(client.get("/office/campaigns/own-brand-first").text)
    for word in ("10%, 20%, 50%", "Admin, ", "Marketing, ", "“good for the shelf”", "begins later"):
        assert word in page, word
    assert "staff admin" not in page


def test_whoever_asked_may_withdraw_and_finds_it_in_the_form(office):
    client, admin = office.signed_in(Role.MARKETING), office.signed_in(Role.ADMIN)
    made(client, budget="2,000")
    take_back = {"csrf": csrf_of(admin), "decision": "withdraw"}
    assert admin.post("/office/approvals/1", data=take_back).headers["location"].endswith("said_not_withdrawn")
    assert len(office.app.state.office.ledger.approvals("waiting")) == 1
    answer = client.post("/office/approvals/1", data={**take_back, "csrf": csrf_of(client)})
    form = client.get(answer.headers["location"]).text
    assert "Withdrawn." in form
    assert 'value="2000"' in form
    assert office.app.state.office.ledger.approvals("waiting") == []
    assert made(client, budget="2,000").status_code == 303
    refuse = {"csrf": csrf_of(admin), "decision": "refuse", "note": " "}
    assert admin.post("/office/approvals/2", data=refuse).headers["location"].endswith("said_not_reason")
    admin.post("/office/approvals/2", data={**refuse, "note": "too deep"})
    assert "Admin refused Own brand first. “too deep”" in client.get("/office/campaigns").text
    assert "too deep" not in admin.get("/office/campaigns").text
    assert office.workspace.ledger.verify() == []


def test_two_that_meet_are_told_on_the_form_on_the_card_and_on_the_page(office):
    client, admin = office.signed_in(Role.MARKETING), office.signed_in(Role.ADMIN)
    assert made(client).status_code == 303
    second = {**FORM, "name": "Own brand second", "budget": "2000"}
    said = "Own brand first keeps the goods both want, and Own brand second gives nothing while it does."
    assert said in client.get("/office/campaigns/new", params=second).text
    assert said not in client.get("/office/campaigns/new", params={**second, "category": "SOFT DRINKS"}).text
    unnamed = client.get("/office/campaigns/new", params={**second, "name": ""}).text
    assert "New campaign" in unnamed
    assert "goes by their names" in unnamed
    made(client, **second)
    assert said in admin.get("/office/campaigns").text
    admin.post("/office/approvals/1", data={"csrf": csrf_of(admin), "decision": "approve"})
    assert admin.get("/office/campaigns").text.count(said) == 1


def test_a_campaign_runs_from_its_first_day_on(office):
    client = office.signed_in(Role.MARKETING)
    made(client)
    made(client, name="At once", from_on=DAY.isoformat())
    table = client.get("/office/campaigns").text.partition('id="campaigns"')[2]
    stands = re.findall(r'<span class="state \w+">([^<]+)</span>', table)
    assert sorted(stands) == ["begins later", "runs"]
    client.post("/office/campaigns/at-once/stop", data={"csrf": csrf_of(client)})
    page = client.get("/office/campaigns/at-once").text
    assert re.search(r"<dt>Stopped</dt><dd>Marketing, ", page)


def test_invitations_say_what_each_role_may_and_what_is_wrong_beside_the_field(office):
    admin = office.signed_in(Role.ADMIN)
    form = unescape(admin.get("/office/people/new").text)
    assert "may approve what somebody else asked for" in form
    assert 'value="vendor"' not in form
    sent = {"csrf": csrf_of(admin), "name": "", "login": "two words", "stores": "", "language": "en"}
    assert faults(admin.post("/office/people/new", data=sent)).keys() == {"name", "login", "roles"}
    right = {**sent, "name": "Paul", "login": "paul", "roles": "store_manager"}
    assert faults(admin.post("/office/people/new", data=right)).keys() == {"stores"}
    invited = admin.post("/office/people/new", data={**right, "stores": "1"})
    assert invited.status_code == 200
    assert "/office/people" in invited.text.partition("/office/welcome/")[2]
    assert faults(admin.post("/office/people/new", data={**right, "stores": "1"})).keys() == {"login"}
    welcome = re.search(r"/office/welcome/[\w-]+", invited.text)
    assert welcome
    short = {"password": "short", "again": "other"}
    assert faults(office.client().post(welcome[0], data=short)).keys() == {"password", "again"}


def test_every_screen_of_campaigns_opens_in_spanish(office):
    client = office.signed_in(Role.ADMIN)
    client.post("/office/account/language", data={"csrf": csrf_of(client), "language": "es"})
    made(client)
    made(client, name="Otra", budget="2000")
    for path in (
        "campaigns",
        "campaigns/own-brand-first",
        "campaigns/new?category=COFFEE&name=",
        "people/new",
    ):
        answer = client.get(f"/office/{path}")
        assert answer.status_code == 200, path
        assert "Queda para la tienda" in answer.text or path == "people/new", path
