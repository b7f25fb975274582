"""Per-grant control: some due grants are withheld by hash, and their households get the next best offer instead."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.kernel import unit_interval

from ._plan_problem import PlanProblem
from ._plan_settings import PlanSettings


def withheld_grants(due: pa.Table, problem: PlanProblem, settings: PlanSettings) -> np.ndarray:
    """Which due grants are withheld: by hash of cycle, household and offer, as long as no guarantee breaks.

    Args:
        due: Columns household_id, offer_id, one row a grant.
        problem: The problem they were chosen in, for its guarantees.
        settings: What the store decides.

    Returns:
        True for each that is withheld, shape ``(rows,)``.
    """
    choices, cycle = settings.choices, settings.cycle.number
    pairs = list(zip(due["household_id"].to_pylist(), due["offer_id"].to_pylist(), strict=True))
    least = {row["offer_id"]: row["distributions_min"] or 0 for row in problem.offers.to_pylist()}
    given = Counter(offer_id for _, offer_id in pairs)
    found = np.zeros(len(pairs), dtype=np.bool_)
    for place, (household_id, offer_id) in enumerate(pairs):
        draw = unit_interval("grant control", choices.salt, cycle, household_id, offer_id)
        if draw < choices.grant_control_share and given[offer_id] > least[offer_id]:
            found[place] = True
            given[offer_id] -= 1
    return found


def places_of(held: pa.Table, withheld: pa.Table, problem: PlanProblem) -> pa.Table:
    """Rows of `plan_households` for those who wait for their next best: as many places as were withheld.

    Args:
        held: Rows that stay on the lists: household_id, offer_id, level.
        withheld: Rows that were withheld.
        problem: For the households' own limits and the levels' face.
    """
    levels = {(row["offer_id"], row["level"]): row["face_micros"] for row in problem.levels.to_pylist()}
    free = Counter(withheld["household_id"].to_pylist())
    mine = held.filter(pc.is_in(held["household_id"], pa.array(sorted(free), pa.string())))
    face: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for row in mine.select(["household_id", "offer_id", "level"]).to_pylist():
        face[row["household_id"]] += levels[row["offer_id"], row["level"]]
        count[row["household_id"]] += 1
    rows = []
    for row in problem.households.to_pylist():
        household_id = row["household_id"]
        if household_id in free:
            rows.append(
                {
                    "household_id": household_id,
                    "slots_min": min(free[household_id], max(0, row["slots_min"] - count[household_id])),
                    "slots_max": min(free[household_id], max(0, row["slots_max"] - count[household_id])),
                    "face_min_micros": max(0, row["face_min_micros"] - face[household_id]),
                    "face_max_micros": max(0, row["face_max_micros"] - face[household_id]),
                }
            )
    return pa.Table.from_pylist(rows, schema=problem.households.schema)
