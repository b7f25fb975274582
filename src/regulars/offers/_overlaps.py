"""Offers that cover some of the same products: no list holds two of them, so no product is promised twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from regulars.contracts import Offer
from regulars.kernel import OfferId, ProductId

from ._response import Integers


def overlapping_offers(offers: Sequence[Offer]) -> dict[OfferId, frozenset[OfferId]]:
    """The offers that share a product with each offer; an offer that shares none is not named.

    Only spend-and-save offers overlap: of the others each product is in one at most.
    """
    covering: dict[ProductId, list[OfferId]] = defaultdict(list)
    for offer in offers:
        for product_id in offer.product_ids:
            covering[product_id].append(offer.offer_id)
    found: dict[OfferId, set[OfferId]] = defaultdict(set)
    for offer_ids in {tuple(sorted(offer_ids)) for offer_ids in covering.values()}:
        for offer_id in offer_ids if len(offer_ids) > 1 else ():
            found[offer_id].update(other for other in offer_ids if other != offer_id)
    return {offer_id: frozenset(others) for offer_id, others in sorted(found.items())}


def clear_of_overlaps(
    household: Integers, offer: Integers, wanted: npt.NDArray[np.bool_], overlaps: Sequence[Sequence[int]]
) -> npt.NDArray[np.bool_]:
    """Go down households' offers and keep each that covers nothing the ones kept before it cover.

    Args:
        household: Household of each entry, best entry of a household first.
        offer: Offer of each entry, once a household.
        wanted: Entries that are left at all.
        overlaps: Numbers of the offers that overlap each offer.

    Returns:
        The entries kept.
    """
    many = len(overlaps)
    entries = np.flatnonzero(wanted)
    keys = household[entries] * many + offer[entries]
    by_key = np.argsort(keys)
    counts = np.array([len(others) for others in overlaps], dtype=np.int64)[offer[entries]]
    entry = np.repeat(entries, counts)
    others = np.array([n for number in offer[entries].tolist() for n in overlaps[number]], dtype=np.int64)
    sought = household[entry] * many + others
    place = np.searchsorted(keys[by_key], sought)
    place[place == len(keys)] = 0
    other = entries[by_key[place]] if len(entry) else entry
    better = (keys[by_key[place]] == sought) & (other < entry) if len(entry) else np.zeros(0, dtype=np.bool_)
    kept = wanted.copy()
    for worse, before in zip(entry[better].tolist(), other[better].tolist(), strict=True):
        if kept[before]:
            kept[worse] = False
    return kept
