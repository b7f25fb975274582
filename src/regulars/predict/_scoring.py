"""Chances become rows of the forecast: probability of the window asked for, day, interval, quantity."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ._methods import WINDOW_DAYS, Method
from ._need_timing import DATED_DAYS_MIN
from ._timing import expected_day_offset, window_probability

_DAY_SHARES = {
    "expected_on": 0.5,
    "expected_on_low_80": 0.1,
    "expected_on_high_80": 0.9,
    "expected_on_low_50": 0.25,
    "expected_on_high_50": 0.75,
}


def score_items(
    method: Method, model: pa.Table, items: pa.Table, *, as_of_on: date, days: int, seen: pa.Table | None = None
) -> pa.Table:
    """Score what each household may buy again.

    Args:
        method: How.
        model: What the method has learnt.
        items: A table `forecast_items` as of the day.
        as_of_on: First day of the window.
        days: Its length.
        seen: The same items as the method looks at them, if that is another table than `items`.

    Returns:
        A table `scored_items`, in the order of `items`. Items bought on fewer than `DATED_DAYS_MIN` days have no
        day; of the others, the expected day is the median, and 182 days after `as_of_on` stands for "then or later".
    """
    seen = items if seen is None else seen
    assert seen["item_id"].equals(items["item_id"]), "the method was given other items"
    chances = method.score(model, seen)
    undated = items["days_bought"].to_numpy() < DATED_DAYS_MIN
    return pa.table(
        {
            **{name: items[name] for name in ("household_id", "level", "item_id", "days_bought", "last_on")},
            "decayed_weight": items["decayed_weight"],
            "probability": window_probability(chances, days=days, window_days=WINDOW_DAYS),
            "quantity": _usual_quantity(items["quantity_milli"].to_numpy(), items["days_bought"].to_numpy()),
            **{
                name: pa.array(
                    np.datetime64(as_of_on, "D")
                    + expected_day_offset(chances, share=share, window_days=WINDOW_DAYS),
                    mask=undated,
                )
                for name, share in _DAY_SHARES.items()
            },
        }
    )


def _usual_quantity(
    quantity_milli: npt.NDArray[np.int64], days_bought: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Units on a day the item is bought, rounded half up, at least one."""
    units: npt.NDArray[np.int64] = (2 * quantity_milli + 1000 * days_bought) // (2000 * days_bought)
    return np.maximum(units, 1)
