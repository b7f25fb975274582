"""The service desk's household: its figures, its days, its lists, what it is due for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol, TypeAlias

import pyarrow as pa

from regulars.kernel import ContractError, HouseholdId, PlanId, bucket_of
from regulars.redeem import Grant

from ._answer_ports import HouseholdAnswer
from ._forecast_explain import ExplainedForecast, explain_forecast
from ._household_rows import PAGE_ROWS, Page, household_rows, names_of, page_of, read_where, value_of
from ._ledger_ports import PlanStanding, PlanState
from ._list_ports import ListEdition
from ._names import plan_dataset, snapshot
from ._ports import Warehouse
from ._till_desk import plan_offer_names
from ._till_ports import OpenedList

_TRIP_COLUMNS = (
    "store_id", "lane_id", "sold_on", "transaction_id", "amount_cents", "loyalty_discount_cents", "store_coupon_cents",
)  # fmt: skip
_LIST_COLUMNS = ("list_number", "arm", "face_cents", "from_on", "until_on")
OfferNames: TypeAlias = Callable[[PlanId], Mapping[tuple[str, str], str]]
"""Names of a plan's offers, by plan and offer."""
_CELLS_SHOWN = 12
_PLANS_SHOWN = 6


class HouseholdBook(Protocol):
    """What the ledger says of one household; every call may raise StoreError."""

    def plans(self) -> list[PlanStanding]:
        """All plans, by cycle, then id."""
        ...

    def open_list(self, digest: str) -> OpenedList | None:
        """The list a code's or a phone secret's digest opens, if its plan is applied."""
        ...

    def till_grants(self, plan_id: PlanId, household_id: HouseholdId) -> list[Grant]:
        """A household's grants of a plan with all that was told of them, by id."""
        ...

    def editions_of(self, plan_id: PlanId, household_id: HouseholdId) -> list[ListEdition]:
        """Every change of a household's list of a plan, oldest first."""
        ...

    def answers_of(self, household_id: HouseholdId) -> list[HouseholdAnswer]:
        """A household's answers that stand."""
        ...


@dataclass(frozen=True)
class Trip:
    """One transaction of a household. Money in cents.

    Args:
        sold_on: Business day.
        store_id: The store.
        lane_id: The lane; empty when the source has none.
        number: The lane's number of it.
        lines: Lines on the receipt.
        amount_cents: What was charged, less what came back.
        saved_cents: What came off for loyalty and by store coupons.
    """

    sold_on: date
    store_id: str
    lane_id: str
    number: str
    lines: int
    amount_cents: int
    saved_cents: int


@dataclass(frozen=True)
class GrantUse:
    """One use of a grant: the receipt, what the shopper kept, and whether it stands."""

    on: date
    store_id: str
    receipt: str
    cents: int
    voided: bool
    settled: bool


@dataclass(frozen=True)
class GrantShown:
    """One special a household was given.

    Args:
        offer_id: The offer.
        name: What it is called.
        level: At which level.
        face_cents: What one use saves.
        uses_left: How often it may still be spent.
        closed: Whether it has ended.
        uses: What became of it.
    """

    offer_id: str
    name: str
    level: int
    face_cents: int
    uses_left: int
    closed: bool
    uses: tuple[GrantUse, ...]


@dataclass(frozen=True)
class ListShown:
    """One list a household got.

    Args:
        plan_id: Its plan.
        list_number: Its number in the cycle; 0 when the plan's tables are gone.
        cycle_number: The cycle.
        from_on: First day.
        until_on: First day it no longer holds.
        arm: Targeted or holdout.
        applied: False when its plan was taken back.
        face_cents: What its specials are worth as printed.
        grants: Its specials.
        editions: How it was changed.
    """

    plan_id: str
    list_number: int
    cycle_number: int
    from_on: date
    until_on: date
    arm: str
    applied: bool
    face_cents: int
    grants: tuple[GrantShown, ...]
    editions: tuple[ListEdition, ...]

    @property
    def used_cents(self) -> int:
        """What the household kept of it."""
        return sum(use.cents for grant in self.grants for use in grant.uses)

    @property
    def void(self) -> bool:
        """Whether it opens nothing any more."""
        return bool(self.editions) and self.editions[-1].void


@dataclass(frozen=True)
class HouseholdCell:
    """Where a household stands in one category."""

    category_id: str
    brand_module: str
    usage_module: str
    sureness: str
    amount_cents: int


@dataclass(frozen=True)
class HouseholdView:
    """A household as the service desk sees it.

    Args:
        household_id: Its id.
        name: Its name; empty where the source has none.
        as_of_on: The day its figures were made as of.
        store_id: Home store.
        eligible: Whether it spends enough for a list.
        weekly_spend_cents: What it spends a week.
        trips_182: Trips in 182 days.
        first_on: First day ever.
        last_on: Last day before the day.
        wallet_percent: Estimated share of its daily goods bought here; None where it cannot be said.
        deal_percent: Of its spending, what is below the regular price; None without spending.
        trips: Its latest trips.
        lists: Its latest lists, newest first.
        forecast: What it is due for and why; None without a forecast.
        cells: Where it stands in the categories it spends most in.
        answers: What it told the store.
    """

    household_id: str
    name: str
    as_of_on: date
    store_id: str
    eligible: bool
    weekly_spend_cents: int
    trips_182: int
    first_on: date
    last_on: date
    wallet_percent: int | None
    deal_percent: float | None
    trips: Page[Trip]
    lists: tuple[ListShown, ...]
    forecast: ExplainedForecast | None
    cells: tuple[HouseholdCell, ...]
    answers: tuple[HouseholdAnswer, ...]


def household_view(
    warehouse: Warehouse,
    book: HouseholdBook,
    household_id: str,
    *,
    as_of_on: date,
    today: date,
    stores: frozenset[str] | None,
    before: str = "",
    most_needs: int = 12,
    offer_names: OfferNames | None = None,
    closed_tiers: Collection[str] = (),
    unprinted_tiers: Collection[str] = (),
) -> HouseholdView | None:
    """All a screen shows of one household; None if there is none, or it is another store's.

    Args:
        warehouse: Holds profiles, forecast, lines and plans.
        book: What the ledger says of it.
        household_id: Whose.
        as_of_on: Day of the profiles.
        today: The stores' business day: the last whose trips are shown.
        stores: Home stores whose households may be seen; None for all.
        before: Trips before this key alone, as `Page.next` gives it.
        most_needs: How many needs are explained.
        offer_names: Tells the names of a plan's offers, where they are known already; else they are read.
        closed_tiers: Sensitive tiers that must not be seen; what it is due for of them is left out.
        unprinted_tiers: Sensitive tiers of which no list shows a line; what it is due for of them is marked.
    """
    value = value_of(warehouse, household_id, as_of_on)
    if value is None or (stores is not None and value["home_store_id"] not in stores):
        return None
    try:
        forecast = explain_forecast(
            warehouse,
            household_id,
            as_of_on=as_of_on,
            most=most_needs,
            closed_tiers=closed_tiers,
            unprinted_tiers=unprinted_tiers,
        )
    except ContractError:
        forecast = None
    wallet = household_rows(warehouse, snapshot(as_of_on, "household_wallet"), household_id)
    deals = household_rows(warehouse, snapshot(as_of_on, "household_deals"), household_id)
    amount = deals[0]["amount_cents"] if deals else 0
    return HouseholdView(
        household_id,
        names_of(warehouse, [household_id]).get(household_id, ""),
        as_of_on,
        value["home_store_id"],
        value["eligible"],
        value["weekly_spend_cents"],
        value["trips_182"],
        value["first_on"],
        value["last_on"],
        wallet[0]["wallet_percent"] if wallet else None,
        100 * deals[0]["deal_cents"] / amount if amount else None,
        household_trips(warehouse, household_id, today=today, before=before),
        household_lists(warehouse, book, household_id, offer_names),
        forecast,
        _cells(warehouse, household_id, as_of_on),
        tuple(book.answers_of(HouseholdId(household_id))),
    )


def household_trips(warehouse: Warehouse, household_id: str, *, today: date, before: str = "") -> Page[Trip]:
    """A household's trips, the latest first, fifty at a time; months are read backwards until that many are found.

    Args:
        warehouse: Holds the lines.
        household_id: Whose.
        today: The last day whose trips are shown.
        before: Trips before this key alone, as `Page.next` gives it.
    """
    before = before or f"{(today + timedelta(days=1)).isoformat()}/"
    files = warehouse.files("lines", bucket=bucket_of(household_id, warehouse.buckets))
    month = before[:7]
    trips: list[tuple[str, Trip]] = []
    for period in sorted({file.period for file in files}, reverse=True):
        if period > month:
            continue
        rows: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
        for file in files:
            if file.period == period:
                found = read_where(
                    file.path, [("household_id", "=", household_id)], ("household_id", *_TRIP_COLUMNS)
                )
                _add_lines(rows, found)
        made = [(_trip_key(key), Trip(key[0], *key[1:], *sums)) for key, sums in rows.items()]
        trips += [
            one for one in sorted(made, key=lambda one: one[0], reverse=True) if not before or one[0] < before
        ]
        if len(trips) > PAGE_ROWS:
            break
    return page_of([trip for _, trip in trips], [key for key, _ in trips])


def _add_lines(rows: dict[tuple[Any, ...], list[int]], found: pa.Table) -> None:
    for row in found.select(list(_TRIP_COLUMNS)).to_pylist():
        entry = rows[row["sold_on"], row["store_id"], row["lane_id"], row["transaction_id"]]
        entry[0] += 1
        entry[1] += row["amount_cents"]
        entry[2] += row["loyalty_discount_cents"] + row["store_coupon_cents"]


def _trip_key(key: Sequence[Any]) -> str:
    return "/".join((key[0].isoformat(), *key[1:]))


def household_lists(
    warehouse: Warehouse, book: HouseholdBook, household_id: str, offer_names: OfferNames | None = None
) -> tuple[ListShown, ...]:
    """A household's lists of the latest plans that were ever applied, newest first; see `household_view`."""
    names = offer_names or (lambda plan_id: plan_offer_names(warehouse, [plan_id]))
    plans = [one for one in book.plans() if one.state is not PlanState.BUILT]
    newest = sorted(plans, key=lambda one: (one.plan.cycle_number, one.plan.plan_id), reverse=True)[:_PLANS_SHOWN]
    return tuple(
        shown
        for one in newest
        for shown in [_list_shown(warehouse, book, one, household_id, names)]
        if shown is not None
    )


def _list_shown(
    warehouse: Warehouse, book: HouseholdBook, standing: PlanStanding, household_id: str, offer_names: OfferNames
) -> ListShown | None:
    plan = standing.plan
    grants = book.till_grants(plan.plan_id, HouseholdId(household_id))
    frozen = list_row(warehouse, plan.plan_id, household_id)
    if frozen is None and not grants:
        return None
    names = offer_names(plan.plan_id) if grants else {}
    shown = tuple(_grant_shown(grant, names) for grant in grants)
    row: Mapping[str, Any] = frozen or {
        "list_number": 0,
        "arm": "",
        "face_cents": sum(g.face_cents for g in grants),
    }
    return ListShown(
        plan.plan_id,
        row["list_number"],
        plan.cycle_number,
        row.get("from_on", plan.period.from_on),
        row.get("until_on", plan.period.until_on),
        row["arm"],
        standing.state is PlanState.APPLIED,
        row["face_cents"],
        shown,
        tuple(book.editions_of(plan.plan_id, HouseholdId(household_id))),
    )


def list_row(warehouse: Warehouse, plan_id: str, household_id: str) -> dict[str, Any] | None:
    """A household's row of `plan_lists`; None without one."""
    for file in warehouse.files(plan_dataset(plan_id, "plan_lists")):
        for row in read_where(file.path, [("household_id", "=", household_id)], _LIST_COLUMNS).to_pylist():
            return dict(row)
    return None


def _grant_shown(grant: Grant, names: Mapping[tuple[str, str], str]) -> GrantShown:
    uses = [
        GrantUse(
            spend.transaction.business_on,
            spend.transaction.store_id,
            spend.transaction.key,
            spend.net_cents,
            spend.voided or spend.shown_voided,
            spend.settled,
        )
        for spend in grant.spends.values()
        if spend.given_cents is not None
    ]
    return GrantShown(
        grant.offer_id,
        names.get((grant.key.plan_id, grant.offer_id), grant.offer_id),
        grant.level,
        grant.face_cents,
        grant.uses_left,
        grant.closed,
        tuple(sorted(uses, key=lambda use: use.receipt)),
    )


def _cells(warehouse: Warehouse, household_id: str, as_of_on: date) -> tuple[HouseholdCell, ...]:
    names = list(HouseholdCell.__dataclass_fields__)
    rows = household_rows(warehouse, snapshot(as_of_on, "household_cells"), household_id, names)
    most = sorted(rows, key=lambda row: (-row["amount_cents"], row["category_id"]))[:_CELLS_SHOWN]
    return tuple(HouseholdCell(**{name: row[name] for name in names}) for row in most)
