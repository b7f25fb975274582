"""Apply and recall a plan: the moment it becomes a promise, and the one way to take it back."""

from __future__ import annotations

from regulars.kernel import Clock, PlanId

from ._ledger_ports import ApplyOutcome, Ledger, PlanContent, RecallOutcome


def apply_plan(content: PlanContent, ledger: Ledger, *, clock: Clock, actor: str) -> ApplyOutcome:
    """Turn a built plan into promises: its grants are issued and its money is promised.

    All of it or nothing, whenever it is interrupted; again changes nothing.

    Args:
        content: The plan, as `plan_content` reads it.
        ledger: Where promises are kept.
        clock: For the instant on record.
        actor: Who asked, as the audit names them.

    Returns:
        What holds now, or why the plan may not be applied.

    Raises:
        ContractError: The lists or grants are not those the plan counts; nothing was written.
        StoreError: The ledger failed; nothing was written.
    """
    return ledger.apply_plan(content, at=clock.now_at(), actor=actor)


def recall_plan(plan_id: PlanId, ledger: Ledger, *, clock: Clock, actor: str) -> RecallOutcome:
    """Take an applied plan back while no grant of it was ever held: grants close, the money is released.

    Args:
        plan_id: The plan.
        ledger: Where promises are kept.
        clock: For the instant on record.
        actor: Who asked, as the audit names them.

    Returns:
        What was taken back, or why that is not possible.

    Raises:
        StoreError: The ledger failed; nothing was written.
    """
    return ledger.recall_plan(plan_id, at=clock.now_at(), actor=actor)
