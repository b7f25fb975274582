"""Build a day's profiles: who spends what, buys what and how often, as far as was known before the day."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from regulars.contracts import Eligibility, LayoutDepartment
from regulars.kernel import ContractError, digest_of
from regulars.profiles import (
    BUCKET_STEPS,
    NEED_HALF_LIFE_DAYS,
    PRODUCT_HALF_LIFE_DAYS,
    decay_weights,
    profile_step,
)

from ._files import damaged_file, is_current
from ._names import snapshot
from ._ports import DataFile, Engine, Progress, Publication, Warehouse
from ._step_files import StepFiles

_SOURCES = ("lines", "products", "class_tiers", "prices")
_GLOBAL_STEPS = ("category_cuts", "daily_needs", "price_spreads", "shelf_prices", "product_facts")
_LAST_STEPS = ("household_cells", "household_wallet")
_FIRST_STEPS = ("lines_span", "history_start", "product_classes")
_ALL_STEPS = (*_FIRST_STEPS, *BUCKET_STEPS, *_GLOBAL_STEPS, *_LAST_STEPS, "population")

PROFILE_TABLES = (
    "product_classes",
    "open_lines",
    "household_value",
    "household_products",
    "household_needs",
    "household_cells",
    "household_deals",
    "household_wallet",
    "category_cuts",
    "shelf_prices",
    "product_facts",
)
"""Tables a day's profiles consist of, each published as ``snapshots/<day>/<table>``."""

BUCKET_TABLES = ("household_categories", "till_prices", "price_counts")
"""Published beside them for one reason: a bucket whose lines have not changed need not be built again."""


class NobodyEligibleError(ContractError):
    """No household spends enough to get a list as of a day; a store may be too young for it."""


@dataclass(frozen=True)
class ProfileReport:
    """What a build of profiles came to.

    Args:
        as_of_on: The day; only what was known before it was used.
        built: False when the same profiles were there already.
        buckets_built: Household buckets that were built; the lines of the others had not changed.
        households: Households with a line of merchandise before the day.
        households_eligible: Those that get a list.
        open_lines: Lines that profiles may see.
    """

    as_of_on: date
    built: bool
    households: int
    households_eligible: int
    open_lines: int
    buckets_built: int = 0


@dataclass(frozen=True)
class ProfileSettings:
    """What the store decides about profiles.

    Args:
        eligibility: Who gets a list.
        departments: Departments the store speaks of; any other is merchandise.
        closed_tiers: Sensitive tiers that profiles must not see.
        promotion_plan: Whether promotions of the fortnight after a day are known on it. Profiles do not look at them,
            features do.
    """

    eligibility: Eligibility
    departments: Sequence[LayoutDepartment]
    closed_tiers: Sequence[str]
    promotion_plan: bool = True

    def digest(self) -> str:
        """A digest of everything that matters here."""
        apart = sorted(department.department_id for department in self.departments if not department.merchandise)
        return digest_of(self.eligibility, *apart, "closed", *sorted(set(self.closed_tiers)))


def build_profiles(
    warehouse: Warehouse,
    engine: Engine,
    *,
    settings: ProfileSettings,
    as_of_on: date,
    progress: Progress,
) -> ProfileReport:
    """Build and publish the profiles of a day, all tables in one atomic change; the same input is built once.

    A household bucket whose lines are those its tables were built from is taken over; only the steps that look at all
    households run again. What comes out is the same as if all had been built.

    Args:
        warehouse: Holds `lines` and `products`, and may hold `class_tiers` and `prices`.
        engine: Runs the SQL.
        settings: What the store decides.
        as_of_on: The day; nothing sold or known on or after it is read.
        progress: Told of each household bucket.

    Raises:
        ContractError: There are no lines or products, or none before the day.
        NobodyEligibleError: No household is eligible.
        StoreError: The disk failed; nothing was published.
    """
    made_from = profiles_digest(warehouse, settings, as_of_on=as_of_on)
    kept = [snapshot(as_of_on, name) for name in (*PROFILE_TABLES, *BUCKET_TABLES)]
    facts = warehouse.properties(snapshot(as_of_on, "household_value"))
    if is_current(warehouse, snapshot(as_of_on, "household_value"), made_from, *kept):
        return _report(as_of_on, facts, built=False)
    lines_last_on = _check_history(warehouse, engine, as_of_on)
    with warehouse.scratch() as folder:
        tables = profile_inputs(warehouse, engine, folder, settings, as_of_on=as_of_on)
        buckets = _bucket_digests(warehouse, tables, settings, as_of_on)
        unchanged = {
            n
            for n, digest in buckets.items()
            if facts.get(f"bucket_{n}") == digest and _is_whole(warehouse, as_of_on, n)
        }
        _build_tables(tables, warehouse, as_of_on, unchanged, progress)
        population = tables.query(profile_step("population")).to_pylist()[0]
        averaged = replace(settings.eligibility, weeks=tables.parameters["weeks"])
        _check_population(population["households_eligible"], averaged, as_of_on, lines_last_on)
        facts = {
            "made_from": made_from,
            "households": str(population["households"]),
            "households_eligible": str(population["households_eligible"]),
            "open_lines": str(tables.rows["open_lines"]),
        }
        bucket_facts = {f"bucket_{number}": digest for number, digest in buckets.items()}
        warehouse.publish(
            Publication(
                replace={
                    snapshot(as_of_on, name): tables.held(name) for name in (*PROFILE_TABLES, *BUCKET_TABLES)
                },
                properties={
                    snapshot(as_of_on, name): facts | (bucket_facts if name == "household_value" else {})
                    for name in PROFILE_TABLES
                },
            )
        )
    return _report(as_of_on, facts, built=True, buckets_built=len(buckets) - len(unchanged))


def _is_whole(warehouse: Warehouse, as_of_on: date, bucket: int) -> bool:
    """Whether what was built of a bucket's lines lies there as it was published."""
    files = [file for name in BUCKET_STEPS for file in warehouse.files(snapshot(as_of_on, name), bucket=bucket)]
    return damaged_file(files) is None


def profiles_digest(warehouse: Warehouse, settings: ProfileSettings, *, as_of_on: date) -> str:
    """A digest of all that a day's profiles are made from: files, settings, the SQL itself."""
    files = [file.sha256 for name in _SOURCES for file in source_files(warehouse, name, before_on=as_of_on)]
    texts = [profile_step(name).text for name in _ALL_STEPS]
    half_lives = (PRODUCT_HALF_LIFE_DAYS, NEED_HALF_LIFE_DAYS)
    return digest_of(as_of_on, settings.digest(), warehouse.buckets, *half_lives, *texts, *files)


def source_files(
    warehouse: Warehouse, table_name: str, *, before_on: date, bucket: int | None = None
) -> list[DataFile]:
    """Files of a source table that may hold rows of days before a day; later months are passed over."""
    last_month = before_on.isoformat()[:7]
    return [file for file in warehouse.files(table_name, bucket=bucket) if file.period <= last_month]


def profile_inputs(
    warehouse: Warehouse,
    engine: Engine,
    folder: Path,
    settings: ProfileSettings,
    *,
    as_of_on: date,
    more: Mapping[str, Any] | None = None,
) -> StepFiles:
    """The sources and settings as tables, and `product_classes` built of them; `more` parameters for steps that ask."""
    sources = {name: source_files(warehouse, name, before_on=as_of_on) for name in _SOURCES}
    lines = {"lines": [file.path for file in sources["lines"]]}
    start = engine.query(profile_step("history_start"), lines, {"as_of_on": as_of_on})["first_on"][0].as_py()
    parameters = {
        "as_of_on": as_of_on,
        "weeks": settings.eligibility.weeks_before(as_of_on, start),
        "weekly_spend_cents": settings.eligibility.weekly_spend_cents,
        **(more or {}),
    }
    tables = StepFiles(engine, folder, parameters)
    for name, files in sources.items():
        tables.give(name, files)
    tables.give_rows("closed_tiers", pa.table({"tier": pa.array(sorted(set(settings.closed_tiers)), pa.string())}))
    merchandise = {department.department_id: department.merchandise for department in settings.departments}
    tables.give_rows(
        "store_departments",
        pa.table(
            {
                "department_id": pa.array(list(merchandise), pa.string()),
                "merchandise": pa.array(list(merchandise.values()), pa.bool_()),
            }
        ),
    )
    tables.build(profile_step("product_classes"))
    return tables


def build_item_tables(tables: StepFiles, bucket: int) -> None:
    """Build what a bucket's households bought, by product and by need, each with its own half-life."""
    tables.give_rows("decay_weights", decay_weights(PRODUCT_HALF_LIFE_DAYS))
    tables.build(profile_step("household_products"), bucket=bucket)
    tables.give_rows("decay_weights", decay_weights(NEED_HALF_LIFE_DAYS))
    tables.build(profile_step("household_needs"), bucket=bucket)


def _bucket_digests(
    warehouse: Warehouse, tables: StepFiles, settings: ProfileSettings, as_of_on: date
) -> dict[int, str]:
    """Bucket → digest of all that its tables are built from."""
    classes = [hashlib.sha256(file.path.read_bytes()).hexdigest() for file in tables.built("product_classes")]
    texts = [profile_step(name).text for name in BUCKET_STEPS]
    weeks = tables.parameters["weeks"]
    common = (as_of_on, settings.digest(), weeks, PRODUCT_HALF_LIFE_DAYS, NEED_HALF_LIFE_DAYS, *classes, *texts)
    digests = {}
    for bucket in range(warehouse.buckets):
        files = source_files(warehouse, "lines", before_on=as_of_on, bucket=bucket)
        digests[bucket] = digest_of(*common, *(file.sha256 for file in files))
    return digests


def _build_tables(
    tables: StepFiles, warehouse: Warehouse, as_of_on: date, unchanged: Collection[int], progress: Progress
) -> None:
    """Build every table; buckets that have not changed are taken over from what is published."""
    with progress.step("profiles", warehouse.buckets) as step:
        for bucket in range(warehouse.buckets):
            if bucket in unchanged:
                for name in BUCKET_STEPS:
                    tables.reuse(name, warehouse.files(snapshot(as_of_on, name), bucket=bucket))
            else:
                _build_bucket(tables, bucket)
            step.advance()
    for name in _GLOBAL_STEPS:
        tables.build(profile_step(name))
    for bucket in range(warehouse.buckets):
        for name in _LAST_STEPS:
            tables.build(profile_step(name), bucket=bucket)


def _build_bucket(tables: StepFiles, bucket: int) -> None:
    tables.build(profile_step("open_lines"), bucket=bucket)
    tables.build(profile_step("household_value"), bucket=bucket)
    build_item_tables(tables, bucket)
    for name in ("household_deals", *BUCKET_TABLES):
        tables.build(profile_step(name), bucket=bucket)


def _check_history(warehouse: Warehouse, engine: Engine, as_of_on: date) -> date:
    """The day of the last till line there is, before the day or after it, if there is enough to build from."""
    files = [file.path for file in warehouse.files("lines")]
    span = engine.query(profile_step("lines_span"), {"lines": files}, {}).to_pylist()[0]
    if not span["lines"]:
        raise ContractError(
            f"there is no till line to build the profiles of {as_of_on} from",
            hint="load lines with `regulars data load`",
        )
    if span["first_on"] >= as_of_on:
        raise ContractError(
            f"no till line lies before {as_of_on}; there are lines from {span['first_on']} to {span['last_on']}",
            hint=f"name a day after {span['first_on']}, or load older lines with `regulars data load`",
        )
    if not warehouse.files("products"):
        raise ContractError(
            "no products are loaded, so no line can be told from another",
            hint="load products with `regulars data load FILE --kind products`",
        )
    last_on: date = span["last_on"]
    return last_on


def _check_population(eligible: int, eligibility: Eligibility, as_of_on: date, lines_last_on: date) -> None:
    if not eligible:
        ended = lines_last_on < as_of_on - timedelta(days=1)
        weeks = "week" if eligibility.weeks == 1 else f"{eligibility.weeks} weeks"
        floor = f"{eligibility.weekly_spend_cents / 100:.2f} dollars a week"
        raise NobodyEligibleError(
            f"no household is eligible: none spent {floor} on average in the {weeks} before {as_of_on}"
            f"{f'; the last till line is of {lines_last_on}' if ended else ''}",
            hint="see with `regulars data status` which days are loaded and name one they reach to with --as-of "
            "(if not given, the first day of the newest cycle), or lower `weekly_spend_cents` in the settings",
        )


def _report(as_of_on: date, facts: dict[str, str], *, built: bool, buckets_built: int = 0) -> ProfileReport:
    return ProfileReport(
        as_of_on=as_of_on,
        built=built,
        households=int(facts["households"]),
        households_eligible=int(facts["households_eligible"]),
        open_lines=int(facts["open_lines"]),
        buckets_built=buckets_built,
    )
