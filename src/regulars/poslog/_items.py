"""What every rule asks of an item line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._amounts import cents_of, has_parts_of_a_cent, milli_of, unit_price_of
from ._elements import RETURNS, SALES

Record = Mapping[str, Any]
"""What was read of one element."""

_ITEM_KINDS = frozenset({*SALES, *RETURNS})
_RETURN_KINDS = frozenset(RETURNS)
_FLAGS = frozenset({"void", "cancel", "delete"})
_AMOUNTS = frozenset({"extended", "actual", "regular", "listed", "amount"})


def word(text: str | None) -> str:
    """An enumerated value without a vendor's prefix, in small letters.

    Example:
        >>> word("X:TransactionNetAmount")
        'transactionnetamount'
    """
    return (text or "").rpartition(":")[2].strip().lower()


def is_true(text: str | None) -> bool:
    """Whether a flag is set."""
    return text is not None and text.strip().lower() in {"true", "1", "yes", "y"}


def is_flagged(record: Record) -> bool:
    """Whether a line or transaction is flagged as voided, cancelled or deleted."""
    return not _FLAGS.isdisjoint(record) and any(is_true(record.get(flag)) for flag in _FLAGS)


def is_item(line: Record) -> bool:
    """Whether a line sells or takes back an item; a parcel that only names items of other lines does not."""
    return line.get("kind") in _ITEM_KINDS and not ("holds_items" in line and _AMOUNTS.isdisjoint(line))


def is_return(item: Record) -> bool:
    """Whether an item is taken back; it may be written as a sale of a negative quantity, or of one sold before it."""
    return item["kind"] in _RETURN_KINDS or item.get("quantity", "")[:1] == "-" or "takes_back" in item


def extended_cents(item: Record) -> int | None:
    """What an item comes to as the file says it; computed from its unit price where the file does not.

    Reductions are taken off already; where they are not (`before_reductions`), they are here.

    Returns:
        Cents, or None when the file gives no number.
    """
    if "extended" in item:
        extended = cents_of(item["extended"])
        if extended is None or "before_reductions" not in item:
            return extended
        return extended - (1 if extended >= 0 else -1) * abs(cents_of(item.get("extended_discount")) or 0)
    unit_text = item.get("actual") or item.get("regular") or item.get("listed")
    if unit_text is None:
        return cents_of(item.get("amount"))
    unit_price, quantity = unit_price_of(unit_text), milli_of(item.get("quantity", "1"))
    if unit_price is None or quantity is None:
        return None
    discount = 0 if "actual" in item else abs(cents_of(item.get("extended_discount")) or 0)
    return (2 * unit_price * abs(quantity) + 1_000_000) // 2_000_000 - discount


def is_rounded(item: Record) -> bool:
    """Whether the file writes an amount or a reduction of an item with parts of a cent, which are lost."""
    amount = item.get("extended") or item.get("amount", "")
    if amount[-3:-2] != "." and has_parts_of_a_cent(amount):
        return True
    if "extended_discount" in item:
        return has_parts_of_a_cent(item["extended_discount"])
    return "modifiers" in item and any(has_parts_of_a_cent(one.get("amount")) for one in item["modifiers"])


def signed_cents(item: Record) -> int | None:
    """The same, negative when the item is taken back."""
    cents = extended_cents(item)
    return -abs(cents) if cents is not None and is_return(item) else cents


def codes_of(item: Record) -> list[str]:
    """All codes an item carries: those of the till first, then the shop's own."""
    codes = [one["code"] for one in item["codes"] if "code" in one] if "codes" in item else []
    if "pos_item_id" in item:
        codes.append(item["pos_item_id"])
    if "item_id" in item:
        codes.append(item["item_id"])
    return codes
