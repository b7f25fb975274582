"""Readable names for products and needs whose source has only class names; pure text, the same on every run."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

import pyarrow as pa

NAME_CHARACTERS_MAX = 60
_OWN_BRAND = "Store brand "
_FRESH = ("produce", "fruit", "vegetable")
_FRESH_CASE = 10
"""Ten pieces or pounds of fresh goods are a case; the bags of ten pounds that are sold lose their size with them."""

_CASE_POUNDS, _CASE_CENTS = 15, 800


def _pairs(text: str) -> dict[str, str]:
    """``A=b; C=d`` as a dictionary."""
    return dict(entry.split("=") for entry in text.split("; "))


_WORDS = _pairs(
    "ACCS=accessories; APPL=appliances; ASST=assorted; BBQ=BBQ; BEV=beverage; BKFST=breakfast; BLK=bulk; "
    "BNLS=boneless; BRD=breaded; BRKFST=breakfast; BRST=breast; BTL=bottle; BTR=butter; CARB=carbonated; "
    "CD-R=CD-R; CHIX=chicken; CHOC=chocolate; CHOCOCLATE=chocolate; CHS=cheese; CILANTO=cilantro; "
    "CKN=chicken; CND=canned; CNTRL=control; COFF=coffee; CONC=concentrate; DAN=danish; DECAF=decaf; "
    "DECAFFINATED=decaffeinated; DIPILATORIES=hair removal; DNRS=dinners; DRNK=drink; DRNKS=drinks; "
    "DRSNG=dressing; DRY=dry; DVD=DVD; ELSTC=elastic; FLOURSCENT=fluorescent; FLVR=flavored; FLVRD=flavored; "
    "FRD=fried; FRE=fresh; FRZ=frozen; FRZN=frozen; GRND=ground; HBC=; HOLDIAY=holiday; IQF=frozen; "
    "JCE=juice; JUIC=juice; LB=pound; LIQ=liquid; LNCHMT=lunch meat; LRG=large; MED=medium; MLK=milk; "
    "MLT-PK=multipack; MULT=multi; MUST=mustard; NAT=natural; NATRL=natural; OJ=orange juice; ORIENTAL=Asian; "
    "PERRENIALS=perennials; PHYSICANS=physicians; PICAN=picante; PK=pack; PKG=packaged; PKLD=pickled; "
    "PLSTC=plastic; PNT=peanut; PNUT=peanut; POINSETTA=poinsettia; PORTON=portion; PREP=prepared; "
    "PREM=premium; PROTIEN=protein; PRPCK=packed; PTTY=patty; PWDR=powder; PWDRS=powders; RANIER=Rainier; "
    "RECHARABLE=rechargeable; REFRIG=refrigerated; REG=regular; RTD=ready-to-drink; RTS=ready-to-serve; "
    "SAL=salad; SALD=salad; SAUS=sausage; SEAFD=seafood; SFT=soft; SGL=single; SHLFSH=shellfish; "
    "SNDWCH=sandwich; SNGL=single; SNSL=seasonal; SOULABLE=soluble; SPARE=spare; SPECILATY=specialty; "
    "SPF=SPF; SPRD=spread; SRV=serve; STK=steak; STW=stew; SUP=super; SUPREM=supreme; SV=service; SW=sweet; "
    "SWT=sweet; TV=TV; UNSWE=unsweetened; VAC=vacuum; VEG=vegetable; VHS=VHS; WH=whole; WHL=whole; WT=weight; "
    "WTR=water; XMAS=Christmas"
)
_DROPPED = frozenset(
    "ALL MISC MISCELLANEOUS OTHER OTHERS ONLY INCLUDING INCLUDI EXCEPT EXC EXCP EXCE RW EW NF PPK PRSLC PRESLC "  # noqa: SIM905
    "PRESLCD NBR BULK PREPACK PREPORTND ETC ANY FD GDS SPEC DL QSR BK SNSL W".split()
)
_SMALL = frozenset({"and", "or", "of", "in", "for", "on", "with", "to"})
_BRACKETS = re.compile(r"\s*\([^)]*\)?")
_SIZE = re.compile(r"(?P<number>\d*\.?\d+|\d+/\d+|\d+ \d+/\d+)\s*(?P<unit>[A-Z ]+)")
_CODE_BEFORE_SIZE = re.compile(r"^[A-Z]{1,3}  +(?=[\d.])")
_PACKS = re.compile(
    r"(?P<count>\d+) ?(?:(?P<mark>PK|CT|P) ?/? ?|/(?=\d*\.|\d{3})|-(?=\d*\.))(?P<size>[\d.]+ ?[A-Z ]+)"
)
_PACKS_LAST = re.compile(r"(?P<size>[\d.]+ ?[A-Z ]+) ?/ ?(?P<count>\d+) ?(?P<mark>PK|CT)")
_UNITS = _pairs(
    "OZ=oz; FL OZ=fl oz; CT=ct; LB=lb; LBS=lb; ML=ml; L=L; LTR=L; PK=pack; QT=qt; PT=pt; GA=gal; GAL=gal; "
    "IN=in; FT=ft; SQ FT=sq ft; YD=yd; PC=pc; STEM=stems; STEMS=stems; LOAD=loads; LOADS=loads; LD=loads; "
    "LDS=loads; DZ=dozen; DOZ=dozen; ROLL=rolls; GM=g; G=g; KG=kg; CM=cm; OZS=oz; OZ BTL=oz; OZ PET=oz; OZ "
    "CAN=oz; OZ NR=oz; OZ BAG=oz; OZ BOX=oz; OZ TUBE=oz; LB BAG=lb; LB BOX=lb; L BTL=L; SHEETS=sheets; Z=oz"
)
_WHOLE_SIZES = _pairs("PT=1 pt; QT=1 qt; GAL=1 gal; HALF GAL=1/2 gal; LB=1 lb; L=1 L; DZ=1 dozen; DOZ=1 dozen")


@lru_cache(maxsize=8192)
def pretty_need(need_id: str, category_id: str | None = None) -> str:
    """A need as a grocer would print it, at most 60 characters.

    Args:
        need_id: The source's class name.
        category_id: The category, which tells some needs apart (``PREMIUM`` bacon from ``PREMIUM`` ice cream).

    Example:
        >>> pretty_need("FLUID MILK WHITE ONLY"), pretty_need("PREMIUM", "BACON")
        ('White Milk', 'Premium Bacon')
    """
    known = _known_names()
    name = known.get((need_id, category_id)) or known.get((need_id, None)) or _prettified(need_id)
    if not name and category_id is not None:
        name = pretty_need(category_id)
    return _cut(name or "Other Goods")


def pretty_size(size_text: str) -> str:
    """A package size as printed; empty for one nobody could read.

    Example:
        >>> pretty_size("16 OZ"), pretty_size("1 GA"), pretty_size(".5 L"), pretty_size("985739  PK")
        ('16 oz', '1 gal', '0.5 L', '')
    """
    text = " ".join(_CODE_BEFORE_SIZE.sub("", size_text.upper()).replace("*", "").split())
    if text in _WHOLE_SIZES:
        return _WHOLE_SIZES[text]
    packs = _PACKS.fullmatch(text) or _PACKS_LAST.fullmatch(text)
    if packs is not None and (size := _pretty_part(packs["size"])):
        return f"{packs['count']} ct, {size}" if packs["mark"] == "CT" else f"{packs['count']} x {size}"
    return _pretty_part(text)


def printed_size(size_text: str, department_id: str, price_cents: int | None, name: str = "") -> str:
    """A size as it stands beside a name and a price.

    Empty where it is that of a case and the price that of a piece, and where the name says it.

    Sources give fresh goods the size of the case they come in: 48 ears of corn, 40 pounds of bananas. A shopper pays by
    the piece or the pound.

    Args:
        size_text: As the source writes it.
        department_id: Where the goods stand.
        price_cents: Price of one; None if unknown.
        name: As printed beside it.

    Example:
        >>> printed_size("48 CT", "PRODUCE", 50), printed_size("8 OZ", "PRODUCE", 99)
        ('', '8 oz')
        >>> printed_size("2 L", "GROCERY", 139, "Soda, 2 Liter")
        ''
    """
    text = pretty_size(size_text)
    number, _, unit = text.partition(" ")
    if unit and re.search(rf"\b{re.escape(number)}( to \d+)? ?{re.escape(unit[0])}", name, re.IGNORECASE):
        return ""
    if unit not in {"ct", "lb"} or not number.isdecimal():
        return text
    if any(word in department_id.casefold() for word in _FRESH):
        is_case = int(number) >= _FRESH_CASE
    else:
        is_case = unit == "lb" and int(number) >= _CASE_POUNDS and (price_cents or 0) < _CASE_CENTS
    return "" if is_case else text


def product_name(need_id: str | None, category_id: str | None, department_id: str, brand_kind: str) -> str:
    """A name for a product whose source has none: its need, and whether it is the store's own brand.

    The size is not part of it: it is printed beside the name.

    Args:
        need_id: The product's need, or None.
        category_id: Its category, or None.
        department_id: Its department, for products without either.
        brand_kind: ``own`` or ``national``.

    Example:
        >>> product_name("SUGAR", "SUGARS/SWEETNERS", "GROCERY", "own")
        'Store brand Sugar'
    """
    name = pretty_need(need_id or category_id or department_id, category_id if need_id else None)
    return _cut(_OWN_BRAND + name) if brand_kind == "own" else name


def compose_names(products: pa.Table) -> pa.Table:
    """The same products with composed names.

    Args:
        products: Rows with the table's columns (others are left as they are).
    """
    keys = ("need_id", "category_id", "department_id", "brand_kind")
    columns = [products.column(key).to_pylist() for key in keys]
    names = [product_name(*key) for key in zip(*columns, strict=True)]
    return products.set_column(products.column_names.index("name"), "name", pa.array(names, pa.string()))


@lru_cache(maxsize=1)
def _known_names() -> dict[tuple[str, str | None], str]:
    """The table of names written by hand: need, or need and category, and what is printed."""
    text = resources.files(__package__).joinpath("need_names.txt").read_text(encoding="utf-8")
    names: dict[tuple[str, str | None], str] = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        key, _, name = line.partition(" = ")
        need, _, category = key.partition(" | ")
        names[need, category or None] = name
    return names


def _prettified(need_id: str) -> str:
    """Words spelled out, codes dropped, the thing last: ``CAKES: POUND`` becomes Pound Cakes."""
    text = _BRACKETS.sub("", need_id.upper()).replace("W/", "WITH ").strip()
    head, mark, tail = _split_head(text)
    if mark and tail:
        head, tail = _words(head), _words(tail)
        text = " ".join(part for part in (tail, head) if part)
    else:
        text = _words(text)
    return _title(text)


def _split_head(text: str) -> tuple[str, str, str]:
    for mark in (":", " - ", "- "):
        head, found, tail = text.partition(mark)
        if found:
            return head.strip(), found, tail.strip()
    return text, "", ""


def _words(text: str) -> str:
    alternatives = [_expanded(part) for part in re.split(r"[/&]", text)]
    named = [part for part in alternatives if part]
    if len(named) <= 1:
        return "".join(named)
    return f"{', '.join(named[:-1])} and {named[-1]}"


def _expanded(text: str) -> str:
    words = [word.strip(".'") for word in re.sub(r"[^\w\s.%']", " ", text).split()]
    kept = [_WORDS.get(word, word.lower()) for word in words if word not in _DROPPED]
    return " ".join(word for word in kept if word)


def _title(text: str) -> str:
    words = text.split()
    titled = [
        word if word in _SMALL and position else word[:1].upper() + word[1:] for position, word in enumerate(words)
    ]
    return " ".join(titled)


def _cut(name: str) -> str:
    if len(name) <= NAME_CHARACTERS_MAX:
        return name
    return name[: NAME_CHARACTERS_MAX + 1].rsplit(" ", 1)[0].rstrip(",")


def _pretty_part(text: str) -> str:
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        return ""
    unit = _UNITS.get(found["unit"].strip())
    number = found["number"]
    if unit is None or ("/" not in number and float(number) >= 10_000):
        return ""
    if "/" not in number and "." in number:
        number = f"{float(number):g}"
    return f"{number} {unit}"
