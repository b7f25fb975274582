"""Till packs: content and back, differences, and what they say of a code."""

import json
from dataclasses import replace
from datetime import date

import pytest

from regulars.contracts import DealKind, Ladder
from regulars.kernel import ContractError, GrantId, OfferId, Period, PlanId, ProductId, StoreId, digest_of
from regulars.offers import TillTerms
from regulars.redeem import (
    OfflineClass,
    PackedGrant,
    TillPack,
    apply_delta,
    content_digest,
    pack_content,
    pack_delta,
    pack_of,
    stretched_digest,
)

PLAN = PlanId("plan-a")
CODE, PHONE = digest_of("47" + "0" * 18), digest_of("PHONE")
COFFEE = TillTerms(
    OfferId("coffee"),
    1,
    "Coffee, 1.00 off",
    DealKind.AMOUNT_OFF,
    Ladder(amount_cents=100),
    frozenset({ProductId("2"), ProductId("1")}),
)


def made_pack(*uses: int, number: int = 7) -> TillPack:
    """One list for each number of uses; the first opens with CODE and PHONE."""
    lists = {
        stretched_digest(CODE if n == 0 else digest_of(n), PLAN): (
            PackedGrant(GrantId(f"{n}-1"), OfferId("coffee"), 1, OfflineClass.CAPPED, left, 3),
        )
        for n, left in enumerate(uses)
    }
    phones = {stretched_digest(PHONE, PLAN): stretched_digest(CODE, PLAN)}
    period = Period(date(2017, 11, 27), date(2017, 12, 11))
    return TillPack(StoreId("12"), PLAN, period, number, 500, None, {("coffee", 1): COFFEE}, lists, phones)


def test_content_and_back() -> None:
    pack = made_pack(1, 2)
    again = pack_of(json.loads(json.dumps(pack_content(pack))))
    assert again == pack
    assert content_digest(pack_content(again)) == content_digest(pack_content(pack))


def test_code_and_phone_open_the_same_list() -> None:
    pack = made_pack(1, 2)
    assert pack.find(CODE) == pack.find(PHONE) == pack.lists[stretched_digest(CODE, PLAN)]
    assert pack.find(digest_of("another")) is None


def test_it_holds_no_digest_of_the_ledger() -> None:
    text = json.dumps(pack_content(made_pack(1)))
    assert CODE[:12] not in text
    assert PHONE[:12] not in text
    assert stretched_digest(CODE, PLAN) != stretched_digest(CODE, PlanId("plan-b"))


@pytest.mark.parametrize("later", [(1, 2), (1,), (1, 1), (1, 2, 3), ()])
def test_a_difference_makes_the_later_of_the_earlier(later: tuple[int, ...]) -> None:
    earlier, wanted = pack_content(made_pack(1, 2)), pack_content(made_pack(*later, number=9))
    assert apply_delta(earlier, json.loads(json.dumps(pack_delta(earlier, wanted)))) == wanted


def test_a_difference_is_small() -> None:
    earlier = pack_content(made_pack(*[1] * 200))
    wanted = pack_content(made_pack(*[1] * 199, 2))
    assert len(json.dumps(pack_delta(earlier, wanted))) * 20 < len(json.dumps(wanted))


@pytest.mark.parametrize("content", [{}, {"store": "1"}, {**pack_content(made_pack(1)), "lists": {"a": 3}}])
def test_what_is_no_pack_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(ContractError, match="is none"):
        pack_of(content)
    with pytest.raises(ContractError, match="changes none"):
        apply_delta(pack_content(made_pack(1)), {"x": 1})


def test_a_packed_grant_is_the_stores_if_it_was_lent() -> None:
    pack = made_pack(1)
    [packed] = pack.lists[stretched_digest(CODE, PLAN)]
    grant = pack.grant(replace(packed, offline=OfflineClass.ESCROW), right_at=StoreId("12"))
    assert (grant.right_at, grant.epoch, grant.uses_left) == ("12", 3, 1)
    assert grant.household_id == ""
