"""What a retailer does without prices: greedy rules, on the same tables, judged by the same verifier."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

RULES = ("by redemption", "by value", "global sort by value")


def greedy_plan(problem: dict[str, pa.Table], rule: str) -> pa.Table:
    """A plan by a greedy rule: it keeps every maximum and never looks at a minimum.

    Args:
        problem: The five tables.
        rule: One of `RULES`; the first two serve one household after the other.
    """
    options = problem["options"]
    options = options.filter(pa.compute.invert(options["excluded"]))
    household = np.unique(options["household_id"].to_numpy(), return_inverse=True)[1]
    score = options["redemptions" if rule == "by redemption" else "value_micros"].to_numpy()
    order = np.argsort(-score, kind="stable") if rule.startswith("global") else np.lexsort((-score, household))
    till = _Till.of(problem)
    taken = [row for row, line in zip(order.tolist(), _lines(options, order), strict=True) if till.take(*line)]
    return options.take(pa.array(sorted(taken))).select(["household_id", "offer_id", "level"])


def _lines(options: pa.Table, order: NDArray[np.int64]) -> list[tuple[str, str, int, int, float]]:
    names = ("household_id", "offer_id", "level", "value_micros", "redemptions")
    columns = [options[name].take(pa.array(order)).to_pylist() for name in names]
    return list(zip(*columns, strict=True))


@dataclass
class _Till:
    """What is left of every maximum."""

    households: dict[str, dict[str, Any]]
    offers: dict[str, dict[str, Any]]
    levels: dict[tuple[str, int], dict[str, Any]]
    category_cap: dict[str, int]
    money: dict[tuple[str, str], float]
    given: dict[str, int] = field(default_factory=dict)
    lists: dict[str, tuple[int, int, dict[str, int], set[str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, problem: dict[str, pa.Table]) -> _Till:
        limits = problem["limits"].to_pylist()
        offers = problem["offers"].to_pylist()
        money = {("offer", row["offer_id"]): row["vendor_budget_micros"] for row in offers}
        money |= {(row["scope"], row["id"]): row["budget_micros"] for row in limits}
        return cls(
            {row["household_id"]: row for row in problem["households"].to_pylist()},
            {row["offer_id"]: row for row in offers},
            {(row["offer_id"], row["level"]): row for row in problem["levels"].to_pylist()},
            {row["id"]: row["max_count"] for row in limits if row["scope"] == "category"},
            {key: float(left) for key, left in money.items() if left is not None},
        )

    def take(self, household: str, offer: str, level: int, value: int, redemptions: float) -> bool:
        """Give the option if every maximum allows it; nobody gives away what loses value."""
        policy, terms, face = self.households[household], self.offers[offer], self.levels[offer, level]
        count, total, categories, offers = self.lists.get(household, (0, 0, {}, set()))
        category = terms["category_id"]
        most = terms["distributions_max"]
        funded = redemptions * face["funding_micros"]
        own = redemptions * (face["face_micros"] - face["funding_micros"])
        costs = {("offer", offer): funded, ("vendor", terms["vendor_id"]): funded, ("store", "all"): own}
        if (
            value <= 0
            or offer in offers
            or count >= policy["slots_max"]
            or total + face["face_micros"] > policy["face_max_micros"]
            or categories.get(category, 0) >= self.category_cap.get(category, 1_000)
            or (most is not None and self.given.get(offer, 0) >= most)
            or any(cost > self.money.get(key, np.inf) for key, cost in costs.items())
        ):
            return False
        for key, cost in costs.items():
            if key in self.money:
                self.money[key] -= cost
        self.given[offer] = self.given.get(offer, 0) + 1
        categories[category] = categories.get(category, 0) + 1
        offers.add(offer)
        self.lists[household] = (count + 1, total + face["face_micros"], categories, offers)
        return True
