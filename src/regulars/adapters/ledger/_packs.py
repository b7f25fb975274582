"""What the ledger tells a till pack: lists of a plan, and grants that may be given without the centre."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, and_, or_, select

from regulars.flows import PackableList
from regulars.kernel import GrantId, HouseholdId, OfferId, PlanId, StoreId
from regulars.redeem import GrantState, OfflineClass, PackedGrant

from ._tables import GRANTS, LISTS

_OPEN = and_(GRANTS.c.ended == 0, GRANTS.c.uses_left > 0)


def packable_lists(connection: Connection, plan_id: PlanId, store_id: StoreId) -> list[PackableList]:
    """Lists with capped grants, or escrow grants whose right lies at the store; by list number, grants by id."""
    here = and_(GRANTS.c.offline_class == OfflineClass.ESCROW, GRANTS.c.right_store_id == store_id)
    alone = and_(GRANTS.c.offline_class == OfflineClass.CAPPED, GRANTS.c.right_store_id.is_(None))
    statement = (
        select(GRANTS, LISTS.c.code_digest, LISTS.c.phone_digest, LISTS.c.list_number)
        .join(LISTS, and_(LISTS.c.plan_id == GRANTS.c.plan_id, LISTS.c.household_id == GRANTS.c.household_id))
        .where(GRANTS.c.plan_id == plan_id, _OPEN, or_(here, alone))
        .order_by(LISTS.c.list_number, GRANTS.c.grant_id)
    )
    found: dict[str, PackableList] = {}
    for row in connection.execute(statement):
        grant = PackedGrant(
            GrantId(row.grant_id),
            OfferId(row.offer_id),
            row.level,
            OfflineClass(row.offline_class),
            row.uses_left,
            row.epoch,
        )
        before = found.get(row.code_digest)
        grants = (*before.grants, grant) if before else (grant,)
        found[row.code_digest] = PackableList(row.code_digest, row.phone_digest, grants)
    return list(found.values())


def lendable_grants(connection: Connection, plan_id: PlanId, households: Iterable[HouseholdId]) -> list[GrantId]:
    """Escrow grants of some households whose right lies at the centre and that no basket holds; by id."""
    wanted = frozenset(households)
    statement = (
        select(GRANTS.c.grant_id, GRANTS.c.household_id)
        .where(
            GRANTS.c.plan_id == plan_id,
            GRANTS.c.offline_class == OfflineClass.ESCROW,
            GRANTS.c.right_store_id.is_(None),
            GRANTS.c.state == GrantState.ISSUED,
            _OPEN,
        )
        .order_by(GRANTS.c.grant_id)
    )
    return [GrantId(row.grant_id) for row in connection.execute(statement) if row.household_id in wanted]


def lent_grants(connection: Connection, plan_id: PlanId) -> int:
    """How many grants of a plan only a store's controller may give now."""
    lent = select(GRANTS.c.grant_id).where(GRANTS.c.plan_id == plan_id, GRANTS.c.right_store_id.is_not(None))
    return len(connection.execute(lent).all())
