"""Mapping files: how one source's files become rows of the contract's tables. TOML in, frozen records out."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatch
from functools import cache, partial
from importlib import resources
from typing import Any

from regulars.contracts import Table, table
from regulars.kernel import US_LAYOUTS, ConfigError, VariableLayout

from ._mapping_cells import ComputedCell, FixedField, read_computed, read_fields, read_labels
from ._mapping_defaults import left_out, shipped_text
from ._mapping_keys import Keys, all_or_raise

KINDS = (
    "lines",
    "products",
    "households",
    "cards",
    "prices",
    "promotions",
    "deals",
    "campaigns",
    "targets",
    "coupons",
    "redemptions",
    "stock",
    "wishes",
)
"""Kinds of files that can be loaded; each is the table of that name."""

FORMATS = ("csv", "parquet", "poslog", "fixed")
"""Formats that can be read."""

_FILES_SHOWN = 6
_UNITS = {"_cents": ("dollars", "cents"), "_milli": ("units", "thousandths")}


@dataclass(frozen=True)
class ColumnSource:
    """Where one column of the table comes from.

    Args:
        target: Column of the table.
        source: Column of the file, or None.
        constant: The same text for every row; with `optional`, only when the file lacks the column.
        same_as: Another column of the table whose value is taken.
        rank_by: Column of the file; numbers the lines of a transaction by it, from 1.
        business_day_of: Column of the file with a stamp, whose day in the store is taken.
        composed: True for a product name made from need, brand kind and size.
        optional: Whether the file may lack the column.
        unit: ``dollars`` or ``cents``; ``units`` or ``thousandths``; empty for the rest.
        patterns: How dates and stamps are written (strptime), the first that fits; none for ISO.
        codes: The file's code → the contract's.
        keep_other_codes: Whether a code that is not listed is kept as it is; else it is a finding.
        negative: Whether the sign is turned.
        weeks_from_on: First day of week 1, when the file gives a week's number.
        plus_days: Days added to a date.
        code: Whether it is a product's code, to be read (`read_product_code`); else ids are taken as they stand.
    """

    target: str
    source: str | None = None
    constant: str | None = None
    same_as: str | None = None
    rank_by: str | None = None
    business_day_of: str | None = None
    composed: bool = False
    optional: bool = False
    unit: str = ""
    patterns: tuple[str, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    keep_other_codes: bool = False
    negative: bool = False
    weeks_from_on: date | None = None
    plus_days: int = 0
    code: bool = False

    @property
    def file_column(self) -> str | None:
        """The file's column it reads, if it reads one."""
        return self.source or self.rank_by or self.business_day_of


@dataclass(frozen=True)
class TextFormat:
    """How a CSV file is written.

    Args:
        delimiter: One character between cells.
        quoting: Whether a cell may stand in double quotes. Without it a quote is an ordinary character.
        encoding: Of the bytes.
        decimal: Decimal mark.
        thousands: Mark between thousands, or empty.
    """

    delimiter: str = ","
    quoting: bool = False
    encoding: str = "utf-8"
    decimal: str = "."
    thousands: str = ""


@dataclass(frozen=True)
class FileMapping:
    """How files of one name pattern are read.

    Args:
        patterns: Name patterns as in a shell, ``sales-*.csv``.
        kind: The table they become.
        format: One of `FORMATS`.
        columns: Where each column of the table comes from, in the table's order.
        text: How a CSV file is written.
        empty: Cells that mean "no value", besides the empty one.
        stamps_zone: Zone of the file's stamps, IANA name or ``+01:00``.
        store_zone: Zone of the store, which decides the business day.
        labels: How the chain's scales lay their labels out.
        fields: Fields of a file of fixed columns.
        computed: Cells that are worked out from others.
    """

    patterns: tuple[str, ...]
    kind: str
    format: str
    columns: tuple[ColumnSource, ...]
    text: TextFormat = TextFormat()
    empty: tuple[str, ...] = ()
    stamps_zone: str = "UTC"
    store_zone: str = "UTC"
    labels: tuple[VariableLayout, ...] = US_LAYOUTS
    fields: tuple[FixedField, ...] = ()
    computed: tuple[ComputedCell, ...] = ()

    def matches(self, file_name: str) -> bool:
        """Whether a file of this name is meant, packed or not."""
        names = {file_name, file_name.removesuffix(".gz"), file_name.removesuffix(".zip")}
        return any(fnmatch(name, pattern) for pattern in self.patterns for name in names)


@dataclass(frozen=True)
class Mapping:
    """All files of one source. `digest_text` is the file's own text, for remembering what was used."""

    name: str
    about: str
    files: tuple[FileMapping, ...]

    def file_mapping(self, file_name: str, *, kind: str | None = None, format: str | None = None) -> FileMapping:  # noqa: A002
        """The entry a file is read by: of the kind asked for, else the first whose pattern matches.

        Raises:
            ConfigError: There is none.
        """
        asked = [e for e in self.files if kind in {None, e.kind} and format in {None, e.format}]
        named = next((entry for entry in asked if entry.matches(file_name)), None)
        if named is not None:
            return named
        if asked and (kind is not None or (format is not None and len(asked) == 1)):
            return asked[0]
        how = " ".join(word for word in (kind, format and f"in the format {format}") if word)
        wanted = f"a file named {file_name}" + (f" as {how}" if how else "")
        described = ", ".join(f"{'|'.join(entry.patterns)} ({entry.kind})" for entry in self.files[:_FILES_SHOWN])
        if len(self.files) > _FILES_SHOWN:
            described += f" and {len(self.files) - _FILES_SHOWN} more"
        raise ConfigError(
            f"the mapping {self.name!r} does not say how to read {wanted}; it describes {described}",
            hint="choose another mapping with --map, or say which kind the file is with --kind",
        )


def parse_mapping(text: str, source: str) -> Mapping:
    """A mapping from the text of its TOML file.

    Args:
        text: The file's content.
        source: Its name, for messages.

    Raises:
        ConfigError: The text is not TOML, or a key is missing, unknown or has a value of the wrong kind; the
            message names the file and the key.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source} is not a TOML file: {error}") from error
    keys = Keys(raw, source, "")
    name = keys.text("name")
    about = keys.text("about", "")
    entries = keys.tables("file")
    keys.finish()
    if not entries:
        raise ConfigError(f"{source} describes no file; expected at least one [[file]] table")
    return Mapping(name, about, tuple(all_or_raise(partial(_file_mapping, entry) for entry in entries)))


def shipped_mappings() -> list[str]:
    """Names of the mappings that come with the package, sorted."""
    folder = resources.files(__package__).joinpath("mappings")
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


@cache
def shipped_mapping(name: str) -> Mapping:
    """A mapping that comes with the package.

    Raises:
        ConfigError: There is none of that name; the message lists those there are.
    """
    if name not in shipped_mappings():
        raise ConfigError(
            f"there is no mapping {name!r}; shipped with this release are {', '.join(shipped_mappings())}",
            hint="give one of these names to --map, or the path of your own mapping file",
        )
    return parse_mapping(shipped_text(name), f"{name}.toml")


def _file_mapping(keys: Keys) -> FileMapping:
    kind = keys.choice("kind", KINDS)
    file_format = keys.choice("format", FORMATS)
    columns = keys.table("columns", optional=file_format == "poslog")
    columns = columns.filled(left_out(kind, file_format, composed_name=columns.composes("name")))
    entry = FileMapping(
        patterns=keys.texts("match"),
        kind=kind,
        format=file_format,
        columns=_columns(columns, table(kind)),
        text=_text_format(keys.table("csv", optional=True)),
        empty=keys.texts("empty", ()),
        stamps_zone=keys.zone("stamps_zone"),
        store_zone=keys.zone("store_zone"),
        labels=read_labels(keys),
        fields=read_fields(keys.table("fields", optional=True)),
        computed=read_computed(keys.table("computed", optional=True)),
    )
    keys.finish()
    if bool(entry.fields) != (entry.format == "fixed"):
        raise ConfigError(f"{keys.place('fields')} belong to the format fixed, and it needs them")
    return entry


def _text_format(keys: Keys) -> TextFormat:
    text = TextFormat(
        delimiter=keys.text("delimiter", ","),
        quoting=keys.flag("quoting"),
        encoding=keys.encoding("encoding"),
        decimal=keys.text("decimal", "."),
        thousands=keys.text("thousands", ""),
    )
    keys.finish()
    if len(text.delimiter) != 1:
        raise ConfigError(f"{keys.place('delimiter')} is {text.delimiter!r}; expected one character")
    return text


def _columns(keys: Keys, contract: Table) -> tuple[ColumnSource, ...]:
    given: Dictionary[str, Any] = keys.rest()
    problems = []
    for unknown in sorted(set(given) - set(contract.column_names)):
        nearest = difflib.get_close_matches(unknown, contract.column_names, n=1)
        problems.append(
            ConfigError(
                f"{keys.place(unknown)}: the table {contract.name} has no such column; "
                f"it has {', '.join(contract.column_names)}",
                hint=f"did you mean {nearest[0]}?" if nearest else "",
            )
        )
    missing = [c.name for c in contract.columns if not (c.name in given or c.nullable)]
    if missing:
        problems.append(
            ConfigError(
                f"{keys.place('')} says nothing about {', '.join(missing)}, which {contract.name} needs",
                hint='a column the file does not have can be the same for every row: name = { constant = "…" }',
            )
        )
    named = [column for column in contract.columns if column.name in given]
    made = all_or_raise((partial(_column, keys, column.name, contract) for column in named), problems)
    by_name = {column.target: column for column in made}
    return tuple(by_name.get(column.name, ColumnSource(column.name)) for column in contract.columns)


def _column(columns: Keys, target: str, contract: Table) -> ColumnSource:
    keys = columns.column(target)
    codes, other = keys.codes()
    column = ColumnSource(
        target=target,
        source=keys.text("from", None),
        constant=keys.text("constant", None),
        same_as=keys.choice("same_as", contract.column_names, None),
        rank_by=keys.text("rank_by", None),
        business_day_of=keys.text("business_day_of", None),
        composed=keys.flag("composed"),
        optional=keys.flag("optional"),
        unit=keys.text("unit", ""),
        patterns=keys.texts("pattern", ()),
        codes=codes,
        keep_other_codes=other,
        negative=keys.flag("negative"),
        weeks_from_on=keys.day("weeks_from"),
        plus_days=keys.number("plus_days"),
        code=keys.flag("code"),
    )
    keys.finish()
    _check_column(column, keys)
    return column


def _check_column(column: ColumnSource, keys: Keys) -> None:
    origins = ("from", "constant", "same_as", "rank_by", "business_day_of", "composed")
    given = [
        name
        for name, value in zip(
            origins,
            (
                column.source,
                column.constant,
                column.same_as,
                column.rank_by,
                column.business_day_of,
                column.composed or None,
            ),
            strict=True,
        )
        if value is not None
    ]
    enough = len(given) == 1 or (column.optional and len(given) == 2 and given[0] == "from")
    if not enough:
        said = " and ".join(given) or "nothing"
        raise ConfigError(
            f"{keys.place('')} is given by {said}; expected one of {', '.join(origins)}",
            hint="`from` may be joined by `optional = true` and a constant or same_as for files without it",
        )
    allowed = next((units for suffix, units in _UNITS.items() if column.target.endswith(suffix)), ())
    if column.source is not None and allowed and column.unit not in allowed:
        raise ConfigError(f"{keys.place('unit')} is {column.unit!r}; expected {' or '.join(allowed)}")
    if column.unit and not allowed:
        raise ConfigError(f"{keys.place('unit')} is given, but {column.target} has no unit")
