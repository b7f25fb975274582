"""What households asked for: nothing at all, nothing of some goods, or goods kept for those who ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from regulars.contracts import Finding, ReasonCode
from regulars.kernel import StoreId

from ._eligibility import HouseholdFacts, SensitivePolicy, household_refusal
from ._pairs import Pairs
from ._response import NEW
from ._scores import LevelTable

WISH_KINDS = ("no_offers", "no_vendor", "no_category", "no_need", "no_product", "allow_tier")
"""Kinds of wishes."""

DECLINED_KINDS = ("no_category", "no_need", "no_product")
"""Of them, those that keep goods off the list altogether, not only offers on them."""

Wishes = Mapping[str, frozenset[tuple[str, str]]]
"""Household id → its wishes, each a kind and what it is about."""


def read_wishes(rows: Iterable[Mapping[str, Any]], as_of: str) -> tuple[Wishes, tuple[Finding, ...]]:
    """Wishes known by a day, and those that cannot be understood.

    Args:
        rows: Rows of `wishes`.
        as_of: The day, ISO.
    """
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    unknown: dict[str, int] = defaultdict(int)
    for row in rows:
        if row["known_from_on"].isoformat() > as_of:
            continue
        if row["kind"] in WISH_KINDS:
            found[row["household_id"]].add((row["kind"], row["item_id"]))
        else:
            unknown[row["kind"]] += 1
    findings = tuple(
        Finding("wishes", None, "kind", "wish-is-known",
                f"{count} wishes of kind {kind!r} are left out; expected one of {', '.join(WISH_KINDS)}")
        for kind, count in sorted(unknown.items())
    )  # fmt: skip
    return {household: frozenset(its) for household, its in sorted(found.items())}, findings


def with_wishes(
    refusals: npt.NDArray[np.str_],
    pairs: Pairs,
    table: LevelTable,
    policy: SensitivePolicy,
    stores: Sequence[str],
    wishes: Wishes,
) -> npt.NDArray[np.str_]:
    """Refusals, judged anew for the households that asked for something.

    Args:
        refusals: From `pair_refusals` for the same pairs.
        pairs: From `fold_pairs`.
        table: The book's levels.
        policy: Sensitive tiers.
        stores: Home store of each household of `pairs.household_ids`.
        wishes: What households asked for.
    """
    asked = [wishes.get(one, frozenset()) for one in pairs.household_ids.to_pylist()]
    places = np.flatnonzero(np.array([bool(its) for its in asked], dtype=np.bool_)[pairs.household])
    judged = refusals.astype("<U24")
    shown = pairs.shown.select(["product_id", "need_id"]).take(places).to_pylist() if len(places) else []
    for place, goods in zip(places.tolist(), shown, strict=True):
        number, offer = int(pairs.household[place]), table.offers[int(pairs.offer[place])]
        its = asked[number]
        named = {
            ("no_offers", ""),
            ("no_vendor", offer.deal.vendor_id),
            ("no_category", offer.category_id),
            ("no_need", goods["need_id"]),
            ("no_product", goods["product_id"]),
        }
        household = HouseholdFacts(
            StoreId(stores[number]),
            () if pairs.standing[place] == NEW else (offer.category_id,),
            opted_in=frozenset(item for kind, item in its if kind == "allow_tier"),
            opted_out=bool(named & its) or any(kind == "no_offers" for kind, _ in its),
        )
        tier = table.tiers[int(pairs.offer[place])]
        refusal = household_refusal(household, offer.deal, category_id=offer.category_id, tier=tier, policy=policy)
        judged[place] = "" if refusal is None else ReasonCode(refusal).value
    return judged
