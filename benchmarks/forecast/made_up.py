"""A second data set, made up with known rates: is what a store gets by default ever worse than the decayed count?

Run: ``python -m benchmarks.forecast.made_up [--households 500]``. Exit 1 where the default is worse than the count by
more than two standard errors in recall or NDCG, or in log-loss at all. Nothing here comes from a real shop. Three
shops differ in how needs come back:

* steady: on each day it shops a household buys each need with a chance of its own that never changes;
* moving: the same, but each of these chances is drawn anew once in 90 days on average;
* stocked: a need is bought when what was bought last has run out, after a gamma time of shape 4.

In the first two the true chance of a window of 14 days is known, ``1 - (1 - shops x buys)^14``, and its log-loss, which
no method can beat but by luck, stands beside. One more shop, with 60 households and six weeks, is too small for trees.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.adapters import DuckDBEngine, FolderWarehouse, arrow_schema
from regulars.contracts import Eligibility, table
from regulars.flows import NewFile, ProfileSettings, Publication, compare_forecasts, judged_closed
from regulars.kernel import bucket_of
from regulars.predict import AUTOMATIC, WINDOW_DAYS
from regulars.testing import SilentProgress

FIRST_ON = date(2018, 1, 1)
NEEDS, PRODUCTS_OF_NEED, FAVOURITE = 80, 3, 0.7
MOVES_DAILY = 1 / 90
BUCKETS = 8
DECIDED = ProfileSettings(Eligibility(), [], (), promotion_plan=False)
SETTINGS: dict[str, Any] = {"settings": DECIDED, "progress": SilentProgress()}

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shop:
    """What n households did on d days.

    Args:
        bought: Household, day, need; shape ``(n, d, 80)``.
        chances: True chance that each need is bought in the last 14 days, as known the day before; empty if unknown.
    """

    bought: Flags
    chances: Floats


def made_up(kind: str, households: int, days: int) -> Shop:
    """A shop of one kind; the same every time."""
    draw = np.random.default_rng(["steady", "moving", "stocked"].index(kind) + 1)
    shops = draw.beta(2, 5, size=(households, 1))
    popular = draw.gamma(1.0, 1.0, size=NEEDS)

    def chances() -> Floats:
        return np.minimum(draw.gamma(0.3, 0.6, size=(households, NEEDS)) * popular, 0.9)

    buys, left = chances(), np.zeros((households, NEEDS))
    lasts = 2 / np.maximum(buys, 1e-3)
    bought = np.zeros((households, days, NEEDS), dtype=np.bool_)
    known = np.empty((0, NEEDS))
    for day in range(days):
        if day == days - WINDOW_DAYS and kind != "stocked":
            known = 1 - (1 - shops * buys) ** WINDOW_DAYS
        if kind == "moving" and day < days - WINDOW_DAYS:
            buys = np.where(draw.random(buys.shape) < MOVES_DAILY, chances(), buys)
        here = draw.random((households, 1)) < shops
        if kind == "stocked":
            bought[:, day] = here & (left <= 0)
            left = np.where(bought[:, day], draw.gamma(4, lasts / 4), left) - 1
        else:
            bought[:, day] = here & (draw.random(buys.shape) < buys)
    return Shop(bought, known)


def loaded(root: Path, shop: Shop) -> FolderWarehouse:
    """The shop's lines and products as a warehouse."""
    draw = np.random.default_rng(0)
    household, day, need = (axis.astype(np.int64) for axis in np.nonzero(shop.bought))
    other = draw.integers(1, PRODUCTS_OF_NEED, size=len(need)) * (draw.random(len(need)) >= FAVOURITE)
    product = need * PRODUCTS_OF_NEED + (household + need + other) % PRODUCTS_OF_NEED
    names = np.array([f"household {number:05}" for number in range(len(shop.bought))])
    numbers = range(NEEDS * PRODUCTS_OF_NEED)
    return as_warehouse(
        root,
        {
            "household_id": names[household],
            "sold_on": (np.datetime64(FIRST_ON) + day).astype("datetime64[D]"),
            "line_number": need + 1,
            "product_id": np.char.add("p", product.astype(str)),
            "quantity_milli": np.full(len(need), 1_000),
            "amount_cents": np.full(len(need), 500),
        },
        {
            "product_id": [f"p{number}" for number in numbers],
            "category_id": [f"c{number // PRODUCTS_OF_NEED % 8}" for number in numbers],
            "need_id": [f"n{number // PRODUCTS_OF_NEED:02}" for number in numbers],
            "name": [f"made-up product {number}" for number in numbers],
        },
    )


def as_warehouse(root: Path, lines: dict[str, Any], products: dict[str, Any]) -> FolderWarehouse:
    """A warehouse of one store; what a household buys on a day is one transaction."""
    household, sold_on = lines["household_id"], lines["sold_on"]
    zeros = np.zeros(len(household), dtype=np.int64)
    columns = {
        **lines,
        "store_id": np.full(len(household), "s"),
        "lane_id": np.full(len(household), "1"),
        "transaction_id": np.char.add(np.char.add(household, " "), sold_on.astype(str)),
        **dict.fromkeys(("loyalty_discount_cents", "store_coupon_cents", "manufacturer_coupon_cents"), zeros),
        "version": zeros,
        "known_from_on": sold_on,
    }
    constant = {
        "vendor_id": "v",
        "department_id": "FOOD",
        "brand_kind": "national",
        "size_text": "",
        "name_composed": True,
        "known_from_on": sold_on.min().item(),
    }
    goods = {**products, **{name: [value] * len(products["name"]) for name, value in constant.items()}}
    names, places = np.unique(household, return_inverse=True)
    buckets = np.array([bucket_of(str(name), BUCKETS) for name in names])[places]
    warehouse = FolderWarehouse.create(root, buckets=BUCKETS)
    with warehouse.scratch() as folder:
        files = []
        months = sold_on.astype("datetime64[M]")
        for month in np.unique(months):
            for bucket in range(BUCKETS):
                rows = (months == month) & (buckets == bucket)
                if rows.any():
                    path = folder / f"{month}-{bucket}.parquet"
                    _write(path, "lines", {name: values[rows] for name, values in columns.items()})
                    files.append(NewFile(path, bucket, str(month)))
        _write(folder / "products.parquet", "products", goods)
        warehouse.publish(Publication({"lines": files, "products": [NewFile(folder / "products.parquet")]}))
    return warehouse


def _write(path: Path, table_name: str, columns: dict[str, Any]) -> None:
    schema = arrow_schema(table(table_name))
    rows = len(next(iter(columns.values())))
    arrays = [
        pa.array(columns[field.name]).cast(field.type) if field.name in columns else pa.nulls(rows, field.type)
        for field in schema
    ]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path)


def known_loss(shop: Shop, eligible_cents_weekly: int = 2_500, weeks: int = 8) -> float | None:
    """Log-loss of the true chances, over the needs of eligible households bought in the 182 days before."""
    if not len(shop.chances):
        return None
    before, after = shop.bought[:, :-WINDOW_DAYS], shop.bought[:, -WINDOW_DAYS:].any(axis=1)
    eligible = before[:, -7 * weeks :].sum(axis=(1, 2)) * 500 >= eligible_cents_weekly * weeks
    rows = before[:, -182:].any(axis=1) & eligible[:, None]
    said, bought = np.clip(shop.chances[rows], 1e-6, 1 - 1e-6), after[rows]
    return float(-np.log(np.where(bought, said, 1 - said)).mean())


def measured(kind: str, households: int, days: int) -> dict[str, Any]:
    """The default beside the decayed count and the plain frequency."""
    shop = made_up(kind, households, days)
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as folder:
        warehouse, engine = loaded(Path(folder) / "warehouse", shop), DuckDBEngine()

        def judge(as_of_on: date, method: str | None) -> Any:
            asked = partial(judged_closed, warehouse, engine, as_of_on=as_of_on, **SETTINGS)
            return asked(method_name=method or AUTOMATIC, apart=method is not None)

        as_of_on = FIRST_ON + timedelta(days=days - WINDOW_DAYS)
        compared = compare_forecasts(judge, [as_of_on], ["decayed-count", "personal-frequency"])
    found: dict[str, Any] = {"shop": kind, "households": households, "lines": int(shop.bought.sum())}
    found["need log_loss of the true chances"] = known_loss(shop)
    for row in compared.levels:
        measures = {name: row.means[name] for name in ("recall_at_20", "ndcg_at_10", "log_loss")}
        ahead = {one.measure: [one.difference, one.standard_error or 0.0] for one in row.differences}
        name = row.method if ahead else "default"
        found[f"{row.level} {name}"] = {
            **measures,
            **({"default ahead by": ahead} if ahead else {"is": row.method}),
        }
    return found


def shortcomings(found: dict[str, Any]) -> list[str]:
    """Where the default is worse than the decayed count."""
    worse = []
    for level in ("need", "product"):
        own = found[f"{level} default"]
        if own["is"] == "decayed-count":  # which is then not set beside itself
            continue
        count = found[f"{level} decayed-count"]
        if own["log_loss"] > count["log_loss"]:
            worse.append(f"{found['shop']}: {level} log_loss {own['log_loss']:.4f} above {count['log_loss']:.4f}")
        for name, (mean, error) in count["default ahead by"].items():
            if name in ("recall_at_20", "ndcg_at_10") and mean < -2 * error:
                worse.append(f"{found['shop']}: {level} {name} {mean:.4f} behind")
    return worse


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=500)
    given = parser.parse_args()
    shops = [measured(kind, given.households, 252) for kind in ("steady", "moving", "stocked")]
    shops.append(measured("moving", 60, 56))
    found = [one for shop in shops for one in shortcomings(shop)]
    print(json.dumps({"shops": shops, "worse": found}, indent=1))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
