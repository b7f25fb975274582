"""The `TillBook` port, for the ledger to be made of: what tills did, by store and day, and what is odd about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from regulars.flows import PlanState
from regulars.flows.views import StoreDayUses, TillException, TillUse, UseMark, VendorDue
from regulars.kernel import GrantId, PlanId
from regulars.redeem import GrantKey, LaneTransaction, Pool, Spend

from ._tables import ANSWERS, EXCEPTIONS, GRANTS, PLANS, POOLS, SPENDS
from ._till_rows import SPEND_COLUMNS, spend_of

_ANSWERS_AT_ONCE = 400
_ANSWERS_LOOKED_AT = 4_000
_STORES_AT_ONCE = 400
_MADE_GOOD_LANE = "% made good/%"


class TillScreenCalls:
    """What a screen asks about tills."""

    def _reading(self, doing: str) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger reads: {doing}")

    def store_day_uses(self, stores: Sequence[str], from_on: date, until_on: date) -> list[StoreDayUses]:
        """What stores gave on days, by store and day; days without a use are left out."""
        sums: dict[tuple[str, date], list[int]] = {}
        with self._reading("add up what tills gave") as connection:
            for start in range(0, len(stores), _STORES_AT_ONCE):
                of_stores = SPENDS.c.store_id.in_(stores[start : start + _STORES_AT_ONCE])
                statement = select(SPENDS.c.store_id, SPENDS.c.business_on, *SPEND_COLUMNS)
                for store_id, day, *facts in connection.execute(
                    statement.where(of_stores, _within(from_on, until_on))
                ):
                    _count(sums.setdefault((store_id, day), [0] * 8), spend_of(facts))
        return [StoreDayUses(*key, *sums[key]) for key in sorted(sums)]

    def latest_uses(self, stores: frozenset[str] | None, most: int) -> list[TillUse]:
        """Uses lanes armed last, the newest first; of these stores alone, or all."""
        found: list[TillUse] = []
        seen: set[str] = set()
        with self._reading("look for the latest uses") as connection:
            for start in range(0, _ANSWERS_LOOKED_AT, _ANSWERS_AT_ONCE):
                rows = connection.execute(
                    select(ANSWERS.c.transaction_id, ANSWERS.c.answered_at)
                    .order_by(ANSWERS.c.answered_at.desc(), ANSWERS.c.transaction_id, ANSWERS.c.part)
                    .offset(start)
                    .limit(_ANSWERS_AT_ONCE)
                ).all()
                fresh = [
                    row for row in rows if row.transaction_id not in seen and _of_store(row.transaction_id, stores)
                ]
                asked_at = {row.transaction_id: row.answered_at for row in reversed(fresh)}
                seen.update(asked_at)
                uses = _uses(connection, SPENDS.c.transaction_id.in_(list(asked_at)), asked_at) if asked_at else []
                found += sorted(uses, key=lambda use: (use.at, use.transaction.key, use.grant), reverse=True)
                if len(found) >= most or len(rows) < _ANSWERS_AT_ONCE:
                    break
        return found[:most]

    def odd_uses(
        self, stores: Sequence[str], from_on: date, until_on: date, before: str, most: int
    ) -> list[TillUse]:
        """Uses that are neither plain nor given up, the newest transaction first; before this key alone, if given."""
        back = or_(SPENDS.c.returned_cents > 0, SPENDS.c.shown_returned_cents > 0)
        void = or_(SPENDS.c.voided == 1, SPENDS.c.shown_voided == 1)
        odd = or_(void, SPENDS.c.absent == 1, SPENDS.c.shown_absent == 1, back, _unasked())
        wanted = and_(odd, _within(from_on, until_on))
        if before:
            wanted = and_(wanted, SPENDS.c.transaction_id < before)
        found: list[TillUse] = []
        with self._reading("look for odd uses") as connection:
            for start in range(0, len(stores), _STORES_AT_ONCE):
                of_stores = SPENDS.c.store_id.in_(stores[start : start + _STORES_AT_ONCE])
                found += _uses(connection, and_(of_stores, wanted), {}, most=most)
        return sorted(found, key=lambda use: (use.transaction.key, use.grant), reverse=True)[:most]

    def till_exceptions(self, stores: frozenset[str] | None, before: int, most: int) -> list[TillException]:
        """Facts kept apart, the newest first; under audit rows before this one alone, if not 0."""
        statement = select(EXCEPTIONS).order_by(EXCEPTIONS.c.sequence.desc(), EXCEPTIONS.c.line.desc())
        if before:
            statement = statement.where(EXCEPTIONS.c.sequence < before)
        found: list[TillException] = []
        with self._reading("look for what was kept apart") as connection:
            for row in connection.execute(statement.limit(_ANSWERS_LOOKED_AT)):
                if _of_store(row.transaction_id, stores):
                    found.append(_exception_of(row))
                if len(found) == most:
                    break
        return found

    def lanes_heard(self, store_id: str, day: date) -> dict[str, datetime]:
        """When each lane of a store last asked on a business day."""
        prefix = f"{day.isoformat()}/{store_id}/"
        key = ANSWERS.c.transaction_id
        statement = select(key, ANSWERS.c.answered_at).where(key >= prefix, key < prefix[:-1] + "0")
        heard: dict[str, datetime] = {}
        with self._reading("look which lanes were heard") as connection:
            for row in connection.execute(statement):
                lane_id = LaneTransaction.of_key(row.transaction_id).lane_id
                heard[lane_id] = max(heard.get(lane_id, row.answered_at), row.answered_at)
        return heard

    def vendor_dues(self) -> list[VendorDue]:
        """What vendors owe, by vendor."""
        statement = (
            select(POOLS)
            .join(PLANS, PLANS.c.plan_id == POOLS.c.plan_id)
            .where(POOLS.c.scope == "vendor", PLANS.c.state == PlanState.APPLIED)
        )
        sums: dict[str, list[int]] = {}
        with self._reading("add up what vendors owe") as connection:
            for row in connection.execute(statement):
                open_cents, due_cents = Pool(row.limit_cents, row.open_cents, row.due_cents).within()
                entry = sums.setdefault(row.scope_id, [0, 0])
                entry[0] += open_cents
                entry[1] += due_cents
        return [VendorDue(vendor_id, *sums[vendor_id]) for vendor_id in sorted(sums)]


def _within(from_on: date, until_on: date) -> ColumnElement[bool]:
    return and_(SPENDS.c.business_on >= from_on, SPENDS.c.business_on < until_on)


def _unasked() -> ColumnElement[bool]:
    """Given by a lane that could not ask; what was credited for a lane that could not is no use of a lane."""
    return and_(SPENDS.c.armed_cents.is_(None), SPENDS.c.transaction_id.not_like(_MADE_GOOD_LANE))


def _count(entry: list[int], spend: Spend) -> None:
    """Add a spend: redemptions, cents, offline, waiting, settled, voided, returned, absent."""
    lives = spend.lives
    entry[0] += lives
    entry[1] += spend.net_cents
    entry[2] += lives and spend.armed_cents is None and not spend.transaction.is_credit
    entry[3] += spend.waits
    entry[4] += lives and spend.settled
    entry[5] += spend.voided or spend.shown_voided
    entry[6] += max(spend.returned_cents, spend.shown_returned_cents) > 0
    entry[7] += spend.absent or spend.shown_absent


def _mark(spend: Spend) -> UseMark:
    if spend.voided or spend.shown_voided:
        return UseMark.VOIDED
    if spend.absent or spend.shown_absent:
        return UseMark.ABSENT
    if max(spend.returned_cents, spend.shown_returned_cents) > 0:
        return UseMark.RETURNED
    if spend.transaction.is_credit:
        return UseMark.CREDITED
    if spend.armed_cents is None:
        return UseMark.OFFLINE
    return UseMark.PLAIN if spend.given_cents else UseMark.NOT_GIVEN


def _uses(
    connection: Connection, where: ColumnElement[bool], asked_at: dict[str, datetime], most: int | None = None
) -> list[TillUse]:
    of_grant = and_(GRANTS.c.plan_id == SPENDS.c.plan_id, GRANTS.c.grant_id == SPENDS.c.grant_id)
    named = (SPENDS.c.plan_id, SPENDS.c.grant_id, GRANTS.c.offer_id)
    statement = select(*named, *SPEND_COLUMNS).join(GRANTS, of_grant).where(where)
    if most is not None:
        statement = statement.order_by(SPENDS.c.transaction_id.desc(), SPENDS.c.grant_id.desc()).limit(most)
    return list(_made(connection.execute(statement).all(), asked_at))


def _made(rows: Iterable[Sequence[Any]], asked_at: dict[str, datetime]) -> Iterable[TillUse]:
    for plan_id, grant_id, offer_id, *facts in rows:
        spend = spend_of(facts)
        yield TillUse(
            spend.transaction,
            GrantKey(PlanId(plan_id), GrantId(grant_id)),
            offer_id,
            spend.given_cents or 0,
            _mark(spend),
            spend.settled,
            asked_at.get(spend.transaction.key),
        )


def _of_store(key: str, stores: frozenset[str] | None) -> bool:
    return stores is None or LaneTransaction.of_key(key).store_id in stores


def _exception_of(row: Row[Any]) -> TillException:
    return TillException(
        row.sequence,
        row.line,
        LaneTransaction.of_key(row.transaction_id),
        GrantKey(PlanId(row.plan_id), GrantId(row.grant_id)),
        row.outcome,
        row.detail,
        row.told_at,
    )
