"""The back office: pages for the people of the store, each behind one door.

In: requests of signed-in staff. Out: HTML, files, redirects.
Rules: a route without a declared right does not start; parse, call one flow, render; a page works without script.
Not here: what a page shows (flows), how it looks (adapters.pages.office).
"""

from ._jobs import router as jobs_router
from ._login import router as login_router
from ._rights import RIGHTS, ROOMS, may
from ._today import router as today_router

OFFICE_ROUTERS = (login_router, today_router, jobs_router)

__all__ = ["OFFICE_ROUTERS", "RIGHTS", "ROOMS", "may"]
