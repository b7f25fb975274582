"""Small plans for the ledger's tests, with sums one can do in one's head."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

from regulars.flows import (
    BudgetRecord,
    BudgetScope,
    GrantRecord,
    ListRecord,
    PlanContent,
    PlanRecord,
    Programme,
)
from regulars.kernel import GrantId, HouseholdId, OfferId, Period, PlanId, VendorId, digest_of
from regulars.lift import Arm

AT = datetime(2017, 11, 26, 18, 30, 0, 123456, tzinfo=UTC)
FORTNIGHT = Period(date(2017, 11, 27), date(2017, 12, 11))
PROGRAMME = Programme(1, "holdout", 0.1)
WHO = "marketing"


def plan_record(
    plan_id: str = "plan-a", *, households: int = 3, cycle_number: int = 24, content: str = ""
) -> PlanRecord:
    return PlanRecord(
        PlanId(plan_id),
        cycle_number,
        FORTNIGHT.from_on,
        FORTNIGHT,
        digest_of(plan_id, content),
        households,
        2 * households,
    )


def list_records(plan_id: str, households: int) -> Iterator[ListRecord]:
    for number in range(1, households + 1):
        yield ListRecord(
            HouseholdId(f"household-{number}"),
            number,
            1000 - number,
            digest_of("code", plan_id, number),
            digest_of("phone", plan_id, number),
            FORTNIGHT,
            Arm.HOLDOUT if number == 1 else Arm.TARGETED,
        )


def grant_records(households: int) -> Iterator[GrantRecord]:
    """Two each: coffee saves 100 cents, 60 of them the vendor's; bread saves 50, all the store's."""
    for number in range(1, households + 1):
        household = HouseholdId(f"household-{number}")
        for slot, (offer, vendor, face_cents, funding_cents) in enumerate(
            (("coffee", "roaster", 100, 60), ("bread", "store", 50, 0)), start=1
        ):
            yield GrantRecord(
                GrantId(f"{number}-{slot}"),
                household,
                OfferId(offer),
                1,
                face_cents,
                funding_cents,
                VendorId(vendor),
                FORTNIGHT,
            )


BUDGETS = (
    BudgetRecord(BudgetScope.VENDOR, "roaster", 1_000, 18),
    BudgetRecord(BudgetScope.OFFER, "coffee", None, 18),
    BudgetRecord(BudgetScope.STORE, "all", 500, 27),
)


def plan_content(
    plan_id: str = "plan-a",
    *,
    households: int = 3,
    cycle_number: int = 24,
    content: str = "",
    grants: Iterable[GrantRecord] | None = None,
) -> PlanContent:
    plan = plan_record(plan_id, households=households, cycle_number=cycle_number, content=content)
    return PlanContent(
        plan,
        PROGRAMME,
        list_records(plan_id, households),
        grant_records(households) if grants is None else grants,
        BUDGETS,
    )


def other_holdout(content: PlanContent) -> PlanContent:
    return replace(content, programme=Programme(1, "holdout", 0.2))
