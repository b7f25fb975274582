"""Take the two pictures the README shows from a finished demonstration: `python docs/screenshots.py WORKSPACE`.

``list.png`` is the page the report calls the one in the middle, so nobody picked a handsome one. ``report.png`` is
the top of the report as Chromium shows it (Debian: ``apt-get install chromium``). Both have few colours, to be small.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from regulars.adapters import page_png

IMAGES = Path(__file__).parent / "images"
MIDDLE = re.compile(r"<strong>The one in the middle</strong>.*?(lists-\d+\.pdf), page (\d+)", re.DOTALL)
LIST_DPI = 110
REPORT_WIDTH, REPORT_HEIGHT = 1280, 1020
COLOURS = 256
BYTES_MAX = 250_000


def main() -> None:
    """Write both pictures, of the newest cycle that has a report."""
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/screenshots.py WORKSPACE")
    reports = sorted(Path(sys.argv[1]).resolve().glob("out/*/report.html"))
    if not reports:
        sys.exit(f"no out/DATE/report.html in {sys.argv[1]}: run `make demo` first")
    IMAGES.mkdir(exist_ok=True)
    _save("list.png", _middle_list(reports[-1]))
    _save("report.png", _top(reports[-1]))


def _middle_list(report: Path) -> Image.Image:
    found = MIDDLE.search(report.read_text(encoding="utf-8"))
    if found is None:
        sys.exit(f"{report} shows no list in the middle")
    return Image.open(io.BytesIO(page_png(report.parent / "lists" / found[1], int(found[2]), dpi=LIST_DPI)))


def _top(report: Path) -> Image.Image:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("chromium is not installed, and report.png is what it shows")
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / "report.png"
        window = f"--window-size={REPORT_WIDTH},{REPORT_HEIGHT + 400}"
        switches = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
        command = [chromium, *switches, f"--user-data-dir={folder}/profile", window, f"--screenshot={shot}"]
        subprocess.run([*command, report.as_uri()], check=True, capture_output=True, timeout=120)  # noqa: S603 - our own file in an installed browser
        with Image.open(shot) as picture:
            return picture.crop((0, 0, REPORT_WIDTH, REPORT_HEIGHT))


def _save(name: str, picture: Image.Image) -> None:
    few = picture.convert("RGB").quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE)
    few.save(IMAGES / name, optimize=True)
    size = (IMAGES / name).stat().st_size
    if size > BYTES_MAX:
        sys.exit(f"{name} has {size:,} bytes, expected at most {BYTES_MAX:,}")


main()
