"""Printing lists: pages a CPU second both ways beside two peers, memory at two sizes, every symbol, forged codes.

Run: ``python -m benchmarks.lists.run --size small|full``. Exit 1 below a bar.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import accumulate, repeat
from pathlib import Path
from typing import Any

from benchmarks.lists._codes import GENUINE, try_codes
from benchmarks.lists._peers import Peer, measure_peers

from regulars.adapters import (
    DirectPrinter,
    Symbols,
    TypstPrinter,
    page_count,
    page_images,
    page_texts,
    read_symbols,
)  # fmt: skip
from regulars.contracts import Finding, ListDocument
from regulars.flows import render_lists
from regulars.lists import PageSettings
from regulars.testing import missing_texts, sample_document

SEED = 20_261_122
SIZES = {"small": (100, 400), "full": (1_000, 10_000)}
DPIS = (200, 300)
CODES = {"small": 100_000, "full": 1_000_000}
PAGES_PER_CPU_SECOND_MIN = {"tagged": 33.0, "print-house": 200.0}
BATCHES = {"tagged": 50, "print-house": 500}
PEAK_MB_MAX = 400.0
DECODED_MIN = 1.0
GROWTH_MAX = 1.10
FOOT_POINTS = 170.0
PEER_PAGES, PEER_PAGES_FEW = 400, 10
_SETTINGS = PageSettings("Greengate Market", "1420 Orchard Ave · open 7–10 daily", "greengate.example")


@dataclass(frozen=True)
class Printed:
    """One print run: pages, CPU seconds (layout included, making the documents not), memory, bytes, shortcomings."""

    way: str
    pages: int
    pages_per_cpu_second: float
    peak_mb: float
    kilobytes_per_page: float
    findings: int


def documents(pages: int, first: int = 0) -> Iterator[ListDocument]:
    for number in range(first, first + pages):
        yield sample_document(SEED + number, items=8 + number % 21, specials=12 + number % 5)


def print_run(way: str, pages: int, folder: Path, font_folder: Path) -> tuple[Printed, tuple[Finding, ...]]:
    """Runs in a process of its own, so that its memory is that of printing alone."""
    printer = (TypstPrinter if way == "tagged" else DirectPrinter)(_SETTINGS, font_folder)
    begin = time.process_time()
    for _ in documents(pages):
        pass
    making = time.process_time() - begin
    begin = time.process_time()
    report = render_lists(documents(pages), printer, target_folder=folder, batch_size=BATCHES[way])
    seconds = time.process_time() - begin - making
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = sum(path.stat().st_size for path in folder.glob("*.pdf"))
    printed = Printed(
        way,
        len(report.rows),
        round(pages / seconds, 1),
        round(peak_mb, 1),
        round(size / pages / 1000, 1),
        len(report.findings),
    )
    return printed, report.findings


@dataclass
class ReadBack:
    """Pages of a print run read back: both symbols per resolution, and texts held against the documents."""

    read: Counter[int] = field(default_factory=Counter)
    whole_pages_read: int = 0
    pages_with_text_missing: int = 0
    controls_seen: int = 0
    controls: int = 0

    def __add__(self, other: ReadBack) -> ReadBack:
        mine, others = vars(self), vars(other)
        return ReadBack(**{name: mine[name] + others[name] for name in mine})


def read_back(folder: Path, findings: tuple[Finding, ...]) -> ReadBack:
    """Look at every page: the foot for its symbols, all of it for its texts; the first of each file is searched whole.

    The control of each file holds its first page's text and symbols against the document of its neighbour.
    """
    files = sorted(folder.glob("*.pdf"))
    begins = accumulate(map(page_count, files), initial=0)
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        return sum(pool.map(_read_file, files, begins, repeat(findings)), ReadBack())


def _read_file(file: Path, first: int, findings: tuple[Finding, ...]) -> ReadBack:
    gave_way: dict[int | None, set[str]] = {}
    for finding in findings:
        if finding.file == file.name:
            gave_way.setdefault(finding.line, set()).update({finding.column, finding.rule})
    texts, result = page_texts(file), ReadBack()
    part = list(documents(len(texts), first))
    for number, (document, text) in enumerate(zip(part, texts, strict=True), start=1):
        result.pages_with_text_missing += bool(missing_texts(document, text, gave_way.get(number, ())))
    for dpi in DPIS:
        symbols = [read_symbols(image) for image in page_images(file, dpi=dpi, foot_points=FOOT_POINTS)]
        result.read[dpi] = sum(map(_is_right, symbols, part))
    if len(part) > 1:
        whole = read_symbols(next(page_images(file, dpi=DPIS[0])))
        result.whole_pages_read = int(_is_right(whole, part[0]))
        result.controls = 1
        result.controls_seen = int(bool(missing_texts(part[1], texts[0])) and not _is_right(whole, part[1]))
    return result


def _is_right(symbols: Symbols, document: ListDocument) -> bool:
    return symbols.bars == (document.list_code,) and symbols.qr == (document.qr_payload,)


def measured(way: str, pages: int, folder: Path, font_folder: Path) -> dict[str, Any]:
    printed, findings = _alone(print_run, way, pages, folder, font_folder)
    assert printed.pages == pages
    assert sum(page_count(file) for file in folder.glob("*.pdf")) == pages
    found = read_back(folder, findings)
    shares = {f"decoded_{dpi}_dpi": found.read[dpi] / pages for dpi in DPIS}
    counts = {name: value for name, value in vars(found).items() if name != "read"}
    return {**asdict(printed), **shares, **counts}


def print_peers(folder: Path, font_folder: Path) -> list[Peer]:
    """What others print, in a process of its own as ours."""
    return measure_peers(list(documents(PEER_PAGES)), PEER_PAGES_FEW, _SETTINGS, font_folder, folder)


def _alone(work: Callable[..., Any], *given: object) -> Any:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *given).result()


def missed(runs: list[dict[str, Any]]) -> list[str]:
    """The bars that were not reached, in words."""
    faults = []
    for run in runs:
        bar = PAGES_PER_CPU_SECOND_MIN[run["way"]]
        if run["pages_per_cpu_second"] < bar:
            faults.append(
                f"{run['pages']} pages {run['way']}: {run['pages_per_cpu_second']} a CPU second, bar {bar}"
            )
        if run["peak_mb"] > PEAK_MB_MAX:
            faults.append(f"{run['pages']} pages: {run['peak_mb']} MB, bar {PEAK_MB_MAX}")
        for dpi in DPIS:
            if run[f"decoded_{dpi}_dpi"] < DECODED_MIN:
                faults.append(
                    f"{run['pages']} pages: {run[f'decoded_{dpi}_dpi']:.4%} decoded at {dpi} dpi, bar 100 %"
                )
        if run["pages_with_text_missing"]:
            faults.append(f"{run['pages']} pages {run['way']}: {run['pages_with_text_missing']} lack a text")
        if run["controls_seen"] != run["controls"] or run["whole_pages_read"] != run["controls"]:
            faults.append(f"{run['pages']} pages {run['way']}: a control was not seen, or a whole page not read")
    for few, many in zip(runs[::2], runs[1::2], strict=True):
        if many["peak_mb"] > GROWTH_MAX * few["peak_mb"]:
            faults.append(f"memory grows {few['way']}: {few['peak_mb']} MB, then {many['peak_mb']} MB")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    parser.add_argument("--way", choices=sorted(BATCHES), help="only this way of printing")
    asked = parser.parse_args()
    size, ways = asked.size, [asked.way] if asked.way else list(BATCHES)
    with tempfile.TemporaryDirectory(prefix="regulars-bench-lists-") as name:
        folder = Path(name)
        font_folder = folder / "fonts"
        print_run("tagged", 1, folder / "warm", font_folder)
        runs = [
            measured(way, pages, folder / f"{way}-{pages}", font_folder) for way in ways for pages in SIZES[size]
        ]
        peers = _alone(print_peers, folder, font_folder)
    codes = try_codes(CODES[size], SEED)
    faults = missed(runs)
    if codes.accepted or codes.genuine_accepted != GENUINE or not codes.check_digit_alone:
        faults.append(f"list codes: {codes}")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    machine = {"python": platform.python_version(), "machine": platform.machine(), "commit": commit.stdout.strip()}
    head = {"benchmark": "lists", "size": size, "seed": SEED, **machine}
    print(
        json.dumps(
            {**head, "runs": runs, "peers": list(map(asdict, peers)), "codes": asdict(codes), "missed": faults},
            indent=1,
        )
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
