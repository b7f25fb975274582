"""The forecast of a cut-off: CPU seconds and memory at two sizes, and how well it came true.

Run: ``python -m benchmarks.forecast.run --size small|full [--copies N] [--warehouse DIR]``. Exit 1 below a bar.

The warehouse holds Complete Journey as loaded (lines, products, promotions); by default that of the workspace beside
this file, which is made and filled at first use and left there.
Every sensitive tier is open. Each run starts from a warehouse without any derived table, in a process of its own; a
larger size holds every household several times, `--copies`, under new names. The forecast of the fortnight after the
first cut-off, in another process, finds the features of earlier fortnights made: the warm one.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import fmean
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.adapters import DuckDBEngine, FolderWarehouse
from regulars.bootstrap import Workspace, create_demo, load_demo
from regulars.contracts import Eligibility, LayoutDepartment, table
from regulars.flows import (
    NewFile,
    ProfileSettings,
    Publication,
    build_profiles,
    feature_dataset,
    judged_closed,
    model_dataset,
    run_forecast,
)
from regulars.kernel import bucket_of
from regulars.predict import METHODS, WINDOW_DAYS, predict_step
from regulars.testing import SilentProgress

WORKSPACE = Path(__file__).parent / "workspace"
CUT_OFFS = {
    "small": (date(2017, 10, 2),),
    "full": (date(2017, 9, 4), date(2017, 10, 2), date(2017, 10, 30), date(2017, 11, 27)),
}
COPIES = {"small": 2, "full": 4}
NOT_MERCHANDISE = (
    "FUEL",
    "MISCELLANEOUS",
    "COUPON",
    "CNTRL/STORE SUP",
    "POSTAL CENTER",
    "PHOTO & VIDEO",
    "PROD-WHS SALES",
)
MEASURES = (
    "recall_at_10",
    "recall_at_20",
    "ndcg_at_10",
    "hit_rate_at_10",
    "log_loss",
    "brier",
    "calibration_error",
    "auc",
)
AT_LEAST = {
    "need": {"recall_at_20": 0.296, "ndcg_at_10": 0.588},
    "product": {"recall_at_20": 0.172, "ndcg_at_10": 0.452},
}
AT_MOST = {
    "need": {"log_loss": 0.300, "calibration_error": 0.006},
    "product": {"log_loss": 0.161},
}
CPU_SECONDS_MAX = 240.0
CPU_SECONDS_MAX_WARM = 90.0
PEAK_MB_MAX = 2_000.0
PAIRS_PER_CPU_SECOND_MIN = 50_000.0


@dataclass(frozen=True)
class Cost:
    """One cut-off from loaded lines to the forecast. CPU is of the whole process, start-up included.

    `pairs_per_cpu_second` is of the chances alone: features read, made comparable and asked for.
    """

    lines: int
    rows: int
    cpu_seconds_profiles: float
    cpu_seconds_forecast: float
    cpu_seconds_process: float
    peak_mb: float
    pairs_per_cpu_second: float


def prepare(folder: Path) -> None:
    """The demonstration's workspace with every sensitive tier open and its data loaded, if it is not there."""
    create_demo(folder, closed=(), method="automatic")
    with Workspace.open(folder) as workspace:
        if not workspace.warehouse.has("lines"):
            with workspace.writing("bench-forecast"):
                load_demo(workspace, SilentProgress())


def settings() -> dict[str, Any]:
    departments = [LayoutDepartment(name, name, merchandise=False) for name in NOT_MERCHANDISE]
    return {"settings": ProfileSettings(Eligibility(), departments, ()), "progress": SilentProgress()}


def copied(
    source: FolderWarehouse, root: Path, copies: int, *, buckets: int | None = None, kept: int | None = None
) -> int:
    """A fresh warehouse without any derived table, with every household `copies` times; how many households it has.

    Copies have names of their own and lie in the buckets of these names; the first `kept` buckets are filled.
    """
    buckets = buckets or source.buckets
    kept = kept or buckets
    target = FolderWarehouse.create(root, buckets=buckets)
    connection = duckdb.connect(config={"threads": 1, "memory_limit": "4GB"})
    months: dict[str, list[str]] = {}
    for file in source.files("lines"):
        months.setdefault(file.period, []).append(str(file.path))
    names = _names(connection, [path for paths in months.values() for path in paths], copies, buckets, kept)
    connection.register("names", names)
    order = ", ".join(table("lines").grain)
    with target.scratch() as folder:
        files = []
        for period, paths in sorted(months.items()):
            connection.execute(
                """CREATE OR REPLACE TEMP TABLE month AS
                SELECT lines.* REPLACE (new_id AS household_id, transaction_id || suffix AS transaction_id), bucket
                FROM read_parquet($paths, hive_partitioning = false) AS lines JOIN names USING (household_id)""",
                {"paths": paths},
            )
            for bucket in range(kept):
                path = folder / f"{period}-{bucket}.parquet"
                rows = f"SELECT * EXCLUDE bucket FROM month WHERE bucket = {bucket} ORDER BY {order}"
                connection.execute(f"COPY ({rows}) TO '{path}'")
                files.append(NewFile(path, bucket, period))
        others = {name: _as_it_is(source, name, folder) for name in ("products", "promotions")}
        target.publish(Publication({"lines": files, **others}))
    return len(names)


def _names(
    connection: duckdb.DuckDBPyConnection, paths: list[str], copies: int, buckets: int, kept: int
) -> pa.Table:
    """A row for each copy of a household in the buckets that are kept."""
    known = connection.execute(
        "SELECT DISTINCT household_id FROM read_parquet($paths, hive_partitioning = false) ORDER BY 1",
        {"paths": paths},
    ).fetchall()
    rows = []
    for (household_id,) in known:
        for copy in range(copies):
            suffix = f"~{copy}" if copy else ""
            bucket = bucket_of(household_id + suffix, buckets)
            if bucket < kept:
                rows.append((household_id, household_id + suffix, suffix, bucket))
    return pa.table(
        dict(zip(("household_id", "new_id", "suffix", "bucket"), map(list, zip(*rows, strict=True)), strict=True))
    )


def _as_it_is(source: FolderWarehouse, name: str, folder: Path) -> list[NewFile]:
    """A table file by file: what is sold and promoted does not grow with the households."""
    files = []
    for number, file in enumerate(source.files(name)):
        path = folder / f"{name}-{number}.parquet"
        shutil.copyfile(file.path, path)
        files.append(NewFile(path, file.bucket, file.period))
    return files


def measured_here(root: Path, cut_offs: list[date], *, judged: bool) -> dict[str, Any]:
    """Cost of the first cut-off, then the quality of each; runs in a process of its own."""
    warehouse, engine = FolderWarehouse(root), DuckDBEngine()
    begin = time.process_time()
    build_profiles(warehouse, engine, as_of_on=cut_offs[0], **settings())
    built = time.process_time()
    report = run_forecast(warehouse, engine, as_of_on=cut_offs[0], **settings())
    end = time.process_time()
    lines = sum(file.rows for file in warehouse.files("lines"))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pace = _scoring_pace(warehouse, engine, cut_offs[0]) if report.method == "boosted-trees" else 0.0
    cost = Cost(lines, report.rows, built - begin, end - built, end, peak_mb, pace)
    quality = [_quality(warehouse, engine, day) for day in cut_offs] if judged else []
    return {"cost": asdict(cost), "quality": quality}


def _scoring_pace(warehouse: FolderWarehouse, engine: DuckDBEngine, day: date) -> float:
    """Pairs of a household and an item whose chance is found in a CPU second, by trees that have been read."""
    method = METHODS["boosted-trees"]
    parts = [file.path for file in warehouse.files(model_dataset(method, day))]
    model = engine.query(predict_step(method.model_table), {method.model_table: parts}, {})
    files = warehouse.files(feature_dataset(day))
    pairs = 0
    begin = time.process_time()
    for file in files:
        pairs += len(method.score(model, pq.ParquetFile(file.path).read()))
    return pairs / (time.process_time() - begin)


def _quality(warehouse: FolderWarehouse, engine: DuckDBEngine, day: date) -> dict[str, Any]:
    quality, _ = judged_closed(warehouse, engine, as_of_on=day, **settings())
    return {
        "as_of_on": day.isoformat(),
        **{
            level.level: {
                "households": level.households_shopping,
                **{name: getattr(level, name) for name in MEASURES},
                "first_ten_said": level.first_ten_said,
                "first_ten_happened": level.first_ten_happened,
            }
            for level in quality.levels
        },
    }


def measured(source: FolderWarehouse, copies: int, cut_offs: tuple[date, ...]) -> dict[str, Any]:
    """Cost and quality of the cut-offs, cold; and what the fortnight after the first costs, warm."""
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as folder:
        root = Path(folder) / "warehouse"
        copied(source, root, copies)
        found = inside(root, cut_offs)
        after = inside(root, (cut_offs[0] + timedelta(days=WINDOW_DAYS),), "--not-judged")
    return {**found, "warm": after["cost"]}


def inside(root: Path, cut_offs: tuple[date, ...], *more: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.forecast.run", "--inside", str(root), *more]
    days = [day.isoformat() for day in cut_offs]
    done = subprocess.run([*command, "--as-of", *days], check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def mean_of(quality: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    return {
        level: {name: fmean(entry[level][name] for entry in quality) for name in MEASURES}
        for level in ("need", "product")
    }


def shortcomings(
    means: dict[str, dict[str, float]],
    costs: list[dict[str, float]],
    warm: dict[str, float],
    *,
    all_days: bool,
) -> list[str]:
    found = [
        f"{cost['lines']:.0f} lines, {name}: {measure} {cost[measure]:.1f} above {bar}"
        for name, cost, seconds in (("cold", costs[0], CPU_SECONDS_MAX), ("warm", warm, CPU_SECONDS_MAX_WARM))
        for measure, bar in (("cpu_seconds_process", seconds), ("peak_mb", PEAK_MB_MAX))
        if cost[measure] > bar
    ]
    found += [f"{costs[-1]['lines']:.0f} lines: memory above {PEAK_MB_MAX}"] * (costs[-1]["peak_mb"] > PEAK_MB_MAX)
    pace = costs[0]["pairs_per_cpu_second"]
    if pace < PAIRS_PER_CPU_SECOND_MIN:
        found.append(f"scoring: {pace:.0f} pairs per CPU second, below {PAIRS_PER_CPU_SECOND_MIN:.0f}")
    if all_days:
        for level in means:
            found += [f"{level} {k} below {bar}" for k, bar in AT_LEAST[level].items() if means[level][k] < bar]
            found += [f"{level} {k} above {bar}" for k, bar in AT_MOST[level].items() if means[level][k] > bar]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=sorted(COPIES), default="small")
    parser.add_argument("--copies", type=int, help="households of the larger size, times those loaded")
    parser.add_argument("--warehouse", type=Path, default=WORKSPACE / "warehouse")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--not-judged", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--as-of", nargs="+", type=date.fromisoformat, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside is not None:
        print(json.dumps(measured_here(given.inside, given.as_of, judged=not given.not_judged)))
        return 0
    if given.warehouse.parent == WORKSPACE:
        prepare(WORKSPACE)
    source = FolderWarehouse(given.warehouse)
    whole = measured(source, 1, CUT_OFFS[given.size])
    grown = measured(source, given.copies or COPIES[given.size], CUT_OFFS[given.size][:1])
    costs = [whole["cost"], grown["cost"]]
    means = mean_of(whole["quality"])
    found = shortcomings(means, costs, whole["warm"], all_days=given.size == "full")
    warm = [whole["warm"], grown["warm"]]
    report = {"costs": costs, "warm": warm, "cut_offs": whole["quality"], "mean": means, "below_the_bar": found}
    print(json.dumps(report, indent=1))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
