"""Rules by which what is told is dealt out, where a forecast of the small shop has no case of them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_shop import DECIDED, engine

from regulars.adapters import FolderWarehouse
from regulars.flows import NewFile, Publication
from regulars.flows._features import _Run as FeatureRun
from regulars.flows._forecast_explain import _too_long_ago
from regulars.flows._forecast_parts import part_sums
from regulars.testing import SilentProgress

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


@pytest.mark.parametrize("late", ["products", "class_tiers"])
def test_days_things_were_bought_on_are_put_together_anew_where_goods_were_others_then(
    tmp_path: Path, late: str
) -> None:
    """One file more was known by the day than a month before; else only late lines count, each in its bucket."""
    warehouse = FolderWarehouse.create(tmp_path / "w", buckets=3)
    run = FeatureRun(warehouse, engine(), DECIDED, DAY, SilentProgress())
    before = DAY - timedelta(days=28)
    lines = {0: [], 1: [(before - timedelta(days=1), before)], 2: [(before, DAY)]}
    with warehouse.scratch() as folder:
        pq.write_table(pa.table({"x": [1]}), folder / "x.parquet")
        pq.write_table(pa.table({"x": [2]}), folder / "y.parquet")
        warehouse.publish(Publication({late: [NewFile(folder / "x.parquet", None, "2017-05")]}))
        assert run._buckets_anew(before, lines) == {1}
        files = [*warehouse.files(late), NewFile(folder / "y.parquet", None, "2017-06")]
        warehouse.publish(Publication({late: files}))
    assert run._buckets_anew(before, lines) == {0, 1, 2}
    assert run._buckets_anew(DAY, lines) == {2}
