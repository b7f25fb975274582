"""Run as a program: ring many receipts, tell their logs late, twice and out of order, and compare the ledger with them.

The receipts are made up. What they gave is added up here by plain sums that share nothing with the ledger's code, and
must equal the ledger to the cent: per store and day, per offer, per vendor, and in total.

Run: ``python tests/stores/receipt_books.py --receipts 1000000`` (``make receipts-checkout``).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from postgres_server import make_database, running_server

from regulars.adapters.ledger import SqlLedger, create_ledger
from regulars.flows import BudgetRecord, BudgetScope, GrantRecord, ListRecord, PlanContent, PlanRecord, Programme
from regulars.kernel import GrantId, HouseholdId, OfferId, Period, PlanId, StoreId, VendorId, digest_of
from regulars.lift import Arm
from regulars.redeem import GrantKey, LaneTransaction, Logged, Reversal, ReversalKind, Share, TillMessage

PLAN = PlanId("books")
FIRST, LAST = date(2026, 11, 2), date(2026, 11, 16)
PERIOD = Period(FIRST, LAST)
NOON = datetime(2026, 11, 9, 17, tzinfo=UTC)
OFFERS = [
    (f"offer-{n}", f"vendor-{n % 7}" if n % 5 else "store", 40 + 7 * n, (40 + 7 * n) * (n % 4) // 3)
    for n in range(40)
]
STORES, LANES = 25, 12
GRANTS_EACH = 4
MESSAGES_AT_ONCE = 500


@dataclass
class Receipt:
    """One paid basket: the grants it used and what each gave, less what came back later."""

    transaction: LaneTransaction
    given: dict[int, int]
    returned: dict[int, int]
    voided: bool = False


def offer_of(grant: int) -> tuple[str, str, int, int]:
    """Offer, vendor, face and funding of the n-th grant; a household's four differ."""
    household, slot = divmod(grant, GRANTS_EACH)
    return OFFERS[(household + 10 * slot) % len(OFFERS)]


def key_of(grant: int) -> GrantKey:
    return GrantKey(PLAN, GrantId(f"g{grant}"))


def fill(ledger: SqlLedger, households: int) -> None:
    """Apply a plan with four grants for each household; no vendor's budget is limited."""
    lists = (
        ListRecord(
            HouseholdId(f"h{n}"), n + 1, n, digest_of("code", n), digest_of("phone", n), PERIOD, Arm.TARGETED
        )
        for n in range(households)
    )
    content = PlanContent(
        PlanRecord(PLAN, 1, FIRST, PERIOD, digest_of("books"), households, households * GRANTS_EACH),
        Programme(1, "books", 0.1),
        lists,
        _grants(households),
        [BudgetRecord(BudgetScope.VENDOR, vendor, None, 0) for vendor in sorted({one[1] for one in OFFERS})],
    )
    ledger.apply_plan(content, at=NOON, actor="books")


def _grants(households: int) -> Iterator[GrantRecord]:
    for grant in range(households * GRANTS_EACH):
        offer, vendor, face, funding = offer_of(grant)
        yield GrantRecord(
            GrantId(f"g{grant}"),
            HouseholdId(f"h{grant // GRANTS_EACH}"),
            OfferId(offer),
            1,
            face,
            0 if vendor == "store" else funding,
            VendorId(vendor),
            PERIOD,
        )


def ring(receipts: int, draw: random.Random) -> Iterator[Receipt]:
    """Receipts in the order of their days; two in five use offers, some of them an offer that was used before."""
    households = max(1, receipts // 5)
    for number in range(receipts):
        day = FIRST + timedelta(days=number * 14 // receipts)
        store, lane = f"{draw.randrange(STORES)}", f"{1 + draw.randrange(LANES)}"
        given: dict[int, int] = {}
        if draw.random() < 0.4:
            household = draw.randrange(households)
            for slot in draw.sample(range(GRANTS_EACH), draw.randrange(1, 3)):
                grant = household * GRANTS_EACH + slot
                given[grant] = draw.randrange(1, offer_of(grant)[2] * 5 // 4)
        receipt = Receipt(LaneTransaction(StoreId(store), lane, day, number), given, {})
        if given and draw.random() < 0.02:
            receipt.voided = True
        elif given and draw.random() < 0.04:
            grant = draw.choice(sorted(given))
            receipt.returned[grant] = draw.randrange(1, given[grant] + 1)
        yield receipt


def messages_of(receipt: Receipt) -> list[TillMessage]:
    """The log line, and what undoes it."""
    shares = tuple(Share(key_of(grant), cents) for grant, cents in receipt.given.items())
    made: list[TillMessage] = [Logged(receipt.transaction, shares)]
    sale = receipt.transaction
    undo = LaneTransaction(sale.store_id, "desk", sale.business_on, sale.sequence)
    if receipt.voided:
        made += [
            Reversal(undo, sale, key_of(grant), cents, ReversalKind.VOID) for grant, cents in receipt.given.items()
        ]
    made += [
        Reversal(undo, sale, key_of(grant), cents, ReversalKind.RETURN)
        for grant, cents in receipt.returned.items()
    ]
    return made


def tell(ledger: SqlLedger, receipts: Iterable[Receipt], draw: random.Random) -> Counter[str]:
    """Tell all messages, one in twenty twice, shuffled within a window of days, in transactions of 500."""
    told: Counter[str] = Counter()
    waiting: list[TillMessage] = []

    def flush(keep: int) -> None:
        draw.shuffle(waiting)
        while len(waiting) > keep:
            batch = [waiting.pop() for _ in range(min(MESSAGES_AT_ONCE, len(waiting)))]
            ledger.handle_till(batch, at=NOON, today=FIRST)
            told["messages"] += len(batch)
            told["transactions"] += 1

    for receipt in receipts:
        for message in messages_of(receipt):
            waiting.append(message)
            if draw.random() < 0.05:
                waiting.append(message)
                told["repeated"] += 1
        if len(waiting) >= 20 * MESSAGES_AT_ONCE:
            flush(10 * MESSAGES_AT_ONCE)
    flush(0)
    return told


def expected_sums(receipts: Iterable[Receipt]) -> dict[str, Counter[str]]:
    """What shoppers kept by store and day, by offer and in all; what vendors owe: the first use of each grant."""
    sums: dict[str, Counter[str]] = {what: Counter() for what in ("store-day", "offer", "vendor", "total")}
    uses: dict[int, tuple[tuple[str, str, str, int], int]] = {}
    for receipt in receipts:
        if receipt.voided:
            continue
        at = receipt.transaction
        for grant, cents in receipt.given.items():
            net = cents - receipt.returned.get(grant, 0)
            sums["store-day"][f"{at.business_on}/{at.store_id}"] += net
            sums["offer"][offer_of(grant)[0]] += net
            sums["total"]["all"] += net
            first = uses.get(grant)
            mine = (at.store_id, at.lane_id, at.business_on.isoformat(), at.sequence)
            if first is None or mine < first[0]:
                uses[grant] = mine, net
    for grant, (_, net) in uses.items():
        _, vendor, face, funding = offer_of(grant)
        if vendor != "store":
            sums["vendor"][vendor] += min(funding, (2 * net * funding + face) // (2 * face))
    return sums


def ledger_sums(ledger: SqlLedger) -> dict[str, Counter[str]]:
    """The same from the ledger's entries."""
    sums: dict[str, Counter[str]] = {what: Counter() for what in ("store-day", "offer", "vendor", "total")}
    query = (
        "SELECT account, payer_id, offer_id, transaction_id, amount_cents FROM entries "
        "WHERE account IN ('discount', 'vendor_due', 'vendor_open')"
    )
    with ledger._engine.connect() as connection:
        for account, payer, offer, transaction, cents in connection.exec_driver_sql(query):
            if account != "discount":
                sums["vendor"][payer] += cents
                continue
            day, store, _, _ = transaction.split("/")
            sums["store-day"][f"{day}/{store}"] -= cents
            sums["offer"][offer] -= cents
            sums["total"]["all"] -= cents
    return sums


@contextmanager
def store_url(store: str) -> Iterator[str]:
    """The address of an empty store that is durable on every commit."""
    if store == "postgres":
        with running_server(durable=True) as server:
            yield make_database(server, "books")
        return
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/ledger.db"


def main(url: str, count: int, seed: int) -> dict[str, object]:
    """Ring, tell, compare; and bill, which must come to the same."""
    ledger = create_ledger(url, folder=Path())
    fill(ledger, max(1, count // 5))
    draw, begun = random.Random(seed), time.process_time()
    receipts = list(ring(count, random.Random(seed + 1)))
    told = tell(ledger, receipts, draw)
    cpu = time.process_time() - begun
    expected, found = expected_sums(receipts), ledger_sums(ledger)
    wrong = {
        f"{what} {key}": (found[what][key], expected[what][key])
        for what in expected
        for key in expected[what].keys() | found[what].keys()
        if found[what][key] != expected[what][key]
    }
    billed = ledger.bill_vendors(None, at=NOON, actor="books")
    owed = {one.vendor_id: one.amount_cents for one in billed if one.amount_cents}
    if owed != {vendor: cents for vendor, cents in expected["vendor"].items() if cents}:
        wrong["invoices"] = (sum(owed.values()), expected["vendor"].total())
    findings = ledger.verify()
    ledger.close()
    return {
        "receipts": count,
        **told,
        "store-days": len(expected["store-day"]),
        "offers": len(expected["offer"]),
        "vendors": len(expected["vendor"]),
        "kept_cents": expected["total"]["all"],
        "vendors_cents": expected["vendor"].total(),
        "wrong": dict(sorted(wrong.items())[:10]),
        "findings": len(findings),
        "cpu_ms_per_receipt": round(1000 * cpu / count, 3),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--receipts", type=int, default=1_000_000)
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seed", type=int, default=20_261_125)
    chosen = parser.parse_args()
    with store_url(chosen.store) as url:
        result = {"store": chosen.store, **main(url, chosen.receipts, chosen.seed)}
    json.dump(result, sys.stdout, indent=1)
    sys.exit(bool(result["wrong"] or result["findings"]))
