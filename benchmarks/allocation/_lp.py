"""The linear programme behind an allocation problem, solved by HiGHS (scipy), to confirm the certified bound."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, vstack

_MICROS = 1e6


def lp_optimum_micros(problem: dict[str, pa.Table]) -> float:
    """The value of the best fractional plan: no whole plan is worth more, and a good bound is hardly above it."""
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
    solved = linprog(-value, A_ub=vstack(rows.matrices), b_ub=np.concatenate(rows.bounds), bounds=(0, 1),
                     method="highs-ipm", options={"presolve": True})  # fmt: skip
    assert solved.status == 0, solved.message
    return float(-solved.fun * _MICROS)


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
