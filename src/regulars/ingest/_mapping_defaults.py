"""What a mapping may leave out: what the shipped mapping `plain` lets a file lack, and what columns hold then."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any


def shipped_text(name: str) -> str:
    """The text of a mapping that comes with the package."""
    return resources.files(__package__).joinpath("mappings", f"{name}.toml").read_text(encoding="utf-8")


@cache
def left_out(kind: str, file_format: str, *, composed_name: bool = False) -> Mapping[str, Any]:
    """Columns an entry need not name, as a mapping would write what they hold then.

    Args:
        kind: The table.
        file_format: Of the file; a POSLog's columns are the reader's own, so that none needs to be named.
        composed_name: Whether names are put together from other columns; none of these is then taken from the name.

    Example:
        >>> left_out("prices", "csv")
        {'known_from_on': {'same_as': 'from_on'}}
    """
    entries = tomllib.loads(shipped_text("plain"))["file"]
    if file_format == "poslog":
        return next((dict(entry["columns"]) for entry in entries if entry["format"] == "poslog"), {})
    columns = next(entry["columns"] for entry in entries if entry["kind"] == kind)
    said = {
        name: {key: value for key, value in column.items() if key in {"constant", "same_as"}}
        for name, column in columns.items()
        if isinstance(column, dict) and column.get("optional")
    }
    if composed_name:
        said = {name: default for name, default in said.items() if default.get("same_as") != "name"}
    return {name: default for name, default in said.items() if default}
