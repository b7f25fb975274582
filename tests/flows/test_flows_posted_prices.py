"""Prices on lists are those of the shelf while the list holds; a special never promises more than the till gives."""

from datetime import date

import pyarrow as pa
import pytest

from regulars.contracts import DealKind, Ladder
from regulars.flows._posted_prices import PostedPrice, PostedPrices, PriceChange
from regulars.flows._rows import contract_schema

FROM, UNTIL = date(2017, 11, 27), date(2017, 12, 11)
TWO = Ladder(price_cents=200)


def posted(*days: tuple[date, int], store: str = "s", product: str = "p") -> PostedPrices:
    rows = pa.Table.from_pylist(
        [
            {"store_id": store, "product_id": product, "from_on": day, "price_cents": cents, "known_from_on": FROM}
            for day, cents in days
        ],
        contract_schema("prices"),
    )
    asked: list[str] = []

    def of_store(store_id: str) -> pa.Table:
        asked.append(store_id)
        assert asked.count(store_id) == 1, "a store's prices are read once"
        return rows.filter(pa.compute.equal(rows["store_id"], store_id))

    return PostedPrices(of_store, FROM, UNTIL)


def test_the_price_is_the_last_one_posted_by_the_first_day() -> None:
    prices = posted((date(2017, 12, 20), 500), (date(2017, 11, 1), 300), (FROM, 400))
    assert prices.price("s", "p") == PostedPrice(400, 400, FROM, date(2017, 12, 19))
    assert prices.price("s", "other") is None
    assert prices.price("t", "p") is None
    assert posted((date(2017, 11, 28), 400)).price("s", "p") is None


@pytest.mark.parametrize(("day", "prices"), [(date(2017, 12, 10), (300, 350)), (date(2017, 12, 11), (300, 300))])
def test_a_change_on_the_last_day_counts_and_one_after_it_does_not(day: date, prices: tuple[int, int]) -> None:
    found = posted((date(2017, 11, 1), 300), (day, 350)).price("s", "p")
    assert found is not None
    assert (found.lowest_cents, found.highest_cents) == prices


def test_an_item_gets_the_newer_price_or_none_that_will_change() -> None:
    newer = posted((FROM, 350))
    assert newer.item("s", "p", 350) == 350
    assert newer.changes.total() == 0
    assert newer.item("s", "p", 300) == 350
    assert newer.item("s", "other", 300) == 300
    assert newer.item("s", "p", None) is None
    assert newer.changes == {PriceChange.ITEM_PRICE: 1}
    changing = posted((FROM, 350), (date(2017, 12, 1), 400))
    assert changing.item("s", "p", 350) is None
    assert changing.changes == {PriceChange.ITEM_UNSURE: 1}


@pytest.mark.parametrize(
    ("days", "kind", "rung", "printed", "change"),
    [
        ([(FROM, 300)], DealKind.FIXED_PRICE, TWO, (300, 100), None),
        ([(FROM, 260)], DealKind.FIXED_PRICE, TWO, (260, 60), PriceChange.SPECIAL_SAVING),
        ([(FROM, 360)], DealKind.FIXED_PRICE, TWO, (360, 160), PriceChange.SPECIAL_SAVING),
        ([(FROM, 200)], DealKind.FIXED_PRICE, TWO, None, PriceChange.SPECIAL_GONE),
        (
            [(FROM, 300), (date(2017, 12, 1), 260)],
            DealKind.FIXED_PRICE,
            TWO,
            (260, 60),
            PriceChange.SPECIAL_SAVING,
        ),
        ([(FROM, 300), (date(2017, 12, 1), 360)], DealKind.FIXED_PRICE, TWO, (300, 100), None),
        ([(FROM, 200)], DealKind.PERCENT_OFF, Ladder(percent=25), (200, 50), PriceChange.SPECIAL_SAVING),
        ([(FROM, 80)], DealKind.AMOUNT_OFF, Ladder(amount_cents=100), (80, 80), PriceChange.SPECIAL_SAVING),
        ([(FROM, 80)], DealKind.THRESHOLD, Ladder(threshold_cents=900, amount_cents=100), (300, 100), None),
    ],
)
def test_a_special_saves_what_the_till_will_give(
    days: list[tuple[date, int]],
    kind: DealKind,
    rung: Ladder,
    printed: tuple[int, int] | None,
    change: PriceChange | None,
) -> None:
    prices = posted(*days)
    assert prices.special("s", "p", kind, rung, (300, 100)) == printed
    assert prices.changes == ({change: 1} if change else {})
