"""What loaded logs show, in SQL: what they are held against, every version of it, and credits that wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, select

from regulars.flows import LedgerFinding, OpenCredit, PlanState
from regulars.kernel import GrantId, HouseholdId, OfferId, Period, PlanId
from regulars.redeem import MADE_GOOD, Grant, GrantKey, LaneTransaction, Spend

from ._prepared import Prepared
from ._tables import ANSWERS, GRANTS, LIST_EDITIONS, LISTS, PLANS, SHOWN, SPENDS
from ._till_rows import grants_where

_AT_ONCE = 500
_SHOWN = Prepared(insert(SHOWN))
_NAMES = {
    "given_cents": "shown_cents",
    "absent": "shown_absent",
    "returned_cents": "shown_returned_cents",
    "voided": "shown_voided",
}
"""Columns of `shown`, and where the newest of each stands beside the spend."""
_shown_of: Callable[[Spend], tuple[int | None, ...]] = attrgetter(*_NAMES.values())


def used_grants(connection: Connection, plan_id: PlanId) -> list[Grant]:
    """Grants of a plan of which anything was told, with all of it; only read."""
    told = select(SPENDS.c.grant_id).where(SPENDS.c.plan_id == plan_id)
    return grants_where(connection, and_(GRANTS.c.plan_id == plan_id, GRANTS.c.grant_id.in_(told)), lock=False)


def grants_of_households(
    connection: Connection, plan_id: PlanId, households: Iterable[HouseholdId]
) -> list[Grant]:
    """All grants of some households with all that was told of them; only read."""
    names = sorted(set(households))
    found: list[Grant] = []
    for start in range(0, len(names), _AT_ONCE):
        theirs = GRANTS.c.household_id.in_(names[start : start + _AT_ONCE])
        found += grants_where(connection, and_(GRANTS.c.plan_id == plan_id, theirs), lock=False)
    return found


def live_households(connection: Connection, plan_id: PlanId) -> list[HouseholdId]:
    """Households of a plan whose list was not made void."""
    newest = (
        select(LIST_EDITIONS.c.household_id, func.max(LIST_EDITIONS.c.number).label("number"))
        .where(LIST_EDITIONS.c.plan_id == plan_id)
        .group_by(LIST_EDITIONS.c.household_id)
        .subquery()
    )
    void = (
        select(LIST_EDITIONS.c.household_id)
        .join(
            newest,
            and_(LIST_EDITIONS.c.household_id == newest.c.household_id, LIST_EDITIONS.c.number == newest.c.number),
        )
        .where(LIST_EDITIONS.c.plan_id == plan_id, LIST_EDITIONS.c.sequence.is_(None))
    )
    statement = select(LISTS.c.household_id).where(LISTS.c.plan_id == plan_id, LISTS.c.household_id.not_in(void))
    return sorted(HouseholdId(row.household_id) for row in connection.execute(statement))


def asked_transactions(connection: Connection, period: Period) -> set[LaneTransaction]:
    """Transactions of a period that asked for a hold, and so were told what they could have."""
    key = ANSWERS.c.transaction_id
    within = and_(key >= period.from_on.isoformat(), key < period.until_on.isoformat())
    statement = select(key).where(within, ANSWERS.c.part.startswith("hold/")).distinct()
    return {LaneTransaction.of_key(row.transaction_id) for row in connection.execute(statement)}


def write_shown(
    connection: Connection, changed: Sequence[tuple[Grant, Grant]], sequence: int, at: datetime
) -> None:
    """Add what loaded logs show differently from before, under the audit row of its transaction."""
    found = [
        (after, spend)
        for before, after in changed
        if after.spends is not before.spends
        for transaction, spend in after.spends.items()
        if spend is not (earlier := before.spend_of(transaction)) and _shown_of(spend) != _shown_of(earlier)
    ]
    rows = [
        {
            "sequence": sequence,
            "line": line,
            "plan_id": grant.key.plan_id,
            "grant_id": grant.key.grant_id,
            "transaction_id": spend.transaction.key,
            **{
                name: None if one is None else int(one) for name, one in zip(_NAMES, _shown_of(spend), strict=True)
            },
            "told_at": at,
        }
        for line, (grant, spend) in enumerate(found, start=1)
    ]
    _SHOWN.run(connection, rows)


def verify_shown(connection: Connection, plan_id: str) -> Iterator[LedgerFinding]:
    """What stands beside each spend is the newest that loaded logs showed of it."""
    newest: dict[tuple[str, str], tuple[object, ...]] = {}
    statement = select(SHOWN).where(SHOWN.c.plan_id == plan_id).order_by(SHOWN.c.sequence, SHOWN.c.line)
    for row in connection.execute(statement):
        newest[row.grant_id, row.transaction_id] = tuple(row._mapping[name] for name in _NAMES)
    nothing = (None, 0, 0, 0)
    for row in connection.execute(select(SPENDS).where(SPENDS.c.plan_id == plan_id)):
        stands = tuple(row._mapping[name] for name in _NAMES.values())
        expected = newest.get((row.grant_id, row.transaction_id), nothing)
        if stands != expected:
            yield LedgerFinding(
                "spends-stand-as-shown",
                f"plan {plan_id}, grant {row.grant_id}, transaction {row.transaction_id}",
                f"given, absent, returned, voided stand as {stands}; the logs last showed {expected}",
            )


def open_credits(connection: Connection, households: Iterable[HouseholdId] | None) -> list[OpenCredit]:
    """Credits of applied plans that nobody was paid yet, by number and grant; of some households, or all."""
    statement = (
        select(SPENDS, GRANTS.c.household_id, GRANTS.c.offer_id, GRANTS.c.level)
        .join(GRANTS, and_(GRANTS.c.plan_id == SPENDS.c.plan_id, GRANTS.c.grant_id == SPENDS.c.grant_id))
        .join(PLANS, PLANS.c.plan_id == SPENDS.c.plan_id)
        .where(
            PLANS.c.state == PlanState.APPLIED,
            SPENDS.c.transaction_id.contains(f"{MADE_GOOD}/", autoescape=True),
            SPENDS.c.logged_cents.is_(None),
        )
    )
    if households is not None:
        statement = statement.where(GRANTS.c.household_id.in_(sorted(set(households))))
    named = {
        GrantKey(PlanId(row.plan_id), GrantId(row.grant_id)): row for row in connection.execute(statement).all()
    }
    by_plan: dict[str, list[str]] = {}
    for key in sorted(named):
        by_plan.setdefault(key.plan_id, []).append(key.grant_id)
    found: list[OpenCredit] = []
    for plan_id, grant_ids in by_plan.items():
        for start in range(0, len(grant_ids), _AT_ONCE):
            chosen = GRANTS.c.grant_id.in_(grant_ids[start : start + _AT_ONCE])
            for grant in grants_where(connection, and_(GRANTS.c.plan_id == plan_id, chosen), lock=False):
                found += _credits_of(grant, named[grant.key])
    return sorted(found, key=lambda one: (one.transaction, one.grant))


def _credits_of(grant: Grant, row: Row[Any]) -> Iterator[OpenCredit]:
    for spend in grant.spends.values():
        if spend.transaction.is_credit and not spend.settled and spend.net_cents:
            yield OpenCredit(
                spend.transaction,
                grant.key,
                HouseholdId(row.household_id),
                OfferId(row.offer_id),
                grant.level,
                spend.net_cents,
                spend.given_cents or 0,
                spend in grant.duplicates,
            )
