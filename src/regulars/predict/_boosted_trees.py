"""Boosted trees over what is known of a pair, its household and its item; grown by LightGBM with one thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.kernel import ModelError

from ._features import FEATURE_NAMES, feature_matrix
from ._isotonic import isotonic_curve
from ._methods import Fitted, TrainingPart
from ._tree_scores import chances_of, read_trees

ROWS_MAX = {"need": 1_600_000, "product": 470_000}
"""Rows of a level that trees are grown on at most; of more, an even share is drawn."""

WINDOWS = {"need": 6, "product": 4}
"""Closed windows the trees of a level are grown on."""


@dataclass(frozen=True)
class TreeSet:
    """Trees for a household's items of one level, from some place among them on.

    Args:
        level: ``need`` or ``product``.
        from_place: First place they are for; they end where those of the level's next greater one begin. What sets of
            the same place say is averaged on the scale of log-odds.
        trees: How many there are.
        rate: How much each corrects.
        leaves: How many each has.
        one_of: They are grown on one row in so many.
        random_cuts: Whether a cut is the best of one drawn for each feature, not of all; so that two sets differ.
    """

    level: str
    from_place: int
    trees: int
    rate: float
    leaves: int
    one_of: int = 1
    random_cuts: bool = False


TREE_SETS = (
    TreeSet("need", 1, trees=100, rate=0.12, leaves=15),
    TreeSet("need", 1, trees=100, rate=0.12, leaves=24, random_cuts=True),
    TreeSet("need", 61, trees=50, rate=0.15, leaves=15, one_of=3),
    TreeSet("product", 1, trees=200, rate=0.045, leaves=31),
)
"""The sixty needs a household buys most have trees of their own, for those make the list. Those behind are plentiful,
seldom bought, and teach little about it: one row in three will do."""

_PARAMETERS: dict[str, Any] = {
    "objective": "binary",
    "min_data_in_leaf": 200,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 63,
    "seed": 1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
_APART = 16
"""One household in so many is kept apart, to judge what was learnt on households it was not learnt from."""
_PART_BYTES = 1_000_000
_BATCH_ROWS = 65_536
_LEAST, _MOST = 1e-6, 1.0 - 1e-6

Matrix = npt.NDArray[np.float32]
Bought = npt.NDArray[np.int64]


class BoostedTrees:
    """Sets of trees for each level, `TREE_SETS`, over the features of `feature_matrix`.

    Source:
        docs/algorithms/forecast.md.
    """

    name = "boosted-trees"
    model_table = "boosted_trees"
    items_table = "item_features"
    windows: Mapping[str, int] = WINDOWS
    rows_max: Mapping[str, int] = ROWS_MAX
    settings = repr((_PARAMETERS, TREE_SETS, ROWS_MAX, WINDOWS, _APART, FEATURE_NAMES))

    def fit(self, training: Iterable[TrainingPart], *, before: pa.Table | None = None) -> Fitted:
        """Grow the trees of both levels; see `Method.fit`."""
        begins = sorted({(one.level, one.from_place) for one in TREE_SETS})
        rows = [_Rows(level, from_place) for level, from_place in begins]
        for part in training:
            for one in rows:
                one.add(part)
        model = _as_table(rows)
        learnt = sum(len(one.learnt.bought) for one in rows)
        return Fitted(model, _losses(rows, self, model, before), learnt)

    def score(self, model: pa.Table, items: pa.Table) -> npt.NDArray[np.float64]:
        """Ask each level's trees; see `Method.score`."""
        chances = np.empty(len(items), dtype=np.float64)
        for level in sorted(pc.unique(items["level"]).to_pylist()):
            rows = pc.equal(items["level"], level)
            chances[rows.to_numpy(zero_copy_only=False)] = self._score_level(model, level, items.filter(rows))
        return chances

    def _score_level(self, model: pa.Table, level: str, items: pa.Table) -> npt.NDArray[np.float64]:
        batches = [items.slice(start, _BATCH_ROWS) for start in range(0, len(items), _BATCH_ROWS)]
        return np.concatenate(
            [
                self.score_matrix(model, level, feature_matrix(batch, level), batch["place"].to_numpy())
                for batch in batches
            ]
        )

    def score_matrix(
        self, model: pa.Table, level: str, matrix: Matrix, places: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float64]:
        """Chances of rows of `feature_matrix` at places among their household's items of the level, shape ``(n,)``.

        Raises:
            ModelError: The trees were grown on other features, or there are none of the level.
        """
        sets = _sets_of(model, level)
        begins = sorted(sets)
        speaks = np.maximum(np.searchsorted(begins, places, side="right") - 1, 0)
        chances = np.empty(len(matrix))
        for number, from_place in enumerate(begins):
            rows = np.flatnonzero(speaks == number)
            asked = matrix if len(rows) == len(matrix) else matrix[rows]
            trees = [read_trees(text) for text in sets[from_place]]
            if any(each.feature_names != FEATURE_NAMES[level] for each in trees):
                raise ModelError(
                    f"the {self.name} of the level {level} were grown on other features than this version has",
                    hint="forecast again: the next run learns anew",
                )
            chances[rows] = chances_of(trees, asked)
        return np.clip(chances, _LEAST, _MOST)


@dataclass(frozen=True)
class _Learnt:
    """Rows: whose they are, what trees see of them, what happened, and their places."""

    households: npt.NDArray[np.str_]
    matrix: Matrix
    bought: Bought
    places: npt.NDArray[np.int64]


class _Rows:
    """Rows of one level from some place on, gathered from all parts; those kept apart are of the newest window."""

    def __init__(self, level: str, from_place: int) -> None:
        self.level = level
        self.from_place = from_place
        self.sets = [one for one in TREE_SETS if (one.level, one.from_place) == (level, from_place)]
        self.one_of = self.sets[0].one_of
        after = [one.from_place for one in TREE_SETS if one.level == level and one.from_place > from_place]
        self._until_place = min(after, default=None)
        self._parts: list[_Learnt] = []
        self._apart: list[_Learnt] = []

    def add(self, part: TrainingPart) -> None:
        """Take the rows of a part: households kept apart by name, of the others an even share."""
        if part.window >= WINDOWS[self.level]:
            return
        places = part.items["place"].to_numpy()
        here = pc.equal(part.items["level"], self.level).to_numpy() & (places >= self.from_place)
        if self._until_place is not None:
            here &= places < self._until_place
        rows = np.flatnonzero(here)
        if not len(rows):
            return
        coded = pc.dictionary_encode(part.items["household_id"].take(rows).combine_chunks())
        codes = coded.indices.to_numpy()
        names = coded.dictionary.to_pylist()
        numbers = np.array([crc32(name.encode()) for name in names], dtype=np.uint64)
        apart = (numbers % _APART == 0)[codes]
        drawn = _drawn(numbers[codes], codes, part.shares.get(self.level, 1.0) / self.one_of) & ~apart

        def taken(which: npt.NDArray[np.bool_]) -> list[_Learnt]:
            if not which.any():
                return []
            mine = rows[which]
            matrix = feature_matrix(part.items.take(mine), self.level)
            return [_Learnt(np.array(names)[codes[which]], matrix, part.bought[mine], places[mine])]

        self._parts += taken(drawn)
        if part.window == 0:
            self._apart += taken(apart)

    def grown(self) -> list[str]:
        """The texts of trees grown on the rows, in the order of households, whatever parts they came in.

        None where there is too little behind the first places; the trees of those speak for what is there.
        """
        import lightgbm

        self.learnt = _in_order(self._parts, self.level)
        self._parts.clear()
        bought = self.learnt.bought
        if not len(bought) or bought.min() == bought.max():
            if self.from_place > 1:
                return []
            raise ModelError(
                f"there is too little to grow trees from: {len(bought)} items of the level {self.level}, "
                f"{int(bought.sum())} of them bought",
                hint="load more history, or set `[forecast] method` to decayed-count",
            )
        names = list(FEATURE_NAMES[self.level])
        columns = pa.table([pa.array(column) for column in self.learnt.matrix.T], names=names)
        data = lightgbm.Dataset(columns, bought, params=_PARAMETERS, free_raw_data=False)
        return [
            str(lightgbm.train({**_PARAMETERS, **_own_parameters(one)}, data, one.trees).model_to_string())
            for one in self.sets
        ]

    def kept_apart(self) -> list[_Learnt]:
        """Rows of the households kept apart, in parts."""
        return self._apart


def _own_parameters(one: TreeSet) -> dict[str, Any]:
    return {"learning_rate": one.rate, "num_leaves": one.leaves, "extra_trees": one.random_cuts}


def _drawn(numbers: npt.NDArray[np.uint64], codes: npt.NDArray[np.int32], share: float) -> npt.NDArray[np.bool_]:
    """A draw of a share of rows that depends on the household and the row's place in it alone."""
    starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    places = np.arange(len(codes)) - np.repeat(starts, np.diff(np.r_[starts, len(codes)]))
    spread = (numbers + places.astype(np.uint64) * np.uint64(2_654_435_769)) & np.uint64(0xFFFFFFFF)
    return np.asarray(spread < np.uint64(share * 0x1_0000_0000))


def _in_order(parts: list[_Learnt], level: str) -> _Learnt:
    """All rows in the order of households; those of a household stay as they were. Matrices lie column by column."""
    if not parts:
        nothing = np.empty(0, dtype=np.int64)
        matrix = np.empty((0, len(FEATURE_NAMES[level])), np.float32)
        return _Learnt(np.empty(0, dtype=str), matrix, nothing, nothing)
    order = np.argsort(np.concatenate([part.households for part in parts]), kind="stable")
    return _Learnt(
        *(
            np.concatenate([getattr(part, one.name) for part in parts]).T.take(order, axis=-1).T
            for one in fields(_Learnt)
        )
    )


def _losses(rows: list[_Rows], method: BoostedTrees, model: pa.Table, before: pa.Table | None) -> dict[str, float]:
    """Log-loss on the households kept apart in the newest window, mean of the levels; empty when there are none."""
    losses: dict[str, list[float]] = {}
    levels = sorted({one.level for one in rows})
    for level in levels:
        mine = [one for one in rows if one.level == level]
        apart = _in_order([part for one in mine for part in one.kept_apart()], level)
        if not len(apart.bought):
            return {}
        losses.setdefault("new", []).append(_loss_of(method, model, level, apart))
        losses.setdefault("counts", []).append(log_loss(_count_chances(level, mine, apart.matrix), apart.bought))
        if before is not None and _fits(before, level):
            losses.setdefault("before", []).append(_loss_of(method, before, level, apart))
    return {name: sum(values) / len(values) for name, values in losses.items() if len(values) == len(levels)}


def _loss_of(method: BoostedTrees, model: pa.Table, level: str, apart: _Learnt) -> float:
    return log_loss(method.score_matrix(model, level, apart.matrix, apart.places), apart.bought)


def _count_chances(level: str, rows: list[_Rows], matrix: Matrix) -> npt.NDArray[np.float64]:
    """What a decayed count says of rows, its curve fitted on the rows the trees were grown on."""
    column = FEATURE_NAMES[level].index("weight_120" if level == "need" else "weight_60")
    seen = np.concatenate([one.learnt.matrix[:, column] for one in rows]).astype(np.float64)
    bought = np.concatenate([one.learnt.bought for one in rows])
    stands_for = np.concatenate([np.full(len(one.learnt.bought), one.one_of) for one in rows])
    scores, places = np.unique(np.rint(seen * 256).astype(np.int64), return_inverse=True)
    pairs = np.bincount(places, weights=stands_for).astype(np.int64)
    hits = np.bincount(places, weights=bought * stands_for).astype(np.int64)
    ends, chances = isotonic_curve(scores, pairs, hits)
    return np.interp(matrix[:, column].astype(np.float64) * 256, ends, chances)


def log_loss(said: npt.NDArray[np.float64], bought: Bought) -> float:
    """Mean negative log-likelihood of outcomes, natural logarithm.

    Example:
        >>> round(log_loss(np.array([0.5, 0.5]), np.array([0, 1])), 4)
        0.6931
    """
    return float(-np.mean(np.where(bought == 1, np.log(said), np.log1p(-said))))


def _as_table(rows: list[_Rows]) -> pa.Table:
    """The table `boosted_trees` of what is grown on rows."""
    parts = [
        {"level": one.level, "from_place": one.from_place, "number": number, "part": part, "text": piece}
        for one in rows
        for number, text in enumerate(one.grown())
        for part, piece in enumerate(text[at : at + _PART_BYTES] for at in range(0, len(text), _PART_BYTES))
    ]
    whole = ("from_place", "number", "part")
    fields = [("level", pa.string()), *((name, pa.int64()) for name in whole), ("text", pa.string())]
    return pa.Table.from_pylist(parts, schema=pa.schema(fields))


def _sets_of(model: pa.Table, level: str) -> dict[int, list[str]]:
    """First place → the texts of the sets of trees of a level that are for it."""
    rows = model.filter(pc.equal(model["level"], level))
    found: dict[int, dict[int, list[str]]] = {}
    for row in rows.sort_by([(name, "ascending") for name in ("from_place", "number", "part")]).to_pylist():
        found.setdefault(row["from_place"], {}).setdefault(row["number"], []).append(row["text"])
    if not found:
        raise ModelError(f"the model of {BoostedTrees.name} has no trees for the level {level!r}")
    return {from_place: ["".join(parts) for parts in sets.values()] for from_place, sets in found.items()}


def _fits(model: pa.Table, level: str) -> bool:
    texts = [text for sets in _sets_of(model, level).values() for text in sets]
    return all(read_trees(text).feature_names == FEATURE_NAMES[level] for text in texts)
