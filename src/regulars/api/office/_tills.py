"""Tills: what comes off just now, who was known, what is odd, which lanes are silent, what vendors owe."""

from __future__ import annotations

from fastapi import HTTPException, Request, Response

from regulars.bootstrap.office import statements_shown, tills_shown, uses_now
from regulars.flows.views import LaneRow, NamedUse, StatementRow, StoreRow, TillException

from ._export import exported
from ._render import office_of, page
from ._route import asker_of, narrowed, office_router, stores_of

router = office_router()


@router.get("/tills", name="tills")
def tills(request: Request, store: str = "") -> Response:
    """The tills of today."""
    view = tills_shown(office_of(request), stores_of(asker_of(request)), store)
    if view is None:
        raise HTTPException(404)
    tables = {
        "stores": (view.stores, StoreRow),
        "lanes": (view.lanes, LaneRow),
        "latest": (view.latest, NamedUse),
        "odd": (view.odd, NamedUse),
        "exceptions": (view.exceptions, TillException),
    }
    return exported(request, "tills", tables) or page(request, "tills.html", view=view, store=store)


@router.get("/tills/latest", name="tills_latest")
def latest(request: Request, store: str = "") -> Response:
    """What came off last: the part of the page that is asked for again and again."""
    uses = uses_now(office_of(request), narrowed(stores_of(asker_of(request)), store))
    return exported(request, "uses", {"uses": (uses, NamedUse)}) or page(
        request, "tills_latest.html", store=store, uses=uses
    )


@router.get("/tills/statements", name="statements")
def statements(request: Request) -> Response:
    """What each vendor owes and was billed."""
    rows = statements_shown(office_of(request))
    return exported(request, "statements", {"vendors": (rows, StatementRow)}) or page(
        request, "statements.html", rows=rows
    )
