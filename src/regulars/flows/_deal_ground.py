"""What deals and campaigns are judged against on a day: what is sold, where, and who gets a list."""

from __future__ import annotations

from datetime import date

import pyarrow.compute as pc

from regulars.contracts import Assumptions
from regulars.kernel import ContractError
from regulars.offers import Catalogue, DealGround, offer_step

from ._candidates import catalogue_of
from ._names import snapshot
from ._ports import Engine, Warehouse
from ._rows import read_rows


def read_catalogue(warehouse: Warehouse, engine: Engine, *, as_of_on: date) -> Catalogue:
    """Priced products as of a day.

    Args:
        warehouse: Holds the profiles of the day.
        engine: Runs the SQL.
        as_of_on: The day.

    Raises:
        ContractError: The day has no profiles.
    """
    facts = snapshot(as_of_on, "product_facts")
    if not warehouse.has(facts):
        raise ContractError(
            f"there are no profiles as of {as_of_on}, which say what is sold at which price",
            hint=f"run `regulars profiles build --as-of {as_of_on}` first",
        )
    names = {"products": "products", "class_tiers": "class_tiers", "product_facts": facts}
    sources = {name: [file.path for file in warehouse.files(dataset)] for name, dataset in names.items()}
    return catalogue_of(engine.query(offer_step("catalogue"), sources, {"as_of_on": as_of_on}))


def known_product_ids(warehouse: Warehouse) -> frozenset[str]:
    """All products of the source, priced or not."""
    return frozenset(read_rows(warehouse.files("products"), "products")["product_id"].to_pylist())


def deal_ground(
    warehouse: Warehouse, engine: Engine, assumptions: Assumptions, *, as_of_on: date, first_on: date
) -> DealGround:
    """What deals are judged against as of a day.

    Args:
        warehouse: Holds the profiles of the day.
        engine: Runs the SQL.
        assumptions: Margins.
        as_of_on: The day.
        first_on: First day of cycle 1.

    Raises:
        ContractError: The day has no profiles.
    """
    catalogue = read_catalogue(warehouse, engine, as_of_on=as_of_on)
    values = read_rows(warehouse.files(snapshot(as_of_on, "household_value")), "household_value")
    prices = read_rows(warehouse.files(snapshot(as_of_on, "shelf_prices")), "shelf_prices")
    stores = {*values["home_store_id"].to_pylist(), *prices["store_id"].to_pylist()}
    return DealGround(
        catalogue,
        known_product_ids(warehouse),
        frozenset(stores),
        pc.sum(values["eligible"]).as_py() or 0,
        assumptions,
        first_on,
        {},
    )
