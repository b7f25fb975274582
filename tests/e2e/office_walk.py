"""A back office as a process, people in a real Chromium who use it, and what their browsers complain of."""

import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from urllib.parse import quote_plus

from playwright.sync_api import Browser, ConsoleMessage, Page

from regulars.api.office import OFFICE_ROUTERS
from regulars.bootstrap import Workspace, create_workspace, newest_plan
from regulars.flows import read_deal_rows, read_plan

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
PASSWORD = "three quiet words"
WORK_SECONDS, PATIENCE_SECONDS = 1_500, 120
LAYOUT_WIDTHS = (1_024, 1_440)
_SETTINGS = """demo = true

[sensitive]
closed = ["never", "medicine"]

[forecast]
method = "decayed-count"

[list]
approval = true

[office]
password_memory_kib = 8192

[ledger]
url = "{url}"
"""


@dataclass(frozen=True)
class Served:
    """Where an office runs, and the link by which its first person comes in."""

    root: Path
    base: str
    link: str

    def at(self, path: str) -> str:
        return f"{self.base}/office/{path}"


def create_office(root: Path, url: str, more: str = "") -> None:
    """A workspace in which the day can be chosen and lists want somebody's approval; with more settings, if any."""
    create_workspace(root, files={"regulars.toml": _SETTINGS.format(url=url) + more})


@contextmanager
def serving(root: Path, today: date) -> Iterator[Served]:
    """`regulars serve` on a free port until the end of the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    more = ["--workspace", str(root), "--port", str(port), "--today", today.isoformat()]
    command = [sys.executable, "-m", "regulars.cli", "serve", *more]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said, link = "", None
    while link is None:
        line = process.stderr.readline()
        assert line, said
        said += line
        link = re.search(r"http\S+/office/welcome/\S+", said)
    try:
        yield Served(root, f"http://127.0.0.1:{port}", link[0])
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def _is_fault(said: ConsoleMessage) -> bool:
    """Whether a browser complains, of more than an answer that refuses something."""
    return said.type == "error" and "status of 4" not in said.text


class Person:
    """Somebody in a browser of their own, which notes what it complains of."""

    def __init__(self, browser: Browser, office: Served, link: str) -> None:
        self.office, self.complaints = office, list[str]()
        self.page: Page = browser.new_context(viewport={"width": 1180, "height": 820}).new_page()
        self.page.set_default_timeout(1_000 * PATIENCE_SECONDS)
        self.page.on("console", lambda said: _is_fault(said) and self.complaints.append(said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", self._look)
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.page.goto(link)
        self.page.fill("#password", PASSWORD)
        self.page.fill("#again", PASSWORD)
        self.page.click("button")
        self.page.wait_for_url("**/office/today")

    def look_over(self, rows: int | None = None) -> None:
        """Complain of what leaves its place on the page, and of what axe-core finds: `layout_finds`, `axe_finds`."""
        self.complaints += layout_finds(self.page)
        self.complaints += axe_finds(self.page, rows)

    def _look(self, response: object) -> None:
        if response.status >= 500:  # type: ignore[attr-defined]
            self.complaints.append(f"{response.status} {response.url}")  # type: ignore[attr-defined]

    def go(self, path: str) -> None:
        self.page.goto(self.office.at(path))

    def see(self, selector: str) -> str:
        """The text of an element, once it is there."""
        return self.page.locator(selector).first.inner_text()

    def work_done(self) -> str:
        """Watch the page of long work until it says that it is done; returns what it says."""
        until = time.monotonic() + WORK_SECONDS
        self.page.wait_for_url("**/office/jobs/*")
        while self.page.locator("#job .state.done").count() == 0:
            assert self.page.locator("#job .refused").count() == 0, self.page.inner_text("#job")
            assert time.monotonic() < until, self.page.inner_text("#job")
            self.page.wait_for_timeout(200)
        return self.page.inner_text("#job")


def office_pages(workspace: Workspace, category: str) -> dict[str, str]:
    """Where every page for people who are signed in is, with something on it, by the name of its route.

    Args:
        workspace: In which a plan was made, a campaign started, files sent in and work done.
        category: The one to look at.
    """
    ledger, plan_id = workspace.ledger, newest_plan(workspace, None)
    rows = read_plan(workspace.warehouse, plan_id, "plan_lists").sort_by("list_number").to_pylist()
    mine, other = (row["household_id"] for row in rows[:2])
    jobs = ledger.newest_jobs(50)
    upload = next(one.arguments["upload"] for one in jobs if one.kind == "sniff")
    found = {
        "campaign": f"campaigns/{ledger.campaigns()[-1].plan.campaign_id}",
        "campaign_new": f"campaigns/new?category={quote_plus(category)}",
        "category": f"categories/one?id={quote_plus(category)}",
        "data_findings": "data/findings?kind=lines",
        "data_uploaded": f"data/uploads/{upload}",
        "deal": f"deals/{read_deal_rows(workspace.warehouse)[0]['deal_id']}",
        "household": f"households/{mine}",
        "household_beside": f"households/{mine}/beside?other={other}",
        "households": "households",
        "job": f"jobs/{next(one.job_id for one in jobs if one.kind != 'sniff')}",
        "list": f"lists/{plan_id}/{mine}",
        "lists": f"lists?pick={mine},{other}",
        "person": f"people/{ledger.staff()[-1].staff_id}",
        "person_new": "people/new",
        "plan_beside": f"plan/beside?before={plan_id}&after={plan_id}",
        "second_factor": "account/second-factor",
        "statements": "tills/statements",
    }
    plain = ("account", "audit", "campaigns", "categories", "data", "deals", "forecast", "jobs", "people", "plan")
    found |= {name: name for name in (*plain, "tills", "today")}
    assert set(found) == _routes() - _NOT_PAGES, set(found) ^ (_routes() - _NOT_PAGES)
    return dict(sorted(found.items()))


_NOT_PAGES = {
    "campaign_tile",
    "home",
    "list_file",
    "list_number",
    "list_picture",
    "oidc_back",
    "sign_in",
    "static",
    "tills_latest",
    "welcome",
}


def _routes() -> set[str]:
    """Names of what can be read."""
    routes = [route for router in OFFICE_ROUTERS for route in router.routes]
    return {route.name.removeprefix("office.") for route in routes if "GET" in route.methods}


def layout_finds(page: Page) -> list[str]:
    """What leaves its place on a page with every fold open, on a tablet held sideways and on a desk.

    The page itself, tables whose frame cannot be pushed sideways, by keyboard too, and anything beside the tables,
    headings of one endless word among it: names are anybody's to type.
    """
    page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true })")
    told, before = [], page.viewport_size
    for width in LAYOUT_WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        told += [f"{page.url} {width}: {one}" for one in page.evaluate(_OUT_OF_PLACE)]
    if before is not None:
        page.set_viewport_size(before)
    return told


_OUT_OF_PLACE = """() => {
  const told = [], root = document.scrollingElement, main = document.querySelector("main");
  if (root.scrollWidth > innerWidth) told.push(`the page is ${root.scrollWidth} wide`);
  for (const one of document.querySelectorAll("table")) {
    const frame = one.parentElement;
    if (one.getBoundingClientRect().right <= frame.getBoundingClientRect().right) continue;
    const scrolls = ["auto", "scroll"].includes(getComputedStyle(frame).overflowX);
    const reached = frame.tabIndex === 0 && frame.getAttribute("role") === "region" && frame.ariaLabel;
    if (!scrolls || !reached) told.push(`table ${one.id} leaves its frame of ${frame.clientWidth}`);
  }
  const headings = [...(main?.querySelectorAll("h1, h2") ?? [])].map((one) => [one, one.innerHTML]);
  headings.forEach(([one]) => one.append("endless".repeat(26)));
  const edge = main?.getBoundingClientRect().right;
  for (const one of main?.querySelectorAll("*:not(.unseen)") ?? []) {
    if (one.parentElement.closest(".table, svg, pre, .codes")) continue;
    const over = one.matches("h1, h2") && one.scrollWidth > one.clientWidth + 1;
    if (over || one.getBoundingClientRect().right > edge) told.push(`${one.tagName}.${one.className} is cut`);
  }
  headings.forEach(([one, was]) => { one.innerHTML = was; });
  return told;
}"""


def axe_finds(page: Page, rows: int | None = None) -> list[str]:
    """What axe-core finds on a page with every fold open: all in the light, colours in the dark too.

    Args:
        page: In a browser.
        rows: How many rows of each table to look at, since they are all made alike; None for all.
    """
    told = []
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    if rows is not None:
        page.evaluate(_FEWER_ROWS, rows)
    page.evaluate(AXE)
    for scheme, chosen in (("light", "{}"), ("dark", "{runOnly: ['color-contrast']}")):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(f"axe.run(document, {chosen})")
        assert len(found["passes"]) >= (10 if scheme == "light" else 1), page.url
        for one in found["violations"]:
            element = one["nodes"][0]
            told.append(
                f"{page.url} {scheme} {one['id']}: {element['html'][:160]} ({element['failureSummary'][:200]})"
            )
    return told


_FEWER_ROWS = """(rows) => {
  for (const body of document.querySelectorAll("tbody")) [...body.rows].slice(rows).forEach((row) => row.remove());
}"""
