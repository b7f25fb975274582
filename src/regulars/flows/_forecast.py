"""Forecast what each household buys next, from a day's profiles and the last window that had closed by then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow.compute as pc

from regulars import __version__
from regulars.kernel import digest_of
from regulars.predict import (
    AUTOMATIC,
    WINDOW_DAYS,
    check_days,
    dated_needs,
    predict_step,
    score_items,
)

from ._features import FeatureRows, ensure_features, feature_dataset
from ._files import damaged_file, is_current
from ._forecast_export import ForecastMade, ForecastWanted, export_forecast
from ._models import ModelChoice, choose_model, model_dataset, read_model
from ._names import snapshot, snapshot_days
from ._need_days import ensure_need_paces, need_paces_dataset, need_timing_dataset, read_need_timing
from ._needs_bought import NeedsBought
from ._new_needs import ensure_new_needs
from ._ports import Engine, Progress, Publication, Warehouse
from ._profiles import ProfileSettings, build_profiles, profiles_digest
from ._rows import contract_schema, read_rows
from ._shopping import ensure_household_chances
from ._step_files import StepFiles

_ALL = ForecastWanted()
_STEPS = ("forecast_items", "forecast")
_JUDGED_PROFILES = ("household_value", "household_needs", "product_classes")


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
        warning: Why another model than the newest of the method asked for was used, how little it learnt from, and
            whether lines seem to be missing before the day; empty when there is nothing to say.
        pairs: Pairs of household and item the method learnt from; 0 where its chances are assumed.
        rows_written: Rows of the file that was asked for; None without one.
    """

    as_of_on: date
    days: int
    method: str
    trained_until_on: date
    built: bool
    households: int
    rows: int
    warning: str = ""
    pairs: int = 0
    rows_written: int | None = None


def forecast_dataset(as_of_on: date, days: int = WINDOW_DAYS, apart_by: str = "") -> str:
    """Dataset of a forecast; another window than a cycle, or a method judged apart, has a dataset of its own.

    Example:
        >>> forecast_dataset(date(2017, 11, 27)), forecast_dataset(date(2017, 11, 27), 7)
        ('snapshots/2017-11-27/forecast', 'snapshots/2017-11-27/forecast-7-days')
    """
    by = f"-by-{apart_by}" if apart_by else ""
    return snapshot(as_of_on, f"forecast{by}" if days == WINDOW_DAYS else f"forecast-{days}-days{by}")


def forecast_days(warehouse: Warehouse) -> list[date]:
    """Days there is a forecast of a cycle as of, ascending."""
    return snapshot_days(warehouse.datasets(), "forecast")


def run_forecast(
    warehouse: Warehouse,
    engine: Engine,
    *,
    settings: ProfileSettings,
    as_of_on: date,
    progress: Progress,
    days: int = WINDOW_DAYS,
    method_name: str = AUTOMATIC,
    apart: bool = False,
    out: Path | None = None,
    wanted: ForecastWanted = _ALL,
) -> ForecastReport:
    """Forecast every item each household bought in the 182 days before a day; the same input is forecast once.

    The day's profiles are built and the method is fitted first where that was not done yet. Beside a forecast of the
    store's own that is kept whole, a method looks at the profiles that one was made from: what is said of the same
    households can be held against each other, and what is kept stays.

    Args:
        warehouse: Holds `lines` and `products`, and may hold `class_tiers` and `prices`.
        engine: Runs the SQL.
        settings: What the store decides: whose last window the method learns from, and what may be seen.
        as_of_on: First day of the window; nothing sold or known on or after it is read.
        progress: Told of each household bucket.
        days: Length of the window, 1 to 182.
        method_name: Which method; by default the one the amount of history is enough for.
        apart: Keep the forecast beside the store's own, under the method's name; to judge methods.
        out: Also write rows to this file, CSV where its name ends so, else Parquet.
        wanted: Which rows are written; by default all.

    Raises:
        ConfigError: There is no such method.
        ContractError: `days` is out of range, or there is no history; see `build_profiles`.
        ModelError: A method that assumes nothing has nothing to learn from, or the outcomes seem to be missing.
        StoreError: The disk failed; nothing was published.
    """
    check_days(days)
    beside = apart and bool(kept_forecast(warehouse, as_of_on, days))
    outdated = beside and _was_made_of_other(warehouse, settings, as_of_on)
    learnt_before = _learnt(warehouse) if outdated else {}
    if not outdated:
        build_profiles(warehouse, engine, settings=settings, as_of_on=as_of_on, progress=progress)
    choice = choose_model(warehouse, engine, method_name, settings, as_of_on=as_of_on, progress=progress)
    if choice.method.items_table == "item_features":
        features = {as_of_on: FeatureRows.ALL}
        ensure_features(warehouse, engine, settings, as_of_on=as_of_on, rows=features, progress=progress)
    with warehouse.scratch() as folder:
        bought = NeedsBought(warehouse, engine, folder, as_of_on)
        ensure_need_paces(warehouse, engine, as_of_on=as_of_on, bought=bought, progress=progress)
        if not beside:
            ensure_household_chances(warehouse, engine, as_of_on=as_of_on, progress=progress)
            ensure_new_needs(warehouse, engine, as_of_on=as_of_on, bought=bought, progress=progress)
    dataset = forecast_dataset(as_of_on, days, method_name if apart else "")
    made_from = _made_from(warehouse, choice, as_of_on, days)
    facts = warehouse.properties(dataset)
    built = not is_current(warehouse, dataset, made_from)
    if built:
        households, rows = _publish_forecast(
            warehouse, engine, choice, dataset, as_of_on, days, made_from, progress
        )
    else:
        households, rows = int(facts["households"]), int(facts["rows"])
    if outdated:
        _disown(warehouse, learnt_before)
    rows_written = None
    warnings = [choice.warning] if choice.warning else []
    if built and facts.get("method", choice.method.name) != choice.method.name:
        warnings.append(
            f"the forecast as of {as_of_on} by {facts['method']} was replaced; a plan made from it keeps what it says"
        )
    if out is not None:
        made = ForecastMade(as_of_on, days, choice.method.name)
        rows_written = export_forecast(warehouse, engine, warehouse.files(dataset), made, wanted, out)
    return ForecastReport(
        as_of_on,
        days,
        choice.method.name,
        choice.trained_until_on,
        built,
        households,
        rows,
        "; ".join(warnings),
        choice.pairs,
        rows_written,
    )


def forecast_facts(warehouse: Warehouse, as_of_on: date) -> dict[str, str]:
    """What a plan remembers of the forecast it is made from: ``forecast_method`` and ``forecast_digest``.

    Args:
        warehouse: Holds the forecast.
        as_of_on: The day.
    """
    dataset = forecast_dataset(as_of_on)
    return {
        "forecast_method": warehouse.properties(dataset).get("method", ""),
        "forecast_digest": digest_of(*(file.sha256 for file in warehouse.files(dataset))),
    }


def kept_forecast(warehouse: Warehouse, as_of_on: date, days: int = WINDOW_DAYS) -> dict[str, str]:
    """Facts of a day's own forecast, where all that is judged of it is kept whole; else none.

    Args:
        warehouse: Where.
        as_of_on: First day of the window.
        days: Its length.
    """
    dataset = forecast_dataset(as_of_on, days)
    said = [dataset, *(snapshot(as_of_on, name) for name in _JUDGED_PROFILES)]
    said += [snapshot(as_of_on, "new_needs")] * (days == WINDOW_DAYS)
    if not all(warehouse.has(name) and damaged_file(warehouse.files(name)) is None for name in said):
        return {}
    return dict(warehouse.properties(dataset))


def _was_made_of_other(warehouse: Warehouse, settings: ProfileSettings, as_of_on: date) -> bool:
    """Whether a day's profiles were made from other data or settings than there are now."""
    facts = warehouse.properties(snapshot(as_of_on, "household_value"))
    return facts["made_from"] != profiles_digest(warehouse, settings, as_of_on=as_of_on)


def _learnt(warehouse: Warehouse) -> dict[str, tuple[str, ...]]:
    """Models and features there are, and what tells whether they were made anew."""
    return {
        name: (warehouse.properties(name).get("made_from", ""), *(file.sha256 for file in warehouse.files(name)))
        for name in warehouse.datasets()
        if name.startswith("models/") or name.endswith("/item_features")
    }


def _disown(warehouse: Warehouse, before: dict[str, tuple[str, ...]]) -> None:
    """Let nobody else take what was learnt since for current: it was, from lines of profiles that are outdated."""
    made = [name for name, state in _learnt(warehouse).items() if before.get(name) != state]
    facts = {name: {**warehouse.properties(name), "made_from": ""} for name in made}
    warehouse.publish(Publication({name: warehouse.files(name) for name in made}, facts))


def _made_from(warehouse: Warehouse, choice: ModelChoice, as_of_on: date, days: int) -> str:
    tables = [snapshot(as_of_on, name) for name in ("household_products", "household_needs", "need_paces")]
    tables.append(need_timing_dataset(as_of_on))
    if choice.method.items_table == "item_features":
        tables.append(feature_dataset(as_of_on))
    datasets = [*tables, model_dataset(choice.method, choice.trained_until_on)]
    files = [file.sha256 for dataset in datasets for file in warehouse.files(dataset)]
    return digest_of(
        as_of_on, days, choice.method.name, __version__, *(predict_step(name).text for name in _STEPS), *files
    )


def _publish_forecast(
    warehouse: Warehouse,
    engine: Engine,
    choice: ModelChoice,
    dataset: str,
    as_of_on: date,
    days: int,
    made_from: str,
    progress: Progress,
) -> tuple[int, int]:
    """Score bucket by bucket, publish, and count households and rows."""
    method = choice.method
    model = read_model(warehouse, engine, method, choice.trained_until_on)
    timing = read_need_timing(warehouse, engine, as_of_on)
    households = 0
    title = f"forecast as of {as_of_on}: asking {method.name}"
    with warehouse.scratch() as folder, progress.step(title, warehouse.buckets) as step:
        tables = StepFiles(engine, folder, {})
        for name in ("household_products", "household_needs"):
            tables.give(name, warehouse.files(snapshot(as_of_on, name)))
        tables.give_rows("need_days", contract_schema("need_days").empty_table())
        for bucket in range(warehouse.buckets):
            items = tables.query(predict_step("forecast_items"), bucket=bucket)
            seen = items
            if method.items_table == "item_features":
                seen = read_rows(warehouse.files(feature_dataset(as_of_on), bucket=bucket), "item_features")
            households += pc.count_distinct(items["household_id"]).as_py()
            scored = score_items(method, model, items, as_of_on=as_of_on, days=days, seen=seen)
            tables.give_rows("scored_items", scored)
            if timing is not None:
                paces = read_rows(warehouse.files(need_paces_dataset(as_of_on), bucket=bucket), "need_paces")
                tables.give_rows("need_days", dated_needs(timing, paces, scored, as_of_on=as_of_on, days=days))
            tables.build(predict_step("forecast"), bucket=bucket)
            step.advance()
        rows = tables.rows["forecast"]
        facts = {
            "made_from": made_from,
            "households": str(households),
            "rows": str(rows),
            "method": method.name,
            "trained_until_on": choice.trained_until_on.isoformat(),
            "pairs": str(choice.pairs),
            "warning": choice.warning,
        }
        warehouse.publish(Publication({dataset: tables.built("forecast")}, {dataset: facts}))
    return households, rows
