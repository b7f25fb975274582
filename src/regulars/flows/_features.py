"""Build what trees look at as of a day, once; forecasts of that day and later training read the same dataset."""

from __future__ import annotations

from datetime import date, timedelta
from enum import IntEnum

from regulars import __version__
from regulars.kernel import digest_of
from regulars.predict import WINDOW_DAYS, feature_weights, predict_step
from regulars.profiles import profile_step

from ._names import snapshot
from ._ports import DataFile, Engine, Progress, Publication, Warehouse
from ._profiles import ProfileSettings, profile_inputs, profiles_digest, source_files
from ._step_files import StepFiles

_BUCKET_STEPS = ("visit_days", "item_states", "household_states", "item_counts")
_WHOLE_STEPS = ("item_totals", "level_totals", "promotion_counts")
_STEPS = (*_BUCKET_STEPS, *_WHOLE_STEPS, "item_features")
_PROFILES = ("open_lines", "household_value")


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
    progress: Progress,
    rows: FeatureRows = FeatureRows.ALL,
) -> dict[str, str]:
    """Build and publish the features as of a day, unless that was done from the same input, with no fewer rows.

    Only lines sold and known before the day are read; of the promotion plan also the fortnight that follows, unless
    the settings say that it is not known ahead.

    Args:
        warehouse: Holds `lines` and `products`, and may hold `class_tiers` and `promotions`.
        engine: Runs the SQL.
        settings: What the store decides about profiles and the promotion plan.
        as_of_on: The day.
        progress: Told of each household bucket.
        rows: Which rows are wanted at least.

    Returns:
        Facts of the dataset: `made_from`, the same whichever rows are kept; and `rows_need` and `rows_product`, rows of
        eligible households.

    Raises:
        StoreError: The disk failed; nothing was published.
    """
    dataset = feature_dataset(as_of_on)
    until_on = as_of_on + timedelta(days=WINDOW_DAYS)
    promotions = source_files(warehouse, "promotions", before_on=until_on)
    made_from = digest_of(
        profiles_digest(warehouse, settings, as_of_on=as_of_on),
        settings.promotion_plan,
        __version__,
        *(predict_step(name).text for name in _STEPS),
        *(file.sha256 for file in promotions),
    )
    facts = warehouse.properties(dataset)
    if facts.get("made_from") == made_from and int(facts["rows"]) >= rows:
        return facts
    with warehouse.scratch() as folder, progress.step(f"features {as_of_on}", 2 * warehouse.buckets) as step:
        tables = profile_inputs(
            warehouse,
            engine,
            folder,
            settings,
            as_of_on=as_of_on,
            more={
                "before_on": as_of_on - timedelta(days=WINDOW_DAYS),
                "until_on": until_on,
                "promotions_known_on": until_on if settings.promotion_plan else as_of_on,
                "with_products": rows >= FeatureRows.LEARNT,
                "with_others": rows >= FeatureRows.ALL,
            },
        )
        tables.give("promotions", promotions)
        tables.give_rows("feature_weights", feature_weights())
        published = _published_profiles(warehouse, settings, as_of_on)
        for name, files in published.items():
            tables.give(name, files)
        for bucket in range(warehouse.buckets):
            for name in _PROFILES:
                if not published:
                    tables.build(profile_step(name), bucket=bucket)
            for name in _BUCKET_STEPS:
                tables.build(predict_step(name), bucket=bucket)
            step.advance()
        for name in _WHOLE_STEPS:
            tables.build(predict_step(name))
        for bucket in range(warehouse.buckets):
            tables.build(predict_step("item_features"), bucket=bucket)
            step.advance()
        facts = {"made_from": made_from, "rows": str(int(rows)), **_counted(tables)}
        warehouse.publish(Publication({dataset: tables.built("item_features")}, {dataset: facts}))
    return facts


def _published_profiles(
    warehouse: Warehouse, settings: ProfileSettings, as_of_on: date
) -> dict[str, list[DataFile]]:
    """The day's profiles, if they were built of the same input."""
    facts = warehouse.properties(snapshot(as_of_on, "open_lines"))
    if facts.get("made_from") != profiles_digest(warehouse, settings, as_of_on=as_of_on):
        return {}
    return {name: warehouse.files(snapshot(as_of_on, name)) for name in _PROFILES}


def _counted(tables: StepFiles) -> dict[str, str]:
    counts = {"need": 0, "product": 0}
    for row in tables.query(predict_step("feature_counts")).to_pylist():
        counts[row["level"]] = row["items_eligible"]
    return {f"rows_{level}": str(count) for level, count in counts.items()}
