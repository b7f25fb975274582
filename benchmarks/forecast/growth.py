"""How the cost of a forecast grows: Complete Journey as loaded, and with each household ten and a hundred times.

Run: ``python -m benchmarks.forecast.growth [--sizes 1 10 100] [--buckets 64] [--kept 4]``, in the workspace of
``benchmarks.forecast.run``, one report a line. As loaded there are 4 buckets, as in a new workspace, and of more
households 16. Of the largest size only a few buckets are filled, and the report counts those alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.forecast.run import WORKSPACE, copied, inside, prepare

from regulars.adapters import FolderWarehouse
from regulars.predict import WINDOW_DAYS

CUT_OFF = date(2017, 9, 4)
KEPT_FROM = 100
"""From so many copies on, only a few buckets are filled."""


def measured(source: FolderWarehouse, copies: int, buckets: int, kept: int) -> dict[str, Any]:
    """What the forecast of a day costs cold, and that of the fortnight after, each in a process of its own."""
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as folder:
        root = Path(folder) / "warehouse"
        households = copied(source, root, copies, buckets=buckets, kept=kept)
        cold = inside(root, (CUT_OFF,), "--not-judged")["cost"]
        warm = inside(root, (CUT_OFF + timedelta(days=WINDOW_DAYS),), "--not-judged")["cost"]
    return {
        "copies": copies,
        "households": households,
        "buckets": buckets,
        "kept": kept,
        "cold": cold,
        "warm": warm,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=(1, 10, 100))
    parser.add_argument("--buckets", type=int, default=64, help="of the largest size")
    parser.add_argument("--kept", type=int, default=4, help="so many of them are filled")
    given = parser.parse_args()
    prepare(WORKSPACE)
    source = FolderWarehouse(WORKSPACE / "warehouse")
    for copies in given.sizes:
        buckets = source.buckets if copies == 1 else 16
        kept = buckets
        if copies >= KEPT_FROM:
            buckets, kept = given.buckets, given.kept
        print(json.dumps(measured(source, copies, buckets, kept)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
