"""From forecast to frozen plan at 40,000 households and 2,000 offers: minutes and memory of one build.

Households are those of a demonstration workspace (Complete Journey), copied under new ids until there are as many;
offers are made up, one of each vendor's goods for a need. Run:
``python -m benchmarks.allocation.end_to_end --workspace demo --as-of 2017-11-27``. Exit 1 if the plan is not published.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from regulars.adapters import FolderWarehouse
from regulars.bootstrap import Workspace
from regulars.bootstrap._bound import plan_settings
from regulars.flows import NewFile, Publication, Warehouse, build_plan, snapshot
from regulars.flows._rows import contract_schema, read_rows
from regulars.kernel import bucket_of
from regulars.testing import SilentProgress

BUCKETS = 64
BY_HOUSEHOLD = ("household_value", "household_products", "household_needs", "forecast", "household_cells")
WHOLE = ("shelf_prices", "product_facts")


def copy_households(source: Warehouse, target: FolderWarehouse, as_of_on: date, wanted: int, folder: Path) -> int:
    """Publish the snapshot tables of the eligible households, each copied so often; returns how many there are."""
    value = read_rows(source.files(snapshot(as_of_on, "household_value")), "household_value")
    ids = value.filter(value["eligible"])["household_id"].to_pylist()
    copies = -(-wanted // len(ids))
    by_bucket: dict[int, list[tuple[str, str]]] = defaultdict(list)
    pairs = [(one, f"{one}-{copy:03}") for copy in range(copies) for one in ids][:wanted]
    for one, name in pairs:
        by_bucket[bucket_of(name, BUCKETS)].append((one, name))
    for table_name in BY_HOUSEHOLD:
        rows = read_rows(source.files(snapshot(as_of_on, table_name)), table_name).sort_by("household_id")
        owner = rows["household_id"].combine_chunks().dictionary_encode()
        begins = np.searchsorted(owner.indices.to_numpy(), np.arange(len(owner.dictionary) + 1))
        place = {one: n for n, one in enumerate(owner.dictionary.to_pylist())}
        files = []
        for bucket, its in sorted(by_bucket.items()):
            runs = [(place[one], name) for one, name in its if one in place]
            if not runs:
                continue
            taken = np.concatenate([np.arange(begins[n], begins[n + 1]) for n, _ in runs])
            names = pa.array([name for _, name in runs]).take(
                pa.array(np.repeat(np.arange(len(runs)), [begins[n + 1] - begins[n] for n, _ in runs]))
            )
            part = rows.take(pa.array(taken))
            part = part.set_column(part.schema.get_field_index("household_id"), "household_id", names)
            path = folder / f"{table_name}-{bucket}.parquet"
            pq.write_table(part, path)
            files.append(NewFile(path, bucket))
        target.publish(Publication({snapshot(as_of_on, table_name): files}))
    return len(pairs)


def made_up_deals(source: Warehouse, as_of_on: date, wanted: int) -> pa.Table:
    """Deals that become so many offers: the best sellers of each vendor and need, at about one price."""
    facts = read_rows(source.files(snapshot(as_of_on, "product_facts")), "product_facts")
    facts = facts.filter(pc.and_(pc.is_valid(facts["price_cents"]), pc.invert(facts["price_varies"])))
    products = {row["product_id"]: row for row in read_rows(source.files("products"), "products").to_pylist()}
    groups: dict[tuple[str, str, str], list[tuple[int, int, str]]] = defaultdict(list)
    for row in facts.to_pylist():
        product = products.get(row["product_id"])
        if product and product["need_id"] and product["category_id"] and 100 <= row["price_cents"] <= 1_200:
            key = (product["vendor_id"], product["category_id"], product["need_id"])
            groups[key].append((-row["households"], row["price_cents"], row["product_id"]))
    ranked = sorted(groups.items(), key=lambda item: (sum(n for n, _, _ in item[1]), item[0]))[:wanted]
    draw = np.random.default_rng(1)
    rows = []
    for number, ((vendor, _, _), goods) in enumerate(ranked):
        price = min(goods)[1]
        alike = sorted(one for _, cents, one in goods if abs(cents - price) * 10 <= price)
        by_store = draw.random() < 0.15
        rows.append({
            "deal_id": f"made-up-{number:04}", "name": f"Made-up {number}",
            "vendor_id": "store" if by_store else vendor,
            "kind": "percent_off", "rungs": '[{"percent": 15}, {"percent": 25}, {"percent": 40}]',
            "funding_percent": 0 if by_store else 100, "fee_cents": 0 if by_store else 8,
            "product_ids": json.dumps(alike), "from_on": as_of_on - timedelta(days=30),
            "until_on": as_of_on + timedelta(days=60), "distributions_min": 0,
            "budget_cents": int(draw.integers(20_000, 400_000)) if draw.random() < 0.4 else None,
            "distributions_max": int(draw.integers(1_000, 8_000)) if draw.random() < 0.3 else None,
            "make_good_cents": 0, "state": "approved", "synthetic": True,
            "known_from_on": as_of_on - timedelta(days=60),
        })  # fmt: skip
    return pa.Table.from_pylist(rows, schema=contract_schema("deals"))


def prepare(workspace: Path, as_of_on: date, households: int, offers: int, root: Path) -> None:
    """Write the warehouse that is built from."""
    target = FolderWarehouse.create(root, buckets=BUCKETS)
    with Workspace.open(workspace) as opened, target.scratch() as folder:
        source = opened.warehouse
        copy_households(source, target, as_of_on, households, folder)
        tables = {snapshot(as_of_on, name): name for name in WHOLE} | {
            name: name for name in ("products", "class_tiers")
        }
        for dataset, name in tables.items():
            path = folder / f"{name}.parquet"
            pq.write_table(read_rows(source.files(dataset), name), path)
            target.publish(Publication({dataset: [NewFile(path)]}))
        path = folder / "deals.parquet"
        pq.write_table(made_up_deals(source, as_of_on, offers), path)
        target.publish(Publication({"deals": [NewFile(path)]}))


def build(workspace: Path, as_of_on: date, root: Path) -> dict[str, object]:
    """Build the plan in this process and say what it took."""
    with Workspace.open(workspace) as opened:
        settings = plan_settings(opened, as_of_on)
        settings = replace(settings, assumptions=replace(settings.assumptions, store_markdown_cents=4_000_000,
                                                         vendor_budget_cents=None), last_plan_id=None)  # fmt: skip
        wall, cpu = time.perf_counter(), time.process_time()
        summary = build_plan(
            FolderWarehouse(root), opened.engine, settings=settings, keys=opened.keys, progress=SilentProgress(),
            workers=2,
        )  # fmt: skip
    return {
        "households": summary.households, "offers": summary.offers, "grants": summary.grants,
        "share_of_bound": summary.share_of_bound, "shortfalls": summary.shortfalls,
        "minutes": round((time.perf_counter() - wall) / 60, 1), "cpu_seconds": round(time.process_time() - cpu),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
    }  # fmt: skip


def main() -> int:
    """Prepare, then build in a process of its own; print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, default=Path("demo"))
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2017, 11, 27))
    parser.add_argument("--households", type=int, default=40_000)
    parser.add_argument("--offers", type=int, default=2_000)
    parser.add_argument("--build", type=Path, help="build from this warehouse; used by the benchmark itself")
    arguments = parser.parse_args()
    if arguments.build:
        print(json.dumps(build(arguments.workspace, arguments.as_of, arguments.build), indent=1))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "warehouse"
        prepare(arguments.workspace, arguments.as_of, arguments.households, arguments.offers, root)
        command = [sys.executable, "-m", "benchmarks.allocation.end_to_end", "--workspace", str(arguments.workspace),
                   "--as-of", arguments.as_of.isoformat(), "--build", str(root)]  # fmt: skip
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
