"""Look at the nine cells of categories, and at who moved between them from one day to another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from regulars.contracts import CELLS
from regulars.kernel import ContractError

from ._category_counts import CountedDay, counted
from ._names import snapshot
from ._ports import Engine, Warehouse

CellName = tuple[str, str]
"""Brand module and usage module; both empty for a household that did not buy in the category."""

NO_CELL: CellName = ("", "")


@dataclass(frozen=True)
class CellRow:
    """One cell of a category.

    Args:
        brand_module: National, switcher or own.
        usage_module: Light, medium or heavy.
        households: Households in it.
        households_few: Of them, those that bought on one or two days: their cell is a guess.
        amount_cents: What they spent in the category in 182 days.
    """

    brand_module: str
    usage_module: str
    households: int
    households_few: int
    amount_cents: int


@dataclass(frozen=True)
class NineCells:
    """The nine cells of one category, brand by brand, each from light to heavy."""

    category_id: str
    cells: tuple[CellRow, ...]

    @property
    def households(self) -> int:
        """Households that buy in the category."""
        return sum(cell.households for cell in self.cells)

    @property
    def amount_cents(self) -> int:
        """What they spend there in 182 days."""
        return sum(cell.amount_cents for cell in self.cells)


@dataclass(frozen=True)
class CellMoves:
    """Who moved between the cells of a category.

    Args:
        category_id: The category.
        before_on: The earlier day.
        as_of_on: The later day.
        households: By cell before and cell after; a household that bought on neither side is not counted.
        households_sure: The same, of those that bought on three days or more on both sides.
    """

    category_id: str
    before_on: date
    as_of_on: date
    households: Mapping[tuple[CellName, CellName], int]
    households_sure: Mapping[tuple[CellName, CellName], int]

    @property
    def stayed(self) -> int:
        """Households whose cell is the same on both days."""
        return sum(count for (before, after), count in self.households.items() if before == after)

    @property
    def moved(self) -> int:
        """Households that were in a cell on both days, in another on the later one."""
        both = {pair: count for pair, count in self.households.items() if NO_CELL not in pair}
        return sum(both.values()) - self.stayed

    def rows(self) -> list[tuple[CellName, list[int]]]:
        """Each cell before with the counts of the cells after, in the order of `CELLS`; then those who came or left."""
        order: list[CellName] = [*((brand.value, usage.value) for brand, usage in CELLS), NO_CELL]
        return [(before, [self.households.get((before, after), 0) for after in order]) for before in order]


def show_cells(warehouse: Warehouse, engine: Engine, *, as_of_on: date) -> list[NineCells]:
    """The nine cells of every category, the category of most spending first.

    Args:
        warehouse: Holds the profiles of the day.
        engine: Runs the SQL.
        as_of_on: The day.

    Raises:
        ContractError: The day has no profiles.
    """
    _check(warehouse, as_of_on)
    rows = counted(warehouse, engine, "cell_counts", CountedDay(as_of_on))
    found: dict[str, dict[CellName, Counter[str]]] = {}
    for row in rows:
        cell = found.setdefault(row["category_id"], {}).setdefault(
            (row["brand_module"], row["usage_module"]), Counter()
        )
        cell["households"] += row["households"]
        cell["amount_cents"] += row["amount_cents"]
        cell["few"] += row["households"] if row["sureness"] == "few" else 0
    categories = [NineCells(category_id, _nine(cells)) for category_id, cells in found.items()]
    return sorted(categories, key=lambda one: (-one.amount_cents, one.category_id))


def cell_moves(
    warehouse: Warehouse, engine: Engine, category_id: str, *, before_on: date, as_of_on: date
) -> CellMoves:
    """Who moved between a category's cells from one day to another.

    Args:
        warehouse: Holds the profiles of both days.
        engine: Runs the SQL.
        category_id: The category.
        before_on: The earlier day.
        as_of_on: The later day.

    Raises:
        ContractError: A day has no profiles, or nobody bought in the category on either.
    """
    for day in (before_on, as_of_on):
        _check(warehouse, day)
    mine = counted(warehouse, engine, "cell_moves", CountedDay(as_of_on, before_on), category_id)
    if not mine:
        raise ContractError(
            f"nobody bought in the category {category_id!r} in the half-years before {before_on} and {as_of_on}",
            hint="`regulars cells show` lists the categories, as the source names them",
        )
    pairs = {
        ((row["brand_before"], row["usage_before"]), (row["brand_after"], row["usage_after"])): row for row in mine
    }
    return CellMoves(
        category_id,
        before_on,
        as_of_on,
        {pair: row["households"] for pair, row in pairs.items()},
        {pair: row["households_sure"] for pair, row in pairs.items()},
    )


def _nine(cells: Mapping[CellName, Counter[str]]) -> tuple[CellRow, ...]:
    return tuple(
        CellRow(brand, usage, counted["households"], counted["few"], counted["amount_cents"])
        for brand, usage in CELLS
        for counted in [cells.get((brand, usage), Counter())]
    )


def _check(warehouse: Warehouse, as_of_on: date) -> None:
    if not warehouse.has(snapshot(as_of_on, "household_cells")):
        raise ContractError(
            f"there are no profiles as of {as_of_on}, which the cells are a part of",
            hint=f"run `regulars profiles build --as-of {as_of_on}` first",
        )
