"""Commands about cells: `cells show`, `cells moves`."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import click

from regulars.kernel import CYCLE_DAYS, ConfigError, ContractError, dollars

from ._common import DAY, as_of_option, in_workspace, json_option, require_day, say, say_json, say_table
from ._progress import TerminalProgress

if TYPE_CHECKING:
    from regulars.bootstrap import Workspace
    from regulars.flows import CellMoves, NineCells

_SHORT = {"national": "nat", "switcher": "swi", "own": "own", "light": "L", "medium": "M", "heavy": "H", "": "-"}


@click.group()
def cells() -> None:
    """Whose brands households buy in a category, and how much: nine cells."""


@cells.command("show")
@click.argument("category_id", required=False, metavar="[CATEGORY]")
@as_of_option
@in_workspace
@json_option
def cells_show(
    workspace: Workspace, *, category_id: str | None, as_of_on: datetime.date | None, as_json: bool
) -> None:
    """The nine cells of a category; without CATEGORY, how many households each category has in each cell."""
    from regulars.bootstrap import show_cells

    with workspace.working("cells show"):
        day = require_day(workspace, as_of_on)
        found = show_cells(workspace, day, TerminalProgress())
    if category_id is not None:
        found = [one for one in found if one.category_id == category_id]
        if not found:
            raise ContractError(
                f"nobody bought in a category {category_id!r} in the half-year before {day}",
                hint="`regulars cells show` lists the categories, as the source names them",
            )
    if as_json:
        say_json(found)
        return
    if category_id is None:
        _tell_categories(found)
    else:
        _tell_cells(found[0])


def _tell_categories(found: list[NineCells]) -> None:
    heads = (
        [f"{_SHORT[cell.brand_module]} {_SHORT[cell.usage_module]}" for cell in found[0].cells] if found else []
    )
    rows = [
        (one.category_id, one.households, dollars(one.amount_cents), *(cell.households for cell in one.cells))
        for one in found
    ]
    say_table(("category", "households", "spent", *heads), rows)


def _tell_cells(one: NineCells) -> None:
    say(f"{one.category_id}: {one.households:,} households spent {dollars(one.amount_cents)} in 182 days.")
    say_table(
        ("brand", "usage", "households", "of them a guess", "spent"),
        [
            (c.brand_module, c.usage_module, c.households, c.households_few, dollars(c.amount_cents))
            for c in one.cells
        ],
    )
    say("A guess: bought on one or two days only.")


@cells.command("moves")
@click.argument("category_id", metavar="CATEGORY")
@as_of_option
@click.option(
    "--since",
    "before_on",
    type=DAY,
    metavar="DATE",
    help="The earlier day; the cycle before by default.",
)
@in_workspace
@json_option
def cells_moves(
    workspace: Workspace,
    *,
    category_id: str,
    as_of_on: datetime.date | None,
    before_on: datetime.date | None,
    as_json: bool,
) -> None:
    """Who moved between a category's nine cells from one day to another.

    Cells rest on half a year, so of two neighbouring cycles most households stay; --since reaches further back.
    """
    from regulars.bootstrap import cell_moves

    with workspace.working("cells moves"):
        day = require_day(workspace, as_of_on)
        since = before_on or day - datetime.timedelta(days=CYCLE_DAYS)
        if since >= day:
            raise ConfigError(f"--since {since} is not before {day}; expected an earlier day")
        moves = cell_moves(workspace, category_id, since, day, TerminalProgress())
    if as_json:
        say_json(_as_json(moves))
        return
    rows = moves.rows()
    heads = [f"{_SHORT[brand]} {_SHORT[usage]}".strip() for (brand, usage), _ in rows]
    heads[-1] = "left"
    say(f"{category_id}: from {moves.before_on} (rows) to {moves.as_of_on} (columns)")
    names = [*(" ".join(cell) for cell, _ in rows[:-1]), "came"]
    say_table(("households", *heads), [(name, *counts) for name, (_, counts) in zip(names, rows, strict=True)])
    sure = sum(moves.households_sure.values())
    say(f"{moves.stayed:,} stayed, {moves.moved:,} moved; {sure:,} bought on three days or more on both sides.")


def _as_json(moves: CellMoves) -> dict[str, object]:
    entries = [
        {
            "before": " ".join(before).strip(),
            "after": " ".join(after).strip(),
            "households": count,
            "households_sure": moves.households_sure[before, after],
        }
        for (before, after), count in sorted(moves.households.items())
    ]
    return {
        "category_id": moves.category_id,
        "before_on": moves.before_on,
        "as_of_on": moves.as_of_on,
        "stayed": moves.stayed,
        "moved": moves.moved,
        "moves": entries,
    }
