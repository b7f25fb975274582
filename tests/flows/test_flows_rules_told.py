"""Rules by which what is told is dealt out, where a forecast of the small shop has no case of them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from regulars.adapters import FolderWarehouse
from regulars.flows._forecast_explain import _too_long_ago
from regulars.flows._forecast_parts import part_sums

DAY = date(2017, 6, 5)


def test_of_ideas_the_first_three_stand_apart_from_those_behind(tmp_path: Path) -> None:
    texts = pa.array([], pa.string())
    judged = pa.table(
        {
            "household_id": texts, "level": texts, "item_id": texts,
            "probability": pa.array([], pa.float64()), "bought": pa.array([], pa.int64()),
        }
    )  # fmt: skip
    departments = pa.table({"product_id": texts, "department_id": texts})
    ideas = pa.table(
        {"rank": [1, 2, 3, 4, 5], "probability": [0.5, 0.25, 0.25, 0.125, 0.125], "bought": [1, 0, 1, 0, 0]}
    )
    warehouse = FolderWarehouse.create(tmp_path / "w", buckets=1)
    sums = part_sums(warehouse, judged, ideas, departments, DAY, 0)
    rows = {part: (items, bought) for (grouping, part), (items, _, bought) in sums.items()}
    assert rows == {"1": (3, 2), "4": (2, 0)}
    assert sums["never bought", "1"][1] == 4 * sums["never bought", "4"][1]


@pytest.mark.parametrize(
    ("days_ago", "lapsed_days", "told"),
    [(90, 90, ""), (91, 90, "last bought 91 days ago"), (400, None, "")],
    ids=["on the day", "a day later", "no rule"],
)
def test_a_need_is_left_out_from_the_day_after_the_lapse_on(
    days_ago: int, lapsed_days: int | None, told: str
) -> None:
    assert _too_long_ago(DAY - timedelta(days=days_ago), DAY, lapsed_days) == told
