"""Which column of an unknown file is which: by its name in several languages, and by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from ._sniff_sample import Sample
from ._sniff_values import (
    are_codes,
    are_numbers,
    clock_pattern,
    day_pattern,
    has_clock,
    numbers_lines,
    stays_within,
)

CLOCK = "clock"
"""What a column with times of day, and no days, is chosen as."""

_CODE = ("upc", "ean", "gtin", "barcode", "plu", "sku", "product", "item", "article", "artikel", "code", "produ")
_STORE = ("store", "shop", "location", "branch", "filial", "markt", "magasin", "tienda", "outlet", "site")
_HOUSEHOLD = ("household", "haushalt", "foyer", "hogar")
_CARD = (
    "card",
    "kundenkarte",
    "karte",
    "loyalty",
    "member",
    "carte",
    "tarjeta",
    "customer",
    "kunde",
    "client",
    "shopper",
)
_QUANTITY = ("quantity", "qty", "menge", "units", "count", "anzahl", "cantidad", "quantit", "bestand", "stock")
_DAY = (
    "time",
    "timestamp",
    "ts",
    "datetime",
    "sold at",
    "zeit",
    "created",
    "date",
    "datum",
    "day",
    "tag",
    "fecha",
)
_FROM = ("from", "valid from", "gültig ab", "ab", "start", "begin", "von", *_DAY)
_UNTIL = ("until", "to", "bis", "end", "valid to", "expir")
_NAME = ("name", "bezeichnung", "description", "text", "title", "libell", "descrip")
_AMOUNT = (
    "net",
    "amount",
    "total",
    "sales",
    "value",
    "betrag",
    "umsatz",
    "extended",
    "montant",
    "importe",
    "price",
    "preis",
)

WORDS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "lines": {
        "store_coupon_cents": ("store coupon",),
        "manufacturer_coupon_cents": ("manufacturer coupon", "vendor coupon", "mfr coupon"),
        "loyalty_discount_cents": ("discount", "saved", "rabatt", "nachlass", "reduction", "remise", "markdown"),
        "product_id": _CODE,
        "transaction_id": ("transaction", "receipt", "ticket", "basket", "order", "bon", "beleg", "invoice", "sequ"),
        "store_id": _STORE,
        "line_number": ("line", "position", "pos", "row", "zeile", "lfd", "item number", "line no"),
        "lane_id": ("lane", "register", "till", "terminal", "workstation", "kasse", "caisse", "caja", "device", "pos"),
        "household_id": _HOUSEHOLD,
        "card_id": _CARD,
        "sold_at": _DAY,
        CLOCK: ("time", "uhrzeit", "zeit", "clock", "heure", "hora"),
        "quantity_milli": _QUANTITY,
        "amount_cents": _AMOUNT,
    },
    "cards": {
        "household_id": _HOUSEHOLD, "card_id": _CARD, "until_on": _UNTIL, "from_on": _FROM, "version": ("version",),
    },
    "stock": {"product_id": _CODE, "store_id": _STORE, "quantity_milli": _QUANTITY, "counted_on": _DAY},
    "prices": {
        "product_id": _CODE, "store_id": _STORE, "price_cents": ("price", "preis", "prix", "precio", "amount"),
        "from_on": _FROM,
    },
    "products": {
        "product_id": _CODE, "vendor_id": ("vendor", "supplier", "lieferant", "manufacturer", "hersteller"),
        "department_id": ("department", "abteilung", "dept", "rayon"),
        "category_id": ("category", "warengruppe", "kategorie", "group", "gruppe", "famil"),
        "need_id": ("need", "class", "type", "bedarf", "unterwarengruppe"),
        "brand_kind": ("brand", "marke", "own", "private", "eigen"),
        "size_text": ("size", "größe", "inhalt", "pack", "content"), "name": _NAME,
    },
    "households": {"household_id": (*_HOUSEHOLD, *_CARD), "name": _NAME},
}  # fmt: skip
"""Kind of file → column of its table, in the order they are looked for → words it is known by, the surer first."""

ENOUGH: Mapping[str, Sequence[str]] = {
    "lines": ("transaction_id", "product_id", "quantity_milli", "amount_cents"),
    "cards": ("household_id", "card_id"),
    "stock": ("product_id", "quantity_milli", "counted_on"),
    "prices": ("product_id", "price_cents"),
    "products": ("product_id", "name"),
    "households": ("household_id", "name"),
}
"""Kind of file → columns by which one is known, in the order they are tried."""

_NOT_A_CARD = re.compile(r"type|brand|payment|zahl|kredit|credit|debit|amount|betrag")


def kind_of(sample: Sample) -> str:
    """The kind of file it seems to be; ``lines`` when it might be, empty when nothing is known of it."""
    coded = coded_column(sample)
    for kind, columns in ENOUGH.items():
        if set(columns) <= set(chosen_columns(sample, kind, coded)):
            return kind
    chosen = chosen_columns(sample, "lines", coded)
    return "lines" if len({*ENOUGH["lines"], "store_id", "sold_at"} & set(chosen)) >= 3 else ""


def coded_column(sample: Sample) -> str | None:
    """The first column that holds products' codes."""
    return next((name for name in sample.header if name and are_codes(sample.column(name))), None)


def chosen_columns(sample: Sample, kind: str, coded: str | None) -> dict[str, str]:
    """Column of the table → column of the file, for one kind of file.

    Args:
        sample: The file's beginning.
        kind: The kind.
        coded: The column that holds products' codes.
    """
    words = WORDS[kind]
    chosen: dict[str, str] = {}
    free = list(dict.fromkeys(name for name in sample.header if name))
    if coded is not None and "product_id" in words:
        chosen["product_id"] = coded
        free.remove(coded)
    for target in words:
        if target in chosen:
            continue
        name = _best(free, words[target], _fit(sample, target, chosen))
        if name is not None:
            chosen[target] = name
            free.remove(name)
    return chosen


def _fit(sample: Sample, target: str, chosen: Mapping[str, str]) -> Callable[[str], bool]:
    """Whether what stands in a column of the file could be that column of the table."""
    receipt = chosen.get("transaction_id")
    if target == "line_number":
        return lambda name: numbers_lines(sample, name, receipt)
    if target in {"lane_id", "store_id"}:
        return lambda name: bool(sample.column(name)) and stays_within(sample, name, receipt)
    if target == "card_id":
        return lambda name: _NOT_A_CARD.search(name.lower()) is None and bool(sample.column(name))
    if target == CLOCK:
        stamp = day_pattern(sample.column(chosen["sold_at"])) if "sold_at" in chosen else None
        wanted = stamp is not None and not has_clock(stamp)
        return lambda name: wanted and clock_pattern(sample.column(name)) is not None
    if target == "sold_at" or target.endswith("_on"):
        return lambda name: day_pattern(sample.column(name)) is not None
    if target.endswith(("_cents", "_milli")) or target == "version":
        return lambda name: are_numbers(sample.column(name))
    return lambda name: bool(sample.column(name))


def _best(names: Sequence[str], words: Sequence[str], fit: Callable[[str], bool]) -> str | None:
    """The first column that is called by the surest word and holds what it should."""
    unfit: set[str] = set()
    for word in words:
        called = re.compile(rf"\b{word}")
        for name in names:
            if name in unfit or not called.search(_spaced(name)):
                continue
            if fit(name):
                return name
            unfit.add(name)
    return None


@lru_cache(maxsize=4_096)
def _spaced(name: str) -> str:
    """A name in small letters with blanks between its words."""
    return re.sub(r"[\W_]+", " ", re.sub(r"(?<=[a-zäöü])(?=[A-ZÄÖÜ])", " ", name).lower()).strip()
