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
from ._tree_scores import read_trees

ROWS_MAX = {"need": 1_600_000, "product": 470_000}
"""Rows of a level that trees are grown on at most; of more, an even share is drawn."""

WINDOWS = {"need": 6, "product": 4}
"""Closed windows the trees of a level are grown on."""

FIRST_PLACES = {"need": 60}
"""Of a level named here, a household's rows up to this place are all used; of those behind, one in `ONE_BEHIND_OF`."""

ONE_BEHIND_OF = 3
"""Of the rows behind the first places one in so many is drawn, and stands for so many."""

_PARAMETERS: dict[str, Any] = {
    "objective": "binary",
    "num_leaves": 31,
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
_TREES: dict[str, tuple[int, float]] = {"need": (150, 0.06), "product": (200, 0.045)}
"""How many trees a level has, and how much each corrects: half as many as 300 do as well for needs, for products two
thirds."""
_APART = 16
"""One household in so many is kept apart, to judge what was learnt on households it was not learnt from."""
_PART_BYTES = 1_000_000
_BATCH_ROWS = 65_536
_LEAST, _MOST = 1e-6, 1.0 - 1e-6

Matrix = npt.NDArray[np.float32]
Bought = npt.NDArray[np.int64]


class BoostedTrees:
    """One set of trees a level, over the features of `feature_matrix`.

    Source:
        docs/algorithms/forecast.md.
    """

    name = "boosted-trees"
    model_table = "boosted_trees"
    items_table = "item_features"
    windows: Mapping[str, int] = WINDOWS
    rows_max: Mapping[str, int] = ROWS_MAX
    settings = repr((_PARAMETERS, _TREES, ROWS_MAX, WINDOWS, FIRST_PLACES, ONE_BEHIND_OF, _APART, FEATURE_NAMES))

    def fit(self, training: Iterable[TrainingPart], *, before: pa.Table | None = None) -> Fitted:
        """Grow the trees of both levels; see `Method.fit`."""
        rows = {level: _Rows(level) for level in FEATURE_NAMES}
        for part in training:
            for level in FEATURE_NAMES:
                rows[level].add(part)
        texts = {level: rows[level].grown() for level in FEATURE_NAMES}
        model = _as_table(texts)
        learnt = sum(len(one.learnt.bought) for one in rows.values())
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
        return np.concatenate([self.score_matrix(model, level, feature_matrix(batch, level)) for batch in batches])

    def score_matrix(self, model: pa.Table, level: str, matrix: Matrix) -> npt.NDArray[np.float64]:
        """Chances of rows of `feature_matrix`, shape ``(n,)``.

        Raises:
            ModelError: The trees were grown on other features, or there are none of the level.
        """
        trees = read_trees(_text_of(model, level))
        if trees.feature_names != FEATURE_NAMES[level]:
            raise ModelError(
                f"the {self.name} of the level {level} were grown on other features than this version has",
                hint="forecast again: the next run learns anew",
            )
        return np.clip(trees.chances(matrix), _LEAST, _MOST)


@dataclass(frozen=True)
class _Learnt:
    """Rows: whose they are, what trees see of them, what happened, and how many rows each stands for."""

    households: npt.NDArray[np.str_]
    matrix: Matrix
    bought: Bought
    stands_for: npt.NDArray[np.int64]


class _Rows:
    """Rows of one level gathered from all parts; those kept apart are of the newest window."""

    def __init__(self, level: str) -> None:
        self.level = level
        self._parts: list[_Learnt] = []
        self._apart: list[_Learnt] = []

    def add(self, part: TrainingPart) -> None:
        """Take the rows of a part: households kept apart by name, of the others an even share."""
        if part.window >= WINDOWS[self.level]:
            return
        of_level = np.flatnonzero(pc.equal(part.items["level"], self.level).to_numpy())
        if not len(of_level):
            return
        bought = part.bought[of_level]
        coded = pc.dictionary_encode(part.items["household_id"].take(of_level).combine_chunks())
        codes = coded.indices.to_numpy()
        names = coded.dictionary.to_pylist()
        numbers = np.array([crc32(name.encode()) for name in names], dtype=np.uint64)
        apart = (numbers % _APART == 0)[codes]
        behind = part.items["place"].to_numpy()[of_level] > FIRST_PLACES.get(self.level, len(of_level))
        stands_for = np.where(behind, ONE_BEHIND_OF, 1)
        drawn = _drawn(numbers[codes], codes, part.shares.get(self.level, 1.0) / stands_for) & ~apart

        def taken(rows: npt.NDArray[np.bool_]) -> list[_Learnt]:
            if not rows.any():
                return []
            matrix = feature_matrix(part.items.take(of_level[rows]), self.level)
            return [_Learnt(np.array(names)[codes[rows]], matrix, bought[rows], stands_for[rows])]

        self._parts += taken(drawn)
        if part.window == 0:
            self._apart += taken(apart)

    def grown(self) -> str:
        """The text of trees grown on the rows, in the order of households, whatever parts they came in."""
        import lightgbm

        self.learnt = _in_order(self._parts, self.level)
        self._parts.clear()
        bought = self.learnt.bought
        if not len(bought) or bought.min() == bought.max():
            raise ModelError(
                f"there is too little to grow trees from: {len(bought)} items of the level {self.level}, "
                f"{int(bought.sum())} of them bought",
                hint="load more history, or set `[forecast] method` to decayed-count",
            )
        names = list(FEATURE_NAMES[self.level])
        columns = pa.table([pa.array(column) for column in self.learnt.matrix.T], names=names)
        data = lightgbm.Dataset(columns, bought, weight=self.learnt.stands_for)
        trees, rate = _TREES[self.level]
        return str(lightgbm.train({**_PARAMETERS, "learning_rate": rate}, data, trees).model_to_string())

    def kept_apart(self) -> _Learnt:
        """Rows of the households kept apart."""
        return _in_order(self._apart, self.level)


def _drawn(
    numbers: npt.NDArray[np.uint64], codes: npt.NDArray[np.int32], shares: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """A draw of rows, each with its share, that depends on the household and the row's place in it alone."""
    starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    places = np.arange(len(codes)) - np.repeat(starts, np.diff(np.r_[starts, len(codes)]))
    spread = (numbers + places.astype(np.uint64) * np.uint64(2_654_435_769)) & np.uint64(0xFFFFFFFF)
    return np.asarray(spread < (shares * 0x1_0000_0000).astype(np.uint64))


def _in_order(parts: list[_Learnt], level: str) -> _Learnt:
    """All rows in the order of households; those of a household stay as they were. Matrices lie column by column."""
    if not parts:
        nothing = np.empty(0, dtype=np.int64)
        return _Learnt(
            np.empty(0, dtype=str), np.empty((0, len(FEATURE_NAMES[level])), np.float32), nothing, nothing
        )
    order = np.argsort(np.concatenate([part.households for part in parts]), kind="stable")
    return _Learnt(
        *(
            np.concatenate([getattr(part, one.name) for part in parts]).T.take(order, axis=-1).T
            for one in fields(_Learnt)
        )
    )


def _losses(
    rows: dict[str, _Rows], method: BoostedTrees, model: pa.Table, before: pa.Table | None
) -> dict[str, float]:
    """Log-loss on the households kept apart in the newest window; empty when there are none."""
    losses: dict[str, list[float]] = {}
    for level, one in rows.items():
        apart = one.kept_apart()
        matrix, bought = apart.matrix, apart.bought
        if not len(bought):
            return {}
        losses.setdefault("new", []).append(log_loss(method.score_matrix(model, level, matrix), bought))
        losses.setdefault("counts", []).append(log_loss(_count_chances(level, one, matrix), bought))
        if before is not None and _fits(before, level):
            losses.setdefault("before", []).append(log_loss(method.score_matrix(before, level, matrix), bought))
    return {name: sum(values) / len(values) for name, values in losses.items() if len(values) == len(rows)}


def _count_chances(level: str, rows: _Rows, matrix: Matrix) -> npt.NDArray[np.float64]:
    """What a decayed count says of rows, its curve fitted on the rows the trees were grown on."""
    column = FEATURE_NAMES[level].index("weight_120" if level == "need" else "weight_60")
    learnt = rows.learnt
    seen = np.rint(learnt.matrix[:, column].astype(np.float64) * 256).astype(np.int64)
    scores, places = np.unique(seen, return_inverse=True)
    pairs = np.bincount(places, weights=learnt.stands_for).astype(np.int64)
    hits = np.bincount(places, weights=learnt.bought * learnt.stands_for).astype(np.int64)
    ends, chances = isotonic_curve(scores, pairs, hits)
    return np.interp(matrix[:, column].astype(np.float64) * 256, ends, chances)


def log_loss(said: npt.NDArray[np.float64], bought: Bought) -> float:
    """Mean negative log-likelihood of outcomes, natural logarithm.

    Example:
        >>> round(log_loss(np.array([0.5, 0.5]), np.array([0, 1])), 4)
        0.6931
    """
    return float(-np.mean(np.where(bought == 1, np.log(said), np.log1p(-said))))


def _as_table(texts: dict[str, str]) -> pa.Table:
    rows = [
        {"level": level, "part": number, "text": text[start : start + _PART_BYTES]}
        for level, text in texts.items()
        for number, start in enumerate(range(0, len(text), _PART_BYTES))
    ]
    return pa.Table.from_pylist(
        rows, schema=pa.schema([("level", pa.string()), ("part", pa.int64()), ("text", pa.string())])
    )


def _text_of(model: pa.Table, level: str) -> str:
    parts = model.filter(pc.equal(model["level"], level)).sort_by("part")["text"].to_pylist()
    if not parts:
        raise ModelError(f"the model of {BoostedTrees.name} has no trees for the level {level!r}")
    return "".join(parts)


def _fits(model: pa.Table, level: str) -> bool:
    return read_trees(_text_of(model, level)).feature_names == FEATURE_NAMES[level]
