"""`plan solve`: an allocation problem on files (or in memory) becomes a plan and a report. Needs no workspace."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.allocate import Problem, Solution, Verdict, build_problem, check_columns, solve, verify_plan
from regulars.kernel import ContractError, StoreError

from ._files import whole_file

_SMALL = ("households", "offers", "levels", "limits")
_BATCH_ROWS = 500_000


@dataclass(frozen=True)
class SolvedPlan:
    """A plan with the verdict of the independent verifier.

    Args:
        solution: Plan, bound, prices, waivers, shortfalls, findings.
        verdict: What the verifier, which shares no code with the solver, says of it.
    """

    solution: Solution
    verdict: Verdict


def solve_tables(
    households: pa.Table,
    offers: pa.Table,
    levels: pa.Table,
    options: pa.Table,
    limits: pa.Table,
    *,
    seed: int = 0,
    workers: int = 1,
) -> SolvedPlan:
    """Solve and verify an allocation problem in memory.

    Args:
        households: Table `plan_households`.
        offers: Table `plan_offers`.
        levels: Table `plan_levels`.
        options: Table `plan_options`.
        limits: Table `plan_limits`.
        seed: Chooses the hash sample of large problems.
        workers: Threads; the plan does not depend on it.

    Raises:
        ContractError: A column is missing or of another type.
    """
    problem = build_problem(households, offers, levels, options, limits)
    solution = solve(problem, seed=seed, workers=workers)
    tables = {"households": households, "offers": offers, "levels": levels, "limits": limits}
    return SolvedPlan(solution, _judged(tables, options, solution))


def solve_files(problem_dir: Path, out_dir: Path, *, seed: int = 0, workers: int = 1) -> dict[str, Any]:
    """Read five Parquet files, write ``plan.parquet`` and ``report.json``, each whole or not at all.

    Args:
        problem_dir: Folder with households, offers, levels, options and limits, each ``.parquet``.
        out_dir: Folder for the results; made if absent.
        seed: Chooses the hash sample of large problems.
        workers: Threads; the plan does not depend on it.

    Returns:
        The report as written.

    Raises:
        ContractError: A file or column is missing or a column has another type.
        StoreError: A file cannot be read or written.
    """
    began = time.process_time()
    problem = read_problem(problem_dir)
    seconds = {"read": round(time.process_time() - began, 3)}
    solution = solve(problem, seed=seed, workers=workers)
    del problem
    seconds["solve"] = round(sum(solution.seconds.values()), 3)
    seconds.update({name: round(value, 3) for name, value in solution.seconds.items()})
    began = time.process_time()
    verdict = judge_files(problem_dir, solution)
    seconds["verify"] = round(time.process_time() - began, 3)
    report = {**solve_report(SolvedPlan(solution, verdict)), "seconds": seconds}
    _write(solution.plan, report, out_dir)
    return report


def read_problem(problem_dir: Path) -> Problem:
    """Read the five Parquet files; options are streamed.

    Raises:
        ContractError: A file or column is missing or a column has another type.
        StoreError: A file cannot be read.
    """
    files = _open(problem_dir)
    tables = {name: files[name].read() for name in _SMALL}
    rows = files["options"].metadata.num_rows
    problem = build_problem(**tables, options=_options(files), option_rows=rows)
    pa.default_memory_pool().release_unused()
    return problem


def judge_files(problem_dir: Path, solution: Solution) -> Verdict:
    """The verifier's word on a solution, from the files alone."""
    files = _open(problem_dir)
    tables = {name: files[name].read() for name in _SMALL}
    return _judged(tables, _options(files), solution)


def _judged(
    tables: dict[str, pa.Table], options: pa.Table | Iterator[pa.RecordBatch], solution: Solution
) -> Verdict:
    return verify_plan(
        **tables,
        options=options,
        plan=solution.plan,
        waivers=[(one.household_id, one.rule, one.need, one.got) for one in solution.waivers],
        shortfalls=[(one.offer_id, one.need, one.got) for one in solution.shortfalls],
    )


def solve_report(solved: SolvedPlan) -> dict[str, Any]:
    """The report of a solved plan, without durations."""
    solution, verdict = solved.solution, solved.verdict
    reasons = [reason for _, reason in sorted({(one.household_id, one.reason) for one in solution.waivers})]
    return {
        "objective_micros": verdict.objective_micros,
        "bound_micros": solution.bound_micros,
        "share_of_bound": solution.share_of_bound,
        "rows": len(solution.plan),
        "violations": verdict.violations,
        "violation_examples": {rule: list(texts) for rule, texts in verdict.examples.items()},
        "prices": [asdict(price) for price in solution.prices],
        "waived_counts": {reason: reasons.count(reason) for reason in sorted(set(reasons))},
        "waived_households": [asdict(waiver) for waiver in solution.waivers],
        "shortfalls": [{**asdict(one), "short": one.need - one.got} for one in solution.shortfalls],
        "conflict": None if solution.conflict is None else asdict(solution.conflict),
        "findings": [{"table": f.file, "column": f.column, "rule": f.rule, "message": f.message}
                     for f in solution.findings],
        "passes": solution.passes,
    }  # fmt: skip


def _open(folder: Path) -> dict[str, pq.ParquetFile]:
    files = {}
    for name in (*_SMALL, "options"):
        path = folder / f"{name}.parquet"
        if not path.is_file():
            raise ContractError(
                f"{path} is not there; expected a Parquet file",
                hint="a problem is five files: households, offers, levels, options and limits, each .parquet",
            )
        ids = ["household_id", "offer_id"] if name == "options" else None
        try:
            check_columns(pq.read_schema(path), f"plan_{name}", str(path))
            files[name] = pq.ParquetFile(path, read_dictionary=ids)
        except pa.ArrowInvalid as error:
            raise ContractError(f"{path} is no Parquet file: {error}") from error
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error}") from error
    return files


def _options(files: dict[str, pq.ParquetFile]) -> Iterator[pa.RecordBatch]:
    columns = ["household_id", "offer_id", "level", "value_micros", "redemptions", "excluded"]
    for group in range(files["options"].num_row_groups):  # one at a time: iter_batches would buffer the whole file
        yield from files["options"].read_row_group(group, columns=columns).to_batches(max_chunksize=_BATCH_ROWS)


def _write(plan: pa.Table, report: dict[str, Any], folder: Path) -> None:
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(folder / "report.json") as report_part, whole_file(folder / "plan.parquet") as plan_part:
            pq.write_table(plan, plan_part, compression="zstd", row_group_size=1_000_000)
            report_part.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error}") from error
