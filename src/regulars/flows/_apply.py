"""Apply and recall a plan: the moment it becomes a promise, and the one way to take it back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from regulars.kernel import Clock, CodeKeys, Period, PlanId, digest_of, list_code, qr_secret
from regulars.lift import Arm

from ._ledger_ports import (
    ApplyOutcome,
    GrantRecord,
    Ledger,
    ListRecord,
    PlanContent,
    PlanRecord,
    RecallOutcome,
)


def list_records(
    batches: Iterable[pa.RecordBatch], plan: PlanRecord, keys: CodeKeys, *, version: int
) -> Iterator[ListRecord]:
    """Rows of `plan_lists` as the ledger keeps them: digests stand where the codes were.

    Args:
        batches: Rows of the table, in any order.
        plan: The plan they belong to.
        keys: The workspace's secrets; they stay here.
        version: Format version of the list codes.
    """
    cycle_number = plan.cycle_number
    for batch in batches:
        for row in batch.to_pylist():
            sequence = row["sequence"]
            code = list_code(keys, version=version, cycle_number=cycle_number, sequence=sequence)
            secret = qr_secret(keys, cycle_number=cycle_number, sequence=sequence)
            yield ListRecord(
                row["household_id"],
                row["list_number"],
                sequence,
                digest_of(code),
                digest_of(secret),
                plan.period,
                Arm(row["arm"]),
            )


def grant_records(batches: Iterable[pa.RecordBatch]) -> Iterator[GrantRecord]:
    """Rows of `plan_grants` as the ledger keeps them.

    Args:
        batches: Rows of the table, in any order.
    """
    for batch in batches:
        for row in batch.to_pylist():
            yield GrantRecord(
                row["grant_id"],
                row["household_id"],
                row["offer_id"],
                row["level"],
                row["face_cents"],
                row["funding_cents"],
                row["vendor_id"],
                Period(row["from_on"], row["until_on"]),
            )


def apply_plan(content: PlanContent, ledger: Ledger, *, clock: Clock, actor: str) -> ApplyOutcome:
    """Turn a built plan into promises: its grants are issued and its money is promised.

    All of it or nothing, whenever it is interrupted; again changes nothing.

    Args:
        content: The plan; its lists and grants may be streams.
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
