"""What the store decides about a plan, and who gets a list."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from regulars.contracts import Assumptions, HoldoutPolicy, ListPolicy, PlanPolicy, ValidityPolicy
from regulars.kernel import Cycle, HouseholdId, PlanId
from regulars.lift import Arm
from regulars.offers import SensitivePolicy

from ._desk_ports import DeskPlan


@dataclass(frozen=True)
class Declined:
    """Something a household does not want to see: a kind of wish about goods, and which goods."""

    household_id: HouseholdId
    kind: str
    item_id: str


@dataclass(frozen=True)
class PlanSettings:
    """What the store decides about a plan.

    Args:
        cycle: The cycle it is for; it starts on the as-of day.
        programme_year: Number of the programme year the cycle lies in.
        policy: What a list holds.
        holdout: Who is measured against.
        assumptions: What the data lacks.
        sensitive: Tiers kept out.
        choices: How lists are chosen beyond what they hold.
        last_plan_id: The plan that was applied for the cycle before, if any; its lists weigh in.
        desk: What people decided about deals and campaigns.
        dependence_cap_percent: Share on deal from which the best households get the shallowest level; None for no cap.
        validity: When lists hold within the cycle.
        declined: What households answered that they do not want to see; beside the `wishes` that were loaded.
    """

    cycle: Cycle
    programme_year: int
    policy: ListPolicy
    holdout: HoldoutPolicy
    assumptions: Assumptions
    sensitive: SensitivePolicy
    choices: PlanPolicy = field(default_factory=PlanPolicy)
    last_plan_id: PlanId | None = None
    desk: DeskPlan = field(default_factory=DeskPlan)
    dependence_cap_percent: int | None = None
    declined: tuple[Declined, ...] = ()
    validity: ValidityPolicy = field(default_factory=ValidityPolicy)

    @property
    def as_of_on(self) -> date:
        """The day the plan is made as of."""
        return self.cycle.period.from_on


@dataclass(frozen=True)
class Households:
    """Eligible households, by id; every tuple has one entry a household.

    Args:
        ids: Their ids.
        tiers: Tier of each, from 0.
        store_ids: Home store of each.
        arms: Arm of each.
        trips: Days each is known, up to 182, and its trips in them.
        capped: Whether each gets the shallowest level alone, for it lives on deals; empty when no cap is set.
    """

    ids: tuple[str, ...]
    tiers: tuple[int, ...]
    store_ids: tuple[str, ...]
    arms: tuple[Arm, ...]
    trips: tuple[tuple[int, int], ...]
    capped: tuple[bool, ...] = ()

    def in_arm(self, arm: Arm) -> list[str]:
        """Ids of one arm."""
        return [one for one, its_arm in zip(self.ids, self.arms, strict=True) if its_arm is arm]
