"""The SQL of candidates, by table name."""

from __future__ import annotations

from functools import cache

from regulars.contracts import SqlStep, read_step


@cache
def offer_step(table_name: str) -> SqlStep:
    """The step that makes a table of this room: `catalogue`, `category_habits`, `plan_lines` or `candidates`."""
    return read_step("regulars.offers", f"{table_name}.sql")
