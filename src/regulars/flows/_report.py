"""Write a cycle's report page: count what it says, take three lists as samples, hand all of it to the page."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from regulars.contracts import LayoutDepartment, ReportData, SampleList, SqlStep, read_step
from regulars.kernel import ContractError, PlanId, StoreError
from regulars.offers import REDEMPTION_STEPS
from regulars.predict import ForecastQuality

from ._forecast import forecast_dataset
from ._names import plan_dataset, snapshot
from ._ports import Engine, Warehouse
from ._render import MANIFEST_FILE
from ._report_figures import pick_samples, report_data
from ._report_rows import ReportRows, ReportSettings
from ._rows import read_rows
from ._step_files import StepFiles

_PLAN_FILES = ("plan_grants", "plan_lists", "plan_lines", "plan_levels")
_STEPS = (
    "report_data",
    "report_needs",
    "report_departments",
    "report_cells",
    "report_money",
    "report_offers",
    "report_lists",
    "report_findings",
)


class ReportPage(Protocol):
    """Makes the page and its pictures."""

    def picture(self, pdf: Path, page: int) -> bytes:
        """One page of a PDF as a PNG file.

        Raises:
            StoreError: It is no readable PDF.
        """
        ...

    def write(self, data: ReportData, target: Path) -> bool:
        """Write the page; the file appears whole or not at all.

        Returns:
            False when the file was there with the same bytes.

        Raises:
            StoreError: The disk failed.
        """
        ...


@dataclass(frozen=True)
class ReportWritten:
    """Where the page lies, and whether it was written now or was there with the same bytes."""

    path: Path
    written: bool


def write_report(
    warehouse: Warehouse,
    engine: Engine,
    page: ReportPage,
    *,
    settings: ReportSettings,
    plan_id: PlanId,
    applied: bool,
    qualities: Sequence[ForecastQuality],
    lists_folder: Path,
    target: Path,
) -> ReportWritten:
    """Write the report of a plan whose lists are printed; the same input gives the same bytes.

    Args:
        warehouse: Holds the profiles of the day and the plan.
        engine: Runs the SQL.
        page: Makes the page.
        settings: What the page says of the store.
        plan_id: The plan.
        applied: Whether its offers are promised.
        qualities: How the last closed forecast came true, ours first, plain methods after it; empty when no
            window has closed yet.
        lists_folder: The print run with its manifest.
        target: The page.

    Raises:
        ContractError: The plan or the day's profiles are missing, or the print run is not this plan's.
        StoreError: The disk failed; the page of an earlier run stays.
    """
    rows = gather_rows(warehouse, engine, settings=settings, plan_id=plan_id)
    samples = _samples(page, rows.lists, lists_folder)
    data = report_data(
        rows, settings=settings, plan_id=plan_id, applied=applied, qualities=qualities, samples=samples
    )
    return ReportWritten(target, page.write(data, target))


def gather_rows(warehouse: Warehouse, engine: Engine, *, settings: ReportSettings, plan_id: PlanId) -> ReportRows:
    """Run the report's steps; their results are small whatever the size of the store.

    Raises:
        ContractError: The plan or the day's profiles are missing.
    """
    _check_there(warehouse, snapshot(settings.as_of_on, "household_cells"), "regulars profiles build")
    _check_there(warehouse, plan_dataset(plan_id, "plan_lists"), "regulars plan build")
    with warehouse.scratch() as folder:
        tables = StepFiles(engine, folder, {"as_of_on": settings.as_of_on, "steps": REDEMPTION_STEPS})
        for name in ("lines", "findings"):
            tables.give(name, warehouse.files(name))
        for name in ("product_classes", "household_cells"):
            tables.give(name, warehouse.files(snapshot(settings.as_of_on, name)))
        for name in _PLAN_FILES:
            tables.give(name, warehouse.files(plan_dataset(plan_id, name)))
        tables.give_rows("layout_sections", _sections(settings.departments))
        tables.give_rows(
            "unprinted_tiers", pa.table({"tier": pa.array(sorted(settings.sensitive.never_promoted), pa.string())})
        )
        made = {name: tables.query(_step(name)) for name in _STEPS}
    facts = warehouse.properties(snapshot(settings.as_of_on, "household_value"))
    return ReportRows(
        data=made["report_data"].to_pylist()[0],
        needs=made["report_needs"].to_pylist(),
        departments=made["report_departments"].to_pylist(),
        cells=made["report_cells"].to_pylist(),
        money=made["report_money"].to_pylist(),
        offers=made["report_offers"].to_pylist(),
        lists=made["report_lists"],
        findings=made["report_findings"].to_pylist(),
        terms=_plan_rows(warehouse, plan_id, "plan_terms"),
        plan_offers=_plan_rows(warehouse, plan_id, "plan_offers"),
        plan_limits=_plan_rows(warehouse, plan_id, "plan_limits"),
        deal_ids=frozenset(read_rows(warehouse.files("deals"), "deals")["deal_id"].to_pylist()),
        households=int(facts["households"]),
        households_eligible=int(facts["households_eligible"]),
        prices_posted=bool(warehouse.files("prices")),
        households_named=bool(warehouse.files("households")),
        names_composed=_names_composed(warehouse),
        forecast=warehouse.properties(forecast_dataset(settings.as_of_on)),
    )


@cache
def _step(table_name: str) -> SqlStep:
    return read_step("regulars.flows", f"{table_name}.sql")


def _check_there(warehouse: Warehouse, dataset: str, command: str) -> None:
    if not warehouse.has(dataset):
        raise ContractError(f"{dataset} is not here, and the report is made of it", hint=f"run `{command}` first")


def _plan_rows(warehouse: Warehouse, plan_id: PlanId, table_name: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = read_rows(
        warehouse.files(plan_dataset(plan_id, table_name)), table_name
    ).to_pylist()
    return rows


def _names_composed(warehouse: Warehouse) -> bool:
    composed = read_rows(warehouse.files("products"), "products")["name_composed"]
    return True in composed.unique().to_pylist()


def _sections(departments: Sequence[LayoutDepartment]) -> pa.Table:
    entries = sorted(
        {
            (department.department_id, category): department.title
            for department in departments
            for category in department.categories or ("",)
        }.items()
    )
    return pa.table(
        {
            "department_id": pa.array([key[0] for key, _ in entries], pa.string()),
            "category_id": pa.array([key[1] for key, _ in entries], pa.string()),
            "title": pa.array([title for _, title in entries], pa.string()),
        }
    )


def _samples(page: ReportPage, lists: pa.Table, lists_folder: Path) -> tuple[SampleList, ...]:
    """Pictures of three lists of the targeted arm."""
    picked = pick_samples(lists)
    places = _places({row["household_id"] for _, row in picked}, lists_folder)
    samples = []
    for title, row in picked:
        file, number = places[row["household_id"]]
        samples.append(
            SampleList(
                title,
                row["due_needs"],
                row["specials"],
                row["face_cents"],
                file,
                number,
                page.picture(lists_folder / file, number),
            )
        )
    return tuple(samples)


def _places(household_ids: set[str], lists_folder: Path) -> dict[str, tuple[str, int]]:
    """File and page of each household's list, from the list manifest."""
    manifest = lists_folder / MANIFEST_FILE
    try:
        with manifest.open(encoding="utf-8", newline="") as stream:
            found = {
                row["household_id"]: (row["file"], int(row["page"]))
                for row in csv.DictReader(stream)
                if row["household_id"] in household_ids
            }
    except FileNotFoundError:
        raise ContractError(
            f"there is no print run in {lists_folder}", hint="run `regulars lists render` first"
        ) from None
    except OSError as error:
        raise StoreError(f"cannot read {manifest}: {error}") from error
    missing = sorted(household_ids - found.keys())
    if missing:
        raise ContractError(
            f"{manifest} has no list for household {missing[0]}: it is another plan's print run",
            hint="run `regulars lists render` again",
        )
    return found
