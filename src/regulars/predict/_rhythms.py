"""What the timing trees look at: the whole numbers of `need_rhythms`, made comparable between households and needs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Floats = npt.NDArray[np.float64]

_ONE = float(1 << 30)
_HALF_LIVES_DAYS = (10, 21, 30, 60, 120, 240)
_COUNTS = ("buyers", "days", "days_28", "days_84", "days_182", "span_days")

RHYTHM_FEATURES = (
    "weight_10",
    "weight_21",
    "weight_60",
    "weight_120",
    "weight_240",
    "weight_soon_60",
    "days_182",
    "days_91",
    "days_28",
    "days_14",
    "age_last",
    "gap_mean",
    "gap_spread",
    "phase",
    "visits_28",
    "visits_182",
    "household_days_28",
    "household_weight_30",
    "visits_trend",
    "age_last_visit",
    "age_first_visit",
    "need_days_28",
    "need_days_84",
    "need_trend",
    "need_repeats",
    "need_gap",
)
"""Names of the columns of `rhythm_matrix`, in order."""


def rhythm_weights() -> pa.Table:
    """The table `rhythm_weights`: ``round(0.5^(age / half-life) * 2^30)`` for each half-life, by age in days."""
    ages = np.arange(31 * max(_HALF_LIVES_DAYS) + 1, dtype=np.int64)
    weights = {f"weight_{days}": np.rint(np.exp2(-ages / days) * _ONE) for days in _HALF_LIVES_DAYS}
    return pa.table({"age_days": ages, **{name: found.astype(np.int64) for name, found in weights.items()}})


def need_totals(counts: list[pa.Table]) -> pa.Table:
    """Sums of the tables `need_counts` of all buckets: the same columns, one row a need, sorted."""
    sums = pa.concat_tables(counts).group_by("need_id").aggregate([(name, "sum") for name in _COUNTS])
    return sums.rename_columns(["need_id", *_COUNTS]).sort_by("need_id")


def rhythm_matrix(rhythms: pa.Table, totals: pa.Table) -> npt.NDArray[np.float32]:
    """Features of households and needs as of a day.

    Args:
        rhythms: Rows of `need_rhythms`, n of them.
        totals: From `need_totals`, as of the same day; every need of `rhythms` is there.

    Returns:
        One row a pair in the order of `rhythms`, one column a name of `RHYTHM_FEATURES`. Shape ``(n, k)``.
    """
    raw = {
        name: rhythms[name].to_numpy().astype(np.float64)
        for name in rhythms.column_names
        if name not in ("household_id", "need_id", "next_days")
    }
    raw |= {name: found / _ONE for name, found in raw.items() if "weight" in name}
    places = pc.index_in(rhythms["need_id"], totals["need_id"].combine_chunks()).to_numpy()
    need = {name: totals[name].to_numpy().astype(np.float64)[places] for name in _COUNTS}
    gap_mean = (raw["age_first_182"] - raw["age_last"]) / (raw["days_182"] - 1)
    made = raw | {
        "gap_mean": gap_mean,
        "gap_spread": np.sqrt(np.maximum(raw["gap_squares"] / (raw["days_182"] - 1) - gap_mean**2, 0)),
        "phase": raw["age_last"] / np.maximum(gap_mean, 1),
        "visits_trend": raw["household_days_28"] / np.maximum(raw["household_days_182"], 1),
        "need_days_28": need["days_28"],
        "need_days_84": need["days_84"],
        "need_trend": need["days_28"] / np.maximum(need["days_182"], 1),
        "need_repeats": need["days"] / need["buyers"],
        "need_gap": need["span_days"] / np.maximum(need["days"] - need["buyers"], 1),
    }
    return np.column_stack([made[name] for name in RHYTHM_FEATURES]).astype(np.float32)
