"""A plan as a screen shows it, made small enough to be kept: its money, what was left out, its limits' worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from regulars.contracts import SqlStep, read_step
from regulars.kernel import MICROS_PER_CENT

from ._ledger_ports import BudgetTotal, Ledger, PlanState
from ._names import plan_dataset
from ._plan import newest_plan_of, plan_summary, plans_of, read_plan
from ._plan_show import PlanShown, show_plan
from ._ports import Engine, Warehouse


@dataclass(frozen=True)
class MissCount:
    """Why offers with a reason never became an option: how many offers, how many pairs of household and offer."""

    reason_code: str
    offers: int
    pairs: int


@dataclass(frozen=True)
class LeftOut:
    """A deal, or a part of one, that became no offer, and why."""

    deal_id: str
    place: int
    reason_code: str
    detail: str


@dataclass(frozen=True)
class PriceRow:
    """What one more dollar, or list, of a limit would add.

    Args:
        scope: Offer, vendor or store.
        limit_id: Which one; ``all`` for the store.
        name: What a reader calls it.
        kind: What is limited: money, lists, or a guarantee.
        limit: The limit, cents or lists.
        used: What is used of it.
        price: Dollars of worth a dollar more would add; of lists, dollars a list.
    """

    scope: str
    limit_id: str
    name: str
    kind: str
    limit: int
    used: int
    price: float


@dataclass(frozen=True)
class PlanFigures:
    """All of a plan that never changes: made once, kept.

    Args:
        shown: Where its money goes.
        misses: Why offers never became an option, the most frequent first.
        left_out: Deals and parts of deals that became no offer.
        prices: What its limits came to be worth, the dearest first.
    """

    shown: PlanShown
    misses: tuple[MissCount, ...]
    left_out: tuple[LeftOut, ...]
    prices: tuple[PriceRow, ...]


@dataclass(frozen=True)
class PlanChoice:
    """One plan that may be looked at.

    Args:
        plan_id: Its id.
        as_of_on: The day it was built as of.
        cycle_number: Its cycle.
        state: Where it stands.
        lists: Lists it holds.
        expected_face_cents: What shoppers are expected to take.
        applied_at: When it was applied; None if it never was.
    """

    plan_id: str
    as_of_on: date
    cycle_number: int
    state: PlanState
    lists: int
    expected_face_cents: int
    applied_at: datetime | None


@cache
def _step() -> SqlStep:
    return read_step("regulars.flows", "miss_counts.sql")


def plan_choices(warehouse: Warehouse, ledger: Ledger) -> tuple[PlanChoice, ...]:
    """Every published plan, the newest cycle first; of one cycle the applied one first, then the last built."""
    standing = {one.plan.plan_id: one for one in ledger.plans()}
    rows = []
    for plan_id in plans_of(warehouse):
        summary, known = plan_summary(warehouse, plan_id), standing.get(plan_id)
        rows.append(
            PlanChoice(
                plan_id,
                summary.as_of_on,
                summary.cycle_number,
                known.state if known else PlanState.BUILT,
                summary.households,
                summary.expected_face_cents,
                known.applied_at if known else None,
            )
        )
    newest = {day: newest_plan_of(warehouse, day) for day in {row.as_of_on for row in rows}}

    def order(one: PlanChoice) -> tuple[object, ...]:
        last = one.plan_id == newest[one.as_of_on]
        return one.as_of_on, one.state is PlanState.APPLIED, last, one.plan_id

    return tuple(sorted(rows, key=order, reverse=True))


def plan_figures(warehouse: Warehouse, engine: Engine, plan_id: str) -> PlanFigures:
    """All of a plan that never changes.

    Args:
        warehouse: Holds the plan.
        engine: Runs the SQL.
        plan_id: The plan.

    Raises:
        ContractError: There is no such plan.
    """
    shown = show_plan(warehouse, plan_id)
    paths = [file.path for file in warehouse.files(plan_dataset(plan_id, "plan_misses"))]
    counts = [
        MissCount(row["reason_code"], row["offers"], row["households"])
        for row in engine.query(_step(), {"plan_misses": paths}, {}).to_pylist()
    ]
    left_out = [
        LeftOut(row["deal_id"], row["place"], row["reason_code"], row["detail"])
        for row in read_plan(warehouse, plan_id, "plan_left_out").to_pylist()
    ]
    return PlanFigures(
        shown,
        tuple(sorted(counts, key=lambda one: (-one.pairs, one.reason_code))),
        tuple(left_out),
        _prices(warehouse, plan_id),
    )


def _prices(warehouse: Warehouse, plan_id: str) -> tuple[PriceRow, ...]:
    names: dict[str, str] = {}
    for row in read_plan(warehouse, plan_id, "plan_terms").to_pylist():
        names.setdefault(row["offer_id"], row["name"])
    rows = []
    for row in read_plan(warehouse, plan_id, "plan_prices").to_pylist():
        if row["price"] <= 0:
            continue
        money = row["kind"] == "budget_micros"
        size = MICROS_PER_CENT if money else 1
        price = row["price"] if money else row["price"] / (100 * MICROS_PER_CENT)
        rows.append(
            PriceRow(
                row["scope"], row["id"], names.get(row["id"], row["id"]), row["kind"],
                row["limit"] // size, row["used"] // size, price,
            )
        )  # fmt: skip
    return tuple(sorted(rows, key=lambda one: (-one.price, one.scope, one.limit_id)))


@dataclass(frozen=True)
class PlanMoney:
    """How the budgets of an applied plan stand now. Money in cents.

    Args:
        limits: By scope, vendors and offers with a limit or anything used; the most used first.
        promised_cents: The most that is still promised, all vendors and the store.
        used_cents: What was spent.
        expected_cents: What the plan expected to be spent.
    """

    limits: tuple[BudgetTotal, ...]
    promised_cents: int
    used_cents: int
    expected_cents: int


def plan_money(totals: list[BudgetTotal]) -> PlanMoney:
    """How budgets stand, from what the ledger adds up.

    Args:
        totals: What `Ledger.budget_totals` gave.
    """
    payers = [one for one in totals if one.scope in ("vendor", "store")]
    ordered = sorted(totals, key=lambda one: (-one.used_cents, -one.promised_cents, one.scope, one.scope_id))
    return PlanMoney(
        tuple(ordered),
        sum(one.promised_cents for one in payers),
        sum(one.used_cents for one in payers),
        sum(one.expected_cents for one in payers),
    )
