"""Deals become offers: one category and one price line each, priced at up to five levels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from regulars.contracts import Deal, DealKind, Level, Offer, ReasonCode
from regulars.kernel import CategoryId, OfferId, Period, ProductId, split_exactly

from ._benefits import level_of
from ._catalogue import Catalogue, CatalogueProduct
from ._eligibility import SensitivePolicy, deal_refusal, price_refusal, tier_refusal

LINE_TOLERANCE_PERCENT = 10
LINES_MAX = 4
LINE_SHARE_MIN_PERCENT = 5


@dataclass(frozen=True)
class LeftOut:
    """A deal, or a part of one, that became no offer."""

    deal_id: str
    reason: ReasonCode
    detail: str


@dataclass(frozen=True)
class OfferBook:
    """Offers in order of id, and what was left out of them."""

    offers: tuple[Offer, ...]
    left_out: tuple[LeftOut, ...]


def build_offers(
    deals: Iterable[Deal],
    catalogue: Catalogue,
    policy: SensitivePolicy,
    *,
    cycle: Period,
    as_of_on: date,
    levels_max: int,
) -> OfferBook:
    """Narrow and price deals for one cycle.

    A product is in at most one offer, so that no page shows two prices for it: the deal that comes first keeps it.
    Spend-and-save deals stand apart from this, for they are on a basket.

    Args:
        deals: In order of precedence.
        catalogue: Priced products.
        policy: Sensitive tiers.
        cycle: The days the offers are for.
        as_of_on: The day the plan is made as of.
        levels_max: Most discount levels of an offer.
    """
    offers: list[Offer] = []
    left_out: list[LeftOut] = []
    taken: set[ProductId] = set()
    for deal in deals:
        refusal = deal_refusal(deal, from_on=cycle.from_on, last_on=cycle.last_on, as_of_on=as_of_on)
        if refusal is not None:
            left_out.append(LeftOut(deal.deal_id, refusal, f"{deal.state}, {deal.period.from_on} on"))
            continue
        products, refused = _open_products(deal, catalogue, policy, taken)
        left_out += refused
        made, missed = _offers_of(deal, products, levels_max)
        named = {offer.offer_id for offer in made} & {offer.offer_id for offer in offers}
        if named:
            why = f"another deal has an offer {min(named)}; give one of the two deals another id"
            left_out.append(LeftOut(deal.deal_id, ReasonCode.NO_ALIKE, why))
            continue
        offers += made
        left_out += missed
        if deal.kind is not DealKind.THRESHOLD:
            taken.update(product_id for offer in made for product_id in offer.product_ids)
    return OfferBook(tuple(sorted(offers, key=lambda offer: offer.offer_id)), tuple(left_out))


def _open_products(
    deal: Deal, catalogue: Catalogue, policy: SensitivePolicy, taken: set[ProductId]
) -> tuple[list[CatalogueProduct], list[LeftOut]]:
    """The deal's products that may be promoted at all and are still free."""
    kept: list[CatalogueProduct] = []
    refused: dict[ReasonCode, int] = {}
    for product_id in sorted(deal.product_ids):
        product = catalogue.products.get(product_id)
        refusal = ReasonCode.NO_PRICE if product is None else tier_refusal(product.tier, policy)
        if refusal is not None:
            refused[refusal] = refused.get(refusal, 0) + 1
        elif product is not None and (deal.kind is DealKind.THRESHOLD or product_id not in taken):
            kept.append(product)
    return kept, [LeftOut(deal.deal_id, code, f"{count} products") for code, count in sorted(refused.items())]


def _offers_of(
    deal: Deal, products: Sequence[CatalogueProduct], levels_max: int
) -> tuple[list[Offer], list[LeftOut]]:
    made: list[tuple[Offer, int]] = []
    missed: list[LeftOut] = []
    for category_id in sorted({product.category_id for product in products}):
        members = [product for product in products if product.category_id == category_id]
        for line in _price_lines(deal, members):
            levels = _levels(deal, line, levels_max)
            buyers = sum(product.households for product in line)
            if levels:
                made.append((_offer(deal, category_id, line, levels), buyers))
            else:
                missed.append(
                    LeftOut(
                        deal.deal_id, ReasonCode.NO_ABOVE_PRICE, f"{len(line)} products at {line[0].price_cents}"
                    )
                )
    if not made and not missed:
        missed.append(LeftOut(deal.deal_id, ReasonCode.NO_CATEGORY_FULL, "every product is in an earlier deal"))
    return _share_out(deal, made), missed


def _price_lines(deal: Deal, products: Sequence[CatalogueProduct]) -> list[list[CatalogueProduct]]:
    """Products that cost about the same as the best seller, then as the best of the rest, and so on.

    One line costs one price (within a tenth), so the printed saving and the money set aside mean the same thing.
    """
    rest = sorted(products, key=lambda product: (-product.households, product.product_id))
    if deal.kind is DealKind.THRESHOLD:
        return [rest]
    buyers = sum(product.households for product in rest)
    lines: list[list[CatalogueProduct]] = []
    while rest and len(lines) < LINES_MAX:
        lead = rest[0].price_cents
        line = [p for p in rest if 100 * abs(p.price_cents - lead) <= LINE_TOLERANCE_PERCENT * lead]
        if 100 * sum(product.households for product in line) < LINE_SHARE_MIN_PERCENT * buyers:
            break
        lines.append(line)
        rest = [product for product in rest if product not in line]
    return lines


def _levels(deal: Deal, line: Sequence[CatalogueProduct], levels_max: int) -> tuple[Level, ...]:
    """Levels that fit every price of the line, reckoned at its dearest product, each giving more than the last."""
    prices = [product.price_cents for product in line]
    levels: list[Level] = []
    for number, rung in enumerate(deal.rungs[:levels_max], start=1):
        if price_refusal(deal, rung, min(prices)) or price_refusal(deal, rung, max(prices)):
            continue
        level = level_of(number, deal.kind, rung, price_cents=max(prices), funding_percent=deal.funding_percent)
        if not levels or level.face_cents > levels[-1].face_cents:
            levels.append(level)
    return tuple(levels)


def _offer(
    deal: Deal, category_id: CategoryId, line: Sequence[CatalogueProduct], levels: tuple[Level, ...]
) -> Offer:
    products = frozenset(product.product_id for product in line)
    return Offer(OfferId(deal.deal_id), deal, category_id, products, line[0].product_id, levels)


def _share_out(deal: Deal, made: Sequence[tuple[Offer, int]]) -> list[Offer]:
    """Number the offers of a deal and split its money and counts over them by how many buy there."""
    if len(made) <= 1:
        return [offer for offer, _ in made]
    weights = [buyers + 1 for _, buyers in made]
    budgets = _split(deal.budget_cents, weights)
    most = deal.distributions_max
    promised = deal.distributions_min if most is None else min(deal.distributions_min, most)
    least = split_exactly(promised, weights)
    above = _split(None if most is None else most - promised, weights)
    return [
        replace(
            offer,
            offer_id=OfferId(f"{deal.deal_id}.{place + 1}"),
            deal=replace(
                deal,
                budget_cents=budgets[place],
                distributions_max=_sum(least[place], above[place]),
                distributions_min=least[place],
            ),
        )
        for place, (offer, _) in enumerate(made)
    ]


def _sum(least: int, above: int | None) -> int | None:
    return None if above is None else least + above


def _split(total: int | None, weights: Sequence[int]) -> list[int | None]:
    if total is None:
        return [None] * len(weights)
    return list(split_exactly(total, weights))
