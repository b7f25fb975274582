"""Which closed fortnights a forecast learns from: those in which the stores were open."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from regulars.kernel import Period
from regulars.predict import WINDOW_DAYS, predict_step

from ._names import snapshot
from ._ports import Engine, Warehouse

_PAST_DAYS_MIN = 56
"""Days of history a window must have before it to be learnt from, beside the newest window."""
_UNSOLD_DAYS_MAX = 3
"""So many days may lie without a line before a day, or in a window more than usual: a store may be closed over a
holiday."""
_LOOKED_BACK = 6
"""So many windows more than are wanted are looked at."""


def sold_days(warehouse: Warehouse, engine: Engine, as_of_on: date) -> list[date]:
    """Days before a day on which anything was sold, as known on it, ascending; its profiles have been built."""
    files = [file.path for file in warehouse.files(snapshot(as_of_on, "open_lines"))]
    found: list[date] = engine.query(predict_step("sold_days"), {"open_lines": files}, {})["sold_on"].to_pylist()
    return sorted(found)


def learnt_windows(sold: Collection[date], as_of_on: date, most: int) -> list[Period]:
    """Windows to learn from as of a day, newest first; each has closed by then.

    One in which the stores were closed for days is passed over: what nobody could buy tells nothing of habits. Older
    ones than the newest have a past of their own. The newest stands where no window is fit, and where nothing at all
    was sold in it: then lines are missing, and what is learnt must show it.

    Args:
        sold: Days before the day on which anything was sold.
        as_of_on: The day.
        most: How many are wanted, >= 1.

    Returns:
        One window at least.

    Example:
        >>> open_on = [date(2017, 1, 1) + timedelta(days=day) for day in range(182) if not 160 <= day < 167]
        >>> [str(window.from_on) for window in learnt_windows(open_on, date(2017, 7, 2), 2)]
        ['2017-06-18', '2017-05-21']
    """
    looked_at = [_window(as_of_on, number) for number in range(1, most + _LOOKED_BACK + 1)]
    if not _days_sold(sold, looked_at[0]):
        looked_at, fewest = looked_at[:most], 0
    else:
        fewest = _days_sold_usually(sold, looked_at) - _UNSOLD_DAYS_MAX
    past_until_on = min(sold, default=as_of_on) + timedelta(days=_PAST_DAYS_MIN)
    fit = [
        window
        for window in looked_at
        if (window == looked_at[0] or window.from_on >= past_until_on) and _days_sold(sold, window) >= fewest
    ]
    return fit[:most] or looked_at[:1]


def unsold_warning(sold: Collection[date], as_of_on: date, *, of_visits: bool = False) -> str:
    """What is amiss where lines end well before the day, or stores were closed in the last fortnight; else empty."""
    newest = _window(as_of_on, 1)
    days = _days_sold(sold, newest)
    usual = _days_sold_usually(sold, [_window(as_of_on, number) for number in range(1, _LOOKED_BACK + 2)])
    ended = (as_of_on - max(sold, default=as_of_on)).days - 1
    if ended > _UNSOLD_DAYS_MAX:
        without = f"no till line lies in the {ended} days before {as_of_on}"
    elif days < usual - _UNSOLD_DAYS_MAX:
        without = f"no till line lies on {WINDOW_DAYS - days} of the {WINDOW_DAYS} days before {as_of_on}"
    else:
        return ""
    learnt = learnt_windows(sold, as_of_on, 1)[0]
    if learnt == newest:
        return (
            f"{without}; whether the stores were closed or lines are missing, every chance comes out too low: load the "
            "lines that are missing and forecast again"
        )
    told = (
        "; trees take it for households that stay away, so chances come out some points too low"
        if of_visits
        else ""
    )
    return (
        f"{without}; the newest fortnight learnt from is that of {learnt.from_on} to {learnt.last_on} instead{told}. "
        "Unless the stores were closed, lines are missing: load them and forecast again"
    )


def _window(as_of_on: date, number: int) -> Period:
    """The window so many windows before a day, 1 the newest."""
    from_on = as_of_on - timedelta(days=WINDOW_DAYS * number)
    return Period(from_on, from_on + timedelta(days=WINDOW_DAYS))


def _days_sold(sold: Collection[date], window: Period) -> int:
    """Days of a window on which anything was sold."""
    return sum(day in window for day in sold)


def _days_sold_usually(sold: Collection[date], windows: Sequence[Period]) -> int:
    """Days of a window on which a store is open: as many as a quarter of the windows reach or exceed."""
    first_on = min(sold, default=windows[0].from_on)
    days = [_days_sold(sold, window) for window in windows if window == windows[0] or window.from_on >= first_on]
    return sorted(days, reverse=True)[(len(days) - 1) // 4]
