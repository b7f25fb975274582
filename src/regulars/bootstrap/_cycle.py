"""One round of the loop, in order; every step skips what it did before, so a killed round simply goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from regulars.flows import NobodyEligibleError, PlanApplied, PlanRefused, Progress, data_status
from regulars.kernel import CYCLE_DAYS, ContractError, cycle_starting
from regulars.predict import ForecastQuality

from ._bound import (
    applied_plan,
    apply_plan,
    build_plan,
    build_profiles,
    evaluate_forecast,
    run_forecast,
    write_report,
)
from ._list_desk import render_lists
from ._workspace import Workspace


@dataclass(frozen=True)
class StepDone:
    """What one step of a cycle came to.

    Args:
        name: The step.
        now: False when it had been done before and nothing was done again.
        result: In a few words.
    """

    name: str
    now: bool
    result: str


@dataclass(frozen=True)
class CycleReport:
    """What a cycle came to: its steps in order, and what a person should look at."""

    as_of_on: date
    cycle_number: int
    plan_id: str
    steps: tuple[StepDone, ...]
    look_at: tuple[tuple[str, Path], ...]


def run_cycle(
    workspace: Workspace,
    as_of_on: date,
    progress: Progress,
    *,
    apply: bool,
    told: Callable[[StepDone], None] = lambda _: None,
    actor: str = "cycle run --apply",
) -> CycleReport:
    """Do all that is due as of a day, up to the report.

    A plan that is applied is a promise: the cycle stays with it, whatever was loaded since, until it is recalled.

    Args:
        workspace: Where; its lock is held by the caller.
        as_of_on: First day of the cycle.
        progress: Told of each step as it goes.
        apply: Whether the plan becomes a promise; without, the lists are proofs.
        told: Told of each step when it is done.
        actor: Who applies the plan, for the audit.

    Raises:
        ConfigError: No cycle starts on that day.
        ContractError: A step cannot be done; what was done before it stays.
        StoreError: The disk or the ledger failed; run it again to go on.
    """
    cycle = cycle_starting(as_of_on, workspace.settings.cycle.first_on)
    steps: list[StepDone] = []

    def done(step: StepDone) -> None:
        steps.append(step)
        told(step)

    plan_id = applied_plan(workspace, as_of_on)
    if plan_id is not None:
        done(StepDone("plan", False, f"{plan_id} is applied; `plan recall` it to plan this cycle anew"))
    else:
        done(_profiles(workspace, as_of_on, progress))
        done(_forecast(workspace, as_of_on, progress))
        plan = build_plan(workspace, as_of_on, progress)
        plan_id = plan.plan_id
        done(StepDone("plan", plan.built, f"{plan_id}: {plan.grants:,} specials on {plan.households:,} lists"))
        if apply:
            done(_applied(workspace, plan_id, actor))
    quality = _judged(workspace, as_of_on, progress)
    done(StepDone("last forecast", quality is not None, _quality_text(quality)))
    run = render_lists(workspace, plan_id, progress)
    marked = ", marked PROOF" if run.proof else ""
    done(StepDone("lists", run.files_rendered > 0, f"{run.pages:,} pages in {run.files} files{marked}"))
    page = write_report(workspace, plan_id, as_of_on, [quality] if quality else [])
    done(StepDone("report", page.written, page.path.name))
    look_at = (
        ("report", page.path),
        ("first lists", run.folder / "lists-0001.pdf"),
        ("list manifest", run.folder / "manifest.csv"),
    )
    return CycleReport(as_of_on, cycle.number, plan_id, tuple(steps), look_at)


def _profiles(workspace: Workspace, as_of_on: date, progress: Progress) -> StepDone:
    report = build_profiles(workspace, as_of_on, progress)
    return StepDone(
        "profiles",
        report.built,
        f"{report.households_eligible:,} of {report.households:,} households known get a list",
    )


def _forecast(workspace: Workspace, as_of_on: date, progress: Progress) -> StepDone:
    report = run_forecast(workspace, as_of_on, progress)
    warning = f"; warning: {report.warning}" if report.warning else ""
    learnt = f"{report.method}, learnt from {report.pairs:,}"
    return StepDone("forecast", report.built, f"{report.rows:,} chances, {learnt}{warning}")


def _judged(workspace: Workspace, as_of_on: date, progress: Progress) -> ForecastQuality | None:
    """How the last cycle's forecast came true; None where it had no fortnight to learn from, or nobody a list."""
    before_on = as_of_on - timedelta(days=CYCLE_DAYS)
    lines = [status for status in data_status(workspace.warehouse) if status.kind == "lines"]
    learnt_from_on = before_on - timedelta(days=CYCLE_DAYS)
    if not lines or lines[0].first_on is None or lines[0].first_on >= learnt_from_on:
        return None
    try:
        return evaluate_forecast(workspace, before_on, progress)
    except NobodyEligibleError:
        return None


def _quality_text(quality: ForecastQuality | None) -> str:
    if quality is None:
        return "not judged: the cycle before had no closed fortnight to learn from, or nobody with a list"
    return f"of ten needs ranked first, {10 * quality.level('need').precision_at_10:.1f} were bought"


def _applied(workspace: Workspace, plan_id: str, actor: str) -> StepDone:
    outcome = apply_plan(workspace, plan_id, actor=actor)
    if isinstance(outcome, PlanRefused):
        raise ContractError(outcome.message, hint=outcome.hint)
    assert isinstance(outcome, PlanApplied)
    return StepDone("apply", outcome.now, f"{outcome.grants:,} grants issued")
