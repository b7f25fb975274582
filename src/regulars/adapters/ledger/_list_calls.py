"""The `ListBook` port, for the ledger to be made of."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from regulars.flows import ListApproval, ListEdition
from regulars.kernel import ContractError, HouseholdId, PlanId

from . import _audit
from ._tables import LIST_APPROVALS, LIST_EDITIONS, LISTS, PLANS


class ListCalls:
    """What becomes of lists after their plan was applied."""

    def _reading(self, doing: str) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger reads: {doing}")

    def _writing(self, doing: str) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger writes: {doing}")

    def change_list(self, edition: ListEdition, code_digest: str, phone_digest: str) -> bool:
        """Give a list other codes, or none that anybody can know; False, and nothing written, when its number is taken.

        Raises:
            ContractError: The plan has no such list.
        """
        own = (LISTS.c.plan_id == edition.plan_id) & (LISTS.c.household_id == edition.household_id)
        with self._writing(f"change a list of plan {edition.plan_id}") as connection:
            row = connection.execute(select(LISTS.c.list_number, LISTS.c.sequence).where(own)).one_or_none()
            if row is None:
                raise ContractError(f"plan {edition.plan_id} has no list for household {edition.household_id!r}")
            before = _editions(connection, edition.plan_id, edition.household_id)
            if edition.number != len(before) + 1:
                return False
            codes: dict[str, object] = {"code_digest": code_digest, "phone_digest": phone_digest}
            if edition.sequence is not None:
                codes["sequence"] = edition.sequence
            connection.execute(update(LISTS).where(own).values(codes))
            kept = {
                "plan_id": edition.plan_id,
                "household_id": edition.household_id,
                "number": edition.number,
                "sequence_before": row.sequence,
                "sequence": edition.sequence,
                "reason": edition.reason,
                "changed_at": edition.changed_at,
                "actor": edition.actor,
            }
            connection.execute(insert(LIST_EDITIONS).values(kept))
            after = {"number": edition.number, "void": edition.void, "reason": edition.reason}
            was = {"number": edition.number - 1, "void": bool(before) and before[-1].void}
            _audit.append(
                connection,
                _audit.Event(
                    edition.changed_at,
                    edition.actor,
                    "list.void" if edition.void else "list.reissue",
                    "list",
                    f"{edition.plan_id}/{row.list_number}",
                    was,
                    after,
                ),
            )
            return True

    def sequence_is_free(self, cycle_number: int, sequence: int) -> bool:
        """Whether no list of a cycle, of any plan, has or ever had a sequence."""
        of_cycle = PLANS.c.cycle_number == cycle_number
        now = select(LISTS.c.sequence).join(PLANS, PLANS.c.plan_id == LISTS.c.plan_id)
        once = select(LIST_EDITIONS.c.number).join(PLANS, PLANS.c.plan_id == LIST_EDITIONS.c.plan_id)
        had = or_(LIST_EDITIONS.c.sequence_before == sequence, LIST_EDITIONS.c.sequence == sequence)
        with self._reading("look for a free sequence") as connection:
            taken = connection.execute(now.where(of_cycle, LISTS.c.sequence == sequence).limit(1)).first()
            return taken is None and connection.execute(once.where(of_cycle, had).limit(1)).first() is None

    def list_editions(self, plan_id: PlanId) -> list[ListEdition]:
        """Every change of a plan's lists, by household, then number."""
        with self._reading(f"read what became of the lists of plan {plan_id}") as connection:
            return _editions(connection, plan_id)

    def editions_of(self, plan_id: PlanId, household_id: HouseholdId) -> list[ListEdition]:
        """Every change of a household's list of a plan, oldest first."""
        with self._reading(f"read what became of a list of plan {plan_id}") as connection:
            return _editions(connection, plan_id, household_id)

    def approve_lists(self, approval: ListApproval) -> bool:
        """Note that a plan's lists may go out; False when that was noted before."""
        with self._writing(f"approve the lists of plan {approval.plan_id}") as connection:
            if _approval(connection, approval.plan_id) is not None:
                return False
            row = {"plan_id": approval.plan_id, "approved_at": approval.approved_at, "actor": approval.actor}
            connection.execute(insert(LIST_APPROVALS).values(row))
            event = _audit.Event(
                approval.approved_at,
                approval.actor,
                "lists.approve",
                "plan",
                approval.plan_id,
                {},
                {"approved": True},
            )
            _audit.append(connection, event)
            return True

    def list_approval(self, plan_id: PlanId) -> ListApproval | None:
        """Who approved a plan's lists, if anybody did."""
        with self._reading(f"look for the approval of plan {plan_id}") as connection:
            return _approval(connection, plan_id)


def _approval(connection: Connection, plan_id: PlanId) -> ListApproval | None:
    row = connection.execute(select(LIST_APPROVALS).where(LIST_APPROVALS.c.plan_id == plan_id)).one_or_none()
    return None if row is None else ListApproval(PlanId(row.plan_id), row.approved_at, row.actor)


def _editions(
    connection: Connection, plan_id: PlanId, household_id: HouseholdId | None = None
) -> list[ListEdition]:
    statement = select(LIST_EDITIONS).where(LIST_EDITIONS.c.plan_id == plan_id)
    if household_id is not None:
        statement = statement.where(LIST_EDITIONS.c.household_id == household_id)
    found = map(_edition_of, connection.execute(statement))
    return sorted(found, key=lambda one: (one.household_id, one.number))


def _edition_of(row: Row[Any]) -> ListEdition:
    return ListEdition(
        PlanId(row.plan_id),
        HouseholdId(row.household_id),
        row.number,
        row.sequence,
        row.reason,
        row.changed_at,
        row.actor,
    )
