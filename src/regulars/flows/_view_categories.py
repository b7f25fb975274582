"""A category as the marketing manager reads it: its nine cells, who moved, whose brands, when, own against national."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from regulars.ingest import pretty_need
from regulars.kernel import CYCLE_DAYS

from ._category_counts import CountedDay, counted
from ._cells import CellMoves, NineCells, cell_moves
from ._names import snapshot, snapshot_days
from ._ports import Engine, Warehouse

OWN, NATIONAL = "own", "national"
WEEKS = 26
LONG_GAP = 999
"""Class of usual gaps longer than the longest class."""


@dataclass(frozen=True)
class CategoryRow:
    """One category in the list of all.

    Args:
        category_id: Its id, as the source writes it.
        name: As a person writes it.
        households: Households that buy in it.
        amount_cents: What they spend there in 182 days.
        own_households: Households that buy the store's own brands there.
        national_households: Households that buy national brands.
        switchers: Households that buy both.
        heavy_cents: What heavy users spend.
    """

    category_id: str
    name: str
    households: int
    amount_cents: int
    own_households: int
    national_households: int
    switchers: int
    heavy_cents: int


@dataclass(frozen=True)
class BrandShare:
    """One vendor's brands in a category."""

    vendor_id: str
    brand_kind: str
    households: int
    amount_cents: int


@dataclass(frozen=True)
class WeekSales:
    """What a category sold in the seven days from a day on, own brands beside national ones. Cents."""

    from_on: date
    own_cents: int
    national_cents: int


@dataclass(frozen=True)
class NeedTiming:
    """How often households come back for one need.

    Args:
        need_id: The need.
        name: As a person writes it.
        households: Households that bought it on three days or more, by class of their usual gap, ascending.
    """

    need_id: str
    name: str
    households: tuple[tuple[int, int], ...]

    @property
    def total(self) -> int:
        """All these households."""
        return sum(count for _, count in self.households)

    @property
    def middle_days(self) -> int:
        """Class of the middle household's gap."""
        seen = 0
        for gap_days, count in self.households:
            seen += count
            if 2 * seen >= self.total:
                return gap_days
        return LONG_GAP


@dataclass(frozen=True)
class CategoryView:
    """One category.

    Args:
        as_of_on: Day of the profiles.
        row: Its line in the list of all.
        cells: The nine cells.
        moves: Who moved since the last cycle's profiles; None without these.
        brands: Whose brands, the most spending first.
        weeks: Week by week, the oldest first.
        timing: Its needs, that of most households first.
    """

    as_of_on: date
    row: CategoryRow
    cells: NineCells
    moves: CellMoves | None
    brands: tuple[BrandShare, ...]
    weeks: tuple[WeekSales, ...]
    timing: tuple[NeedTiming, ...]

    @property
    def own_share(self) -> float:
        """Share of spending on the store's own brands, 0..1."""
        total = sum(brand.amount_cents for brand in self.brands)
        own = sum(brand.amount_cents for brand in self.brands if brand.brand_kind == OWN)
        return own / total if total else 0.0


def category_rows(cells: Sequence[NineCells]) -> tuple[CategoryRow, ...]:
    """The list of all categories, that of most spending first.

    Args:
        cells: What `show_cells` counted.
    """
    return tuple(_row(one) for one in cells)


def profile_days(warehouse: Warehouse) -> list[date]:
    """Days that have profiles, ascending."""
    return snapshot_days(warehouse.datasets(), "household_cells")


def category_view(
    warehouse: Warehouse, engine: Engine, cells: Sequence[NineCells], category_id: str, *, as_of_on: date
) -> CategoryView | None:
    """One category; None if nobody bought in it.

    Args:
        warehouse: Holds the profiles of the day.
        engine: Runs the SQL.
        cells: What `show_cells` counted.
        category_id: The category.
        as_of_on: Day of the profiles.
    """
    mine = next((one for one in cells if one.category_id == category_id), None)
    if mine is None:
        return None

    def rows_of(table_name: str) -> list[dict[str, Any]]:
        return counted(warehouse, engine, table_name, CountedDay(as_of_on), category_id)

    before_on = as_of_on - timedelta(days=CYCLE_DAYS)
    moves = None
    if warehouse.has(snapshot(before_on, "household_cells")):
        moves = cell_moves(warehouse, engine, category_id, before_on=before_on, as_of_on=as_of_on)
    brands = [
        BrandShare(
            str(row["vendor_id"]), str(row["brand_kind"]), _int(row["households"]), _int(row["amount_cents"])
        )
        for row in rows_of("category_brands")
    ]
    return CategoryView(
        as_of_on,
        _row(mine),
        mine,
        moves,
        tuple(sorted(brands, key=lambda one: (-one.amount_cents, one.vendor_id, one.brand_kind))),
        _weeks(rows_of("category_weeks"), as_of_on),
        _timing(rows_of("category_gaps"), category_id),
    )


def _row(one: NineCells) -> CategoryRow:
    by_brand: dict[str, int] = defaultdict(int)
    for cell in one.cells:
        by_brand[cell.brand_module] += cell.households
    return CategoryRow(
        one.category_id,
        pretty_need(one.category_id),
        one.households,
        one.amount_cents,
        by_brand[OWN],
        by_brand[NATIONAL],
        by_brand["switcher"],
        sum(cell.amount_cents for cell in one.cells if cell.usage_module == "heavy"),
    )


def _weeks(rows: Sequence[dict[str, object]], as_of_on: date) -> tuple[WeekSales, ...]:
    sums: dict[tuple[int, str], int] = defaultdict(int)
    for row in rows:
        sums[_int(row["week"]), OWN if row["brand_kind"] == OWN else NATIONAL] += _int(row["amount_cents"])
    return tuple(
        WeekSales(as_of_on - timedelta(days=7 * (week + 1)), sums[week, OWN], sums[week, NATIONAL])
        for week in reversed(range(WEEKS))
    )


def _timing(rows: Sequence[dict[str, object]], category_id: str) -> tuple[NeedTiming, ...]:
    classes: dict[str, dict[int, int]] = defaultdict(dict)
    for row in rows:
        classes[str(row["need_id"])][_int(row["gap_days"])] = _int(row["households"])
    made = [
        NeedTiming(need_id, pretty_need(need_id, category_id), tuple(sorted(counts.items())))
        for need_id, counts in classes.items()
    ]
    return tuple(sorted(made, key=lambda one: (-one.total, one.need_id)))


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
