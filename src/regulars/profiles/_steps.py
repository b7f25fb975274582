"""The SQL of this stage, by table."""

from __future__ import annotations

from functools import cache

from regulars.contracts import SqlStep, read_step

BUCKET_STEPS = (
    "open_lines",
    "household_value",
    "household_products",
    "household_needs",
    "household_categories",
    "household_deals",
    "till_prices",
    "price_counts",
)
"""Tables local to a household bucket that need no other bucket, in the order they are built."""


@cache
def profile_step(table_name: str) -> SqlStep:
    """The step that makes a table of this stage."""
    return read_step("regulars.profiles", f"{table_name}.sql")
