"""What a browser gets at an address that is none: a page a person can read, where a program gets a problem."""

from __future__ import annotations

from fastapi import Request, Response

from ._household import nothing_here
from .office import office_nothing_here

_FOR_PROGRAMS = frozenset({"till", "desk", "health", "metrics", "openapi.json"})


async def lost_page(request: Request) -> Response | None:
    """A page for whoever reads pages; the same for every address of a room, so that it tells of none.

    Returns:
        None for programs: they ask for no page, or ask where only programs do.
    """
    room = request.url.path.lstrip("/").partition("/")[0]
    if "text/html" not in request.headers.get("accept", "").lower() or room in _FOR_PROGRAMS:
        return None
    return await office_nothing_here(request) if room == "office" else nothing_here(request)
