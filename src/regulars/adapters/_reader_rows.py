"""A source file's rows as SQL: what its lines are, what its cells are, and what is wrong with a line as a whole.

Text cells mean the same in every format: blanks around them go, and an empty one is nothing. A Parquet column's own
type says what it may be read as; what no rule could make sense of is refused before a row is read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from regulars.contracts import Table
from regulars.ingest import ColumnSource, FileMapping
from regulars.kernel import ConfigError

from ._reader_lines import UNREADABLE, Fault
from ._reader_text import NUMBER_MARKS, PLACEHOLDER, TextFile, shown

PICKED = "picked.parquet"
"""File with lines of a CSV file that are looked up by their numbers."""

_EXACT_MAX = 2**53
"""Whole numbers from here on are not exact in a binary fraction, so two ids could have become one."""

_NAMED = ("text", "integer", "fraction", "decimal")
_DAYS = (*_NAMED, "date", "timestamp", "instant")
_ACCEPTED = {
    "text": _DAYS,
    "integer": _NAMED,
    "boolean": (*_NAMED, "boolean"),
    "date": _DAYS,
    "timestamp": _DAYS,
}
"""Type of a table's column → what the file's column may be."""


@dataclass(frozen=True)
class Rule:
    """One thing that may be wrong with a row.

    Args:
        column: Column of the table, or empty for the whole line.
        name: ``date-in-range``.
        expected: What was expected, for the message.
        broken: SQL over the typed columns (``x``) and what was given for them (``given_x``).
    """

    column: str
    name: str
    expected: str
    broken: str


@dataclass(frozen=True)
class RowSource:
    """The rows of a file as SQL: a relation with ``source_line`` and one expression for each of the file's columns.

    Args:
        relation: ``SELECT … `` giving ``source_line`` and what the expressions read.
        cells: Column of the file → expression; null when the cell says nothing.
        types: Column of the file → ``text``, ``integer``, ``fraction`` (binary), ``decimal``, ``boolean``, ``date``,
            ``timestamp`` (of no zone) or ``instant`` (in UTC).
        relation_with_raw: The same with ``raw``, the row as it stood; of a CSV file only the lines that are looked up.
        rules: Rules of the format, before those of the columns.
        place: The line a finding names, over the relation ``s``.
        sound: SQL that is true only where none of these is broken, if there is a short form.
        head: What a row as it stood needs to be read again.
        text: The CSV file whose lines these are, to look them up.
        number_marks: Those of `NUMBER_MARKS` that may stand in its cells.
    """

    relation: str
    cells: dict[str, str]
    types: dict[str, str]
    relation_with_raw: str
    rules: tuple[Rule, ...] = ()
    place: str = "s.source_line"
    sound: str = ""
    head: str = ""
    text: TextFile | None = None
    number_marks: str = NUMBER_MARKS


def quoted(identifier: str) -> str:
    """An identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text."""
    return "'" + text.replace("'", "''") + "'"


def file_list(paths: Sequence[Path]) -> str:
    """A list of file names for `read_parquet`."""
    return "[" + ", ".join(literal(str(path)) for path in paths) + "]"


def as_text(cell: str, kind: str) -> str:
    """A cell as text; a number with a fraction must be whole, ``34.0`` is ``34``, and anything else is null."""
    if kind == "text":
        return cell
    if kind == "fraction":
        whole = f"{cell} % 1 = 0 AND abs({cell}) < {_EXACT_MAX}"
        return f"CASE WHEN {whole} THEN CAST(TRY_CAST({cell} AS BIGINT) AS VARCHAR) END"
    if kind == "decimal":
        return f"CASE WHEN {cell} % 1 = 0 THEN CAST(TRY_CAST({cell} AS HUGEINT) AS VARCHAR) END"
    return f"CAST({cell} AS VARCHAR)"


def text_rows(file: TextFile, mapping: FileMapping, scratch: Path) -> RowSource:
    """Rows of a CSV file: plain lines as the reader splits them, odd ones as they were taken apart.

    Args:
        file: The file, looked through.
        mapping: How it is written.
        scratch: Folder of the file `PICKED`, in which lines are looked up with their text.
    """
    names = [f"c{number}" for number in range(1, len(file.header) + 1)]
    columns = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in names) + "}"
    quote = '"' if file.has_quotes else ""
    tokens = ("", *mapping.empty)
    nothing = "[" + ", ".join(map(literal, tokens)) + "]"
    passed = ""
    if file.has_runs:
        count = f"CASE WHEN starts_with(c1, {literal(PLACEHOLDER)}) THEN TRY_CAST(substr(c1, 2) AS BIGINT) END"
        passed = f" + CAST(sum(COALESCE({count}, 0)) OVER (ROWS UNBOUNDED PRECEDING) AS BIGINT)"
    plain = (
        f"SELECT row_number() OVER () + 1{passed} AS source_line, 0 AS fault, {', '.join(names)} FROM "
        f"read_csv({literal(str(file.path))}, columns = {columns}, auto_detect = false, header = false, skip = 1, "
        f"delim = {literal(mapping.text.delimiter)}, quote = '{quote}', escape = '{quote}', new_line = '\\n', "
        f"nullstr = {nothing})"
    )
    if file.has_blanks:
        said = ", ".join(f"{_said(f'trim({name})', 'text', tokens)} AS {name}" for name in names)
        plain = f"SELECT source_line, fault, {said} FROM ({plain})"
    if file.path != file.source:
        plain = f"SELECT * FROM ({plain}) WHERE NOT starts_with(COALESCE(c1, ''), {literal(PLACEHOLDER)})"
    looked_up = f"SELECT * FROM read_parquet({file_list([scratch / PICKED])})"
    if file.odd is not None:
        odd = f"read_parquet({file_list([file.odd])})"
        plain += f" UNION ALL SELECT source_line, fault, {', '.join(names)} FROM {odd}"
        looked_up += f" UNION ALL SELECT * FROM {odd}"
    cells = dict(zip(file.header, names, strict=True))
    return RowSource(
        plain,
        cells,
        dict.fromkeys(file.header, "text"),
        looked_up,
        rules=_line_rules(len(file.header)),
        sound="fault = 0",
        head=file.head,
        text=file,
        number_marks=file.number_marks,
    )


def _line_rules(cells: int) -> tuple[Rule, ...]:
    """Rules on a line as a whole."""
    readable = _readable_rule("")
    return (
        Rule("", readable.name, readable.expected, f"fault = {Fault.UNREADABLE:d}"),
        Rule(
            "", "quotes-are-paired", "every quote to be closed, and to close a cell", f"fault = {Fault.QUOTES:d}"
        ),
        Rule("", "cells-are-as-many-as-columns", f"{cells} cells", f"fault = {Fault.CELLS:d}"),
    )


def parquet_rows(path: Path, mapping: FileMapping, contract: Table, types: dict[str, str]) -> RowSource:
    """Rows of a Parquet file; a line is its row, from 1.

    Args:
        path: The file.
        mapping: How it is read.
        contract: The table it becomes.
        types: All its columns and their types in DuckDB's words.

    Raises:
        ConfigError: A column's type cannot become what the table holds.
    """
    kinds = {name: _kind(kind) for name, kind in types.items()}
    used = sorted({c.file_column for c in mapping.columns if c.file_column in types})
    for source in mapping.columns:
        if source.file_column in types:
            _require_type(path, contract, source, types[source.file_column], kinds[source.file_column])
    columns = "".join(f", {_readable(name, kinds[name])} AS {quoted('file_' + name)}" for name in used)
    everything = ", ".join(f"{literal(name)}: {_readable(name, kind)}" for name, kind in kinds.items())
    origin = f" FROM read_parquet({file_list([path])}, file_row_number = true)"
    relation = f"SELECT file_row_number + 1 AS source_line{columns}"
    raw = f", CAST(to_json({{{everything}}}) AS VARCHAR) AS raw"
    cells = {name: _parquet_cell(quoted("file_" + name), kinds[name], mapping.empty) for name in used}
    texts = [quoted("file_" + name) for name in used if kinds[name] == "text"]
    rules = (_readable_rule(*texts),) if texts else ()
    head = json.dumps({name: type_name if kinds[name] else "JSON" for name, type_name in types.items()})
    return RowSource(relation + origin, cells, kinds, relation + raw + origin, rules, head=head)


def _readable_rule(*texts: str) -> Rule:
    """No control characters but a tab, and nothing that was no text."""
    codes = "".join(f"\\x{code:02x}" for code in (*range(32), 127) if chr(code) != "\t")
    pattern = literal(f"[{codes}{UNREADABLE}]")
    return Rule(
        "",
        "text-is-readable",
        "text in the file's encoding, without control characters",
        "(" + " OR ".join(f"COALESCE(regexp_matches({text}, {pattern}), false)" for text in texts) + ")",
    )


def _kind(type_name: str) -> str:
    """What a column is, by DuckDB's name of its type; empty for what no mapping can use."""
    if type_name in {"VARCHAR", "UUID", '"NULL"'} or type_name.startswith("ENUM"):
        return "text"
    if type_name.endswith(("INT", ",0)")) or type_name == "INTEGER":
        return "integer"
    if type_name in {"FLOAT", "DOUBLE"}:
        return "fraction"
    if type_name.startswith("TIMESTAMP") and not type_name.endswith("]"):
        return "instant" if "TZ" in type_name or "ZONE" in type_name else "timestamp"
    if type_name.startswith("DECIMAL") and not type_name.endswith("]"):
        return "decimal"
    return type_name.lower() if type_name in {"BOOLEAN", "DATE"} else ""


def _require_type(path: Path, contract: Table, source: ColumnSource, type_name: str, kind: str) -> None:
    column = next(c for c in contract.columns if c.name == source.target)
    accepted = _ACCEPTED["text" if source.rank_by else column.type]
    if kind in accepted or (kind == "boolean" and source.codes):
        return
    raise ConfigError(
        f"{path}: the column {shown(source.file_column or '')!r} holds {shown(type_name)}, which cannot become "
        f"{contract.name}.{column.name}; expected {', '.join(_ACCEPTED[column.type])}",
        hint="write the column with another type, or read another column in the mapping",
    )


def _readable(name: str, kind: str) -> str:
    """A column; a day or stamp outside the years 1 to 9999 stands as the year 1, for it could not be written out."""
    column = quoted(name)
    if kind in {"timestamp", "instant"}:
        zone = " WITH TIME ZONE" if kind == "instant" else ""
        stamp = f"CAST({column} AS TIMESTAMP{zone})"
        first, last = -62_135_596_800_000_000, 253_402_300_799_999_999
        inside = f"epoch_us({stamp}) BETWEEN {first} AND {last}"
        clock = f"timezone('UTC', {stamp})" if zone else stamp
        return f"CASE WHEN {inside} OR {column} IS NULL THEN {clock} ELSE TIMESTAMP '0001-01-01' END"
    if kind == "date":
        inside = f"{column} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"
        return f"CASE WHEN {inside} OR {column} IS NULL THEN {column} ELSE DATE '0001-01-01' END"
    return f"CAST({column} AS VARCHAR)" if kind == "text" else column


def _parquet_cell(column: str, kind: str, empty: Sequence[str]) -> str:
    if kind == "text":
        return _said(f"trim({column})", kind, ("", *empty))
    if kind == "fraction":
        # Not isnan(): DuckDB answers it from the file's statistics, which leave out what is no number.
        column = (
            f"CASE WHEN NOT isfinite({column}) AND CAST({column} AS VARCHAR) = 'nan' THEN NULL ELSE {column} END"
        )
    return _said(f"({column})", kind, empty) if kind in _NAMED and empty else column


def _said(cell: str, kind: str, empty: Sequence[str]) -> str:
    """A cell, or null when it stands for nothing."""
    tokens = ", ".join(map(literal, empty))
    return f"CASE WHEN COALESCE({as_text(cell, kind)}, 'something') IN ({tokens}) THEN NULL ELSE {cell} END"
