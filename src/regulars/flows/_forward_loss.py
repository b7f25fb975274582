"""What a model said of the fortnight that has closed since it was learnt."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.predict import METHODS, DecayedCount, Method, TrainingPart, log_loss

_LEAST = 1e-6
"""Chances are judged as if they were at least so far from 0 and from 1."""


class ForwardLoss:
    """Log-loss of a cycle ago's model on the window that has closed since, for a method that is not judged apart.

    Such a method follows its newest window whole, so only what came before it can be judged on that window.

    Args:
        method: Whose.
        before: The model of a cycle ago, None where there is none.
    """

    def __init__(self, method: Method, before: pa.Table | None) -> None:
        self._method = method
        self._before = before if method.model_table == METHODS[DecayedCount.name].model_table else None
        self._sums: dict[str, tuple[float, int]] = {}

    def watched(self, parts: Iterator[TrainingPart]) -> Iterator[TrainingPart]:
        """The parts as they come, each judged in passing."""
        for part in parts:
            if self._before is not None and len(part.items):
                self._judge(self._before, part)
            yield part

    def losses(self) -> dict[str, float]:
        """Mean of the levels' log-losses as ``before``; empty where nothing was judged."""
        if not self._sums:
            return {}
        return {"before": sum(total / rows for total, rows in self._sums.values()) / len(self._sums)}

    def _judge(self, before: pa.Table, part: TrainingPart) -> None:
        known = pc.is_in(part.items["level"], pc.unique(before["level"]))
        items, bought = part.items.filter(known), part.bought[known.to_numpy(zero_copy_only=False)]
        said = np.clip(self._method.score(before, items), _LEAST, 1.0 - _LEAST)
        for level in sorted(pc.unique(items["level"]).to_pylist()):
            rows = pc.equal(items["level"], level).to_numpy(zero_copy_only=False)
            total, count = self._sums.get(level, (0.0, 0))
            lost = log_loss(said[rows], bought[rows]) * int(rows.sum())
            self._sums[level] = total + lost, count + int(rows.sum())
