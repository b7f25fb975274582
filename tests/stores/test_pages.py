"""The list on screens: the same offers at the same value as on paper, nothing from elsewhere, nothing unescaped."""

import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from regulars.adapters import TypstPrinter, page_texts, read_symbols
from regulars.adapters.pages import (
    EmailLinks,
    PhoneLinks,
    PhoneState,
    calendar_entry,
    render_email,
    render_phone,
    render_privacy,
    render_text,
    shipped_mail_template,
)
from regulars.contracts import ListBatch, ListDocument
from regulars.kernel import ContractError
from regulars.lists import PageSettings
from regulars.testing import hard_documents, sample_document

SETTINGS = PageSettings("Greengate Market", "1420 Orchard Ave", "greengate.example")
LINKS = EmailLinks("https://greengate.example/SECRET", "https://greengate.example/u/SECRET")
DOCUMENTS = {
    **hard_documents(),
    "ordinary": sample_document(5),
    "plain": sample_document(77, items=20, specials=13),
}
LARGEST = "forty items"
CENTS = re.compile(r"You save \$(\d+)\.(\d\d)")


class Words(HTMLParser):
    """Text a reader sees, and every address."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.addresses: list[str] = []
        self.boxes = 0
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in {"style", "script"}
        values = dict(attrs)
        self.boxes += values.get("type") == "checkbox"
        self.addresses += [values[name] or "" for name in ("href", "src", "action") if name in values]

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text.append(data)


def read(html: str) -> tuple[str, Words]:
    words = Words()
    words.feed(html)
    return " ".join(" ".join(words.text).split()), words


def savings_cents(text: str) -> list[int]:
    return sorted(int(dollars) * 100 + int(cents) for dollars, cents in CENTS.findall(text))


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory, font_folder: Path) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("screens")
    TypstPrinter(SETTINGS, font_folder).render(
        ListBatch("lists-0001.pdf", tuple(DOCUMENTS.values())), folder / "lists-0001.pdf"
    )
    texts = page_texts(folder / "lists-0001.pdf")
    return {name: " ".join(text.split()) for name, text in zip(DOCUMENTS, texts, strict=True)}


def media(document: ListDocument) -> dict[str, str]:
    email = render_email(document, SETTINGS, LINKS)
    return {
        "phone": read(render_phone(document, SETTINGS))[0],
        "email": read(email.html)[0],
        "plain": " ".join(email.plain.split()),
    }


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_medium_carries_the_same_offers_at_the_same_value(papers: dict[str, str], name: str) -> None:
    document = DOCUMENTS[name]
    expected = sorted(special.saving_cents for special in document.specials)
    for medium, text in {"paper": papers[name], **media(document)}.items():
        assert savings_cents(text) == expected, medium
        assert sum(savings_cents(text)) == document.saving_cents
        assert (f"Save up to {document.saving_text}" in text) == bool(document.saving_cents), medium
        for special in document.specials:
            assert text.count(special.headline) >= 1, medium


def test_another_value_in_one_medium_is_seen() -> None:
    document = sample_document(3)
    text = media(document)["phone"]
    changed = text.replace(document.specials[0].saving_text, "You save $0.01", 1)
    assert savings_cents(changed) != sorted(special.saving_cents for special in document.specials)


@pytest.mark.parametrize("live", [False, True])
def test_a_proof_says_on_every_screen_whether_its_bars_hold(live: bool) -> None:
    said = {False: SETTINGS.texts.proof_note, True: SETTINGS.texts.proof_note_live}
    for medium, text in media(replace(DOCUMENTS["ordinary"], proof=True, live=live)).items():
        assert said[live] in text, medium
        assert said[not live] not in text, medium


@pytest.mark.parametrize("name", DOCUMENTS)
def test_screens_show_every_item_with_its_reason_and_a_box(name: str) -> None:
    document = DOCUMENTS[name]
    text, words = read(render_phone(document, SETTINGS))
    assert words.boxes == document.item_count
    for section in document.sections:
        for line in section.lines:
            assert " ".join(line.name.split()) in text
            assert line.reason.sentence in text
    assert ("How to make it" in text) == bool(document.meals)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_is_loaded_from_elsewhere_and_mail_is_small(name: str) -> None:
    document = DOCUMENTS[name]
    email = render_email(document, SETTINGS, LINKS)
    assert len(email.html.encode()) <= 60_000
    _, words = read(email.html)
    assert set(words.addresses) == {"cid:bars@list", LINKS.phone, LINKS.unsubscribe}
    _, words = read(render_phone(document, SETTINGS))
    assert all(address.startswith("#") for address in words.addresses)
    for html in (email.html, render_phone(document, SETTINGS)):
        assert not re.findall(r"@import|<link|url\(|https?://(?!greengate\.example/|www\.w3\.org)", html)


def test_the_largest_list_stands_whole_in_the_mail() -> None:
    document = DOCUMENTS[LARGEST]
    text, _ = read(render_email(document, SETTINGS, LINKS).html)
    assert all(line.name in text for section in document.sections for line in section.lines)


def test_markup_in_a_name_stays_text() -> None:
    document = sample_document(3, name="<script>alert(1)</script> & Co")
    for html in (render_phone(document, SETTINGS), render_email(document, SETTINGS, LINKS).html):
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co" in html
    assert "<script>alert(1)</script> & Co" in render_email(document, SETTINGS, LINKS).plain


def test_a_name_no_xml_can_hold_and_an_unknown_price_stop_no_mail() -> None:
    document = sample_document(3)
    section = document.sections[0]
    lines = (replace(section.lines[0], name="Milk\uffff\x0b", price_cents=None, price_text=""), *section.lines[1:])
    sections = (replace(section, lines=lines), *document.sections[1:])
    message = render_email(replace(document, sections=sections), SETTINGS, LINKS)
    assert "Milk" in message.html
    assert "\uffff" not in message.html
    assert [SETTINGS.texts.price_unknown in text for text in (message.html, message.plain)] == [True, True]


def test_the_bars_in_the_mail_are_read() -> None:
    email = render_email(DOCUMENTS["ordinary"], SETTINGS, LINKS)
    with Image.open(io.BytesIO(email.bars_png)) as image:
        assert read_symbols(image.convert("L")).bars == (DOCUMENTS["ordinary"].list_code,)
        cut = image.convert("L").crop((35, 0, image.width - 35, image.height))
        assert read_symbols(cut).bars == ()


def test_bars_of_thirteen_digits_stand_in_the_mail_and_on_the_phone() -> None:
    document = replace(DOCUMENTS["ordinary"], list_code="2901234567896")
    with Image.open(io.BytesIO(render_email(document, SETTINGS, LINKS).bars_png)) as image:
        assert read_symbols(image.convert("L")).bars == ("2901234567896",)
    assert 'viewBox="-11 0 117 1"' in render_phone(document, SETTINGS)


def test_answers_are_asked_only_where_somebody_takes_them() -> None:
    document = sample_document(3)
    silent = render_phone(document, SETTINGS)
    asking = render_phone(document, SETTINGS, PhoneLinks("/SECRET", "/SECRET/list.ics", "token"))
    assert "Never show me this" not in silent
    asked = document.item_count + len(document.specials) + len(document.ideas)
    assert asking.count('value="never"') == asked
    assert asking.count('value="token"') == 2 + asked
    ticked = {line.need_id for line in document.sections[0].lines}
    assert render_phone(document, SETTINGS, state=PhoneState(ticked)).count(" checked>") == len(ticked)


def test_ideas_and_rewards_stand_on_both_screens_and_in_the_plain_mail() -> None:
    document = sample_document(3)
    email = render_email(document, SETTINGS, LINKS)
    for text in (render_phone(document, SETTINGS), email.html, email.plain):
        for idea in document.ideas:
            assert f"{idea.name}" in text and idea.price_text in text and idea.reason.sentence in text  # noqa: PT018
        assert all(reward.text in text for reward in document.rewards)
    asked = {line.need_id for section in document.sections for line in section.lines}
    assert document.need_ids == asked | {idea.need_id for idea in document.ideas}


def test_the_calendar_entry_is_the_last_day() -> None:
    document = sample_document(3)
    entry = calendar_entry(document, SETTINGS)
    assert all(len(line.encode()) <= 75 for line in entry.split("\r\n"))
    assert f"DTSTART;VALUE=DATE:{document.last_on:%Y%m%d}\r\n" in entry
    assert "SUMMARY:Last day of your specials at Greengate Market" in entry
    assert entry.endswith("END:VCALENDAR\r\n")


def test_the_same_list_gives_the_same_bytes(tmp_path: Path) -> None:
    document = DOCUMENTS["plain"]
    assert render_phone(document, SETTINGS) == render_phone(document, SETTINGS)
    assert render_email(document, SETTINGS, LINKS) == render_email(document, SETTINGS, LINKS)


def test_a_text_message_says_what_the_list_saves_in_letters_every_phone_has() -> None:
    document = sample_document(3)
    link = f"https://{SETTINGS.website}/4F7Q2M9XKD3T8B6W"
    message = render_text(document, SETTINGS, "Dec 10", link)
    assert message.text == (
        f"Greengate Market: save up to {document.saving_text} until Dec 10. Your list: {link} Reply STOP to end."
    )
    assert message.parts == 1
    nothing = render_text(DOCUMENTS["nothing"], SETTINGS, "Dec 10", link)
    assert nothing.text == f"Greengate Market: your shopping list is here: {link} Reply STOP to end."
    odd = replace(SETTINGS, store_name="Łódź’s “Café” 😀 {x} " + "m" * 40)
    assert render_text(document, odd, "Dec 10", link).text.startswith('Lodz\'s "Café"  {x} mmmm')


def test_a_long_text_message_is_counted_in_parts_and_some_letters_count_twice() -> None:
    document, day = DOCUMENTS["nothing"], "Dec 10"
    bare = len(render_text(document, SETTINGS, day, "").text)
    parts = {
        more: render_text(document, SETTINGS, day, "x" * (more - bare)).parts for more in (160, 161, 306, 307)
    }
    assert parts == {160: 1, 161: 2, 306: 2, 307: 3}
    assert render_text(document, SETTINGS, day, "x" * (158 - bare) + "{").parts == 1
    assert render_text(document, SETTINGS, day, "x" * (159 - bare) + "{").parts == 2


def test_a_stores_own_mjml_is_the_e_mail_and_keeps_what_every_message_must_have() -> None:
    shipped = shipped_mail_template()
    document = sample_document(3)
    plain = render_email(document, SETTINGS, LINKS)
    own = replace(SETTINGS, email_template=shipped.replace("{{ store.store_name }}</b>", "Our own head</b>"))
    html = render_email(document, own, LINKS).html
    assert "Our own head" in html
    assert "Our own head" not in plain.html
    assert render_email(document, replace(SETTINGS, email_template=shipped), LINKS) == plain
    assert re.search(r"<mj-|\{[{%]", html) is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("cid:{{ bars_id }}", "cid:other", "leaves out the bar code"),
        ("{{ links.unsubscribe }}", "#", "leaves out the link to unsubscribe"),
        ("{{ links.phone }}", "#", "leaves out the link to the phone page"),
        ("cid:{{ bars_id }}", "https://pixel.example/{{ bars_id }}", "leaves out the bar code"),
        (
            "</mj-wrapper>",
            '<mj-section><mj-column><mj-image src="https://a.example/x.png" /></mj-column></mj-section></mj-wrapper>',
            "loads something",
        ),
        ("<mjml lang", "<html lang", "could not be made"),
        ("{{ digits }}", "{{ nothing }}", "could not be made"),
        ("{{ digits }}", "{{ ''.__class__.__mro__ }}", "could not be made"),
        ("{{ digits }}", "{{ 'x' * 120000 }}", "expected 100,000 at most"),
    ],
)
def test_an_own_mjml_that_no_message_may_be_made_of_is_refused(old: str, new: str, message: str) -> None:
    text = shipped_mail_template()
    assert old in text
    with pytest.raises(ContractError, match=message):
        render_email(DOCUMENTS["plain"], replace(SETTINGS, email_template=text.replace(old, new)), LINKS)


# -- What becomes of purchases --


def test_the_privacy_page_says_what_is_done_here_and_nothing_that_is_not() -> None:
    screen = SETTINGS.screen
    served = read(render_privacy(SETTINGS, kept_out=True, answers=True))[0]
    plain = read(render_privacy(SETTINGS, kept_out=False, answers=False))[0]
    assert screen.privacy_closed in served
    assert screen.privacy_phone in served
    assert screen.privacy_closed not in plain
    assert screen.privacy_phone not in plain
    for text in (
        screen.privacy_made,
        screen.privacy_kept,
        screen.privacy_stop,
        "Greengate Market · 1420 Orchard Ave",
    ):
        assert text in served
        assert text in plain


def test_a_store_says_in_its_own_words_what_becomes_of_purchases() -> None:
    own = replace(SETTINGS, privacy=("We keep <little>.", "Ask us."))
    text, _ = read(render_privacy(own, kept_out=True, answers=True))
    assert "We keep <little>. Ask us. Greengate Market" in text
    assert SETTINGS.screen.privacy_made not in text
