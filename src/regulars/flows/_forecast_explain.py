"""Why a household's next list says what it says: each need it will probably buy, in a sentence a shopper accepts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from regulars.ingest import pretty_need
from regulars.kernel import ContractError, ModelError
from regulars.lists import habit_sentence
from regulars.predict import METHODS, WINDOW_DAYS

from ._forecast import forecast_dataset, forecast_days
from ._household_rows import household_rows, rows_named, value_of
from ._models import model_records, newest_model
from ._names import snapshot
from ._ports import Warehouse
from ._shopping import household_chances_dataset

_FORECAST = ("probability", "quantity", "expected_on", "expected_on_low_80", "expected_on_high_80")
_HABIT = ("need_id", "days_bought", "gap_days_sum", "last_on", "favourite_product_id")
_CLASS = ("product_id", "tier")
_PRODUCT = ("product_id", "category_id", "name")
_DAYS_NAMED = 5
"""Of the days that have a forecast, so many are named: the newest."""
_OVERDUE_GAPS, _STOPPED_GAPS = 2, 3
"""A habit is overdue, or seems to have stopped, when the last purchase is more than so many usual gaps ago."""
_GAP_DAYS_MIN = 4
"""A shorter gap counts as so long here, as it does on the list: a week away is no end of a habit."""


@dataclass(frozen=True)
class ExplainedNeed:
    """One need a household may buy in the cycle, and what that rests on.

    Args:
        rank: Place among the household's needs.
        need_id: The need.
        name: As a person writes it.
        product: Name of the product of it the household buys most.
        sentence: Why, in a sentence.
        probability: Chance of buying it within the window.
        quantity: Units expected on a day it is bought.
        expected_on: Day it is expected, None where a day means nothing; 182 days ahead is "then or later".
        expected_on_low_80: Begin of the interval that holds 80 per cent.
        expected_on_high_80: Its end.
        days_bought: Days it was bought on in 182.
        every_days: Usual gap; None for fewer than three days.
        last_on: Day it was bought last.
        habit: Whether it is overdue or seems to have stopped, else an empty text.
    """

    rank: int
    need_id: str
    name: str
    product: str
    sentence: str
    probability: float
    quantity: int
    expected_on: date | None
    expected_on_low_80: date | None
    expected_on_high_80: date | None
    days_bought: int
    every_days: int | None
    last_on: date
    habit: str


@dataclass(frozen=True)
class ExplainedForecast:
    """What is forecast for a household and why.

    Args:
        household_id: Whose.
        as_of_on: First day of the window.
        shops: Chance that it buys anything within the window.
        visits_182: Days it shopped on in 182.
        last_visit_on: The last of them.
        needs: Its needs, the likeliest first.
        days: Length of the window.
        method: What the chances were made by.
        trained_until_on: The day before which everything that learnt from lies; None where it is not known any more.
        pairs: Pairs of household and item it learnt from; 0 where the chances are assumed.
    """

    household_id: str
    as_of_on: date
    shops: float | None
    visits_182: int
    last_visit_on: date | None
    needs: tuple[ExplainedNeed, ...]
    days: int = WINDOW_DAYS
    method: str = ""
    trained_until_on: date | None = None
    pairs: int = 0


def explain_forecast(
    warehouse: Warehouse,
    household_id: str,
    *,
    as_of_on: date | None = None,
    most: int,
    closed_tiers: Collection[str] = (),
) -> ExplainedForecast:
    """Explain the first needs of a household's forecast.

    What was closed since the forecast was made is left out, and the places of the others close up.

    Args:
        warehouse: Holds the forecast as of the day.
        household_id: Whose.
        as_of_on: The day; the newest that has a forecast if it is not given.
        most: How many needs at most.
        closed_tiers: Sensitive tiers that must not be seen.

    Raises:
        ContractError: There is no forecast as of the day, or none of the household; the message says which and why.
    """
    as_of_on = _day_forecast(warehouse, as_of_on)
    rows = household_rows(
        warehouse, forecast_dataset(as_of_on), household_id, ("level", "rank", "item_id", *_FORECAST)
    )
    needs = sorted((row for row in rows if row["level"] == "need"), key=lambda row: row["rank"])
    if not needs:
        raise _not_forecast(warehouse, household_id, as_of_on)
    habits = household_rows(warehouse, snapshot(as_of_on, "household_needs"), household_id, _HABIT)
    by_need = {row["need_id"]: row for row in habits}
    favourites = {by_need[row["item_id"]]["favourite_product_id"] for row in needs}
    tiers = {
        row["product_id"]: row["tier"]
        for row in rows_named(warehouse, snapshot(as_of_on, "product_classes"), "product_id", favourites, _CLASS)
    }
    open_needs = [
        row for row in needs if tiers[by_need[row["item_id"]]["favourite_product_id"]] not in closed_tiers
    ]
    ranked = [{**row, "rank": place} for place, row in enumerate(open_needs[:most], 1)]
    products = {
        row["product_id"]: row for row in rows_named(warehouse, "products", "product_id", favourites, _PRODUCT)
    }
    chances = household_rows(warehouse, household_chances_dataset(as_of_on), household_id)
    chance: dict[str, Any] = chances[0] if chances else {"probability": None, "visits_182": 0, "last_on": None}
    return ExplainedForecast(
        household_id,
        as_of_on,
        chance["probability"],
        chance["visits_182"],
        chance["last_on"],
        tuple(_explained(row, by_need[row["item_id"]], products, as_of_on) for row in ranked),
        WINDOW_DAYS,
        *_learnt(warehouse, as_of_on),
    )


def _day_forecast(warehouse: Warehouse, as_of_on: date | None) -> date:
    """The day asked for, or the newest, if it has a forecast."""
    days = forecast_days(warehouse)
    if not days:
        raise ContractError("there is no forecast yet", hint="make one with `regulars forecast run`")
    if as_of_on is None or as_of_on in days:
        return as_of_on or days[-1]
    named = ", ".join(str(day) for day in days[-_DAYS_NAMED:])
    earlier = f" and {len(days) - _DAYS_NAMED} earlier ones" if len(days) > _DAYS_NAMED else ""
    raise ContractError(
        f"there is no forecast as of {as_of_on}; there is one as of {named}{earlier}",
        hint=f"name one of these days, or make it with `regulars forecast run --as-of {as_of_on}`",
    )


def _not_forecast(warehouse: Warehouse, household_id: str, as_of_on: date) -> ContractError:
    """Why a household has no row in the forecast of a day."""
    value = value_of(warehouse, household_id, as_of_on)
    if value is None:
        return ContractError(
            f"no till line before {as_of_on} is of a household {household_id!r}",
            hint="write its id as the till lines have it; capitals and leading zeros count",
        )
    return ContractError(
        f"household {household_id!r} bought nothing that is forecast in the 182 days before {as_of_on}",
        hint=f"it shopped last on {value['last_on']}; name an earlier day that has a forecast with --as-of",
    )


def _learnt(warehouse: Warehouse, as_of_on: date) -> tuple[str, date | None, int]:
    """What a forecast was made by, until which day that learnt, and from how many pairs."""
    method = warehouse.properties(forecast_dataset(as_of_on)).get("method", "")
    try:
        until_on = newest_model(warehouse, METHODS[method], as_of_on, good=True)
    except (KeyError, ModelError):
        return method, None, 0
    records = model_records(warehouse)
    return (
        method,
        until_on,
        next(one.rows for one in records if (one.method, one.trained_until_on) == (method, until_on)),
    )


def habit_state(every_days: int | None, last_on: date, as_of_on: date) -> str:
    """Whether a habit is overdue or seems to have stopped; an empty text where neither, or where there is none.

    Args:
        every_days: The usual gap; None where there is none to speak of.
        last_on: The day of the last purchase.
        as_of_on: The day.

    Source:
        docs/algorithms/forecast.md, "When a habit has stopped".

    Example:
        >>> habit_state(8, date(2017, 9, 2), date(2017, 11, 27)), habit_state(8, date(2017, 11, 7), date(2017, 11, 27))
        ('seems to have stopped', 'overdue')
    """
    if every_days is None:
        return ""
    gaps = (as_of_on - last_on).days / max(every_days, _GAP_DAYS_MIN)
    return "seems to have stopped" if gaps > _STOPPED_GAPS else "overdue" if gaps > _OVERDUE_GAPS else ""


def _explained(
    row: Mapping[str, Any], habit: Mapping[str, Any], products: Mapping[str, Mapping[str, Any]], as_of_on: date
) -> ExplainedNeed:
    gaps = habit["days_bought"] - 1
    every_days = (2 * habit["gap_days_sum"] + gaps) // (2 * gaps) if gaps >= 2 else None
    product = products[habit["favourite_product_id"]]
    name = pretty_need(row["item_id"], product["category_id"])
    return ExplainedNeed(
        rank=row["rank"],
        need_id=row["item_id"],
        name=name,
        product=product["name"],
        sentence=habit_sentence(name, every_days, habit["last_on"], as_of_on),
        days_bought=habit["days_bought"],
        every_days=every_days,
        last_on=habit["last_on"],
        habit=habit_state(every_days, habit["last_on"], as_of_on),
        **{key: row[key] for key in _FORECAST},
    )
