"""What a screen asks the ledger about tills, on both stores: days, newest uses, odd ones, silent lanes, debts."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from ledger_samples import AT, FORTNIGHT, WHO, plan_content
from till_samples import BREAD, COFFEE, NOON, PLAN, TODAY, ask, lane, take

from regulars.adapters.ledger import SqlLedger
from regulars.flows.views import Goodwill, StoreDayUses, UseMark, VendorDue
from regulars.kernel import ContractError, GrantId, HouseholdId, OfferId, StoreId
from regulars.redeem import DayClosed, GrantKey, Logged, Reversal, ReversalKind, Share, Told

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def till(ledger: SqlLedger) -> Iterator[SqlLedger]:
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    yield ledger
    assert ledger.verify() == []


def test_a_day_adds_up_by_store(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    ask(till, Told(lane(2, store="13"), Share(BREAD, 50)))
    ask(till, Reversal(lane(2, 70, store="13"), lane(2, store="13"), BREAD, 50, ReversalKind.VOID))
    found = till.store_day_uses(["12", "13", "14"], TODAY, TOMORROW)
    assert found == [
        StoreDayUses("12", TODAY, 1, 100, offline=0, waiting=1, settled=0, voided=0, returned=0, absent=0),
        StoreDayUses("13", TODAY, 0, 0, offline=0, waiting=0, settled=0, voided=1, returned=0, absent=0),
    ]
    assert till.store_day_uses(["12"], TOMORROW, TOMORROW + timedelta(days=1)) == []


def test_the_newest_use_stands_first_and_only_of_the_stores_asked_for(till: SqlLedger) -> None:
    second = GrantKey(PLAN, GrantId("2-1"))
    take(till, lane(1), COFFEE)
    ask(till, minutes=5)
    take(till, lane(7, store="13"), second)
    uses = till.latest_uses(None, 50)
    assert {(use.transaction.store_id, use.grant, use.cents, use.mark) for use in uses} == {
        ("12", COFFEE, 100, UseMark.PLAIN),
        ("13", second, 100, UseMark.PLAIN),
    }
    assert all(use.at == NOON for use in uses)
    assert [use.grant for use in till.latest_uses(frozenset({"13"}), 50)] == [second]
    assert till.latest_uses(frozenset({"14"}), 50) == []
    assert len(till.latest_uses(None, 1)) == 1


def test_odd_uses_say_what_is_odd_and_plain_ones_are_left_out(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    ask(till, Told(lane(3, 5), Share(GrantKey(PLAN, GrantId("2-2")), 50)))
    take(till, lane(2), BREAD, 50)
    ask(till, Logged(lane(2), ()))
    odd = till.odd_uses(["12"], TODAY, TOMORROW, "", 50)
    assert [(use.transaction, use.mark) for use in odd] == [
        (lane(3, 5), UseMark.OFFLINE),
        (lane(2), UseMark.ABSENT),
    ]
    assert [use.mark for use in till.odd_uses(["12"], TODAY, TOMORROW, lane(3, 5).key, 50)] == [UseMark.ABSENT]
    assert till.odd_uses(["13"], TODAY, TOMORROW, "", 50) == []


def test_what_was_armed_before_a_day_that_closed_without_it_was_not_given(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    take(till, lane(2), BREAD, 50)
    ask(till, Told(lane(2), Share(BREAD, 50)), DayClosed(StoreId("12"), TODAY))
    marks = {use.grant: (use.mark, use.cents) for use in till.latest_uses(None, 50)}
    assert marks == {COFFEE: (UseMark.NOT_GIVEN, 0), BREAD: (UseMark.PLAIN, 50)}


def test_what_was_kept_apart_is_told_with_its_receipt(till: SqlLedger) -> None:
    stranger = GrantKey(PLAN, GrantId("999-1"))
    ask(till, Told(lane(4), Share(stranger, 75)))
    [apart] = till.till_exceptions(None, 0, 50)
    assert (apart.transaction, apart.grant, apart.outcome, apart.detail) == (
        lane(4),
        stranger,
        "unknown",
        "75 cents",
    )
    assert till.till_exceptions(frozenset({"13"}), 0, 50) == []
    assert till.till_exceptions(None, apart.sequence, 50) == []


def test_lanes_of_a_store_are_heard_on_their_day_alone(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    take(till, lane(2, store="123"), BREAD, 50)
    assert till.lanes_heard("12", TODAY) == {"1": NOON}
    assert till.lanes_heard("12", TOMORROW) == {}


def test_vendors_owe_what_their_budget_covers(till: SqlLedger) -> None:
    before = {row.vendor_id: row for row in till.vendor_dues()}
    assert before["roaster"] == VendorDue("roaster", 0, 0)
    take(till, lane(1), COFFEE)
    assert VendorDue("roaster", 60, 0) in till.vendor_dues()
    ask(till, Logged(lane(1), (Share(COFFEE, 100),)))
    assert VendorDue("roaster", 0, 60) in till.vendor_dues()


def test_goodwill_is_promised_by_the_store_spent_at_the_till_and_given_once(till: SqlLedger) -> None:
    def gift(offer: str, household: str = "household-1") -> Goodwill:
        names = (PLAN, HouseholdId(household), OfferId(offer))
        return Goodwill(*names, 1, 80, FORTNIGHT, "kind words", AT, "staff desk")

    assert till.give_goodwill(gift("coffee")) is None
    given = till.give_goodwill(gift("honey"))
    assert given == "000001-goodwill-1"
    assert till.verify() == []
    mine = {grant.offer_id: grant for grant in till.till_grants(PLAN, HouseholdId("household-1"))}
    assert (mine["honey"].face_cents, mine["honey"].funding_cents) == (80, 0)
    take(till, lane(1), GrantKey(PLAN, given), 80)
    assert till.store_day_uses(["12"], TODAY, TOMORROW)[0].cents == 80
    with pytest.raises(ContractError, match="has no list"):
        till.give_goodwill(gift("honey", "stranger"))


def test_a_list_nobody_changed_has_no_edition(till: SqlLedger) -> None:
    assert till.editions_of(PLAN, HouseholdId("1")) == []
