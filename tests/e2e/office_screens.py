"""Pictures of every page of the back office, for the documentation: `python tests/e2e/office_screens.py WORKSPACE`.

A copy of the finished demonstration is served on its first day; somebody is invited, files are sent in, a campaign is
started that waits for a second person, and baskets are rung, so that no page is empty. Every page goes into
``build/screens/`` in four ways: desktop and tablet, light and dark. The documentation keeps the rooms, large, and one
sheet with all pages for each way.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from office_walk import CHROMIUM, Person, Served, office_pages, serving
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, sync_playwright
from synthetic_chain import DAY, run_regulars

from regulars.bootstrap import Workspace
from regulars.testing import ShopSize, write_shop

ROOT = Path(__file__).parents[2]
FULL, IMAGES = ROOT / "build" / "screens", ROOT / "docs" / "images" / "office"
WAYS = {
    f"{device}-{scheme}": (scheme, size)
    for device, size in (("desktop", (1440, 1000)), ("tablet", (820, 1100)))
    for scheme in ("light", "dark")
}
ROOMS = (
    "today", "data", "household", "household_beside", "category", "campaign_new", "campaigns", "deals", "plan", "list",
    "tills", "statements", "forecast", "audit",
)  # fmt: skip
CATEGORY = "ANALGESICS"
_ALL_DRAWN = """Promise.all(Array.from(document.images, (one) => {
  one.loading = "eager";
  return one.decode().catch(() => null);
}))"""
LARGE_WIDTH, THUMB_WIDTH, SHEET_COLUMNS, GAP = 1000, 300, 6, 12
BYTES_MAX = 3_000_000


def main() -> None:
    """Take every picture, and make what the documentation shows of them."""
    if len(sys.argv) != 2 or CHROMIUM is None:
        sys.exit("usage: python tests/e2e/office_screens.py WORKSPACE; chromium must be installed")
    shutil.rmtree(FULL, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        root = Path(folder) / "demo"
        shutil.copytree(sys.argv[1], root)
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with serving(root, DAY) as office:
            admin = furnished(browser, office, Path(folder))
            with Workspace.open(root) as workspace:
                pages = office_pages(workspace, CATEGORY)
            for way, (scheme, size) in WAYS.items():
                for name, path in pages.items():
                    take(admin, path, scheme, size, FULL / way / f"{name}.png")
        browser.close()
    write_images(sorted(pages))


def furnished(browser: Browser, office: Served, folder: Path) -> Person:
    """Something on every page; returns whose browser sees them all."""
    run_regulars("till", "sim", "--url", office.base, "--baskets", 60, "--workspace", office.root)
    admin = Person(browser, office, office.link)
    page = admin.page
    for name, role in (("Marta", "marketing"), ("Sam", "service_desk"), ("Lee", "store_manager")):
        admin.go("people/new")
        page.fill("#name", name)
        page.fill("#login", name.lower())
        page.check(f"input[value={role}]")
        page.fill("#stores", "367" if role == "store_manager" else "")
        page.click("text=Make the link")
    admin.go("data")
    page.set_input_files("#files", write_shop(folder / "shop", ShopSize(households=2, days=20), seed=1)[:2])
    page.click("text=Look at them")
    page.wait_for_selector("text=Load them")
    for name, budget in (("Soft drinks, heavy users", "2000"), ("Coffee to our own", "300")):
        admin.go("campaigns/new")
        page.fill("#name", name)
        page.select_option("#category", "SOFT DRINKS" if name.startswith("Soft") else "COFFEE")
        page.fill("#budget", budget)
        page.click("text=Start it")
    admin.go("lists")
    page.click("button:has-text('Print proofs')")
    admin.work_done()
    return admin


def take(admin: Person, path: str, scheme: str, size: tuple[int, int], target: Path) -> None:
    """One picture of the upper part of a page, as high as the window."""
    page = admin.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    admin.go(path)
    page.evaluate(_ALL_DRAWN)
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target)


def write_images(names: list[str]) -> None:
    """The rooms, large, and a sheet of all pages for each way."""
    shutil.rmtree(IMAGES, ignore_errors=True)
    IMAGES.mkdir(parents=True)
    for name in ROOMS:
        _save(_scaled(FULL / "desktop-light" / f"{name}.png", LARGE_WIDTH), f"{name}.webp")
    for way, (scheme, size) in WAYS.items():
        _save(_sheet(way, names, size, dark=scheme == "dark"), f"all-{way}.webp")
    total = sum(file.stat().st_size for file in IMAGES.iterdir())
    if total > BYTES_MAX:
        sys.exit(f"the pictures have {total:,} bytes, expected at most {BYTES_MAX:,}")


def _sheet(way: str, names: list[str], size: tuple[int, int], *, dark: bool) -> Image.Image:
    height = THUMB_WIDTH * size[1] // size[0]
    rows = -(-len(names) // SHEET_COLUMNS)
    cell = (THUMB_WIDTH + GAP, height + GAP + 22)
    sheet = Image.new("RGB", (SHEET_COLUMNS * cell[0] + GAP, rows * cell[1] + GAP), "#333" if dark else "#ddd")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for place, name in enumerate(names):
        at = (GAP + place % SHEET_COLUMNS * cell[0], GAP + place // SHEET_COLUMNS * cell[1])
        draw.text(at, name.replace("_", " "), fill="#fff" if dark else "#000", font=font)
        sheet.paste(_scaled(FULL / way / f"{name}.png", THUMB_WIDTH), (at[0], at[1] + 22))
    return sheet


def _scaled(file: Path, width: int) -> Image.Image:
    with Image.open(file) as picture:
        return picture.convert("RGB").resize(
            (width, picture.height * width // picture.width), Image.Resampling.LANCZOS
        )


def _save(picture: Image.Image, name: str) -> None:
    buffer = io.BytesIO()
    picture.save(buffer, format="WEBP", quality=72, method=6)
    (IMAGES / name).write_bytes(buffer.getvalue())


if __name__ == "__main__":
    main()
