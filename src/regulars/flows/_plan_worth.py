"""What a plan's limits are worth: their prices, and what more money would add, solved anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from regulars.allocate import build_problem, what_if
from regulars.kernel import MICROS_PER_CENT
from regulars.lift import Arm

from ._choose import with_less_room
from ._plan import read_plan
from ._plan_problem import with_make_good
from ._ports import Progress, Warehouse

EXTRA_CENTS = (100_000, 500_000, 2_000_000)
"""How much more money is asked about: 1,000, 5,000 and 20,000 dollars."""

CURVES_MAX = 8
"""Budgets whose curve is told: the store's, then vendors', then offers'; of these the dearest first."""

_SCOPES = ("store", "vendor", "offer")

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


_MINIMA = ("slots_min", "face_min_micros")


@dataclass(frozen=True)
class BudgetCurve:
    """What more money in one budget would add to the plan's worth. Money in cents, worth in micros.

    Args:
        scope: ``offer``, ``vendor`` or ``store``.
        limit_id: Offer or vendor id; ``all`` for the store.
        budget_cents: What of it was left for the chosen lists.
        next_dollar_micros: What the next dollar adds.
        points: Extra money, and what it adds.
        enough_cents: Extra money beyond which a dollar adds nothing.
        most_micros: What so much adds.
    """

    scope: str
    limit_id: str
    budget_cents: int
    next_dollar_micros: int
    points: tuple[tuple[int, int], ...]
    enough_cents: int
    most_micros: int


def budget_curves(
    warehouse: Warehouse, plan_id: str, progress: Progress, *, workers: int = 1
) -> tuple[BudgetCurve, ...]:
    """Solve a plan's prices anew with more money in each budget that binds, the dearest first.

    Figures are differences of certified bounds: what could be gained at most, which plans reach to a fraction of a per
    cent. A budget whose next dollar is worth nothing is not asked about.

    Args:
        warehouse: Holds the plan.
        plan_id: The plan.
        progress: Told of each curve.
        workers: Threads.

    Raises:
        ContractError: There is no such plan.
    """
    rows = read_plan(warehouse, plan_id, "plan_prices").to_pylist()
    asked = [row for row in rows if row["kind"] == "budget_micros" and row["price"] > 0]
    asked = sorted(asked, key=lambda row: (_SCOPES.index(row["scope"]), -row["price"], row["id"]))[:CURVES_MAX]
    case = _CurveCase.of(warehouse, plan_id, rows, workers)
    curves = []
    with progress.step("what more money is worth", len(asked)) as step:
        base = case.solved({})[0] if asked else 0
        for row in asked:
            key = (row["scope"], row["id"])
            points: list[tuple[int, int]] = []
            for extra in EXTRA_CENTS:
                bound, _ = case.solved({key: row["limit"] + extra * MICROS_PER_CENT})
                points.append((extra, max(0, bound - base, points[-1][1] if points else 0)))
            most, used = case.solved({key: None})
            enough = max(0, used[key] - row["limit"])
            gain = max(0, most - base)
            told = tuple((extra, min(gain, added)) for extra, added in points)
            curves.append(
                BudgetCurve(*key, row["limit"] // MICROS_PER_CENT, round(row["price"] * 100 * MICROS_PER_CENT),
                            told, -(-enough // MICROS_PER_CENT), gain)
            )  # fmt: skip
            step.advance()
    return tuple(curves)


@dataclass(frozen=True)
class _CurveCase:
    """The problem of a plan's chosen lists, ready to be solved with other budgets."""

    households: pa.Table
    offers: pa.Table
    levels: pa.Table
    options: pa.Table
    limits: pa.Table
    left: Mapping[tuple[str, str, str], int]
    prices: LimitPrices
    workers: int
    make_good: Mapping[str, int]

    @classmethod
    def of(cls, warehouse: Warehouse, plan_id: str, rows: Sequence[Row], workers: int) -> _CurveCase:
        names = ("plan_households", "plan_offers", "plan_levels", "plan_options", "plan_limits", "plan_grants")
        tables = {name: read_plan(warehouse, plan_id, name) for name in names}
        lists = read_plan(warehouse, plan_id, "plan_lists")
        targeted = lists.filter(pc.equal(lists["arm"], Arm.TARGETED.value))["household_id"].combine_chunks()
        mine = {
            name: tables[name].filter(pc.is_in(tables[name]["household_id"], targeted))
            for name in ("plan_households", "plan_options", "plan_grants")
        }
        drawn = mine["plan_grants"].filter(mine["plan_grants"]["discovery"])
        pairs = drawn.select(["household_id", "offer_id"])
        wanted = _as_far_as_had(mine["plan_households"], read_plan(warehouse, plan_id, "plan_waivers").to_pylist())
        left = {(row["scope"], row["id"], row["kind"]): row["limit"] for row in rows}
        promised = read_plan(warehouse, plan_id, "plan_guarantees").to_pylist()
        return cls(
            with_less_room(wanted, tables["plan_levels"], drawn),
            tables["plan_offers"],
            tables["plan_levels"],
            mine["plan_options"].join(pairs, ["household_id", "offer_id"], join_type="left anti"),
            tables["plan_limits"],
            left,
            limit_prices(rows),
            workers,
            {
                row["offer_id"]: row["make_good_cents"] * MICROS_PER_CENT
                for row in promised
                if row["make_good_cents"]
            },
        )

    def solved(self, changed: Mapping[tuple[str, str], int | None]) -> tuple[int, Mapping[tuple[str, str], int]]:
        """Bound and use of money with some budgets changed; None lifts one."""

        def budget(scope: str, limit_id: str) -> int | None:
            key = (scope, limit_id)
            return changed[key] if key in changed else self.left.get((*key, "budget_micros"))

        offers = [
            {
                **row,
                "vendor_budget_micros": budget("offer", row["offer_id"]),
                "distributions_max": self.left.get(("offer", row["offer_id"], "distributions_max")),
                "distributions_min": self.left.get(("offer", row["offer_id"], "distributions_min")),
            }
            for row in self.offers.to_pylist()
        ]
        limits = [
            row if row["scope"] == "category" else {**row, "budget_micros": budget(row["scope"], row["id"])}
            for row in self.limits.to_pylist()
        ]
        problem = build_problem(
            self.households,
            with_make_good(pa.Table.from_pylist(offers, schema=self.offers.schema), self.make_good),
            self.levels,
            self.options,
            pa.Table.from_pylist(limits, schema=self.limits.schema),
        )
        money = {key: price for key, price in self.prices.money.items() if changed.get(key, 0) is not None}
        answer = what_if(problem, money, self.prices.lists, workers=self.workers)
        return answer.bound_micros, answer.used_micros


def _as_far_as_had(households: pa.Table, waivers: Sequence[Row]) -> pa.Table:
    """Rows of `plan_households` whose minima are those the lists hold: no bound is true of what cannot be met."""
    had = {(row["household_id"], row["rule"]): row["had"] for row in waivers}
    rows = [
        {**row, **{rule: min(row[rule], had.get((row["household_id"], rule), row[rule])) for rule in _MINIMA}}
        for row in households.to_pylist()
    ]
    return pa.Table.from_pylist(rows, schema=households.schema)
