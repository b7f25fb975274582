"""How well a forecast came true: the measures of docs/algorithms/forecast.md, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import fsum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.kernel import ContractError

from ._verdict import Verdict, verdict_of

_BINS = 10
_DISCOUNTS = 1.0 / np.log2(np.arange(10) + 2.0)


@dataclass(frozen=True)
class ReliabilityBin:
    """A group of the forecast items, by chance: what was said, what happened.

    Args:
        items: How many.
        said: Their mean chance.
        happened: Share of them that was bought.
        said_low: Least chance in the bin.
        said_high: Greatest chance in the bin.
    """

    items: int
    said: float
    happened: float
    said_low: float
    said_high: float


@dataclass(frozen=True)
class LevelQuality:
    """How one level of a forecast came true.

    The ranking measures are means over the households that bought anything in the window; recall is of all
    distinct items bought, foreseeable or not. The measures of chance are over every forecast item of every
    eligible household, shopping or not.

    Args:
        level: ``product`` or ``need``.
        households: Eligible households.
        households_shopping: Those that bought anything in the window.
        items: Forecast items of the eligible households.
        items_bought: Those bought.
        recall_at_10: Share of the items bought that stood among the first ten.
        recall_at_20: The same for the first twenty.
        precision_at_10: Items bought among the first ten, over ten.
        ndcg_at_10: Discounted gain over that of a perfect order of min(10, items bought) hits.
        hit_rate_at_10: Share of households with at least one hit among the first ten.
        bought_of_ten: Households that shopped, by how many of the first ten they bought; counts for 0 to 10.
        log_loss: Mean negative log-likelihood, natural logarithm.
        brier: Mean squared difference of chance and outcome.
        calibration_error: Mean over bins of |said - happened|, weighted by items.
        auc: Chance that a bought item stood above one not bought, ties half; None when all or none were bought.
        bins: Up to ten bins of equal count, by rising chance.
        chances: The same by chance alone: up to 10 per cent, 10 to 20, and so on; those that hold an item.
        first_ten_said: Mean chance of the items ranked 1 to 10, all eligible households.
        first_ten_happened: Share of those items that was bought.
    """

    level: str
    households: int
    households_shopping: int
    items: int
    items_bought: int
    recall_at_10: float
    recall_at_20: float
    precision_at_10: float
    ndcg_at_10: float
    hit_rate_at_10: float
    bought_of_ten: tuple[int, ...]
    log_loss: float
    brier: float
    calibration_error: float
    auc: float | None
    bins: tuple[ReliabilityBin, ...]
    chances: tuple[ReliabilityBin, ...]
    first_ten_said: float
    first_ten_happened: float

    @property
    def first_ten_bought(self) -> float:
        """Of the ten items ranked first, how many a household that shopped bought, on average."""
        return 10 * self.precision_at_10


@dataclass(frozen=True)
class JudgedPart:
    """A part of the needs of eligible households: how many were forecast, what was said, what happened.

    Args:
        grouping: ``department``, ``days bought``, ``weekly spend`` or ``never bought``.
        part: Which department; else the least of the part: days bought in 182, cents a week, place among the ideas.
        items: How many.
        said: Their mean chance.
        happened: Share of them that was bought.
    """

    grouping: str
    part: str
    items: int
    said: float
    happened: float

    @property
    def verdict(self) -> Verdict:
        """Whether what was said of it came true; see `verdict_of`."""
        return verdict_of(self.said, self.happened, self.items)


@dataclass(frozen=True)
class ForecastQuality:
    """How the forecast for one window came true.

    Args:
        as_of_on: First day of the window.
        until_on: The day after its last.
        method: Name of the method.
        levels: Level by level, need, then product.
        repeat_share: Of the distinct needs that eligible households bought, the share they had bought in 182 days
            before, so that it could be foreseen.
        parts: Of needs, part by part.
        asked: Name of the method that was asked for; empty where the choice was left to the data.
        warning: What was said when the forecast was made, such as why another method than the one asked for was used.
    """

    as_of_on: date
    until_on: date
    method: str
    levels: tuple[LevelQuality, ...]
    repeat_share: float
    parts: tuple[JudgedPart, ...]
    asked: str = ""
    warning: str = ""

    @property
    def title(self) -> str:
        """The method, and where another was asked for, that too."""
        return self.method if self.asked in {"", self.method} else f"{self.method} instead of {self.asked}"

    def level(self, name: str) -> LevelQuality:
        """The quality at one level."""
        return next(quality for quality in self.levels if quality.level == name)


def judge_level(level: str, hits: pa.Table, tally: pa.Table) -> LevelQuality:
    """Judge one level.

    Args:
        level: ``product`` or ``need``.
        hits: What `household_hits` returned, all buckets together.
        tally: What `merged_tally` returned.

    Raises:
        ContractError: No eligible household bought anything in the window, or nothing was forecast for them.
    """
    hits = hits.filter(pc.equal(hits["level"], level))
    tally = tally.filter(pc.equal(tally["level"], level))
    shopping = hits.filter(pc.greater(hits["targets"], 0))
    if not len(shopping) or not len(tally):
        raise ContractError(
            f"no eligible household with a forecast bought any {level} in the window: there is nothing to judge",
            hint="load the lines of the window, or judge an earlier one",
        )
    said = tally["probability"].to_numpy()
    items = tally["items"].to_numpy()
    bought = tally["bought"].to_numpy()
    missed = items - bought
    total = int(items.sum())
    bins = _bins(said, items, bought, _tenths(items))
    listed = pc.sum(hits["listed_10"]).as_py()
    return LevelQuality(
        level=level,
        households=len(hits),
        households_shopping=len(shopping),
        items=total,
        items_bought=int(bought.sum()),
        **_ranking_measures(shopping),
        bought_of_ten=tuple(np.bincount(shopping["hits_10"].to_numpy(), minlength=11).tolist()),
        log_loss=-fsum([*(bought * np.log(said)), *(missed * np.log1p(-said))]) / total,
        brier=fsum([*(bought * (1 - said) ** 2), *(missed * said**2)]) / total,
        calibration_error=fsum(b.items * abs(b.said - b.happened) for b in bins) / total,
        auc=_area_under_curve(items, bought),
        bins=bins,
        chances=_bins(said, items, bought, _tens(said)),
        first_ten_said=fsum(hits["said_10"].to_numpy()) / listed,
        first_ten_happened=pc.sum(hits["hits_10"]).as_py() / listed,
    )


def _ranking_measures(shopping: pa.Table) -> dict[str, float]:
    targets = shopping["targets"].to_numpy()
    hits_10 = shopping["hits_10"].to_numpy()
    ideal = np.cumsum(_DISCOUNTS)[np.minimum(targets, 10) - 1]
    households = len(shopping)
    return {
        "recall_at_10": fsum(hits_10 / targets) / households,
        "recall_at_20": fsum(shopping["hits_20"].to_numpy() / targets) / households,
        "precision_at_10": int(hits_10.sum()) / (10 * households),
        "ndcg_at_10": fsum(shopping["gain_10"].to_numpy() / ideal) / households,
        "hit_rate_at_10": int((hits_10 > 0).sum()) / households,
    }


def pooled_bins(levels: Sequence[LevelQuality]) -> tuple[ReliabilityBin, ...]:
    """Up to ten bins of the items of several windows; what was one bin of one window stays together.

    Args:
        levels: One level of each window, at least one.
    """
    if len(levels) == 1:
        return levels[0].bins
    entries = sorted((entry for level in levels for entry in level.bins), key=lambda one: (one.said, one.items))
    return _pooled(entries, _tenths(np.array([entry.items for entry in entries])))


def pooled_chances(levels: Sequence[LevelQuality]) -> tuple[ReliabilityBin, ...]:
    """The items of several windows by chance, ten per cent apart.

    Args:
        levels: One level of each window, at least one.
    """
    entries = [entry for level in levels for entry in level.chances]
    return _pooled(entries, _tens(np.array([entry.said_low for entry in entries])))


def _pooled(entries: Sequence[ReliabilityBin], places: npt.NDArray[np.int64]) -> tuple[ReliabilityBin, ...]:
    """Bins whose place is the same put together, by place."""
    bins = []
    for number in np.unique(places):
        chosen = [entry for entry, place in zip(entries, places, strict=True) if place == number]
        count = sum(entry.items for entry in chosen)
        bins.append(
            ReliabilityBin(
                items=count,
                said=fsum(entry.said * entry.items for entry in chosen) / count,
                happened=sum(round(entry.happened * entry.items) for entry in chosen) / count,
                said_low=min(entry.said_low for entry in chosen),
                said_high=max(entry.said_high for entry in chosen),
            )
        )
    return tuple(bins)


def _tenths(items: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Which of ten bins of equal count the middle one of each group falls in; groups by rising chance."""
    before = np.cumsum(items) - items
    tenths: npt.NDArray[np.int64] = _BINS * (2 * before + items) // (2 * items.sum())
    return tenths


def _tens(said: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """The whole tens of per cent in each chance, at most nine."""
    return np.minimum(np.floor(said * _BINS).astype(np.int64), _BINS - 1)


def _bins(
    said: npt.NDArray[np.float64],
    items: npt.NDArray[np.int64],
    bought: npt.NDArray[np.int64],
    places: npt.NDArray[np.int64],
) -> tuple[ReliabilityBin, ...]:
    """A bin for each place; `places` says where the items of each chance fall, by rising chance."""
    bins = []
    for number in np.unique(places):
        chosen = places == number
        count = int(items[chosen].sum())
        bins.append(
            ReliabilityBin(
                items=count,
                said=fsum(said[chosen] * items[chosen]) / count,
                happened=int(bought[chosen].sum()) / count,
                said_low=float(said[chosen][0]),
                said_high=float(said[chosen][-1]),
            )
        )
    return tuple(bins)


def _area_under_curve(items: npt.NDArray[np.int64], bought: npt.NDArray[np.int64]) -> float | None:
    """Area under the ROC curve from counts by rising chance; whole numbers until the one division."""
    missed = items - bought
    below = np.cumsum(missed) - missed
    pairs = int(bought.sum()) * int(missed.sum())
    if pairs == 0:
        return None
    twice = sum(
        int(b) * (2 * int(under) + int(same)) for b, under, same in zip(bought, below, missed, strict=True)
    )
    return twice / (2 * pairs)
