"""Today: where the cycle stands, what needs somebody, what failed."""

from __future__ import annotations

from fastapi import Request, Response

from regulars.bootstrap.office import read_today, waiting_for

from ._render import office_of, page
from ._route import asker_of, office_router

router = office_router()


@router.get("/today", name="today")
def today_page(request: Request) -> Response:
    """The first page of the day."""
    office = office_of(request)
    to_decide, asked = waiting_for(office, asker_of(request))
    people = {one.actor: one.name for one in office.ledger.staff()}
    return page(
        request,
        "today.html",
        view=read_today(office),
        to_decide=to_decide,
        asked=asked,
        who=lambda actor: people.get(actor, actor),
    )
