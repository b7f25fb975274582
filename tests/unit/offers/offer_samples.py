"""Small deals and catalogues the tests of offers share."""

from __future__ import annotations

from datetime import date
from typing import Any

from regulars.contracts import Deal, DealKind, Ladder
from regulars.kernel import (
    CategoryId,
    Cycle,
    DealId,
    DepartmentId,
    NeedId,
    Period,
    ProductId,
    VendorId,
)
from regulars.offers import Catalogue, CatalogueProduct

CYCLE = Cycle(24, Period(date(2017, 11, 27), date(2017, 12, 11)))
AS_OF = CYCLE.period.from_on
LONG = Period(date(2017, 11, 1), date(2018, 1, 1))


def product(name: str, price_cents: int = 200, **changes: Any) -> CatalogueProduct:
    fields: dict[str, Any] = {
        "product_id": ProductId(name),
        "vendor_id": VendorId("v1"),
        "department_id": DepartmentId("FOOD"),
        "category_id": CategoryId("CHIPS"),
        "need_id": NeedId("POTATO CHIPS"),
        "brand_kind": "national",
        "tier": "",
        "price_cents": price_cents,
        "households": 10,
    }
    return CatalogueProduct(**{**fields, **changes})


def catalogue(*products: CatalogueProduct) -> Catalogue:
    return Catalogue.of(products)


def deal(*product_ids: str, **changes: Any) -> Deal:
    fields: dict[str, Any] = {
        "deal_id": DealId("d1"),
        "name": "Chips",
        "vendor_id": VendorId("v1"),
        "kind": DealKind.PERCENT_OFF,
        "rungs": (Ladder(percent=15), Ladder(percent=25), Ladder(percent=40)),
        "funding_percent": 100,
        "fee_cents": 8,
        "product_ids": frozenset(ProductId(name) for name in product_ids),
        "store_ids": frozenset(),
        "period": LONG,
        "known_from_on": "2017-11-01",
    }
    return Deal(**{**fields, **changes})


def deal_row(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "deal_id": "d1",
        "name": "Chips",
        "vendor_id": "v1",
        "kind": "percent_off",
        "rungs": '[{"percent": 15}, {"percent": 25}]',
        "funding_percent": 100,
        "fee_cents": 8,
        "department_id": None,
        "category_id": "CHIPS",
        "need_id": None,
        "brand_kind": None,
        "product_ids": None,
        "store_ids": None,
        "from_on": LONG.from_on,
        "until_on": LONG.until_on,
        "budget_cents": None,
        "distributions_max": None,
        "distributions_min": 0,
        "make_good_cents": 0,
        "state": "approved",
        "thank_you": False,
        "exclusive": False,
        "synthetic": False,
        "known_from_on": date(2017, 11, 1),
    }
    return {**row, **changes}
