"""Whether each household shops in the window, as of a day: learnt anew each cycle."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from regulars import __version__
from regulars.kernel import ModelError, digest_of
from regulars.predict import (
    SHOPPING_SETTINGS,
    SHOPPING_WINDOWS,
    WINDOW_DAYS,
    fit_shopping,
    predict_step,
    rhythm_weights,
    shopping_chances,
)

from ._files import is_current
from ._kept_models import model_facts
from ._names import snapshot
from ._ports import Engine, NewFile, Progress, ProgressStep, Publication, Warehouse
from ._step_files import StepFiles


def household_chances_dataset(as_of_on: date) -> str:
    """Dataset of the chances that households shop within the cycle that begins on a day."""
    return snapshot(as_of_on, "household_chances")


def ensure_household_chances(warehouse: Warehouse, engine: Engine, *, as_of_on: date, progress: Progress) -> None:
    """Learn who shops and publish each household's chance as of a day, unless that was done already.

    Everything is read from the day's `open_lines`, which must have been built.

    Raises:
        StoreError: The disk failed; nothing was published.
    """
    dataset = household_chances_dataset(as_of_on)
    made_from = digest_of(
        as_of_on,
        SHOPPING_SETTINGS,
        __version__,
        *(predict_step(name).text for name in ("visit_days", "household_visits", "household_chances")),
        *(file.sha256 for file in warehouse.files(snapshot(as_of_on, "open_lines"))),
    )
    if is_current(warehouse, dataset, made_from):
        return
    with warehouse.scratch() as folder:
        run = _Run(warehouse, engine, folder, as_of_on)
        with progress.step("who shops", (SHOPPING_WINDOWS + 1) * warehouse.buckets) as step:
            files = run.learnt_and_said(step)
        learnt = "yes" if len(files) > 1 else "no"
        of_model = model_facts(
            made_from=made_from,
            trained_from_on=as_of_on - timedelta(days=WINDOW_DAYS * SHOPPING_WINDOWS),
            settings=SHOPPING_SETTINGS,
            rows=run.rows,
        )
        facts = {**dict.fromkeys(files, of_model), dataset: {"made_from": made_from, "learnt": learnt}}
        warehouse.publish(Publication(files, facts))


class _Run:
    """What learning as of a day needs at hand."""

    def __init__(self, warehouse: Warehouse, engine: Engine, folder: Path, as_of_on: date) -> None:
        self.warehouse = warehouse
        self.engine = engine
        self.folder = folder
        self.as_of_on = as_of_on
        self.rows = 0
        self.tables = StepFiles(engine, folder, {})
        self.days = self._visit_days()

    def learnt_and_said(self, step: ProgressStep) -> dict[str, list[NewFile]]:
        """Files of the chances and, where there was enough to learn from, of the model."""
        starts = [self.as_of_on - timedelta(days=WINDOW_DAYS * (1 + number)) for number in range(SHOPPING_WINDOWS)]
        files = {}
        try:
            trees: str | None = fit_shopping(visits for day in starts for visits in self._past_visits(day, step))
            self.tables.give_rows("model_parts", pa.table({"name": ["trees"], "text": [trees]}))
            self.tables.build(predict_step("model_parts"))
            files[f"models/shopping/{self.as_of_on}"] = self.tables.built("model_parts")
        except ModelError:
            trees = None
        now = self._at(self.as_of_on, self.as_of_on)
        for bucket in range(self.warehouse.buckets):
            visits = now.query(predict_step("household_visits"), bucket=bucket)
            self.tables.give_rows("household_chances", _said(trees, visits, self.as_of_on))
            self.tables.build(predict_step("household_chances"), bucket=bucket)
            step.advance()
        return {household_chances_dataset(self.as_of_on): self.tables.built("household_chances"), **files}

    def _visit_days(self) -> list[NewFile]:
        days = StepFiles(self.engine, self.folder, {"as_of_on": self.as_of_on})
        days.give("open_lines", self.warehouse.files(snapshot(self.as_of_on, "open_lines")))
        for bucket in range(self.warehouse.buckets):
            days.build(predict_step("visit_days"), bucket=bucket)
        return days.built("visit_days")

    def _past_visits(self, as_of_on: date, step: ProgressStep) -> Iterator[pa.Table]:
        """`household_visits` as of a day a closed window began on."""
        at = self._at(as_of_on, as_of_on + timedelta(days=WINDOW_DAYS))
        for buckets, visits in at.query_together(predict_step("household_visits"), self.warehouse.buckets):
            self.rows += len(visits)
            yield visits
            step.advance(buckets)

    def _at(self, as_of_on: date, until_on: date) -> StepFiles:
        at = StepFiles(self.engine, self.folder, {"as_of_on": as_of_on, "until_on": until_on})
        at.give("visit_days", self.days)
        at.give_rows("rhythm_weights", rhythm_weights())
        return at


def _said(trees: str | None, visits: pa.Table, as_of_on: date) -> pa.Table:
    return pa.table(
        {
            "household_id": visits["household_id"],
            "probability": shopping_chances(trees, visits),
            "visits_182": visits["visits_182"],
            "last_on": pa.array(np.datetime64(as_of_on, "D") - visits["age_last"].to_numpy()),
        }
    )
