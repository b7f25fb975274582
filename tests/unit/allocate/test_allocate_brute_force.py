"""Tiny problems against every possible plan."""

from __future__ import annotations

from itertools import product
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.allocate import RULES, build_problem, solve, verify_plan

CENT = 10_000
SCHEMAS = {
    "households": [("household_id", pa.string()), ("slots_min", pa.int64()), ("slots_max", pa.int64()),
                   ("face_min_micros", pa.int64()), ("face_max_micros", pa.int64())],
    "offers": [("offer_id", pa.string()), ("category_id", pa.string()), ("vendor_id", pa.string()),
               ("distributions_min", pa.int64()), ("distributions_max", pa.int64()),
               ("vendor_budget_micros", pa.int64())],
    "levels": [("offer_id", pa.string()), ("level", pa.int64()), ("face_micros", pa.int64()),
               ("funding_micros", pa.int64())],
    "options": [("household_id", pa.string()), ("offer_id", pa.string()), ("level", pa.int64()),
                ("value_micros", pa.int64()), ("redemptions", pa.float64()), ("excluded", pa.bool_())],
    "limits": [("scope", pa.string()), ("id", pa.string()), ("max_count", pa.int64()),
               ("budget_micros", pa.int64())],
}  # fmt: skip


def tables(rows: dict[str, list[tuple[Any, ...]]]) -> dict[str, pa.Table]:
    made = {}
    for name, columns in SCHEMAS.items():
        values = list(zip(*rows[name], strict=True)) or [()] * len(columns)
        made[name] = pa.table(
            [pa.array(list(column), kind) for column, (_, kind) in zip(values, columns, strict=True)],
            names=[column for column, _ in columns],
        )
    return made


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
    best = None
    for choice in product(*pairs.values()):
        chosen = [row for row in choice if row is not None]
        value = sum(row["value_micros"] for row in chosen)
        if best is not None and value <= best:
            continue
        if verify_plan(**problem, plan=plan_of(chosen)).ok:
            best = value
    return best


def plan_of(rows: list[dict[str, Any]]) -> pa.Table:
    keys = [("household_id", pa.string()), ("offer_id", pa.string()), ("level", pa.int64())]
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in keys})


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(problems())
def test_no_plan_breaks_a_rule_and_no_bound_is_below_the_best_plan(problem: dict[str, pa.Table]) -> None:
    solution = solve(build_problem(**problem))
    verdict = verify_plan(
        **problem,
        plan=solution.plan,
        waived_households=[waiver.household_id for waiver in solution.waivers],
        declared_shortfalls=[one.offer_id for one in solution.shortfalls],
    )
    assert verdict.violations == dict.fromkeys(RULES, 0), verdict.examples
    assert verdict.objective_micros == solution.objective_micros
    assert solution.objective_micros <= solution.bound_micros
    if problem["options"].num_rows > 12:
        return
    best = best_plan_value(problem)
    if best is not None:
        assert best <= solution.bound_micros
