"""Needs each household has never bought and may come to, as of a day; apart from the forecast of what it buys again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pyarrow as pa

from regulars import __version__
from regulars.kernel import digest_of
from regulars.predict import (
    NEW_NEEDS_SETTINGS,
    WINDOW_DAYS,
    NeedNeighbours,
    ScoredNeeds,
    listed_new_needs,
    need_neighbours,
    new_need_curve,
    new_need_scores,
    predict_step,
)

from ._files import is_current
from ._learnt_windows import learnt_windows, sold_days
from ._names import snapshot
from ._needs_bought import NeedsBought
from ._ports import Engine, Progress, ProgressStep, Publication, Warehouse
from ._step_files import StepFiles


def new_needs_dataset(as_of_on: date) -> str:
    """Dataset of the new needs as of a day."""
    return snapshot(as_of_on, "new_needs")


def ensure_new_needs(
    warehouse: Warehouse, engine: Engine, *, as_of_on: date, bought: NeedsBought, progress: Progress
) -> None:
    """Publish the needs each household may come to as of a day, unless that was done already.

    Chances are read off the newest fortnight before the day in which no store was closed.

    Args:
        warehouse: Holds the profiles.
        engine: Runs the SQL.
        as_of_on: The day.
        bought: As of the same day.
        progress: Told of each household bucket.

    Raises:
        StoreError: The disk failed; nothing was published.
    """
    dataset = new_needs_dataset(as_of_on)
    made_from = digest_of(
        as_of_on,
        NEW_NEEDS_SETTINGS,
        __version__,
        predict_step("need_holdings").text,
        *bought.made_from,
    )
    if is_current(warehouse, dataset, made_from):
        return
    with warehouse.scratch() as folder:
        tables = StepFiles(engine, folder, {})
        with progress.step("new needs", 4 * warehouse.buckets) as step:
            run = _Run(warehouse, engine, bought, step)
            past_on = learnt_windows(sold_days(warehouse, engine, as_of_on), as_of_on, 1)[0].from_on
            past = run.neighbours(past_on)
            curve = new_need_curve(run.scored(past_on, bucket, past) for bucket in range(warehouse.buckets))
            now = run.neighbours(as_of_on)
            for bucket in range(warehouse.buckets):
                scored = run.scored(as_of_on, bucket, now)
                tables.give_rows("new_needs", listed_new_needs(scored, curve, now))
                tables.build(predict_step("new_needs"), bucket=bucket)
        warehouse.publish(Publication({dataset: tables.built("new_needs")}, {dataset: {"made_from": made_from}}))


class _Run:
    """What reading holdings as of some day needs at hand; a bucket is read anew each time, so memory stays flat."""

    def __init__(self, warehouse: Warehouse, engine: Engine, bought: NeedsBought, step: ProgressStep) -> None:
        self._warehouse = warehouse
        self._engine = engine
        self._bought = bought
        self._step = step

    def neighbours(self, as_of_on: date) -> NeedNeighbours:
        """What all households say of needs as of a day."""
        return need_neighbours(self._all_holdings(as_of_on))

    def scored(self, as_of_on: date, bucket: int, neighbours: NeedNeighbours) -> ScoredNeeds:
        """`new_need_scores` of a bucket."""
        holdings = self._at(as_of_on).query(predict_step("need_holdings"), bucket=bucket)
        self._step.advance()
        return new_need_scores(holdings, neighbours)

    def _all_holdings(self, as_of_on: date) -> Iterator[pa.Table]:
        at = self._at(as_of_on)
        for buckets, holdings in at.query_together(predict_step("need_holdings"), self._warehouse.buckets):
            self._step.advance(buckets)
            yield holdings

    def _at(self, as_of_on: date) -> StepFiles:
        window = {"as_of_on": as_of_on, "until_on": as_of_on + timedelta(days=WINDOW_DAYS)}
        at = StepFiles(self._engine, self._bought.folder, window)
        at.give("needs_bought", self._bought.files())
        return at
