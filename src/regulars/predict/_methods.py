"""What a forecasting method is, and which there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.kernel import CYCLE_DAYS, ConfigError

from ._decayed_count import DecayedCount

WINDOW_DAYS = CYCLE_DAYS
"""Length of the window methods learn from, days: one cycle."""


class Method(Protocol):
    """One way from what a household bought to the chance that it buys again within `WINDOW_DAYS`."""

    name: str
    """As settings and datasets name it."""
    model_table: str
    """Contract of what it has learnt."""

    def fit(self, training: Iterable[pa.Table]) -> pa.Table:
        """Learn from a closed window.

        Args:
            training: Tables `training_items`, a household bucket each; the result depends neither on how the
                rows are dealt to them nor on their order.

        Returns:
            What was learnt, a table of the contract `model_table`.

        Raises:
            ModelError: There is nothing to learn from.
        """
        ...

    def score(self, model: pa.Table, items: pa.Table) -> npt.NDArray[np.float64]:
        """The chance that each item is bought within `WINDOW_DAYS`, strictly between 0 and 1.

        Args:
            model: What `fit` returned.
            items: A table `forecast_items`, n rows.

        Returns:
            Chances in the order of the rows, shape ``(n,)``.
        """
        ...


METHODS: dict[str, Method] = {method.name: method for method in (DecayedCount(),)}
"""Every method by name."""

DEFAULT_METHOD = DecayedCount.name
"""The method that is used unless settings name another."""


def method_named(name: str) -> Method:
    """The method of a name.

    Raises:
        ConfigError: There is none; the message lists those there are.
    """
    if name not in METHODS:
        raise ConfigError(f"there is no forecasting method {name!r}; there are {', '.join(sorted(METHODS))}")
    return METHODS[name]
