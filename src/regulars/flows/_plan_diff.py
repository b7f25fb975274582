"""What changed between two plans: households, grants, money and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from regulars.contracts import MoneyRow

from ._plan import PlanSummary, plan_summary, read_plan
from ._plan_limits import limit_use
from ._plan_show import money_rows, offer_names
from ._ports import Warehouse


@dataclass(frozen=True)
class MoneyChange:
    """A vendor's or offer's grants and money in both plans; money in cents."""

    name: str
    specials_before: int
    specials_after: int
    expected_face_before_cents: int
    expected_face_after_cents: int
    expected_vendor_before_cents: int
    expected_vendor_after_cents: int


@dataclass(frozen=True)
class LimitChange:
    """A limit that was set, lifted or moved; None where it was not set. Micros, or lists."""

    scope: str
    limit_id: str
    unit: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class PlanDiff:
    """Two plans side by side.

    Args:
        before: What the first came to.
        after: What the second came to.
        households_gone: Lists of the first alone.
        households_new: Lists of the second alone.
        lists_same: Households whose lists hold the same offers at the same levels.
        grants_same: Grants both plans give, at the same level.
        grants_deeper: Grants of both, at a higher level in the second.
        grants_shallower: The same at a lower level.
        grants_gone: Grants of the first alone.
        grants_new: Grants of the second alone.
        vendors: Vendors whose figures differ, the greatest change of expected cost first.
        offers: The same by offer.
        limits: Limits that differ.
    """

    before: PlanSummary
    after: PlanSummary
    households_gone: int
    households_new: int
    lists_same: int
    grants_same: int
    grants_deeper: int
    grants_shallower: int
    grants_gone: int
    grants_new: int
    vendors: tuple[MoneyChange, ...]
    offers: tuple[MoneyChange, ...]
    limits: tuple[LimitChange, ...]


def diff_plans(warehouse: Warehouse, before_id: str, after_id: str) -> PlanDiff:
    """Compare two plans.

    Raises:
        ContractError: There is no such plan.
    """
    before, after = plan_summary(warehouse, before_id), plan_summary(warehouse, after_id)
    lists = [
        set(read_plan(warehouse, one, "plan_lists")["household_id"].to_pylist()) for one in (before_id, after_id)
    ]
    grants = [read_plan(warehouse, one, "plan_grants") for one in (before_id, after_id)]
    joined = _joined(*grants)
    rise = joined["level_after"] - joined["level_before"]
    both = joined["in_before"] & joined["in_after"]
    changed = set(joined["household"][~both | (rise != 0)].tolist())
    names = [offer_names(warehouse, one) for one in (before_id, after_id)]
    return PlanDiff(
        before, after, len(lists[0] - lists[1]), len(lists[1] - lists[0]),
        len((lists[0] & lists[1]) - changed),
        int((both & (rise == 0)).sum()), int((both & (rise > 0)).sum()), int((both & (rise < 0)).sum()),
        int((joined["in_before"] & ~both).sum()), int((joined["in_after"] & ~both).sum()),
        _changes(*(money_rows(rows, rows["vendor_id"].to_pylist()) for rows in grants)),
        _changes(*(money_rows(rows, [known[one] for one in rows["offer_id"].to_pylist()])
                   for rows, known in zip(grants, names, strict=True))),
        _limits(warehouse, before_id, after_id),
    )  # fmt: skip


def _joined(before: pa.Table, after: pa.Table) -> Mapping[str, np.ndarray]:
    """Grants of either plan, by household and offer, with both levels; level 0 where a plan does not give it."""
    keys = ["household_id", "offer_id"]
    left = before.select([*keys, "level"]).rename_columns([*keys, "level_before"])
    right = after.select([*keys, "level"]).rename_columns([*keys, "level_after"])
    rows = left.join(right, keys, join_type="full outer")
    levels = {name: rows[name].fill_null(0).to_numpy() for name in ("level_before", "level_after")}
    household = rows["household_id"].to_numpy(zero_copy_only=False)
    in_before, in_after = levels["level_before"] > 0, levels["level_after"] > 0
    return {**levels, "in_before": in_before, "in_after": in_after, "household": household}


def _changes(before: tuple[MoneyRow, ...], after: tuple[MoneyRow, ...]) -> tuple[MoneyChange, ...]:
    first = {row.name: row for row in before}
    second = {row.name: row for row in after}
    found = []
    for name in first.keys() | second.keys():
        a, b = (rows.get(name, MoneyRow(name, 0, 0, 0, 0)) for rows in (first, second))
        if a != b:
            found.append(
                MoneyChange(
                    name, a.specials, b.specials, a.expected_face_cents, b.expected_face_cents,
                    a.expected_vendor_cents, b.expected_vendor_cents,
                )
            )  # fmt: skip
    return tuple(
        sorted(found, key=lambda c: (-abs(c.expected_face_after_cents - c.expected_face_before_cents), c.name))
    )


def _limits(warehouse: Warehouse, before_id: str, after_id: str) -> tuple[LimitChange, ...]:
    first, second = (
        {(one.scope, one.limit_id, one.unit, one.at_least): one.limit for one in limit_use(warehouse, plan_id)}
        for plan_id in (before_id, after_id)
    )
    return tuple(
        LimitChange(*key[:2], f"at least, {key[2]}" if key[3] else key[2], first.get(key), second.get(key))
        for key in sorted(first.keys() | second.keys())
        if first.get(key) != second.get(key)
    )
