"""Forecast what each household buys next, from a day's profiles and the last window that had closed by then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from regulars import __version__
from regulars.contracts import Eligibility, LayoutDepartment
from regulars.kernel import digest_of
from regulars.predict import (
    DEFAULT_METHOD,
    WINDOW_DAYS,
    Method,
    check_days,
    method_named,
    predict_step,
    score_items,
)

from ._models import ensure_model, model_dataset, read_model
from ._names import snapshot
from ._ports import Engine, Progress, Publication, Warehouse
from ._profiles import ProfileSettings, build_profiles
from ._step_files import StepFiles

_STEPS = ("forecast_items", "forecast")


@dataclass(frozen=True)
class ForecastReport:
    """What a forecast came to.

    Args:
        as_of_on: First day of the window; nothing sold or known on or after it was used.
        days: Length of the window.
        method: Name of the method.
        trained_until_on: The day before which everything the method learnt from lies.
        built: False when the same forecast was there already.
        households: Households with at least one row, eligible or not.
        rows: Rows of both levels.
    """

    as_of_on: date
    days: int
    method: str
    trained_until_on: date
    built: bool
    households: int
    rows: int


def forecast_dataset(as_of_on: date, days: int = WINDOW_DAYS) -> str:
    """Dataset of a forecast; a window of another length than a cycle has a dataset of its own.

    Example:
        >>> forecast_dataset(date(2017, 11, 27)), forecast_dataset(date(2017, 11, 27), 7)
        ('snapshots/2017-11-27/forecast', 'snapshots/2017-11-27/forecast-7-days')
    """
    return snapshot(as_of_on, "forecast" if days == WINDOW_DAYS else f"forecast-{days}-days")


def run_forecast(
    warehouse: Warehouse,
    engine: Engine,
    *,
    as_of_on: date,
    eligibility: Eligibility,
    departments: Sequence[LayoutDepartment],
    closed_tiers: Sequence[str],
    progress: Progress,
    days: int = WINDOW_DAYS,
    method_name: str = DEFAULT_METHOD,
    out: Path | None = None,
) -> ForecastReport:
    """Forecast every item each household bought in the 182 days before a day; the same input is forecast once.

    The day's profiles are built and the method is fitted first where that was not done yet.

    Args:
        warehouse: Holds `lines` and `products`, and may hold `class_tiers` and `prices`.
        engine: Runs the SQL.
        as_of_on: First day of the window; nothing sold or known on or after it is read.
        eligibility: Whose last window the method learns from.
        departments: Departments the store speaks of; any other is merchandise.
        closed_tiers: Sensitive tiers that must not be seen.
        progress: Told of each household bucket.
        days: Length of the window, 1 to 182.
        method_name: Which method.
        out: Also write all rows to this Parquet file.

    Raises:
        ConfigError: There is no such method.
        ContractError: `days` is out of range, or there is no history; see `build_profiles`.
        ModelError: The last closed window holds nothing to learn from.
        StoreError: The disk failed; nothing was published.
    """
    check_days(days)
    method = method_named(method_name)
    settings = ProfileSettings(eligibility, departments, closed_tiers)
    build_profiles(
        warehouse,
        engine,
        as_of_on=as_of_on,
        eligibility=eligibility,
        departments=departments,
        closed_tiers=closed_tiers,
        progress=progress,
    )
    trained_until_on = ensure_model(warehouse, engine, method, settings, as_of_on=as_of_on, progress=progress)
    dataset = forecast_dataset(as_of_on, days)
    made_from = _made_from(warehouse, method, as_of_on, days, trained_until_on)
    facts = warehouse.properties(dataset)
    built = facts.get("made_from") != made_from
    if built:
        model = read_model(warehouse, engine, method, trained_until_on)
        households, rows = _publish_forecast(warehouse, engine, method, model, as_of_on, days, made_from, progress)
    else:
        households, rows = int(facts["households"]), int(facts["rows"])
    if out is not None:
        files = [file.path for file in warehouse.files(dataset)]
        engine.build(predict_step("forecast_export"), {"forecast": files}, {}, out)
    return ForecastReport(as_of_on, days, method.name, trained_until_on, built, households, rows)


def _made_from(warehouse: Warehouse, method: Method, as_of_on: date, days: int, trained_until_on: date) -> str:
    tables = [snapshot(as_of_on, "household_products"), snapshot(as_of_on, "household_needs")]
    datasets = [*tables, model_dataset(method, trained_until_on)]
    files = [file.sha256 for dataset in datasets for file in warehouse.files(dataset)]
    return digest_of(
        as_of_on, days, method.name, __version__, *(predict_step(name).text for name in _STEPS), *files
    )


def _publish_forecast(
    warehouse: Warehouse,
    engine: Engine,
    method: Method,
    model: pa.Table,
    as_of_on: date,
    days: int,
    made_from: str,
    progress: Progress,
) -> tuple[int, int]:
    """Score bucket by bucket, publish, and count households and rows."""
    dataset = forecast_dataset(as_of_on, days)
    households = 0
    with warehouse.scratch() as folder, progress.step("forecast", warehouse.buckets) as step:
        tables = StepFiles(engine, folder, {})
        for name in ("household_products", "household_needs"):
            tables.give(name, warehouse.files(snapshot(as_of_on, name)))
        for bucket in range(warehouse.buckets):
            items = tables.query(predict_step("forecast_items"), bucket=bucket)
            households += pc.count_distinct(items["household_id"]).as_py()
            tables.give_rows("scored_items", score_items(method, model, items, as_of_on=as_of_on, days=days))
            tables.build(predict_step("forecast"), bucket=bucket)
            step.advance()
        rows = tables.rows["forecast"]
        facts = {"made_from": made_from, "households": str(households), "rows": str(rows), "method": method.name}
        warehouse.publish(Publication({dataset: tables.built("forecast")}, {dataset: facts}))
    return households, rows
