"""Product codes as tills know them: what a scanned or keyed number is, and the one id it is stored under.

A GTIN of any length is stored with 14 digits. A label of a weighed good carries its item and a price or a weight; it
is stored under the item alone, so that every package is one product. Short numbers (PLU) stay as they are.

Source: GS1 General Specifications, 7.9 (check digits) and 2.1.12 (restricted circulation numbers); docs/concepts/
product-codes.md holds the table of cases.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable
from dataclasses import dataclass

from ._errors import ConfigError

GTIN_DIGITS = 14
UPC_A_DIGITS = 12
_TWO_MINUS = "0246891357"
_THREE = "0369258147"
_FIVE_PLUS = "0516273849"
_FIVE_MINUS = "0594837261"
_FIELD_WEIGHTS = {
    4: (_TWO_MINUS, _TWO_MINUS, _THREE, _FIVE_MINUS),
    5: (_FIVE_PLUS, _TWO_MINUS, _FIVE_MINUS, _FIVE_PLUS, _TWO_MINUS),
}
_PLU_MAX = 99_999
_REMEMBERED, _REMEMBERED_CHARACTERS = 65_536, 40
"""So many numbers, and none that is longer."""
_PLU_RANGES = (range(3_000, 5_000), range(83_000, 85_000), range(93_000, 95_000))
"""Numbers of the International Federation for Produce Standards; 9 before one means organic."""


class CodeKind(enum.StrEnum):
    """What a product's number is."""

    GTIN = "gtin"
    """A trade item's own number, the same in every shop."""
    VARIABLE = "variable"
    """A label of a weighed good, with a price or a weight in it."""
    IN_STORE = "in_store"
    """A number of the chain's own (02, 04, 20 to 29, or short ones starting with 0 or 2): another chain's means
    something else."""
    COUPON = "coupon"
    """A coupon (05, 98, 99): no product."""
    PLU = "plu"
    """A number of up to five digits, keyed for produce and the like."""
    OTHER = "other"
    """Anything else: the till's own article number. It is kept as it stands."""


@dataclass(frozen=True)
class ProductCode:
    """One product's number, read.

    Args:
        product_id: What it is stored under: 14 digits for a GTIN, the bare number for a PLU, else as it stood.
        kind: What it is.
        price_cents: Price on the label, cents, if there is one.
        weight_milli: Weight on the label, thousandths of the label's unit, if there is one.
    """

    product_id: str
    kind: CodeKind
    price_cents: int | None = None
    weight_milli: int | None = None


@dataclass(frozen=True)
class VariableLayout:
    """How a chain's scales lay a label out.

    Args:
        pattern: 13 characters: digits that mark the layout, ``I`` item, ``V`` check digit of the price or weight,
            ``P`` price, ``W`` weight, ``K`` check digit. ``02IIIIIVPPPPK`` is a 12-digit label written with its
            leading zero.
        decimals: Decimals of the price or the weight.
    """

    pattern: str
    decimals: int = 2

    def __post_init__(self) -> None:
        prefix, item, check, value = (self._span(mark) for mark in ("0123456789", "I", "V", "PW"))
        whole = prefix + item + check + value
        one_value = len(set(self.pattern[value[0] :]) & {"P", "W"}) == 1 if value else False
        if (
            len(self.pattern) != 13
            or self.pattern[12:] != "K"
            or whole != list(range(12))
            or not (prefix and item and one_value)
            or len(check) > 1
            or (check and len(value) not in _FIELD_WEIGHTS)
            or not 0 <= self.decimals <= 3
        ):
            raise ConfigError(
                f"the label layout {self.pattern!r} with {self.decimals} decimals cannot be read",
                hint="13 characters: leading digits, I for the item, V (if any) for the price's check digit, "
                "P for price or W for weight, K at the end, as 02IIIIIVPPPPK; 0 to 3 decimals",
            )

    def _span(self, marks: str) -> list[int]:
        return [place for place, mark in enumerate(self.pattern[:12]) if mark in marks]

    def read(self, digits: str) -> ProductCode | None:
        """The item on a label of 13 digits with a right check digit, or None if it is not of this layout."""
        prefix, value = len(self._span("0123456789")), self._span("PW")
        if digits[:prefix] != self.pattern[:prefix]:
            return None
        check, item_end = self._span("V"), self._span("I")[-1] + 1
        number = digits[value[0] : value[-1] + 1]
        body = "0" + digits[:item_end] + "0" * (12 - item_end)
        product_id = body + str(gtin_check_digit(body))
        if not int(number) or (check and int(digits[check[0]]) != field_check_digit(number)):
            return ProductCode(product_id, CodeKind.VARIABLE)
        if self.pattern[value[0]] == "P":
            cents = int(number) * 10 ** (3 - self.decimals)
            return ProductCode(product_id, CodeKind.VARIABLE, price_cents=(cents + 5) // 10)
        return ProductCode(product_id, CodeKind.VARIABLE, weight_milli=int(number) * 10 ** (3 - self.decimals))


US_LAYOUTS = (VariableLayout("02IIIIIVPPPPK"),)
"""The usual North American label (number system 2): item, check digit of the price, price up to 99.99."""


def gtin_check_digit(body: str) -> int:
    """The last digit of a GTIN, from all others.

    Args:
        body: 7, 11, 12 or 13 digits.

    Source:
        GS1 General Specifications, 7.9.1: weights 3 and 1 from the right.

    Example:
        >>> gtin_check_digit("629104150021")
        3
    """
    digits = body.encode("ascii")
    odd, even = digits[-1::-2], digits[-2::-2]
    total = 3 * sum(odd) + sum(even) - ord("0") * (3 * len(odd) + len(even))
    return -total % 10


def field_check_digit(number: str) -> int:
    """The check digit of a price or weight on a label.

    Args:
        number: Four or five digits.

    Source:
        GS1 General Specifications, 7.9.3 and 7.9.4.

    Example:
        >>> field_check_digit("2875"), field_check_digit("14685")
        (9, 6)
    """
    total = sum(
        int(weights[int(digit)]) for weights, digit in zip(_FIELD_WEIGHTS[len(number)], number, strict=True)
    )
    return total * 3 % 10 if len(number) == 4 else _FIVE_MINUS.index(str(-total % 10))


def expand_upc_e(digits: str) -> str | None:
    """The UPC-A (12 digits) a UPC-E stands for, or None if the check digit is wrong or it is no UPC-E.

    Args:
        digits: Number system (0 or 1), six digits, check digit.

    Source:
        GS1 General Specifications, 5.2.2.4.2 (zero suppression).

    Example:
        >>> expand_upc_e("01210806")
        '012000001086'
    """
    if len(digits) != 8 or digits[0] not in "01":
        return None
    system, a, last = digits[0], digits[1:6], digits[6]
    if last in "012":
        body = f"{a[:2]}{last}0000{a[2:]}"
    elif last == "3":
        body = f"{a[:3]}00000{a[3:]}"
    elif last == "4":
        body = f"{a[:4]}00000{a[4:]}"
    else:
        body = f"{a}0000{last}"
    return None if gtin_check_digit(system + body) != int(digits[7]) else system + body + digits[7]


def read_product_code(text: str, layouts: tuple[VariableLayout, ...] = US_LAYOUTS) -> ProductCode:
    """What a number at the till is, and the id its product is stored under.

    Eight digits that would do as an EAN-8 and as a UPC-E are taken for a UPC-E when they start with 0 (such an EAN-8
    is a chain's own number), else for an EAN-8. A number whose check digit is wrong is nobody's GTIN and stays as it
    stands: it might be the till's own article number. Eleven digits with a right check digit, not starting with 0, are
    a UPC-A whose leading zero a spreadsheet or a column of numbers has lost.

    Args:
        text: What was scanned or keyed; blanks and hyphens do not count.
        layouts: How the chain's scales lay their labels out; the first that fits is taken.

    Example:
        >>> read_product_code("042100005264").product_id
        '00042100005264'
        >>> label = read_product_code("212345928752")
        >>> label.product_id, label.price_cents
        ('00212345000007', 2875)
    """
    return code_reader(layouts)(text)


@functools.lru_cache(maxsize=16)
def code_reader(layouts: tuple[VariableLayout, ...]) -> Callable[[str], ProductCode]:
    """`read_product_code` for one chain's labels; it remembers the numbers it has met.

    Args:
        layouts: As there.
    """
    remembered = functools.lru_cache(maxsize=_REMEMBERED)(lambda text: _read(text.strip(), layouts))

    def read(text: str) -> ProductCode:
        return remembered(text) if len(text) <= _REMEMBERED_CHARACTERS else _read(text.strip(), layouts)

    return read


def _read(text: str, layouts: tuple[VariableLayout, ...]) -> ProductCode:
    digits = text.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > GTIN_DIGITS:
        return ProductCode(text, CodeKind.OTHER)
    if len(digits) == 8 and int(digits) > _PLU_MAX:
        return _eight_digits(digits, layouts) or ProductCode(text, CodeKind.OTHER)
    short = _price_look_up(digits)
    if short is not None:
        return ProductCode(str(short), CodeKind.PLU)
    lost_its_zero = len(digits) == UPC_A_DIGITS - 1 and digits[0] != "0"
    if not (lost_its_zero or len(digits) >= UPC_A_DIGITS) or not _checks(digits):
        return ProductCode(text, CodeKind.OTHER)
    return _thirteen_digits(digits.zfill(GTIN_DIGITS), layouts)


def _price_look_up(digits: str) -> int | None:
    """The PLU a number is, padded or not; padded to a GTIN's length it may carry a check digit as well."""
    number = int(digits)
    if number > 10 * _PLU_MAX + 9:
        return None
    if len(digits) >= UPC_A_DIGITS and not any(number in numbers for numbers in _PLU_RANGES):
        carried = number // 10
        if 100 <= carried <= _PLU_MAX and _checks(digits):
            return carried
    return number if 100 <= number <= _PLU_MAX else None


def _eight_digits(digits: str, layouts: tuple[VariableLayout, ...]) -> ProductCode | None:
    upc_a = expand_upc_e(digits)
    if upc_a is not None and (digits[0] == "0" or not _checks(digits)):
        return _thirteen_digits(upc_a.zfill(GTIN_DIGITS), layouts)
    if not _checks(digits):
        return None
    if digits.startswith("00"):  # padded to 14 digits it could not be told from a PLU with its check digit
        return ProductCode(str(int(digits) // 10), CodeKind.PLU)
    kind = CodeKind.IN_STORE if digits[0] in "02" else CodeKind.GTIN
    return ProductCode(digits.zfill(GTIN_DIGITS), kind)


def _thirteen_digits(gtin: str, layouts: tuple[VariableLayout, ...]) -> ProductCode:
    """A GTIN of 11 to 14 digits, written with 14, whose check digit is right."""
    if gtin[0] != "0":
        return ProductCode(gtin, CodeKind.GTIN)
    label, prefix = gtin[1:], gtin[1:3]
    if gtin.startswith("000000"):  # an EAN-8, padded
        return ProductCode(gtin, CodeKind.IN_STORE if gtin[6] in "02" else CodeKind.GTIN)
    if prefix in {"05", "98", "99"}:
        return ProductCode(gtin, CodeKind.COUPON)
    if prefix in {"02", "04"} or prefix[0] == "2":
        read = next((found for layout in layouts if (found := layout.read(label))), None)
        return read or ProductCode(gtin, CodeKind.IN_STORE)
    return ProductCode(gtin, CodeKind.GTIN)


def _checks(digits: str) -> bool:
    return gtin_check_digit(digits[:-1]) == int(digits[-1])
