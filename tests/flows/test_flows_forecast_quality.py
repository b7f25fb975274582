"""The judgement of a closed window beside a slow plain count over the raw lines."""

import math
from datetime import timedelta

import pytest
from small_shop import AS_OF, SETTINGS, digests, engine, lines, products, rows_of, stocked

from regulars.flows import Publication, forecast_dataset, judged_closed, plan_dataset, run_forecast, snapshot
from regulars.flows.views import forecast_view, read_judgement
from regulars.kernel import ContractError

UNTIL = AS_OF + timedelta(days=14)


def judged(warehouse, **changes):
    quality, _ = judged_closed(warehouse, engine(), **{"as_of_on": AS_OF, **SETTINGS, **changes})
    return quality


def bought_by_household(level):
    seen = {
        row["product_id"]: row["need_id"]
        for row in products()
        if row["department_id"] == "FOOD" and row["need_id"] != "PAIN"
    }
    found = {}
    for row in lines():
        if AS_OF <= row["sold_on"] < UNTIL and row["product_id"] in seen:
            item = row["product_id"] if level == "product" else seen[row["product_id"]]
            found.setdefault(row["household_id"], set()).add(item)
    return found


def test_what_was_said_is_judged_and_not_what_the_settings_of_today_would_say(tmp_path):
    warehouse = stocked(tmp_path, lines())
    said = run_forecast(warehouse, engine(), as_of_on=AS_OF, method_name="personal-frequency", **SETTINGS)
    before = digests(warehouse, forecast_dataset(AS_OF))
    kept = judged(warehouse, method_name="decayed-count")
    assert kept.method == said.method == "personal-frequency"
    assert kept.warning == said.warning != ""
    assert digests(warehouse, forecast_dataset(AS_OF)) == before
    replaced = run_forecast(warehouse, engine(), as_of_on=AS_OF, method_name="decayed-count", **SETTINGS)
    assert "by personal-frequency was replaced" in replaced.warning
    again = run_forecast(warehouse, engine(), as_of_on=AS_OF, method_name="decayed-count", **SETTINGS)
    assert "replaced" not in again.warning


@pytest.mark.parametrize("level", ["need", "product"])
def test_the_measures_are_those_of_a_plain_count(tmp_path, level):
    warehouse = stocked(tmp_path, lines())
    quality = judged(warehouse).level(level)
    values = rows_of(warehouse, snapshot(AS_OF, "household_value"))
    eligible = [row["household_id"] for row in values if row["eligible"]]
    forecast = [row for row in rows_of(warehouse, forecast_dataset(AS_OF)) if row["level"] == level]
    bought = bought_by_household(level)
    recall, gains, losses = [], [], []
    for household in eligible:
        own = sorted((row for row in forecast if row["household_id"] == household), key=lambda row: row["rank"])
        hits = [row["item_id"] in bought.get(household, ()) for row in own]
        losses += [
            -math.log(row["probability"] if hit else 1 - row["probability"])
            for row, hit in zip(own, hits, strict=True)
        ]
        if household in bought:
            recall.append(sum(hits[:10]) / len(bought[household]))
            ideal = sum(1 / math.log2(place + 2) for place in range(min(10, len(bought[household]))))
            gains.append(sum(hit / math.log2(place + 2) for place, hit in enumerate(hits[:10])) / ideal)
    assert quality.households == len(eligible)
    assert quality.households_shopping == len(recall)
    assert quality.recall_at_10 == pytest.approx(sum(recall) / len(recall))
    assert quality.ndcg_at_10 == pytest.approx(sum(gains) / len(gains))
    assert quality.items == len(losses)
    assert quality.log_loss == pytest.approx(sum(losses) / len(losses))
    kept = read_judgement(warehouse, AS_OF)
    assert (kept.level(level).log_loss, kept.level(level).items) == (quality.log_loss, quality.items)
    [food] = kept.departments
    need = kept.level("need")
    assert (food.part, food.items, food.happened) == ("FOOD", need.items, need.items_bought / need.items)
    assert forecast_view(warehouse, cycle_on=AS_OF).drift[0].log_loss == need.log_loss


def test_a_day_that_was_merely_tried_is_no_cycle_of_the_office(tmp_path):
    warehouse = stocked(tmp_path, lines())
    judged(warehouse)
    for weeks, drawn in ((0, 1), (2, 1), (-2, 1), (1, 0)):
        view = forecast_view(warehouse, cycle_on=AS_OF + timedelta(weeks=weeks))
        assert (len(view.drift), len(view.days), view.judged is not None) == (drawn, drawn, bool(drawn))
    other = AS_OF + timedelta(weeks=1)
    assert forecast_view(warehouse, cycle_on=other, judged_on=AS_OF).judged.as_of_on == AS_OF
    warehouse.publish(Publication({plan_dataset(f"{AS_OF}-0a1b2c3d", "plan"): ()}))
    assert forecast_view(warehouse, cycle_on=other).days == (AS_OF,)


def test_parts_are_those_of_a_plain_count(tmp_path):
    warehouse = stocked(tmp_path, lines())
    quality = judged(warehouse)
    bought = bought_by_household("need")
    values = {row["household_id"]: row for row in rows_of(warehouse, snapshot(AS_OF, "household_value"))}
    habits = {
        (row["household_id"], row["need_id"]): row["days_bought"]
        for row in rows_of(warehouse, snapshot(AS_OF, "household_needs"))
    }
    counted = {}

    def count(grouping, part, row, need):
        hit = need in bought.get(row["household_id"], ())
        counted.setdefault((grouping, part), []).append((row["probability"], hit))

    for row in rows_of(warehouse, forecast_dataset(AS_OF)):
        value = values[row["household_id"]]
        if row["level"] == "need" and value["eligible"]:
            days, cents = habits[row["household_id"], row["item_id"]], value["weekly_spend_cents"]
            often = max(least for least in (1, 2, 3, 6, 13) if days >= least)
            spend = max(least for least in (0, 5_000, 10_000, 20_000) if cents >= least)
            count("department", "FOOD", row, row["item_id"])
            count("days bought", str(often), row, row["item_id"])
            count("weekly spend", str(spend), row, row["item_id"])
    for row in rows_of(warehouse, snapshot(AS_OF, "new_needs")):
        if values[row["household_id"]]["eligible"]:
            count("never bought", "1" if row["rank"] <= 3 else "4", row, row["need_id"])
    assert {(one.grouping, one.part) for one in quality.parts} == set(counted)
    assert len(counted) > 4
    for one in quality.parts:
        rows = counted[one.grouping, one.part]
        assert one.items == len(rows)
        assert one.said == pytest.approx(sum(said for said, _ in rows) / len(rows))
        assert one.happened == sum(hit for _, hit in rows) / len(rows)
    known = sum(
        (household, need) in habits
        for household, needs in bought.items()
        for need in needs
        if values[household]["eligible"]
    )
    every = sum(len(needs) for household, needs in bought.items() if values[household]["eligible"])
    assert quality.repeat_share == known / every


def test_buckets_do_not_matter(tmp_path):
    shops = [stocked(tmp_path / str(buckets), lines(), buckets=buckets) for buckets in (1, 5)]
    assert judged(shops[0]) == judged(shops[1])


def test_what_arrived_late_counts_as_bought(tmp_path):
    late = [{**row, "known_from_on": row["sold_on"] + timedelta(days=60)} for row in lines()]
    rows = [row if row["sold_on"] < AS_OF else other for row, other in zip(lines(), late, strict=True)]
    assert judged(stocked(tmp_path / "late", rows)) == judged(stocked(tmp_path / "prompt", lines()))


def test_lines_after_the_window_do_not_count(tmp_path):
    short = [row for row in lines() if row["sold_on"] < UNTIL]
    assert judged(stocked(tmp_path / "short", short)) == judged(stocked(tmp_path / "long", lines()))


def test_a_window_that_is_still_open_is_refused(tmp_path):
    rows = [row for row in lines() if row["sold_on"] < UNTIL - timedelta(days=1)]
    warehouse = stocked(tmp_path, rows)
    before = warehouse.datasets()
    with pytest.raises(
        ContractError, match="has not closed: till lines of 2017-06-18 are needed, but they reach to"
    ):
        judged(warehouse)
    assert warehouse.datasets() == before


def test_a_forecast_worth_its_name_beats_chance(tmp_path):
    quality = judged(stocked(tmp_path, lines()))
    for level in quality.levels:
        assert level.auc is not None
        assert level.auc > 0.6
        assert level.calibration_error < 0.2
    assert [level.level for level in quality.levels] == ["need", "product"]
