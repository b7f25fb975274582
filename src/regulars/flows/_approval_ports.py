"""What waits for a second person: a change that may cost more than one may decide alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class ApprovalState(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by whoever asked


@dataclass(frozen=True)
class Approval:
    """A change that waits, or waited, for a second person.

    Args:
        approval_id: Its number, from 1.
        kind: ``campaign`` or ``deal``.
        object_id: Which one.
        content: The change, as it is made once approved.
        amount_cents: What it may cost.
        state: Where it stands.
        asked_at: When.
        asked_by: By whom, as the audit names them.
        asked_by_id: Id of that member of staff, who may withdraw it and not decide.
        decided_by: Who decided; None while it waits.
        note: Why, in their words.
    """

    approval_id: int
    kind: str
    object_id: str
    content: Mapping[str, Any]
    amount_cents: int
    state: ApprovalState
    asked_at: datetime
    asked_by: str
    asked_by_id: str
    decided_by: str | None
    note: str


class ApprovalBook(Protocol):
    """Keeps requests, durably; each is a row of the audit chain, and so is each decision."""

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
        ...

    def approvals(self, state: ApprovalState) -> list[Approval]:
        """Requests in a state, the oldest first."""
        ...

    def decide_approval(
        self, approval_id: int, state: ApprovalState, *, at: datetime, actor: str, staff_id: str, note: str
    ) -> Approval | None:
        """Decide; None, and nothing written, unless it waits and somebody else asked.

        To withdraw, the same person must have asked.
        """
        ...
