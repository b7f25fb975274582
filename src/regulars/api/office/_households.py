"""Households: find one, its days and figures, two side by side, a list issued anew."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import HTTPException, Request, Response

from regulars.bootstrap.office import (
    goodwill_given,
    held_plan,
    household_shown,
    households_beside,
    households_found,
    list_reissued,
)
from regulars.flows import ExplainedNeed, plan_record
from regulars.flows.views import (
    HouseholdCell,
    HouseholdFound,
    HouseholdView,
    NeighboursView,
    Page,
    SpecialBeside,
    Trip,
)
from regulars.kernel import ContractError

from ._export import Taken, exported, paged
from ._render import office_of, page, redirect
from ._route import asker_of, form_of, office_router, stores_of

router = office_router()
REASON_MAX = 200


@router.get("/households", name="households")
def households(request: Request, q: str = "") -> Response:
    """Find a household."""
    asker = asker_of(request)
    found = households_found(office_of(request), q[:100], stores_of(asker)) if q.strip() else ()
    if len(found) == 1 and "format" not in request.query_params:
        return redirect(request, "household", household_id=found[0].household_id)
    tables = {"found": (found, HouseholdFound)}
    return exported(request, "households", tables) or page(request, "households.html", q=q, found=found)


@router.get("/households/{household_id}", name="household")
def household(request: Request, household_id: str, before: str = "") -> Response:
    """One household."""
    view = _seen(request, household_id, before)

    def after(key: str) -> Page[Trip]:
        return _seen(request, household_id, key).trips

    tables: dict[str, Taken] = {
        "trips": (paged(view.trips, after), Trip),
        "due": (view.forecast.needs if view.forecast else (), ExplainedNeed),
        "cells": (view.cells, HouseholdCell),
        "specials": (_specials(view), SpecialShown),
    }
    return exported(request, f"household-{household_id}", tables) or _household_page(request, view)


@router.get("/households/{household_id}/beside", name="household_beside")
def beside(request: Request, household_id: str, other: str = "") -> Response:
    """Why does my neighbour get that?"""
    asker, office = asker_of(request), office_of(request)
    if not other.strip():
        return redirect(request, "household", household_id=household_id)

    def without(fault: str) -> Response:
        faults, form = {"other": fault}, {"other": other}
        return _household_page(request, _seen(request, household_id), faults=faults, form=form, status=404)

    found = households_found(office, other[:100], stores_of(asker))
    if not found:
        return without("unknown")
    plan_id = held_plan(office)
    try:
        both = households_beside(office, plan_id, household_id, found[0].household_id, stores_of(asker))
    except ContractError:
        return without("no_list")
    if both is None:
        raise HTTPException(404)
    tables = {"mine": (both.mine.specials, SpecialBeside), "theirs": (both.theirs.specials, SpecialBeside)}
    return exported(request, "side-by-side", tables) or _beside_page(request, both)


@router.post("/households/{household_id}/reissue", name="household_reissue")
def reissue(request: Request, household_id: str) -> Response:
    """Print a list anew under new codes; whoever does so second sees that somebody did."""
    asker, form = asker_of(request), form_of(request)
    view = _seen(request, household_id)
    reason = form.get("reason").strip()[:REASON_MAX]
    plan_id = form.get("plan_id")
    mine = next((one for one in view.lists if one.plan_id == plan_id and one.applied), None)
    if mine is None:
        raise HTTPException(404)
    if not reason:
        return _household_page(request, view, faults={"reason": "missing"}, form=form.plain(), status=422)
    if form.get("seen") != f"{len(mine.editions)}":
        return _household_page(request, view, faults={"reason": "changed"}, form=form.plain(), status=409)
    list_reissued(office_of(request), household_id, plan_id, reason=reason, actor=asker.actor)
    return redirect(request, "list", said="households.said_reissued", plan_id=plan_id, household_id=household_id)


@router.post("/households/{household_id}/goodwill", name="household_goodwill")
def goodwill(request: Request, household_id: str) -> Response:
    """Give a household a special its neighbour has."""
    asker, form, office = asker_of(request), form_of(request), office_of(request)
    _seen(request, household_id)
    neighbour = _seen(request, form.get("other")).household_id
    reason, plan_id = form.get("reason").strip()[:REASON_MAX], held_plan(office)
    both = households_beside(office, plan_id, household_id, neighbour, stores_of(asker))
    if both is None:
        raise HTTPException(404)
    if not reason:
        return _beside_page(request, both, form=form.plain(), faults={"reason": "missing"}, status=422)
    offer_id = form.get("offer_id")
    try:
        goodwill_given(office, plan_id, household_id, neighbour, offer_id, reason=reason, actor=asker.actor)
    except ContractError as error:
        return _beside_page(request, both, form=form.plain(), refused=error, status=409)
    return redirect(request, "household", said="households.said_goodwill", household_id=household_id)


def _seen(request: Request, household_id: str, before: str = "") -> HouseholdView:
    """The household, if it is there and whoever asks may see it.

    Raises:
        HTTPException: It is not.
    """
    view = household_shown(office_of(request), household_id, stores_of(asker_of(request)), before[:100])
    if view is None:
        raise HTTPException(404)
    return view


@dataclass(frozen=True)
class SpecialShown:
    """One special of one of a household's lists, as its page tells it. Money in cents."""

    cycle_number: int
    list_number: int
    offer: str
    face_cents: int
    used_cents: int
    uses: int
    uses_left: int
    closed: bool


def _specials(view: HouseholdView) -> list[SpecialShown]:
    return [
        SpecialShown(
            one.cycle_number,
            one.list_number,
            grant.name,
            grant.face_cents,
            sum(use.cents for use in grant.uses),
            len(grant.uses),
            grant.uses_left,
            grant.closed,
        )
        for one in view.lists
        for grant in one.grants
    ]


def _household_page(
    request: Request,
    view: HouseholdView,
    *,
    faults: dict[str, str] | None = None,
    form: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    return page(request, "household.html", status=status, view=view, faults=faults or {}, form=form or {})


def _beside_page(
    request: Request,
    both: NeighboursView,
    *,
    form: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
    refused: ContractError | None = None,
    status: int = 200,
) -> Response:
    return page(
        request,
        "households_beside.html",
        status=status,
        period=plan_record(office_of(request).warehouse, both.plan_id).period,
        both=both,
        form=form or {},
        faults=faults or {},
        refused=refused,
    )
