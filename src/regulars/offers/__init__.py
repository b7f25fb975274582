"""Deals become offers: condition × benefit × product range, as pure functions.

In: deals, prices, sensitive tiers. Out: offers at up to five discount levels; what a level saves and who pays;
what an offer is expected to bring; untargeted draws for held-out households.
Rules: money in integer cents; an offer only ever lowers the posted price; a product is in one offer at most.
Not here: who gets which offer (allocate), the till's arithmetic on a basket (redeem).
"""

from ._baskets import (
    Applied,
    BasketLine,
    Evaluation,
    NotApplied,
    NotAppliedReason,
    Stacking,
    TillTerms,
    covered_lines,
    evaluate_basket,
    units_needed,
)
from ._benefits import (
    depth_percent,
    level_of,
    saving_cents,
    spend_at_conditions,
    split_funding,
    units_at_conditions,
)
from ._campaigns import (
    CAMPAIGN_PREFIX,
    Member,
    ReadCampaigns,
    campaign_arm,
    campaign_deal_id,
    campaign_deals,
    members_of,
)
from ._catalogue import STORE_VENDOR, Catalogue, CatalogueProduct, ProductChoice
from ._checks import DealFault, DealGround, Weight, check_deal, exclusive_clashes, holds_cycle, kept_apart
from ._coupons import COUPON_PRODUCTS_MAX, CouponCampaign, CouponDeals, coupon_deals
from ._deals import ReadDeals, read_deals
from ._eligibility import (
    DEPTH_MAX_PERCENT,
    DEPTH_MIN_PERCENT,
    HouseholdFacts,
    SensitivePolicy,
    deal_refusal,
    household_refusal,
    price_refusal,
    tier_refusal,
)
from ._margins import margin_percent_of
from ._misses import pair_misses
from ._offers import LeftOut, OfferBook, build_offers
from ._overlaps import overlapping_offers
from ._pairs import Pairs, codes_of, fold_pairs
from ._response import (
    KNOWN,
    NEED,
    NEW,
    REDEMPTION_STEPS,
    Giving,
    Response,
    calibrated_response,
    chance_with_offer,
    expected_value_micros,
    value_sd_micros,
)
from ._sample import in_sample, sample_offers
from ._scores import (
    LevelTable,
    Options,
    keep_best,
    level_window,
    options_table,
    pair_refusals,
    score_options,
    worth_giving,
)
from ._steps import offer_step
from ._untargeted import (
    STORE_LIMIT,
    Allowance,
    DrawBounds,
    DrawOption,
    draw_list,
    micros_used,
    steps_of,
)
from ._wishes import DECLINED_KINDS, WISH_KINDS, Wishes, read_wishes, with_wishes

__all__ = [
    "CAMPAIGN_PREFIX",
    "COUPON_PRODUCTS_MAX",
    "DECLINED_KINDS",
    "DEPTH_MAX_PERCENT",
    "DEPTH_MIN_PERCENT",
    "KNOWN",
    "NEED",
    "NEW",
    "REDEMPTION_STEPS",
    "STORE_LIMIT",
    "STORE_VENDOR",
    "WISH_KINDS",
    "Allowance",
    "Applied",
    "BasketLine",
    "Catalogue",
    "CatalogueProduct",
    "CouponCampaign",
    "CouponDeals",
    "DealFault",
    "DealGround",
    "DrawBounds",
    "DrawOption",
    "Evaluation",
    "Giving",
    "HouseholdFacts",
    "LeftOut",
    "LevelTable",
    "Member",
    "NotApplied",
    "NotAppliedReason",
    "OfferBook",
    "Options",
    "Pairs",
    "ProductChoice",
    "ReadCampaigns",
    "ReadDeals",
    "Response",
    "SensitivePolicy",
    "Stacking",
    "TillTerms",
    "Weight",
    "Wishes",
    "build_offers",
    "calibrated_response",
    "campaign_arm",
    "campaign_deal_id",
    "campaign_deals",
    "chance_with_offer",
    "check_deal",
    "codes_of",
    "coupon_deals",
    "covered_lines",
    "deal_refusal",
    "depth_percent",
    "draw_list",
    "evaluate_basket",
    "exclusive_clashes",
    "expected_value_micros",
    "fold_pairs",
    "holds_cycle",
    "household_refusal",
    "in_sample",
    "keep_best",
    "kept_apart",
    "level_of",
    "level_window",
    "margin_percent_of",
    "members_of",
    "micros_used",
    "offer_step",
    "options_table",
    "overlapping_offers",
    "pair_misses",
    "pair_refusals",
    "price_refusal",
    "read_deals",
    "read_wishes",
    "sample_offers",
    "saving_cents",
    "score_options",
    "spend_at_conditions",
    "split_funding",
    "steps_of",
    "tier_refusal",
    "units_at_conditions",
    "units_needed",
    "value_sd_micros",
    "with_wishes",
    "worth_giving",
]
