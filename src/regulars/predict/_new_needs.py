"""Needs a household has never bought: how likely it comes to them, by what those who hold the same needs hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ._isotonic import isotonic_curve
from ._methods import WINDOW_DAYS

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NEW_NEEDS_LISTED = 20
"""New needs kept of each household."""

_PRIOR_HOUSEHOLDS = 5.0
_PRIOR_SHOPPERS = 50.0
_LIFT_PRIOR = 50.0
_FORTNIGHTS = 4
"""So many fortnights before the day say how often a need is taken up: what has one great fortnight, before a feast, is
over after it."""
_SCORE_STEPS = 1 << 30
_SHARE_STEPS = 1 << 20
_COARSE = 12
"""Scores that agree but for so many bits count as one for the curve."""
_NEW_NEEDS_VERSION = 6

NEW_NEEDS_SETTINGS = repr(
    (NEW_NEEDS_LISTED, _PRIOR_HOUSEHOLDS, _PRIOR_SHOPPERS, _LIFT_PRIOR, _FORTNIGHTS, _NEW_NEEDS_VERSION)
)
"""All that shapes what is said besides the rows, as text."""


@dataclass(frozen=True)
class NeedNeighbours:
    """What all households together say of needs as of a day.

    Args:
        need_ids: Needs, sorted, n of them.
        together: Households that hold both, over those that hold the first, in whole multiples of 2^-20, so that sums
            are exact; shape ``(n, n)``, zero on the diagonal.
        held: Share of households that hold each, shape ``(n,)``.
        lift: How many times likelier those who hold the first hold the second too than anybody, drawn to once by the
            weight of 50 households; shape ``(n, n)``, zero on the diagonal.
        taken_up: Share of the households that did not know it which bought it within a fortnight, over the four before
            the day; of a shorter history over those that have one before them, one at least.
    """

    need_ids: tuple[str, ...]
    together: Floats
    held: Floats
    lift: Floats
    taken_up: Floats


@dataclass(frozen=True)
class ScoredNeeds:
    """How strongly m households lean to n needs.

    Args:
        household_ids: Sorted.
        scores: Shape ``(m, n)``; -1 for a need that is known, and throughout for a household that had not come yet.
        held: Whether the household holds the need, shape ``(m, n)``.
        bought: Whether it was bought in the window, shape ``(m, n)``.
    """

    household_ids: list[str]
    scores: npt.NDArray[np.int64]
    held: Flags
    bought: Flags


def need_neighbours(buckets: Iterable[pa.Table]) -> NeedNeighbours:
    """Count who holds what; whole numbers until the last division, so buckets change nothing.

    Who first came within the window after the day is no household yet.

    Args:
        buckets: Tables `need_holdings` as of the day, one a bucket.
    """
    tables = list(buckets)
    ids = sorted({name for table in tables for name in pc.unique(table["need_id"]).to_pylist()})
    size = len(ids)
    both = np.zeros((size, size))
    households = 0
    for table in tables:
        grid = _Grid(table, ids)
        held = grid.flags("held").astype(np.float32)  # a bucket's counts are whole in it until 2^24 households
        both += held.T @ held
        households += int(grid.flags("age_first").any(axis=1).sum())
    holders = np.diag(both).copy()
    np.fill_diagonal(both, 0.0)
    usual = holders / max(1, households)
    expected = np.maximum((holders[:, None] + _LIFT_PRIOR) * usual[None, :], 1e-9)
    lift = (both + _LIFT_PRIOR * usual[None, :]) / expected
    np.fill_diagonal(lift, 0.0)
    together = np.rint(both / (holders[:, None] + _PRIOR_HOUSEHOLDS) * _SHARE_STEPS)
    return NeedNeighbours(tuple(ids), together, usual, lift, _taken_up(pa.concat_tables(tables), ids, households))


def _taken_up(holdings: pa.Table, need_ids: Sequence[str], households: int) -> Floats:
    """How often a household that does not know a need comes to it within a fortnight, drawn to what is usual."""
    ages = holdings["age_first"].to_numpy()
    places = pc.index_in(holdings["need_id"], pa.array(need_ids, pa.string())).to_numpy()

    def households_with(rows: Flags) -> npt.NDArray[np.int64]:
        return np.bincount(places[rows], minlength=len(need_ids))

    oldest = int(ages.max(initial=0))
    fortnights = min(_FORTNIGHTS, max(1, oldest // WINDOW_DAYS - 1))
    taken = households_with((ages > 0) & (ages <= fortnights * WINDOW_DAYS))
    starts = range(WINDOW_DAYS, (fortnights + 1) * WINDOW_DAYS, WINDOW_DAYS)
    unknown = sum((households - households_with(ages > start) for start in starts), np.zeros(len(need_ids)))
    rate = taken.sum() / max(1.0, unknown.sum())
    return np.asarray((taken + _PRIOR_SHOPPERS * rate) / (unknown + _PRIOR_SHOPPERS))


def new_need_scores(holdings: pa.Table, neighbours: NeedNeighbours) -> ScoredNeeds:
    """How strongly each household leans to each need.

    That is how often it is taken up, times how much oftener than usual those who hold a need of the household's
    hold it too, times the root of how many needs the household holds: who buys much comes to more that is new.

    Args:
        holdings: `need_holdings` of some households as of the day; every need is among the neighbours'.
        neighbours: As of the same day.
    """
    from scipy.sparse import csr_matrix

    grid = _Grid(holdings, neighbours.need_ids)
    held = grid.flags("held")
    counts = np.maximum(held.sum(axis=1, keepdims=True), 1.0)
    usual = np.maximum(neighbours.held, 1e-9)
    together = csr_matrix(held, dtype=np.float64) @ neighbours.together  # a household holds few of all needs
    leaning = together / _SHARE_STEPS / np.sqrt(counts) / usual
    scores = np.rint(leaning * neighbours.taken_up * _SCORE_STEPS).astype(np.int64)
    known = grid.flags("age_first")
    scores[known | ~known.any(axis=1, keepdims=True)] = -1
    return ScoredNeeds(grid.household_ids, scores, held, grid.flags("bought_next"))


def new_need_curve(scored: Iterable[ScoredNeeds]) -> tuple[npt.NDArray[np.int64], Floats]:
    """Learn what chance belongs to a score, from a window that has closed.

    Args:
        scored: Of each bucket.

    Returns:
        Corners of a rising curve: scores and chances. None where nothing was seen.
    """
    places, counts, hits = (np.empty(0, dtype=np.int64) for _ in range(3))
    for one in scored:
        asked = one.scores >= 0
        seen, pairs = np.unique(one.scores[asked] >> _COARSE, return_counts=True)
        bought = np.searchsorted(seen, one.scores[asked & one.bought] >> _COARSE)
        places, entries = np.unique(np.concatenate([places, seen]), return_inverse=True)
        counts, hits = (
            np.bincount(entries, weights=np.concatenate(values), minlength=len(places)).astype(np.int64)
            for values in ((counts, pairs), (hits, np.bincount(bought, minlength=len(seen))))
        )
    return isotonic_curve(places, counts, hits) if len(places) else (places, np.empty(0))


def listed_new_needs(
    scored: ScoredNeeds, curve: tuple[npt.NDArray[np.int64], Floats], neighbours: NeedNeighbours
) -> pa.Table:
    """The first new needs of each household, by falling score, ties by id: the table `new_needs`.

    Each is told with the need of the household that lifts it most: why it is thought of. Nothing is listed where the
    curve is empty: no closed window says what a score is worth.

    Args:
        scored: From `new_need_scores`.
        curve: From `new_need_curve`.
        neighbours: What the scores were made with.
    """
    ends, chances = curve
    need_ids, scores = neighbours.need_ids, scored.scores
    if not len(ends):
        scores = np.full_like(scores, -1)
    first = np.argsort(-scores, axis=1, kind="stable")[:, :NEW_NEEDS_LISTED]
    rows, ranks = np.nonzero(np.take_along_axis(scores, first, axis=1) >= 0)
    columns = first[rows, ranks]
    said = np.interp(scores[rows, columns] >> _COARSE, ends, chances) if len(ends) else np.zeros(0)
    because, lift = _because(scored, neighbours, rows, columns)
    return pa.table(
        {
            "household_id": pa.array([scored.household_ids[row] for row in rows.tolist()], pa.string()),
            "need_id": pa.array([need_ids[column] for column in columns.tolist()], pa.string()),
            "because_need_id": pa.array(because, pa.string()),
            "because_lift": pa.array(lift, pa.float64()),
            "probability": pa.array(said, pa.float64()),
            "rank": pa.array(ranks + 1, pa.int64()),
        }
    )


def _because(
    scored: ScoredNeeds, neighbours: NeedNeighbours, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]
) -> tuple[list[str | None], list[float | None]]:
    """Of each new need, told by household and column, the held need that lifts it most, and how much."""
    found: list[str | None] = []
    lifts: list[float | None] = []
    begins = np.searchsorted(rows, np.arange(len(scored.household_ids) + 1))
    for row in range(len(scored.household_ids)):
        mine, held = columns[begins[row] : begins[row + 1]], np.flatnonzero(scored.held[row])
        if not len(held):
            found += [None] * len(mine)
            lifts += [None] * len(mine)
            continue
        its = neighbours.lift[np.ix_(held, mine)]
        found += [neighbours.need_ids[one] for one in held[np.argmax(its, axis=0)].tolist()]
        lifts += its.max(axis=0).tolist()
    return found, lifts


class _Grid:
    """Flags of households by needs, of one table `need_holdings`."""

    def __init__(self, table: pa.Table, need_ids: Sequence[str]) -> None:
        self._table = table
        self.household_ids: list[str] = sorted(pc.unique(table["household_id"]).to_pylist())
        self.households = len(self.household_ids)
        self._shape = (self.households, len(need_ids))
        self._rows = pc.index_in(table["household_id"], pa.array(self.household_ids, pa.string())).to_numpy()
        self._columns = pc.index_in(table["need_id"], pa.array(list(need_ids), pa.string())).to_numpy()

    def flags(self, name: str) -> Flags:
        """Where a column of the table is true, or a number above 0; shape households by needs."""
        found = np.zeros(self._shape, dtype=bool)
        set_here = self._table[name].to_numpy(zero_copy_only=False).astype(bool)
        found[self._rows[set_here], self._columns[set_here]] = True
        return found
