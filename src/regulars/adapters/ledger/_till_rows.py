"""Rows of grants, spends, reversals and logged transactions, read into a `Book` and written back from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select, update

from regulars.kernel import GrantId, HouseholdId, Period, PlanId, StoreId
from regulars.redeem import (
    ArmRequest,
    Book,
    DayClosed,
    Exceptional,
    Grant,
    GrantKey,
    Hold,
    HoldRequest,
    LaneTransaction,
    Logged,
    MadeGood,
    OfflineClass,
    ReleaseRequest,
    Reversal,
    ReversalKey,
    ReversalKind,
    RightMoved,
    Shown,
    Spend,
    TillMessage,
    Told,
    reversal_key,
)

from ._prepared import Prepared, sent_together
from ._tables import EXCEPTIONS, GRANTS, LOGGED, REVERSALS, SPENDS

_BATCH = 500
_GRANT_CHANGED = Prepared(
    update(GRANTS).where(GRANTS.c.plan_id == bindparam("p_plan_id"), GRANTS.c.grant_id == bindparam("p_grant_id"))
)
_SPEND_KEY = ("plan_id", "grant_id", "transaction_id")
_SPEND_FACTS = (
    "armed_cents", "told_cents", "logged_cents", "absent", "day_closed", "returned_cents", "voided",
    "shown_cents", "shown_absent", "shown_returned_cents", "shown_voided",
)  # fmt: skip
SPEND_COLUMNS = tuple(SPENDS.c[name] for name in ("transaction_id", *_SPEND_FACTS))
"""Columns of `spends` as `spend_of` takes them."""
_SPEND_CHANGED = Prepared(
    update(SPENDS)
    .where(*(SPENDS.c[name] == bindparam(f"p_{name}") for name in _SPEND_KEY))
    .values({SPENDS.c[name]: bindparam(f"p_{name}") for name in _SPEND_FACTS})
)
_NAMED_GRANTS = (
    select(GRANTS)
    .where(GRANTS.c.plan_id == bindparam("plan"), GRANTS.c.grant_id.in_(bindparam("names", expanding=True)))
    .order_by(GRANTS.c.plan_id, GRANTS.c.grant_id)
)
_GRANTS_NAMED = Prepared(_NAMED_GRANTS, many="names")
_GRANTS_LOCKED = Prepared(_NAMED_GRANTS.with_for_update(), many="names")
# Unordered: asked for an order by grant, SQLite walks through all grants of the plan.
GRANTS_OF_HOUSEHOLD = select(GRANTS).where(
    GRANTS.c.plan_id == bindparam("plan"), GRANTS.c.household_id == bindparam("household")
)
_GRANTS_OF_HOUSEHOLD = Prepared(GRANTS_OF_HOUSEHOLD)
_SPENDS_NAMED = Prepared(
    select(SPENDS.c.grant_id, *SPEND_COLUMNS).where(
        SPENDS.c.plan_id == bindparam("plan"), SPENDS.c.grant_id.in_(bindparam("names", expanding=True))
    ),
    many="names",
)
_HELD_BY = Prepared(
    select(GRANTS.c.plan_id, GRANTS.c.grant_id).where(GRANTS.c.holder_id.in_(bindparam("names", expanding=True))),
    many="names",
)
_SPENT_BY = Prepared(
    select(SPENDS.c.plan_id, SPENDS.c.grant_id).where(
        SPENDS.c.transaction_id.in_(bindparam("names", expanding=True))
    ),
    many="names",
)
_UNSETTLED = Prepared(
    select(SPENDS.c.plan_id, SPENDS.c.grant_id).where(
        SPENDS.c.store_id == bindparam("store"),
        SPENDS.c.business_on == bindparam("day"),
        SPENDS.c.logged_cents.is_(None),
        SPENDS.c.day_closed == 0,
    )
)
_HELD_ON_DAY = Prepared(
    select(GRANTS.c.plan_id, GRANTS.c.grant_id).where(GRANTS.c.holder_id.like(bindparam("pattern"), escape="!"))
)
_LITERALLY = str.maketrans({sign: f"!{sign}" for sign in "!%_"})
_LOGGED_NAMED = Prepared(
    select(LOGGED.c.transaction_id, LOGGED.c.digest).where(
        LOGGED.c.transaction_id.in_(bindparam("names", expanding=True))
    ),
    many="names",
)
_SPENT, _REVERSED = Prepared(insert(SPENDS)), Prepared(insert(REVERSALS))
_LOGGED = Prepared(insert(LOGGED), alike=("told_at",))
_KEPT_APART = Prepared(insert(EXCEPTIONS))
_REVERSALS_NAMED = Prepared(
    select(
        REVERSALS.c.transaction_id,
        REVERSALS.c.original_id,
        REVERSALS.c.plan_id,
        REVERSALS.c.grant_id,
        REVERSALS.c.amount_cents,
        REVERSALS.c.kind,
    ).where(
        REVERSALS.c.plan_id == bindparam("plan"), REVERSALS.c.grant_id.in_(bindparam("names", expanding=True))
    ),
    many="names",
)
_Item = TypeVar("_Item")
_Asked: TypeAlias = "Callable[[], Sequence[Any]]"
"""Waits for the rows that were asked for."""


def _chunks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    return (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))


@dataclass
class Reach:
    """What some messages may touch: grants named, grants held or spent by transactions, and days."""

    grants: set[GrantKey] = field(default_factory=set)
    holders: set[str] = field(default_factory=set)
    spenders: set[str] = field(default_factory=set)
    days: set[DayClosed] = field(default_factory=set)

    @classmethod
    def of(cls, messages: Iterable[TillMessage]) -> Reach:
        """The reach of messages."""
        reach = cls()
        for message in messages:
            reach._add(message)
        return reach

    def _add(self, message: TillMessage) -> None:
        match message:
            case HoldRequest(transaction=transaction, shares=shares):
                self.grants.update(share.grant for share in shares)
                self.holders.add(transaction.key)
            case ArmRequest(transaction=transaction, lines=lines):
                self.grants.update(line.grant for line in lines)
                self.spenders.add(transaction.key)
            case ReleaseRequest(transaction=transaction):
                self.holders.add(transaction.key)
            case Told(transaction=transaction, share=share):
                self.grants.add(share.grant)
                self.spenders.add(transaction.key)
            case Logged(transaction=transaction, shares=shares) | MadeGood(transaction=transaction, shares=shares):
                self.grants.update(share.grant for share in shares)
                self.spenders.add(transaction.key)
            case Shown(uses=uses):
                self.grants.update(use.grant for use in uses)
            case Reversal() | RightMoved():
                self.grants.add(message.grant)
            case DayClosed():
                self.days.add(message)


@dataclass(frozen=True)
class RowsOf:
    """What was asked about some messages at once: which grants they may touch, and what the log showed before."""

    reach: Reach
    keys: Sequence[_Asked]
    logs: Sequence[_Asked]
    reversals: Sequence[_Asked]


def ask_rows_of(connection: Connection, messages: Sequence[TillMessage]) -> RowsOf:
    """Ask for what can be known of some messages before their grants are read."""
    reach = Reach.of(messages)
    logged = {message.transaction.key for message in messages if isinstance(message, ArmRequest | Told | Logged)}
    keys = [
        *(_HELD_BY.sent(connection, {"names": names}) for names in _chunks(sorted(reach.holders))),
        *(_SPENT_BY.sent(connection, {"names": names}) for names in _chunks(sorted(reach.spenders))),
    ]
    for day in reach.days:
        prefix = f"{day.business_on.isoformat()}/{day.store_id}/".translate(_LITERALLY)
        keys.append(_UNSETTLED.sent(connection, {"store": day.store_id, "day": day.business_on}))
        keys.append(_HELD_ON_DAY.sent(connection, {"pattern": f"{prefix}%"}))
    logs = [_LOGGED_NAMED.sent(connection, {"names": names}) for names in _chunks(sorted(logged))]
    return RowsOf(reach, keys, logs, _ask_reversals(connection, messages))


def _load_grants(connection: Connection, found: RowsOf) -> list[Grant]:
    """The grants within reach with all that was told of them, their rows locked until the transaction ends."""
    keys = found.reach.grants.union(*(_keys_of(rows()) for rows in found.keys))
    return list(_grants(connection, keys))


def _keys_of(rows: Iterable[Sequence[Any]]) -> set[GrantKey]:
    return {GrantKey(PlanId(plan_id), GrantId(grant_id)) for plan_id, grant_id in rows}


def _grants(connection: Connection, keys: Iterable[GrantKey], *, lock: bool = True) -> Iterator[Grant]:
    """Grants by key; rows are locked in the order of their keys, so that two writers never wait in a ring."""
    by_plan: dict[str, list[str]] = defaultdict(list)
    for key in sorted(keys):
        by_plan[key.plan_id].append(key.grant_id)
    for plan_id, grant_ids in by_plan.items():
        for chunk in _chunks(grant_ids):
            named = {"plan": plan_id, "names": list(chunk)}
            with sent_together(connection):
                rows = (_GRANTS_LOCKED if lock else _GRANTS_NAMED).sent(connection, named)
                spends = _SPENDS_NAMED.sent(connection, named)  # what was told once the rows were locked
                found = list(_with_spends(rows(), spends()))
            yield from found


def _with_spends(rows: Sequence[Any], told: Sequence[Any]) -> Iterator[Grant]:
    """Rows of a plan's grants as records, with all that was told of them."""
    spends: dict[str, dict[LaneTransaction, Spend]] = defaultdict(dict)
    for grant_id, *facts in told:
        spend = spend_of(facts)
        spends[grant_id][spend.transaction] = spend
    for row in rows:
        yield grant_of(row, spends.get(row[1], {}))


def spend_of(row: Sequence[Any]) -> Spend:
    """What is known of a transaction's use, as a record.

    Args:
        row: The transaction's number, then what `spends` knows of it, in the order of `Spend`.
    """
    number, armed, told, logged, absent, day_closed, returned, voided, *shown = row
    cents, without, back, undone = shown
    return Spend(
        LaneTransaction.of_key(number),
        armed,
        told,
        logged,
        bool(absent),
        bool(day_closed),
        returned,
        bool(voided),
        cents,
        bool(without),
        back,
        bool(undone),
    )


_period = lru_cache(maxsize=256)(Period)


def grant_of(row: Sequence[Any], spends: Mapping[LaneTransaction, Spend]) -> Grant:
    """A row of `grants`, its columns in the table's order, with what was told of it, as a record."""
    plan_id, grant_id, household_id, offer_id, level, face, funding, vendor_id, from_on, until_on, *now = row
    _state, epoch, uses_max, _uses_left, offline, ended, holder_id, cents, lapses_at, right_at = now
    return Grant(
        GrantKey(plan_id, grant_id),
        household_id,
        offer_id,
        vendor_id,
        face,
        funding,
        _period(from_on, until_on),
        uses_max,
        OfflineClass(offline),
        epoch,
        bool(ended),
        None if holder_id is None else Hold(LaneTransaction.of_key(holder_id), cents, lapses_at),
        right_at,
        spends,
        level,
    )


def _ask_reversals(connection: Connection, messages: Iterable[TillMessage]) -> list[_Asked]:
    """Ask for reversals told before, of the grants that reversals among the messages name."""
    keys = {message.grant for message in messages if isinstance(message, Reversal)}
    by_plan: dict[str, list[str]] = defaultdict(list)
    for key in sorted(keys):
        by_plan[key.plan_id].append(key.grant_id)
    return [
        _REVERSALS_NAMED.sent(connection, {"plan": plan_id, "names": chunk})
        for plan_id, grant_ids in by_plan.items()
        for chunk in _chunks(grant_ids)
    ]


def _reversal_of(row: Sequence[Any]) -> Reversal:
    transaction_id, original_id, plan_id, grant_id, amount_cents, kind = row
    return Reversal(
        LaneTransaction.of_key(transaction_id),
        LaneTransaction.of_key(original_id),
        GrantKey(PlanId(plan_id), GrantId(grant_id)),
        amount_cents,
        ReversalKind(kind),
    )


def _loaded_reversals(asked: Iterable[_Asked]) -> dict[ReversalKey, Reversal]:
    found = (_reversal_of(row) for rows in asked for row in rows())
    return {reversal_key(reversal): reversal for reversal in found}


def write_grants(connection: Connection, changed: Sequence[tuple[Grant, Grant]]) -> None:
    """Write what became of grants and of their spends.

    Args:
        connection: In a writing transaction.
        changed: Each grant before and after, as a book leaves it.
    """
    fresh, known = [], []
    for before, after in changed:
        for transaction, spend in after.spends.items():
            earlier = before.spends.get(transaction)
            if earlier is None:
                fresh.append(_spend_row(after.key, spend))
            elif earlier != spend:
                known.append({f"p_{name}": value for name, value in _spend_row(after.key, spend).items()})
    _SPENT.run(connection, fresh)  # before its grant changes, whose lock serves the foreign key too
    _GRANT_CHANGED.run(connection, [_grant_row(after) for _, after in changed])
    _SPEND_CHANGED.run(connection, known)


def _grant_row(grant: Grant) -> dict[str, Any]:
    return {
        "p_plan_id": grant.key.plan_id,
        "p_grant_id": grant.key.grant_id,
        "state": grant.state,
        "epoch": grant.epoch,
        "uses_left": grant.uses_left,
        "ended": int(grant.closed),
        "holder_id": grant.hold.transaction.key if grant.hold else None,
        "hold_cents": grant.hold.cents if grant.hold else None,
        "lapses_at": grant.hold.lapses_at if grant.hold else None,
        "right_store_id": grant.right_at,
    }


def _spend_row(key: GrantKey, spend: Spend) -> dict[str, Any]:
    return {
        "plan_id": key.plan_id,
        "grant_id": key.grant_id,
        "transaction_id": spend.transaction.key,
        "store_id": spend.transaction.store_id,
        "business_on": spend.transaction.business_on,
        "armed_cents": spend.armed_cents,
        "told_cents": spend.told_cents,
        "logged_cents": spend.logged_cents,
        "absent": int(spend.absent),
        "day_closed": int(spend.day_closed),
        "returned_cents": spend.returned_cents,
        "voided": int(spend.voided),
        "shown_cents": spend.shown_cents,
        "shown_absent": int(spend.shown_absent),
        "shown_returned_cents": spend.shown_returned_cents,
        "shown_voided": int(spend.shown_voided),
    }


def write_reversals(connection: Connection, fresh: Iterable[Reversal], at: datetime) -> None:
    """Add reversals that are told for the first time."""
    rows = [
        {
            "transaction_id": reversal.transaction.key,
            "original_id": reversal.original.key,
            "plan_id": reversal.grant.plan_id,
            "grant_id": reversal.grant.grant_id,
            "amount_cents": reversal.amount_cents,
            "kind": reversal.kind,
            "told_at": at,
        }
        for reversal in fresh
    ]
    _REVERSED.run(connection, rows)


def write_logs(connection: Connection, fresh: Mapping[LaneTransaction, str], at: datetime) -> None:
    """Note which transactions the log has shown."""
    rows = [
        {"transaction_id": transaction.key, "digest": digest, "told_at": at}
        for transaction, digest in fresh.items()
    ]
    _LOGGED.run(connection, rows)


def write_exceptions(connection: Connection, found: Iterable[Exceptional], sequence: int, at: datetime) -> None:
    """Keep apart what a person must look at, under the audit row of its transaction."""
    rows = [
        {
            "sequence": sequence,
            "line": line,
            "transaction_id": one.transaction.key,
            "plan_id": one.grant.plan_id if one.grant else "",
            "grant_id": one.grant.grant_id if one.grant else "",
            "outcome": one.outcome,
            "detail": one.detail,
            "told_at": at,
        }
        for line, one in enumerate(found, start=1)
    ]
    _KEPT_APART.run(connection, rows)


def open_book_of(
    connection: Connection,
    found: RowsOf,
    *,
    revisions: Mapping[LaneTransaction, int],
    now: datetime,
    today: date,
    site: StoreId | None,
) -> tuple[Book, dict[GrantKey, Grant]]:
    """A book that holds all the messages may touch, and the grants as they stood.

    Args:
        connection: In a writing transaction.
        found: What was asked about the messages that will be handled.
        revisions: As `Book` takes it.
        now: As `Book` takes it.
        today: As `Book` takes it.
        site: As `Book` takes it.
    """
    grants = _load_grants(connection, found)
    book = Book(
        grants,
        reversals=_loaded_reversals(found.reversals),
        logs={LaneTransaction.of_key(number): digest for rows in found.logs for number, digest in rows()},
        revisions=revisions,
        now=now,
        today=today,
        site=site,
    )
    return book, dict(book.grants)


def grants_where(connection: Connection, where: ColumnElement[bool], *, lock: bool = True) -> list[Grant]:
    """Grants a condition picks, with all that was told of them; locked unless they are only read."""
    keys = _keys_of(connection.execute(select(GRANTS.c.plan_id, GRANTS.c.grant_id).where(where)))
    return list(_grants(connection, keys, lock=lock))


def household_grants(connection: Connection, plan_id: PlanId, household_id: HouseholdId) -> list[Grant]:
    """A household's grants of a plan with all that was told of them, in any order; only read."""
    rows = _GRANTS_OF_HOUSEHOLD.rows(connection, {"plan": plan_id, "household": household_id})
    named = {"plan": plan_id, "names": [row[1] for row in rows]}
    return list(_with_spends(rows, _SPENDS_NAMED.rows(connection, named) if rows else ()))
