"""A second real data set: 18 months of orders of a record shop, as far from groceries as buying again can be.

Run: ``python -m benchmarks.forecast.records``, where the package lifetimes is installed (``pip install lifetimes``): it
holds CDNOW, the 23,570 customers who first ordered in the first quarter of 1997 and all they ordered until June 1998
(Fader and Hardie, 2001). All is one need and one product, most customers order once or twice, and nobody is on a
cycle. Judged is the chance that a customer who ordered within 182 days orders within 14, at four cut-offs. Beside our
methods stands BG/NBD of lifetimes (Fader, Hardie and Lee, 2005), the usual model for these data; its expected number
of orders x becomes the chance ``1 - e^-x``. Exit 1 where the default is behind the decayed count.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import tempfile
import time
import warnings
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt
from benchmarks.forecast.made_up import DECIDED, SETTINGS, as_warehouse
from scipy.stats import rankdata

from regulars.adapters import DuckDBEngine
from regulars.contracts import Eligibility
from regulars.flows import judged_closed
from regulars.predict import AUTOMATIC, WINDOW_DAYS, ForecastQuality

CUT_OFFS = (date(1997, 9, 1), date(1997, 11, 24), date(1998, 2, 16), date(1998, 5, 11))
METHODS = (AUTOMATIC, "decayed-count", "personal-frequency", "gamma-poisson", "boosted-trees")
EVERYBODY = Eligibility(weekly_spend_cents=1, weeks=26)

Orders = tuple[npt.NDArray[np.str_], npt.NDArray[np.datetime64], npt.NDArray[np.int64], npt.NDArray[np.int64]]


def orders() -> Orders:
    """Customer, day, units and cents of each order; those of a day are one."""
    found = importlib.util.find_spec("lifetimes")
    if found is None or found.origin is None:
        raise SystemExit("install the package lifetimes first: it holds the orders")
    text = (Path(found.origin).parent / "datasets" / "CDNOW_master.txt").read_text().splitlines()[1:]
    rows = [line.split() for line in text if line.strip()]
    days = [f"{day[:4]}-{day[4:6]}-{day[6:]}" for _, day, _, _ in rows]
    keys, places = np.unique([f"{row[0]} {day}" for row, day in zip(rows, days, strict=True)], return_inverse=True)
    units = np.bincount(places, weights=[int(row[2]) for row in rows]).astype(np.int64)
    cents = np.bincount(places, weights=[round(float(row[3]) * 100) for row in rows]).astype(np.int64)
    paid = (units > 0) & (cents > 0)
    customers, sold_on = np.char.partition(keys[paid], " ")[:, [0, 2]].T
    return customers, sold_on.astype("datetime64[D]"), units[paid], cents[paid]


def of_bg_nbd(bought: Orders, day: date) -> dict[str, float]:
    """BG/NBD of lifetimes, fitted on all orders before the day, judged on the same customers."""
    from lifetimes import BetaGeoFitter

    customers, sold_on, _, _ = bought
    names, places = np.unique(customers, return_inverse=True)
    begin = np.datetime64(day)
    past = sold_on < begin
    first, last = np.full(len(names), begin), np.full(len(names), np.datetime64("1990-01-01"))
    np.minimum.at(first, places[past], sold_on[past])
    np.maximum.at(last, places[past], sold_on[past])
    known = first < begin
    again = np.bincount(places[past], minlength=len(names))[known] - 1
    recency, age = ((one - first[known]).astype(int) / 7 for one in (last[known], begin))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = BetaGeoFitter().fit(again, recency, age)
        expected = model.conditional_expected_number_of_purchases_up_to_time(WINDOW_DAYS / 7, again, recency, age)
    asked = (last[known] >= begin - np.timedelta64(182, "D")).ravel()
    later = (sold_on >= begin) & (sold_on < begin + np.timedelta64(WINDOW_DAYS, "D"))
    came = np.isin(names[known], customers[later])[asked]
    return _measures(np.clip(1 - np.exp(-np.asarray(expected)[asked]), 1e-6, 1 - 1e-6), came)


def _measures(said: npt.NDArray[np.float64], came: npt.NDArray[np.bool_]) -> dict[str, float]:
    ranks, hits = rankdata(said), came.sum()
    return {
        "customers": float(len(said)),
        "log_loss": float(-np.log(np.where(came, said, 1 - said)).mean()),
        "auc": float((ranks[came].sum() - hits * (hits + 1) / 2) / hits / (len(said) - hits)),
        "said": float(said.mean()),
        "came": float(came.mean()),
    }


def _ours(judged: tuple[ForecastQuality, Any]) -> dict[str, float]:
    need = next(level for level in judged[0].levels if level.level == "need")
    return {
        "customers": float(need.households),
        "log_loss": need.log_loss,
        "auc": need.auc or 0.5,
        "said": need.first_ten_said,
        "came": need.first_ten_happened,
    }


def main() -> int:
    bought = orders()
    customers, sold_on, units, cents = bought
    lines = {
        "household_id": customers,
        "sold_on": sold_on,
        "line_number": np.ones(len(units), dtype=np.int64),
        "product_id": np.full(len(units), "record"),
        "quantity_milli": units * 1_000,
        "amount_cents": cents,
    }
    products = {"product_id": ["record"], "category_id": ["music"], "need_id": ["records"], "name": ["a record"]}
    found: dict[str, Any] = {"BG/NBD (lifetimes)": [of_bg_nbd(bought, day) for day in CUT_OFFS]}
    settings = {**SETTINGS, "settings": replace(DECIDED, eligibility=EVERYBODY)}
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as folder:
        warehouse, engine = as_warehouse(Path(folder) / "warehouse", lines, products), DuckDBEngine()
        for method in METHODS:
            begin = time.process_time()
            found[method] = [
                _ours(
                    judged_closed(
                        warehouse,
                        engine,
                        as_of_on=day,
                        method_name=method,
                        apart=method != AUTOMATIC,
                        **settings,
                    )
                )
                for day in CUT_OFFS
            ]
            print(f"{method}: {time.process_time() - begin:.0f} CPU seconds", file=sys.stderr)
    means = {
        name: {one: fmean(entry[one] for entry in entries) for one in entries[0]}
        for name, entries in found.items()
    }
    print(json.dumps({"mean": means, "cut_offs": found}, indent=1))
    return int(means[AUTOMATIC]["log_loss"] > means["decayed-count"]["log_loss"])


if __name__ == "__main__":
    sys.exit(main())
