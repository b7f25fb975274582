"""Where a plan's money goes: by vendor, offer, tier, brand and arm, and how much of every limit is used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from regulars.contracts import LimitUse, MoneyRow, SpecialKind
from regulars.kernel import MICROS_PER_CENT, dollars
from regulars.lift import Arm

from ._plan import PlanSummary, plan_summary, read_plan
from ._plan_freeze import PRINTED
from ._plan_limits import PlanLimit, limit_use, limit_words
from ._plan_missed import MissedGuarantees, guarantees_missed
from ._ports import Warehouse

SHOWN_MAX = 20
"""Rows of vendors, offers and limits that are told; all of them are in the figures."""

DRAWN_TO_LEARN = "drawn to learn"


@dataclass(frozen=True)
class ArmRow:
    """Lists of one arm and tier. Money in cents, on average a list."""

    arm: str
    tier: str
    lists: int
    specials: float
    face_cents: float
    expected_face_cents: float


@dataclass(frozen=True)
class PlanShown:
    """Where a plan's money goes; expected figures rest on the assumptions named by `label`.

    Args:
        summary: What it came to.
        label: The mark of assumed figures.
        vendors: By expected cost, dearest first; ``store`` is the store's own money alone.
        offers: The same by offer.
        tiers: By household tier, from the smallest.
        brands: By whose brand is offered.
        kinds: Due, usual, bought, suggestion.
        cells: By the households' cells in the offers' categories; ``none`` where they buy nothing there.
        discoveries: Drawn to learn, beside chosen.
        arms: Targeted beside held-out lists.
        limits: Every limit that was set: caps, the most used first, then guarantees.
        waivers: Households that got less than wanted, by what they got less of.
        thin_lists: Why most households got fewer specials than wanted, in a sentence; empty when few did.
        guarantees: Those that were missed, and what stood in their way.
    """

    summary: PlanSummary
    label: str
    vendors: tuple[MoneyRow, ...]
    offers: tuple[MoneyRow, ...]
    tiers: tuple[MoneyRow, ...]
    brands: tuple[MoneyRow, ...]
    kinds: tuple[MoneyRow, ...]
    cells: tuple[MoneyRow, ...]
    discoveries: tuple[MoneyRow, ...]
    arms: tuple[ArmRow, ...]
    limits: tuple[LimitUse, ...]
    waivers: tuple[tuple[str, int], ...]
    thin_lists: str
    guarantees: MissedGuarantees

    def sentences(self) -> list[str]:
        """The plan in a few sentences, for whoever reads no table."""
        one = self.summary
        paid = dollars(one.expected_vendor_cents), dollars(one.expected_face_cents - one.expected_vendor_cents)
        learnt = sum(row.specials for row in self.discoveries if row.name == DRAWN_TO_LEARN)
        return [
            f"{one.grants:,} specials on {one.households:,} lists; {one.held_out:,} lists are held out: drawn at "
            f"random, to measure by. Of the specials on the others {learnt:,} are drawn too, to learn.",
            f"Printed savings {dollars(one.face_cents)}. Shoppers are expected to take "
            f"{dollars(one.expected_face_cents)} of it: vendors pay {paid[0]}, the store {paid[1]} ({self.label}).",
            f"Expected to bring {dollars(one.value_micros // MICROS_PER_CENT)} more than no specials would "
            f"({self.label}); {one.share_of_bound:.2%} of the greatest worth possible within the limits.",
        ]

    def tables(self, *, everything: bool = True) -> list[tuple[Sequence[str], list[Sequence[str]]]]:
        """Heads and rows of what is told, in order; heads carry the mark without what its rates were learnt from.

        Args:
            everything: Also by offer, brand, kind, cell and how it came about.
        """
        named: tuple[tuple[str, tuple[MoneyRow, ...]], ...] = (("vendor", self.vendors), ("tier", self.tiers))
        if everything:
            named += (
                ("offer", self.offers),
                ("brand", self.brands),
                ("kind", self.kinds),
                ("cell: what it buys in the category, and how much", self.cells),
                ("how it came about", self.discoveries),
            )
        expected = f"expected ({self.label.partition('; ')[0]})"
        told: list[tuple[Sequence[str], list[Sequence[str]]]] = [
            (
                (head, "specials", "face", expected, "paid by vendors"),
                [_money_cells(row) for row in rows[:SHOWN_MAX]],
            )
            for head, rows in named
        ]
        heads = ("arm", "tier", "lists", "specials a list", "face a list", expected)
        told.append((heads, [_arm_cells(row) for row in self.arms]))
        limits = [_limit_cells(row) for row in self.limits[:SHOWN_MAX]]
        told.append((("limit", "used", "of", "share"), limits))
        told += self.guarantees.tables()
        if self.waivers:
            told.append((("lists with", "households"), [(words, f"{count:,}") for words, count in self.waivers]))
        if self.thin_lists:
            told.append((("why",), [(self.thin_lists,)]))
        return told


def show_plan(warehouse: Warehouse, plan_id: str) -> PlanShown:
    """Add up where a plan's money goes.

    Raises:
        ContractError: There is no such plan.
    """
    summary = plan_summary(warehouse, plan_id)
    grants = read_plan(warehouse, plan_id, "plan_grants")
    lists = read_plan(warehouse, plan_id, "plan_lists")
    waived = _waived(read_plan(warehouse, plan_id, "plan_waivers"))
    terms = {row["offer_id"]: row for row in read_plan(warehouse, plan_id, "plan_terms").to_pylist()}
    tier = dict(zip(lists["household_id"].to_pylist(), lists["tier"].to_pylist(), strict=True))
    offer_ids, names = grants["offer_id"].to_pylist(), _names_of(terms)
    tiers = [tier[household_id] for household_id in grants["household_id"].to_pylist()]
    order = {name: place for place, name in enumerate(("small", "ordinary", "major", "best"))}
    kinds = {kind.value: place for place, kind in enumerate(SpecialKind)}
    return PlanShown(
        summary=summary,
        label=assumption_label(warehouse, plan_id),
        vendors=money_rows(grants, grants["vendor_id"].to_pylist()),
        offers=money_rows(grants, [names[one] for one in offer_ids]),
        tiers=_in_order(money_rows(grants, tiers), order),
        brands=money_rows(grants, [terms[one]["brand_kind"] for one in offer_ids]),
        kinds=_in_order(money_rows(grants, grants["kind"].to_pylist()), kinds),
        cells=_in_order(money_rows(grants, [cell or "none" for cell in grants["cell"].to_pylist()]), _CELLS),
        discoveries=money_rows(grants, _how_of(grants)),
        arms=_arm_rows(grants, lists, order),
        limits=_limits(limit_use(warehouse, plan_id), terms),
        waivers=tuple((_WAIVER_WORDS.get(rule, rule), count) for rule, count in waived.items()),
        thin_lists=thin_lists(waived, summary.households),
        guarantees=guarantees_missed(warehouse, plan_id),
    )


_CELLS = {
    f"{brand} {usage}": 3 * i + j
    for i, brand in enumerate(("national", "switcher", "own"))
    for j, usage in enumerate(("heavy", "medium", "light"))
}


def offer_names(warehouse: Warehouse, plan_id: str) -> dict[str, str]:
    """What a reader calls each offer of a plan."""
    return _names_of({row["offer_id"]: row for row in read_plan(warehouse, plan_id, "plan_terms").to_pylist()})


def _names_of(terms: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
    return {offer_id: f"{row['name']} ({offer_id})" for offer_id, row in terms.items()}


def _how_of(grants: pa.Table) -> list[str]:
    arms, drawn = grants["arm"].to_pylist(), grants["discovery"].to_pylist()
    return [
        DRAWN_TO_LEARN if by_chance else "chosen" if arm == Arm.TARGETED else "held out, drawn"
        for arm, by_chance in zip(arms, drawn, strict=True)
    ]


def money_rows(grants: pa.Table, names: Sequence[str]) -> tuple[MoneyRow, ...]:
    """Grants added up by a name, by expected cost, dearest first, then name.

    Args:
        grants: Rows of `plan_grants`.
        names: The name of each row's group, shape ``(rows,)``.
    """
    groups = sorted(set(names))
    place = {name: number for number, name in enumerate(groups)}
    codes = np.array([place[name] for name in names], dtype=np.int64)
    redemptions, face = grants["redemptions"].to_numpy(), grants["face_cents"].to_numpy()
    funding = grants["funding_cents"].to_numpy()
    columns = [
        np.bincount(codes, weights=weights, minlength=len(groups))
        for weights in (np.ones(len(codes)), face, redemptions * face, redemptions * funding)
    ]
    rows = [
        MoneyRow(name, *(round(float(column[number])) for column in columns)) for number, name in enumerate(groups)
    ]
    return tuple(sorted(rows, key=lambda row: (-row.expected_face_cents, row.name)))


def assumption_label(warehouse: Warehouse, plan_id: str) -> str:
    """The mark of the figures of a plan that rest on assumptions."""
    return warehouse.properties(f"plans/{plan_id}/plan")["label"]


def _in_order(rows: Sequence[MoneyRow], order: dict[str, int]) -> tuple[MoneyRow, ...]:
    return tuple(sorted(rows, key=lambda row: (order.get(row.name, len(order)), row.name)))


def _arm_rows(grants: pa.Table, lists: pa.Table, order: dict[str, int]) -> tuple[ArmRow, ...]:
    group = {row["household_id"]: (row["arm"], row["tier"]) for row in lists.to_pylist()}
    count: dict[tuple[str, str], int] = {}
    for key in group.values():
        count[key] = count.get(key, 0) + 1
    names = ["|".join(group[household_id]) for household_id in grants["household_id"].to_pylist()]
    found = {row.name: row for row in money_rows(grants, names)}
    rows = []
    for (arm, tier), lists_in in count.items():
        money = found.get(f"{arm}|{tier}", MoneyRow("", 0, 0, 0, 0))
        rows.append(
            ArmRow(
                arm,
                tier,
                lists_in,
                money.specials / lists_in,
                money.face_cents / lists_in,
                money.expected_face_cents / lists_in,
            )
        )
    return tuple(sorted(rows, key=lambda row: (order.get(row.tier, len(order)), row.arm)))


def _limits(uses: Sequence[PlanLimit], terms: Mapping[str, Mapping[str, object]]) -> tuple[LimitUse, ...]:
    """Limits as a reader names them: caps by used share, then guarantees; a deal's offers count together."""
    sums: dict[tuple[bool, str, str], list[int]] = {}
    for one in uses:
        words, unit = limit_words(one, terms), "cents" if one.unit == "micros" else "lists"
        entry = sums.setdefault((one.at_least, unit, words), [0, 0])
        entry[0] += one.limit
        entry[1] += one.used
    rows = []
    for (at_least, unit, words), (limit, used) in sums.items():
        size = MICROS_PER_CENT if unit == "cents" else 1
        rows.append((at_least, LimitUse(words, unit, limit // size, -(-used // size))))
    return tuple(use for _, use in sorted(rows, key=lambda row: (row[0], -row[1].share, row[1].name)))


_WAIVER_WORDS = {"slots_min": "fewer specials than wanted", PRINTED: "less value than wanted"}


def thin_lists(waived: Mapping[str, int], households: int) -> str:
    """Why lists are thin, when more than half of them hold fewer specials than wanted; else empty.

    Args:
        waived: Households by the minimum they fell short of.
        households: Lists of the plan.

    Example:
        >>> thin_lists({"slots_min": 30}, 60)
        ''
    """
    short = waived.get("slots_min", 0)
    if 2 * short <= households:
        return ""
    return (
        f"{short:,} of {households:,} lists hold fewer specials than wanted: "
        "there are too few offers worth giving to these households. More deals on what they buy would help."
    )


def _waived(rows: pa.Table) -> dict[str, int]:
    """Households by the minimum they fell short of, by rule; of face, as a shopper reads it."""
    told = [rule for rule in rows["rule"].to_pylist() if rule in _WAIVER_WORDS]
    return dict(sorted(Counter(told).items(), reverse=True))


def _money_cells(row: MoneyRow) -> Sequence[str]:
    share = row.expected_vendor_cents / row.expected_face_cents if row.expected_face_cents else 0.0
    return (
        row.name,
        f"{row.specials:,}",
        dollars(row.face_cents),
        dollars(row.expected_face_cents),
        f"{share:.0%}",
    )


def _arm_cells(row: ArmRow) -> Sequence[str]:
    face, expected = dollars(round(row.face_cents)), dollars(round(row.expected_face_cents))
    return row.arm, row.tier, f"{row.lists:,}", f"{row.specials:.1f}", face, expected


def _limit_cells(row: LimitUse) -> Sequence[str]:
    if row.unit == "cents":
        return row.name, dollars(row.used), dollars(row.limit), f"{row.share:.0%}"
    return row.name, f"{row.used:,}", f"{row.limit:,}", f"{row.share:.0%}"
