"""Sample list documents of a store that never was: ordinary households and the hard cases a page must survive."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

from regulars.contracts import (
    DOCUMENT_VERSION,
    ListDocument,
    ListIdea,
    ListLine,
    ListMeal,
    ListReward,
    ListSection,
    ListSpecial,
    Reason,
    ReasonCode,
    RewardKind,
    SpecialKind,
)
from regulars.kernel import CodeForm, CodeKeys, list_code, qr_secret, shuffled_sequence

SAMPLE_KEYS = CodeKeys(code=b"c" * 32, shuffle=b"s" * 32, phone=b"p" * 32)
SAMPLE_CYCLE = 23
_CODE_VERSION = 47
_FROM_ON = date(2026, 11, 25)
_NAMES = (
    "The Hernández family", "Nguyễn Thị Mai", "Łukasz & Zofia Wiśniewski", "Household 1234", "Ömer Öztürk",
    "Ελένη Παπαδοπούλου", "Siobhán O’Connor", "Ольга Иванова", "François Lefèvre", "Household 2017",
    "Zoë Van den Broeck", "Mary-Jane Smith", "Bjørn Ærøskøbing", "Household 98", "Dvořáková",
)  # fmt: skip
_SHELVES: tuple[tuple[str, str, tuple[tuple[str, str, int], ...]], ...] = (
    ("Produce", "perimeter", (
        ("Bananas", "2 lb", 138), ("Baby Spinach", "10 oz", 399), ("Yellow Onions", "3 lb", 299),
        ("Russet Potatoes", "5 lb", 399), ("Seedless Red Grapes", "2 lb", 598), ("Cilantro", "bunch", 99),
        ("Hass Avocados", "4 ct", 449), ("Honeycrisp Apples", "3 lb", 699),
    )),
    ("Bakery", "perimeter", (
        ("Sourdough Boule", "24 oz", 499), ("Whole Wheat Bread", "20 oz", 349), ("Everything Bagels", "6 ct", 429),
        ("Flour Tortillas", "10 ct", 329),
    )),
    ("Deli", "perimeter", (("Classic Hummus", "10 oz", 399), ("Oven-roasted Turkey Breast, sliced", "8 oz", 549))),
    ("Meat & Seafood", "perimeter", (
        ("Chicken Thighs, bone-in", "3 lb", 747), ("Ground Beef 85/15", "1 lb", 599),
        ("Bacon, thick cut, hickory smoked", "16 oz", 729), ("Atlantic Salmon Fillet", "1 lb", 1299),
    )),
    ("Dairy & Eggs", "aisle 12", (
        ("Large Eggs", "18 ct", 459), ("Half & Half", "1 qt", 359), ("String Cheese", "12 ct", 499),
        ("Fluid Milk White Only, store brand", "1 gal", 289), ("Gruyère, grated", "6 oz", 599),
        ("Greek Yogurt, plain, whole milk", "32 oz", 549),
    )),
    ("Pantry", "aisles 4–6", (
        ("Black Beans", "15 oz", 109), ("Penne Rigate", "16 oz", 179), ("Marinara, roasted garlic", "24 oz", 449),
        ("Extra Virgin Olive Oil, first cold pressed", "25 oz", 1199), ("Crème de Marrons", "9 oz", 649),
    )),
    ("Breakfast", "aisle 3", (
        ("Granola Bars", "12 ct", 449), ("Maple Syrup", "12 oz", 799), ("Earl Grey Tea", "20 ct", 379),
        ("House Blend Coffee", "12 oz", 899), ("Cheerios Honey Nut", "19 oz", 529),
    )),
    ("Frozen", "aisle 14", (
        ("Mixed Berries", "48 oz", 1099), ("Pork & Chive Dumplings", "24 oz", 749), ("Hash Browns", "30 oz", 399),
        ("Jalapeño Poppers", "9 ct", 599), ("Vanilla Ice Cream", "1.5 qt", 599),
    )),
    ("Snacks & Drinks", "aisle 8", (
        ("Dark Chocolate 70%", "3.5 oz", 329), ("Roasted Almonds", "16 oz", 849),
        ("Sparkling Water, lime", "12 ct", 499),
    )),
    ("Household", "aisle 10", (
        ("Laundry Detergent, free & clear", "92 oz", 1399), ("Trash Bags 13 gal", "40 ct", 949),
        ("Paper Towels", "6 ct", 1149),
    )),
    ("Health & Baby", "aisle 11", (("Diapers size 4", "84 ct", 2999), ("Ibuprofen 200 mg", "100 ct", 899))),
    ("Pet", "aisle 9", (("Dog Food, chicken & rice", "15 lb", 2499), ("Cat Litter, clumping", "25 lb", 1549))),
)  # fmt: skip
_NOTES = (
    "Demonstration: prices and offers are synthetic. Prices may change; each special once per household, while "
    "supplies last. Not your list, or don’t want one? See greengate.example/privacy or ask at the desk.",
)


_MEALS = tuple(
    ListMeal(recipe_id, title, note, uses, also, "How to make it", steps, rank, f"Day {day}")
    for day, (rank, recipe_id, title, note, uses, also, steps) in enumerate((
        (
            1, "skillet-tacos", "Skillet beef tacos", "20 min · serves 4",
            "On your list: ground beef, tortillas and shredded cheese.",
            "You also need lettuce, salsa and chili powder.",
            ("Brown the beef; pour off the fat.", "Stir in the chili powder and simmer.", "Fill the warm tortillas."),
        ),
        (
            2, "frittata", "Potato and pepper frittata", "30 min · serves 4 · vegetarian",
            "On your list: eggs, potatoes and onions.", "You also need bell peppers and oil.",
            ("Fry potatoes, onion and pepper until soft.", "Pour eight beaten eggs over.", "Set the top in the oven."),
        ),
        (
            3, "chicken-rice", "Creamy chicken and rice", "35 min · serves 4",
            "On your list: chicken, rice and condensed soup.", "You also need frozen vegetables.",
            ("Brown the chicken.", "Add the rest and simmer twenty minutes."),
        ),
    ), 1)
)  # fmt: skip


_WEEK_TEXT = (
    "3 dinners use 8 of your {} items, 4 of them on special. What keeps least comes first, and no main "
    "ingredient comes two evenings running."
)


_REWARDS = (
    ListReward(RewardKind.PRIVILEGE, "For you", "Skip the line: register 1 is yours on weekdays before noon."),
    ListReward(RewardKind.TIP, "Good to know", "Keep potatoes dark and away from onions: both last longer."),
)
_IDEAS = tuple(
    ListIdea(
        f"idea {name}", f"idea-{cents}", name, cents, f"${cents / 100:.2f}", Reason(ReasonCode.ALSO_BOUGHT, why)
    )
    for name, cents, why in (
        ("Chunky Salsa", 349, "Often bought by the same shoppers: flour tortillas and salsa."),
        ("Cream Cheese", 279, "Often bought by the same shoppers: everything bagels and cream cheese."),
        ("Herbal Tea", 399, "Often bought by the same shoppers: maple syrup and herbal tea."),
    )
)


def sample_document(
    seed: int, *, items: int = 24, specials: int = 16, name: str | None = None, proof: bool = False
) -> ListDocument:
    """One household's list; the same arguments give the same document.

    Args:
        seed: Draws the household; also its place in the cycle, from 0.
        items: Due items, 0 to 48.
        specials: Specials, 0 to 16.
        name: As printed in the band; drawn if not given.
        proof: Whether it is a proof.
    """
    draw = random.Random(seed)  # noqa: S311 - samples, not secrets
    stock = [(section, place) for section, shelf in enumerate(_SHELVES) for place in range(len(shelf[2]))]
    due = sorted(draw.sample(stock, items))
    rest = [spot for spot in stock if spot not in set(due)]
    starred = set(draw.sample(due, min(len(due), (specials * 2 + 2) // 3)))
    others = draw.sample(rest, min(len(rest), specials - len(starred)))
    tiles = tuple(
        [_special(spot, SpecialKind.DUE, draw) for spot in sorted(starred)]
        + [
            _special(s, SpecialKind.USUAL if n % 2 == 0 else SpecialKind.SUGGESTION, draw)
            for n, s in enumerate(others)
        ]
    )
    tiles = tuple(sorted(tiles, key=lambda tile: tuple(SpecialKind).index(tile.kind)))
    sections = tuple(
        ListSection(
            title, place, tuple(_line((at, n), draw, special=(at, n) in starred) for s, n in due if s == at)
        )
        for at, (title, place, _) in enumerate(_SHELVES)
        if any(section == at for section, _ in due)
    )
    saving_cents = sum(tile.saving_cents for tile in tiles)
    sequence = shuffled_sequence(SAMPLE_KEYS, SAMPLE_CYCLE, seed)
    secret = qr_secret(SAMPLE_KEYS, cycle_number=SAMPLE_CYCLE, sequence=sequence)
    last_on = _FROM_ON + timedelta(days=13)
    return ListDocument(
        version=DOCUMENT_VERSION,
        plan_id="2026-11-25-sample",
        cycle_number=SAMPLE_CYCLE,
        household_id=f"sample-{seed}",
        household_name=draw.choice(_NAMES) if name is None else name,
        from_on=_FROM_ON,
        last_on=last_on,
        validity_text=f"Specials good {_day(_FROM_ON)} – {_day(last_on)}, {last_on.year}",
        sections=sections,
        specials=tiles,
        saving_cents=saving_cents,
        saving_text=_money(saving_cents),
        item_count=items,
        list_code=list_code(SAMPLE_KEYS, CodeForm(_CODE_VERSION), cycle_number=SAMPLE_CYCLE, sequence=sequence),
        qr_payload=f"HTTPS://GREENGATE.EXAMPLE/{secret}",
        list_number=seed + 1,
        proof=proof,
        notes=_NOTES,
        meals=_MEALS if items >= 8 else (),
        week_text=_WEEK_TEXT.format(items) if items >= 8 else "",
        rewards=_REWARDS[seed % 2 :] if items else (),
        ideas=_IDEAS if items >= 8 else (),
        ideas_title="You may like" if items >= 8 else "",
    )


def hard_documents(first_seed: int = 9_000) -> dict[str, ListDocument]:
    """Documents that break careless pages, by what is hard about them."""
    long_name = "Wolfeschlegelsteinhausenbergerdorff-Montgomery & the children"
    full = sample_document(first_seed, items=28, specials=16)
    markup = sample_document(
        first_seed + 6, items=3, specials=4, name='#quote("x") *b* _i_ $x$ \\ `raw` @ref <label>'
    )
    first = replace(
        markup.sections[0].lines[0], name='#sys.inputs "quoted" \\n [brackets] *stars* //note', price_text=""
    )
    markup = replace(markup, sections=(replace(markup.sections[0], lines=(first, *markup.sections[0].lines[1:])),
                                       *markup.sections[1:]))  # fmt: skip
    return {
        "full": full,
        "sparse": sample_document(first_seed + 1, items=5, specials=12),
        "no specials": sample_document(first_seed + 2, items=18, specials=0),
        "no items": sample_document(first_seed + 3, items=0, specials=12),
        "nothing": sample_document(first_seed + 4, items=0, specials=0),
        "forty items": sample_document(first_seed + 5, items=40, specials=16),
        "markup": markup,
        "long name": _with_long_names(sample_document(first_seed + 7, items=22, specials=16, name=long_name)),
        "right to left": sample_document(first_seed + 8, items=12, specials=8, name="משפחת כהן"),
        "emoji": sample_document(first_seed + 9, items=12, specials=8, name="Pat 🍎 \u202eLee\u200d"),
        "proof": sample_document(first_seed + 10, items=24, specials=16, proof=True),
        "chinese": sample_document(first_seed + 12, items=16, specials=12, name="王小明"),
        "japanese": sample_document(first_seed + 13, items=16, specials=12, name="佐藤 さくら"),
        "korean": sample_document(first_seed + 14, items=16, specials=12, name="김민준"),
        "east asian items": _with_east_asian_names(sample_document(first_seed + 15, items=18, specials=12)),
        "one": sample_document(first_seed + 11, items=1, specials=1),
    }


def _with_east_asian_names(document: ListDocument) -> ListDocument:
    """Every other item is told in Chinese as well."""
    sections = tuple(
        replace(
            section,
            lines=tuple(
                replace(line, name=f"{line.name.split(',')[0]} 老干妈") if at % 2 else line
                for at, line in enumerate(section.lines)
            ),
        )
        for section in document.sections
    )
    return replace(document, household_name="Nguyễn Thị Mai", sections=sections)


def _with_long_names(document: ListDocument) -> ListDocument:
    """Every name at its 60 characters."""

    def long(name: str) -> str:
        return f"{name}, limited edition, extra large family value pack"[:60].rstrip()

    return replace(
        document,
        sections=tuple(
            replace(section, lines=tuple(replace(line, name=long(line.name)) for line in section.lines))
            for section in document.sections
        ),
        specials=tuple(replace(special, name=long(special.name)) for special in document.specials),
    )


def _line(spot: tuple[int, int], draw: random.Random, *, special: bool) -> ListLine:
    name, size, price = _SHELVES[spot[0]][2][spot[1]]
    days = draw.randint(5, 40)
    return ListLine(
        need_id=name.upper(),
        product_id=f"{spot[0]:02d}{spot[1]:04d}",
        name=name,
        size_text=size,
        quantity=draw.choice((1, 1, 1, 1, 2, 2, 3)),
        price_cents=price,
        price_text=_money(price),
        special=special,
        probability=round(draw.uniform(0.15, 0.95), 3),
        reason=Reason(
            ReasonCode.DUE_BY_HABIT, f"{name}: you buy this about every {days} days; last on Nov {days % 24 + 1}."
        ),
    )


def _special(spot: tuple[int, int], kind: SpecialKind, draw: random.Random) -> ListSpecial:
    name, size, price = _SHELVES[spot[0]][2][spot[1]]
    shape = draw.randrange(4)
    if shape == 0:
        percent = draw.choice((10, 15, 20, 25, 40))
        headline, note, conditions, saving = f"{percent}%", "off", "", price * percent // 100
    elif shape == 1:
        saving = min(draw.choice((50, 75, 100, 150)), price // 2)
        headline, note, conditions = f"{saving}¢" if saving < 100 else _money(saving), "off", ""
    elif shape == 2:
        headline, note, conditions, saving = "½ off", "second one", "when you buy two", price // 2
    else:
        headline, note, conditions, saving = (
            _money(price * 3 // 2),
            "for two",
            "when you buy two",
            2 * price - price * 3 // 2,
        )
    return ListSpecial(
        offer_id=f"offer-{spot[0]:02d}{spot[1]:04d}",
        level=shape,
        kind=kind,
        headline=headline,
        headline_note=note,
        name=name,
        detail=f"{size} · reg. {_money(price)}",
        saving_cents=saving,
        saving_text=f"You save {_money(saving)}",
        conditions=conditions,
        reason=Reason(ReasonCode.BOUGHT_PRODUCT, f"{name}: bought before."),
    )


def _money(cents: int) -> str:
    return f"${cents // 100:,}.{cents % 100:02d}"


def _day(day: date) -> str:
    return f"{day:%a %b} {day.day}"
