"""Loaded logs settle what tills did, to the cent, and in whatever order everything arrives."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from log_shelf import DAY, MemoryLedger, Shelf, key_of, sale, settle

from regulars.flows import DataFile, PlanStanding, SettleRules, may_be_store
from regulars.kernel import StoreId
from regulars.redeem import (
    ArmLine,
    ArmRequest,
    DayClosed,
    Held,
    HoldAnswer,
    HoldRequest,
    LaneTransaction,
    Logged,
    MadeGood,
    Reversal,
    ReversalKind,
    Share,
    Shown,
    ShownUse,
    TillMessage,
    Told,
)

ORDERS = 1_500 if os.environ.get("REGULARS_FAULTS") == "full" else 25


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


def arm(ledger: MemoryLedger, at: LaneTransaction, household: int, **cents: int) -> None:
    """Hold and arm offers before tender, as a lane with a network does."""
    shares = tuple(Share(key_of(household, offer), saved) for offer, saved in cents.items())
    [answer] = tell(ledger, HoldRequest(at, 0, shares))
    assert isinstance(answer, HoldAnswer)
    ledger.asked.add(at)
    lines = tuple(
        ArmLine(held.grant, held.epoch, share.discount_cents)
        for held, share in zip(answer.outcomes, shares, strict=True)
        if isinstance(held, Held)
    )
    tell(ledger, ArmRequest(at, lines))


def tell(ledger: MemoryLedger, *messages: TillMessage) -> list[Any]:
    from log_shelf import NOON

    return ledger.handle_till(messages, at=NOON, today=ledger.today)


def test_a_store_is_known_by_its_loaded_lines_or_by_what_its_lanes_told(
    ledger: MemoryLedger, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def known(*stores: str) -> list[bool]:
        return [may_be_store(cast("Any", shelf), ledger, StoreId(store)) for store in stores]

    assert known("12", "13", "14") == [False] * 3
    arm(ledger, sale(1), 1, coffee=100)
    shelf.sell(sale(2, store="13"), ("coffee", 1, 300))
    monkeypatch.setattr(shelf, "files", partial(files_of, shelf.files))
    assert known("12", "13", "14") == [True, True, False]


class NothingYet:
    """The ledger and the warehouse of a workspace in which nothing was done."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def plans(self) -> list[PlanStanding]:
        self.asked.append("plans")
        return []

    def files(self, dataset: str) -> list[DataFile]:
        self.asked.append(dataset)
        return []


def test_while_no_store_is_known_any_may_be_one_and_everything_is_asked_for_once() -> None:
    empty = cast("Any", NothingYet())
    assert may_be_store(empty, empty, StoreId("12"))
    assert empty.asked == ["plans", "lines"]


def files_of(files: Callable[[str], list[DataFile]], dataset: str) -> list[DataFile]:
    """The shelf holds lines alone; it takes every other name for its other transactions."""
    return files(dataset) if dataset == "lines" else []


def test_a_log_settles_what_was_armed(ledger: MemoryLedger, shelf: Shelf) -> None:
    arm(ledger, sale(1), 1, coffee=100, bread=60)
    assert ledger.totals() == {"vendor_open": 60, "retailer_funded": 100, "discount": -160}
    shelf.sell(sale(1), ("coffee", 1, 300), ("bread", 1, 240))
    seen = settle(ledger, shelf)
    assert ledger.totals() == {"vendor_due": 60, "retailer_funded": 100, "discount": -160}
    assert (seen.given, seen.given_cents, seen.absent, seen.changed) == (2, 160, 0, 2)


def test_goods_that_are_not_on_the_receipt_were_not_discounted(ledger: MemoryLedger, shelf: Shelf) -> None:
    arm(ledger, sale(1), 1, coffee=100, bread=60)
    shelf.sell(sale(1), ("bread", 1, 240))
    seen = settle(ledger, shelf)
    assert (seen.given, seen.absent) == (1, 1)
    assert ledger.totals() == {"retailer_funded": 60, "discount": -60}
    assert ledger.grants[key_of(1, "coffee")].uses_left == 1


def test_a_log_that_tells_discounts_bounds_what_was_given(ledger: MemoryLedger, shelf: Shelf) -> None:
    arm(ledger, sale(1), 1, coffee=100, bread=60)
    shelf.sell(sale(1), ("coffee", 1, 330), ("bread", 1, 300), discount=70)
    settle(ledger, shelf, SettleRules(discounts_on_lines=True))
    assert ledger.totals() == {"vendor_due": 42, "retailer_funded": 88, "discount": -130}
    arm(ledger, sale(2), 2, coffee=100)
    shelf.sell(sale(2), ("coffee", 1, 400))
    assert settle(ledger, shelf, SettleRules(discounts_on_lines=True)).absent == 1


def test_a_return_takes_back_what_the_rest_does_not_earn(ledger: MemoryLedger, shelf: Shelf) -> None:
    arm(ledger, sale(1), 1, tea=200, coffee=100)
    shelf.sell(sale(1), ("tea", 3, 1_000), ("coffee", 2, 700))
    shelf.take_back(sale(9, day=date(2017, 12, 20)), sale(1), "coffee", 1)
    settle(ledger, shelf)
    assert ledger.totals()["discount"] == -300  # one pack of coffee is left, and earns the offer
    shelf.take_back(sale(10, day=date(2017, 12, 21)), sale(1), "tea", 1, line="1")
    seen = settle(ledger, shelf)
    assert ledger.totals()["discount"] == -100  # what is left of the tea costs less than the offer asks
    assert seen.returned_cents == 200
    assert ledger.grants[key_of(1, "tea")].uses_left == 0  # a return never opens an offer again


def test_a_part_of_a_percentage_comes_back_with_a_part_of_the_goods(ledger: MemoryLedger, shelf: Shelf) -> None:
    arm(ledger, sale(1), 1, bread=60)
    shelf.sell(sale(1), ("bread", 1, 240))
    shelf.take_back(sale(9), sale(1), "bread", 5)
    settle(ledger, shelf)
    assert ledger.totals() == {}


def test_a_post_void_opens_the_offer_again(ledger: MemoryLedger, shelf: Shelf) -> None:
    arm(ledger, sale(1), 1, coffee=100)
    shelf.sell(sale(1), ("coffee", 1, 300))
    settle(ledger, shelf)
    shelf.undo(sale(2), sale(1))
    seen = settle(ledger, shelf)
    assert (seen.given, seen.voided, ledger.totals()) == (0, 1, {})
    assert ledger.grants[key_of(1, "coffee")].uses_left == 1


def test_a_cancelled_basket_gave_nothing(ledger: MemoryLedger, shelf: Shelf) -> None:
    arm(ledger, sale(1), 1, coffee=100)
    shelf.sell(sale(2), ("milk", 1, 100))
    shelf.end(sale(1))
    assert settle(ledger, shelf).absent == 1
    assert ledger.totals() == {}


def test_a_basket_whose_lane_never_asked_is_made_good_once(ledger: MemoryLedger, shelf: Shelf) -> None:
    shelf.sell(sale(3), ("coffee", 1, 400), ("milk", 1, 100), household=1)
    shelf.sell(sale(2), ("coffee", 1, 400), household=1)
    seen = settle(ledger, shelf)
    assert (seen.credited, seen.credited_cents) == (1, 100)
    assert ledger.totals() == {"vendor_open": 60, "retailer_funded": 40, "discount": -100}
    assert list(ledger.grants[key_of(1, "coffee")].spends) == [sale(2).made_good]
    assert settle(ledger, shelf).changed == 0


@pytest.mark.parametrize("why", ["asked", "nobody's card", "not wanted"])
def test_who_asked_or_was_not_known_is_owed_nothing(ledger: MemoryLedger, shelf: Shelf, why: str) -> None:
    shelf.sell(sale(2), ("coffee", 1, 400), household=None if why == "nobody's card" else 1)
    if why == "asked":
        ledger.asked.add(sale(2))
    assert settle(ledger, shelf, SettleRules(credit_missed=why != "not wanted")).credited == 0
    assert ledger.books() == MemoryLedger().books()


def test_an_unpaid_credit_gives_way_to_the_use_that_was_told_late(ledger: MemoryLedger, shelf: Shelf) -> None:
    shelf.sell(sale(2), ("coffee", 1, 400), household=1)
    settle(ledger, shelf)
    tell(ledger, Told(sale(7), Share(key_of(1, "coffee"), 100)))
    shelf.sell(sale(7), ("coffee", 1, 300), household=1)
    seen = settle(ledger, shelf)
    assert (seen.credited, seen.given) == (0, 1)
    assert ledger.totals() == {"vendor_due": 60, "retailer_funded": 40, "discount": -100}


def test_a_paid_credit_stays_and_shrinks_with_returns(ledger: MemoryLedger, shelf: Shelf) -> None:
    shelf.sell(sale(2), ("coffee", 1, 400), household=1)
    settle(ledger, shelf)
    tell(ledger, Logged(sale(2).made_good, (Share(key_of(1, "coffee"), 100),)))
    assert ledger.totals()["vendor_due"] == 60
    assert settle(ledger, shelf).changed == 1  # it is told now, so the log no longer has to say it
    shelf.take_back(sale(9), sale(2), "coffee", 1)
    settle(ledger, shelf)
    assert ledger.totals() == {}


def test_a_lane_that_asks_after_the_log_gets_the_same_credit(ledger: MemoryLedger, shelf: Shelf) -> None:
    shelf.sell(sale(2), ("coffee", 1, 400), household=1)
    settle(ledger, shelf)
    before = ledger.books()
    [answer] = tell(ledger, MadeGood(sale(2).made_good, (Share(key_of(1, "coffee"), 100),)))
    assert answer.outcomes[0].discount_cents == 100
    assert ledger.books() == before


def test_the_last_days_basket_is_made_good_though_the_offers_have_ended(shelf: Shelf) -> None:
    late = MemoryLedger(today=date(2017, 12, 13))
    for key in late.grants:
        book = late.grants[key]
        late.grants[key] = type(book)(**{**vars(book), "closed": True})
    shelf.sell(sale(2, day=date(2017, 12, 10)), ("coffee", 1, 400), household=1)
    shelf.sell(sale(2, day=date(2017, 12, 11)), ("coffee", 1, 400), household=2)
    seen = settle(late, shelf)
    assert (seen.credited, late.totals()["discount"]) == (1, -100)


def test_a_return_that_names_two_receipts_is_counted_not_guessed(ledger: MemoryLedger, shelf: Shelf) -> None:
    for lane in ("4", "5"):
        shelf.sell(sale(1, lane=lane), ("coffee", 1, 300))
    arm(ledger, sale(1), 1, coffee=100)
    arm(ledger, sale(1, lane="5"), 2, coffee=100)
    shelf.take_back(sale(9), sale(1), "coffee", 1)
    shelf.lines[-1]["returned_receipt"] = "12///1/"
    seen = settle(ledger, shelf)
    assert (seen.returns_unclear, seen.returned_cents, seen.given) == (1, 0, 2)


def test_a_plan_whose_logs_and_facts_are_as_before_is_not_worked_out_again(
    ledger: MemoryLedger, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, Any] = {}

    class Note:
        def read(self) -> dict[str, Any]:
            return dict(kept)

        def write(self, content: dict[str, Any]) -> None:
            kept.update(content)

    arm(ledger, sale(1), 1, coffee=100)
    shelf.sell(sale(1), ("coffee", 1, 300))
    files = shelf.files("lines")
    monkeypatch.setattr(shelf, "files", lambda name: files if name == "lines" else [])
    first = settle(ledger, shelf, note=Note())
    monkeypatch.setattr("regulars.flows._till_settle.read_logged", None)
    again = settle(ledger, shelf, note=Note())
    assert (again.changed, again.given, again.given_cents) == (0, first.given, first.given_cents) == (0, 1, 100)
    arm(ledger, sale(5), 2, coffee=100)
    with pytest.raises(TypeError):  # a new fact: the logs are looked at again
        settle(ledger, shelf, note=Note())


def test_a_return_that_the_till_told_and_the_log_shows_comes_back_once(ledger: MemoryLedger, shelf: Shelf) -> None:
    arm(ledger, sale(1), 1, coffee=100)
    shelf.sell(sale(1), ("coffee", 1, 300))
    shelf.take_back(sale(9), sale(1), "coffee", 1)
    settle(ledger, shelf)
    assert ledger.totals() == {}
    tell(ledger, Reversal(sale(9), sale(1), key_of(1, "coffee"), 40, ReversalKind.RETURN))
    assert ledger.totals() == {}
    arm(ledger, sale(2), 2, coffee=100)
    shelf.sell(sale(2), ("coffee", 1, 300))
    tell(ledger, Reversal(sale(9), sale(2), key_of(2, "coffee"), 40, ReversalKind.RETURN))
    settle(ledger, shelf)
    assert ledger.totals()["discount"] == -60


def test_what_the_till_told_of_its_log_goes_before_what_is_loaded(ledger: MemoryLedger, shelf: Shelf) -> None:
    arm(ledger, sale(1), 1, coffee=100, bread=60)
    tell(ledger, Logged(sale(1), (Share(key_of(1, "bread"), 50),)))
    shelf.sell(sale(1), ("coffee", 1, 300), ("bread", 1, 240))
    seen = settle(ledger, shelf)
    assert (seen.given, seen.given_cents, seen.absent) == (1, 50, 0)
    assert ledger.totals() == {"retailer_funded": 50, "discount": -50}


def test_a_use_of_an_unknown_grant_is_kept_apart(ledger: MemoryLedger) -> None:
    [answer] = tell(ledger, Shown(sale(1), (ShownUse(key_of(99, "coffee"), 100),)))
    assert answer.outcomes[0].outcome == "unknown"


@dataclass(frozen=True)
class Basket:
    """One basket of a made-up day: who, what, and how its lane and its log behaved."""

    sequence: int
    household: int
    goods: tuple[tuple[str, int, int], ...]
    lane_did: str
    log_shows: str
    back: int
    card: bool


BASKETS = st.builds(
    Basket,
    st.just(0),
    st.integers(1, 3),
    st.lists(
        st.tuples(st.sampled_from(["coffee", "bread", "tea", "milk"]), st.integers(1, 4), st.integers(0, 1_500)),
        min_size=1,
        max_size=3,
        unique_by=lambda line: line[0],
    ).map(tuple),
    st.sampled_from(["armed", "told", "nothing", "asked", "armed and told"]),
    st.sampled_from(["sale", "sale", "sale", "post-void", "cancelled", "nothing", "told by the till"]),
    st.integers(0, 2),
    st.booleans(),
)
SAVED = {"coffee": 100, "bread": 60, "tea": 200}


def _arrivals(baskets: list[Basket]) -> list[tuple[str, Callable[[MemoryLedger, Shelf], object]]]:
    """Everything that arrives after tender, one thing at a time."""
    found: list[tuple[str, Callable[[MemoryLedger, Shelf], object]]] = []
    for place, one in enumerate(baskets, start=1):
        at, goods = sale(place, lane=f"{place % 2}"), [name for name, _, _ in one.goods if name in SAVED]
        shares = tuple(Share(key_of(one.household, name), SAVED[name]) for name in goods)
        if "told" in one.lane_did:
            found += [("told", lambda led, _, at=at, s=s: tell(led, Told(at, s))) for s in shares]
        if one.log_shows in {"sale", "post-void"}:
            card = one.household if one.card else None
            found.append(
                ("log", lambda _, shelf, at=at, one=one, card=card: shelf.sell(at, *one.goods, household=card))
            )
        if one.log_shows == "post-void":
            found.append(("log", lambda _, shelf, at=at, n=place: shelf.undo(sale(100 + n), at)))
        if one.log_shows == "cancelled":
            found.append(("log", lambda _, shelf, at=at: shelf.end(at)))
        if one.log_shows == "told by the till":
            found.append(("told", lambda led, _, at=at, shares=shares: tell(led, Logged(at, shares[:1]))))
        for n in range(one.back):
            name, number = one.goods[0][0], 200 + 10 * place + n
            found.append(
                ("log", lambda _, shelf, at=at, name=name, k=number: shelf.take_back(sale(k), at, name, 1))
            )
        if one.back and shares and one.log_shows == "sale":
            undone = Reversal(sale(900 + place), at, shares[0].grant, 30 * one.back, ReversalKind.RETURN)
            found.append(("told", lambda led, _, undone=undone: tell(led, undone)))
    found.append(("told", lambda led, _: tell(led, DayClosed(StoreId("12"), DAY))))
    return found


@settings(
    max_examples=ORDERS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # a smaller case takes minutes to find
)
@given(
    baskets=st.lists(BASKETS, min_size=2, max_size=6),
    draw=st.randoms(use_true_random=False),
    discounts=st.booleans(),
)
def test_no_order_of_arrival_leads_to_other_books(baskets: list[Basket], draw: Any, discounts: bool) -> None:
    rules = SettleRules(discounts_on_lines=discounts)
    with TemporaryDirectory() as folder:
        books = []
        for turn in range(3):
            ledger, shelf = MemoryLedger(), Shelf(Path(folder, f"{turn}"))
            shelf.folder.mkdir()
            for place, one in enumerate(baskets, start=1):
                at = sale(place, lane=f"{place % 2}")
                if one.lane_did == "asked":
                    ledger.asked.add(at)
                if one.lane_did.startswith("armed"):
                    saved = {name: SAVED[name] for name, _, _ in one.goods if name in SAVED}
                    arm(ledger, at, one.household, **saved)
            arrivals = _arrivals(baskets)
            if turn:
                draw.shuffle(arrivals)
            for _, arrive in arrivals:
                arrive(ledger, shelf)
                if turn and draw.random() < 0.5:
                    settle(ledger, shelf, rules)
                if turn and draw.random() < 0.3:
                    arrive_again = arrive if _ == "told" else None
                    if arrive_again:
                        arrive_again(ledger, shelf)
            settle(ledger, shelf, rules)
            assert settle(ledger, shelf, rules).changed == 0
            books.append(ledger.books())
            assert all(ledger.books().values())
            assert sum(ledger.totals().values()) == 0
        assert books[0] == books[1] == books[2]
