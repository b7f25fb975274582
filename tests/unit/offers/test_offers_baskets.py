"""What offers save on a basket: each kind to the cent, who wins where they meet, and a reason for every other."""

from collections.abc import Callable
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.contracts import DealKind, Ladder
from regulars.kernel import ContractError, OfferId, ProductId, StoreId
from regulars.offers import BasketLine, NotAppliedReason, Stacking, TillTerms, evaluate_basket

HERE = StoreId("12")
COFFEE, TEA = "042100005264", "0042100005271"


def terms(
    kind: DealKind,
    rung: Ladder,
    *products: str,
    name: str = "offer",
    stores: tuple[str, ...] = (),
    stacking: Stacking = Stacking.ALONE,
) -> TillTerms:
    return TillTerms(
        OfferId(name),
        1,
        name,
        kind,
        rung,
        frozenset(map(ProductId, products or (COFFEE,))),
        frozenset(map(StoreId, stores)),
        stacking,
    )


def savings(lines: list[BasketLine], *offers: TillTerms, **more: int) -> dict[str, int]:
    found = evaluate_basket(lines, offers, store_id=HERE, **more)  # type: ignore[arg-type]
    for one in found.applied:
        assert sum(one.lines.values()) == one.saving_cents
    return {one.offer_id: one.saving_cents for one in found.applied}


def reason(lines: list[BasketLine], *offers: TillTerms, **more: int) -> tuple[NotAppliedReason, str]:
    [only] = evaluate_basket(lines, offers, store_id=HERE, **more).not_applied  # type: ignore[arg-type]
    return only.reason, only.sentence


AMOUNT = terms(DealKind.AMOUNT_OFF, Ladder(amount_cents=100))
PERCENT = terms(DealKind.PERCENT_OFF, Ladder(percent=25))
FIXED = terms(DealKind.FIXED_PRICE, Ladder(price_cents=299))
SECOND = terms(DealKind.SECOND_AT_HALF, Ladder(percent=50))
THREE_FOR_TWO = terms(DealKind.MULTIBUY, Ladder(buy_quantity=3, pay_quantity=2))
TWO_FOR_FIVE = terms(DealKind.MULTIBUY_PRICE, Ladder(buy_quantity=2, price_cents=500))
THRESHOLD = terms(DealKind.THRESHOLD, Ladder(threshold_cents=1_000, amount_cents=200))


@pytest.mark.parametrize(
    ("offer", "lines", "saving"),
    [
        (AMOUNT, [(1, 399)], 100),
        (AMOUNT, [(1, 60)], 60),  # never below zero
        (AMOUNT, [(2, 150)], 75),  # one unit, not the line
        (PERCENT, [(1, 399)], 99),  # rounded down
        (PERCENT, [(1, 399), (1, 801)], 200),  # the dearest: best for the shopper
        (FIXED, [(1, 399)], 100),
        (SECOND, [(2, 798)], 199),
        (SECOND, [(1, 399), (1, 299)], 149),  # half of the cheaper
        (THREE_FOR_TWO, [(3, 600)], 200),
        (THREE_FOR_TWO, [(4, 800)], 200),  # once
        (THREE_FOR_TWO, [(1, 100), (1, 200), (1, 300), (1, 400)], 200),  # of the three dearest the cheapest
        (TWO_FOR_FIVE, [(2, 600)], 100),
        (THRESHOLD, [(4, 1_200)], 200),
        (THRESHOLD, [(1, 1_000)], 200),
    ],
)
def test_each_kind_saves_to_the_cent(offer: TillTerms, lines: list[tuple[int, int]], saving: int) -> None:
    basket = [BasketLine(number, COFFEE, quantity, cents) for number, (quantity, cents) in enumerate(lines)]
    assert savings(basket, offer) == {"offer": saving}


@pytest.mark.parametrize(
    ("offer", "lines", "why", "sentence"),
    [
        (
            AMOUNT,
            [],
            NotAppliedReason.NOTHING_COVERED,
            "Nothing in the basket counts for offer: it takes 042100005264.",
        ),
        (SECOND, [(1, 399)], NotAppliedReason.TOO_FEW, "offer needs 2 units; the basket holds 1."),
        (THRESHOLD, [(1, 850)], NotAppliedReason.BELOW_THRESHOLD, "offer needs $1.50 more."),
        (FIXED, [(1, 289)], NotAppliedReason.PRICE_ALREADY_LOWER, "Today's price already beats offer."),
        (AMOUNT, [(1, 0)], NotAppliedReason.PRICE_ALREADY_LOWER, "Today's price already beats offer."),
    ],
)
def test_each_refusal_says_why(
    offer: TillTerms, lines: list[tuple[int, int]], why: NotAppliedReason, sentence: str
) -> None:
    basket = [BasketLine(number, COFFEE, quantity, cents) for number, (quantity, cents) in enumerate(lines)]
    assert reason(basket, offer) == (why, sentence)


def test_offer_of_other_stores_does_not_hold() -> None:
    there = terms(DealKind.AMOUNT_OFF, Ladder(amount_cents=100), stores=("13",))
    assert reason([BasketLine(1, COFFEE, 1, 399)], there)[0] is NotAppliedReason.OTHER_STORE


@pytest.mark.parametrize("code", ["042100005264", "00042100005264", "]C10100042100005264", "(01)00042100005264"])
def test_the_same_item_however_it_was_scanned(code: str) -> None:
    assert savings([BasketLine(1, code, 1, 399)], AMOUNT) == {"offer": 100}


def test_weighed_good_counts_by_its_item_whatever_its_price() -> None:
    beef = terms(DealKind.PERCENT_OFF, Ladder(percent=10), "00212345000007")
    assert savings([BasketLine(1, "212345928752", 1, 2_875)], beef) == {"offer": 287}


def test_tills_own_numbers_count_as_they_stand() -> None:
    own = terms(DealKind.AMOUNT_OFF, Ladder(amount_cents=50), "1029743")
    assert savings([BasketLine(1, "1029743", 1, 200)], own) == {"offer": 50}


def test_two_offers_on_one_unit_the_better_wins_and_the_other_says_so() -> None:
    big = terms(DealKind.AMOUNT_OFF, Ladder(amount_cents=150), name="big")
    found = evaluate_basket([BasketLine(1, COFFEE, 1, 399)], [AMOUNT, big], store_id=HERE)
    assert [one.offer_id for one in found.applied] == ["big"]
    [lost] = found.not_applied
    assert (lost.reason, lost.alone_cents) == (NotAppliedReason.OTHER_OFFER_SAVES_MORE, 100)


def test_two_units_serve_both_and_the_order_is_the_best() -> None:
    """Greedy would give the dear unit to the fixed price; the shopper saves more the other way round."""
    both = [
        terms(DealKind.PERCENT_OFF, Ladder(percent=50), name="half"),
        terms(DealKind.AMOUNT_OFF, Ladder(amount_cents=100), name="dollar"),
    ]
    basket = [BasketLine(1, COFFEE, 1, 1_000), BasketLine(2, COFFEE, 1, 300)]
    for offers in permutations(both):
        assert savings(basket, *offers) == {"half": 500, "dollar": 100}


def test_on_top_discounts_what_others_leave() -> None:
    top = terms(DealKind.PERCENT_OFF, Ladder(percent=10), name="top", stacking=Stacking.ON_TOP)
    assert savings([BasketLine(1, COFFEE, 1, 500)], top, AMOUNT) == {"offer": 100, "top": 40}


def test_cap_leaves_out_whole_offers_the_smallest_first() -> None:
    tea = terms(DealKind.AMOUNT_OFF, Ladder(amount_cents=60), TEA, name="tea")
    basket = [BasketLine(1, COFFEE, 1, 399), BasketLine(2, TEA, 1, 399)]
    assert savings(basket, AMOUNT, tea, basket_cap_cents=160) == {"offer": 100, "tea": 60}
    assert savings(basket, AMOUNT, tea, basket_cap_cents=159) == {"offer": 100}
    assert reason(basket, AMOUNT, tea, basket_cap_cents=159)[0] is NotAppliedReason.BASKET_CAP


@pytest.mark.parametrize(("quantity", "cents"), [(0, 1), (1_000, 1), (1, -1), (1, 10**9)])
def test_line_that_no_till_rings_is_refused(quantity: int, cents: int) -> None:
    with pytest.raises(ContractError):
        BasketLine(1, COFFEE, quantity, cents)


def test_lines_and_offers_are_told_apart() -> None:
    line = BasketLine(1, COFFEE, 1, 100)
    with pytest.raises(ContractError, match="same number"):
        evaluate_basket([line, line], [AMOUNT], store_id=HERE)
    with pytest.raises(ContractError, match="given twice"):
        evaluate_basket([line], [AMOUNT, AMOUNT], store_id=HERE)


LINES = st.lists(
    st.tuples(st.sampled_from([COFFEE, TEA]), st.integers(1, 4), st.integers(0, 2_000)), min_size=0, max_size=5
)
OFFERS = st.lists(
    st.sampled_from([AMOUNT, PERCENT, FIXED, SECOND, THREE_FOR_TWO, TWO_FOR_FIVE, THRESHOLD]),
    max_size=4,
    unique=True,
)


@given(lines=LINES, offers=OFFERS, top=st.booleans())
def test_no_line_goes_below_zero_and_every_offer_is_answered(
    lines: list[tuple[str, int, int]], offers: list[TillTerms], top: bool
) -> None:
    basket = [BasketLine(number, *line) for number, line in enumerate(lines)]
    named = [
        TillTerms(
            OfferId(f"{place}"),
            1,
            one.name,
            one.kind,
            one.rung,
            one.product_ids,
            stacking=Stacking.ON_TOP if top and place == 0 else Stacking.ALONE,
        )
        for place, one in enumerate(offers)
    ]
    found = evaluate_basket(basket, named, store_id=HERE)
    assert {one.offer_id for one in (*found.applied, *found.not_applied)} == {one.offer_id for one in named}
    for line in basket:
        assert sum(one.lines.get(line.number, 0) for one in found.applied) <= line.amount_cents
    assert found.saving_cents >= max((one.alone_cents for one in (*found.applied, *found.not_applied)), default=0)


@given(lines=LINES, offers=OFFERS, seed=st.randoms())
def test_neither_the_order_of_lines_nor_of_offers_changes_what_is_saved(lines, offers, seed) -> None:  # type: ignore[no-untyped-def]
    basket = [BasketLine(number, *line) for number, line in enumerate(lines)]
    named = [
        TillTerms(OfferId(f"{place}"), 1, one.name, one.kind, one.rung, one.product_ids)
        for place, one in enumerate(offers)
    ]
    first = evaluate_basket(basket, named, store_id=HERE)
    seed.shuffle(basket)
    seed.shuffle(named)
    assert evaluate_basket(basket, named, store_id=HERE).saving_cents == first.saving_cents


@pytest.mark.parametrize(
    ("offer", "units", "promise"),
    [
        (AMOUNT, 1, lambda shelf: shelf - 100),
        (PERCENT, 1, lambda shelf: shelf - shelf * 25 // 100),
        (FIXED, 1, lambda _: 299),
        (SECOND, 2, lambda shelf: 2 * shelf - shelf // 2),
        (THREE_FOR_TWO, 3, lambda shelf: 2 * shelf),
        (TWO_FOR_FIVE, 2, lambda _: 500),
        (THRESHOLD, 10, lambda shelf: 10 * shelf - (200 if 10 * shelf >= 1_000 else 0)),
    ],
    ids=lambda one: one.kind.value if isinstance(one, TillTerms) else "",
)
def test_whatever_the_shelf_says_by_now_nobody_pays_above_it_or_above_what_was_printed(
    offer: TillTerms, units: int, promise: Callable[[int], int]
) -> None:
    """Printed is an amount, a per cent or a price: it holds at every price the shelf may have by then, to the cent."""
    for shelf in range(1, 1_500):
        whole = units * shelf
        paid = whole - savings([BasketLine(1, COFFEE, units, whole)], offer).get("offer", 0)
        assert paid == min(whole, max(0, promise(shelf))), shelf
