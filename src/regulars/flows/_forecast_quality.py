"""Say how a forecast came true, once its window has closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from regulars.kernel import ContractError, Period
from regulars.predict import (
    AUTOMATIC,
    WINDOW_DAYS,
    ForecastQuality,
    household_hits,
    judge_level,
    merged_tally,
    predict_step,
    probability_tally,
)
from regulars.profiles import profile_step

from ._forecast import forecast_dataset, kept_forecast, run_forecast
from ._forecast_judged import keep_judgement
from ._forecast_parts import department_of, judged_parts, part_sums
from ._models import window_parameters
from ._names import snapshot
from ._ports import DataFile, Engine, Progress, Warehouse
from ._profiles import ProfileSettings, profile_inputs
from ._rows import contract_schema
from ._step_files import StepFiles

_LEVELS = ("need", "product")
_LOST = "files of the forecast were missing or damaged; it was made anew from the lines and settings there are now"


def judged_closed(
    warehouse: Warehouse,
    engine: Engine,
    *,
    settings: ProfileSettings,
    as_of_on: date,
    progress: Progress,
    days: int = WINDOW_DAYS,
    method_name: str = AUTOMATIC,
    apart: bool = False,
) -> tuple[ForecastQuality, pa.Table]:
    """Judge the forecast made as of a day by what was bought in its window; forecast first where there is none.

    What was bought is every open line of the window known by now, whenever it arrived. A forecast that is kept is
    judged as it is, whatever the settings or the data before its day have become.

    Args:
        warehouse: As for `run_forecast`, like all that follows.
        engine: Runs the SQL.
        settings: What the store decides; those eligible on the day are judged.
        as_of_on: The day the forecast is made as of.
        progress: Told of each household bucket.
        days: Length of the window.
        method_name: Which method.
        apart: Whether the forecast is kept beside the store's own.

    Returns:
        How it came true, and what `household_hits` counted of every household.

    Raises:
        ContractError: The window has not closed, or nobody eligible bought anything in it; see `run_forecast`.
    """
    window = Period(as_of_on, as_of_on + timedelta(days=days))
    _check_closed(warehouse, engine, window)
    dataset = forecast_dataset(as_of_on, days, method_name if apart else "")
    kept = {} if apart else kept_forecast(warehouse, as_of_on, days)
    made_by, asked, warning = kept.get("method", ""), "", kept.get("warning", "")
    if not made_by:
        was_there = not apart and warehouse.has(dataset)
        report = run_forecast(
            warehouse,
            engine,
            settings=settings,
            as_of_on=as_of_on,
            progress=progress,
            days=days,
            method_name=method_name,
            apart=apart,
        )
        lost = was_there and report.built
        made_by, warning = report.method, "; ".join(filter(None, (_LOST * lost, report.warning)))
        asked = "" if method_name == AUTOMATIC else method_name
    said = _Said(window, days, made_by, asked, warning, dataset)
    quality, counted = _judged(warehouse, engine, said, settings, progress)
    if not apart and days == WINDOW_DAYS:
        keep_judgement(warehouse, quality)
    return quality, counted


@dataclass(frozen=True)
class _Said:
    """A forecast to be judged: its window, who made it, who was asked, what was warned of, where it is kept."""

    window: Period
    days: int
    made_by: str
    asked: str
    warning: str
    dataset: str


def _judged(
    warehouse: Warehouse, engine: Engine, said: _Said, settings: ProfileSettings, progress: Progress
) -> tuple[ForecastQuality, pa.Table]:
    """Hold a forecast against the open lines of its window, bucket by bucket."""
    window, as_of_on = said.window, said.window.from_on
    hits, tallies, parts = [], [], []
    located = department_of(warehouse, as_of_on)
    title = f"what came true of the forecast as of {as_of_on}, {said.made_by}"
    with warehouse.scratch() as folder, progress.step(title, warehouse.buckets) as step:
        tables = profile_inputs(
            warehouse, engine, folder, settings, as_of_on=date.max, more=window_parameters(window)
        )
        tables.give("lines", _files_of_window(warehouse, window))
        tables.give("forecast", warehouse.files(said.dataset))
        if said.days == WINDOW_DAYS:
            tables.give("new_needs", warehouse.files(snapshot(as_of_on, "new_needs")))
        else:
            tables.give_rows("new_needs", contract_schema("new_needs").empty_table())
        for name in ("household_value", "household_needs"):
            tables.give(name, warehouse.files(snapshot(as_of_on, name)))
        for bucket in range(warehouse.buckets):
            judged = _judged_items(tables, bucket)
            hits.append(household_hits(judged, tables.query(predict_step("judged_households"), bucket=bucket)))
            tallies.append(probability_tally(judged))
            ideas = tables.query(predict_step("judged_new_needs"), bucket=bucket)
            parts.append(part_sums(warehouse, judged, ideas, located, as_of_on, bucket))
            step.advance()
    tally = merged_tally(tallies)
    counted = pa.concat_tables(hits)
    levels = tuple(judge_level(level, counted, tally) for level in _LEVELS)
    targets = pc.sum(pc.if_else(pc.equal(counted["level"], "need"), counted["targets"], 0)).as_py()
    quality = ForecastQuality(
        window.from_on,
        window.until_on,
        said.made_by,
        levels,
        repeat_share=levels[_LEVELS.index("need")].items_bought / targets,
        parts=judged_parts(parts),
        asked=said.asked,
        warning=said.warning,
    )
    return quality, counted


def _judged_items(tables: StepFiles, bucket: int) -> pa.Table:
    tables.build(profile_step("open_lines"), bucket=bucket)
    tables.build(predict_step("bought_items"), bucket=bucket)
    return tables.query(predict_step("judged_items"), bucket=bucket)


def _check_closed(warehouse: Warehouse, engine: Engine, window: Period) -> None:
    files = [file.path for file in warehouse.files("lines")]
    last_on = engine.query(profile_step("lines_span"), {"lines": files}, {})["last_on"][0].as_py()
    if last_on is None or last_on < window.last_on:
        reach = "there are none" if last_on is None else f"they reach to {last_on}"
        raise ContractError(
            f"the window from {window.from_on} to {window.last_on} has not closed: till lines of {window.last_on} "
            f"are needed, but {reach}",
            hint="load the lines of the window with `regulars data load`, or judge an earlier forecast",
        )


def _files_of_window(warehouse: Warehouse, window: Period) -> list[DataFile]:
    """Files that may hold lines of a window."""
    first, last = window.from_on.isoformat()[:7], window.last_on.isoformat()[:7]
    return [file for file in warehouse.files("lines") if not file.period or first <= file.period <= last]
