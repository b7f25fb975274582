"""Where two campaigns meet: the same category on the same days, and who keeps the goods both want."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from regulars.contracts import CampaignPlan
from regulars.kernel import Period
from regulars.offers import Catalogue, wanted_products


@dataclass(frozen=True)
class CampaignOverlap:
    """Two campaigns that give offers in a category at the same time.

    Args:
        first: The one that keeps the goods both want: a product is in one campaign's offers alone, and the id that
            comes first has it.
        second: The other.
        period: The days both run.
        shared: How many products both want.
        nothing_left: Whether the second wants nothing else, so that it gives nothing meanwhile.
    """

    first: CampaignPlan
    second: CampaignPlan
    period: Period
    shared: int
    nothing_left: bool


def campaign_overlaps(plans: Iterable[CampaignPlan], catalogue: Catalogue) -> tuple[CampaignOverlap, ...]:
    """Where campaigns meet, each pair once, in order of their ids.

    Args:
        plans: Those that give offers, or are to.
        catalogue: What is sold, at which price.
    """
    ordered = sorted(plans, key=lambda plan: plan.campaign_id)
    pairs = (pair for pair in combinations(ordered, 2) if pair[0].category_id == pair[1].category_id)
    found = (_overlap(first, second, catalogue) for first, second in pairs)
    return tuple(one for one in found if one is not None)


def _overlap(first: CampaignPlan, second: CampaignPlan, catalogue: Catalogue) -> CampaignOverlap | None:
    from_on = max(first.period.from_on, second.period.from_on)
    until_on = min(first.period.until_on, second.period.until_on)
    if until_on <= from_on or (None not in {first.need_id, second.need_id} and first.need_id != second.need_id):
        return None
    kept, wanted = (
        {product.product_id for product in wanted_products(plan, catalogue)} for plan in (first, second)
    )
    shared = len(kept & wanted)
    return CampaignOverlap(first, second, Period(from_on, until_on), shared, bool(wanted) and wanted <= kept)
