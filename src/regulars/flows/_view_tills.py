"""The tills of a day: what each store gave, who was known, what is odd, which lanes are silent, what vendors owe."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from regulars.contracts import SqlStep, read_step

from ._ports import Engine, Warehouse
from ._settlement_ports import Invoice
from ._till_book_ports import StoreDayUses, TillBook, TillException, TillUse
from ._till_desk import plan_offer_names

SALES_DAYS = 14
"""Days of till lines that a store's sales and lanes are told of."""
SILENT_DAYS = 2
"""A lane that sold within the days told of and nothing in so many last days of its store is told as silent."""
SHOWN_USES = 50


@dataclass(frozen=True)
class LaneDay:
    """What one lane sold on a day. Money in cents."""

    store_id: str
    lane_id: str
    sold_on: date
    lines: int
    amount_cents: int
    identified_cents: int


@dataclass(frozen=True)
class StoreRow:
    """One store on the day. Money in cents.

    Args:
        store_id: The store.
        uses: What its tills gave on the day.
        sales_cents: What it sold in the days told of.
        identified_cents: Of that, to somebody known.
        lanes: Lanes that sold in these days.
        lanes_silent: Of them, those that fell silent.
        last_on: Its latest day with a till line; None without one.
    """

    store_id: str
    uses: StoreDayUses
    sales_cents: int
    identified_cents: int
    lanes: int
    lanes_silent: int
    last_on: date | None

    @property
    def identified_share(self) -> float | None:
        """Share of sales to somebody known, 0..1; None without sales."""
        return self.identified_cents / self.sales_cents if self.sales_cents > 0 else None


@dataclass(frozen=True)
class LaneRow:
    """One lane of a store.

    Args:
        lane_id: Its number.
        last_on: Its latest day with a till line; None without one.
        lines: Lines in the days told of.
        heard_at: When it last asked on the day; None when it did not.
        silent: Whether it sold before, and nothing lately.
    """

    lane_id: str
    last_on: date | None
    lines: int
    heard_at: datetime | None
    silent: bool


@dataclass(frozen=True)
class NamedUse:
    """A use with the offer's name."""

    use: TillUse
    name: str


@dataclass(frozen=True)
class StatementRow:
    """What one vendor owes and was billed. Money in cents.

    Args:
        vendor_id: The vendor.
        open_cents: Its part of uses no log has shown yet.
        due_cents: Its part of uses a log shows.
        billed_cents: What was billed, less credits.
        invoices: How many invoices that were.
        disputed: Disputed lines on them.
    """

    vendor_id: str
    open_cents: int
    due_cents: int
    billed_cents: int
    invoices: int
    disputed: int

    @property
    def unbilled_cents(self) -> int:
        """What is due and on no invoice yet."""
        return self.due_cents - self.billed_cents


@dataclass(frozen=True)
class TillsView:
    """The tills of a day.

    Args:
        on: The day.
        sales_from_on: First day of till lines told of; None without lines.
        sales_until_on: First day after them.
        stores: Stores by id.
        store_id: The one store that is looked at; empty for all.
        lanes: Its lanes, by number; empty while all stores are looked at.
        latest: What was armed last, the newest first.
        odd: Uses that are neither plain nor given up, the newest first.
        exceptions: Facts kept apart for a person, the newest first.
    """

    on: date
    sales_from_on: date | None
    sales_until_on: date | None
    stores: tuple[StoreRow, ...]
    store_id: str
    lanes: tuple[LaneRow, ...]
    latest: tuple[NamedUse, ...]
    odd: tuple[NamedUse, ...]
    exceptions: tuple[TillException, ...]

    @property
    def redemptions(self) -> int:
        """Grants used on the day in all stores shown."""
        return sum(row.uses.redemptions for row in self.stores)

    @property
    def cents(self) -> int:
        """What came off for them."""
        return sum(row.uses.cents for row in self.stores)

    @property
    def identified_share(self) -> float | None:
        """Share of sales to somebody known, of all stores shown; None without sales."""
        sales = sum(row.sales_cents for row in self.stores)
        return sum(row.identified_cents for row in self.stores) / sales if sales > 0 else None


@cache
def _step() -> SqlStep:
    return read_step("regulars.flows", "lane_days.sql")


def lane_days(warehouse: Warehouse, engine: Engine, last_on: date | None) -> tuple[LaneDay, ...]:
    """What lanes sold in the days up to the last one with a till line; only the months of these days are read.

    Args:
        warehouse: Holds the lines.
        engine: Runs the SQL.
        last_on: The last day with a till line; None without lines.
    """
    if last_on is None:
        return ()
    until_on = last_on + timedelta(days=1)
    from_on = until_on - timedelta(days=SALES_DAYS)
    months = {from_on.isoformat()[:7], last_on.isoformat()[:7], ""}
    paths = [file.path for file in warehouse.files("lines") if file.period in months]
    rows = engine.query(_step(), {"lines": paths}, {"from_on": from_on, "until_on": until_on}).to_pylist()
    return tuple(LaneDay(**row) for row in rows)


def tills_view(
    warehouse: Warehouse,
    book: TillBook,
    sales: Sequence[LaneDay],
    *,
    on: date,
    stores: frozenset[str] | None,
    store_id: str = "",
) -> TillsView | None:
    """The tills of a day; None when the store asked for is unknown, or not one of those that may be seen.

    Args:
        warehouse: Holds the names of offers.
        book: What the ledger says of tills.
        sales: What lanes sold lately; see `lane_days`.
        on: The business day.
        stores: Stores that may be seen; None for all.
        store_id: One store alone; empty for all.
    """
    latest = book.latest_uses(frozenset({store_id}) if store_id else stores, SHOWN_USES)
    new = {use.transaction.store_id for use in latest}  # it sold nothing yet in the days looked at
    known = sorted({row.store_id for row in sales} | (stores or frozenset()) | new)
    seen = [one for one in known if stores is None or one in stores]
    if store_id and store_id not in seen:
        return None
    chosen = [store_id] if store_id else seen
    only = frozenset(chosen) if store_id or stores is not None else None
    next_on = on + timedelta(days=1)
    uses = {row.store_id: row for row in book.store_day_uses(chosen, on, next_on)}
    by_store: dict[str, list[LaneDay]] = defaultdict(list)
    for row in sales:
        by_store[row.store_id].append(row)
    odd = book.odd_uses(chosen, on, next_on, "", SHOWN_USES)
    names = plan_offer_names(warehouse, {use.grant.plan_id for use in (*latest, *odd)})
    days = [row.sold_on for row in sales]
    return TillsView(
        on,
        min(days) if days else None,
        max(days) + timedelta(days=1) if days else None,
        tuple(_store_row(one, uses.get(one), by_store[one], on) for one in chosen),
        store_id,
        _lanes(by_store[store_id], book.lanes_heard(store_id, on)) if store_id else (),
        _named(latest, names),
        _named(odd, names),
        tuple(book.till_exceptions(only, 0, SHOWN_USES)),
    )


def latest_uses(
    warehouse: Warehouse, book: TillBook, *, stores: frozenset[str] | None, most: int = SHOWN_USES
) -> tuple[NamedUse, ...]:
    """What was armed last, the newest first: what a page asks again every few seconds.

    Args:
        warehouse: Holds the names of offers.
        book: What the ledger says of tills.
        stores: Stores that may be seen; None for all.
        most: How many at most.
    """
    latest = book.latest_uses(stores, most)
    return _named(latest, plan_offer_names(warehouse, {use.grant.plan_id for use in latest}))


def statements_view(book: TillBook) -> tuple[StatementRow, ...]:
    """What each vendor owes and was billed, the greatest sum due first."""
    billed: dict[str, list[Invoice]] = defaultdict(list)
    for invoice in book.invoices():
        billed[invoice.vendor_id].append(invoice)
    dues = {row.vendor_id: row for row in book.vendor_dues()}
    rows = []
    for vendor_id in sorted(dues.keys() | billed.keys()):
        due, mine = dues.get(vendor_id), billed[vendor_id]
        open_cents, due_cents = (due.open_cents, due.due_cents) if due else (0, 0)
        amount = sum(one.amount_cents for one in mine)
        rows.append(
            StatementRow(vendor_id, open_cents, due_cents, amount, len(mine), sum(one.disputed for one in mine))
        )
    owing = [row for row in rows if row.open_cents or row.due_cents or row.invoices]
    return tuple(sorted(owing, key=lambda row: (-row.due_cents, -row.open_cents, row.vendor_id)))


def _named(uses: Sequence[TillUse], names: Mapping[tuple[str, str], str]) -> tuple[NamedUse, ...]:
    return tuple(NamedUse(use, names.get((use.grant.plan_id, use.offer_id), use.offer_id)) for use in uses)


def _store_row(store_id: str, uses: StoreDayUses | None, sales: Sequence[LaneDay], on: date) -> StoreRow:
    lanes = _lanes(sales, {})
    return StoreRow(
        store_id,
        uses or StoreDayUses(store_id, on, 0, 0, 0, 0, 0, 0, 0, 0),
        sum(row.amount_cents for row in sales),
        sum(row.identified_cents for row in sales),
        len(lanes),
        sum(lane.silent for lane in lanes),
        max((row.sold_on for row in sales), default=None),
    )


def _lanes(sales: Sequence[LaneDay], heard: Mapping[str, datetime]) -> tuple[LaneRow, ...]:
    """A store's lanes; one without a number is no lane that could fall silent."""
    last: dict[str, date] = {}
    lines: dict[str, int] = defaultdict(int)
    for row in sales:
        last[row.lane_id] = max(last.get(row.lane_id, row.sold_on), row.sold_on)
        lines[row.lane_id] += row.lines
    newest = max(last.values(), default=None)
    rows = []
    for lane_id in sorted({*last, *heard} - {""}, key=lambda one: (len(one), one)):
        sold_on = last.get(lane_id)
        quiet = newest is not None and (sold_on is None or (newest - sold_on).days >= SILENT_DAYS)
        rows.append(LaneRow(lane_id, sold_on, lines[lane_id], heard.get(lane_id), quiet and lane_id not in heard))
    return tuple(rows)
