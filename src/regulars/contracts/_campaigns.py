"""A campaign: what a marketing manager wants changed in a category, for whom, how deep, with whose money."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, NewType

from regulars.kernel import CategoryId, ConfigError, NeedId, Period, VendorId

from ._cells import BrandModule, UsageModule

CampaignId = NewType("CampaignId", str)
"""Id of a campaign, as the marketing manager named it."""

FAR_ABOVE_PERCENT = 150
"""A conversion's first offer to heavy users is at least so much of what medium and light users get first."""

RUNGS_MAX = 5


class CampaignAim(StrEnum):
    """What is to change."""

    CONVERT_TO_OWN = "convert_to_own"  # buyers of national brands buy the store's own
    CONVERT_TO_NATIONAL = "convert_to_national"  # the reverse
    BRAND_TO_BRAND = "brand_to_brand"  # buyers of other brands buy this vendor's
    TRIAL = "trial"  # households that lack the need try it
    WIN_BACK = "win_back"  # households that stopped buying in the category come back
    THANK_YOU = "thank_you"  # heavy users are thanked, whether it pays or not


class CampaignState(StrEnum):
    """Whether a campaign gives offers; when it does is said by its dates."""

    RUNNING = "running"
    STOPPED = "stopped"


class CampaignArm(StrEnum):
    """How a campaign treats a household, drawn by hash for as long as the campaign lives."""

    LEAD = "lead"  # as the brand modules say
    ALTERNATIVE = "alternative"  # switchers first
    CONTROL = "control"  # nothing from this campaign


class CampaignTiming(StrEnum):
    """When a household is given an offer."""

    NEED_CYCLE = "need_cycle"  # in the cycle in which it is expected to buy the need
    ALWAYS = "always"


class CampaignStatus(StrEnum):
    """What a campaign does for a household in a cycle; the first that applies."""

    CONVERTED = "converted"  # it does now what was wanted: stop
    RESTING = "resting"  # it had every step of its ladder and did not move: stop
    CONTROL = "control"
    NOT_DUE = "not_due"  # the need's moment has not come
    WANTED = "wanted"  # to be given an offer at its rung


@dataclass(frozen=True)
class Modules:
    """The six modules offers are assembled from.

    Args:
        first_rung: Where each usage module's ladder begins, counted from 1; 0 for no offer.
        shift: What each brand module that takes part adds to that, most often 0 or less.
    """

    first_rung: Mapping[UsageModule, int]
    shift: Mapping[BrandModule, int]

    def rung(self, brand: BrandModule, usage: UsageModule, given_before: int) -> int:
        """The rung of a cell after so many offers given; 0 for none.

        A cell that takes part begins at rung 1 at least, and every repetition is one rung lower.

        Example:
            >>> heavy_first = Modules({UsageModule.HEAVY: 5, UsageModule.LIGHT: 1}, {BrandModule.NATIONAL: 0})
            >>> [heavy_first.rung(BrandModule.NATIONAL, UsageModule.HEAVY, given) for given in range(6)]
            [5, 4, 3, 2, 1, 0]
            >>> heavy_first.rung(BrandModule.OWN, UsageModule.HEAVY, 0)
            0
        """
        first = self.first_rung.get(usage, 0)
        if brand not in self.shift or first == 0:
            return 0
        return max(0, max(1, first + self.shift[brand]) - given_before)


@dataclass(frozen=True)
class CampaignPlan:
    """What a marketing manager decides.

    Args:
        campaign_id: Short name, in letters, digits and hyphens.
        name: As a marketer would say it.
        aim: What is to change.
        category_id: In which category.
        need_id: In this need of it alone; None for all.
        period: When its offers may be given: every cycle that lies in it.
        depths_percent: The rungs, per cent off, shallow first; at most five.
        lead: The modules of most households.
        alternative: Those of the alternative arm.
        alternative_percent: Share of the campaign's households in that arm, 0..90.
        control_percent: Share that gets nothing from it, 0..90.
        timing: When a household is given an offer.
        budget_cents: What its offers may cost whoever pays, as expected, over its life.
        vendor_id: Who pays, and with a brand aim whose products; ``store`` for the store.
        from_vendor_id: Brand to brand: only buyers of this vendor; None for all other brands.
        funding_percent: The vendor's share, 0..100; 0 when the store pays.
        lapsed_days: Win back: not bought in the category for so long.
        converted_days: Converted once the wanted goods were bought on so many days since the first offer, and on no
            fewer than the others.
        synthetic: True for campaigns that come with the demo.
    """

    campaign_id: CampaignId
    name: str
    aim: CampaignAim
    category_id: CategoryId
    period: Period
    depths_percent: tuple[int, ...]
    lead: Modules
    alternative: Modules
    budget_cents: int
    need_id: NeedId | None = None
    alternative_percent: int = 0
    control_percent: int = 10
    timing: CampaignTiming = CampaignTiming.NEED_CYCLE
    vendor_id: VendorId = field(default=VendorId("store"))
    from_vendor_id: VendorId | None = None
    funding_percent: int = 0
    lapsed_days: int = 56
    converted_days: int = 2
    synthetic: bool = False

    def __post_init__(self) -> None:
        faults = _faults(self)
        if faults:
            raise ConfigError(f"campaign {self.campaign_id}: {'; '.join(faults)}")

    def modules(self, arm: CampaignArm) -> Modules:
        """The modules of an arm that gets offers."""
        return self.alternative if arm is CampaignArm.ALTERNATIVE else self.lead

    def as_plain(self) -> dict[str, Any]:
        """JSON-able values, from which `from_plain` makes the same again."""
        return {
            **dataclasses.asdict(self),
            "period": [self.period.from_on.isoformat(), self.period.until_on.isoformat()],
        }

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> CampaignPlan:
        """The inverse of `as_plain`, after any way through JSON."""
        given = dict(values)
        given["aim"] = CampaignAim(given["aim"])
        given["timing"] = CampaignTiming(given["timing"])
        given["period"] = Period(*(date.fromisoformat(day) for day in given["period"]))
        given["depths_percent"] = tuple(given["depths_percent"])
        for arm in ("lead", "alternative"):
            given[arm] = Modules(
                {UsageModule(name): rung for name, rung in given[arm]["first_rung"].items()},
                {BrandModule(name): shift for name, shift in given[arm]["shift"].items()},
            )
        return cls(**given)


_PARTS: Mapping[CampaignAim, tuple[dict[BrandModule, int], dict[BrandModule, int]]] = {
    CampaignAim.CONVERT_TO_OWN: (
        {BrandModule.NATIONAL: 0, BrandModule.SWITCHER: -1},
        {BrandModule.SWITCHER: 0, BrandModule.NATIONAL: -2},
    ),
    CampaignAim.CONVERT_TO_NATIONAL: (
        {BrandModule.OWN: 0, BrandModule.SWITCHER: -1},
        {BrandModule.SWITCHER: 0, BrandModule.OWN: -2},
    ),
    CampaignAim.BRAND_TO_BRAND: (
        {BrandModule.NATIONAL: 0, BrandModule.SWITCHER: -1, BrandModule.OWN: -1},
        {BrandModule.SWITCHER: 0, BrandModule.NATIONAL: -2, BrandModule.OWN: -2},
    ),
}
"""Brand modules of the two arms by aim; the rest takes all three as they are."""

CONVERSIONS = frozenset(_PARTS)
"""Aims that move a household from one brand to another."""


def default_modules(
    aim: CampaignAim, rungs: int, usages: Collection[UsageModule] = tuple(UsageModule)
) -> tuple[Modules, Modules]:
    """Lead and alternative modules of an aim: for a conversion the top rung is for heavy users alone.

    Args:
        aim: What is to change.
        rungs: How many depths there are.
        usages: Whose ladders begin at all; the others get nothing.
    """
    heavy = {UsageModule.LIGHT: 1, UsageModule.MEDIUM: max(1, rungs // 2), UsageModule.HEAVY: rungs}
    if aim is CampaignAim.THANK_YOU:
        heavy = {UsageModule.LIGHT: 0, UsageModule.MEDIUM: 0, UsageModule.HEAVY: rungs}
    heavy = {usage: rung if usage in usages else 0 for usage, rung in heavy.items()}
    every = dict.fromkeys(BrandModule, 0)
    lead, alternative = _PARTS.get(aim, (every, every))
    return Modules(heavy, lead), Modules(heavy, alternative)


def _faults(plan: CampaignPlan) -> list[str]:
    depths = plan.depths_percent
    wrong = []
    if not plan.campaign_id or not all(sign.isalnum() or sign == "-" for sign in plan.campaign_id):
        wrong.append("its id is no short name of letters, digits and hyphens")
    if not 1 <= len(depths) <= RUNGS_MAX or list(depths) != sorted(set(depths)):
        wrong.append(f"depths are {list(depths)}; expected 1 to {RUNGS_MAX} of them, each deeper than the last")
    elif not 1 <= depths[0] <= depths[-1] <= 60:
        wrong.append(f"depths are {list(depths)}; expected per cents from 1 to 60")
    if plan.budget_cents <= 0:
        wrong.append(f"a budget of {plan.budget_cents} cents gives nothing; expected more than 0")
    if (
        plan.control_percent < 0
        or plan.alternative_percent < 0
        or plan.control_percent + plan.alternative_percent > 90
    ):
        wrong.append("control and alternative together take more than 90 per cent, or less than 0")
    if not 0 <= plan.funding_percent <= 100:
        wrong.append(f"funding of {plan.funding_percent} %; expected 0 to 100")
    wrong += _money_faults(plan) + _ladder_faults(plan)
    return wrong


def giving_faults(plan: CampaignPlan) -> list[str]:
    """Why a campaign's offers would not be what it says, cell by cell; looked at when it is made.

    Args:
        plan: The campaign.
    """
    arms = {"lead": plan.lead, **({"alternative": plan.alternative} if plan.alternative_percent else {})}
    wrong = []
    for title, modules in arms.items():
        first = {(brand, usage): modules.rung(brand, usage, 0) for brand in modules.shift for usage in UsageModule}
        if max(first.values()) > len(plan.depths_percent):
            wrong.append(f"{title}: with what a brand module adds a ladder begins beyond the deepest")
            continue
        if not any(first.values()):
            wrong.append(f"{title}: no cell gets an offer")
        depth = {cell: plan.depths_percent[rung - 1] if rung else 0 for cell, rung in first.items()}
        for brand in modules.shift if plan.aim in CONVERSIONS else ():
            heavy = depth[brand, UsageModule.HEAVY]
            rest = max(depth[brand, UsageModule.LIGHT], depth[brand, UsageModule.MEDIUM])
            if 100 * heavy < FAR_ABOVE_PERCENT * rest:
                wrong.append(
                    f"{title}: of {brand.value} buyers heavy users begin at {heavy} % and others at {rest} %; a "
                    f"conversion needs at least {FAR_ABOVE_PERCENT / 100:g} times the rest: more or deeper --depths"
                )
    return wrong


def _money_faults(plan: CampaignPlan) -> list[str]:
    wrong = []
    by_store = plan.vendor_id == "store"
    if by_store and plan.funding_percent:
        wrong.append("it names no vendor, but a vendor's share")
    if not by_store and plan.funding_percent not in {0, 100}:
        wrong.append("its budget needs one payer; expected a vendor's share of 0 or 100 per cent")
    if plan.aim is CampaignAim.BRAND_TO_BRAND and by_store:
        wrong.append("brand to brand needs the vendor whose brand is to win")
    if plan.from_vendor_id is not None and plan.aim is not CampaignAim.BRAND_TO_BRAND:
        wrong.append("only brand to brand takes buyers from one vendor")
    if plan.aim is CampaignAim.TRIAL and plan.need_id is None:
        wrong.append("a trial needs the need that is to be tried")
    return wrong


def _ladder_faults(plan: CampaignPlan) -> list[str]:
    wrong = []
    for title, modules in (("lead", plan.lead), ("alternative", plan.alternative)):
        rungs = modules.first_rung
        if any(not 0 <= rung <= len(plan.depths_percent) for rung in rungs.values()):
            wrong.append(f"{title}: a ladder begins outside the {len(plan.depths_percent)} depths")
        elif plan.aim in CONVERSIONS:
            depth = {usage: plan.depths_percent[rung - 1] if rung else 0 for usage, rung in rungs.items()}
            heavy = depth.get(UsageModule.HEAVY, 0)
            rest = max(depth.get(UsageModule.LIGHT, 0), depth.get(UsageModule.MEDIUM, 0))
            if 100 * heavy < FAR_ABOVE_PERCENT * rest:
                wrong.append(
                    f"{title}: heavy users begin at {heavy} % and others at {rest} %; a conversion reserves the "
                    f"strongest offer for heavy users, at least {FAR_ABOVE_PERCENT / 100:g} times the rest"
                )
        if not modules.shift:
            wrong.append(f"{title}: no brand module takes part")
    return wrong
