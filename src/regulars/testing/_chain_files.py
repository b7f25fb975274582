"""The synthetic chain's files: one a store-day, as CSV, fixed columns or POSLog of two versions, with planted faults.

Every fault is planted in a transaction of its own, told with its place and the rule that must find it, and counted;
what is not planted is good. Voids of both kinds, returns, post-voids, training and the like are no faults: they are
what tills do.
"""

from __future__ import annotations

import enum
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from regulars.kernel import derived_seed

from ._chain import ChainLine, ChainSize, ChainTransaction, Event, Void, store_day, store_days, undone_numbers


class FileForm(enum.StrEnum):
    """How a chain's files are written."""

    CSV = "csv"
    FIXED = "fixed"
    POSLOG_2 = "poslog-2"
    POSLOG_6 = "poslog-6"


@dataclass(frozen=True)
class PlantedFault:
    """One fault: where it stands, which rule must find it, and whether it keeps a row out."""

    line: int
    rule: str
    refused: bool = True


@dataclass
class ChainFile:
    """One file and what must be found in it.

    Args:
        path: The file.
        form: How it is written.
        faults: What was planted, in the order of lines.
        rows: Item lines that are kept.
        sale_lines: Those that are sales.
        return_lines: Those that are returns.
        net_cents: What they come to.
        voided_lines: Lines that were voids; POSLog only, as are the rest.
        retail_transactions: Transactions that leave lines, or would.
        other_transactions: The rest.
        transactions_with_loyalty_identity: Retail transactions with a card.
    """

    path: Path
    form: FileForm
    faults: list[PlantedFault] = field(default_factory=list)
    rows: int = 0
    sale_lines: int = 0
    return_lines: int = 0
    net_cents: int = 0
    voided_lines: int = 0
    retail_transactions: int = 0
    other_transactions: int = 0
    transactions_with_loyalty_identity: int = 0

    def count(self, lines: Iterable[ChainLine]) -> None:
        """Count lines that are kept."""
        for line in lines:
            back = line.quantity_milli < 0
            self.rows += 1
            self.return_lines += back
            self.sale_lines += not back
            self.net_cents += line.amount_cents


CHAIN_FIXED_MAPPING = """\
name = "synthetic"
about = "The synthetic chain's fixed columns"

[[file]]
match = "*.txt"
kind = "lines"
format = "fixed"
[file.fields]
Store = [1, 6]
Lane = [7, 2]
Day = [9, 8]
Number = [17, 6]
Line = [23, 4]
Time = [27, 6]
Card = [33, 12]
Code = [45, 14]
Quantity = [59, 10]
Amount = [69, 10]
Discount = [79, 8]
[file.computed]
"sold at" = { join = ["Day", "Time"] }
[file.columns]
card_id = "Card"
store_id = "Store"
lane_id = "Lane"
sold_on = { from = "Day", pattern = "%Y%m%d" }
transaction_id = "Number"
line_number = "Line"
sold_at = { from = "sold at", pattern = "%Y%m%d %H%M%S" }
product_id = { from = "Code", code = true }
quantity_milli = { from = "Quantity", unit = "thousandths" }
amount_cents = { from = "Amount", unit = "cents" }
loyalty_discount_cents = { from = "Discount", unit = "cents" }
store_coupon_cents = { constant = "0" }
manufacturer_coupon_cents = { constant = "0" }
known_from_on = { same_as = "sold_on" }
"""
"""Reads the chain's files of fixed columns."""

_CSV_HEAD = (
    "card_id,store_id,lane_id,sold_on,transaction_id,line_number,sold_at,product_id,quantity_milli,"
    "amount_cents,loyalty_discount_cents"
)
_SUFFIX = {FileForm.CSV: ".csv", FileForm.FIXED: ".txt", FileForm.POSLOG_2: ".xml", FileForm.POSLOG_6: ".xml"}


def write_chain(
    folder: Path, size: ChainSize, *, form: FileForm, seed: int, faults_every: int = 0
) -> list[ChainFile]:
    """Write a chain's files.

    Args:
        folder: Where to; made if missing.
        size: How large.
        form: How they are written.
        seed: Same seed, same bytes.
        faults_every: Of so many sales about one is given a fault; 0 for none.

    Returns:
        The files with what must be found in them, by day and store.

    Raises:
        OSError: The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [_write_day(folder, size, store, day, form, seed, faults_every) for store, day in store_days(size)]


def _write_day(
    folder: Path, size: ChainSize, store: int, day: date, form: FileForm, seed: int, faults_every: int
) -> ChainFile:
    transactions = store_day(size, store, day, seed=seed)
    draw = random.Random(derived_seed("chain-faults", seed, store, day.toordinal()))  # noqa: S311 - no secret is made here
    file = ChainFile(folder / f"lines-{day}-S{store}{_SUFFIX[form]}", form)
    page = _Page(file, draw, faults_every)
    if form in {FileForm.CSV, FileForm.FIXED}:
        _write_rows(page, transactions)
    else:
        _write_log(page, transactions)
    file.path.write_bytes(b"".join(page.lines))
    return file


class _Page:
    """The lines of one file, and whether the next sale is given a fault."""

    def __init__(self, file: ChainFile, draw: random.Random, faults_every: int) -> None:
        self.file = file
        self.lines: list[bytes] = []
        self._draw = draw
        self._every = faults_every

    def add(self, text: str) -> None:
        self.lines.append(text.encode() + b"\n")

    def fault(self, kinds: Sequence[str]) -> str:
        """The kind of fault for the next sale; empty for none."""
        if not self._every or self._draw.random() * self._every >= 1:
            return ""
        return self._draw.choice(kinds)

    def plant(self, rule: str, *, refused: bool = True, line: int | None = None) -> None:
        """Tell a fault of the line that comes next, or of another."""
        self.file.faults.append(PlantedFault(len(self.lines) + 1 if line is None else line, rule, refused))


# --- rows -------------------------------------------------------------------------------------------------------------

_CSV_FAULTS: dict[str, tuple[str, Callable[[list[str]], bytes]]] = {
    "money": ("money-is-a-number", lambda cells: _joined(_put(cells, 9, "NaN"))),
    "quantity": ("quantity-in-range", lambda cells: _joined(_put(cells, 8, "1000000000"))),
    "day": ("date-in-range", lambda cells: _joined(_put(cells, 3, "1970-01-01"))),
    "stamp": ("timestamp-is-a-timestamp", lambda cells: _joined(_put(cells, 6, "yesterday"))),
    "cells": ("cells-are-as-many-as-columns", lambda cells: _joined(cells[:-2])),
    "quote": ("quotes-are-paired", lambda cells: _joined(_put(cells, 0, '"' + cells[0]))),
    "bytes": ("text-is-readable", lambda cells: b"\xff" + _joined(cells)),
    "nothing": ("value-is-present", lambda cells: _joined(_put(cells, 7, ""))),
}
_FIXED_FAULTS: dict[str, tuple[str, Callable[[str], str]]] = {
    "money": ("money-is-a-number", lambda row: row[:68] + "       NaN" + row[78:]),
    "quantity": ("quantity-in-range", lambda row: row[:58] + "1000000000" + row[68:]),
    "day": ("date-in-range", lambda row: row[:8] + "19700101" + row[16:]),
    "cut": ("line-ends-between-fields", lambda row: row[:75]),
    "control": ("text-is-readable", lambda row: "\x07" + row[1:]),
}


def _put(cells: list[str], place: int, text: str) -> list[str]:
    return [*cells[:place], text, *cells[place + 1 :]]


def _joined(cells: Sequence[str]) -> bytes:
    return ",".join(cells).encode()


def _write_rows(page: _Page, transactions: list[ChainTransaction]) -> None:
    """A row for each line that counts; what tills do besides is not in such files."""
    undone = undone_numbers(transactions)
    csv = page.file.form is FileForm.CSV
    if csv:
        page.add(_CSV_HEAD)
    for one in transactions:
        if one.event is not Event.SALE or (one.lane, one.number) in undone:
            continue
        lines = one.counted
        kind = page.fault(tuple(_CSV_FAULTS if csv else _FIXED_FAULTS)) if lines else ""
        for place, line in enumerate(lines):
            row = _csv_cells(one, line) if csv else _fixed_row(one, line)
            if kind and place == 0:
                rule, spoil = _CSV_FAULTS[kind] if csv else _FIXED_FAULTS[kind]
                page.plant(rule)
                spoilt = spoil(row)  # type: ignore[arg-type]
                page.lines.append((spoilt if isinstance(spoilt, bytes) else spoilt.encode()) + b"\n")
            else:
                page.add(",".join(row) if csv else str(row))
                page.file.count([line])


def _csv_cells(one: ChainTransaction, line: ChainLine) -> list[str]:
    return [
        one.card, one.store, one.lane, one.day.isoformat(), str(one.number), str(line.number),
        one.sold_at.isoformat(" "), "00" + line.code, str(line.quantity_milli), str(line.amount_cents),
        str(line.discount_cents),
    ]  # fmt: skip


def _fixed_row(one: ChainTransaction, line: ChainLine) -> str:
    return (
        f"{one.store:<6}{one.lane:>2}{one.day:%Y%m%d}{one.number:>6}{line.number:>4}{one.sold_at:%H%M%S}{one.card:<12}"
        f"{line.code:<14}{line.quantity_milli:>10}{line.amount_cents:>10}{line.discount_cents:>8}"
    )


# --- logs -------------------------------------------------------------------------------------------------------------

_LOG_FAULTS = ("broken", "money", "quantity", "total", "day", "control")
_STATUS = {Event.SUSPENDED: "Suspended", Event.CANCELLED: "Canceled", Event.POST_VOID: "PostVoided"}


def _write_log(page: _Page, transactions: list[ChainTransaction]) -> None:
    undone = undone_numbers(transactions)
    page.add('<?xml version="1.0" encoding="UTF-8"?>')
    version = "6" if page.file.form is FileForm.POSLOG_6 else "2"
    page.add(f'<POSLog xmlns="http://www.nrf-arts.org/IXRetail/namespace/" MajorVersion="{version}">')
    page.add("<!-- A chain that never was: synthetic. -->")
    controls = False
    for one in transactions:
        taken_back = (one.lane, one.number) in undone
        plain = one.event is Event.SALE and not taken_back and one.lines and one.lines[0].void is None
        kind = page.fault(_LOG_FAULTS) if plain else ""
        controls = controls or kind == "control"
        _write_transaction(page, one, kind)
        _count_transaction(page.file, one, kind, taken_back=taken_back)
    page.add("</POSLog>")
    if controls:
        page.file.faults.insert(0, PlantedFault(1, "text-is-readable", refused=False))


def _count_transaction(file: ChainFile, one: ChainTransaction, kind: str, *, taken_back: bool) -> None:
    if kind == "broken":
        return
    if one.event is not Event.SALE:
        file.other_transactions += 1
        return
    file.retail_transactions += 1
    file.transactions_with_loyalty_identity += bool(one.card)
    file.voided_lines += sum(line.void is not None for line in one.lines)
    if taken_back:
        return
    kept = one.counted
    if kind in {"day", "control"}:
        kept = []
    elif kind in {"money", "quantity"}:
        kept = kept[1:]
    file.count(kept)


def _write_transaction(page: _Page, one: ChainTransaction, kind: str) -> None:
    six = page.file.form is FileForm.POSLOG_6
    training = ' TrainingModeFlag="true"' if one.event is Event.TRAINING else ""
    first = len(page.lines) + 1
    page.add(f"<Transaction{training}>")
    unit = (
        f"<BusinessUnit><UnitID>{one.store}</UnitID></BusinessUnit>"
        if six
        else f"<RetailStoreID>{one.store}</RetailStoreID>"
    )
    day = "1970-01-01" if kind == "day" else one.day.isoformat()
    number = f"{one.number}\x07" if kind == "control" else str(one.number)
    head = f"{unit}<WorkstationID>{one.lane}</WorkstationID><SequenceNumber>{number}</SequenceNumber>"
    page.add(
        f"{head}<BusinessDayDate>{day}</BusinessDayDate><EndDateTime>{one.sold_at.isoformat()}Z</EndDateTime>"
    )
    if kind == "broken":
        page.plant("xml-is-well-formed")
        page.add("<Broken & never mended>")
    if one.event is Event.CONTROL:
        page.add("<ControlTransaction><NoSale/></ControlTransaction>")
    else:
        _write_retail(page, one, kind, first)
    page.add("</Transaction>")


def _write_retail(page: _Page, one: ChainTransaction, kind: str, first: int) -> None:
    status = _STATUS.get(one.event, "Finished")
    page.add(f'<RetailTransaction TransactionStatus="{status}">')
    for place, line in enumerate(one.lines):
        spoil = kind if (place == 0 and kind in {"money", "quantity"}) else ""
        if spoil:
            page.plant("money-is-a-number" if spoil == "money" else "quantity-in-range")
        elif kind in {"day", "control"} and line.void is None:
            page.plant("date-in-range" if kind == "day" else "text-is-readable")
        page.add(_item(line, line.number, spoil, void=line.void is Void.FLAGGED))
        if line.void is Void.TAKEN_BACK:
            page.add(_item(line, line.number + 1, "", void=True, link=line.number))
        elif line.void is Void.COMPENSATED:
            back = replace(line, quantity_milli=-line.quantity_milli, amount_cents=-line.amount_cents)
            page.add(_item(back, line.number + 1, "", void=False))
    if one.card:
        page.add(
            f"<LoyaltyAccount><LoyaltyCard><PrimaryAccountNumber>{one.card}</PrimaryAccountNumber></LoyaltyCard>"
            "</LoyaltyAccount>"
        )
    if one.undoes is not None:
        page.add(
            f'<TransactionLink ReasonCode="Voided"><WorkstationID>{one.lane}</WorkstationID>'
            f"<BusinessDayDate>{one.day}</BusinessDayDate><SequenceNumber>{one.undoes}</SequenceNumber></TransactionLink>"
        )
    total = sum(line.amount_cents for line in one.counted)
    if kind == "total":
        page.plant("totals-add-up", refused=False, line=first)
        total += 1
    if kind != "money":
        page.add(f'<Total TotalType="TransactionGrandAmount">{_money(total)}</Total>')
    page.add("</RetailTransaction>")


def _item(line: ChainLine, number: int, spoil: str, *, void: bool, link: int | None = None) -> str:
    flag = ' VoidFlag="true"' if void else ""
    amount = "NaN" if spoil == "money" else _money(abs(line.amount_cents))
    sign = "-" if line.quantity_milli < 0 else ""
    quantity = f"{sign}1000000" if spoil == "quantity" else f"{line.quantity_milli / 1000:g}"
    linked = f"<ItemLink>{link}</ItemLink>" if link is not None else ""
    return (
        f'<LineItem{flag} EntryMethod="Scanned"><SequenceNumber>{number}</SequenceNumber><Sale ItemType="Stock">'
        f'<POSIdentity POSIDType="GTIN"><POSItemID>{line.code}</POSItemID></POSIdentity>'
        f"<Description>SYNTHETIC {line.code[-4:]}</Description>"
        f"<RegularSalesUnitPrice>{_money(_unit_cents(line))}</RegularSalesUnitPrice>"
        f"<ExtendedAmount>{amount}</ExtendedAmount>"
        f"<ExtendedDiscountAmount>{_money(line.discount_cents)}</ExtendedDiscountAmount>"
        f"<Quantity>{quantity}</Quantity>{linked}</Sale></LineItem>"
    )


def _unit_cents(line: ChainLine) -> int:
    return (abs(line.amount_cents) + line.discount_cents) * 1000 // abs(line.quantity_milli)


def _money(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"
