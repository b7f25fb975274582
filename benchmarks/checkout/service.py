"""The service under measurement, in a process of its own: a ledger full of grants behind the real application."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg

from regulars.adapters.ledger import SqlLedger, create_ledger
from regulars.api import LaneGate, TillService, WriterProcess, WritingPlace, bound_port, create_app, run_app
from regulars.contracts import DealKind, Ladder
from regulars.flows import (
    BudgetRecord,
    BudgetScope,
    GrantRecord,
    ListRecord,
    PlanContent,
    PlanRecord,
    Programme,
    TillDesk,
)
from regulars.kernel import (
    CodeKeys,
    GrantId,
    HouseholdId,
    OfferId,
    Period,
    PlanId,
    ProductId,
    SystemClock,
    VendorId,
    digest_of,
)
from regulars.lift import Arm
from regulars.offers import TillTerms

KEYS = CodeKeys(b"c" * 32, b"s" * 32, b"p" * 32)
PLAN = PlanId("bench")
OFFERS = 500
GRANTS_EACH = 16
_VENDORS = 40
_KINDS = (
    (DealKind.AMOUNT_OFF, Ladder(amount_cents=75)),
    (DealKind.PERCENT_OFF, Ladder(percent=20)),
    (DealKind.SECOND_AT_HALF, Ladder(percent=50)),
    (DealKind.MULTIBUY, Ladder(buy_quantity=3, pay_quantity=2)),
)


def list_code_of(household: int) -> str:
    """Twenty digits that open a household's list here; made without keys, for they are looked up by digest."""
    return f"47{household:018d}"


def offer_of(household: int, slot: int) -> int:
    return (household * 7 + slot * 31) % OFFERS


def products_of(offer: int) -> list[str]:
    return [f"{1_000_000 + offer * 10 + place}" for place in range(10)]


def terms() -> dict[tuple[str, int], TillTerms]:
    return {
        (f"offer-{number}", 1): TillTerms(
            OfferId(f"offer-{number}"),
            1,
            f"Offer {number}",
            *_KINDS[number % len(_KINDS)],
            frozenset(map(ProductId, products_of(number))),
        )
        for number in range(OFFERS)
    }


def fill(ledger: SqlLedger, households: int) -> None:
    """Apply one plan with a list for each household."""
    today = datetime.now(tz=UTC).date()
    period = Period(today - timedelta(days=1), today + timedelta(days=13))
    plan = PlanRecord(PLAN, 1, today, period, digest_of("bench"), households, households * GRANTS_EACH)
    budgets = [BudgetRecord(BudgetScope.VENDOR, f"vendor-{n}", 10**9, 0) for n in range(_VENDORS)]
    content = PlanContent(
        plan, Programme(1, "bench", 0.1), _lists(households, period), _grants(households, period), budgets
    )
    ledger.apply_plan(content, at=datetime.now(tz=UTC), actor="bench")


def _lists(households: int, period: Period) -> Iterator[ListRecord]:
    for number in range(households):
        code = digest_of(list_code_of(number))
        yield ListRecord(
            HouseholdId(f"h{number}"), number + 1, number, code, digest_of("phone", number), period, Arm.TARGETED
        )


def _grants(households: int, period: Period) -> Iterator[GrantRecord]:
    for number in range(households):
        for slot in range(GRANTS_EACH):
            offer = offer_of(number, slot)
            yield GrantRecord(
                GrantId(f"{number:06d}-{slot:02d}"),
                HouseholdId(f"h{number}"),
                OfferId(f"offer-{offer}"),
                1,
                100,
                60,
                VendorId(f"vendor-{offer % _VENDORS}"),
                period,
            )


def _after_the_night(url: str) -> None:
    """What the server does by itself between the night of a plan and the morning of the shop."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def main(url: str, households: int) -> None:
    ledger = create_ledger(url, folder=Path())
    fill(ledger, households)
    if url.startswith("postgresql"):
        _after_the_night(url)
    known = terms()
    clock = SystemClock()
    desk = TillDesk(ledger, lambda _: known, lambda _: None, clock=clock, zone=ZoneInfo("UTC"))
    gate = LaneGate(KEYS, clock, generation=1, revoked=frozenset())
    writer = WriterProcess(WritingPlace(url, Path(), ZoneInfo("UTC")))
    app = create_app(TillService(desk, writer, gate))
    with bound_port("127.0.0.1", 0) as bound:
        bound.listen()
        sys.stdout.write(f"{bound.getsockname()[1]}\n")
        sys.stdout.flush()
        run_app(app, bound)


def today() -> date:
    return datetime.now(tz=UTC).date()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
