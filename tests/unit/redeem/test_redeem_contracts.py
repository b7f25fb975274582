"""The contracts of redemption: what the words are, and what a record refuses to hold."""

from datetime import UTC, date, datetime

import pytest

from regulars import redeem
from regulars.kernel import ContractError, GrantId, PlanId, StoreId
from regulars.redeem import (
    ArmAnswer,
    Armed,
    GrantKey,
    GrantState,
    Held,
    HoldAnswer,
    HoldRequest,
    LaneTransaction,
    Logged,
    RefusalReason,
    Refused,
    Share,
    answer_key,
    answer_of,
    answer_text,
)

DAY = date(2017, 11, 27)
GRANT = GrantKey(PlanId("p"), GrantId("1"))


def lane(sequence: int, *, lane_id: str = "4", day: date = DAY) -> LaneTransaction:
    return LaneTransaction(StoreId("12"), lane_id, day, sequence)


def test_transactions_of_a_lane_sort_as_they_happened() -> None:
    first, second, next_day = lane(99), lane(100), lane(1, day=date(2017, 11, 28))
    assert sorted([next_day, second, first]) == [first, second, next_day]


def test_transaction_number_is_not_negative() -> None:
    with pytest.raises(ContractError, match="-1"):
        lane(-1)


@pytest.mark.parametrize("lane_id", ["", "4/5", "4\n", "x" * 41])
def test_a_lane_that_would_blur_the_key_is_refused(lane_id: str) -> None:
    with pytest.raises(ContractError, match="a lane has 1 to 40 printable characters"):
        lane(1, lane_id=lane_id)


def test_a_transaction_comes_back_from_its_key() -> None:
    assert LaneTransaction.of_key(lane(99).key) == lane(99)
    with pytest.raises(ContractError, match="is no transaction"):
        LaneTransaction.of_key("2017-11-27/12/4")


@pytest.mark.parametrize("cents", [-1, redeem.CENTS_MAX + 1])
def test_a_discount_no_receipt_can_hold_is_refused(cents: int) -> None:
    with pytest.raises(ContractError, match="a discount lies in"):
        Share(GRANT, cents)


def test_a_log_names_a_grant_once() -> None:
    with pytest.raises(ContractError, match="twice in one transaction"):
        Logged(lane(1), (Share(GRANT, 1), Share(GRANT, 1)))


def test_states_are_those_the_ledger_checks() -> None:
    assert [state.value for state in GrantState] == ["issued", "held", "armed", "spent", "closed"]


def test_unknown_code_is_told_before_anything_else() -> None:
    """A forger must not learn from the answer whether a list exists."""
    assert next(iter(RefusalReason)) is RefusalReason.NOT_FOUND


def test_answers_come_back_from_their_text() -> None:
    refused = Refused(GRANT, RefusalReason.HELD_ELSEWHERE, "held", lane(3))
    held = HoldAnswer((Held(GRANT, 2, datetime(2017, 11, 27, 18, 5, 0, 7, tzinfo=UTC)), refused), (GRANT,))
    armed = ArmAnswer((Armed(GRANT, 5), Refused(GRANT, RefusalReason.NOT_HELD, "no")))
    assert answer_of(answer_text(held)) == held
    assert answer_of(answer_text(armed)) == armed


def test_facts_have_no_kept_answer() -> None:
    assert answer_key(HoldRequest(lane(1), 2, ())) == ("2017-11-27/12/4/1", "hold/2")
    assert answer_key(Logged(lane(1), ())) is None
