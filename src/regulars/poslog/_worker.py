"""One file from its bytes to plain tables in a folder: what the process runs that is started for it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from regulars.kernel import VariableLayout

from ._clean import UNREADABLE, readable_file
from ._decide import Decision, OtherKind, TransactionKey, decide
from ._faults import Fault
from ._parse import PoslogParser
from ._stamps import Clock

SEPARATOR = "\x1f"
"""Between the cells of a row: a character no XML can hold."""

ROW_COLUMNS = (
    "row", "line", "offset", "store_id", "lane_id", "sold_on", "transaction_id", "line_number", "sold_at",
    "household_id", "card_id", "product_id", "quantity_milli", "amount_cents", "loyalty_discount_cents",
    "store_coupon_cents", "manufacturer_coupon_cents", "returned_receipt",
)  # fmt: skip
OTHER_COLUMNS = (
    "store_id", "lane_id", "sold_on", "transaction_id", "reason",
    "undoes_store_id", "undoes_lane_id", "undoes_sold_on", "undoes_transaction_id",
)  # fmt: skip
FINDING_COLUMNS = ("line", "offset", "rule", "message", "refused")
ROWS, OTHERS, FINDINGS, COUNTS, COPY = "rows.txt", "others.txt", "findings.txt", "counts.json", "clean.xml"


_STOPPED = "reading stopped here: expected the file to need no"


class OutOfTime(Exception):  # noqa: N818 - it ends the file, not the program
    """The process has used up its time."""


@dataclass(frozen=True)
class ReadSettings:
    """How a source writes its logs.

    Args:
        stamps_zone: Zone of stamps that name none.
        store_zone: Zone of the store.
        layouts: How the chain's scales lay their labels out.
    """

    stamps_zone: str
    store_zone: str
    layouts: tuple[VariableLayout, ...]


@dataclass
class Counts:
    """What a file holds; see docs/guides/loading-data.md for what each figure counts."""

    rows: int = 0
    faults: int = 0
    transactions: int = 0
    retail_transactions: int = 0
    other_transactions: int = 0
    voided_lines: int = 0
    transactions_with_loyalty_identity: int = 0
    stores: int = 0
    file: str = ""


def read_file(path: Path, folder: Path, settings: ReadSettings) -> Counts:
    """Read a file whole and write its tables.

    Args:
        path: The file.
        folder: Where ``rows.txt``, ``others.txt``, ``findings.txt`` and, last, ``counts.json`` are written.
        settings: How it is written.

    Raises:
        OSError: The file cannot be read, or the folder not written.
    """
    readable = readable_file(path, folder / COPY)
    with (
        _table(folder / ROWS) as rows,
        _table(folder / OTHERS) as others,
        _table(folder / FINDINGS) as findings,
    ):
        writer = _Writer(settings, rows, others, findings)
        if readable.marked:
            message = (
                f"{readable.marked} places hold no text of {readable.encoding}, or a control character: expected none; "
                f"{UNREADABLE} stands there"
            )
            writer.find(1, 0, "text-is-readable", message, refused=False)
        descriptor = os.open(readable.path, os.O_RDONLY)
        parser = PoslogParser(descriptor, writer.take, writer.fault)
        try:
            parser.run()
        except OutOfTime:
            writer.fault(Fault(parser.line, parser.offset, "file-is-read-in-time", f"{_STOPPED} more time"))
        except MemoryError:
            writer.fault(Fault(parser.line, parser.offset, "file-fits-in-memory", f"{_STOPPED} more memory"))
        finally:
            os.close(descriptor)
    counts = writer.counts
    counts.stores = len(writer.stores)
    counts.file = str(readable.path)
    (folder / COUNTS).write_text(json.dumps(counts.__dict__), encoding="utf-8")
    return counts


def _table(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="", buffering=1 << 20)


class _Writer:
    """Writes what each transaction comes to."""

    def __init__(self, settings: ReadSettings, rows: TextIO, others: TextIO, findings: TextIO) -> None:
        self.counts = Counts()
        self.stores: set[str] = set()
        self._layouts = settings.layouts
        self._clock = Clock(settings.stamps_zone, settings.store_zone)
        self._rows: Callable[[str], Any] = rows.write
        self._others: Callable[[str], Any] = others.write
        self._findings: Callable[[str], Any] = findings.write

    def take(self, record: dict[str, Any]) -> None:
        """Write one transaction."""
        decision = decide(record, self._layouts)
        sold_at, sold_on = self._clock.sold(record)
        key = decision.key
        self.counts.transactions += 1
        if key.store:
            self.stores.add(key.store)
        if decision.other is not None:
            self.counts.other_transactions += 1
            self._write_other(decision.other, key, sold_on, decision.undoes)
            return
        self.counts.retail_transactions += 1
        self.counts.voided_lines += decision.voided
        self.counts.transactions_with_loyalty_identity += bool(decision.identity)
        if decision.difference_cents:
            self._tell_difference(record, key, decision.difference_cents)
        if decision.rounded:
            self._tell_rounded(record, key, decision.rounded)
        self._write_lines(decision, sold_on, sold_at)

    def fault(self, fault: Fault) -> None:
        """Write something that could not be read."""
        self.counts.faults += 1
        self.find(fault.line, fault.offset, fault.rule, fault.message, refused=True)

    def find(self, line: int, offset: int, rule: str, message: str, *, refused: bool) -> None:
        """Write a finding."""
        cells = (str(line), str(offset), rule, _one_line(message), "true" if refused else "false")
        self._findings(SEPARATOR.join(cells) + "\n")

    def _write_lines(self, decision: Decision, sold_on: str, sold_at: str) -> None:
        if not decision.lines:
            return
        key = decision.key
        head = SEPARATOR.join(map(_one_line, (key.store, key.lane, sold_on, key.number)))
        who = (decision.identity, "") if decision.names_household else ("", decision.identity)
        tail = SEPARATOR.join(map(_one_line, (sold_at, *who)))
        row = self.counts.rows
        rows = []
        for line in decision.lines:
            row += 1
            quantity, cents, returned = line.quantity_milli, line.amount_cents, line.returned
            rows.append(
                f"{row}\x1f{line.line}\x1f{line.offset}\x1f{head}\x1f{line.number}\x1f{tail}\x1f"
                f"{line.product if line.product.isprintable() else _one_line(line.product)}\x1f"
                f"{quantity if quantity.__class__ is int else _one_line(str(quantity))}\x1f"
                f"{cents if cents.__class__ is int else _one_line(str(cents))}\x1f"
                f"{line.loyalty_discount_cents}\x1f{line.store_coupon_cents}\x1f"
                f"{line.manufacturer_coupon_cents}\x1f{returned and _one_line(returned)}\n"
            )
        self.counts.rows = row
        self._rows("".join(rows))

    def _write_other(
        self, kind: OtherKind, key: TransactionKey, sold_on: str, undoes: TransactionKey | None
    ) -> None:
        target = (undoes.store, undoes.lane, undoes.day or sold_on, undoes.number) if undoes else ("", "", "", "")
        cells = (key.store, key.lane, sold_on, key.number, kind.value, *target)
        self._others(SEPARATOR.join(map(_one_line, cells)) + "\n")

    def _tell_difference(self, record: dict[str, Any], key: TransactionKey, cents: int) -> None:
        message = (
            f"store {key.store} lane {key.lane} number {key.number}: lines and totals differ by "
            f"{abs(cents) // 100}.{abs(cents) % 100:02d}: expected them to agree"
        )
        self.find(record["line"], record["offset"], "totals-add-up", message, refused=False)

    def _tell_rounded(self, record: dict[str, Any], key: TransactionKey, lines: int) -> None:
        held = "line holds an amount" if lines == 1 else "lines hold amounts"
        message = (
            f"store {key.store} lane {key.lane} number {key.number}: {lines} {held} with parts of a cent, "
            "which were rounded: expected whole cents"
        )
        self.find(record["line"], record["offset"], "amounts-are-whole-cents", message, refused=False)


def _one_line(text: str) -> str:
    """A text with blanks for whatever would end the row."""
    return text if text.isprintable() else " ".join(text.split())
