import csv
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import small_shop
from small_shop import AS_OF, FIRST, SETTINGS, deciding, digests, engine, lines, rows_of, stocked

from regulars.contracts import Eligibility, table
from regulars.flows import (
    DataFile,
    ForecastWanted,
    NewFile,
    NobodyEligibleError,
    Publication,
    forecast_dataset,
    run_forecast,
    snapshot,
)
from regulars.flows._forecast_export import ForecastMade, export_forecast
from regulars.flows._models import model_records, read_model
from regulars.ingest import pretty_need
from regulars.kernel import ConfigError, ContractError, StoreError
from regulars.predict import METHODS, DecayedCount
from regulars.predict._curves import score_growth
from regulars.profiles import NEED_HALF_LIFE_DAYS, PRODUCT_HALF_LIFE_DAYS
from regulars.testing import SilentProgress

DATASET = forecast_dataset(AS_OF)
DAYS = [name for name in table("forecast").column_names if name.startswith("expected_on")]


def run(warehouse, **changes):
    return run_forecast(warehouse, engine(), **{"as_of_on": AS_OF, **SETTINGS, **changes})


def moved(row, days):
    day = row["sold_on"] + timedelta(days=days)
    return {**row, "sold_on": day, "known_from_on": day, "transaction_id": f"{row['transaction_id']}+{days}"}


class ToldProgress(SilentProgress):
    """Keeps the titles of steps."""

    def __init__(self):
        self.titles = []

    def step(self, title, total=None):
        self.titles.append(title)
        return super().step(title, total)


@pytest.fixture(scope="module")
def forecast_shop(tmp_path_factory):
    """A shop whose forecast is made; its report, and what its progress told."""
    warehouse = stocked(tmp_path_factory.mktemp("shop"), lines())
    told = ToldProgress()
    return warehouse, run(warehouse, progress=told), told.titles


def test_a_row_for_every_item_of_every_household_eligible_or_not(tmp_path):
    warehouse = stocked(tmp_path, lines())
    report = run(warehouse)
    rows = rows_of(warehouse, DATASET)
    needs = rows_of(warehouse, snapshot(AS_OF, "household_needs"))
    goods = rows_of(warehouse, snapshot(AS_OF, "household_products"))
    assert {(row["household_id"], row["level"], row["item_id"]) for row in rows} == {
        *((row["household_id"], "need", row["need_id"]) for row in needs),
        *((row["household_id"], "product", row["product_id"]) for row in goods),
    }
    assert report.rows == len(rows) == len(needs) + len(goods)
    assert report.households == len({row["household_id"] for row in rows}) == 12
    assert all(0 < row["probability"] < 1 and row["quantity"] >= 1 for row in rows)
    assert all(row["expected_on"] is None or row["expected_on"] >= AS_OF for row in rows)


def test_ranks_run_from_one_by_falling_chance(tmp_path):
    warehouse = stocked(tmp_path, lines())
    run(warehouse)
    rows = rows_of(warehouse, DATASET)
    for household, level in {(row["household_id"], row["level"]) for row in rows}:
        own = [row for row in rows if (row["household_id"], row["level"]) == (household, level)]
        own.sort(key=lambda row: row["rank"])
        assert [row["rank"] for row in own] == list(range(1, len(own) + 1))
        chances = [row["probability"] for row in own]
        assert chances == sorted(chances, reverse=True)


def test_nothing_on_or_after_the_day_is_used(tmp_path):
    """Later lines planted, shifted, taken away, and lines that became known later: the same bytes."""
    past = [row for row in lines() if row["sold_on"] < AS_OF]
    later = [row for row in lines() if row["sold_on"] >= AS_OF]
    known_late = [
        {**row, "known_from_on": AS_OF, "transaction_id": "late" + row["transaction_id"]} for row in past[::7]
    ]
    shops = {
        "without": past,
        "with": past + later,
        "shifted": past + [moved(row, 3) for row in later],
        "planted": past + later + [moved(row, 200) for row in past] + known_late,
    }
    found = []
    for name, rows in shops.items():
        warehouse = stocked(tmp_path / name, rows)
        out = tmp_path / f"{name}.parquet"
        run(warehouse, out=out)
        found.append((digests(warehouse, DATASET), digests(warehouse, model_of(AS_OF)), out.read_bytes()))
    assert found[1:] == found[:1] * 3


def test_a_line_of_the_day_before_is_used(tmp_path):
    """The guard above would pass on a forecast that reads nothing: one line earlier and the bytes differ."""
    past = [row for row in lines() if row["sold_on"] < AS_OF]
    day = AS_OF - timedelta(days=1)
    more = {**past[0], "sold_on": day, "known_from_on": day, "transaction_id": "one more"}
    shops = [stocked(tmp_path / "a", past), stocked(tmp_path / "b", [*past, more])]
    for shop in shops:
        run(shop)
    assert digests(shops[0], DATASET) != digests(shops[1], DATASET)


def test_the_same_input_is_forecast_once(tmp_path):
    warehouse = stocked(tmp_path, lines())
    assert run(warehouse).built
    manifest = (tmp_path / "manifest.json").read_bytes()
    second = run(warehouse)
    assert not second.built
    assert second.rows == len(rows_of(warehouse, DATASET))
    assert (tmp_path / "manifest.json").read_bytes() == manifest


def test_buckets_do_not_matter(tmp_path):
    few, many = stocked(tmp_path / "one", lines(), buckets=1), stocked(tmp_path / "many", lines(), buckets=5)
    for name, warehouse in (("one", few), ("many", many)):
        run(warehouse, out=tmp_path / f"{name}.parquet")
    assert rows_of(few, DATASET) == rows_of(many, DATASET)
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "many.parquet").read_bytes()
    assert all(field.nullable for field in pq.read_schema(tmp_path / "one.parquet"))


def test_the_file_holds_the_columns_of_the_contract_sorted_by_grain(forecast_shop, tmp_path):
    warehouse, report, _ = forecast_shop
    run(warehouse, out=tmp_path / "f.parquet")
    written = pq.read_table(tmp_path / "f.parquet")
    assert written.column_names == list(table("forecast_export").column_names)
    assert written.column_names[: len(table("forecast").column_names)] == list(table("forecast").column_names)
    assert written.num_rows == report.rows
    grain = [tuple(row.values()) for row in written.select(["household_id", "level", "rank"]).to_pylist()]
    assert grain == sorted(grain)
    assert [rank for _, _, rank in grain[:3]] == [1, 2, 3]
    exact = written.select(table("forecast").column_names).to_pylist()
    assert sorted(exact, key=str) == sorted(rows_of(warehouse, DATASET), key=str)
    run(warehouse, out=tmp_path / "f.csv")
    text = ["household_id", "level", "item_id"]
    read = pyarrow.csv.read_csv(
        tmp_path / "f.csv",
        convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(text, pa.string())),
    )
    assert read.select([*text, "rank"]).to_pylist() == written.select([*text, "rank"]).to_pylist()


def test_a_spreadsheet_gets_names_four_digits_and_no_day_that_stands_for_later(forecast_shop, tmp_path):
    warehouse, _, _ = forecast_shop
    far_on = AS_OF + timedelta(days=182)
    known = rows_of(warehouse, DATASET)
    known[0] |= dict.fromkeys(DAYS, far_on)
    known[1] |= {"expected_on_high_80": far_on}
    pq.write_table(pa.Table.from_pylist(known), tmp_path / "known.parquet")
    files, made = [DataFile(tmp_path / "known.parquet", len(known), "")], ForecastMade(AS_OF, 14, "decayed-count")
    for name in ("f.parquet", "f.csv"):
        export_forecast(warehouse, engine(), files, made, ForecastWanted(), tmp_path / name)
    exact = pq.read_table(tmp_path / "f.parquet").to_pylist()
    with (tmp_path / "f.csv").open(newline="") as stream:
        shown = list(csv.DictReader(stream))
    assert sum(row["then_or_later"] for row in exact) == 1
    assert sum(row["expected_on_high_80"] == far_on for row in exact) == 2
    for one, row in zip(exact, shown, strict=True):
        assert row["probability"] == f"{one['probability']:.4f}"
        name = pretty_need(one["item_id"], "C0") if one["level"] == "need" else one["item_id"]
        assert row["name"] == one["name"] == name
        assert one["then_or_later"] == (one["expected_on"] == far_on)
        assert row["then_or_later"] == str(one["then_or_later"]).lower()
        assert (row["as_of_on"], row["window_days"], row["method"]) == (str(AS_OF), "14", "decayed-count")
        for name in DAYS:
            day = one[name]
            assert row[name] == ("" if day in (None, far_on) else str(day))


def test_a_spreadsheet_gets_no_formula_and_a_parquet_file_what_is_there(forecast_shop, tmp_path):
    warehouse, _, _ = forecast_shop
    known = rows_of(warehouse, DATASET)[:3]
    ids = ("=1+1", "@here", "plain")
    for row, name in zip(known, ids, strict=True):
        row |= {"household_id": name, "level": "product", "item_id": f"-{name}", "rank": 1}
    pq.write_table(pa.Table.from_pylist(known), tmp_path / "known.parquet")
    files, made = [DataFile(tmp_path / "known.parquet", len(known), "")], ForecastMade(AS_OF, 14, "decayed-count")
    for name in ("f.parquet", "f.csv"):
        export_forecast(warehouse, engine(), files, made, ForecastWanted(), tmp_path / name)
    with (tmp_path / "f.csv").open(newline="") as stream:
        shown = [[row[name] for name in ("household_id", "item_id", "name")] for row in csv.DictReader(stream)]
    assert shown == [
        ["'=1+1", "'-=1+1", "'-=1+1"],
        ["'@here", "'-@here", "'-@here"],
        ["plain", "'-plain", "'-plain"],
    ]
    assert pq.read_table(tmp_path / "f.parquet")["household_id"].to_pylist() == list(ids)


def test_a_file_may_hold_a_level_the_first_few_and_the_likely_alone(forecast_shop, tmp_path):
    warehouse, _, _ = forecast_shop
    written = run(warehouse, out=tmp_path / "f.parquet", wanted=ForecastWanted("product", 4, 0.6)).rows_written
    expected = [
        row
        for row in rows_of(warehouse, DATASET)
        if row["level"] == "product" and row["rank"] <= 4 and row["probability"] >= 0.6
    ]
    rows = pq.read_table(tmp_path / "f.parquet", columns=list(table("forecast").column_names)).to_pylist()
    assert 0 < len(expected) < 4 * 12
    assert written == len(expected)
    assert run(warehouse, out=tmp_path / "f.csv", wanted=ForecastWanted("product", 4, 0.6)).rows_written == written
    assert run(warehouse).rows_written is None
    with pytest.raises(StoreError, match=r"no such folder.f\.csv cannot be written: "):
        run(warehouse, out=tmp_path / "no such folder" / "f.csv")
    assert sorted(rows, key=str) == sorted(expected, key=str)


def test_progress_names_the_day_and_the_method(forecast_shop):
    """The fortnight is read twice, as the households with a list have too few pairs."""
    *_, titles = forecast_shop
    told = [title for title in titles if str(AS_OF) in title]
    assert told == [
        f"forecast as of {AS_OF}: reading the fortnight it learns from",
        f"decayed-count of {AS_OF}: fitting the curves",
        f"forecast as of {AS_OF}: reading the fortnight it learns from",
        f"forecast as of {AS_OF}: asking decayed-count",
    ]


def test_another_window_has_a_dataset_of_its_own_and_follows_from_the_first(tmp_path):
    warehouse = stocked(tmp_path, lines())
    run(warehouse)
    before = digests(warehouse, DATASET)
    run(warehouse, days=28)
    assert digests(warehouse, DATASET) == before
    for two, four in zip(
        rows_of(warehouse, DATASET), rows_of(warehouse, forecast_dataset(AS_OF, 28)), strict=True
    ):
        assert two["item_id"] == four["item_id"]
        assert four["probability"] == pytest.approx(1 - (1 - two["probability"]) ** 2)


def model_of(day):
    return f"models/decayed-count/{day}"


def test_a_model_trained_until_a_later_day_is_never_used(tmp_path):
    warehouse = stocked(tmp_path / "shop", lines())
    run(warehouse, as_of_on=AS_OF + timedelta(days=14))
    with_later = run(warehouse)
    alone = stocked(tmp_path / "alone", lines())
    run(alone)
    assert with_later.trained_until_on == AS_OF
    assert digests(warehouse, DATASET) == digests(alone, DATASET)
    assert digests(warehouse, model_of(AS_OF)) != digests(warehouse, model_of(AS_OF + timedelta(days=14)))


def test_half_lives_are_those_of_the_profiles():
    assert DecayedCount.half_lives == {"need": NEED_HALF_LIFE_DAYS, "product": PRODUCT_HALF_LIFE_DAYS}


def test_the_curve_is_that_of_the_last_closed_window(tmp_path, monkeypatch):
    """Its mean over the window's own pairs is the share of them bought, up to the two half pairs.

    Its corners stand where the scores of the window's first day are by the day.
    """
    monkeypatch.setattr("regulars.flows._models.pairs_min", lambda _: 1)
    warehouse = stocked(tmp_path, lines())
    run(warehouse)
    closed_on = AS_OF - timedelta(days=14)
    growth = score_growth(120, (closed_on - FIRST).days)
    values = stocked(tmp_path / "then", lines())
    run(values, as_of_on=closed_on)
    eligible = {
        row["household_id"] for row in rows_of(values, snapshot(closed_on, "household_value")) if row["eligible"]
    }
    pairs = {
        (row["household_id"], row["need_id"]): round(row["decayed_weight"] * growth)
        for row in rows_of(values, snapshot(closed_on, "household_needs"))
        if row["household_id"] in eligible
    }
    bought = {
        (row["household_id"], row["need_id"])
        for row in rows_of(warehouse, snapshot(AS_OF, "open_lines"))
        if closed_on <= row["sold_on"] < AS_OF
    }
    curve = [row for row in rows_of(warehouse, model_of(AS_OF)) if row["level"] == "need"]
    corners = sorted((row["score"], row["probability"]) for row in curve)
    assert {corners[0][0], corners[-1][0]} == {min(pairs.values()), max(pairs.values())}
    assert [p for _, p in corners] == sorted(p for _, p in corners)
    hits = sum(key in bought for key in pairs)

    def chance(score):
        return next(p for s, p in reversed(corners) if s <= score)

    said = sum(chance(score) for score in pairs.values()) + corners[0][1] + corners[-1][1]
    assert said == pytest.approx(hits + 1)


def test_before_a_fortnight_has_closed_cautious_chances_are_assumed_and_it_says_so(tmp_path):
    warehouse = stocked(tmp_path, lines())
    day = FIRST + timedelta(days=7)
    nobody = "none spent 25.00 dollars a week on average in the week before 2017-01-03"
    with pytest.raises(NobodyEligibleError, match=nobody):
        run(warehouse, as_of_on=FIRST + timedelta(days=1))
    anybody = deciding(eligibility=Eligibility(weekly_spend_cents=1, weeks=8))
    report = run(warehouse, as_of_on=day, **anybody)
    assert "nothing that was bought before 2016-12-26 tells yet what is bought again" in report.warning
    assert report.pairs == 0
    assert {row["probability"] for row in rows_of(warehouse, model_of(day)) if row["level"] == "need"} == {
        0.15,
        0.40,
        0.60,
        0.70,
    }
    assert report.households == 12
    assert run(warehouse, as_of_on=day, **anybody).warning == report.warning


def test_it_tells_how_many_pairs_it_learnt_from_and_warns_of_few(tmp_path, monkeypatch):
    warehouse = stocked(tmp_path, lines())
    anybody = deciding(eligibility=Eligibility(weekly_spend_cents=1, weeks=8))
    report = run(warehouse, **anybody)
    (record,) = model_records(warehouse)
    assert report.pairs == record.rows > 50
    assert report.warning == (
        f"decayed-count has learnt from {report.pairs} pairs of household and item alone; below 1,000 take the "
        "chances for a rough guess"
    )
    monkeypatch.setattr("regulars.flows._models.pairs_min", lambda _: report.pairs)
    assert run(warehouse, **anybody).warning == ""


def test_few_households_with_a_list_teach_together_with_all_others_and_that_is_said(tmp_path, monkeypatch):
    """After three weeks some had spent 25 dollars in the one week there was a fortnight before."""
    day = FIRST + timedelta(days=21)
    told = "as of 2017-01-09 the households that get a list gave fewer than 1,000 pairs of household and item"
    warehouse = stocked(tmp_path / "few", lines())
    report = run(warehouse, as_of_on=day)
    assert f"{told} to learn from; the chances are learnt from every household" in report.warning
    (record,) = model_records(warehouse)
    assert (record.learnt_from, record.rows) == ("everybody", report.pairs)
    monkeypatch.setattr("regulars.flows._models.pairs_min", lambda _: 1)
    enough = stocked(tmp_path / "enough", lines())
    eligible = run(enough, as_of_on=day)
    (record,) = model_records(enough)
    assert (record.learnt_from, record.rows) == ("eligible", eligible.pairs)
    assert 0 < eligible.pairs < report.pairs
    assert eligible.warning == ""


def test_a_store_of_a_fortnight_and_a_day_learns_from_everybody_and_says_so(tmp_path):
    """Nobody had spent enough on the one day there was a fortnight before: the curve is that of all who had bought."""
    warehouse = stocked(tmp_path, lines())
    day = FIRST + timedelta(days=15)
    report = run(warehouse, as_of_on=day)
    assert "as of 2017-01-03 the households that get a list gave fewer than 1,000 pairs" in report.warning
    (record,) = model_records(warehouse)
    assert record.learnt_from == "everybody"
    everybody = stocked(tmp_path / "all", lines())
    plain = run(everybody, as_of_on=day, **deciding(eligibility=Eligibility(weekly_spend_cents=1, weeks=8)))
    assert "households that get a list gave fewer" not in plain.warning
    assert digests(everybody, model_of(day)) == digests(warehouse, model_of(day))


def test_an_unknown_method_is_one_sentence(tmp_path):
    warehouse = stocked(tmp_path, lines())
    with pytest.raises(ConfigError, match="no forecasting method 'guess'"):
        run(warehouse, method_name="guess")


def test_a_window_out_of_reach_is_refused_before_anything_is_built(tmp_path):
    warehouse = stocked(tmp_path, lines())
    before = warehouse.datasets()
    with pytest.raises(ContractError, match="not 0"):
        run(warehouse, days=0)
    assert warehouse.datasets() == before


def test_a_row_that_was_changed_by_hand_is_not_trusted(tmp_path):
    """The forecast is made anew when a profile it was made from is another file."""
    warehouse = stocked(tmp_path, lines())
    run(warehouse)
    name = snapshot(AS_OF, "household_needs")
    files = warehouse.files(name)
    with warehouse.scratch() as folder:
        rows = pq.read_table(files[0].path)
        pq.write_table(rows.slice(1), folder / "short.parquet")
        changed = [NewFile(folder / "short.parquet", files[0].bucket), *files[1:]]
        warehouse.publish(Publication({name: changed}))
    assert run(warehouse).built


def test_datasets_are_named_by_day_and_window():
    assert forecast_dataset(date(2017, 11, 27)) == "snapshots/2017-11-27/forecast"


def spoilt(warehouse, dataset):
    """Flip one bit in the middle of a dataset's file."""
    path = warehouse.files(dataset)[0].path
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_damaged_model_is_learnt_anew_and_never_read(tmp_path):
    warehouse = stocked(tmp_path / "shop", lines())
    run(warehouse, out=tmp_path / "whole.parquet")
    for damage in (spoilt, lambda house, name: house.files(name)[0].path.unlink()):
        damage(warehouse, model_of(AS_OF))
        with pytest.raises(StoreError, match="missing or damaged"):
            read_model(warehouse, engine(), METHODS["decayed-count"], AS_OF)
        run(warehouse, out=tmp_path / "again.parquet")
        assert (tmp_path / "again.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()
        assert len(read_model(warehouse, engine(), METHODS["decayed-count"], AS_OF))


def test_days_without_lines_before_the_day_are_warned_of(tmp_path):
    warehouse = stocked(tmp_path, [row for row in lines() if row["sold_on"] < AS_OF])
    assert "no till line" not in run(warehouse).warning
    assert "no till line" not in run(warehouse, as_of_on=AS_OF + timedelta(days=3)).warning
    late_on = AS_OF + timedelta(days=10)
    assert f"no till line lies in the 10 days before {late_on}" in run(warehouse, as_of_on=late_on).warning


def test_products_without_a_need_are_told_where_they_are_most(tmp_path, monkeypatch):
    goods = small_shop.products()
    assert "have no need" not in run(stocked(tmp_path / "all", lines())).warning
    few = [{**row, "need_id": None if place < 10 else row["need_id"]} for place, row in enumerate(goods)]
    monkeypatch.setattr(small_shop, "products", lambda: few)
    assert "have no need" not in run(stocked(tmp_path / "few", lines())).warning
    monkeypatch.setattr(small_shop, "products", lambda: [{**row, "need_id": None} for row in goods])
    report = run(stocked(tmp_path / "none", lines()))
    assert f"{len(goods)} of {len(goods)} products have no need" in report.warning
    assert report.rows == 0
