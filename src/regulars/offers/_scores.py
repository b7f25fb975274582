"""Pairs become options: levels a household may have, what each is expected to bring, which are worth keeping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.contracts import Assumptions, DealKind, Offer
from regulars.kernel import StoreId

from ._benefits import saving_cents, spend_at_conditions, split_funding, units_at_conditions
from ._catalogue import Catalogue
from ._eligibility import HouseholdFacts, SensitivePolicy, household_refusal, price_refusal
from ._margins import margin_percent_of
from ._overlaps import clear_of_overlaps, overlapping_offers
from ._pairs import Pairs, codes_of
from ._response import (
    KNOWN,
    NEW,
    Floats,
    Giving,
    Integers,
    Response,
    chance_with_offer,
    expected_value_micros,
    value_sd_micros,
)

OFFERS_KEPT_MAX = 40
"""Offers of a household the allocator may choose from."""

OFFERS_KEPT_PER_CATEGORY = 4
"""Of one category; twice what a list may hold."""

SUGGESTIONS_KEPT_MAX = 4
"""Offers on products a household does not buy, so that most of a list rewards what it does buy."""

OFFERS_WANTED = 20
"""Suggestions fill up to this many offers where a household buys little of what is on offer."""


@dataclass(frozen=True)
class LevelTable:
    """Levels of all offers in one row each, and what is the same for all levels of an offer.

    Args:
        offers: The book, by id.
        first: Row of each offer's first level, shape ``(offers + 1,)``.
        margin_percent: Gross margin of each offer's goods.
        fee_cents: Handling fee of each offer.
        category: Number of each offer's category.
        deal: Number of each offer's deal and category together.
        overlaps: Numbers of the offers that share a product with each offer.
        declared: Whether an offer may cost more than it brings, out of a budget of its own.
        campaign: Number of each offer's campaign among `campaign_ids`; -1 for none.
        campaign_ids: Campaigns of the book, sorted.
        tiers: Sensitive tier of each offer's goods; empty for the rest.
    """

    offers: tuple[Offer, ...]
    first: Integers
    margin_percent: Integers
    fee_cents: Integers
    category: Integers
    deal: Integers
    overlaps: tuple[tuple[int, ...], ...]
    declared: npt.NDArray[np.bool_]
    campaign: Integers
    campaign_ids: tuple[str, ...]
    tiers: tuple[str, ...]

    @classmethod
    def of(cls, offers: Sequence[Offer], catalogue: Catalogue, assumptions: Assumptions) -> LevelTable:
        """Lay out a book."""
        leads = [catalogue.products[offer.lead_product_id] for offer in offers]
        categories = {name: n for n, name in enumerate(sorted({offer.category_id for offer in offers}))}
        deals = {key: n for n, key in enumerate(sorted({(o.deal.deal_id, o.category_id) for o in offers}))}
        margins = [margin_percent_of(assumptions, lead.department_id, lead.brand_kind) for lead in leads]
        counts = [len(offer.levels) for offer in offers]
        place = {offer.offer_id: n for n, offer in enumerate(offers)}
        overlaps = overlapping_offers(offers)
        campaigns = sorted({offer.deal.campaign_id for offer in offers} - {""})
        campaign_of = {"": -1, **{name: n for n, name in enumerate(campaigns)}}
        return cls(
            tuple(offers),
            np.concatenate(([0], np.cumsum(counts, dtype=np.int64))),
            np.array(margins, dtype=np.int64),
            np.array([offer.deal.fee_cents for offer in offers], dtype=np.int64),
            np.array([categories[offer.category_id] for offer in offers], dtype=np.int64),
            np.array([deals[offer.deal.deal_id, offer.category_id] for offer in offers], dtype=np.int64),
            tuple(tuple(sorted(place[one] for one in overlaps.get(o.offer_id, ()))) for o in offers),
            np.array([offer.deal.declared for offer in offers], dtype=np.bool_),
            np.array([campaign_of[offer.deal.campaign_id] for offer in offers], dtype=np.int64),
            tuple(campaigns),
            tuple(catalogue.tier_of(offer.product_ids) for offer in offers),
        )


@dataclass(frozen=True)
class Options:
    """Options, by pair and level; every array has one entry an option.

    Args:
        pair: Number of the pair.
        level_row: Row of the level in the `LevelTable`.
        value_micros: What it is expected to bring: margin caused, less the store's markdown, plus the fee.
        worth_micros: What the plan takes it for: the same, unless its money is declared.
        response_sd_micros: How far the value may be off because the response is assumed; one error for all households.
        chance_sd_micros: How far it may be off because the household's own chance is; each household its own error.
        redemptions: Expected.
        face_cents: At the shown product's price.
        funding_cents: What the vendor pays of it.
    """

    pair: Integers
    level_row: Integers
    value_micros: Integers
    worth_micros: Integers
    response_sd_micros: Integers
    chance_sd_micros: Integers
    redemptions: Floats
    face_cents: Integers
    funding_cents: Integers

    def take(self, places: npt.NDArray[np.bool_] | Integers) -> Options:
        """The options at some places."""
        return Options(
            self.pair[places],
            self.level_row[places],
            self.value_micros[places],
            self.worth_micros[places],
            self.response_sd_micros[places],
            self.chance_sd_micros[places],
            self.redemptions[places],
            self.face_cents[places],
            self.funding_cents[places],
        )


def level_window(levels: int, tier: int, tiers: int) -> tuple[int, int]:
    """Which of an offer's levels a household of a tier may have, from and until; the heavier, the deeper.

    Args:
        levels: How many levels the offer has.
        tier: The household's tier, from 0.
        tiers: How many tiers there are.

    Example:
        >>> [level_window(3, tier, 4) for tier in range(4)]
        [(0, 1), (0, 2), (1, 3), (1, 3)]
    """
    until = -(-levels * (tier + 1) // tiers)
    return max(0, until - 2), until


def pair_refusals(
    pairs: Pairs, table: LevelTable, policy: SensitivePolicy, stores: Sequence[str]
) -> npt.NDArray[np.str_]:
    """Why each pair is refused by tier or store, empty if it is not; `household_refusal` decides, once for every case.

    Args:
        pairs: From `fold_pairs`; a pair that is not new was bought in the offer's category before.
        table: The book's levels.
        policy: Sensitive tiers.
        stores: Home store of each household of `pairs.household_ids`.
    """
    names = sorted(set(stores))
    codes = {name: number for number, name in enumerate(names)}
    store = np.array([codes[name] for name in stores], dtype=np.int64)[pairs.household]
    newcomer = (pairs.standing == NEW).astype(np.int64)
    keys = (pairs.offer * len(names) + store) * 2 + newcomer
    seen, place = np.unique(keys, return_inverse=True)
    refusals: list[str] = []
    for key in seen.tolist():
        rest, is_new = divmod(key, 2)
        number, store_number = divmod(rest, len(names))
        offer = table.offers[number]
        household = HouseholdFacts(StoreId(names[store_number]), () if is_new else (offer.category_id,))
        tier = table.tiers[number]
        refusal = household_refusal(household, offer.deal, category_id=offer.category_id, tier=tier, policy=policy)
        refusals.append("" if refusal is None else refusal.value)
    return np.array(refusals, dtype=np.str_)[place]


def score_options(
    pairs: Pairs,
    table: LevelTable,
    tier_of: Integers,
    tiers: int,
    response: Response,
    *,
    rungs: Mapping[tuple[str, str], int] | None = None,
) -> Options:
    """Expand pairs to their allowed levels and value each at the shown product's price.

    Left out: levels that do not fit the price or save more at it than the plan reckons with, and conditions out of
    the household's reach: more than one unit above its usual quantity, or a threshold above twice what it spends on
    these goods in a cycle. A campaign's offers come at the rung the campaign says, to its members alone.

    Args:
        pairs: From `fold_pairs`.
        table: The book's levels.
        tier_of: Tier of each household of `pairs.household_ids`, from 0.
        tiers: How many tiers there are.
        response: Calibrated.
        rungs: The rung of each household id and campaign id that is to be given one.
    """
    low, high = _windows(pairs, table, tier_of, tiers)
    low, high = _at_rungs(low, high, pairs, table, rungs or {})
    pair = np.repeat(np.arange(pairs.count), high - low)
    level_row = np.arange(len(pair)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    level_row = level_row + np.repeat(low, high - low)
    price = pairs.shown["price_cents"].to_numpy()[pair]
    terms = _terms(table, level_row, price)
    usual = np.maximum(pairs.quantity[pair], 1)
    within = np.where(terms.threshold, terms.spend_cents <= 2 * pairs.cycle_cents[pair], terms.units <= usual + 1)
    chance = chance_with_offer(
        response,
        pairs.without[pair],
        pairs.standing[pair],
        terms.face_cents / np.maximum(terms.spend_cents, 1),
    )
    bought_cents = np.where(
        terms.threshold,
        np.minimum(terms.spend_cents, pairs.cycle_cents[pair]),
        np.minimum(terms.units, usual) * price,
    )
    offer = pairs.offer[pair]
    giving = Giving(
        without=pairs.without[pair],
        chance=chance,
        displaced=pairs.displaced[pair],
        margin_cents=bought_cents * table.margin_percent[offer] / 100.0,
        store_cents=terms.face_cents - terms.funding_cents,
        fee_cents=table.fee_cents[offer],
    )
    value = expected_value_micros(giving)
    response_sd, chance_sd = value_sd_micros(giving, pairs.standing[pair], response)
    paid_apart = np.round(chance * (2 * terms.face_cents - terms.funding_cents) * 10_000).astype(np.int64)
    worth = value + np.where(table.declared[offer], paid_apart, 0)
    options = Options(
        pair, level_row, value, worth, response_sd, chance_sd, chance, terms.face_cents, terms.funding_cents
    )
    return options.take(terms.fits & within)


def keep_best(pairs: Pairs, options: Options, table: LevelTable) -> Options:
    """The options worth solving over: those that gain, of each household's best offers.

    A campaign's offers come first, for somebody decided on them. Offers on products the household buys come next, of
    these things on its list, then by the best worth of their levels, then by id. Of one deal only one offer a category
    is kept, of one need (that of what is shown) only the first, of offers that share a product only the first (the
    allocator knows no products, so it is not left the choice), at most `OFFERS_KEPT_PER_CATEGORY` of a category and
    `OFFERS_KEPT_MAX` in all. Suggestions are cut to `SUGGESTIONS_KEPT_MAX`, or to what fills up to `OFFERS_WANTED`. An
    option expected to cost more than it brings is not kept, unless its money is declared.

    Args:
        pairs: From `fold_pairs`.
        options: From `score_options` for the same pairs.
        table: The book's levels.
    """
    gaining = options.take(options.worth_micros > 0)
    if not len(gaining.pair):
        return gaining
    used, place = np.unique(gaining.pair, return_inverse=True)
    best = np.full(len(used), np.iinfo(np.int64).min)
    np.maximum.at(best, place, gaining.worth_micros)
    household, offer, due = pairs.household[used], pairs.offer[used], pairs.due[used]
    wanted = table.campaign[offer] >= 0
    suggested = (pairs.standing[used] != KNOWN) & ~wanted
    order = np.lexsort((offer, -best, ~due | suggested, suggested, ~wanted, household))
    household, suggested = household[order], suggested[order]
    offer, many = offer[order], len(table.offers)
    allowed = _running_count(household * many + table.deal[offer]) < 1
    need_codes, needs = codes_of(pairs.shown["need_id"])
    of_need = np.where(allowed, household * len(needs) + need_codes[used][order], -1)
    allowed &= _running_count(of_need) < 1
    allowed = clear_of_overlaps(household, offer, allowed, table.overlaps)
    in_category = np.where(allowed, household * many + table.category[offer], -1)
    allowed &= _running_count(in_category) < OFFERS_KEPT_PER_CATEGORY
    most = OFFERS_KEPT_MAX - SUGGESTIONS_KEPT_MAX
    allowed &= suggested | (_running_count(np.where(allowed & ~suggested, household, -1)) < most)
    bought = np.bincount(household[allowed & ~suggested], minlength=len(pairs.household_ids))
    room = np.maximum(SUGGESTIONS_KEPT_MAX, OFFERS_WANTED - bought)[household]
    allowed &= ~suggested | (_running_count(np.where(allowed & suggested, household, -1)) < room)
    kept = np.zeros(len(used), dtype=np.bool_)
    kept[order] = allowed
    return gaining.take(kept[place])


def worth_giving(
    pairs: Pairs, options: Options, table: LevelTable, offers_per_category_max: int
) -> dict[str, int]:
    """How many offers are worth giving to each household, no more of a category than a list holds.

    Args:
        pairs: From `fold_pairs`.
        options: From `keep_best` for the same pairs.
        table: The book's levels.
        offers_per_category_max: Most specials of one category on a list.

    Returns:
        Counts by household id; a household left out has none.
    """
    kept = np.unique(options.pair)
    household = pairs.household[kept]
    nth = _running_count(household * len(table.offers) + table.category[pairs.offer[kept]])
    counts = np.bincount(household[nth < offers_per_category_max], minlength=len(pairs.household_ids))
    ids = pairs.household_ids.to_pylist()
    return {ids[number]: int(counts[number]) for number in np.flatnonzero(counts)}


def options_table(pairs: Pairs, options: Options, table: LevelTable) -> pa.Table:
    """Options in the shape of `scored_options`, by household, offer and level.

    Args:
        pairs: From `fold_pairs`.
        options: From `score_options` for the same pairs.
        table: The book's levels.
    """
    shown = pairs.shown.take(pa.array(options.pair))
    offer_ids = pa.array([offer.offer_id for offer in table.offers], pa.string())
    numbers = np.array([level.number for offer in table.offers for level in offer.levels], dtype=np.int64)
    built = pa.table(
        {
            "household_id": pairs.household_ids.take(pa.array(pairs.household[options.pair])),
            "offer_id": offer_ids.take(pa.array(pairs.offer[options.pair])),
            "level": numbers[options.level_row],
            "value_micros": options.value_micros,
            "worth_micros": options.worth_micros,
            "response_sd_micros": options.response_sd_micros,
            "chance_sd_micros": options.chance_sd_micros,
            "redemptions": options.redemptions,
            "standing": pairs.standing[options.pair],
            "due": pairs.due[options.pair],
            "product_id": shown["product_id"],
            "need_id": shown["need_id"],
            "price_cents": shown["price_cents"],
            "face_cents": options.face_cents,
            "funding_cents": options.funding_cents,
            "days_bought": shown["days_bought"],
            "every_days": shown["every_days"],
            "last_on": shown["last_on"],
            "product_days_bought": shown["product_days_bought"],
            "own_brand_bought": shown["own_brand_bought"],
        }
    )
    return built.sort_by([("household_id", "ascending"), ("offer_id", "ascending"), ("level", "ascending")])


@dataclass(frozen=True)
class _Terms:
    face_cents: Integers
    funding_cents: Integers
    spend_cents: Integers
    units: Integers
    threshold: npt.NDArray[np.bool_]
    fits: npt.NDArray[np.bool_]


def _terms(table: LevelTable, level_row: Integers, price: Integers) -> _Terms:
    """What each level gives at each price; worked out once for every level and price that occur together."""
    rows = [(offer, level) for offer in table.offers for level in offer.levels]
    spread = int(price.max(initial=0)) + 1
    seen, place = np.unique(level_row * spread + price, return_inverse=True)
    worked = np.zeros((len(seen), 6), dtype=np.int64)
    for n, key in enumerate(seen.tolist()):
        row, price_cents = divmod(key, spread)
        offer, level = rows[row]
        kind, deal = offer.deal.kind, offer.deal
        face_cents = saving_cents(kind, level.rung, price_cents)
        worked[n] = (
            face_cents,
            split_funding(face_cents, deal.funding_percent)[0],
            spend_at_conditions(kind, level.rung, price_cents),
            units_at_conditions(kind, level.rung, price_cents),
            kind is DealKind.THRESHOLD,
            face_cents <= level.face_cents and price_refusal(deal, level.rung, price_cents) is None,
        )
    face, funding, spend, units, threshold, fits = worked[place].T
    return _Terms(face, funding, spend, units, threshold.astype(np.bool_), fits.astype(np.bool_))


def _windows(pairs: Pairs, table: LevelTable, tier_of: Integers, tiers: int) -> tuple[Integers, Integers]:
    counts = np.diff(table.first)
    windows: Mapping[tuple[int, int], tuple[int, int]] = {
        (levels, tier): level_window(levels, tier, tiers)
        for levels in set(counts.tolist())
        for tier in range(tiers)
    }
    by_offer = [windows[levels, tier] for levels in counts.tolist() for tier in range(tiers)]
    chosen = np.array(by_offer, dtype=np.int64).reshape(-1, tiers, 2)[pairs.offer, tier_of[pairs.household]]
    return table.first[pairs.offer] + chosen[:, 0], table.first[pairs.offer] + chosen[:, 1]


def _at_rungs(
    low: Integers, high: Integers, pairs: Pairs, table: LevelTable, rungs: Mapping[tuple[str, str], int]
) -> tuple[Integers, Integers]:
    """The windows with those of campaigns' offers narrowed to the rung each household is to be given, or to none."""
    low, high = low.copy(), high.copy()
    numbers = [{level.number: place for place, level in enumerate(offer.levels)} for offer in table.offers]
    ids = pairs.household_ids.to_pylist()
    for pair in np.flatnonzero(table.campaign[pairs.offer] >= 0).tolist():
        offer = int(pairs.offer[pair])
        rung = rungs.get((ids[pairs.household[pair]], table.campaign_ids[table.campaign[offer]]), 0)
        place = numbers[offer].get(rung)
        low[pair] = table.first[offer] + (place or 0)
        high[pair] = low[pair] + (place is not None)
    return low, high


def _running_count(keys: Integers) -> Integers:
    """How many equal keys stand before each, in the order given."""
    order = np.argsort(keys, kind="stable")
    begins = np.concatenate(([True], keys[order][1:] != keys[order][:-1])) if len(keys) else np.zeros(0, np.bool_)
    starts = np.flatnonzero(begins)
    counted = np.arange(len(keys)) - np.repeat(starts, np.diff(np.append(starts, len(keys))))
    result = np.empty(len(keys), dtype=np.int64)
    result[order] = counted
    return result
