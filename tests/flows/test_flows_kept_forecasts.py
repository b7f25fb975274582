"""A forecast that is kept, judged after lines, settings or files of its day have become others."""

from datetime import timedelta

import pyarrow as pa
import pytest
from small_shop import AS_OF, SETTINGS, deciding, digests, engine, lines, rows_of, stocked
from test_flows_trees import crowd

from regulars.contracts import Eligibility
from regulars.flows import (
    NewFile,
    Publication,
    compare_forecasts,
    feature_dataset,
    forecast_dataset,
    household_chances_dataset,
    judged_closed,
    run_forecast,
    snapshot,
)
from regulars.flows import _models as models
from regulars.flows import _new_needs as new_needs
from regulars.flows import _shopping as shopping
from regulars.kernel import ContractError
from regulars.predict import paired_differences

POORER = deciding(eligibility=Eligibility(weekly_spend_cents=3_500, weeks=8))
OPEN = deciding(closed_tiers=[])
KEPT = [
    forecast_dataset(AS_OF),
    household_chances_dataset(AS_OF),
    *(snapshot(AS_OF, name) for name in ("household_value", "household_needs", "product_classes", "new_needs")),
]


def forecast(warehouse, settings=SETTINGS):
    return run_forecast(warehouse, engine(), as_of_on=AS_OF, method_name="decayed-count", **settings)


def judged(warehouse, method_name="decayed-count", settings=SETTINGS, *, apart=False):
    return judged_closed(warehouse, engine(), as_of_on=AS_OF, method_name=method_name, apart=apart, **settings)


def kept(warehouse):
    return {name: digests(warehouse, name) for name in KEPT}


def load(warehouse, rows, folder):
    """Put other lines in place of those of a shop."""
    files = [NewFile(file.path, file.bucket, file.period) for file in stocked(folder, rows).files("lines")]
    warehouse.publish(Publication({"lines": files}))


def early(rows):
    """What had come by the day: of a third of the households nothing of the last 60 days, and half of the products."""
    late_on = AS_OF - timedelta(days=60)
    return [
        row
        for row in rows
        if row["household_id"][1] not in "369"
        or row["sold_on"] >= AS_OF
        or (row["sold_on"] < late_on and row["product_id"] > "p08")
    ]


def check_beside(warehouse, method, settings=SETTINGS):
    """Judge what is kept, a method beside it, and what is kept again: that stays, byte by byte and as judged."""
    before = kept(warehouse)
    own, hits = judged(warehouse, settings=settings)

    def judge(_day, other):
        return judged(warehouse, other or "decayed-count", settings, apart=other is not None)

    [other] = [row for row in compare_forecasts(judge, [AS_OF], [method]).levels[:2] if not row.own]
    assert {one.households for one in other.differences} == {own.level("need").households_shopping}
    assert kept(warehouse) == before
    assert judged(warehouse, settings=settings) == (own, hits)


@pytest.mark.parametrize("settings", [POORER, OPEN])
def test_what_is_kept_stays_beside_a_method_where_settings_are_others(tmp_path, settings):
    warehouse = stocked(tmp_path, lines())
    forecast(warehouse)
    check_beside(warehouse, "personal-frequency", settings)


def test_what_is_kept_stays_beside_a_method_where_lines_came_late(tmp_path):
    warehouse = stocked(tmp_path / "shop", early(lines()))
    forecast(warehouse)
    load(warehouse, lines(), tmp_path / "other")
    check_beside(warehouse, "gamma-poisson")
    assert forecast(warehouse).built


@pytest.mark.parametrize("method", ["personal-frequency", "boosted-trees"])
def test_what_was_learnt_from_outdated_profiles_is_learnt_anew(tmp_path, monkeypatch, method):
    """Beside what is kept, a method learns from the lines its profiles saw; nobody else does."""
    monkeypatch.setattr(models, "_WORSE_BY", 99)
    rows = crowd(12) if method == "boosted-trees" else lines()
    warehouse = stocked(tmp_path / "shop", early(rows))
    forecast(warehouse)
    load(warehouse, rows, tmp_path / "other")
    check_beside(warehouse, method)
    assert warehouse.properties(forecast_dataset(AS_OF, apart_by=method))["method"] == method
    fresh = stocked(tmp_path / "fresh", rows)
    learnt = [f"models/{method}/{AS_OF}", *([feature_dataset(AS_OF)] if method == "boosted-trees" else [])]
    found = []
    for one in (warehouse, fresh):
        run_forecast(one, engine(), as_of_on=AS_OF, method_name=method, **SETTINGS)
        found.append([digests(one, name) for name in (forecast_dataset(AS_OF), *learnt)])
    assert found[0] == found[1]


def test_what_is_kept_is_not_made_by_a_later_release_beside_a_method(tmp_path, monkeypatch):
    warehouse = stocked(tmp_path, lines())
    forecast(warehouse)
    before = [warehouse.properties(name) for name in KEPT]
    monkeypatch.setattr(new_needs, "__version__", "later")
    monkeypatch.setattr(shopping, "__version__", "later")
    judged(warehouse, "personal-frequency", apart=True)
    assert [warehouse.properties(name) for name in KEPT] == before


def test_profiles_of_which_a_file_is_damaged_are_made_anew_beside_what_is_kept(tmp_path):
    warehouse = stocked(tmp_path, lines())
    forecast(warehouse)
    file = warehouse.files(snapshot(AS_OF, "household_products"))[0]
    whole = file.path.read_bytes()
    file.path.write_bytes(whole[:-9])
    judged(warehouse, "personal-frequency", apart=True)
    assert file.path.read_bytes() == whole


@pytest.mark.parametrize("name", ["household_value", "household_needs", "product_classes", "new_needs"])
def test_nothing_is_judged_from_a_file_of_which_a_byte_is_wrong(tmp_path, name):
    warehouse = stocked(tmp_path, lines())
    forecast(warehouse)
    expected = judged(warehouse)
    file = warehouse.files(snapshot(AS_OF, name))[0]
    whole = file.path.read_bytes()
    file.path.write_bytes(whole[:99] + bytes([whole[99] ^ 1]) + whole[100:])
    quality, hits = judged(warehouse)
    assert file.path.read_bytes() == whole
    assert (quality.levels, quality.parts, hits) == (expected[0].levels, expected[0].parts, expected[1])


def test_what_was_made_anew_from_other_settings_is_told(tmp_path):
    warehouse = stocked(tmp_path, lines())
    forecast(warehouse)
    file = warehouse.files(snapshot(AS_OF, "household_needs"))[0]
    file.path.write_bytes(file.path.read_bytes()[:-9])
    assert "made anew" not in judged(warehouse)[0].warning
    file.path.write_bytes(file.path.read_bytes()[:-9])
    assert judged(warehouse, settings=OPEN)[0].warning.startswith(
        "files of the forecast were missing or damaged; it"
    )


def test_goods_closed_since_are_judged_by_neither_what_was_said_nor_what_was_bought(tmp_path):
    healthy = [row for row in lines() if (row["household_id"], row["product_id"]) != ("h5", "aspirin")]
    warehouse = stocked(tmp_path, healthy)
    forecast(warehouse, OPEN)
    open_then, _ = judged(warehouse, settings=OPEN)
    closed, _ = judged(warehouse)
    values = rows_of(warehouse, snapshot(AS_OF, "household_value"))
    eligible = {row["household_id"] for row in values if row["eligible"]}
    said = [row for row in rows_of(warehouse, forecast_dataset(AS_OF)) if row["household_id"] in eligible]
    for level, items in (("need", {"PAIN"}), ("product", {"aspirin"})):
        shut = [row for row in said if row["level"] == level and row["item_id"] in items]
        bought = [row for row in shut if (row["household_id"], row["item_id"]) in bought_in_window()]
        assert bought
        assert closed.level(level).items == open_then.level(level).items - len(shut)
        assert closed.level(level).items_bought == open_then.level(level).items_bought - len(bought)
    ideas = [row for row in rows_of(warehouse, snapshot(AS_OF, "new_needs")) if row["household_id"] in eligible]
    shut = [row for row in ideas if row["need_id"] == "PAIN"]
    assert shut
    told = sum(part.items for part in closed.parts if part.grouping == "never bought")
    assert told == len(ideas) - len(shut)


def bought_in_window():
    """Households with what they bought of painkillers in the fortnight, as need and as product."""
    sold = [row for row in lines() if 0 <= (row["sold_on"] - AS_OF).days < 14 and row["product_id"] == "aspirin"]
    return {(row["household_id"], item) for row in sold for item in ("PAIN", "aspirin")}


def test_methods_judged_on_other_households_are_refused_in_words():
    rows = {"level": ["need"] * 2, "targets": [1, 1], "hits_10": [1, 0], "hits_20": [1, 1], "gain_10": [1.0, 0.0]}
    first, second = (pa.table({"household_id": names, **rows}) for names in (["a", "b"], ["a", "c"]))
    with pytest.raises(ContractError, match="judged on 2 and 2 households that are not the same"):
        paired_differences("need", [(first, second)])
