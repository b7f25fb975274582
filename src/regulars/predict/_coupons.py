"""Whether a household uses a coupon it was sent: boosted trees over what it bought of the goods and the need."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.kernel import ModelError

Floats = npt.NDArray[np.float64]

STANDINGS = ("known", "need", "new")
"""How a household stands to a coupon: it buys what is covered, the need only, or neither."""

COUPON_PRIOR_PAIRS = 2_000.0
"""Pairs sent that the cautious prior counts as, of each standing."""

_FEATURES = (
    "covered_days",
    "covered_cents",
    "covered_age_last",
    "covered_share",
    "need_days",
    "need_cents",
    "need_age_last",
    "category_cents",
    "visits",
    "amount_cents",
    "coupon_lines",
    "coupon_days",
    "coupon_age_last",
    "covered_coupon_lines",
    "need_coupon_lines",
    "coupon_share",
    "used_share",
    "covered_times_used",
    "products",
    "needs",
    "campaign_coupons",
    "campaign_days",
)
"""None grows with the length of the history alone: with how many were used and sent ever, too much is said later."""
_PARAMETERS: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.03,
    "num_leaves": 7,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
_TREES = 200
_SEEDS = (1, 2, 3)
_USES_MIN = 100
_LEAST, _MOST = 1e-6, 1.0 - 1e-6

COUPON_SETTINGS = repr((_PARAMETERS, _TREES, _SEEDS, _USES_MIN, COUPON_PRIOR_PAIRS, _FEATURES))
"""All that shapes what is learnt besides the rows, as text."""


@dataclass(frozen=True)
class CouponRate:
    """How often coupons were used by households of one standing, in campaigns that have closed.

    Args:
        sent: Pairs of household and coupon.
        used: Of these, used.
        rate: Share used, the cautious prior mixed in.
    """

    sent: int
    used: int
    rate: float


@dataclass(frozen=True)
class CouponModel:
    """What closed coupon campaigns taught.

    Args:
        trees: As LightGBM writes them, one text a seed; empty where too few coupons were used.
        rates: How often coupons were used, by standing.
        campaigns: Closed campaigns learnt from.
    """

    trees: tuple[str, ...]
    rates: Mapping[str, CouponRate]
    campaigns: int


def fit_coupons(parts: Iterable[pa.Table], prior: Mapping[str, float]) -> CouponModel:
    """Learn from closed campaigns; the result depends on neither the order nor the number of parts.

    Args:
        parts: Rows of `coupon_pairs`, any number of tables; rows of campaigns still open are passed over.
        prior: Share of coupons used that is presumed where nothing was seen, by standing.
    """
    closed = [table.filter(table["closed"]) for table in parts]
    order = [(name, "ascending") for name in ("campaign_id", "household_id", "coupon_id")]
    pairs = pa.concat_tables(closed).sort_by(order) if closed else None
    if pairs is None or not len(pairs):
        return CouponModel((), {name: CouponRate(0, 0, prior[name]) for name in STANDINGS}, 0)
    used = pairs["used"].cast(pa.int64()).to_numpy()
    standing = coupon_standings(pairs)
    rates = {}
    for number, name in enumerate(STANDINGS):
        sent, uses = int((standing == number).sum()), int(used[standing == number].sum())
        rates[name] = CouponRate(
            sent, uses, (uses + COUPON_PRIOR_PAIRS * prior[name]) / (sent + COUPON_PRIOR_PAIRS)
        )
    campaigns = pc.count_distinct(pairs["campaign_id"]).as_py()
    if used.sum() < _USES_MIN or used.min() == used.max():
        return CouponModel((), rates, campaigns)
    import lightgbm

    matrix = _matrix(pairs)
    texts = []
    for seed in _SEEDS:
        data = lightgbm.Dataset(matrix, used, feature_name=list(_FEATURES))
        texts.append(str(lightgbm.train({**_PARAMETERS, "seed": seed}, data, _TREES).model_to_string()))
    return CouponModel(tuple(texts), rates, campaigns)


def coupon_chances(model: CouponModel, pairs: pa.Table) -> Floats:
    """Chance that each household uses each coupon while its campaign runs.

    Args:
        model: From `fit_coupons`.
        pairs: Rows of `coupon_pairs`, n of them.

    Returns:
        Chances in the order of the rows, shape ``(n,)``; where too few uses were seen, the rate of the standing.

    Raises:
        ModelError: The trees were grown on other features.
    """
    if not len(pairs):
        return np.empty(0)
    if not model.trees:
        rates = np.array([model.rates[name].rate for name in STANDINGS])
        return np.asarray(rates[coupon_standings(pairs)])
    import lightgbm

    matrix = _matrix(pairs)
    said = np.zeros(len(pairs))
    for text in model.trees:
        booster = lightgbm.Booster(model_str=text)
        if tuple(booster.feature_name()) != _FEATURES:
            raise ModelError("the trees of coupons were grown on other features than this version has")
        said += np.asarray(booster.predict(matrix, num_threads=1), dtype=np.float64)
    return np.clip(said / len(model.trees), _LEAST, _MOST)


def at_depth(chances: Floats, depth: float, *, observed_depth: float, depth_response: float) -> Floats:
    """The chances at another discount than the one they were learnt at.

    The loaded campaigns do not say how much a coupon was worth, so the slope is assumed, not learnt.

    Args:
        chances: In (0, 1), shape ``(n,)``.
        depth: Discount as a share of the price.
        observed_depth: The one presumed for the coupons that were learnt from.
        depth_response: Log-odds per unit of depth.

    Example:
        >>> at_depth(np.array([0.1]), 0.4, observed_depth=0.2, depth_response=3.0).round(4).tolist()
        [0.1684]
    """
    odds = np.log(chances) - np.log1p(-chances) + depth_response * (depth - observed_depth)
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def coupon_standings(pairs: pa.Table) -> npt.NDArray[np.int64]:
    """Place in `STANDINGS` of each row of `coupon_pairs`."""
    covered, need = pairs["covered_days"].to_numpy(), pairs["need_days"].to_numpy()
    return np.asarray(np.where(covered > 0, 0, np.where(need > 0, 1, 2)), dtype=np.int64)


def coupon_parts(model: CouponModel) -> dict[str, str]:
    """A model as texts by name."""
    facts = {"campaigns": model.campaigns, "rates": {name: asdict(rate) for name, rate in model.rates.items()}}
    return {
        "facts": json.dumps(facts, sort_keys=True),
        **{f"trees {number}": text for number, text in enumerate(model.trees)},
    }


def coupon_model_of(parts: Mapping[str, str]) -> CouponModel:
    """The reverse of `coupon_parts`."""
    facts = json.loads(parts["facts"])
    rates = {name: CouponRate(**rate) for name, rate in facts["rates"].items()}
    trees = tuple(parts[name] for name in sorted(parts) if name.startswith("trees "))
    return CouponModel(trees, rates, facts["campaigns"])


def _matrix(pairs: pa.Table) -> npt.NDArray[np.float32]:
    passed_over = ("household_id", "campaign_id", "coupon_id", "closed", "used")
    raw = {
        name: pairs[name].cast(pa.float64()).to_numpy(zero_copy_only=False)
        for name in pairs.column_names
        if name not in passed_over
    }
    used_share = (raw["used_before"] + 0.1) / (raw["sent_before"] + 1)
    made = raw | {
        "covered_share": raw["covered_cents"] / (raw["category_cents"] + 100),
        "coupon_share": (raw["coupon_days"] + 0.3) / (raw["visits"] + 5),
        "used_share": used_share,
        "covered_times_used": (raw["covered_days"] + 0.3) * used_share,
    }
    return np.column_stack([made[name] for name in _FEATURES]).astype(np.float32)
