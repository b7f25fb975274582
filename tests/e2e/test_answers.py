"""What a household answers on its phone page, in a browser without script, and what its next list makes of it."""

import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, expect
from synthetic_chain import DAY, result_here

from regulars.api import workspace_app
from regulars.bootstrap import Workspace, list_of, newest_plan, plan_documents, reissue_list
from regulars.contracts import ListDocument
from regulars.flows import plan_rows_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NEXT = DAY + timedelta(days=14)


class StoreClock:
    """Noon of a day that can be moved on."""

    def __init__(self) -> None:
        self.at = datetime(DAY.year, DAY.month, DAY.day, 18, tzinfo=UTC)

    def now_at(self) -> datetime:
        return self.at


@pytest.fixture
def served(finished: Path, tmp_path: Path) -> Iterator[tuple[Workspace, StoreClock, str]]:
    """A finished cycle's workspace, its clock, and where its pages are served."""
    root = Path(shutil.copytree(finished, tmp_path / "w"))
    clock = StoreClock()
    with Workspace.open(root) as workspace, socket.create_server(("127.0.0.1", 0)) as listening:
        workspace.clock = clock
        server = uvicorn.Server(uvicorn.Config(workspace_app(workspace), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield workspace, clock, f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def some_list(workspace: Workspace) -> ListDocument:
    """The list with the most items and specials; its household will get one next time as well."""
    documents = plan_documents(workspace, newest_plan(workspace, DAY))
    return max(documents, key=lambda one: (one.item_count + len(one.specials), one.household_id))


def secret_of(document: ListDocument) -> str:
    return document.qr_payload.rpartition("/")[2]


def token_of(page: httpx.Response) -> str:
    return re.findall(r'name="token" value="([0-9A-Z]{26})"', page.text)[0]


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_answers_given_in_a_browser_shape_the_next_list(
    served: tuple[Workspace, StoreClock, str], browser: Browser
) -> None:
    workspace, _, url = served
    before = some_list(workspace)
    lines = [line for section in before.sections for line in section.lines]
    never, not_now, undone = lines[0], lines[1], lines[2]
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{url}/{secret_of(before).lower()}")
    for line, button in ((never, "Never show me this"), (not_now, "Not now"), (undone, "Never show me this")):
        item = page.locator("li.item", has=page.locator(f'input[value="{line.need_id}"]').first)
        item.locator("summary").click()
        item.get_by_role("button", name=button).click()
        assert page.url.endswith(f"#need-{quote(line.need_id, safe='')}")
        expect(item).to_be_in_viewport()
    said = page.locator("li.item", has=page.locator(f'input[value="{undone.need_id}"]').first)
    assert "You asked never to see this" in said.inner_text()
    said.get_by_role("button", name="Show it again").click()
    page.locator(f'input[name=tick][value="{not_now.need_id}"]').check()
    page.get_by_role("button", name="Keep my ticks").click()
    assert page.locator("input[name=tick]:checked").evaluate_all("them => them.map(one => one.value)") == [
        not_now.need_id
    ]
    page.context.close()

    root = workspace.root
    assert [
        (one["answer"], one["item_id"])
        for one in result_here("lists", "answers", before.household_id, "--workspace", root)[0]
    ] == sorted(
        (("never", never.need_id), ("not_now", not_now.need_id), ("again", undone.need_id)), key=lambda o: o[1]
    )
    (plan,) = result_here("plan", "build", "--as-of", NEXT, "--workspace", root)
    with Workspace.open(root) as anew:
        after = list_of(anew, before.household_id, str(plan["plan_id"]))
        grants = plan_rows_of(anew.warehouse, str(plan["plan_id"]), "plan_grants", before.household_id)
    needs = {line.need_id for section in after.sections for line in section.lines}
    assert needs & {one.need_id for one in (never, not_now, undone)} == {undone.need_id}
    assert {row["need_id"] for row in grants} & {never.need_id, not_now.need_id} == set()


@pytest.mark.slow
def test_a_hidden_list_opens_on_its_own_phone_alone(served: tuple[Workspace, StoreClock, str]) -> None:
    workspace, _, url = served
    document = some_list(workspace)
    with httpx.Client(base_url=url) as mine, httpx.Client(base_url=url) as other:
        address = f"/{secret_of(document)}"
        shown = mine.get(address)
        assert document.household_name in shown.text
        hidden = mine.post(f"{address}/answers", data={"token": token_of(shown), "answer": "hide"})
        assert (hidden.status_code, hidden.headers["location"]) == (303, f"{address}#foot")
        assert "httponly" in hidden.headers["set-cookie"].lower()
        refused = [other.get(address), other.get(f"{address}/list.ics")]
        refused.append(other.post(f"{address}/answers", data={"token": token_of(shown), "answer": "show"}))
        for one in refused:
            assert one.status_code == 403
            assert document.household_name not in one.text
        again = mine.get(address)
        assert again.status_code == 200
        assert (
            mine.post(f"{address}/answers", data={"token": token_of(again), "answer": "show"}).status_code == 303
        )
        assert other.get(address).status_code == 200
        mine.post(f"{address}/answers", data={"token": token_of(again), "answer": "hide"})
    root = workspace.root
    assert result_here("lists", "answers", document.household_id, "--forget", "--workspace", root) == [
        {"forgotten": 3}
    ]
    assert httpx.get(f"{url}{address}").status_code == 200


@pytest.mark.slow
def test_a_list_issued_anew_shows_its_new_bars_on_a_phone_that_saw_the_old_ones(
    served: tuple[Workspace, StoreClock, str],
) -> None:
    workspace, _, url = served
    old = some_list(workspace)
    assert old.list_code in httpx.get(f"{url}/{secret_of(old)}").text
    new, _ = reissue_list(workspace, old.household_id, old.plan_id, reason="lost", actor="desk")
    shown = httpx.get(f"{url}/{secret_of(new)}")
    assert (shown.status_code, new.list_code in shown.text, old.list_code in shown.text) == (200, True, False)
    assert httpx.get(f"{url}/{secret_of(old)}").status_code == 404


@pytest.mark.slow
def test_a_mistyped_address_gets_the_page_that_any_wrong_one_gets(
    served: tuple[Workspace, StoreClock, str],
) -> None:
    workspace, _, url = served
    secret = secret_of(some_list(workspace))
    assert httpx.head(f"{url}/{secret}").status_code == 200
    wrong = [httpx.get(f"{url}/{one}") for one in ("0" * 16, secret[:-1], "%3Cscript%3E", "x" * 4_000)]
    assert {(one.status_code, one.text) for one in wrong} == {(404, wrong[0].text)}
    assert "No list here" in wrong[0].text


@pytest.mark.slow
def test_a_person_s_browser_gets_a_page_wherever_it_goes_and_a_program_a_problem(
    served: tuple[Workspace, StoreClock, str],
) -> None:
    workspace, _, url = served
    secret = secret_of(some_list(workspace))
    reader = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    front = httpx.get(f"{url}/", headers=reader)
    assert (front.status_code, "Your personal shopping list" in front.text) == (200, True)
    assert 'href="/privacy"' in front.text
    paths = [f"/{one}/{end}" for one in (secret, "0" * 16, "nobody") for end in ("x", "answers", "x/y/z")]
    wrong = [httpx.get(f"{url}{path}", headers=reader) for path in (*paths, "/nobody", "/u/a/b", "/privacy/x")]
    assert {(one.status_code, one.text) for one in wrong} == {(404, wrong[0].text)}
    assert "No list here" in wrong[0].text
    assert {one.headers["content-security-policy"] for one in wrong} == {front.headers["content-security-policy"]}
    for path in paths:
        assert httpx.get(f"{url}{path}").headers["content-type"] == "application/problem+json"
    for path in ("/till/v1/nothing", "/till/v1/hold", "/desk/v1/nothing", "/health/x"):
        assert httpx.get(f"{url}{path}", headers=reader).headers["content-type"] == "application/problem+json"
    office = httpx.get(f"{url}/office/nothing", headers=reader)
    assert (office.status_code, office.headers["x-frame-options"]) == (404, "DENY")
    assert "/office/sign-in" in office.text


@pytest.mark.slow
def test_the_page_that_every_list_names_is_there(served: tuple[Workspace, StoreClock, str]) -> None:
    workspace, _, url = served
    document = some_list(workspace)
    named = [re.search(r"See (\S+) or ask at the desk", note) for note in document.notes]
    (address,) = [one[1] for one in named if one]
    host = workspace.settings.store.website
    assert address.startswith(f"{host}/")
    page = httpx.get(f"{url}{address.removeprefix(host)}")
    assert page.status_code == 200
    assert "Your list is made of what was bought with your household’s card" in page.text
    assert f'href="{address.removeprefix(host)}"' in httpx.get(f"{url}/{secret_of(document)}").text


@pytest.mark.slow
def test_what_is_no_answer_to_a_list_changes_nothing(served: tuple[Workspace, StoreClock, str]) -> None:
    workspace, clock, url = served
    mine, theirs = list(plan_documents(workspace, newest_plan(workspace, DAY)))[:2]
    address, need = f"/{secret_of(mine)}", mine.sections[0].lines[0].need_id
    with httpx.Client(base_url=url) as client:
        token, foreign = token_of(client.get(address)), token_of(client.get(f"/{secret_of(theirs)}"))
        for fields in (
            {"token": foreign, "answer": "never", "need": need},
            {"answer": "never", "need": need},
            {"token": token, "answer": "never", "need": "NO SUCH NEED"},
            {"token": token, "answer": "never"},
            {"token": token, "answer": "always", "need": need},
            {"token": token, "need": need},
            {},
        ):
            assert client.post(f"{address}/answers", data=fields).status_code == 400, fields
        assert client.post(f"{address}/answers", content=b"\xff\xfe=%ff&" * 500).status_code == 400
        assert workspace.ledger.standing_answers() == []
        ticks = {"token": token, "answer": "ticks", "tick": [need, "NO SUCH NEED"]}
        assert client.post(f"{address}/answers", data=ticks).status_code == 303
        assert workspace.ledger.ticks_of(mine.plan_id, mine.household_id) == {need}
        unknown = [client.get("/0123456789ABCDEF"), client.get(f"/{mine.list_code[:16]}")]
        assert [one.status_code for one in unknown] == [404, 404]
        assert unknown[0].text == unknown[1].text
        clock.at += timedelta(days=14)
        assert client.get(address).status_code == 410
        assert client.post(f"{address}/answers", data=ticks).status_code == 410
