"""Today: where the cycle stands, what needs somebody, what failed, and what the last cycle came to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from regulars.kernel import Cycle, PlanId

from ._data import DatasetStatus
from ._forecast import forecast_dataset
from ._forecast_judged import judged_cycles, read_judgement
from ._job_ports import Job, JobState
from ._ledger_ports import Ledger, PlanStanding, PlanState
from ._list_ports import ListBook
from ._names import snapshot
from ._plan import newest_plan_of
from ._ports import Warehouse
from ._till_book_ports import TillBook
from ._view_plan import plan_money
from ._view_tills import statements_view

_FAILED_DAYS = 7


class StepState(StrEnum):
    """Where a step of the cycle stands."""

    DONE = "done"
    RUNNING = "running"
    NEXT = "next"
    LATER = "later"
    OPTIONAL = "optional"


@dataclass(frozen=True)
class CycleStep:
    """A step of the cycle.

    Args:
        name: ``data``, ``profiles``, ``forecast``, ``plan``, ``apply``, ``approve``, ``print``, ``mail``, ``run``,
            ``settle``.
        state: Where it stands.
        counts: What there is to say of it, by name: rows, lists, grants.
        day: The day that matters, if one does.
    """

    name: str
    state: StepState
    counts: Mapping[str, int]
    day: date | None = None


@dataclass(frozen=True)
class LastCycle:
    """What the newest applied plan came to so far. Money in cents.

    Args:
        plan_id: The plan.
        from_on: First day of its lists.
        until_on: The day after their last.
        lists: Lists it gave out.
        grants: Offers on them.
        saved_cents: What shoppers saved at the till.
        expected_cents: What the plan expected them to.
        promised_cents: The most that may still be used.
        precision: Of ten needs the forecast ranked first, how many came true, 0 to 10; None before one was judged.
        judged_on: The day of that forecast.
    """

    plan_id: PlanId
    from_on: date
    until_on: date
    lists: int
    grants: int
    saved_cents: int
    expected_cents: int
    promised_cents: int
    precision: float | None
    judged_on: date | None

    @property
    def last_on(self) -> date:
        """The last day of its lists."""
        return self.until_on - timedelta(days=1)


@dataclass(frozen=True)
class CycleStand:
    """Where one cycle stands.

    Args:
        cycle: The cycle.
        plan_id: Its plan: the applied one, else the newest built; None for none.
        steps: In their order.
    """

    cycle: Cycle
    plan_id: PlanId | None
    steps: tuple[CycleStep, ...]

    def reached(self, name: str) -> bool:
        """Whether a step is done."""
        return any(step.name == name and step.state is StepState.DONE for step in self.steps)

    @property
    def runs(self) -> bool:
        """Whether its lists are out."""
        return any(step.name == "run" and step.state is StepState.RUNNING for step in self.steps)


@dataclass(frozen=True)
class TodayView:
    """The first page of the day.

    Args:
        stands: The cycle that stands next or runs; once its lists are out, the one behind it too.
        jobs: Long work that waits or runs.
        failed: Long work of the last days that failed or lost its worker.
        last: What the last cycle came to; None before the first.
    """

    stands: tuple[CycleStand, ...]
    jobs: tuple[Job, ...]
    failed: tuple[Job, ...]
    last: LastCycle | None


@dataclass(frozen=True)
class TodayGround:
    """What today is read from, apart from tables.

    Args:
        statuses: What is here, by kind.
        cycle: The cycle that stands next or runs; None before there is a till line.
        today: The stores' day.
        now: The machine's instant, by which jobs are dated.
        printed: How many pages of a plan of a cycle are printed; 0 for none.
        mailed: Messages of a cycle by state.
        wants_approval: Whether lists wait for somebody's approval.
        wants_mail: Whether there is a mail server.
    """

    statuses: Sequence[DatasetStatus]
    cycle: Cycle | None
    today: date
    now: datetime
    printed: Callable[[PlanId, Cycle], int]
    mailed: Callable[[Cycle], Mapping[str, int]]
    wants_approval: bool
    wants_mail: bool


class TodayBook(Ledger, ListBook, TillBook, Protocol):
    """What today asks the ledger."""


def today_view(warehouse: Warehouse, book: TodayBook, jobs: Sequence[Job], ground: TodayGround) -> TodayView:
    """The first page of the day.

    Args:
        warehouse: Holds what is published.
        book: Where plans stand.
        jobs: The newest long work.
        ground: What else is known.
    """
    standings = book.plans()
    after = ground.now - timedelta(days=_FAILED_DAYS)
    bad = [job for job in jobs if job.state in {JobState.FAILED, JobState.LOST} and job.asked_at >= after]
    repeated = {(job.kind, str(job.arguments)): job.job_id for job in reversed(jobs) if job.state is JobState.DONE}
    failed = [job for job in bad if repeated.get((job.kind, str(job.arguments)), 0) < job.job_id]
    stands = []
    if ground.cycle is not None:
        owed = sum(max(0, row.unbilled_cents) for row in statements_view(book))
        stands.append(_stand(warehouse, book, standings, ground, ground.cycle, owed))
        if stands[0].runs:
            stands.append(_stand(warehouse, book, standings, ground, ground.cycle.after, owed))
    return TodayView(
        tuple(stands),
        tuple(job for job in jobs if not job.state.over),
        tuple(failed),
        _last(warehouse, book, standings, ground),
    )


def _stand(
    warehouse: Warehouse,
    book: TodayBook,
    standings: Sequence[PlanStanding],
    ground: TodayGround,
    cycle: Cycle,
    owed: int,
) -> CycleStand:
    plan = _plan(warehouse, standings, cycle)
    steps = _settled_order(_steps(warehouse, book, plan, ground, cycle, owed))
    return CycleStand(cycle, None if plan is None else plan[0], steps)


def _plan(
    warehouse: Warehouse, standings: Sequence[PlanStanding], cycle: Cycle
) -> tuple[PlanId, PlanStanding | None] | None:
    """The cycle's plan: the applied one, else the one it was planned with last."""
    day = cycle.period.from_on
    own = [one for one in standings if one.plan.as_of_on == day]
    applied = [one for one in own if one.state is PlanState.APPLIED]
    if applied:
        return applied[0].plan.plan_id, applied[0]
    newest = newest_plan_of(warehouse, day)
    if newest is None:
        return None
    return newest, next((one for one in own if one.plan.plan_id == newest), None)


def _steps(
    warehouse: Warehouse,
    book: TodayBook,
    plan: tuple[PlanId, PlanStanding | None] | None,
    ground: TodayGround,
    cycle: Cycle,
    owed: int,
) -> list[tuple[str, bool | None, Mapping[str, int], date | None]]:
    """Each step: its name, whether it is done, what there is to say, the day that matters.

    None stands for a step that is not done and need not be.
    """
    day, until = cycle.period.from_on, cycle.period.until_on
    lines = next((one for one in ground.statuses if one.kind == "lines"), None)
    last_on = None if lines is None else lines.last_on
    applied = plan is not None and plan[1] is not None and plan[1].state is PlanState.APPLIED
    record = None if plan is None or plan[1] is None else plan[1].plan
    counts = {} if record is None else {"lists": record.list_count, "grants": record.grant_count}
    printed = ground.printed(plan[0], cycle) if plan is not None else 0
    approved = applied and plan is not None and book.list_approval(plan[0]) is not None
    known = last_on is not None and last_on >= min(day, ground.today) - timedelta(days=1)
    found: list[tuple[str, bool | None, Mapping[str, int], date | None]] = [
        ("data", known, {"rows": 0 if lines is None else lines.rows}, last_on),
        ("profiles", warehouse.has(snapshot(day, "household_value")), {}, None),
        ("forecast", warehouse.has(forecast_dataset(day)), {}, None),
        ("plan", plan is not None, counts, None),
        ("apply", applied, counts if applied else {}, None),
        ("approve", approved or (False if ground.wants_approval else None), {}, None),
        ("print", applied and printed > 0, {"pages": printed} if printed else {}, None),
    ]
    if ground.wants_mail:
        mailed = ground.mailed(cycle)
        found.append(("mail", applied and mailed.get("accepted", 0) > 0, dict(mailed), None))
    over = applied and ground.today >= until
    found.append(("run", over, {}, until - timedelta(days=1)))
    found.append(("settle", over and not owed, {"owed": owed}, None))
    return found


def _settled_order(
    found: Sequence[tuple[str, bool | None, Mapping[str, int], date | None]],
) -> tuple[CycleStep, ...]:
    """The first step that is not done is the next; those behind it come later."""
    steps: list[CycleStep] = []
    next_taken = False
    for name, done, counts, day in found:
        if done:
            state = StepState.DONE
        elif done is None:
            state = StepState.OPTIONAL
        elif next_taken:
            state = StepState.LATER
        else:
            state, next_taken = (StepState.RUNNING if name == "run" else StepState.NEXT), True
        steps.append(CycleStep(name, state, counts, day))
    return tuple(steps)


def _last(
    warehouse: Warehouse, book: TodayBook, standings: Sequence[PlanStanding], ground: TodayGround
) -> LastCycle | None:
    """The newest cycle that has begun; before the first has, the newest that is promised."""
    applied = [one.plan for one in standings if one.state is PlanState.APPLIED]
    if not applied:
        return None
    begun = [one for one in applied if one.period.from_on <= ground.today]
    plan = max(begun or applied, key=lambda one: one.period.from_on)
    money = plan_money(book.budget_totals(plan.plan_id))
    days = judged_cycles(warehouse, plan.period.from_on)
    judged = read_judgement(warehouse, days[-1]) if days else None
    needs = None if judged is None else next((one for one in judged.levels if one.level == "need"), None)
    return LastCycle(
        plan.plan_id,
        plan.period.from_on,
        plan.period.until_on,
        plan.list_count,
        plan.grant_count,
        money.used_cents,
        money.expected_cents,
        money.promised_cents,
        None if needs is None else 10 * needs.precision_at_10,
        days[-1] if days else None,
    )
