"""What the specials of a list count for: the codes a till may ring, and a basket to try them with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from regulars.contracts import ListDocument
from regulars.kernel import PlanId

from ._plan import plan_rows_of
from ._ports import Warehouse
from ._till_desk import till_terms
from ._till_sim import sample_line


@dataclass(frozen=True)
class SpecialGoods:
    """One special and what it counts for.

    Args:
        offer_id: Its offer.
        text: As printed; the deal's name where the page leaves it out, because the shelf is as cheap by now.
        saving_cents: What it saves at its own conditions, as printed.
        units: How many it takes.
        store_ids: Where it holds; empty for every store.
        product_ids: The codes it counts for, that of the printed one first.
    """

    offer_id: str
    text: str
    saving_cents: int
    units: int
    store_ids: tuple[str, ...]
    product_ids: tuple[str, ...]


@dataclass(frozen=True)
class ListGoods:
    """A list, what its specials count for, and a basket in which each of them is used.

    Args:
        plan_id: The plan.
        household_id: Whose.
        store_id: Its home store; the list opens in every store.
        list_code: The digits under its bars.
        from_on: First day it holds.
        last_on: Last day.
        specials: In their order on the list.
        lines: The basket, as a till sends it: one line a special.
    """

    plan_id: str
    household_id: str
    store_id: str
    list_code: str
    from_on: date
    last_on: date
    specials: tuple[SpecialGoods, ...]
    lines: tuple[Mapping[str, Any], ...]


def list_goods(warehouse: Warehouse, plan_id: PlanId, document: ListDocument) -> ListGoods:
    """What the specials of a list count for.

    Args:
        warehouse: Holds the plan.
        plan_id: The plan.
        document: The list, as it stands now.

    Raises:
        ContractError: There is no such plan.
    """
    (entry,) = plan_rows_of(warehouse, plan_id, "plan_lists", document.household_id)
    grants = sorted(
        plan_rows_of(warehouse, plan_id, "plan_grants", document.household_id), key=lambda row: row["slot"]
    )
    terms = till_terms(warehouse, plan_id)
    printed = {one.offer_id: one for one in document.specials}
    specials, lines = [], []
    for number, grant in enumerate(grants, start=1):
        one, shown = terms[grant["offer_id"], grant["level"]], printed.get(grant["offer_id"])
        line = sample_line(number, grant, one)
        text = (
            one.name if shown is None else f"{shown.headline} {shown.headline_note} {shown.name}, {shown.detail}"
        )
        first = grant["product_id"]
        specials.append(
            SpecialGoods(
                one.offer_id,
                " ".join(text.split()),
                grant["face_cents"] if shown is None else shown.saving_cents,
                line["quantity"],
                tuple(sorted(one.store_ids)),
                (first, *sorted(one.product_ids - {first})),
            )
        )
        lines.append(line)
    return ListGoods(
        plan_id, document.household_id, entry["store_id"], document.list_code, document.from_on, document.last_on,
        tuple(specials), tuple(lines),
    )  # fmt: skip
