"""Loading till lines from POSLog: megabytes of XML a CPU second and memory at two sizes, beside a bare parser.

Run: ``python -m benchmarks.ingest.logs --size small|full``. Exit 1 below a bar. The files are the synthetic chain's,
one a run; each run is a process of its own, its CPU seconds those of it and of the process it reads the XML in.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

from regulars.adapters import DuckDBReader, FolderWarehouse
from regulars.flows import find_mapping, load_data
from regulars.testing import ChainSize, FileForm, SilentProgress, write_chain

TRANSACTIONS = {"small": (3_000, 9_000), "full": (20_000, 80_000)}
SEED = 20_261_125
MEGABYTES_PER_CPU_SECOND_MIN = 10.0
"""Of the megabytes by which the larger file exceeds the smaller, so without start-up."""
READER_PEAK_MB_MAX = 64.0
"""Of the process that reads the XML, at either size: memory is flat."""


def regulars(file: Path, folder: Path) -> int:
    """Parse, decide on every transaction, check every row, reconcile, merge by key, publish."""
    (report,) = load_data(
        [file],
        mapping=find_mapping("plain"),
        warehouse=FolderWarehouse.create(folder / "warehouse", buckets=16),
        reader=DuckDBReader(),
        sensitive_rules=(),
        progress=SilentProgress(),
    )
    assert report.findings == 0
    return report.sale_lines + report.return_lines


READER = """
import pathlib, sys
from regulars.kernel import US_LAYOUTS
from regulars.poslog import ReadSettings, read_file
read_file(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), ReadSettings("UTC", "UTC", US_LAYOUTS))
status = pathlib.Path("/proc/self/status").read_text()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
"""
"""What the process that reads the XML does; it prints its own peak, for a child's usage holds its parent's as well."""


def reader_peak_mb(file: Path) -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-I", "-c", READER, str(file), folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1_024


def bare_parser(file: Path, folder: Path) -> int:  # noqa: ARG001
    """The floor: Expat, a Python call for every start and end tag, nothing kept."""
    lines = 0

    def start(name: str, attributes: dict[str, str]) -> None:  # noqa: ARG001
        nonlocal lines
        lines += name == "LineItem"

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: None
    with file.open("rb") as stream:
        parser.ParseFile(stream)
    return lines


WAYS: dict[str, Callable[[Path, Path], int]] = {"regulars": regulars, "bare expat": bare_parser}


def run_inside(way: str, file: Path, folder: Path) -> None:
    lines = WAYS[way](file, folder)
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    result = {
        "lines": lines,
        "megabytes": file.stat().st_size / 1e6,
        "bytes_a_line": file.stat().st_size / lines,
        "cpu_seconds": own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime,
        "peak_mb": own.ru_maxrss / 1_024,
    }
    print(json.dumps(result))


def measured(way: str, file: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.ingest.logs", "--inside", way, "--file", str(file)]
        done = subprocess.run([*command, "--folder", folder], capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    return {**result, "megabytes_per_cpu_second": result["megabytes"] / result["cpu_seconds"]}


def measure(size: str) -> tuple[dict[str, object], list[str]]:
    """Both sizes each way, and what is below a bar."""
    runs: list[dict[str, dict[str, float]]] = []
    for transactions in TRANSACTIONS[size]:
        with tempfile.TemporaryDirectory() as folder:
            chain = ChainSize(stores=1, days=1, transactions=transactions, lines=8, products=20_000, cards=5_000)
            (file,) = write_chain(Path(folder), chain, form=FileForm.POSLOG_6, seed=SEED)
            runs.append({way: measured(way, file.path) for way in WAYS})
            runs[-1]["regulars"]["reader_peak_mb"] = reader_peak_mb(file.path)
    small, large = runs[0]["regulars"], runs[1]["regulars"]
    rate = (large["megabytes"] - small["megabytes"]) / (large["cpu_seconds"] - small["cpu_seconds"])
    found = []
    if rate < MEGABYTES_PER_CPU_SECOND_MIN:
        found.append(f"{rate:.1f} further MB of POSLog a CPU second, below {MEGABYTES_PER_CPU_SECOND_MIN}")
    if large["reader_peak_mb"] > READER_PEAK_MB_MAX:
        found.append(f"the POSLog reader's peak of {large['reader_peak_mb']:.0f} MB, above {READER_PEAK_MB_MAX}")
    return {"runs": runs, "further_megabytes_per_cpu_second": rate}, found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=sorted(TRANSACTIONS), default="small")
    parser.add_argument("--inside", choices=sorted(WAYS), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        run_inside(given.inside, given.file, given.folder)
        return 0
    result, found = measure(given.size)
    print(json.dumps({**result, "below_the_bar": found}, indent=1))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
