"""Boosted trees through the whole flow, on a crowd large enough to grow real ones."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from small_shop import AS_OF, SETTINGS, deciding, digests, engine, lines, rows_of, stocked

from regulars.adapters import arrow_schema
from regulars.contracts import table
from regulars.flows import (
    NewFile,
    Publication,
    build_profiles,
    ensure_features,
    feature_dataset,
    forecast_dataset,
    model_dataset,
    model_records,
    run_forecast,
)
from regulars.flows import _models as models
from regulars.flows._features import FeatureRows
from regulars.predict import METHODS, TREES_HISTORY_DAYS_MIN, TrainingPart
from regulars.predict import _boosted_trees as boosted_trees

TREES = METHODS["boosted-trees"]
DATASET = forecast_dataset(AS_OF)


def crowd(copies=25):
    """The small shop's households over and over, each copy keeping to its own share of the days."""
    rows = []
    for copy in range(copies):
        for row in lines():
            if row["household_id"] is not None and (row["sold_on"].toordinal() * 7 + copy) % 5:
                name = f"{row['household_id']}~{copy}"
                rows.append({**row, "household_id": name, "transaction_id": f"{name}-{row['sold_on']}"})
    return rows


def run(warehouse, **changes):
    return run_forecast(
        warehouse, engine(), **{"as_of_on": AS_OF, "method_name": TREES.name, **SETTINGS, **changes}
    )


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    folder = tmp_path_factory.mktemp("learnt")
    warehouse = stocked(folder, crowd())
    return warehouse, run(warehouse, out=folder / "f.parquet"), (folder / "f.parquet").read_bytes()


def test_trees_tell_pairs_apart_and_say_what_they_learnt_from(learnt):
    warehouse, report, _ = learnt
    rows = rows_of(warehouse, DATASET)
    assert (report.method, report.trained_until_on) == ("boosted-trees", AS_OF)
    assert len({row["probability"] for row in rows}) > 100
    assert all(0 < row["probability"] < 1 for row in rows)
    (record,) = model_records(warehouse)
    assert (record.method, record.trained_until_on) == ("boosted-trees", AS_OF)
    assert record.trained_from_on == AS_OF - timedelta(days=14 * max(TREES.windows.values()))
    assert record.good
    assert record.losses.keys() == {"new", "counts"}
    assert report.pairs == record.rows > 1_000
    assert report.warning == (
        f"boosted-trees has learnt from {record.rows:,} pairs of household and item alone; below 50,000 take the "
        "chances for a rough guess"
    )
    for windows_ago, levels in ((4, {"need", "product"}), (5, {"need"})):
        kept = rows_of(warehouse, feature_dataset(AS_OF - timedelta(days=14 * windows_ago)))
        assert {row["level"] for row in kept} == levels
        assert all(row["eligible"] for row in kept)


def test_nothing_on_or_after_the_day_is_used(learnt, tmp_path):
    """Later lines planted on forecast pairs, taken away, and past lines known only later: the same bytes."""
    known, _, expected = learnt
    past = [row for row in crowd() if row["sold_on"] < AS_OF]
    late = [
        {**row, "known_from_on": AS_OF, "transaction_id": f"late {row['transaction_id']}"} for row in past[::9]
    ]
    planted = [
        {**row, "sold_on": day, "known_from_on": day, "transaction_id": f"planted {row['transaction_id']}"}
        for row in past[::5]
        for day in [row["sold_on"] + timedelta(days=200)]
    ]
    for name, rows in (("without", past), ("planted", past + late + planted)):
        warehouse = stocked(tmp_path / name, rows)
        run(warehouse, out=tmp_path / "f.parquet")
        assert (tmp_path / "f.parquet").read_bytes() == expected
        assert digests(warehouse, model_dataset(TREES, AS_OF)) == digests(known, model_dataset(TREES, AS_OF))


def test_neither_buckets_nor_batches_matter(learnt, tmp_path, monkeypatch):
    _, _, expected = learnt
    monkeypatch.setattr(boosted_trees, "_BATCH_ROWS", 77)
    run(stocked(tmp_path / "w", crowd(), buckets=5), out=tmp_path / "f.parquet")
    assert (tmp_path / "f.parquet").read_bytes() == expected


def test_a_worse_model_gives_way_to_the_last_good_one_then_to_the_counts(tmp_path, monkeypatch):
    warehouse = stocked(tmp_path, crowd(12))
    before_on = AS_OF - timedelta(days=14)
    run(warehouse, as_of_on=before_on)
    slow = tuple(replace(one, rate=1e-06) for one in boosted_trees.TREE_SETS)
    monkeypatch.setattr(boosted_trees, "TREE_SETS", slow)
    report = run(warehouse)
    newest = next(record for record in model_records(warehouse) if record.trained_until_on == AS_OF)
    assert not newest.good
    assert newest.losses["new"] > newest.losses["before"] > newest.losses["counts"]
    assert (report.method, report.trained_until_on) == ("decayed-count", AS_OF)
    assert "worse on the last closed window" in report.warning
    assert "the decayed count is used instead" in report.warning

    monkeypatch.setattr(boosted_trees, "_count_chances", lambda level, rows, matrix: np.full(len(matrix), 0.01))
    monkeypatch.setattr(boosted_trees.BoostedTrees, "settings", "fit anew")
    report = run(warehouse)
    assert (report.method, report.trained_until_on) == ("boosted-trees", before_on)
    assert f"learnt from days before {before_on} is used instead" in report.warning


def test_trees_of_an_earlier_release_that_cannot_be_read_are_not_compared_with(tmp_path):
    warehouse = stocked(tmp_path, crowd(12))
    before_on = AS_OF - timedelta(days=14)
    run(warehouse, as_of_on=before_on)
    dataset = model_dataset(TREES, before_on)
    rows = pa.Table.from_pylist(rows_of(warehouse, dataset)).drop_columns(["from_place", "number"])
    with warehouse.scratch() as folder:
        pq.write_table(rows, folder / "old.parquet")
        facts = warehouse.properties(dataset)
        warehouse.publish(Publication({dataset: [NewFile(folder / "old.parquet", None)]}, {dataset: facts}))
    report = run(warehouse)
    assert (report.method, report.trained_until_on) == ("boosted-trees", AS_OF)
    newest = next(record for record in model_records(warehouse) if record.trained_until_on == AS_OF)
    assert newest.losses.keys() == {"new", "counts"}


def test_the_promotion_plan_is_looked_at_only_if_it_is_known_ahead(tmp_path):
    warehouse = stocked(tmp_path, crowd(2))
    with warehouse.scratch() as folder:
        plan = {
            "store_id": ["s0"],
            "product_id": ["p01"],
            "from_on": [AS_OF],
            "until_on": [AS_OF + timedelta(days=7)],
            "display": [""],
            "mailer": ["A"],
            "known_from_on": [AS_OF],
        }
        pq.write_table(pa.table(plan), folder / "plan.parquet")
        warehouse.publish(
            Publication({"promotions": [NewFile(folder / "plan.parquet", None, AS_OF.isoformat()[:7])]})
        )
    for known, stores in ((True, {1}), (False, {0})):
        run(warehouse, method_name="gamma-poisson", **deciding(promotion_plan=known))
        rows = rows_of(warehouse, feature_dataset(AS_OF))
        assert {row["stores_mailer"] for row in rows if row["item_id"] == "p01"} == stores


def test_by_itself_a_short_history_is_counted(tmp_path):
    report = run(stocked(tmp_path, crowd(2)), method_name="automatic")
    assert report.method == "decayed-count"
    assert (AS_OF - min(row["sold_on"] for row in crowd(1))).days >= TREES_HISTORY_DAYS_MIN


def test_facts_of_a_model_are_kept(learnt):
    warehouse, _, _ = learnt
    facts = warehouse.properties(model_dataset(TREES, AS_OF))
    assert set(json.loads(facts["losses"])) == {"new", "counts"}
    assert facts["good"] == "yes"


def test_an_item_came_true_by_its_household_its_level_and_its_id():
    asked = [("h", "need", "MILK"), ("h", "product", "MILK"), ("h", "product", "m1"), ("h", "product", "m2")]
    bought = [("h", "need", "MILK"), ("h", "need", "NEW"), ("h", "product", "m1"), ("poor", "product", "m2")]
    names = ("household_id", "level", "item_id")
    rows = [
        pa.table(dict(zip(names, map(list, zip(*each, strict=True)), strict=True))) for each in (asked, bought)
    ]
    assert models._came_true(*rows).tolist() == [1, 0, 1, 0]
    assert models._came_true(rows[0], rows[1].slice(0, 0)).tolist() == [0, 0, 0, 0]


def needs_of(households, places):
    """So many households with so many needs each, as trees look at them; every other one bought."""
    rows = households * places
    data = {
        field.name: pa.array([1] * rows) if pa.types.is_integer(field.type) else pa.nulls(rows, field.type)
        for field in arrow_schema(table("item_features"))
    }
    data |= {
        "household_id": pa.array([f"h{number}" for number in range(households) for _ in range(places)]),
        "level": pa.array(["need"] * rows),
        "place": pa.array(list(range(1, places + 1)) * households),
        "age_last": pa.array([1 + place % 2 * 50 for place in range(places)] * households),
    }
    return pa.table(data), np.arange(rows) % 2


def test_rows_behind_the_first_places_are_drawn():
    """Of 40 households with 200 needs each, the first 60 whole, of the 140 behind a third."""
    items, bought = needs_of(40, 200)
    grown = {}
    for from_place in (1, 61):
        needs = boosted_trees._Rows("need", from_place)
        needs.add(TrainingPart(0, items, bought))
        needs.add(TrainingPart(boosted_trees.WINDOWS["need"], items, bought))
        needs.grown()
        grown[from_place] = needs
    kept = len(set(grown[1].learnt.households))
    assert 0 < kept < 40
    assert len(set(np.concatenate([part.households for part in grown[1].kept_apart()]))) == 40 - kept
    assert sorted(set(grown[1].learnt.places)) == list(range(1, 61))
    assert len(grown[1].learnt.bought) == 60 * kept
    assert set(grown[61].learnt.places) == set(range(61, 201))
    assert len(grown[61].learnt.bought) == pytest.approx(140 * kept / 3, rel=0.1)


def test_places_have_trees_of_their_own_and_those_of_the_first_speak_where_there_are_none(monkeypatch):
    """Behind the sixtieth place nothing comes true, before it every other item; two sets speak by their mean."""
    monkeypatch.setattr(boosted_trees, "_PARAMETERS", {**boosted_trees._PARAMETERS, "min_data_in_leaf": 5})
    items, bought = needs_of(60, 100)
    places = items["place"].to_numpy()
    rows = [boosted_trees._Rows("need", from_place) for from_place in (1, 61)]
    for each in rows:
        each.add(TrainingPart(0, items, np.where(places > 60, places % 20 == 0, bought).astype(np.int64)))
    model = boosted_trees._as_table(rows)
    assert {(row["from_place"], row["number"]) for row in model.to_pylist()} == {(1, 0), (1, 1), (61, 0)}
    matrix = boosted_trees.feature_matrix(items, "need")
    said = TREES.score_matrix(model, "need", matrix, places)
    assert said[places > 60].mean() == pytest.approx(0.05, abs=0.02)
    assert said[places <= 60].mean() == pytest.approx(0.5, abs=0.05)

    first = model.filter(pc.equal(model["from_place"], 1))
    assert np.array_equal(TREES.score_matrix(first, "need", matrix, places)[places <= 60], said[places <= 60])
    assert TREES.score_matrix(first, "need", matrix, places)[places > 60].mean() > 0.3
    alone = [first.filter(pc.equal(first["number"], number)) for number in (0, 1)]
    odds = [np.log(p / (1 - p)) for p in (TREES.score_matrix(one, "need", matrix, places) for one in alone)]
    assert not np.allclose(*odds)
    together = TREES.score_matrix(first, "need", matrix, places)
    assert np.log(together / (1 - together)) == pytest.approx((odds[0] + odds[1]) / 2)


def test_features_of_an_earlier_day_are_the_same_whether_made_beside_a_newer_one_or_then(tmp_path):
    """Lines that came late: what was not known on the earlier day is not seen as of it."""
    before_on = AS_OF - timedelta(days=14)
    rows = crowd(2)
    for row in rows[::7]:
        row["known_from_on"] = max(row["sold_on"] + timedelta(days=20), row["known_from_on"])
    beside, then = stocked(tmp_path / "beside", rows), stocked(tmp_path / "then", rows)
    wanted = {AS_OF: FeatureRows.ALL, before_on: FeatureRows.ALL}
    for warehouse, days in ((beside, [AS_OF]), (then, [before_on, AS_OF])):
        for day in days:
            build_profiles(warehouse, engine(), as_of_on=day, **SETTINGS)
    ensure_features(beside, engine(), as_of_on=AS_OF, rows=wanted, **SETTINGS)
    for day in wanted:
        ensure_features(then, engine(), as_of_on=day, rows={day: FeatureRows.ALL}, **SETTINGS)
        assert digests(beside, feature_dataset(day)) == digests(then, feature_dataset(day))
    late = {row["household_id"] for row in rows if row["sold_on"] < before_on <= row["known_from_on"] < AS_OF}
    assert late & {row["household_id"] for row in rows_of(beside, feature_dataset(before_on))}
