from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.contracts import DealKind, Ladder, LayoutDepartment, ReasonCode, SpecialKind
from regulars.kernel import Period
from regulars.lists import (
    IdeaFacts,
    LineFacts,
    ListAddress,
    ListHead,
    SpecialFacts,
    build_document,
    habit_sentence,
)

HEAD = ListHead("2017-11-27-1f0c9a52", 24, date(2017, 11, 27), date(2017, 12, 10), "shop.example", proof=True)
PERIOD = Period(date(2017, 11, 27), date(2017, 12, 11))
ADDRESS = ListAddress("77", "", 12, "47024000000121234567", "ABCDEFGHJKMNPQRS", PERIOD)
LAYOUT = (
    LayoutDepartment("PRODUCE", "Produce", "right wall"),
    LayoutDepartment("GROCERY", "Dairy & Eggs", "left wall", categories=("MILK", "EGGS")),
    LayoutDepartment("GROCERY", "Pantry", "aisle 3"),
    LayoutDepartment("GROCERY", "Frozen", "aisle 9", categories=("ICE CREAM",)),
)


def line(name, department="GROCERY", category="PASTA", **changes):
    fields = {
        "need_id": name.upper(),
        "need_name": name,
        "product_id": name,
        "name": name,
        "size_text": "1 lb",
        "department_id": department,
        "category_id": category,
        "probability": 0.4,
        "quantity": 1,
        "price_cents": 149,
        "every_days": 12,
        "last_on": date(2017, 11, 20),
    }
    return LineFacts(**{**fields, **changes})


def special(name, **changes):
    fields = {
        "offer_id": f"offer {name}",
        "level": 1,
        "kind": SpecialKind.USUAL,
        "reason": ReasonCode.BOUGHT_PRODUCT,
        "deal_kind": DealKind.PERCENT_OFF,
        "rung": Ladder(percent=25),
        "product_id": name,
        "name": name,
        "basket": "Any pasta",
        "size_text": "1 lb",
        "need_name": name,
        "price_cents": 149,
        "face_cents": 37,
        "every_days": 12,
        "last_on": date(2017, 11, 20),
    }
    return SpecialFacts(**{**fields, **changes})


LINES = [
    line("Spaghetti"),
    line("Bananas", "PRODUCE", "TROPICAL"),
    line("Milk", category="MILK"),
    line("Ice Cream", category="ICE CREAM"),
    line("Candles", "SEASONAL", "CANDLES"),
    line("Eggs", category="EGGS"),
    line("Flour", category="FLOUR"),
]


def test_sections_follow_the_walk():
    document = build_document(HEAD, ADDRESS, LINES, [], LAYOUT)
    assert [(s.title, s.place, [x.name for x in s.lines]) for s in document.sections] == [
        ("Produce", "right wall", ["Bananas"]),
        ("Dairy & Eggs", "left wall", ["Milk", "Eggs"]),
        ("Pantry", "aisle 3", ["Spaghetti", "Flour"]),
        ("Frozen", "aisle 9", ["Ice Cream"]),
        ("Seasonal", "", ["Candles"]),
    ]
    assert document.item_count == 7


def test_a_line_says_all_a_page_prints():
    (section,) = build_document(HEAD, ADDRESS, [line("Spaghetti", quantity=2)], [], LAYOUT).sections
    (item,) = section.lines
    assert (item.quantity, item.price_text, item.size_text, item.special) == (2, "$1.49", "1 lb", False)
    assert item.reason.code is ReasonCode.DUE_BY_HABIT
    assert item.reason.sentence == "Spaghetti: you buy this about every 12 days; last on Nov 20."


def test_an_unknown_price_is_left_blank():
    (section,) = build_document(HEAD, ADDRESS, [line("Spaghetti", price_cents=None)], [], LAYOUT).sections
    assert (section.lines[0].price_cents, section.lines[0].price_text) == (None, "")


def test_a_star_stands_beside_the_very_product_that_is_on_special():
    tiles = [special("Spaghetti", kind=SpecialKind.DUE), special("Milk")]
    document = build_document(HEAD, ADDRESS, LINES, tiles, LAYOUT)
    assert [x.name for s in document.sections for x in s.lines if x.special] == ["Spaghetti"]


def test_head_and_codes():
    document = build_document(HEAD, ADDRESS, LINES, [], LAYOUT)
    assert document.household_name == "Household 77"
    assert document.validity_text == "Specials good Mon Nov 27 – Sun Dec 10, 2017"
    assert document.qr_payload == "HTTPS://SHOP.EXAMPLE/ABCDEFGHJKMNPQRS"
    assert document.list_code == ADDRESS.list_code
    assert document.proof
    assert len(document.notes) == 2
    named = build_document(HEAD, replace(ADDRESS, name="The Lees"), [], [], LAYOUT)
    assert named.household_name == "The Lees"
    assert named.sections == ()


def test_the_demonstration_says_so():
    document = build_document(replace(HEAD, label="assumed, not measured"), ADDRESS, [], [], LAYOUT)
    assert "assumed, not measured" in document.notes[-1]


TILES = [
    (DealKind.AMOUNT_OFF, Ladder(amount_cents=75), "75¢", "off", ""),
    (DealKind.AMOUNT_OFF, Ladder(amount_cents=150), "$1.50", "off", ""),
    (DealKind.PERCENT_OFF, Ladder(percent=25), "25%", "off", ""),
    (DealKind.FIXED_PRICE, Ladder(price_cents=399), "$3.99", "each", ""),
    (DealKind.SECOND_AT_HALF, Ladder(percent=50), "½ off", "second one", "when you buy two"),
    (DealKind.SECOND_AT_HALF, Ladder(percent=40), "40% off", "second one", "when you buy two"),
    (DealKind.MULTIBUY, Ladder(buy_quantity=3, pay_quantity=2), "Buy 2", "get one free", "when you take three"),
    (DealKind.MULTIBUY_PRICE, Ladder(buy_quantity=4, price_cents=359), "$3.59", "for four", "when you buy four"),
    (DealKind.THRESHOLD, Ladder(threshold_cents=1_500, amount_cents=150), "$1.50", "off $15.00",
     "when you spend $15.00"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "rung", "headline", "note", "condition"), TILES)
def test_tiles(kind, rung, headline, note, condition):
    (tile,) = build_document(HEAD, ADDRESS, [], [special("Spaghetti", deal_kind=kind, rung=rung)], LAYOUT).specials
    assert (tile.headline, tile.headline_note, tile.conditions) == (headline, note, condition)
    assert tile.saving_text == "You save $0.37"
    on_basket = kind is DealKind.THRESHOLD
    assert tile.name == ("Any pasta" if on_basket else "Spaghetti")
    assert tile.detail == ("" if on_basket else "1 lb · reg. $1.49")


def test_every_kind_of_deal_has_a_tile():
    assert {case[0] for case in TILES} == set(DealKind)


@pytest.mark.parametrize("code", [code for code in ReasonCode if not code.startswith("no_")])
def test_every_reason_is_a_sentence(code):
    for every_days, last_on in (
        (12, date(2017, 11, 20)),
        (1, date(2017, 11, 20)),
        (None, date(2017, 11, 20)),
        (None, None),
    ):
        tile = special("BBQ Sauce", reason=code, every_days=every_days, last_on=last_on)
        (made,) = build_document(HEAD, ADDRESS, [], [tile], LAYOUT).specials
        sentence = made.reason.sentence
        assert made.reason.code is code
        assert sentence.endswith(".")
        assert "None" not in sentence
        assert "bbq" not in sentence


def test_an_untargeted_special_says_nothing_of_the_household():
    (tile,) = build_document(HEAD, ADDRESS, [], [special("Milk", reason=ReasonCode.UNTARGETED)], LAYOUT).specials
    assert tile.reason.sentence == "One of the specials of these two weeks."


@given(st.lists(st.integers(0, 2_000), max_size=16), st.lists(st.sampled_from(LINES), max_size=28))
def test_sums_are_those_of_the_parts(faces, lines):
    tiles = [special(str(n), face_cents=face) for n, face in enumerate(faces)]
    document = build_document(HEAD, ADDRESS, lines, tiles, LAYOUT)
    assert document.saving_cents == sum(faces)
    assert document.saving_text == f"${sum(faces) // 100:,}.{sum(faces) % 100:02d}"
    assert [tile.offer_id for tile in document.specials] == [tile.offer_id for tile in tiles]
    assert sorted(x.name for s in document.sections for x in s.lines) == sorted(x.name for x in lines)
    assert all(section.lines for section in document.sections)


@pytest.mark.parametrize(
    ("every_days", "last_on", "sentence"),
    [
        (12, date(2017, 11, 20), "Rice: you buy this about every 12 days; last on Nov 20."),
        (12, date(2017, 11, 3), "Rice: you buy this about every 12 days; last on Nov 3."),
        (12, date(2017, 11, 2), "Rice: you used to buy this every 12 days, but not since Nov 2."),
        (2, date(2017, 10, 31), "Rice: you used to buy this every 2 days, but not since Oct 31."),
        (1, date(2017, 11, 19), "Rice: you buy this almost every day; last on Nov 19."),
        (1, date(2017, 11, 18), "Rice: you used to buy this almost every day, but not since Nov 18."),
        (21, date(2017, 11, 19), "Rice: you buy this about every 21 days; last on Nov 19."),
        (22, date(2017, 11, 19), "Rice: you last bought this on Nov 19."),
    ],
)
def test_a_rhythm_that_no_longer_holds_is_told_as_such_and_one_that_argues_against_the_list_is_not(
    every_days, last_on, sentence
):
    rice = line("Rice", every_days=every_days, last_on=last_on)
    due = special("Rice", reason=ReasonCode.DUE_STAPLE, every_days=every_days, last_on=last_on)
    document = build_document(HEAD, ADDRESS, [rice], [due], LAYOUT)
    assert document.from_on == date(2017, 11, 27)
    assert document.sections[0].lines[0].reason.sentence == sentence
    if every_days != 22:
        assert document.specials[0].reason.sentence == habit_sentence("Rice", every_days, last_on, HEAD.from_on)
        assert document.specials[0].reason.sentence == sentence


def test_ideas_and_privileges_are_told_and_closed_days_where_the_list_spans_one():
    idea = IdeaFacts("SALSA", "Salsa Dips", "Tortilla Chips", "p9", "Chunky Salsa", 349)
    head = replace(HEAD, closed_on=[date(2017, 12, 4), date(2017, 12, 25)])
    document = build_document(head, replace(ADDRESS, privileges=["Register 1."]), LINES, [], LAYOUT, ideas=[idea])
    assert document.ideas_title == "You may like"
    (told,) = document.ideas
    assert (told.name, told.price_text, told.reason.code) == ("Chunky Salsa", "$3.49", ReasonCode.ALSO_BOUGHT)
    assert told.reason.sentence == "Often bought by the same shoppers: tortilla chips and salsa dips."
    assert [reward.text for reward in document.rewards] == ["Register 1."]
    assert document.notes[0] == "Closed on Mon Dec 4."
    assert "SALSA" in document.need_ids
    assert build_document(HEAD, ADDRESS, LINES, [], LAYOUT).ideas_title == ""


def test_a_list_holds_when_its_household_s_does():
    period = Period(date(2017, 11, 29), date(2017, 12, 7))
    document = build_document(HEAD, replace(ADDRESS, period=period), LINES, [], LAYOUT)
    assert document.validity_text == "Specials good Wed Nov 29 – Wed Dec 6, 2017"
    assert (document.from_on, document.last_on) == (period.from_on, period.last_on)
