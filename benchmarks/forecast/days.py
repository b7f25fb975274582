"""When needs are bought next, who shops, and which product of a need: how the forecast's other answers came true.

Run: ``python -m benchmarks.forecast.days [--as-of DATE...]``, after or instead of ``benchmarks.forecast.run``, whose
workspace it shares. Exit 1 below a bar. What happened is counted here from the loaded lines, by code that shares
nothing with the product but the choice of departments.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import fmean
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
from benchmarks.forecast.run import NOT_MERCHANDISE, WORKSPACE, prepare, settings

from regulars.bootstrap import Workspace
from regulars.flows import household_chances_dataset, run_forecast

FOLLOWED_DAYS = 84
DAY_CUT_OFFS = (date(2017, 10, 2), date(2017, 9, 4))
"""Days that can be followed for 84 days; the bars of error and order hold at the first, those of intervals at both."""
ERROR_MAX, CONCORDANCE_MIN, COVER = 24.1, 0.668, (0.78, 0.82)
SHOPS_AUC_MIN, SHOPS_LOSS_MAX, FIRST_CHOICE_MIN = 0.853, 0.426, 0.511

Floats = npt.NDArray[np.float64]


def happened(workspace: Workspace) -> duckdb.DuckDBPyConnection:
    """The merchandise lines as loaded, as the table `bought`."""
    connection = duckdb.connect(config={"threads": 1})
    lines = [str(file.path) for file in workspace.warehouse.files("lines")]
    products = [str(file.path) for file in workspace.warehouse.files("products")]
    connection.execute(
        f"""CREATE TABLE bought AS
        SELECT household_id, need_id, product_id, sold_on, amount_cents
        FROM read_parquet({lines!r}) AS l JOIN read_parquet({products!r}) AS p USING (product_id)
        WHERE household_id IS NOT NULL AND need_id IS NOT NULL AND quantity_milli > 0 AND amount_cents > 0
            AND department_id NOT IN {NOT_MERCHANDISE!r}"""
    )
    return connection


def judged_days(connection: duckdb.DuckDBPyConnection, forecast: Path, day: date) -> dict[str, float]:
    """Error, concordance and cover over the needs that eligible households bought on three days or more."""
    found = connection.execute(
        """WITH pairs AS (
            SELECT household_id, need_id, COUNT(DISTINCT sold_on) AS days, MAX(sold_on) AS last_on,
                DATE_DIFF('day', MIN(sold_on), MAX(sold_on)) AS span
            FROM bought WHERE sold_on < $day AND sold_on >= $day - 182
            GROUP BY ALL HAVING COUNT(DISTINCT sold_on) >= 3),
        eligible AS (
            SELECT household_id FROM bought WHERE sold_on < $day AND sold_on >= $day - 56
            GROUP BY household_id HAVING SUM(amount_cents) >= 20000),
        later AS (
            SELECT household_id, need_id, MIN(sold_on) AS next_on
            FROM bought WHERE sold_on >= $day AND sold_on < $day + 84 GROUP BY ALL)
        SELECT COALESCE(DATE_DIFF('day', $day, next_on), 84) AS after,
            GREATEST(DATE_DIFF('day', $day, last_on) + span / (days - 1), 0) AS naive,
            DATE_DIFF('day', $day, expected_on) AS said, DATE_DIFF('day', $day, expected_on_low_80) AS low_80,
            DATE_DIFF('day', $day, expected_on_high_80) AS high_80,
            DATE_DIFF('day', $day, expected_on_low_50) AS low_50,
            DATE_DIFF('day', $day, expected_on_high_50) AS high_50
        FROM pairs JOIN eligible USING (household_id) LEFT JOIN later USING (household_id, need_id)
        LEFT JOIN read_parquet($forecast) AS f
            ON f.household_id = pairs.household_id AND f.level = 'need' AND f.item_id = need_id""",
        {"day": day, "forecast": str(forecast)},
    ).fetchnumpy()
    after = np.asarray(found["after"], dtype=np.float64)
    values = {
        name: np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan) for name, column in found.items()
    }
    assert not np.isnan(values["said"]).any(), "a need bought on three days has no day"
    measures: dict[str, float] = {"pairs": len(after), "came_back": float((after < FOLLOWED_DAYS).mean())}
    for name in ("said", "naive"):
        measures[f"error_{name}"] = float(np.abs(np.minimum(values[name], FOLLOWED_DAYS) - after).mean())
        measures[f"concordance_{name}"] = concordance(after, values[name])
    for percent in (80, 50):
        low = np.minimum(values[f"low_{percent}"], FOLLOWED_DAYS)
        measures[f"cover_{percent}"] = float(((low <= after) & (after <= values[f"high_{percent}"])).mean())
    return measures


def concordance(after: Floats, said: Floats) -> float:
    """Of pairs one of which came back and did so first, the share whose order was said; ties count half."""
    ranks = np.unique(said, return_inverse=True)[1]
    waiting = np.zeros(ranks.max() + 1)
    right = total = 0.0
    for day in range(FOLLOWED_DAYS, -1, -1):
        here = ranks[after == day]
        if day < FOLLOWED_DAYS and len(here):
            beyond = waiting.sum() - np.cumsum(waiting)
            right += float((beyond[here] + waiting[here] / 2).sum())
            total += float(waiting.sum()) * len(here)
        waiting += np.bincount(here, minlength=len(waiting))
    return right / total


def area_under_curve(said: Floats, happened: npt.NDArray[np.bool_]) -> float:
    """Area under the ROC curve; ties count half."""
    ranks = np.unique(said, return_inverse=True)[1]
    at = np.bincount(ranks)
    places = (np.cumsum(at) - (at - 1) / 2)[ranks]
    hits, misses = int(happened.sum()), int((~happened).sum())
    return (float(places[happened].sum()) - hits * (hits + 1) / 2) / (hits * misses)


def judged_shopping(connection: duckdb.DuckDBPyConnection, chances: Sequence[Path], day: date) -> dict[str, float]:
    """AUC and log-loss of the chance to shop within 14 days, all households active in 182."""
    found = connection.execute(
        """SELECT probability, household_id IN (
            SELECT household_id FROM bought WHERE sold_on >= $day AND sold_on < $day + 14) AS shopped
        FROM read_parquet($chances)""",
        {"day": day, "chances": [str(path) for path in chances]},
    ).fetchnumpy()
    said, shopped = np.asarray(found["probability"]), np.asarray(found["shopped"], dtype=bool)
    loss = float(-np.log(np.where(shopped, said, 1 - said)).mean())
    return {
        "households": len(said),
        "shopping": float(shopped.mean()),
        "auc": area_under_curve(said, shopped),
        "log_loss": loss,
    }


def judged_products(connection: duckdb.DuckDBPyConnection, forecast: Path, day: date) -> dict[str, float]:
    """Of known needs bought in the window, how often the product ranked first in the need was among those bought."""
    row = connection.execute(
        """WITH eligible AS (
            SELECT household_id FROM bought WHERE sold_on < $day AND sold_on >= $day - 56
            GROUP BY household_id HAVING SUM(amount_cents) >= 20000),
        known AS (
            SELECT DISTINCT household_id, need_id, product_id
            FROM bought JOIN eligible USING (household_id) WHERE sold_on < $day AND sold_on >= $day - 182),
        chosen AS (
            SELECT known.household_id, need_id, ARG_MIN(product_id, rank) AS product_id
            FROM known JOIN read_parquet($forecast) AS f
                ON f.household_id = known.household_id AND f.level = 'product' AND f.item_id = product_id
            GROUP BY ALL),
        later AS (
            SELECT DISTINCT household_id, need_id, product_id
            FROM bought WHERE sold_on >= $day AND sold_on < $day + 14),
        needs AS (SELECT DISTINCT household_id, need_id FROM later),
        possible AS (
            SELECT DISTINCT household_id, need_id
            FROM later JOIN known USING (household_id, need_id, product_id))
        SELECT COUNT(*), AVG(CASE WHEN hit.product_id IS NOT NULL THEN 1.0 ELSE 0.0 END),
            AVG(CASE WHEN possible.need_id IS NOT NULL THEN 1.0 ELSE 0.0 END)
        FROM chosen JOIN needs USING (household_id, need_id)
        LEFT JOIN possible USING (household_id, need_id)
        LEFT JOIN later AS hit USING (household_id, need_id, product_id)""",
        {"day": day, "forecast": str(forecast)},
    ).fetchone()
    assert row is not None
    return {"needs_bought": row[0], "first_choice": row[1], "any_known_product": row[2]}


def shortcomings(judged: list[dict[str, Any]]) -> list[str]:
    """What lies below its bar; means are taken over the cut-offs given."""
    found = []
    for entry in judged:
        days = entry.get("days", {})
        if days and not COVER[0] <= days["cover_80"] <= COVER[1]:
            found.append(f"{entry['as_of_on']}: 80 % intervals hold {days['cover_80']:.3f}")
        if days and entry["as_of_on"] == DAY_CUT_OFFS[0].isoformat():
            found += [f"error {days['error_said']:.2f} above {ERROR_MAX}"] * (days["error_said"] > ERROR_MAX)
            low = days["concordance_said"] < CONCORDANCE_MIN
            found += [f"concordance {days['concordance_said']:.3f} below {CONCORDANCE_MIN}"] * low
    area = fmean(entry["shops"]["auc"] for entry in judged)
    loss = fmean(entry["shops"]["log_loss"] for entry in judged)
    first = fmean(entry["product"]["first_choice"] for entry in judged)
    found += [f"who shops: AUC {area:.4f} below {SHOPS_AUC_MIN}"] * (area < SHOPS_AUC_MIN)
    found += [f"who shops: log-loss {loss:.4f} above {SHOPS_LOSS_MAX}"] * (loss > SHOPS_LOSS_MAX)
    found += [f"which product: {first:.3f} below {FIRST_CHOICE_MIN}"] * (first < FIRST_CHOICE_MIN)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    every = [date(2017, 9, 4), date(2017, 10, 2), date(2017, 10, 30), date(2017, 11, 27)]
    parser.add_argument("--as-of", nargs="+", type=date.fromisoformat, default=every)
    given = parser.parse_args()
    prepare(WORKSPACE)
    judged: list[dict[str, Any]] = []
    with Workspace.open(WORKSPACE) as workspace, tempfile.TemporaryDirectory() as folder:
        connection = happened(workspace)
        for day in given.as_of:
            out = Path(folder) / f"{day}.parquet"
            with workspace.writing("bench-forecast"):
                run_forecast(workspace.warehouse, workspace.engine, as_of_on=day, out=out, **settings())
            chances = [file.path for file in workspace.warehouse.files(household_chances_dataset(day))]
            followed = day + timedelta(days=FOLLOWED_DAYS) <= date(2017, 12, 31)
            judged.append(
                {
                    "as_of_on": day.isoformat(),
                    **({"days": judged_days(connection, out, day)} if followed else {}),
                    "shops": judged_shopping(connection, chances, day),
                    "product": judged_products(connection, out, day),
                }
            )
    found = shortcomings(judged)
    print(json.dumps({"cut_offs": judged, "below_the_bar": found}, indent=1))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
