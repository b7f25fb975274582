from datetime import timedelta

import pytest
from small_shop import AS_OF, CLOSED, SETTINGS, engine, lines, rows_of, stocked

from regulars.flows import explain_forecast, household_chances_dataset, run_forecast
from regulars.flows._forecast_explain import habit_state
from regulars.kernel import ContractError


def run(warehouse):
    run_forecast(warehouse, engine(), as_of_on=AS_OF, **SETTINGS)
    return rows_of(warehouse, household_chances_dataset(AS_OF))


def test_each_household_has_a_chance_to_shop_that_sees_nothing_of_the_day_or_later(tmp_path):
    past = [row for row in lines() if row["sold_on"] < AS_OF]
    later = [{**row, "transaction_id": f"{row['transaction_id']}+", "sold_on": AS_OF} for row in past[::5]]
    found = run(stocked(tmp_path / "a", past))
    assert found == run(stocked(tmp_path / "b", [*past, *later]))
    assert sorted(row["household_id"] for row in found) == sorted({row["household_id"] for row in past})
    assert all(0 < row["probability"] < 1 for row in found)


def test_a_forecast_is_explained_in_sentences(tmp_path):
    warehouse = stocked(tmp_path, lines())
    run(warehouse)
    explained = explain_forecast(warehouse, "h3", as_of_on=AS_OF, most=3)
    assert [need.rank for need in explained.needs] == [1, 2, 3]
    first = explained.needs[0]
    month = {5: "May", 6: "Jun"}[first.last_on.month]
    assert first.sentence == (
        f"You buy {first.name.lower() if not first.name.isupper() else first.name} about every {first.every_days} "
        f"days; last on {month} {first.last_on.day}."
    )
    assert first.habit == habit_state(first.every_days, first.last_on, AS_OF)
    assert explained.shops is not None
    assert (explained.days, explained.method, explained.trained_until_on) == (14, "decayed-count", AS_OF)
    assert explained.pairs > 50
    assert explain_forecast(warehouse, "h3", most=3) == explained
    with pytest.raises(ContractError, match="no till line before 2017-06-05 is of a household 'nobody'"):
        explain_forecast(warehouse, "nobody", as_of_on=AS_OF, most=3)
    with pytest.raises(ContractError, match=r"no forecast as of 2017-06-12; there is one as of 2017-06-05\n"):
        explain_forecast(warehouse, "h3", as_of_on=AS_OF + timedelta(days=7), most=3)


@pytest.mark.parametrize(
    ("every_days", "days_ago", "told"),
    [
        (8, 16, ""),
        (8, 17, "overdue"),
        (8, 24, "overdue"),
        (8, 25, "seems to have stopped"),
        (1, 8, ""),
        (2, 13, "seems to have stopped"),
        (None, 90, ""),
    ],
)
def test_a_habit_is_overdue_after_two_gaps_and_seems_to_have_stopped_after_three(every_days, days_ago, told):
    last_on = AS_OF - timedelta(days=days_ago)
    assert habit_state(every_days, last_on, AS_OF) == told


def test_a_household_that_bought_nothing_that_is_forecast_is_told_so(tmp_path):
    gone = [
        row for row in lines() if row["household_id"] != "h3" or row["product_id"] == "not in the product file"
    ]
    warehouse = stocked(tmp_path, gone)
    with pytest.raises(ContractError, match="there is no forecast yet"):
        explain_forecast(warehouse, "h3", most=3)
    run(warehouse)
    with pytest.raises(ContractError, match="'h3' bought nothing that is forecast in the 182 days before"):
        explain_forecast(warehouse, "h3", most=3)


def test_what_was_closed_since_is_not_explained(tmp_path):
    warehouse = stocked(tmp_path, lines())
    run_forecast(warehouse, engine(), as_of_on=AS_OF, **{**SETTINGS, "closed_tiers": []})
    before = explain_forecast(warehouse, "h10", as_of_on=AS_OF, most=30)
    assert "PAIN" in {need.need_id for need in before.needs}
    after = explain_forecast(warehouse, "h10", as_of_on=AS_OF, most=30, closed_tiers=[CLOSED])
    assert [need.need_id for need in after.needs] == [
        need.need_id for need in before.needs if need.need_id != "PAIN"
    ]
    assert [need.rank for need in after.needs] == list(range(1, len(before.needs)))
