"""What a household's other needs say of each need it holds, learnt from the baskets of all households together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Floats = npt.NDArray[np.float64]

LEANING_NEEDS = 800
"""Needs that are foreseen from one another: those most households hold."""

LEANING_HALF_LIVES_DAYS = (21, 120)
"""Half-lives of the decayed counts that are foreseen, each from its like."""

_SHRINKAGE = 400.0
"""Weight of the wish for small coefficients; with less, a few households teach too much."""
_COUNT_STEPS = 1 << 8
_COEFFICIENT_STEPS = 1 << 16
_LEANING_STEPS = 1 << 16
_ONE = float(1 << 30)

LEANING_SETTINGS = repr(
    (LEANING_NEEDS, LEANING_HALF_LIVES_DAYS, _SHRINKAGE, _COUNT_STEPS, _COEFFICIENT_STEPS, _LEANING_STEPS)
)
"""All that shapes what is foreseen besides the rows, as text."""


@dataclass(frozen=True)
class NeedLeanings:
    """How far each need follows from the others, as of a day.

    Args:
        need_ids: Needs, n of them, in the order of the coefficients.
        coefficients: For each half-life, what a step of the count of the first need adds to what is foreseen of the
            second, in whole multiples of 2^-16, so that sums are exact; shape ``(n, n)``, zero on the diagonal.
    """

    need_ids: Sequence[str]
    coefficients: tuple[Floats, ...]


def leaning_needs(item_totals: pa.Table) -> list[str]:
    """The needs most households held, of equally many the smaller id first.

    Args:
        item_totals: The table `item_totals` as of the day.
    """
    needs = item_totals.filter(pc.equal(item_totals["level"], "need"))
    first = needs.sort_by([("buyers_182", "descending"), ("item_id", "ascending")])
    held: list[str] = first["item_id"][:LEANING_NEEDS].to_pylist()
    return held


def learn_leanings(need_ids: Sequence[str], buckets: Iterable[pa.Table]) -> NeedLeanings:
    """Learn how far each need follows from the others: a ridge regression of all of them at once.

    Counts enter by their logarithm, in whole steps, so that it does not matter how households are dealt to buckets.

    Args:
        need_ids: From `leaning_needs`.
        buckets: Tables `need_weights` as of the day, one or more buckets each.

    Source:
        Steck: Embarrassingly Shallow Autoencoders for Sparse Data. WWW 2019, eq. 8.
    """
    size = len(need_ids)
    together = {half_life_days: np.zeros((size, size)) for half_life_days in LEANING_HALF_LIVES_DAYS}
    for weights in buckets:
        grid = _Grid(weights, need_ids)
        for half_life_days in LEANING_HALF_LIVES_DAYS:
            counts = grid.counts(half_life_days)
            together[half_life_days] += counts.T @ counts
    return NeedLeanings(need_ids, tuple(_coefficients(sums) for sums in together.values()))


def _coefficients(together: Floats) -> Floats:
    """The regression's coefficients of sums of products of counts."""
    held = together + np.diag(np.full(len(together), _SHRINKAGE * _COUNT_STEPS**2))
    inverse = np.linalg.inv(held)
    coefficients = -inverse / np.diag(inverse)[None, :]
    np.fill_diagonal(coefficients, 0.0)
    return np.asarray(np.rint(coefficients * _COEFFICIENT_STEPS))


def need_leanings(weights: pa.Table, leanings: NeedLeanings) -> pa.Table:
    """What is foreseen of each need a household holds, from its other needs.

    Args:
        weights: `need_weights` of some households, as of the same day, n rows.
        leanings: What was learnt.

    Returns:
        A table `need_leanings` of n rows, in the order of `weights`: for each half-life the logarithm of a decayed
        count, times 2^16, and nothing where the need is not among those that are foreseen.
    """
    grid = _Grid(weights, leanings.need_ids)
    columns = {name: weights[name] for name in ("household_id", "need_id")}
    for half_life_days, coefficients in zip(LEANING_HALF_LIVES_DAYS, leanings.coefficients, strict=True):
        foreseen = grid.counts(half_life_days) @ coefficients
        steps = np.rint(foreseen * (_LEANING_STEPS / (_COUNT_STEPS * _COEFFICIENT_STEPS)))
        columns[f"leaning_{half_life_days}"] = grid.of_rows(steps.astype(np.int64))
    return pa.table(columns)


class _Grid:
    """Households by needs, of one table `need_weights`."""

    def __init__(self, weights: pa.Table, need_ids: Sequence[str]) -> None:
        self._weights = weights
        households = pc.dictionary_encode(weights["household_id"].combine_chunks())
        self._rows = households.indices.to_numpy()
        places = pc.index_in(weights["need_id"], pa.array(need_ids, pa.string())).combine_chunks()
        self._without = pc.is_null(places).to_numpy(zero_copy_only=False)
        self._columns = pc.fill_null(places, 0).to_numpy()
        self._shape = (len(households.dictionary), len(need_ids))

    def counts(self, half_life_days: int) -> Floats:
        """The logarithm of one more than the decayed count, in whole steps of 2^-8; shape households by needs."""
        weights = self._weights[f"weight_{half_life_days}"].to_numpy() / _ONE
        steps = np.rint(np.log1p(weights) * _COUNT_STEPS)
        counts = np.zeros(self._shape)
        counts[self._rows[~self._without], self._columns[~self._without]] = steps[~self._without]
        return counts

    def of_rows(self, values: npt.NDArray[np.int64]) -> pa.Array:
        """Of each row of the table what `values`, of the grid's shape, hold; nothing where its need is not in it."""
        if not values.size:
            return pa.nulls(len(self._without), pa.int64())
        return pa.array(values[self._rows, self._columns], mask=self._without)
