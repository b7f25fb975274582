"""A shop for lanes: each household holds coffee (capped, 100 cents), bread (online only, 50) and tea (escrow, 80)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from ledger_samples import AT, FORTNIGHT, WHO, plan_content
from till_samples import NOON, PLAN, TODAY
from till_service import KEYS, SettableClock

from regulars.adapters import StoreLedger, pack_public_key, read_pack, sign_pack
from regulars.adapters.ledger import SqlLedger
from regulars.api import GroupWriter, LaneGate, TillService, create_app
from regulars.contracts import DealKind, Ladder
from regulars.flows import GrantRecord, LaneJournal, ListRecord, PlanRecord, TillDesk, build_pack, lend_rights
from regulars.kernel import GrantId, HouseholdId, OfferId, ProductId, StoreId, VendorId, digest_of, lane_secret
from regulars.lift import Arm
from regulars.offers import TillTerms
from regulars.redeem import LaneTransaction, OfflineClass, TillPack

STORE, ZONE, CAP_CENTS = StoreId("12"), ZoneInfo("America/New_York"), 1_000
OFFERS = (
    ("coffee", 100, 60, "roaster", OfflineClass.CAPPED),
    ("bread", 50, 0, "store", OfflineClass.ONLINE_ONLY),
    ("tea", 80, 40, "roaster", OfflineClass.ESCROW),
)
TERMS = {
    (OfferId(offer), 1): TillTerms(
        OfferId(offer), 1, offer, DealKind.AMOUNT_OFF, Ladder(amount_cents=cents), frozenset({ProductId(offer)})
    )
    for offer, cents, *_ in OFFERS
}
LINES = tuple(
    {"number": number, "code": offer, "quantity": 1, "amount_cents": 300}
    for number, (offer, *_) in enumerate(OFFERS, start=1)
)


def code_of(household: int) -> str:
    return f"{47:02d}{household:018d}"


def open_shop(ledger: SqlLedger, households: int) -> PlanRecord:
    """Apply the plan."""
    content = plan_content(households=households)
    plan = replace(content.plan, grant_count=3 * households)
    ledger.apply_plan(
        replace(content, plan=plan, lists=_lists(households), grants=_grants(households)), at=AT, actor=WHO
    )
    return plan


def _lists(households: int) -> Iterator[ListRecord]:
    for n in range(1, households + 1):
        household = HouseholdId(f"household-{n}")
        yield ListRecord(household, n, n, digest_of(code_of(n)), digest_of("phone", n), FORTNIGHT, Arm.TARGETED)


def _grants(households: int) -> Iterator[GrantRecord]:
    for n in range(1, households + 1):
        for slot, (offer, face, funding, vendor, offline) in enumerate(OFFERS, start=1):
            yield GrantRecord(
                GrantId(f"{n}-{slot}"),
                HouseholdId(f"household-{n}"),
                OfferId(offer),
                1,
                face,
                funding,
                VendorId(vendor),
                FORTNIGHT,
                offline=offline,
            )


def centre_app(ledger: SqlLedger) -> FastAPI:
    clock = SettableClock(NOON)
    desk = TillDesk(ledger, {PLAN: TERMS}.__getitem__, lambda _card: None, clock=clock, zone=ZONE)
    gate = LaneGate(KEYS, clock, generation=1, revoked=frozenset())
    return create_app(TillService(desk, GroupWriter(ledger, desk.now), gate))


def controller_app(pack: TillPack, journal: LaneJournal) -> tuple[StoreLedger, FastAPI]:
    clock = SettableClock(NOON)
    ledger = StoreLedger(STORE, journal)
    ledger.take(pack)
    desk = TillDesk(
        ledger, {PLAN: pack.offers}.__getitem__, lambda _card: None, clock=clock, zone=ZONE, site=STORE
    )
    secrets = {f"{STORE}/{lane}": bytes.fromhex(secret_of(lane)) for lane in ("1", "2", "*")}
    gate = LaneGate.of_secrets(secrets, clock)
    return ledger, create_app(TillService(desk, GroupWriter(ledger, desk.now), gate))


def secret_of(lane_id: str) -> str:
    return lane_secret(KEYS, STORE, lane_id, 1).hex()


def fetch_pack(ledger: SqlLedger, plan: PlanRecord, households: int, *, cap_cents: int = CAP_CENTS) -> TillPack:
    """Lend the first households' tea to the store's controller, make the pack, sign and read it."""
    mine = [HouseholdId(f"household-{n}") for n in range(1, households + 1)]
    lend_rights(ledger, ledger, plan, STORE, mine, at=NOON, today=TODAY)
    pack = build_pack(
        ledger,
        plan,
        TERMS,
        STORE,
        number=ledger.audit_head().sequence,
        lane_cap_cents=cap_cents,
        basket_cap_cents=None,
    )
    return read_pack(sign_pack(pack, KEYS), pack_public_key(KEYS), STORE)


def logged(key: str, given: list[dict[str, Any]]) -> dict[str, Any]:
    """A line of the day's log."""
    at = LaneTransaction.of_key(key)
    shares = [{"grant": one["grant"], "discount_cents": one["discount_cents"]} for one in given]
    named = {
        "store_id": at.store_id,
        "lane_id": at.lane_id,
        "business_on": at.business_on.isoformat(),
        "sequence": at.sequence,
    }
    return {"kind": "logged", "transaction": named, "shares": shares}


def journal_path(folder: Path, lane_id: str) -> Path:
    return folder / f"lane-{lane_id}.journal"
