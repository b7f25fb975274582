"""What tills do to the money: the difference between what grants stood for and what they stand for now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select, update

from regulars.flows import STORE_PAYER, BudgetScope, LedgerFinding
from regulars.kernel import digest_of
from regulars.redeem import VENDOR_ACCOUNTS, Account, Grant, Pool, difference, position

from ._postings import PostingKind
from ._prepared import Prepared
from ._tables import ENTRIES, GRANTS, POOLS, POSTINGS, SPENDS
from ._till_rows import grants_where

_Scope = tuple[BudgetScope, str]
_POOLS_NAMED = Prepared(
    select(POOLS.c.scope, POOLS.c.scope_id, POOLS.c.limit_cents, POOLS.c.open_cents, POOLS.c.due_cents)
    .where(POOLS.c.plan_id == bindparam("plan"), POOLS.c.scope_id.in_(bindparam("names", expanding=True)))
    .order_by(POOLS.c.scope, POOLS.c.scope_id),
    many="names",
)
"""Unlocked: whoever changes a pool holds the end of the audit chain."""
_POOL_FILLED = Prepared(
    update(POOLS).where(
        POOLS.c.plan_id == bindparam("plan"),
        POOLS.c.scope == bindparam("of"),
        POOLS.c.scope_id == bindparam("name"),
    ),
    alike=("plan",),
)
_POSTED, _ENTERED = Prepared(insert(POSTINGS)), Prepared(insert(ENTRIES), alike=("posting_id",))
_DIGESTED = itemgetter("line", "account", "payer_id", "offer_id", "amount_cents", "grant_id", "transaction_id")
AskedPools = Mapping[str, Callable[[], Sequence[Any]]]
"""Waits for the pools that were asked for, by plan."""
_Entry = tuple[Account, str, str, str | None, str | None]
"""Account, payer, offer, grant and transaction of one entry."""


def post_changes(
    connection: Connection,
    changed: Sequence[tuple[Grant, Grant]],
    *,
    kind: PostingKind,
    sequence: int,
    at: datetime,
    pools: AskedPools,
) -> Mapping[str, object]:
    """Post what changed, one posting a plan, and move what lies beyond a budget to the retailer.

    Args:
        connection: In a transaction that holds the audit chain.
        changed: Grants before and after.
        kind: Why.
        sequence: The audit row that will seal the postings; it names them.
        at: When.
        pools: As `ask_pools` gives them, asked in this transaction about these grants.

    Returns:
        What the audit seals: a digest of each posting's entries, by posting id.
    """
    moves: dict[str, dict[_Entry, int]] = defaultdict(lambda: defaultdict(int))
    for before, after in changed:
        if after.spends is before.spends and after.closed == before.closed:
            continue  # only who holds it changed
        for (account, payer_id, receipt), cents in difference(position(before), position(after)).items():
            moves[after.key.plan_id][account, payer_id, after.offer_id, after.key.grant_id, receipt] += cents
    sealed: dict[str, object] = {}
    for plan_id, entries in sorted(moves.items()):
        for entry, cents in _over_budget(connection, plan_id, entries, pools).items():
            entries[entry] += cents
        posting_id = f"{plan_id}/{kind}/{sequence}"
        rows = _rows(posting_id, entries)
        if rows:
            posting = {"posting_id": posting_id, "kind": kind, "plan_id": plan_id, "posted_at": at}
            _POSTED.run(connection, [posting])
            _ENTERED.run(connection, rows)
            sealed[posting_id] = entries_digest(rows)
    return sealed


def _rows(posting_id: str, entries: Mapping[_Entry, int]) -> list[dict[str, Any]]:
    ordered = sorted(
        (*entry[:3], entry[3] or "", entry[4] or "", cents) for entry, cents in entries.items() if cents
    )
    return [
        {
            "posting_id": posting_id,
            "line": line,
            "account": account,
            "payer_id": payer_id,
            "offer_id": offer_id,
            "amount_cents": cents,
            "grant_id": grant_id or None,
            "transaction_id": transaction_id or None,
        }
        for line, (account, payer_id, offer_id, grant_id, transaction_id, cents) in enumerate(ordered, start=1)
    ]


def entries_digest(rows: Iterable[Mapping[str, Any]]) -> str:
    """A digest over the entries of one posting, in the order of their lines."""
    return digest_of(*chain.from_iterable(map(_DIGESTED, rows)))


def _over_budget(
    connection: Connection, plan_id: str, entries: Mapping[_Entry, int], asked: AskedPools
) -> Counter[_Entry]:
    """What moves between vendors and the promise gap because budgets fill up or empty again."""
    moved: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for (account, payer_id, offer_id, _, _), cents in entries.items():
        if account in VENDOR_ACCOUNTS and payer_id != STORE_PAYER:
            moved[payer_id, offer_id][account is Account.VENDOR_DUE] += cents
    shifts: Counter[_Entry] = Counter()
    if not moved:
        return shifts
    pools, filled = _pools_of(asked[plan_id]()), dict[_Scope, Pool]()
    by_vendor: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for (vendor_id, offer_id), (open_cents, due_cents) in sorted(moved.items()):
        open_over, due_over = _fill(pools, filled, (BudgetScope.OFFER, offer_id), open_cents, due_cents)
        _shift(shifts, vendor_id, offer_id, open_over, due_over)
        by_vendor[vendor_id][0] += open_cents - open_over
        by_vendor[vendor_id][1] += due_cents - due_over
    for vendor_id, (open_cents, due_cents) in sorted(by_vendor.items()):
        open_over, due_over = _fill(pools, filled, (BudgetScope.VENDOR, vendor_id), open_cents, due_cents)
        _shift(shifts, vendor_id, "", open_over, due_over)
    _write_pools(connection, plan_id, filled)
    return shifts


def ask_pools(connection: Connection, grants: Iterable[Grant]) -> AskedPools:
    """Ask for the pools of all vendors and offers of some grants.

    Args:
        connection: In a transaction that holds the audit chain.
        grants: All that may be changed before the money is posted.
    """
    names: dict[str, set[str]] = defaultdict(set)
    for grant in grants:
        names[grant.key.plan_id].update((grant.vendor_id, grant.offer_id))
    return {
        plan_id: _POOLS_NAMED.sent(connection, {"plan": plan_id, "names": sorted(found)})
        for plan_id, found in names.items()
    }


def _pools_of(rows: Iterable[Sequence[Any]]) -> dict[_Scope, Pool]:
    return {(BudgetScope(scope), name): Pool(*cents) for scope, name, *cents in rows}


def _write_pools(connection: Connection, plan_id: str, filled: Mapping[_Scope, Pool]) -> None:
    rows = [
        {"plan": plan_id, "of": scope, "name": name, "open_cents": pool.open_cents, "due_cents": pool.due_cents}
        for (scope, name), pool in filled.items()
    ]
    _POOL_FILLED.run(connection, rows)


def _fill(
    pools: dict[_Scope, Pool], filled: dict[_Scope, Pool], scope: _Scope, open_cents: int, due_cents: int
) -> tuple[int, int]:
    """Add to a pool; how much more of (open, due) lies beyond its limit now than before."""
    before = pools.get(scope)
    if before is None or not (open_cents or due_cents):
        return 0, 0
    after = before.plus(open_cents, due_cents)
    pools[scope] = filled[scope] = after
    (open_before, due_before), (open_after, due_after) = before.over(), after.over()
    return open_after - open_before, due_after - due_before


def _shift(shifts: Counter[_Entry], vendor_id: str, offer_id: str, open_over: int, due_over: int) -> None:
    if not (open_over or due_over):
        return
    for account, cents in ((Account.VENDOR_OPEN, open_over), (Account.VENDOR_DUE, due_over)):
        shifts[account, vendor_id, offer_id, None, None] -= cents
        shifts[Account.PROMISE_GAP, STORE_PAYER, offer_id, None, None] += cents


def verify_positions(connection: Connection, plan_id: str) -> Iterator[LedgerFinding]:
    """Every till entry is what the grants stand for, receipt by receipt, and the grants' rows say the same."""
    expected: Counter[_Entry] = Counter()
    for grant in grants_where(connection, (GRANTS.c.plan_id == plan_id) & _touched(), lock=False):
        for (account, payer_id, receipt), cents in position(grant).items():
            if receipt is not None:
                expected[account, payer_id, grant.offer_id, grant.key.grant_id, receipt] += cents
        yield from _verify_grant(connection, grant)
    posted: Counter[_Entry] = Counter()
    statement = (
        select(ENTRIES)
        .join(POSTINGS, POSTINGS.c.posting_id == ENTRIES.c.posting_id)
        .where(POSTINGS.c.plan_id == plan_id, ENTRIES.c.transaction_id.is_not(None))
    )
    for row in connection.execute(statement):
        key = (Account(row.account), row.payer_id, row.offer_id, row.grant_id, row.transaction_id)
        posted[key] += row.amount_cents
    for key in sorted(expected.keys() | posted.keys()):
        if expected[key] != posted[key]:
            account, payer_id, _, grant_id, transaction_id = key
            yield LedgerFinding(
                "entries-are-receipts",
                f"plan {plan_id}, grant {grant_id}, transaction {transaction_id}",
                f"{posted[key]} cents stand on {account} of {payer_id}, what was told makes {expected[key]}",
            )


def _touched() -> ColumnElement[bool]:
    return GRANTS.c.grant_id.in_(select(SPENDS.c.grant_id).where(SPENDS.c.plan_id == GRANTS.c.plan_id))


def _verify_grant(connection: Connection, grant: Grant) -> Iterator[LedgerFinding]:
    where = (GRANTS.c.plan_id == grant.key.plan_id, GRANTS.c.grant_id == grant.key.grant_id)
    row = connection.execute(select(GRANTS.c.state, GRANTS.c.uses_left).where(*where)).one()
    if (row.state, row.uses_left) != (grant.state, grant.uses_left):
        yield LedgerFinding(
            "grants-stand-as-told",
            f"plan {grant.key.plan_id}, grant {grant.key.grant_id}",
            f"it is {row.state} with {row.uses_left} uses left; what was told makes it {grant.state} with "
            f"{grant.uses_left}",
        )


def verify_pools(connection: Connection, plan_id: str) -> Iterator[LedgerFinding]:
    """No vendor pays more than any of its budgets, and each pool counts what its entries add up to."""
    statement = (
        select(ENTRIES)
        .join(POSTINGS, POSTINGS.c.posting_id == ENTRIES.c.posting_id)
        .where(POSTINGS.c.plan_id == plan_id, ENTRIES.c.account.in_(VENDOR_ACCOUNTS))
    )
    paid: Counter[tuple[str, str]] = Counter()
    for row in connection.execute(statement):
        paid[BudgetScope.VENDOR, row.payer_id] += row.amount_cents
        if row.offer_id:
            paid[BudgetScope.OFFER, row.offer_id] += row.amount_cents
    for row in connection.execute(select(POOLS).where(POOLS.c.plan_id == plan_id)):
        within = sum(Pool(row.limit_cents, row.open_cents, row.due_cents).within())
        found = paid[row.scope, row.scope_id]
        if found != within:
            yield LedgerFinding(
                "budgets-hold",
                f"plan {plan_id}, {row.scope} {row.scope_id}",
                f"{found} cents stand as the vendor's, its pool says {within} (limit {row.limit_cents})",
            )
