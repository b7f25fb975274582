"""Of what we said, this came true: the last judged forecast, drift over the cycles, the model in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from regulars.predict import METHODS

from ._forecast import forecast_dataset, forecast_days
from ._forecast_judged import JudgedForecast, judged_cycles, judged_days, read_judgement
from ._ports import Warehouse

DRIFT_CYCLES = 26


@dataclass(frozen=True)
class DriftRow:
    """How one cycle's forecast of needs came true.

    Args:
        as_of_on: First day of its window.
        method: How it was made.
        said: Mean chance of the ten needs ranked first.
        happened: Share of them that was bought.
        bought_of_ten: Of ten ranked first, how many a household that shopped bought.
        log_loss: Of the chances.
        calibration_error: Expected calibration error.
        run: How often the method had changed before; rows of one run can be held against each other.
    """

    as_of_on: date
    method: str
    said: float
    happened: float
    bought_of_ten: float
    log_loss: float
    calibration_error: float
    run: int


@dataclass(frozen=True)
class ModelRow:
    """A model that was learnt: its method, the day its training ended, what is remembered of it."""

    method: str
    trained_until_on: date
    facts: Mapping[str, str]

    @property
    def put_aside(self) -> bool:
        """Whether it was worse than what it was judged against, so that no forecast is made with it."""
        return _is_aside(self.facts)


@dataclass(frozen=True)
class ForecastView:
    """How the forecasts do.

    Args:
        as_of_on: Day of the newest forecast; None without one.
        method: How that was made.
        rows: Chances it holds.
        judged: The judgement that is looked at; None while none was made.
        days: First days of cycles whose forecast was judged, ascending; a day that was merely tried is not among them.
        drift: The judged forecasts of the last of them, the oldest first.
        models: Models the newest forecast rests on, and the one that was put aside for it; none else that was learnt to
            be set beside its method.
    """

    as_of_on: date | None
    method: str
    rows: int
    judged: JudgedForecast | None
    days: tuple[date, ...]
    drift: tuple[DriftRow, ...]
    models: tuple[ModelRow, ...]

    @property
    def judged_last_on(self) -> date | None:
        """Last day of the window that is looked at."""
        return None if self.judged is None else self.judged.until_on - timedelta(days=1)


def forecast_view(warehouse: Warehouse, *, cycle_on: date, judged_on: date | None = None) -> ForecastView | None:
    """How the forecasts do.

    Args:
        warehouse: Holds forecasts, models and judgements.
        cycle_on: First day of some cycle.
        judged_on: Whose judgement is looked at, of a cycle or merely tried; None for that of the newest cycle.

    Returns:
        None when that day's forecast was not judged.
    """
    if judged_on is not None and judged_on not in judged_days(warehouse):
        return None
    days = judged_cycles(warehouse, cycle_on)
    kept = {day: read_judgement(warehouse, day) for day in days[-DRIFT_CYCLES:]}
    chosen = judged_on or (days[-1] if days else None)
    judged = None if chosen is None else kept.get(chosen) or read_judgement(warehouse, chosen)
    made = forecast_days(warehouse)
    newest = made[-1] if made else None
    facts = warehouse.properties(forecast_dataset(newest)) if newest else {}
    return ForecastView(
        newest,
        facts.get("method", ""),
        int(facts.get("rows", "0")),
        judged,
        tuple(days),
        drift_rows(list(kept.values())),
        _models(warehouse, newest, facts),
    )


def drift_rows(judged: Sequence[JudgedForecast]) -> tuple[DriftRow, ...]:
    """How forecasts came true, one after the other.

    Args:
        judged: The oldest first.
    """
    rows: list[DriftRow] = []
    for one in judged:
        need = one.level("need")
        changed = bool(rows) and rows[-1].method != one.method
        rows.append(
            DriftRow(
                one.as_of_on,
                one.method,
                need.first_ten_said,
                need.first_ten_happened,
                10 * need.precision_at_10,
                need.log_loss,
                need.calibration_error,
                rows[-1].run + changed if rows else 0,
            )
        )
    return tuple(rows)


def _models(warehouse: Warehouse, newest: date | None, facts: Mapping[str, str]) -> tuple[ModelRow, ...]:
    """The model the newest forecast was made with, one of its day that was put aside, and what is learnt beside."""
    used = facts.get("method", ""), facts.get("trained_until_on", str(newest))
    shown: set[tuple[str, str]] = set()
    latest: dict[str, str] = {}
    for name in warehouse.datasets():
        folder, _, rest = name.partition("/")
        model, _, day = rest.partition("/")
        if folder != "models" or not day or newest is None or day > newest.isoformat():
            continue
        if model not in METHODS:
            latest[model] = max(day, latest.get(model, ""))
        elif (model, day) == used or (day == newest.isoformat() and _is_aside(warehouse.properties(name))):
            shown.add((model, day))
    return tuple(
        ModelRow(model, date.fromisoformat(day), warehouse.properties(f"models/{model}/{day}"))
        for model, day in sorted(shown | set(latest.items()))
    )


def _is_aside(facts: Mapping[str, str]) -> bool:
    return facts.get("good") == "no"
