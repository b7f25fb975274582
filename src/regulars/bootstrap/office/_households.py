"""The service desk's screens bound to an office."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from regulars.bootstrap._list_desk import reissue_list
from regulars.contracts import ListDocument
from regulars.flows import plan_offer_names
from regulars.flows.views import (
    HouseholdFound,
    HouseholdView,
    NeighboursView,
    find_households,
    give_goodwill,
    household_view,
    neighbours_view,
    plan_ground,
)
from regulars.kernel import ContractError, GrantId, PlanId

from ._office import Office
from ._reading import desk_day, held_plan, kept


def households_found(office: Office, text: str, stores: frozenset[str] | None) -> tuple[HouseholdFound, ...]:
    """Households that answer to what was typed; see `flows.views.find_households`."""
    try:
        plan_id: str | None = held_plan(office)
    except ContractError:
        plan_id = None
    return find_households(
        office.warehouse,
        office.ledger,
        text,
        as_of_on=desk_day(office),
        today=office.today(),
        plan_id=plan_id,
        stores=stores,
    )


def household_shown(
    office: Office, household_id: str, stores: frozenset[str] | None, before: str = ""
) -> HouseholdView | None:
    """One household; None when it is unknown or may not be seen."""
    warehouse, tiers = office.warehouse, office.workspace.sensitive_policy

    def offer_names(plan_id: PlanId) -> Mapping[tuple[str, str], str]:
        return kept(office, ("offer names", plan_id), lambda: plan_offer_names(warehouse, [plan_id]))

    return household_view(
        warehouse,
        office.ledger,
        household_id,
        as_of_on=desk_day(office),
        today=office.today(),
        stores=stores,
        before=before,
        offer_names=offer_names,
        closed_tiers=tiers.closed,
        unprinted_tiers=tiers.unprinted,
    )


def households_beside(
    office: Office, plan_id: str, household_id: str, neighbour_id: str, stores: frozenset[str] | None
) -> NeighboursView | None:
    """Two households' lists side by side; None when one is unknown or may not be seen."""
    warehouse = office.warehouse
    ground = kept(office, ("ground", plan_id), lambda: plan_ground(warehouse, plan_id))
    view = neighbours_view(warehouse, plan_id, household_id, neighbour_id, ground)
    seen = stores is None or {view.mine.store_id, view.theirs.store_id} <= stores
    return view if seen else None


def goodwill_given(
    office: Office, plan_id: str, household_id: str, neighbour_id: str, offer_id: str, *, reason: str, actor: str
) -> GrantId:
    """Give a household a special another one has; see `flows.views.give_goodwill`."""
    return give_goodwill(
        office.warehouse,
        office.ledger,
        plan_id=plan_id,
        household_id=household_id,
        neighbour_id=neighbour_id,
        offer_id=offer_id,
        reason=reason,
        at=office.clock.now_at(),
        actor=actor,
    )


def list_reissued(
    office: Office, household_id: str, plan_id: str, *, reason: str, actor: str
) -> tuple[ListDocument, Path]:
    """Give a household's list new codes and print it; see `bootstrap.reissue_list`."""
    return reissue_list(office.workspace, household_id, plan_id, reason=reason, actor=actor)
