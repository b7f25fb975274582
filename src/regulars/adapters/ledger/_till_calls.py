"""The `TillLedger` port, for the ledger to be made of."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime

from sqlalchemy import Connection, and_, select

from regulars.flows import FoundList, PlanState
from regulars.kernel import HouseholdId, PlanId, StoreId
from regulars.redeem import Grant, HoldAnswer, LaneTransaction, TillAnswer, TillMessage, answer_of

from . import _tills
from ._tables import ANSWERS, LISTS, PLANS
from ._till_rows import household_grants

_EXPIRED_AT_ONCE = 5_000


class TillCalls:
    """What tills ask of the ledger."""

    def _reading(self, doing: str) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger reads: {doing}")

    def _writing(self, doing: str, *, chained: bool = True) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger writes: {doing} ({chained})")

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
        money = any(_tills.moves_money(message) for message in messages)
        with self._writing("answer a till", chained=money) as connection:
            return _tills.handle(connection, messages, at=at, today=today, site=site, actor=actor)

    def find_list(self, digest: str) -> FoundList | None:
        """The list a code's or a phone secret's digest opens, if its plan is applied."""
        with self._reading("find a list") as connection:
            for column in (LISTS.c.code_digest, LISTS.c.phone_digest):
                found = _list_where(connection, column == digest)
                if found is not None:
                    return found
        return None

    def list_of_household(self, household_id: HouseholdId, today: date) -> FoundList | None:
        """The list a household has on a day, if any."""
        holds = and_(LISTS.c.household_id == household_id, LISTS.c.from_on <= today, today < LISTS.c.until_on)
        with self._reading("find a household's list") as connection:
            return _list_where(connection, holds)

    def till_grants(self, plan_id: PlanId, household_id: HouseholdId) -> list[Grant]:
        """A household's grants of a plan with all that was told of them, by id."""
        with self._reading("read a household's grants") as connection:
            return sorted(household_grants(connection, plan_id, household_id), key=lambda grant: grant.key)

    def kept_hold(self, transaction: LaneTransaction, revision: int) -> HoldAnswer | None:
        """The answer a hold got before."""
        where = (ANSWERS.c.transaction_id == transaction.key, ANSWERS.c.part == f"hold/{revision}")
        with self._reading("read an answer") as connection:
            text = connection.execute(select(ANSWERS.c.answer).where(*where)).scalar_one_or_none()
        answer = None if text is None else answer_of(text)
        return answer if isinstance(answer, HoldAnswer) else None

    def close_expired(self, *, at: datetime, today: date, actor: str = "till") -> int:
        """End every grant whose last day is past, batch by batch; returns how many."""
        ended = 0
        while True:
            with self._writing("end what is over") as connection:
                changed = _tills.close_expired(connection, at=at, today=today, actor=actor, most=_EXPIRED_AT_ONCE)
            if not changed.grants:
                return ended
            ended += len(changed.grants)

    def forget_answers(self, *, at: datetime) -> int:
        """Drop answers to calls that nobody will repeat any more; returns how many."""
        with self._writing("forget old answers", chained=False) as connection:
            return _tills.forget_answers(connection, at - _tills.ANSWERS_KEPT_FOR)


def _list_where(connection: Connection, where: object) -> FoundList | None:
    statement = (
        select(LISTS.c.plan_id, LISTS.c.household_id, LISTS.c.list_number)
        .join(PLANS, PLANS.c.plan_id == LISTS.c.plan_id)
        .where(where, PLANS.c.state == PlanState.APPLIED)  # type: ignore[arg-type]
        .order_by(LISTS.c.plan_id)
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else FoundList(PlanId(row.plan_id), HouseholdId(row.household_id), row.list_number)
