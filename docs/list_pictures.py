"""Pictures of one sample list on every medium, for the documentation: `python docs/list_pictures.py`.

The list is made up and says so. Screens are what Chromium shows (Debian: ``apt-get install chromium``).
"""

from __future__ import annotations

import base64
import io
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from PIL import Image

from regulars.adapters import TypstPrinter, page_png
from regulars.adapters.pages import EmailLinks, PhoneLinks, render_email, render_phone
from regulars.contracts import ListBatch
from regulars.lists import PageSettings, Paper
from regulars.testing import sample_document

IMAGES = Path(__file__).parent / "images"
SETTINGS = PageSettings("Greengate Market", "1420 Orchard Ave · open 7–10 daily", "greengate.example")
DOCUMENT = sample_document(5, items=24, specials=16, name="The Hernández family")
DARK = "--blink-settings=preferredColorScheme=0"
PAPER_DPI = 88
COLOURS = 128
BYTES_MAX = 170_000


def main() -> None:
    """Write every picture."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("chromium is not installed, and the screens are what it shows")
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, settings, document in (
            ("list-colour", SETTINGS, DOCUMENT),
            ("list-black", replace(SETTINGS, black_only=True), DOCUMENT),
            ("list-large-print", replace(SETTINGS, large_print=True), DOCUMENT),
            ("list-a4", replace(SETTINGS, paper=Paper.A4), replace(DOCUMENT, household_name="佐藤 さくら")),
        ):
            TypstPrinter(settings, folder / "fonts").render(ListBatch("a.pdf", (document,)), folder / "a.pdf")
            _save(f"{title}.png", Image.open(io.BytesIO(page_png(folder / "a.pdf", 1, dpi=PAPER_DPI))))
        phone, mail = folder / "phone.html", folder / "email.html"
        phone.write_text(render_phone(DOCUMENT, SETTINGS, PhoneLinks("/list", "list.ics")), encoding="utf-8")
        specials = folder / "specials.html"  # without the items, so that the specials stand at the top
        only_specials = replace(DOCUMENT, sections=(), item_count=0)
        specials.write_text(render_phone(only_specials, SETTINGS, PhoneLinks("/list")), encoding="utf-8")
        dinners = folder / "dinners.html"  # the dinners alone, and what a shopper may answer
        only_dinners = replace(only_specials, specials=(), saving_cents=0)
        dinners.write_text(render_phone(only_dinners, SETTINGS, PhoneLinks("/list")), encoding="utf-8")
        answers = folder / "answers.html"
        asking = render_phone(DOCUMENT, SETTINGS, PhoneLinks("/list", "list.ics", "token"))
        answers.write_text(asking.replace("<details", "<details open", 1), encoding="utf-8")
        text = render_email(
            DOCUMENT, SETTINGS, EmailLinks("https://greengate.example/A", "https://greengate.example/u/A")
        )
        bars = base64.b64encode(text.bars_png).decode()
        mail.write_text(text.html.replace("cid:bars@list", f"data:image/png;base64,{bars}"), encoding="utf-8")
        for title, address, width, height, switches in (
            ("phone", phone.as_uri(), 500, 1000, ()),
            ("phone-dark", phone.as_uri(), 500, 1000, (DARK,)),
            ("phone-specials", specials.as_uri(), 500, 1000, ()),
            ("phone-dinners", dinners.as_uri(), 500, 1000, ()),
            ("phone-answers", answers.as_uri(), 500, 1000, ()),
            ("phone-bar-code", f"{phone.as_uri()}#code", 500, 1000, ()),
            ("phone-large", phone.as_uri(), 820, 1000, ()),
            ("email", mail.as_uri(), 680, 1500, ()),
            ("email-dark", mail.as_uri(), 680, 1500, (DARK,)),
        ):
            _save(f"{title}.png", _screen(chromium, folder, address, (width, height), switches))


def _screen(
    chromium: str, folder: Path, address: str, size: tuple[int, int], switches: tuple[str, ...]
) -> Image.Image:
    shot = folder / "shot.png"
    window = (f"--window-size={size[0]},{size[1]}", f"--user-data-dir={folder}/profile", f"--screenshot={shot}")
    command = [
        chromium,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        *window,
        *switches,
    ]
    subprocess.run([*command, address], check=True, capture_output=True, timeout=120)  # noqa: S603 - our own file in an installed browser
    with Image.open(shot) as picture:
        return picture.copy()


def _save(name: str, picture: Image.Image) -> None:
    few = picture.convert("RGB").quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE)
    few.save(IMAGES / name, optimize=True)
    size = (IMAGES / name).stat().st_size
    if size > BYTES_MAX:
        sys.exit(f"{name} has {size:,} bytes, expected at most {BYTES_MAX:,}")


main()
