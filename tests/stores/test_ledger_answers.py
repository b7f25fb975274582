"""Answers and ticks in the ledger: the latest on an item stands, and all of a household's can be erased."""

from datetime import timedelta

import pytest
from ledger_samples import AT, WHO, plan_content

from regulars.adapters.ledger import SqlLedger
from regulars.flows import AnsweredItem, AnswerKind, HouseholdAnswer
from regulars.kernel import ContractError, HouseholdId


def answer(
    kind: AnswerKind, item: str = "MILK", *, of: str = "h1", cycle: int = 1, minutes: int = 0
) -> HouseholdAnswer:
    about = AnsweredItem.NEED if item else AnsweredItem.LIST
    return HouseholdAnswer(HouseholdId(of), kind, about, item, cycle, AT + timedelta(minutes=minutes))


def test_the_latest_answer_on_an_item_stands(ledger: SqlLedger) -> None:
    given = [
        answer(AnswerKind.NEVER),
        answer(AnswerKind.HIDE, ""),
        answer(AnswerKind.NOT_NOW, "BREAD", minutes=1),
        answer(AnswerKind.AGAIN, minutes=2),
        answer(AnswerKind.NEVER, of="h2", minutes=3),
    ]
    for one in given:
        ledger.add_answer(one)
    assert ledger.answers_of(HouseholdId("h1")) == [given[1], given[2], given[3]]
    assert ledger.standing_answers() == [given[1], given[2], given[3], given[4]]


def test_the_same_answer_again_is_kept_once_and_its_cycle_counts(ledger: SqlLedger) -> None:
    for minutes in (0, 5):
        ledger.add_answer(answer(AnswerKind.NOT_NOW, minutes=minutes))
    assert [one.answered_at for one in ledger.standing_answers()] == [AT]
    ledger.add_answer(answer(AnswerKind.NOT_NOW, cycle=2, minutes=9))
    assert [one.cycle_number for one in ledger.standing_answers()] == [2]
    assert ledger.forget_household(HouseholdId("h1")) == 2


def test_ticks_are_of_one_list_and_a_household_is_forgotten_whole(ledger: SqlLedger) -> None:
    content = plan_content()
    ledger.apply_plan(content, at=AT, actor=WHO)
    plan, (one, two, *_) = (
        content.plan.plan_id,
        [entry.household_id for entry in ledger.lists_of(content.plan.plan_id)],
    )
    ledger.keep_ticks(plan, one, ["MILK", "BREAD", "MILK"])
    ledger.keep_ticks(plan, two, ["EGGS"])
    ledger.keep_ticks(plan, one, ["MILK"])
    assert (ledger.ticks_of(plan, one), ledger.ticks_of(plan, two)) == ({"MILK"}, {"EGGS"})
    ledger.add_answer(answer(AnswerKind.NEVER, of=one))
    ledger.add_answer(answer(AnswerKind.NEVER, of=two))
    assert ledger.forget_household(one) == 1
    assert (ledger.ticks_of(plan, one), ledger.ticks_of(plan, two)) == (frozenset(), {"EGGS"})
    assert [entry.household_id for entry in ledger.standing_answers()] == [two]
    with pytest.raises(ContractError, match="refused to keep a list's ticks"):
        ledger.keep_ticks(plan, HouseholdId("nobody"), ["MILK"])
    assert ledger.verify() == []
