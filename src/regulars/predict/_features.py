"""What trees look at: the whole numbers of `item_features`, made comparable between households, items and days."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Floats = npt.NDArray[np.float64]

FEATURE_HALF_LIVES_DAYS = (7, 21, 60, 120, 240)
"""Half-lives a past day of buying is counted with, side by side."""

_ONE = float(1 << 30)
_PRIOR_WEIGHT = 5.0
"""Decayed purchases at the level's average that every household's and item's own record is mixed with."""

_SHARED = (
    "weight_7",
    "weight_21",
    "weight_60",
    "weight_120",
    "rate_60",
    "rate_120",
    "rate_240",
    "trend",
    "age_last",
    "phase",
    "visit_phase",
    "gap_mean",
    "gap_variation",
    "visits_since",
    "days_182",
    "visits_14",
    "visits_28",
    "visits_182",
    "age_last_visit",
    "lines_28",
    "lines_182",
    "basket_28",
    "lines_trend",
    "category_weight_21",
    "category_weight_120",
    "item_share_14",
    "item_buyers_14",
    "item_again",
    "item_repeat",
    "item_record",
    "item_weight_mean",
    "item_trend",
    "item_trend_182",
    "household_record_14",
)
_PROMOTED = ("stores_display", "stores_mailer", "stores_mailer_feature", "stores_mailer_more")
_NEED_ONLY = (
    *_PROMOTED,
    "place",
    "household_items",
    "household_weight_21",
    "household_rate_60",
    "household_rate_120",
    "leaning_21",
    "leaning_120",
)
_PRODUCT_ONLY = (
    *_PROMOTED,
    "need_weight_60",
    "need_age_last",
    "need_phase",
    "parent_weight_60_max",
    "parent_share",
    "item_discounted",
    "gap_days_max",
    "amount_mean",
)

FEATURE_NAMES: dict[str, tuple[str, ...]] = {
    "need": (*_SHARED, *_NEED_ONLY),
    "product": (*_SHARED, *_PRODUCT_ONLY),
}
"""Names of the columns of `feature_matrix`, by level, in order. None grows with the length of the history alone."""


def feature_weights() -> pa.Table:
    """The table `feature_weights`: ``round(0.5^(age / half-life) * 2^30)`` for each half-life, by age in days."""
    ages = np.arange(31 * max(FEATURE_HALF_LIVES_DAYS) + 1, dtype=np.int64)
    columns = {
        f"weight_{days}": np.rint(np.exp2(-ages / days) * _ONE).astype(np.int64)
        for days in FEATURE_HALF_LIVES_DAYS
    }
    return pa.table({"age_days": ages, **columns})


def feature_matrix(items: pa.Table, level: str) -> npt.NDArray[np.float32]:
    """Features of items of one level.

    Args:
        items: Rows of `item_features`, all of the level, n of them.
        level: ``product`` or ``need``.

    Returns:
        One row an item in the order of `items`, one column a name of `FEATURE_NAMES`; a value that does not exist
        is NaN. Shape ``(n, k)``.

    Source:
        docs/algorithms/forecast.md.
    """
    raw = {
        name: items[name].to_numpy().astype(np.float64)
        for name in items.column_names
        if pa.types.is_integer(items.schema.field(name).type)
    }
    for name in raw:
        if "weight" in name:
            raw[name] = raw[name] / _ONE
    with np.errstate(divide="ignore", invalid="ignore"):
        made = {
            **raw,
            **_pair_features(raw),
            **_household_features(raw),
            **_item_features(raw),
            **_parent_features(raw),
        }
    matrix = np.empty((len(items), len(FEATURE_NAMES[level])), dtype=np.float32, order="F")
    for place, name in enumerate(FEATURE_NAMES[level]):
        matrix[:, place] = np.where(np.isfinite(made[name]), made[name], np.nan)
    return matrix


def _pair_features(raw: dict[str, Floats]) -> dict[str, Floats]:
    """How often, how regularly and how lately this household bought this item."""
    gaps = np.where(raw["days_ever"] > 1, raw["days_ever"] - 1, np.nan)
    gap_mean = (raw["age_first"] - raw["age_last"]) / gaps
    visits_since = raw["visits"] - raw["visit_last"]
    visit_gap_mean = (raw["visit_last"] - raw["visit_first"]) / gaps
    variance = np.maximum(raw["gap_days_squares"] / gaps - gap_mean**2, 0)
    rates = {f"rate_{days}": raw[f"weight_{days}"] / _days_weighed(raw, days) for days in (60, 120, 240)}
    return {
        **rates,
        "trend": raw["weight_21"] / raw["weight_120"],
        "gap_mean": gap_mean,
        "gap_variation": np.where(gaps > 1, np.sqrt(variance) / gap_mean, np.nan),
        "phase": raw["age_last"] / np.where(gaps > 0, np.maximum(gap_mean, 1), 1),
        "visits_since": visits_since,
        "visit_phase": visits_since / np.where(gaps > 0, np.maximum(visit_gap_mean, 1), 1),
        "amount_mean": raw["amount_cents"] / raw["days_182"],
    }


def _household_features(raw: dict[str, Floats]) -> dict[str, Floats]:
    """How much this household shops, and how far it bought again what it knew."""
    return {
        "household_record_14": _record(
            raw["household_hits_14"], raw["household_weight_before_14"], _level_share(raw)
        ),
        **{
            f"household_rate_{days}": raw[f"household_weight_{days}"] / _days_weighed(raw, days)
            for days in (60, 120)
        },
        "basket_28": raw["lines_28"] / raw["visits_28"],
        "lines_trend": raw["lines_28"] / raw["lines_182"],
    }


def _days_weighed(raw: dict[str, Floats], half_life_days: int) -> Floats:
    """What every day since the first visit would weigh together, up to a factor; so no rate grows with the history."""
    return half_life_days * (1 - np.exp2(-raw["age_first_visit"] / half_life_days))


def _item_features(raw: dict[str, Floats]) -> dict[str, Floats]:
    """How many buy this item, how often again, and whether that rises."""
    hits = raw["item_hits_14"] + raw["item_hits_28"]
    return {
        "item_share_14": raw["item_buyers_14"] / (1 + raw["item_buyers_182"]),
        "item_again": raw["item_buyers_again"] / raw["item_buyers_182"],
        "item_repeat": (hits + 0.2) / (raw["item_candidates_14"] + raw["item_candidates_28"] + 2),
        "item_record": _record(
            hits, raw["item_weight_before_14"] + raw["item_weight_before_28"], _level_share(raw)
        ),
        "item_weight_mean": raw["item_weight_60"] / raw["item_buyers_182"],
        "item_trend": 2 * raw["item_buyers_14"] / (raw["item_buyers_28"] + 1),
        "item_trend_182": 6.5 * raw["item_days_28"] / raw["item_days_182"],
        "item_discounted": raw["item_days_discounted"] / raw["item_days_ever"],
        **{name: raw[name] / raw["promotion_buyers"] for name in _PROMOTED[:3]},
        "stores_mailer_more": (raw["stores_mailer"] - raw["stores_mailer_before"]) / raw["promotion_buyers"],
    }


def _parent_features(raw: dict[str, Floats]) -> dict[str, Floats]:
    """The item among others of its need or category."""
    gaps = np.where(raw["need_days_ever"] > 1, raw["need_days_ever"] - 1, np.nan)
    gap_mean = (raw["need_age_first"] - raw["need_age_last"]) / gaps
    return {
        "need_phase": raw["need_age_last"] / np.where(gaps > 0, np.maximum(gap_mean, 1), 1),
        "parent_share": raw["weight_60"] / raw["parent_weight_60"],
    }


def _level_share(raw: dict[str, Floats]) -> Floats:
    """Purchases a decayed weight came to, over all households and items of the level."""
    return raw["level_hits_14"] / raw["level_weight_before_14"]


def _record(hits: Floats, weight: Floats, share: Floats) -> Floats:
    """Hits over what the level's average would have made of the weight, drawn towards 1 where there is little."""
    return (hits + _PRIOR_WEIGHT * share) / (weight + _PRIOR_WEIGHT) / share
