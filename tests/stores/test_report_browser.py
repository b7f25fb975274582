"""The report page in a real browser: fits a phone, logs no error, shows one picture of each chart."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from report_samples import empty_report, sample_report

from regulars.adapters.report import HtmlReport

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--allow-file-access-from-files",
    "--enable-logging=stderr",
    "--v=0",
)
FRAME = """<!DOCTYPE html><title>frame</title><pre id="seen"></pre>
<iframe src="report.html" style="width:{width}px;height:900px;border:0"></iframe>
<script>
onload = () => {{
  const page = document.querySelector("iframe").contentDocument;
  const shown = [...page.querySelectorAll("figure.chart")].map(
    (figure) => [...figure.querySelectorAll("svg")].filter((svg) => svg.getBoundingClientRect().width > 0).length);
  const wide = [...page.querySelectorAll("body *")].filter(
    (one) => !one.closest("svg, .scroll") && one.getBoundingClientRect().right > {width} + 0.5
  ).map((one) => one.outerHTML.slice(0, 90));
  document.querySelector("#seen").textContent = JSON.stringify(
    {{width: page.documentElement.scrollWidth, shown: shown, wide: wide, fonts: page.fonts.size}});
}};
</script>"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@dataclass(frozen=True)
class Seen:
    width: int
    shown: list[int]
    wide: list[str]
    console: list[str]


def look(folder: Path, width: int) -> Seen:
    assert CHROMIUM is not None
    (folder / "frame.html").write_text(FRAME.format(width=width), encoding="utf-8")
    command = [
        CHROMIUM,
        *SWITCHES,
        f"--user-data-dir={folder / 'profile'}",
        "--dump-dom",
        f"file://{folder}/frame.html",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = json.loads(unescape(done.stdout.partition('id="seen">')[2].partition("</pre>")[0]))
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return Seen(found["width"], found["shown"], found["wide"], console)


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_it_fits_and_says_nothing_to_the_console(width: int, tmp_path: Path) -> None:
    HtmlReport(tmp_path / "fonts").write(sample_report(), tmp_path / "report.html")
    seen = look(tmp_path, width)
    assert seen.wide == []
    assert seen.width == width
    assert set(seen.shown) == {1}
    assert seen.console == []


def test_the_look_can_fail(tmp_path: Path) -> None:
    HtmlReport(tmp_path / "fonts").write(empty_report(), tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    spoilt = page.replace(
        "</main>", '<p style="width:900px">wide</p><script>console.error("heard")</script></main>'
    )
    (tmp_path / "report.html").write_text(spoilt, encoding="utf-8")
    seen = look(tmp_path, 360)
    assert seen.width > 360
    assert seen.wide != []
    assert any("heard" in line for line in seen.console)
