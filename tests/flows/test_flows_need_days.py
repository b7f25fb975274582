import hashlib
from datetime import timedelta

import pytest
from small_shop import AS_OF, SETTINGS, digests, engine, lines, rows_of, stocked

import regulars.flows._step_files as step_files
import regulars.predict._need_timing as need_timing
from regulars.flows import forecast_dataset, need_paces_dataset, run_forecast, snapshot

PACES = need_paces_dataset(AS_OF)


@pytest.fixture
def few(monkeypatch):
    """A dozen households are enough to learn days from."""
    monkeypatch.setattr(need_timing, "_PAIRS_MIN", 50)


def run(warehouse):
    return run_forecast(warehouse, engine(), as_of_on=AS_OF, **SETTINGS)


def test_each_need_bought_on_three_days_gets_a_day_that_agrees_with_its_chance(tmp_path, few):
    warehouse = stocked(tmp_path, lines())
    run(warehouse)
    paces = {(row["household_id"], row["need_id"]) for row in rows_of(warehouse, PACES)}
    needs = rows_of(warehouse, snapshot(AS_OF, "household_needs"))
    assert paces == {(row["household_id"], row["need_id"]) for row in needs if row["days_bought"] >= 3}
    forecast = [row for row in rows_of(warehouse, forecast_dataset(AS_OF)) if row["level"] == "need"]
    dated = [row for row in forecast if row["expected_on"] is not None]
    assert {(row["household_id"], row["item_id"]) for row in dated} == paces
    assert min(row["expected_on_low_80"] for row in dated) >= AS_OF
    within = {row["expected_on"] < AS_OF + timedelta(days=14) for row in dated if row["probability"] >= 0.5}
    beyond = {row["expected_on"] < AS_OF + timedelta(days=14) for row in dated if row["probability"] < 0.5}
    assert (within, beyond) == ({True}, {False})


def test_days_use_nothing_on_or_after_the_day_whatever_the_buckets(tmp_path, few, monkeypatch):
    past = [row for row in lines() if row["sold_on"] < AS_OF]
    later = [{**row, "transaction_id": f"{row['transaction_id']}+", "sold_on": AS_OF} for row in past[::5]]
    shops = {
        "without": stocked(tmp_path / "without", past),
        "planted": stocked(tmp_path / "planted", [*past, *later]),
        "buckets": stocked(tmp_path / "buckets", past, buckets=5),
        "each bucket by itself": stocked(tmp_path / "each", past, buckets=5),
        "fewer": stocked(tmp_path / "fewer", [row for place, row in enumerate(past) if place % 3]),
    }
    found = {}
    for name, warehouse in shops.items():
        monkeypatch.setattr(step_files, "_TOGETHER_BYTES", 1 if name == "each bucket by itself" else 8_000_000)
        run(warehouse)
        found[name] = sorted(rows_of(warehouse, PACES), key=lambda row: (row["household_id"], row["need_id"]))
        again = digests(warehouse, PACES)
        run(warehouse)
        assert digests(warehouse, PACES) == again
    assert found["planted"] == found["buckets"] == found["each bucket by itself"] == found["without"]
    assert found["fewer"] != found["without"]


def test_with_too_little_history_days_follow_from_the_chance(tmp_path):
    warehouse = stocked(tmp_path, lines())
    run(warehouse)
    assert rows_of(warehouse, PACES) == []
    dated = [row for row in rows_of(warehouse, forecast_dataset(AS_OF)) if row["expected_on"] is not None]
    assert dated
    assert all(row["expected_on_low_80"] <= row["expected_on"] <= row["expected_on_high_80"] for row in dated)


def test_a_damaged_model_of_days_is_learnt_anew(tmp_path, few):
    warehouse = stocked(tmp_path, lines())
    run(warehouse)
    model = f"models/need-days/{AS_OF}"
    before = digests(warehouse, model)
    [file] = warehouse.files(model)
    file.path.write_bytes(file.path.read_bytes()[:-9])
    run(warehouse)
    [file] = warehouse.files(model)
    assert hashlib.sha256(file.path.read_bytes()).hexdigest() == file.sha256
    assert digests(warehouse, model) == before
