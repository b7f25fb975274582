"""Till lines of a made-up chain, quickly, any number of them: only for measuring, nobody lives there.

Every value is a hash of its position, so the same size gives the same bytes. Lines come as a chain would deliver them:
by day, store, lane and transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pc

Integers = npt.NDArray[np.int64]
FIRST_ON = np.datetime64("2026-01-01")
_SOLD_EACH_DAY_SECONDS = 13 * 3600


@dataclass(frozen=True)
class ChainSize:
    """How large a chain is; about ten lines a transaction."""

    stores: int
    days: int
    lanes: int = 8
    transactions: int = 25  # of a lane on a day


def write_chain(path: Path, size: ChainSize, *, quoted: bool = False) -> int:
    """Write one CSV file in the `plain` form.

    Args:
        path: The file.
        size: How large.
        quoted: Whether every cell is put in quotes.

    Returns:
        How many lines.
    """
    options = pc.WriteOptions(quoting_style="all_valid" if quoted else "none")
    lines = 0
    schema = _day(size, 0).schema
    with pc.CSVWriter(str(path), schema, write_options=options) as writer:
        for day in range(size.days):
            rows = _day(size, day)
            writer.write_table(rows)
            lines += rows.num_rows
    return lines


def _day(size: ChainSize, day: int) -> pa.Table:
    """One day of all stores, in order."""
    place = np.arange(size.stores * size.lanes * size.transactions, dtype=np.int64)
    ids = place + day * len(place)
    store, lane = place // (size.lanes * size.transactions), place // size.transactions % size.lanes
    number = place % size.transactions
    lines = 1 + _draw(ids, 1, 19)
    transaction = np.repeat(np.arange(len(place)), lines)
    line = np.arange(len(transaction)) - np.repeat(np.cumsum(lines) - lines, lines)
    key = ids[transaction] * 64 + line
    price = 49 + _draw(key, 5, 1_500)
    quantity = np.where(_draw(key, 6, 10) == 0, 2, 1)
    saved = np.where(_draw(key, 9, 5) == 0, price // 10, 0)
    households = np.char.add("H", (100_000 + _draw(ids, 2, size.stores * 1_200)).astype(str))
    seconds = 8 * 3600 + number * (_SOLD_EACH_DAY_SECONDS // size.transactions) + _draw(ids, 4, 600)
    on = FIRST_ON + day
    sold_at = on.astype("datetime64[s]").astype(np.int64) + seconds
    of_line = pa.array(transaction)
    return pa.table(
        {
            "household_id": pa.array(households, mask=_draw(ids, 3, 100) >= 82).take(of_line),
            "store_id": pa.array((1 + store).astype(str)).take(of_line),
            "lane_id": pa.array((1 + lane).astype(str)).take(of_line),
            "sold_on": pa.array(np.full(len(transaction), on)),
            "transaction_id": pa.array((day * size.transactions + number + 1)[transaction]),
            "line_number": pa.array(line + 1),
            "sold_at": pa.array(sold_at, pa.timestamp("s")).take(of_line),
            "product_id": pa.array(10_000_000 + _draw(key, 7, 9_000) * _draw(key, 8, 9_000) // 9_000),
            "quantity_milli": pa.array(quantity * 1_000),
            "amount_cents": pa.array(price * quantity - saved),
            "loyalty_discount_cents": pa.array(saved),
            "store_coupon_cents": pa.array(np.where(_draw(key, 10, 50) == 0, 50, 0)),
            "manufacturer_coupon_cents": pa.array(np.where(_draw(key, 11, 70) == 0, 100, 0)),
        }
    )


def _draw(ids: Integers, salt: int, below: int) -> Integers:
    """A number from 0 on for each id, by the mixing steps of SplitMix64."""
    mixed = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(salt * 7_919 + 1)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    drawn: Integers = ((mixed ^ (mixed >> np.uint64(31))) % np.uint64(below)).astype(np.int64)
    return drawn
