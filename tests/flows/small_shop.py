"""A shop of a dozen households over half a year, small enough to be judged by hand-written loops."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.adapters import DuckDBEngine, FolderWarehouse, arrow_schema
from regulars.contracts import Eligibility, LayoutDepartment, table
from regulars.flows import NewFile, ProfileSettings, Publication
from regulars.kernel import bucket_of
from regulars.testing import SilentProgress

AS_OF = date(2017, 6, 5)
FIRST = date(2017, 1, 2)
DAYS = 180
CLOSED = "medicine"
UNKNOWN = "not in the product file"

Row = dict[str, Any]


DECIDED = ProfileSettings(
    Eligibility(weekly_spend_cents=2_500, weeks=8),
    [LayoutDepartment("FUEL", "Fuel", merchandise=False), LayoutDepartment("FOOD", "Food")],
    [CLOSED],
)
SETTINGS: dict[str, Any] = {"settings": DECIDED, "progress": SilentProgress()}


def deciding(**changes: Any) -> dict[str, Any]:
    """`SETTINGS` of a store that decides something otherwise."""
    return {**SETTINGS, "settings": replace(DECIDED, **changes)}


def products() -> list[Row]:
    """Eighteen foods in six needs, two medicines in food and one at the pump, one petrol."""
    foods = [(f"p{place:02}", "FOOD", f"C{place % 3}", f"N{place % 6}") for place in range(18)]
    apart = [
        ("aspirin", "FOOD", "C0", "PAIN"),
        ("pump pills", "FUEL", "C9", "PAIN"),
        ("petrol", "FUEL", "C9", "GAS"),
    ]
    return [
        {
            "product_id": product,
            "vendor_id": "v",
            "department_id": department,
            "category_id": category,
            "need_id": need,
            "brand_kind": "own" if place % 4 == 0 else "national",
            "size_text": "",
            "name": product,
            "name_composed": True,
            "known_from_on": FIRST,
        }
        for place, (product, department, category, need) in enumerate([*foods, *apart])
    ]


def class_tiers() -> list[Row]:
    """Painkillers are medicine, wherever they are sold."""
    classes = [("FOOD", "C0", "PAIN"), ("FUEL", "C9", "PAIN")]
    return [
        {"department_id": department, "category_id": category, "need_id": need, "tier": CLOSED}
        for department, category, need in classes
    ]


def lines() -> list[Row]:
    """Each household has its own pace and its own favourites; h10 spends enough only with its medicine."""
    random = Random(20170605)
    rows = []
    for place in range(12):
        household = f"h{place}"
        pace = 2 + place % 5
        favourites = random.sample(range(18), 8)
        for offset in range(place % 3, DAYS, pace):
            chosen = [
                f"p{item:02}" for rank, item in enumerate(favourites) if random.random() < 0.7 / (1 + rank / 3)
            ]
            if place == 10:
                chosen = [*chosen[:1], "aspirin", "pump pills"]
            elif random.random() < 0.2:
                chosen += ["petrol", "aspirin", UNKNOWN]
            rows += _transaction(household, FIRST + timedelta(days=offset), chosen, place)
    return rows


def _transaction(household: str, day: date, chosen: list[str], place: int) -> list[Row]:
    price = {"aspirin": 700, "pump pills": 650, UNKNOWN: 120}
    return [
        {
            "household_id": household,
            "store_id": f"s{place % 2}",
            "lane_id": "1",
            "sold_on": day,
            "transaction_id": f"{household}-{day}",
            "line_number": number,
            "sold_at": None,
            "product_id": product,
            "quantity_milli": 1000 * (1 + number % 2),
            "amount_cents": price.get(product, 300 + 10 * len(product) + 7 * number),
            "loyalty_discount_cents": 0,
            "store_coupon_cents": 0,
            "manufacturer_coupon_cents": 0,
            "returned_receipt": None,
            "version": 0,
            "known_from_on": day,
        }
        for number, product in enumerate(chosen, 1)
    ]


def stocked(root: Path, rows: list[Row], *, buckets: int = 3, settle: bool = True) -> FolderWarehouse:
    """A warehouse with the shop's products, tiers and the lines given, cut by bucket and month."""
    warehouse = FolderWarehouse.create(root, buckets=buckets)
    parts: dict[tuple[int, str], list[Row]] = {}
    for row in rows:
        household = row["household_id"]
        bucket = -1 if household is None else bucket_of(household, buckets)
        parts.setdefault((bucket, row["sold_on"].isoformat()[:7]), []).append(row)
    with warehouse.scratch() as folder:
        files = []
        for number, ((bucket, period), part) in enumerate(sorted(parts.items())):
            files.append(NewFile(_written(folder / f"{number}.parquet", "lines", part), bucket, period))
        replace: dict[str, list[NewFile]] = {"lines": files}
        if settle:
            replace["products"] = [NewFile(_written(folder / "products.parquet", "products", products()))]
            replace["class_tiers"] = [NewFile(_written(folder / "tiers.parquet", "class_tiers", class_tiers()))]
        warehouse.publish(Publication(replace))
    return warehouse


def engine() -> DuckDBEngine:
    """The real engine."""
    return DuckDBEngine(threads=2)


def digests(warehouse: FolderWarehouse, dataset: str) -> list[tuple[int | None, int, str]]:
    """Bucket, rows and digest of each file of a dataset."""
    return [(file.bucket, file.rows, file.sha256) for file in warehouse.files(dataset)]


def rows_of(warehouse: FolderWarehouse, dataset: str) -> list[Row]:
    """All rows of a dataset, in a fixed order."""
    found = [row for file in warehouse.files(dataset) for row in pq.read_table(file.path).to_pylist()]
    return sorted(found, key=lambda row: [str(value) for value in row.values()])


def _written(path: Path, table_name: str, rows: list[Row]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows, schema=arrow_schema(table(table_name))), path)
    return path
