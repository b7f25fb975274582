"""Every flow bound to a workspace's ports and settings: one function a command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from regulars import flows
from regulars.adapters.report import HtmlReport, write_evaluation
from regulars.contracts import Assumptions, LoadReport
from regulars.flows import (
    ApplyOutcome,
    CompactReport,
    FindingsWanted,
    ForecastComparison,
    ForecastReport,
    GoodsClass,
    PassedOver,
    PlanContent,
    PlanRecord,
    PlanSettings,
    PlanState,
    PlanSummary,
    ProfileReport,
    Progress,
    RecallOutcome,
    ReportSettings,
    ReportWritten,
    SniffReport,
)
from regulars.kernel import (
    CYCLE_DAYS,
    ConfigError,
    ContractError,
    PlanId,
    cycle_starting,
    programme_year,
)
from regulars.predict import ForecastQuality, method_named

from ._workspace import Workspace


def load_files(
    workspace: Workspace,
    files: Sequence[Path],
    *,
    mapping: str,
    progress: Progress,
    kind: str | None = None,
    file_format: str | None = None,
    each: Callable[[LoadReport], None] | None = None,
    passed_over: Callable[[PassedOver], None] | None = None,
) -> list[LoadReport]:
    """Load source files; see `flows.load_data`.

    Args:
        workspace: Where to.
        files: Files or folders.
        mapping: Name of a shipped mapping, or a file.
        progress: Told of each file.
        kind: What the files hold, if not said by the mapping.
        file_format: How they are written, if not said by the mapping.
        each: Given the report of each file as soon as it is loaded.
        passed_over: Given whatever in a folder is not read.
    """
    return flows.load_data(
        files,
        mapping=flows.find_mapping(mapping),
        warehouse=workspace.warehouse,
        reader=workspace.reader,
        sensitive_rules=workspace.sensitive_rules,
        progress=progress,
        kind=kind,
        file_format=file_format,
        each=each,
        passed_over=passed_over,
        loaded_note=workspace.loaded_note,
    )


def retry_findings(
    workspace: Workspace,
    *,
    mapping: str,
    progress: Progress,
    wanted: FindingsWanted,
    each: Callable[[LoadReport], None] | None = None,
    passed_over: Callable[[PassedOver], None] | None = None,
) -> list[LoadReport]:
    """Try refused rows again; see `flows.retry_findings`.

    Args:
        workspace: Where they are.
        mapping: Name of a shipped mapping, or a file.
        progress: Told of each file.
        wanted: Which rows.
        each: Given each report as soon as its rows are loaded.
        passed_over: Given each file whose rows are not tried.
    """
    return flows.retry_findings(
        workspace.warehouse,
        workspace.reader,
        mapping=flows.find_mapping(mapping),
        sensitive_rules=workspace.sensitive_rules,
        progress=progress,
        wanted=wanted,
        each=each,
        passed_over=passed_over,
    )


def sniff_file(workspace: Workspace, file: Path) -> SniffReport:
    """Propose a mapping for a file; see `flows.sniff_file`."""
    return flows.sniff_file(file, workspace.reader, workspace.warehouse)


def compact_data(workspace: Workspace, progress: Progress) -> CompactReport:
    """Put the warehouse in order; see `flows.compact_data`."""
    return flows.compact_data(workspace.warehouse, workspace.reader, progress=progress)


def goods_classes(workspace: Workspace) -> list[GoodsClass]:
    """Every class of goods, its tier and the rule behind it; see `flows.goods_classes`."""
    return flows.goods_classes(workspace.warehouse, workspace.sensitive_rules)


def build_profiles(workspace: Workspace, as_of_on: date, progress: Progress) -> ProfileReport:
    """Build a day's profiles, and count what screens show of them; see `flows.build_profiles`."""
    warehouse, engine = workspace.warehouse, workspace.engine
    settings = _profile_settings(workspace)
    report = flows.build_profiles(warehouse, engine, settings=settings, as_of_on=as_of_on, progress=progress)
    flows.count_categories(warehouse, engine, as_of_on=as_of_on, progress=progress)
    return report


def run_forecast(
    workspace: Workspace,
    as_of_on: date,
    progress: Progress,
    *,
    days: int = 14,
    out: Path | None = None,
    wanted: flows.ForecastWanted | None = None,
) -> ForecastReport:
    """Forecast as of a day; see `flows.run_forecast`.

    Args:
        workspace: Where.
        as_of_on: First day of the window.
        progress: Told of each household bucket.
        days: Length of the window.
        out: Also write rows to this file, .parquet or .csv.
        wanted: Which rows are written; all where it is not said.
    """
    if out is not None and (not out.parent.is_dir() or (out.exists() and not out.is_file())):
        raise ConfigError(f"{out} cannot be written: expected a file in a folder that exists")
    return flows.run_forecast(
        workspace.warehouse,
        workspace.engine,
        settings=_profile_settings(workspace),
        as_of_on=as_of_on,
        progress=progress,
        days=days,
        method_name=workspace.settings.forecast.method,
        out=out,
        wanted=wanted or flows.ForecastWanted(),
    )


def evaluate_forecast(workspace: Workspace, as_of_on: date, progress: Progress) -> ForecastQuality:
    """Judge the forecast of a closed window; see `flows.judged_closed`."""
    quality, _ = flows.judged_closed(
        workspace.warehouse,
        workspace.engine,
        settings=_profile_settings(workspace),
        as_of_on=as_of_on,
        progress=progress,
        method_name=workspace.settings.forecast.method,
    )
    return quality


def compare_forecasts(
    workspace: Workspace,
    days_on: Sequence[date],
    against: Sequence[str],
    progress: Progress,
    *,
    html: Path | None = None,
) -> ForecastComparison:
    """Judge the store's forecast beside other methods; see `flows.compare_forecasts`.

    Args:
        workspace: Where.
        days_on: First days of closed windows.
        against: Methods to set beside.
        progress: Told of each household bucket.
        html: Also write a page here.
    """
    settings = _profile_settings(workspace)

    def judge(day: date, method: str | None) -> tuple[ForecastQuality, pa.Table]:
        with progress.step(f"judging {day} by {method or 'your method'}"):
            return flows.judged_closed(
                workspace.warehouse,
                workspace.engine,
                settings=settings,
                as_of_on=day,
                progress=progress,
                method_name=method or workspace.settings.forecast.method,
                apart=method is not None,
            )

    for method in against:
        method_named(method)
    comparison = flows.compare_forecasts(judge, days_on, against)
    if html is not None:
        write_evaluation(comparison, workspace.settings.store.name, html, workspace.root / "cache" / "fonts")
    return comparison


def build_plan(workspace: Workspace, as_of_on: date, progress: Progress) -> PlanSummary:
    """Build a cycle's plan, its profiles and forecast first where they are missing; see `flows.build_plan`."""
    settings = plan_settings(workspace, as_of_on)
    run_forecast(workspace, as_of_on, progress)
    return flows.build_plan(
        workspace.warehouse,
        workspace.engine,
        settings=replace(settings, assumptions=_assumptions(workspace, as_of_on, progress)),
        keys=workspace.keys,
        progress=progress,
        workers=workspace.settings.engine.workers,
    )


def _assumptions(workspace: Workspace, as_of_on: date, progress: Progress) -> Assumptions:
    """What the store assumes; how readily offers are used is learnt from coupons, where it wants that."""
    if not workspace.learns_response:
        return workspace.assumptions
    learn_coupons(workspace, as_of_on, progress)
    return flows.with_learnt_response(workspace.warehouse, workspace.assumptions, as_of_on)


def explain_forecast(
    workspace: Workspace, household_id: str, as_of_on: date | None = None, *, most: int
) -> flows.ExplainedForecast:
    """Why a household's forecast says what it says; see `flows.explain_forecast`.

    Args:
        workspace: Where.
        household_id: Whose.
        as_of_on: The day the forecast was made as of; the newest if it is not given.
        most: How many needs at most.
    """
    tiers = workspace.sensitive_policy
    return flows.explain_forecast(
        workspace.warehouse,
        household_id,
        as_of_on=as_of_on,
        most=most,
        closed_tiers=tiers.closed,
        unprinted_tiers=tiers.unprinted,
        lapsed_days=workspace.list_policy.lapsed_days,
        history=True,
    )


def learn_coupons(workspace: Workspace, as_of_on: date | None, progress: Progress) -> flows.CouponReport:
    """Learn how households answer coupons, profiles first where they are missing; see `flows.learn_coupons`.

    Args:
        workspace: Where.
        as_of_on: The day; that of the newest forecast if it is not given, or of the newest cycle where there is none.
        progress: Told of each household bucket.
    """
    made = flows.forecast_days(workspace.warehouse)
    day = as_of_on or (made[-1] if made else workspace.default_day())
    build_profiles(workspace, day, progress)
    return flows.learn_coupons(
        workspace.warehouse, workspace.engine, workspace.assumptions, as_of_on=day, progress=progress
    )


def kept_models(workspace: Workspace) -> list[flows.KeptModel]:
    """Every model that is kept; see `flows.kept_models`."""
    return flows.kept_models(workspace.warehouse)


def apply_plan(workspace: Workspace, plan_id: str, *, actor: str) -> ApplyOutcome:
    """Turn a plan into promises; see `flows.apply_plan`."""
    content = plan_content(workspace, flows.plan_record(workspace.warehouse, plan_id))
    return flows.apply_plan(content, workspace.ledger, clock=workspace.clock, actor=actor)


def plan_content(workspace: Workspace, plan: PlanRecord) -> PlanContent:
    """A plan as the ledger takes it, its codes made with the workspace's keys of now."""
    return flows.plan_content(
        plan,
        workspace.warehouse,
        programme=flows.plan_programme(workspace.warehouse, plan.plan_id),
        keys=workspace.keys,
        code_form=workspace.settings.code.form,
        offline_of=workspace.settings.till.offline_of,
    )


def recall_plan(workspace: Workspace, plan_id: str, *, actor: str) -> RecallOutcome:
    """Take a plan back; see `flows.recall_plan`."""
    return flows.recall_plan(PlanId(plan_id), workspace.ledger, clock=workspace.clock, actor=actor)


def write_report(
    workspace: Workspace, plan_id: str, as_of_on: date, qualities: Sequence[ForecastQuality]
) -> ReportWritten:
    """Write a cycle's report page; see `flows.write_report`.

    Args:
        workspace: Where.
        plan_id: The plan it is about.
        as_of_on: First day of the cycle.
        qualities: How the last closed forecast came true; empty when there was none.
    """
    folder = workspace.out_folder(as_of_on)
    return flows.write_report(
        workspace.warehouse,
        workspace.engine,
        HtmlReport(workspace.root / "cache" / "fonts"),
        settings=ReportSettings(
            store_name=workspace.settings.store.name,
            cycle=cycle_starting(as_of_on, workspace.settings.cycle.first_on),
            demonstration=workspace.settings.demo,
            assumptions=flows.plan_assumptions(workspace.warehouse, plan_id) or workspace.assumptions,
            policy=workspace.list_policy,
            departments=workspace.layout,
            sensitive=workspace.sensitive_policy,
        ),
        plan_id=PlanId(plan_id),
        applied=is_applied(workspace, plan_id),
        qualities=qualities,
        lists_folder=folder / "lists",
        target=folder / "report.html",
    )


def solve_files(problem: Path, out: Path, *, workers: int) -> dict[str, Any]:
    """The allocator alone; see `flows.solve_files`."""
    return flows.solve_files(problem, out, workers=workers)


def plan_settings(workspace: Workspace, as_of_on: date) -> PlanSettings:
    """What the store decides about the plan of a cycle.

    Raises:
        ConfigError: No cycle starts on that day.
    """
    first_on = workspace.settings.cycle.first_on
    cycle = cycle_starting(as_of_on, first_on)
    ledger = workspace.ledger
    return PlanSettings(
        cycle=cycle,
        programme_year=programme_year(as_of_on, first_on),
        policy=workspace.list_policy,
        holdout=workspace.holdout,
        assumptions=workspace.assumptions,
        sensitive=workspace.sensitive_policy,
        choices=workspace.plan_policy,
        last_plan_id=applied_plan(workspace, as_of_on - timedelta(days=CYCLE_DAYS)),
        desk=flows.desk_plan(ledger, ledger.plans(), cycle.period),
        dependence_cap_percent=workspace.settings.offers.dependence_cap_percent,
        validity=workspace.validity,
        declined=flows.declined_items(ledger.standing_answers(), cycle, workspace.zone),
    )


def newest_plan(workspace: Workspace, as_of_on: date | None) -> PlanId:
    """The plan of a day, or of the newest day; the applied one, else the one it was planned with last.

    Raises:
        ContractError: There is none.
    """
    plans = flows.plans_of(workspace.warehouse, as_of_on)
    if not plans:
        when = f" as of {as_of_on}" if as_of_on else ""
        raise ContractError(f"there is no plan{when} yet", hint="build one with `regulars plan build`")
    day = date.fromisoformat(plans[-1][: len("2000-01-01")])
    newest = flows.newest_plan_of(workspace.warehouse, day)
    assert newest is not None
    return applied_plan(workspace, day) or newest


def applied_plan(workspace: Workspace, as_of_on: date) -> PlanId | None:
    """The plan of a day that is a promise now, if any."""
    return next((one for one in flows.plans_of(workspace.warehouse, as_of_on) if is_applied(workspace, one)), None)


def is_applied(workspace: Workspace, plan_id: str) -> bool:
    """Whether a plan is a promise now."""
    return workspace.ledger.plan_state(PlanId(plan_id)) is PlanState.APPLIED


def _profile_settings(workspace: Workspace) -> flows.ProfileSettings:
    """What the store decides about profiles and forecasts; its classes have the tiers that its rules say now."""
    flows.refresh_class_tiers(workspace.warehouse, workspace.sensitive_rules)
    chosen = workspace.settings
    return flows.ProfileSettings(
        workspace.eligibility, workspace.layout, chosen.sensitive.closed, chosen.forecast.promotion_plan
    )
