"""What a plan's limits are worth: their prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class LimitPrices:
    """Prices of a plan's limits, micros of value per micro of money or per list.

    Args:
        money: By scope and id.
        lists: By offer: positive for a cap, negative for a guarantee.
        left: What is left of each limit, by scope, id and kind; guarantees are not in it.
    """

    money: Mapping[tuple[str, str], float]
    lists: Mapping[str, float]
    left: Mapping[tuple[str, str, str], int] = field(default_factory=dict)

    def parts(self, row: Row, face_micros: int, funding_micros: int, vendor_id: str) -> dict[str, float]:
        """What an option's use of each limit is worth, micros, by the limit's name.

        Args:
            row: Row of `plan_options`.
            face_micros: Its level's face.
            funding_micros: What the vendor pays of it.
            vendor_id: Its vendor.
        """
        offer_id, used = row["offer_id"], row["redemptions"]
        own = face_micros - funding_micros
        return {
            "the offer's money": used * funding_micros * self.money.get(("offer", offer_id), 0.0),
            f"the money of vendor {vendor_id}": used * funding_micros * self.money.get(("vendor", vendor_id), 0.0),
            "the store's own money": used * own * self.money.get(("store", "all"), 0.0),
            "a list of this offer": self.lists.get(offer_id, 0.0),
        }

    def net(self, row: Row, face_micros: int, funding_micros: int, vendor_id: str) -> float:
        """An option's value less what its use of limits is worth elsewhere, micros."""
        return float(row["value_micros"] - sum(self.parts(row, face_micros, funding_micros, vendor_id).values()))

    def used_up(self, offer_id: str) -> str:
        """The limit on an offer's lists if none is left of it; else empty."""
        if self.left.get(("offer", offer_id, "distributions_max"), 1) < 1:
            return "the number of lists for this offer"
        return ""


def limit_prices(rows: Sequence[Row]) -> LimitPrices:
    """Prices from rows of `plan_prices`."""
    money = {(row["scope"], row["id"]): row["price"] for row in rows if row["kind"] == "budget_micros"}
    lists: dict[str, float] = {}
    for row in rows:
        if row["kind"] != "budget_micros":
            sign = -1.0 if row["kind"] == "distributions_min" else 1.0
            lists[row["id"]] = lists.get(row["id"], 0.0) + sign * row["price"]
    left = {
        (row["scope"], row["id"], row["kind"]): row["limit"] - row["used"]
        for row in rows
        if row["kind"] != "distributions_min"
    }
    return LimitPrices(money, lists, left)
