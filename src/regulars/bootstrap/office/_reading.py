"""The reading screens bound to an office: days and plans are picked, what never changes is kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import date
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from regulars.adapters import FolderWarehouse
from regulars.bootstrap._bound import newest_plan
from regulars.bootstrap._workspace import Workspace
from regulars.flows import (
    BudgetCurve,
    JobState,
    NineCells,
    PlanDiff,
    PlanState,
    data_status,
    diff_plans,
    forecast_dataset,
    show_cells,
    snapshot,
)
from regulars.flows.views import (
    CategoryRow,
    CategoryView,
    ForecastView,
    LaneDay,
    NamedUse,
    PlanChoice,
    PlanFigures,
    PlanMoney,
    StatementRow,
    TillsView,
    category_rows,
    category_view,
    forecast_view,
    lane_days,
    latest_uses,
    plan_choices,
    plan_figures,
    plan_money,
    profile_days,
    statements_view,
    tills_view,
)
from regulars.kernel import ContractError, PlanId, digest_of

from ._kept import Kept
from ._office import Office

_JOBS_LOOKED_AT = 200

_Value = TypeVar("_Value")
_MEMORIES: WeakKeyDictionary[Workspace, Kept] = WeakKeyDictionary()


def kept(office: Office, key: Hashable, make: Callable[[], _Value]) -> _Value:
    """What never changes for a key; see `Kept`.

    Args:
        office: Whose memory.
        key: What it was made from.
        make: Makes it.
    """
    return _MEMORIES.setdefault(office.workspace, Kept()).get(key, make)


def files_digest(warehouse: FolderWarehouse, *datasets: str) -> str:
    """A digest of all files of some datasets: the same files, the same answer."""
    return digest_of(*(file.sha256 for dataset in datasets for file in warehouse.files(dataset)))


def profiles_on(office: Office) -> date:
    """The newest day with profiles.

    Raises:
        ContractError: There is none yet.
    """
    days = profile_days(office.warehouse)
    if not days:
        raise ContractError("there are no profiles yet", hint="load till lines, then start a cycle on Today")
    return days[-1]


def desk_day(office: Office) -> date:
    """The day whose profiles and forecast answer a shopper: the newest that is not ahead and has both.

    While the next cycle is prepared its profiles are there before its forecast, and both are of a day ahead.

    Raises:
        ContractError: There are no profiles yet.
    """
    newest = profiles_on(office)
    warehouse = office.warehouse
    whole = [day for day in profile_days(warehouse) if warehouse.has(forecast_dataset(day))]
    begun = [day for day in whole if day <= office.today()]
    return max(begun or whole or [newest])


def shown_plan(office: Office, plan_id: str = "") -> PlanId:
    """The plan asked for, else the newest, an applied one first.

    Raises:
        ContractError: There is none.
    """
    return PlanId(plan_id) if plan_id else newest_plan(office.workspace, None)


def held_plan(office: Office) -> PlanId:
    """The plan whose lists shoppers hold: the applied one that runs today, else the newest applied, else the newest.

    Raises:
        ContractError: There is none.
    """
    applied = [one.plan for one in office.ledger.plans() if one.state is PlanState.APPLIED]
    today = office.today()
    runs = [one for one in applied if one.period.from_on <= today < one.period.until_on]
    newest = max(runs or applied, key=lambda one: (one.period.from_on, one.plan_id), default=None)
    return shown_plan(office) if newest is None else newest.plan_id


def nine_cells(office: Office, as_of_on: date) -> list[NineCells]:
    """The nine cells of every category on a day."""
    warehouse = office.warehouse
    key = ("cells", files_digest(warehouse, snapshot(as_of_on, "household_cells")))
    return kept(office, key, lambda: show_cells(warehouse, office.workspace.engine, as_of_on=as_of_on))


def categories_view(office: Office) -> tuple[date, tuple[CategoryRow, ...]]:
    """Every category, and the day of its figures."""
    day = profiles_on(office)
    return day, category_rows(nine_cells(office, day))


def one_category(office: Office, category_id: str) -> CategoryView | None:
    """One category; None if nobody bought in it."""
    day, warehouse = profiles_on(office), office.warehouse
    cells = nine_cells(office, day)
    datasets = (snapshot(day, "household_cells"), snapshot(day, "household_products"), "products")
    key = ("category", category_id, files_digest(warehouse, *datasets))
    return kept(
        office,
        key,
        lambda: category_view(warehouse, office.workspace.engine, cells, category_id, as_of_on=day),
    )


def plans_to_show(office: Office) -> tuple[PlanChoice, ...]:
    """Every plan that may be looked at."""
    return plan_choices(office.warehouse, office.ledger)


def plan_shown(office: Office, plan_id: str) -> PlanFigures:
    """All of a plan that never changes; see `flows.views.plan_figures`."""
    warehouse = office.warehouse
    return kept(office, ("plan", plan_id), lambda: plan_figures(warehouse, office.workspace.engine, plan_id))


def plan_money_now(office: Office, plan_id: str) -> PlanMoney:
    """How a plan's budgets stand in the ledger."""
    return plan_money(office.ledger.budget_totals(PlanId(plan_id)))


def plan_curves(office: Office, plan_id: str) -> tuple[BudgetCurve, ...] | None:
    """What larger budgets of a plan would bring, if that was worked out lately; None if not."""
    jobs = office.ledger.newest_jobs(_JOBS_LOOKED_AT)
    mine = (one for one in jobs if one.kind == "curves" and one.arguments.get("plan_id") == plan_id)
    done = next((one for one in mine if one.state is JobState.DONE), None)
    found = None if done is None else office.ledger.find_job(done.job_id)
    if found is None:
        return None
    curves: Any = found.result["curves"]
    return tuple(BudgetCurve(**{**one, "points": tuple(map(tuple, one["points"]))}) for one in curves)


def plans_beside(office: Office, before_id: str, after_id: str) -> PlanDiff:
    """What changed between two plans; see `flows.diff_plans`."""
    warehouse = office.warehouse
    return kept(office, ("diff", before_id, after_id), lambda: diff_plans(warehouse, before_id, after_id))


def lane_sales(office: Office) -> tuple[LaneDay, ...]:
    """What lanes sold in the last days with till lines, until today."""
    warehouse = office.warehouse

    def counted() -> tuple[LaneDay, ...]:
        lines = [status.last_on for status in data_status(warehouse) if status.kind == "lines"]
        last_on = lines[0] if lines else None
        return lane_days(
            warehouse, office.workspace.engine, None if last_on is None else min(last_on, office.today())
        )

    return kept(office, ("lanes", office.today(), files_digest(warehouse, "lines")), counted)


def tills_shown(office: Office, stores: frozenset[str] | None, store_id: str) -> TillsView | None:
    """The tills of today; None when the store is unknown or may not be seen."""
    return tills_view(
        office.warehouse, office.ledger, lane_sales(office), on=office.today(), stores=stores, store_id=store_id
    )


def uses_now(office: Office, stores: frozenset[str] | None) -> tuple[NamedUse, ...]:
    """What was armed last."""
    return latest_uses(office.warehouse, office.ledger, stores=stores)


def statements_shown(office: Office) -> tuple[StatementRow, ...]:
    """What each vendor owes and was billed."""
    return statements_view(office.ledger)


def forecast_shown(office: Office, judged_on: date | None) -> ForecastView | None:
    """How the forecasts do; None when that day's was not judged."""
    return forecast_view(office.warehouse, cycle_on=office.settings.cycle.first_on, judged_on=judged_on)
