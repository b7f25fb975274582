"""The linear programme behind an allocation problem, as general solvers see it: HiGHS (scipy) and PDLP (OR-tools).

Their answers are fractional. They confirm the certified bound and stand beside the allocator in the benchmark.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, vstack

_MICROS = 1e6
_OUT_OF_TIME = 1

HIGHS_SECONDS_MAX = 300.0
"""How long HiGHS may look, seconds on the clock; ten thousand households take it longer."""

PDLP_TOLERANCE = 1e-4
"""Relative gap at which PDLP stops; its value may be off by as much."""


@dataclass(frozen=True)
class LinearProgramme:
    """Maximise ``value x`` with ``matrix x <= bound`` and ``0 <= x <= 1``; money in dollars."""

    value: NDArray[np.float64]
    matrix: csr_matrix
    bound: NDArray[np.float64]
    options: pa.Table


@dataclass(frozen=True)
class Answer:
    """What a general solver answers.

    Args:
        value_micros: Value of its fractional plan.
        fractional: Options taken in part.
        exceeded_max: How far a row is exceeded at most.
        plan: The options of which more than half is taken, as rows of `plan`.
    """

    value_micros: float
    fractional: int
    exceeded_max: float
    plan: pa.Table


def linear_programme(problem: dict[str, pa.Table]) -> LinearProgramme:
    """Every rule of a problem as rows."""
    options = problem["options"]
    options = options.filter(pa.compute.invert(options["excluded"]))
    levels = problem["levels"].append_column("level_row", pa.array(range(len(problem["levels"]))))
    joined = options.join(levels, ["offer_id", "level"]).join(problem["offers"], ["offer_id"])
    rows = _Rows(len(joined))
    face = joined["face_micros"].to_numpy() / _MICROS
    funded = joined["redemptions"].to_numpy() * joined["funding_micros"].to_numpy() / _MICROS
    own = joined["redemptions"].to_numpy() * face - funded
    household, offer = joined["household_id"].to_pylist(), joined["offer_id"].to_pylist()
    one = np.ones(len(joined))
    rows.add(list(zip(household, offer, strict=True)), one, {}, 1.0)
    limits = problem["limits"].to_pylist()
    caps = {row["id"]: row["max_count"] for row in limits if row["scope"] == "category"}
    category = joined["category_id"].to_pylist()
    pairs = list(zip(household, category, strict=True))
    rows.add(pairs, one, {pair: caps.get(pair[1]) for pair in set(pairs)})
    for weights, name in ((one, "slots"), (face, "face")):
        unit = 1.0 if name == "slots" else _MICROS
        suffix = "" if name == "slots" else "_micros"
        policy = problem["households"].to_pylist()
        rows.add(household, weights, {row["household_id"]: row[f"{name}_max{suffix}"] / unit for row in policy})
        rows.add(household, -weights, {row["household_id"]: -row[f"{name}_min{suffix}"] / unit for row in policy})
    terms = problem["offers"].to_pylist()
    rows.add(offer, one, {row["offer_id"]: row["distributions_max"] for row in terms})
    rows.add(offer, -one, {row["offer_id"]: _negative(row["distributions_min"]) for row in terms})
    rows.add(offer, funded, {row["offer_id"]: _dollars(row["vendor_budget_micros"]) for row in terms})
    for scope, keys, weights in (
        ("vendor", joined["vendor_id"].to_pylist(), funded),
        ("store", ["all"] * len(one), own),
    ):
        rows.add(
            keys, weights, {row["id"]: _dollars(row["budget_micros"]) for row in limits if row["scope"] == scope}
        )
    value = joined["value_micros"].to_numpy() / _MICROS
    keys = joined.select(["household_id", "offer_id", "level"])
    return LinearProgramme(value, vstack(rows.matrices).tocsr(), np.concatenate(rows.bounds), keys)


def solve_by_highs(programme: LinearProgramme) -> Answer | None:
    """HiGHS, interior point; None if it has no answer within `HIGHS_SECONDS_MAX`."""
    solved = linprog(-programme.value, A_ub=programme.matrix, b_ub=programme.bound, bounds=(0, 1),
                     method="highs-ipm", options={"time_limit": HIGHS_SECONDS_MAX})  # fmt: skip
    if solved.status == _OUT_OF_TIME:
        return None
    assert solved.status == 0, solved.message
    return _answer(programme, solved.x)


def solve_by_pdlp(programme: LinearProgramme) -> Answer:
    """OR-tools' PDLP, one thread, to `PDLP_TOLERANCE`."""
    from ortools.pdlp import solvers_pb2
    from ortools.pdlp.python import pdlp

    rows, columns = programme.matrix.shape
    model = pdlp.QuadraticProgram()
    model.resize_and_initialize(columns, rows)
    model.objective_vector = -programme.value
    model.constraint_matrix = programme.matrix.tocsc()
    model.constraint_lower_bounds = np.full(rows, -np.inf)
    model.constraint_upper_bounds = programme.bound
    model.variable_lower_bounds, model.variable_upper_bounds = np.zeros(columns), np.ones(columns)
    settings = solvers_pb2.PrimalDualHybridGradientParams()
    settings.num_threads = 1
    optimality = settings.termination_criteria.simple_optimality_criteria
    optimality.eps_optimal_relative = PDLP_TOLERANCE
    optimality.eps_optimal_absolute = 1e-4
    solved = pdlp.primal_dual_hybrid_gradient(model, settings)
    return _answer(programme, np.clip(np.asarray(solved.primal_solution), 0.0, 1.0))


def lp_optimum_micros(problem: dict[str, pa.Table]) -> float:
    """The value of the best fractional plan: no whole plan is worth more, and a good bound is hardly above it."""
    answer = solve_by_highs(linear_programme(problem))
    assert answer is not None
    return answer.value_micros


def _answer(programme: LinearProgramme, taken: NDArray[np.float64]) -> Answer:
    fractional = int(((taken > 1e-6) & (taken < 1 - 1e-6)).sum())
    exceeded = float(np.maximum(programme.matrix @ taken - programme.bound, 0.0).max(initial=0.0))
    plan = programme.options.filter(pa.array(taken > 0.5))
    return Answer(float(programme.value @ taken) * _MICROS, fractional, exceeded, plan)


def _dollars(micros: int | None) -> float | None:
    return None if micros is None else micros / _MICROS


def _negative(count: int | None) -> float | None:
    return None if count is None else -float(count)


class _Rows:
    """Rows ``weights x <= bound`` of a sparse matrix, one for each key that has a bound."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.matrices: list[csr_matrix] = []
        self.bounds: list[NDArray[np.float64]] = []

    def add(
        self,
        keys: list[object],
        weights: NDArray[np.float64],
        bounds: dict[object, float | None],
        rest: float | None = None,
    ) -> None:
        """Add a row for each distinct key; keys without a bound get `rest`, or no row."""
        limits = {key: bounds.get(key, rest) for key in keys}
        number = {
            key: place for place, key in enumerate(key for key, limit in limits.items() if limit is not None)
        }
        if not number:
            return
        row = np.array([number.get(key, -1) for key in keys])
        used = np.flatnonzero(row >= 0)
        self.matrices.append(csr_matrix((weights[used], (row[used], used)), shape=(len(number), self.columns)))
        self.bounds.append(np.array([float(limits[key] or 0.0) for key in number]))
