"""The shape of a table: columns with types and units, grain, where it lies."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column: `type` is text, integer, double, boolean, date or timestamp (UTC)."""

    name: str
    type: str
    nullable: bool = False
    note: str = ""


@dataclass(frozen=True)
class Table:
    """One table: `grain` names the columns that make a row unique; `bucketed` tables lie in household buckets.

    Rows that agree in the columns `versioned_by` are replaced together by those with a greater ``version``.
    """

    name: str
    columns: tuple[Column, ...]
    grain: tuple[str, ...]
    bucketed: bool = False
    note: str = ""
    versioned_by: tuple[str, ...] = ()

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(column.name for column in self.columns)


def shape(
    name: str, grain: str, columns: str, *, bucketed: bool = False, note: str = "", versioned_by: str = ""
) -> Table:
    """A table from a few lines of text: ``name type  -- note`` per column; ``?`` after the type means nullable."""
    parsed = []
    for entry in columns.strip().splitlines():
        spec, _, comment = entry.strip().partition("  -- ")
        column_name, column_type = spec.split()
        parsed.append(Column(column_name, column_type.rstrip("?"), column_type.endswith("?"), comment))
    return Table(name, tuple(parsed), tuple(grain.split()), bucketed, note, tuple(versioned_by.split()))
