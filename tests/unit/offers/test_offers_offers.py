from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from offer_samples import AS_OF, CYCLE, catalogue, deal, product

from regulars.contracts import DealKind, DealState, Ladder, ReasonCode
from regulars.kernel import Period
from regulars.offers import SensitivePolicy, build_offers


def book(deals, goods, policy=None, levels_max=5):
    return build_offers(
        deals, goods, policy or SensitivePolicy(), cycle=CYCLE.period, as_of_on=AS_OF, levels_max=levels_max
    )


def test_one_price_line_is_one_offer_priced_at_its_dearest():
    goods = catalogue(product("a", 200, households=30), product("b", 215, households=5))
    (offer,) = book([deal("a", "b")], goods).offers
    assert offer.offer_id == "d1"
    assert offer.lead_product_id == "a"
    assert offer.product_ids == {"a", "b"}
    assert [(level.number, level.face_cents) for level in offer.levels] == [(1, 32), (2, 53), (3, 86)]


def test_categories_and_price_lines_are_apart_and_share_the_money():
    goods = catalogue(
        product("a", 200, households=59),
        product("b", 900, households=19),
        product("c", 200, category_id="DIPS", households=19),
        product("d", 5_000, households=1),  # too few to make a line
    )
    offers = book(
        [deal("a", "b", "c", "d", budget_cents=1_001, distributions_max=10, distributions_min=3)], goods
    ).offers
    assert [(o.offer_id, o.category_id, sorted(o.product_ids)) for o in offers] == [
        ("d1.1", "CHIPS", ["a"]),
        ("d1.2", "CHIPS", ["b"]),
        ("d1.3", "DIPS", ["c"]),
    ]
    assert [o.deal.budget_cents for o in offers] == [601, 200, 200]
    assert sum(o.deal.distributions_max for o in offers) == 10
    assert sum(o.deal.distributions_min for o in offers) == 3


def test_a_guarantee_within_its_cap_is_so_in_every_part():
    goods = catalogue(
        product("a", 200, households=5), product("b", 900, households=5), product("c", 4_000, households=1)
    )
    parts = book([deal("a", "b", "c", distributions_max=11, distributions_min=10)], goods).offers
    limits = [(one.deal.distributions_min, one.deal.distributions_max) for one in parts]
    assert [sum(each) for each in zip(*limits, strict=True)] == [10, 11]
    assert all(least <= most for least, most in limits)


def test_two_deals_never_make_an_offer_of_one_id():
    goods = catalogue(product("a", 200), product("b", 900), product("c", 1_500))
    found = book([deal("a", "b"), deal("c", deal_id="d1.1")], goods)
    assert [one.offer_id for one in found.offers] == ["d1.1", "d1.2"]
    (out,) = found.left_out
    assert (out.deal_id, out.detail) == (
        "d1.1",
        "another deal has an offer d1.1; give one of the two deals another id",
    )


def test_the_first_deal_keeps_a_product_but_a_basket_stands_apart():
    goods = catalogue(product("a"), product("b"))
    first, second = deal("a"), deal("a", "b", deal_id="d2")
    basket = deal(
        "a", "b", deal_id="d0", kind=DealKind.THRESHOLD, rungs=(Ladder(threshold_cents=1_000, amount_cents=100),)
    )
    found = book([basket, first, second], goods).offers
    assert {o.offer_id: sorted(o.product_ids) for o in found} == {"d0": ["a", "b"], "d1": ["a"], "d2": ["b"]}


def test_a_deal_whose_products_are_all_taken_is_told():
    left = book([deal("a"), deal("a", deal_id="d2")], catalogue(product("a"))).left_out
    assert [(one.deal_id, one.reason) for one in left] == [("d2", ReasonCode.NO_CATEGORY_FULL)]


def test_levels_that_do_not_fit_the_price_are_dropped():
    goods = catalogue(product("a", 200))
    rungs = (Ladder(amount_cents=20), Ladder(amount_cents=50), Ladder(amount_cents=150))
    found = book([deal("a", kind=DealKind.AMOUNT_OFF, rungs=rungs)], goods)
    (offer,) = found.offers
    assert [(level.number, level.face_cents) for level in offer.levels] == [
        (2, 50)
    ]  # 20 cents too little, 75 % too deep
    dear = book([deal("a", kind=DealKind.FIXED_PRICE, rungs=(Ladder(price_cents=250),))], goods)
    assert dear.offers == ()
    assert dear.left_out[0].reason is ReasonCode.NO_ABOVE_PRICE


def test_sensitive_goods_are_never_in_an_offer():
    goods = catalogue(
        product("a"),
        product("beer", tier="alcohol"),
        product("milk", tier="formula"),
        product("pill", tier="medicine"),
    )
    found = book([deal("a", "beer", "milk", "pill")], goods, SensitivePolicy(closed=frozenset({"medicine"})))
    assert [sorted(offer.product_ids) for offer in found.offers] == [["a"]]
    assert [(one.reason, one.detail) for one in found.left_out] == [
        (ReasonCode.NO_CLOSED_TIER, "1 products"),
        (ReasonCode.NO_NEVER_PRINTED, "2 products"),
    ]


def test_a_deal_must_hold_all_the_cycle_and_be_known_and_approved():
    goods = catalogue(product("a"))
    for change in (
        {"period": Period(date(2017, 11, 1), date(2017, 12, 10))},
        {"period": Period(date(2017, 11, 28), date(2018, 1, 1))},
        {"known_from_on": "2017-11-28"},
        {"state": DealState.SUBMITTED},
        {"state": DealState.ENDED},
    ):
        found = book([deal("a", **change)], goods)
        assert found.offers == ()
        assert found.left_out[0].reason is ReasonCode.NO_OUTSIDE_DATES
    assert len(book([deal("a", period=Period(date(2017, 11, 27), date(2017, 12, 11)))], goods).offers) == 1


@given(st.permutations(["a", "b", "c", "d"]))
def test_the_order_of_products_plays_no_part(names):
    prices = {"a": 200, "b": 210, "c": 500, "d": 520}
    goods = catalogue(*(product(name, prices[name]) for name in names))
    assert [sorted(o.product_ids) for o in book([deal(*names)], goods).offers] == [["a", "b"], ["c", "d"]]
