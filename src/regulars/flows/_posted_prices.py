"""Prices are looked at again when lists are made: between plan and press a shelf may have got another one."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from regulars.contracts import DealKind, Ladder
from regulars.offers import saving_cents

from ._ports import Warehouse
from ._rows import read_rows

_STORES_KEPT = 2


class PriceChange(StrEnum):
    """What a list says otherwise than its plan, because a posted price is another one."""

    ITEM_PRICE = "items printed at a newer posted price"
    ITEM_UNSURE = "items printed without a price, for it changes while the list holds"
    SPECIAL_SAVING = "specials that save another amount at the newer posted price"
    SPECIAL_GONE = "specials left out, for the shelf is as cheap"


@dataclass(frozen=True)
class PostedPrice:
    """What a store has posted for a product over the days a list holds.

    Args:
        lowest_cents: The lowest price on these days.
        highest_cents: The highest.
        from_on: Since when the price of the first day holds.
        last_on: Its last day, if the next one is known.
    """

    lowest_cents: int
    highest_cents: int
    from_on: date
    last_on: date | None

    @property
    def certain(self) -> bool:
        """Whether it is one price on all these days."""
        return self.lowest_cents == self.highest_cents


class PostedPrices:
    """Posted prices as they are known now, for the days a list holds; where none is posted, there is none.

    Prices are read a store at a time: lists come in the order of the post, store by store.

    Args:
        of_store: Rows of `prices` of a store.
        from_on: First day.
        until_on: Last day and one more.
    """

    def __init__(self, of_store: Callable[[str], pa.Table], from_on: date, until_on: date) -> None:
        self._of_store = lru_cache(_STORES_KEPT)(lambda store_id: _by_product(of_store(store_id)))
        self._from_on, self._until_on = from_on, until_on
        self.changes: Counter[PriceChange] = Counter()

    @classmethod
    def of(cls, warehouse: Warehouse, products: pa.Array, from_on: date, until_on: date) -> PostedPrices:
        """Those of some products.

        Args:
            warehouse: Holds `prices`.
            products: Ids of the products that stand on lists.
            from_on: First day the lists hold.
            until_on: Last day and one more.
        """

        def of_store(store_id: str) -> pa.Table:
            rows = read_rows(warehouse.files("prices"), "prices", only=[("store_id", "=", store_id)])
            return rows.filter(pc.is_in(rows["product_id"], products))

        return cls(of_store, from_on, until_on)

    def price(self, store_id: str, product_id: str) -> PostedPrice | None:
        """What is posted; None where nothing is by the first day."""
        days = self._of_store(store_id).get(product_id, [])
        first = bisect_right(days, self._from_on, key=lambda entry: entry[0])
        if not first:
            return None
        end = bisect_right(days, self._until_on - timedelta(days=1), key=lambda entry: entry[0])
        cents = [price for _, price in days[first - 1 : end]]
        last_on = days[first][0] - timedelta(days=1) if first < len(days) else None
        return PostedPrice(min(cents), max(cents), days[first - 1][0], last_on)

    def item(self, store_id: str, product_id: str, planned_cents: int | None) -> int | None:
        """The price an item is printed with; None for none."""
        posted = self.price(store_id, product_id)
        if posted is None or planned_cents is None:
            return planned_cents
        if not posted.certain:
            self.changes[PriceChange.ITEM_UNSURE] += 1
            return None
        if posted.lowest_cents != planned_cents:
            self.changes[PriceChange.ITEM_PRICE] += 1
        return posted.lowest_cents

    def special(
        self, store_id: str, product_id: str, kind: DealKind, rung: Ladder, planned: tuple[int, int]
    ) -> tuple[int, int] | None:
        """Price and saving a special is printed with, never more than the till will give; None if it saves nothing.

        Args:
            store_id: Where the household shops.
            product_id: The product shown.
            kind: How the shopper gains.
            rung: The level's numbers.
            planned: Price and saving of the plan, in cents.
        """
        posted = self.price(store_id, product_id)
        if (
            posted is None
            or kind is DealKind.THRESHOLD
            or {posted.lowest_cents, posted.highest_cents} == {planned[0]}
        ):
            return planned
        printed = min(
            (saving_cents(kind, rung, cents), cents) for cents in (posted.lowest_cents, posted.highest_cents)
        )[::-1]
        if printed[1] <= 0:
            self.changes[PriceChange.SPECIAL_GONE] += 1
            return None
        if printed != planned:
            self.changes[PriceChange.SPECIAL_SAVING] += 1
        return printed


def _by_product(rows: pa.Table) -> dict[str, list[tuple[date, int]]]:
    """Days from which prices hold, in order, and the prices, by product."""
    found: dict[str, list[tuple[date, int]]] = {}
    for row in rows.sort_by("from_on").to_pylist():
        found.setdefault(row["product_id"], []).append((row["from_on"], row["price_cents"]))
    return found
