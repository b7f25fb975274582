"""The data as a screen shows it: what arrived from which store on which day, what is here, what was refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import median

from regulars.contracts import Finding

from ._data import DatasetStatus, data_status
from ._data_findings import FindingsWanted, RuleCount, data_findings
from ._ports import Warehouse
from ._view_tills import SALES_DAYS, LaneDay

_THIN = 0.5
_PAGE_ROWS = 50


class ArrivedState(StrEnum):
    """How much of a store's day arrived, held against its other days."""

    FULL = "full"
    THIN = "thin"
    MISSING = "missing"


@dataclass(frozen=True)
class ArrivedDay:
    """A store's day: its lines, its sales in cents, and how that compares."""

    day: date
    lines: int
    amount_cents: int
    state: ArrivedState


@dataclass(frozen=True)
class StoreArrived:
    """A store's last days, oldest first."""

    store_id: str
    days: tuple[ArrivedDay, ...]

    @property
    def faults(self) -> int:
        """How many of them are missing or thin."""
        return sum(day.state is not ArrivedState.FULL for day in self.days)


@dataclass(frozen=True)
class ArrivedRow:
    """A store's day as a row of its own."""

    store_id: str
    arrived: ArrivedDay


@dataclass(frozen=True)
class KindRow:
    """What is here of one kind, and how many rows of it were refused."""

    status: DatasetStatus
    refused: int


@dataclass(frozen=True)
class DataView:
    """The data page.

    Args:
        kinds: What is here, by kind.
        days: The days of the grid, oldest first.
        stores: What arrived, by store, those with the most faults first.
        rules: How many rows each rule names, the most first.
    """

    kinds: tuple[KindRow, ...]
    days: tuple[date, ...]
    stores: tuple[StoreArrived, ...]
    rules: tuple[RuleCount, ...]

    @property
    def faults(self) -> int:
        """How many days are missing or thin."""
        return sum(store.faults for store in self.stores)


@dataclass(frozen=True)
class FindingsView:
    """Findings, fifty at a time."""

    total: int
    number: int
    last: int
    findings: tuple[Finding, ...]


def arrived_rows(view: DataView) -> list[ArrivedRow]:
    """The grid of what arrived, a row for each store and day."""
    return [ArrivedRow(store.store_id, day) for store in view.stores for day in store.days]


def data_view(
    warehouse: Warehouse, lanes: Sequence[LaneDay], today: date, stores: frozenset[str] | None
) -> DataView:
    """The data page.

    Args:
        warehouse: Where data is.
        lanes: What lanes sold in the last days.
        today: The stores' day: later ones are not looked at.
        stores: Stores that may be seen; None for all.
    """
    statuses = data_status(warehouse)
    last_on = next((one.last_on for one in statuses if one.kind == "lines"), None)
    last_on = None if last_on is None else min(last_on, today)
    counts = data_findings(warehouse, limit=0).counts
    refused: dict[str, int] = defaultdict(int)
    rules: dict[tuple[str, str, bool], int] = defaultdict(int)
    for count in counts:
        refused[count.kind] += count.rows if count.refused else 0
        rules[count.kind, count.rule, count.refused] += count.rows
    by_size = sorted(rules.items(), key=lambda one: (-one[1], one[0]))
    days = (
        () if last_on is None else tuple(last_on - timedelta(days=back) for back in range(SALES_DAYS - 1, -1, -1))
    )
    return DataView(
        tuple(KindRow(one, refused[one.kind]) for one in statuses),
        days,
        _arrived(lanes, days, stores),
        tuple(RuleCount(kind, "", rule, rows, told) for (kind, rule, told), rows in by_size),
    )


def _arrived(
    lanes: Sequence[LaneDay], days: tuple[date, ...], stores: frozenset[str] | None
) -> tuple[StoreArrived, ...]:
    if not days:
        return ()
    lines: dict[str, dict[date, list[int]]] = defaultdict(lambda: {day: [0, 0] for day in days})
    for row in lanes:
        if stores is None or row.store_id in stores:
            cell = lines[row.store_id].get(row.sold_on)
            if cell is not None:
                cell[0] += row.lines
                cell[1] += row.amount_cents
    found = []
    for store_id in sorted(lines, key=lambda one: (len(one), one)):
        own = lines[store_id]
        usual = median(cell[0] for cell in own.values())
        arrived = (ArrivedDay(day, own[day][0], own[day][1], _state(own[day][0], usual)) for day in days)
        found.append(StoreArrived(store_id, tuple(arrived)))
    return tuple(sorted(found, key=lambda one: -one.faults))


def _state(lines: int, usual: float) -> ArrivedState:
    if usual == 0:  # it sells on few days, so a day without lines says nothing
        return ArrivedState.FULL
    if lines == 0:
        return ArrivedState.MISSING
    return ArrivedState.THIN if lines < _THIN * usual else ArrivedState.FULL


def findings_view(warehouse: Warehouse, wanted: FindingsWanted, number: int) -> FindingsView:
    """Findings with the row as it stood.

    Args:
        warehouse: Where findings are kept.
        wanted: Which.
        number: Which page, from 1.
    """
    number = max(1, number)
    found = data_findings(warehouse, wanted=wanted, limit=number * _PAGE_ROWS)
    last = max(1, -(-found.total // _PAGE_ROWS))
    number = min(number, last)
    return FindingsView(found.total, number, last, found.findings[(number - 1) * _PAGE_ROWS : number * _PAGE_ROWS])
