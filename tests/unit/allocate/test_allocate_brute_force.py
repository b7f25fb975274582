"""Tiny problems against every possible plan."""

from __future__ import annotations

from itertools import product
from typing import Any

import pyarrow as pa
from allocation_problems import CENT, SCHEMAS, plan_of, tables
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from regulars.allocate import RULES, build_problem, solve, verify_plan


@st.composite
def problems(draw: st.DrawFn) -> dict[str, pa.Table]:
    households = draw(st.integers(1, 3))
    offers = draw(st.integers(1, 4))
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in SCHEMAS}
    maybe_money = st.none() | st.integers(0, 150).map(lambda cents: cents * CENT)
    for h in range(households):
        low = draw(st.integers(0, 1))
        face = draw(st.integers(0, 100))
        rows["households"].append((f"h{h}", low, draw(st.integers(low, 3)), draw(st.integers(0, face)) * CENT,
                                   draw(st.integers(face, 600)) * CENT))  # fmt: skip
    for j in range(offers):
        most = draw(st.none() | st.integers(0, 3))
        least = draw(st.none() | st.integers(0, 1))
        rows["offers"].append((f"o{j}", draw(st.sampled_from(["a", "b"])), draw(st.sampled_from(["v", "w"])), least,
                               most, draw(maybe_money)))  # fmt: skip
        for level in range(1, draw(st.integers(1, 2)) + 1):
            face = draw(st.integers(10, 250))
            rows["levels"].append((f"o{j}", level, face * CENT, draw(st.integers(0, face)) * CENT))
            for h in range(households):
                if draw(st.booleans()):
                    rows["options"].append((f"h{h}", f"o{j}", level, draw(st.integers(-50, 300)) * CENT,
                                            draw(st.floats(0, 1)), draw(st.integers(0, 9)) == 0))  # fmt: skip
    for category in ("a", "b"):
        if draw(st.booleans()):
            rows["limits"].append(("category", category, draw(st.integers(0, 2)), None))
    for vendor in ("v", "w"):
        rows["limits"].append(("vendor", vendor, None, draw(maybe_money)))
    rows["limits"].append(("store", "all", None, draw(maybe_money)))
    return tables(rows)


def best_plan_value(problem: dict[str, pa.Table]) -> int | None:
    """The value of the best plan that keeps every rule, by trying them all; None if there is none."""
    options = [row for row in problem["options"].to_pylist() if not row["excluded"]]
    pairs: dict[tuple[str, str], list[dict[str, Any] | None]] = {}
    for row in options:
        pairs.setdefault((row["household_id"], row["offer_id"]), [None]).append(row)
    plans = [[row for row in choice if row is not None] for choice in product(*pairs.values())]
    plans.sort(key=value_of, reverse=True)
    for rows in plans:
        keys = [(row["household_id"], row["offer_id"], row["level"]) for row in rows]
        if verify_plan(**problem, plan=plan_of(keys)).ok:
            return value_of(rows)
    return None


def value_of(rows: list[dict[str, Any]]) -> int:
    return sum(row["value_micros"] for row in rows)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(problems())
def test_no_plan_breaks_a_rule_and_no_bound_is_below_the_best_plan(problem: dict[str, pa.Table]) -> None:
    solution = solve(build_problem(**problem))
    verdict = verify_plan(
        **problem,
        plan=solution.plan,
        waivers=[(one.household_id, one.rule, one.need, one.got) for one in solution.waivers],
        shortfalls=[(one.offer_id, one.need, one.got) for one in solution.shortfalls],
    )
    assert verdict.violations == dict.fromkeys(RULES, 0), verdict.examples
    assert verdict.objective_micros == solution.objective_micros
    assert solution.objective_micros <= solution.bound_micros
    if problem["options"].num_rows > 8:
        return
    best = best_plan_value(problem)
    if best is not None:
        assert best <= solution.bound_micros
        event(f"best plan reached: {solution.objective_micros == best}")
    else:
        assert solution.waivers or solution.shortfalls
