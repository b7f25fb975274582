"""The till pack: what a lane or a store's controller needs to honour offers while nobody else answers.

It names lists by stretched digests of their codes and holds no secret: whoever has it can check a code that is shown,
but make none. Source: docs/concepts/redemption.md, "A store without the centre".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from regulars.contracts import DealKind, Ladder
from regulars.kernel import (
    ContractError,
    GrantId,
    HouseholdId,
    OfferId,
    Period,
    PlanId,
    ProductId,
    StoreId,
    VendorId,
    digest_of,
)
from regulars.offers import Stacking, TillTerms

from ._records import GrantKey, OfflineClass
from ._standing import Grant

_STRETCHES = 1_000
_DIGEST_BYTES = 10
_PARTS = ("offers", "lists")


@dataclass(frozen=True)
class PackedGrant:
    """One grant that may be given without the centre.

    Args:
        grant_id: Which, within the pack's plan.
        offer_id: Of which offer.
        level: At which level.
        offline: Capped, or escrow whose right lies at the pack's store.
        uses: Uses nobody took when the pack was made.
        term: The grant's epoch then: of an escrow grant, the term of the store's right.
    """

    grant_id: GrantId
    offer_id: OfferId
    level: int
    offline: OfflineClass
    uses: int
    term: int


@dataclass(frozen=True)
class TillPack:
    """What one store may honour of one plan.

    Args:
        store_id: The store it is for; no other may use it.
        plan_id: The plan.
        period: When its lists hold.
        number: Number of the ledger's audit row it was made after; a later pack has a greater one, or the same.
        lane_cap_cents: The most one lane may give alone before it has told of it.
        basket_cap_cents: The most one basket may save; None for no cap.
        offers: Terms by offer and level.
        lists: Grants by stretched digest of the list's code.
        phones: The list's digest by stretched digest of the phone's secret.
    """

    store_id: StoreId
    plan_id: PlanId
    period: Period
    number: int
    lane_cap_cents: int
    basket_cap_cents: int | None
    offers: Mapping[tuple[str, int], TillTerms]
    lists: Mapping[str, tuple[PackedGrant, ...]]
    phones: Mapping[str, str] = field(default_factory=dict)

    def find(self, digest: str) -> tuple[PackedGrant, ...] | None:
        """The grants of the list that a code or a phone's secret with this digest opens."""
        stretched = stretched_digest(digest, self.plan_id)
        return self.lists.get(self.phones.get(stretched, stretched))

    def grant(self, packed: PackedGrant, *, right_at: StoreId | None = None) -> Grant:
        """A packed grant as the protocol takes it; whose it is and what it costs whom stays at the centre."""
        return Grant(
            GrantKey(self.plan_id, packed.grant_id),
            HouseholdId(""),
            packed.offer_id,
            VendorId(""),
            0,
            0,
            self.period,
            packed.uses,
            packed.offline,
            epoch=packed.term,
            right_at=right_at,
            level=packed.level,
        )


def stretched_digest(digest: str, plan_id: PlanId) -> str:
    """What a pack holds of a code: its digest, made dear to guess; 20 hex characters.

    Args:
        digest: SHA-256 of the code or secret, hex, as the ledger keeps it.
        plan_id: Makes the same code look different in another plan.
    """
    long = hashlib.pbkdf2_hmac("sha256", digest.encode(), plan_id.encode(), _STRETCHES, _DIGEST_BYTES)
    return long.hex()


def pack_content(pack: TillPack) -> dict[str, Any]:
    """A pack as plain values; the same pack gives the same."""
    phones = {listed: phone for phone, listed in pack.phones.items()}
    return {
        "store": pack.store_id,
        "plan": pack.plan_id,
        "from": pack.period.from_on.isoformat(),
        "until": pack.period.until_on.isoformat(),
        "number": pack.number,
        "lane_cap_cents": pack.lane_cap_cents,
        "basket_cap_cents": pack.basket_cap_cents,
        "offers": {f"{offer_id}/{level}": _offer(terms) for (offer_id, level), terms in pack.offers.items()},
        "lists": {
            digest: [phones.get(digest, ""), [_grant(one) for one in grants]]
            for digest, grants in pack.lists.items()
        },
    }


def pack_of(content: Mapping[str, Any]) -> TillPack:
    """The pack that `pack_content` wrote.

    Raises:
        ContractError: It is none.
    """
    try:
        offers = [_read_offer(name, one) for name, one in content["offers"].items()]
        lists = {digest: tuple(map(_read_grant, grants)) for digest, (_, grants) in content["lists"].items()}
        return TillPack(
            StoreId(content["store"]),
            PlanId(content["plan"]),
            Period(date.fromisoformat(content["from"]), date.fromisoformat(content["until"])),
            int(content["number"]),
            int(content["lane_cap_cents"]),
            content["basket_cap_cents"],
            {(one.offer_id, one.level): one for one in offers},
            lists,
            {phone: digest for digest, (phone, _) in content["lists"].items() if phone},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ContractError("what stands in the till pack is none; expected one that `till pack` made") from error


def content_digest(content: Mapping[str, Any]) -> str:
    """A digest of all a pack says."""
    return digest_of(json.dumps(content, sort_keys=True))


def pack_delta(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """What makes one pack's content of an earlier one's.

    Args:
        earlier: As `pack_content` gives it.
        later: The same, of the pack that is wanted.
    """
    delta: dict[str, Any] = {name: value for name, value in later.items() if name not in _PARTS}
    for part in _PARTS:
        before, after = earlier[part], later[part]
        delta[part] = {name: value for name, value in after.items() if before.get(name) != value}
        delta[f"no_{part}"] = sorted(before.keys() - after.keys())
    return delta


def apply_delta(earlier: Mapping[str, Any], delta: Mapping[str, Any]) -> dict[str, Any]:
    """The content that `pack_delta` was made for; whether it is the right one, its digest must say.

    Raises:
        ContractError: It is no delta.
    """
    try:
        gone = {part: set(delta[f"no_{part}"]) for part in _PARTS}
        content = {name: value for name, value in delta.items() if name not in {f"no_{part}" for part in _PARTS}}
        for part in _PARTS:
            kept = {name: value for name, value in earlier[part].items() if name not in gone[part]}
            content[part] = {**kept, **delta[part]}
    except (KeyError, TypeError, AttributeError) as error:
        raise ContractError("this till pack changes none; expected one made with `--since`") from error
    return content


def without_uses(pack: TillPack, used: Mapping[GrantKey, int]) -> TillPack:
    """The pack less uses that its holder took itself."""
    lists = {
        digest: tuple(
            replace(one, uses=one.uses - used.get(GrantKey(pack.plan_id, one.grant_id), 0)) for one in grants
        )
        for digest, grants in pack.lists.items()
    }
    return replace(pack, lists=lists)


def _offer(terms: TillTerms) -> list[Any]:
    rung = {name: value for name, value in asdict(terms.rung).items() if value}
    return [terms.name, terms.kind, rung, sorted(terms.product_ids), terms.stacking]


def _read_offer(name: str, one: list[Any]) -> TillTerms:
    offer_id, _, level = name.rpartition("/")
    title, kind, rung, products, stacking = one
    return TillTerms(
        OfferId(offer_id),
        int(level),
        title,
        DealKind(kind),
        Ladder(**rung),
        frozenset(map(ProductId, products)),
        stacking=Stacking(stacking),
    )


def _grant(one: PackedGrant) -> list[Any]:
    return [one.grant_id, one.offer_id, one.level, one.offline, one.uses, one.term]


def _read_grant(one: list[Any]) -> PackedGrant:
    grant_id, offer_id, level, offline, uses, term = one
    return PackedGrant(GrantId(grant_id), OfferId(offer_id), level, OfflineClass(offline), uses, term)
