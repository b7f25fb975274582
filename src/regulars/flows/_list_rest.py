"""What may still join a list that holds something already: the rules of one list that the allocator does not know."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa

from regulars.contracts import Offer
from regulars.kernel import CategoryId, OfferId
from regulars.offers import overlapping_offers

_KEYS = ["household_id", "offer_id", "level"]


def chosen_rows(options: pa.Table, plan: pa.Table) -> pa.Table:
    """The options a plan gives, with all that is known of them, by household, offer and level.

    Args:
        options: Rows of `scored_options`.
        plan: Rows with household_id, offer_id, level; further columns are kept.
    """
    joined = plan.join(options, _KEYS, join_type="inner")
    assert joined.num_rows == plan.num_rows, "a plan holds an option nobody was offered"
    return joined.sort_by([(name, "ascending") for name in _KEYS])


def what_may_join(
    options: pa.Table, held: pa.Table, offers: tuple[Offer, ...], offers_per_category_max: int
) -> pa.Table:
    """Options that do not collide with what their households hold.

    Left out: offers that are held, share a deal in a category, a need, a shown product or a covered product with one
    that is; and in a category of which something is held, all but the best that still fit.

    Args:
        options: Rows of `scored_options`, by household; `worth_micros` tells the best.
        held: Rows of `scored_options` that stand on the lists.
        offers: The book.
        offers_per_category_max: Most specials of one category on a list.
    """
    book = {offer.offer_id: offer for offer in offers}
    overlaps = overlapping_offers(offers)
    households = options["household_id"].combine_chunks().dictionary_encode()
    codes = households.indices.to_numpy()
    first = np.searchsorted(codes, np.arange(len(households.dictionary) + 1))
    place = {household_id: n for n, household_id in enumerate(households.dictionary.to_pylist())}
    names = ("offer_id", "need_id", "product_id", "worth_micros")
    offer, need, product, worth = (options[name].to_pylist() for name in names)
    keep = np.ones(options.num_rows, dtype=np.bool_)
    by_household: dict[str, list[tuple[OfferId, str, str]]] = {}
    for row in held.select(["household_id", "offer_id", "need_id", "product_id"]).to_pylist():
        by_household.setdefault(row["household_id"], []).append(
            (row["offer_id"], row["need_id"], row["product_id"])
        )
    for household_id, its in by_household.items():
        if household_id not in place:
            continue
        taken: set[tuple[str, ...]] = {("need", one) for _, one, _ in its}
        taken |= {("product", one) for _, _, one in its}
        taken |= {("deal", book[one].deal.deal_id, book[one].category_id) for one, _, _ in its}
        closed = {one for one, _, _ in its}.union(*(overlaps.get(one, frozenset()) for one, _, _ in its))
        room = Counter(book[one].category_id for one, _, _ in its)
        best: dict[CategoryId, dict[OfferId, int]] = {}
        number = place[household_id]
        for n in range(first[number], first[number + 1]):
            one = offer[n]
            category = book[one].category_id
            traits = {("need", need[n]), ("product", product[n]), ("deal", book[one].deal.deal_id, category)}
            if one in closed or taken & traits:
                keep[n] = False
            elif category in room:
                found = best.setdefault(category, {})
                found[one] = max(found.get(one, worth[n]), worth[n])
        for full, found in best.items():
            fits = max(0, offers_per_category_max - room[full])
            by_worth = sorted((-worth_micros, one) for one, worth_micros in found.items())
            worst = {one for _, one in by_worth[fits:]}
            for n in range(first[number], first[number + 1]):
                if offer[n] in worst:
                    keep[n] = False
    return options.filter(pa.array(keep))
