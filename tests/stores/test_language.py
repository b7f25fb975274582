"""A second language is complete: every text has one, and no medium says a word that is not in the language's object."""

import re
from dataclasses import fields, replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from test_pages import LINKS, read

from regulars.adapters import TypstPrinter, page_texts
from regulars.adapters.pages import (
    PhoneLinks,
    calendar_entry,
    render_email,
    render_front,
    render_phone,
    render_privacy,
    render_unsubscribe,
)
from regulars.cli._lists import tell
from regulars.contracts import (
    DealKind,
    Ladder,
    LayoutDepartment,
    ListBatch,
    ListDocument,
    ListMeal,
    ReasonCode,
    SpecialKind,
)
from regulars.kernel import Period
from regulars.lists import (
    IdeaFacts,
    Language,
    LineFacts,
    ListAddress,
    ListHead,
    PageSettings,
    SpecialFacts,
    build_document,
    language_named,
)
from regulars.testing import sample_document

PLACES = re.compile(r"{[a-z]*}")
SAME = {"locale", "currency", "small_coin"}
"""How money is written; no words."""
ENGLISH, SPANISH = language_named("en"), language_named("es")
KINDS = ("words", "page", "screen", "meals")
SEEN_ON = date(2026, 12, 20)
RUNGS = {
    DealKind.AMOUNT_OFF: Ladder(amount_cents=75),
    DealKind.PERCENT_OFF: Ladder(percent=25),
    DealKind.FIXED_PRICE: Ladder(price_cents=249),
    DealKind.SECOND_AT_HALF: Ladder(percent=50),
    DealKind.MULTIBUY: Ladder(buy_quantity=3, pay_quantity=2),
    DealKind.MULTIBUY_PRICE: Ladder(buy_quantity=2, price_cents=750),
    DealKind.THRESHOLD: Ladder(amount_cents=500, threshold_cents=3000),
}


def texts_of(language: Language) -> dict[str, str]:
    """Every text of a language by kind, name and place."""
    found = {}
    for kind in KINDS:
        for field in fields(getattr(language, kind)):
            value = getattr(getattr(language, kind), field.name)
            for at, text in enumerate((value,) if isinstance(value, str) else value):
                if field.name not in SAME and not field.name.endswith("pattern"):
                    found[f"{kind}.{field.name}.{at}"] = text
    return found


def changed(language: Language, change: Any) -> Language:
    """The language with every text changed."""
    made = {}
    for kind in KINDS:
        texts = getattr(language, kind)
        new = {}
        for field in fields(texts):
            value = getattr(texts, field.name)
            if field.name not in SAME:
                new[field.name] = change(value) if isinstance(value, str) else tuple(change(one) for one in value)
        made[kind] = replace(texts, **new)
    return replace(language, **made)


def documents(language: Language, name: str, *, proof: bool) -> list[ListDocument]:
    """Lists that say every sentence: all kinds of deals, all reasons, every rhythm."""
    head = ListHead(
        "p1", 7, date(2026, 12, 28), date(2027, 1, 10), "9.9", proof, "1", language, closed_on=[date(2027, 1, 1)]
    )
    lines = [
        LineFacts(str(n), name, str(n), name, "1", "1", "1", 0.7 - n / 10, n + 1, 499, every, last_on)
        for n, (every, last_on) in enumerate(
            [
                (1, date(2026, 12, 27)),
                (9, date(2026, 12, 20)),
                (1, date(2026, 12, 2)),
                (9, date(2026, 12, 2)),
                (None, date(2026, 1, 2)),
                (None, None),
            ]
        )
    ]
    specials = [
        SpecialFacts(str(n), 1, kind, reason, deal, RUNGS[deal], str(n), name, name, "1", name, 429, 107, e, SEEN_ON)
        for n, (deal, reason, kind, e) in enumerate(zip(
            list(RUNGS) * 2,
            (list(ReasonCode) * 2)[: 2 * len(RUNGS)],
            list(SpecialKind) * 4,
            [1, 9] * 7, strict=False,
        ))
    ]  # fmt: skip
    layout = [LayoutDepartment("1", "9")]
    period = Period(head.from_on, head.last_on + timedelta(days=1))
    address = ListAddress("5", "", 3, sample_document(1).list_code, "ABCDEFGH12345678", period, ["1"])
    ideas = [IdeaFacts("88", name, name, "88", name, 299)]
    made = []
    for some in (specials[:12], specials[12:]):
        whole = build_document(head, address, lines, some, layout, ideas=ideas)
        told = language.meals
        also = told.also.format(f"1{told.last}2")
        days = (told.day.format(1), told.breakfast, told.baking)
        diets = (told.vegetarian, told.vegan, told.fish)
        meals = tuple(
            ListMeal(
                "1", "1", f"{told.note.format(1, 2)} {diet}", told.uses.format("1"), f"{also} {told.no_gluten}",
                told.steps, ("1",), rank, day,
            )
            for rank, (diet, day) in enumerate(zip(diets, days, strict=True), 1)
        )  # fmt: skip
        made += [
            replace(whole, meals=meals, week_text=text)
            for text in ("", told.week.format(2, 3, 9), told.week_special.format(2, 3, 9, 1))
        ]
    return [
        *made,
        replace(made[0], sections=(), item_count=0, specials=(), saving_cents=0, meals=(), week_text=""),
    ]


def screens(language: Language, document: ListDocument, store: str) -> dict[str, str]:
    """What a reader of each screen sees or is read out."""
    settings = PageSettings(
        store, store, "9.9", language=language.code, texts=language.page, screen=language.screen
    )
    email = render_email(document, settings, LINKS)
    phone = render_phone(document, settings, PhoneLinks("/9", "9.ics", "9", "/9"))
    said = {}
    for medium, html in (("phone", phone), ("email", email.html)):
        spoken = re.findall(r'(?:aria-label|alt|title|placeholder)="([^"]*)"', html)
        said[medium] = f"{read(html)[0]} {' '.join(spoken)}"
    summary = re.search(r"SUMMARY:(.*?)\r\n[A-Z]", calendar_entry(document, settings), re.DOTALL)
    assert summary is not None
    said |= {f"unsubscribe {done}": read(render_unsubscribe(settings, done=done))[0] for done in (False, True)}
    said["front"] = read(render_front(settings, "/9"))[0]
    said["privacy"] = read(render_privacy(settings, kept_out=True, answers=True))[0]
    return {**said, "plain": email.plain, "subject": email.subject, "calendar": summary[1].replace("\r\n ", "")}


def paper(language: Language, made: list[ListDocument], store: str, folder: Path, fonts: Path) -> str:
    settings = PageSettings(
        store, store, "9.9", language=language.code, texts=language.page, screen=language.screen
    )
    TypstPrinter(settings, fonts).render(ListBatch("a.pdf", tuple(made)), folder / "a.pdf")
    return " ".join(page_texts(folder / "a.pdf"))


def terminal(language: Language, made: list[ListDocument], capsys: pytest.CaptureFixture[str]) -> str:
    """What `lists show` prints: a list is quoted in its own language, whatever the command speaks."""
    capsys.readouterr()
    for document in made:
        tell(document, language.page)
    return capsys.readouterr().out.replace(" x ", " ")  # the sign between a quantity and a name


def test_every_text_has_a_spanish_one_that_speaks_of_the_same() -> None:
    english, spanish = texts_of(ENGLISH), texts_of(SPANISH)
    assert english.keys() == spanish.keys()
    assert [name for name in english if english[name] == spanish[name]] == []
    for name, text in english.items():
        if not name.startswith("words.multibuy"):
            assert sorted(PLACES.findall(text)) == sorted(PLACES.findall(spanish[name])), name
    assert len(english) > 100


@pytest.mark.parametrize("code", ["en", "es"])
def test_no_medium_says_a_word_that_is_not_in_the_language(
    code: str, tmp_path: Path, font_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every letter of every text becomes x; a letter that is left was written somewhere else."""

    def crossed(text: str) -> str:
        parts = re.split(r"({[a-z]*})", text)
        return "".join(part if part.startswith("{") else re.sub(r"[^\W\d_]", "x", part) for part in parts)

    language = changed(language_named(code), crossed)
    numeric = replace(language.words, day_pattern="d.M.", weekday_pattern="d.M.")
    language = replace(language, words=numeric)
    made = [document for proof in (False, True) for document in documents(language, "x", proof=proof)]
    made.append(replace(made[-1], live=True))
    seen = [screens(language, document, "x") for document in made]
    told = {medium: " ".join(one[medium] for one in seen) for medium in seen[0]}
    told["paper"] = paper(language, made, "x", tmp_path, font_folder)
    told["terminal"] = terminal(language, made, capsys)
    for medium, text in told.items():
        said = text.replace(LINKS.unsubscribe, "").replace(LINKS.phone, "")
        letters = set(re.findall(r"[^\W\d_]+", said))
        assert {one for one in letters if set(one.lower()) != {"x"}} == set(), medium


def test_pages_in_spanish_hold_no_english_text(
    tmp_path: Path, font_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = [document for proof in (False, True) for document in documents(SPANISH, "Pan", proof=proof)]
    seen = [screens(SPANISH, document, "Tienda") for document in made]
    told = {medium: " ".join(one[medium] for one in seen) for medium in seen[0]}
    told["paper"] = paper(SPANISH, made, "Tienda", tmp_path, font_folder)
    told["terminal"] = terminal(SPANISH, made, capsys)
    parts = {
        part.strip(" .,;:()").lower()
        for text in texts_of(ENGLISH).values()
        for part in PLACES.split(text)
        if len(part.strip(" .,;:()")) >= 4
    }
    assert len(parts) > 90
    for (medium, text), part in product(told.items(), sorted(parts)):
        assert not re.search(rf"\b{re.escape(part)}\b", text.lower()), (medium, part)
    assert "ahorre hasta" in told["paper"].lower()
    assert "Ofertas válidas del lun 28 dic de 2026 al dom 10 ene de 2027" in told["phone"]


def test_money_is_written_as_the_locale_writes_it() -> None:
    spain = replace(SPANISH.words, locale="es_ES", currency="EUR")
    assert (spain.money(123456), spain.short_money(75), spain.shelf_price(499)) == (
        "1.234,56\xa0€", "0,75\xa0€", "4,99\xa0€",
    )  # fmt: skip
    assert spain.headline(DealKind.PERCENT_OFF, Ladder(percent=25)) == ("25\xa0%", "de descuento")
    canada = replace(ENGLISH.words, locale="fr_CA", currency="CAD")
    assert canada.money(123456) == "1\xa0234,56\xa0$"
