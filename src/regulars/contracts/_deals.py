"""What a vendor or the store funds (a deal), and what is made of it (offers at discount levels)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from regulars.kernel import CategoryId, ConfigError, DealId, OfferId, Period, ProductId, StoreId, VendorId


class DealKind(StrEnum):
    """How the shopper gains; the fields each kind needs stand in brackets."""

    AMOUNT_OFF = "amount_off"  # (amount_cents)
    PERCENT_OFF = "percent_off"  # (percent)
    FIXED_PRICE = "fixed_price"  # (price_cents)
    SECOND_AT_HALF = "second_at_half"  # (percent off the second; 50 unless said)
    MULTIBUY = "multibuy"  # n for m: (buy_quantity, pay_quantity)
    MULTIBUY_PRICE = "multibuy_price"  # n for a price: (buy_quantity, price_cents)
    THRESHOLD = "threshold"  # spend this, get that: (threshold_cents, amount_cents)


class DealState(StrEnum):
    """Life of a deal; only the two last-but-one are given out."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RUNNING = "running"
    ENDED = "ended"


class Funding(StrEnum):
    """Whose money it is."""

    VENDOR = "vendor"
    STORE = "store"
    SHARED = "shared"


@dataclass(frozen=True)
class Ladder:
    """The numbers of one rung of a deal; which of them count follows from the deal's kind. Money in cents."""

    amount_cents: int = 0
    percent: int = 0
    price_cents: int = 0
    buy_quantity: int = 1
    pay_quantity: int = 1
    threshold_cents: int = 0


@dataclass(frozen=True)
class Deal:
    """What a vendor (or the store) funds.

    Args:
        deal_id: The source's id.
        name: As a marketer would say it.
        vendor_id: Who funds; ``store`` for the store's own promotions.
        kind: How the shopper gains.
        rungs: One to five discount levels, shallow first.
        funding_percent: Share of the shopper's saving that the vendor pays, 0..100.
        fee_cents: Handling fee the vendor pays for each redemption.
        product_ids: What it covers, at least one.
        store_ids: Where it holds; empty for every store.
        period: When it may be redeemed.
        budget_cents: Most the vendor pays in all; None for no limit.
        distributions_max: Most households that may get it in a cycle; None for no limit.
        distributions_min: Households it is guaranteed to reach in a cycle.
        make_good_cents: What the store owes for each guaranteed distribution it misses.
        known_from_on: First day the store knew of it (ISO text).
        synthetic: True for deals that come with the demo and with no vendor.
        declared: Its budget is set aside for an aim (a thank-you, a campaign): it may cost more than it brings.
        exclusive: While it runs, no other vendor's deal is given on the needs it covers.
        campaign_id: The campaign it was made of; empty for none.
    """

    deal_id: DealId
    name: str
    vendor_id: VendorId
    kind: DealKind
    rungs: tuple[Ladder, ...]
    funding_percent: int
    fee_cents: int
    product_ids: frozenset[ProductId]
    store_ids: frozenset[StoreId]
    period: Period
    budget_cents: int | None = None
    distributions_max: int | None = None
    distributions_min: int = 0
    make_good_cents: int = 0
    known_from_on: str = ""
    state: DealState = DealState.APPROVED
    synthetic: bool = False
    declared: bool = False
    exclusive: bool = False
    campaign_id: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.rungs) <= 5:
            raise ConfigError(f"deal {self.deal_id} has {len(self.rungs)} levels; expected 1 to 5")
        if not 0 <= self.funding_percent <= 100:
            raise ConfigError(f"deal {self.deal_id}: funding of {self.funding_percent} %; expected 0 to 100")
        if not self.product_ids:
            raise ConfigError(f"deal {self.deal_id} covers no product")
        if self.declared and not self.budget_cents:
            raise ConfigError(
                f"deal {self.deal_id} may cost more than it brings; expected a budget of its own, above 0"
            )

    @property
    def funding(self) -> Funding:
        """Whose money it is, from the vendor's share."""
        if self.funding_percent == 0:
            return Funding.STORE
        return Funding.VENDOR if self.funding_percent == 100 else Funding.SHARED


@dataclass(frozen=True)
class Level:
    """One discount level of an offer, for one redemption at its own conditions. Money in cents."""

    number: int
    rung: Ladder
    face_cents: int
    funding_cents: int


@dataclass(frozen=True)
class Offer:
    """A deal narrowed to one category and priced: the thing that is given, at one of its levels.

    Args:
        offer_id: ``deal_id`` or ``deal_id:category``.
        deal: The deal it comes from.
        category_id: The one category its products lie in.
        product_ids: Products it covers here, after sensitive tiers and prices were looked at.
        lead_product_id: The product whose name and price stand on the list when the household has no favourite.
        levels: Its levels, shallow first.
    """

    offer_id: OfferId
    deal: Deal
    category_id: CategoryId
    product_ids: frozenset[ProductId]
    lead_product_id: ProductId
    levels: tuple[Level, ...]
