"""Lists: leaf through them as pictures, the print run's files, how sending goes."""

from __future__ import annotations

import re

from fastapi import HTTPException, Request, Response
from fastapi.responses import FileResponse

from regulars.bootstrap.office import (
    PrintFile,
    held_plan,
    leaf_shown,
    list_picture,
    lists_approved,
    lists_shown,
    plans_to_show,
    print_file,
    print_files,
    print_run,
    sending_state,
    shown_plan,
)
from regulars.flows import SentMessage
from regulars.flows.views import ListRow, Page

from ._export import Taken, exported, paged
from ._render import office_of, page, redirect
from ._route import asker_of, narrowed, office_router, stores_of

router = office_router()
CHOSEN_MAX = 50


@router.get("/lists", name="lists")
def lists(request: Request, id: str = "", after: int = 0, pick: str = "", store: str = "") -> Response:  # noqa: A002
    """The lists of a plan."""
    office, stores = office_of(request), narrowed(stores_of(asker_of(request)), store)
    choices = plans_to_show(office)
    if not choices:
        return page(request, "plan_none.html")
    plan_id = shown_plan(office, id) if id else held_plan(office)
    chosen = [one for one in re.split(r"[\s,;]+", pick[:2_000]) if one][:CHOSEN_MAX]
    view = lists_shown(office, plan_id, stores, after=max(0, after), chosen=chosen)

    def behind(key: str) -> Page[ListRow]:
        return lists_shown(office, plan_id, stores, after=int(key), chosen=chosen).page

    everything = stores_of(asker_of(request)) is None
    files = print_files(office, plan_id) if everything else ()
    sending = sending_state(office, plan_id) if everything else None
    tables: dict[str, Taken] = {
        "lists": (paged(view.page, behind), ListRow),
        "files": (files, PrintFile),
        "troubled": (sending.troubled if sending else (), SentMessage),
    }
    return exported(request, f"lists-{plan_id}", tables) or page(
        request,
        "lists.html",
        view=view,
        choices=choices,
        files=files,
        run=print_run(office, plan_id) if everything else None,
        sending=sending,
        pick=pick,
        store=store,
        missing=[one for one in chosen if one not in {row.household_id for row in view.page.rows}],
        everything=everything,
        wants_approval=office.settings.list.approval,
    )


@router.get("/lists/{plan_id}/files/{file}", name="list_file")
def list_file(request: Request, plan_id: str, file: str) -> Response:
    """One file of the print run."""
    path = print_file(office_of(request), plan_id, file)
    if path is None:
        raise HTTPException(404)
    return FileResponse(path, media_type="application/pdf", filename=file)


@router.post("/lists/{plan_id}/approve", name="lists_approve")
def approve(request: Request, plan_id: str) -> Response:
    """Say that a plan's lists may be printed for good and sent."""
    now = lists_approved(office_of(request), plan_id, actor=asker_of(request).actor)
    said = "lists.said_approved" if now else "lists.said_approved_before"
    return redirect(request, "lists", said=said, query={"id": plan_id})


@router.get("/lists/{plan_id}/number", name="list_number")
def list_number(request: Request, plan_id: str, number: int = 1) -> Response:
    """The list with a number, or the next one there is."""
    stores = stores_of(asker_of(request))
    view = lists_shown(office_of(request), plan_id, stores, after=max(0, number - 1))
    if not view.page.rows:
        raise HTTPException(404)
    return redirect(request, "list", plan_id=plan_id, household_id=view.page.rows[0].household_id)


@router.get("/lists/{plan_id}/{household_id}", name="list")
def one_list(request: Request, plan_id: str, household_id: str) -> Response:
    """One list as a picture."""
    leaf = leaf_shown(office_of(request), plan_id, household_id, stores_of(asker_of(request)))
    if leaf is None:
        raise HTTPException(404)
    return page(request, "list.html", leaf=leaf)


@router.get("/lists/{plan_id}/{household_id}/page.webp", name="list_picture")
def one_picture(request: Request, plan_id: str, household_id: str) -> Response:
    """One list's page as a picture."""
    picture = list_picture(office_of(request), plan_id, household_id, stores_of(asker_of(request)))
    if picture is None:
        raise HTTPException(404)
    return Response(picture, media_type="image/webp", headers={"Cache-Control": "private, max-age=300"})
