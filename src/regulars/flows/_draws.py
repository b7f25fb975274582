"""What is drawn at random: discoveries on chosen lists, and whole lists of held-out households."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import groupby

import pyarrow as pa

from regulars.contracts import Offer
from regulars.kernel import MICROS_PER_CENT, derived_seed, digest_of
from regulars.lift import Arm
from regulars.offers import (
    REDEMPTION_STEPS,
    Allowance,
    DrawBounds,
    DrawOption,
    draw_list,
    overlapping_offers,
    steps_of,
)

from ._candidates import Candidates
from ._list_rest import chosen_rows
from ._plan_problem import LimitsTaken, PlanProblem, share_of_limits
from ._plan_settings import PlanSettings
from ._rows import contract_schema

FALLBACK_PERCENT = 75
"""How far up its band a held-out list aims where no chosen list of its tier stands to compare with."""


def draw_discoveries(candidates: Candidates, problem: PlanProblem, settings: PlanSettings) -> pa.Table:
    """Draw each targeted household's discoveries, in order of household hash, within their share of every limit.

    Returns:
        Rows of `scored_options` that are given, and `draw_chance`: discoveries drawn over offers drawn from.
    """
    choices, policy = settings.choices, settings.policy
    targeted = candidates.households.in_arm(Arm.TARGETED)
    part = Fraction(choices.discovery_share) * Fraction(len(targeted), max(1, len(candidates.households.ids)))
    allowance = allowance_of(share_of_limits(problem, part), problem)
    options = draw_options(candidates.discoveries, problem, candidates.book.offers)
    band = {row["household_id"]: row["face_max_micros"] for row in problem.households.to_pylist()}
    drawn: list[tuple[str, DrawOption]] = []
    chances: list[float] = []
    for household_id in sorted(options, key=lambda one: (digest_of(one), one)):
        worth = candidates.worth_giving.get(household_id, 0)
        places = discovery_places(worth, policy.slots_max, choices.discovery_share)
        seed = derived_seed("discovery", choices.salt, settings.cycle.number, household_id)
        face_max = int(band[household_id] * Fraction(choices.discovery_share) * 2)
        bounds = DrawBounds(places, None, face_max, policy.offers_per_category_max)
        chosen = draw_list(options[household_id], bounds, allowance, seed=seed)
        drawn += [(household_id, option) for option in chosen]
        chances += [len(chosen) / len(options[household_id])] * len(chosen)
    return chosen_rows(
        candidates.discoveries, plan_of(drawn).append_column("draw_chance", pa.array(chances, pa.float64()))
    )


def discovery_places(worth_giving: int, slots_max: int, share: float) -> int:
    """How many places of a list are discoveries, so that they are about the share of the whole.

    Example:
        >>> [discovery_places(worth, 16, 0.15) for worth in (0, 2, 4, 10, 40)]
        [0, 0, 1, 2, 2]
    """
    return int(share * min(slots_max, worth_giving / (1 - share)) + 0.5)


def draw_untargeted(
    candidates: Candidates, problem: PlanProblem, chosen: pa.Table, reserved: LimitsTaken, settings: PlanSettings
) -> pa.Table:
    """Draw the held-out households' lists, in order of household hash, within what was kept free for them.

    Each list is as long, and prints as much face, as one chosen list of the same tier: the chosen lists of a tier are
    put in order and the held-out households take places spread evenly over them.

    Args:
        candidates: What is drawn from.
        problem: The problem of all households.
        chosen: Rows of `scored_options` on the targeted lists.
        reserved: What was kept free of every limit.
        settings: What the store decides.

    Returns:
        Rows of `scored_options` that are given.
    """
    held_out = sorted(candidates.households.in_arm(Arm.HOLDOUT), key=lambda one: (digest_of(one), one))
    allowance = allowance_of(reserved, problem)
    options = draw_options(candidates.untargeted, problem, candidates.book.offers)
    band = {row["household_id"]: row["face_max_micros"] for row in problem.households.to_pylist()}
    aims = _aims(held_out, candidates, chosen, settings)
    drawn: list[tuple[str, DrawOption]] = []
    for household_id in held_out:
        seed = derived_seed("untargeted", settings.holdout.salt, settings.cycle.number, household_id)
        places, face = aims[household_id]
        bounds = DrawBounds(places, face, band[household_id], settings.policy.offers_per_category_max)
        drawn += [
            (household_id, option)
            for option in draw_list(options.get(household_id, {}), bounds, allowance, seed=seed)
        ]
    return chosen_rows(candidates.untargeted, plan_of(drawn))


def _aims(
    held_out: Sequence[str], candidates: Candidates, chosen: pa.Table, settings: PlanSettings
) -> dict[str, tuple[int, int]]:
    """Length and printed face (micros) each held-out list aims at; every chosen list of a tier counts alike."""
    tier = dict(zip(candidates.households.ids, candidates.households.tiers, strict=True))
    sums = chosen.group_by("household_id").aggregate([("face_cents", "sum"), ([], "count_all")]).to_pydict()
    totals = dict(
        zip(sums["household_id"], zip(sums["count_all"], sums["face_cents_sum"], strict=True), strict=True)
    )
    models: dict[int, list[tuple[int, int]]] = {}
    for household_id in candidates.households.in_arm(Arm.TARGETED):
        models.setdefault(tier[household_id], []).append(totals.get(household_id, (0, 0)))
    aims: dict[str, tuple[int, int]] = {}
    for number, band in enumerate(settings.policy.bands):
        its = [one for one in held_out if tier[one] == number]
        lists = sorted(models.get(number, ()))
        for place, household_id in enumerate(its):
            if lists:
                places, face_cents = lists[(2 * place + 1) * len(lists) // (2 * len(its))]
            else:
                width = band.face_max_cents - band.face_min_cents
                places = settings.policy.slots_max
                face_cents = band.face_min_cents + width * FALLBACK_PERCENT // 100
            aims[household_id] = (places, face_cents * MICROS_PER_CENT)
    return aims


def allowance_of(taken: LimitsTaken, problem: PlanProblem) -> Allowance:
    """What was kept free as an allowance; limits that are not set do not bind."""
    allowance = Allowance(distributions=dict(taken.distributions))
    for row in problem.offers.to_pylist():
        if row["vendor_budget_micros"] is not None:
            allowance.offer_steps[row["offer_id"]] = taken.offer_micros[row["offer_id"]] * REDEMPTION_STEPS
    for row in problem.limits.to_pylist():
        if row["scope"] == "vendor" and row["budget_micros"] is not None:
            allowance.vendor_steps[row["id"]] = taken.vendor_micros[row["id"]] * REDEMPTION_STEPS
        elif row["scope"] == "store" and row["budget_micros"] is not None:
            allowance.store_steps = taken.store_micros * REDEMPTION_STEPS
    return allowance


def draw_options(
    rows: pa.Table, problem: PlanProblem, offers: tuple[Offer, ...]
) -> dict[str, dict[str, list[DrawOption]]]:
    """Options that may be drawn, by household and offer; face and funding as the plan reckons them."""
    named = {offer.offer_id: (offer.deal.deal_id, offer.category_id, offer.deal.vendor_id) for offer in offers}
    overlaps = overlapping_offers(offers)
    levels = {
        (row["offer_id"], row["level"]): (row["face_micros"], row["funding_micros"])
        for row in problem.levels.to_pylist()
    }
    names = ["household_id", "offer_id", "level", "redemptions", "need_id", "face_cents"]
    found: dict[str, dict[str, list[DrawOption]]] = {}
    for household_id, group in groupby(rows.select(names).to_pylist(), key=lambda row: row["household_id"]):
        by_offer: dict[str, list[DrawOption]] = {}
        for row in group:
            offer_id, level = row["offer_id"], row["level"]
            by_offer.setdefault(offer_id, []).append(
                DrawOption(
                    offer_id,
                    *named[offer_id],
                    level,
                    *levels[offer_id, level],
                    redemption_steps=steps_of(row["redemptions"]),
                    printed_micros=row["face_cents"] * MICROS_PER_CENT,
                    need_id=row["need_id"],
                    overlaps=overlaps.get(offer_id, frozenset()),
                )
            )
        found[household_id] = by_offer
    return found


def plan_of(drawn: Sequence[tuple[str, DrawOption]]) -> pa.Table:
    """Draws as rows of `plan`, in the order drawn."""
    rows: Mapping[str, list[object]] = {
        "household_id": [household_id for household_id, _ in drawn],
        "offer_id": [option.offer_id for _, option in drawn],
        "level": [option.level for _, option in drawn],
    }
    return pa.table(rows, schema=contract_schema("plan"))
