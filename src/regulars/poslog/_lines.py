"""Items that are left become till lines: product, quantity, amount, reductions, the sale a return undoes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from regulars.kernel import CodeKind, ProductCode, VariableLayout, code_reader, split_exactly

from ._amounts import cents_of, milli_of
from ._items import Record, codes_of, extended_cents, is_flagged, is_item, is_return, is_true, word

_MANUFACTURER = "manufacturer"
_COUPON = "coupon"
_TRADE_KINDS = frozenset({CodeKind.GTIN, CodeKind.VARIABLE, CodeKind.IN_STORE})


@dataclass(slots=True)
class Line:
    """One line that is left.

    Args:
        line: Line of the file it starts on.
        offset: Byte of the file it starts at.
        number: Its number in the transaction.
        product: The product's id; empty when no code was written.
        quantity_milli: Thousandths, negative on a return; what was written when that is no number.
        amount_cents: Cents, negative on a return; what was written when that is no number.
        loyalty_discount_cents: What the store took off.
        store_coupon_cents: What a coupon of the store took off.
        manufacturer_coupon_cents: What a maker's coupon paid.
        returned: Store, lane, day, number and line of the sale a return undoes, joined by slashes; or empty.
    """

    line: int
    offset: int
    number: int
    product: str
    quantity_milli: int | str
    amount_cents: int | str
    loyalty_discount_cents: int = 0
    store_coupon_cents: int = 0
    manufacturer_coupon_cents: int = 0
    returned: str = ""


def lines_of(
    items: Sequence[Record], lines: Sequence[Record], record: Record, layouts: tuple[VariableLayout, ...]
) -> list[Line]:
    """Till lines of the items that are left.

    Args:
        items: The items.
        lines: All lines of the transaction.
        record: The transaction.
        layouts: How the chain's scales lay their labels out.
    """
    numbers = [item.get("number", "") for item in items]
    digits = "".join(numbers)
    written = digits.isdigit() and digits.isascii() and len(set(numbers)) == len(numbers)
    written = written and "" not in numbers and max(map(len, numbers)) < 10
    read = code_reader(layouts)
    made = [
        _line(item, int(number) if written else place, record, read)
        for place, (item, number) in enumerate(zip(items, numbers, strict=True), start=1)
    ]
    _add_manufacturer_coupons(made, items, lines)
    return made


def _line(item: Record, number: int, record: Record, read: Callable[[str], ProductCode]) -> Line:
    back = is_return(item)
    quantity, amount = milli_of(item.get("quantity", "1")), extended_cents(item)
    made = Line(
        item["line"],
        item["offset"],
        number,
        _product_of(item, read),
        str(item["quantity"]) if quantity is None else quantity,
        str(item.get("extended", item.get("amount", ""))) if amount is None else amount,
    )
    if "modifiers" in item or cents_of(item.get("extended_discount")):
        made.loyalty_discount_cents, made.store_coupon_cents = _reductions(item)
    if back:
        if quantity is not None:
            made.quantity_milli = -abs(quantity)
        if amount is not None:
            made.amount_cents = -abs(amount)
        made.loyalty_discount_cents, made.store_coupon_cents = (
            -made.loyalty_discount_cents,
            -made.store_coupon_cents,
        )
        made.returned = _returned(item, record)
    return made


def _product_of(item: Record, read: Callable[[str], ProductCode]) -> str:
    """The id of an item's product: the first code that is a trade item's, else the first there is."""
    first = None
    for text in codes_of(item):
        code = read(text)
        if code.kind in _TRADE_KINDS:
            return code.product_id
        first = first or code
    return first.product_id if first is not None else ""


def _reductions(item: Record) -> tuple[int, int]:
    """What the store and what its coupons took off, cents, both positive."""
    discount = coupon = 0
    for modifier in item.get("modifiers", ()):
        cents = cents_of(modifier.get("amount"))
        if cents is None or is_true(modifier.get("void")) or _MANUFACTURER in word(modifier.get("method")):
            continue
        action = word(modifier.get("action"))
        if action == "replace":
            cents = _replaced(item, modifier, cents)
        sign = -1 if action == "add" else 1
        if _COUPON in word(modifier.get("method")):
            coupon += sign * abs(cents)
        else:
            discount += sign * abs(cents)
    total = abs(cents_of(item.get("extended_discount")) or 0)
    if total and total != discount + coupon:
        # The modifiers are told by unit, or not at all: the extended amount is the sum, they say of what kind.
        if coupon > 0 and discount > 0:
            discount, coupon = split_exactly(total, (discount, coupon))
        else:
            discount, coupon = (0, total) if coupon > 0 else (total, 0)
    return max(discount, 0), max(coupon, 0)


def _replaced(item: Record, modifier: Record, new_cents: int) -> int:
    """What a new unit price takes off all units; 0 when the one before it is not told."""
    previous = cents_of(modifier.get("previous"))
    quantity = milli_of(item.get("quantity", "1"))
    if previous is None or quantity is None:
        return 0
    return (2 * (previous - new_cents) * abs(quantity) + 1_000) // 2_000


def _returned(item: Record, record: Record) -> str:
    of_all = (link for link in record.get("links", ()) if "return" in word(link.get("reason")))
    for link in (*item.get("links", ()), *of_all):
        number = link.get("number") or link.get("id")
        if number:
            day = link.get("day", "")[:10]
            return "/".join((link.get("store", ""), link.get("lane", ""), day, number, link.get("item", "")))
    return ""


def _add_manufacturer_coupons(made: Sequence[Line], items: Sequence[Record], lines: Sequence[Record]) -> None:
    """Give each maker's coupon to the line it names, or to all sales by their amounts."""
    for tender in lines:
        if tender.get("kind") != "Tender" or is_flagged(tender) or not _is_manufacturer_coupon(tender):
            continue
        cents = abs(cents_of(tender.get("tender_amount")) or 0)
        named = [line for line, item in zip(made, items, strict=True) if _is_named(tender, item)][:1]
        sales = named or [line for line in made if isinstance(line.amount_cents, int) and line.amount_cents > 0]
        if not cents or not sales:
            continue
        weights = tuple(max(line.amount_cents, 1) if isinstance(line.amount_cents, int) else 1 for line in sales)
        for line, share in zip(sales, split_exactly(cents, weights), strict=True):
            line.manufacturer_coupon_cents += share


def _is_manufacturer_coupon(tender: Record) -> bool:
    kind = word(tender.get("tender_type"))
    coupon_kind = word(tender.get("coupon_type"))
    if "store" in coupon_kind or "store" in kind:
        return False
    return _COUPON in kind or _MANUFACTURER in kind or _MANUFACTURER in coupon_kind or "coupon" in tender


def _is_named(tender: Record, item: Record) -> bool:
    if "item_link" in tender and tender["item_link"] == item.get("number"):
        return True
    return is_item(item) and tender.get("item_id", " ") in codes_of(item)
