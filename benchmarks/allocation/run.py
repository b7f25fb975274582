"""The allocator against its own certified bound, against greedy rules, and (at full size) at a million households.

Run: ``python -m benchmarks.allocation.run --size small|full``. Exit 1 below a bar. PDLP comes with OR-tools,
which `make bench-allocation` installs and nothing else needs.
CPU seconds are of the solve alone; reading and verifying are reported apart, and what compiles is compiled before.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.allocation._baselines import RULES, greedy_plan
from benchmarks.allocation._lp import HIGHS_SECONDS_MAX, PDLP_TOLERANCE

from regulars.allocate import build_problem, solve, verify_plan
from regulars.flows import judge_files, read_problem
from regulars.testing import InstanceSize, allocation_tables, write_allocation_files

Result = TypeVar("Result")


@dataclass(frozen=True)
class Case:
    """One instance and its bars; None where there is none."""

    name: str
    size: InstanceSize
    share_min: float
    cpu_seconds_max: float | None = None
    peak_gb_max: float | None = None
    workers: int = 1
    beside_peers: bool = False


BOUND_ABOVE_LP_MAX = 0.0005
"""The most a bound may lie above the optimum of the linear programme, where a solver finds it."""

SMALL = (
    Case("1k x 500", InstanceSize(1_000, 500), 0.995, beside_peers=True),
    Case("10k x 500", InstanceSize(10_000, 500), 0.9985),
)
FULL = (
    Case("1k x 500", InstanceSize(1_000, 500), 0.995, beside_peers=True),
    Case("1k x 500, another seed", InstanceSize(1_000, 500, seed=8), 0.995, beside_peers=True),
    Case("10k x 500", InstanceSize(10_000, 500), 0.9985, beside_peers=True),
    Case("10k x 500, another seed", InstanceSize(10_000, 500, seed=8), 0.9985),
    Case("10k x 2,000", InstanceSize(10_000, 2_000), 0.996),
    Case("40k x 2,000", InstanceSize(40_000, 2_000), 0.996, cpu_seconds_max=20.0),
    Case("1M x 500, 75 options", InstanceSize(1_000_000, 500, pairs=29), 0.9985, 130.0, 3.0, workers=2),
)


def measure(workers: int, folder: Path) -> dict[str, Any]:
    """Solve one instance in this process, so that the memory noted is that of reading and solving."""
    problem, read = _timed(lambda: read_problem(folder))
    options = len(problem.arrays.value)
    began = time.perf_counter()
    solution = solve(problem, workers=workers)
    wall = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    verdict, judge = _timed(lambda: judge_files(folder, solution))
    return {
        "options": options,
        "share_of_bound": solution.share_of_bound,
        "bound_micros": solution.bound_micros,
        "broken": sum(verdict.violations.values()),
        "waived": len(solution.waivers),
        "shortfalls": len(solution.shortfalls),
        "passes": solution.passes,
        "cpu_seconds": round(sum(solution.seconds.values()), 2),
        "cpu_seconds_of": {name: round(value, 2) for name, value in solution.seconds.items()},
        "cpu_seconds_apart": {"read": read, "verify": judge},
        "wall_seconds": round(wall, 1),
        "peak_gb": round(peak, 2),
    }


def _timed(task: Callable[[], Result]) -> tuple[Result, float]:
    began = time.process_time()
    result = task()
    return result, round(time.process_time() - began, 2)


def run_case(case: Case, keep: Path | None) -> tuple[dict[str, Any], list[str]]:
    """Measure a case in a process of its own; returns the figures and the bars it missed."""
    with tempfile.TemporaryDirectory(dir=keep) as folder:
        _in_a_process("--write", json.dumps(asdict(case.size)), "--folder", folder)
        figures = _in_a_process("--measure", "--workers", str(case.workers), "--folder", folder)
    missed = []
    if figures["share_of_bound"] < case.share_min:
        missed.append(f"{case.name}: share {figures['share_of_bound']:.4%} below {case.share_min:.2%}")
    if figures["broken"] or figures["shortfalls"]:
        missed.append(f"{case.name}: {figures['broken']} broken rules, {figures['shortfalls']} shortfalls")
    if case.cpu_seconds_max is not None and figures["cpu_seconds"] > case.cpu_seconds_max:
        missed.append(f"{case.name}: {figures['cpu_seconds']} CPU s above {case.cpu_seconds_max}")
    if case.peak_gb_max is not None and figures["peak_gb"] > case.peak_gb_max:
        missed.append(f"{case.name}: {figures['peak_gb']} GB above {case.peak_gb_max}")
    if case.beside_peers:
        bound = str(figures["bound_micros"])
        figures |= _in_a_process("--peers", json.dumps(asdict(case.size)), "--bound", bound)
        missed += [f"{case.name}: {text}" for text in figures.pop("unconfirmed")]
    return figures, missed


def _in_a_process(*arguments: str) -> dict[str, Any]:
    """One part of a case, in a process that no other part has used memory of; this one stays small."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.allocation.run", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{arguments}: {done.stderr}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def beside_peers(size: InstanceSize, bound_micros: int) -> dict[str, Any]:
    """Greedy rules and general solvers on the same tables, and what of the solvers' answers speaks against a bound."""
    lp, unconfirmed = beside_solvers(size, bound_micros)
    return {"greedy": greedy_figures(size, bound_micros), "lp": lp, "unconfirmed": unconfirmed}


def beside_solvers(size: InstanceSize, bound_micros: int) -> tuple[dict[str, Any], list[str]]:
    """What general solvers answer on the same tables: fractional plans; their optimum must confirm our bound.

    Their plans are made whole by taking every option of which more than half is taken, and judged like any other.
    """
    from benchmarks.allocation._lp import linear_programme, solve_by_highs, solve_by_pdlp

    tables = allocation_tables(size)
    programme, building = _timed(lambda: linear_programme(tables))
    figures: dict[str, Any] = {
        "columns": len(programme.value),
        "rows": len(programme.bound),
        "cpu_seconds_building": building,
    }
    missed = []
    for name, solver, slack in (("HiGHS", solve_by_highs, 1e-7), ("PDLP", solve_by_pdlp, PDLP_TOLERANCE)):
        answer, seconds = _timed(lambda solver=solver: solver(programme))
        figures[name] = {"cpu_seconds": seconds}
        if answer is None:
            figures[name]["answer"] = f"none within {HIGHS_SECONDS_MAX:.0f} s"
            continue
        above = bound_micros / answer.value_micros - 1
        verdict = verify_plan(**tables, plan=answer.plan)
        figures[name] |= {
            "value_micros": answer.value_micros,
            "bound_above": above,
            "fractional": answer.fractional,
            "exceeded_max": answer.exceeded_max,
            "made_whole": {
                "share_of_bound": round(verdict.objective_micros / bound_micros, 4),
                "broken": sum(verdict.violations.values()),
            },
        }
        if not -slack <= above <= BOUND_ABOVE_LP_MAX:
            missed.append(f"bound {above:.5%} above the optimum of {name}")
    return figures, missed


def greedy_figures(size: InstanceSize, bound_micros: int) -> dict[str, dict[str, float]]:
    """Share of our bound and broken rules of each greedy rule on the same tables."""
    problem = allocation_tables(size)
    found = {}
    for rule in RULES:
        plan, seconds = _timed(lambda rule=rule: greedy_plan(problem, rule))
        verdict = verify_plan(**problem, plan=plan)
        share = round(verdict.objective_micros / bound_micros, 4)
        found[rule] = {"share_of_bound": share, "broken": sum(verdict.violations.values()), "cpu_seconds": seconds}
    return found


def _part_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """One part of a case, where the benchmark called itself for it."""
    if arguments.write:
        write_allocation_files(InstanceSize(**json.loads(arguments.write)), arguments.folder)
        return {"written": True}
    if arguments.peers:
        return beside_peers(InstanceSize(**json.loads(arguments.peers)), arguments.bound)
    return measure(arguments.workers, arguments.folder) if arguments.measure else {}


def main() -> int:
    """Run the cases of a size and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=("small", "full"), default="small")
    for name in ("--write", "--peers"):
        parser.add_argument(name, help="one instance, as JSON; used by the benchmark itself")
    parser.add_argument(
        "--measure", action="store_true", help="what lies in the folder; used by the benchmark itself"
    )
    parser.add_argument("--bound", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where instances are written; a temporary folder unless given")
    arguments = parser.parse_args()
    if part := _part_of(arguments):
        print(json.dumps(part))
        return 0
    began = time.process_time()
    solve(build_problem(**allocation_tables(InstanceSize(100, 20, pairs=10))), workers=2)  # compiles, for no case
    missed: list[str] = []
    results: dict[str, Any] = {"machine": platform.processor() or platform.machine(), "size": arguments.size}
    for case in SMALL if arguments.size == "small" else FULL:
        results[case.name], below = run_case(case, arguments.folder)
        missed += below
        print(case.name, json.dumps(results[case.name]), file=sys.stderr)
    results["below_the_bar"] = missed
    results["cpu_seconds_here"] = round(time.process_time() - began, 1)
    print(json.dumps(results, indent=1))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
