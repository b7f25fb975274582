"""The lists of a plan, fifty at a time, and one after the other as a person leafs through them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from regulars.kernel import ContractError, PlanId

from ._household_rows import PAGE_ROWS, Page, page_of, read_where
from ._ledger_ports import PlanState
from ._list_ports import ListApproval, ListEdition
from ._names import plan_dataset
from ._plan import plan_rows_of, plan_summary
from ._ports import Warehouse


class ListsBook(Protocol):
    """What the ledger says of a plan's lists; every call may raise StoreError."""

    def plan_state(self, plan_id: PlanId) -> PlanState | None:
        """Where a plan stands; None if the ledger never heard of it."""
        ...

    def list_editions(self, plan_id: PlanId) -> list[ListEdition]:
        """Every change of a plan's lists, by household, then number."""
        ...

    def list_approval(self, plan_id: PlanId) -> ListApproval | None:
        """Who approved a plan's lists, if anybody did."""
        ...


@dataclass(frozen=True)
class ListRow:
    """One list of a plan.

    Args:
        list_number: Its number in the cycle.
        household_id: Whose.
        store_id: Home store.
        tier: By what the household spends.
        arm: Targeted or holdout.
        items: Due items on it.
        specials: Specials on it.
        face_cents: What they are worth as printed.
        changes: How often it was changed since.
        void: Whether it opens nothing any more.
    """

    list_number: int
    household_id: str
    store_id: str
    tier: str
    arm: str
    items: int
    specials: int
    face_cents: int
    changes: int
    void: bool


@dataclass(frozen=True)
class ListsView:
    """A plan's lists as a screen shows them.

    Args:
        plan_id: The plan.
        as_of_on: The day it was built as of.
        state: Where the plan stands.
        lists: How many lists it has.
        approved_at: When its lists were approved; None while they are not.
        approved_by: By whom.
        changed: How many lists were changed since.
        stores: Home stores of the lists.
        page: Some of them, by number.
    """

    plan_id: str
    as_of_on: date
    state: PlanState
    lists: int
    approved_at: datetime | None
    approved_by: str
    changed: int
    stores: tuple[str, ...]
    page: Page[ListRow]


def lists_view(
    warehouse: Warehouse,
    book: ListsBook,
    plan_id: str,
    *,
    stores: frozenset[str] | None,
    after: int = 0,
    chosen: Sequence[str] = (),
) -> ListsView:
    """Fifty lists of a plan, by number.

    Args:
        warehouse: Holds the plan.
        book: What became of its lists.
        plan_id: The plan.
        stores: Home stores whose lists may be seen; None for all.
        after: Lists with a greater number alone.
        chosen: These households alone; empty for all.

    Raises:
        ContractError: There is no such plan.
    """
    summary = plan_summary(warehouse, plan_id)
    conditions: list[tuple[str, str, Any]] = [("list_number", ">", after)]
    if stores is not None:
        conditions.append(("store_id", "in", sorted(stores)))
    if chosen:
        conditions.append(("household_id", "in", sorted(chosen)))
    rows: list[dict[str, Any]] = []
    for path in _files(warehouse, plan_id, "plan_lists"):
        rows += read_where(path, conditions, most=PAGE_ROWS + 1).to_pylist()  # a plan's lists lie by their number
    editions = book.list_editions(PlanId(plan_id))
    approval = book.list_approval(PlanId(plan_id))
    return ListsView(
        plan_id,
        summary.as_of_on,
        book.plan_state(PlanId(plan_id)) or PlanState.BUILT,
        summary.households,
        approval.approved_at if approval else None,
        approval.actor if approval else "",
        len({one.household_id for one in editions}),
        tuple(sorted(stores)) if stores is not None else _stores(warehouse, plan_id),
        page_of(_rows(warehouse, plan_id, rows, editions), [f"{row['list_number']}" for row in rows]),
    )


def list_neighbours(
    warehouse: Warehouse, plan_id: str, household_id: str, stores: frozenset[str] | None
) -> tuple[dict[str, Any], str, str] | None:
    """A list's row, and whose lists come before and after it; empty at either end. None if it may not be seen.

    Args:
        warehouse: Holds the plan.
        plan_id: The plan.
        household_id: Whose list.
        stores: Home stores whose lists may be seen; None for all.

    Raises:
        ContractError: There is no such plan.
    """
    found = plan_rows_of(warehouse, plan_id, "plan_lists", household_id)
    if not found or (stores is not None and found[0]["store_id"] not in stores):
        return None
    row = found[0]
    allowed: list[tuple[str, str, Any]] = [] if stores is None else [("store_id", "in", sorted(stores))]
    near = range(row["list_number"] - 1, row["list_number"] + 2)
    if stores is not None:
        near = range(max(1, row["list_number"] - 5_000), row["list_number"] + 5_000)
    ids: dict[int, str] = {}
    for path in _files(warehouse, plan_id, "plan_lists"):
        where = [("list_number", ">=", near.start), ("list_number", "<", near.stop), *allowed]
        for one in read_where(path, where).to_pylist():
            ids[one["list_number"]] = one["household_id"]
    before = [number for number in ids if number < row["list_number"]]
    after = [number for number in ids if number > row["list_number"]]
    return row, ids[max(before)] if before else "", ids[min(after)] if after else ""


def _rows(
    warehouse: Warehouse, plan_id: str, rows: Sequence[Mapping[str, Any]], editions: Sequence[ListEdition]
) -> list[ListRow]:
    own = ("household_id", "in", [row["household_id"] for row in rows])
    items = _counts(warehouse, plan_id, "plan_lines", [own])
    specials = _counts(warehouse, plan_id, "plan_grants", [own, *_grant_ids([row["list_number"] for row in rows])])
    changes = Counter(one.household_id for one in editions)
    newest = {one.household_id: one for one in editions}
    return [
        ListRow(
            row["list_number"],
            row["household_id"],
            row["store_id"],
            row["tier"],
            row["arm"],
            items[row["household_id"]],
            specials[row["household_id"]],
            row["face_cents"],
            changes[row["household_id"]],
            row["household_id"] in newest and newest[row["household_id"]].void,
        )
        for row in rows
    ]


def _counts(
    warehouse: Warehouse, plan_id: str, table_name: str, where: list[tuple[str, str, Any]]
) -> Counter[str]:
    """Rows of a table by household."""
    found: Counter[str] = Counter()
    for path in _files(warehouse, plan_id, table_name):
        rows = read_where(path, where, ["household_id"])
        found.update(rows["household_id"].to_pylist())
    return found


def _grant_ids(list_numbers: Sequence[int]) -> list[tuple[str, str, Any]]:
    """Between which ids the grants of some lists lie: an id begins with the list's number, in six digits or more."""
    first, last = (f"{edge:06d}" for edge in (min(list_numbers, default=0), max(list_numbers, default=0)))
    return [("grant_id", ">=", f"{first}-"), ("grant_id", "<", f"{last}.")] if len(first) == len(last) else []


def _stores(warehouse: Warehouse, plan_id: str) -> tuple[str, ...]:
    found: set[str] = set()
    for path in _files(warehouse, plan_id, "plan_lists"):
        found.update(
            read_where(path, [("list_number", ">", 0)], ["store_id", "list_number"])["store_id"]
            .unique()
            .to_pylist()
        )
    return tuple(sorted(found))


def _files(warehouse: Warehouse, plan_id: str, table_name: str) -> list[Any]:
    dataset = plan_dataset(plan_id, table_name)
    if not warehouse.has(dataset):
        raise ContractError(f"there is no plan {plan_id!r}", hint="build one with `regulars plan build`")
    return [file.path for file in warehouse.files(dataset)]
