"""Loading till lines from CSV: lines a CPU second and memory at two sizes, beside plain readers on the same file.

Run: ``python -m benchmarks.ingest.run --size small|full``. Exit 1 below a bar. Each run is a process of its own; CPU
seconds and memory those of the whole process, start-up included; the rate is that of the lines by which the larger
file exceeds the smaller, so without start-up. ``full`` loads ten million lines.

Ways: *validated* reads, types and checks every row, counts rows in the raw file and sets good and refused rows apart;
*loaded* does all this and then merges by key, corrections too, sorts, and publishes household buckets. The plain
readers check nothing and keep one unsorted Parquet file; the csv module converts one number a row and keeps nothing.
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
from typing import Any

from benchmarks.ingest import logs
from benchmarks.ingest.chain import ChainSize, write_chain

SIZES = {
    "small": (ChainSize(stores=10, days=10), ChainSize(stores=20, days=25)),
    "full": (ChainSize(stores=20, days=50), ChainSize(stores=100, days=50)),
}
BARS = {"validated": 500_000.0}
"""Least lines a CPU second: the target, which is one of checked lines. The whole load is told beside it."""
PEAK_MB_MAX = 1_500.0
"""Of these two ways at the larger size."""
OURS = ("validated", "loaded")


def validated(file: Path, folder: Path) -> int:
    """Read, type and check every row; good and refused rows lie in files of their own."""
    from regulars.adapters import DuckDBReader
    from regulars.flows import find_mapping

    staged = DuckDBReader().stage(file, find_mapping("plain").file_mapping("lines.csv"), folder / "staged")
    assert staged.rows_refused == 0
    return staged.rows_in


def loaded(file: Path, folder: Path) -> int:
    """The whole load: as above, then merge by key and publish."""
    from regulars.adapters import DuckDBReader, FolderWarehouse
    from regulars.flows import find_mapping, load_data
    from regulars.testing import SilentProgress

    (report,) = load_data(
        [file],
        mapping=find_mapping("plain"),
        warehouse=FolderWarehouse.create(folder / "warehouse", buckets=16),
        reader=DuckDBReader(spill_folder=folder),
        sensitive_rules=(),
        progress=SilentProgress(),
        kind="lines",
    )
    assert report.rows_quarantined == 0
    return report.rows_kept


def plain_duckdb(file: Path, folder: Path) -> int:
    """Typed by what the first rows look like, to one Parquet file."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    copy = f"COPY (SELECT * FROM read_csv('{file}')) TO '{folder / 'lines.parquet'}' (FORMAT parquet)"
    return int(connection.execute(copy).fetchall()[0][0])


def plain_polars(file: Path, folder: Path) -> int:
    """The same, streaming."""
    import polars

    rows = polars.scan_csv(file, try_parse_dates=True)
    rows.sink_parquet(folder / "lines.parquet")
    return int(polars.scan_parquet(folder / "lines.parquet").select(polars.len()).collect().item())


def python_csv(file: Path, folder: Path) -> int:  # noqa: ARG001
    """The standard library."""
    with file.open(newline="") as stream:
        return sum(int(row["amount_cents"]) >= 0 for row in csv.DictReader(stream))


WAYS: dict[str, Callable[[Path, Path], int]] = {
    "validated": validated,
    "loaded": loaded,
    "plain duckdb": plain_duckdb,
    "plain polars": plain_polars,
    "python csv": python_csv,
}


def run_inside(way: str, file: Path, folder: Path) -> None:
    lines = WAYS[way](file, folder)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu_seconds = usage.ru_utime + usage.ru_stime
    print(json.dumps({"lines": lines, "cpu_seconds": cpu_seconds, "peak_mb": usage.ru_maxrss / 1_024}))


def measured(way: str, file: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        command = [sys.executable, "-m", "benchmarks.ingest.run", "--inside", way, "--file", str(file)]
        done = subprocess.run([*command, "--folder", folder], capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    print(f"{way}: {result['lines']:,.0f} lines, {result['cpu_seconds']:.1f} CPU s", file=sys.stderr)
    return {**result, "lines_per_cpu_second": result["lines"] / result["cpu_seconds"]}


def compared(sizes: tuple[ChainSize, ChainSize], folder: Path) -> dict[str, Any]:
    """Every way at both sizes, and two of them on a file whose every cell is in quotes."""
    runs: list[dict[str, dict[str, float]]] = []
    file = folder / "lines.csv"
    for size in sizes:
        write_chain(file, size)
        runs.append({way: measured(way, file) for way in WAYS})
        bytes_a_line = file.stat().st_size / runs[-1]["validated"]["lines"]
    write_chain(file, sizes[0], quoted=True)
    quoted = {way: measured(way, file) for way in OURS}
    small, large = runs
    rates = {
        way: (large[way]["lines"] - small[way]["lines"]) / (large[way]["cpu_seconds"] - small[way]["cpu_seconds"])
        for way in WAYS
    }
    return {"bytes_a_line": bytes_a_line, "runs": runs, "quoted": quoted, "further_lines_per_cpu_second": rates}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    parser.add_argument("--inside", choices=sorted(WAYS), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        run_inside(given.inside, given.file, given.folder)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        found = compared(SIZES[given.size], Path(folder))
    rates, large = found["further_lines_per_cpu_second"], found["runs"][1]
    below = [
        f"{way}: {rates[way]:.0f} lines a CPU second, below {bar:.0f}"
        for way, bar in BARS.items()
        if rates[way] < bar
    ]
    below += [
        f"{way}: peak of {large[way]['peak_mb']:.0f} MB above {PEAK_MB_MAX:.0f}"
        for way in OURS
        if large[way]["peak_mb"] > PEAK_MB_MAX
    ]
    of_logs, below_in_logs = logs.measure(given.size)
    below += below_in_logs
    print(json.dumps({**found, "poslog": of_logs, "below_the_bar": below}, indent=1))
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
