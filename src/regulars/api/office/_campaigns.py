"""Campaigns: what is to change in a category, for whom, with whose money; with a form that estimates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response

from regulars.bootstrap.office import (
    Office,
    approval_of,
    category_names,
    decide_waiting,
    end_campaign,
    estimated,
    one_campaign,
    overlapping,
    preview_picture,
    previewed,
    profiles_on,
    refused_lately,
    start_campaign,
    stop_of,
    waiting_approvals,
    withdraw_waiting,
)
from regulars.contracts import CampaignPlan, CampaignState
from regulars.flows import (
    Approval,
    CampaignCell,
    CampaignEstimate,
    CampaignOverlap,
    CampaignRecord,
    CellEstimate,
)
from regulars.ingest import pretty_need
from regulars.kernel import CYCLE_DAYS, ContractError, Period, RegularsError, cycle_at

from ._campaign_form import (
    AIMS,
    TILE_FIELDS,
    USAGES,
    CampaignForm,
    next_cycle_on,
    read_form,
    typed_of,
    usage_of,
    usual,
)
from ._export import exported
from ._render import error_page, office_of, page, redirect
from ._route import asker_of, form_of, office_router

router = office_router()
_CALENDAR_CYCLES = 6
_TYPED_MAX = 200


@dataclass(frozen=True)
class Waiting:
    """A campaign that waits for a second person, with all one has to know to decide.

    Args:
        approval: What was asked, by whom.
        plan: The campaign.
        estimate: What it may come to; None while nothing is known of the goods.
        overlaps: Where it meets others.
        form: Query of the form that means it.
    """

    approval: Approval
    plan: CampaignPlan
    estimate: CampaignEstimate | None
    overlaps: tuple[CampaignOverlap, ...]
    form: str


@router.get("/campaigns", name="campaigns")
def campaigns(request: Request) -> Response:
    """All campaigns, when they run, where two meet, what waits for a second person."""
    office = office_of(request)
    records = sorted(office.ledger.campaigns(), key=lambda one: (one.plan.period.until_on, one.plan.campaign_id))
    records.reverse()
    running = any(one.state is CampaignState.RUNNING for one in records)
    return exported(request, "campaigns", {"campaigns": (records, CampaignRecord)}) or page(
        request,
        "campaigns.html",
        records=[(one, stands(one, office.today())) for one in records],
        waiting=[_waiting(office, one) for one in waiting_approvals(office) if one.kind == "campaign"],
        refused=[(one, _form_query(one)) for one in refused_lately(office, asker_of(request))],
        cycles=_cycles(office),
        overlaps=overlapping(office) if running and _sells(office) else (),
        **_words(office),
    )


@router.get("/campaigns/new", name="campaign_new")
def campaign_new(request: Request) -> Response:
    """The form, as far as it is filled in, and what the campaign may come to."""
    office = office_of(request)
    asked = {name: value for name, value in request.query_params.items() if len(value) <= _TYPED_MAX}
    typed = {**usual(office), **asked}
    looked_at = bool(set(asked) - {"category"})
    form = read_form(office, typed, looked_at=looked_at)
    if request.headers.get("x-part"):  # a choice that went with another category is chosen anew
        stale = [name for name in ("need", "vendor") if name in form.faults]
        form = read_form(office, {**typed, **dict.fromkeys(stale, "")}, looked_at=looked_at)
    return _form_page(request, form, status=200)


@router.get("/campaigns/tile.png", name="campaign_tile")
def campaign_tile(request: Request) -> Response:
    """The tile of the form's offer, as lists print it."""
    office = office_of(request)
    form = read_form(office, {**usual(office), **dict(request.query_params)}, looked_at=True)
    picture = None if form.wrong else preview_picture(office, form.plan())
    if picture is None:
        return error_page(request, 404)
    return Response(picture, media_type="image/png", headers={"Cache-Control": "private, max-age=300"})


@router.post("/campaigns/new", name="campaign_make")
def campaign_make(request: Request) -> Response:
    """Make it, or show what is wrong beside the field; asked to estimate alone, lead to the form's own address."""
    office, typed = office_of(request), form_of(request).plain()
    if typed.pop("only", "") == "estimate":
        fields = (*usual(office), "paid_by_vendor")
        return redirect(
            request, "campaign_new", query={name: typed[name][:_TYPED_MAX] for name in fields if name in typed}
        )
    form = read_form(office, typed, looked_at=True)
    if form.faults:
        return _form_page(request, form, status=422)
    plan = form.plan()
    try:
        runs = start_campaign(office, plan, asker_of(request))
    except RegularsError as error:
        return _form_page(request, form, status=422, refused=error)
    said = "campaigns.said_made" if runs else "campaigns.said_waits"
    if not runs:
        return redirect(request, "campaigns", said=said)
    return redirect(request, "campaign", said=said, campaign_id=plan.campaign_id)


@router.get("/campaigns/{campaign_id}", name="campaign")
def campaign(request: Request, campaign_id: str) -> Response:
    """One campaign."""
    office = office_of(request)
    if campaign_id not in {record.plan.campaign_id for record in office.ledger.campaigns()}:
        return error_page(request, 404)
    shown = one_campaign(office, campaign_id)
    return exported(request, f"campaign-{campaign_id}", {"cells": (shown.cells, CampaignCell)}) or page(
        request,
        "campaign.html",
        shown=shown,
        plan=shown.record.plan,
        stands=stands(shown.record, office.today()),
        estimate=_estimate(office, shown.record.plan),
        approval=approval_of(office, campaign_id),
        stop=stop_of(office, campaign_id),
        **_words(office),
    )


@router.post("/campaigns/{campaign_id}/stop", name="campaign_stop")
def campaign_stop(request: Request, campaign_id: str) -> Response:
    """Stop one for good."""
    office = office_of(request)
    if campaign_id not in {record.plan.campaign_id for record in office.ledger.campaigns()}:
        return error_page(request, 404)
    now = end_campaign(office, campaign_id, asker_of(request).actor)
    said = "campaigns.said_stopped" if now else "campaigns.said_stopped_before"
    return redirect(request, "campaign", said=said, campaign_id=campaign_id)


@router.post("/approvals/{approval_id}", name="campaign_decide")
def campaign_decide(request: Request, approval_id: str) -> Response:
    """Approve or refuse what somebody else asked for, or withdraw what one asked for oneself."""
    office, asker, form = office_of(request), asker_of(request), form_of(request)
    decision = form.get("decision")
    if not approval_id.isdecimal() or len(approval_id) > 9 or decision not in {"approve", "refuse", "withdraw"}:
        return error_page(request, 404)
    if decision == "withdraw":
        taken_back = withdraw_waiting(office, int(approval_id), asker)
        if taken_back is None:
            return redirect(request, "campaigns", said="campaigns.said_not_withdrawn")
        typed = typed_of(CampaignPlan.from_plain(taken_back.content))
        return redirect(request, "campaign_new", said="campaigns.said_withdrawn", query=typed)
    approve = decision == "approve"
    if not approve and not form.get("note").strip():
        return redirect(request, "campaigns", said="campaigns.said_not_reason")
    try:
        decided = decide_waiting(office, int(approval_id), asker, approve=approve, note=form.get("note")[:500])
    except ContractError:
        return redirect(request, "campaigns", said="campaigns.said_not_possible")
    if not decided:
        return redirect(request, "campaigns", said="campaigns.said_not_yours")
    return redirect(request, "campaigns", said="campaigns.said_approved" if approve else "campaigns.said_refused")


def stands(record: CampaignRecord, today: date) -> str:
    """Where a campaign stands on a day: ``stopped``, ``over``, ``planned`` before its first day, ``running``."""
    if record.state is CampaignState.STOPPED:
        return "stopped"
    if record.plan.period.until_on <= today:
        return "over"
    return "planned" if today < record.plan.period.from_on else "running"


def _form_page(
    request: Request, form: CampaignForm, *, status: int, refused: RegularsError | None = None
) -> Response:
    office, estimate, preview = office_of(request), None, None
    overlaps: list[CampaignOverlap] = []
    if form.typed.get("category") in form.categories and not form.wrong:
        plan = form.plan()
        estimate, preview, overlaps = _estimate(office, plan), previewed(office, plan), overlapping(office, plan)
    cells = {"cells": (estimate.cells if estimate else (), CellEstimate)}
    typed, category = form.typed, form.typed.get("category", "")
    return exported(request, "estimate", cells) or page(
        request,
        "campaign_new.html",
        status=status,
        form=typed,
        faults=form.faults,
        wrong=form.wrong,
        refused=refused,
        estimate=estimate,
        preview=preview,
        overlaps=overlaps,
        unnamed=form.unnamed,
        categories=list(form.categories.items()),
        needs=[(need, pretty_need(need, category)) for need in form.needs],
        vendors=form.vendors,
        aims=AIMS,
        usages=tuple(USAGES),
        next_cycle_on=next_cycle_on(office),
        second_cents=office.settings.office.second_person_cents,
        tile_query=urlencode({name: typed.get(name, "") for name in TILE_FIELDS}),
        **_words(office),
    )


def _words(office: Office) -> dict[str, Any]:
    """What pages of campaigns call things: categories by id, people by what the trail calls them, usage, needs."""
    names = category_names(office) if _sells(office) else {}
    people = {one.actor: one.name for one in office.ledger.staff()}
    return {
        "category_name": lambda category_id: names.get(category_id) or pretty_need(category_id),
        "who": lambda actor: people.get(actor, actor),
        "usage_of": usage_of,
        "need_name": pretty_need,
    }


def _waiting(office: Office, approval: Approval) -> Waiting:
    plan = CampaignPlan.from_plain(approval.content)
    estimate = _estimate(office, plan)
    overlaps = tuple(overlapping(office, plan)) if estimate else ()
    return Waiting(approval, plan, estimate, overlaps, _form_query(approval))


def _form_query(approval: Approval) -> str:
    return urlencode(typed_of(CampaignPlan.from_plain(approval.content)))


def _estimate(office: Office, plan: CampaignPlan) -> CampaignEstimate | None:
    return estimated(office, plan) if _sells(office) else None


def _sells(office: Office) -> bool:
    """Whether anything is known of the goods yet."""
    try:
        profiles_on(office)
    except ContractError:
        return False
    return True


def _cycles(office: Office) -> list[Period]:
    """The cycles of the calendar, from the running one on."""
    first_on = office.settings.cycle.first_on
    start = cycle_at(max(office.today(), first_on), first_on).period.from_on
    days = [start + timedelta(days=CYCLE_DAYS * place) for place in range(_CALENDAR_CYCLES)]
    return [Period(day, day + timedelta(days=CYCLE_DAYS)) for day in days]
