"""The `ApprovalBook` port, for the ledger to be made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from regulars.flows import Approval, ApprovalState

from . import _audit
from ._office_tables import APPROVALS


class ApprovalCalls:
    """What waits for a second person."""

    def _reading(self, doing: str) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger reads: {doing}")

    def _writing(self, doing: str) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger writes: {doing}")

    def ask_approval(
        self,
        kind: str,
        object_id: str,
        content: Mapping[str, Any],
        amount_cents: int,
        *,
        at: datetime,
        actor: str,
        staff_id: str,
    ) -> int:
        """Ask for a second person; returns the request's number."""
        with self._writing(f"ask for approval of {kind} {object_id}") as connection:
            newest = select(func.coalesce(func.max(APPROVALS.c.approval_id), 0))
            approval_id = int(connection.execute(newest).scalar_one()) + 1
            row: dict[str, object] = {
                "approval_id": approval_id,
                "kind": kind,
                "object_id": object_id,
                "content": json.dumps(content, sort_keys=True),
                "amount_cents": amount_cents,
                "state": ApprovalState.WAITING,
                "asked_at": at,
                "asked_by": actor,
                "asked_by_id": staff_id,
                "note": "",
            }
            connection.execute(insert(APPROVALS).values(row))
            after = {"state": ApprovalState.WAITING, "amount_cents": amount_cents, "content": row["content"]}
            event = _audit.Event(at, actor, "approval.ask", kind, object_id, {}, after)
            _audit.append(connection, event)
            return approval_id

    def approvals(self, state: ApprovalState) -> list[Approval]:
        """Requests in a state, the oldest first."""
        wanted = select(APPROVALS).where(APPROVALS.c.state == state).order_by(APPROVALS.c.approval_id)
        with self._reading("list what waits for approval") as connection:
            return [_approval(row) for row in connection.execute(wanted).all()]

    def decide_approval(
        self, approval_id: int, state: ApprovalState, *, at: datetime, actor: str, staff_id: str, note: str
    ) -> Approval | None:
        """Decide; None, and nothing written, unless it waits and somebody else asked; to withdraw, the same person."""
        own = APPROVALS.c.approval_id == approval_id
        asked = APPROVALS.c.asked_by_id
        theirs = asked == staff_id if state is ApprovalState.WITHDRAWN else asked != staff_id
        open_one = own & (APPROVALS.c.state == ApprovalState.WAITING) & theirs
        with self._writing(f"decide on approval {approval_id}") as connection:
            told = {"state": state, "decided_at": at, "decided_by": actor, "note": note}
            if connection.execute(update(APPROVALS).where(open_one).values(told)).rowcount != 1:
                return None
            found = _approval(connection.execute(select(APPROVALS).where(own)).one())
            before = {"state": ApprovalState.WAITING}
            after = {"state": state, "asked_by": found.asked_by, "note": note}
            action = f"approval.{state}"
            _audit.append(connection, _audit.Event(at, actor, action, found.kind, found.object_id, before, after))
            return found


def _approval(row: Row[Any]) -> Approval:
    return Approval(
        row.approval_id,
        row.kind,
        row.object_id,
        json.loads(row.content),
        row.amount_cents,
        ApprovalState(row.state),
        row.asked_at,
        row.asked_by,
        row.asked_by_id,
        row.decided_by,
        row.note,
    )
