"""What a campaign brought: profit in its category, cell by cell and arm by arm, against its own control."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from regulars.contracts import CELLS, Assumptions, CampaignArm, CampaignPlan, CampaignStatus, read_step
from regulars.kernel import PlanId
from regulars.offers import margin_percent_of
from regulars.redeem import GrantState

from ._ledger_ports import Ledger
from ._names import snapshot
from ._plan import read_plan
from ._ports import Engine, Warehouse
from ._rows import contract_schema, shaped

INTERVAL_SDS = 1.96
"""Half the width of a 95 % interval."""

HOUSEHOLDS_TOLD_MIN = 20
"""Households on each side from which a difference is told; below, a normal interval is too narrow."""

_ENROLLING = {CampaignStatus.WANTED.value, CampaignStatus.CONTROL.value}


@dataclass(frozen=True)
class CellResult:
    """Households of one arm and cell since they were enrolled. Money in cents.

    Args:
        arm: Lead or alternative; empty brand and usage for the arm as a whole.
        brand_module: Cell when enrolled.
        usage_module: Cell when enrolled.
        households: In this arm.
        control_households: Of the same cell, in control.
        profit_cents: Mean profit of a household in the category, less what the store paid on redemptions.
        control_cents: The same of control.
        gain_cents: The difference.
        error_cents: Its standard error; infinite with fewer than two households on a side.
    """

    arm: str
    brand_module: str
    usage_module: str
    households: int
    control_households: int
    profit_cents: float
    control_cents: float
    gain_cents: float
    error_cents: float

    @property
    def is_told(self) -> bool:
        """Whether there are households enough on both sides to speak of a difference."""
        return min(self.households, self.control_households) >= HOUSEHOLDS_TOLD_MIN

    @property
    def interval_cents(self) -> tuple[float, float]:
        """The 95 % interval of the gain."""
        half = INTERVAL_SDS * self.error_cents
        return self.gain_cents - half, self.gain_cents + half


@dataclass(frozen=True)
class CampaignResult:
    """A campaign judged by what its households did, given or not: nobody leaves the arm the hash put it in.

    Args:
        as_of_on: The day; lines before it count.
        redemptions: Offers of the campaign that were used.
        cells: Arm by arm, cell by cell; cells without households left out.
        arms: The arms as a whole, each cell weighed by the households the arm has in it.
        better: Arm that brought more, if the difference is beyond chance; empty if not.
    """

    as_of_on: date
    redemptions: int
    cells: tuple[CellResult, ...]
    arms: tuple[CellResult, ...]
    better: str


@dataclass(frozen=True)
class _Enrolled:
    arm: str
    cell: tuple[str, str]
    on: date


def campaign_result(
    plan: CampaignPlan,
    applied: Sequence[PlanId],
    warehouse: Warehouse,
    engine: Engine,
    ledger: Ledger,
    assumptions: Assumptions,
    *,
    as_of_on: date,
) -> CampaignResult | None:
    """Profit since enrolment, against control; None when nobody was enrolled before the day.

    A household is enrolled by the first applied plan that wants to give it an offer, or would if it were not control.

    Args:
        plan: The campaign.
        applied: Plans that hold, oldest first.
        warehouse: Holds the plans and the profiles of the day.
        engine: Runs the SQL.
        ledger: Says which grants were spent.
        assumptions: Margins.
        as_of_on: The day.
    """
    enrolled, offers = _enrolled(plan, applied, warehouse, as_of_on)
    if not enrolled:
        return None
    rows = [
        {
            "household_id": household_id,
            "campaign_id": plan.campaign_id,
            "category_id": plan.category_id,
            "enrolled_on": one.on,
        }
        for household_id, one in sorted(enrolled.items())
    ]
    members = shaped(pa.Table.from_pylist(rows, schema=contract_schema("campaign_enrolled")), "campaign_enrolled")
    lines = [file.path for file in warehouse.files(snapshot(as_of_on, "open_lines"))]
    step = read_step("regulars.flows", "campaign_sales.sql")
    sales = engine.query(step, {"open_lines": lines, "campaign_enrolled": members}, {}).to_pylist()
    profit: dict[str, float] = defaultdict(float)
    for row in sales:
        percent = margin_percent_of(assumptions, row["department_id"], row["brand_kind"])
        profit[row["household_id"]] += row["amount_cents"] * percent / 100
    redemptions = 0
    for plan_id, offer_ids in offers.items():
        for grant in ledger.grants_of(plan_id):
            if grant.state is GrantState.SPENT and grant.offer_id in offer_ids:
                profit[grant.household_id] -= grant.face_cents - grant.funding_cents
                redemptions += 1
    return _judged(enrolled, profit, redemptions, as_of_on)


def _enrolled(
    plan: CampaignPlan, applied: Iterable[PlanId], warehouse: Warehouse, as_of_on: date
) -> tuple[dict[str, _Enrolled], dict[PlanId, set[str]]]:
    """Households by id with their arm and cell when they came in, and the campaign's offers of each plan."""
    found: dict[str, _Enrolled] = {}
    offers: dict[PlanId, set[str]] = {}
    for plan_id in applied:
        began_on = date.fromisoformat(plan_id[:10])
        if began_on >= as_of_on:
            continue
        rows = read_plan(warehouse, plan_id, "plan_campaigns").to_pylist()
        mine = [row for row in rows if row["campaign_id"] == plan.campaign_id]
        offers[plan_id] = {row["offer_id"] for row in mine} - {None}
        for row in mine:
            if row["status"] in _ENROLLING:
                cell = (row["brand_module"], row["usage_module"])
                found.setdefault(row["household_id"], _Enrolled(row["arm"], cell, began_on))
    return found, offers


def _judged(
    enrolled: Mapping[str, _Enrolled], profit: Mapping[str, float], redemptions: int, as_of_on: date
) -> CampaignResult:
    by_cell: dict[tuple[str, tuple[str, str]], list[float]] = defaultdict(list)
    for household_id, one in sorted(enrolled.items()):
        by_cell[one.arm, one.cell].append(profit.get(household_id, 0.0))
    cells, arms = [], []
    for arm in (CampaignArm.LEAD.value, CampaignArm.ALTERNATIVE.value):
        mine = [
            _cell(arm, cell, by_cell[arm, cell], by_cell.get((CampaignArm.CONTROL.value, cell), []))
            for cell in ((brand.value, usage.value) for brand, usage in CELLS)
            if (arm, cell) in by_cell
        ]
        cells += mine
        arms += [_whole(arm, mine)] if mine else []
    return CampaignResult(as_of_on, redemptions, tuple(cells), tuple(arms), _better(arms))


def _cell(arm: str, cell: tuple[str, str], given: list[float], control: list[float]) -> CellResult:
    if min(len(given), len(control)) < 2:
        error = math.inf
    else:
        error = math.sqrt(np.var(given, ddof=1) / len(given) + np.var(control, ddof=1) / len(control))
    mean, other = _mean(given), _mean(control)
    return CellResult(arm, *cell, len(given), len(control), mean, other, mean - other, float(error))


def _whole(arm: str, cells: Sequence[CellResult]) -> CellResult:
    """The arm's cells that have a control, weighed by the arm's households."""
    told = [cell for cell in cells if math.isfinite(cell.error_cents)]
    households = sum(cell.households for cell in told)
    weights = [cell.households / max(1, households) for cell in told]

    def weighed(values: Iterable[float]) -> float:
        return sum(weight * value for weight, value in zip(weights, values, strict=True))

    squares = (weight**2 * cell.error_cents**2 for weight, cell in zip(weights, told, strict=True))
    return CellResult(
        arm,
        "",
        "",
        households,
        sum(cell.control_households for cell in told),
        weighed(cell.profit_cents for cell in told),
        weighed(cell.control_cents for cell in told),
        weighed(cell.gain_cents for cell in told),
        math.sqrt(math.fsum(squares)) if told else math.inf,
    )


def _better(arms: Sequence[CellResult]) -> str:
    """The arm whose gain is greater beyond chance; both share a control, which makes the test careful."""
    if len(arms) < 2:
        return ""
    first, second = sorted(arms, key=lambda one: -one.gain_cents)
    if not first.is_told or not second.is_told:
        return ""
    error = math.hypot(first.error_cents, second.error_cents)
    return first.arm if first.gain_cents - second.gain_cents > INTERVAL_SDS * error else ""


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0
