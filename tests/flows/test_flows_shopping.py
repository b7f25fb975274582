from datetime import date, timedelta

import pytest
from small_shop import AS_OF, CLOSED, SETTINGS, deciding, engine, lines, products, rows_of, stocked

from regulars.flows import build_profiles, explain_forecast, household_chances_dataset, run_forecast
from regulars.flows._names import snapshot
from regulars.kernel import ContractError
from regulars.lists import habit_sentence, habit_state


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


@pytest.fixture(scope="module")
def forecast_shop(tmp_path_factory):
    """A shop whose forecast is made."""
    warehouse = stocked(tmp_path_factory.mktemp("shop"), lines())
    run(warehouse)
    return warehouse


def test_a_forecast_is_explained_in_sentences(forecast_shop):
    warehouse = forecast_shop
    explained = explain_forecast(warehouse, "h3", as_of_on=AS_OF, most=3)
    assert [need.rank for need in explained.needs] == [1, 2, 3]
    first = explained.needs[0]
    assert first.sentence == habit_sentence(first.name, first.every_days, first.last_on, AS_OF)
    assert first.sentence.startswith(f"{first.name}: you buy this about every {first.every_days} days; last on ")
    assert first.habit == habit_state(first.every_days, first.last_on, AS_OF)
    assert explained.shops is not None
    assert (explained.days, explained.method, explained.trained_until_on) == (14, "decayed-count", AS_OF)
    assert explained.pairs > 50
    assert explained.counts
    assert not explained.shops_learnt
    assert [need.days_ever for need in explained.needs] == [None] * 3
    assert explain_forecast(warehouse, "h3", most=3) == explained
    with pytest.raises(ContractError, match="no till line before 2017-06-05 is of a household 'nobody'"):
        explain_forecast(warehouse, "nobody", as_of_on=AS_OF, most=3)


@pytest.mark.parametrize(
    ("day", "hint"),
    [
        ("2017-06-12", r"name one of these days, or make it with `regulars forecast run --as-of 2017-06-12`"),
        ("2017-07-01", r"or make it with `regulars forecast run --as-of 2017-07-01`"),
        ("2017-07-02", r"; till lines are loaded from 2017-01-02 to 2017-06-30, so 2017-07-02 can have none"),
        ("2017-01-03", r"or make it with `regulars forecast run --as-of 2017-01-03`"),
        ("2017-01-02", r"; till lines are loaded from 2017-01-02 to 2017-06-30, so 2017-01-02 can have none"),
    ],
)
def test_a_day_without_a_forecast_is_told_how_to_get_one_where_one_can_be_had(forecast_shop, day, hint):
    with pytest.raises(ContractError, match=r"no forecast as of .*; there is one as of 2017-06-05") as refused:
        explain_forecast(forecast_shop, "h3", as_of_on=date.fromisoformat(day), most=3)
    assert hint in str(refused.value)


def test_a_household_that_came_after_the_day_is_known_and_told_so(tmp_path):
    late = [{**row, "household_id": "new"} for row in lines() if row["sold_on"] >= AS_OF][:3]
    warehouse = stocked(
        tmp_path, [*lines(), *({**row, "transaction_id": f"new {row['transaction_id']}"} for row in late)]
    )
    run_forecast(warehouse, engine(), as_of_on=AS_OF, **SETTINGS)
    first_on = min(row["sold_on"] for row in late)
    with pytest.raises(
        ContractError, match=f"has no forecast as of {AS_OF}: its first till line is of {first_on}"
    ):
        explain_forecast(warehouse, "new", as_of_on=AS_OF, most=3)


def test_an_explanation_says_who_gets_a_list(forecast_shop):
    values = {
        row["household_id"]: row["eligible"] for row in rows_of(forecast_shop, snapshot(AS_OF, "household_value"))
    }
    assert set(values.values()) == {True, False}
    assert {name: explain_forecast(forecast_shop, name, most=1).eligible for name in values} == values


def test_an_explanation_counts_the_days_ever_and_marks_what_is_on_no_list(forecast_shop):
    classes = {row["product_id"]: row["need_id"] for row in products()}
    days = {
        (row["sold_on"], classes.get(row["product_id"]))
        for row in lines()
        if row["household_id"] == "h3" and row["sold_on"] < AS_OF
    }
    told = explain_forecast(forecast_shop, "h3", most=9, history=True, lapsed_days=0)
    assert len(told.needs) > 2
    for need in told.needs:
        assert need.days_ever == sum(need_id == need.need_id for _, need_id in days) >= need.days_bought
        days_ago = (AS_OF - need.last_on).days
        assert need.unprinted == f"last bought {days_ago} days ago"
    assert {need.unprinted for need in explain_forecast(forecast_shop, "h3", most=9, lapsed_days=182).needs} == {
        ""
    }


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
    with pytest.raises(ContractError, match=r"'h3' has no forecast as of 2017-06-05.*bought nothing") as refused:
        explain_forecast(warehouse, "h3", most=3)
    assert "no other day has a forecast of it" in str(refused.value)


def test_what_was_closed_since_is_not_explained(tmp_path):
    warehouse = stocked(tmp_path, lines())
    run_forecast(warehouse, engine(), as_of_on=AS_OF, **deciding(closed_tiers=[]))
    before = explain_forecast(warehouse, "h10", as_of_on=AS_OF, most=30)
    assert "PAIN" in {need.need_id for need in before.needs}
    marked = explain_forecast(warehouse, "h10", as_of_on=AS_OF, most=30, unprinted_tiers=[CLOSED])
    assert {need.need_id: need.unprinted for need in marked.needs if need.unprinted} == {"PAIN": CLOSED}
    after = explain_forecast(warehouse, "h10", as_of_on=AS_OF, most=30, closed_tiers=[CLOSED])
    assert [need.need_id for need in after.needs] == [
        need.need_id for need in before.needs if need.need_id != "PAIN"
    ]
    assert [need.rank for need in after.needs] == list(range(1, len(before.needs)))


def test_a_need_that_profiles_made_anew_know_no_more_is_not_explained(tmp_path):
    warehouse = stocked(tmp_path, lines())
    run_forecast(warehouse, engine(), as_of_on=AS_OF, **deciding(closed_tiers=[]))
    before = explain_forecast(warehouse, "h10", as_of_on=AS_OF, most=30)
    build_profiles(warehouse, engine(), as_of_on=AS_OF, **SETTINGS)
    for closed in ([], [CLOSED]):
        after = explain_forecast(warehouse, "h10", as_of_on=AS_OF, most=30, closed_tiers=closed)
        assert [need.need_id for need in after.needs] == [
            need.need_id for need in before.needs if need.need_id != "PAIN"
        ]


def test_a_household_of_which_profiles_made_anew_know_nothing_is_told_in_words(tmp_path):
    pills = [row for row in lines() if row["household_id"] != "h3" or row["product_id"] == "aspirin"]
    warehouse = stocked(tmp_path, pills)
    run_forecast(warehouse, engine(), as_of_on=AS_OF, **deciding(closed_tiers=[]))
    assert [need.need_id for need in explain_forecast(warehouse, "h3", most=9).needs] == ["PAIN"]
    build_profiles(warehouse, engine(), as_of_on=AS_OF, **SETTINGS)
    with pytest.raises(ContractError, match="'h3' has no forecast as of 2017-06-05"):
        explain_forecast(warehouse, "h3", most=9)
