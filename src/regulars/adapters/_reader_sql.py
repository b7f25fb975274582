"""The SQL that turns a source file's rows into a table's: built from a mapping and the table's contract.

Names are quoted and values are literals of our own making; nothing of a file's content ever stands in a statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from regulars.contracts import Column, DealKind, DealState, Table
from regulars.ingest import ColumnSource, FileMapping
from regulars.kernel import ConfigError

from ._reader_deals import rung_faults
from ._reader_text import LINE_END, UNREADABLE

PERIOD_COLUMNS = {"lines": "sold_on", "promotions": "from_on"}
"""Tables cut by month, and the day that decides."""

EMPTY_ALLOWED = frozenset({"lane_id", "display", "mailer", "size_text", "name"})
"""Texts that may be empty although the column is not nullable."""

_ALLOWED = {
    ("products", "brand_kind"): ("own", "national"),
    ("deals", "brand_kind"): ("own", "national"),
    ("deals", "kind"): tuple(kind.value for kind in DealKind),
    ("deals", "state"): tuple(state.value for state in DealState),
}
_JSON_LISTS = frozenset({"rungs", "product_ids", "store_ids"})
_SIGNED = frozenset({"amount_cents", "quantity_milli"})
_RAW_CHARACTERS_MAX = 500
_CENTS_MAX = 10_000_000
_MILLI_MAX = 1_000_000_000
_DAY_MIN, _DAY_MAX = "1990-01-01", "2100-01-01"
_TYPES = {"text": "VARCHAR", "integer": "BIGINT", "boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP"}


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
        cells: Column of the file → expression; text for CSV, the file's own type for Parquet.
        is_text: Whether the expressions are text.
        relation_with_raw: The same with ``raw``, the row as it stood.
        rules: Rules of the format, before those of the columns.
    """

    relation: str
    cells: dict[str, str]
    is_text: bool
    relation_with_raw: str
    rules: tuple[Rule, ...] = ()


def quoted(identifier: str) -> str:
    """An identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text."""
    return "'" + text.replace("'", "''") + "'"


def file_list(paths: Sequence[Path]) -> str:
    """A list of file names for `read_parquet`."""
    return "[" + ", ".join(literal(str(path)) for path in paths) + "]"


class RowStatement:
    """The statement for one file.

    Args:
        mapping: How the file is read.
        contract: The table it becomes.
        rows: Its rows.
    """

    def __init__(self, mapping: FileMapping, contract: Table, rows: RowSource) -> None:
        self._mapping = mapping
        self._contract = contract
        self._rows = rows
        self._sources = {source.target: source for source in mapping.columns}
        self.rules = (*rows.rules, *self._column_rules(), *_pair_rules(contract))

    def text(self) -> str:
        """Table's columns, ``source_line``, ``broken`` (number of the first broken rule, from 1) and ``part``."""
        names = ", ".join(quoted(column.name) for column in self._contract.columns)
        given = ", ".join(
            f"{self._given(column)} AS {quoted('given_' + column.name)}" for column in self._contract.columns
        )
        typed = ", ".join(f"{self._typed(column)} AS {quoted(column.name)}" for column in self._contract.columns)
        cases = " ".join(f"WHEN {rule.broken} THEN {n}" for n, rule in enumerate(self.rules, start=1))
        return (
            f"WITH source AS ({self._rows.relation}), "
            f"given AS (SELECT *, {given} FROM source), "
            f"typed AS (SELECT *, {typed} FROM given), "
            f"checked AS (SELECT *, CASE {cases} ELSE 0 END AS broken FROM typed) "
            f"SELECT {names}, source_line, broken, "
            f"CASE WHEN broken > 0 THEN 'refused' ELSE {self._part()} END AS part FROM checked"
        )

    def _part(self) -> str:
        day = PERIOD_COLUMNS.get(self._contract.name)
        if day is None:
            return "'all'"
        return f"CAST(year({quoted(day)}) * 100 + month({quoted(day)}) AS VARCHAR)"

    def _given(self, column: Column) -> str:
        """What the file says for a column, before it is typed; null when it says nothing."""
        source = self._sources[column.name]
        file_column = source.file_column
        if file_column is not None and file_column not in self._rows.cells:
            assert source.optional
            file_column = None
        if file_column is not None:
            return self._cell(file_column)
        if source.constant is not None:
            return literal(source.constant)
        if source.same_as is not None:
            return self._given_of_other(source)
        return "NULL"

    def _given_of_other(self, source: ColumnSource) -> str:
        other = self._sources[source.same_as or ""]
        if other.same_as is not None and other.file_column is None:
            raise ConfigError(
                f"{source.target} is the same as {other.target}, which is itself the same as another column",
                hint="name the first of them in the mapping",
            )
        return self._given(next(c for c in self._contract.columns if c.name == other.target))

    def _cell(self, file_column: str) -> str:
        cell = self._rows.cells[file_column]
        if not self._rows.is_text:
            return cell
        trimmed = f"trim({cell})"
        tokens = ", ".join(literal(token) for token in ("", *self._mapping.empty))
        return f"CASE WHEN {trimmed} IN ({tokens}) THEN NULL ELSE {trimmed} END"

    def _typed(self, column: Column) -> str:
        source = self._sources[column.name]
        if source.composed:
            return "''"
        value = self._converted(column, source, quoted("given_" + column.name))
        if column.type == "text" and (column.name in EMPTY_ALLOWED):
            return f"COALESCE({value}, '')"
        return value

    def _converted(self, column: Column, source: ColumnSource, given: str) -> str:
        if source.rank_by is not None:
            return self._rank(given)
        if source.same_as is not None and not self._reads_file(source):
            other = self._sources[source.same_as]
            column_of_other = next(c for c in self._contract.columns if c.name == other.target)
            value = self._converted(column_of_other, other, given)
            return _shifted(value, source.plus_days)
        if source.codes:
            given = _decoded(source, given)
        if column.type == "text":
            return f"CAST({given} AS VARCHAR)"
        if column.type == "date":
            return _shifted(self._day(source, given), source.plus_days)
        if column.type == "timestamp":
            return self._stamp(source, given)
        if column.type == "integer":
            return self._integer(source, given)
        return f"TRY_CAST({given} AS {_TYPES[column.type]})"

    def _reads_file(self, source: ColumnSource) -> bool:
        return source.file_column is not None and source.file_column in self._rows.cells

    def _rank(self, given: str) -> str:
        """Number within the transaction; equal values share it, so that a line that stands twice is seen as one."""
        store, transaction = quoted("given_store_id"), quoted("given_transaction_id")
        return (
            f"CAST(DENSE_RANK() OVER (PARTITION BY {store}, {transaction} "
            f"ORDER BY TRY_CAST({given} AS BIGINT), CAST({given} AS VARCHAR)) AS BIGINT)"
        )

    def _day(self, source: ColumnSource, given: str) -> str:
        if source.weeks_from_on is not None:
            first = literal(source.weeks_from_on.isoformat())
            week = f"TRY_CAST({given} AS INTEGER)"
            return f"CASE WHEN {week} BETWEEN 1 AND 5000 THEN CAST({first} AS DATE) + 7 * ({week} - 1) END"
        if source.business_day_of is not None:
            stamp = self._stamp(source, given)
            return f"CAST({_in_zone(stamp, self._mapping.store_zone)} AS DATE)"
        if source.pattern and self._rows.is_text:
            return f"CAST(try_strptime({given}, {literal(source.pattern)}) AS DATE)"
        return f"TRY_CAST({given} AS DATE)"

    def _stamp(self, source: ColumnSource, given: str) -> str:
        if source.pattern and self._rows.is_text:
            stamp = f"try_strptime({given}, {literal(source.pattern)})"
        else:
            stamp = f"TRY_CAST({given} AS TIMESTAMP)"
        return _to_utc(stamp, self._mapping.stamps_zone)

    def _integer(self, source: ColumnSource, given: str) -> str:
        sign = "-" if source.negative else ""
        if not source.unit:
            return f"{sign}TRY_CAST({self._number(given)} AS BIGINT)"
        factor = {"dollars": 100, "cents": 1, "units": 1000, "thousandths": 1}[source.unit]
        scaled = f"(TRY_CAST({self._number(given)} AS DECIMAL(14, 4)) * {factor})"
        return f"CASE WHEN {scaled} % 1 = 0 THEN {sign}CAST({scaled} AS BIGINT) END"

    def _number(self, given: str) -> str:
        text = self._mapping.text
        if not self._rows.is_text or (text.decimal == "." and not text.thousands):
            return given
        if text.thousands:
            given = f"replace({given}, {literal(text.thousands)}, '')"
        return given if text.decimal == "." else f"replace({given}, {literal(text.decimal)}, '.')"

    def _column_rules(self) -> list[Rule]:
        rules = []
        for column in self._contract.columns:
            source = self._sources[column.name]
            if source.composed:
                continue
            rules += _parse_rules(column, source)
            rules += _value_rules(self._contract.name, column)
        return rules


def text_rows(path: Path, header: tuple[str, ...], delimiter: str, *, quoting: bool) -> RowSource:
    """Rows of a clean CSV file, one a physical line.

    Lines without a quote are split at the delimiter; only the others are taken apart by an expression, in a branch
    of their own, for it costs ten times as much.
    """
    lines = (
        "(SELECT row_number() OVER () AS source_line, raw "
        f"FROM read_csv({literal(str(path))}, columns = {{'raw': 'VARCHAR'}}, auto_detect = false, "
        f"delim = {literal(LINE_END)}, quote = '', escape = '', header = false, new_line = '\\n', "
        "max_line_size = 16777216)) WHERE source_line > 1 AND raw <> ''"
    )
    relation = f"SELECT source_line, raw, string_split(raw, {literal(delimiter)}) AS cells FROM {lines}"
    mark = f"\\x{ord(delimiter):02x}"
    cell = f'(?:"(?:[^"]|"")*"|[^"{mark}]*)'
    if quoting:
        several = f"regexp_extract_all({literal(delimiter)} || raw, {literal(f'{mark}({cell})')}, 1)"
        relation = (
            f"{relation} AND NOT contains(raw, '\"') UNION ALL "
            f"SELECT source_line, raw, {several} AS cells FROM {lines} AND contains(raw, '\"')"
        )
    rules = [
        Rule(
            "",
            "text-is-readable",
            "text in the file's encoding, without control characters",
            f"contains(raw, {literal(UNREADABLE)})",
        ),
    ]
    if quoting:
        whole = f"^{cell}(?:{mark}{cell})*$"
        rules.append(
            Rule(
                "",
                "quotes-are-paired",
                "every quoted cell to be closed on its own line",
                f"contains(raw, '\"') AND NOT regexp_matches(raw, {literal(whole)})",
            )
        )
    rules.append(Rule("", "cells-are-as-many-as-columns", f"{len(header)} cells", f"len(cells) <> {len(header)}"))
    cells = {}
    for number, name in enumerate(header, start=1):
        value = f"cells[{number}]"
        if quoting:
            inner = f"replace(substr({value}, 2, len({value}) - 2), '\"\"', '\"')"
            value = f"CASE WHEN starts_with({value}, '\"') THEN {inner} ELSE {value} END"
        cells[name] = value
    return RowSource(relation, cells, is_text=True, relation_with_raw=relation, rules=tuple(rules))


def parquet_rows(path: Path, types: dict[str, str], used: Sequence[str]) -> RowSource:
    """Rows of a Parquet file; a line is its row, from 1.

    Args:
        path: The file.
        types: Its columns and their types.
        used: Columns the mapping reads.
    """
    columns = "".join(f", {_writable(name, types[name])} AS {quoted('file_' + name)}" for name in used)
    everything = ", ".join(f"{literal(name)}: {_writable(name, kind)}" for name, kind in types.items())
    source = f" FROM read_parquet({file_list([path])}, file_row_number = true)"
    relation = f"SELECT file_row_number + 1 AS source_line{columns}"
    raw = f", CAST(to_json({{{everything}}}) AS VARCHAR) AS raw"
    cells = {name: quoted("file_" + name) for name in used}
    return RowSource(relation + source, cells, is_text=False, relation_with_raw=relation + raw + source)


def _writable(name: str, kind: str) -> str:
    """A column; a day or stamp outside the years 1 to 9999 stands as the year 1, for it could not be written out."""
    column = quoted(name)
    if kind.startswith("TIMESTAMP"):
        first, last = -62_135_596_800_000_000, 253_402_300_799_999_999
        inside = f"epoch_us({column}) BETWEEN {first} AND {last}"
        return f"CASE WHEN {inside} OR {column} IS NULL THEN {column} ELSE TIMESTAMP '0001-01-01' END"
    if kind == "DATE":
        inside = f"{column} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"
        return f"CASE WHEN {inside} OR {column} IS NULL THEN {column} ELSE DATE '0001-01-01' END"
    return column


def _parse_rules(column: Column, source: ColumnSource) -> list[Rule]:
    value, given = quoted(column.name), quoted("given_" + column.name)
    rules = []
    if not column.nullable and column.name not in EMPTY_ALLOWED:
        empty = f"{given} IS NULL" + (f" OR CAST({given} AS VARCHAR) = ''" if column.type == "text" else "")
        rules.append(Rule(column.name, "value-is-present", "a value", f"({empty})"))
    unparsed = f"({given} IS NOT NULL AND {value} IS NULL)"
    if source.codes:
        codes = ", ".join(code for code, _ in source.codes[:12])
        rules.append(Rule(column.name, "code-is-known", f"one of {codes}", unparsed))
    elif column.name.endswith("_cents"):
        rules.append(Rule(column.name, "money-is-a-number", "an amount in whole cents", unparsed))
    elif column.type == "integer":
        rules.append(Rule(column.name, "number-is-a-number", "a number", unparsed))
    elif column.type == "boolean":
        rules.append(Rule(column.name, "flag-is-true-or-false", "true or false", unparsed))
    elif column.type in {"date", "timestamp"}:
        form = source.pattern or ("a week's number" if source.weeks_from_on else "as 2017-11-27")
        rules.append(Rule(column.name, f"{column.type}-is-a-{column.type}", f"a {column.type} {form}", unparsed))
    return rules


def _value_rules(table_name: str, column: Column) -> list[Rule]:
    value, name = quoted(column.name), column.name
    rules = []
    if column.type in {"date", "timestamp"}:
        rules.append(
            Rule(
                name,
                f"{column.type}-in-range",
                f"a day from {_DAY_MIN} until {_DAY_MAX}",
                f"({value} < '{_DAY_MIN}' OR {value} >= '{_DAY_MAX}')",
            )
        )
    if name.endswith("_cents"):
        rules.append(Rule(name, "money-in-range", "less than 100,000.00", f"abs({value}) >= {_CENTS_MAX}"))
    if name.endswith("_milli"):
        rules.append(Rule(name, "quantity-in-range", "less than a million units", f"abs({value}) >= {_MILLI_MAX}"))
    if column.type == "integer" and name not in _SIGNED:
        unless_return = " AND quantity_milli >= 0 AND amount_cents >= 0" if table_name == "lines" else ""
        rules.append(Rule(name, "number-is-not-negative", "zero or more", f"({value} < 0{unless_return})"))
    if name.endswith("_percent"):
        rules.append(Rule(name, "percent-in-range", "0 to 100", f"{value} > 100"))
    if (table_name, name) in _ALLOWED:
        allowed = _ALLOWED[table_name, name]
        listed = ", ".join(literal(text) for text in allowed)
        rules.append(Rule(name, "code-is-known", f"one of {', '.join(allowed)}", f"{value} NOT IN ({listed})"))
    if name in _JSON_LISTS:
        rules.append(
            Rule(
                name,
                "text-is-a-json-list",
                "a JSON list",
                f"({value} IS NOT NULL AND COALESCE(json_type(TRY_CAST({value} AS JSON)), '') <> 'ARRAY')",
            )
        )
    return rules


def _pair_rules(contract: Table) -> list[Rule]:
    """Rules on more than one column."""
    rules = []
    if {"from_on", "until_on"} <= set(contract.column_names):
        rules.append(Rule("until_on", "period-holds-a-day", "an end after the start", "until_on <= from_on"))
    if contract.name == "deals":
        rules += [Rule("rungs", "rungs-fit-the-kind", fault.expected, fault.broken) for fault in rung_faults()]
    return rules


def _decoded(source: ColumnSource, given: str) -> str:
    code = f"CAST({given} AS VARCHAR)"
    cases = " ".join(f"WHEN {literal(theirs)} THEN {literal(ours)}" for theirs, ours in source.codes)
    return f"CASE {code} {cases} ELSE {code if source.keep_other_codes else 'NULL'} END"


def _shifted(day: str, days: int) -> str:
    """Days later; a day so far off that the sum would not fit stays, and breaks the rule on ranges."""
    if not days:
        return day
    return f"CASE WHEN year({day}) BETWEEN 1 AND 9999 THEN {day} + {days:d} ELSE {day} END"


def _to_utc(stamp: str, zone: str) -> str:
    if zone == "UTC":
        return stamp
    if zone[0] in "+-":
        return _in_years(stamp, f"{stamp} - {_interval(zone)}")
    return _in_years(stamp, f"timezone('UTC', timezone({literal(zone)}, {stamp}))")


def _in_zone(stamp: str, zone: str) -> str:
    if zone == "UTC":
        return stamp
    if zone[0] in "+-":
        return _in_years(stamp, f"{stamp} + {_interval(zone)}")
    return _in_years(stamp, f"timezone({literal(zone)}, timezone('UTC', {stamp}))")


def _in_years(stamp: str, moved: str) -> str:
    """A stamp so far off that it could not be moved stays, and breaks the rule on ranges."""
    return f"CASE WHEN year({stamp}) BETWEEN 1 AND 9999 THEN {moved} ELSE {stamp} END"


def _interval(offset: str) -> str:
    minutes = int(offset[1:3]) * 60 + int(offset[4:6])
    return f"INTERVAL ({-minutes if offset[0] == '-' else minutes:d}) MINUTE"


def union_statement(contract: Table, existing: Sequence[Path], staged: Sequence[Path]) -> str:
    """Rows that are there and rows to come, told apart by ``is_new``."""
    columns = ", ".join(quoted(name) for name in contract.column_names)
    parts = []
    if existing:
        origin = "false AS is_new, CAST(0 AS BIGINT) AS source_line"
        parts.append(f"SELECT {columns}, {origin} FROM read_parquet({file_list(existing)})")
    if staged:
        parts.append(f"SELECT {columns}, true AS is_new, source_line FROM read_parquet({file_list(staged)})")
    return " UNION ALL ".join(parts)


def sorted_statement(contract: Table, rows: str) -> str:
    """The same in order; a bucketed table needs ``household_buckets``."""
    bucket, join = "CAST(0 AS BIGINT)", ""
    if contract.bucketed:
        bucket = "COALESCE(h.bucket, -1)"
        join = " LEFT JOIN household_buckets h ON h.id = rows.household_id"
    rest = [name for name in contract.column_names if name not in contract.grain]
    names = ("bucket", *contract.grain, "is_new", *rest, "source_line")
    order = ", ".join(f"{quoted(name)} NULLS FIRST" for name in names)
    return f"SELECT {bucket} AS bucket, rows.* FROM ({rows}) AS rows{join} ORDER BY {order}"


def findings_statement(mapping: FileMapping, file_name: str, rows: RowSource) -> str:
    """Each wanted line with its rule, what the file says in the rule's column, and the row as it stood.

    Reads the tables ``wanted`` (source_line, broken) and ``rules`` (number, rule_column, rule, expected).
    """
    cases = " ".join(
        f"WHEN {literal(column.target)} THEN CAST({rows.cells[column.file_column]} AS VARCHAR)"
        for column in mapping.columns
        if column.file_column in rows.cells
    )
    given = f"left(COALESCE(CASE r.rule_column {cases} END, 'nothing'), 80)" if cases else "'nothing'"
    found = f"CASE WHEN r.rule_column = '' THEN 'the line' ELSE {given} END"
    return (
        f"SELECT {literal(mapping.kind)} AS kind, {literal(file_name)} AS file, s.source_line AS line, "
        f"r.rule_column AS \"column\", r.rule AS rule, {found} || ': expected ' || r.expected AS message, "
        f"left(s.raw, {_RAW_CHARACTERS_MAX}) AS raw "
        f"FROM wanted w JOIN rules r ON r.number = w.broken "
        f"JOIN ({rows.relation_with_raw}) AS s ON s.source_line = w.source_line ORDER BY line"
    )
