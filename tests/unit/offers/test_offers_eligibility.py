import itertools

from offer_samples import deal

from regulars.contracts import ReasonCode
from regulars.kernel import StoreId
from regulars.offers import HouseholdFacts, SensitivePolicy, household_refusal, price_refusal, tier_refusal

POLICY = SensitivePolicy(closed=frozenset({"medicine"}))


def refusal(tier="", *, bought=True, opted_out=False, opted_in=frozenset(), store="s1", stores=()):
    household = HouseholdFacts(StoreId(store), ("CHIPS",) if bought else (), opted_in, opted_out)
    given = deal("a", store_ids=frozenset(StoreId(name) for name in stores))
    return household_refusal(household, given, category_id="CHIPS", tier=tier, policy=POLICY)


def test_tiers():
    assert refusal() is None
    assert refusal("medicine") is ReasonCode.NO_CLOSED_TIER
    for tier in ("alcohol", "tobacco", "lottery", "formula"):
        assert refusal(tier) is ReasonCode.NO_NEVER_PRINTED
    assert refusal("formula", opted_in=frozenset({"formula"})) is None
    assert refusal("alcohol", opted_in=frozenset({"alcohol"})) is ReasonCode.NO_NEVER_PRINTED


def test_infant_and_pet_goods_wait_for_the_first_purchase():
    for tier in ("infant", "pet"):
        assert refusal(tier, bought=False) is ReasonCode.NO_NOT_BOUGHT_BEFORE
        assert refusal(tier) is None
    assert refusal("", bought=False) is None


def test_the_first_reason_in_the_documented_order_is_told():
    """Every combination of causes names the one that stands first among the reason codes."""
    order = list(ReasonCode)
    for tier, bought, opted_out, elsewhere in itertools.product(
        ["", "pet", "alcohol", "medicine"], [True, False], [True, False], [True, False]
    ):
        causes = [
            ReasonCode.NO_CLOSED_TIER if tier == "medicine" else None,
            ReasonCode.NO_NEVER_PRINTED if tier == "alcohol" else None,
            ReasonCode.NO_NOT_BOUGHT_BEFORE if tier == "pet" and not bought else None,
            ReasonCode.NO_OPTED_OUT if opted_out else None,
            ReasonCode.NO_OTHER_STORE if elsewhere else None,
        ]
        expected = min((cause for cause in causes if cause), key=order.index, default=None)
        stores = ("s2",) if elsewhere else ()
        assert refusal(tier, bought=bought, opted_out=opted_out, stores=stores) is expected


def test_tier_rules_need_no_household():
    assert tier_refusal("", POLICY) is None
    assert tier_refusal("medicine", POLICY) is ReasonCode.NO_CLOSED_TIER


def test_prices():
    level = deal("a").rungs[0]
    assert price_refusal(deal("a"), level, None) is ReasonCode.NO_PRICE
    assert price_refusal(deal("a"), level, 0) is ReasonCode.NO_PRICE
    assert price_refusal(deal("a"), level, 200) is None
    assert price_refusal(deal("a"), level, 160) is ReasonCode.NO_ABOVE_PRICE  # saves 24 cents
    assert price_refusal(deal("a"), level, 5_000) is ReasonCode.NO_ABOVE_PRICE  # saves 7.50


def test_what_no_list_shows():
    policy = SensitivePolicy(closed=frozenset({"medicine"}))
    assert policy.unprinted >= {"medicine", "formula"} | policy.never_promoted
    assert policy.unprinted.isdisjoint({"", "infant", "pet"})
