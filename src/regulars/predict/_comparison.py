"""Two methods side by side, household by household: the difference and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum, sqrt

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.kernel import ContractError

_IDEAL = np.cumsum(1.0 / np.log2(np.arange(10) + 2.0))

PAIRED_MEASURES = ("recall_at_10", "recall_at_20", "ndcg_at_10")
"""Measures that are compared household by household."""


@dataclass(frozen=True)
class PairedDifference:
    """How much better one method is than another.

    Args:
        measure: One of `PAIRED_MEASURES`.
        households: Households compared.
        difference: Mean difference, the first less the second, each household's own mean over the days it was judged.
        standard_error: Of that mean, between households; None with fewer than two.
    """

    measure: str
    households: int
    difference: float
    standard_error: float | None


def paired_differences(level: str, pairs: list[tuple[pa.Table, pa.Table]]) -> tuple[PairedDifference, ...]:
    """Compare two methods on the same days.

    Args:
        level: ``product`` or ``need``.
        pairs: For each day what `household_hits` counted for the first method and for the second.

    Returns:
        One difference a measure.

    Raises:
        ContractError: They were judged on other households.
    """
    gathered: dict[str, dict[str, list[float]]] = {measure: {} for measure in PAIRED_MEASURES}
    for first, second in pairs:
        names, first_measures = _measures(level, first)
        other_names, second_measures = _measures(level, second)
        if names != other_names:
            raise ContractError(
                f"the two methods were judged on {len(names)} and {len(other_names)} households that are not the same",
                hint="nothing may be loaded or built while they are judged; judge them again",
            )
        for measure in PAIRED_MEASURES:
            for name, difference in zip(names, first_measures[measure] - second_measures[measure], strict=True):
                gathered[measure].setdefault(name, []).append(float(difference))
    return tuple(_summed(measure, by_household) for measure, by_household in gathered.items())


def _measures(level: str, hits: pa.Table) -> tuple[list[str], dict[str, npt.NDArray[np.float64]]]:
    shopping = hits.filter(pc.and_(pc.equal(hits["level"], level), pc.greater(hits["targets"], 0)))
    shopping = shopping.sort_by("household_id")
    targets = shopping["targets"].to_numpy()
    return shopping["household_id"].to_pylist(), {
        "recall_at_10": shopping["hits_10"].to_numpy() / targets,
        "recall_at_20": shopping["hits_20"].to_numpy() / targets,
        "ndcg_at_10": shopping["gain_10"].to_numpy() / _IDEAL[np.minimum(targets, 10) - 1],
    }


def _summed(measure: str, by_household: dict[str, list[float]]) -> PairedDifference:
    means = [fsum(values) / len(values) for _, values in sorted(by_household.items())]
    count = len(means)
    if not count:
        return PairedDifference(measure, 0, 0.0, None)
    mean = fsum(means) / count
    if count < 2:
        return PairedDifference(measure, count, mean, None)
    variance = fsum((value - mean) ** 2 for value in means) / (count - 1)
    return PairedDifference(measure, count, mean, sqrt(variance / count))
