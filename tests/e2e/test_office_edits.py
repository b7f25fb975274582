"""Every form of the back office that edits, as its page gives it: the second of two people sees the first, an expired
login loses nothing. The forms are those the routes name, so that a new one cannot be forgotten.
"""

import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from office_forms import ReadForm, read_forms
from synthetic_chain import DAY, set_list

from regulars.adapters.pages.office import office_texts
from regulars.api.office import OFFICE_ROUTERS, RIGHTS
from regulars.api.office._route import OfficeRoute
from regulars.bootstrap import Workspace, create_workspace
from regulars.bootstrap.office import profiles_on, read_audit, work
from regulars.flows import Publication, Role, plans_of, read_deal_rows, read_plan, snapshot

sys.path.append(str(Path(__file__).parents[1] / "stores"))
from office_desk import PASSWORD, OfficeTrial, TestClient

CATEGORY = "CHEESE"
MAPPING = Path(__file__).parents[1] / "fuzz" / "corpus" / "mapping" / "square.toml"
NOON = datetime.combine(DAY + timedelta(days=1), time(17), UTC)
ROUTES: dict[str, OfficeRoute] = {
    route.name.removeprefix("office."): route
    for router in OFFICE_ROUTERS
    for route in router.routes
    if isinstance(route, OfficeRoute) and "POST" in route.methods
}
TEXTS = office_texts("en")

pytestmark = pytest.mark.slow


@dataclass
class Desk:
    """An office on a finished cycle, and two administrators with a browser each."""

    trial: OfficeTrial
    plan_id: str
    households: list[str]
    files: Mapping[str, Path]

    def __post_init__(self) -> None:
        for login in ("one", "two", "three"):
            self.trial.person(login, Role.ADMIN)
        self.one, self.two = self.trial.sign_in("one"), self.trial.sign_in("two")

    def sequence(self) -> int:
        """How many rows the audit has."""
        return int(self.trial.workspace.ledger.audit_head().sequence)

    def actions(self, since: int) -> list[str]:
        """What was done since, oldest first."""
        rows = read_audit(self.trial.app.state.office, "", "", 0)
        return [row.action for row in reversed(rows) if row.sequence > since]

    def campaign(self, client: TestClient, name: str, budget: str) -> None:
        path = f"/office/campaigns/new?category={CATEGORY}"
        form = form_on(client, path, "campaign_make")
        answer = client.post(form.action, data={**form.fields, "name": name, "budget": budget})
        assert answer.status_code == 303, answer.text


def form_on(client: TestClient, path: str, route: str, has: Mapping[str, str] | None = None) -> ReadForm:
    """The form of a page that goes to a route, with its first button pressed.

    Args:
        client: Whose browser.
        path: Where the page is.
        route: Name of the route.
        has: Values it holds, where a page has several.
    """
    page = client.get(path)
    assert page.status_code == 200, f"{path}: {page.status_code} {page.text[-300:]}"
    for form in read_forms(page.text, path):
        mine = all([value] == form.fields.get(name) for name, value in (has or {}).items())
        if mine and form.action and ROUTES[route].path_regex.fullmatch(form.action):
            for name, value in form.buttons[:1]:
                form.add(name, value)
            return form
    raise AssertionError(f"{path} has no form for {route} with {has}")


def of_household(desk: Desk) -> str:
    return f"/office/households/{desk.households[0]}"


def beside(desk: Desk) -> str:
    return f"/office/households/{desk.households[0]}/beside?other={desk.households[1]}"


def some_job(desk: Desk) -> str:
    ledger, at = desk.trial.workspace.ledger, desk.trial.clock.now_at()
    asked = ledger.ask_job("pages", {"plan_id": desk.plan_id}, at=at, actor="staff three")
    return f"/office/jobs/{asked.job_id}"


def some_upload(desk: Desk) -> str:
    form = form_on(desk.one, "/office/data", "data_upload")
    with desk.files["products"].open("rb") as stream:
        sent = desk.one.post(form.action, data=form.fields, files={"files": ("products.csv", stream, "text/csv")})
    assert sent.status_code == 303, sent.text
    work(desk.trial.workspace.root, once=True)
    return str(sent.headers["location"])


def some_campaign(desk: Desk) -> str:
    desk.campaign(desk.one, "Running", "100")
    return "/office/campaigns/running"


def some_request(desk: Desk) -> str:
    desk.campaign(desk.trial.sign_in("three"), "Waiting", "5000")
    return "/office/campaigns"


def some_deal(desk: Desk) -> str:
    return f"/office/deals/{read_deal_rows(desk.trial.workspace.warehouse)[0]['deal_id']}"


def some_person(desk: Desk) -> str:
    desk.trial.person("pia", Role.ANALYST)
    return f"/office/people/{desk.trial.staff.book.find_login('pia')[0].staff_id}"


def code_of(desk: Desk, form: ReadForm) -> str:
    return pyotp.TOTP(form.fields["secret"][0]).at(desk.trial.clock.now_at())


def mapping_of(desk: Desk, form: ReadForm) -> str:
    return MAPPING.read_text(encoding="utf-8").replace("\n", "\r\n")


Typed = str | Callable[[Desk, ReadForm], str]


@dataclass(frozen=True)
class Edit:
    """A form that edits.

    Args:
        page: Where it stands, with something on it.
        typed: What a person types.
        has: Values that tell it from others of its page.
        late: Status, and words or the text's key, that whoever sends the same after another person gets.
        action: What the audit calls what was done.
        alone: Why nobody else can have sent the same meanwhile, where that is so.
    """

    page: str | Callable[[Desk], str]
    typed: Mapping[str, Typed] = field(default_factory=dict)
    has: Mapping[str, str] = field(default_factory=dict)
    late: tuple[int, str] | None = None
    action: str = ""
    alone: str = ""


OWN = "everybody has an own one"
EDITS: Mapping[str, Edit] = {
    "account_language": Edit("/office/account", {"language": "es"}, alone=OWN),
    "campaign_decide": Edit(
        some_request,
        {"note": "too dear"},
        late=(303, "campaigns.said_not_yours"),
        action="campaign.new",
    ),
    "campaign_make": Edit(
        f"/office/campaigns/new?category={CATEGORY}",
        {"name": "Own brand first", "budget": "100"},
        late=(422, "campaigns.fault_name_taken"),
        action="campaign.new",
    ),
    "campaign_stop": Edit(some_campaign, late=(303, "campaigns.said_stopped_before"), action="campaign.stop"),
    "data_load": Edit(
        some_upload, {"mapping-products.csv": mapping_of}, late=(409, "data.loads_late"), action="job.ask"
    ),
    "data_upload": Edit("/office/data", alone="files are added; none that is there changes"),
    "deal_decide": Edit(some_deal, {"note": "a word"}, late=(409, "deals.changed"), action="deal.draft"),
    "household_goodwill": Edit(beside, {"reason": "asked kindly"}, late=(409, "already"), action="grant.goodwill"),
    "household_reissue": Edit(
        of_household, {"reason": "lost in the rain"}, late=(409, "households.fault_changed"), action="list.reissue"
    ),
    "job_cancel": Edit(some_job, late=(303, "jobs.said_over"), action="job.cancel"),
    "jobs_ask": Edit("/office/lists", has={"kind": "proofs"}, late=(303, "jobs.said_asked"), action="job.ask"),
    "lists_approve": Edit("/office/lists", late=(303, "lists.said_approved_before"), action="lists.approve"),
    "person_change": Edit(some_person, {"name": "Pia Two"}, late=(409, "people.changed"), action="staff.change"),
    "person_invite": Edit(
        "/office/people/new",
        {"name": "Rosa", "login": "rosa", "roles": "analyst"},
        late=(422, "rosa"),
        action="staff.invite",
    ),
    "person_link": Edit(
        some_person, alone="a further link ends the one before, and whoever holds that is told so"
    ),
    "second_factor_now": Edit("/office/account/second-factor", {"code": code_of}, alone=OWN),
    "sign_out": Edit("/office/account", alone=OWN),
    "sign_out_everywhere": Edit("/office/account", alone=OWN),
}


@pytest.fixture
def desk(finished: Path, shop_files: list[Path], tmp_path: Path) -> Iterator[Desk]:
    root = Path(shutil.copytree(finished, tmp_path / "w", ignore=shutil.ignore_patterns("out")))
    set_list(root, "approval = true")
    with (root / "regulars.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[office]\npassword_memory_kib = 8192\n")
    create_workspace(root)
    with Workspace.open(root) as workspace:
        plan_id = plans_of(workspace.warehouse)[-1]
        rows = read_plan(workspace.warehouse, plan_id, "plan_lists").sort_by("list_number").to_pylist()
        files = {file.stem: file for file in shop_files}
        trial = OfficeTrial(workspace)
        trial.clock.off = NOON - trial.clock.now_at()
        yield Desk(trial, plan_id, [row["household_id"] for row in rows], files)


def filled(desk: Desk, client: TestClient, name: str, page: str) -> ReadForm:
    """A form as somebody sends it."""
    edit = EDITS[name]
    form = form_on(client, page, name, edit.has)
    for place, typed in edit.typed.items():
        form.fields[place] = [typed if isinstance(typed, str) else typed(desk, form)]
    return form


def page_of(desk: Desk, name: str) -> str:
    page = EDITS[name].page
    return page if isinstance(page, str) else page(desk)


def test_the_forms_are_all_that_the_routes_take() -> None:
    assert set(EDITS) == {name for name in ROUTES if RIGHTS[name] is not None}
    for name, edit in EDITS.items():
        assert (edit.late is None) == bool(edit.alone), name


@pytest.mark.parametrize("name", [name for name, edit in EDITS.items() if edit.late])
def test_the_second_of_two_people_sees_the_first(desk: Desk, name: str) -> None:
    edit, page = EDITS[name], page_of(desk, name)
    first, second = (filled(desk, client, name, page) for client in (desk.one, desk.two))
    assert first.action == second.action
    before = desk.sequence()
    done = desk.one.post(first.action, data=first.fields)
    assert done.status_code in {200, 303}, done.text
    assert desk.actions(before).count(edit.action) == 1
    after = desk.sequence()
    late = desk.two.post(second.action, data=second.fields)
    assert edit.late is not None
    status, told = edit.late
    assert late.status_code == status, late.text[-400:]
    assert desk.sequence() == after
    if status == 303:
        assert f"said={told}" in late.headers["location"]
        late = desk.two.get(late.headers["location"])
    assert TEXTS.get(told, told) in late.text
    kept = [value for form in read_forms(late.text, page) for values in form.fields.values() for value in values]
    for place in edit.typed:
        assert status == 303 or second.fields[place][0] in kept, place


def signed_in_again(client: TestClient, page: str) -> Any:
    """Sign in on the page that asked for it, as a browser sends it."""
    form = next(one for one in read_forms(page, "") if one.action == "/office/sign-in")
    typed = {"login": ["one"], "password": [PASSWORD]}
    return client.post(form.action, data={**form.fields, **typed})


@pytest.mark.parametrize("name", list(EDITS))
def test_an_expired_login_loses_nothing(desk: Desk, name: str) -> None:
    form = filled(desk, desk.one, name, page_of(desk, name))
    desk.trial.clock.off += timedelta(hours=2)
    before = desk.sequence()
    if name == "data_upload":
        cut = desk.one.post(form.action, data=form.fields, files={"files": ("x.csv", b"a,b\n", "text/csv")})
        assert cut.status_code == 401
        assert signed_in_again(desk.one, cut.text).headers["location"] == "/office/data"
        return
    cut = desk.one.post(form.action, data=form.fields)
    assert (cut.status_code, desk.sequence()) == (401, before)
    assert TEXTS["people.kept"] in cut.text
    again = signed_in_again(desk.one, cut.text)
    assert again.status_code == 200
    kept = next(one for one in read_forms(again.text, "") if one.action == form.action)
    assert kept.fields.keys() == form.fields.keys()
    secret = {"code"} & kept.fields.keys()
    for place in kept.fields.keys() - {"csrf"} - secret:
        assert kept.fields[place] == form.fields[place], place
    for place in secret:
        assert kept.fields[place] == [""]
        kept.fields[place] = [code_of(desk, kept)]
    done = desk.one.post(kept.action, data=kept.fields)
    assert done.status_code in {200, 303}, done.text[-400:]
    assert not re.search(r"sign-in(?!\?said)", done.headers.get("location", ""))


def test_the_desk_answers_by_the_running_cycle_while_the_next_is_prepared(desk: Desk) -> None:
    warehouse = desk.trial.workspace.warehouse
    before = desk.one.get(of_household(desk)).text
    assert TEXTS["households.no_forecast"] not in before
    ahead = DAY + timedelta(days=14)
    names = ("household_value", "household_cells")
    warehouse.publish(Publication({snapshot(ahead, name): warehouse.files(snapshot(DAY, name)) for name in names}))
    assert profiles_on(desk.trial.app.state.office) == ahead
    assert desk.one.get(of_household(desk)).text == before
    assert desk.one.get(f"/office/households?q={desk.households[0]}").status_code == 303
