"""Who uses a coupon it was sent: learnt from campaigns that closed before a day, judged on those that began later.

Run: ``python -m benchmarks.forecast.coupons [--as-of DATE]``, in the workspace of ``benchmarks.forecast.run``. Exit 1
below a bar. Who used what is counted here from the loaded files. Campaigns of type A are left out: which of their
coupons a household got is not in the data.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from benchmarks.forecast.days import Floats, area_under_curve
from benchmarks.forecast.run import WORKSPACE, prepare, settings

from regulars.bootstrap import Workspace
from regulars.flows import build_profiles, learn_coupons, read_coupon_model, snapshot
from regulars.predict import coupon_chances, predict_step
from regulars.testing import SilentProgress

AREA_MIN, PRECISION_MIN = 0.822, 0.055
DATA_END_ON = date(2018, 1, 1)


def judged(said: Floats, used: npt.NDArray[np.bool_]) -> dict[str, float]:
    """Area under the ROC curve and average precision, over all pairs together."""
    order = np.argsort(-said, kind="stable")
    found = np.cumsum(used[order])
    precision = float((found / np.arange(1, len(used) + 1))[used[order]].mean())
    return {"auc": area_under_curve(said, used), "average_precision": precision}


def sent_later(workspace: Workspace, as_of_on: date) -> pa.Table:
    """Every pair of household and coupon of the campaigns of types B and C that began on or after the day."""
    step, connection = predict_step("coupon_pairs"), duckdb.connect(config={"threads": 1})
    profiles = {name: snapshot(DATA_END_ON, name) for name in ("open_lines", "product_classes")}
    for name in step.reads:
        paths = [str(file.path) for file in workspace.warehouse.files(profiles.get(name, name))]
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({paths!r}, union_by_name = true)")
    connection.execute("CREATE TABLE pairs AS " + step.text, {"as_of_on": DATA_END_ON})
    return connection.sql(
        """SELECT pairs.* FROM pairs JOIN campaigns USING (campaign_id)
        WHERE campaigns.from_on >= $day AND campaigns.kind IN ('Type B', 'Type C')
        ORDER BY campaign_id, household_id, coupon_id""",
        params={"day": as_of_on},
    ).to_arrow_table()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2017, 9, 1))
    as_of_on = parser.parse_args().as_of
    prepare(WORKSPACE)
    with Workspace.open(WORKSPACE) as workspace, workspace.writing("bench-forecast"):
        warehouse, engine = workspace.warehouse, workspace.engine
        for day in (as_of_on, DATA_END_ON):
            build_profiles(warehouse, engine, as_of_on=day, **settings())
        learnt = learn_coupons(
            warehouse, engine, workspace.assumptions, as_of_on=as_of_on, progress=SilentProgress()
        )
        pairs = sent_later(workspace, as_of_on)
        said = coupon_chances(read_coupon_model(warehouse, as_of_on), pairs)
    used = pairs["used"].to_numpy(zero_copy_only=False)
    result = {
        "campaigns_learnt": learnt.campaigns,
        "uses_learnt": sum(rate.used for rate in learnt.rates.values()),
        "pairs": len(pairs),
        "used": int(used.sum()),
        "mean_said": float(said.mean()),
        "trees": judged(said, used),
        "covered_days": judged(pairs["covered_days"].to_numpy().astype(np.float64), used),
    }
    print(json.dumps(result, indent=1))
    return int(result["trees"]["auc"] < AREA_MIN or result["trees"]["average_precision"] < PRECISION_MIN)


if __name__ == "__main__":
    sys.exit(main())
