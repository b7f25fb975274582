"""How forecasts came true, kept beside the day they were made as of, so that one can be held against the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from regulars.kernel import CYCLE_DAYS
from regulars.predict import ForecastQuality, JudgedPart, Verdict, verdict_of

from ._files import damaged_file
from ._names import snapshot, snapshot_days
from ._plan import plans_of
from ._ports import NewFile, Publication, Warehouse
from ._rows import read_rows, rows_digest, shaped, write_rows

_TABLES = ("judged_levels", "judged_bins", "judged_parts")


def keep_judgement(warehouse: Warehouse, quality: ForecastQuality) -> None:
    """Publish how a forecast came true; the same judgement is published once.

    Args:
        warehouse: Where.
        quality: The judgement.

    Raises:
        StoreError: The disk failed; nothing was published.
    """
    rows = {
        "judged_levels": shaped(_columns([_level_row(one) for one in quality.levels]), "judged_levels"),
        "judged_bins": shaped(_columns(_bin_rows(quality)), "judged_bins"),
        "judged_parts": shaped(_columns([asdict(part) for part in quality.parts]), "judged_parts"),
    }
    facts = {"method": quality.method, "until_on": quality.until_on.isoformat(), "digest": rows_digest(rows)}
    name = snapshot(quality.as_of_on, "judged_levels")
    kept = [file for table_name in _TABLES for file in warehouse.files(snapshot(quality.as_of_on, table_name))]
    if warehouse.properties(name) == facts and damaged_file(kept) is None:
        return
    with warehouse.scratch() as folder:
        files = {}
        for table_name in _TABLES:
            path = folder / f"{table_name}.parquet"
            write_rows(rows[table_name], path)
            files[snapshot(quality.as_of_on, table_name)] = [NewFile(path)]
        warehouse.publish(Publication(files, {name: facts}))


def _columns(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def _level_row(level: Any) -> dict[str, Any]:
    return {field.name: getattr(level, field.name) for field in fields(JudgedLevel)}


def _bin_rows(quality: ForecastQuality) -> list[dict[str, Any]]:
    return [
        {
            "level": level.level,
            "said_low": entry.said_low,
            "said_high": entry.said_high,
            "items": entry.items,
            "said": entry.said,
            "happened": entry.happened,
        }
        for level in quality.levels
        for entry in level.bins
    ]


@dataclass(frozen=True)
class JudgedLevel:
    """How one level of a forecast came true; see `predict.LevelQuality`."""

    level: str
    households: int
    households_shopping: int
    items: int
    items_bought: int
    precision_at_10: float
    hit_rate_at_10: float
    recall_at_20: float
    ndcg_at_10: float
    log_loss: float
    brier: float
    calibration_error: float
    first_ten_said: float
    first_ten_happened: float

    @property
    def verdict(self) -> Verdict:
        """Whether what was said of the first ten came true; see `predict.verdict_of`."""
        return verdict_of(self.first_ten_said, self.first_ten_happened, 10 * self.households)


@dataclass(frozen=True)
class JudgedBin:
    """A tenth of the forecast items of a level, by chance: what was said, what happened."""

    level: str
    said_low: float
    said_high: float
    items: int
    said: float
    happened: float


@dataclass(frozen=True)
class JudgedForecast:
    """How the forecast made as of a day came true."""

    as_of_on: date
    until_on: date
    method: str
    levels: tuple[JudgedLevel, ...]
    bins: tuple[JudgedBin, ...]
    departments: tuple[JudgedPart, ...]

    def level(self, name: str) -> JudgedLevel:
        """The judgement at one level."""
        return next(one for one in self.levels if one.level == name)

    @property
    def need_bins(self) -> tuple[JudgedBin, ...]:
        """Reliability of the needs."""
        return tuple(one for one in self.bins if one.level == "need")


def judged_days(warehouse: Warehouse) -> list[date]:
    """Days whose forecast was judged, ascending."""
    return snapshot_days(warehouse.datasets(), "judged_levels")


def judged_cycles(warehouse: Warehouse, cycle_on: date) -> list[date]:
    """Judged days that a cycle begins on, or that was planned as of, ascending; any other was merely tried.

    Args:
        warehouse: Where.
        cycle_on: First day of some cycle.
    """
    planned = {plan_id[: len("2000-01-01")] for plan_id in plans_of(warehouse)}
    return [
        day
        for day in judged_days(warehouse)
        if (day - cycle_on).days % CYCLE_DAYS == 0 or day.isoformat() in planned
    ]


def read_judgement(warehouse: Warehouse, as_of_on: date) -> JudgedForecast:
    """How the forecast made as of a judged day came true.

    Args:
        warehouse: Where.
        as_of_on: One of `judged_days`.
    """
    facts = warehouse.properties(snapshot(as_of_on, "judged_levels"))
    levels, bins, parts = (
        read_rows(warehouse.files(snapshot(as_of_on, name)), name).to_pylist() for name in _TABLES
    )
    return JudgedForecast(
        as_of_on,
        date.fromisoformat(facts["until_on"]),
        facts["method"],
        tuple(JudgedLevel(**row) for row in levels),
        tuple(JudgedBin(**row) for row in bins),
        tuple(
            JudgedPart(**{field.name: row[field.name] for field in fields(JudgedPart)})
            for row in parts
            if row["grouping"] == "department"
        ),
    )
