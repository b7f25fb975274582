"""Coupon campaigns of the data become deals; their face value is unknown and assumed, so they carry the mark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from regulars.contracts import Assumptions, Deal, DealKind, DealState, Ladder
from regulars.kernel import DealId, Period, ProductId, VendorId

from ._catalogue import STORE_VENDOR, Catalogue, CatalogueProduct

COUPON_PRODUCTS_MAX = 300
"""A coupon on more products than this is good all over the store: it suits everybody and so is left out here."""


@dataclass(frozen=True)
class CouponCampaign:
    """A coupon campaign: what it is called and when its coupons hold."""

    campaign_id: str
    period: Period
    known_from_on: date


@dataclass(frozen=True)
class CouponDeals:
    """Deals in order of id; coupons left out because they are storewide or cover nothing sold here."""

    deals: tuple[Deal, ...]
    storewide: tuple[str, ...]
    empty: tuple[str, ...]


def coupon_deals(
    campaigns: Iterable[CouponCampaign],
    coupons: Iterable[Mapping[str, Any]],
    catalogue: Catalogue,
    assumptions: Assumptions,
    *,
    as_of_on: date,
) -> CouponDeals:
    """One deal per coupon of the campaigns that run on a day, funded by the maker; the store's own brand by the store.

    A coupon that comes in several running campaigns is one deal, with the latest end. Households the data
    targeted play no part: the allocation decides anew.

    Args:
        campaigns: All campaigns.
        coupons: Rows `campaign_id, coupon_id, product_id`.
        catalogue: Priced products.
        assumptions: Depths and fee for coupons whose face value is unknown.
        as_of_on: The day; a campaign runs if it began by then, was known by then and has not ended.
    """
    running = {
        campaign.campaign_id: campaign
        for campaign in campaigns
        if as_of_on in campaign.period and campaign.known_from_on <= as_of_on
    }
    covered: dict[str, set[str]] = {}
    period: dict[str, Period] = {}
    for row in coupons:
        campaign = running.get(row["campaign_id"])
        if campaign is None:
            continue
        coupon_id = row["coupon_id"]
        covered.setdefault(coupon_id, set()).add(row["product_id"])
        period[coupon_id] = _wider(period.get(coupon_id), campaign.period)
    storewide = tuple(sorted(c for c, products in covered.items() if len(products) > COUPON_PRODUCTS_MAX))
    deals: list[Deal] = []
    empty: list[str] = []
    for coupon_id in sorted(set(covered) - set(storewide)):
        products = [
            catalogue.products[ProductId(p)] for p in sorted(covered[coupon_id]) if p in catalogue.products
        ]
        if products:
            deals.append(_deal(coupon_id, products, period[coupon_id], assumptions))
        else:
            empty.append(coupon_id)
    return CouponDeals(tuple(deals), storewide, tuple(empty))


def _deal(coupon_id: str, products: list[CatalogueProduct], period: Period, assumptions: Assumptions) -> Deal:
    maker_id = _maker(products)
    covered = [product for product in products if product.vendor_id == maker_id]
    own = all(product.brand_kind == "own" for product in covered)
    return Deal(
        deal_id=DealId(f"coupon-{coupon_id}"),
        name=f"Coupon {coupon_id}",
        vendor_id=STORE_VENDOR if own else maker_id,
        kind=DealKind.PERCENT_OFF,
        rungs=tuple(Ladder(percent=percent) for percent in assumptions.coupon_depths),
        funding_percent=0 if own else 100,
        fee_cents=0 if own else assumptions.fee_cents,
        product_ids=frozenset(product.product_id for product in covered),
        store_ids=frozenset(),
        period=period,
        state=DealState.RUNNING,
        synthetic=True,
    )


def _maker(products: list[CatalogueProduct]) -> VendorId:
    """The maker of most of the products; the smallest id wins a tie."""
    counts = Counter(product.vendor_id for product in products)
    return min(counts, key=lambda vendor_id: (-counts[vendor_id], vendor_id))


def _wider(one: Period | None, other: Period) -> Period:
    if one is None:
        return other
    return Period(min(one.from_on, other.from_on), max(one.until_on, other.until_on))
