"""Why a household's next list says what it says: each need it may buy, in a sentence a shopper accepts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from regulars.ingest import pretty_need
from regulars.kernel import ContractError
from regulars.lists import habit_sentence, habit_state
from regulars.predict import METHODS, WINDOW_DAYS

from ._data import data_status
from ._forecast import forecast_dataset, forecast_days, forecast_facts
from ._household_rows import household_rows, rows_named, value_of
from ._models import model_records
from ._names import plan_dataset, snapshot
from ._plan import plans_of
from ._ports import Warehouse
from ._shopping import household_chances_dataset

_FORECAST = ("probability", "quantity", "expected_on", "expected_on_low_80", "expected_on_high_80")
_ROW = ("level", "rank", "item_id", *_FORECAST)
_HABIT = ("need_id", "days_bought", "gap_days_sum", "last_on", "favourite_product_id")
_CLASS = ("product_id", "tier")
_PRODUCT = ("product_id", "category_id", "name")
_COUNTED = "forecast_items"
"""What methods look at that count; see `predict.Method.items_table`."""
_DAYS_NAMED = 5
"""Of the days that have a forecast, so many are named: the newest."""


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
        unprinted: Why no list shows it, the sensitive tier of its product or how long ago it was bought; else an empty
            text.
        days_ever: Days it was bought on before the day, ever; None where that was not asked for.
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
    unprinted: str = ""
    days_ever: int | None = None


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
        counts: Whether the method goes by how often a need was bought over many months, and not by visits or gaps.
        eligible: Whether the household spends enough for a list.
        shops_learnt: Whether the chance to shop was learnt, and is not merely the share of past fortnights.
        plans_before: Plans of the day that were made from another forecast than this, and what that was made by.
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
    counts: bool = False
    eligible: bool = True
    shops_learnt: bool = True
    plans_before: tuple[tuple[str, str], ...] = ()


def explain_forecast(
    warehouse: Warehouse,
    household_id: str,
    *,
    as_of_on: date | None = None,
    most: int,
    closed_tiers: Collection[str] = (),
    unprinted_tiers: Collection[str] = (),
    lapsed_days: int | None = None,
    history: bool = False,
) -> ExplainedForecast:
    """Explain the first needs of a household's forecast.

    What was closed since the forecast was made is left out, as are needs that the day's profiles, made anew since, do
    not know any more; the places of the others close up.

    Args:
        warehouse: Holds the forecast as of the day.
        household_id: Whose.
        as_of_on: The day; the newest that has a forecast if it is not given.
        most: How many needs at most.
        closed_tiers: Sensitive tiers that must not be seen.
        unprinted_tiers: Sensitive tiers of which no list shows a line; their needs are marked.
        lapsed_days: Needs last bought longer ago than this are on no list and marked as well; None for none.
        history: Also count the days each need was ever bought on, which takes the day's lines.

    Raises:
        ContractError: There is no forecast as of the day, or none of the household; the message says which and why.
    """
    as_of_on = _day_forecast(warehouse, as_of_on)
    rows = household_rows(warehouse, forecast_dataset(as_of_on), household_id, _ROW)
    habits = household_rows(warehouse, snapshot(as_of_on, "household_needs"), household_id, _HABIT)
    by_need = {row["need_id"]: row for row in habits}
    known = (row for row in rows if row["level"] == "need" and row["item_id"] in by_need)
    needs = sorted(known, key=lambda row: row["rank"])
    if not needs:
        raise _not_forecast(warehouse, household_id, as_of_on)
    favourites = {by_need[row["item_id"]]["favourite_product_id"] for row in needs}
    classes = rows_named(warehouse, snapshot(as_of_on, "product_classes"), "product_id", favourites, _CLASS)
    tiers = {row["product_id"]: row["tier"] for row in classes}
    told = [{**row, "tier": tiers[by_need[row["item_id"]]["favourite_product_id"]]} for row in needs]
    open_needs = [row for row in told if row["tier"] not in closed_tiers][:most]
    ever = _days_ever(warehouse, household_id, as_of_on) if history else {}
    ranked = [
        {
            **row,
            "rank": place,
            "days_ever": ever.get(row["item_id"]),
            "unprinted": row["tier"]
            if row["tier"] in unprinted_tiers
            else _too_long_ago(by_need[row["item_id"]]["last_on"], as_of_on, lapsed_days),
        }
        for place, row in enumerate(open_needs, 1)
    ]
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
        eligible=bool((value_of(warehouse, household_id, as_of_on) or {"eligible": True})["eligible"]),
        shops_learnt=warehouse.properties(household_chances_dataset(as_of_on)).get("learnt") != "no",
        plans_before=_plans_before(warehouse, as_of_on),
    )


def _plans_before(warehouse: Warehouse, as_of_on: date) -> tuple[tuple[str, str], ...]:
    """Plans of a day whose forecast was replaced since, each with that forecast's method, where it is known."""
    now = forecast_facts(warehouse, as_of_on)
    kept = {
        plan_id: warehouse.properties(plan_dataset(plan_id, "plan")) for plan_id in plans_of(warehouse, as_of_on)
    }
    return tuple(
        (str(plan_id), facts["forecast_method"])
        for plan_id, facts in kept.items()
        if facts.get("forecast_digest", now["forecast_digest"]) != now["forecast_digest"]
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
        hint=f"name one of these days{_or_make(warehouse, as_of_on)}",
    )


def _or_make(warehouse: Warehouse, as_of_on: date) -> str:
    """How the forecast of a day can be made, or why it cannot."""
    for lines in data_status(warehouse):
        if lines.kind == "lines" and lines.first_on is not None and lines.last_on is not None:
            if lines.first_on < as_of_on <= lines.last_on + timedelta(days=1):
                return f", or make it with `regulars forecast run --as-of {as_of_on}`"
            return f"; till lines are loaded from {lines.first_on} to {lines.last_on}, so {as_of_on} can have none"
    return ""


def _not_forecast(warehouse: Warehouse, household_id: str, as_of_on: date) -> ContractError:
    """Why a household has no row in the forecast of a day."""
    value = value_of(warehouse, household_id, as_of_on)
    if value is None:
        first_on = min(
            (row["sold_on"] for row in household_rows(warehouse, "lines", household_id, ("sold_on",))),
            default=None,
        )
        if first_on is not None:
            return ContractError(
                f"household {household_id!r} has no forecast as of {as_of_on}: its first till line is of {first_on}",
                hint="the first cycle that begins after that day forecasts it",
            )
        return ContractError(
            f"no till line before {as_of_on} is of a household {household_id!r}",
            hint="write its id as the till lines have it; capitals and leading zeros count",
        )
    earlier = (day for day in reversed(forecast_days(warehouse)) if day < as_of_on)
    day = next((day for day in earlier if household_rows(warehouse, forecast_dataset(day), household_id)), None)
    shopped = f"it shopped last on {value['last_on']}"
    return ContractError(
        f"household {household_id!r} has no forecast as of {as_of_on}: in the 182 days before, it bought nothing that "
        "is forecast",
        hint=f"{shopped}; no other day has a forecast of it, and the next comes with its next purchase"
        if day is None
        else f"{shopped}; `regulars forecast explain {household_id} --as-of {day}` tells the last forecast it had",
    )


def _too_long_ago(last_on: date, as_of_on: date, lapsed_days: int | None) -> str:
    """How long ago a need was bought that lists leave out for it; else an empty text."""
    days = (as_of_on - last_on).days
    return f"last bought {days} days ago" if lapsed_days is not None and days > lapsed_days else ""


def _days_ever(warehouse: Warehouse, household_id: str, as_of_on: date) -> Counter[str]:
    """Days each need was bought on before a day, as a count sees them."""
    rows = household_rows(warehouse, snapshot(as_of_on, "open_lines"), household_id, ("need_id", "sold_on"))
    return Counter(need_id for need_id, _ in {(row["need_id"], row["sold_on"]) for row in rows})


def _learnt(warehouse: Warehouse, as_of_on: date) -> tuple[str, date | None, int, bool]:
    """What a forecast was made by, until which day that learnt, from how many pairs, and whether it counts."""
    facts = warehouse.properties(forecast_dataset(as_of_on))
    method, until = facts.get("method", ""), facts.get("trained_until_on", "")
    counts = method in METHODS and METHODS[method].items_table == _COUNTED
    for one in model_records(warehouse):
        if (one.method, one.trained_until_on.isoformat()) == (method, until):
            return method, one.trained_until_on, one.rows, counts
    return method, None, 0, counts


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
        unprinted=row["unprinted"],
        days_ever=row["days_ever"],
        **{key: row[key] for key in _FORECAST},
    )
