"""A manager's fortnight in a real Chromium against a real service: from an aim to a redemption and what is owed for it.

The service, its worker, the tills and the browsers are processes; nothing is done behind the pages' back but ringing
baskets. A synthetic shop on SQLite; with ``REGULARS_FORTNIGHT=DEMO`` (`make fortnight`) that and a copy of the
demonstration, on SQLite and on PostgreSQL.
"""

import csv
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pyotp
import pytest
from office_walk import CHROMIUM, Person, Served, create_office, office_pages, serving
from playwright.sync_api import Browser
from synthetic_chain import DAY, run_regulars

from regulars.adapters import FolderWarehouse
from regulars.bootstrap import Workspace

sys.path.append(str(Path(__file__).parents[1] / "stores"))
from postgres_server import make_database, running_server

DEMO = os.environ.get("REGULARS_FORTNIGHT", "")
WALKS = [(chain, store) for chain in ("synthetic", "demo") for store in ("sqlite", "postgresql")]
_FEWER_LISTS = "\n[eligibility]\nweekly_spend_cents = 10000\n"
CATEGORY, BASKETS = "ANALGESICS", 6

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]


@pytest.fixture
def ledger_url(store: str) -> Iterator[str]:
    if store == "sqlite":
        yield "sqlite:///ledger.db"
        return
    with running_server() as server:
        yield make_database(server, "fortnight")


@pytest.fixture
def files(chain: str, ledger_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Sequence[Path]:
    """Make the workspace; returns what its manager has to load."""
    root = tmp_path / "w"
    if chain == "synthetic":
        create_office(root, ledger_url)
        return request.getfixturevalue("shop_files")
    for part in ("warehouse", "layout.toml", "sensitive.toml", "assumptions.toml"):
        copy = shutil.copytree if (Path(DEMO) / part).is_dir() else shutil.copy
        root.mkdir(exist_ok=True)
        copy(Path(DEMO) / part, root / part)
    without_plans(root / "warehouse" / "manifest.json")
    create_office(root, ledger_url, _FEWER_LISTS)
    return [late_log(root, tmp_path / "late.csv")]


def without_plans(manifest: Path) -> None:
    """Take back what the demonstration planned: its ledger is not copied, and plans without theirs are refused."""
    state = json.loads(manifest.read_text(encoding="utf-8"))
    kept = {name: one for name, one in state["datasets"].items() if not name.startswith(("plans/", "planned/"))}
    manifest.write_text(json.dumps(state | {"datasets": kept}, indent=1) + "\n", encoding="utf-8")


def late_log(root: Path, path: Path) -> Path:
    """A log that arrives late: baskets of the day before, rung once more on another lane."""
    warehouse = FolderWarehouse(root / "warehouse")
    month = f"{DAY - timedelta(days=1):%Y-%m}"
    [file] = [one for one in warehouse.files("lines", bucket=0) if one.period == month]
    rows = pq.read_table(file.path, partitioning=None)
    some = [row | {"lane_id": "late"} for row in rows.to_pylist() if row["sold_on"] == DAY - timedelta(days=1)]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows.column_names)
        writer.writeheader()
        writer.writerows(some)
    return path


@pytest.mark.parametrize(("chain", "store"), WALKS if DEMO else WALKS[:1])
def test_from_an_aim_to_a_redemption(
    chain: str, store: str, browser: Browser, files: Sequence[Path], tmp_path: Path
) -> None:
    with serving(tmp_path / "w", DAY) as office:
        admin = Person(browser, office, office.link)
        marta = invited(browser, admin, "marta", "marketing")
        files_are_loaded(marta, files)
        work_of(marta, "Prepare lists")
        a_category_is_read(marta, CATEGORY)
        a_campaign_is_started(marta, admin)
        work_of(marta, "Plan anew")
        plan_and_proofs_are_looked_at(marta)
        work_of(marta, "Apply the plan")
        lists_are_approved(marta)
        assert "Marked PROOF\nno" in work_of(marta, "Print the lists")
        rung = redemptions_arrive(marta, office)
        what_is_owed(marta, rung)
        if store == "sqlite":
            nothing_is_found_on_any_page(admin, tmp_path / "w", None if DEMO else 2)
        assert (marta.complaints, admin.complaints) == ([], [])
    with Workspace.open(tmp_path / "w") as workspace:
        assert workspace.ledger.verify() == []


def invited(browser: Browser, admin: Person, name: str, role: str) -> Person:
    admin.go("people/new")
    admin.page.fill("#name", name.title())
    admin.page.fill("#login", name)
    admin.page.check(f"input[value={role}]")
    admin.page.click("text=Make the link")
    return Person(browser, admin.office, admin.see("pre").strip())


def work_of(person: Person, button: str) -> str:
    person.go("today")
    person.page.click(f"button:has-text('{button}')")
    return person.work_done()


def files_are_loaded(marta: Person, files: Sequence[Path]) -> None:
    marta.go("today")
    marta.page.click("nav >> text=Data")
    marta.page.set_input_files("#files", files)
    marta.page.click("text=Look at them")
    marta.page.click("text=Load them")
    said = marta.work_done()
    rows = sum(len(file.read_text(encoding="utf-8").splitlines()) - 1 for file in files)
    assert f"{rows:,}" in said
    assert re.search(r"Rows refused\n0\n", said)


def a_category_is_read(marta: Person, category: str) -> None:
    marta.go("categories")
    marta.page.fill("#q", category)
    marta.page.click("button:has-text('Find')")
    marta.page.click("main tbody a")
    assert marta.page.locator("figure.chart svg").count() >= 3
    marta.page.click("text=Start a campaign")
    assert marta.page.input_value("#category") == category


def a_campaign_is_started(marta: Person, admin: Person) -> None:
    marta.page.fill("#name", "Own brand first")
    marta.page.fill("#from_on", DAY.isoformat())
    marta.page.fill("#last_on", (DAY + timedelta(days=41)).isoformat())
    marta.page.fill("#budget", "2,000")
    marta.page.wait_for_selector("#estimate .figure")
    marta.page.click("text=Start it")
    marta.page.wait_for_url("**/office/campaigns?said=*")
    assert marta.page.locator(".waits button[value=approve]").count() == 0
    assert "Somebody else has to approve it" in marta.see(".waits")
    admin.go("campaigns")
    admin.page.click("button:has-text('Approve')")
    admin.page.wait_for_url("**said=campaigns.said_approved")


def plan_and_proofs_are_looked_at(marta: Person) -> None:
    marta.go("plan")
    marta.go("lists")
    work_of_lists(marta, "Print proofs")
    marta.go("lists")
    marta.page.click("text=Leaf through them")
    assert "PROOF" in marta.see("main")
    assert marta.page.eval_on_selector(".leaf img", "one => one.decode().then(() => one.naturalWidth)") == 935
    marta.go("campaigns/own-brand-first")
    given = marta.page.locator("#cells tbody tr td:nth-child(4)").all_inner_texts()
    assert sum(map(int, given)) > 0


def work_of_lists(marta: Person, button: str) -> None:
    marta.page.click(f"button:has-text('{button}')")
    marta.work_done()


def lists_are_approved(marta: Person) -> None:
    marta.go("today")
    marta.page.click("text=Look at proofs")
    marta.page.click("button:has-text('Approve the lists')")
    marta.page.wait_for_selector(".said")


def redemptions_arrive(marta: Person, office: Served) -> int:
    """The page of the tills fills itself while baskets are rung; returns what shoppers saved, in cents."""
    marta.go("tills")
    assert marta.page.locator("#uses").count() == 0
    more = ("--url", office.base, "--baskets", BASKETS, "--workspace", office.root, "--json")
    told = json.loads(run_regulars("till", "sim", *more).stdout)
    marta.page.wait_for_selector("#uses tbody tr")
    marta.go("tills")
    assert told["offers_given"] == int(marta.see("dl.figures .figure:nth-child(1) .value")) > 0
    saved = cents(marta.see("dl.figures .figure:nth-child(2) .value"))
    assert saved == told["saved_cents"]
    marta.go("today")
    assert marta.page.locator("button:has-text('Prepare lists')").count() == 1, "the next cycle's"
    assert abs(cents(marta.see("dl.figures .figure:nth-child(3) .value")) - saved) <= 50  # whole dollars
    return saved


def what_is_owed(marta: Person, saved: int) -> None:
    """Vendors owe no more than shoppers saved, and something."""
    marta.go("tills/statements")
    assert 0 < cents(marta.see("#vendors tr.total td:nth-child(3)")) <= saved


def nothing_is_found_on_any_page(admin: Person, root: Path, rows: int | None) -> None:
    """axe-core looks over every page, then over refusals and the pages before signing in."""
    with Workspace.open(root) as workspace:
        pages = office_pages(workspace, CATEGORY)
    for path in pages.values():
        admin.go(path)
        admin.look_over(rows)
    factor_is_set_up(admin)
    admin.go("plan?id=none")
    admin.look_over(rows)
    admin.go("campaigns/new?name=&budget=none&last_on=2017-01-01&depths=x&control=x")
    assert admin.page.locator(".fault").count() >= 5
    admin.look_over(rows)
    admin.go(pages["person"])
    admin.page.click("button:has-text('Make the link')")
    admin.look_over(rows)
    link = admin.see("pre").strip()
    admin.page.context.clear_cookies()
    for path in (link, admin.office.at("welcome/none"), admin.office.at("today")):
        admin.page.goto(path)
        admin.look_over(rows)


def factor_is_set_up(admin: Person) -> None:
    """From the square code to the recovery codes, looked over."""
    admin.go("account/second-factor")
    secret = admin.page.input_value("input[name=secret]")
    admin.page.fill("#code", pyotp.TOTP(secret).now())
    admin.page.click("main button")
    assert admin.page.locator(".codes li").count() >= 8
    admin.look_over()


def cents(money: str) -> int:
    return round(100 * float(money.removeprefix("$").replace(",", "")))
