"""Which model of the registry is used and judged beside: the newest that had ended, was good, and is whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_shop import AS_OF, DECIDED, engine, lines, rows_of, stocked

from regulars.adapters import FolderWarehouse
from regulars.flows import NewFile, ProgressStep, Publication, run_forecast, snapshot
from regulars.flows._coupons import _first_sent_on
from regulars.flows._forecast import _made_from
from regulars.flows._kept_models import model_facts
from regulars.flows._models import ModelChoice, _is_good, _Run, newest_model
from regulars.flows._shopping import _Run as ShoppingRun
from regulars.kernel import ModelError
from regulars.predict import (
    METHODS,
    SHOPPING_WINDOWS,
    listed_new_needs,
    need_neighbours,
    new_need_curve,
    new_need_scores,
)
from regulars.testing import SilentProgress

COUNT = METHODS["decayed-count"]
DAYS = {weeks: AS_OF - timedelta(days=7 * weeks) for weeks in (2, 4, 6)}


def publish(warehouse: FolderWarehouse, dataset: str, rows: pa.Table, facts: dict[str, str] | None = None) -> None:
    with warehouse.scratch() as folder:
        pq.write_table(rows, folder / "rows.parquet")
        warehouse.publish(Publication({dataset: [NewFile(folder / "rows.parquet")]}, {dataset: facts or {}}))


@pytest.fixture
def registry(tmp_path: Path) -> FolderWarehouse:
    """Counts of three cycles, told apart by their only corner; the newest was put aside, and one ends on the day."""
    warehouse = FolderWarehouse.create(tmp_path / "registry", buckets=1)
    for day, score, good in ((DAYS[6], 6, True), (DAYS[4], 4, True), (DAYS[2], 2, False), (AS_OF, 1, True)):
        corner = pa.table({"level": ["need"], "score": [score], "probability": [0.5]})
        facts = model_facts(
            made_from="x", trained_from_on=day - timedelta(days=14), settings="", rows=1_000, losses={}, good=good
        )
        publish(warehouse, f"models/decayed-count/{day}", corner, facts)
    return warehouse


def before(warehouse: FolderWarehouse) -> int | None:
    """The score of the corner of the model that a new one is judged beside."""
    run = _Run(warehouse, engine(), DECIDED, AS_OF, [], SilentProgress())
    found = run._before(COUNT)
    return None if found is None else int(found["score"][0].as_py())


def test_the_newest_is_the_one_that_had_ended_by_the_day_that_one_included(registry: FolderWarehouse) -> None:
    assert newest_model(registry, COUNT, AS_OF) == AS_OF
    assert newest_model(registry, COUNT, AS_OF - timedelta(days=1)) == DAYS[2]
    assert newest_model(registry, COUNT, DAYS[2], good=True) == DAYS[4]
    assert newest_model(registry, COUNT, DAYS[6]) == DAYS[6]
    with pytest.raises(ModelError, match="has learnt nothing"):
        newest_model(registry, COUNT, DAYS[6] - timedelta(days=1))


def test_a_new_model_is_judged_beside_the_last_good_one_if_that_is_whole(registry: FolderWarehouse) -> None:
    assert before(registry) == 4
    registry.files(f"models/decayed-count/{DAYS[4]}")[0].path.write_bytes(b"cut short")
    assert before(registry) is None


@pytest.mark.parametrize(
    ("new", "good"), [(0.3029, True), (0.3031, False), (0.36, False)], ids=["a hundredth", "more", "a fifth"]
)
def test_a_model_is_put_aside_from_a_hundredth_more_loss_than_the_best_other(new: float, good: bool) -> None:
    assert _is_good({"new": new, "counts": 0.31, "before": 0.3}) == good
    assert _is_good({})


def test_the_campaign_learnt_from_first_was_known_and_had_closed_by_the_day(tmp_path: Path) -> None:
    warehouse = stocked(tmp_path, [row for row in lines() if row["sold_on"] >= DAYS[6]], buckets=1)

    def campaign(name: str, weeks: int, *, until_on: date, known_from_on: date) -> dict[str, Any]:
        from_on = AS_OF - timedelta(weeks=weeks)
        return {
            "campaign_id": name,
            "kind": "x",
            "from_on": from_on,
            "until_on": until_on,
            "known_from_on": known_from_on,
        }

    closed_on = AS_OF - timedelta(days=7)
    rows = [
        campaign("closed", 4, until_on=closed_on, known_from_on=DAYS[4]),
        campaign("told late", 5, until_on=closed_on, known_from_on=AS_OF),
        campaign("open", 5, until_on=AS_OF, known_from_on=DAYS[6]),
        campaign("before any line", 6, until_on=closed_on, known_from_on=DAYS[6]),
    ]
    publish(warehouse, "campaigns", pa.Table.from_pylist(rows))
    assert _first_sent_on(warehouse, AS_OF) == AS_OF - timedelta(weeks=4)
    assert _first_sent_on(warehouse, closed_on) == closed_on


@pytest.fixture(scope="module")
def forecast_made(tmp_path_factory: pytest.TempPathFactory) -> FolderWarehouse:
    """A third of the needs came to their households within the last fortnight."""

    def came_late(row: dict[str, Any]) -> bool:
        return (
            row["product_id"][1:].isdecimal()
            and (int(row["household_id"][1:]) + int(row["product_id"][1:])) % 3 == 0
        )

    rows = [row for row in lines() if row["sold_on"] >= DAYS[2] or not came_late(row)]
    warehouse = stocked(tmp_path_factory.mktemp("shop") / "w", rows, buckets=1)
    run_forecast(
        warehouse,
        engine(),
        settings=DECIDED,
        as_of_on=AS_OF,
        method_name="decayed-count",
        progress=SilentProgress(),
    )
    return warehouse


def test_new_needs_learn_from_the_fortnight_that_ends_with_the_day(forecast_made: FolderWarehouse) -> None:
    """Put together anew by plain loops over the lines that profiles may see."""
    bought: dict[tuple[str, str], list[date]] = {}
    for row in rows_of(forecast_made, snapshot(AS_OF, "open_lines")):
        bought.setdefault((row["household_id"], row["need_id"]), []).append(row["sold_on"])

    def holdings(day: date) -> pa.Table:
        rows = []
        for (household, need), every in sorted(bought.items()):
            ages = [(day - sold_on).days for sold_on in every if sold_on < day + timedelta(days=14)]
            if ages:
                held, next_ = any(0 < age <= 182 for age in ages), any(age <= 0 for age in ages)
                rows.append((household, need, max(0, *ages), held, next_))
        names = ("household_id", "need_id", "age_first", "held", "bought_next")
        return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))

    past, now = holdings(AS_OF - timedelta(days=14)), holdings(AS_OF)
    around = need_neighbours([now])
    curve = new_need_curve([new_need_scores(past, need_neighbours([past]))])
    expected = listed_new_needs(new_need_scores(now, around), curve, around).to_pylist()
    found = rows_of(forecast_made, snapshot(AS_OF, "new_needs"))
    key = ("household_id", "need_id", "rank", "probability")
    assert sorted(tuple(row[name] for name in key) for row in found) == sorted(
        tuple(row[name] for name in key) for row in expected
    )
    assert max(row["probability"] for row in found) > 0.3


class _Step(ProgressStep):
    def advance(self, amount: int = 1) -> None:
        """Tell nobody."""


def test_who_shops_is_learnt_from_fortnights_that_end_with_the_day(
    forecast_made: FolderWarehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[pa.Table] = []

    def stopped(visits: Iterator[pa.Table]) -> str:
        told.extend(visits)
        raise ModelError("told")

    monkeypatch.setattr("regulars.flows._shopping.fit_shopping", stopped)
    ShoppingRun(forecast_made, engine(), tmp_path, AS_OF).learnt_and_said(_Step())
    days = [(row["household_id"], row["sold_on"]) for row in rows_of(forecast_made, snapshot(AS_OF, "open_lines"))]
    assert len(told) == SHOPPING_WINDOWS
    for number, visits in enumerate(told):
        until_on = AS_OF - timedelta(days=14 * number)
        shopped = {household for household, day in days if until_on - timedelta(days=14) <= day < until_on}
        rows = visits.to_pylist()
        assert {row["household_id"] for row in rows if row["shopped"]} == shopped
        last_on = {
            h: max(day for other, day in days if other == h and day < until_on - timedelta(days=14))
            for h, _ in days
        }
        assert all(
            row["age_last"] == (until_on - timedelta(days=14) - last_on[row["household_id"]]).days for row in rows
        )


@pytest.mark.parametrize(
    "dataset",
    [
        *(snapshot(AS_OF, name) for name in ("household_products", "household_needs", "need_paces")),
        f"models/need-days/{AS_OF}",
        f"models/decayed-count/{DAYS[2]}",
    ],
)
def test_a_forecast_is_made_anew_when_anything_it_is_made_from_has_changed(tmp_path: Path, dataset: str) -> None:
    warehouse = FolderWarehouse.create(tmp_path / "w", buckets=1)
    choice = ModelChoice(COUNT, DAYS[2])
    before = _made_from(warehouse, choice, AS_OF, 14)
    publish(warehouse, snapshot(AS_OF, "new_needs"), pa.table({"x": [1]}))
    publish(warehouse, f"models/decayed-count/{AS_OF}", pa.table({"x": [1]}))
    assert _made_from(warehouse, choice, AS_OF, 14) == before
    publish(warehouse, dataset, pa.table({"x": [1]}))
    assert _made_from(warehouse, choice, AS_OF, 14) != before
