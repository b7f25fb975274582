"""Receipts rung anew: each offer once, twice the same, and the ledger equal to what was given."""

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from ledger_samples import AT, FORTNIGHT, WHO, plan_content
from till_samples import BREAD as BREAD_GRANT
from till_samples import COFFEE as COFFEE_GRANT
from till_samples import PLAN, accounts, ask, hold, take
from till_service import TERMS

from regulars.adapters.ledger import SqlLedger
from regulars.flows import (
    NEVER_SHOWN,
    DayClock,
    Receipt,
    ReplayedReceipts,
    TillDesk,
    replay_receipts,
    told_unasked,
)
from regulars.kernel import HouseholdId, StoreId
from regulars.offers import BasketLine
from regulars.redeem import LaneTransaction, Share, Told
from regulars.testing import SilentProgress

ZONE = ZoneInfo("America/New_York")
COFFEE, BREAD, MILK = "042100005264", "1029743", "5555"


@pytest.fixture
def till(ledger: SqlLedger) -> Iterator[SqlLedger]:
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    yield ledger
    assert ledger.verify() == []


def receipt(household: int, number: int, *codes: str, day: int = 28) -> Receipt:
    at = LaneTransaction(StoreId("12"), "0", date(2017, 11, day), number)
    lines = tuple(BasketLine(n, code, 1, 399) for n, code in enumerate(codes, start=1))
    return Receipt(f"household-{household}", at, lines)


def replay(ledger: SqlLedger, *receipts: Receipt) -> ReplayedReceipts:
    clock = DayClock(ZONE, FORTNIGHT.from_on)
    desk = TillDesk(ledger, {PLAN: TERMS}.__getitem__, HouseholdId, clock=clock, zone=ZONE)
    told = told_unasked(ledger, PLAN, FORTNIGHT)
    return replay_receipts(receipts, desk, ledger, clock, FORTNIGHT, SilentProgress(), told=told)


def test_each_offer_is_given_once_on_the_first_receipt_that_meets_it(till: SqlLedger) -> None:
    seen = replay(
        till, receipt(1, 1, COFFEE, MILK), receipt(1, 2, COFFEE, BREAD), receipt(2, 3, MILK), receipt(9, 4, COFFEE)
    )
    assert (seen.receipts, seen.receipts_with_offers, seen.households, seen.offers_given) == (4, 2, 1, 2)
    assert (seen.saved_cents, seen.amount_cents) == (150, 6 * 399)
    assert seen.not_given == {"nothing_covered": 3, "already_spent": 1}
    assert seen.note == NEVER_SHOWN
    assert accounts(till) == {
        "discount store": -150,
        "vendor_due roaster": 60,
        "retailer_funded store": 90,
    }


def test_the_same_replay_again_changes_nothing(till: SqlLedger) -> None:
    receipts = [receipt(1, 1, COFFEE), receipt(1, 2, BREAD, day=29), receipt(3, 5, COFFEE, BREAD, day=30)]
    first = replay(till, *receipts)
    before = accounts(till)
    again = replay(till, *receipts)
    assert (again.saved_cents, again.offers_given) == (first.saved_cents, first.offers_given) == (300, 4)
    assert accounts(till) == before


def test_a_receipt_that_a_lane_rang_itself_stands_as_it_told_it(till: SqlLedger) -> None:
    rang, alone, later = receipt(1, 1, COFFEE), receipt(1, 2, BREAD), receipt(2, 3, COFFEE)
    take(till, rang.transaction, COFFEE_GRANT)
    ask(till, Told(alone.transaction, Share(BREAD_GRANT, 50)), hold(later.transaction, revision=3))
    before = accounts(till)
    seen = replay(till, rang, alone, later, receipt(3, 4, COFFEE))
    assert (seen.rung_before, seen.receipts, seen.offers_given) == (3, 1, 1)
    assert before["discount store"] == -150
    assert accounts(till)["discount store"] == -250
    again = replay(till, rang, alone, later, receipt(3, 4, COFFEE))
    assert (again.rung_before, again.offers_given) == (3, 1)
