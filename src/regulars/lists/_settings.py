"""How a store's page looks: names, texts, colours, logo, paper. Frozen values; bootstrap reads them from settings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from regulars.kernel import ContractError

from ._screen import ScreenTexts


class Paper(StrEnum):
    """Paper size; lengths in points."""

    LETTER = "letter"
    A4 = "a4"

    @property
    def size_points(self) -> tuple[float, float]:
        """Width and height."""
        return (612.0, 792.0) if self is Paper.LETTER else (595.276, 841.89)


@dataclass(frozen=True)
class Sheet:
    """How a list stands on paper; lengths are laid out small and drawn `scale` times as large.

    Args:
        scale: Of all but the codes, whose modules are dots of the printer.
        pages: Pages of one list: one, or the items on the front and the specials on the back.
        columns: Of items.
        tiles_wide: Specials in a row.
        margin_side: Left and right, points before scaling.
        validity_width: Widest line of the days the list holds, points before scaling.
        tightest: How many of the tightest settings of items are not used.
    """

    scale: float
    pages: int
    columns: int
    tiles_wide: int
    margin_side: float
    validity_width: float
    tightest: int


ORDINARY = Sheet(1.0, pages=1, columns=3, tiles_wide=4, margin_side=36.0, validity_width=230.0, tightest=0)
LARGE_PRINT = Sheet(1.35, pages=2, columns=2, tiles_wide=3, margin_side=25.0, validity_width=130.0, tightest=4)
CONTRAST_MIN = 4.5
READABLE = (
    ("white", "brand"), ("white", "usual"), ("white", "due"), ("accent", "brand"),
    ("brand", "white"), ("brand", "brand_tint"), ("due", "due_tint"), ("due", "white"),
    ("ink", "white"), ("ink", "due_tint"), ("ink", "brand_tint"),
    ("quiet", "white"), ("quiet", "due_tint"),
)  # fmt: skip
"""Pairs of text and ground that a page sets."""


@dataclass(frozen=True)
class PageColours:
    """Colours as ``#RRGGBB``.

    Args:
        usual: Call-out of specials that the household buys at other times: dark enough for white text.
        brand: Headings, rules, the band: dark enough for white text.
        brand_tint: Ground of the box at the foot and of suggestions.
        accent: Star of a call-out and the saving in the band, on the brand colour.
        star: Star beside an item on the list, and the edge of a due tile.
        due: Call-out of specials that are on the list.
        due_tint: Ground of the same tiles.
        ink: Text.
        quiet: Sizes, places, small print; still at least 4.5 to 1 on white.
        rule: Hairlines.
    """

    usual: str = "#1b5a3a"
    brand: str = "#1b5a3a"
    brand_tint: str = "#eaf3ec"
    accent: str = "#f4bd4f"
    star: str = "#e09a14"
    due: str = "#bf2320"
    due_tint: str = "#fff6e0"
    ink: str = "#1d211f"
    quiet: str = "#59615c"
    rule: str = "#d3dad5"

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
                raise ContractError(f"colour {name} is {value!r}, expected #RRGGBB")
        faint = [
            f"{ink} {self._of(ink)} on {ground} {self._of(ground)} is {contrast(self._of(ink), self._of(ground)):.1f}"
            for ink, ground in READABLE
            if contrast(self._of(ink), self._of(ground)) < CONTRAST_MIN
        ]
        if faint:
            raise ContractError(
                f"too little contrast: {'; '.join(faint)}; expected {CONTRAST_MIN} to 1 or more",
                hint="make the darker colour of each pair darker",
            )

    def _of(self, name: str) -> str:
        return "#ffffff" if name == "white" else str(getattr(self, name))


def contrast(one: str, two: str) -> float:
    """Contrast of two colours, 1 to 21.

    Source: WCAG 2.2, relative luminance and contrast ratio.

    Example:
        >>> round(contrast("#000000", "#ffffff"))
        21
    """

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(one), luminance(two)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


GREY = PageColours(
    usual="#5a5a5a",
    brand="#262626",
    brand_tint="#efefef",
    accent="#ffffff",
    star="#1a1a1a",
    due="#000000",
    due_tint="#f3f3f3",
    ink="#111111",
    quiet="#4c4c4c",
    rule="#c9c9c9",
)
"""The same page for a printer with black alone: every kind of special keeps its sign, its words and its own grey."""


@dataclass(frozen=True)
class Logo:
    """A store's mark, drawn in a square.

    Args:
        format: ``svg`` or ``png``.
        content: The file, base 64.
    """

    format: str
    content: str

    def __post_init__(self) -> None:
        if self.format not in {"svg", "png"}:
            raise ContractError(f"a logo is {self.format!r}, expected svg or png")


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
    price_unknown: str = "see shelf"
    overleaf: str = "Your specials and the bars for the cashier are on the back."
    how_title: str = "How this page works"
    how_items: str = "Shop down the columns: they follow the aisles. Prices are for one."
    how_specials: str = "Have the bars scanned once: every special comes off."
    how_more: tuple[str, ...] = (
        "Write what else you need on the lines above.",
        "Point a phone at the square code to take the list along.",
    )
    why_title: str = "Why these?"
    meals_title: str = "Dinner from this list"
    scan: str = "Cashier: scan once, before or after the items"
    phone: str = "the list on your phone"
    nameless: str = "Hello, neighbor"
    proof: str = "PROOF"
    proof_note: str = "Proof: not yet valid at the register"
    proof_note_live: str = "Proof: already valid at the register"
    bars_alternative: str = "Bar code for the cashier, list code {}"
    phone_alternative: str = "QR code that opens this list on a phone"
    mark_alternative: str = "{} logo"

    def note_of_proof(self, *, live: bool) -> str:
        """What a proof says of its codes.

        Args:
            live: Whether the register knows them.
        """
        return self.proof_note_live if live else self.proof_note


@dataclass(frozen=True)
class PageSettings:
    """One store's page.

    Args:
        store_name: As printed at the top.
        address_line: Under it: street, hours.
        website: After the address; may be empty.
        colours: The brand kit.
        logo: The store's mark; a leaf where there is none.
        template: The store's own Typst page instead of the shipped one; empty for that.
        email_template: The store's own MJML of the e-mail instead of the shipped one; empty for that.
        privacy: The store's own paragraphs on what becomes of purchases; empty for the shipped ones.
        black_only: For a printer without colour: `GREY` stands for the colours.
        large_print: Items of 14 points and more, on the front and the back of one sheet.
        paper: Letter or A4.
        printer_dpi: Dots per inch of the printer: modules of the codes are whole dots.
        language: Language of the texts, BCP 47.
        texts: The fixed texts.
        screen: Those of the phone page and the e-mail.
    """

    store_name: str = "Regulars Market"
    address_line: str = ""
    website: str = ""
    colours: PageColours = field(default_factory=PageColours)
    logo: Logo | None = None
    template: str = ""
    email_template: str = ""
    privacy: tuple[str, ...] = ()
    black_only: bool = False
    large_print: bool = False
    paper: Paper = Paper.LETTER
    printer_dpi: int = 300
    language: str = "en"
    texts: PageTexts = field(default_factory=PageTexts)
    screen: ScreenTexts = field(default_factory=ScreenTexts)

    def __post_init__(self) -> None:
        if not 150 <= self.printer_dpi <= 2400:
            raise ContractError(f"printer_dpi is {self.printer_dpi}, expected 150 to 2400")
        if not self.store_name.strip():
            raise ContractError("store_name is empty, expected the name printed at the top of every list")

    @property
    def sheet(self) -> Sheet:
        """How a list stands on the paper."""
        return LARGE_PRINT if self.large_print else ORDINARY

    @property
    def size_points(self) -> tuple[float, float]:
        """Width and height of a page before scaling."""
        width, height = self.paper.size_points
        return width / self.sheet.scale, height / self.sheet.scale

    @property
    def inks(self) -> PageColours:
        """The colours the page is printed in."""
        return GREY if self.black_only else self.colours
