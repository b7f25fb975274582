"""Deals: what vendors fund, where each stands, and the next step of its life."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request, Response

from regulars.bootstrap.office import all_deals, deal_decisions, move_deal
from regulars.contracts import DealState
from regulars.flows import DealRevision, DealStanding
from regulars.kernel import RegularsError

from ._export import exported
from ._render import error_page, office_of, page, redirect
from ._route import asker_of, form_of, office_router

router = office_router()
_SHOWN = 50
_NEXT = {
    DealState.DRAFT: ("submitted", "ended"),
    DealState.SUBMITTED: ("approved", "draft", "ended"),
    DealState.APPROVED: ("draft", "ended"),
    DealState.RUNNING: ("draft", "ended"),
    DealState.ENDED: (),
}


@router.get("/deals", name="deals")
def deals(request: Request, state: str = "") -> Response:
    """Every deal, those that wait for somebody first."""
    standings, broken = all_deals(office_of(request))
    asked = request.query_params.get("page", "1")
    order = {name: place for place, name in enumerate(("submitted", "draft", "running", "approved", "ended"))}
    chosen = [one for one in standings if state in {"", one.state.value}]
    chosen.sort(key=lambda one: (order[one.state.value], one.name, one.deal_id))
    last = max(1, -(-len(chosen) // _SHOWN))
    number = min(max(1, int(asked)), last) if asked.isdecimal() and len(asked) < 8 else 1
    shown = chosen[(number - 1) * _SHOWN : number * _SHOWN]
    counts = {name: sum(one.state.value == name for one in standings) for name in order}
    return exported(request, "deals", {"deals": (chosen, DealStanding)}) or page(
        request,
        "deals.html",
        deals=shown,
        broken=broken[:_SHOWN],
        counts=counts,
        state=state,
        number=number,
        last=last,
    )


@router.get("/deals/{deal_id}", name="deal")
def deal(request: Request, deal_id: str) -> Response:
    """One deal: terms, money, what is wrong with it, every decision."""
    decisions = deal_decisions(office_of(request), deal_id)
    standing = _standing(request, deal_id)
    taken = standing and exported(request, f"deal-{deal_id}", {"history": (decisions, DealRevision)})
    return taken or _page(request, standing, decisions)


@router.post("/deals/{deal_id}", name="deal_decide")
def deal_decide(request: Request, deal_id: str) -> Response:
    """Move it along its life; whoever decides second sees what was decided first."""
    office, form = office_of(request), form_of(request)
    wished, seen = form.get("state"), form.get("seen")
    if wished not in set(DealState) or not seen.isdecimal() or len(seen) > 8:
        return error_page(request, 422)
    note = form.get("note")[:500]
    refused, moved = None, False
    try:
        moved = move_deal(office, deal_id, DealState(wished), int(seen), asker_of(request).actor, note)
    except RegularsError as error:
        refused = error
    if moved:
        return redirect(request, "deal", said="deals.said_moved", deal_id=deal_id)
    standing, decisions = _standing(request, deal_id), deal_decisions(office, deal_id)
    status = 422 if refused else 409
    return _page(request, standing, decisions, status=status, refused=refused, changed=not refused, note=note)


def _standing(request: Request, deal_id: str) -> DealStanding | None:
    standings, _ = all_deals(office_of(request))
    return next((one for one in standings if one.deal_id == deal_id), None)


def _page(
    request: Request,
    standing: DealStanding | None,
    decisions: Sequence[DealRevision],
    *,
    status: int = 200,
    refused: RegularsError | None = None,
    changed: bool = False,
    note: str = "",
) -> Response:
    if standing is None:
        return error_page(request, 404)
    return page(
        request, "deal.html", status=status, deal=standing, decisions=decisions,
        next_states=_NEXT[standing.state], refused=refused, changed=changed, note=note,
    )  # fmt: skip
