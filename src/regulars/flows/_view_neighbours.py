"""Why does my neighbour get that? Two lists of one plan side by side, each difference with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from ._plan_explain import ExplainedGrant, ExplainedList, PlanGround, explain_list
from ._ports import Warehouse

UNTARGETED = "untargeted"
"""Why a held-out list lacks an offer: nobody chose it."""
NOT_WEIGHED = "not_weighed"
"""Why a list lacks an offer for which the household gave no reason at all."""


@dataclass(frozen=True)
class SpecialBeside:
    """One special of one of two lists.

    Args:
        offer_id: The offer.
        name: What it is called.
        face_cents: What it saves on this list.
        other_face_cents: What it saves on the other list; None where it is not on it.
        given_code: Why it stands here.
        why_not_code: Why it does not stand on the other list; empty where it does.
        detail: More of that, in the plan's words; may be empty.
    """

    offer_id: str
    name: str
    face_cents: int
    other_face_cents: int | None
    given_code: str
    why_not_code: str
    detail: str


@dataclass(frozen=True)
class ListBeside:
    """One of two lists.

    Args:
        household_id: Whose.
        arm: Targeted or holdout.
        tier: By what it spends.
        store_id: Home store.
        face_cents: Printed savings.
        specials: Its specials in order.
    """

    household_id: str
    arm: str
    tier: str
    store_id: str
    face_cents: int
    specials: tuple[SpecialBeside, ...]

    @property
    def alone(self) -> int:
        """How many of its specials the other list lacks."""
        return sum(one.other_face_cents is None for one in self.specials)


@dataclass(frozen=True)
class NeighboursView:
    """Two lists of one plan."""

    plan_id: str
    mine: ListBeside
    theirs: ListBeside

    @property
    def shared(self) -> int:
        """How many offers stand on both."""
        return len(self.mine.specials) - self.mine.alone


def neighbours_view(
    warehouse: Warehouse, plan_id: str, household_id: str, neighbour_id: str, ground: PlanGround
) -> NeighboursView:
    """Compare two households' lists.

    Args:
        warehouse: Holds the plan.
        plan_id: The plan.
        household_id: Who asks.
        neighbour_id: Whose list it is compared with.
        ground: What `plan_ground` read of the plan.

    Raises:
        ContractError: There is no such plan, or a household has no list in it.
    """
    mine, theirs = (explain_list(warehouse, plan_id, one, ground) for one in (household_id, neighbour_id))
    return NeighboursView(plan_id, _beside(mine, theirs), _beside(theirs, mine))


def _beside(one: ExplainedList, other: ExplainedList) -> ListBeside:
    there = {grant.offer_id: grant for grant in other.grants}
    missed = {miss.offer_id: (miss.reason_code, miss.detail) for miss in other.misses}
    silent = UNTARGETED if other.arm == "holdout" else NOT_WEIGHED

    def special(grant: ExplainedGrant) -> SpecialBeside:
        match = there.get(grant.offer_id)
        code, detail = ("", "") if match else missed.get(grant.offer_id, (silent, ""))
        return SpecialBeside(
            grant.offer_id,
            grant.name,
            grant.face_cents,
            match.face_cents if match else None,
            grant.reason_code,
            UNTARGETED if code and other.arm == "holdout" else code,
            detail,
        )

    return ListBeside(
        one.household_id, one.arm, one.tier, one.store_id, one.face_cents, tuple(map(special, one.grants))
    )
