"""What is read of published plans, bound to a workspace: where the money goes, why a list is as it is, what changed."""

from __future__ import annotations

from datetime import date

from regulars import flows
from regulars.flows import (
    BudgetCurve,
    ExplainedList,
    MissedGuarantees,
    PlanDiff,
    PlanRecord,
    PlanShown,
    PlanState,
    Progress,
)
from regulars.kernel import PlanId

from ._bound import newest_plan
from ._workspace import Workspace


def applied_plans(workspace: Workspace) -> list[PlanRecord]:
    """Plans that are promises now, as the ledger lists them."""
    return [one.plan for one in workspace.ledger.plans() if one.state is PlanState.APPLIED]


def plans_running(workspace: Workspace, on: date) -> list[PlanId]:
    """Applied plans whose lists hold on a day, by id."""
    return sorted(plan.plan_id for plan in applied_plans(workspace) if on in plan.period)


def show_plan(workspace: Workspace, plan_id: str | None, as_of_on: date | None) -> tuple[PlanShown, PlanState]:
    """Where a plan's money goes, and where the plan stands; see `flows.show_plan`."""
    chosen = PlanId(plan_id) if plan_id else newest_plan(workspace, as_of_on)
    shown = flows.show_plan(workspace.warehouse, chosen)
    return shown, workspace.ledger.plan_state(chosen) or PlanState.BUILT


def guarantees_missed(workspace: Workspace, plan_id: str) -> MissedGuarantees:
    """Guarantees a plan misses, and why; see `flows.guarantees_missed`."""
    return flows.guarantees_missed(workspace.warehouse, plan_id)


def budget_curves(workspace: Workspace, plan_id: str, progress: Progress) -> tuple[BudgetCurve, ...]:
    """What more money in a plan's budgets would add; see `flows.budget_curves`."""
    return flows.budget_curves(workspace.warehouse, plan_id, progress, workers=workspace.settings.engine.workers)


def explain_list(workspace: Workspace, household_id: str, plan_id: str | None) -> ExplainedList:
    """Why a household's list is as it is; see `flows.explain_list`."""
    return flows.explain_list(workspace.warehouse, plan_id or newest_plan(workspace, None), household_id)


def diff_plans(workspace: Workspace, before_id: str, after_id: str) -> PlanDiff:
    """What changed between two plans; see `flows.diff_plans`."""
    return flows.diff_plans(workspace.warehouse, before_id, after_id)
