"""Judge the store's forecast beside other methods on the same closed windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from math import fsum

import pyarrow as pa

from regulars.predict import (
    ForecastQuality,
    JudgedPart,
    PairedDifference,
    ReliabilityBin,
    paired_differences,
    pooled_bins,
    pooled_chances,
)

from ._forecast_parts import pooled_parts

_LEVELS = ("need", "product")
_MEANS = (
    "recall_at_10",
    "recall_at_20",
    "precision_at_10",
    "ndcg_at_10",
    "hit_rate_at_10",
    "log_loss",
    "brier",
    "calibration_error",
    "first_ten_said",
    "first_ten_happened",
)

Judge = Callable[[date, str | None], tuple[ForecastQuality, pa.Table]]
"""Judges a day's forecast by a method, the store's own when None; also gives what each household's list hit."""


@dataclass(frozen=True)
class LevelComparison:
    """The store's forecast at one level, beside another method's.

    Args:
        level: ``product`` or ``need``.
        method: The other method; the store's own in the first row of a level.
        title: The same with what was used instead of it on any of the days.
        own: Whether this is the store's own forecast.
        means: Each measure of `LevelQuality`, its plain mean over the days.
        bins: Reliability over all days, in bins of equal count.
        chances: Reliability over all days, by chance, ten per cent apart.
        bought_of_ten: Households that shopped, each day's counted, by how many of the first ten they bought.
        differences: The store's forecast less the other's, household by household; empty for the store's own.
    """

    level: str
    method: str
    title: str
    own: bool
    means: dict[str, float]
    bins: tuple[ReliabilityBin, ...]
    chances: tuple[ReliabilityBin, ...]
    bought_of_ten: tuple[int, ...]
    differences: tuple[PairedDifference, ...]


@dataclass(frozen=True)
class ForecastComparison:
    """What came true of what was said, by the store's forecast and by others.

    Args:
        days_on: First days of the windows.
        qualities: Every forecast judged, the store's own first, then method by method; days in order.
        levels: Means and differences.
    """

    days_on: tuple[date, ...]
    qualities: tuple[ForecastQuality, ...]
    levels: tuple[LevelComparison, ...]

    @property
    def own(self) -> tuple[ForecastQuality, ...]:
        """The store's own forecasts, day by day."""
        return self.qualities[: len(self.days_on)]

    @property
    def parts(self) -> tuple[JudgedPart, ...]:
        """The store's own forecasts of needs, part by part, all days together."""
        return pooled_parts(self.own)

    @property
    def repeat_share(self) -> float:
        """Of the needs that were bought, the share the household had bought before; mean over the days."""
        return fsum(quality.repeat_share for quality in self.own) / len(self.own)


def compare_forecasts(judge: Judge, days_on: Sequence[date], against: Sequence[str]) -> ForecastComparison:
    """Judge the store's own forecast and others on the same days; its own method is not set beside itself.

    Args:
        judge: Judges one day's forecast.
        days_on: First days of closed windows, at least one; each is judged once, the earliest first.
        against: Methods to set beside the store's own.
    """
    days_on = tuple(sorted(set(days_on)))
    own = [judge(day, None) for day in days_on]
    own_methods = {quality.method for quality, _ in own}
    others = [method for method in dict.fromkeys(against) if own_methods != {method}]
    methods: list[str | None] = [None, *others]
    judged: dict[str | None, list[tuple[ForecastQuality, pa.Table]]] = {None: own}
    judged |= {method: [judge(day, method) for day in days_on] for method in others}
    levels = []
    for level in _LEVELS:
        for method in methods:
            pairs = [(mine[1], other[1]) for mine, other in zip(own, judged[method], strict=True)]
            of_level = [quality.level(level) for quality, _ in judged[method]]
            levels.append(
                LevelComparison(
                    level,
                    method or own[-1][0].method,
                    ", ".join(dict.fromkeys(quality.title for quality, _ in judged[method])),
                    method is None,
                    {name: fsum(getattr(one, name) for one in of_level) / len(of_level) for name in _MEANS},
                    pooled_bins(of_level),
                    pooled_chances(of_level),
                    tuple(map(sum, zip(*(one.bought_of_ten for one in of_level), strict=True))),
                    () if method is None else paired_differences(level, pairs),
                )
            )
    qualities = tuple(quality for method in methods for quality, _ in judged[method])
    return ForecastComparison(days_on, qualities, tuple(levels))
