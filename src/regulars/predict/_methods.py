"""What a forecasting method is, and which there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.kernel import CYCLE_DAYS

WINDOW_DAYS = CYCLE_DAYS
"""Length of the window methods learn from, days: one cycle."""

PAIRS_MIN = 1_000
"""Pairs of household and item from which a curve is believed: some hundred for each tenth of it, so that a share is
known to five points."""


@dataclass(frozen=True)
class TrainingPart:
    """What the households of one bucket might have bought again as of a closed window's first day, and what they did.

    Args:
        window: Number of the window, 0 the newest.
        items: Rows of the method's `items_table`, eligible households only.
        bought: 1 where the item was bought in the window, else 0; one entry a row of `items`.
        shares: Share of the rows to learn from, by level; of a level that is not named, all.
        past_days: Days from the store's first line to the window's first day; 0 where that is not known.
    """

    window: int
    items: pa.Table
    bought: npt.NDArray[np.int64]
    shares: Mapping[str, float] = field(default_factory=dict)
    past_days: int = 0


@dataclass(frozen=True)
class Fitted:
    """What a method learnt.

    Args:
        model: A table of the contract `model_table`.
        losses: Log-loss on households and a window that were kept apart, by what was judged: ``new``, ``counts``
            and, if one was given, ``before``. Empty for a method that is not judged.
        rows: Rows it learnt from; 0 where there was too little, and the model is what is assumed until there is more.
    """

    model: pa.Table
    losses: dict[str, float] = field(default_factory=dict)
    rows: int = 0


class Method(Protocol):
    """One way from what a household bought to the chance that it buys again within `WINDOW_DAYS`."""

    @property
    def name(self) -> str:
        """As settings and datasets name it."""
        ...

    @property
    def model_table(self) -> str:
        """Contract of what it has learnt."""
        ...

    @property
    def items_table(self) -> str:
        """Contract of what it looks at: ``forecast_items`` or ``item_features``."""
        ...

    @property
    def windows(self) -> Mapping[str, int]:
        """Closed windows it learns from, by level, each the length of a cycle, the last ending on the day."""
        ...

    @property
    def rows_max(self) -> Mapping[str, int]:
        """Rows it learns from at most, by level; of a level that is not named, all."""
        ...

    @property
    def settings(self) -> str:
        """All that shapes what it learns besides the rows, as text."""
        ...

    def fit(self, training: Iterable[TrainingPart], *, before: pa.Table | None = None) -> Fitted:
        """Learn from closed windows.

        Args:
            training: A part a window and household bucket; the result depends neither on how the households are
                dealt to them nor on their order.
            before: What the method had learnt a cycle ago, to be judged beside the new.

        Raises:
            ModelError: There is nothing to learn from, and the method assumes nothing; or the outcomes seem to be
                missing.
        """
        ...

    def score(self, model: pa.Table, items: pa.Table) -> npt.NDArray[np.float64]:
        """The chance that each item is bought within `WINDOW_DAYS`, strictly between 0 and 1.

        Args:
            model: What `fit` returned.
            items: A table of the contract `items_table`, n rows.

        Returns:
            Chances in the order of the rows, shape ``(n,)``.
        """
        ...
