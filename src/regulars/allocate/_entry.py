"""The doors of the room; the compiler behind them takes a second to load and is loaded only when one is opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from ._problem import Problem
from ._solution import Solution

if TYPE_CHECKING:
    from ._what_if import WhatIf


def build_problem(
    households: pa.Table,
    offers: pa.Table,
    levels: pa.Table,
    options: pa.Table | Iterable[pa.RecordBatch],
    limits: pa.Table,
    *,
    option_rows: int | None = None,
) -> Problem:
    """Check the five tables and hold them as arrays.

    Args:
        households: Table `plan_households`.
        offers: Table `plan_offers`.
        levels: Table `plan_levels`.
        options: Table `plan_options`, or its record batches.
        limits: Table `plan_limits`.
        option_rows: How many rows the batches hold; needed with batches.

    Returns:
        The problem; the same for any order of the rows. What was wrong in the rows is in its findings.

    Raises:
        ContractError: A column is missing or of another type, or a limit has no meaning.
    """
    forget_stale_machine_code(Path(__file__).parent)
    from ._build import assemble_problem

    return assemble_problem(households, offers, levels, options, limits, option_rows)


def solve(problem: Problem, *, seed: int = 0, workers: int = 1) -> Solution:
    """Solve an allocation problem.

    Args:
        problem: From `build_problem`.
        seed: Chooses the hash sample that prices are first found on (above 60,000 households).
        workers: Threads for the passes over households; the plan does not depend on it.

    Returns:
        A plan that breaks no limit.
    """
    from ._solve import solve_problem

    return solve_problem(problem, seed, workers)


def what_if(
    problem: Problem, money: Mapping[tuple[str, str], float], lists: Mapping[str, float], *, workers: int = 1
) -> WhatIf:
    """The bound of a problem, and what its best fractional plan uses, from prices found for another like it.

    Args:
        problem: From `build_problem`, with the limits asked about.
        money: Prices of money by scope (``offer``, ``vendor``, ``store``) and id, to start from.
        lists: Prices of a distribution by offer: positive for a cap, negative for a guarantee.
        workers: Threads.
    """
    from ._what_if import bound_within

    return bound_within(problem, money, lists, workers)


def forget_stale_machine_code(folder: Path) -> None:
    """Delete cached machine code that is older than any source file beside it.

    The compiler's cache looks at the file of each function, not at the files of those it calls.
    """
    changed_at = max(source.stat().st_mtime for source in folder.glob("*.py"))
    for index in (folder / "__pycache__").glob("*.nbi"):
        with suppress(OSError):
            if index.stat().st_mtime < changed_at:
                index.unlink()
