"""The reading screens on a finished cycle: every page opens for who may see it, says what the plan says, no more."""

import csv
import io
import re
import shutil
import sys
from html import unescape
from pathlib import Path

import pytest

from regulars.adapters import page_texts
from regulars.bootstrap import Workspace, budget_curves, create_workspace, list_of
from regulars.bootstrap.office import plan_curves, work
from regulars.flows import Role, plans_of, read_plan
from regulars.kernel import StoreId
from regulars.redeem import ArmLine, ArmRequest, HoldRequest, LaneTransaction, Share
from regulars.testing import SilentProgress

sys.path.append(str(Path(__file__).parents[1] / "stores"))
from office_desk import OfficeTrial, csrf_of


@pytest.fixture(scope="module")
def office(finished: Path, tmp_path_factory: pytest.TempPathFactory):
    root = tmp_path_factory.mktemp("office") / "w"
    shutil.copytree(finished, root)
    create_workspace(root)
    with (root / "regulars.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[office]\npassword_memory_kib = 8192\n")
    with Workspace.open(root) as workspace:
        yield OfficeTrial(workspace)


@pytest.fixture(scope="module")
def used(office, lists):
    """A special that a lane armed today: without one the tills have no newest use to show."""
    workspace = office.workspace
    at = workspace.clock.now_at()
    plan_id, rows = lists
    grant = workspace.ledger.till_grants(plan_id, rows[0]["household_id"])[0]
    basket = LaneTransaction(StoreId(rows[0]["store_id"]), "1", grant.period.from_on, 1)
    hold = HoldRequest(basket, 0, (Share(grant.key, 50),))
    [held] = workspace.ledger.handle_till([hold], at=at, today=basket.business_on)
    arm = ArmRequest(basket, (ArmLine(grant.key, held.outcomes[0].epoch, 50),))
    workspace.ledger.handle_till([arm], at=at, today=basket.business_on)
    return grant


@pytest.fixture(scope="module")
def lists(office):
    warehouse = office.workspace.warehouse
    plan_id = plans_of(warehouse)[-1]
    return plan_id, read_plan(warehouse, plan_id, "plan_lists").sort_by("list_number").to_pylist()


def addresses(lists):
    plan_id, rows = lists
    mine, other = rows[0]["household_id"], rows[1]["household_id"]
    return [
        "/office/households",
        f"/office/households?q={mine}",
        f"/office/households/{mine}",
        f"/office/households/{mine}/beside?other={other}",
        "/office/categories",
        "/office/plan",
        f"/office/plan/beside?before={plan_id}&after={plan_id}",
        "/office/lists",
        f"/office/lists?pick={mine},nobody",
        f"/office/lists/{plan_id}/{mine}",
        f"/office/lists/{plan_id}/number?number=2",
        "/office/tills",
        "/office/tills/latest",
        "/office/tills/statements",
        "/office/forecast",
    ]


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_opens_in_both_languages(office, lists, language):
    client = office.signed_in(Role.ADMIN)
    client.post("/office/account/language", data={"csrf": csrf_of(client), "language": language})
    for address in addresses(lists):
        answer = client.get(address)
        if answer.status_code == 303:
            answer = client.get(answer.headers["location"])
        assert answer.status_code == 200, f"{address}: {answer.text[-400:]}"
        assert f'lang="{language}"' in answer.text or "<html" not in answer.text
        assert " style=" not in answer.text
        assert "<script>" not in answer.text


def test_a_category_opens_from_the_list_and_draws_its_cells(office):
    client = office.signed_in(Role.MARKETING)
    page = client.get("/office/categories").text
    address = re.search(r'href="(/office/categories/one\?id=[^"]+)"', page)
    assert address is not None
    one = client.get(address[1]).text
    assert one.count("<svg") >= 3
    assert client.get("/office/categories/one?id=nothing").status_code == 404


def test_a_list_is_a_picture_and_the_next_one_follows(office, lists):
    plan_id, rows = lists
    client = office.signed_in(Role.SERVICE_DESK)
    picture = client.get(f"/office/lists/{plan_id}/{rows[0]['household_id']}/page.webp")
    assert picture.content[8:12] == b"WEBP"
    assert client.get(f"/office/lists/{plan_id}/{rows[0]['household_id']}/page.webp").content == picture.content
    assert (
        f"/office/lists/{plan_id}/{rows[1]['household_id']}"
        in client.get(f"/office/lists/{plan_id}/{rows[0]['household_id']}").text
    )


def test_a_store_manager_sees_own_households_lists_and_tills_alone(office, lists):
    plan_id, rows = lists
    own = rows[0]["store_id"]
    office.person("manager", Role.STORE_MANAGER, stores=frozenset({own}))
    client = office.sign_in("manager")
    stranger = next(row["household_id"] for row in rows if row["store_id"] != own)
    elsewhere = next(row["store_id"] for row in rows if row["store_id"] != own)
    for address in (
        f"/office/households/{stranger}",
        f"/office/households/{rows[0]['household_id']}/beside?other={stranger}",
        f"/office/lists/{plan_id}/{stranger}",
        f"/office/lists/{plan_id}/{stranger}/page.webp",
        f"/office/lists?store={elsewhere}",
        f"/office/tills?store={elsewhere}",
        f"/office/tills/latest?store={elsewhere}",
    ):
        assert client.get(address).status_code == 404, address
    assert client.get(f"/office/households/{rows[0]['household_id']}").status_code == 200
    shown = list(csv.DictReader(io.StringIO(client.get("/office/lists?format=csv").content.decode("utf-8-sig"))))
    assert {row["store_id"] for row in shown} == {own}
    assert len(shown) == sum(row["store_id"] == own for row in rows)
    assert stranger not in client.get(f"/office/households?q={stranger}").text.replace(f'value="{stranger}"', "")


def test_the_whole_table_is_taken_along_whatever_stands_on_the_page(office, lists):
    _, rows = lists
    client = office.signed_in(Role.MARKETING)
    answer = client.get("/office/lists?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    taken = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["household_id"] for row in taken] == [row["household_id"] for row in rows]
    assert client.get("/office/lists?format=xlsx").content[:2] == b"PK"
    assert client.get("/office/lists?format=parquet").content[:4] == b"PAR1"
    assert client.get("/office/lists?format=pdf").status_code == 404
    assert client.get("/office/plan?format=csv&table=nothing").status_code == 404
    assert client.get("/office/deals/Καφές?format=xlsx").status_code == 404


def test_every_table_a_page_offers_to_take_along_is_there(office, lists, used):
    client = office.signed_in(Role.ADMIN)
    store = lists[1][0]["store_id"]
    seen = set()
    for address in (*addresses(lists), f"/office/tills?store={store}", "/office/deals", "/office/campaigns"):
        page = client.get(address).text
        for link in {unescape(one) for one in re.findall(r'href="([^"]*format=csv[^"]*)"', page)} - seen:
            seen.add(link)
            assert client.get(link).status_code == 200, f"{link} on {address}"
    assert {link for link in seen if link.startswith("/office/tills?")} >= {
        "/office/tills?format=csv&table=latest",
        "/office/tills?format=csv&table=stores",
    }


def test_work_that_pages_ask_for_is_done_or_says_why_not(office, lists):
    """Larger budgets, told on the plan; phone pages; sending without a mail server."""
    plan_id, rows = lists
    client = office.signed_in(Role.MARKETING)
    asked = {"csrf": csrf_of(client), "kind": "curves", "plan_id": plan_id}
    assert "Work it out" in client.get(f"/office/plan?id={plan_id}").text
    address, pages, sending = (
        client.post("/office/jobs", data={**asked, "kind": kind}).headers["location"]
        for kind in ("curves", "pages", "send")
    )
    work(office.workspace.root, once=True)
    assert 'class="state done"' in client.get(address).text
    written = next(one for one in office.workspace.ledger.newest_jobs(5) if one.kind == "pages")
    assert (written.state, office.workspace.ledger.find_job(written.job_id).result) == (
        "done",
        {"pages": len(rows)},
    )
    assert 'class="state done"' in client.get(pages).text
    assert "[mail]" in client.get(sending).text
    assert 'class="state done"' not in client.get(sending).text
    curves = budget_curves(office.workspace, plan_id, SilentProgress())
    assert plan_curves(office.app.state.office, plan_id) == curves
    assert "Work it out" not in client.get(f"/office/plan?id={plan_id}").text


@pytest.mark.parametrize(
    ("address", "column"),
    [
        ("deals", "deal_id"),
        ("campaigns", "plan_campaign_id"),
        ("audit", "sequence"),
        ("data?table=arrived", "store_id"),
        ("data?table=kinds", "status_kind"),
        ("data/findings", "rule"),
    ],
)
def test_tables_of_the_other_rooms_are_taken_along_too(office, address, column):
    client = office.signed_in(Role.ADMIN)
    more = "&" if "?" in address else "?"
    answer = client.get(f"/office/{address}{more}format=csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert column in rows[0]
    if address == "audit":  # to the first row of the chain, whatever stands on the page
        kept = [int(row[rows[0].index(column)]) for row in rows[1:]]
        assert kept == list(range(kept[0], 0, -1))


def test_a_list_is_issued_anew_for_a_reason_and_the_audit_knows(office, lists):
    plan_id, rows = lists
    household, client = rows[2]["household_id"], office.signed_in(Role.SERVICE_DESK)
    address = f"/office/households/{household}/reissue"
    token = csrf_of(client)
    refused = client.post(address, data={"csrf": token, "plan_id": plan_id, "reason": " "})
    assert refused.status_code == 422
    assert office.workspace.ledger.editions_of(plan_id, household) == []
    first = {"csrf": token, "plan_id": plan_id, "seen": "0"}
    done = client.post(address, data={**first, "reason": "lost in the rain"})
    assert done.status_code == 303
    [edition] = office.workspace.ledger.editions_of(plan_id, household)
    assert (edition.reason, edition.actor) == ("lost in the rain", "staff service_desk")
    assert "lost in the rain" in client.get(f"/office/households/{household}").text
    other, mine = rows[1]["household_id"], rows[2]["household_id"]
    beside = client.get(f"/office/households/{mine}/beside?other={other}").text
    offer = re.search(r'<option value="([^"]+)"', beside)
    assert offer is not None
    gift = {"csrf": token, "other": other, "offer_id": offer[1], "reason": "asked kindly"}
    assert client.post(f"/office/households/{mine}/goodwill", data={**gift, "reason": ""}).status_code == 422
    assert client.post(f"/office/households/{mine}/goodwill", data=gift).status_code == 303
    assert client.post(f"/office/households/{mine}/goodwill", data=gift).status_code >= 400
    given = [one for one in office.workspace.ledger.till_grants(plan_id, mine) if one.offer_id == offer[1]]
    assert [one.funding_cents for one in given] == [0]
    assert office.workspace.ledger.verify() == []
    before = list_of(office.workspace, rows[3]["household_id"], plan_id)
    assert client.post(address, data={**first, "seen": "1", "reason": "with the gift"}).status_code == 303
    printed = [one.offer_id for one in list_of(office.workspace, mine, plan_id).specials]
    assert printed[-1] == offer[1]
    pdf = page_texts(
        office.workspace.out_folder(before.from_on) / "reissued" / f"list-{rows[2]['list_number']:06d}-2.pdf"
    )
    [tile] = [one for one in list_of(office.workspace, mine, plan_id).specials if one.offer_id == offer[1]]
    assert tile.saving_text in pdf[0]
    assert list_of(office.workspace, rows[3]["household_id"], plan_id) == before
    assert client.post(address, data={"csrf": token, "plan_id": "other", "reason": "x"}).status_code == 404
