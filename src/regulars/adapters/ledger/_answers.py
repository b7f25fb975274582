"""The `AnswerBook` port, for the ledger to be made of. Nothing here is sealed: a household may have it all erased."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select

from regulars.flows import AnsweredItem, AnswerKind, HouseholdAnswer
from regulars.kernel import HouseholdId, PlanId

from ._tables import HOUSEHOLD_ANSWERS, LIST_TICKS

_ABOUT = ("household_id", "item_kind", "item_id")


class AnswerCalls:
    """What a household says on its phone page."""

    def _reading(self, doing: str) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger reads: {doing}")

    def _writing(self, doing: str) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger writes: {doing}")

    def add_answer(self, answer: HouseholdAnswer) -> None:
        """Keep an answer; the one that stands already is not kept twice."""
        own = HOUSEHOLD_ANSWERS.c.household_id == answer.household_id
        with self._writing("keep a household's answer") as connection:
            standing = [_said(_answer_of(row)) for row in connection.execute(_standing().where(own))]
            if _said(answer) in standing:
                return
            last = connection.execute(select(func.max(HOUSEHOLD_ANSWERS.c.number)).where(own)).scalar_one()
            row = {name: getattr(answer, name) for name in (*_ABOUT, "answer", "cycle_number", "answered_at")}
            connection.execute(insert(HOUSEHOLD_ANSWERS).values(row | {"number": (last or 0) + 1}))

    def answers_of(self, household_id: HouseholdId) -> list[HouseholdAnswer]:
        """A household's answers that stand: the latest on each item, by kind of item and item."""
        with self._reading("read a household's answers") as connection:
            rows = connection.execute(_standing().where(HOUSEHOLD_ANSWERS.c.household_id == household_id)).all()
        return _sorted(rows)

    def standing_answers(self) -> list[HouseholdAnswer]:
        """The answers of all households that stand, by household, kind of item and item."""
        with self._reading("read the households' answers") as connection:
            rows = connection.execute(_standing()).all()
        return _sorted(rows)

    def forget_household(self, household_id: HouseholdId) -> int:
        """Erase what a household answered and ticked; returns how many answers."""
        with self._writing("forget a household's answers") as connection:
            connection.execute(delete(LIST_TICKS).where(LIST_TICKS.c.household_id == household_id))
            own = HOUSEHOLD_ANSWERS.c.household_id == household_id
            return connection.execute(delete(HOUSEHOLD_ANSWERS).where(own)).rowcount

    def keep_ticks(self, plan_id: PlanId, household_id: HouseholdId, needs: Iterable[str]) -> None:
        """Keep which boxes of a list are ticked, in place of those before."""
        own = (LIST_TICKS.c.plan_id == plan_id) & (LIST_TICKS.c.household_id == household_id)
        row = {"plan_id": plan_id, "household_id": household_id, "needs": json.dumps(sorted(set(needs)))}
        with self._writing("keep a list's ticks") as connection:
            connection.execute(delete(LIST_TICKS).where(own))
            connection.execute(insert(LIST_TICKS).values(row))

    def ticks_of(self, plan_id: PlanId, household_id: HouseholdId) -> frozenset[str]:
        """Needs whose boxes are ticked on a list."""
        own = (LIST_TICKS.c.plan_id == plan_id) & (LIST_TICKS.c.household_id == household_id)
        with self._reading("read a list's ticks") as connection:
            needs = connection.execute(select(LIST_TICKS.c.needs).where(own)).scalar_one_or_none()
        return frozenset(json.loads(needs)) if needs else frozenset()


def _standing() -> Select[Any]:
    """The latest answer on each item."""
    about = [HOUSEHOLD_ANSWERS.c[name] for name in _ABOUT]
    latest = select(*about, func.max(HOUSEHOLD_ANSWERS.c.number).label("number")).group_by(*about).subquery()
    same = [HOUSEHOLD_ANSWERS.c[name] == latest.c[name] for name in (*_ABOUT, "number")]
    return select(HOUSEHOLD_ANSWERS).join(latest, same[0] & same[1] & same[2] & same[3])


def _said(answer: HouseholdAnswer) -> tuple[object, ...]:
    """What makes an answer the same as another; when it was said does not, but a `not now` is of its cycle."""
    return (answer.item_kind, answer.item_id, answer.answer, answer.cycle_number)


def _sorted(rows: Iterable[Row[Any]]) -> list[HouseholdAnswer]:
    return sorted(map(_answer_of, rows), key=lambda one: (one.household_id, one.item_kind, one.item_id))


def _answer_of(row: Row[Any]) -> HouseholdAnswer:
    return HouseholdAnswer(
        HouseholdId(row.household_id),
        AnswerKind(row.answer),
        AnsweredItem(row.item_kind),
        row.item_id,
        row.cycle_number,
        row.answered_at,
    )
