"""When needs are bought next, as of a day: the timing model, learnt anew each cycle, and how soon it says."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from regulars import __version__
from regulars.kernel import ModelError, digest_of
from regulars.predict import (
    FOLLOWED_DAYS,
    TIMING_SETTINGS,
    TIMING_STARTS_DAYS,
    NeedTiming,
    WatchedPairs,
    fit_need_timing,
    need_paces,
    need_timing_of,
    need_totals,
    predict_step,
    rhythm_weights,
    timing_parts,
)

from ._files import is_current
from ._kept_models import model_facts
from ._names import snapshot
from ._needs_bought import NeedsBought
from ._ports import Engine, NewFile, Progress, ProgressStep, Publication, Warehouse
from ._step_files import StepFiles

_STEPS = ("need_rhythms", "need_counts", "need_paces")


def need_paces_dataset(as_of_on: date) -> str:
    """Dataset of how soon needs come back as of a day; empty where there was too little history to learn from."""
    return snapshot(as_of_on, "need_paces")


def need_timing_dataset(as_of_on: date) -> str:
    """Dataset of the timing model as of a day."""
    return f"models/need-days/{as_of_on}"


def ensure_need_paces(
    warehouse: Warehouse, engine: Engine, *, as_of_on: date, bought: NeedsBought, progress: Progress
) -> None:
    """Learn when needs are bought next and publish how soon each comes back, unless that was done already.

    Args:
        warehouse: Holds the profiles.
        engine: Runs the SQL.
        as_of_on: The day; watching ends before it.
        bought: As of the same day.
        progress: Told of each household bucket.

    Raises:
        StoreError: The disk failed; nothing was published.
    """
    dataset = need_paces_dataset(as_of_on)
    made_from = digest_of(
        as_of_on,
        TIMING_SETTINGS,
        __version__,
        *(predict_step(name).text for name in _STEPS),
        *bought.made_from,
    )
    if is_current(warehouse, dataset, made_from, need_timing_dataset(as_of_on)):
        return
    with warehouse.scratch() as folder:
        run = _Run(warehouse, engine, folder, as_of_on, bought)
        with progress.step("when needs come back", (len(TIMING_STARTS_DAYS) + 1) * warehouse.buckets) as step:
            files = run.learnt_and_paced(step)
        learnt = "yes" if len(files) > 1 else "no"
        of_model = model_facts(
            made_from=made_from,
            trained_from_on=as_of_on - timedelta(days=max(TIMING_STARTS_DAYS)),
            settings=TIMING_SETTINGS,
            rows=run.rows,
        )
        facts = {**dict.fromkeys(files, of_model), dataset: {"made_from": made_from, "learnt": learnt}}
        warehouse.publish(Publication(files, facts))


class _Run:
    """What learning as of a day needs at hand."""

    def __init__(
        self, warehouse: Warehouse, engine: Engine, folder: Path, as_of_on: date, bought: NeedsBought
    ) -> None:
        self.warehouse = warehouse
        self.engine = engine
        self.folder = folder
        self.as_of_on = as_of_on
        self.bought = bought
        self.tables = StepFiles(engine, folder, {})
        self.rows = 0

    def learnt_and_paced(self, step: ProgressStep) -> dict[str, list[NewFile]]:
        """Files of the paces and, where there was enough to learn from, of the model."""
        dataset = need_paces_dataset(self.as_of_on)
        try:
            timing = fit_need_timing(self._watched(days, step) for days in TIMING_STARTS_DAYS)
        except ModelError:
            return {dataset: []}
        parts = timing_parts(timing)
        self.tables.give_rows("model_parts", pa.table({"name": list(parts), "text": list(parts.values())}))
        self.tables.build(predict_step("model_parts"))
        now = self._at(self.as_of_on, self.as_of_on)
        totals = self._totals(now)
        for bucket in range(self.warehouse.buckets):
            rhythms = now.query(predict_step("need_rhythms"), bucket=bucket)
            paces = rhythms.select(["household_id", "need_id"])
            paces = paces.append_column("pace", pa.array(need_paces(timing, rhythms, totals)))
            self.tables.give_rows("need_paces", paces)
            self.tables.build(predict_step("need_paces"), bucket=bucket)
            step.advance()
        return {
            dataset: self.tables.built("need_paces"),
            need_timing_dataset(self.as_of_on): self.tables.built("model_parts"),
        }

    def _watched(self, days_before: int, step: ProgressStep) -> WatchedPairs:
        """Pairs watched from so many days before the day on."""
        from_on = self.as_of_on - timedelta(days=days_before)
        watched_days = min(days_before, FOLLOWED_DAYS)
        at = self._at(from_on, from_on + timedelta(days=watched_days))
        rhythms = []
        for buckets, found in at.query_together(predict_step("need_rhythms"), self.warehouse.buckets):
            rhythms.append(found)
            self.rows += len(found)
            step.advance(buckets)
        return WatchedPairs(pa.concat_tables(rhythms), self._totals(at), watched_days)

    def _totals(self, at: StepFiles) -> pa.Table:
        """`need_totals` of all households."""
        counts = at.query_together(predict_step("need_counts"), self.warehouse.buckets)
        return need_totals([found for _, found in counts])

    def _at(self, as_of_on: date, until_on: date) -> StepFiles:
        """The days needs were bought on and what they weigh, as of a day."""
        at = StepFiles(self.engine, self.folder, {"as_of_on": as_of_on, "until_on": until_on})
        at.give("needs_bought", self.bought.files())
        at.give_rows("rhythm_weights", rhythm_weights())
        return at


def read_need_timing(warehouse: Warehouse, engine: Engine, as_of_on: date) -> NeedTiming | None:
    """What was learnt as of a day; nothing where there was too little history."""
    if warehouse.properties(need_paces_dataset(as_of_on))["learnt"] != "yes":
        return None
    paths = [file.path for file in warehouse.files(need_timing_dataset(as_of_on))]
    parts = engine.query(predict_step("model_parts"), {"model_parts": paths}, {}).to_pylist()
    return need_timing_of({part["name"]: part["text"] for part in parts})
