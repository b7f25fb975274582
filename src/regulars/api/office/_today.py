"""Today: where the cycle stands, what needs somebody, what failed."""

from __future__ import annotations

from fastapi import Request, Response

from regulars.bootstrap.office import read_today

from ._render import office_of, page
from ._route import office_router

router = office_router()


@router.get("/today", name="today")
def today_page(request: Request) -> Response:
    """The first page of the day."""
    return page(request, "today.html", view=read_today(office_of(request)))
