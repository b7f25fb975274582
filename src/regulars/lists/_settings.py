"""How a store's page looks: names, texts, colours, paper. Frozen values; bootstrap reads them from settings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from regulars.kernel import ContractError


class Paper(StrEnum):
    """Paper size; lengths in points."""

    LETTER = "letter"
    A4 = "a4"

    @property
    def size_points(self) -> tuple[float, float]:
        """Width and height."""
        return (612.0, 792.0) if self is Paper.LETTER else (595.276, 841.89)


@dataclass(frozen=True)
class PageColours:
    """Colours as ``#RRGGBB``.

    Args:
        brand: Headings, rules, the band: dark enough for white text.
        brand_tint: Ground of the box at the foot and of suggestions.
        accent: Star and the saving in the band, on the brand colour.
        due: Call-out of specials that are on the list.
        due_tint: Ground of the same tiles.
        ink: Text.
        quiet: Sizes, places, small print; still at least 4.5 to 1 on white.
        rule: Hairlines.
    """

    brand: str = "#1b5a3a"
    brand_tint: str = "#eaf3ec"
    accent: str = "#f4bd4f"
    due: str = "#bf2320"
    due_tint: str = "#fff6e0"
    ink: str = "#1d211f"
    quiet: str = "#59615c"
    rule: str = "#d3dad5"

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
                raise ContractError(f"colour {name} is {value!r}, expected #RRGGBB")


@dataclass(frozen=True)
class PageTexts:
    """Every fixed text of the page; `{}` takes the number it speaks of."""

    title: str = "Your personal shopping list"
    items_one: str = "your next item"
    items_many: str = "your next {} items"
    items_order: str = ", in the order you’ll pass them"
    items_none: str = "room for everything you need"
    saving: str = "Save up to {}"
    list_number: str = "List no. {}"
    specials_one: str = "1 special for you"
    specials_many: str = "{} specials for you"
    specials_note: str = "taken off at the register when this list is scanned"
    specials_star: str = "already on your list"
    kind_due: str = "on your list"
    kind_usual: str = "you buy this"
    kind_bought: str = "had before"
    kind_suggestion: str = "to try"
    write_in: tuple[str, str, str] = ("For the week", "Don’t forget", "Also need")
    continued: str = "{}, continued"
    how_title: str = "How this page works"
    how_items: str = "Shop down the columns: they follow the aisles. Prices are for one."
    how_specials: str = "Have the bars scanned once: every special comes off."
    how_more: tuple[str, ...] = (
        "Write what else you need on the lines above.",
        "Point a phone at the square code to take the list along.",
    )
    why_title: str = "Why these?"
    scan: str = "Cashier: scan once, before or after the items"
    phone: str = "the list on your phone"
    nameless: str = "Hello, neighbor"
    proof: str = "PROOF"
    proof_note: str = "Proof: not yet valid at the register"
    bars_alternative: str = "Bar code for the cashier, list code {}"
    phone_alternative: str = "QR code that opens this list on a phone"
    mark_alternative: str = "{} logo"


@dataclass(frozen=True)
class PageSettings:
    """One store's page.

    Args:
        store_name: As printed at the top.
        address_line: Under it: street, hours.
        website: After the address; may be empty.
        colours: The brand kit.
        paper: Letter or A4.
        printer_dpi: Dots per inch of the printer: modules of the codes are whole dots.
        language: Language of the texts, BCP 47.
        texts: The fixed texts.
    """

    store_name: str = "Regulars Market"
    address_line: str = ""
    website: str = ""
    colours: PageColours = field(default_factory=PageColours)
    paper: Paper = Paper.LETTER
    printer_dpi: int = 300
    language: str = "en"
    texts: PageTexts = field(default_factory=PageTexts)

    def __post_init__(self) -> None:
        if not 150 <= self.printer_dpi <= 2400:
            raise ContractError(f"printer_dpi is {self.printer_dpi}, expected 150 to 2400")
        if not self.store_name.strip():
            raise ContractError("store_name is empty, expected the name printed at the top of every list")
