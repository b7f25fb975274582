"""The nine cells, bound to a workspace: profiles of the days asked for are built where they are missing."""

from __future__ import annotations

from datetime import date

from regulars import flows
from regulars.flows import CellMoves, NineCells, Progress, TierHabits

from ._bound import build_profiles
from ._workspace import Workspace


def show_cells(workspace: Workspace, as_of_on: date, progress: Progress) -> list[NineCells]:
    """The nine cells of every category; see `flows.show_cells`."""
    build_profiles(workspace, as_of_on, progress)
    return flows.show_cells(workspace.warehouse, workspace.engine, as_of_on=as_of_on)


def cell_moves(
    workspace: Workspace, category_id: str, before_on: date, as_of_on: date, progress: Progress
) -> CellMoves:
    """Who moved between the cells of a category; see `flows.cell_moves`.

    Args:
        workspace: Where.
        category_id: The category.
        before_on: The earlier day.
        as_of_on: The later day.
        progress: Told of each household bucket.
    """
    for day in (before_on, as_of_on):
        build_profiles(workspace, day, progress)
    return flows.cell_moves(
        workspace.warehouse, workspace.engine, category_id, before_on=before_on, as_of_on=as_of_on
    )


def tier_habits(workspace: Workspace, as_of_on: date, progress: Progress) -> list[TierHabits]:
    """Share of wallet, deals and bands by tier; see `flows.tier_habits`."""
    build_profiles(workspace, as_of_on, progress)
    offers = workspace.settings.offers
    return flows.tier_habits(
        workspace.warehouse,
        workspace.list_policy.bands,
        as_of_on=as_of_on,
        cherry_percent=offers.cherry_picker_percent,
        cap_percent=offers.dependence_cap_percent,
    )
