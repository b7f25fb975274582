"""Loading till lines from CSV: validated lines a CPU second and memory at two sizes, beside plain readers.

Run: ``python -m benchmarks.ingest.run --size small|full``. Exit 1 below a bar. The file is made by the synthetic shop;
each run is a process of its own, its CPU seconds and memory those of the whole process, start-up included.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
from benchmarks.ingest import logs

from regulars.adapters import DuckDBReader, FolderWarehouse
from regulars.flows import find_mapping, load_data
from regulars.testing import ShopSize, SilentProgress, write_shop

HOUSEHOLDS = {"small": (600, 1_800), "full": (5_000, 20_000)}
SEED = 20_261_122
LINES_PER_CPU_SECOND_MIN = 200_000.0
"""Of the lines by which the larger file exceeds the smaller, so without start-up; the target is 500,000."""
PEAK_MB_MAX = 1_500.0


def regulars(file: Path, folder: Path) -> int:
    """Read, check every row, reconcile, merge by key, publish."""
    warehouse = FolderWarehouse.create(folder / "warehouse", buckets=16)
    (report,) = load_data(
        [file],
        mapping=find_mapping("plain"),
        warehouse=warehouse,
        reader=DuckDBReader(),
        sensitive_rules=(),
        progress=SilentProgress(),
        kind="lines",
    )
    assert report.rows_quarantined == 0
    return report.rows_kept


def duckdb_unvalidated(file: Path, folder: Path) -> int:
    """The ceiling: typed read to one Parquet file, nothing checked, merged or sorted."""
    target = str(folder / "lines.parquet")
    row = duckdb.execute(f"COPY (SELECT * FROM read_csv('{file}')) TO '{target}' (FORMAT parquet)").fetchone()
    assert row is not None
    return int(row[0])


def python_csv(file: Path, folder: Path) -> int:  # noqa: ARG001
    """The standard library, converting the numbers and keeping nothing."""
    with file.open(newline="") as stream:
        return sum(int(row["amount_cents"]) >= 0 for row in csv.DictReader(stream))


WAYS: dict[str, Callable[[Path, Path], int]] = {
    "regulars": regulars,
    "duckdb, unvalidated": duckdb_unvalidated,
    "python csv": python_csv,
}


def run_inside(way: str, file: Path, folder: Path) -> None:
    lines = WAYS[way](file, folder)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu_seconds = usage.ru_utime + usage.ru_stime
    print(json.dumps({"lines": lines, "cpu_seconds": cpu_seconds, "peak_mb": usage.ru_maxrss / 1_024}))


def measured(way: str, file: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.ingest.run", "--inside", way, "--file", str(file)]
        done = subprocess.run([*command, "--folder", folder], capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    return {**result, "lines_per_cpu_second": result["lines"] / result["cpu_seconds"]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=sorted(HOUSEHOLDS), default="small")
    parser.add_argument("--inside", choices=sorted(WAYS), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        run_inside(given.inside, given.file, given.folder)
        return 0
    runs: list[dict[str, dict[str, float]]] = []
    for households in HOUSEHOLDS[given.size]:
        with tempfile.TemporaryDirectory() as folder:
            _, file, _ = write_shop(Path(folder), ShopSize(households=households), seed=SEED)
            runs.append({way: measured(way, file) for way in WAYS})
    small, large = runs[0]["regulars"], runs[1]["regulars"]
    rate = (large["lines"] - small["lines"]) / (large["cpu_seconds"] - small["cpu_seconds"])
    found = []
    if rate < LINES_PER_CPU_SECOND_MIN:
        found.append(f"{rate:.0f} further lines a CPU second, below {LINES_PER_CPU_SECOND_MIN:.0f}")
    if large["peak_mb"] > PEAK_MB_MAX:
        found.append(f"peak of {large['peak_mb']:.0f} MB above {PEAK_MB_MAX:.0f}")
    of_logs, found_in_logs = logs.measure(given.size)
    found += found_in_logs
    result = {"runs": runs, "further_lines_per_cpu_second": rate, "poslog": of_logs, "below_the_bar": found}
    print(json.dumps(result, indent=1))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
