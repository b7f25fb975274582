"""Offers drawn for each household before anything is known of it: what random lists and discoveries are taken from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.kernel import derived_seed

from ._pairs import Pairs


def sample_offers(
    households: Mapping[str, int], offer_ids: Sequence[str], *, salt: str, cycle_number: int
) -> pa.Table:
    """Draw offers for each household, by a seed of its own.

    Args:
        households: Household id → how many offers.
        offer_ids: Ids of the book's offers, sorted.
        salt: The draws' salt.
        cycle_number: Number of the cycle.

    Returns:
        Rows of `drawn_offers`.
    """
    ids: list[str] = []
    places: list[npt.NDArray[np.int64]] = []
    for household_id, many in households.items():
        generator = np.random.Generator(np.random.PCG64(derived_seed("offers", salt, cycle_number, household_id)))
        some = generator.choice(len(offer_ids), min(many, len(offer_ids)), replace=False, shuffle=False)
        places.append(np.sort(some))
        ids += [household_id] * len(some)
    chosen = np.concatenate(places) if places else np.zeros(0, dtype=np.int64)
    return pa.table(
        {
            "household_id": pa.array(ids, pa.string()),
            "offer_id": pa.array(offer_ids, pa.string()).take(pa.array(chosen.astype(np.int64))),
        }
    )


def in_sample(pairs: Pairs, drawn: Mapping[str, npt.NDArray[np.int64]], offers: int) -> npt.NDArray[np.bool_]:
    """Which pairs were drawn.

    Args:
        pairs: From `fold_pairs`.
        drawn: Household id → numbers of the offers drawn for it.
        offers: How many offers the book holds.
    """
    none = np.zeros(0, dtype=np.int64)
    keys = [
        number * offers + drawn.get(household_id, none)
        for number, household_id in enumerate(pairs.household_ids.to_pylist())
    ]
    wanted = np.concatenate(keys) if keys else none
    return np.isin(pairs.household * offers + pairs.offer, wanted)
