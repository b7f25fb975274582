"""Make, look at and stop campaigns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from regulars.contracts import (
    CampaignAim,
    CampaignArm,
    CampaignId,
    CampaignPlan,
    CampaignState,
    CampaignStatus,
    giving_faults,
)
from regulars.kernel import CYCLE_DAYS, Clock, ContractError, PlanId
from regulars.offers import Catalogue, campaign_deal_id, campaign_deals, holds_cycle

from ._campaign_result import CampaignResult
from ._deal_desk import spent_cents
from ._desk_ports import CampaignRecord, Desk
from ._plan import read_plan
from ._ports import Warehouse


@dataclass(frozen=True)
class CampaignCell:
    """What a plan does in one arm and cell of a campaign. Money in cents, expected figures assumption-based.

    Args:
        arm: Lead, alternative or control.
        brand_module: The cell.
        usage_module: The cell.
        members: Households the campaign is about.
        statuses: How many of them it converted, lets rest, keeps for control, waits for, wants to give an offer.
        given: Offers on lists.
        rungs: The rungs given, with their number of households.
        face_cents: What they save.
        expected_redemptions: Offers expected to be used.
        expected_cents: What the payer is expected to pay.
        value_micros: What they are expected to bring the store, in this cycle alone.
    """

    arm: str
    brand_module: str
    usage_module: str
    members: int
    statuses: dict[str, int]
    given: int
    rungs: dict[int, int]
    face_cents: int
    expected_redemptions: float
    expected_cents: float
    value_micros: int


@dataclass(frozen=True)
class CampaignShown:
    """A campaign, its money, what the newest plan does for it, what it brought.

    Args:
        record: The campaign.
        spent_cents: What is used, or expected to be used by plans that still run.
        plan_id: The plan `cells` are of; None when no plan knows the campaign.
        cells: Arm by arm, cell by cell.
        result: None while there is nothing to judge.
    """

    record: CampaignRecord
    spent_cents: int
    plan_id: PlanId | None
    cells: tuple[CampaignCell, ...]
    result: CampaignResult | None


def new_campaign(
    plan: CampaignPlan, catalogue: Catalogue, desk: Desk, *, on: date, first_on: date, clock: Clock, actor: str
) -> CampaignRecord:
    """Keep a campaign; it gives offers from the next plan of a cycle within its dates on.

    Args:
        plan: What the marketing manager decides.
        catalogue: What is sold, to see that the campaign can give anything.
        desk: Where it is kept.
        on: The day: a campaign that is over by then is refused.
        first_on: First day of cycle 1.
        clock: For the instant on record.
        actor: Who decides.

    Raises:
        ContractError: Its id is taken, or it could give nothing; nothing was written.
    """
    check_campaign(plan, catalogue, on=on, first_on=first_on)
    at = clock.now_at()
    if not desk.create_campaign(plan, at=at, actor=actor):
        raise ContractError(
            f"there is a campaign {plan.campaign_id} already", hint="`regulars campaign list` names them all"
        )
    return CampaignRecord(plan, CampaignState.RUNNING, at, actor)


def check_campaign(plan: CampaignPlan, catalogue: Catalogue, *, on: date, first_on: date) -> None:
    """Whether a campaign could give what it says.

    Args:
        plan: The campaign.
        catalogue: What is sold.
        on: The day: a campaign that is over by then could not.
        first_on: First day of cycle 1.

    Raises:
        ContractError: It could not; the message says why.
    """
    _check_giving(plan, on=on, first_on=first_on)
    _check_goods(plan, catalogue)


def stop_campaign(campaign_id: str, desk: Desk, *, clock: Clock, actor: str) -> CampaignRecord:
    """Stop a campaign for good: no plan built from now on gives its offers; those given hold. Again changes nothing.

    Args:
        campaign_id: The campaign.
        desk: Where it is kept.
        clock: For the instant on record.
        actor: Who decides.

    Raises:
        ContractError: There is no such campaign.
    """
    find_campaign(campaign_id, desk)
    desk.stop_campaign(CampaignId(campaign_id), at=clock.now_at(), actor=actor)
    return find_campaign(campaign_id, desk)


def find_campaign(campaign_id: str, desk: Desk) -> CampaignRecord:
    """One campaign.

    Raises:
        ContractError: There is none of that id.
    """
    records = desk.campaigns()
    for record in records:
        if record.plan.campaign_id == campaign_id:
            return record
    names = ", ".join(record.plan.campaign_id for record in records) or "none yet"
    raise ContractError(f"there is no campaign {campaign_id!r}; there are: {names}")


def show_campaign(
    record: CampaignRecord,
    desk: Desk,
    warehouse: Warehouse,
    plan_id: PlanId | None,
    result: CampaignResult | None,
    *,
    on: date,
) -> CampaignShown:
    """A campaign with its money, and its cells in a plan.

    Args:
        record: The campaign.
        desk: Its money.
        warehouse: Holds the plan.
        plan_id: The plan; None for none.
        result: From `campaign_result`.
        on: The day.
    """
    deal_id = campaign_deal_id(record.plan.campaign_id)
    spent = spent_cents(desk.deal_money(), on=on).get(deal_id, 0)
    cells = () if plan_id is None else plan_cells(warehouse, plan_id, record.plan.campaign_id)
    return CampaignShown(record, spent, plan_id if cells else None, cells, result)


def plan_cells(warehouse: Warehouse, plan_id: str, campaign_id: str) -> tuple[CampaignCell, ...]:
    """What a plan does for a campaign, by arm and cell."""
    rows = [
        row
        for row in read_plan(warehouse, plan_id, "plan_campaigns").to_pylist()
        if row["campaign_id"] == campaign_id
    ]
    order = [arm.value for arm in CampaignArm]
    names = ("national", "switcher", "own", "light", "medium", "heavy")
    keys = sorted(
        {(row["arm"], row["brand_module"], row["usage_module"]) for row in rows},
        key=lambda key: (order.index(key[0]), names.index(key[1]), names.index(key[2])),
    )
    return tuple(
        _cell(key, [row for row in rows if (row["arm"], row["brand_module"], row["usage_module"]) == key])
        for key in keys
    )


def _cell(key: tuple[str, str, str], rows: Sequence[dict[str, object]]) -> CampaignCell:
    given = [row for row in rows if row["offer_id"] is not None]
    statuses = Counter(str(row["status"]) for row in rows)
    return CampaignCell(
        *key,
        len(rows),
        {status.value: statuses[status.value] for status in CampaignStatus if statuses[status.value]},
        len(given),
        dict(sorted(Counter(_int(row["rung"]) for row in given).items())),
        sum(_int(row["face_cents"]) for row in given),
        sum(_float(row["redemptions"]) for row in given),
        sum(_float(row["redemptions"]) * _int(row["paid_cents"]) for row in given),
        sum(_int(row["value_micros"]) for row in given),
    )


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _float(value: object) -> float:
    assert isinstance(value, float)
    return value


def _check_giving(plan: CampaignPlan, *, on: date, first_on: date) -> None:
    """Stop before a campaign is kept that could never give, or not as it says."""
    faults = giving_faults(plan)
    if plan.period.until_on <= on:
        faults.append(f"it is over before {on}")
    elif not holds_cycle(plan.period, first_on):
        faults.append(f"no whole cycle of {CYCLE_DAYS} days lies between its dates")
    if faults:
        raise ContractError(f"campaign {plan.campaign_id}: {'; '.join(faults)}")


def _check_goods(plan: CampaignPlan, catalogue: Catalogue) -> None:
    """Stop before a campaign is kept that could give nothing."""
    needs = {one.need_id for one in catalogue.products.values() if one.category_id == plan.category_id}
    if not needs:
        raise ContractError(
            f"no product of a category {plan.category_id!r} is sold and priced",
            hint="`regulars cells show` lists the categories; goods of closed tiers are in none",
        )
    if plan.need_id is not None and plan.need_id not in needs:
        raise ContractError(
            f"{plan.category_id} has no need {plan.need_id!r}; it has {', '.join(sorted(needs)[:12])}"
        )
    if plan.aim is CampaignAim.TRIAL and len(needs) == 1:
        raise ContractError(
            f"{plan.need_id} is the only need of {plan.category_id}, so nobody buys in the category without it"
        )
    read = campaign_deals([plan], catalogue, cycle=plan.period, fee_cents=0, left_cents={})
    if read.findings:
        raise ContractError(read.findings[0].message)


def running_ids(records: Iterable[CampaignRecord]) -> list[str]:
    """Ids of the campaigns that are not stopped."""
    return [record.plan.campaign_id for record in records if record.state is CampaignState.RUNNING]
