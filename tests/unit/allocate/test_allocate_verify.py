"""The verifier against one planted breach of each rule."""

from __future__ import annotations

import ast
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from allocation_problems import CENT, plan_of, shop, tables
from scipy.optimize import Bounds, LinearConstraint, milp

from regulars.allocate import RULES, _verify, verify_plan

DOLLAR = 100 * CENT
GOOD = [("h1", "o1", 2), ("h1", "o3", 1), ("h2", "o2", 1), ("h2", "o3", 1)]
Rows = dict[str, list[tuple[Any, ...]]]


def judged(rows: Rows, plan: list[tuple[str, str, int]], **declared: Any) -> dict[str, int]:
    verdict = verify_plan(**tables(rows), plan=plan_of(plan), **declared)
    return {rule: count for rule, count in verdict.violations.items() if count}


def test_a_good_plan_is_worth_the_sum_of_its_options_and_breaks_nothing() -> None:
    verdict = verify_plan(**tables(shop()), plan=plan_of(GOOD))
    assert verdict.ok
    assert verdict.objective_micros == (40 + 10 + 20 + 10) * CENT
    assert tuple(verdict.violations) == RULES


def changed(table: str, place: int, column: int, value: Any) -> Callable[[Rows], None]:
    def change(rows: Rows) -> None:
        row = list(rows[table][place])
        row[column] = value
        rows[table][place] = tuple(row)

    return change


BREACHES: list[tuple[str, Callable[[Rows], None] | None, list[tuple[str, str, int]]]] = [
    ("row-is-an-option", None, [*GOOD[:-1], ("h2", "o3", 7)]),
    ("row-is-an-option", None, [*GOOD, ("h9", "o3", 1)]),
    ("row-is-an-option", None, [*GOOD[:-1], ("h2", "o9", 1)]),
    ("option-not-excluded", changed("options", 3, 5, True), GOOD),
    ("one-level-per-offer", None, [("h1", "o3", 1), ("h1", "o3", 1), *GOOD[2:]]),
    ("slots-min", changed("households", 0, 1, 3), GOOD),
    ("slots-max", changed("households", 0, 2, 1), GOOD),
    ("face-min", changed("households", 1, 3, 2 * DOLLAR + 1), GOOD),
    ("face-max", changed("households", 1, 4, 2 * DOLLAR - 1), GOOD),
    ("category-max-count", changed("limits", 0, 2, 0), GOOD[:2] + GOOD[2:]),
    ("distributions-min", changed("offers", 1, 3, 2), GOOD),
    ("distributions-max", changed("offers", 2, 4, 1), GOOD),
    ("offer-budget", changed("offers", 0, 5, DOLLAR // 2 - 1), GOOD),
    ("vendor-budget", changed("limits", 1, 3, DOLLAR // 2 + DOLLAR // 4 - 1), GOOD),
    ("store-budget", changed("limits", 2, 3, DOLLAR // 2 + DOLLAR // 4 + DOLLAR - 1), GOOD),
]


@pytest.mark.parametrize(("rule", "change", "plan"), BREACHES, ids=[f"{i}-{b[0]}" for i, b in enumerate(BREACHES)])
def test_each_rule_is_seen_to_be_broken(
    rule: str, change: Callable[[Rows], None] | None, plan: list[tuple[str, str, int]]
) -> None:
    rows = shop()
    if change is not None:
        change(rows)
    assert rule in judged(rows, plan)


def test_limits_met_to_the_micro_are_kept() -> None:
    rows = shop()
    changed("offers", 0, 5, DOLLAR // 2)(rows)
    changed("limits", 1, 3, DOLLAR // 2 + DOLLAR // 4)(rows)
    changed("limits", 2, 3, DOLLAR // 2 + DOLLAR // 4 + DOLLAR)(rows)
    assert judged(rows, GOOD) == {}


def test_two_levels_of_one_offer_count_as_one_too_many() -> None:
    assert judged(shop(), [("h1", "o1", 1), ("h1", "o1", 2), ("h2", "o2", 1)]) == {
        "one-level-per-offer": 1,
        "category-max-count": 1,
    }


def test_sums_are_exact_where_floats_are_not() -> None:
    """Ten times 0.1 is more than 1 exactly, though not in floating point."""
    many = [f"h{n}" for n in range(10)]
    rows: Rows = {
        "households": [(h, 0, 1, 0, DOLLAR) for h in many],
        "offers": [("o", "c", "v", None, None, 10**6)],
        "levels": [("o", 1, 10**6, 10**6)],
        "options": [(h, "o", 1, 1, 0.1, False) for h in many],
        "limits": [],
    }
    assert sum(0.1 * 10**6 for _ in many) <= 10**6
    assert Fraction(0.1) * 10**7 > 10**6
    assert judged(rows, [(h, "o", 1) for h in many]) == {"offer-budget": 1}


def wanting() -> Rows:
    """The good plan leaves h1 one special short and o2 on one list too few; nothing more fits on either list."""
    rows = shop()
    changed("households", 0, 1, 3)(rows)
    changed("households", 1, 2, 2)(rows)
    changed("offers", 1, 3, 2)(rows)
    changed("offers", 1, 4, 1)(rows)
    return rows


WAIVED = {"waivers": [("h1", "slots_min", 3, 2)], "shortfalls": [("o2", 2, 1)]}


def test_declared_waivers_and_shortfalls_are_counted_apart() -> None:
    verdict = verify_plan(**tables(wanting()), plan=plan_of(GOOD), **WAIVED)
    assert (verdict.ok, verdict.waived, verdict.shortfalls) == (True, 1, 1)
    assert judged(wanting(), GOOD) == {"slots-min": 1, "distributions-min": 1}
    assert (
        judged(wanting(), GOOD, **{**WAIVED, "waivers": [("h1", "face_min_micros", 0, 2 * DOLLAR)]})["slots-min"]
        == 1
    )


FALSE: list[tuple[str, str, Any, Callable[[Rows], None] | None, list[tuple[str, str, int]]]] = [
    ("waiver-is-true", "waivers", [("h1", "slots_min", 2, 2)], None, GOOD),  # not what was wanted
    ("waiver-is-true", "waivers", [("h1", "slots_min", 3, 1)], None, GOOD),  # not what it has
    ("waiver-is-true", "waivers", [*WAIVED["waivers"], ("h9", "slots_min", 3, 2)], None, GOOD),
    ("waiver-is-true", "waivers", [*WAIVED["waivers"], ("h2", "slots_min", 3, 2)], None, GOOD),  # keeps it
    ("shortfall-is-true", "shortfalls", [("o2", 3, 1)], None, GOOD),
    ("shortfall-is-true", "shortfalls", [("o2", 2, 0)], None, GOOD),
    ("shortfall-is-true", "shortfalls", [*WAIVED["shortfalls"], ("o3", 3, 2)], None, GOOD),  # none promised
    ("waiver-is-needed", "waivers", [("h1", "slots_min", 2, 1)], changed("households", 0, 1, 2), GOOD[1:]),
    ("shortfall-is-needed", "shortfalls", [("o2", 2, 0)], None, [*GOOD[:2], ("h2", "o3", 1)]),
]


@pytest.mark.parametrize(("rule", "kind", "said", "change", "plan"), FALSE)
def test_what_is_falsely_declared_is_found(
    rule: str, kind: str, said: Any, change: Callable[[Rows], None] | None, plan: list[tuple[str, str, int]]
) -> None:
    """A figure that is not so, or something given up while an offer is left that fits."""
    rows = wanting()
    if change is not None:
        change(rows)
    assert judged(rows, plan, **{**WAIVED, kind: said}) == {rule: 1}


def test_money_that_is_spent_excuses_and_money_that_is_left_does_not() -> None:
    """o1 costs h1 at least an expected half of its funding: with the offer's budget at nothing it cannot be had."""
    rows = wanting()
    changed("households", 0, 1, 2)(rows)
    said = {**WAIVED, "waivers": [("h1", "slots_min", 2, 1)]}
    assert judged(rows, GOOD[1:], **said) == {"waiver-is-needed": 1}
    changed("offers", 0, 5, 51 * CENT)(rows)
    assert judged(rows, GOOD[1:], **said) == {"waiver-is-needed": 1}, "a cent more than it costs is enough"
    changed("offers", 0, 5, 0)(rows)
    assert judged(rows, GOOD[1:], **said) == {}


def test_lists_missed_for_an_agreed_price_need_no_excuse() -> None:
    problem = tables(wanting())
    plan = plan_of([*GOOD[:2], ("h2", "o3", 1)])
    said = {**WAIVED, "shortfalls": [("o2", 2, 0)]}
    prices = pa.array(
        [None if one != "o2" else CENT for one in problem["offers"]["offer_id"].to_pylist()], pa.int64()
    )
    assert not verify_plan(**problem, plan=plan, **said).ok
    problem["offers"] = problem["offers"].append_column("make_good_micros", prices)
    assert verify_plan(**problem, plan=plan, **said).ok


def test_options_may_come_in_batches() -> None:
    problem = tables(shop())
    options: pa.Table = problem.pop("options")
    verdict = verify_plan(**problem, options=options.to_batches(max_chunksize=3), plan=plan_of(GOOD))
    assert verdict.ok
    assert verdict.objective_micros == 80 * CENT


def test_the_verifier_imports_nothing_of_the_solver() -> None:
    """It stands on the contracts, the kernel and libraries; nothing else of its own room."""
    relative: set[str | None] = set()
    absolute: set[str] = set()
    own = sorted(Path(_verify.__file__).parent.glob("_verify*.py"))
    for module in own:
        nodes = list(ast.walk(ast.parse(module.read_text(encoding="utf-8"))))
        relative |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.level}
        absolute |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
        absolute |= {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    assert relative <= {module.stem for module in own}
    assert {name for name in absolute if name.startswith("regulars")} <= {"regulars.contracts", "regulars.kernel"}


def milp_plan(rows: Rows) -> list[tuple[str, str, int]]:
    """HiGHS' best integer plan of the small shop by all its rules but those on money."""
    options = [row for row in rows["options"] if not row[5]]
    category = {offer[0]: offer[1] for offer in rows["offers"]}
    face = {(row[0], row[1]): row[2] / DOLLAR for row in rows["levels"]}
    faces = np.array([face[row[1], row[2]] for row in options])
    matrix, low, high = [], [], []

    def bound(weights: np.ndarray, least: float, most: float) -> None:
        matrix.append(weights)
        low.append(least)
        high.append(most)

    for household, slots_min, slots_max, face_min, face_max in rows["households"]:
        mine = np.array([row[0] == household for row in options])
        bound(mine * 1.0, slots_min, slots_max)
        bound(mine * faces, face_min / DOLLAR, face_max / DOLLAR)
        bound(mine * np.array([category[row[1]] == "c1" for row in options]), 0, 1)
    for offer in rows["offers"]:
        most = np.inf if offer[4] is None else offer[4]
        bound(np.array([row[1] == offer[0] for row in options]) * 1.0, offer[3] or 0, most)
    value = np.array([-row[3] / CENT for row in options])
    solved = milp(
        value, constraints=LinearConstraint(np.array(matrix), low, high), integrality=1, bounds=Bounds(0, 1)
    )
    return [row[:3] for row, taken in zip(options, solved.x, strict=True) if taken > 0.5]


def test_a_plan_of_another_program_is_judged() -> None:
    """The programme knows no money: where there is none, the verifier counts what its plan breaks."""
    rows = shop()
    best = milp_plan(rows)
    verdict = verify_plan(**tables(rows), plan=plan_of(best))
    assert verdict.ok
    assert verdict.objective_micros == (40 + 10 + 20 + 10) * CENT  # one household must take the promised offer
    changed("limits", 1, 3, 0)(rows)
    changed("limits", 2, 3, 0)(rows)
    assert judged(rows, best) == {"vendor-budget": 1, "store-budget": 1}


def test_a_breach_of_every_rule_is_planted() -> None:
    assert {rule for rule, _, _ in BREACHES} | {rule for rule, *_ in FALSE} == set(RULES)
