"""What boosted trees say of many rows: the sums LightGBM comes to, found for a whole batch of rows node by node.

Each row holds one bit a leaf. A node takes the bits of its left leaves from all rows that go right; when all nodes of a
tree are done, the first bit left is the leaf a row falls in (QuickScorer: Lucchese et al., SIGIR 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from regulars.kernel import ModelError

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

BATCH_ROWS = 32_768
"""Rows that are looked at together; few enough to stay in a processor's cache."""

_LEAVES_MAX = 64
_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_NO_MISSING, _MISSING_IS_NAN = 0, 2


class _Codes(NamedTuple):
    """How values of a feature are told apart: by their place among all its thresholds.

    Args:
        feature: Column of the matrix.
        missing: What a value that does not exist is taken for: ``zero``, or less (``left``) or more than any other.
    """

    feature: int
    missing: str


@dataclass(frozen=True)
class _Node:
    """Rows whose code is above `place` go right; of these the bits `taken` are taken, by byte."""

    codes: _Codes
    place: int
    taken: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class _Tree:
    nodes: tuple[_Node, ...]
    leaf_values: Floats


class TreeScores:
    """Trees of a LightGBM model, read from its text.

    Args:
        text: As `Booster.model_to_string` writes it.

    Raises:
        ModelError: The trees are of a kind that is not read here: of more than one outcome, with categories, or more
            than 64 leaves.
    """

    def __init__(self, text: str) -> None:
        head, *blocks = text.split("\nTree=")
        fields = _fields(head)
        self._objective = fields.get("objective", "")
        if fields.get("num_class") != "1" or fields.get("num_tree_per_iteration") != "1":
            raise ModelError("the trees are of more than one outcome")
        self.feature_names = tuple(fields["feature_names"].split())
        parsed = [_fields(block.split("\n\n", 1)[0]) for block in blocks]
        self._thresholds = _thresholds(parsed)
        self._trees = [_tree(each, self._thresholds) for each in parsed]
        used = {node.codes for tree in self._trees for node in tree.nodes}
        self._codes = sorted(used, key=lambda codes: (codes.feature, codes.missing))

    def log_odds(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """What the trees say of rows, whichever rows stand beside them, as log-odds.

        Args:
            matrix: Features in the order of `feature_names`, one row an item. Shape ``(n, k)``.

        Returns:
            One number a row. Shape ``(n,)``.

        Raises:
            ModelError: The trees are not of a binary outcome.
        """
        if not self._objective.startswith("binary sigmoid:1"):
            raise ModelError("the trees are not of a binary outcome")
        return self.sums(matrix)

    def sums(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """What the trees say of rows, added up: LightGBM's raw scores, of the same shape as `chances`."""
        sums = np.zeros(len(matrix))
        for start in range(0, len(matrix), BATCH_ROWS):
            self._add(matrix[start : start + BATCH_ROWS], sums[start : start + BATCH_ROWS])
        return sums

    def _add(self, rows: npt.NDArray[np.float32], sums: Floats) -> None:
        coded = {codes: self._coded(codes, rows[:, codes.feature]) for codes in self._codes}
        right = np.empty(len(rows), dtype=np.bool_)
        right_bytes = right.view(np.uint8)
        bits = np.empty(len(rows), dtype=np.uint8)
        for tree in self._trees:
            width = 4 if len(tree.leaf_values) <= 32 else 8
            taken = np.zeros((width, len(rows)), dtype=np.uint8)
            for node in tree.nodes:
                np.greater(coded[node.codes], node.place, out=right)
                for byte, mask in node.taken:
                    np.multiply(right_bytes, mask, out=bits)
                    np.bitwise_or(taken[byte], bits, out=taken[byte])
            sums += tree.leaf_values[_first_left(taken)]

    def _coded(self, codes: _Codes, values: npt.NDArray[np.float32]) -> Bytes | npt.NDArray[np.uint16]:
        thresholds = self._thresholds[codes.feature]
        known = values.astype(np.float64)
        if codes.missing != "right":
            known[np.isnan(known)] = 0.0 if codes.missing == "zero" else -np.inf
        places = np.searchsorted(thresholds, known, side="left")
        return places.astype(np.uint8) if len(thresholds) <= 255 else places.astype(np.uint16)


def chances_of(sets: Sequence[TreeScores], matrix: npt.NDArray[np.float32]) -> Floats:
    """Chances of rows by the mean log-odds of some sets of trees; shapes as in `TreeScores.log_odds`.

    Raises:
        ModelError: The trees are not of a binary outcome.
    """
    sums = sum((each.log_odds(matrix) for each in sets), np.zeros(len(matrix)))
    against = (-sums / len(sets)).tolist()
    odds = np.fromiter(map(exp, against), dtype=np.float64, count=len(against))
    return np.asarray(1.0 / (1.0 + odds))


@lru_cache(maxsize=10)
def read_trees(text: str) -> TreeScores:
    """The trees of a model's text; those asked last are kept: all now and a cycle ago, and those of days."""
    return TreeScores(text)


def _fields(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _numbers(tree: dict[str, str], name: str, kind: type[Any]) -> list[Any]:
    return [kind(value) for value in tree.get(name, "").split()]


def _thresholds(trees: list[dict[str, str]]) -> dict[int, Floats]:
    """Feature → all thresholds any tree has of it, in order."""
    found: dict[int, set[float]] = {}
    for tree in trees:
        for feature, threshold in zip(
            _numbers(tree, "split_feature", int), _numbers(tree, "threshold", float), strict=True
        ):
            found.setdefault(feature, set()).add(threshold)
    return {feature: np.array(sorted(values)) for feature, values in found.items()}


def _tree(tree: dict[str, str], thresholds: dict[int, Floats]) -> _Tree:
    """A tree with its leaves counted from the left."""
    values = _numbers(tree, "leaf_value", float)
    if len(values) > _LEAVES_MAX:
        raise ModelError(f"a tree has {len(values)} leaves")
    features, cuts = _numbers(tree, "split_feature", int), _numbers(tree, "threshold", float)
    kinds = _numbers(tree, "decision_type", int)
    left, right = _numbers(tree, "left_child", int), _numbers(tree, "right_child", int)
    nodes: list[_Node] = []
    order: list[int] = []

    def visit(child: int) -> None:
        if child < 0:
            order.append(~child)
            return
        first = len(order)
        visit(left[child])
        feature = features[child]
        place = int(np.searchsorted(thresholds[feature], cuts[child]))
        nodes.append(_Node(_Codes(feature, _missing(kinds[child])), place, _bytes_of(first, len(order))))
        visit(right[child])

    if features:
        visit(0)
    else:
        order = [0]
    return _Tree(tuple(nodes), np.array([values[leaf] for leaf in order]))


def _missing(kind: int) -> str:
    missing = kind >> 2 & 3
    if kind & _CATEGORICAL or missing not in (_NO_MISSING, _MISSING_IS_NAN):
        raise ModelError(f"a node decides in a way that is not read here: {kind}")
    if missing == _NO_MISSING:
        return "zero"
    return "left" if kind & _DEFAULT_LEFT else "right"


def _bytes_of(first: int, end: int) -> tuple[tuple[int, int], ...]:
    """The leaves from `first` until `end` as bits, by byte."""
    bits = (1 << end) - (1 << first)
    return tuple((byte, bits >> 8 * byte & 255) for byte in range(first // 8, (end - 1) // 8 + 1))


def _first_left(taken: Bytes) -> npt.NDArray[np.intp]:
    """The place of the first bit that is not taken, by row; `taken` holds a row's bytes one under the other."""
    signed: type[np.signedinteger[Any]] = np.int32 if len(taken) == 4 else np.int64
    left = taken[0].astype(signed)
    for byte, bits in enumerate(taken[1:], 1):
        left |= bits.astype(signed) << 8 * byte
    np.invert(left, out=left)
    left &= -left
    if len(taken) == 4:
        exponents = (left.astype(np.float32).view(np.int32) >> 23 & 255) - 127
    else:
        exponents = (left.astype(np.float64).view(np.int64) >> 52 & 2047) - 1023
    places: npt.NDArray[np.intp] = exponents.astype(np.intp)
    return places
