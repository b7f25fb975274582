"""The protocol on both stores: each call, each awkward case, to the cent; every test ends with whole books."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from ledger_samples import AT, WHO, plan_content
from till_samples import BREAD, COFFEE, PLAN, TODAY, accounts, ask, hold, lane, state_of, take

from regulars.adapters.ledger import SqlLedger, create_ledger
from regulars.adapters.ledger._till_rows import GRANTS_OF_HOUSEHOLD
from regulars.flows import PlanRefused
from regulars.kernel import GrantId, StoreId
from regulars.redeem import (
    ArmAnswer,
    Armed,
    ArmLine,
    ArmRequest,
    Changed,
    Classified,
    DayClosed,
    FactAnswer,
    FactClass,
    GrantKey,
    Held,
    HoldAnswer,
    Logged,
    RefusalReason,
    Refused,
    ReleaseRequest,
    Reversal,
    ReversalClass,
    ReversalKind,
    RightMoved,
    Share,
    Told,
    Undone,
)

AFTER = date(2017, 12, 11)
ARMED_COFFEE = {"discount store": -100, "vendor_open roaster": 60, "retailer_funded store": 40}
LOGGED_COFFEE = {"discount store": -100, "vendor_due roaster": 60, "retailer_funded store": 40}


@pytest.fixture
def till(ledger: SqlLedger) -> Iterator[SqlLedger]:
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    yield ledger
    assert ledger.verify() == []


def reasons(answer: object) -> list[RefusalReason]:
    assert isinstance(answer, HoldAnswer | ArmAnswer)
    return [outcome.reason for outcome in answer.outcomes if isinstance(outcome, Refused)]


def void(original: object, *, by: int = 9, key: GrantKey = COFFEE) -> Reversal:
    return Reversal(lane(by, 70), original, key, 100, ReversalKind.VOID)  # type: ignore[arg-type]


def returned(original: object, cents: int, *, sequence: int = 80) -> Reversal:
    return Reversal(lane(8, sequence), original, COFFEE, cents, ReversalKind.RETURN)  # type: ignore[arg-type]


def test_hold_arm_and_log_bill_the_vendor_once(till: SqlLedger) -> None:
    assert take(till, lane(1), COFFEE) == ArmAnswer((Armed(COFFEE, 100),))
    assert (state_of(till, COFFEE), accounts(till)) == ("armed", ARMED_COFFEE)
    [answer] = ask(till, Logged(lane(1), (Share(COFFEE, 100),)))
    assert answer == FactAnswer((Classified(COFFEE, FactClass.SPENT),))
    assert (state_of(till, COFFEE), accounts(till)) == ("spent", LOGGED_COFFEE)


def test_second_lane_is_told_who_holds_it(till: SqlLedger) -> None:
    ask(till, hold(lane(4), COFFEE))
    [answer] = ask(till, hold(lane(5), COFFEE, BREAD), minutes=14)
    assert isinstance(answer, HoldAnswer)
    refused, held = answer.outcomes
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.holder) == (RefusalReason.HELD_ELSEWHERE, lane(4))
    assert refused.detail == "held at lane 4"
    assert isinstance(held, Held)


def test_hold_lapses_and_the_first_lane_cannot_arm(till: SqlLedger) -> None:
    ask(till, hold(lane(4), COFFEE))
    [second] = ask(till, hold(lane(5), COFFEE), minutes=15)
    assert reasons(second) == []
    [late] = ask(till, ArmRequest(lane(4), (ArmLine(COFFEE, 1, 100),)), minutes=16)
    assert reasons(late) == [RefusalReason.TAKEN_OVER]


def test_lapsed_hold_that_nobody_took_still_arms(till: SqlLedger) -> None:
    ask(till, hold(lane(4), COFFEE))
    [armed] = ask(till, ArmRequest(lane(4), (ArmLine(COFFEE, 1, 100),)), minutes=90)
    assert armed == ArmAnswer((Armed(COFFEE, 100),))


def test_no_timer_frees_an_armed_grant(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    [answer] = ask(till, hold(lane(2), COFFEE), minutes=60 * 24)
    assert reasons(answer) == [RefusalReason.ALREADY_SPENT]


def test_supervisor_takes_over_and_the_first_lane_is_refused(till: SqlLedger) -> None:
    ask(till, hold(lane(4), COFFEE))
    before = till.audit_head().sequence
    [taken] = ask(till, hold(lane(5), COFFEE, take_over=True))
    assert isinstance(taken, HoldAnswer)
    [held] = taken.outcomes
    assert isinstance(held, Held)
    assert held.epoch == 2
    assert till.audit_head().sequence == before + 1
    [first] = ask(till, ArmRequest(lane(4), (ArmLine(COFFEE, 1, 100),)))
    assert reasons(first) == [RefusalReason.TAKEN_OVER]
    [second] = ask(till, ArmRequest(lane(5), (ArmLine(COFFEE, 2, 100),)))
    assert reasons(second) == []


def test_repeated_calls_get_the_first_answer_and_write_nothing(till: SqlLedger) -> None:
    ask_for = hold(lane(1), COFFEE)
    [first] = ask(till, ask_for)
    [again] = ask(till, ask_for, minutes=10)
    assert again == first
    arm = ArmRequest(lane(1), (ArmLine(COFFEE, 1, 100),))
    [armed] = ask(till, arm)
    head = till.audit_head()
    assert ask(till, arm, arm, minutes=5) == [armed, armed]
    assert till.audit_head() == head
    assert accounts(till) == ARMED_COFFEE


def test_refused_arm_stays_refused_when_it_comes_again_late(till: SqlLedger) -> None:
    """The shopper was told no; a copy of the call that the network kept must not give it after all."""
    ask(till, hold(lane(1), COFFEE, cents=80))
    arm = ArmRequest(lane(1), (ArmLine(COFFEE, 1, 100),))
    [refused] = ask(till, arm)
    assert reasons(refused) == [RefusalReason.CAP_REACHED]
    ask(till, hold(lane(1), COFFEE, cents=100, revision=1))
    assert ask(till, arm) == [refused]
    assert accounts(till) == {}


def test_same_key_with_another_body_is_refused(till: SqlLedger) -> None:
    ask(till, hold(lane(1), COFFEE))
    [other] = ask(till, hold(lane(1), BREAD))
    assert isinstance(other, Refused)
    assert other.reason is RefusalReason.KEY_REUSED
    assert state_of(till, BREAD) == "issued"
    ask(till, ArmRequest(lane(1), (ArmLine(COFFEE, 1, 100),)))
    [less] = ask(till, ArmRequest(lane(1), (ArmLine(COFFEE, 1, 90),)))
    assert reasons(less) == [RefusalReason.KEY_REUSED]
    assert accounts(till) == ARMED_COFFEE


def test_next_revision_releases_what_left_the_basket(till: SqlLedger) -> None:
    ask(till, hold(lane(1), COFFEE, BREAD))
    [answer] = ask(till, hold(lane(1), BREAD, revision=1))
    assert isinstance(answer, HoldAnswer)
    assert answer.released == (COFFEE,)
    assert (state_of(till, COFFEE), state_of(till, BREAD)) == ("issued", "held")


def test_release_gives_back_what_is_held_and_keeps_what_is_armed(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    ask(till, hold(lane(1), BREAD, revision=1))
    assert ask(till, ReleaseRequest(lane(1))) == [Changed((BREAD,))]
    assert (state_of(till, COFFEE), state_of(till, BREAD)) == ("armed", "issued")


def test_an_older_state_of_a_basket_that_comes_late_changes_nothing(till: SqlLedger) -> None:
    oldest = hold(lane(1), BREAD)
    [first] = ask(till, oldest)
    [newest] = ask(till, hold(lane(1), COFFEE, BREAD, revision=3))
    [late] = ask(till, hold(lane(1), BREAD, revision=2))
    assert isinstance(late, Refused)
    assert (late.reason, late.detail) == (
        RefusalReason.STALE_REVISION,
        "revision 3 of this basket came before revision 2",
    )
    assert ask(till, oldest, hold(lane(1), COFFEE, BREAD, revision=3)) == [first, newest]
    assert (state_of(till, COFFEE), state_of(till, BREAD)) == ("held", "held")
    [other] = ask(till, hold(lane(2), COFFEE, BREAD))
    assert reasons(other) == [RefusalReason.HELD_ELSEWHERE] * 2


def test_older_and_newer_states_of_a_basket_in_one_commit(till: SqlLedger) -> None:
    newest, late = ask(till, hold(lane(1), COFFEE, BREAD, revision=1), hold(lane(1), BREAD))
    assert reasons(newest) == []
    assert isinstance(late, Refused)
    assert (state_of(till, COFFEE), state_of(till, BREAD)) == ("held", "held")


@pytest.mark.parametrize(
    ("days", "reason"),
    [(-4, ["wrong_day"]), (-3, []), (0, []), (3, []), (4, ["wrong_day"]), (-17_500, ["wrong_day"])],
)
def test_a_basket_of_a_day_that_nobody_here_would_close_is_refused(
    till: SqlLedger, days: int, reason: list[str]
) -> None:
    transaction = lane(1, day=TODAY + timedelta(days=days))
    [held] = ask(till, hold(transaction, COFFEE))
    assert reasons(held) == reason


def test_a_hold_of_some_days_ago_is_not_armed_but_facts_of_any_day_are_taken(till: SqlLedger) -> None:
    ask(till, hold(lane(1), COFFEE))
    arm = ArmRequest(lane(1), (ArmLine(COFFEE, 1, 100),))
    [late] = ask(till, arm, today=TODAY + timedelta(days=4))
    assert reasons(late) == [RefusalReason.WRONG_DAY]
    [told] = ask(till, Told(lane(2, day=date(2018, 6, 1)), Share(COFFEE, 100)))
    assert told == FactAnswer((Classified(COFFEE, FactClass.SPENT),))


@pytest.mark.parametrize(
    ("today", "reason"),
    [(date(2017, 11, 26), RefusalReason.NOT_YET_VALID), (AFTER, RefusalReason.EXPIRED)],
)
def test_centre_decides_validity(till: SqlLedger, today: date, reason: RefusalReason) -> None:
    [answer] = ask(till, hold(lane(1, day=today), COFFEE), today=today)
    assert reasons(answer) == [reason]


def test_unknown_grant_is_not_found(till: SqlLedger) -> None:
    nowhere = GrantKey(PLAN, GrantId("99-1"))
    [answer] = ask(till, hold(lane(1), nowhere))
    assert reasons(answer) == [RefusalReason.NOT_FOUND]
    [fact] = ask(till, Told(lane(1), Share(nowhere, 10)))
    assert fact == FactAnswer((Classified(nowhere, FactClass.UNKNOWN),))


def test_told_fact_overrides_anothers_hold_whose_arm_then_fails(till: SqlLedger) -> None:
    ask(till, hold(lane(1), COFFEE))
    [fact] = ask(till, Told(lane(2, store="13"), Share(COFFEE, 100)))
    assert fact == FactAnswer((Classified(COFFEE, FactClass.SPENT),))
    [late] = ask(till, ArmRequest(lane(1), (ArmLine(COFFEE, 1, 100),)))
    assert reasons(late) == [RefusalReason.ALREADY_SPENT]
    assert accounts(till) == ARMED_COFFEE


def test_duplicate_is_the_retailers_loss(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    [fact] = ask(till, Logged(lane(2, store="13"), (Share(COFFEE, 100),)))
    assert fact == FactAnswer((Classified(COFFEE, FactClass.DUPLICATE),))
    assert accounts(till) == {**ARMED_COFFEE, "discount store": -200, "retailer_loss store": 100}


def test_void_of_the_billed_spend_promotes_the_duplicate(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    ask(till, Logged(lane(2, store="13"), (Share(COFFEE, 100),)))
    [undone] = ask(till, void(lane(1)))
    assert undone == Undone(COFFEE, ReversalClass.REVERSED)
    assert (state_of(till, COFFEE), accounts(till)) == ("spent", LOGGED_COFFEE)


def test_void_within_its_days_reopens_and_after_them_closes(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    assert ask(till, void(lane(1))) == [Undone(COFFEE, ReversalClass.REOPENED)]
    assert (state_of(till, COFFEE), accounts(till)) == ("issued", {})
    assert take(till, lane(2), COFFEE) == ArmAnswer((Armed(COFFEE, 100),))
    assert ask(till, void(lane(2), by=7), today=AFTER) == [Undone(COFFEE, ReversalClass.REVERSED)]
    assert (state_of(till, COFFEE), accounts(till)) == ("closed", {})


def test_return_takes_back_no_more_than_was_given_and_reopens_nothing(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    assert ask(till, returned(lane(1), 25)) == [Undone(COFFEE, ReversalClass.REVERSED)]
    assert accounts(till) == {"discount store": -75, "vendor_open roaster": 45, "retailer_funded store": 30}
    assert ask(till, returned(lane(1), 25)) == [Undone(COFFEE, ReversalClass.REPEATED)]
    assert ask(till, returned(lane(1), 30)) == [Undone(COFFEE, ReversalClass.CONFLICT)]
    assert ask(till, returned(lane(1), 90, sequence=81)) == [Undone(COFFEE, ReversalClass.CAPPED)]
    assert (state_of(till, COFFEE), accounts(till)) == ("armed", {})


def test_reversal_before_its_sale_parks(till: SqlLedger) -> None:
    assert ask(till, returned(lane(1), 25)) == [Undone(COFFEE, ReversalClass.PARKED)]
    assert (state_of(till, COFFEE), accounts(till)) == ("issued", {})
    ask(till, Logged(lane(1), (Share(COFFEE, 100),)))
    assert accounts(till) == {"discount store": -75, "vendor_due roaster": 45, "retailer_funded store": 30}


def test_log_corrects_what_was_armed(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    ask(till, Logged(lane(1), (Share(COFFEE, 50),)))
    assert accounts(till) == {"discount store": -50, "vendor_due roaster": 30, "retailer_funded store": 20}


def test_log_without_the_discount_frees_the_grant(till: SqlLedger) -> None:
    """The lane died after ARM, or the shopper put the coffee back."""
    take(till, lane(1), COFFEE)
    assert ask(till, Logged(lane(1), ())) == [FactAnswer((), (COFFEE,))]
    assert (state_of(till, COFFEE), accounts(till)) == ("issued", {})


def test_close_of_day_frees_what_was_armed_and_never_logged(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    ask(till, hold(lane(2), BREAD))
    assert ask(till, DayClosed(StoreId("12"), lane(1).business_on)) == [Changed((COFFEE, BREAD))]
    assert (state_of(till, COFFEE), state_of(till, BREAD)) == ("issued", "issued")
    ask(till, Logged(lane(1), (Share(COFFEE, 100),)))
    assert (state_of(till, COFFEE), accounts(till)) == ("spent", LOGGED_COFFEE)


def test_same_log_again_changes_nothing_and_another_content_is_kept_apart(till: SqlLedger) -> None:
    log = Logged(lane(1), (Share(COFFEE, 100), Share(BREAD, 50)))
    ask(till, log)
    books, head = accounts(till), till.audit_head()
    [again] = ask(till, Logged(lane(1), tuple(reversed(log.shares))))
    assert isinstance(again, FactAnswer)
    assert {one.outcome for one in again.outcomes} == {FactClass.REPEATED}
    assert till.audit_head() == head
    [other] = ask(till, Logged(lane(1), (Share(COFFEE, 99),)))
    assert other == FactAnswer((Classified(COFFEE, FactClass.CONFLICT),))
    assert accounts(till) == books


def test_journal_after_a_log_that_lacks_it_gives_nothing(till: SqlLedger) -> None:
    ask(till, Logged(lane(1), ()), Told(lane(1), Share(COFFEE, 100)))
    assert accounts(till) == {}
    [late] = ask(till, hold(lane(1), COFFEE), ArmRequest(lane(1), (ArmLine(COFFEE, 1, 100),)))[1:]
    assert reasons(late) == [RefusalReason.KEY_REUSED]


def test_vendor_pays_its_share_up_to_what_was_promised(till: SqlLedger) -> None:
    """A dearer pack saved 150: the vendor's share is 90, its promise 60; the store bears the gap."""
    ask(till, Logged(lane(1), (Share(COFFEE, 150),)))
    assert accounts(till) == {
        "discount store": -150,
        "vendor_due roaster": 60,
        "retailer_funded store": 60,
        "promise_gap store": 30,
    }


def test_right_moves_to_a_store_and_back_only_when_all_is_told(till: SqlLedger) -> None:
    out, home = RightMoved(COFFEE, None, StoreId("12")), StoreId("12")
    assert ask(till, out, out) == [Changed((COFFEE,)), Changed(())]
    [refused] = ask(till, hold(lane(1), COFFEE))
    assert reasons(refused) == [RefusalReason.RIGHT_ELSEWHERE]
    assert ask(till, RightMoved(COFFEE, home, None, term=1, told=1)) == [Changed(())]
    ask(till, Told(lane(1), Share(COFFEE, 100)))
    assert ask(till, RightMoved(COFFEE, home, None, term=0, told=1)) == [Changed(())]
    assert ask(till, RightMoved(COFFEE, home, None, term=1, told=1)) == [Changed((COFFEE,))]
    [spent] = ask(till, hold(lane(2), COFFEE))
    assert reasons(spent) == [RefusalReason.ALREADY_SPENT]


def test_expired_grants_end_and_release_their_money(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    assert till.close_expired(at=AT, today=date(2017, 12, 10)) == 0
    assert till.close_expired(at=AT, today=AFTER) == 6
    assert till.close_expired(at=AT, today=AFTER) == 0
    assert (state_of(till, COFFEE), state_of(till, BREAD)) == ("armed", "closed")
    assert {total.promised_cents for total in till.budget_totals(PLAN)} == {0}


def test_plan_in_use_is_not_recalled(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    assert isinstance(till.recall_plan(PLAN, at=AT, actor=WHO), PlanRefused)


def test_budgets_are_used_and_released(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    totals = {total.scope.value: (total.promised_cents, total.used_cents) for total in till.budget_totals(PLAN)}
    assert totals == {"vendor": (120, 60), "offer": (120, 60), "store": (230, 40)}


def test_a_households_grants_are_found_by_household(tmp_path: Path) -> None:
    """SQLite, which keeps no statistics here, would walk through every grant of the plan if asked for an order."""
    with (
        closing(create_ledger(f"sqlite:///{tmp_path}/l.db", folder=tmp_path)) as made,
        made._engine.connect() as to,
    ):
        text = str(GRANTS_OF_HOUSEHOLD.compile(made._engine, compile_kwargs={"render_postcompile": True}))
        steps = to.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", ("p", "h")).all()
    assert "household_id=?" in steps[0][3], steps
