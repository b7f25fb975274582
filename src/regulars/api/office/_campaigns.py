"""Campaigns: what is to change in a category, for whom, with whose money; with a form that estimates."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from urllib.parse import urlencode

from fastapi import Request, Response

from regulars.bootstrap.office import (
    Office,
    categories_view,
    decide_waiting,
    end_campaign,
    estimated,
    one_campaign,
    preview_picture,
    previewed,
    profiles_on,
    sold_goods,
    start_campaign,
    waiting_approvals,
)
from regulars.contracts import CampaignAim, CampaignId, CampaignPlan, UsageModule, default_modules, giving_faults
from regulars.flows import CampaignCell, CampaignEstimate, CampaignRecord, CellEstimate
from regulars.ingest import pretty_need
from regulars.kernel import (
    CYCLE_DAYS,
    CategoryId,
    ContractError,
    NeedId,
    Period,
    RegularsError,
    VendorId,
    cycle_at,
)

from ._export import exported
from ._render import error_page, office_of, page, redirect
from ._route import asker_of, form_of, office_router

router = office_router()
_BUDGET_MAX = 10_000_000
_CALENDAR_CYCLES = 6
_AIMS = tuple(aim.value for aim in CampaignAim)
_USAGES = {
    "all": tuple(UsageModule),
    "heavy": (UsageModule.HEAVY,),
    "medium_heavy": (UsageModule.MEDIUM, UsageModule.HEAVY),
}
"""Whom a campaign is for."""
_TILE_FIELDS = ("aim", "category", "need", "vendor", "depths")


@router.get("/campaigns", name="campaigns")
def campaigns(request: Request) -> Response:
    """All campaigns, when they run, where two meet, what waits for a second person."""
    office = office_of(request)
    records = sorted(office.ledger.campaigns(), key=lambda one: (one.plan.period.until_on, one.plan.campaign_id))
    records.reverse()
    return exported(request, "campaigns", {"campaigns": (records, CampaignRecord)}) or page(
        request,
        "campaigns.html",
        records=records,
        waiting=waiting_approvals(office),
        cycles=_cycles(office),
        collisions=_collisions([one for one in records if one.state == "running"]),
    )


@router.get("/campaigns/new", name="campaign_new")
def campaign_new(request: Request) -> Response:
    """The form, as far as it is filled in, and what the campaign may come to."""
    office = office_of(request)
    asked = dict(request.query_params)
    form = {**_usual(office), **{name: value for name, value in asked.items() if len(value) < 200}}
    faults = _faults(form) if "name" in asked else {}
    return _form_page(request, form, faults, status=200)


@router.get("/campaigns/tile.png", name="campaign_tile")
def campaign_tile(request: Request) -> Response:
    """The tile of the form's offer, as lists print it."""
    office, form = office_of(request), {**_usual(office_of(request)), **dict(request.query_params)}
    form["name"] = "campaign"
    picture = None if _faults(form) else preview_picture(office, _plan(form))
    if picture is None:
        return error_page(request, 404)
    return Response(picture, media_type="image/png", headers={"Cache-Control": "private, max-age=300"})


@router.post("/campaigns/new", name="campaign_make")
def campaign_make(request: Request) -> Response:
    """Make it, or show what is wrong beside the field."""
    office, form = office_of(request), form_of(request).plain()
    faults = _faults(form)
    if faults:
        return _form_page(request, form, faults, status=422)
    try:
        plan = _plan(form)
        wrong = giving_faults(plan)
        if wrong:
            raise ContractError("; ".join(wrong))
        runs = start_campaign(office, plan, asker_of(request))
    except RegularsError as error:
        return _form_page(request, form, {}, status=422, refused=error)
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
        estimate=_estimate(office, shown.record.plan),
        usage=_usage(shown.record.plan),
        name=pretty_need(shown.record.plan.category_id),
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
    """Approve or refuse what somebody else asked for."""
    form = form_of(request)
    if not approval_id.isdecimal() or len(approval_id) > 9 or form.get("decision") not in {"approve", "refuse"}:
        return error_page(request, 404)
    approve = form.get("decision") == "approve"
    note = form.get("note")[:500]
    decided = decide_waiting(office_of(request), int(approval_id), asker_of(request), approve=approve, note=note)
    if not decided:
        return redirect(request, "campaigns", said="campaigns.said_not_yours")
    return redirect(request, "campaigns", said="campaigns.said_approved" if approve else "campaigns.said_refused")


def _form_page(
    request: Request,
    form: Mapping[str, str],
    faults: Mapping[str, str],
    *,
    status: int,
    refused: RegularsError | None = None,
) -> Response:
    office = office_of(request)
    _, catalogue = sold_goods(office)
    _, rows = categories_view(office)
    categories = sorted(((row.category_id, row.name) for row in rows), key=lambda one: one[1].casefold())
    category = form.get("category", "")
    found = {one.need_id for one in catalogue.products.values() if category and one.category_id == category}
    needs = sorted((need, pretty_need(need, category)) for need in found)
    estimate, preview = None, None
    if not faults and category:
        try:
            plan = _plan({**form, "name": form.get("name") or "campaign"})
            estimate, preview = _estimate(office, plan), previewed(office, plan)
        except RegularsError as error:
            refused = refused or error
    cells = {"cells": (estimate.cells if estimate else (), CellEstimate)}
    second_cents = office.settings.office.second_person_cents
    return exported(request, "estimate", cells) or page(
        request, "campaign_new.html", status=status, form=form, faults=faults, refused=refused, estimate=estimate,
        preview=preview, categories=categories, needs=needs, aims=_AIMS, usages=tuple(_USAGES),
        second_cents=second_cents, tile_query=urlencode({name: form.get(name, "") for name in _TILE_FIELDS}),
    )  # fmt: skip


def _estimate(office: Office, plan: CampaignPlan) -> CampaignEstimate | None:
    try:
        profiles_on(office)
    except ContractError:
        return None
    return estimated(office, plan)


def _usual(office: Office) -> dict[str, str]:
    """What the form says before anybody typed: from the next cycle on, for three of them."""
    first_on = office.settings.cycle.first_on
    cycle = cycle_at(max(office.today(), first_on), first_on)
    from_on = cycle.period.until_on
    return {
        "name": "",
        "aim": _AIMS[0],
        "category": "",
        "need": "",
        "usage": "all",
        "from_on": from_on.isoformat(),
        "until_on": (from_on + timedelta(days=3 * CYCLE_DAYS)).isoformat(),
        "budget": "500",
        "vendor": "",
        "depths": "10, 20, 30, 40, 50",
        "control": "10",
    }


def _faults(form: Mapping[str, str]) -> dict[str, str]:
    """Key of a text by field, for everything that cannot be read."""
    wrong = {}
    if not _slug(form.get("name", "")):
        wrong["name"] = "campaigns.fault_name"
    if form.get("aim") not in _AIMS:
        wrong["aim"] = "campaigns.fault_aim"
    if form.get("usage") not in _USAGES:
        wrong["usage"] = "campaigns.fault_usage"
    if not form.get("category"):
        wrong["category"] = "campaigns.fault_category"
    days = [_day(form.get(name, "")) for name in ("from_on", "until_on")]
    for name, day in zip(("from_on", "until_on"), days, strict=True):
        if day is None:
            wrong[name] = "campaigns.fault_day"
    if days[0] is not None and days[1] is not None and days[1] <= days[0]:
        wrong["until_on"] = "campaigns.fault_until"
    budget = form.get("budget", "").replace(",", "").strip().lstrip("$")
    if not re.fullmatch(r"\d{1,8}(\.\d{1,2})?", budget) or not 0 < float(budget) <= _BUDGET_MAX:
        wrong["budget"] = "campaigns.fault_budget"
    if not re.fullmatch(r"\s*\d{1,2}(\s*,\s*\d{1,2}){0,4}\s*", form.get("depths", "")):
        wrong["depths"] = "campaigns.fault_depths"
    if not re.fullmatch(r"\d{1,2}", form.get("control", "")):
        wrong["control"] = "campaigns.fault_control"
    return wrong


def _plan(form: Mapping[str, str]) -> CampaignPlan:
    """The campaign a form without faults describes.

    Raises:
        ConfigError: Its parts do not go together; the message says which.
    """
    depths = tuple(int(one) for one in form["depths"].split(","))
    aim, vendor = CampaignAim(form["aim"]), form.get("vendor", "").strip() or "store"
    lead, alternative = default_modules(aim, len(depths), _USAGES[form["usage"]])
    return CampaignPlan(
        campaign_id=CampaignId(_slug(form["name"])),
        name=form["name"].strip(),
        aim=aim,
        category_id=CategoryId(form["category"]),
        need_id=NeedId(form["need"]) if form.get("need") else None,
        period=Period(date.fromisoformat(form["from_on"]), date.fromisoformat(form["until_on"])),
        depths_percent=depths,
        lead=lead,
        alternative=alternative,
        control_percent=int(form["control"]),
        budget_cents=round(100 * float(form["budget"].replace(",", "").strip().lstrip("$"))),
        vendor_id=VendorId(vendor),
        funding_percent=100 if form.get("paid_by_vendor") == "yes" and vendor != "store" else 0,
    )


def _usage(plan: CampaignPlan) -> str:
    """Whom a campaign is for: a key of `_USAGES`, or empty for another choice."""
    taking = tuple(one for one in UsageModule if plan.lead.first_rung.get(one, 0))
    return next((name for name, usages in _USAGES.items() if set(usages) == set(taking)), "")


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _cycles(office: Office) -> list[Period]:
    """The cycles of the calendar, from the running one on."""
    first_on = office.settings.cycle.first_on
    start = cycle_at(max(office.today(), first_on), first_on).period.from_on
    days = [start + timedelta(days=CYCLE_DAYS * place) for place in range(_CALENDAR_CYCLES)]
    return [Period(day, day + timedelta(days=CYCLE_DAYS)) for day in days]


def _collisions(records: list[CampaignRecord]) -> list[tuple[str, str, str]]:
    """Pairs of running campaigns of one category whose dates meet: both names and the category."""
    found: list[tuple[str, str, str]] = []
    for place, one in enumerate(records):
        for other in records[place + 1 :]:
            meet = one.plan.period.from_on < other.plan.period.until_on and (
                other.plan.period.from_on < one.plan.period.until_on
            )
            if meet and one.plan.category_id == other.plan.category_id:
                found.append((one.plan.name, other.plan.name, one.plan.category_id))
    return found
