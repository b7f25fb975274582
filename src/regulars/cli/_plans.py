"""Commands about plans: `plan build`, `plan show`, `plan apply`, `plan recall`, `plan solve`."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from regulars.kernel import dollars

from ._common import (
    EXIT_REJECTED,
    as_of_option,
    in_workspace,
    json_option,
    plain,
    require_day,
    say,
    say_json,
    say_table,
)
from ._plan_reading import tell_curves
from ._progress import TerminalProgress

if TYPE_CHECKING:
    from regulars.bootstrap import Workspace
    from regulars.flows import PlanRefused, PlanSummary


@click.group()
def plan() -> None:
    """Who gets which offer, how deep, within whose money."""


@plan.command("build")
@as_of_option
@in_workspace
@json_option
def plan_build(workspace: Workspace, *, as_of_on: datetime.date | None, as_json: bool) -> None:
    """Score candidates, allocate within every limit, and keep the plan. Nothing is promised yet."""
    from regulars.bootstrap import build_plan, guarantees_missed

    with workspace.writing("plan build"):
        day = require_day(workspace, as_of_on)
        summary = build_plan(workspace, day, TerminalProgress())
    missed = guarantees_missed(workspace, summary.plan_id)
    if as_json:
        say_json({**plain(summary), "guarantees": missed})
        return
    tell_summary(summary)
    for heads, rows in missed.tables():
        say_table(heads, rows)
    say(f"Next: regulars plan show {summary.plan_id}, then regulars plan apply {summary.plan_id}")


@plan.command("show")
@click.argument("plan_id", required=False)
@as_of_option
@click.option("--all", "everything", is_flag=True, help="Also by offer, brand, kind, cell and how it came about.")
@click.option("--worth", is_flag=True, help="Also what more money in each budget would add, solved anew.")
@in_workspace
@json_option
def plan_show(
    workspace: Workspace,
    *,
    plan_id: str | None,
    as_of_on: datetime.date | None,
    everything: bool,
    worth: bool,
    as_json: bool,
) -> None:
    """Where the money goes: by vendor and tier (--all: offer, brand, cell); the use of every limit; held-out lists.

    Without PLAN_ID, the plan of the day (--as-of), or of the newest cycle.
    """
    from regulars.bootstrap import budget_curves, show_plan

    shown, state = show_plan(workspace, plan_id, as_of_on)
    curves = budget_curves(workspace, shown.summary.plan_id, TerminalProgress()) if worth else None
    if as_json:
        told = {} if curves is None else {"worth": curves}
        say_json({"plan_id": shown.summary.plan_id, "state": state, **plain(shown), **told})
        return
    summary = shown.summary
    say(f"Plan {summary.plan_id}, {state.value}: cycle {summary.cycle_number}, as of {summary.as_of_on}")
    for sentence in shown.sentences():
        say(sentence)
    say()
    for heads, rows in shown.tables(everything=everything):
        say_table(heads, rows)
        say()
    if curves is not None:
        tell_curves(curves)


@plan.command("apply")
@click.argument("plan_id")
@click.option("--by", "actor", default="command line", show_default=True, help="Who decides; kept in the audit.")
@in_workspace
@json_option
def plan_apply(workspace: Workspace, *, plan_id: str, actor: str, as_json: bool) -> int:
    """Turn a plan into promises: its grants are issued and its money is set aside. Again changes nothing."""
    from regulars.bootstrap import apply_plan
    from regulars.flows import PlanRefused

    with workspace.writing("plan apply"):
        outcome = apply_plan(workspace, plan_id, actor=actor)
    if as_json:
        say_json(outcome)
    if isinstance(outcome, PlanRefused):
        return refused(outcome, as_json=as_json)
    if not as_json:
        how = "applied" if outcome.now else "was applied already"
        say(f"Plan {plan_id} {how}: {outcome.lists:,} lists, {outcome.grants:,} grants.")
        say(f"Set aside, should every special be used: {dollars(outcome.promised_cents)}.")
        say(f"Next: regulars lists render {plan_id}")
    return 0


@plan.command("recall")
@click.argument("plan_id")
@click.option("--by", "actor", default="command line", show_default=True, help="Who decides; kept in the audit.")
@in_workspace
@json_option
def plan_recall(workspace: Workspace, *, plan_id: str, actor: str, as_json: bool) -> int:
    """Take an applied plan back, as long as none of its grants was used."""
    from regulars.bootstrap import recall_plan
    from regulars.flows import PlanRefused

    with workspace.writing("plan recall"):
        outcome = recall_plan(workspace, plan_id, actor=actor)
    if as_json:
        say_json(outcome)
    if isinstance(outcome, PlanRefused):
        return refused(outcome, as_json=as_json)
    if not as_json:
        say(
            f"Plan {plan_id} {'recalled' if outcome.now else 'was recalled already'}: {outcome.grants:,} grants closed."
        )
    return 0


@plan.command("solve")
@click.argument("problem", type=click.Path(path_type=Path, file_okay=False), metavar="PROBLEM_DIR")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the plan."
)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Threads; the plan is the same."
)
@json_option
def plan_solve(problem: Path, *, out: Path, workers: int, as_json: bool) -> None:
    """The allocator alone, on files: reads PROBLEM_DIR, writes plan.parquet and report.json. Needs no workspace."""
    from regulars.bootstrap import solve_files

    report = solve_files(problem, out, workers=workers)
    if as_json:
        say_json(report)
        return
    say(f"{out / 'plan.parquet'}: {report['share_of_bound']:.4%} of the certified bound.")
    say(
        f"Broken rules: {sum(report['violations'].values())}. "
        f"Waived households: {len({one['household_id'] for one in report['waived_households']}):,}."
    )


def tell_summary(summary: PlanSummary) -> None:
    """A plan in three lines."""
    how = "built" if summary.built else "was there already"
    say(f"Plan {summary.plan_id} {how}: {summary.grants:,} specials on {summary.households:,} lists.")
    say(
        f"Face value {dollars(summary.face_cents)}; about {summary.expected_redemptions:,.0f} expected to be used "
        f"(estimated, not measured). {summary.share_of_bound:.2%} of what is possible within the limits."
    )


def refused(outcome: PlanRefused, *, as_json: bool) -> int:
    """Tell a refusal; the exit code that goes with it."""
    if not as_json:
        click.echo(f"error: {outcome.message}\nhint: {outcome.hint}", err=True)
    return EXIT_REJECTED
