"""The phone page and the e-mail in a real browser, looked over by axe-core: no violation, light and dark."""

import base64
import shutil
from importlib import resources
from typing import Any

import pytest
from playwright.sync_api import Browser
from test_pages import LINKS, SETTINGS

from regulars.adapters.pages import (
    PhoneLinks,
    PhoneState,
    render_email,
    render_front,
    render_notice,
    render_phone,
    render_privacy,
    render_unsubscribe,
)
from regulars.contracts import ListDocument
from regulars.testing import hard_documents, sample_document

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
DOCUMENTS = {
    name: document
    for name, document in {**hard_documents(), "ordinary": sample_document(5)}.items()
    if name in {"ordinary", "nothing", "proof", "long name"}
}
ANSWERS = PhoneLinks("/answers", "list.ics", "token", "/privacy")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


def violations(browser: Browser, html: str, scheme: str, *, width: int = 390, open_all: bool = True) -> list[str]:
    """What axe-core finds, as rule and element; every part that folds is opened first."""
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    try:
        page.set_content(html)
        if open_all:
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
        page.add_script_tag(content=AXE)
        found: dict[str, Any] = page.evaluate("axe.run()")
    finally:
        page.close()
    assert len(found["passes"]) > 10
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found["violations"]]


def email_html(document: ListDocument) -> str:
    email = render_email(document, SETTINGS, LINKS)
    bars = base64.b64encode(email.bars_png).decode()
    return email.html.replace("cid:bars@list", f"data:image/png;base64,{bars}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_axe_finds_nothing_on_the_phone_page(browser: Browser, name: str, scheme: str) -> None:
    assert violations(browser, render_phone(DOCUMENTS[name], SETTINGS, ANSWERS), scheme) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["ordinary", "nothing", "proof"])
def test_axe_finds_nothing_in_the_mail(browser: Browser, name: str, scheme: str) -> None:
    assert violations(browser, email_html(DOCUMENTS[name]), scheme, width=680) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_a_household_has_answered(browser: Browser, scheme: str) -> None:
    document = DOCUMENTS["ordinary"]
    one, two, three = [line.need_id for section in document.sections for line in section.lines][:3]
    state = PhoneState({one}, {two: "never", three: "not_now"}, {document.specials[0].offer_id: "never"}, True)
    assert violations(browser, render_phone(document, SETTINGS, ANSWERS, state), scheme) == []
    notice = render_notice(SETTINGS, SETTINGS.screen.hidden, SETTINGS.screen.hidden_note)
    assert violations(browser, notice, scheme) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_without_a_list(browser: Browser, scheme: str) -> None:
    assert violations(browser, render_front(SETTINGS, "/privacy"), scheme) == []
    assert violations(browser, render_privacy(SETTINGS, kept_out=True, answers=True), scheme) == []


@pytest.mark.parametrize("done", [False, True])
def test_axe_finds_nothing_on_the_page_that_unsubscribes(browser: Browser, done: bool) -> None:
    assert violations(browser, render_unsubscribe(SETTINGS, done=done), "dark") == []


def test_axe_sees_planted_faults(browser: Browser) -> None:
    html = render_phone(DOCUMENTS["ordinary"], SETTINGS, ANSWERS)
    pale = html.replace("</style>", ".item .name { color: #bbb }</style>", 1)
    assert any(one.startswith("color-contrast") for one in violations(browser, pale, "light"))
    nameless = html.replace('<span class="name">', '<span class="name" hidden>').replace(
        'class="price">', "hidden>"
    )
    assert any(one.startswith("label") for one in violations(browser, nameless, "light"))
    mail = email_html(DOCUMENTS["ordinary"]).replace("alt=", "data-was=")
    assert any(one.startswith("image-alt") for one in violations(browser, mail, "light"))
