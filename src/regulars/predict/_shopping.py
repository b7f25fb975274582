"""Whether a household shops at all in the window: boosted trees over how often and how lately it came."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.kernel import ModelError

from ._methods import WINDOW_DAYS

Floats = npt.NDArray[np.float64]

SHOPPING_WINDOWS = 6
"""Closed windows the model learns from, each a cycle long, the last ending on the day."""

_FEATURES = (
    "visits_14",
    "visits_28",
    "visits_56",
    "visits_182",
    "weight_10",
    "weight_30",
    "weight_120",
    "trend",
    "age_last",
    "age_first",
    "phase",
    "longest",
    "gap_spread",
    "fortnights_share",
    "fortnights_6",
    "lines_28",
    "lines_182",
    "amount_56_cents",
)
_PARAMETERS: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 7,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "seed": 1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
_TREES = 120
_HOUSEHOLDS_MIN = 300
_PRIOR_FORTNIGHTS = 1.0
_LEAST, _MOST = 1e-4, 1.0 - 1e-4
_ONE = float(1 << 30)

SHOPPING_SETTINGS = repr((_PARAMETERS, _TREES, _FEATURES, SHOPPING_WINDOWS))
"""All that shapes what is learnt besides the rows, as text."""


def fit_shopping(windows: Iterable[pa.Table]) -> str:
    """Grow the trees on closed windows; the result does not depend on the order of rows or windows.

    Args:
        windows: Tables `household_visits` as of the first day of each window.

    Returns:
        The trees as LightGBM writes them.

    Raises:
        ModelError: Too few households were seen, or all of them shopped, or none.
    """
    rows = pa.concat_tables(windows).sort_by([("household_id", "ascending"), ("age_first", "ascending")])
    shopped = rows["shopped"].cast(pa.int64()).to_numpy()
    if len(rows) < _HOUSEHOLDS_MIN or shopped.min() == shopped.max():
        raise ModelError(
            f"too little to learn from who shops: {len(rows)} households, {int(shopped.sum())} of them shopped",
            hint="load more history",
        )
    import lightgbm

    data = lightgbm.Dataset(_matrix(rows), shopped, feature_name=list(_FEATURES))
    return str(lightgbm.train(dict(_PARAMETERS), data, _TREES).model_to_string())


def shopping_chances(trees: str | None, visits: pa.Table) -> Floats:
    """Chance that each household shops within `WINDOW_DAYS`.

    Args:
        trees: From `fit_shopping`; None where there was too little to learn from: then the share of the past
            fortnights in which the household shopped, mixed with one fortnight of either outcome.
        visits: Rows of `household_visits` as of the day, n of them.

    Returns:
        Chances in the order of the rows, each in (0, 1), shape ``(n,)``.
    """
    if trees is None:
        known = (np.minimum(visits["age_first"].to_numpy(), 182) + WINDOW_DAYS - 1) // WINDOW_DAYS
        shares: Floats = (visits["fortnights_13"].to_numpy() + _PRIOR_FORTNIGHTS / 2) / (known + _PRIOR_FORTNIGHTS)
        return shares
    import lightgbm

    booster = lightgbm.Booster(model_str=trees)
    if tuple(booster.feature_name()) != _FEATURES:
        raise ModelError("the trees of who shops were grown on other features than this version has")
    said = np.asarray(booster.predict(_matrix(visits), num_threads=1), dtype=np.float64)
    return np.clip(said, _LEAST, _MOST)


def _matrix(visits: pa.Table) -> npt.NDArray[np.float32]:
    raw = {
        name: visits[name].to_numpy().astype(np.float64)
        for name in visits.column_names
        if name not in ("household_id", "shopped")
    }
    raw |= {name: found / _ONE for name, found in raw.items() if name.startswith("weight")}
    known = np.minimum(raw["age_first"], 182)
    gap_mean = (known - raw["age_last"]) / raw["visits_182"]
    made = raw | {
        "trend": raw["weight_10"] / np.maximum(raw["weight_120"], 1e-9),
        "phase": raw["age_last"] / np.maximum(gap_mean, 1),
        "longest": raw["age_last"] / np.maximum(raw["gap_days_max"], 1),
        "gap_spread": np.sqrt(raw["gap_squares"] / raw["visits_182"]),
        "fortnights_share": raw["fortnights_13"] / np.ceil(known / WINDOW_DAYS),
    }
    return np.column_stack([made[name] for name in _FEATURES]).astype(np.float32)
