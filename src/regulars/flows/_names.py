"""How derived datasets are named: one snapshot per as-of day, one folder per plan."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date


def snapshot(as_of_on: date, table_name: str) -> str:
    """Dataset of a table derived as of a day.

    Example:
        >>> snapshot(date(2017, 11, 27), "forecast")
        'snapshots/2017-11-27/forecast'
    """
    return f"snapshots/{as_of_on.isoformat()}/{table_name}"


def snapshot_days(datasets: Iterable[str], table_name: str) -> list[date]:
    """Days that a table was derived as of, ascending.

    Example:
        >>> snapshot_days(["snapshots/2017-11-27/forecast", "snapshots/2017-11-13/open_lines"], "forecast")
        [datetime.date(2017, 11, 27)]
    """
    names = [dataset.split("/") for dataset in datasets]
    return sorted(
        date.fromisoformat(parts[1]) for parts in names if parts[0] == "snapshots" and parts[2:] == [table_name]
    )


def plan_dataset(plan_id: str, table_name: str) -> str:
    """Dataset of a table of one plan.

    Example:
        >>> plan_dataset("2017-11-27-1f0c9a52", "plan")
        'plans/2017-11-27-1f0c9a52/plan'
    """
    return f"plans/{plan_id}/{table_name}"
