"""The decayed count: how many days an item was bought, older days counting less; then what that count came to."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.kernel import ModelError

from ._isotonic import isotonic_curve


class DecayedCount:
    """Score = decayed weight of the days bought; chance = a rising curve through the last closed window.

    Source:
        docs/algorithms/forecast.md.
    """

    name = "decayed-count"
    model_table = "calibration_curve"

    def fit(self, training: Iterable[pa.Table]) -> pa.Table:
        """Fit one curve a level; see `Method.fit`."""
        counts = [
            table.group_by(["level", "decayed_weight"]).aggregate([("bought", "count"), ("bought", "sum")])
            for table in training
        ]
        if not any(len(table) for table in counts):
            raise ModelError(
                "there is no item of an eligible household to calibrate the forecast on",
                hint="load more history, or forecast as of a later day",
            )
        together = pa.concat_tables(counts).group_by(["level", "decayed_weight"])
        totals = together.aggregate([("bought_count", "sum"), ("bought_sum", "sum")])
        if not pc.sum(totals["bought_sum_sum"]).as_py():
            raise ModelError(
                "none of the items of eligible households was bought in the window to calibrate the forecast on",
                hint="load the lines of that window, or forecast as of a day that the lines reach to",
            )
        return pa.concat_tables(
            [_fit_level(level, totals) for level in sorted(pc.unique(totals["level"]).to_pylist())]
        )

    def score(self, model: pa.Table, items: pa.Table) -> npt.NDArray[np.float64]:
        """Read each item's chance off its level's curve; see `Method.score`."""
        chances = np.empty(len(items), dtype=np.float64)
        for level in sorted(pc.unique(items["level"]).to_pylist()):
            curve = model.filter(pc.equal(model["level"], level))
            if not len(curve):
                raise ModelError(f"the model of {self.name} has no curve for the level {level!r}")
            rows = pc.equal(items["level"], level).to_numpy(zero_copy_only=False)
            chances[rows] = np.interp(
                items["decayed_weight"].to_numpy()[rows],
                curve["score"].to_numpy(),
                curve["probability"].to_numpy(),
            )
        return chances


def _fit_level(level: str, totals: pa.Table) -> pa.Table:
    rows = totals.filter(pc.equal(totals["level"], level)).sort_by("decayed_weight")
    scores, chances = isotonic_curve(
        rows["decayed_weight"].to_numpy(),
        rows["bought_count_sum"].to_numpy(),
        rows["bought_sum_sum"].to_numpy(),
    )
    return pa.table({"level": [level] * len(scores), "score": scores, "probability": chances})
