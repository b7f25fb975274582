"""Fit a forecasting method on the last window that had closed, keep what it learnt, and find it again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pyarrow as pa

from regulars import __version__
from regulars.kernel import ModelError, Period, digest_of
from regulars.predict import WINDOW_DAYS, Method, predict_step
from regulars.profiles import profile_step

from ._names import snapshot
from ._ports import Engine, Progress, Publication, Warehouse
from ._profiles import ProfileSettings, build_item_tables, profile_inputs, profiles_digest
from ._step_files import StepFiles

_STEPS = ("forecast_items", "bought_items", "training_items")


def model_dataset(method: Method, trained_until_on: date) -> str:
    """Dataset of what a method learnt from days before a day.

    Example:
        >>> from regulars.predict import method_named
        >>> model_dataset(method_named("decayed-count"), date(2017, 11, 27))
        'models/decayed-count/2017-11-27'
    """
    return f"models/{method.name}/{trained_until_on.isoformat()}"


def newest_model(warehouse: Warehouse, method: Method, as_of_on: date) -> date:
    """The training end of the newest model whose training had ended by a day.

    Raises:
        ModelError: There is none.
    """
    prefix = model_dataset(method, as_of_on).rpartition("/")[0] + "/"
    ends = [
        date.fromisoformat(name.removeprefix(prefix)) for name in warehouse.datasets() if name.startswith(prefix)
    ]
    ended = [end for end in ends if end <= as_of_on]
    if not ended:
        raise ModelError(f"{method.name} has learnt nothing from days before {as_of_on}")
    return max(ended)


def ensure_model(
    warehouse: Warehouse,
    engine: Engine,
    method: Method,
    settings: ProfileSettings,
    *,
    as_of_on: date,
    progress: Progress,
) -> date:
    """Fit a method on the window that ends on a day, unless that was done from the same input; name the newest.

    The day's profiles must have been built.

    Returns:
        The training end of the model to use as of the day, never a later one.

    Raises:
        ModelError: The window, or the history before it, holds nothing to learn from.
    """
    dataset = model_dataset(method, as_of_on)
    profiles = profiles_digest(warehouse, settings, as_of_on=as_of_on)
    texts = [predict_step(name).text for name in _STEPS]
    made_from = digest_of(profiles, method.name, WINDOW_DAYS, __version__, *texts)
    if warehouse.properties(dataset).get("made_from") != made_from:
        _fit_model(warehouse, engine, method, settings, as_of_on, made_from, progress)
    return newest_model(warehouse, method, as_of_on)


def read_model(warehouse: Warehouse, engine: Engine, method: Method, trained_until_on: date) -> pa.Table:
    """What a method learnt from days before a day."""
    files = [file.path for file in warehouse.files(model_dataset(method, trained_until_on))]
    return engine.query(predict_step(method.model_table), {method.model_table: files}, {})


def _fit_model(
    warehouse: Warehouse,
    engine: Engine,
    method: Method,
    settings: ProfileSettings,
    as_of_on: date,
    made_from: str,
    progress: Progress,
) -> None:
    window = Period(as_of_on - timedelta(days=WINDOW_DAYS), as_of_on)
    dataset = model_dataset(method, as_of_on)
    with warehouse.scratch() as folder:
        tables = profile_inputs(warehouse, engine, folder, settings, as_of_on=window.from_on, window=window)
        tables.give("open_lines", warehouse.files(snapshot(as_of_on, "open_lines")))
        try:
            model = method.fit(_training_tables(tables, warehouse.buckets, progress))
        except ModelError as error:
            where = f"{method.name} cannot learn from the days {window.from_on} to {window.last_on}"
            raise ModelError(f"{where}: {error.message}", hint=error.hint) from error
        tables.give_rows(method.model_table, model)
        tables.build(predict_step(method.model_table))
        warehouse.publish(
            Publication({dataset: tables.built(method.model_table)}, {dataset: {"made_from": made_from}})
        )


def _training_tables(tables: StepFiles, buckets: int, progress: Progress) -> Iterator[pa.Table]:
    """What eligible households might have bought again as of the window's first day, and whether they did."""
    with progress.step("calibration", buckets) as step:
        for bucket in range(buckets):
            tables.build(profile_step("household_value"), bucket=bucket)
            build_item_tables(tables, bucket)
            tables.build(predict_step("forecast_items"), bucket=bucket)
            tables.build(predict_step("bought_items"), bucket=bucket)
            yield tables.query(predict_step("training_items"), bucket=bucket)
            step.advance()
