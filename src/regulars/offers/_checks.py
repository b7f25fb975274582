"""What is wrong with a deal, before anybody relies on it: each fault with its rule, what was found and expected."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from regulars.contracts import Assumptions, Deal, DealState
from regulars.kernel import (
    CYCLE_DAYS,
    CategoryId,
    DealId,
    NeedId,
    Period,
    ProductId,
    VendorId,
    cycle_at,
    percent_of,
)

from ._benefits import level_of, spend_at_conditions
from ._catalogue import STORE_VENDOR, Catalogue, CatalogueProduct
from ._eligibility import price_refusal
from ._margins import margin_percent_of

_LIVE = frozenset({DealState.SUBMITTED, DealState.APPROVED, DealState.RUNNING})


class Weight(StrEnum):
    """Whether a fault stops a deal."""

    REFUSED = "refused"  # it cannot be submitted, approved or given
    DOUBTED = "doubted"  # somebody should look


@dataclass(frozen=True)
class DealFault:
    """One thing wrong with a deal.

    Args:
        deal_id: The deal.
        rule: Name of the rule, ``guarantee-can-be-kept``.
        weight: Whether it stops the deal.
        message: What was found and what was expected.
    """

    deal_id: DealId
    rule: str
    weight: Weight
    message: str


@dataclass(frozen=True)
class DealGround:
    """What deals are judged against.

    Args:
        catalogue: Priced products.
        known_product_ids: All products of the source, priced or not.
        store_ids: Stores there are.
        households_eligible: Households that get a list.
        assumptions: Margins.
        first_on: First day of cycle 1.
        left_cents: What is left of the money of deals that spent some.
    """

    catalogue: Catalogue
    known_product_ids: Collection[str]
    store_ids: Collection[str]
    households_eligible: int
    assumptions: Assumptions
    first_on: date
    left_cents: Mapping[DealId, int]


def check_deal(deal: Deal, row: Mapping[str, Any], ground: DealGround) -> list[DealFault]:
    """Everything wrong with one deal by itself.

    Args:
        deal: The deal, as read.
        row: Its row of the `deals` table.
        ground: What it is judged against.
    """
    return [
        DealFault(deal.deal_id, rule, weight, f"deal {deal.deal_id}: {message}")
        for check in (_goods, _dates, _limits, _guarantee, _cost)
        for rule, weight, message in check(deal, row, ground)
    ]


def exclusive_clashes(deals: Sequence[Deal], catalogue: Catalogue) -> list[DealFault]:
    """Deals that cannot run beside an exclusive one: other vendor, same need, same days.

    Of two exclusive deals the one that begins first stands, then the smaller id.

    Args:
        deals: Deals that are submitted, approved or running.
        catalogue: Priced products.
    """
    live = sorted(
        (deal for deal in deals if deal.state in _LIVE), key=lambda deal: (deal.period.from_on, deal.deal_id)
    )
    needs = {deal.deal_id: _ground_of(deal, catalogue) for deal in live}
    faults: dict[DealId, DealFault] = {}
    for strong in live:
        if not strong.exclusive or strong.deal_id in faults:
            continue
        for deal in live:
            shared = needs[strong.deal_id] & needs[deal.deal_id]
            apart = deal.period.until_on <= strong.period.from_on or strong.period.until_on <= deal.period.from_on
            if deal.vendor_id == strong.vendor_id or not shared or apart or deal.deal_id in faults:
                continue
            faults[deal.deal_id] = DealFault(
                deal.deal_id,
                "exclusive-deals-stand-alone",
                Weight.REFUSED,
                f"deal {deal.deal_id} shares {' of '.join(reversed(min(shared)))} with {strong.deal_id}, exclusive for "
                f"{strong.vendor_id} from {strong.period.from_on} until {strong.period.until_on}",
            )
    return [faults[deal_id] for deal_id in sorted(faults)]


def kept_apart(deals: Iterable[Deal], exclusive: Sequence[Deal], catalogue: Catalogue) -> list[Deal]:
    """Deals without the goods of needs that an exclusive deal of another vendor has to itself on some of their days.

    Args:
        deals: Deals that were never decided on, as the coupons of the data.
        exclusive: Deals that stand alone.
        catalogue: Priced products.

    Returns:
        In the same order; a deal that is left without goods is left out.
    """
    kept = []
    for deal in deals:
        closed = {
            ground
            for one in exclusive
            if one.vendor_id != deal.vendor_id
            and deal.period.from_on < one.period.until_on
            and one.period.from_on < deal.period.until_on
            for ground in _ground_of(one, catalogue)
        }
        product_ids = frozenset(
            one
            for one in deal.product_ids
            if one not in catalogue.products or _class_of(catalogue.products[one]) not in closed
        )
        if product_ids:
            kept.append(replace(deal, product_ids=product_ids))
    return kept


def _ground_of(deal: Deal, catalogue: Catalogue) -> set[tuple[CategoryId, NeedId]]:
    """Categories and needs a deal covers; a need's name may stand in several categories."""
    return {_class_of(catalogue.products[one]) for one in deal.product_ids if one in catalogue.products}


def _class_of(product: CatalogueProduct) -> tuple[CategoryId, NeedId]:
    return product.category_id, product.need_id


_Fault = tuple[str, Weight, str]


def _goods(deal: Deal, row: Mapping[str, Any], ground: DealGround) -> Iterable[_Fault]:
    named = deal.product_ids if row["product_ids"] else frozenset()
    unknown = sorted(_named_ids(row) - set(ground.known_product_ids))
    if unknown:
        some = ", ".join(unknown[:3]) + (" …" if len(unknown) > 3 else "")
        weight = Weight.DOUBTED if named else Weight.REFUSED
        yield "products-are-known", weight, f"{len(unknown)} of its products are unknown here: {some}"
    if deal.vendor_id not in {STORE_VENDOR, *ground.catalogue.vendor_ids}:
        yield "vendor-sells-here", Weight.REFUSED, f"vendor {deal.vendor_id} sells nothing here any more"
    foreign = _foreign(deal, ground.catalogue)
    if foreign:
        some = ", ".join(foreign[:3]) + (" …" if len(foreign) > 3 else "")
        yield "vendor-makes-its-products", Weight.DOUBTED, f"{len(foreign)} of its products are another's: {some}"
    strange = sorted(set(deal.store_ids) - set(ground.store_ids))
    if strange:
        yield (
            "stores-are-known",
            Weight.DOUBTED,
            f"{len(strange)} of its stores are unknown here: {', '.join(strange[:3])}",
        )
    fitting = [
        (rung, product)
        for rung in deal.rungs
        for product in (ground.catalogue.products[one] for one in deal.product_ids)
        if price_refusal(deal, rung, product.price_cents) is None
    ]
    if not fitting:
        yield "a-level-fits-a-price", Weight.REFUSED, "none of its levels fits the price of any product it covers"


def _foreign(deal: Deal, catalogue: Catalogue) -> list[ProductId]:
    """Products named one by one that another vendor sells."""
    if deal.vendor_id == STORE_VENDOR or deal.vendor_id not in catalogue.vendor_ids:
        return []
    return sorted(one for one in deal.product_ids if catalogue.products[one].vendor_id != deal.vendor_id)


def _named_ids(row: Mapping[str, Any]) -> set[str]:
    return set(json.loads(row["product_ids"])) if row["product_ids"] else set()


def _dates(deal: Deal, row: Mapping[str, Any], ground: DealGround) -> Iterable[_Fault]:
    del row
    if not holds_cycle(deal.period, ground.first_on):
        first_on = _next_cycle_on(deal.period, ground.first_on)
        yield (
            "a-cycle-lies-in-its-dates",
            Weight.REFUSED,
            f"no cycle of {CYCLE_DAYS} days lies between {deal.period.from_on} and {deal.period.until_on}; the next "
            f"begins on {first_on}",
        )


def holds_cycle(period: Period, first_on: date) -> bool:
    """Whether a whole cycle lies in a period.

    Args:
        period: The days.
        first_on: First day of cycle 1.
    """
    return _next_cycle_on(period, first_on) + timedelta(days=CYCLE_DAYS) <= period.until_on


def _next_cycle_on(period: Period, first_on: date) -> date:
    """First day of the first cycle that begins in a period or after it."""
    start_on = cycle_at(max(period.from_on, first_on), first_on).period.from_on
    return start_on if start_on >= period.from_on else start_on + timedelta(days=CYCLE_DAYS)


def _limits(deal: Deal, row: Mapping[str, Any], ground: DealGround) -> Iterable[_Fault]:
    del row
    left = ground.left_cents.get(deal.deal_id, deal.budget_cents)
    if left is not None and left <= 0:
        yield (
            "budget-gives-something",
            Weight.REFUSED,
            f"nothing is left of its budget of {deal.budget_cents} cents",
        )
    if deal.distributions_max == 0:
        yield "cap-gives-something", Weight.REFUSED, "its cap is 0 households"
    cheapest = _cheapest_cents(deal, ground.catalogue)
    if left is not None and 0 < left < cheapest:
        yield (
            "budget-gives-something",
            Weight.REFUSED,
            f"its budget of {left} cents is less than one redemption at its shallowest level, {cheapest} cents",
        )


def _guarantee(deal: Deal, row: Mapping[str, Any], ground: DealGround) -> Iterable[_Fault]:
    del row
    need = deal.distributions_min
    if not need:
        return
    bounds = {"households that get a list": ground.households_eligible}
    bounds["households that buy what it covers"] = sum(
        ground.catalogue.need_buyers.get(one, 0) for one in _needs(deal, ground.catalogue)
    )
    if deal.distributions_max is not None:
        bounds["its own cap"] = deal.distributions_max
    why = min(bounds, key=lambda name: (bounds[name], name))
    if bounds[why] < need:
        yield (
            "guarantee-can-be-kept",
            Weight.REFUSED,
            f"it guarantees {need} households; the most there can be is {bounds[why]} ({why}): short by "
            f"{need - bounds[why]}",
        )


def _cost(deal: Deal, row: Mapping[str, Any], ground: DealGround) -> Iterable[_Fault]:
    """Levels at which the store gets less for a product than it costs, by the assumed margins."""
    del row
    worst: tuple[int, int, ProductId] | None = None
    for number, rung in enumerate(deal.rungs, start=1):
        for product_id in sorted(deal.product_ids):
            product = ground.catalogue.products[product_id]
            if price_refusal(deal, rung, product.price_cents) is not None:
                continue
            level = level_of(
                number, deal.kind, rung, price_cents=product.price_cents, funding_percent=deal.funding_percent
            )
            margin = margin_percent_of(ground.assumptions, product.department_id, product.brand_kind)
            spend_cents = spend_at_conditions(deal.kind, rung, product.price_cents)
            short = level.face_cents - level.funding_cents - percent_of(spend_cents, margin)
            if short > 0 and (worst is None or short > worst[0]):
                worst = (short, number, product_id)
    if worst is not None:
        short, number, product_id = worst
        yield (
            "price-covers-cost",
            Weight.DOUBTED,
            f"level {number} sells product {product_id} {short} cents below cost ({ground.assumptions.label} margins)",
        )


def _needs(deal: Deal, catalogue: Catalogue) -> set[NeedId]:
    return {catalogue.products[one].need_id for one in deal.product_ids if one in catalogue.products}


def _cheapest_cents(deal: Deal, catalogue: Catalogue) -> int:
    """The least that one redemption takes out of the deal's budget: the vendor's part, or the store's of its own."""
    paid = deal.funding_percent if deal.vendor_id != VendorId(STORE_VENDOR) else 100
    parts = [
        level_of(1, deal.kind, rung, price_cents=product.price_cents, funding_percent=paid).funding_cents
        for rung in deal.rungs
        for product in (catalogue.products[one] for one in deal.product_ids)
        if price_refusal(deal, rung, product.price_cents) is None
    ]
    return min(parts, default=0)
