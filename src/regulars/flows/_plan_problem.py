"""The allocation problem of a plan: its limits, and what is left of them when something was taken."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import pyarrow as pa

from regulars.contracts import Assumptions, Level, ListPolicy, Offer
from regulars.kernel import MICROS_PER_CENT
from regulars.offers import STORE_LIMIT, STORE_VENDOR, micros_used, steps_of

from ._candidates import Candidates
from ._plan_settings import Households, PlanSettings
from ._rows import shaped


@dataclass(frozen=True)
class PlanProblem:
    """The tables the allocator reads, in its own shapes; money in micros.

    Args:
        households: Rows of `plan_households`.
        offers: Rows of `plan_offers`.
        levels: Rows of `plan_levels`.
        limits: Rows of `plan_limits`.
        make_good: What is owed for each promised list that is missed, micros by offer; offers without a price agreed
            are absent.
    """

    households: pa.Table
    offers: pa.Table
    levels: pa.Table
    limits: pa.Table
    make_good: Mapping[str, int] = field(default_factory=dict)


def plan_problem(candidates: Candidates, settings: PlanSettings) -> PlanProblem:
    """The problem of all households, targeted and held out, with the limits as they were promised."""
    offers = candidates.book.offers
    return PlanProblem(
        _household_rows(candidates.households, settings.policy),
        shaped(
            {
                "offer_id": [offer.offer_id for offer in offers],
                "category_id": [offer.category_id for offer in offers],
                "vendor_id": [offer.deal.vendor_id for offer in offers],
                "distributions_min": [offer.deal.distributions_min or None for offer in offers],
                "distributions_max": [offer.deal.distributions_max for offer in offers],
                "vendor_budget_micros": [_micros(offer.deal.budget_cents) for offer in offers],
            },
            "plan_offers",
        ),
        shaped(
            {
                "offer_id": [offer.offer_id for offer in offers for _ in offer.levels],
                "level": [level.number for offer in offers for level in offer.levels],
                "face_micros": [_micros(level.face_cents) for offer in offers for level in offer.levels],
                "funding_micros": [_purse_micros(offer, level) for offer in offers for level in offer.levels],
            },
            "plan_levels",
        ),
        _limit_rows(offers, settings.policy, settings.assumptions),
        {
            offer.offer_id: offer.deal.make_good_cents * MICROS_PER_CENT
            for offer in offers
            if offer.deal.distributions_min and offer.deal.make_good_cents
        },
    )


def with_make_good(offers: pa.Table, make_good: Mapping[str, int]) -> pa.Table:
    """Rows of `plan_offers` with what is owed for each promised list that is missed, as the allocator reads it."""
    owed = pa.array([make_good.get(offer_id) for offer_id in offers["offer_id"].to_pylist()], pa.int64())
    return offers.append_column("make_good_micros", owed)


def _purse_micros(offer: Offer, level: Level) -> int:
    """What a redemption takes out of the offer's own budget; one of the store's own is no part of its markdown."""
    own = offer.deal.vendor_id == STORE_VENDOR and offer.deal.budget_cents is not None
    return MICROS_PER_CENT * (level.face_cents if own else level.funding_cents)


def _micros(cents: int | None) -> int | None:
    return None if cents is None else cents * MICROS_PER_CENT


def _household_rows(households: Households, policy: ListPolicy) -> pa.Table:
    bands = [policy.bands[tier] for tier in households.tiers]
    return shaped(
        {
            "household_id": list(households.ids),
            "slots_min": [policy.slots_min] * len(bands),
            "slots_max": [policy.slots_max] * len(bands),
            "face_min_micros": [_micros(band.face_min_cents) for band in bands],
            "face_max_micros": [_micros(band.face_max_cents) for band in bands],
        },
        "plan_households",
    )


def _limit_rows(offers: tuple[Offer, ...], policy: ListPolicy, assumptions: Assumptions) -> pa.Table:
    rows: list[tuple[str, str, int | None, int | None]] = [
        ("category", category_id, policy.offers_per_category_max, None)
        for category_id in sorted({offer.category_id for offer in offers})
    ]
    if assumptions.vendor_budget_cents is not None:
        budgets = _vendor_budgets(offers, assumptions.vendor_budget_cents)
        rows += [("vendor", vendor_id, None, _micros(cents)) for vendor_id, cents in budgets.items()]
    if assumptions.store_markdown_cents is not None:
        rows.append(("store", STORE_LIMIT, None, _micros(assumptions.store_markdown_cents)))
    names = ("scope", "id", "max_count", "budget_micros")
    types = (pa.string(), pa.string(), pa.int64(), pa.int64())
    columns = {
        name: pa.array([row[n] for row in rows], kind)
        for n, (name, kind) in enumerate(zip(names, types, strict=True))
    }
    return shaped(pa.table(columns), "plan_limits")


def _vendor_budgets(offers: tuple[Offer, ...], unnamed_cents: int) -> dict[str, int]:
    """Most money of each vendor some of whose deals name none: so much for those, beside what its others name."""
    named: dict[str, int] = {}
    open_ended = set()
    for offer in offers:
        vendor_id, cents = offer.deal.vendor_id, offer.deal.budget_cents
        named[vendor_id] = named.get(vendor_id, 0) + (cents or 0)
        open_ended |= {vendor_id} if cents is None else set()
    return {vendor_id: unnamed_cents + named[vendor_id] for vendor_id in sorted(open_ended - {STORE_VENDOR})}


@dataclass(frozen=True)
class LimitsTaken:
    """What is taken off the limits before the rest is solved; money in micros, rounded up.

    Args:
        distributions: Lists of each offer.
        offer_micros: Vendor money of each offer.
        vendor_micros: The same of each vendor.
        store_micros: Store money.
        given: Whether the distributions are grants, which count towards a guarantee; else they are only kept free.
    """

    distributions: Mapping[str, int]
    offer_micros: Mapping[str, int]
    vendor_micros: Mapping[str, int]
    store_micros: int
    given: bool = True


def share_of_limits(problem: PlanProblem, part: Fraction) -> LimitsTaken:
    """A part of every limit, rounded down; of a cap no more than its guarantee leaves."""

    def share(limit: int | None) -> int:
        return 0 if limit is None else int(limit * part)

    lists, money = {}, {}
    for row in problem.offers.to_pylist():
        most = row["distributions_max"]
        if most is not None:
            lists[row["offer_id"]] = min(share(most), max(0, most - (row["distributions_min"] or 0)))
        money[row["offer_id"]] = share(row["vendor_budget_micros"])
    limits = problem.limits.to_pylist()
    vendors = {row["id"]: share(row["budget_micros"]) for row in limits if row["scope"] == "vendor"}
    store = sum(share(row["budget_micros"]) for row in limits if row["scope"] == "store")
    return LimitsTaken(lists, money, vendors, store, given=False)


def what_is_left(problem: PlanProblem, taken: Sequence[LimitsTaken], households: Collection[str]) -> PlanProblem:
    """The problem of some of the households, with what was taken off every limit."""
    rows = [row for row in problem.households.to_pylist() if row["household_id"] in households]
    offers = []
    for row in problem.offers.to_pylist():
        offer_id = row["offer_id"]
        kept_free = sum(one.distributions.get(offer_id, 0) for one in taken)
        given = sum(one.distributions.get(offer_id, 0) for one in taken if one.given)
        money = sum(one.offer_micros.get(offer_id, 0) for one in taken)
        offers.append(
            {
                **row,
                "distributions_min": _rest(row["distributions_min"], given),
                "distributions_max": _rest(row["distributions_max"], kept_free),
                "vendor_budget_micros": _rest(row["vendor_budget_micros"], money),
            }
        )
    limits = []
    for row in problem.limits.to_pylist():
        used = {
            "vendor": sum(one.vendor_micros.get(row["id"], 0) for one in taken),
            "store": sum(one.store_micros for one in taken),
        }.get(row["scope"], 0)
        limits.append({**row, "budget_micros": _rest(row["budget_micros"], used)})
    schema = problem.households.schema
    return replace(
        problem,
        households=pa.Table.from_pylist(rows, schema=schema),
        offers=pa.Table.from_pylist(offers, schema=problem.offers.schema),
        limits=pa.Table.from_pylist(limits, schema=problem.limits.schema),
    )


def _rest(limit: int | None, used: int) -> int | None:
    return None if limit is None else max(0, limit - used)


def taken_by(rows: pa.Table, problem: PlanProblem) -> LimitsTaken:
    """What grants use of the limits, money counted exactly and rounded up once.

    Args:
        rows: Columns offer_id, level, redemptions, one row a grant.
        problem: For levels and vendors.
    """
    vendor = {row["offer_id"]: row["vendor_id"] for row in problem.offers.to_pylist()}
    levels = {
        (row["offer_id"], row["level"]): (row["face_micros"], row["funding_micros"])
        for row in problem.levels.to_pylist()
    }
    lists: dict[str, int] = {}
    offers: dict[str, int] = {}
    vendors: dict[str, int] = {}
    store = 0
    columns = (rows[name].to_pylist() for name in ("offer_id", "level", "redemptions"))
    for offer_id, level, redemptions in zip(*columns, strict=True):
        steps, (face, funding) = steps_of(redemptions), levels[offer_id, level]
        lists[offer_id] = lists.get(offer_id, 0) + 1
        offers[offer_id] = offers.get(offer_id, 0) + steps * funding
        vendors[vendor[offer_id]] = vendors.get(vendor[offer_id], 0) + steps * funding
        store += steps * (face - funding)
    return LimitsTaken(
        lists,
        {offer_id: micros_used(steps) for offer_id, steps in offers.items()},
        {vendor_id: micros_used(steps) for vendor_id, steps in vendors.items()},
        micros_used(store),
    )
