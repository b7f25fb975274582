"""When a need is bought next: trees rank how soon, and survival curves of alike pairs say the days.

Purchases are rare and irregular, so pairs are compared by one score: the log of how much faster than all pairs
together this one comes back. The trees learn it from every day a pair was watched, also where it had not come back
by the end (its watching is then cut short). The curves are what pairs of about that score did, day by day. A curve
is then bent so that it agrees with the chance that is told beside the day.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.kernel import ModelError

from ._methods import WINDOW_DAYS
from ._rhythms import RHYTHM_FEATURES, rhythm_matrix
from ._timing import DAYS_MAX, window_probability
from ._tree_scores import read_trees

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

FOLLOWED_DAYS = 84
"""How long pairs are watched, days."""

TIMING_STARTS_DAYS = (28, 56, 84, 112)
"""How long before the day the watching began; the later ones are cut short at the day."""

DATED_DAYS_MIN = 3
"""A need bought on fewer days than this in 182 gets no day."""

_PARAMETERS: dict[str, Any] = {
    "objective": "poisson",
    "learning_rate": 0.08,
    "num_leaves": 15,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.5,
    "bagging_freq": 1,
    "max_bin": 127,
    "seed": 1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
_TREES = 120
_CURVES_MAX = 60
_PAIRS_A_CURVE_MIN = 300
_PAIRS_MIN = 2_000
_TAIL_FROM_DAY = 42
_LEAST, _PACE_MIN = 1e-9, 1e-4

TIMING_SETTINGS = repr((_PARAMETERS, _TREES, _CURVES_MAX, FOLLOWED_DAYS, TIMING_STARTS_DAYS, RHYTHM_FEATURES))
"""All that shapes what is learnt besides the rows, as text."""


@dataclass(frozen=True)
class WatchedPairs:
    """Pairs watched from a day on.

    Args:
        rhythms: Rows of `need_rhythms` as of the day.
        totals: `need_totals` as of the day.
        watched_days: How long they were watched, at most `FOLLOWED_DAYS`.
    """

    rhythms: pa.Table
    totals: pa.Table
    watched_days: int


@dataclass(frozen=True)
class NeedTiming:
    """What was learnt.

    Args:
        trees: The trees as LightGBM writes them.
        scores: Mean score of each group of pairs, ascending, shape ``(k,)``.
        curves: Chance that a pair of the group was not bought in the first d days, shape ``(k, FOLLOWED_DAYS + 1)``.
    """

    trees: str
    scores: Floats
    curves: Floats


def fit_need_timing(parts: Iterable[WatchedPairs]) -> NeedTiming:
    """Learn from pairs watched until a day.

    The result depends neither on the order of the parts nor on that of their rows.

    Raises:
        ModelError: Too few pairs were watched, or none long enough.

    Source:
        Holford (1980), The analysis of rates and of survivorship using log-linear models: with a common curve of
        the hazard, a survival likelihood is that of Poisson counts with exposures. Kaplan and Meier (1958).
        docs/algorithms/forecast-days.md.
    """
    watched = [part for part in parts if len(part.rhythms)]
    matrix, days, came = _in_order(watched)
    longest = max((part.watched_days for part in watched), default=0)
    if len(days) < _PAIRS_MIN or not came.any() or longest < FOLLOWED_DAYS:
        raise ModelError(
            f"too few needs were bought again and again to learn days from: {len(days)} watched, "
            f"{int(came.sum())} bought again",
            hint=f"this needs about {(max(TIMING_STARTS_DAYS) + 56) // 7} weeks of history",
        )
    import lightgbm

    exposure = np.interp(days, np.arange(FOLLOWED_DAYS + 1), _cumulative_hazard(days, came))
    start = np.log(np.maximum(exposure, _LEAST))
    data = lightgbm.Dataset(matrix, came.astype(np.float64), init_score=start, feature_name=list(RHYTHM_FEATURES))
    trees = str(lightgbm.train(dict(_PARAMETERS), data, _TREES).model_to_string())
    scores, curves = _curves(read_trees(trees).sums(matrix), days, came)
    return NeedTiming(trees, scores, curves)


def _in_order(parts: list[WatchedPairs]) -> tuple[npt.NDArray[np.float32], Floats, Booleans]:
    """Features, days watched until bought or cut short, and whether bought, in an order of the rows' own."""
    if not parts:
        return np.empty((0, len(RHYTHM_FEATURES)), dtype=np.float32), np.empty(0), np.empty(0, dtype=np.bool_)
    keys = pa.concat_tables(
        part.rhythms.select(["household_id", "need_id"]).append_column(
            "watched", pa.array(np.full(len(part.rhythms), part.watched_days))
        )
        for part in parts
    ).append_column("place", pa.array(np.arange(sum(len(part.rhythms) for part in parts))))
    order = keys.sort_by([(name, "ascending") for name in ("watched", "household_id", "need_id")])["place"]
    matrix = np.concatenate([rhythm_matrix(part.rhythms, part.totals) for part in parts])
    watched = np.concatenate([np.full(len(part.rhythms), float(part.watched_days)) for part in parts])
    after = np.concatenate(
        [part.rhythms["next_days"].cast(pa.float64()).to_numpy(zero_copy_only=False) for part in parts]
    )
    came = after < watched
    days = np.where(came, after + 0.5, watched)
    places = order.to_numpy()
    return matrix[places], days[places], came[places]


def _at_risk(days: Floats, came: Booleans) -> tuple[Floats, Floats]:
    """Pairs still watched and not bought at the start of each day, and those of them bought on it."""
    whole = np.floor(days).astype(np.int64)
    left = np.bincount(whole, minlength=FOLLOWED_DAYS + 1)
    bought = np.bincount(whole[came], minlength=FOLLOWED_DAYS + 1)[:FOLLOWED_DAYS].astype(np.float64)
    risk = len(days) - np.r_[0, np.cumsum(left)][:FOLLOWED_DAYS]
    return np.maximum(risk, 1).astype(np.float64), bought


def _cumulative_hazard(days: Floats, came: Booleans) -> Floats:
    risk, bought = _at_risk(days, came)
    hazard: Floats = np.r_[0.0, np.cumsum(bought / risk)]
    return hazard


def _curves(found: Floats, days: Floats, came: Booleans) -> tuple[Floats, Floats]:
    """Survival of groups of equal size by rising score, each not above that of the group before."""
    groups = int(np.clip(len(found) // _PAIRS_A_CURVE_MIN, 1, _CURVES_MAX))
    order = np.argsort(found, kind="stable")
    scores, curves = [], []
    for members in np.array_split(order, groups):
        risk, bought = _at_risk(days[members], came[members])
        scores.append(float(found[members].mean()))
        curves.append(np.r_[1.0, np.cumprod(1.0 - bought / risk)])
    return np.array(scores), np.minimum.accumulate(np.array(curves), axis=0)


def need_paces(timing: NeedTiming, rhythms: pa.Table, totals: pa.Table) -> Floats:
    """How soon each need comes back: the log of how much faster than all pairs together, shape ``(n,)``.

    Args:
        timing: From `fit_need_timing`.
        rhythms: Rows of `need_rhythms` as of the day, n of them.
        totals: `need_totals` as of the same day.

    Raises:
        ModelError: The trees were grown on other features than this version has.
    """
    trees = read_trees(timing.trees)
    if trees.feature_names != tuple(RHYTHM_FEATURES):
        raise ModelError("the timing trees were grown on other features than this version has")
    return trees.sums(rhythm_matrix(rhythms, totals))


def dated_needs(timing: NeedTiming, paces: pa.Table, scored: pa.Table, *, as_of_on: date, days: int) -> pa.Table:
    """The days and intervals of needs, a table `need_days`.

    Args:
        timing: What was learnt.
        paces: Rows of `need_paces` as of the day.
        scored: Rows of `scored_items`, all those of the same households among them.
        as_of_on: The day.
        days: Length of the window that the chances of `scored` hold for.
    """
    needs = scored.filter(pc.equal(scored["level"], "need")).select(["household_id", "item_id", "probability"])
    needs = needs.rename_columns(["household_id", "need_id", "probability"])
    found = paces.join(needs, ["household_id", "need_id"], join_type="inner")
    dated = found.select(["household_id", "need_id"])
    chances = window_probability(found["probability"].to_numpy(), days=WINDOW_DAYS, window_days=days)
    for name, offsets in need_day_offsets(timing, found["pace"].to_numpy(), chances).items():
        dated = dated.append_column(name, pa.array(np.datetime64(as_of_on, "D") + offsets))
    return dated


def need_day_offsets(timing: NeedTiming, paces: Floats, chances: Floats) -> dict[str, npt.NDArray[np.int64]]:
    """Days from the as-of day to the next purchase of each need: the median, and intervals.

    An interval holds 50 or 80 per cent of what may happen within `FOLLOWED_DAYS`, "later than that" being one
    possible outcome. Where that alone has more than half of what an interval may leave out, the interval is open
    above: it begins where that share has gone by, and its end is `DAYS_MAX`, "then or later".

    Args:
        timing: From `fit_need_timing`.
        paces: From `need_paces`, shape ``(n,)``.
        chances: Of the same needs within `WINDOW_DAYS`, each in (0, 1), shape ``(n,)``. The day lies within the
            window if and only if the chance is at least one half.

    Returns:
        ``expected_on``, ``expected_on_low_80``, ``…_high_80``, ``…_low_50``, ``…_high_50``: whole days from 0 to
        `DAYS_MAX`, each of shape ``(n,)``.
    """
    levels = np.clip(paces, timing.scores[0], timing.scores[-1])
    stays = np.column_stack(
        [np.interp(levels, timing.scores, timing.curves[:, day]) for day in range(FOLLOWED_DAYS + 1)]
    )
    stays = _bent(stays, chances)
    gone = 1.0 - stays
    offsets = {"expected_on": _first_day(gone, np.full(len(stays), 0.5), stays)}
    for percent, share in ((80, 0.8), (50, 0.5)):
        open_above = stays[:, -1] > (1 - share) / 2
        below = np.where(open_above, 1 - share, (1 - share) / 2)
        low = np.minimum(_first_day(gone, below, stays), offsets["expected_on"])
        high = np.where(open_above, DAYS_MAX, _first_day(gone, 1 - below, stays))
        offsets[f"expected_on_low_{percent}"] = low
        offsets[f"expected_on_high_{percent}"] = np.maximum(high, offsets["expected_on"])
    return offsets


def _bent(stays: Floats, chances: Floats) -> Floats:
    """Curves whose hazard within the window is scaled so that at its end each says what its chance says."""
    at_end = np.clip(stays[:, WINDOW_DAYS], _LEAST, 1 - _LEAST)
    bend = np.log1p(-chances) / np.log(at_end)
    within = np.maximum(stays[:, :WINDOW_DAYS] ** bend[:, None], 1 - chances[:, None])
    after = np.minimum(stays[:, WINDOW_DAYS + 1 :] / at_end[:, None], 1.0)
    return np.hstack([within, (1 - chances[:, None]) * np.hstack([np.ones((len(stays), 1)), after])])


def _first_day(gone: Floats, share: Floats, stays: Floats) -> npt.NDArray[np.int64]:
    """The first day by whose end at least a share has been bought; past the curve the last weeks' pace goes on."""
    within = (gone < share[:, None]).sum(axis=1) - 1
    last = np.maximum(stays[:, -1], _LEAST)
    pace = np.log(np.maximum(stays[:, _TAIL_FROM_DAY], _LEAST) / last) / (FOLLOWED_DAYS - _TAIL_FROM_DAY)
    beyond = np.log(last / (1 - share)) / np.maximum(pace, _PACE_MIN)
    later = FOLLOWED_DAYS + np.floor(np.clip(beyond, 0, DAYS_MAX))
    days = np.where(within < FOLLOWED_DAYS, np.maximum(within, 0), later)
    return np.minimum(days, DAYS_MAX).astype(np.int64)


def timing_parts(timing: NeedTiming) -> dict[str, str]:
    """The model as texts, for `model_parts`."""
    curves = {"scores": timing.scores.tolist(), "curves": timing.curves.tolist()}
    return {"trees": timing.trees, "curves": json.dumps(curves)}


def need_timing_of(parts: Mapping[str, str]) -> NeedTiming:
    """The model that `timing_parts` gave as texts."""
    curves = json.loads(parts["curves"])
    return NeedTiming(parts["trees"], np.array(curves["scores"]), np.array(curves["curves"]))
