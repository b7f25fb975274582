"""Choose every household's specials: discoveries drawn, the rest solved, some withheld, held-out lists matched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.allocate import Solution, build_problem, solve
from regulars.contracts import ReasonCode
from regulars.kernel import bucket_of
from regulars.lift import Arm

from ._candidates import Candidates
from ._controls import places_of, withheld_grants
from ._draws import draw_discoveries, draw_untargeted
from ._list_rest import chosen_rows, what_may_join
from ._plan_problem import PlanProblem, share_of_limits, taken_by, what_is_left, with_make_good
from ._plan_settings import PlanSettings
from ._rows import contract_schema, shaped

_PLAN = ["household_id", "offer_id", "level"]


@dataclass(frozen=True)
class ChosenLists:
    """Who gets what.

    Args:
        rows: Grants as rows of `scored_options`, with `discovery` and `draw_chance`; by household, offer and level.
        options: All that was weighed or drawn, as rows of `scored_options`.
        controls: Rows of `plan_controls`.
        collided: Options that were left out because of a discovery: household_id, offer_id.
        solution: What the allocator answered for the targeted lists.
        share_of_bound: Worth of the targeted lists as given, without discoveries, over the certified bound.
    """

    rows: pa.Table
    options: pa.Table
    controls: pa.Table
    collided: pa.Table
    solution: Solution
    share_of_bound: float


def choose_lists(
    candidates: Candidates, problem: PlanProblem, settings: PlanSettings, workers: int
) -> ChosenLists:
    """Choose all lists within the limits as promised.

    A part of every limit is kept free for the held-out households. Discoveries draw first, within their share; the
    rest is solved; grants withheld by hash make way for the next best; then the held-out lists are drawn, each as long
    and as valuable as a chosen one.

    Args:
        candidates: What is chosen from.
        problem: The problem of all households.
        settings: What the store decides.
        workers: Threads of the solver.
    """
    households = candidates.households
    targeted = set(households.in_arm(Arm.TARGETED))
    held_out = len(households.ids) - len(targeted) if settings.choices.holdout_lists else 0
    reserved = share_of_limits(problem, Fraction(held_out, max(1, len(households.ids))))
    discoveries = draw_discoveries(candidates, problem, settings)
    most = settings.policy.offers_per_category_max
    options = what_may_join(candidates.targeted, discoveries, candidates.book.offers, most)
    left = what_is_left(problem, [reserved, taken_by(discoveries, problem)], targeted)
    rest = replace(left, households=with_less_room(left.households, left.levels, discoveries))
    solution = _solved(rest, options, workers)
    due = chosen_rows(options, solution.plan)
    given, controls = _with_controls(due, discoveries, options, candidates, rest, settings, workers)
    shown = _concat(given, discoveries)
    untargeted = _no_rows(candidates.untargeted)
    if held_out:
        untargeted = draw_untargeted(candidates, problem, shown, reserved, settings)
    worth = int(np.sum(given["worth_micros"].to_numpy()))
    return ChosenLists(
        _marked(given, discoveries, untargeted),
        _concat(options, discoveries, untargeted),
        controls,
        _collided(candidates.targeted, options, discoveries),
        solution,
        _share(worth, solution),
    )


def _solved(problem: PlanProblem, options: pa.Table, workers: int) -> Solution:
    offers = with_make_good(problem.offers, problem.make_good)
    built = build_problem(problem.households, offers, problem.levels, solver_options(options), problem.limits)
    return solve(built, workers=workers)


def solver_options(options: pa.Table) -> pa.Table:
    """Rows of `scored_options` as rows of `plan_options`: the worth is what is maximised."""
    rows = options.select([*_PLAN, "worth_micros", "redemptions"])
    rows = rows.rename_columns([*_PLAN, "value_micros", "redemptions"])
    return shaped(
        rows.append_column("excluded", pa.array(np.zeros(rows.num_rows, dtype=np.bool_))), "plan_options"
    )


def with_less_room(households: pa.Table, levels_table: pa.Table, held: pa.Table) -> pa.Table:
    """Rows of `plan_households` with the places and the face that what is held leaves.

    Args:
        households: Rows of `plan_households`.
        levels_table: Rows of `plan_levels`.
        held: Columns household_id, offer_id, level.
    """
    levels = {(row["offer_id"], row["level"]): row["face_micros"] for row in levels_table.to_pylist()}
    count: dict[str, int] = {}
    face: dict[str, int] = {}
    for row in held.select(_PLAN).to_pylist():
        household_id = row["household_id"]
        count[household_id] = count.get(household_id, 0) + 1
        face[household_id] = face.get(household_id, 0) + levels[row["offer_id"], row["level"]]
    rows = [
        {
            "household_id": row["household_id"],
            "slots_min": max(0, row["slots_min"] - count.get(row["household_id"], 0)),
            "slots_max": max(0, row["slots_max"] - count.get(row["household_id"], 0)),
            "face_min_micros": max(0, row["face_min_micros"] - face.get(row["household_id"], 0)),
            "face_max_micros": max(0, row["face_max_micros"] - face.get(row["household_id"], 0)),
        }
        for row in households.to_pylist()
    ]
    return pa.Table.from_pylist(rows, schema=households.schema)


def _with_controls(
    due: pa.Table,
    discoveries: pa.Table,
    options: pa.Table,
    candidates: Candidates,
    problem: PlanProblem,
    settings: PlanSettings,
    workers: int,
) -> tuple[pa.Table, pa.Table]:
    """Grants after some were withheld and replaced by the next best, and rows of `plan_controls`."""
    gone = withheld_grants(due, problem, settings)
    withheld, kept = due.filter(pa.array(gone)), due.filter(pa.array(~gone))
    share = pa.array(np.full(withheld.num_rows, settings.choices.grant_control_share))
    controls = shaped(withheld.select(_PLAN).append_column("share", share), "plan_controls")
    if not withheld.num_rows:
        return kept, controls
    held = _concat(kept, discoveries)
    waiting = places_of(kept, withheld, problem)
    ids = waiting["household_id"]
    open_to = options.filter(pc.is_in(options["household_id"], ids.combine_chunks()))
    mine = held.filter(pc.is_in(held["household_id"], ids.combine_chunks()))
    barred = withheld.select(["household_id", "offer_id"])
    open_to = _without(open_to, barred)
    open_to = what_may_join(open_to, mine, candidates.book.offers, settings.policy.offers_per_category_max)
    left = what_is_left(problem, [taken_by(kept, problem)], set(ids.to_pylist()))
    no_promise = pa.nulls(left.offers.num_rows, pa.int64())
    place = left.offers.schema.get_field_index("distributions_min")
    offers = left.offers.set_column(place, "distributions_min", no_promise)
    second = _solved(replace(left, households=waiting, offers=offers), open_to, workers)
    return _concat(kept, chosen_rows(open_to, second.plan)).sort_by(
        [(name, "ascending") for name in _PLAN]
    ), controls


def _without(rows: pa.Table, pairs: pa.Table) -> pa.Table:
    """Rows whose household and offer are not among the pairs, in order."""
    barred = set(zip(pairs["household_id"].to_pylist(), pairs["offer_id"].to_pylist(), strict=True))
    keys = zip(rows["household_id"].to_pylist(), rows["offer_id"].to_pylist(), strict=True)
    return rows.filter(pa.array([key not in barred for key in keys], pa.bool_()))


def _concat(*parts: pa.Table) -> pa.Table:
    names = [name for name in parts[0].column_names if name != "draw_chance"]
    return pa.concat_tables([part.select(names) for part in parts])


def _no_rows(rows: pa.Table) -> pa.Table:
    return rows.slice(0, 0)


def _marked(given: pa.Table, discoveries: pa.Table, untargeted: pa.Table) -> pa.Table:
    """All grants with how they came about, by household, offer and level."""
    rows = _concat(given, discoveries, untargeted)
    kinds = [False] * given.num_rows + [True] * discoveries.num_rows + [False] * untargeted.num_rows
    chances = [None] * given.num_rows + discoveries["draw_chance"].to_pylist() + [None] * untargeted.num_rows
    rows = rows.append_column("discovery", pa.array(kinds, pa.bool_()))
    rows = rows.append_column("draw_chance", pa.array(chances, pa.float64()))
    return rows.sort_by([(name, "ascending") for name in _PLAN])


def _collided(before: pa.Table, after: pa.Table, discoveries: pa.Table) -> pa.Table:
    """Pairs that were options until a discovery took their place, without the discoveries themselves."""
    pairs = before.select(_PLAN[:2]).group_by(_PLAN[:2]).aggregate([])
    for others in (after, discoveries):
        pairs = pairs.join(
            others.select(_PLAN[:2]).group_by(_PLAN[:2]).aggregate([]), _PLAN[:2], join_type="left anti"
        )
    return pairs


def with_collided(misses: Mapping[int, pa.Table], collided: pa.Table, buckets: int) -> dict[int, pa.Table]:
    """Rows of `plan_misses` with those that a discovery left no room for, by bucket."""
    schema = contract_schema("plan_misses")
    more: dict[int, list[dict[str, str]]] = {}
    for row in collided.to_pylist():
        bucket = bucket_of(row["household_id"], buckets)
        more.setdefault(bucket, []).append({**row, "reason_code": ReasonCode.NO_ALIKE.value})
    return {
        bucket: shaped(
            pa.concat_tables([rows.cast(schema), pa.Table.from_pylist(more.get(bucket, []), schema=schema)]),
            "plan_misses",
        )
        for bucket, rows in misses.items()
    }


def _share(worth_micros: int, solution: Solution) -> float:
    return replace(solution, objective_micros=worth_micros).share_of_bound
