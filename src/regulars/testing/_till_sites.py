"""Where the messages of a `TillWorld` go: a ledger under test, or the protocol in memory without a store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Protocol

from regulars.kernel import GrantId, HouseholdId, OfferId, Period, PlanId, StoreId, VendorId
from regulars.redeem import (
    VENDOR_ACCOUNTS,
    Account,
    ArmRequest,
    Book,
    Grant,
    GrantKey,
    HoldRequest,
    LaneTransaction,
    OfflineClass,
    Pool,
    Reversal,
    ReversalKey,
    TillAnswer,
    TillMessage,
    position,
)

DAY = date(2017, 11, 28)
START = datetime(2017, 11, 28, 13, 0, tzinfo=UTC)
PLAN = PlanId("plan-a")
VENDOR = VendorId("roaster")
STORES = (StoreId("1"), StoreId("2"))
FORTNIGHT = Period(date(2017, 11, 27), date(2017, 12, 11))
VENDOR_LIMIT_CENTS = 150
OFFER_LIMITS = {OfferId("tea"): 100}


def world_grants() -> list[Grant]:
    """One of each kind: escrow, capped, and two uses under a budget that does not cover both."""
    return [
        Grant(
            GrantKey(PLAN, GrantId(grant_id)),
            HouseholdId("household-1"),
            OfferId(offer_id),
            VENDOR,
            100,
            60,
            FORTNIGHT,
            uses_max,
            offline,
        )
        for grant_id, offer_id, uses_max, offline in (
            ("1-1", "coffee", 1, OfflineClass.ESCROW),
            ("1-2", "cocoa", 1, OfflineClass.CAPPED),
            ("1-3", "tea", 2, OfflineClass.CAPPED),
        )
    ]


class Site(Protocol):
    """A ledger under test: the centre's, or a store controller's."""

    def handle(self, messages: Sequence[TillMessage], *, at: datetime, today: date) -> list[TillAnswer]:
        """Answer messages."""
        ...

    def grants(self) -> dict[GrantKey, Grant]:
        """Every grant with all that was told of it."""
        ...

    def paid(self) -> Mapping[tuple[str, str], int]:
        """Cents by account and receipt (empty for none), over the accounts that carry discounts."""
        ...

    def restart(self) -> None:
        """Lose everything that is not durable."""
        ...


class BookSite:
    """A site in memory: the protocol without a store."""

    def __init__(self, grants: Iterable[Grant], site: StoreId | None = None) -> None:
        self._grants = {grant.key: grant for grant in grants}
        self._reversals: dict[ReversalKey, Reversal] = {}
        self._logs: dict[LaneTransaction, str] = {}
        self._revisions: dict[LaneTransaction, int] = {}
        self._answers: dict[TillMessage, TillAnswer] = {}
        self._site = site

    def handle(self, messages: Sequence[TillMessage], *, at: datetime, today: date) -> list[TillAnswer]:
        """Answer messages."""
        book = Book(
            self._grants.values(),
            now=at,
            today=today,
            reversals=self._reversals,
            logs=self._logs,
            revisions=self._revisions,
            site=self._site,
        )
        answers = []
        for message in messages:
            keyed = isinstance(message, HoldRequest | ArmRequest)
            answer = self._answers.get(message) if keyed else None
            answers.append(answer or book.handle(message))
            if keyed:
                self._answers[message] = answers[-1]
        self._grants, self._reversals, self._logs = book.grants, book.reversals, book.logs
        self._revisions = book.revisions
        return answers

    def grants(self) -> dict[GrantKey, Grant]:
        """Every grant."""
        return dict(self._grants)

    def put(self, grant: Grant) -> None:
        """A store's controller takes over a grant as the centre knows it."""
        self._grants[grant.key] = grant

    def paid(self) -> Mapping[tuple[str, str], int]:
        """Cents by account and receipt, budgets filled offer by offer, then vendor by vendor."""
        cents: Counter[tuple[str, str]] = Counter()
        by_offer: dict[OfferId, Pool] = {}
        for grant in self._grants.values():
            pool = by_offer.setdefault(grant.offer_id, Pool(OFFER_LIMITS.get(grant.offer_id)))
            for (account, _, receipt), moved in position(grant).items():
                if account not in {Account.AVAILABLE, Account.PROMISED}:
                    cents[account, receipt or ""] += moved
                if account in VENDOR_ACCOUNTS:
                    due = account is Account.VENDOR_DUE
                    pool = pool.plus(0 if due else moved, moved if due else 0)
            by_offer[grant.offer_id] = pool
        vendor = Pool(VENDOR_LIMIT_CENTS)
        for pool in by_offer.values():
            vendor = vendor.plus(*pool.within())
        for pool in (*by_offer.values(), vendor):
            over_open, over_due = pool.over()
            cents[Account.VENDOR_OPEN, ""] -= over_open
            cents[Account.VENDOR_DUE, ""] -= over_due
            cents[Account.PROMISE_GAP, ""] += over_open + over_due
        return {key: value for key, value in cents.items() if value}

    def restart(self) -> None:
        """Nothing is kept elsewhere."""
