"""Categories: all of them, and one as the marketing manager reads it."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import HTTPException, Request, Response

from regulars.bootstrap.office import categories_view, needs_by_category, one_category
from regulars.flows import CellRow
from regulars.flows.views import BrandShare, CategoryRow, NeedTiming, WeekSales

from ._export import exported
from ._render import office_of, page
from ._route import office_router

router = office_router()
MOVES_SHOWN = 12
ROWS = 50


@dataclass(frozen=True)
class MoveRow:
    """Households that went from one cell to another; empty modules stand for not buying at all."""

    brand_before: str
    usage_before: str
    brand_after: str
    usage_after: str
    households: int
    households_sure: int


@router.get("/categories", name="categories")
def categories(request: Request, q: str = "") -> Response:
    """All categories, that of most spending first; found by their name or that of a need in them."""
    day, rows = categories_view(office_of(request))
    wanted = q.strip().casefold()
    needs = needs_by_category(office_of(request)) if wanted else {}
    chosen = tuple(
        row for row in rows if wanted in f"{row.name}\n{row.category_id}\n{needs.get(row.category_id)}".casefold()
    )
    last = -(-len(chosen) // ROWS) or 1
    asked = request.query_params.get("page", "1")
    number = max(1, min(int(asked) if asked.isdecimal() and len(asked) < 6 else 1, last))
    shown = chosen[(number - 1) * ROWS : number * ROWS]
    tables = {"categories": (chosen, CategoryRow)}
    return exported(request, "categories", tables) or page(
        request, "categories.html", day=day, rows=shown, q=q, number=number, last=last
    )


@router.get("/categories/one", name="category")
def category(request: Request, id: str = "") -> Response:  # noqa: A002 - the name in the address
    """One category; its id is the source's own and may hold any character, so it is no part of the path."""
    view = one_category(office_of(request), id)
    if view is None:
        raise HTTPException(404)
    moves = [
        MoveRow(*before, *after, count, view.moves.households_sure[before, after])
        for (before, after), count in view.moves.households.items()
        if before != after
    ] if view.moves else []  # fmt: skip
    moves.sort(
        key=lambda row: (-row.households, row.brand_before, row.usage_before, row.brand_after, row.usage_after)
    )
    tables = {
        "cells": (view.cells.cells, CellRow),
        "moves": (moves, MoveRow),
        "brands": (view.brands, BrandShare),
        "weeks": (view.weeks, WeekSales),
        "timing": (view.timing, NeedTiming),
    }
    return exported(request, "category", tables) or page(
        request, "category.html", view=view, moves=moves[:MOVES_SHOWN], all_moves=len(moves), change=_net(moves)
    )


def _net(moves: list[MoveRow]) -> dict[tuple[str, str], int]:
    """By how many households each cell grew."""
    net: dict[tuple[str, str], int] = {}
    for row in moves:
        for cell, sign in (((row.brand_after, row.usage_after), 1), ((row.brand_before, row.usage_before), -1)):
            net[cell] = net.get(cell, 0) + sign * row.households
    return net
