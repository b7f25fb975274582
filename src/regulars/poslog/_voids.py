"""Which item lines are left when the voided ones are gone, and whether the rest adds up to the file's totals."""

from __future__ import annotations

from collections.abc import Sequence

from ._amounts import cents_of, milli_of
from ._elements import SALES
from ._items import Record, codes_of, extended_cents, is_flagged, is_item, signed_cents, word

_NET = (
    "transactionnetamount",
    "transactiongrandamount",
    "transactiongrossamount",
    "transactionamounttotal",
    "grosspositive",
)
_TAX = "transactiontaxamount"


def items_left(lines: Sequence[Record], totals: Sequence[Record]) -> tuple[list[Record], int]:
    """Item lines that are neither voided nor taken back by a later line, and how many lines were voids.

    A till may flag the line itself, or leave it and add a line that takes it back. The second way is known by a link
    to the line, by a negative amount, or, where neither is written, by the totals: if they agree only when the flagged
    line takes an earlier one back, it does. The line that takes back need not be flagged: a sale of a negative amount
    or quantity behind its like is one, unless it names another receipt. Without its like before it, one of a negative
    quantity is a return.

    Args:
        lines: All lines of the transaction, in order.
        totals: Its totals.
    """
    items = [line for line in lines if is_item(line)]
    voids = [line for line in lines if "voids" in line or (is_flagged(line) and is_item(line))]
    left = _without_flagged(items, voids, lines, totals) if voids else items
    if "-" in "".join([item.get("extended", "")[:1] + item.get("quantity", "")[:1] for item in left]):
        left, compensating = _without_compensated(items, {id(item) for item in left})
        return left, len(voids) + compensating
    return left, len(voids)


def _without_flagged(
    items: Sequence[Record], voids: Sequence[Record], lines: Sequence[Record], totals: Sequence[Record]
) -> list[Record]:
    """Items that are left when the voids, and what they take back, are gone."""
    gone = {id(line) for line in voids}
    unsure = []
    for line in voids:
        target = _target_of(line, items, gone)
        if target is not None:
            gone.add(id(target))
        elif is_item(line) and "voids" not in line and "item_link" not in line:
            unsure.append(line)
    left = [item for item in items if id(item) not in gone]
    if unsure and difference_cents(left, lines, totals):
        for line in unsure:
            target = _like(line, items, gone)
            if target is not None:
                gone.add(id(target))
        fewer = [item for item in items if id(item) not in gone]
        if not difference_cents(fewer, lines, totals):
            left = fewer
    return left


def _takes_back(item: Record) -> bool:
    """Whether a sale is written with a negative amount or quantity, and names no other receipt."""
    if item.get("extended", "0")[:1] != "-" and item.get("quantity", "1")[:1] != "-":
        return False
    return item.get("kind") in SALES and "links" not in item


def _without_compensated(items: Sequence[Record], standing: set[int]) -> tuple[list[Record], int]:
    """Items without those that a later line takes back whole; one that is taken back in part keeps its rest.

    A till may flag a line and take it back besides: then the line that takes back goes with it.

    Args:
        items: All item lines, in order.
        standing: Identities of those that no flag has voided.

    Returns:
        What is left, and how many lines took one back whole.
    """
    left: list[Record] = []
    gone: set[int] = set()
    alike: dict[tuple[str, int, int], list[Record]] = {}
    voided: dict[tuple[str, int, int], list[Record]] = {}
    sold: set[str] = set()
    for item in items:
        codes, keys = codes_of(item), _keys(item)
        if not _takes_back(item):
            for key in keys:
                (alike if id(item) in standing else voided).setdefault(key, []).append(item)
            if id(item) in standing:
                sold.update(codes)
                left.append(item)
        elif id(item) in standing:
            found = (_last_of(lines.get(key, []), gone) for lines in (alike, voided) for key in keys)
            whole = next((one for one in found if one is not None), None)
            if whole is not None:
                gone.add(id(whole))
            else:
                left.append({**item, "takes_back": "true"} if sold.intersection(codes) else item)
    return [item for item in left if id(item) not in gone], len(gone)


def _keys(item: Record) -> list[tuple[str, int, int]]:
    """What an item is known by to the line that takes it back; nothing where amount or quantity is no number."""
    cents, quantity = extended_cents(item), milli_of(item.get("quantity", "1"))
    if cents is None or quantity is None:
        return []
    return [(code, abs(cents), abs(quantity)) for code in codes_of(item)]


def _last_of(items: list[Record], gone: set[int]) -> Record | None:
    """The last of these that is still there, taken out."""
    while items:
        item = items.pop()
        if id(item) not in gone:
            return item
    return None


def _target_of(line: Record, items: Sequence[Record], gone: set[int]) -> Record | None:
    """The line that a void says it takes back."""
    links = [void.get("item") for void in line.get("voids", ())]
    for item in items:
        if id(item) not in gone and "number" in item and item["number"] in links:
            return item
    if "item_link" in line:
        linked = (item for item in items if item.get("number") == line["item_link"])
        return next((item for item in linked if id(item) not in gone and _are_alike(line, item)), None)
    negative = (milli_of(line.get("quantity")) or 0) < 0 or (extended_cents(line) or 0) < 0
    return _like(line, items, gone) if is_item(line) and negative else None


def _like(line: Record, items: Sequence[Record], gone: set[int]) -> Record | None:
    """The last line before it of the same product and amount that is still there."""
    found = None
    for item in items:
        if item is line:
            break
        if id(item) not in gone and _are_alike(line, item):
            found = item
    return found


def _are_alike(line: Record, item: Record) -> bool:
    ours, theirs = extended_cents(line), extended_cents(item)
    if ours is None or theirs is None or abs(ours) != abs(theirs):
        return False
    return bool(set(codes_of(line)) & set(codes_of(item)))


def settled(
    items: Sequence[Record], lines: Sequence[Record], totals: Sequence[Record]
) -> tuple[list[Record], int]:
    """The items, and by how much they and the totals disagree (`difference_cents`).

    Where a till writes extended amounts before reductions the items are told to come to less. Most tills have taken
    reductions off; which way a till writes is known by the totals alone: when they agree with the items only if
    reductions are taken off, they are.

    Args:
        items: Item lines that are left.
        lines: All lines of the transaction.
        totals: Its totals.
    """
    difference = difference_cents(items, lines, totals) if totals else 0
    if difference and any(cents_of(item.get("extended_discount")) for item in items):
        reduced: list[Record] = [{**item, "before_reductions": "true"} for item in items]
        if not difference_cents(reduced, lines, totals):
            return reduced, 0
    return list(items), difference


def difference_cents(items: Sequence[Record], lines: Sequence[Record], totals: Sequence[Record]) -> int:
    """By how much items and totals disagree; 0 if they agree, or if one of them is not known.

    Totals may hold tax or not, and reductions of the whole transaction may be lines of their own; that every one of
    these readings fails is what counts.

    Args:
        items: Item lines that are left.
        lines: All lines of the transaction.
        totals: Its totals.
    """
    amounts = [signed_cents(item) for item in items]
    known = {word(total.get("type")): cents_of(total.get("amount")) for total in totals}
    wanted = [cents for name in _NET if (cents := known.get(name)) is not None]
    if None in amounts or not wanted:
        return 0
    net = sum(cents for cents in amounts if cents is not None)
    if net in wanted:
        return 0
    tax = known.get(_TAX)
    if tax is None:
        tax = _sum(lines, "Tax", "amount")
    discount = abs(_sum(lines, "Discount", "amount"))
    reward = _sum(lines, "LoyaltyReward", "reward")
    nets = {net, net - discount, net + reward, net - discount + reward}
    slack = sum(abs(cents_of(line.get("rounding")) or 0) for line in lines)
    signs = (1, -1) if net < 0 else (1,)
    readings = {sign * (cents + taxed) for cents in wanted for taxed in (0, -tax, tax) for sign in signs}
    difference = min((one - reading for one in nets for reading in readings), key=abs)
    return 0 if abs(difference) <= slack else net - wanted[0]


def _sum(lines: Sequence[Record], kind: str, key: str) -> int:
    return sum(cents_of(line.get(key)) or 0 for line in lines if line.get("kind") == kind and not is_flagged(line))
