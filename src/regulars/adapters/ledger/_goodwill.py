"""The `GoodwillBook` port, for the ledger to be made of: a grant beside the plan, promised by the store alone."""

from __future__ import annotations

from contextlib import AbstractContextManager

from sqlalchemy import Connection, func, insert, select

from regulars.flows import STORE_PAYER, PlanState
from regulars.flows.views import Goodwill
from regulars.kernel import ContractError, GrantId
from regulars.redeem import GrantState, OfflineClass

from . import _audit, _plans, _postings
from ._tables import AUDIT, GRANTS, LISTS

_ACTION = "grant.goodwill"


class GoodwillCalls:
    """Grants beside the plan."""

    def _writing(self, doing: str) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger writes: {doing}")

    def give_goodwill(self, gift: Goodwill) -> GrantId | None:
        """Add the grant and promise its money; None, and nothing written, when the household has the offer."""
        own = (GRANTS.c.plan_id == gift.plan_id) & (GRANTS.c.household_id == gift.household_id)
        of_list = (LISTS.c.plan_id == gift.plan_id) & (LISTS.c.household_id == gift.household_id)
        with self._writing(f"give goodwill in plan {gift.plan_id}") as connection:
            found = _plans.find_plan(connection, gift.plan_id)
            number = connection.execute(select(LISTS.c.list_number).where(of_list)).scalar_one_or_none()
            if found is None or found.state is not PlanState.APPLIED or number is None:
                raise ContractError(
                    f"plan {gift.plan_id} is not applied, or has no list for household {gift.household_id!r}"
                )
            held = connection.execute(select(GRANTS.c.offer_id, GRANTS.c.grant_id).where(own)).all()
            if any(row.offer_id == gift.offer_id for row in held):
                return None
            grant_id = GrantId(f"{number:06d}-goodwill-{sum('goodwill' in row.grant_id for row in held) + 1}")
            connection.execute(insert(GRANTS).values(_row(gift, grant_id)))
            costs = {(STORE_PAYER, str(gift.offer_id)): gift.face_cents}
            _postings.post(connection, gift.plan_id, _postings.PostingKind.PROMISE, costs, gift.given_at)
            after = {"offer_id": gift.offer_id, "face_cents": gift.face_cents, "reason": gift.reason}
            event = _audit.Event(
                gift.given_at, gift.actor, _ACTION, "grant", f"{gift.plan_id}/{grant_id}", {}, after
            )
            _audit.append(connection, event)
            return grant_id


def goodwill_count(connection: Connection, plan_id: str) -> int:
    """How many grants stand beside a plan, by the audit chain."""
    of_plan = AUDIT.c.object_id.startswith(f"{plan_id}/", autoescape=True)
    counted = select(func.count()).select_from(AUDIT).where(AUDIT.c.action == _ACTION, of_plan)
    return int(connection.execute(counted).scalar_one())


def _row(gift: Goodwill, grant_id: GrantId) -> dict[str, object]:
    return {
        "plan_id": gift.plan_id,
        "grant_id": grant_id,
        "household_id": gift.household_id,
        "offer_id": gift.offer_id,
        "level": gift.level,
        "face_cents": gift.face_cents,
        "funding_cents": 0,
        "vendor_id": STORE_PAYER,
        "from_on": gift.period.from_on,
        "until_on": gift.period.until_on,
        "state": GrantState.ISSUED,
        "epoch": 0,
        "uses_max": 1,
        "uses_left": 1,
        "offline_class": OfflineClass.ONLINE_ONLY,
        "ended": 0,
    }
