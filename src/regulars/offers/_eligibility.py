"""Who may be given what: pure rules, each with a reason code; the first that applies is told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from regulars.contracts import Deal, DealState, Ladder, ReasonCode
from regulars.kernel import StoreId

from ._benefits import depth_percent, saving_cents

NEVER_PROMOTED = frozenset({"alcohol", "tobacco", "lottery"})
"""Tiers that are neither printed nor given an offer."""

OPT_IN = frozenset({"formula"})
"""Tiers printed and promoted only for a household that asked for it."""

AFTER_PURCHASE = frozenset({"infant", "pet"})
"""Tiers promoted only to households that already buy in the category."""

REPEAT_PURCHASE = frozenset({"infant"})
"""Tiers printed and promoted only to households that bought in the category on two days or more, not long ago: a gift
must not become a baby mailing. See `category_habits.sql`."""

DEPTH_MAX_PERCENT = 60
"""A level deeper than this at a product's price is a mistake in the deal, not a gift."""

DEPTH_MIN_PERCENT = 3
"""A level shallower than this is not worth a tile."""

FACE_MIN_CENTS, FACE_MAX_CENTS = 25, 600
"""What one redemption may save: less is not worth a tile, more is a mistake in the deal."""


@dataclass(frozen=True)
class SensitivePolicy:
    """Tiers the store keeps out; `closed` never reach anything."""

    closed: frozenset[str] = frozenset()
    never_promoted: frozenset[str] = NEVER_PROMOTED
    opt_in: frozenset[str] = OPT_IN
    after_purchase: frozenset[str] = AFTER_PURCHASE
    repeat_purchase: frozenset[str] = REPEAT_PURCHASE

    @property
    def unprinted(self) -> frozenset[str]:
        """Tiers of which no list shows a line: those kept out, those never promoted, those only on request."""
        return self.closed | self.never_promoted | self.opt_in


@dataclass(frozen=True)
class HouseholdFacts:
    """What eligibility looks at in a household.

    Args:
        store_id: Home store.
        categories: Categories bought in within the 182 days before.
        opted_in: Tiers it asked for.
        opted_out: Whether it wants no offers.
    """

    store_id: StoreId
    categories: Collection[str] = ()
    opted_in: frozenset[str] = field(default_factory=frozenset)
    opted_out: bool = False


def tier_refusal(tier: str, policy: SensitivePolicy, opted_in: Collection[str] = ()) -> ReasonCode | None:
    """Why goods of a tier may not be printed or promoted, or None.

    Args:
        tier: Sensitive tier of the goods; empty for the rest.
        policy: What the store does about tiers.
        opted_in: Tiers the household asked for.

    Example:
        >>> tier_refusal("tobacco", SensitivePolicy())
        <ReasonCode.NO_NEVER_PRINTED: 'no_never_printed'>
    """
    if tier in policy.closed:
        return ReasonCode.NO_CLOSED_TIER
    if tier in policy.never_promoted or (tier in policy.opt_in and tier not in opted_in):
        return ReasonCode.NO_NEVER_PRINTED
    return None


def household_refusal(
    household: HouseholdFacts, deal: Deal, *, category_id: str, tier: str, policy: SensitivePolicy
) -> ReasonCode | None:
    """Why a household may not be given a deal in a category, or None; `ReasonCode` is in order of precedence.

    Args:
        household: What is known of it.
        deal: The deal.
        category_id: Category of the offer made of it.
        tier: Sensitive tier of the offer's goods.
        policy: What the store does about tiers.
    """
    refusal = tier_refusal(tier, policy, household.opted_in)
    if refusal is not None:
        return refusal
    if tier in policy.after_purchase and category_id not in household.categories:
        return ReasonCode.NO_NOT_BOUGHT_BEFORE
    if household.opted_out:
        return ReasonCode.NO_OPTED_OUT
    if deal.store_ids and household.store_id not in deal.store_ids:
        return ReasonCode.NO_OTHER_STORE
    return None


def deal_refusal(deal: Deal, *, from_on: date, last_on: date, as_of_on: date) -> ReasonCode | None:
    """Why a deal cannot be given in a cycle, or None: it must be approved, known, and hold on every day of it.

    Args:
        deal: The deal.
        from_on: First day of the cycle.
        last_on: Last day of the cycle.
        as_of_on: The day the plan is made as of.
    """
    if deal.state not in {DealState.APPROVED, DealState.RUNNING}:
        return ReasonCode.NO_OUTSIDE_DATES
    if deal.known_from_on > as_of_on.isoformat():
        return ReasonCode.NO_OUTSIDE_DATES
    if from_on not in deal.period or last_on not in deal.period:
        return ReasonCode.NO_OUTSIDE_DATES
    return None


def price_refusal(deal: Deal, rung: Ladder, price_cents: int | None) -> ReasonCode | None:
    """Why a level does not fit a product's posted price, or None; an offer only ever lowers it.

    Args:
        deal: The deal.
        rung: The level's numbers.
        price_cents: Posted price of one unit; None when none is known.
    """
    if price_cents is None or price_cents <= 0:
        return ReasonCode.NO_PRICE
    if saving_cents(deal.kind, rung, price_cents) <= 0:
        return ReasonCode.NO_ABOVE_PRICE
    fits = (
        DEPTH_MIN_PERCENT <= depth_percent(deal.kind, rung, price_cents) <= DEPTH_MAX_PERCENT
        and FACE_MIN_CENTS <= saving_cents(deal.kind, rung, price_cents) <= FACE_MAX_CENTS
    )
    return None if fits else ReasonCode.NO_ABOVE_PRICE
