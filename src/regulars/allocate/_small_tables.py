"""Households, offers, levels and limits, checked: what is wrong is counted, named and left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from regulars.contracts import Finding, table
from regulars.kernel import ContractError

from ._arrays import NO_LIMIT, Integers

FACE_MAX_MICROS = 10**12
"""A face value above a million dollars is refused as a slip."""

SLOTS_MAX = 1_000
"""No list is longer."""

_ACCEPTED = {
    "text": (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_dictionary),
    "integer": (pa.types.is_integer, pa.types.is_floating, pa.types.is_null),
    "double": (pa.types.is_floating, pa.types.is_integer),
    "boolean": (pa.types.is_boolean,),
}


@dataclass
class Findings:
    """Collects what was left out, one finding per rule with a count and a first example."""

    found: list[Finding] = field(default_factory=list)

    def add(self, table_name: str, column: str, rule: str, message: str) -> None:
        """One finding about a table."""
        self.found.append(Finding(table_name, None, column, rule, message))

    def keep(
        self, rows: pa.Table, bad: NDArray[np.bool_], table_name: str, column: str, rule: str, expected: str
    ) -> pa.Table:
        """Leave the bad rows out of a table and say so."""
        if not bad.any():
            return rows
        first = rows.slice(int(np.argmax(bad)), 1).to_pylist()[0]
        left_out = f"{int(bad.sum())} of {len(rows)} rows left out; expected {expected}; the first: {first}"
        self.add(table_name, column, rule, left_out)
        return rows.filter(pa.array(~bad))


MAKE_GOOD = "make_good_micros"
"""Column of the offers that may be absent: what is owed for each promised list that is missed, null for no price."""


def check_columns(schema: pa.Schema, table_name: str, where: str) -> None:
    """Refuse a table whose columns are not the contract's.

    Raises:
        ContractError: A column is missing or of another type; names the place, the column and what was expected.
    """
    priced = table_name == "plan_offers" and MAKE_GOOD in schema.names
    accepted = {column.name: column.type for column in table(table_name).columns}
    accepted |= {MAKE_GOOD: accepted["distributions_max"]} if priced else {}
    for name, kind in accepted.items():
        if name not in schema.names:
            raise ContractError(
                f"{where} has no column {name!r}; expected {kind}",
                hint=f"its columns are {', '.join(schema.names) or 'none'}",
            )
        if schema.names.count(name) > 1:
            raise ContractError(f"{where} has {schema.names.count(name)} columns {name!r}; expected one")
        found = schema.field(name).type
        if not any(accepts(found) for accepts in _ACCEPTED[kind]):
            raise ContractError(f"{where}, column {name!r}: expected {kind}, found {found}")


def whole_numbers(column: pa.ChunkedArray | pa.Array) -> tuple[Integers, NDArray[np.bool_], NDArray[np.bool_]]:
    """Values (0 where unusable), which are missing (null or NaN), and which are no whole number below 2^53."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    missing = np.asarray(column.is_null(nan_is_null=True))
    if pa.types.is_null(column.type):
        return np.zeros(len(column), np.int64), missing, np.zeros(len(column), bool)
    if pa.types.is_floating(column.type):
        values = np.where(missing, 0.0, column.to_numpy(zero_copy_only=False))
        bad = ~missing & ~((np.abs(values) < 2.0**53) & (np.floor(values) == values))
        return np.where(bad, 0.0, values).astype(np.int64), missing, bad
    values = column.fill_null(0).to_numpy(zero_copy_only=False)
    bad = ~missing & ~((values < 2**53) & (values > -(2**53)))
    return np.where(bad, 0, values).astype(np.int64), missing, bad


def unique_rows(rows: pa.Table, keys: Sequence[str], table_name: str, findings: Findings) -> pa.Table:
    """Sort by the key (then all other columns) and keep the first of each; rows without a key go."""
    missing = np.zeros(len(rows), bool)
    for key in keys:
        missing |= np.asarray(rows[key].is_null())
    rows = findings.keep(rows, missing, table_name, keys[0], "key-is-given", f"a value for {' and '.join(keys)}")
    others = [name for name in rows.column_names if name not in keys]
    rows = rows.sort_by([(name, "ascending") for name in (*keys, *others)])
    repeated = np.zeros(len(rows), bool)
    if len(rows) > 1:
        same = np.ones(len(rows) - 1, bool)
        for key in keys:
            column = rows[key].combine_chunks()
            same &= np.asarray(pc.equal(column[1:], column[:-1]))
        repeated[1:] = same
    return findings.keep(rows, repeated, table_name, keys[0], "key-is-unique", "one row each; the first is kept")


def check_text(column: pa.Array | pa.ChunkedArray, where: str) -> None:
    """Refuse text that is no UTF-8.

    Raises:
        ContractError: Some of it is not.
    """
    try:
        column.validate(full=True)
    except pa.ArrowInvalid as error:
        raise ContractError(f"{where} holds text that is no UTF-8", hint="write the file anew as UTF-8") from error


def _text(rows: pa.Table, names: Sequence[str]) -> pa.Table:
    for name in names:
        column = rows[name].cast(pa.string())
        check_text(column, f"column {name!r}")
        rows = rows.set_column(rows.column_names.index(name), name, column)
    return rows


def _at_most(rows: pa.Table, names: Sequence[str]) -> pa.Table:
    """Lower limits that are too great to be counted with to the greatest that can be; nothing ever comes near it."""
    for name in names:
        kind = rows[name].type
        if not pa.types.is_null(kind):
            most = pa.scalar(2**53 - 1).cast(kind, safe=False) if kind.bit_width == 64 else None
            lowered = rows[name] if most is None else pc.if_else(pc.greater(rows[name], most), most, rows[name])
            rows = rows.set_column(rows.column_names.index(name), name, lowered)
    return rows


def _not_negative(rows: pa.Table, name: str, table_name: str, findings: Findings) -> pa.Table:
    """Take limits below zero as zero, and say so."""
    below = np.asarray(pc.less(rows[name], 0).fill_null(False)).astype(bool)
    if not below.any():
        return rows
    findings.add(table_name, name, "limit-not-negative", f"{int(below.sum())} of {len(rows)} below 0, taken as 0")
    zero = pa.scalar(0).cast(rows[name].type)
    return rows.set_column(rows.column_names.index(name), name, pc.if_else(pa.array(below), zero, rows[name]))


@dataclass(frozen=True)
class HouseholdRows:
    """Households sorted by id."""

    ids: pa.Array
    slots_min: Integers
    slots_max: Integers
    face_min: Integers
    face_max: Integers


def read_households(rows: pa.Table, findings: Findings) -> HouseholdRows:
    """Check the households; a missing minimum is 0, a missing maximum is refused."""
    names = ("slots_min", "slots_max", "face_min_micros", "face_max_micros")
    rows = unique_rows(_text(rows.select(["household_id", *names]), ["household_id"]), ["household_id"],
                       "households", findings)  # fmt: skip
    rows = _at_most(rows, ("slots_max", "face_max_micros"))
    bad = np.zeros(len(rows), bool)
    for name in names:
        rows = _not_negative(rows, name, "households", findings)
        _, missing, wrong = whole_numbers(rows[name])
        bad |= wrong | (missing & name.endswith(("slots_max", "max_micros")))
    rows = findings.keep(rows, bad, "households", "slots_min", "bounds-are-whole",
                         "whole numbers >= 0 for slots and face values")  # fmt: skip
    slots_min, slots_max, face_min, face_max = (whole_numbers(rows[name])[0] for name in names)
    ids = rows["household_id"].combine_chunks()
    return HouseholdRows(ids, slots_min, np.minimum(slots_max, SLOTS_MAX), face_min, face_max)


@dataclass(frozen=True)
class OfferRows:
    """Offers sorted by id; `NO_LIMIT` and None where no limit is set."""

    ids: pa.Array
    category: tuple[str, ...]
    vendor: tuple[str, ...]
    count_min: Integers
    count_max: Integers
    budget: tuple[int | None, ...]
    make_good: Integers


def read_offers(rows: pa.Table, findings: Findings) -> OfferRows:
    """Check the offers; a guarantee above the offer's own cap is cut down to it, with a finding."""
    names = ("distributions_min", "distributions_max", "vendor_budget_micros", MAKE_GOOD)
    if MAKE_GOOD not in rows.column_names:
        rows = rows.append_column(MAKE_GOOD, pa.nulls(len(rows), pa.int64()))
    texts = ["offer_id", "category_id", "vendor_id"]
    rows = unique_rows(_text(rows.select([*texts, *names]), texts), ["offer_id"], "offers", findings)
    rows = _at_most(rows, names[1:])
    bad = np.asarray(rows["category_id"].is_null())
    for name in names:
        rows = _not_negative(rows, name, "offers", findings)
        bad |= whole_numbers(rows[name])[2]
    rows = findings.keep(rows, bad, "offers", "distributions_min", "limits-are-whole",
                         "a category, and whole numbers >= 0 or null for limits")  # fmt: skip
    count_min = whole_numbers(rows[names[0]])[0]
    count_max, no_max, _ = whole_numbers(rows[names[1]])
    budget, no_budget, _ = whole_numbers(rows[names[2]])
    make_good, none_agreed, _ = whole_numbers(rows[names[3]])
    return OfferRows(
        rows["offer_id"].combine_chunks(),
        tuple(rows["category_id"].to_pylist()),
        tuple(name or "" for name in rows["vendor_id"].to_pylist()),
        count_min,
        np.where(no_max, NO_LIMIT, count_max),
        tuple(None if none else int(value) for value, none in zip(budget, no_budget, strict=True)),
        np.where(none_agreed, NO_LIMIT, make_good),
    )


@dataclass(frozen=True)
class LevelRows:
    """Level rows sorted by offer and level."""

    offer: Integers
    number: Integers
    face: Integers
    funding: Integers


def read_levels(rows: pa.Table, offers: OfferRows, findings: Findings) -> LevelRows:
    """Check the levels: of a known offer, 0 <= funding <= face."""
    names = ["offer_id", "level", "face_micros", "funding_micros"]
    rows = unique_rows(_text(rows.select(names), ["offer_id"]), ["offer_id", "level"], "levels", findings)
    unknown = np.asarray(pc.index_in(rows["offer_id"], offers.ids).is_null())
    rows = findings.keep(rows, unknown, "levels", "offer_id", "offer-is-known", "an offer of the offers table")
    bad = np.zeros(len(rows), bool)
    for name in names[1:]:
        values, missing, wrong = whole_numbers(rows[name])
        bad |= wrong | missing
        if name != "level":
            bad |= (values < 0) | (values > FACE_MAX_MICROS)
    bad |= whole_numbers(rows["funding_micros"])[0] > whole_numbers(rows["face_micros"])[0]
    rows = findings.keep(rows, bad, "levels", "funding_micros", "funding-within-face",
                         "whole micros with 0 <= funding <= face")  # fmt: skip
    offer = np.asarray(pc.index_in(rows["offer_id"], offers.ids)).astype(np.int64)
    level, face, funding = (whole_numbers(rows[name])[0] for name in names[1:])
    return LevelRows(offer, level, face, funding)


@dataclass(frozen=True)
class LimitRows:
    """Category caps and budgets of vendors and the store; what is absent has no limit."""

    category: dict[str, int]
    vendor: dict[str, int]
    store: int | None


def read_limits(rows: pa.Table, offers: OfferRows, findings: Findings) -> LimitRows:
    """Check the limits; one that names nothing that is offered is mentioned and has no effect."""
    names = ["scope", "id", "max_count", "budget_micros"]
    rows = unique_rows(_text(rows.select(names), names[:2]), names[:2], "limits", findings)
    scopes = rows["scope"].to_pylist()
    unknown = np.array([scope not in {"category", "vendor", "store"} for scope in scopes], bool)
    rows = findings.keep(rows, unknown, "limits", "scope", "scope-is-known", "category, vendor or store")
    rows = _at_most(rows, names[2:])
    count, no_count, count_bad = whole_numbers(rows["max_count"])
    budget, no_budget, budget_bad = whole_numbers(rows["budget_micros"])
    bad = count_bad | budget_bad
    if bad.any():
        first = rows.slice(int(np.argmax(bad)), 1).to_pylist()[0]
        raise ContractError(f"limits: expected whole numbers or null, found {first}", hint="mend the limit")
    known = {"category": set(offers.category), "vendor": set(offers.vendor), "store": {"all"}}
    found = LimitRows({}, {}, None)
    store: int | None = None
    for place, (scope, one) in enumerate(zip(rows["scope"].to_pylist(), rows["id"].to_pylist(), strict=True)):
        most = None if no_count[place] else max(int(count[place]), 0)
        money = None if no_budget[place] else max(int(budget[place]), 0)
        if int(count[place]) < 0 or int(budget[place]) < 0:
            findings.add("limits", "budget_micros", "limit-not-negative", f"{scope} {one}: below 0, taken as 0")
        if one not in known[scope]:
            findings.add("limits", "id", "limit-names-something", f"{scope} {one!r} has no offer; no effect")
        if (most is not None and scope != "category") or (money is not None and scope == "category"):
            column = "max_count" if scope != "category" else "budget_micros"
            raise ContractError(
                f"limits: {scope} {one!r} sets {column}, which has no meaning for a {scope}",
                hint="a category has max_count (per household), a vendor and the store have budget_micros",
            )
        if scope == "category" and most is not None:
            found.category[one] = most
        if scope == "vendor" and money is not None:
            found.vendor[one] = money
        if scope == "store" and one == "all":
            store = money
    return LimitRows(found.category, found.vendor, store)
