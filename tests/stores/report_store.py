"""A small store in a real warehouse, with a plan of four lists: every figure of its report can be counted by hand."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.adapters import FolderWarehouse, arrow_schema
from regulars.contracts import Assumptions, LayoutDepartment, ListPolicy, table
from regulars.flows import NewFile, Publication, ReportSettings, plan_dataset, snapshot
from regulars.kernel import Cycle, Period, PlanId
from regulars.offers import SensitivePolicy

DAY = date(2017, 11, 27)
PLAN = PlanId("2017-11-27-0a1b2c3d")
SETTINGS = ReportSettings(
    store_name="Corner Store",
    cycle=Cycle(24, Period(DAY, date(2017, 12, 11))),
    demonstration=True,
    assumptions=Assumptions("assumed", {"": 28, "DELI": 42}, store_markdown_cents=60_000),
    policy=ListPolicy(),
    departments=(LayoutDepartment("GROCERY", "Pantry"), LayoutDepartment("GROCERY", "Milk", categories=("MILK",))),
    sensitive=SensitivePolicy(),
)
_PLAIN: dict[str, Any] = {
    "text": "", "integer": 0, "double": 0.0, "boolean": False, "date": date(2017, 1, 2), "timestamp": None,
}  # fmt: skip


def _lines() -> list[dict[str, Any]]:
    rows = [
        ("h1", "s1", "P1", 200, date(2017, 11, 1)),
        ("h1", "s1", "P2", 300, date(2017, 11, 1)),
        ("h2", "s2", "P1", 250, date(2017, 11, 20)),
        (None, "s2", "P1", 150, date(2017, 11, 20)),  # no card
        ("h3", "s1", "unknown", 400, date(2017, 11, 26)),  # in no product file
        ("h4", "s1", "FUEL", 5_000, date(2017, 11, 26)),  # no merchandise
        ("h1", "s1", "P1", 999, date(2017, 11, 27)),  # sold on the day itself: too late
    ]
    return [
        {
            "household_id": household, "store_id": store, "product_id": product, "amount_cents": cents,
            "sold_on": day, "known_from_on": day, "transaction_id": str(number), "line_number": 1,
        }
        for number, (household, store, product, cents, day) in enumerate(rows)
    ]  # fmt: skip


def _grants() -> list[dict[str, Any]]:
    rows = [
        ("h1", "O1", 1, "V1", "due", "targeted", 100, 100, 0.5),
        ("h1", "O2", 1, "store", "usual", "targeted", 60, 0, 0.25),
        ("h2", "O1", 2, "V1", "usual", "targeted", 200, 150, 0.25),
        ("h3", "O2", 1, "store", "suggestion", "targeted", 60, 0, 0.125),
        ("h4", "O1", 1, "V1", "suggestion", "holdout", 100, 100, 0.5),
    ]
    return [
        {
            "grant_id": str(number), "household_id": household, "offer_id": offer, "level": level,
            "vendor_id": vendor, "kind": kind, "arm": arm, "face_cents": face, "funding_cents": funding,
            "redemptions": used,
        }
        for number, (household, offer, level, vendor, kind, arm, face, funding, used) in enumerate(rows)
    ]  # fmt: skip


def _datasets() -> dict[str, list[dict[str, Any]]]:
    def of_day(name: str) -> str:
        return snapshot(DAY, name)

    def of_plan(name: str) -> str:
        return plan_dataset(PLAN, name)

    cells = [
        ("h1", "MILK", "national", "heavy", 500),
        ("h2", "MILK", "national", "heavy", 300),
        ("h3", "MILK", "own", "light", 40),
        ("h1", "ANALGESICS", "switcher", "medium", 70),
        ("h1", "BEER", "national", "heavy", 9_000),
    ]
    due = [("h1", 1, "WHITE MILK", "P1"), ("h1", 2, "BREAD", "P2"), ("h2", 1, "WHITE MILK", "P1"),
           ("h4", 1, "WHITE MILK", "P1")]  # fmt: skip
    lists = [("h1", "targeted", "best", 160), ("h2", "targeted", "small", 200), ("h3", "targeted", "small", 60),
             ("h4", "holdout", "best", 100)]  # fmt: skip
    return {
        "lines": _lines(),
        "products": [{"product_id": "P1", "name_composed": True}, {"product_id": "P2"}],
        "deals": [{"deal_id": "D1", "synthetic": True}],
        "findings": [{"rule": "bad-date", "line": n} for n in range(3)] + [{"rule": "no-amount", "line": 9}],
        of_day("product_classes"): [
            {"product_id": "P1", "department_id": "GROCERY", "category_id": "MILK", "counts_as_spend": True},
            {"product_id": "P2", "department_id": "GROCERY", "category_id": "BREAD", "counts_as_spend": True},
            {"product_id": "FUEL", "department_id": "FUEL", "counts_as_spend": False},
            {"product_id": "B1", "department_id": "GROCERY", "category_id": "BEER", "tier": "alcohol"},
        ],
        of_day("household_value"): [],
        of_day("household_cells"): [
            {"household_id": h, "category_id": c, "brand_module": b, "usage_module": u, "amount_cents": a}
            for h, c, b, u, a in cells
        ],
        of_plan("plan_lists"): [
            {"household_id": h, "list_number": n, "arm": arm, "tier": tier, "face_cents": face}
            for n, (h, arm, tier, face) in enumerate(lists, start=1)
        ],
        of_plan("plan_lines"): [
            {"household_id": h, "rank": rank, "need_id": need, "product_id": product, "department_id": "GROCERY"}
            for h, rank, need, product in due
        ],
        of_plan("plan_grants"): _grants(),
        of_plan("plan_levels"): [
            {"offer_id": "O1", "level": 1, "face_micros": 1_000_000, "funding_micros": 1_000_000},
            {"offer_id": "O1", "level": 2, "face_micros": 2_000_000, "funding_micros": 1_500_000},
            {"offer_id": "O2", "level": 1, "face_micros": 600_000, "funding_micros": 0},
        ],
        of_plan("plan_offers"): [
            {"offer_id": "O1", "vendor_id": "V1", "distributions_max": 3, "vendor_budget_micros": 2_750_000},
            {"offer_id": "O1.b", "vendor_id": "V1", "distributions_max": 1, "vendor_budget_micros": 259_999},
            {"offer_id": "O2", "vendor_id": "store"},
        ],
        of_plan("plan_limits"): [
            {"scope": "category", "id": "MILK", "max_count": 2},
            {"scope": "store", "id": "all", "budget_micros": 7_000_000},
            {"scope": "vendor", "id": "V1", "budget_micros": 5_500_000},
        ],
        of_plan("plan_terms"): [
            {"offer_id": "O1", "level": 1, "deal_id": "D1", "name": "Milk, money off", "synthetic": True},
            {"offer_id": "O1", "level": 2, "deal_id": "D1", "name": "Milk, money off", "synthetic": True},
            {"offer_id": "O1.b", "level": 1, "deal_id": "D1", "name": "Milk, money off", "synthetic": True},
            {"offer_id": "O2", "level": 1, "deal_id": "coupon-2", "name": "Bread", "synthetic": True},
        ],
    }  # fmt: skip


def small_store(folder: Path) -> FolderWarehouse:
    warehouse = FolderWarehouse.create(folder / "warehouse", buckets=1)
    with warehouse.scratch() as scratch:
        files = {}
        for place, (dataset, rows) in enumerate(_datasets().items()):
            path = scratch / f"{place}.parquet"
            pq.write_table(_whole(dataset.rpartition("/")[2], rows), path)
            files[dataset] = [NewFile(path)]
        facts = {snapshot(DAY, "household_value"): {"households": "5", "households_eligible": "4"}}
        warehouse.publish(Publication(files, facts))
    return warehouse


def small_run(folder: Path) -> Path:
    """A print run's folder: the manifest alone, for the pictures are the page maker's."""
    folder.mkdir(parents=True)
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("file", "page", "household_id", "list_code", "qr_payload", "sha256"))
        writer.writerows(("lists-0001.pdf", n, f"h{n}", "", "", "") for n in range(1, 5))
    return folder


def _whole(name: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    plain = {column.name: None if column.nullable else _PLAIN[column.type] for column in table(name).columns}
    return pa.Table.from_pylist([{**plain, **row} for row in rows], schema=arrow_schema(table(name)))
