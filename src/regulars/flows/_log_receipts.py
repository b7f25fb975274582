"""Receipts as loaded logs show them: what was sold, what came back of it, and what was undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from regulars.kernel import HouseholdId, Period, ProductId, StoreId
from regulars.redeem import LaneTransaction

from ._ports import DataFile, Warehouse
from ._rows import read_rows

NO_LANE = "0"
"""The lane of a source that has none."""
_NUMBER = r"^[0-9]{1,15}$"
_POST_VOID = "post_void"


@dataclass
class LogLine:
    """One line of a receipt.

    Args:
        number: Its number.
        product_id: What was sold.
        quantity_milli: Thousandths, > 0.
        amount_cents: What was charged.
        discount_cents: What the line was reduced by, as far as the log tells: loyalty discounts and store's coupons.
        returned_milli: How much of it came back, at most all.
    """

    number: int
    product_id: ProductId
    quantity_milli: int
    amount_cents: int
    discount_cents: int
    returned_milli: int = 0


@dataclass
class LogReceipt:
    """A receipt's sales.

    Args:
        transaction: Its number.
        household_id: Whose card was shown; None for nobody's.
        lines: Its lines, by number.
    """

    transaction: LaneTransaction
    household_id: HouseholdId | None
    lines: list[LogLine] = field(default_factory=list)


@dataclass
class LoggedReceipts:
    """What the logs show of some transactions.

    Args:
        receipts: Sales by transaction.
        undone: Transactions that a post-void took back.
        empty: Transactions that ended without a sale: cancelled, suspended, training.
        returns_unclear: Returned lines that name a receipt, but not clearly enough which.
    """

    receipts: dict[LaneTransaction, LogReceipt] = field(default_factory=dict)
    undone: set[LaneTransaction] = field(default_factory=set)
    empty: set[LaneTransaction] = field(default_factory=set)
    returns_unclear: int = 0


def read_logged(
    warehouse: Warehouse, period: Period, wanted: Iterable[LaneTransaction], households: Iterable[HouseholdId]
) -> LoggedReceipts:
    """What the loaded logs show of wanted transactions, and of all receipts of some households within a period.

    Args:
        warehouse: Holds the logs.
        period: When the receipts were rung; returns may come later.
        wanted: Transactions within the period.
        households: Whose other receipts are read too.

    Raises:
        StoreError: A file cannot be read.
    """
    keys = pa.array(sorted({one.key for one in wanted}), pa.string())
    owners = pa.array(sorted(set(households)), pa.string())
    found, returned = LoggedReceipts(), list[dict[str, Any]]()
    for rows in _months(warehouse.files("lines"), period, "lines"):
        sold = pc.greater(rows["quantity_milli"], 0)
        within = _within(rows["sold_on"], period)
        ours = pc.or_(pc.is_in(_keys(rows), keys), pc.fill_null(pc.is_in(rows["household_id"], owners), False))
        for row in rows.filter(pc.and_(pc.and_(sold, within), ours)).to_pylist():
            _add_sale(found, row)
        back = pc.and_(pc.less(rows["quantity_milli"], 0), pc.is_valid(rows["returned_receipt"]))
        returned += rows.filter(back).to_pylist()
    for receipt in found.receipts.values():
        receipt.lines.sort(key=lambda line: line.number)
    _add_returns(found, returned)
    for rows in _months(warehouse.files("other_transactions"), period, "other_transactions"):
        _add_others(found, rows, keys)
    return found


def _months(files: Sequence[DataFile], period: Period, table_name: str) -> Iterator[pa.Table]:
    """Rows of the period's months and all later ones, file by file."""
    first = f"{period.from_on:%Y-%m}"
    for file in files:
        if not file.period or file.period >= first:
            yield read_rows([file], table_name)


def _within(days: pa.ChunkedArray, period: Period) -> Any:
    return pc.and_(pc.greater_equal(days, pa.scalar(period.from_on)), pc.less(days, pa.scalar(period.until_on)))


def _keys(rows: pa.Table, prefix: str = "") -> Any:
    """`LaneTransaction.key` of each row; empty where its number is none."""
    number, lane = rows[f"{prefix}transaction_id"], rows[f"{prefix}lane_id"]
    plain = pc.utf8_ltrim(number, "0")
    plain = pc.if_else(pc.equal(plain, ""), "0", plain)
    lane = pc.if_else(pc.equal(pc.fill_null(lane, ""), ""), NO_LANE, lane)
    day = pc.cast(rows[f"{prefix}sold_on"], pa.string())
    joined = pc.binary_join_element_wise(day, rows[f"{prefix}store_id"], lane, plain, "/")
    return pc.if_else(pc.fill_null(pc.match_substring_regex(number, _NUMBER), False), joined, "")


def _add_sale(found: LoggedReceipts, row: dict[str, Any]) -> None:
    number = row["transaction_id"]
    if not (number.isascii() and number.isdecimal()) or row["amount_cents"] < 0:
        return
    at = LaneTransaction(StoreId(row["store_id"]), row["lane_id"] or NO_LANE, row["sold_on"], int(number))
    receipt = found.receipts.setdefault(at, LogReceipt(at, None))
    if row["household_id"] is not None:
        receipt.household_id = HouseholdId(row["household_id"])
    receipt.lines.append(
        LogLine(
            row["line_number"],
            ProductId(row["product_id"]),
            row["quantity_milli"],
            row["amount_cents"],
            row["loyalty_discount_cents"] + row["store_coupon_cents"],
        )
    )


def _add_returns(found: LoggedReceipts, returned: Iterable[dict[str, Any]]) -> None:
    """Take what came back off the receipts it was sold on; a named line first, else any of the same product."""
    by_number: dict[tuple[str, str], list[LogReceipt]] = defaultdict(list)
    for receipt in found.receipts.values():
        by_number[receipt.transaction.store_id, f"{receipt.transaction.sequence}"].append(receipt)
    for row in sorted(returned, key=_return_order):
        parts = row["returned_receipt"].split("/")
        if len(parts) != 5:
            continue
        store, lane, day, number, line = parts
        same = [
            one
            for one in by_number.get((store or row["store_id"], number.lstrip("0") or "0"), ())
            if lane in {"", one.transaction.lane_id} and day in {"", one.transaction.business_on.isoformat()}
        ]
        if len(same) > 1:
            found.returns_unclear += 1
        elif same:
            _take_back(same[0], line, row["product_id"], -row["quantity_milli"])


def _return_order(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["sold_on"], row["store_id"], row["lane_id"], row["transaction_id"], row["line_number"]


def _take_back(receipt: LogReceipt, line_number: str, product_id: str, milli: int) -> None:
    same = [line for line in receipt.lines if line.product_id == product_id]
    for line in sorted(same, key=lambda line: f"{line.number}" != line_number):
        taken = min(milli, line.quantity_milli - line.returned_milli)
        line.returned_milli += taken
        milli -= taken


def _add_others(found: LoggedReceipts, rows: pa.Table, keys: pa.Array) -> None:
    ended = pc.and_(pc.is_in(_keys(rows), keys), pc.not_equal(rows["reason"], "control"))
    found.empty |= {LaneTransaction.of_key(key) for key in _keys(rows.filter(ended)).to_pylist()}
    naming = rows.filter(pc.and_(pc.equal(rows["reason"], _POST_VOID), pc.is_valid(rows["undoes_transaction_id"])))
    undone = _keys(naming, "undoes_")
    known = pc.fill_null(pc.is_in(undone, keys), False)
    found.undone |= {LaneTransaction.of_key(key) for key in pc.filter(undone, known).to_pylist()}
