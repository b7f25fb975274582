"""Build what trees look at as of a day, once; forecasts of that day and later training read the same dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from pathlib import Path

from regulars import __version__
from regulars.kernel import digest_of
from regulars.predict import (
    LEANING_SETTINGS,
    WINDOW_DAYS,
    NeedLeanings,
    feature_weights,
    leaning_needs,
    learn_leanings,
    need_leanings,
    predict_step,
)
from regulars.profiles import profile_step

from ._files import is_current
from ._names import snapshot
from ._ports import DataFile, Engine, Progress, Publication, Warehouse
from ._profiles import ProfileSettings, profile_inputs, profiles_digest, source_files
from ._rows import read_paths
from ._step_files import StepFiles

_DAY_STEPS = ("visit_days", "item_days")
_BUCKET_STEPS = ("eligible_households", "item_states", "household_states", "item_counts")
_WHOLE_STEPS = ("item_totals", "level_totals", "promotion_counts")
_STEPS = (*_DAY_STEPS, *_BUCKET_STEPS, *_WHOLE_STEPS, "need_weights", "item_features")


class FeatureRows(IntEnum):
    """Which rows of a day's features are kept; each holds those of the ones before it.

    What is counted over all households is the same in each.
    """

    LEARNT_NEEDS = 0
    """Needs of the households that got a list as of the day."""
    LEARNT = 1
    """Their products too."""
    ALL = 2
    """Those of all households; what a forecast is made from."""


def feature_dataset(as_of_on: date) -> str:
    """Dataset of the features as of a day.

    Example:
        >>> feature_dataset(date(2017, 11, 27))
        'snapshots/2017-11-27/item_features'
    """
    return snapshot(as_of_on, "item_features")


def ensure_features(
    warehouse: Warehouse,
    engine: Engine,
    settings: ProfileSettings,
    *,
    as_of_on: date,
    rows: Mapping[date, FeatureRows],
    progress: Progress,
) -> dict[date, dict[str, str]]:
    """Build and publish the features as of some days, unless that was done from the same input, with no fewer rows.

    As of a day only lines sold and known before it are read; of the promotion plan also the fortnight that follows,
    unless the settings say that it is not known ahead. What was bought on which day is put together once for all
    days, from the `open_lines` of the newest; where some of that was not known yet on an earlier day, anew for it.

    Args:
        warehouse: Holds `lines` and `products`, and may hold `class_tiers` and `promotions`.
        engine: Runs the SQL.
        settings: What the store decides about profiles and the promotion plan.
        as_of_on: The newest of the days; its profiles have been built.
        rows: The days, and which rows are wanted of each at least.
        progress: Told of each household bucket.

    Returns:
        Facts of the dataset of each day: `made_from`, the same whichever rows are kept; and `rows_need` and
        `rows_product`, rows of eligible households.

    Raises:
        StoreError: The disk failed; what was published before is there.
    """
    run = _Run(warehouse, engine, settings, as_of_on, progress)
    facts: dict[date, dict[str, str]] = {}
    missing: dict[date, str] = {}
    for day, wanted in rows.items():
        made_from = run.made_from(day)
        facts[day] = warehouse.properties(feature_dataset(day))
        if not is_current(warehouse, feature_dataset(day), made_from) or int(facts[day]["rows"]) < wanted:
            missing[day] = made_from
    if missing:
        with warehouse.scratch() as folder:
            days = run.bought_days(folder)
            late = run.known_late(folder) if set(missing) - {as_of_on} else {}
            for number, (day, made_from) in enumerate(missing.items(), 1):
                title = f"what is known of each household as of {day}, day {number} of {len(missing)}"
                facts[day] = run.publish(title, day, rows[day], made_from, days, late)
    return facts


@dataclass(frozen=True)
class _Run:
    """What building features needs at hand."""

    warehouse: Warehouse
    engine: Engine
    settings: ProfileSettings
    as_of_on: date
    progress: Progress

    def made_from(self, day: date) -> str:
        """A digest of all that the features as of a day are made from."""
        return digest_of(
            profiles_digest(self.warehouse, self.settings, as_of_on=day),
            self.settings.promotion_plan,
            LEANING_SETTINGS,
            __version__,
            *(predict_step(name).text for name in _STEPS),
            *(file.sha256 for file in self._promotions(day)),
        )

    def bought_days(self, folder: Path) -> StepFiles:
        """`visit_days` and `item_days` as of the newest day."""
        tables = StepFiles(self.engine, folder, {"as_of_on": self.as_of_on})
        tables.give("open_lines", self.warehouse.files(snapshot(self.as_of_on, "open_lines")))
        with self.progress.step("days each thing was bought on", self.warehouse.buckets) as step:
            for bucket in range(self.warehouse.buckets):
                for name in _DAY_STEPS:
                    tables.build(predict_step(name), bucket=bucket)
                step.advance()
        return tables

    def known_late(self, folder: Path) -> dict[int, list[tuple[date, date]]]:
        """Bucket → days on which lines were sold and those, later, from which they were known."""
        tables = StepFiles(self.engine, folder, {"as_of_on": self.as_of_on})
        for name in ("lines", "products"):
            tables.give(name, source_files(self.warehouse, name, before_on=self.as_of_on))
        late = {}
        for bucket in range(self.warehouse.buckets):
            found = tables.query(predict_step("late_lines"), bucket=bucket).to_pylist()
            late[bucket] = [(row["sold_on"], row["known_from_on"]) for row in found]
        return late

    def publish(
        self,
        title: str,
        day: date,
        rows: FeatureRows,
        made_from: str,
        days: StepFiles,
        late: Mapping[int, Sequence[tuple[date, date]]],
    ) -> dict[str, str]:
        """Build the features as of a day and publish them; their facts."""
        buckets = self.warehouse.buckets
        with self.warehouse.scratch() as folder, self.progress.step(title, 2 * buckets) as step:
            tables = self._inputs(folder, day, rows)
            anew = self._buckets_anew(day, late)
            for name in _DAY_STEPS:
                tables.give(name, [file for file in days.built(name) if file.bucket not in anew])
            for bucket in range(buckets):
                if bucket in anew:
                    tables.build(profile_step("open_lines"), bucket=bucket)
                    for name in _DAY_STEPS:
                        tables.build(predict_step(name), bucket=bucket)
                for name in _BUCKET_STEPS:
                    tables.build(predict_step(name), bucket=bucket)
                step.advance()
            for name in _WHOLE_STEPS:
                tables.build(predict_step(name))
            leanings = _learnt_leanings(tables, buckets)
            for bucket in range(buckets):
                weights = tables.query(predict_step("need_weights"), bucket=bucket)
                tables.give_rows("need_leanings", need_leanings(weights, leanings))
                tables.build(predict_step("item_features"), bucket=bucket)
                step.advance()
            dataset = feature_dataset(day)
            facts = {"made_from": made_from, "rows": str(int(rows)), **_counted(tables)}
            self.warehouse.publish(Publication({dataset: tables.built("item_features")}, {dataset: facts}))
        return facts

    def _inputs(self, folder: Path, day: date, rows: FeatureRows) -> StepFiles:
        until_on = day + timedelta(days=WINDOW_DAYS)
        tables = profile_inputs(
            self.warehouse,
            self.engine,
            folder,
            self.settings,
            as_of_on=day,
            more={
                "before_on": day - timedelta(days=WINDOW_DAYS),
                "until_on": until_on,
                "promotions_known_on": until_on if self.settings.promotion_plan else day,
                "with_products": rows >= FeatureRows.LEARNT,
                "with_others": rows >= FeatureRows.ALL,
            },
        )
        tables.give("promotions", self._promotions(day))
        tables.give_rows("feature_weights", feature_weights())
        return tables

    def _promotions(self, day: date) -> list[DataFile]:
        return source_files(self.warehouse, "promotions", before_on=day + timedelta(days=WINDOW_DAYS))

    def _buckets_anew(self, day: date, late: Mapping[int, Sequence[tuple[date, date]]]) -> set[int]:
        """Buckets with lines sold before the day that were known only later; all, where classes were others."""
        if any(
            source_files(self.warehouse, name, before_on=day)
            != source_files(self.warehouse, name, before_on=self.as_of_on)
            for name in ("products", "class_tiers")
        ):
            return set(range(self.warehouse.buckets))
        return {
            bucket
            for bucket, lines in late.items()
            if any(sold_on < day <= known_from_on for sold_on, known_from_on in lines)
        }


def _learnt_leanings(tables: StepFiles, buckets: int) -> NeedLeanings:
    """How far needs follow from one another in all households."""
    totals = read_paths([file.path for file in tables.built("item_totals")], "item_totals")
    together = tables.query_together(predict_step("need_weights"), buckets)
    return learn_leanings(leaning_needs(totals), (weights for _, weights in together))


def _counted(tables: StepFiles) -> dict[str, str]:
    counts = {"need": 0, "product": 0}
    for row in tables.query(predict_step("feature_counts")).to_pylist():
        counts[row["level"]] = row["items_eligible"]
    return {f"rows_{level}": str(count) for level, count in counts.items()}
