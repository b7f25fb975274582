"""The allocation problem of a plan: its limits, the untargeted draws that go first, and what they leave to the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby

import pyarrow as pa

from regulars.contracts import Assumptions, ListPolicy, Offer
from regulars.kernel import MICROS_PER_CENT, derived_seed, digest_of
from regulars.lift import Arm
from regulars.offers import (
    REDEMPTION_STEPS,
    STORE_LIMIT,
    STORE_VENDOR,
    Allowance,
    DrawBounds,
    DrawOption,
    draw_list,
    micros_used,
    overlapping_offers,
    steps_of,
)

from ._candidates import Candidates, Households, PlanSettings
from ._rows import shaped

AIM_PERCENT = 75
"""How far up its band an untargeted list aims: about where the targeted ones come to lie."""


@dataclass(frozen=True)
class PlanProblem:
    """The tables the allocator reads, in its own shapes; money in micros."""

    households: pa.Table
    offers: pa.Table
    levels: pa.Table
    limits: pa.Table


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
                "funding_micros": [_micros(level.funding_cents) for offer in offers for level in offer.levels],
            },
            "plan_levels",
        ),
        _limit_rows(offers, settings.policy, settings.assumptions),
    )


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
    vendors = sorted({offer.deal.vendor_id for offer in offers} - {STORE_VENDOR})
    if assumptions.vendor_budget_cents is not None:
        rows += [("vendor", vendor_id, None, _micros(assumptions.vendor_budget_cents)) for vendor_id in vendors]
    if assumptions.store_markdown_cents is not None:
        rows.append(("store", STORE_LIMIT, None, _micros(assumptions.store_markdown_cents)))
    names = ("scope", "id", "max_count", "budget_micros")
    types = (pa.string(), pa.string(), pa.int64(), pa.int64())
    columns = {
        name: pa.array([row[n] for row in rows], kind)
        for n, (name, kind) in enumerate(zip(names, types, strict=True))
    }
    return shaped(pa.table(columns), "plan_limits")


@dataclass(frozen=True)
class Untargeted:
    """Lists of the held-out households.

    Args:
        plan: Rows household_id, offer_id, level.
        distributions: Grants of each offer they take.
        offer_micros: Vendor money of each offer they are expected to use, rounded up.
        vendor_micros: The same of each vendor.
        store_micros: Store money they are expected to use, rounded up.
    """

    plan: pa.Table
    distributions: Mapping[str, int]
    offer_micros: Mapping[str, int]
    vendor_micros: Mapping[str, int]
    store_micros: int


def draw_untargeted(candidates: Candidates, problem: PlanProblem, settings: PlanSettings) -> Untargeted:
    """Draw the held-out households' lists, in order of household hash, within their share of every limit.

    A list holds no more than the household would have had offers worth giving if it were targeted.
    """
    held_out = candidates.households.in_arm(Arm.HOLDOUT)
    allowance = _allowance(problem, len(held_out), len(candidates.households.ids))
    options = _draw_options(candidates.untargeted, problem, candidates.book.offers)
    bounds = _bounds(problem, settings.policy)
    drawn: list[tuple[str, DrawOption]] = []
    for household_id in sorted(held_out, key=lambda one: (digest_of(one), one)):
        seed = derived_seed("untargeted", settings.holdout.salt, settings.cycle.number, household_id)
        most = min(bounds[household_id].slots_max, candidates.worth_giving.get(household_id, 0))
        its_bounds = replace(bounds[household_id], slots_max=most)
        chosen = draw_list(options.get(household_id, {}), its_bounds, allowance, seed=seed)
        drawn += [(household_id, option) for option in chosen]
    return _counted(drawn)


def _allowance(problem: PlanProblem, held_out: int, households: int) -> Allowance:
    """The held-out households' share of every limit, rounded down."""

    def share(limit: int) -> int:
        return limit * held_out // households

    allowance = Allowance()
    for row in problem.offers.to_pylist():
        if row["distributions_max"] is not None:
            allowance.distributions[row["offer_id"]] = share(row["distributions_max"])
        if row["vendor_budget_micros"] is not None:
            allowance.offer_steps[row["offer_id"]] = share(row["vendor_budget_micros"]) * REDEMPTION_STEPS
    for row in problem.limits.to_pylist():
        if row["scope"] == "vendor":
            allowance.vendor_steps[row["id"]] = share(row["budget_micros"]) * REDEMPTION_STEPS
        elif row["scope"] == "store":
            allowance.store_steps = share(row["budget_micros"]) * REDEMPTION_STEPS
    return allowance


def _draw_options(
    rows: pa.Table, problem: PlanProblem, offers: tuple[Offer, ...]
) -> dict[str, dict[str, list[DrawOption]]]:
    """Allowed options by household and offer; face and funding as the plan reckons them."""
    named = {offer.offer_id: (offer.deal.deal_id, offer.category_id, offer.deal.vendor_id) for offer in offers}
    overlaps = overlapping_offers(offers)
    levels = {
        (row["offer_id"], row["level"]): (row["face_micros"], row["funding_micros"])
        for row in problem.levels.to_pylist()
    }
    names = ["household_id", "offer_id", "level", "redemptions", "need_id"]
    found: dict[str, dict[str, list[DrawOption]]] = {}
    entries = rows.select(names).to_pylist()
    for household_id, group in groupby(entries, key=lambda row: row["household_id"]):
        by_offer: dict[str, list[DrawOption]] = {}
        for row in group:
            key = (row["offer_id"], row["level"])
            steps = steps_of(row["redemptions"])
            by_offer.setdefault(key[0], []).append(
                DrawOption(
                    key[0],
                    *named[key[0]],
                    key[1],
                    *levels[key],
                    redemption_steps=steps,
                    need_id=row["need_id"],
                    overlaps=overlaps.get(key[0], frozenset()),
                )
            )
        found[household_id] = by_offer
    return found


def _bounds(problem: PlanProblem, policy: ListPolicy) -> dict[str, DrawBounds]:
    return {
        row["household_id"]: DrawBounds(
            row["slots_max"],
            row["face_min_micros"] + (row["face_max_micros"] - row["face_min_micros"]) * AIM_PERCENT // 100,
            row["face_max_micros"],
            policy.offers_per_category_max,
        )
        for row in problem.households.to_pylist()
    }


def _counted(drawn: list[tuple[str, DrawOption]]) -> Untargeted:
    distributions: dict[str, int] = {}
    offer_steps: dict[str, int] = {}
    vendor_steps: dict[str, int] = {}
    for _, option in drawn:
        distributions[option.offer_id] = distributions.get(option.offer_id, 0) + 1
        offer_steps[option.offer_id] = offer_steps.get(option.offer_id, 0) + option.vendor_steps
        vendor_steps[option.vendor_id] = vendor_steps.get(option.vendor_id, 0) + option.vendor_steps
    plan = pa.table(
        {
            "household_id": pa.array([household_id for household_id, _ in drawn], pa.string()),
            "offer_id": pa.array([option.offer_id for _, option in drawn], pa.string()),
            "level": pa.array([option.level for _, option in drawn], pa.int64()),
        }
    )
    return Untargeted(
        shaped(plan, "plan"),
        distributions,
        {offer_id: micros_used(steps) for offer_id, steps in offer_steps.items()},
        {vendor_id: micros_used(steps) for vendor_id, steps in vendor_steps.items()},
        micros_used(sum(option.store_steps for _, option in drawn)),
    )


def what_is_left(problem: PlanProblem, untargeted: Untargeted, households: Households) -> PlanProblem:
    """The problem of the targeted households, with what the draws took off every limit."""
    mine = set(households.in_arm(Arm.TARGETED))
    rows = [row for row in problem.households.to_pylist() if row["household_id"] in mine]
    offers = [
        {
            **row,
            "distributions_min": _rest(row["distributions_min"], untargeted.distributions.get(row["offer_id"], 0)),
            "distributions_max": _rest(row["distributions_max"], untargeted.distributions.get(row["offer_id"], 0)),
            "vendor_budget_micros": _rest(
                row["vendor_budget_micros"], untargeted.offer_micros.get(row["offer_id"], 0)
            ),
        }
        for row in problem.offers.to_pylist()
    ]
    limits = []
    for row in problem.limits.to_pylist():
        used = {
            "vendor": untargeted.vendor_micros.get(row["id"], 0),
            "store": untargeted.store_micros,
        }.get(row["scope"], 0)
        limits.append({**row, "budget_micros": _rest(row["budget_micros"], used)})
    schema = problem.households.schema
    return PlanProblem(
        pa.Table.from_pylist(rows, schema=schema),
        pa.Table.from_pylist(offers, schema=problem.offers.schema),
        problem.levels,
        pa.Table.from_pylist(limits, schema=problem.limits.schema),
    )


def _rest(limit: int | None, used: int) -> int | None:
    return None if limit is None else max(0, limit - used)
