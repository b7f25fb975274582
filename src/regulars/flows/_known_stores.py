"""Which stores are known: of the loaded lines, of a plan's lists, of what tills told. A number beside is mistyped."""

from __future__ import annotations

from itertools import chain

from regulars.kernel import StoreId

from ._household_rows import read_where
from ._names import plan_dataset
from ._ports import Warehouse
from ._till_ports import LogLedger


def may_be_store(warehouse: Warehouse, ledger: LogLedger, store_id: StoreId) -> bool:
    """Whether a list has this home store, a loaded line was sold in it, or a lane of it told of an offer.

    While no store is known at all, for no line is loaded and no plan was made, any may be meant.

    Raises:
        StoreError: A file cannot be read, or the ledger failed.
    """
    plan_ids = [standing.plan.plan_id for standing in ledger.plans()]
    lines = warehouse.files("lines")
    if not (plan_ids or lines):
        return True
    of_lists = (warehouse.files(plan_dataset(plan_id, "plan_lists")) for plan_id in plan_ids)
    for file in chain(*of_lists, lines):
        if read_where(file.path, [("store_id", "=", store_id)], ["store_id"], most=1).num_rows:
            return True
    return any(
        transaction.store_id == store_id
        for plan_id in plan_ids
        for grant in ledger.used_grants(plan_id)
        for transaction in grant.spends
    )
