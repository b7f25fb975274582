"""Plans in SQL: what stands, what is refused, and the rows that applying and recalling write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, Table, func, insert, select, update

from regulars.flows import (
    GrantRecord,
    LedgerFinding,
    ListRecord,
    PlanContent,
    PlanRecord,
    PlanRefusal,
    PlanRefused,
    PlanStanding,
    PlanState,
    Programme,
)
from regulars.kernel import ContractError, Period, StoreError
from regulars.lift import Arm
from regulars.redeem import GrantState, OfflineClass

from ._tables import GRANTS, LISTS, PLANS, PROGRAMMES

_BATCH_ROWS = 5_000


def standing_of(row: Row[Any]) -> PlanStanding:
    """A row of `plans` as a record."""
    plan = PlanRecord(
        row.plan_id,
        row.cycle_number,
        row.as_of_on,
        Period(row.from_on, row.until_on),
        row.content_digest,
        row.list_count,
        row.grant_count,
    )
    return PlanStanding(plan, PlanState(row.state), row.registered_at, row.applied_at, row.recalled_at)


def find_plan(connection: Connection, plan_id: str) -> PlanStanding | None:
    """Where a plan stands; None if it was never registered."""
    row = connection.execute(select(PLANS).where(PLANS.c.plan_id == plan_id)).one_or_none()
    return None if row is None else standing_of(row)


def write_plan(connection: Connection, plan: PlanRecord, at: datetime) -> PlanStanding:
    """Add a plan as built."""
    row = {
        "plan_id": plan.plan_id,
        "cycle_number": plan.cycle_number,
        "as_of_on": plan.as_of_on,
        "from_on": plan.period.from_on,
        "until_on": plan.period.until_on,
        "content_digest": plan.content_digest,
        "list_count": plan.list_count,
        "grant_count": plan.grant_count,
        "state": PlanState.BUILT,
        "registered_at": at,
    }
    connection.execute(insert(PLANS).values(row))
    return PlanStanding(plan, PlanState.BUILT, at, None, None)


def set_state(connection: Connection, plan_id: str, state: PlanState, at: datetime) -> None:
    """Move a plan to `applied` or `recalled`, and note when."""
    noted = {PlanState.APPLIED: "applied_at", PlanState.RECALLED: "recalled_at"}[state]
    connection.execute(update(PLANS).where(PLANS.c.plan_id == plan_id).values({"state": state, noted: at}))


def refuse_other_content(found: PlanStanding | None, plan: PlanRecord) -> PlanRefused | None:
    """A plan id names one content for ever."""
    if found is None or found.plan == plan:
        return None
    return PlanRefused(
        plan.plan_id,
        PlanRefusal.OTHER_CONTENT,
        f"plan {plan.plan_id} is on record with content {found.plan.content_digest[:12]}, "
        f"this one has {plan.content_digest[:12]}",
        "build the plan again under its own id; a plan that was registered is never changed",
    )


def refuse_to_apply(connection: Connection, content: PlanContent) -> PlanRefused | None:
    """The first reason why a plan that does not hold yet may not be applied; None if it may."""
    plan, programme = content.plan, content.programme
    year = select(PROGRAMMES).where(PROGRAMMES.c.programme_year == programme.programme_year)
    row = connection.execute(year).one_or_none()
    if row is not None and (row.salt, row.share) != (programme.salt, programme.share):
        return PlanRefused(
            plan.plan_id,
            PlanRefusal.OTHER_HOLDOUT,
            f"programme year {programme.programme_year} draws its holdout with share {row.share} and salt "
            f"{row.salt!r}; plan {plan.plan_id} was drawn with {programme.share} and {programme.salt!r}",
            "put the year's `[holdout]` settings back and build the plan again; a change waits for the next year",
        )
    applied = select(PLANS.c.plan_id).where(
        PLANS.c.cycle_number == plan.cycle_number, PLANS.c.state == PlanState.APPLIED
    )
    other = connection.execute(applied).scalar_one_or_none()
    if other is not None:
        return PlanRefused(
            plan.plan_id,
            PlanRefusal.OTHER_PLAN_APPLIED,
            f"plan {other} is applied for cycle {plan.cycle_number}; expected no other than {plan.plan_id}",
            f"recall it first: `regulars plan recall {other}`",
        )
    return None


def write_programme(connection: Connection, programme: Programme, at: datetime) -> None:
    """Note how a year's holdout is drawn, the first time."""
    year = select(PROGRAMMES.c.programme_year).where(PROGRAMMES.c.programme_year == programme.programme_year)
    if connection.execute(year).first() is None:
        row = {
            "programme_year": programme.programme_year,
            "salt": programme.salt,
            "share": programme.share,
            "recorded_at": at,
        }
        connection.execute(insert(PROGRAMMES).values(row))


def write_lists_and_grants(connection: Connection, content: PlanContent) -> None:
    """Write all lists, then all grants, batch by batch.

    Raises:
        ContractError: There are not as many as the plan's record says.
    """
    plan = content.plan
    lists = _insert(connection, LISTS, (_list_row(plan.plan_id, entry) for entry in content.lists))
    grants = _insert(connection, GRANTS, (_grant_row(plan.plan_id, entry) for entry in content.grants))
    if (lists, grants) != (plan.list_count, plan.grant_count):
        raise ContractError(
            f"plan {plan.plan_id} came with {lists} lists and {grants} grants; "
            f"expected {plan.list_count} and {plan.grant_count}"
        )


def _insert(connection: Connection, table: Table, rows: Iterator[Mapping[str, object]]) -> int:
    count = 0
    while batch := list(islice(rows, _BATCH_ROWS)):
        connection.execute(insert(table), batch)
        count += len(batch)
    return count


def _list_row(plan_id: str, entry: ListRecord) -> Mapping[str, object]:
    return {
        "plan_id": plan_id,
        "household_id": entry.household_id,
        "list_number": entry.list_number,
        "sequence": entry.sequence,
        "code_digest": entry.code_digest,
        "phone_digest": entry.phone_digest,
        "from_on": entry.period.from_on,
        "until_on": entry.period.until_on,
        "arm": entry.arm,
    }


def _grant_row(plan_id: str, entry: GrantRecord) -> Mapping[str, object]:
    if entry.state is not GrantState.ISSUED or entry.epoch != 0:
        raise ContractError(
            f"grant {entry.grant_id} of plan {plan_id} is {entry.state}; expected a new one, issued"
        )
    return {
        "plan_id": plan_id,
        "grant_id": entry.grant_id,
        "household_id": entry.household_id,
        "offer_id": entry.offer_id,
        "level": entry.level,
        "face_cents": entry.face_cents,
        "funding_cents": entry.funding_cents,
        "vendor_id": entry.vendor_id,
        "from_on": entry.period.from_on,
        "until_on": entry.period.until_on,
        "state": entry.state,
        "epoch": entry.epoch,
        "uses_max": entry.uses_max,
        "uses_left": entry.uses_max,
        "offline_class": entry.offline,
        "ended": 0,
    }


def reopen_grants(connection: Connection, plan_id: str) -> None:
    """Issue the grants of a recalled plan again; their epoch tells this issue from the one before."""
    connection.execute(
        update(GRANTS)
        .where(GRANTS.c.plan_id == plan_id, GRANTS.c.state == GrantState.CLOSED)
        .values(state=GrantState.ISSUED, ended=0, epoch=GRANTS.c.epoch + 1)
    )


def close_issued_grants(connection: Connection, plan_id: str, expected: int) -> int:
    """Close every grant that is still as it was issued; returns how many.

    Raises:
        StoreError: Fewer than `expected`: a till took one in this very moment.
    """
    result = connection.execute(
        update(GRANTS)
        .where(GRANTS.c.plan_id == plan_id, GRANTS.c.state == GrantState.ISSUED)
        .values(state=GrantState.CLOSED, ended=1)
    )
    if result.rowcount != expected:
        raise StoreError(
            f"a grant of plan {plan_id} was taken while the plan was being recalled; nothing was written",
            hint="run the command again: it will say which grants are in use",
            retryable=True,
        )
    return expected


def count_grants(connection: Connection, plan_id: str) -> dict[GrantState, int]:
    """How many grants of a plan stand in each state."""
    statement = select(GRANTS.c.state, func.count()).where(GRANTS.c.plan_id == plan_id).group_by(GRANTS.c.state)
    return {GrantState(state): count for state, count in connection.execute(statement)}


def list_of(row: Row[Any]) -> ListRecord:
    """A row of `lists` as a record."""
    return ListRecord(
        row.household_id,
        row.list_number,
        row.sequence,
        row.code_digest,
        row.phone_digest,
        Period(row.from_on, row.until_on),
        Arm(row.arm),
    )


def verify_counts(connection: Connection, standing: PlanStanding, goodwill: int) -> Iterator[LedgerFinding]:
    """An applied plan has the lists and grants its record counts, and those given beside it; others have none."""
    plan_id = standing.plan.plan_id
    lists = connection.execute(select(func.count()).where(LISTS.c.plan_id == plan_id)).scalar_one()
    states = count_grants(connection, plan_id)
    never = standing.applied_at is None
    expected = (0, 0) if never else (standing.plan.list_count, standing.plan.grant_count + goodwill)
    if (lists, sum(states.values())) != expected:
        yield LedgerFinding(
            "plans-are-complete",
            f"plan {plan_id}",
            f"{lists} lists and {sum(states.values())} grants; expected {expected[0]} and {expected[1]}",
        )
    if standing.state is PlanState.RECALLED and states.keys() - {GrantState.CLOSED}:
        yield LedgerFinding("recalled-plans-are-closed", f"plan {plan_id}", "it is recalled but has open grants")


def all_standings(connection: Connection) -> list[PlanStanding]:
    """All plans, by cycle, then id."""
    found = [standing_of(row) for row in connection.execute(select(PLANS))]
    return sorted(found, key=lambda standing: (standing.plan.cycle_number, standing.plan.plan_id))


def grant_of(row: Row[Any]) -> GrantRecord:
    """A row of `grants` as a record."""
    return GrantRecord(
        row.grant_id,
        row.household_id,
        row.offer_id,
        row.level,
        row.face_cents,
        row.funding_cents,
        row.vendor_id,
        Period(row.from_on, row.until_on),
        GrantState(row.state),
        row.epoch,
        row.uses_max,
        OfflineClass(row.offline_class),
    )
