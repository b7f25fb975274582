"""The offers of a cycle: campaigns first, then deals as decided, then the running coupons of the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from regulars.contracts import Deal, Finding
from regulars.kernel import DealId, Period
from regulars.offers import (
    Catalogue,
    CouponCampaign,
    OfferBook,
    ReadCampaigns,
    build_offers,
    campaign_deal_id,
    campaign_deals,
    coupon_deals,
    exclusive_clashes,
    kept_apart,
    read_deals,
)

from ._deal_desk import read_deal_rows, rows_as_decided, spent_cents
from ._plan_settings import PlanSettings
from ._ports import Warehouse
from ._rows import contract_schema, read_rows, shaped

DEALS_RULE = "deals"


@dataclass(frozen=True)
class CycleBook:
    """What there is to give in a cycle.

    Args:
        book: Offers, and what became none.
        findings: Deals and campaigns that give nothing, and why.
        campaigns: Campaigns that give offers.
    """

    book: OfferBook
    findings: tuple[Finding, ...]
    campaigns: ReadCampaigns


def cycle_book(warehouse: Warehouse, catalogue: Catalogue, settings: PlanSettings) -> CycleBook:
    """Gather and price what may be given; whatever cannot be is named, and the rest goes on.

    Args:
        warehouse: Holds deals and coupons of the data.
        catalogue: Priced products.
        settings: What the store decides, with the desk's decisions.
    """
    gone = spent_cents(settings.desk.money, on=settings.as_of_on)
    left = {
        campaign_deal_id(one.campaign_id): one.budget_cents - gone.get(campaign_deal_id(one.campaign_id), 0)
        for one in settings.desk.campaigns
    }
    campaigns = campaign_deals(
        settings.desk.campaigns,
        catalogue,
        cycle=settings.cycle.period,
        fee_cents=settings.assumptions.fee_cents,
        left_cents=left,
    )
    deals, findings = _deals(warehouse, catalogue, settings, gone)
    coupons = coupon_deals(
        _coupon_campaigns(warehouse),
        read_rows(warehouse.files("coupons"), "coupons").to_pylist(),
        catalogue,
        settings.assumptions,
        as_of_on=settings.as_of_on,
    )
    exclusive = [deal for deal in deals if deal.exclusive]
    apart = kept_apart(coupons.deals, exclusive, catalogue)
    shut_out = {deal.deal_id for deal in coupons.deals} - {deal.deal_id for deal in apart}
    findings += [
        _finding(deal, "exclusive-deals-stand-alone", "all it covers is an exclusive deal's")
        for deal in coupons.deals
        if deal.deal_id in shut_out
    ]
    book = build_offers(
        (*campaigns.deals, *deals, *apart),
        catalogue,
        settings.sensitive,
        cycle=settings.cycle.period,
        as_of_on=settings.as_of_on,
        levels_max=settings.policy.levels_max,
    )
    return CycleBook(book, (*campaigns.findings, *findings), campaigns)


def _deals(
    warehouse: Warehouse, catalogue: Catalogue, settings: PlanSettings, gone: Mapping[DealId, int]
) -> tuple[list[Deal], list[Finding]]:
    """Deals as decided, with what is left of their money; an exclusive one keeps others away."""
    read = read_deals(rows_as_decided(read_deal_rows(warehouse), settings.desk.revisions), catalogue)
    clashes = {fault.deal_id: fault for fault in exclusive_clashes(read.deals, catalogue)}
    findings = list(read.findings)
    kept = []
    for deal in read.deals:
        left = None if deal.budget_cents is None else deal.budget_cents - gone.get(deal.deal_id, 0)
        if deal.deal_id in clashes:
            findings.append(_finding(deal, clashes[deal.deal_id].rule, clashes[deal.deal_id].message))
        elif left is not None and left <= 0:
            findings.append(
                _finding(deal, "budget-gives-something", f"nothing is left of {deal.budget_cents} cents")
            )
        elif deal.distributions_max == 0:
            findings.append(_finding(deal, "cap-gives-something", "its cap is 0 households"))
        elif deal.vendor_id not in {"store", *catalogue.vendor_ids}:
            findings.append(_finding(deal, "vendor-sells-here", f"{deal.vendor_id} sells nothing here any more"))
        else:
            kept.append(replace(_within_cap(deal, findings), budget_cents=left))
    return kept, findings


def _within_cap(deal: Deal, findings: list[Finding]) -> Deal:
    """The deal with a guarantee no greater than its cap; the difference is named."""
    most = deal.distributions_max
    if most is None or deal.distributions_min <= most:
        return deal
    text = f"it guarantees {deal.distributions_min} households and caps them at {most}: short by "
    findings.append(_finding(deal, "guarantee-can-be-kept", f"{text}{deal.distributions_min - most}"))
    return replace(deal, distributions_min=most)


def _finding(deal: Deal, rule: str, message: str) -> Finding:
    return Finding(DEALS_RULE, None, "", rule, f"deal {deal.deal_id}: {message}", deal.deal_id)


def _coupon_campaigns(warehouse: Warehouse) -> Iterable[CouponCampaign]:
    for row in read_rows(warehouse.files("campaigns"), "campaigns").to_pylist():
        yield CouponCampaign(row["campaign_id"], Period(row["from_on"], row["until_on"]), row["known_from_on"])


def campaign_tables(read: ReadCampaigns) -> dict[str, pa.Table]:
    """What the SQL looks campaigns up in."""
    running = [{"campaign_id": one.campaign_id, "category_id": one.category_id} for one in read.campaigns]
    names = ("campaign_id", "product_id", "need_id", "wanted", "rival")
    products = [dict(zip(names, row, strict=True)) for row in read.products]
    return {
        name: shaped(pa.Table.from_pylist(rows, schema=contract_schema(name)), name)
        for name, rows in (("running_campaigns", running), ("campaign_products", products))
    }
