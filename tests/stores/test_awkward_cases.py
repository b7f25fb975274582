"""The eight awkward cases of redemption: where each is tried, and what of them is tried nowhere else.

1. Two lanes at once: `test_ledger_tills` (second lane is told, supervisor takes over), `test_till_faults` (200 x 16).
2. Crash before payment: `test_ledger_tills` (lapse, close of day), `test_till_faults` (lanes killed at six points).
3. Partition: `test_lane_offline` (escrow, capped, made good), the worlds of `test_till_worlds`.
4. Clock skew: `test_till_service` (lane's clock, lane's day), `test_ledger_tills` (the centre decides), the worlds.
5. The log twice: `test_ledger_tills` (again, and with another content).
6. Facts in any order: here, each order; `test_flows_till_settle` for loaded logs.
7. Return after the last day: here; voids in `test_ledger_tills`.
8. Price changed after printing: here, `test_ledger_tills` (a dearer pack), `test_offers_baskets` (a fixed price).
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import permutations

import pytest
from ledger_samples import AT, WHO, plan_content
from till_samples import COFFEE, PLAN, accounts, ask, hold, lane, state_of, take

from regulars.adapters.ledger import SqlLedger
from regulars.kernel import GrantId
from regulars.redeem import (
    Classified,
    FactAnswer,
    FactClass,
    GrantKey,
    HoldAnswer,
    LaneTransaction,
    Logged,
    RefusalReason,
    Refused,
    Reversal,
    ReversalClass,
    ReversalKind,
    Share,
    TillMessage,
    Told,
    Undone,
)

AFTER = date(2017, 12, 12)


def facts_of(case: str, grant: GrantKey, first: LaneTransaction, second: LaneTransaction) -> list[TillMessage]:
    """What is told of one coffee, as it happened."""
    given, elsewhere = (
        Share(grant, 100),
        LaneTransaction(second.store_id, "9", second.business_on, second.sequence),
    )
    back = [
        Reversal(elsewhere, first, grant, 25, ReversalKind.RETURN),
        Reversal(second, first, grant, 30, ReversalKind.RETURN),
    ]
    void = Reversal(elsewhere, first, grant, 100, ReversalKind.VOID)
    return {
        "returned in two parts": [Told(first, given), Logged(first, (given,)), *back],
        "voided": [Told(first, given), Logged(first, (given,)), back[1], void],
        "given twice, the first voided": [
            Logged(first, (given,)),
            Logged(second, (given,)),
            void,
            Reversal(elsewhere, second, grant, 10, ReversalKind.RETURN),
        ],
    }[case]


BOOKS = {
    "returned in two parts": {"discount": -45, "vendor_due": 27, "retailer_funded": 18},
    "voided": {},
    "given twice, the first voided": {"discount": -90, "vendor_due": 54, "retailer_funded": 36},
}


def books(ledger: SqlLedger) -> dict[str, Counter[str]]:
    """Cents by account, of each grant."""
    found: dict[str, Counter[str]] = {}
    sums = "SELECT grant_id, account, SUM(amount_cents) FROM entries GROUP BY grant_id, account"
    with ledger._engine.connect() as connection:
        for grant_id, account, cents in connection.exec_driver_sql(sums):
            if account not in {"available", "promised"} and cents:
                found.setdefault(grant_id or "", Counter())[account] = int(cents)
    return found


@pytest.mark.parametrize("case", BOOKS)
def test_the_money_is_the_same_in_whatever_order_facts_come(ledger: SqlLedger, case: str) -> None:
    orders = list(permutations(range(4)))
    ledger.apply_plan(plan_content(households=len(orders)), at=AT, actor=WHO)
    for number, order in enumerate(orders, start=1):
        grant = GrantKey(PLAN, GrantId(f"{number}-1"))
        facts = facts_of(case, grant, lane(1, 10 * number), lane(2, 10 * number + 1, store="13"))
        for place in order:
            ask(ledger, facts[place])
    found = books(ledger)
    wrong = {
        order: found.get(f"{number}-1", {})
        for number, order in enumerate(orders, start=1)
        if found.get(f"{number}-1", {}) != BOOKS[case]
    }
    assert wrong == {}
    assert ledger.verify() == []


@pytest.fixture
def till(ledger: SqlLedger) -> SqlLedger:
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    return ledger


def outcomes(answers: Sequence[object]) -> list[object]:
    return [one.outcomes[0].outcome if isinstance(one, FactAnswer) else one.outcome for one in answers]  # type: ignore[attr-defined]


def test_a_sale_whose_void_came_first_gives_nothing_and_says_so(till: SqlLedger) -> None:
    void = Reversal(lane(9, 7), lane(1), COFFEE, 100, ReversalKind.VOID)
    answers = ask(till, void, Told(lane(1), Share(COFFEE, 100)), Logged(lane(1), (Share(COFFEE, 100),)))
    assert outcomes(answers) == [ReversalClass.PARKED, FactClass.UNDONE, FactClass.UNDONE]
    assert (state_of(till, COFFEE), accounts(till)) == ("issued", {})
    take(till, lane(2, 5), COFFEE)
    assert state_of(till, COFFEE) == "armed"


def test_a_return_after_the_last_day_takes_the_money_back_and_opens_nothing(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    ask(till, Logged(lane(1), (Share(COFFEE, 100),)))
    [back] = ask(till, Reversal(lane(9, 7, day=AFTER), lane(1), COFFEE, 100, ReversalKind.RETURN), today=AFTER)
    assert back == Undone(COFFEE, ReversalClass.REVERSED)
    assert accounts(till) == {}
    [answer] = ask(till, hold(lane(2, 5, day=AFTER), COFFEE), today=AFTER)
    assert isinstance(answer, HoldAnswer)
    assert isinstance(answer.outcomes[0], Refused)
    assert answer.outcomes[0].reason in {RefusalReason.CLOSED, RefusalReason.EXPIRED, RefusalReason.ALREADY_SPENT}
    assert till.verify() == []


def test_a_cheaper_shelf_costs_the_vendor_its_share_of_what_was_saved(till: SqlLedger) -> None:
    """The pack fell to 80 cents, so the offer of 100 saved 80: the vendor pays six tenths of that, nobody the rest."""
    [answer] = ask(till, Logged(lane(1), (Share(COFFEE, 80),)))
    assert answer == FactAnswer((Classified(COFFEE, FactClass.SPENT),))
    assert accounts(till) == {"discount store": -80, "vendor_due roaster": 48, "retailer_funded store": 32}
