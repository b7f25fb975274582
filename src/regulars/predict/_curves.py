"""Methods that put a pair's past into one number, and read the chance off what that number came to lately."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.kernel import ModelError

from ._isotonic import isotonic_curve
from ._methods import PAIRS_MIN, WINDOW_DAYS, Fitted, TrainingPart

Scores = npt.NDArray[np.int64]

_ASSUMED = {"need": (0.15, 0.40, 0.60, 0.70), "product": (0.08, 0.33, 0.50, 0.60)}
"""Chances of an item bought on one, two, three, and four days or more, where nothing can be learnt yet: four fifths of
what households of the demonstration's data did whose first fortnight was all that was looked at."""

_HABIT_DAYS = 160
"""So many days stand beside those of a young store's history when scores are moved to a fortnight later: of those tried
on stores whose history begins 3 to 18 weeks before nine days of 2017, one of the best at any age."""


class CurveMethod(ABC):
    """A whole number a pair, and a rising curve through the last closed window.

    Source:
        docs/algorithms/forecast.md.
    """

    name: str
    model_table = "calibration_curve"
    items_table = "forecast_items"
    windows: Mapping[str, int] = MappingProxyType({"need": 1, "product": 1})
    rows_max: Mapping[str, int] = MappingProxyType({})
    settings = ""
    one_day: int | None = None
    """Score of an item bought on one day, lately; None for a method that assumes nothing."""
    half_lives: Mapping[str, int] = MappingProxyType({})
    """Days after which a purchase counts half, by level; of a level that is not named, scores are taken as they are."""

    @abstractmethod
    def scores(self, items: pa.Table) -> Scores:
        """A number for each row of `items_table`, the greater the likelier; shape ``(n,)``."""

    def fit(self, training: Iterable[TrainingPart], *, before: pa.Table | None = None) -> Fitted:
        """Fit one curve a level; see `Method.fit`. A curve that follows the last window is not judged on it.

        Where there is no pair, or none of fewer than `PAIRS_MIN` was bought, the curve is an assumed one. A score grows
        with a store's history, so the corners are moved to where the same habit stands once the window has passed.
        """
        del before
        counts, past_days = [], 0
        for part in training:
            columns = {"level": part.items["level"], "score": self.scores(part.items), "bought": part.bought}
            rows_of = pa.table(columns).group_by(["level", "score"])
            counts.append(rows_of.aggregate([("bought", "count"), ("bought", "sum")]))
            past_days = max(past_days, part.past_days)
        if not any(len(table) for table in counts):
            if self.one_day is not None:
                return Fitted(_assumed(self.one_day))
            raise ModelError(
                "there is no item of an eligible household to calibrate the forecast on",
                hint="load more history, or forecast as of a later day",
            )
        together = pa.concat_tables(counts).group_by(["level", "score"])
        totals = together.aggregate([("bought_count", "sum"), ("bought_sum", "sum")])
        rows = pc.sum(totals["bought_count_sum"]).as_py()
        if not pc.sum(totals["bought_sum_sum"]).as_py():
            if self.one_day is not None and rows < PAIRS_MIN:
                return Fitted(_assumed(self.one_day))
            raise ModelError(
                "none of the items of eligible households was bought in the window to calibrate the forecast on",
                hint="load the lines of that window, or forecast as of a day that the lines reach to",
            )
        levels = sorted(pc.unique(totals["level"]).to_pylist())
        model = pa.concat_tables([_fit_level(level, totals, self._growth(level, past_days)) for level in levels])
        return Fitted(model, rows=rows)

    def _growth(self, level: str, past_days: int) -> float:
        """How many times its score of the window's first day a habit scores on its last, for no reason but time."""
        half_life = self.half_lives.get(level)
        return score_growth(half_life, past_days) if half_life and past_days else 1.0

    def score(self, model: pa.Table, items: pa.Table) -> npt.NDArray[np.float64]:
        """Read each item's chance off its level's curve; see `Method.score`."""
        chances = np.empty(len(items), dtype=np.float64)
        scores = self.scores(items)
        for level in sorted(pc.unique(items["level"]).to_pylist()):
            curve = model.filter(pc.equal(model["level"], level))
            if not len(curve):
                raise ModelError(f"the model of {self.name} has no curve for the level {level!r}")
            rows = pc.equal(items["level"], level).to_numpy(zero_copy_only=False)
            chances[rows] = np.interp(scores[rows], curve["score"].to_numpy(), curve["probability"].to_numpy())
        return chances


class DecayedCount(CurveMethod):
    """How many days an item was bought, older days counting less."""

    name = "decayed-count"
    one_day = 1 << 30
    half_lives = MappingProxyType({"need": 120, "product": 90})
    settings = f"{_HABIT_DAYS} days of habit"

    def scores(self, items: pa.Table) -> Scores:
        """The decayed weight; its half-life depends on the level."""
        weights: Scores = items["decayed_weight"].to_numpy()
        return weights


class PersonalFrequency(CurveMethod):
    """How many days an item was bought in 182 days: the plain baseline."""

    name = "personal-frequency"
    one_day = 1

    def scores(self, items: pa.Table) -> Scores:
        """The count."""
        days: Scores = items["days_bought"].to_numpy()
        return days


class GammaPoisson(CurveMethod):
    """A rate of buying per day with forgetting, drawn towards the rate of the item's buyers: a memoryless renewal.

    Source:
        Gamma-Poisson rates with exponential forgetting; docs/algorithms/forecast.md.
    """

    name = "gamma-poisson"
    items_table = "item_features"

    _HALF_LIFE_DAYS = 120
    _PRIOR_DAYS = 60.0

    def scores(self, items: pa.Table) -> Scores:
        """The expected rate, purchases per day times 2^40."""
        scale = self._HALF_LIFE_DAYS / np.log(2.0)
        exposure = scale * (1 - np.exp2(-items["age_first_visit"].to_numpy() / self._HALF_LIFE_DAYS))
        weight = items["weight_120"].to_numpy() / float(1 << 30)
        buyers_days = items["item_days_182"].to_numpy() / np.maximum(items["item_buyers_182"].to_numpy(), 1)
        prior = buyers_days / np.minimum(items["age_first_visit"].to_numpy(), 182)
        rate = (weight + self._PRIOR_DAYS * prior) / (exposure + self._PRIOR_DAYS)
        scores: Scores = np.rint(rate * float(1 << 40)).astype(np.int64)
        return scores


def score_growth(half_life_days: int, past_days: int) -> float:
    """How much greater a habit's decayed score is a window later, because the history is longer.

    Every day since a store's first line together weighs ``h (1 - 2^(-days / h))``, up to a factor that falls out. The
    ratio of two such sums moves a score too far, as few days of buying tell little of a habit; so `_HABIT_DAYS` are
    added to both.

    Args:
        half_life_days: Days after which a purchase counts half, > 0.
        past_days: Days from the store's first line to the window's first day, >= 0.

    Returns:
        1 or more; nearly 1 where the history is long.

    Example:
        >>> [round(score_growth(120, days), 3) for days in (14, 42, 84, 316)]
        [1.051, 1.039, 1.028, 1.006]
    """
    now, then = (
        _HABIT_DAYS + half_life_days * (1 - math.exp2(-days / half_life_days))
        for days in (past_days + WINDOW_DAYS, past_days)
    )
    return now / then


def assumed_chances(level: str) -> tuple[float, ...]:
    """Chances of an item bought on one, two, three, and four days or more, while nothing can be learnt yet.

    Args:
        level: ``need`` or ``product``.
    """
    return _ASSUMED[level]


def _assumed(one_day: int) -> pa.Table:
    """The curve of each level as it is assumed to be."""
    rows = [
        {"level": level, "score": days * one_day, "probability": chance}
        for level, chances in _ASSUMED.items()
        for days, chance in enumerate(chances, 1)
    ]
    schema = pa.schema([("level", pa.string()), ("score", pa.int64()), ("probability", pa.float64())])
    return pa.Table.from_pylist(rows, schema=schema)


def _fit_level(level: str, totals: pa.Table, growth: float) -> pa.Table:
    """The level's curve, its corners at the scores as they will be when the window has passed."""
    rows = totals.filter(pc.equal(totals["level"], level)).sort_by("score")
    scores, chances = isotonic_curve(
        rows["score"].to_numpy(), rows["bought_count_sum"].to_numpy(), rows["bought_sum_sum"].to_numpy()
    )
    return pa.table({"level": [level] * len(scores), "score": _grown(scores, growth), "probability": chances})


def _grown(scores: Scores, growth: float) -> Scores:
    grown: Scores = np.rint(scores * growth).astype(np.int64)
    return grown
