"""A built plan as the ledger takes it: read from the warehouse, codes turned into digests, budgets added up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.kernel import (
    MICROS_PER_CENT,
    CodeForm,
    CodeKeys,
    DealId,
    OfferId,
    Period,
    digest_of,
    divide_half_up,
    list_code,
    qr_secret,
)
from regulars.lift import Arm
from regulars.offers import REDEMPTION_STEPS, STORE_LIMIT, STORE_VENDOR
from regulars.redeem import OfflineClass

from ._desk_ports import OfferDeal
from ._ledger_ports import (
    BudgetRecord,
    BudgetScope,
    GrantRecord,
    ListRecord,
    PlanContent,
    PlanRecord,
    Programme,
)
from ._plan import read_plan
from ._ports import Warehouse

_BATCH_ROWS = 10_000


def plan_content(
    plan: PlanRecord,
    warehouse: Warehouse,
    *,
    programme: Programme,
    keys: CodeKeys,
    code_form: CodeForm,
    offline_of: Callable[[str], OfflineClass] = lambda _deal_id: OfflineClass.ONLINE_ONLY,
) -> PlanContent:
    """All that applying a plan writes.

    Args:
        plan: A plan that was built, as `plan_record` names it.
        warehouse: Where its tables lie.
        programme: How its holdout was drawn.
        keys: The workspace's secrets; they stay here, the ledger gets digests.
        code_form: How the list codes are written.
        offline_of: What a store without the centre may do with the offers of a deal.

    Raises:
        ContractError: There is no such plan.
        StoreError: Its tables cannot be read.
    """
    lists, grants, offers, limits, terms = (
        read_plan(warehouse, plan.plan_id, name)
        for name in ("plan_lists", "plan_grants", "plan_offers", "plan_limits", "plan_terms")
    )
    deals = {row["offer_id"]: row["deal_id"] for row in terms.select(["offer_id", "deal_id"]).to_pylist()}
    return PlanContent(
        plan,
        programme,
        list_records(lists, plan, keys, code_form=code_form),
        grant_records(grants, {offer_id: offline_of(deal_id) for offer_id, deal_id in deals.items()}),
        budget_records(grants, offers, limits),
        [OfferDeal(OfferId(offer_id), DealId(deal_id)) for offer_id, deal_id in sorted(deals.items())],
    )


def list_records(
    lists: pa.Table, plan: PlanRecord, keys: CodeKeys, *, code_form: CodeForm
) -> Iterator[ListRecord]:
    """Rows of `plan_lists` as the ledger keeps them: digests stand where the codes were."""
    cycle_number = plan.cycle_number
    for row in _rows(lists):
        sequence = row["sequence"]
        code = list_code(keys, code_form, cycle_number=cycle_number, sequence=sequence)
        secret = qr_secret(keys, cycle_number=cycle_number, sequence=sequence)
        yield ListRecord(
            row["household_id"],
            row["list_number"],
            sequence,
            digest_of(code),
            digest_of(secret),
            Period(row["from_on"], row["until_on"]),
            Arm(row["arm"]),
        )


def grant_records(grants: pa.Table, offline: Mapping[str, OfflineClass]) -> Iterator[GrantRecord]:
    """Rows of `plan_grants` as the ledger keeps them."""
    for row in _rows(grants):
        yield GrantRecord(
            row["grant_id"],
            row["household_id"],
            row["offer_id"],
            row["level"],
            row["face_cents"],
            row["funding_cents"],
            row["vendor_id"],
            Period(row["from_on"], row["until_on"]),
            offline=offline[row["offer_id"]],
        )


def budget_records(grants: pa.Table, offers: pa.Table, limits: pa.Table) -> list[BudgetRecord]:
    """Each limit of a plan with what its grants are expected to use of it, whole cents, half up.

    Args:
        grants: Rows of `plan_grants`; chances are whole multiples of 1 / `REDEMPTION_STEPS`, so sums are exact.
        offers: Rows of `plan_offers`: the offers' own budgets.
        limits: Rows of `plan_limits`: the vendors' and the store's.

    Returns:
        One for every vendor and vendor-funded offer with a grant or a limit, and one for the store; by scope, id.
    """
    scopes = {scope.value for scope in BudgetScope}
    limits_micros = {
        (row["scope"], row["id"]): row["budget_micros"] for row in limits.to_pylist() if row["scope"] in scopes
    }
    for row in offers.filter(pc.is_valid(offers["vendor_budget_micros"])).to_pylist():
        limits_micros[BudgetScope.OFFER, row["offer_id"]] = row["vendor_budget_micros"]
    purses = pc.and_(pc.is_valid(offers["vendor_budget_micros"]), pc.equal(offers["vendor_id"], STORE_VENDOR))
    used_steps = _used_steps(grants, offers.filter(purses)["offer_id"])
    return [
        BudgetRecord(
            BudgetScope(scope),
            scope_id,
            _cents(limits_micros.get((scope, scope_id))),
            divide_half_up(used_steps.get((scope, scope_id), 0), REDEMPTION_STEPS),
        )
        for scope, scope_id in sorted(limits_micros.keys() | used_steps.keys())
    ]


def _used_steps(grants: pa.Table, purses: pa.ChunkedArray) -> Mapping[tuple[str, str], int]:
    """Expected use of each budget, in cents times `REDEMPTION_STEPS`.

    The store's own offers with a budget of their own (`purses`) are paid from that, not from the store's markdown.
    """
    steps = np.rint(grants["redemptions"].to_numpy() * REDEMPTION_STEPS).astype(np.int64)
    funding_cents = grants["funding_cents"].to_numpy()
    store_steps = steps * (grants["face_cents"].to_numpy() - funding_cents)
    apart = pc.is_in(grants["offer_id"], purses).to_numpy()
    used: dict[tuple[str, str], int] = {(BudgetScope.STORE, STORE_LIMIT): int(store_steps[~apart].sum())}
    own = grants.select(["offer_id"]).append_column("steps", pa.array(store_steps)).filter(pa.array(apart))
    for row in own.group_by("offer_id").aggregate([("steps", "sum")]).to_pylist():
        used[BudgetScope.OFFER, row["offer_id"]] = row["steps_sum"]
    vendors = grants.select(["vendor_id", "offer_id"]).append_column("steps", pa.array(steps * funding_cents))
    vendors = vendors.filter(pc.field("vendor_id") != STORE_VENDOR)
    for scope, column in ((BudgetScope.VENDOR, "vendor_id"), (BudgetScope.OFFER, "offer_id")):
        for row in vendors.group_by(column).aggregate([("steps", "sum")]).to_pylist():
            used[scope, row[column]] = row["steps_sum"]
    return used


def _cents(micros: int | None) -> int | None:
    return None if micros is None else micros // MICROS_PER_CENT


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=_BATCH_ROWS):
        yield from batch.to_pylist()
