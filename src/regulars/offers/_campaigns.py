"""Campaigns become deals, and households their members: who is given what rung, who waits, who is left alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regulars.contracts import (
    CONVERSIONS,
    BrandModule,
    CampaignAim,
    CampaignArm,
    CampaignPlan,
    CampaignStatus,
    CampaignTiming,
    Deal,
    DealKind,
    DealState,
    Finding,
    Ladder,
    UsageModule,
)
from regulars.kernel import DealId, HouseholdId, Period, ProductId, digest_of

from ._catalogue import STORE_VENDOR, Catalogue, CatalogueProduct, ProductChoice

CAMPAIGN_PREFIX = "campaign-"

BRAND_SHARE_MAX = 6
"""Brand to brand: whoever spends more than one part in so many on the brand buys it already."""

_HASH_RANGE = 1 << 32


@dataclass(frozen=True)
class ReadCampaigns:
    """What campaigns make of a cycle.

    Args:
        campaigns: Those that give offers, by id.
        deals: One each, in the same order.
        products: Rows campaign_id, product_id, need_id, wanted, rival: the goods each one looks at.
        findings: Why others give none.
    """

    campaigns: tuple[CampaignPlan, ...]
    deals: tuple[Deal, ...]
    products: tuple[tuple[str, str, str, bool, bool], ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Member:
    """A household in a campaign, in one cycle.

    Args:
        household_id: The household.
        campaign_id: The campaign.
        arm: How the campaign treats it.
        brand_module: Its cell in the campaign's category.
        usage_module: Its cell in the campaign's category.
        sureness: What the cell rests on.
        given_before: Offers it was given in earlier cycles.
        status: What the campaign does for it now.
        rung: The rung it is to be given, from 1; 0 for none.
    """

    household_id: HouseholdId
    campaign_id: str
    arm: CampaignArm
    brand_module: str
    usage_module: str
    sureness: str
    given_before: int
    status: CampaignStatus
    rung: int


def campaign_deal_id(campaign_id: str) -> DealId:
    """Id of the deal a campaign is turned into.

    Example:
        >>> campaign_deal_id("pain")
        'campaign-pain'
    """
    return DealId(f"{CAMPAIGN_PREFIX}{campaign_id}")


def campaign_deals(
    campaigns: Iterable[CampaignPlan],
    catalogue: Catalogue,
    *,
    cycle: Period,
    fee_cents: int,
    left_cents: Mapping[DealId, int],
) -> ReadCampaigns:
    """One deal for each campaign whose dates hold the whole cycle.

    Args:
        campaigns: Those that are not stopped.
        catalogue: Priced products.
        cycle: The cycle.
        fee_cents: What a vendor pays for handling one redemption.
        left_cents: What is left of the money of deals that spent some.
    """
    kept: list[CampaignPlan] = []
    deals: list[Deal] = []
    rows: list[tuple[str, str, str, bool, bool]] = []
    findings: list[Finding] = []
    for plan in sorted(campaigns, key=lambda one: one.campaign_id):
        if cycle.from_on not in plan.period or cycle.last_on not in plan.period:
            continue
        scope = _scope(plan, catalogue)
        wanted = [product for product in scope if _is_wanted(plan, product)]
        left = left_cents.get(campaign_deal_id(plan.campaign_id), plan.budget_cents)
        fault = _fault(plan, catalogue, wanted, left)
        if fault:
            deal_id = campaign_deal_id(plan.campaign_id)
            findings.append(Finding("campaigns", None, "", "campaign-can-give", fault, deal_id))
            continue
        kept.append(plan)
        deals.append(_deal(plan, wanted, fee_cents=fee_cents, budget_cents=left))
        goods = {product.product_id for product in wanted}
        rows += [
            (plan.campaign_id, one.product_id, one.need_id, one.product_id in goods, _is_rival(plan, one, goods))
            for one in scope
        ]
    return ReadCampaigns(tuple(kept), tuple(deals), tuple(rows), tuple(findings))


def members_of(
    rows: Iterable[Mapping[str, Any]],
    campaigns: Mapping[str, CampaignPlan],
    *,
    cycle: Period,
) -> list[Member]:
    """Who is in which campaign, and what it does for them in this cycle.

    Args:
        rows: Rows of `campaign_buyers`.
        campaigns: By id.
        cycle: The cycle.

    Returns:
        In the rows' order; a household that does not fit a campaign is none of its members.
    """
    found = (_member(row, campaigns[row["campaign_id"]], cycle) for row in rows)
    return [member for member in found if member is not None]


def campaign_arm(plan: CampaignPlan, household_id: str) -> CampaignArm:
    """The arm of a household, the same for as long as the campaign lives.

    Args:
        plan: The campaign.
        household_id: The household.
    """
    place = 100 * int(digest_of("campaign arm", plan.campaign_id, household_id)[:8], 16) / _HASH_RANGE
    if place < plan.control_percent:
        return CampaignArm.CONTROL
    return CampaignArm.ALTERNATIVE if place < plan.control_percent + plan.alternative_percent else CampaignArm.LEAD


def wanted_products(plan: CampaignPlan, catalogue: Catalogue) -> list[CatalogueProduct]:
    """What a campaign gives offers on, by product id.

    Args:
        plan: The campaign.
        catalogue: Priced products.
    """
    return [product for product in _scope(plan, catalogue) if _is_wanted(plan, product)]


def _scope(plan: CampaignPlan, catalogue: Catalogue) -> list[CatalogueProduct]:
    return catalogue.choose(ProductChoice(category_id=plan.category_id, need_id=plan.need_id), STORE_VENDOR)


def _is_wanted(plan: CampaignPlan, product: CatalogueProduct) -> bool:
    """Whether a product is what the campaign wants bought."""
    by_vendor = plan.vendor_id in {STORE_VENDOR, product.vendor_id}
    match plan.aim:
        case CampaignAim.CONVERT_TO_OWN:
            return product.brand_kind == "own"
        case CampaignAim.CONVERT_TO_NATIONAL:
            return product.brand_kind != "own" and by_vendor
        case _:
            return by_vendor


def _is_rival(plan: CampaignPlan, product: CatalogueProduct, wanted: set[ProductId]) -> bool:
    if product.product_id in wanted:
        return False
    return plan.from_vendor_id in {None, product.vendor_id}


def _fault(plan: CampaignPlan, catalogue: Catalogue, wanted: Sequence[CatalogueProduct], left_cents: int) -> str:
    name = f"campaign {plan.campaign_id}"
    for vendor_id in (plan.vendor_id, plan.from_vendor_id):
        if vendor_id not in {None, STORE_VENDOR, *catalogue.vendor_ids}:
            return f"{name}: vendor {vendor_id} sells nothing here any more"
    if not wanted:
        where = plan.category_id if plan.need_id is None else f"{plan.need_id} of {plan.category_id}"
        return f"{name}: no product it wants bought is sold and priced in {where}"
    if left_cents <= 0:
        return f"{name}: nothing is left of its {plan.budget_cents} cents"
    return ""


def _deal(plan: CampaignPlan, wanted: Sequence[CatalogueProduct], *, fee_cents: int, budget_cents: int) -> Deal:
    paid_by_vendor = plan.funding_percent > 0
    return Deal(
        deal_id=campaign_deal_id(plan.campaign_id),
        name=plan.name,
        vendor_id=plan.vendor_id if paid_by_vendor else STORE_VENDOR,
        kind=DealKind.PERCENT_OFF,
        rungs=tuple(Ladder(percent=percent) for percent in plan.depths_percent),
        funding_percent=plan.funding_percent,
        fee_cents=fee_cents if paid_by_vendor else 0,
        product_ids=frozenset(product.product_id for product in wanted),
        store_ids=frozenset(),
        period=plan.period,
        budget_cents=budget_cents,
        state=DealState.RUNNING,
        synthetic=plan.synthetic,
        declared=True,
        campaign_id=plan.campaign_id,
    )


def _member(row: Mapping[str, Any], plan: CampaignPlan, cycle: Period) -> Member | None:
    arm = campaign_arm(plan, row["household_id"])
    before = row["given_before"]
    rung = plan.modules(arm).rung(BrandModule(row["brand_module"]), UsageModule(row["usage_module"]), before)
    if before and _is_converted(row, plan):
        status = CampaignStatus.CONVERTED
    elif not _fits(row, plan, cycle):
        return None
    elif rung == 0:
        if not before:
            return None
        status = CampaignStatus.RESTING
    elif not _is_due(row, plan, cycle):
        status = CampaignStatus.NOT_DUE
    else:
        status = CampaignStatus.CONTROL if arm is CampaignArm.CONTROL else CampaignStatus.WANTED
    return Member(
        HouseholdId(row["household_id"]),
        plan.campaign_id,
        arm,
        row["brand_module"],
        row["usage_module"],
        row["sureness"],
        before,
        status,
        rung if status is CampaignStatus.WANTED else 0,
    )


def _is_converted(row: Mapping[str, Any], plan: CampaignPlan) -> bool:
    """Bought what was wanted on days enough since the first offer, and on no fewer than anything else.

    A thank-you wants nothing changed, so it never ends this way.
    """
    if plan.aim is CampaignAim.THANK_YOU:
        return False
    wanted, other = row["wanted_days_since"], row["other_days_since"]
    return bool(wanted >= plan.converted_days and wanted >= other)


def _fits(row: Mapping[str, Any], plan: CampaignPlan, cycle: Period) -> bool:
    """Whether what a household buys makes it one of those the campaign is about."""
    spent, wanted = row["amount_cents"], row["wanted_cents"]
    match plan.aim:
        case CampaignAim.TRIAL:
            return bool(spent == 0)
        case CampaignAim.WIN_BACK:
            last_on = row["last_on"]
            return bool(last_on is not None and (cycle.from_on - last_on).days >= plan.lapsed_days)
        case CampaignAim.THANK_YOU:
            return bool(wanted > 0)
        case CampaignAim.BRAND_TO_BRAND:
            return bool(row["rival_cents"] > 0 and BRAND_SHARE_MAX * wanted <= spent)
        case _:
            return bool(spent > 0)


def _is_due(row: Mapping[str, Any], plan: CampaignPlan, cycle: Period) -> bool:
    """Whether the need's moment falls into the cycle; needs without a clock of the household's own have none."""
    if plan.timing is CampaignTiming.ALWAYS or plan.aim not in CONVERSIONS | {CampaignAim.THANK_YOU}:
        return True
    days: int | None = row["due_in_days"]
    return days is None or days < cycle.days
