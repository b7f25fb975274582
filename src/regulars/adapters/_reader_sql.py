"""The SQL that turns a source file's rows into a table's: built from a mapping and the table's contract.

Names are quoted and values are literals of our own making; nothing of a file's content ever stands in a statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from regulars.contracts import Column, DealKind, DealState, Table
from regulars.ingest import ColumnSource, FileMapping
from regulars.kernel import ConfigError

from ._reader_deals import rung_faults
from ._reader_rows import RowSource, Rule, as_text, file_list, literal, quoted

EMPTY_ALLOWED = frozenset({"lane_id", "display", "mailer", "size_text", "name", "item_id"})
"""Texts that may be empty although the column is not nullable."""

_ALLOWED = {
    ("products", "brand_kind"): ("own", "national"),
    ("deals", "brand_kind"): ("own", "national"),
    ("deals", "kind"): tuple(kind.value for kind in DealKind),
    ("deals", "state"): tuple(state.value for state in DealState),
}
_WISHED = ("wishes", "item_id")
_JSON_LISTS = frozenset({"rungs", "product_ids", "store_ids"})
_SIGNED = frozenset({"amount_cents", "quantity_milli"})
_ID_CHARACTERS_MAX = 200
_CENTS_MAX = 10_000_000
_MILLI_MAX = 1_000_000_000
_BELOW = {"_cents": _CENTS_MAX, "_milli": _MILLI_MAX, "_percent": 101}
"""End of an integer column's name → what its amount must be below."""

_DAY_MIN, _DAY_MAX = "1990-01-01", "2100-01-01"


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
        """Table's columns, ``source_line`` and ``broken``: number of the first broken rule from 1, or 0.

        What shows that a row breaks none is asked first, for nearly every row is such.
        """
        names = ", ".join(quoted(column.name) for column in self._contract.columns)
        given = ", ".join(
            f"{self._given(column)} AS {quoted('given_' + column.name)}" for column in self._contract.columns
        )
        typed = ", ".join(f"{self._typed(column)} AS {quoted(column.name)}" for column in self._contract.columns)
        cases = " ".join(f"WHEN {rule.broken} THEN {n}" for n, rule in enumerate(self.rules, start=1))
        return (
            f"WITH source AS ({self._rows.relation}), "
            f"given AS (SELECT *, {given} FROM source), "
            f"typed AS (SELECT *, {typed} FROM given) "
            f"SELECT {names}, source_line, "
            f"CAST(CASE WHEN {self._sound()} THEN 0 ELSE CASE {cases} ELSE 0 END END AS INTEGER) AS broken FROM typed"
        )

    def _sound(self) -> str:
        """True only for rows that break no rule, and for nearly all of them."""
        conditions = [self._rows.sound] if self._rows.sound else [_unbroken(rule) for rule in self._rows.rules]
        for column in self._contract.columns:
            source = self._sources[column.name]
            if not source.composed:
                conditions += _sound_conditions(self._contract.name, column, source, self._kind(source))
        conditions += [_unbroken(rule) for rule in _pair_rules(self._contract)]
        return " AND ".join(conditions)

    def _given(self, column: Column) -> str:
        """What the file says for a column, before it is typed; null when it says nothing."""
        source = self._sources[column.name]
        file_column = source.file_column
        if file_column is not None and file_column not in self._rows.cells:
            assert source.optional
            file_column = None
        if file_column is not None:
            return self._rows.cells[file_column]
        if source.constant is not None:
            return literal(source.constant)
        if source.same_as is not None:
            return self._given_of_other(source)
        return "CAST(NULL AS VARCHAR)"

    def _given_of_other(self, source: ColumnSource) -> str:
        other = self._sources[source.same_as or ""]
        if other.same_as is not None and other.file_column is None:
            raise ConfigError(
                f"{source.target} is the same as {other.target}, which is itself the same as another column",
                hint="name the first of them in the mapping",
            )
        return self._given(next(c for c in self._contract.columns if c.name == other.target))

    def _kind(self, source: ColumnSource) -> str:
        """What stands in the file's column; constants are text."""
        if source.file_column in self._rows.types:
            return self._rows.types[source.file_column]
        other = self._sources.get(source.same_as or "")
        return "text" if other is None or source.constant is not None else self._kind(other)

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
        kind = self._kind(source)
        if source.codes:
            given, kind = _decoded(source, as_text(given, kind)), "text"
        if column.type == "text":
            return as_text(given, kind)
        if column.type == "date":
            return _shifted(self._day(source, given, kind), source.plus_days)
        if column.type == "timestamp":
            return self._stamp(source, given, kind)
        if column.type == "integer":
            return self._integer(source, given, kind)
        return f"TRY_CAST({given} AS BOOLEAN)"

    def _reads_file(self, source: ColumnSource) -> bool:
        return source.file_column is not None and source.file_column in self._rows.cells

    def _rank(self, given: str) -> str:
        """Number within the transaction; equal values share it, so that a line that stands twice is seen as one."""
        store, transaction = quoted("given_store_id"), quoted("given_transaction_id")
        return (
            f"CAST(DENSE_RANK() OVER (PARTITION BY {store}, {transaction} "
            f"ORDER BY TRY_CAST({given} AS BIGINT), CAST({given} AS VARCHAR)) AS BIGINT)"
        )

    def _day(self, source: ColumnSource, given: str, kind: str) -> str:
        if source.weeks_from_on is not None:
            first = literal(source.weeks_from_on.isoformat())
            week = _whole(given, kind)
            days = f"7 * (TRY_CAST({week} AS INTEGER) - 1)"
            return f"CASE WHEN {week} BETWEEN 1 AND 5000 THEN CAST({first} AS DATE) + {days} END"
        if source.business_day_of is not None or kind == "instant":
            stamp = self._stamp(source, given, kind)
            return f"CAST({_in_zone(stamp, self._mapping.store_zone)} AS DATE)"
        if kind in {"date", "timestamp"}:
            return f"TRY_CAST({given} AS DATE)"
        if source.patterns:
            return f"CAST(try_strptime({as_text(given, kind)}, {_patterns(source)}) AS DATE)"
        return f"TRY_CAST({as_text(given, kind)} AS DATE)"

    def _stamp(self, source: ColumnSource, given: str, kind: str) -> str:
        if kind == "instant":
            return given
        if kind in {"date", "timestamp"}:
            stamp = f"TRY_CAST({given} AS TIMESTAMP)"
        elif source.patterns:
            stamp = f"try_strptime({as_text(given, kind)}, {_patterns(source)})"
            if "%z" in source.patterns[0]:
                return f"timezone('UTC', {stamp})"
        else:
            stamp = f"TRY_CAST({as_text(given, kind)} AS TIMESTAMP)"
        return _to_utc(stamp, self._mapping.stamps_zone)

    def _integer(self, source: ColumnSource, given: str, kind: str) -> str:
        sign = "-" if source.negative else ""
        number = self._number(self._without_marks(given)) if kind == "text" else given
        if not source.unit:
            return f"{sign}{_whole(number, kind)}"
        factor = {"dollars": 100, "cents": 1, "units": 1000, "thousandths": 1}[source.unit]
        scaled = f"(TRY_CAST({number} AS DECIMAL(14, 4)) * {factor})"
        return f"CASE WHEN {scaled} % 1 = 0 THEN {sign}CAST({scaled} AS BIGINT) END"

    def _without_marks(self, given: str) -> str:
        """A text, or null where it holds a mark that the engine reads in a number and no till writes: 1_000, 1e3."""
        marked = " OR ".join(f"contains({given}, '{mark}')" for mark in self._rows.number_marks)
        return f"CASE WHEN NOT ({marked}) THEN {given} END" if marked else given

    def _number(self, given: str) -> str:
        text = self._mapping.text
        if text.thousands:
            given = f"replace({given}, {literal(text.thousands)}, '')"
        return given if text.decimal == "." else f"replace({given}, {literal(text.decimal)}, '.')"

    def _column_rules(self) -> list[Rule]:
        rules = []
        for column in self._contract.columns:
            source = self._sources[column.name]
            if source.composed:
                continue
            rules += _parse_rules(column, source, self._kind(source), self._mapping.text.decimal)
            rules += _value_rules(self._contract.name, column)
        return rules


def _sound_conditions(table_name: str, column: Column, source: ColumnSource, kind: str) -> list[str]:
    """What is true when no rule of a column is broken; the common cases by one comparison."""
    value, given = quoted(column.name), quoted("given_" + column.name)
    plain = (table_name, column.name) not in _ALLOWED and column.name not in _JSON_LISTS
    plain &= (table_name, column.name) != _WISHED
    if column.type in {"date", "timestamp"}:
        condition = f"({value} >= '{_DAY_MIN}' AND {value} < '{_DAY_MAX}')"
    elif column.type == "integer":
        highest = next((limit for suffix, limit in _BELOW.items() if column.name.endswith(suffix)), 2**62)
        condition = f"{value} BETWEEN {1 - highest if column.name in _SIGNED else 0} AND {highest - 1}"
    elif column.type == "text" and kind == "text" and plain and not source.codes:
        least = 0 if column.nullable or column.name in EMPTY_ALLOWED else 1
        if _is_id(column):  # bytes, for they need not be counted; never fewer than characters
            condition = f"strlen({value}) BETWEEN {least} AND {_ID_CHARACTERS_MAX}"
        elif least:
            condition = f"{value} <> ''"
        else:
            return []
    else:
        rules = (*_parse_rules(column, source, kind, "."), *_value_rules(table_name, column))
        return [_unbroken(rule) for rule in rules]
    return [f"({given} IS NULL OR {condition})" if column.nullable else condition]


def _is_id(column: Column) -> bool:
    """Whether a column names something; a receipt is named by the ids of its parts."""
    return column.type == "text" and column.name.endswith(("_id", "returned_receipt"))


def _unbroken(rule: Rule) -> str:
    return f"NOT COALESCE({rule.broken}, false)"


def _parse_rules(column: Column, source: ColumnSource, kind: str, decimal: str) -> list[Rule]:
    value, given = quoted(column.name), quoted("given_" + column.name)
    rules = []
    if not column.nullable and column.name not in EMPTY_ALLOWED:
        empty = f"{given} IS NULL" + (f" OR CAST({given} AS VARCHAR) = ''" if column.type == "text" else "")
        rules.append(Rule(column.name, "value-is-present", "a value", f"({empty})"))
    unparsed = f"({given} IS NOT NULL AND {value} IS NULL)"
    if source.codes:
        codes = ", ".join(code for code, _ in source.codes[:12])
        rules.append(Rule(column.name, "code-is-known", f"one of {codes}", unparsed))
    elif column.type == "text" and kind in {"fraction", "decimal"}:
        no_text = f"({given} IS NOT NULL AND ({as_text(given, kind)}) IS NULL)"
        rules.append(Rule(column.name, "number-is-whole", "text or a whole number", no_text))
    elif column.name.endswith("_cents"):
        amount = f"an amount as 1{decimal}79" if source.unit == "dollars" else "whole cents"
        rules.append(Rule(column.name, "money-is-a-number", amount, unparsed))
    elif column.type == "integer":
        number = (
            f"a number as 0{decimal}425, of at most three decimals" if source.unit == "units" else "a whole number"
        )
        rules.append(Rule(column.name, "number-is-a-number", number, unparsed))
    elif column.type == "boolean":
        rules.append(Rule(column.name, "flag-is-true-or-false", "true or false", unparsed))
    elif column.type in {"date", "timestamp"}:
        form = " or ".join(source.patterns) or ("a week's number" if source.weeks_from_on else "as 2017-11-27")
        rules.append(Rule(column.name, f"{column.type}-is-a-{column.type}", f"a {column.type} {form}", unparsed))
    return rules


def _value_rules(table_name: str, column: Column) -> list[Rule]:
    value, name = quoted(column.name), column.name
    rules = []
    if _is_id(column):
        longest = f"at most {_ID_CHARACTERS_MAX} characters"
        rules.append(Rule(name, "ids-are-short", longest, f"length({value}) > {_ID_CHARACTERS_MAX}"))
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
    if (table_name, name) == _WISHED:
        unnamed = f"({value} = '' AND {quoted('kind')} <> 'no_offers')"
        rules.append(Rule(name, "value-is-present", "a value, but for no_offers", unnamed))
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


def _patterns(source: ColumnSource) -> str:
    return "[" + ", ".join(map(literal, source.patterns)) + "]"


def _decoded(source: ColumnSource, given: str) -> str:
    cases = " ".join(f"WHEN {literal(theirs)} THEN {literal(ours)}" for theirs, ours in source.codes)
    return f"CASE {given} {cases} ELSE {given if source.keep_other_codes else 'NULL'} END"


def _whole(number: str, kind: str) -> str:
    """A whole number, or null; a cast alone would round ``1.5``."""
    if kind == "integer":
        return f"TRY_CAST({number} AS BIGINT)"
    checked = f"WHEN TRY_CAST({number} AS DECIMAL(38, 9)) % 1 = 0 THEN TRY_CAST({number} AS BIGINT)"
    if kind != "text":
        return f"CASE {checked} END"
    whole = f"WHEN NOT contains({number}, '.') THEN TRY_CAST(TRY_CAST({number} AS DECIMAL(19, 0)) AS BIGINT)"
    return f"CASE {whole} {checked} END"


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


_CARD_ASKED = "CASE WHEN household_id IS NULL THEN card_id END AS card_id"
"""A file that names the household itself is believed; its cards are not asked."""


def union_statement(contract: Table, existing: Sequence[Path], staged: Mapping[str, int]) -> str:
    """Rows that are there (``source_file`` -1) and rows to come, by relation, each with the number of its file."""
    columns = ", ".join(quoted(name) for name in contract.column_names)
    parts = []
    if existing:
        origin = "CAST(-1 AS BIGINT) AS source_file, CAST(0 AS BIGINT) AS source_line"
        parts.append(f"SELECT {columns}, {origin} FROM read_parquet({file_list(existing)})")
    for relation, number in staged.items():
        said = columns.replace('"card_id"', _CARD_ASKED) if contract.name == "lines" else columns
        parts.append(f"SELECT {said}, CAST({number} AS BIGINT) AS source_file, source_line FROM {relation}")
    return " UNION ALL ".join(parts)


def newest_statement(contract: Table, rows: str) -> str:
    """The newest version of each transaction of which there are several, and the first file that has it."""
    names = ", ".join(quoted(name) for name in contract.versioned_by)
    return (
        f"SELECT {names}, max(version) AS newest, arg_max(source_file, (version, -source_file)) AS by_file "
        f"FROM ({rows}) GROUP BY {names} HAVING min(version) < max(version)"
    )


def sorted_statement(contract: Table, rows: str, *, versions: bool, undone: bool, household: str = "") -> str:
    """The same in the order of the grain, then by file (old rows first) and content; ``past_by`` of what must leave.

    Args:
        contract: The table.
        rows: The relation.
        versions: Whether there is a table ``newest`` with transactions that have several versions.
        undone: Whether there is a table ``undone`` with transactions that were undone.
        household: Whose a line is (`household_of_card`); empty to leave it as it stands.
    """
    past = joins = ""
    for name, wanted, condition, by_file in (
        ("newest", versions, "rows.version < newest.newest", "newest.by_file"),
        ("undone", undone, "undone.transaction_id IS NOT NULL", "-1"),
    ):
        if wanted:
            same = " AND ".join(f"{name}.{quoted(key)} = rows.{quoted(key)}" for key in contract.versioned_by)
            joins += f" LEFT JOIN {name} ON {same}"
            past += f" WHEN {condition} THEN {by_file}"
    past_by = f"CASE{past} END" if past else "NULL"
    rest = [name for name in contract.column_names if name not in contract.grain]
    order = ", ".join(
        f"rows.{quoted(name)} NULLS FIRST" for name in (*contract.grain, "source_file", *rest, "source_line")
    )
    columns = f"rows.* REPLACE ({household} AS household_id)" if household else "rows.*"
    if "holders" in household:
        joins += " LEFT JOIN holders ON holders.card_id = rows.card_id AND holders.sold_on = rows.sold_on"
    return f"SELECT {columns}, CAST({past_by} AS BIGINT) AS past_by FROM ({rows}) AS rows{joins} ORDER BY {order}"


def line_counts_statement(rows: str) -> str:
    """Transactions, sale lines, return lines, net cents, transactions with a household, stores."""
    return (
        "SELECT count(*), sum(sales), sum(returns), sum(net_cents), count(*) FILTER (known), count(DISTINCT store_id) "
        "FROM (SELECT store_id, lane_id, sold_on, transaction_id, count(*) FILTER (NOT is_return) AS sales, "
        "count(*) FILTER (is_return) AS returns, sum(amount_cents) AS net_cents, "
        "count(COALESCE(household_id, card_id)) > 0 AS known "
        f"FROM (SELECT *, quantity_milli < 0 OR amount_cents < 0 AS is_return FROM ({rows})) "
        "GROUP BY store_id, lane_id, sold_on, transaction_id)"
    )


def findings_statement(mapping: FileMapping, file_name: str, rows: RowSource) -> str:
    """Each wanted line with its rule, what the file says in the rule's column, and the row as it stood; no ``head``.

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
        f"SELECT {literal(mapping.kind)} AS kind, {literal(file_name)} AS file, {rows.place} AS line, "
        f"r.rule_column AS \"column\", r.rule AS rule, {found} || ': expected ' || r.expected AS message, "
        "s.raw AS raw, true AS refused, "
        f"{literal(mapping.format)} AS format "
        f"FROM wanted w JOIN rules r ON r.number = w.broken "
        f"JOIN ({rows.relation_with_raw}) AS s ON s.source_line = w.source_line ORDER BY line"
    )
