"""A ledger in memory and logs on a shelf, to settle one from the other: coffee, bread, and tea above a threshold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.contracts import DealKind, Ladder
from regulars.flows import DataFile, PlanRecord, PlanStanding, PlanState, SettledLogs, SettleRules, settle_logs
from regulars.flows._rows import contract_schema
from regulars.kernel import GrantId, HouseholdId, OfferId, Period, PlanId, ProductId, StoreId, VendorId
from regulars.offers import TillTerms
from regulars.redeem import (
    Book,
    Grant,
    GrantKey,
    LaneTransaction,
    Place,
    Reversal,
    ReversalKey,
    TillAnswer,
    TillMessage,
    position,
)
from regulars.testing import SilentProgress

PLAN, DAY = PlanId("plan-a"), date(2017, 11, 28)
NOON = datetime(2017, 11, 28, 17, tzinfo=UTC)
FORTNIGHT = Period(date(2017, 11, 27), date(2017, 12, 11))
RECORD = PlanRecord(PLAN, 24, FORTNIGHT.from_on, FORTNIGHT, "content", 3, 9)
OFFERS = (
    ("coffee", DealKind.AMOUNT_OFF, Ladder(amount_cents=100), 100, 60, "roaster", 1),
    ("bread", DealKind.PERCENT_OFF, Ladder(percent=20), 60, 0, "store", 2),
    ("tea", DealKind.THRESHOLD, Ladder(amount_cents=200, threshold_cents=1_000), 200, 150, "planter", 1),
)
TERMS = {
    (OfferId(name), 1): TillTerms(OfferId(name), 1, name, kind, rung, frozenset({ProductId(name)}))
    for name, kind, rung, *_ in OFFERS
}
_MADE_AFTER = date(2017, 11, 29)


def key_of(household: int, offer: str) -> GrantKey:
    return GrantKey(PLAN, GrantId(f"{household}-{offer}"))


def sale(sequence: int, *, lane: str = "4", store: str = "12", day: date = DAY) -> LaneTransaction:
    return LaneTransaction(StoreId(store), lane, day, sequence)


def grants(households: int = 3) -> list[Grant]:
    return [
        Grant(
            key_of(n, name),
            HouseholdId(f"household-{n}"),
            OfferId(name),
            VendorId(vendor),
            face,
            funding,
            FORTNIGHT,
            uses,
        )
        for n in range(1, households + 1)
        for name, _, _, face, funding, vendor, uses in OFFERS
    ]


class MemoryLedger:
    """What the ledger does with messages, in a book in memory."""

    def __init__(self, today: date = DAY) -> None:
        self.grants = {grant.key: grant for grant in grants()}
        self.reversals: dict[ReversalKey, Reversal] = {}
        self.logs: dict[LaneTransaction, str] = {}
        self.asked: set[LaneTransaction] = set()
        self.today = today
        self.messages = 0

    def plans(self) -> list[PlanStanding]:
        return [PlanStanding(RECORD, PlanState.APPLIED, NOON, NOON, None)]

    def used_grants(self, plan_id: PlanId) -> list[Grant]:
        return [grant for grant in self.grants.values() if grant.spends]

    def grants_of_households(self, plan_id: PlanId, households: Iterable[HouseholdId]) -> list[Grant]:
        return [grant for grant in self.grants.values() if grant.household_id in set(households)]

    def live_households(self, plan_id: PlanId) -> list[HouseholdId]:
        return sorted({grant.household_id for grant in self.grants.values()})

    def asked_transactions(self, period: Period) -> set[LaneTransaction]:
        return set(self.asked)

    def handle_till(
        self, messages: Sequence[TillMessage], *, at: datetime, today: date, actor: str = "till"
    ) -> list[TillAnswer]:
        book = Book(self.grants.values(), now=at, today=today, reversals=self.reversals, logs=self.logs)
        answers = [book.handle(message) for message in messages]
        self.grants, self.reversals, self.logs = book.grants, book.reversals, book.logs
        self.messages += len(messages)
        return answers

    def books(self) -> dict[tuple[GrantKey, Place], int]:
        """Cents by grant and place: all that settlement is made of."""
        return {
            (grant.key, place): cents for grant in self.grants.values() for place, cents in position(grant).items()
        }

    def totals(self) -> dict[str, int]:
        """Cents by account that are no promises."""
        sums: Counter[str] = Counter()
        for (_, (account, _, receipt)), cents in self.books().items():
            if receipt is not None:
                sums[account.value] += cents
        return {name: cents for name, cents in sums.items() if cents}


@dataclass
class Shelf:
    """Logs as the loader leaves them: a transaction that was undone has no lines, whichever came first."""

    folder: Path
    lines: list[dict[str, Any]] = field(default_factory=list)
    others: list[dict[str, Any]] = field(default_factory=list)
    written: int = 0

    def sell(
        self, at: LaneTransaction, *goods: tuple[str, int, int], household: int | None = None, discount: int = 0
    ) -> None:
        """A receipt: product, units, cents charged of each line."""
        for number, (product, units, cents) in enumerate(goods, start=1):
            self._line(at, number, product, units * 1_000, cents, household, None, discount)

    def take_back(
        self, at: LaneTransaction, original: LaneTransaction, product: str, units: int, *, line: str = ""
    ) -> None:
        """A return that names its receipt."""
        named = (original.store_id, original.lane_id, original.business_on, original.sequence, line)
        self._line(at, 1, product, -1_000 * units, -100, None, "/".join(str(part) for part in named), 0)

    def undo(self, at: LaneTransaction, original: LaneTransaction) -> None:
        """A post-void."""
        self.others.append(self._other(at, "post_void", original))

    def end(self, at: LaneTransaction, reason: str = "cancelled") -> None:
        """A transaction that ended without a sale."""
        self.others.append(self._other(at, reason, None))

    def _line(
        self,
        at: LaneTransaction,
        number: int,
        product: str,
        milli: int,
        cents: int,
        household: int | None,
        returned: str | None,
        discount: int,
    ) -> None:
        self.lines.append(
            {
                "household_id": None if household is None else f"household-{household}",
                "card_id": None,
                "store_id": at.store_id,
                "lane_id": at.lane_id,
                "sold_on": at.business_on,
                "transaction_id": f"{at.sequence:06d}",
                "line_number": number,
                "sold_at": None,
                "product_id": product,
                "quantity_milli": milli,
                "amount_cents": cents,
                "loyalty_discount_cents": discount,
                "store_coupon_cents": 0,
                "manufacturer_coupon_cents": 0,
                "returned_receipt": returned,
                "version": 0,
                "known_from_on": _MADE_AFTER,
            }
        )

    @staticmethod
    def _other(at: LaneTransaction, reason: str, undone: LaneTransaction | None) -> dict[str, Any]:
        return {
            "store_id": at.store_id,
            "lane_id": at.lane_id,
            "sold_on": at.business_on,
            "transaction_id": f"{at.sequence}",
            "reason": reason,
            "undoes_store_id": undone and undone.store_id,
            "undoes_lane_id": undone and undone.lane_id,
            "undoes_sold_on": undone and undone.business_on,
            "undoes_transaction_id": undone and f"{undone.sequence}",
            "known_from_on": _MADE_AFTER,
        }

    def has(self, dataset: str) -> bool:
        return dataset == "lines"

    def files(self, dataset: str, *, bucket: int | None = None) -> list[DataFile]:
        undone = {
            (row["undoes_store_id"], row["undoes_lane_id"], row["undoes_sold_on"], row["undoes_transaction_id"])
            for row in self.others
        }

        def left(row: dict[str, Any]) -> bool:
            number = row["transaction_id"].lstrip("0")
            return (row["store_id"], row["lane_id"], row["sold_on"], number) not in undone

        rows = [row for row in self.lines if left(row)] if dataset == "lines" else self.others
        if not rows:
            return []
        self.written += 1
        path = self.folder / f"{dataset}-{self.written}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, schema=contract_schema(dataset)), path)
        return [DataFile(path, len(rows), f"{self.written}", None, "2017-11")]


def settle(ledger: MemoryLedger, shelf: Shelf, rules: SettleRules | None = None, **more: Any) -> SettledLogs:
    return settle_logs(
        cast("Any", shelf),
        ledger,
        ledger,
        rules or SettleRules(),
        at=NOON,
        today=ledger.today,
        progress=SilentProgress(),
        terms_of=lambda _plan: TERMS,
        **more,
    )
