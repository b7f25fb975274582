"""Who may see and do what: one table, which the test of all roles against all routes walks."""

from __future__ import annotations

from collections.abc import Mapping

from regulars.flows import Role

_M, _S, _D, _A, _V, _O = (
    Role.MARKETING,
    Role.STORE_MANAGER,
    Role.SERVICE_DESK,
    Role.ANALYST,
    Role.VENDOR,
    Role.ADMIN,
)
EVERYBODY = frozenset(Role)
STAFF = frozenset({_M, _S, _D, _A, _O})
READERS = frozenset({_M, _A, _O})
DESK = frozenset({_M, _S, _D, _O})
MAKERS = frozenset({_M, _O})
ADMINS = frozenset({_O})
OPEN = None
"""Before anybody has signed in."""

RIGHTS: Mapping[str, frozenset[Role] | None] = {
    # signing in and out
    "static": OPEN,
    "sign_in": OPEN,
    "sign_in_now": OPEN,
    "oidc_begin": OPEN,
    "oidc_back": OPEN,
    "welcome": OPEN,
    "welcome_now": OPEN,
    "sign_out": EVERYBODY,
    "home": EVERYBODY,
    "account": EVERYBODY,
    "account_language": EVERYBODY,
    "sign_out_everywhere": EVERYBODY,
    # today and long work
    "today": STAFF,
    "jobs": STAFF,
    "job": STAFF,
    "jobs_ask": MAKERS,
    "job_cancel": MAKERS,
    # data
    "data": READERS | {_S},
    "data_findings": READERS,
    "data_upload": MAKERS,
    "data_uploaded": MAKERS,
    "data_load": MAKERS,
    # households
    "households": DESK,
    "household": DESK,
    "household_beside": DESK,
    "household_reissue": DESK,
    "household_goodwill": DESK,
    # categories
    "categories": READERS,
    "category": READERS,
    # campaigns
    "campaigns": READERS,
    "campaign": READERS,
    "campaign_tile": MAKERS,
    "campaign_new": MAKERS,
    "campaign_make": MAKERS,
    "campaign_stop": MAKERS,
    "campaign_decide": MAKERS,
    # deals
    "deals": READERS,
    "deal": READERS,
    "deal_decide": MAKERS,
    # plan
    "plan": READERS,
    "plan_beside": READERS,
    # lists
    "lists": DESK,
    "list": DESK,
    "list_number": DESK,
    "list_picture": DESK,
    "list_file": MAKERS,
    "lists_approve": MAKERS,
    # tills
    "tills": STAFF,
    "tills_latest": STAFF,
    "statements": READERS,
    # forecast
    "forecast": READERS,
    # people and the audit trail
    "people": ADMINS,
    "person_new": ADMINS,
    "person_invite": ADMINS,
    "person": ADMINS,
    "person_change": ADMINS,
    "person_link": ADMINS,
    "second_factor": EVERYBODY,
    "second_factor_now": EVERYBODY,
    "audit": frozenset({_A, _O}),
}

ROOMS = (
    "today",
    "data",
    "households",
    "categories",
    "campaigns",
    "deals",
    "plan",
    "lists",
    "tills",
    "forecast",
    "people",
    "audit",
)
"""Pages of the navigation, in their order; one that does not exist or may not be seen is left out."""


def may(roles: frozenset[Role], name: str) -> bool:
    """Whether somebody with these roles may use a route."""
    allowed = RIGHTS.get(name, frozenset())
    return allowed is OPEN or bool(allowed & roles)
