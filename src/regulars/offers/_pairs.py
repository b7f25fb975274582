"""Rows of candidates become one pair a household and offer: chance without the offer, standing, what is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ._response import CYCLES_SEEN, KNOWN, NEED, NEW, Floats, Integers

_SHOWN = [
    "product_id",
    "need_id",
    "price_cents",
    "days_bought",
    "every_days",
    "last_on",
    "product_days_bought",
    "own_brand_bought",
]


@dataclass(frozen=True)
class Pairs:
    """Household-offer pairs, by household and offer; every array has one entry a pair.

    Args:
        shown: Columns of the row that stands for the pair: product, its price, need and when it was bought.
        household: Number of the household among `household_ids`.
        offer: Number of the offer in the book.
        standing: `KNOWN`, `NEED` or `NEW`.
        without: Chance of buying what is covered without the offer.
        displaced: Chance that a purchase the offer causes takes the place of another product of the same need.
        quantity: Usual quantity.
        cycle_cents: Spent on what gives the reason, per cycle.
        due: Whether what is shown stands on the household's list.
    """

    shown: pa.Table
    household_ids: pa.Array
    household: Integers
    offer: Integers
    standing: Integers
    without: Floats
    displaced: Floats
    quantity: Integers
    cycle_cents: Integers
    due: npt.NDArray[np.bool_]

    @property
    def count(self) -> int:
        """How many pairs there are."""
        return len(self.offer)

    def take(self, places: Integers) -> Pairs:
        """The pairs at some places, in that order."""
        return Pairs(
            self.shown.take(pa.array(places)),
            self.household_ids,
            self.household[places],
            self.offer[places],
            self.standing[places],
            self.without[places],
            self.displaced[places],
            self.quantity[places],
            self.cycle_cents[places],
            self.due[places],
        )


def fold_pairs(rows: pa.Table, offer_ids: list[str]) -> Pairs:
    """Fold reasons into pairs.

    The chance without the offer is that of buying at least one covered product among those bought before; where
    there is none, at least one of the needs served, at the brand's part; where there is none of these either, that
    of a newcomer. The shown product is one on the list first, then the likeliest, then the smallest id.

    Args:
        rows: Rows of `candidates`, sorted by its grain.
        offer_ids: Ids of the book's offers, sorted.
    """
    household_codes, household_ids = codes_of(rows["household_id"])
    offer = _places(rows["offer_id"], offer_ids)
    source = np.array([KNOWN, NEED, NEW])[_places(rows["source"], ["product", "need", "new"])]
    begins = _begins(household_codes, offer)
    chance = rows["probability"].to_numpy()
    due = rows["due"].to_numpy()
    standing = np.minimum.reduceat(source, begins) if len(begins) else source
    lengths = np.diff(np.append(begins, len(source)))
    counts = source == np.repeat(standing, lengths)
    missed = np.multiply.reduceat(np.where(counts, 1.0 - chance, 1.0), begins) if len(begins) else chance
    amount = np.where(counts, rows["amount_cents"].to_numpy(), 0)
    without = 1.0 - missed
    need = np.maximum.reduceat(rows["need_probability"].to_numpy(), begins) if len(begins) else chance
    segment = np.repeat(np.arange(len(begins)), lengths)
    order = np.lexsort((np.arange(len(source)), -chance, ~due, ~counts, segment))
    first = order[begins] if len(begins) else order
    return Pairs(
        shown=rows.select(_SHOWN).take(pa.array(first)),
        household_ids=household_ids,
        household=household_codes[first],
        offer=offer[first],
        standing=standing,
        without=without,
        displaced=np.maximum(need - without, 0.0) / np.maximum(1.0 - without, 1e-9),
        quantity=rows["quantity"].to_numpy()[first],
        cycle_cents=(np.add.reduceat(amount, begins) if len(begins) else amount) // CYCLES_SEEN,
        due=due[first],
    )


def _begins(household: Integers, offer: Integers) -> Integers:
    if not len(household):
        return np.zeros(0, dtype=np.int64)
    changes = (household[1:] != household[:-1]) | (offer[1:] != offer[:-1])
    return np.concatenate(([0], np.flatnonzero(changes) + 1)).astype(np.int64)


def codes_of(column: pa.ChunkedArray) -> tuple[Integers, pa.Array]:
    """Numbers in place of texts, and the texts they stand for."""
    encoded = column.combine_chunks().dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary


def _places(column: pa.ChunkedArray, names: list[str]) -> Integers:
    codes, values = codes_of(column)
    place = {name: index for index, name in enumerate(names)}
    lookup = np.array([place[value] for value in values.to_pylist()], dtype=np.int64)
    return lookup[codes] if len(codes) else codes
