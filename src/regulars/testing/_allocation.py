"""Made-up allocation problems with the skew of real ones: popular and unpopular offers, thin limits, odd households."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

MICROS = 1_000_000
_BANDS = np.array([[6, 18], [9, 24], [16, 34], [28, 42]]) * MICROS
_TIER_SHARES = (0.20, 0.40, 0.25, 0.15)
_LEVELS_SEEN = np.array([[0, 1], [0, 2], [0, 2], [1, 2]])  # heavy users see the higher levels only
_DEPTHS = (0.15, 0.25, 0.40)
_FILLERS = 8
_THIN_SHARE = 0.7  # households with few options need not take them all, or caps could not be kept by anyone
_BLOCK = 20_000
_DEMAND_HOUSEHOLDS = 40_000


@dataclass(frozen=True)
class InstanceSize:
    """How large a made-up problem is.

    Args:
        households: Households.
        offers: Offers, more than 16.
        pairs: Offers a household may get, on average.
        seed: The same seed gives the same rows.
    """

    households: int
    offers: int
    pairs: int = 75
    seed: int = 7


@dataclass(frozen=True)
class _Offers:
    category: NDArray[np.int64]
    vendor: NDArray[np.int64]
    popularity: NDArray[np.float64]
    price: NDArray[np.float64]
    margin: NDArray[np.float64]
    face: NDArray[np.int64]
    funding: NDArray[np.int64]
    category_cap: NDArray[np.int64]


@dataclass(frozen=True)
class _Block:
    """Households and their options, sorted by household, offer, level; `offer` and `level` count from 0."""

    first: int
    slots_min: NDArray[np.int64]
    slots_max: NDArray[np.int64]
    face_min: NDArray[np.int64]
    face_max: NDArray[np.int64]
    household: NDArray[np.int64]
    offer: NDArray[np.int64]
    level: NDArray[np.int64]
    value: NDArray[np.int64]
    redemptions: NDArray[np.float64]
    excluded: NDArray[np.bool_]


def allocation_tables(size: InstanceSize) -> dict[str, pa.Table]:
    """A made-up problem in memory.

    Returns:
        Tables ``households``, ``offers``, ``levels``, ``options``, ``limits`` as `regulars plan solve` reads them.
    """
    offers = _offers(size)
    blocks = list(_blocks(size, offers))
    households = pa.concat_tables([_household_rows(block) for block in blocks])
    options = pa.concat_tables([_option_rows(block) for block in blocks])
    return {"households": households, "options": options, **_terms(size, offers)}


def write_allocation_files(size: InstanceSize, folder: Path) -> None:
    """Write a made-up problem as Parquet files, block by block."""
    folder.mkdir(parents=True, exist_ok=True)
    offers = _offers(size)
    writers: dict[str, pq.ParquetWriter] = {}
    for block in _blocks(size, offers):
        for name, rows in (("households", _household_rows(block)), ("options", _option_rows(block))):
            if name not in writers:
                writers[name] = pq.ParquetWriter(folder / f"{name}.parquet", rows.schema)
            writers[name].write_table(rows)
    for writer in writers.values():
        writer.close()
    for name, rows in _terms(size, offers).items():
        pq.write_table(rows, folder / f"{name}.parquet")


def _offers(size: InstanceSize) -> _Offers:
    draw = np.random.default_rng([size.seed, 1])
    many = size.offers
    categories = max(4, many // 12)
    popularity = np.power(np.arange(1.0, many + 1), -0.8)[draw.permutation(many)]
    price = np.clip(np.exp(draw.normal(np.log(3.5), 0.5, many)), 1.0, 12.0)
    face = np.maximum(np.round(price[:, None] * np.array(_DEPTHS) * 4) / 4, 0.25)
    face[:, 1] = np.maximum(face[:, 1], face[:, 0] + 0.25)
    face[:, 2] = np.maximum(face[:, 2], face[:, 1] + 0.25)
    share = np.where(draw.random(many) < 0.15, 0.0, np.where(draw.random(many) < 0.7, 1.0, 0.5))
    share[:_FILLERS] = 0.0
    face[:_FILLERS] = np.array([0.25, 0.5, 0.75])
    face_micros = np.round(face * MICROS).astype(np.int64)
    return _Offers(
        draw.integers(0, categories, many),
        draw.integers(0, max(2, many // 8), many),
        popularity,
        price,
        draw.uniform(0.22, 0.40, many),
        face_micros,
        np.round(face_micros * share[:, None]).astype(np.int64),
        draw.integers(2, 4, categories),
    )


def _blocks(size: InstanceSize, offers: _Offers) -> Iterator[_Block]:
    for number, first in enumerate(range(0, size.households, _BLOCK)):
        yield _block(size, offers, number, first, min(_BLOCK, size.households - first))


def _block(size: InstanceSize, offers: _Offers, number: int, begin: int, many: int) -> _Block:
    draw = np.random.default_rng([size.seed, 2, number])
    tier = draw.choice(4, many, p=_TIER_SHARES)
    activity = np.exp(draw.normal(0.0, 0.45, many)) * np.array([0.5, 0.8, 1.2, 1.8])[tier]
    pair_household, pair_offer = _pairs(size, offers, draw, many)
    first, last = _LEVELS_SEEN[tier[pair_household]].T
    seen = last - first + 1
    household, offer = np.repeat(pair_household, seen), np.repeat(pair_offer, seen)
    level = np.arange(len(household)) - np.repeat(np.cumsum(seen) - seen - first, seen)
    without = np.clip(
        0.02 + 0.25 * activity[pair_household] * draw.beta(1.0, 5.0, len(pair_household)), 0.005, 0.9
    )
    response = draw.gamma(4.0, 0.8, len(pair_household))
    depth = offers.face[offer, level] / MICROS / offers.price[offer]
    log_odds = np.log(without / (1 - without))
    chance = 1 / (1 + np.exp(-(np.repeat(log_odds, seen) + np.repeat(response, seen) * depth)))
    own = (offers.face[offer, level] - offers.funding[offer, level]) / MICROS
    caused = (chance - np.repeat(without, seen)) * offers.margin[offer] * offers.price[offer] * 3.0
    fee = np.where(own == 0, 0.08, 0.0)
    value = np.round((caused - chance * own * 0.5 + chance * fee) * MICROS).astype(np.int64)
    sensitive = (draw.random(many) < 0.08)[household] & (offers.category[offer] < 3)
    excluded = sensitive | np.repeat(draw.random(len(pair_household)) < 0.01, seen)
    block = _Block(begin, *_policies(draw, tier, many), household, offer, level, value, chance, excluded)
    return _attainable(offers, block, many)


def _pairs(
    size: InstanceSize, offers: _Offers, draw: np.random.Generator, many: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which offers each household may get: popular ones in its own categories first, and the fillers."""
    wanted = np.clip(np.exp(draw.normal(np.log(size.pairs * 0.95), 0.3, many)), size.pairs * 0.6, size.pairs * 2.7)
    wanted = np.minimum(wanted, size.offers).astype(np.int64)
    thin = draw.random(many) < 0.01
    wanted[thin] = draw.integers(3, 12, int(thin.sum()))
    taste = draw.normal(0.0, 1.2, (many, len(offers.category_cap))).astype(np.float32)
    key = np.log(offers.popularity).astype(np.float32) + taste[:, offers.category]
    key -= np.log(-np.log(draw.random((many, size.offers), dtype=np.float32) + 1e-9) + 1e-9)
    key[~thin, :_FILLERS] = np.inf
    most = int(wanted.max())
    top = np.argpartition(-key, most - 1, axis=1)[:, :most]
    order = np.argsort(-np.take_along_axis(key, top, axis=1), axis=1, kind="stable")
    top = np.take_along_axis(top, order, axis=1)
    chosen = np.arange(most)[None, :] < wanted[:, None]
    household = np.repeat(np.arange(many), wanted)
    offer = top[chosen]
    sorted_pairs = np.lexsort((offer, household))
    return household[sorted_pairs], offer[sorted_pairs]


def _policies(
    draw: np.random.Generator, tier: NDArray[np.int64], many: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    mail = draw.random(many) < 0.2
    slots_min, slots_max = np.where(mail, 6, 12), np.where(mail, 8, 16)
    bands = _BANDS[tier] // np.where(mail, 2, 1)[:, None]
    out = draw.random(many) < 0.005
    slots_min[out], slots_max[out] = 0, 0
    bands[out] = 0
    return slots_min, slots_max, bands[:, 0], bands[:, 1]


def _attainable(offers: _Offers, block: _Block, many: int) -> _Block:
    """Reduce minima to what the household's own options and the category caps allow."""
    face = offers.face[block.offer, block.level]
    most_count, most_face = _greatest(offers, block, many, face, block.slots_max)
    thin = most_count < block.slots_min
    slots_min = np.where(thin, (_THIN_SHARE * most_count).astype(np.int64), block.slots_min)
    _, least_face = _greatest(offers, block, many, -face, slots_min)
    dearest = int(offers.face.max())
    face_max = np.where(block.slots_max > 0, np.maximum(block.face_max, -least_face + 2 * dearest), 0)
    face_min = np.minimum(block.face_min, (0.7 * most_face).astype(np.int64))
    return _Block(
        block.first, slots_min, block.slots_max, face_min, face_max, block.household, block.offer, block.level,
        block.value, block.redemptions, block.excluded,
    )  # fmt: skip


def _greatest(
    offers: _Offers, block: _Block, many: int, score: NDArray[np.int64], slots: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number and sum of the highest scores: one per offer, k per category, `slots` in all."""
    rows = np.flatnonzero(~block.excluded)
    rows = rows[np.lexsort((-score[rows], block.offer[rows], block.household[rows]))]
    pair = block.household[rows] * len(offers.category) + block.offer[rows]
    rows = rows[_rank(pair) == 0]
    category = offers.category[block.offer[rows]]
    rows = rows[np.lexsort((-score[rows], category, block.household[rows]))]
    category = offers.category[block.offer[rows]]
    rank = _rank(block.household[rows] * len(offers.category_cap) + category)
    rows = rows[rank < offers.category_cap[category]]
    rows = rows[np.lexsort((-score[rows], block.household[rows]))]
    rows = rows[_rank(block.household[rows]) < slots[block.household[rows]]]
    count = np.bincount(block.household[rows], minlength=many)
    total = np.bincount(block.household[rows], weights=score[rows], minlength=many)
    return count, np.round(total).astype(np.int64)


def _rank(key: NDArray[np.int64]) -> NDArray[np.int64]:
    """Place of each row inside its run of equal keys, from 0."""
    begins = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else np.zeros(0, np.int64)
    lengths = np.diff(np.append(begins, len(key)))
    place: NDArray[np.int64] = np.arange(len(key)) - np.repeat(begins, lengths)
    return place


def _household_rows(block: _Block) -> pa.Table:
    ids = [f"H{block.first + h:07d}" for h in range(len(block.slots_min))]
    return pa.table({
        "household_id": ids, "slots_min": block.slots_min, "slots_max": block.slots_max,
        "face_min_micros": block.face_min, "face_max_micros": block.face_max,
    })  # fmt: skip


def _option_rows(block: _Block) -> pa.Table:
    ids = pa.array([f"H{block.first + h:07d}" for h in range(len(block.slots_min))])
    offer_ids = pa.array([f"O{j:04d}" for j in range(int(block.offer.max()) + 1)])
    return pa.table({
        "household_id": ids.take(pa.array(block.household)), "offer_id": offer_ids.take(pa.array(block.offer)),
        "level": block.level + 1, "value_micros": block.value, "redemptions": block.redemptions,
        "excluded": block.excluded,
    })  # fmt: skip


def _terms(size: InstanceSize, offers: _Offers) -> dict[str, pa.Table]:
    """Offers, levels and limits; budgets are set from what would be used if nothing were limited."""
    draw = np.random.default_rng([size.seed, 3])
    count, eligible, funded, own = _free_demand(size, offers)
    wanted = np.argsort(np.argsort(-count)) < 0.3 * size.offers
    limited = np.arange(size.offers) >= _FILLERS
    vendor_funded = (offers.funding[:, 0] > 0) & limited
    money = vendor_funded & (draw.random(size.offers) < np.where(wanted, 0.75, 0.35))
    capped = limited & (draw.random(size.offers) < np.where(wanted, 0.45, 0.21))
    budget = np.round(funded * draw.uniform(0.25, 0.85, size.offers)).astype(np.int64)
    count_max = np.maximum(np.round(count * draw.uniform(0.3, 0.9, size.offers)), 2).astype(np.int64)
    unwanted = np.argsort(np.argsort(count)) < 0.5 * size.offers
    promised = limited & unwanted & ~money & ~capped & (draw.random(size.offers) < 0.2 / 0.55)
    count_min = np.maximum(np.round(count * draw.uniform(1.2, 3.0, size.offers)), 2).astype(np.int64)
    count_min = np.where(promised, np.minimum(count_min, (0.3 * eligible).astype(np.int64)), 0)
    promised &= count_min > 0
    vendors = int(offers.vendor.max()) + 1
    vendor_used = np.bincount(offers.vendor, weights=funded, minlength=vendors)
    vendor_budget = np.round(vendor_used * draw.uniform(0.65, 0.98, vendors)).astype(np.int64)
    with_total = draw.random(vendors) < 0.6
    scopes = ["category"] * len(offers.category_cap) + ["vendor"] * vendors + ["store"]
    ids = [f"C{g:03d}" for g in range(len(offers.category_cap))] + [f"V{v:03d}" for v in range(vendors)] + ["all"]
    vendor_limits = [int(b) if on else None for b, on in zip(vendor_budget, with_total, strict=True)]
    offer_ids = [f"O{j:04d}" for j in range(size.offers)]
    return {
        "offers": pa.table({
            "offer_id": offer_ids,
            "category_id": [f"C{g:03d}" for g in offers.category],
            "vendor_id": [f"V{v:03d}" for v in offers.vendor],
            "distributions_min": pa.array([int(x) if on else None for x, on in zip(count_min, promised, strict=True)],
                                          pa.int64()),
            "distributions_max": pa.array([int(x) if on else None for x, on in zip(count_max, capped, strict=True)],
                                          pa.int64()),
            "vendor_budget_micros": pa.array([int(x) if on else None for x, on in zip(budget, money, strict=True)],
                                             pa.int64()),
        }),
        "levels": pa.table({
            "offer_id": np.repeat(offer_ids, 3), "level": np.tile([1, 2, 3], size.offers),
            "face_micros": offers.face.ravel(), "funding_micros": offers.funding.ravel(),
        }),
        "limits": pa.table({
            "scope": scopes, "id": ids,
            "max_count": pa.array([int(k) for k in offers.category_cap] + [None] * (vendors + 1), pa.int64()),
            "budget_micros": pa.array([None] * len(offers.category_cap) + vendor_limits + [round(0.75 * own)],
                                      pa.int64()),
        }),
    }  # fmt: skip


def _free_demand(
    size: InstanceSize, offers: _Offers
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float]:
    """Distributions, households that may get it and vendor money per offer, and own markdown, without any limit."""
    count, eligible = np.zeros(size.offers), np.zeros(size.offers)
    funded = np.zeros(size.offers)
    own, seen = 0.0, 0
    for block in _blocks(size, offers):
        many = len(block.slots_min)
        rows = np.flatnonzero(~block.excluded & (block.value > 0))
        rows = rows[np.lexsort((-block.value[rows], block.offer[rows], block.household[rows]))]
        rows = rows[_rank(block.household[rows] * size.offers + block.offer[rows]) == 0]
        eligible += np.bincount(block.offer[rows], minlength=size.offers)
        rows = rows[np.lexsort((-block.value[rows], block.household[rows]))]
        rows = rows[_rank(block.household[rows]) < block.slots_max[block.household[rows]]]
        offer, level = block.offer[rows], block.level[rows]
        spent = block.redemptions[rows] * offers.funding[offer, level]
        count += np.bincount(offer, minlength=size.offers)
        funded += np.bincount(offer, weights=spent, minlength=size.offers)
        own += float((block.redemptions[rows] * (offers.face - offers.funding)[offer, level]).sum())
        seen += many
        if seen >= _DEMAND_HOUSEHOLDS:
            break
    scale = size.households / seen
    return count * scale, eligible * scale, funded * scale, own * scale
