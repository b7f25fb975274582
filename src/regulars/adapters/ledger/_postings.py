"""The money of plans: what they promise, by payer and offer, in postings whose entries balance to zero.

The accounts are those of `redeem.Account`; what tills move among them stands in `_till_postings`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, func, insert, select

from regulars.flows import STORE_PAYER, BudgetRecord, BudgetScope, BudgetTotal, LedgerFinding
from regulars.redeem import SHOPPER_ACCOUNTS, Account, GrantState

from ._tables import BUDGETS, ENTRIES, GRANTS, POOLS, POSTINGS


class PostingKind(StrEnum):
    """Why money moved."""

    PROMISE = "promise"
    RELEASE = "release"
    TILL = "till"
    EXPIRE = "expire"


Costs = Mapping[tuple[str, str], int]
"""Cents by (payer, offer), none of them zero."""

_OPEN_STATES = (GrantState.ISSUED, GrantState.HELD)


def open_costs(connection: Connection, plan_id: str) -> Costs:
    """The most that those uses of a plan's grants can cost that nobody took yet."""
    statement = (
        select(
            GRANTS.c.vendor_id,
            GRANTS.c.offer_id,
            func.sum(GRANTS.c.uses_left * GRANTS.c.funding_cents).label("funding_cents"),
            func.sum(GRANTS.c.uses_left * GRANTS.c.face_cents).label("face_cents"),
        )
        .where(GRANTS.c.plan_id == plan_id, GRANTS.c.state.in_(_OPEN_STATES))
        .group_by(GRANTS.c.vendor_id, GRANTS.c.offer_id)
    )
    costs: dict[tuple[str, str], int] = defaultdict(int)
    for row in connection.execute(statement):
        funding_cents = int(row.funding_cents)
        costs[row.vendor_id, row.offer_id] += funding_cents
        costs[STORE_PAYER, row.offer_id] += int(row.face_cents) - funding_cents
    return {key: cents for key, cents in costs.items() if cents}


def balances(connection: Connection, plan_id: str, *accounts: Account) -> Costs:
    """What stands on some accounts together for one plan."""
    statement = (
        select(ENTRIES.c.payer_id, ENTRIES.c.offer_id, func.sum(ENTRIES.c.amount_cents).label("cents"))
        .join(POSTINGS, POSTINGS.c.posting_id == ENTRIES.c.posting_id)
        .where(POSTINGS.c.plan_id == plan_id, ENTRIES.c.account.in_(accounts))
        .group_by(ENTRIES.c.payer_id, ENTRIES.c.offer_id)
    )
    rows = connection.execute(statement)
    return {(row.payer_id, row.offer_id): int(row.cents) for row in rows if row.cents}


def post(connection: Connection, plan_id: str, kind: PostingKind, costs: Costs, at: datetime) -> int:
    """Move money between `available` and `promised`: out of the first on a promise, back on a release.

    Returns:
        Cents moved.
    """
    earlier = select(func.count()).where(POSTINGS.c.plan_id == plan_id, POSTINGS.c.kind == kind)
    turn = connection.execute(earlier).scalar_one() + 1
    posting_id = f"{plan_id}/{kind}/{turn}"
    source, target = (Account.AVAILABLE, Account.PROMISED)
    if kind is PostingKind.RELEASE:
        source, target = target, source
    connection.execute(insert(POSTINGS).values(posting_id=posting_id, kind=kind, plan_id=plan_id, posted_at=at))
    moves = [
        (account, payer_id, offer_id, sign * cents)
        for (payer_id, offer_id), cents in sorted(costs.items())
        for account, sign in ((source, -1), (target, 1))
    ]
    rows = [
        {
            "posting_id": posting_id,
            "line": line,
            "account": account,
            "payer_id": payer_id,
            "offer_id": offer_id,
            "amount_cents": amount_cents,
        }
        for line, (account, payer_id, offer_id, amount_cents) in enumerate(moves, start=1)
    ]
    if rows:
        connection.execute(insert(ENTRIES), rows)
    return sum(costs.values())


def write_budgets(connection: Connection, plan_id: str, budgets: Iterable[BudgetRecord], costs: Costs) -> None:
    """Note each limit with what the plan expects to use of it and the most it can cost."""
    rows = [
        {
            "plan_id": plan_id,
            "scope": budget.scope,
            "scope_id": budget.scope_id,
            "amount_cents": budget.amount_cents,
            "expected_cents": budget.expected_cents,
            "exposure_cents": _of_scope(costs, budget.scope, budget.scope_id),
        }
        for budget in budgets
    ]
    pools = [
        {
            "plan_id": plan_id,
            "scope": row["scope"],
            "scope_id": row["scope_id"],
            "limit_cents": row["amount_cents"],
            "open_cents": 0,
            "due_cents": 0,
        }
        for row in rows
        if row["scope"] != BudgetScope.STORE
    ]
    if rows:
        connection.execute(insert(BUDGETS), rows)
    if pools:
        connection.execute(insert(POOLS), pools)


def _of_scope(costs: Costs, scope: str, scope_id: str) -> int:
    """Whose money a budget is: a vendor's its own, the store's the rest; an offer's is its vendor's, if it has one."""
    if scope == BudgetScope.OFFER:
        of_offer = {payer: cents for (payer, offer), cents in costs.items() if offer == scope_id}
        vendors = of_offer.keys() - {STORE_PAYER}
        return sum(of_offer[payer] for payer in vendors or of_offer)
    payer_id = STORE_PAYER if scope == BudgetScope.STORE else scope_id
    return sum(cents for (payer, _), cents in costs.items() if payer == payer_id)


def totals(connection: Connection, plan_id: str) -> list[BudgetTotal]:
    """How each budget of a plan stands, by scope, then id."""
    promised = balances(connection, plan_id, Account.PROMISED)
    used = balances(connection, plan_id, *SHOPPER_ACCOUNTS)
    rows = connection.execute(select(BUDGETS).where(BUDGETS.c.plan_id == plan_id))
    found = [
        BudgetTotal(
            BudgetScope(row.scope),
            row.scope_id,
            row.amount_cents,
            row.expected_cents,
            row.exposure_cents,
            _of_scope(promised, row.scope, row.scope_id),
            _of_scope(used, row.scope, row.scope_id),
        )
        for row in rows
    ]
    return sorted(found, key=lambda total: (total.scope, total.scope_id))


def verify_balances(connection: Connection) -> Iterator[LedgerFinding]:
    """Every posting balances."""
    statement = (
        select(ENTRIES.c.posting_id, func.sum(ENTRIES.c.amount_cents).label("cents"))
        .group_by(ENTRIES.c.posting_id)
        .having(func.sum(ENTRIES.c.amount_cents) != 0)
        .order_by(ENTRIES.c.posting_id)
    )
    for row in connection.execute(statement):
        yield LedgerFinding(
            "postings-balance", f"posting {row.posting_id}", f"its entries add up to {int(row.cents)} cents, not 0"
        )


def verify_promises(connection: Connection, plan_id: str) -> Iterator[LedgerFinding]:
    """What stands as promised is what the open grants can cost, payer by payer and offer by offer."""
    promised = balances(connection, plan_id, Account.PROMISED)
    owed = open_costs(connection, plan_id)
    for key in sorted(promised.keys() | owed.keys()):
        if promised.get(key, 0) != owed.get(key, 0):
            payer_id, offer_id = key
            yield LedgerFinding(
                "promises-cover-grants",
                f"plan {plan_id}, payer {payer_id}, offer {offer_id}",
                f"{promised.get(key, 0)} cents stand as promised, the open grants can cost {owed.get(key, 0)}",
            )
