"""Baskets for the ledger's till tests: household n holds coffee `n-1` (100, 60 the vendor's) and bread `n-2` (50)."""

from datetime import UTC, date, datetime, timedelta

from regulars.adapters.ledger import SqlLedger
from regulars.kernel import GrantId, PlanId, StoreId
from regulars.redeem import (
    Account,
    ArmAnswer,
    ArmLine,
    ArmRequest,
    GrantKey,
    Held,
    HoldAnswer,
    HoldRequest,
    LaneTransaction,
    Share,
    TillAnswer,
    TillMessage,
)

NOON = datetime(2017, 11, 28, 17, 0, tzinfo=UTC)
TODAY = date(2017, 11, 28)
PLAN = PlanId("plan-a")
COFFEE = GrantKey(PLAN, GrantId("1-1"))
BREAD = GrantKey(PLAN, GrantId("1-2"))


def lane(number: int, sequence: int = 1, *, store: str = "12", day: date = TODAY) -> LaneTransaction:
    return LaneTransaction(StoreId(store), f"{number}", day, sequence)


def ask(
    ledger: SqlLedger, *messages: TillMessage, minutes: int = 0, today: date = TODAY, site: str | None = None
) -> list[TillAnswer]:
    at = NOON + timedelta(minutes=minutes)
    return ledger.handle_till(messages, at=at, today=today, site=None if site is None else StoreId(site))


def hold(
    transaction: LaneTransaction, *keys: GrantKey, cents: int = 100, revision: int = 0, **more
) -> HoldRequest:  # type: ignore[no-untyped-def]
    return HoldRequest(transaction, revision, tuple(Share(key, cents) for key in keys), **more)


def take(ledger: SqlLedger, transaction: LaneTransaction, key: GrantKey, cents: int = 100) -> TillAnswer:
    """Hold and arm one grant; the arm's answer, or the hold's if that was refused."""
    [held] = ask(ledger, hold(transaction, key, cents=cents))
    assert isinstance(held, HoldAnswer)
    [outcome] = held.outcomes
    if not isinstance(outcome, Held):
        return held
    [armed] = ask(ledger, ArmRequest(transaction, (ArmLine(key, outcome.epoch, cents),)))
    assert isinstance(armed, ArmAnswer)
    return armed


def accounts(ledger: SqlLedger) -> dict[str, int]:
    """Cents on each account that carries any, over all plans, as `account payer`."""
    sums: dict[str, int] = {}
    with ledger._engine.connect() as connection:
        for account, payer, cents in connection.exec_driver_sql(
            "SELECT account, payer_id, SUM(amount_cents) FROM entries GROUP BY account, payer_id"
        ):
            if cents and account not in {Account.AVAILABLE, Account.PROMISED}:
                sums[f"{account} {payer}"] = int(cents)
    return sums


def state_of(ledger: SqlLedger, key: GrantKey) -> str:
    return next(grant.state for grant in ledger.grants_of(key.plan_id) if grant.grant_id == key.grant_id).value
