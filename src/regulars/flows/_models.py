"""The model registry: fit a method on windows that have closed, judge it, keep it with its facts, choose by day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars import __version__
from regulars.kernel import ContractError, ModelError, Period, StoreError, digest_of
from regulars.predict import (
    AUTOMATIC,
    METHODS,
    WINDOW_DAYS,
    DecayedCount,
    Method,
    TrainingPart,
    method_for,
    pairs_min,
    predict_step,
)
from regulars.profiles import profile_step

from ._features import FeatureRows, ensure_features, feature_dataset
from ._files import damaged_file, is_current
from ._forward_loss import ForwardLoss
from ._kept_models import model_facts
from ._learnt_windows import learnt_windows, sold_days, unsold_warning
from ._names import snapshot
from ._ports import Engine, Progress, ProgressStep, Publication, Warehouse
from ._profiles import ProfileSettings, build_item_tables, profile_inputs, profiles_digest
from ._rows import read_rows
from ._step_files import StepFiles

_STEPS = ("forecast_items", "bought_items", "training_items")
_WORSE_BY = 1.01
"""A new model is put aside when its log-loss is more than this many times that of what it is judged against."""
_ELIGIBLE, _EVERYBODY, _NOTHING = "eligible", "everybody", "nothing"


@dataclass(frozen=True)
class ModelChoice:
    """The model a forecast uses.

    Args:
        method: Whose it is.
        trained_until_on: The day before which everything it learnt from lies.
        pairs: Pairs of household and item it learnt from; 0 where it is assumed.
        warning: Why it is not the one that was asked for, how little it learnt from, and whether lines seem to be
            missing from that; empty when there is nothing to say.
    """

    method: Method
    trained_until_on: date
    pairs: int = 0
    warning: str = ""


@dataclass(frozen=True)
class ModelRecord:
    """One model of the registry.

    Args:
        method: Name of its method.
        trained_until_on: The day before which everything it learnt from lies.
        trained_from_on: First day of the oldest window it learnt from.
        version: Version of Regulars that fitted it.
        settings: Digest of the method's settings.
        rows: Rows it learnt from.
        losses: Log-loss on households kept apart in its newest window: ``new`` the model itself, ``counts`` a decayed
            count, ``before`` the model of a cycle ago. A method that follows its newest window whole has ``before``
            alone, on all of that window.
        good: Whether it was fit for use.
        checksum: Digest of its bytes.
        learnt_from: Whose pairs: ``eligible`` households, ``everybody`` where these had too few, or ``nothing``, where
            there was none at all and the model is what is assumed until there is.
    """

    method: str
    trained_until_on: date
    trained_from_on: date
    version: str
    settings: str
    rows: int
    losses: dict[str, float]
    good: bool
    checksum: str
    learnt_from: str = _ELIGIBLE


def model_dataset(method: Method, trained_until_on: date) -> str:
    """Dataset of what a method learnt from days before a day.

    Example:
        >>> from regulars.predict import method_named
        >>> model_dataset(method_named("decayed-count"), date(2017, 11, 27))
        'models/decayed-count/2017-11-27'
    """
    return f"models/{method.name}/{trained_until_on.isoformat()}"


def model_records(warehouse: Warehouse) -> list[ModelRecord]:
    """Every model there is, by method and day; one kept without its facts, by an earlier release, is none."""
    records = []
    for dataset in warehouse.datasets():
        parts = dataset.split("/")
        known = parts[0] == "models" and len(parts) == 3 and parts[1] in METHODS
        if known and "trained_from_on" in warehouse.properties(dataset):
            records.append(_record(warehouse, parts[1], date.fromisoformat(parts[2])))
    return records


def _record(warehouse: Warehouse, method_name: str, trained_until_on: date) -> ModelRecord:
    dataset = model_dataset(METHODS[method_name], trained_until_on)
    facts = warehouse.properties(dataset)
    return ModelRecord(
        method=method_name,
        trained_until_on=trained_until_on,
        trained_from_on=date.fromisoformat(facts["trained_from_on"]),
        version=facts["version"],
        settings=facts["settings"],
        rows=int(facts["rows"]),
        losses=json.loads(facts["losses"]),
        good=facts["good"] == "yes",
        checksum=digest_of(*(file.sha256 for file in warehouse.files(dataset))),
        learnt_from=facts.get("learnt_from", _ELIGIBLE),
    )


def newest_model(warehouse: Warehouse, method: Method, as_of_on: date, *, good: bool = False) -> date:
    """The training end of the newest model whose training had ended by a day.

    Args:
        warehouse: Where models lie.
        method: Whose.
        as_of_on: The day.
        good: Only of those that were fit for use.

    Raises:
        ModelError: There is none.
    """
    ended = [
        record.trained_until_on
        for record in model_records(warehouse)
        if record.method == method.name and record.trained_until_on <= as_of_on and (record.good or not good)
    ]
    if not ended:
        raise ModelError(f"{method.name} has learnt nothing from days before {as_of_on}")
    return max(ended)


def choose_model(
    warehouse: Warehouse,
    engine: Engine,
    method_name: str,
    settings: ProfileSettings,
    *,
    as_of_on: date,
    progress: Progress,
) -> ModelChoice:
    """Fit the method a setting comes to and name the model to use: that one, an older good one, or the counts.

    The day's profiles must have been built.

    Args:
        warehouse: Holds the profiles.
        engine: Runs the SQL.
        method_name: A method's name, or `AUTOMATIC`.
        settings: What the store decides about profiles.
        as_of_on: The day of the forecast.
        progress: Told of each household bucket.

    Raises:
        ModelError: A method that assumes nothing has nothing to learn from, or the outcomes seem to be missing.
    """
    sold = sold_days(warehouse, engine, as_of_on)
    run = _Run(warehouse, engine, settings, as_of_on, sold, progress)
    choice = _chosen(run, method_name)
    record = _record(warehouse, choice.method.name, choice.trained_until_on)
    warnings = (
        choice.warning,
        _young_warning(record),
        _few_warning(record),
        _needless_warning(warehouse, as_of_on),
        unsold_warning(sold, as_of_on, of_visits=choice.method.items_table == "item_features"),
    )
    return replace(choice, pairs=record.rows, warning="; ".join(warning for warning in warnings if warning))


def _chosen(run: _Run, method_name: str) -> ModelChoice:
    warehouse, as_of_on, first_on = run.warehouse, run.as_of_on, run.first_on
    pairs = [*warehouse.files(snapshot(as_of_on, "household_products"))]
    pairs += warehouse.files(snapshot(as_of_on, "household_needs"))
    rows = sum(file.rows for file in pairs)
    method = method_for(method_name, history_days=(as_of_on - first_on).days, rows=rows)
    counts = METHODS[DecayedCount.name]
    try:
        run.ensure(method)
    except ModelError as error:
        if method_name != AUTOMATIC or method is counts:
            raise
        run.ensure(counts)
        return ModelChoice(counts, as_of_on, warning=f"{error.message}; the decayed count is used instead")
    record = _record(warehouse, method.name, as_of_on)
    if record.good:
        return ModelChoice(method, as_of_on)
    said = ", ".join(f"{name} {loss:.4f}" for name, loss in sorted(record.losses.items()))
    worse = f"the new model of {method.name} is worse on the last closed window (log-loss: {said})"
    if record.losses.get("before", float("inf")) <= record.losses["counts"]:
        older_on = newest_model(warehouse, method, as_of_on - timedelta(days=1), good=True)
        return ModelChoice(
            method, older_on, warning=f"{worse}; the one learnt from days before {older_on} is used instead"
        )
    run.ensure(counts)
    return ModelChoice(counts, as_of_on, warning=f"{worse}; the decayed count is used instead")


def read_model(warehouse: Warehouse, engine: Engine, method: Method, trained_until_on: date) -> pa.Table:
    """What a method learnt from days before a day.

    Raises:
        StoreError: The model's bytes are not those that were published.
    """
    dataset = model_dataset(method, trained_until_on)
    files = warehouse.files(dataset)
    damaged = damaged_file(files)
    if damaged is not None:
        raise StoreError(
            f"{damaged.path} of {dataset} is missing or damaged",
            hint=f"learn it anew with `regulars forecast run --as-of {trained_until_on}`",
        )
    return engine.query(predict_step(method.model_table), {method.model_table: [file.path for file in files]}, {})


def _young_warning(record: ModelRecord) -> str:
    """What is amiss where a store is too young to learn from the households that get a list; else an empty text."""
    closed_on = record.trained_from_on
    if record.learnt_from == _EVERYBODY:
        return (
            f"as of {closed_on} the households that get a list gave fewer than {pairs_min(METHODS[record.method]):,} "
            "pairs of household and item to learn from; the chances are learnt from every household that had bought by "
            "then"
        )
    if record.learnt_from == _NOTHING:
        return (
            f"nothing that was bought before {closed_on} tells yet what is bought again; the chances are assumed, with "
            "caution, until a fortnight has been seen"
        )
    return ""


def _few_warning(record: ModelRecord) -> str:
    """What is amiss where little was learnt from; else, and where nothing was, an empty text."""
    least = pairs_min(METHODS[record.method])
    if not 0 < record.rows < least:
        return ""
    return (
        f"{record.method} has learnt from {record.rows:,} pairs of household and item alone; below {least:,} take the "
        "chances for a rough guess"
    )


def _needless_warning(warehouse: Warehouse, as_of_on: date) -> str:
    """What is amiss where most products have no need; else an empty text."""
    needs = read_rows(warehouse.files(snapshot(as_of_on, "product_classes")), "product_classes")["need_id"]
    without = pc.sum(pc.equal(needs, "")).as_py() or 0
    if 2 * without <= len(needs):
        return ""
    return (
        f"{without} of {len(needs)} products have no need, so they are in no forecast and on no list: name a column "
        "for need_id in the mapping, or leave it out, and the name is the need"
    )


@dataclass(frozen=True)
class _Run:
    """What fitting as of a day needs at hand."""

    warehouse: Warehouse
    engine: Engine
    settings: ProfileSettings
    as_of_on: date
    sold: list[date]
    progress: Progress

    @property
    def first_on(self) -> date:
        """Day of the first line; the day itself where there is none."""
        return min(self.sold, default=self.as_of_on)

    def ensure(self, method: Method) -> None:
        """Fit a method on windows that end by the day, unless that was done from the same input."""
        dataset = model_dataset(method, self.as_of_on)
        windows = self._windows(method)
        made_from = digest_of(
            profiles_digest(self.warehouse, self.settings, as_of_on=self.as_of_on),
            *self._feature_digests(method),
            method.name,
            method.settings,
            WINDOW_DAYS,
            *(window.from_on for window in windows),
            __version__,
            *(predict_step(name).text for name in _STEPS),
        )
        if is_current(self.warehouse, dataset, made_from):
            return
        before = self._before(method)
        forward = ForwardLoss(method, before if windows[0].until_on == self.as_of_on else None)
        learnt_from = _ELIGIBLE
        try:
            with ExitStack() as growing:
                parts = self._told(forward.watched(self._parts(method, windows)), method, growing)
                fitted = method.fit(parts, before=before)
            if method.items_table == "forecast_items" and fitted.rows < pairs_min(method):
                all_bought = method.fit(self._counted_parts(windows[0], _EVERYBODY))
                if all_bought.rows > fitted.rows:
                    fitted, learnt_from = all_bought, _EVERYBODY
                elif not fitted.rows:
                    learnt_from = _NOTHING
        except ModelError as error:
            where = f"{method.name} cannot learn from the days {windows[-1].from_on} to {windows[0].last_on}"
            raise ModelError(f"{where}: {error.message}", hint=error.hint) from error
        facts = model_facts(
            made_from=made_from,
            trained_from_on=windows[-1].from_on,
            settings=method.settings,
            rows=fitted.rows,
            losses=fitted.losses or forward.losses(),
            good=_is_good(fitted.losses),
        )
        if learnt_from != _ELIGIBLE:
            facts["learnt_from"] = learnt_from
        with self.warehouse.scratch() as folder:
            tables = StepFiles(self.engine, folder, {})
            tables.give_rows(method.model_table, fitted.model)
            tables.build(predict_step(method.model_table))
            self.warehouse.publish(Publication({dataset: tables.built(method.model_table)}, {dataset: facts}))

    def _windows(self, method: Method) -> list[Period]:
        """Closed windows, newest first."""
        return learnt_windows(self.sold, self.as_of_on, max(method.windows.values()))

    def _feature_digests(self, method: Method) -> list[str]:
        if method.items_table == "forecast_items":
            return []
        return [facts["made_from"] for facts in self._features(method, self._windows(method))]

    def _features(self, method: Method, windows: list[Period]) -> list[dict[str, str]]:
        """Facts of the features as of each window's first day, with the rows that are learnt from at least.

        Those the forecast itself is made from are built with them.
        """
        learnt = {
            window.from_on: FeatureRows.LEARNT if number < method.windows["product"] else FeatureRows.LEARNT_NEEDS
            for number, window in enumerate(windows)
        }
        facts = ensure_features(
            self.warehouse,
            self.engine,
            self.settings,
            as_of_on=self.as_of_on,
            rows={self.as_of_on: FeatureRows.ALL, **learnt},
            progress=self.progress,
        )
        return [facts[window.from_on] for window in windows]

    def _before(self, method: Method) -> pa.Table | None:
        try:
            end = newest_model(self.warehouse, method, self.as_of_on - timedelta(days=1), good=True)
        except ModelError:
            return None
        if damaged_file(self.warehouse.files(model_dataset(method, end))) is not None:
            return None
        try:
            return read_model(self.warehouse, self.engine, method, end)
        except ContractError:  # an earlier release kept it in another form
            return None

    def _told(self, parts: Iterator[TrainingPart], method: Method, growing: ExitStack) -> Iterator[TrainingPart]:
        """The parts, and behind the last a step that lasts until the method has learnt from them."""
        yield from parts
        what = "fitting the curves" if method.model_table == "calibration_curve" else "growing the trees"
        growing.enter_context(self.progress.step(f"{method.name} of {self.as_of_on}: {what}"))

    def _parts(self, method: Method, windows: list[Period]) -> Iterator[TrainingPart]:
        if method.items_table == "forecast_items":
            return self._counted_parts(windows[0])
        return self._featured_parts(method, windows)

    def _counted_parts(self, window: Period, whose: str = _ELIGIBLE) -> Iterator[TrainingPart]:
        """What eligible households might have bought again as of the window's first day, and whether they did.

        Of `_EVERYBODY`, no household need have spent anything on average.
        """
        settings = self.settings
        if whose == _EVERYBODY:
            settings = replace(settings, eligibility=replace(settings.eligibility, weekly_spend_cents=0))
        with self.warehouse.scratch() as folder, self._learning([window]) as step:
            tables = profile_inputs(
                self.warehouse,
                self.engine,
                folder,
                settings,
                as_of_on=window.from_on,
                more=window_parameters(window),
            )
            tables.give("open_lines", self.warehouse.files(snapshot(self.as_of_on, "open_lines")))
            for bucket in range(self.warehouse.buckets):
                tables.build(profile_step("household_value"), bucket=bucket)
                build_item_tables(tables, bucket)
                tables.build(predict_step("forecast_items"), bucket=bucket)
                tables.build(predict_step("bought_items"), bucket=bucket)
                rows = tables.query(predict_step("training_items"), bucket=bucket)
                past_days = (window.from_on - self.first_on).days
                yield TrainingPart(0, rows, rows["bought"].to_numpy(), past_days=past_days)
                step.advance()

    def _learning(self, windows: list[Period]) -> AbstractContextManager[ProgressStep]:
        """The step in which what happened in closed windows is read."""
        title = f"forecast as of {self.as_of_on}: reading the {len(windows)} fortnights it learns from"
        if len(windows) == 1:
            title = f"forecast as of {self.as_of_on}: reading the fortnight it learns from"
        return self.progress.step(title, self.warehouse.buckets * len(windows))

    def _featured_parts(self, method: Method, windows: list[Period]) -> Iterator[TrainingPart]:
        """The same from the features as of each window's first day."""
        facts = self._features(method, windows)
        shares = {
            level: min(
                1.0, most / max(1, sum(int(each[f"rows_{level}"]) for each in facts[: method.windows[level]]))
            )
            for level, most in method.rows_max.items()
        }
        buckets = self.warehouse.buckets
        with self.warehouse.scratch() as folder, self._learning(windows) as step:
            for number, window in enumerate(windows):
                tables = StepFiles(self.engine, folder, window_parameters(window))
                tables.give("open_lines", self.warehouse.files(snapshot(self.as_of_on, "open_lines")))
                features = feature_dataset(window.from_on)
                for bucket in range(buckets):
                    rows = read_rows(self.warehouse.files(features, bucket=bucket), "item_features")
                    if not pc.all(rows["eligible"]).as_py():
                        rows = rows.filter(rows["eligible"])
                    bought = tables.query(predict_step("bought_items"), bucket=bucket)
                    yield TrainingPart(number, rows, _came_true(rows, bought), shares)
                    step.advance()


def _came_true(items: pa.Table, bought: pa.Table) -> npt.NDArray[np.int64]:
    """1 where an item is among those bought, by household, level and id, else 0."""
    keys, bought_keys = (
        pc.binary_join_element_wise(rows["household_id"], rows["level"], rows["item_id"], "\n").combine_chunks()
        for rows in (items, bought)
    )
    return np.asarray(pc.is_in(keys, bought_keys).to_numpy(zero_copy_only=False), dtype=np.int64)


def window_parameters(window: Period) -> dict[str, date]:
    """A window as steps take it."""
    return {"from_on": window.from_on, "until_on": window.until_on}


def _is_good(losses: dict[str, float]) -> bool:
    others = [loss for name, loss in losses.items() if name != "new"]
    return not others or losses["new"] <= _WORSE_BY * min(others)
