"""The `TillLedger` port, for the ledger to be made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, or_, select

from regulars.flows import SEVERAL_ACTORS, FoundList, OpenCredit, OpenedList, PackableList, PlanState
from regulars.kernel import GrantId, HouseholdId, Period, PlanId, StoreId
from regulars.redeem import Grant, LaneTransaction, TillAnswer, TillMessage

from . import _packs, _shown, _tills
from ._prepared import Prepared
from ._tables import AUDIT, LISTS, LOGGED, PLANS
from ._till_rows import household_grants

_EXPIRED_AT_ONCE = 5_000
_APPLIED_LISTS = (
    select(LISTS.c.plan_id, LISTS.c.household_id, LISTS.c.list_number)
    .join(PLANS, PLANS.c.plan_id == LISTS.c.plan_id)
    .where(PLANS.c.state == PlanState.APPLIED)
)
_LIST_OF_DIGEST = Prepared(
    _APPLIED_LISTS.where(
        or_(LISTS.c.code_digest == bindparam("digest"), LISTS.c.phone_digest == bindparam("digest"))
    )
)
_LIST_OF_HOUSEHOLD = Prepared(
    _APPLIED_LISTS.where(
        LISTS.c.household_id == bindparam("household"),
        LISTS.c.from_on <= bindparam("today"),
        LISTS.c.until_on > bindparam("today"),
    )
)


class TillCalls:
    """What tills ask of the ledger."""

    def _reading(self, doing: str) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger reads: {doing}")

    def _writing(
        self, doing: str, *, chained: bool = True, by_key: bool = False
    ) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger writes: {doing} ({chained}, {by_key})")

    def handle_till(
        self,
        messages: Sequence[TillMessage],
        *,
        at: datetime,
        today: date,
        actor: str = "till",
        site: StoreId | None = None,
    ) -> list[TillAnswer]:
        """Handle messages of tills and logs in order, in one transaction; one answer each."""
        with self._writing("answer a till", chained=False, by_key=True) as connection:
            return _tills.handle(connection, messages, at=at, today=today, site=site, actor=actor)

    def open_list(self, digest: str) -> OpenedList | None:
        """The list a code's or a phone secret's digest opens, if its plan is applied."""
        with self._reading("open a list") as connection:
            return _opened(connection, _LIST_OF_DIGEST, {"digest": digest})

    def open_household_list(self, household_id: HouseholdId, today: date) -> OpenedList | None:
        """The list a household has on a day, if any."""
        with self._reading("open a household's list") as connection:
            return _opened(connection, _LIST_OF_HOUSEHOLD, {"household": household_id, "today": today})

    def till_grants(self, plan_id: PlanId, household_id: HouseholdId) -> list[Grant]:
        """A household's grants of a plan with all that was told of them, by id."""
        with self._reading("read a household's grants") as connection:
            return sorted(household_grants(connection, plan_id, household_id), key=lambda grant: grant.key)

    def packable_lists(self, plan_id: PlanId, store_id: StoreId) -> list[PackableList]:
        """Lists with grants that a store may give without the centre; by list number."""
        with self._reading("read what a till pack holds") as connection:
            return _packs.packable_lists(connection, plan_id, store_id)

    def lendable_grants(self, plan_id: PlanId, households: Iterable[HouseholdId]) -> list[GrantId]:
        """Escrow grants of some households whose right a store's controller may be given."""
        with self._reading("read which rights may be lent") as connection:
            return _packs.lendable_grants(connection, plan_id, households)

    def used_grants(self, plan_id: PlanId) -> list[Grant]:
        """Grants of a plan of which anything was told, with all of it."""
        with self._reading("read what was told of grants") as connection:
            return _shown.used_grants(connection, plan_id)

    def grants_of_households(self, plan_id: PlanId, households: Iterable[HouseholdId]) -> list[Grant]:
        """All grants of some households with all that was told of them."""
        with self._reading("read households' grants") as connection:
            return _shown.grants_of_households(connection, plan_id, households)

    def live_households(self, plan_id: PlanId) -> list[HouseholdId]:
        """Households of a plan whose list was not made void, sorted."""
        with self._reading("read whose lists hold") as connection:
            return _shown.live_households(connection, plan_id)

    def asked_transactions(self, period: Period) -> set[LaneTransaction]:
        """Transactions of a period that asked for a hold."""
        with self._reading("read who asked") as connection:
            return _shown.asked_transactions(connection, period)

    def open_credits(self, households: Iterable[HouseholdId] | None = None) -> list[OpenCredit]:
        """Credits nobody was paid yet, by number and grant; of some households, or all."""
        with self._reading("read which credits wait") as connection:
            return _shown.open_credits(connection, households)

    def logged_by(self, transaction: LaneTransaction) -> tuple[str, datetime] | None:
        """Who told the log of a transaction, or the pay-out of a credit, and when.

        None if nobody did, or if the audit has what others told in the same commit, and names nobody alone.
        """
        told_at = select(LOGGED.c.told_at).where(LOGGED.c.transaction_id == transaction.key).scalar_subquery()
        statement = select(AUDIT.c.actor, AUDIT.c.at).where(AUDIT.c.object_kind == "till", AUDIT.c.at == told_at)
        with self._reading("look who told a log") as connection:
            rows = connection.execute(statement).all()
        return (rows[0].actor, rows[0].at) if len(rows) == 1 and rows[0].actor != SEVERAL_ACTORS else None

    def close_expired(self, *, at: datetime, today: date, actor: str = "till", most: int | None = None) -> int:
        """End every grant whose last day is past, batch by batch, or so many of them; returns how many."""
        ended = 0
        while most is None or ended < most:
            batch = _EXPIRED_AT_ONCE if most is None else min(_EXPIRED_AT_ONCE, most - ended)
            with self._writing("end what is over", chained=False) as connection:
                changed = _tills.close_expired(connection, at=at, today=today, actor=actor, most=batch)
            if not changed.grants:
                break
            ended += len(changed.grants)
        return ended

    def forget_answers(self, *, at: datetime) -> int:
        """Drop answers to calls that nobody will repeat any more; returns how many."""
        with self._writing("forget old answers", chained=False) as connection:
            return _tills.forget_answers(connection, at - _tills.ANSWERS_KEPT_FOR)


def _opened(connection: Connection, statement: Prepared, named: Mapping[str, object]) -> OpenedList | None:
    rows = statement.rows(connection, named)
    if not rows:
        return None
    found = FoundList(*min(rows))  # in any order: asked for one, a store may walk through all lists of a plan
    grants = household_grants(connection, found.plan_id, found.household_id)
    return OpenedList(found, tuple(sorted(grants, key=lambda grant: grant.key)))
