"""Campaigns and deals, bound to a workspace: read, estimate, make, stop, decide, a second person above an amount."""

from __future__ import annotations

from collections import Counter
from datetime import date

from regulars.contracts import CampaignId, CampaignPlan, CampaignState, DealState
from regulars.flows import (
    Approval,
    ApprovalState,
    AuditRow,
    CampaignEstimate,
    CampaignOverlap,
    CampaignRecord,
    CampaignShown,
    DealRevision,
    DealStanding,
    OfferPreview,
    StaffMember,
    campaign_overlaps,
    check_campaign,
    deal_ground,
    estimate_campaign,
    find_campaign,
    list_deals,
    preview_offer,
    read_catalogue,
    read_deal_rows,
    show_campaign,
    with_newest_response,
)
from regulars.flows import decide_deal as decide
from regulars.flows import new_campaign as make_campaign
from regulars.ingest import pretty_need
from regulars.kernel import ContractError, DealId
from regulars.offers import Catalogue, DealFault

from ._office import Office
from ._reading import categories_view, kept, nine_cells, profiles_on, shown_plan

_MONEY_SECONDS = 60
_REFUSED_SHOWN = 3
_AUDIT_ROWS = 50
_TILE_DPI = 144


def sold_goods(office: Office) -> tuple[date, Catalogue]:
    """What is sold, and the newest day that is known of."""
    day, warehouse = profiles_on(office), office.warehouse
    key = ("catalogue", day, warehouse.edition)
    return day, kept(office, key, lambda: read_catalogue(warehouse, office.workspace.engine, as_of_on=day))


def needs_by_category(office: Office) -> dict[str, str]:
    """What needs each category is made of, a line each, as a person writes them."""
    day, catalogue = sold_goods(office)

    def named() -> dict[str, str]:
        pairs = {(one.category_id, one.need_id) for one in catalogue.products.values()}
        lines: dict[str, str] = {}
        for category_id, need_id in sorted(pairs):
            lines[category_id] = f"{lines.get(category_id, '')}{pretty_need(need_id, category_id)}\n"
        return lines

    return kept(office, ("needs", day, office.warehouse.edition), named)


def category_names(office: Office) -> dict[str, str]:
    """The categories a campaign may be about, as a person writes them, by id; those of one name are told apart."""
    day, catalogue = sold_goods(office)
    _, rows = categories_view(office)

    def named() -> dict[str, str]:
        sold = {one.category_id for one in catalogue.products.values()}
        names = Counter(row.name for row in rows if row.category_id in sold)
        found = {
            row.category_id: row.name if names[row.name] == 1 else f"{row.name} ({row.category_id})"
            for row in rows
            if row.category_id in sold
        }
        return dict(sorted(found.items(), key=lambda one: one[1].casefold()))

    return kept(office, ("category names", day, office.warehouse.edition), named)


def estimated(office: Office, plan: CampaignPlan) -> CampaignEstimate:
    """What a campaign may come to, before any plan; by what coupons taught last, if plans go by that."""
    day, catalogue = sold_goods(office)
    workspace, warehouse = office.workspace, office.warehouse
    assumptions = workspace.assumptions
    if workspace.learns_response:
        key = ("response", day, warehouse.edition)
        assumptions = kept(office, key, lambda: with_newest_response(warehouse, workspace.assumptions, day))
    return estimate_campaign(plan, nine_cells(office, day), catalogue, assumptions)


def previewed(office: Office, plan: CampaignPlan) -> OfferPreview | None:
    """What a campaign's deepest offer says on a list; None when nothing it wants is sold."""
    _, catalogue = sold_goods(office)
    return preview_offer(office.warehouse, plan, catalogue, office.workspace.language.words)


def preview_picture(office: Office, plan: CampaignPlan) -> bytes | None:
    """The tile of a campaign's deepest offer as lists print it, a PNG file; None when nothing it wants is sold."""
    preview, printer = previewed(office, plan), office.workspace.printer
    if preview is None:
        return None
    special = preview.special
    return kept(office, ("tile", special, printer.fingerprint), lambda: printer.tile_png(special, dpi=_TILE_DPI))


def one_campaign(office: Office, campaign_id: str) -> CampaignShown:
    """A campaign with its money and its cells in the newest plan; its measured result is for the command.

    Raises:
        ContractError: There is none of that id.
    """
    record = find_campaign(campaign_id, office.ledger)
    try:
        plan_id = shown_plan(office)
    except ContractError:
        plan_id = None
    return show_campaign(record, office.ledger, office.warehouse, plan_id, None, on=office.today())


def start_campaign(office: Office, plan: CampaignPlan, asker: StaffMember) -> bool:
    """Make a campaign, or have a second person look at it; returns whether it runs now.

    Args:
        office: Where.
        plan: What the marketing manager decides.
        asker: Who.

    Raises:
        ContractError: Its id is taken, or it could give nothing; nothing was written.
    """
    if plan.budget_cents <= office.settings.office.second_person_cents:
        _make(office, plan, asker.actor)
        return True
    _, catalogue = sold_goods(office)
    check_campaign(plan, catalogue, on=office.today(), first_on=office.settings.cycle.first_on)
    if plan.campaign_id in taken_ids(office):
        raise ContractError(f"there is a campaign {plan.campaign_id} already", hint="choose another name")
    office.ledger.ask_approval(
        "campaign",
        plan.campaign_id,
        plan.as_plain(),
        plan.budget_cents,
        at=office.workspace.clock.now_at(),
        actor=asker.actor,
        staff_id=asker.staff_id,
    )
    return False


def overlapping(office: Office, plan: CampaignPlan | None = None) -> list[CampaignOverlap]:
    """Where campaigns meet that run or begin later.

    Args:
        office: Where.
        plan: One that is not made yet: only where it meets others, or what waits for a second person; None for all
            that are made.
    """
    _, catalogue = sold_goods(office)
    plans = {one.plan.campaign_id: one.plan for one in running_campaigns(office)}
    if plan is None:
        return list(campaign_overlaps(plans.values(), catalogue))
    asked = (CampaignPlan.from_plain(one.content) for one in waiting_approvals(office) if one.kind == "campaign")
    others = {**plans, **{one.campaign_id: one for one in asked}, plan.campaign_id: plan}
    near = [one for one in others.values() if one.category_id == plan.category_id]
    return [one for one in campaign_overlaps(near, catalogue) if plan in (one.first, one.second)]


def _make(office: Office, plan: CampaignPlan, actor: str) -> CampaignRecord:
    _, catalogue = sold_goods(office)
    return make_campaign(
        plan,
        catalogue,
        office.ledger,
        on=office.today(),
        first_on=office.settings.cycle.first_on,
        clock=office.workspace.clock,
        actor=actor,
    )


def taken_ids(office: Office) -> set[str]:
    """Ids no new campaign may have: of those made, and of those that wait for a second person."""
    made = {str(record.plan.campaign_id) for record in office.ledger.campaigns()}
    return made | {one.object_id for one in waiting_approvals(office) if one.kind == "campaign"}


def waiting_approvals(office: Office) -> list[Approval]:
    """What waits for a second person, the oldest first."""
    return office.ledger.approvals(ApprovalState.WAITING)


def waiting_for(office: Office, asker: StaffMember) -> tuple[list[Approval], list[Approval]]:
    """What waits for a second person: what somebody may decide on, and what they asked for themselves."""
    waiting = waiting_approvals(office)
    mine = [one for one in waiting if one.asked_by_id == asker.staff_id]
    return [one for one in waiting if one.asked_by_id != asker.staff_id], mine


def refused_lately(office: Office, asker: StaffMember) -> list[Approval]:
    """What somebody asked for and was refused, the newest first, at most three; what is asked for again is left out."""
    refused = [one for one in office.ledger.approvals(ApprovalState.REFUSED) if one.asked_by_id == asker.staff_id]
    taken = taken_ids(office)
    return [one for one in reversed(refused) if one.object_id not in taken][:_REFUSED_SHOWN]


def approval_of(office: Office, campaign_id: str) -> Approval | None:
    """Who asked for a campaign, who approved it and why; None if one person was enough."""
    approved = office.ledger.approvals(ApprovalState.APPROVED)
    return next((one for one in reversed(approved) if one.object_id == campaign_id), None)


def stop_of(office: Office, campaign_id: str) -> AuditRow | None:
    """Who stopped a campaign and when, as the trail tells it; None while it was not."""
    rows = office.ledger.audit_rows("", campaign_id, 0, _AUDIT_ROWS)
    return next((one for one in rows if one.action == "campaign.stop"), None)


def withdraw_waiting(office: Office, approval_id: int, asker: StaffMember) -> Approval | None:
    """Take back what one asked for oneself; None when it waits no more, or somebody else asked."""
    return office.ledger.decide_approval(
        approval_id,
        ApprovalState.WITHDRAWN,
        at=office.workspace.clock.now_at(),
        actor=asker.actor,
        staff_id=asker.staff_id,
        note="",
    )


def decide_waiting(office: Office, approval_id: int, asker: StaffMember, *, approve: bool, note: str) -> bool:
    """Approve or refuse what waits; False when it waits no more, or the asker asked for it.

    Args:
        office: Where.
        approval_id: Its number.
        asker: The second person.
        approve: Whether it is approved.
        note: Why, in their words.

    Raises:
        ContractError: It can no longer be made; it stays waiting.
    """
    found = next((one for one in waiting_approvals(office) if one.approval_id == approval_id), None)
    if found is None or found.asked_by_id == asker.staff_id:
        return False
    if approve:
        _make(office, CampaignPlan.from_plain(found.content), asker.actor)
    state = ApprovalState.APPROVED if approve else ApprovalState.REFUSED
    at = office.workspace.clock.now_at()
    decided = office.ledger.decide_approval(
        approval_id, state, at=at, actor=asker.actor, staff_id=asker.staff_id, note=note
    )
    return decided is not None


def end_campaign(office: Office, campaign_id: str, actor: str) -> bool:
    """Stop a campaign for good; False when it was stopped before."""
    find_campaign(campaign_id, office.ledger)
    return office.ledger.stop_campaign(CampaignId(campaign_id), at=office.workspace.clock.now_at(), actor=actor)


def running_campaigns(office: Office) -> list[CampaignRecord]:
    """Campaigns that are not stopped and not over."""
    return [
        one
        for one in office.ledger.campaigns()
        if one.state is CampaignState.RUNNING and one.plan.period.until_on > office.today()
    ]


def all_deals(office: Office) -> tuple[list[DealStanding], list[DealFault]]:
    """Every deal as it stands today; its money is at most a minute old, what was decided is not."""
    day, warehouse = profiles_on(office), office.warehouse
    key = ("deal ground", day, warehouse.edition)
    ground = kept(
        office,
        key,
        lambda: deal_ground(
            warehouse,
            office.workspace.engine,
            office.workspace.assumptions,
            as_of_on=day,
            first_on=office.settings.cycle.first_on,
        ),
    )
    rows = kept(office, ("deal rows", warehouse.edition), lambda: read_deal_rows(warehouse))
    decided = tuple((one.deal_id, one.number) for one in office.ledger.deal_revisions())
    minute = int(office.workspace.clock.now_at().timestamp()) // _MONEY_SECONDS
    seen = ("deals", warehouse.edition, office.today(), decided, minute)
    return kept(office, seen, lambda: list_deals(rows, office.ledger, ground, on=office.today()))


def deal_decisions(office: Office, deal_id: str) -> list[DealRevision]:
    """Every decision on a deal, oldest first."""
    return office.ledger.deal_history(DealId(deal_id))


def move_deal(office: Office, deal_id: str, state: DealState, seen: int, actor: str, note: str) -> bool:
    """Move a deal along its life; False when somebody decided since the page was shown.

    Args:
        office: Where.
        deal_id: The deal.
        state: Where it is to stand.
        seen: How many decisions the page showed.
        actor: Who decides.
        note: Why, in their words.

    Raises:
        ContractError: It is not where this decision leads on from, or a fault stands against it.
    """
    if len(deal_decisions(office, deal_id)) != seen:
        return False
    standings, broken = all_deals(office)
    faults = [fault for one in standings if one.deal_id == deal_id for fault in one.faults]
    faults += [fault for fault in broken if fault.deal_id == deal_id]
    rows = {row["deal_id"]: row for row in read_deal_rows(office.warehouse)}
    clock = office.workspace.clock
    decide(rows.get(deal_id), office.ledger, deal_id, state, faults=faults, clock=clock, actor=actor, note=note)
    return True
