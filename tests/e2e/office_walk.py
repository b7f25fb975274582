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

from playwright.sync_api import Browser, Page

from regulars.bootstrap import create_workspace

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
PASSWORD = "three quiet words"
WORK_SECONDS = 500
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


def create_office(root: Path, url: str) -> None:
    """A workspace without data in which the day can be chosen and lists want somebody's approval."""
    create_workspace(root, files={"regulars.toml": _SETTINGS.format(url=url)})


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


class Person:
    """Somebody in a browser of their own, which notes what it complains of."""

    def __init__(self, browser: Browser, office: Served, link: str) -> None:
        self.office, self.complaints = office, list[str]()
        self.page: Page = browser.new_context(viewport={"width": 1180, "height": 820}).new_page()
        self.page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", self._look)
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.page.goto(link)
        self.page.fill("#password", PASSWORD)
        self.page.fill("#again", PASSWORD)
        self.page.click("button")
        self.page.wait_for_url("**/office/today")

    def _look(self, response: object) -> None:
        if response.status >= 400:  # type: ignore[attr-defined]
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


def axe_finds(page: Page) -> list[str]:
    """What axe-core finds on a page, as rule and element: all of it in the light, colours in the dark too."""
    told = []
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    page.evaluate(AXE)
    for scheme, rules in (("light", "{}"), ("dark", "{runOnly: ['color-contrast']}")):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(f"axe.run(document, {rules})")
        assert len(found["passes"]) >= (10 if scheme == "light" else 1), page.url
        for one in found["violations"]:
            nodes = f"{one['nodes'][0]['html'][:160]} ({one['nodes'][0]['failureSummary'][:200]})"
            told.append(f"{page.url} {scheme} {one['id']}: {nodes}")
    return told
