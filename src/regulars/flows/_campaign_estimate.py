"""What a campaign may come to, before any plan: households, uses, cost, margin caused, from cells and assumptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, log

from regulars.contracts import Assumptions, BrandModule, CampaignAim, CampaignPlan, UsageModule
from regulars.offers import Catalogue, margin_percent_of, wanted_products

from ._cells import NineCells

_KNOWN_DEPTH, _OTHER_DEPTH = 0.10, 0.20
_EIGHT_OF_TEN = 1.2816


@dataclass(frozen=True)
class CellEstimate:
    """What one cell may come to. Money in cents.

    Args:
        brand_module: The cell.
        usage_module: The cell.
        households: Households of the cell that are not kept for control.
        depth_percent: The first offer of its ladder; 0 for none.
        uses: First offers expected to be used.
        cost_cents: What these save shoppers.
    """

    brand_module: str
    usage_module: str
    households: int
    depth_percent: int
    uses: float
    cost_cents: float


@dataclass(frozen=True)
class CampaignEstimate:
    """What the first offers of a campaign's ladders may come to. Money in cents; all of it rests on the assumptions.

    Args:
        cells: Cell by cell, those that take part.
        households: Households that would get a first offer.
        uses: Of these, expected to be used.
        cost_cents: What they cost whoever pays.
        margin_cents: Gross margin of the purchases they cause, before what these displace and before their cost.
        margin_low_cents: The same if households use offers less readily: one in ten times it is less.
        margin_high_cents: The same if more readily: one in ten times it is more.
        price_cents: The usual price of the goods it gives offers on.
        over_budget: Whether the first offers alone would cost more than the budget.
        store_cents: What of the cost the store pays; the vendor pays the rest.
        fee_cents: What the vendor pays beside it for handling the redemptions.
        left_cents: What is left for the store: the margin, with the fees, less what the store pays.
        left_low_cents: The least of that as households use offers more or less readily: eight of ten cases lie
            between this and the most.
        left_high_cents: The most.
        learnt_until_on: The day before which the coupons were used by which uses are reckoned; None where they are
            reckoned by what is assumed.
    """

    cells: tuple[CellEstimate, ...]
    households: int
    uses: float
    cost_cents: float
    margin_cents: float
    margin_low_cents: float
    margin_high_cents: float
    price_cents: int
    over_budget: bool
    store_cents: float
    fee_cents: float
    left_cents: float
    left_low_cents: float
    left_high_cents: float
    learnt_until_on: date | None = None


def estimate_campaign(
    plan: CampaignPlan, cells: Sequence[NineCells], catalogue: Catalogue, assumptions: Assumptions
) -> CampaignEstimate:
    """What the first offers of a campaign's ladders may come to.

    Args:
        plan: The campaign.
        cells: The nine cells of every category.
        catalogue: What is sold, at which price.
        assumptions: Margins, and how readily offers are used.
    """
    price_cents, margin_share = _goods(plan, catalogue, assumptions)
    nine = next((one.cells for one in cells if one.category_id == plan.category_id), ())
    found: list[CellEstimate] = []
    caused, uses, costs = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
    for cell in nine:
        rung = plan.lead.rung(BrandModule(cell.brand_module), UsageModule(cell.usage_module), 0)
        if rung == 0 or rung > len(plan.depths_percent):
            continue
        depth = plan.depths_percent[rung - 1]
        households = cell.households * (100 - plan.control_percent) // 100
        for place, shift in enumerate((-_EIGHT_OF_TEN, 0.0, _EIGHT_OF_TEN)):
            with_offer = households * _chance(plan, cell.brand_module, depth / 100, assumptions, shift)
            without = households * _chance(plan, cell.brand_module, 0.0, assumptions, shift)
            caused[place] += with_offer - without
            uses[place] += with_offer
            costs[place] += with_offer * price_cents * depth / 100
            if shift == 0.0:
                cost = with_offer * price_cents * depth / 100
                found.append(
                    CellEstimate(cell.brand_module, cell.usage_module, households, depth, with_offer, cost)
                )
    margin = [one * price_cents * margin_share for one in caused]
    fee = assumptions.fee_cents if plan.funding_percent else 0
    by_store = (100 - plan.funding_percent) / 100
    left = [margin[place] + uses[place] * fee - costs[place] * by_store for place in range(3)]
    return CampaignEstimate(
        tuple(found),
        sum(one.households for one in found),
        uses[1],
        costs[1],
        margin[1],
        margin[0],
        margin[2],
        price_cents,
        costs[1] > plan.budget_cents,
        store_cents=costs[1] * by_store,
        fee_cents=uses[1] * fee,
        left_cents=left[1],
        left_low_cents=min(left),
        left_high_cents=max(left),
        learnt_until_on=assumptions.learnt_until_on,
    )


def _goods(plan: CampaignPlan, catalogue: Catalogue, assumptions: Assumptions) -> tuple[int, float]:
    """Usual price and margin of what the campaign gives offers on, weighted by who buys it."""
    own = wanted_products(plan, catalogue)
    weight = sum(1 + one.households for one in own)
    if not weight:
        return 0, 0.0
    price = sum((1 + one.households) * one.price_cents for one in own) / weight
    margin = sum(
        (1 + one.households)
        * one.price_cents
        * margin_percent_of(assumptions, one.department_id, one.brand_kind)
        / 100
        for one in own
    )
    return round(price), margin / (weight * price)


def _chance(
    plan: CampaignPlan, brand_module: str, depth: float, assumptions: Assumptions, spreads: float = 0.0
) -> float:
    """Chance that a mean household of a cell uses an offer of a depth; with none, that it buys the goods anyway."""
    if plan.aim is CampaignAim.TRIAL:
        prior, observed = assumptions.redemption_new, _OTHER_DEPTH
    elif plan.aim in {CampaignAim.THANK_YOU, CampaignAim.WIN_BACK} or brand_module == "switcher":
        prior, observed = assumptions.redemption_known, _KNOWN_DEPTH
    else:
        prior, observed = assumptions.redemption_need, _OTHER_DEPTH
    odds = log(prior / (1 - prior)) + assumptions.depth_response * (depth - observed)
    odds += spreads * assumptions.response_uncertainty
    return 1 / (1 + exp(-odds))
