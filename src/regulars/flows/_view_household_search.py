"""A household found by what somebody typed or scanned: a card, a list's code or number, its id or a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pyarrow.compute as pc
import pyarrow.parquet as pq

from regulars.ingest import Holding, holder
from regulars.kernel import digest_of

from ._household_rows import names_of, read_where, value_of
from ._names import plan_dataset
from ._ports import Warehouse
from ._unreadable import readable
from ._view_households import HouseholdBook

_FOUND_MAX = 20


class FoundBy(StrEnum):
    """By what a household was found."""

    ID = "id"
    CARD = "card"
    LIST_CODE = "list_code"
    LIST_NUMBER = "list_number"
    NAME = "name"


@dataclass(frozen=True)
class HouseholdFound:
    """One household that answers to what was typed.

    Args:
        household_id: Its id.
        name: Its name; empty where the source has none.
        store_id: Its home store; empty where it has none.
        found_by: By what.
    """

    household_id: str
    name: str
    store_id: str
    found_by: FoundBy


def find_households(
    warehouse: Warehouse,
    book: HouseholdBook,
    text: str,
    *,
    as_of_on: date,
    today: date,
    plan_id: str | None,
    stores: frozenset[str] | None,
) -> tuple[HouseholdFound, ...]:
    """Households that answer to a card, a list code, a list's number, an id or a name; twenty at most.

    Args:
        warehouse: Holds cards, names and profiles.
        book: Knows list codes.
        text: What was typed or scanned.
        as_of_on: Day of the profiles.
        today: The stores' business day: whose a card is.
        plan_id: The plan whose list numbers are meant; None for none.
        stores: Home stores whose households may be seen; None for all.
    """
    wanted = text.strip()
    digits = wanted.replace(" ", "")
    if not wanted:
        return ()
    found: dict[str, FoundBy] = {}
    opened = book.open_list(digest_of(digits)) if digits.isdigit() and len(digits) >= 13 else None
    if opened is not None:
        found[opened.found.household_id] = FoundBy.LIST_CODE
    found.setdefault(wanted, FoundBy.ID)
    card_holder = _card_holder(warehouse, digits, today)
    if card_holder is not None:
        found.setdefault(card_holder, FoundBy.CARD)
    if plan_id is not None and digits.isdigit() and len(digits) <= 9:
        for one in _of_list_number(warehouse, plan_id, int(digits)):
            found.setdefault(one, FoundBy.LIST_NUMBER)
    for one in _of_name(warehouse, wanted):
        found.setdefault(one, FoundBy.NAME)
    names = names_of(warehouse, found)
    hits = []
    for household_id, by in found.items():
        value = value_of(warehouse, household_id, as_of_on)
        if value is not None and (stores is None or value["home_store_id"] in stores):
            hits.append(HouseholdFound(household_id, names.get(household_id, ""), value["home_store_id"], by))
    return tuple(hits[:_FOUND_MAX])


def _card_holder(warehouse: Warehouse, card_id: str, today: date) -> str | None:
    holdings: list[Holding] = []
    for file in warehouse.files("cards"):
        for row in read_where(file.path, [("card_id", "=", card_id)]).to_pylist():
            holdings.append(Holding(row["household_id"], row["from_on"], row["until_on"]))
    return holder(holdings, today)


def _of_list_number(warehouse: Warehouse, plan_id: str, number: int) -> list[str]:
    found: list[str] = []
    for file in warehouse.files(plan_dataset(plan_id, "plan_lists")):
        found += read_where(file.path, [("list_number", "=", number)], ["household_id", "list_number"])[
            "household_id"
        ].to_pylist()
    return found


def _of_name(warehouse: Warehouse, text: str) -> list[str]:
    """Households whose name holds a text, first by id; one column of names is read, whatever else is known."""
    found: list[str] = []
    for file in warehouse.files("households"):
        with readable(file.path):
            rows = pq.read_table(file.path, columns=["household_id", "name"], partitioning=None)
        named = rows.filter(pc.match_substring(rows["name"], text, ignore_case=True))
        found += named["household_id"].slice(0, _FOUND_MAX).to_pylist()
    return found[:_FOUND_MAX]
