"""The contracts of redemption: what the words are, and what a record refuses to hold."""

from datetime import date

import pytest

from regulars import redeem
from regulars.kernel import ContractError, StoreId
from regulars.redeem import GrantState, LaneTransaction, RefusalReason

DAY = date(2017, 11, 27)


def test_transactions_of_a_lane_sort_as_they_happened() -> None:
    first = LaneTransaction(StoreId("12"), "4", DAY, 99)
    second = LaneTransaction(StoreId("12"), "4", DAY, 100)
    next_day = LaneTransaction(StoreId("12"), "4", date(2017, 11, 28), 1)
    assert sorted([next_day, second, first]) == [first, second, next_day]


def test_transaction_number_is_not_negative() -> None:
    with pytest.raises(ContractError, match="-1"):
        LaneTransaction(StoreId("12"), "4", DAY, -1)


def test_states_are_those_the_ledger_checks() -> None:
    assert [state.value for state in GrantState] == ["issued", "held", "armed", "spent", "closed"]


def test_unknown_code_is_told_before_anything_else() -> None:
    """A forger must not learn from the answer whether a list exists."""
    assert next(iter(RefusalReason)) is RefusalReason.NOT_FOUND


def test_all_that_is_exported_is_there() -> None:
    assert all(hasattr(redeem, name) for name in redeem.__all__)
    assert redeem.__all__ == sorted(redeem.__all__, key=lambda name: (not name.isupper(), name))
