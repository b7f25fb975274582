"""How much of each limit a published plan uses, counted from its own tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import pyarrow as pa

from regulars.kernel import MICROS_PER_CENT

from ._names import plan_dataset
from ._ports import Warehouse
from ._rows import read_rows


@dataclass(frozen=True)
class PlanLimit:
    """One limit of a plan and its use.

    Args:
        scope: ``offer``, ``vendor`` or ``store``.
        limit_id: Offer or vendor id; ``all`` for the store.
        unit: ``micros`` of money expected to be used, or ``lists`` it is given on.
        limit: The limit.
        used: What the plan uses of it, rounded up.
        at_least: Whether the limit is a guarantee rather than a cap.
    """

    scope: str
    limit_id: str
    unit: str
    limit: int
    used: int
    at_least: bool = False


def limit_use(warehouse: Warehouse, plan_id: str) -> list[PlanLimit]:
    """Every limit of a plan, by scope and id, caps before guarantees."""
    tables = {
        name: read_rows(warehouse.files(plan_dataset(plan_id, name)), name)
        for name in ("plan", "plan_offers", "plan_levels", "plan_limits", "plan_grants")
    }
    return list(_uses(tables))


def limit_words(one: PlanLimit, terms: Mapping[str, Mapping[str, object]]) -> str:
    """A limit as a reader names it.

    Args:
        one: The limit.
        terms: Rows of `plan_terms` by offer.
    """
    if one.scope == "store":
        return "store's own money"
    if one.scope == "vendor":
        return f"vendor {one.limit_id}"
    deal = terms[one.limit_id]
    whose = f"{deal['name']} ({deal['deal_id']})"
    if one.unit == "micros":
        return f"money of {whose}"
    return f"lists guaranteed to {whose}" if one.at_least else f"lists with {whose}"


def _uses(tables: dict[str, pa.Table]) -> Iterator[PlanLimit]:
    given, vendor_by_offer, store_by_offer = _sums(tables)
    offers = tables["plan_offers"].to_pylist()
    for row in offers:
        offer_id = row["offer_id"]
        if row["vendor_budget_micros"] is not None:
            used = vendor_by_offer.get(offer_id, Fraction(0))
            yield PlanLimit("offer", offer_id, "micros", row["vendor_budget_micros"], _up(used))
        if row["distributions_max"] is not None:
            yield PlanLimit("offer", offer_id, "lists", row["distributions_max"], given.get(offer_id, 0))
        if row["distributions_min"]:
            least = row["distributions_min"]
            yield PlanLimit("offer", offer_id, "lists", least, given.get(offer_id, 0), at_least=True)
    for row in tables["plan_limits"].to_pylist():
        if row["budget_micros"] is None:
            continue
        if row["scope"] == "vendor":
            parts = [
                vendor_by_offer.get(o["offer_id"], Fraction(0)) for o in offers if o["vendor_id"] == row["id"]
            ]
        else:
            parts = list(store_by_offer.values())
        used = sum(parts, Fraction(0))
        yield PlanLimit(row["scope"], row["id"], "micros", row["budget_micros"], _up(used))


def _sums(tables: dict[str, pa.Table]) -> tuple[dict[str, int], dict[str, Fraction], dict[str, Fraction]]:
    """Grants, vendor money and store money of each offer, as the plan reckons them; exact."""
    levels = {
        (row["offer_id"], row["level"]): (row["face_micros"], row["funding_micros"])
        for row in tables["plan_levels"].to_pylist()
    }
    given: dict[str, int] = {}
    vendor: dict[str, Fraction] = {}
    store: dict[str, Fraction] = {}
    for row in tables["plan_grants"].select(["offer_id", "level", "redemptions"]).to_pylist():
        offer_id, redemptions = row["offer_id"], Fraction(row["redemptions"])
        face, funding = levels[offer_id, row["level"]]
        given[offer_id] = given.get(offer_id, 0) + 1
        vendor[offer_id] = vendor.get(offer_id, Fraction(0)) + redemptions * funding
        store[offer_id] = store.get(offer_id, Fraction(0)) + redemptions * (face - funding)
    return given, vendor, store


def _up(amount: Fraction) -> int:
    return -(-amount.numerator // amount.denominator)


def limit_amount(value: int | None, unit: str) -> str:
    """A limit as a reader sees it: dollars, lists, or a dash where none was set."""
    if value is None:
        return "-"
    return f"${value / MICROS_PER_CENT / 100:,.2f}" if unit.endswith("micros") else f"{value:,}"
