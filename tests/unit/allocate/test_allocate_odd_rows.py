"""Narrow bands, repeated rows, limits below zero, and plans that need mending: what a hostile reader tries."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest
from allocation_problems import CENT, SCHEMAS, plan_of, shop, tables
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from regulars.allocate import Solution, build_problem, solve, verify_plan

DOLLAR = 100 * CENT
Rows = dict[str, list[tuple[Any, ...]]]


def solved(problem: dict[str, pa.Table]) -> Solution:
    solution = solve(build_problem(**problem))
    verdict = verify_plan(
        **problem,
        plan=solution.plan,
        waivers=[(one.household_id, one.rule, one.need, one.got) for one in solution.waivers],
        shortfalls=[(one.offer_id, one.need, one.got) for one in solution.shortfalls],
    )
    assert verdict.ok, verdict.examples
    assert verdict.objective_micros == solution.objective_micros <= solution.bound_micros
    return solution


def one_list(faces: list[int], low: int, high: int, slots_min: int = 0) -> Rows:
    """One household with a band in dollars, and offers of so many dollars each."""
    return {
        "households": [("h", slots_min, 3, low * DOLLAR, high * DOLLAR)],
        "offers": [(f"o{n}", "c", "v", None, None, None) for n in range(len(faces))],
        "levels": [(f"o{n}", 1, face * DOLLAR, 0) for n, face in enumerate(faces)],
        "options": [("h", f"o{n}", 1, 30 * CENT, 0.5, False) for n in range(len(faces))],
        "limits": [],
    }


@pytest.mark.parametrize(
    ("rows", "offers", "reason", "finding"),
    [
        (one_list([10], 2, 9), [], "no_options", "face-within-maximum"),
        (one_list([10, 10], 7, 9), [], "no_options", "face-within-maximum"),
        (one_list([10, 5], 7, 9, 1), ["o1"], "face_unattainable", "face-within-maximum"),
        (one_list([5, 6], 7, 9), ["o1"], "band_unattainable", None),
    ],
)
def test_a_face_value_above_the_maximum_is_never_given(
    rows: Rows, offers: list[str], reason: str, finding: str | None
) -> None:
    solution = solved(tables(rows))
    assert solution.plan["offer_id"].to_pylist() == offers
    assert {waiver.reason for waiver in solution.waivers} == {reason}  # one for each minimum
    assert [one.rule for one in solution.findings] == ([finding] if finding else [])


def test_the_one_list_inside_a_narrow_band_is_found() -> None:
    """Of 10, 9, 7, 4 and 2 for exactly 15 with three offers: 9, 4 and 2 alone will do."""
    solution = solved(tables(one_list([10, 9, 7, 4, 2], 15, 15, 3)))
    assert solution.plan["offer_id"].to_pylist() == ["o1", "o3", "o4"]
    assert solution.waivers == ()


def test_a_list_that_no_exchange_leads_to_is_found() -> None:
    rows = one_list([84, 147, 198, 24, 98, 20, 6, 56], 312, 312, 4)
    rows["households"] = [("h", 4, 4, 312 * DOLLAR, 312 * DOLLAR)]
    values = [1, 55, 61, 39, 80, 55, 42, 60]
    rows["options"] = [("h", f"o{n}", 1, value * CENT, 0.5, False) for n, value in enumerate(values)]
    solution = solved(tables(rows))
    assert solution.plan["offer_id"].to_pylist() == ["o0", "o2", "o3", "o6"]
    assert solution.waivers == ()


def narrow(number: int) -> Rows:
    """A small problem with bands at most two dollars wide; the same for the same number."""
    draw = random.Random(number)
    rows: Rows = {name: [] for name in SCHEMAS}
    households, offers = draw.randint(1, 6), draw.randint(1, 6)
    for h in range(households):
        low, slots = draw.randint(0, 12), draw.randint(0, 3)
        rows["households"].append((f"h{h}", slots, slots + draw.randint(0, 2), low * DOLLAR,
                                   (low + draw.randint(0, 2)) * DOLLAR))  # fmt: skip
    for j in range(offers):
        money = draw.choice([None, draw.randint(0, 9) * DOLLAR])
        rows["offers"].append((f"o{j}", draw.choice("ab"), draw.choice("vw"), draw.choice([None, 1, 2]),
                               draw.choice([None, 2, 3]), money))  # fmt: skip
        for level in range(1, draw.randint(1, 3) + 1):
            face = draw.randint(1, 10) * DOLLAR
            rows["levels"].append((f"o{j}", level, face, draw.choice([0, face, face // 2])))
            rows["options"] += [(f"h{h}", f"o{j}", level, draw.randint(-20, 100) * CENT, draw.random(), False)
                                for h in range(households) if draw.random() < 0.7]  # fmt: skip
    rows["limits"] = [
        ("category", "a", draw.randint(1, 3), None),
        ("vendor", "v", None, draw.randint(0, 15) * DOLLAR),
    ]
    return rows


@seed(1)
@settings(max_examples=60)
@given(st.integers(0, 10_000))
def test_narrow_bands_break_nothing(number: int) -> None:
    solved(tables(narrow(number)))


def test_repair_mends_lists_that_no_price_can_part() -> None:
    """Three households alike, two distributions, promised and capped: at any price all take the offer or none."""
    rows = one_list([1], 0, 9)
    rows["offers"] = [("o0", "c", "v", 2, 2, None)]
    rows["households"] = [(h, 0, 3, 0, 9 * DOLLAR) for h in ("h1", "h2", "h3")]
    rows["options"] = [(h, "o0", 1, 30 * CENT, 0.5, False) for h in ("h1", "h2", "h3")]
    solution = solved(tables(rows))
    assert len(solution.plan) == 2
    assert solution.shortfalls == ()


@pytest.mark.parametrize("first", [True, False])
def test_an_option_excluded_by_any_of_its_rows_is_never_given(first: bool) -> None:
    rows = one_list([1, 1], 0, 9)
    rows["options"] = [("h", "o0", 1, 90 * CENT, 0.5, first), ("h", "o0", 1, 90 * CENT, 0.5, not first),
                       ("h", "o1", 1, CENT, 0.5, False)]  # fmt: skip
    problem = tables(rows)
    solution = solved(problem)
    assert solution.plan["offer_id"].to_pylist() == ["o1"]
    assert [one.rule for one in solution.findings] == ["key-is-unique"]
    verdict = verify_plan(**problem, plan=plan_of([("h", "o0", 1)]))
    assert {rule: n for rule, n in verdict.violations.items() if n} == {
        "row-is-an-option": 1,
        "option-not-excluded": 1,
    }
    assert verdict.objective_micros == 0


def test_of_an_option_with_several_rows_none_counts() -> None:
    rows = one_list([1, 1], 0, 9)
    rows["options"] += [("h", "o0", 1, 50 * CENT, 0.1, False), ("h", "o0", 1, 40 * CENT, float("nan"), False)]
    problem = tables(rows)
    solution = solved(problem)
    assert solution.plan["offer_id"].to_pylist() == ["o1"]
    assert "3 rows left out: there is more than one row of their key" in [one.message for one in solution.findings]
    verdict = verify_plan(**problem, plan=plan_of([("h", "o0", 1)]))
    assert verdict.violations["row-is-an-option"] == 1


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("table", "row", "other"),
    [
        ("households", 0, ("h1", 1, 1, DOLLAR, 5 * DOLLAR)),
        ("households", 0, ("h1", 3, 3, DOLLAR, 5 * DOLLAR)),
        ("offers", 0, ("o1", "c1", "v1", None, 1, 10 * DOLLAR)),
        ("offers", 0, ("o1", "c1", "v1", None, 2, 10 * CENT)),
        ("levels", 1, ("o1", 2, 2 * DOLLAR, DOLLAR // 2)),
        ("limits", 1, ("vendor", "v1", None, DOLLAR // 4)),
        ("limits", 0, ("category", "c1", None, None)),
    ],
)
def test_of_repeated_rows_solver_and_verifier_take_the_same(
    table: str, row: int, other: tuple[Any, ...], turned: bool
) -> None:
    rows = shop()
    both = [rows[table][row], other]
    rows[table] = [one for place, one in enumerate(rows[table]) if place != row] + (both[::-1] if turned else both)
    solution = solved(tables(rows))
    assert "key-is-unique" in [one.rule for one in solution.findings]
    first = min(both, key=lambda one: [(value is None, value) for value in one])
    rows[table] = [one for one in rows[table] if one not in both] + [first]
    assert solution.plan.equals(solved(tables(rows)).plan)


@pytest.mark.parametrize(
    ("table", "row", "column"),
    [("offers", 0, 4), ("offers", 0, 5), ("offers", 1, 3), ("households", 0, 2), ("households", 0, 4),
     ("limits", 0, 2), ("limits", 1, 3), ("limits", 2, 3)],
)  # fmt: skip
def test_a_limit_below_zero_is_zero_to_solver_and_verifier(table: str, row: int, column: int) -> None:
    plans = []
    for value in (-1, 0):
        rows = shop()
        changed = list(rows[table][row])
        changed[column] = value
        rows[table][row] = tuple(changed)
        solution = solved(tables(rows))
        assert ("limit-not-negative" in [one.rule for one in solution.findings]) == (value < 0)
        plans.append(solution.plan)
    assert plans[0].equals(plans[1])


def test_a_bound_without_gain_is_reached_or_missed() -> None:
    def share(objective: int, bound: int) -> float:
        return Solution(plan_of([]), objective, bound, (), (), (), None, (), 0, 2, {}).share_of_bound

    assert share(-1_595_463, -1_578_282) == 0.0
    assert share(-1_578_283, -1_578_282) == 1.0
    assert share(0, 1) == share(0, 0) == 1.0
    assert share(50, 100) == 0.5
    assert share(-50, 100) == 0.0


def test_many_equal_values_leave_the_bound_near_the_plan() -> None:
    """Thirty households of five places, twelve offers capped at ten: 120 distributions and not one more."""
    households = [f"h{n:02}" for n in range(30)]
    offers = [f"o{n:02}" for n in range(12)]
    solution = solved(tables({
        "households": [(h, 0, 5, 0, 99 * DOLLAR) for h in households],
        "offers": [(o, "c", "v", None, 10, None) for o in offers],
        "levels": [(o, 1, DOLLAR, 0) for o in offers],
        "options": [(h, o, 1, 10 * CENT, 0.5, False) for h in households for o in offers],
        "limits": [],
    }))  # fmt: skip
    assert solution.objective_micros == 120 * 10 * CENT
    assert solution.share_of_bound > 0.9
