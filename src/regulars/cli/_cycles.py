"""Commands that do all of it in order: `cycle run`, `demo`."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._common import as_of_option, in_workspace, json_option, require_day, say, say_json, say_table
from ._progress import TerminalProgress

if TYPE_CHECKING:
    from regulars.bootstrap import CycleReport, Workspace


@click.group()
def cycle() -> None:
    """The two-week round."""


@cycle.command("run")
@as_of_option
@click.option("--apply", "apply", is_flag=True, help="Also apply the plan; without it the lists are proofs.")
@in_workspace
@json_option
def cycle_run(workspace: Workspace, *, as_of_on: datetime.date | None, apply: bool, as_json: bool) -> int:
    """All that is due, in order: profiles, forecast, plan, lists, report.

    Goes on where it stopped; what is done already is not done again.
    """
    from regulars.bootstrap import run_cycle

    day = require_day(workspace, as_of_on)
    with workspace.writing("cycle run"):
        report = run_cycle(workspace, day, TerminalProgress(), apply=apply)
    if as_json:
        say_json(report)
    else:
        tell_cycle(report)
    return 0


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
def demo(folder: Path, *, as_json: bool) -> int:
    """A workspace from the real demo data, and one full cycle in it: lists, manifest, report.

    Till lines, products and coupon campaigns are real (dunnhumby, The Complete Journey); deals, margins and face
    values are made up and marked so.
    """
    from regulars.bootstrap import run_demo

    report = run_demo(folder, TerminalProgress())
    if as_json:
        say_json(report)
        return 0
    tell_cycle(report)
    say("Look at:")
    for title, path in report.look_at:
        say(f"  {title}: {path}")
    return 0


def tell_cycle(report: CycleReport) -> None:
    """What each step of a cycle came to."""
    say(f"Cycle {report.cycle_number}, as of {report.as_of_on}")
    say_table(("step", "done", "result"), [(s.name, "now" if s.now else "before", s.result) for s in report.steps])
