"""What a plan looks like: order, workers, guarantees, exact budgets, bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from allocation_problems import CENT, shop, tables

from regulars.allocate import Solution, build_problem, solve, verify_plan
from regulars.allocate._arrays import new_state
from regulars.allocate._household import KEEP
from regulars.allocate._moves import count_plan
from regulars.allocate._prices import Prices, Team, hunt_prices
from regulars.allocate._repair import Repair
from regulars.kernel import ContractError
from regulars.testing import InstanceSize, allocation_tables

DOLLAR = 100 * CENT
Tables = dict[str, pa.Table]


def solved(problem: Tables, **settings: Any) -> Solution:
    solution = solve(build_problem(**problem), **settings)
    verdict = verify_plan(
        **problem,
        plan=solution.plan,
        waivers=[(one.household_id, one.rule, one.need, one.got) for one in solution.waivers],
        shortfalls=[(one.offer_id, one.need, one.got) for one in solution.shortfalls],
    )
    assert verdict.ok, verdict.examples
    assert verdict.objective_micros == solution.objective_micros <= solution.bound_micros
    return solution


@pytest.fixture(scope="module")
def problem() -> Tables:
    return allocation_tables(InstanceSize(400, 60, pairs=25, seed=3))


def test_the_plan_is_sorted_and_close_to_the_bound_with_every_guarantee_met(problem: Tables) -> None:
    solution = solved(problem)
    keys = [tuple(row.values()) for row in solution.plan.to_pylist()]
    assert keys == sorted(keys)
    assert solution.plan.schema.names == ["household_id", "offer_id", "level"]
    assert solution.share_of_bound > 0.985
    assert solution.shortfalls == ()
    assert any(price.kind == "distributions_min" for price in solution.prices)


@pytest.mark.parametrize("seed", range(3))
def test_rows_in_any_order_and_any_number_of_workers_give_the_same_bytes(problem: Tables, seed: int) -> None:
    draw = np.random.default_rng(seed)
    shuffled = {name: rows.take(pa.array(draw.permutation(len(rows)))) for name, rows in problem.items()}
    one, other = solved(problem), solved(shuffled, workers=2)
    assert one.plan.equals(other.plan)
    assert one == other


@pytest.mark.parametrize("rows", [1, 7, 4_096])
def test_the_size_of_the_batches_plays_no_part(problem: Tables, rows: int) -> None:
    options = problem["options"]
    small = {name: table for name, table in problem.items() if name != "options"}
    batches = options.to_batches(max_chunksize=rows)
    assert len(batches) == -(-len(options) // rows)
    other = solve(build_problem(**small, options=batches, option_rows=len(options)))
    assert other == solved(problem)


def test_prices_of_a_sample_are_finished_on_all_households(problem: Tables) -> None:
    built = build_problem(**problem)
    whole, part = (hunt_prices(built, Team(built.arrays, 1), 0, sample) for sample in (400, 100))
    assert part.passes > whole.passes >= 40
    assert whole.bound_micros <= part.bound_micros <= 1.01 * whole.bound_micros


def test_a_budget_is_spent_to_the_last_micro_when_the_sums_are_exact() -> None:
    rows = shop()
    rows["offers"][0] = ("o1", "c1", "v1", None, None, DOLLAR)
    rows["offers"][1] = ("o2", "c1", "v1", None, None, None)
    solution = solved(tables(rows))
    used = {(price.scope, price.id): price.used for price in solution.prices if price.kind == "budget_micros"}
    assert used["offer", "o1"] == DOLLAR
    assert solution.objective_micros == 2 * (40 + 10) * CENT


def test_no_order_of_summing_floats_exceeds_a_budget(problem: Tables) -> None:
    solution = solved(problem)
    options = problem["options"].filter(pa.compute.invert(problem["options"]["excluded"]))
    joined = solution.plan.join(options, ["household_id", "offer_id", "level"]).join(
        problem["levels"], ["offer_id", "level"]
    )
    budgets = {row["offer_id"]: row["vendor_budget_micros"] for row in problem["offers"].to_pylist()}
    money = joined["redemptions"].to_numpy() * joined["funding_micros"].to_numpy()
    offer = np.array(joined["offer_id"].to_pylist())
    draw = np.random.default_rng(0)
    for name, budget in budgets.items():
        parts = money[offer == name]
        for _ in range(5):
            if budget is not None:
                assert sum(draw.permutation(parts).tolist()) <= budget


def broken(rows: dict[str, list[tuple[Any, ...]]], table: str, place: int, column: int, value: Any) -> Tables:
    row = list(rows[table][place])
    row[column] = value
    rows[table][place] = tuple(row)
    return tables(rows)


@pytest.mark.parametrize(
    ("table", "place", "column", "value", "rule"),
    [
        ("options", 0, 4, float("nan"), "redemptions-are-a-number"),
        ("options", 0, 4, float("inf"), "redemptions-are-a-number"),
        ("options", 0, 4, -0.1, "redemptions-are-a-number"),
        ("options", 0, 4, None, "redemptions-are-a-number"),
        ("options", 0, 3, None, "value-is-a-number"),
        ("options", 0, 3, 10**13, "value-is-a-number"),
        ("options", 0, 0, "h9", "household-is-known"),
        ("options", 0, 1, "o9", "offer-is-known"),
        ("options", 0, 2, 9, "level-is-known"),
        ("options", 1, 2, 1, "key-is-unique"),
        ("levels", 0, 3, -1, "funding-within-face"),
        ("levels", 0, 3, 3 * DOLLAR, "funding-within-face"),
        ("levels", 0, 0, "o9", "offer-is-known"),
        ("households", 0, 1, 9, "minimum-within-maximum"),
        ("households", 0, 2, None, "bounds-are-whole"),
        ("limits", 1, 3, 0, "option-can-be-paid"),
        ("limits", 1, 1, "v9", "limit-names-something"),
        ("limits", 0, 0, "shelf", "scope-is-known"),
        ("offers", 0, 3, 3, "guarantee-is-possible"),
    ],
)
def test_bad_input_is_named_and_the_rest_is_solved(
    table: str, place: int, column: int, value: Any, rule: str
) -> None:
    solution = solve(build_problem(**broken(shop(), table, place, column, value)))
    assert rule in [finding.rule for finding in solution.findings]
    assert len(solution.plan) >= 2


def test_nan_values_in_a_float_column_are_left_out() -> None:
    problem = tables(shop())
    values = problem["options"]["value_micros"].to_numpy().astype(float)
    values[0] = float("nan")
    problem["options"] = problem["options"].set_column(3, "value_micros", pa.array(values))
    solution = solve(build_problem(**problem))
    assert [finding.rule for finding in solution.findings] == ["value-is-a-number"]
    assert solution.findings[0].message == "1 rows left out, e.g. household h1, offer o1, level 1"


def test_households_that_cannot_be_served_are_waived_with_a_reason() -> None:
    rows = shop()
    rows["households"] += [
        ("h3", 1, 2, 0, DOLLAR),
        ("h4", 3, 3, 0, 9 * DOLLAR),
        ("h5", 1, 2, 9 * DOLLAR, 9 * DOLLAR),
    ]
    rows["options"] += [(h, o, 1, CENT, 0.5, False) for h in ("h4", "h5") for o in ("o1", "o3")]
    solution = solved(tables(rows))
    assert [(w.household_id, w.reason, w.need, w.most) for w in solution.waivers] == [
        ("h3", "no_options", 1, 0),
        ("h4", "slots_unattainable", 3, 2),
        ("h5", "face_unattainable", 9 * DOLLAR, 2 * DOLLAR),
    ]


def test_a_zero_budget_gives_nothing_that_costs() -> None:
    rows = shop()
    rows["limits"][1] = ("vendor", "v1", None, 0)
    solution = solved(tables(rows))
    assert set(solution.plan["offer_id"].to_pylist()) == {"o3"}
    assert [(one.offer_id, one.need, one.got) for one in solution.shortfalls] == [("o2", 1, 0)]


def test_an_impossible_guarantee_says_need_most_and_short() -> None:
    rows = shop()
    rows["offers"][1] = ("o2", "c1", "v1", 3, None, None)
    solution = solved(tables(rows))
    assert solution.findings[0].message == (
        "offer o2 is guaranteed 3 distributions; 2 households that may get it; short 1"
    )
    assert [(one.need, one.got) for one in solution.shortfalls] == [(3, 2)]


def test_empty_tables_give_an_empty_plan() -> None:
    solution = solved({name: rows.slice(0, 0) for name, rows in tables(shop()).items()})
    assert (len(solution.plan), solution.objective_micros, solution.share_of_bound) == (0, 0, 1.0)


def test_a_wrong_column_is_refused_by_name() -> None:
    problem = tables(shop())
    problem["levels"] = problem["levels"].drop_columns(["face_micros"])
    with pytest.raises(ContractError, match="levels has no column 'face_micros'; expected integer"):
        build_problem(**problem)
    problem = tables(shop())
    problem["options"] = problem["options"].set_column(4, "redemptions", pa.array(["x"] * 8))
    with pytest.raises(ContractError, match="column 'redemptions': expected double, found string"):
        build_problem(**problem)


def test_a_limit_without_meaning_is_refused() -> None:
    rows = shop()
    rows["limits"].append(("vendor", "v2", 5, None))
    with pytest.raises(ContractError, match="vendor 'v2' sets max_count"):
        build_problem(**tables(rows))


def one_household(
    options: list[tuple[int, int]], *, face_min: int, face_max: int
) -> dict[str, list[tuple[Any, ...]]]:
    """One household and offers of (value, face) in cents, each of its own category, up to three on the list."""
    return {
        "households": [("h", 0, 3, face_min * CENT, face_max * CENT)],
        "offers": [(f"o{n}", f"c{n}", "v", None, None, None) for n in range(len(options))],
        "levels": [(f"o{n}", 1, face * CENT, 0) for n, (_, face) in enumerate(options)],
        "options": [("h", f"o{n}", 1, value * CENT, 0.5, False) for n, (value, _) in enumerate(options)],
        "limits": [],
    }


def test_the_bound_of_a_binding_face_band_is_the_fractional_optimum() -> None:
    """Of 60 for 4, 50 for 5 and 20 for 3 within 8: the first, and 4/5 of the second, are worth 100."""
    solution = solved(tables(one_household([(60, 4), (50, 5), (20, 3)], face_min=0, face_max=8)))
    assert solution.plan["offer_id"].to_pylist() == ["o0", "o2"]
    assert solution.objective_micros == 80 * CENT
    assert 100 * CENT <= solution.bound_micros <= 100 * CENT + 3


def test_a_floor_is_met_by_what_loses_least() -> None:
    solution = solved(tables(one_household([(60, 4), (-50, 5), (-20, 3)], face_min=6, face_max=20)))
    assert solution.plan["offer_id"].to_pylist() == ["o0", "o2"]
    assert solution.waivers == ()


def test_a_band_that_no_list_meets_is_waived_and_its_maximum_holds() -> None:
    solution = solved(tables(one_household([(10, 3), (-5, 3)], face_min=4, face_max=5)))
    assert [(one.household_id, one.reason, one.need, one.most) for one in solution.waivers] == [
        ("h", "band_unattainable", 4 * CENT, 3 * CENT)
    ]
    assert solution.plan["offer_id"].to_pylist() == ["o0"]


def test_guarantees_that_exclude_each_other_are_short_and_the_bound_still_holds() -> None:
    rows = shop()
    rows["households"] = rows["households"][:1]
    rows["options"] = [row for row in rows["options"] if row[0] == "h1"]
    rows["offers"] = [("o1", "c1", "v1", 1, None, None), ("o2", "c1", "v1", 1, None, None), rows["offers"][2]]
    solution = solved(tables(rows))
    assert len(solution.shortfalls) == 1
    assert solution.share_of_bound > 0.5


@pytest.mark.parametrize("seed", range(3))
def test_even_without_prices_every_limit_is_kept_and_every_guarantee_met(seed: int) -> None:
    problem = allocation_tables(InstanceSize(300, 40, pairs=20, seed=seed))
    built = build_problem(**problem)
    everyone, faces = np.arange(built.households), np.zeros(built.households)
    state = new_state(built.arrays)
    Team(built.arrays, 1).price_pass(everyone, Prices.zero(built), faces, 20, KEEP, state)
    for sums in state[2:]:
        sums[:] = 0
    count_plan(built.arrays, state)
    repair = Repair(built, state, Prices.zero(built))
    assert repair.over()
    repair.fit()
    repair.polish()
    assert repair.over() == []
    assert (state.given >= built.caps.count_min).all()
