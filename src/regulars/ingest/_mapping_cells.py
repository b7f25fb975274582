"""Parts of a mapping below its columns: fields of fixed files, cells worked out from others, label layouts."""

from __future__ import annotations

from dataclasses import dataclass

from regulars.kernel import US_LAYOUTS, ConfigError, VariableLayout

from ._mapping_keys import Keys


@dataclass(frozen=True)
class FixedField:
    """One field of a file of fixed columns: its name, its first character from 1, its length in characters."""

    name: str
    first: int
    length: int


@dataclass(frozen=True)
class ComputedCell:
    """A cell that is worked out from others of its row or transaction, in one of five ways.

    Args:
        name: What columns name it by.
        times: Columns whose product is taken, in whole cents.
        plus: Columns that are added.
        less: Columns that are taken off; an empty one is zero. Numbers are read without marks of money.
        join: Columns that are joined by blanks.
        first_not_empty: Columns of which the first that says something is taken.
        optional: Those of them that a file may lack, as long as it has one.
        first_of: Column whose first value in the transaction stands for all its rows.
        number_by: Columns by which the rows of a transaction are numbered from 1; equal rows in the file's order.
        within: Column that says which rows are one transaction, for the last two.
        otherwise: What is taken when nothing is found.
    """

    name: str
    times: tuple[str, ...] = ()
    plus: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    join: tuple[str, ...] = ()
    first_not_empty: tuple[str, ...] = ()
    optional: frozenset[str] = frozenset()
    first_of: str = ""
    number_by: tuple[str, ...] = ()
    within: str = ""
    otherwise: str = ""

    @property
    def reads(self) -> tuple[str, ...]:
        """Columns it is worked out from."""
        lists = (*self.times, *self.plus, *self.less, *self.join, *self.first_not_empty, *self.number_by)
        return (*lists, *(name for name in (self.first_of, self.within) if name))


def read_fields(keys: Keys) -> tuple[FixedField, ...]:
    """Fields as ``Name = [first, length]``."""
    fields = []
    for name, value in keys.rest().items():
        whole = isinstance(value, list) and len(value) == 2 and all(isinstance(number, int) for number in value)
        if not whole or value[0] < 1 or value[1] < 1:
            raise ConfigError(f"{keys.place(name)} is {value!r}; expected [first character from 1, length]")
        fields.append(FixedField(name, value[0], value[1]))
    return tuple(fields)


def read_computed(keys: Keys) -> tuple[ComputedCell, ...]:
    """Computed cells by name, in the order they are written; a later one may read an earlier one."""
    return tuple(_computed_cell(keys.column(name), name) for name in list(keys.rest()))


def _computed_cell(keys: Keys, name: str) -> ComputedCell:
    first_not_empty = keys.texts("first_not_empty", ())
    cell = ComputedCell(
        name,
        times=keys.texts("times", ()),
        plus=keys.texts("plus", ()),
        less=keys.texts("less", ()),
        join=keys.texts("join", ()),
        first_not_empty=tuple(column.removesuffix("?") for column in first_not_empty),
        optional=frozenset(column.removesuffix("?") for column in first_not_empty if column.endswith("?")),
        first_of=keys.text("first_of", ""),
        number_by=keys.texts("number_by", ()),
        within=keys.text("within", ""),
        otherwise=keys.text("otherwise", ""),
    )
    keys.finish()
    ways = (cell.times or cell.plus, cell.join, cell.first_not_empty, cell.first_of, cell.number_by)
    in_transaction = bool(cell.first_of or cell.number_by)
    if sum(map(bool, ways)) != 1 or bool(cell.within) != in_transaction:
        raise ConfigError(
            f"{keys.place('')} cannot be worked out; expected one of times or plus (and less), join, first_not_empty, "
            "first_of with within, number_by with within"
        )
    return cell


def read_labels(keys: Keys) -> tuple[VariableLayout, ...]:
    """Label layouts as ``02IIIIIVPPPPK``, or ``28IIIIVWWWWWK:3`` where the value has not two decimals."""
    layouts = []
    for text in keys.texts("labels", ()):
        pattern, _, decimals = text.partition(":")
        if decimals and not decimals.isdigit():
            raise ConfigError(f"{keys.place('labels')} has {text!r}; expected a layout, a colon and its decimals")
        layouts.append(VariableLayout(pattern, int(decimals or "2")))
    return tuple(layouts) or US_LAYOUTS
