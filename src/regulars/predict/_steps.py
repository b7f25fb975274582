"""The SQL of this stage, by table."""

from __future__ import annotations

from functools import cache

from regulars.contracts import SqlStep, read_step


@cache
def predict_step(table_name: str) -> SqlStep:
    """The step that makes a table of this stage."""
    return read_step("regulars.predict", f"{table_name}.sql")
