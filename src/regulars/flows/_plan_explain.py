"""Why a household's list is as it is: each grant, what it displaced, and each near miss with a reason code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regulars.contracts import ReasonCode
from regulars.kernel import MICROS_PER_CENT, ContractError
from regulars.lift import Arm

from ._plan import check_plan, plan_rows_of, read_plan
from ._plan_freeze import PRINTED
from ._plan_worth import LimitPrices, limit_prices
from ._ports import Warehouse

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ExplainedGrant:
    """One special of a list.

    Args:
        slot: Place on the list.
        offer_id: The offer.
        name: Its deal's name.
        level: The level given.
        levels: Levels the household might have had, ascending.
        face_cents: What it saves, as printed.
        kind: Due, usual, bought or suggestion.
        reason_code: Why it stands there.
        cell: The household's cell in the offer's category.
        redemptions: Expected.
        value_micros: Expected margin caused, less markdown, plus fee.
        net_micros: The same less what its use of shared limits is worth elsewhere.
        why_level: Why this level, in words.
        displaced_offer_id: The best offer that would stand in its place; empty if there is none.
        displaced_name: Its deal's name.
        displaced_net_micros: Its value less what its use of limits is worth elsewhere.
    """

    slot: int
    offer_id: str
    name: str
    level: int
    levels: tuple[int, ...]
    face_cents: int
    kind: str
    reason_code: str
    cell: str
    redemptions: float
    value_micros: int
    net_micros: int
    why_level: str
    displaced_offer_id: str
    displaced_name: str
    displaced_net_micros: int


@dataclass(frozen=True)
class NearMiss:
    """An offer the household might have had; `net_micros` is None where it never got so far as to be weighed."""

    offer_id: str
    name: str
    reason_code: str
    detail: str
    net_micros: int | None


@dataclass(frozen=True)
class ExplainedList:
    """A household's list and what was left off it.

    Args:
        plan_id: The plan.
        label: The mark of figures that rest on assumptions.
        household_id: The household.
        arm: Targeted or holdout.
        tier: By what it spends.
        store_id: Home store.
        face_cents: Printed savings of the list.
        grants: Its specials, in order.
        misses: Offers it did not get, the nearest first.
        waivers: Minima the list falls short of, as it prints: rule, wanted, had.
    """

    plan_id: str
    label: str
    household_id: str
    arm: str
    tier: str
    store_id: str
    face_cents: int
    grants: tuple[ExplainedGrant, ...]
    misses: tuple[NearMiss, ...]
    waivers: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class PlanGround:
    """What the explanations of all lists of a plan stand on.

    Args:
        label: The mark of figures that rest on assumptions.
        caps: Most offers of each category.
        terms: Rows of `plan_terms` by offer, its first level.
        money: Face and funding in micros by offer and level, as the plan reckons.
        prices: Of the limits.
    """

    label: str
    caps: Mapping[str, int]
    terms: Mapping[str, Row]
    money: Mapping[tuple[str, int], tuple[int, int]]
    prices: LimitPrices


def plan_ground(warehouse: Warehouse, plan_id: str) -> PlanGround:
    """What explanations of a plan's lists stand on; whoever explains many reads it once.

    Raises:
        ContractError: There is no such plan.
    """
    check_plan(warehouse, plan_id)
    money = {
        (row["offer_id"], row["level"]): (row["face_micros"], row["funding_micros"])
        for row in read_plan(warehouse, plan_id, "plan_levels").to_pylist()
    }
    limits = read_plan(warehouse, plan_id, "plan_limits").to_pylist()
    terms: dict[str, Row] = {}
    for row in read_plan(warehouse, plan_id, "plan_terms").to_pylist():
        terms.setdefault(row["offer_id"], row)
    return PlanGround(
        warehouse.properties(f"plans/{plan_id}/plan")["label"],
        {row["id"]: row["max_count"] for row in limits if row["scope"] == "category"},
        terms,
        money,
        limit_prices(read_plan(warehouse, plan_id, "plan_prices").to_pylist()),
    )


def explain_list(
    warehouse: Warehouse, plan_id: str, household_id: str, ground: PlanGround | None = None
) -> ExplainedList:
    """Explain one household's list from what the plan froze.

    Args:
        warehouse: Holds the plan.
        plan_id: The plan.
        household_id: Whose list.
        ground: What `plan_ground` read of the plan; read now if not given.

    Raises:
        ContractError: There is no such plan, or the household has no list in it.
    """
    check_plan(warehouse, plan_id)
    rows = {name: plan_rows_of(warehouse, plan_id, name, household_id) for name in _BY_HOUSEHOLD}
    if not rows["plan_lists"]:
        raise ContractError(
            f"plan {plan_id} has no list for household {household_id!r}",
            hint="only households that spend enough get one; see `[eligibility]` in regulars.toml",
        )
    ground = ground or plan_ground(warehouse, plan_id)
    case = _Case.of(ground, rows)
    entry = rows["plan_lists"][0]
    read = [row for row in rows["plan_waivers"] if row["rule"] in ("slots_min", PRINTED)]
    waivers = tuple((row["rule"], row["wanted"], row["had"]) for row in read)
    return ExplainedList(
        plan_id, ground.label, household_id, entry["arm"], entry["tier"], entry["store_id"], entry["face_cents"],
        tuple(case.grant(row) for row in sorted(rows["plan_grants"], key=lambda row: row["slot"])),
        tuple(case.misses(rows["plan_misses"], rows["plan_controls"])), waivers,
    )  # fmt: skip


_BY_HOUSEHOLD = (
    "plan_lists",
    "plan_grants",
    "plan_options",
    "plan_households",
    "plan_waivers",
    "plan_controls",
    "plan_misses",
    "plan_capped",
)


@dataclass(frozen=True)
class _Case:
    """One household's list with all that was weighed.

    Args:
        untargeted: Whether the list was drawn.
        capped: Whether the store's cap leaves the household the shallowest level alone.
        household: Row of `plan_households`.
        caps: Most offers of each category.
        terms: Rows of `plan_terms` by offer, its first level.
        money: Face and funding in micros by offer and level, as the plan reckons.
        given: Rows of `plan_grants` by offer.
        levels: By offer, options by level: row and net worth.
        prices: Of the limits.
    """

    untargeted: bool
    capped: bool
    household: Row
    caps: Mapping[str, int]
    terms: Mapping[str, Row]
    money: Mapping[tuple[str, int], tuple[int, int]]
    given: Mapping[str, Row]
    levels: Mapping[str, Mapping[int, tuple[Row, float]]]
    prices: LimitPrices

    @classmethod
    def of(cls, ground: PlanGround, rows: Mapping[str, list[dict[str, Any]]]) -> _Case:
        money, terms, prices = ground.money, ground.terms, ground.prices
        levels: dict[str, dict[int, tuple[Row, float]]] = {}
        for row in rows["plan_options"]:
            key = (row["offer_id"], row["level"])
            net = prices.net(row, *money[key], terms[row["offer_id"]]["vendor_id"])
            levels.setdefault(row["offer_id"], {})[row["level"]] = (row, net)
        return cls(
            rows["plan_lists"][0]["arm"] == Arm.HOLDOUT,
            bool(rows["plan_capped"]),
            rows["plan_households"][0],
            ground.caps,
            terms,
            money,
            {row["offer_id"]: row for row in rows["plan_grants"]},
            levels,
            prices,
        )

    def grant(self, row: Row) -> ExplainedGrant:
        offer_id, level = row["offer_id"], row["level"]
        options = self.levels.get(offer_id, {})
        net = options[level][1] if level in options else float(row["value_micros"])
        other = "" if self.untargeted or row["discovery"] else self._displaced(offer_id)
        return ExplainedGrant(
            row["slot"], offer_id, self._name(offer_id), level, tuple(sorted(options)), row["face_cents"],
            row["kind"], row["reason_code"], row["cell"], row["redemptions"], row["value_micros"], round(net),
            self._why_level(row), other, self._name(other) if other else "",
            round(self._best(other)[1]) if other else 0,
        )  # fmt: skip

    def misses(self, early: Sequence[Row], controls: Sequence[Row]) -> list[NearMiss]:
        """Offers not given: those weighed by net worth, then those that never became an option, by reason."""
        withheld = {row["offer_id"] for row in controls}
        weighed = []
        for offer_id in self.levels:
            if offer_id in self.given:
                continue
            code, detail = self._why_not(offer_id, withheld)
            weighed.append(
                NearMiss(offer_id, self._name(offer_id), code.value, detail, round(self._best(offer_id)[1]))
            )
        weighed.sort(key=lambda miss: (-(miss.net_micros or 0), miss.offer_id))
        order = {code.value: place for place, code in enumerate(ReasonCode)}
        rest = [
            NearMiss(row["offer_id"], self._name(row["offer_id"]), row["reason_code"], "", None) for row in early
        ]
        return weighed + sorted(rest, key=lambda miss: (-order[miss.reason_code], miss.offer_id))

    def _name(self, offer_id: str) -> str:
        return str(self.terms[offer_id]["name"])

    def _category(self, offer_id: str) -> str:
        return str(self.terms[offer_id]["category_id"])

    def _best(self, offer_id: str) -> tuple[int, float]:
        """The level of greatest net worth, and that worth."""
        return min(
            ((level, net) for level, (_, net) in self.levels[offer_id].items()), key=lambda o: (-o[1], o[0])
        )

    def _face(self) -> int:
        return sum(self.money[offer_id, row["level"]][0] for offer_id, row in self.given.items())

    def _displaced(self, offer_id: str) -> str:
        """The offer of greatest net worth that could stand in a grant's place; empty if none is worth giving."""
        counts = Counter(self._category(one) for one in self.given if one != offer_id)
        rest = self._face() - self.money[offer_id, self.given[offer_id]["level"]][0]
        found = []
        for other in self.levels:
            level, net = self._best(other)
            category = self._category(other)
            fits = counts[category] < self.caps.get(category, 1 << 30)
            fits &= rest + self.money[other, level][0] <= self.household["face_max_micros"]
            if other not in self.given and fits and net > 0:
                found.append((-net, other))
        return min(found)[1] if found else ""

    def _why_level(self, row: Row) -> str:
        if self.untargeted:
            return "drawn at random"
        if row["discovery"]:
            return "drawn at random, to learn"
        options = self.levels.get(row["offer_id"], {})
        if self.capped:
            return "the shallowest alone: it lives on deals, and the store caps that"
        if len(options) <= 1:
            return "the only level open to this household"
        best, net = self._best(row["offer_id"])
        mine = options[row["level"]][1]
        if best == row["level"]:
            second = max(other for level, (_, other) in options.items() if level != best)
            return f"worth {_money(net - second)} more than the next level"
        if best > row["level"]:
            return (
                f"level {best} is worth {_money(net - mine)} more, but not within the list's face or what is left"
            )
        return f"level {best} is worth {_money(net - mine)} more, but leaves the list below its face"

    def _why_not(self, offer_id: str, withheld: set[str]) -> tuple[ReasonCode, str]:
        """The first reason that keeps an option off the list."""
        if offer_id in withheld:
            return ReasonCode.NO_WITHHELD, "withheld by chance, to measure what it does"
        level, net = self._best(offer_id)
        row = self.levels[offer_id][level][0]
        if net <= 0:
            parts = self.prices.parts(row, *self.money[offer_id, level], str(self.terms[offer_id]["vendor_id"]))
            dearest = max(parts, key=lambda name: (parts[name], name))
            return ReasonCode.NO_BUDGET, f"{dearest} is worth more elsewhere"
        category = self._category(offer_id)
        held = [one for one in self.given if self._category(one) == category]
        if len(held) >= self.caps.get(category, 1 << 30):
            return ReasonCode.NO_CATEGORY_FULL, f"{len(held)} of {category} are on the list"
        spent = self.prices.used_up(offer_id)
        if spent:
            return ReasonCode.NO_BUDGET, f"{spent} is used up"
        if len(self.given) >= self.household["slots_max"]:
            return ReasonCode.NO_SLOT, f"the list is full with {len(self.given)}"
        if self._face() + self.money[offer_id, level][0] > self.household["face_max_micros"]:
            return ReasonCode.NO_FACE_FULL, "the list would be worth more than its band allows"
        return ReasonCode.NO_BUDGET, "what is left of its limits does not pay for one more"


def _money(micros: float) -> str:
    return f"${micros / MICROS_PER_CENT / 100:,.3f}"
