"""Make a store's till pack: lend the escrow grants of its households to it, then gather what it may give alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol

from regulars.kernel import HouseholdId, StoreId
from regulars.redeem import GrantKey, RightMoved, TillPack, stretched_digest

from ._ledger_ports import PlanRecord
from ._till_desk import PlanTerms
from ._till_ports import PackLedger, TillTeller

_LENT_AT_ONCE = 500


class LaneJournal(Protocol):
    """What a lane or a controller must not forget: entries are only added."""

    def append(self, entry: dict[str, object]) -> None:
        """Add an entry; it is on the disk when this returns."""
        ...

    def entries(self) -> list[dict[str, object]]:
        """All entries, oldest first."""
        ...


def lend_rights(
    ledger: PackLedger,
    teller: TillTeller,
    plan: PlanRecord,
    store_id: StoreId,
    households: Iterable[HouseholdId],
    *,
    at: datetime,
    today: date,
) -> int:
    """Hand the right to spend the households' escrow grants to a store's controller; returns how many.

    Args:
        ledger: Where the grants lie.
        teller: Who takes the hand-overs.
        plan: An applied plan.
        store_id: The store.
        households: Those whose home store it is.
        at: Now.
        today: The stores' business day.
    """
    grants = ledger.lendable_grants(plan.plan_id, households)
    for start in range(0, len(grants), _LENT_AT_ONCE):
        chunk = grants[start : start + _LENT_AT_ONCE]
        moved = [RightMoved(GrantKey(plan.plan_id, grant_id), None, store_id) for grant_id in chunk]
        teller.handle_till(moved, at=at, today=today, actor="till pack")
    return len(grants)


def build_pack(
    ledger: PackLedger,
    plan: PlanRecord,
    terms: PlanTerms,
    store_id: StoreId,
    *,
    number: int,
    lane_cap_cents: int,
    basket_cap_cents: int | None,
) -> TillPack:
    """What a store may give of a plan without the centre, as the ledger stands.

    Args:
        ledger: Where the grants lie.
        plan: An applied plan.
        terms: Terms of its offers.
        store_id: The store; offers that do not hold there are left out.
        number: Of the newest audit row.
        lane_cap_cents: The most one lane may give alone before it has told of it.
        basket_cap_cents: The most one basket may save.
    """
    lists, phones = {}, {}
    used: set[tuple[str, int]] = set()
    for one in ledger.packable_lists(plan.plan_id, store_id):
        grants = tuple(
            grant
            for grant in one.grants
            if not (stores := terms[grant.offer_id, grant.level].store_ids) or store_id in stores
        )
        if not grants:
            continue
        digest = stretched_digest(one.code_digest, plan.plan_id)
        lists[digest] = grants
        phones[stretched_digest(one.phone_digest, plan.plan_id)] = digest
        used.update((grant.offer_id, grant.level) for grant in grants)
    here = {key: replace(terms[key], store_ids=frozenset()) for key in sorted(used)}
    return TillPack(
        store_id, plan.plan_id, plan.period, number, lane_cap_cents, basket_cap_cents, here, lists, phones
    )
