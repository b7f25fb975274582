"""The desk as flows see it: what people decided about deals and campaigns, and what deals still owe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from regulars.contracts import CampaignId, CampaignPlan, CampaignState, DealState
from regulars.kernel import DealId, OfferId, PlanId


@dataclass(frozen=True)
class OfferDeal:
    """Which deal an offer of a plan was made of, so that money can be told by deal."""

    offer_id: OfferId
    deal_id: DealId


@dataclass(frozen=True)
class DealRevision:
    """What people decided about a deal so far.

    Args:
        deal_id: The deal.
        number: How often something was decided, from 1.
        state: Where it stands by decision; whether it runs is said by its dates.
        changes: Columns of its row in the `deals` table that were edited, with their new values.
        terms_digest: Of the terms as they were when this was decided; terms that changed since must be approved anew.
        decided_at: When.
        actor: By whom.
        note: Why, in their words.
    """

    deal_id: DealId
    number: int
    state: DealState
    changes: Mapping[str, Any]
    terms_digest: str
    decided_at: datetime
    actor: str
    note: str = ""


@dataclass(frozen=True)
class CampaignRecord:
    """A campaign as the ledger keeps it."""

    plan: CampaignPlan
    state: CampaignState
    created_at: datetime
    created_by: str
    stopped_at: datetime | None = None


@dataclass(frozen=True)
class DealMoney:
    """What one plan that was applied makes of a deal's money, in cents, the vendor's part and the store's.

    Args:
        deal_id: The deal.
        plan_id: The plan.
        applied: False when it was recalled.
        until_on: Its last day and one more.
        expected_cents: What the plan expected to use of the deal's budget.
        promised_cents: The most it can still cost.
        used_cents: What was spent.
        released_cents: What was promised and given back.
    """

    deal_id: DealId
    plan_id: PlanId
    applied: bool
    until_on: date
    expected_cents: int
    promised_cents: int
    used_cents: int
    released_cents: int


@dataclass(frozen=True)
class DeskPlan:
    """What a plan takes from the desk.

    Args:
        revisions: The latest decision on each deal somebody decided on.
        campaigns: Campaigns that are not stopped.
        money: What plans made of deals' money.
        applied: Plans of earlier cycles that hold: what campaigns gave before.
    """

    revisions: tuple[DealRevision, ...] = ()
    campaigns: tuple[CampaignPlan, ...] = ()
    money: tuple[DealMoney, ...] = ()
    applied: tuple[PlanId, ...] = field(default=())


class Desk(Protocol):
    """Decisions on deals and campaigns; every writing call is one transaction and one row of the audit chain."""

    def deal_revisions(self) -> list[DealRevision]:
        """The latest decision on each deal, by deal id."""
        ...

    def deal_history(self, deal_id: DealId) -> list[DealRevision]:
        """Every decision on a deal, oldest first."""
        ...

    def decide_deal(self, revision: DealRevision) -> bool:
        """Add a decision; False, and nothing written, when its number is taken: somebody else decided meanwhile."""
        ...

    def campaigns(self) -> list[CampaignRecord]:
        """All campaigns, by id."""
        ...

    def create_campaign(self, plan: CampaignPlan, *, at: datetime, actor: str) -> bool:
        """Keep a campaign; False, and nothing written, when its id is taken."""
        ...

    def stop_campaign(self, campaign_id: CampaignId, *, at: datetime, actor: str) -> bool:
        """Stop a campaign for good; False when it was stopped before."""
        ...

    def deal_money(self) -> list[DealMoney]:
        """What every applied or recalled plan made of each deal's money, by deal, then plan."""
        ...
