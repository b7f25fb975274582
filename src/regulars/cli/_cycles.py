"""Commands that do all of it in order: `cycle run`, `demo`."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._common import as_of_option, in_workspace, json_option, require_day, say, say_json
from ._progress import TerminalProgress

if TYPE_CHECKING:
    from regulars.bootstrap import CycleReport, StepDone, Workspace


@click.group()
def cycle() -> None:
    """The two-week round."""


@cycle.command("run")
@as_of_option
@click.option("--apply", "apply", is_flag=True, help="Also apply the plan; without it the lists are proofs.")
@in_workspace
@json_option
def cycle_run(workspace: Workspace, *, as_of_on: datetime.date | None, apply: bool, as_json: bool) -> None:
    """All that is due, in order: profiles, forecast, plan, lists, report.

    Goes on where it stopped; what is done already is not done again.
    """
    from regulars.bootstrap import run_cycle

    with workspace.writing("cycle run"):
        day = require_day(workspace, as_of_on)
        told = _nothing if as_json else tell_step
        report = run_cycle(workspace, day, TerminalProgress(), apply=apply, told=told)
    tell_end(report, as_json=as_json)


@click.command()
@click.option(
    "--workspace",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Folder to make the demonstration in.",
)
@json_option
def demo(folder: Path, *, as_json: bool) -> None:
    """A workspace from the real demo data, and one full cycle in it: lists, manifest, report.

    Till lines, products and coupon campaigns are real (dunnhumby, The Complete Journey); deals, margins and face
    values are made up and marked so.
    """
    from regulars.bootstrap import run_demo

    report = run_demo(folder, TerminalProgress(), told=_nothing if as_json else tell_step)
    tell_end(report, as_json=as_json)


def tell_step(step: StepDone) -> None:
    """One step of a cycle, as soon as it is done."""
    say(f"{step.name:<14}{'done' if step.now else 'was done':<10}{step.result}")


def tell_end(report: CycleReport, *, as_json: bool) -> None:
    """What to look at when a cycle is done."""
    if as_json:
        say_json(report)
        return
    say(f"Cycle {report.cycle_number}, as of {report.as_of_on}. Look at:")
    for title, path in report.look_at:
        say(f"  {title}: {path}")


def _nothing(_: StepDone) -> None:
    """Tell nothing now: everything comes at the end."""
