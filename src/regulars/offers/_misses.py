"""Why a pair never became an option: the first reason that applies, for whoever asks later."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.contracts import ReasonCode

from ._pairs import Pairs, codes_of
from ._response import NEW, Integers
from ._scores import OFFERS_KEPT_PER_CATEGORY, LevelTable, Options


def pair_misses(
    pairs: Pairs,
    refusals: npt.NDArray[np.str_],
    options: Options,
    kept: Options,
    table: LevelTable,
    barred: npt.NDArray[np.bool_],
) -> pa.Table:
    """Pairs of which no option was kept, with the reason.

    Args:
        pairs: From `fold_pairs`.
        refusals: From `pair_refusals` for the same pairs.
        options: From `score_options`; pairs counted as in `pairs`.
        kept: Those of them that are solved over.
        table: The book's levels.
        barred: Pairs that the cap on living on deals alone keeps from being an option, shape ``(pairs,)``.

    Returns:
        Columns household_id, offer_id, reason_code, by household and offer. Pairs of households that buy neither the
        goods nor their need are not told.
    """
    codes = refusals.astype("<U24")
    is_kept = np.zeros(pairs.count, dtype=np.bool_)
    is_kept[kept.pair] = True
    scored = np.zeros(pairs.count, dtype=np.bool_)
    scored[options.pair] = True
    gains = np.zeros(pairs.count, dtype=np.bool_)
    gains[options.pair[options.value_micros > 0]] = True
    codes = np.where((codes == "") & barred, ReasonCode.NO_DEPENDENCE.value, codes)
    codes = np.where((codes == "") & ~scored, ReasonCode.NO_ABOVE_PRICE.value, codes)
    codes = np.where((codes == "") & ~gains, ReasonCode.NO_LOSS.value, codes)
    crowded = np.flatnonzero((codes == "") & ~is_kept & (pairs.standing != NEW))
    codes[crowded] = _crowded(pairs, np.flatnonzero(is_kept), crowded, table)
    told = np.flatnonzero((codes != "") & ~is_kept & (pairs.standing != NEW))
    offer_ids = pa.array([offer.offer_id for offer in table.offers], pa.string())
    return pa.table(
        {
            "household_id": pairs.household_ids.take(pa.array(pairs.household[told])),
            "offer_id": offer_ids.take(pa.array(pairs.offer[told])),
            "reason_code": pa.array(codes[told].tolist(), pa.string()),
        }
    ).sort_by([("household_id", "ascending"), ("offer_id", "ascending")])


def _crowded(pairs: Pairs, kept: Integers, crowded: Integers, table: LevelTable) -> npt.NDArray[np.str_]:
    """Why pairs that gain were not kept: something alike was, the category or the whole choice was full."""
    need, needs = codes_of(pairs.shown["need_id"])
    many = len(table.offers)

    def key(places: Integers, numbers: Integers, spread: int) -> Integers:
        keys: Integers = pairs.household[places] * spread + numbers
        return keys

    offer, kept_offer = pairs.offer[crowded], pairs.offer[kept]
    alike = np.isin(key(crowded, need[crowded], len(needs)), key(kept, need[kept], len(needs)))
    alike |= np.isin(key(crowded, table.deal[offer], many), key(kept, table.deal[kept_offer], many))
    overlapping = np.flatnonzero(np.array([len(others) > 0 for others in table.overlaps], dtype=np.bool_)[offer])
    held = set(key(kept, kept_offer, many).tolist()) if len(overlapping) else set()
    for place in overlapping.tolist():
        base = int(pairs.household[crowded[place]]) * many
        alike[place] |= any(base + other in held for other in table.overlaps[offer[place]])
    seen, counts = np.unique(key(kept, table.category[kept_offer], many), return_counts=True)
    full = np.isin(key(crowded, table.category[offer], many), seen[counts >= OFFERS_KEPT_PER_CATEGORY])
    return np.select(
        [alike, full],
        [ReasonCode.NO_ALIKE.value, ReasonCode.NO_CATEGORY_FULL.value],
        ReasonCode.NO_SLOT.value,
    )
