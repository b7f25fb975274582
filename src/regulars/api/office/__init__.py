"""The back office: pages for the people of the store, each behind one door.

In: requests of signed-in staff. Out: HTML, files, redirects.
Rules: a route without a declared right does not start; parse, call one flow, render; a page works without script.
Not here: what a page shows (flows), how it looks (adapters.pages.office).
"""

from ._campaigns import router as campaigns_router
from ._categories import router as categories_router
from ._data import router as data_router
from ._deals import router as deals_router
from ._forecast import router as forecast_router
from ._households import router as households_router
from ._jobs import router as jobs_router
from ._lists import router as lists_router
from ._login import router as login_router
from ._people import router as people_router
from ._plan import router as plan_router
from ._rights import RIGHTS, ROOMS, may
from ._route import UPLOADS, office_nothing_here
from ._tills import router as tills_router
from ._today import router as today_router

OFFICE_UPLOADS = UPLOADS
OFFICE_ROUTERS = (
    people_router,
    campaigns_router,
    deals_router,
    data_router,
    login_router,
    today_router,
    jobs_router,
    households_router,
    categories_router,
    plan_router,
    lists_router,
    tills_router,
    forecast_router,
)

__all__ = ["OFFICE_ROUTERS", "OFFICE_UPLOADS", "RIGHTS", "ROOMS", "may", "office_nothing_here"]
