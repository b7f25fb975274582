"""Massive ties are solved near their best and certified; guarantees in each other's way are named and counted."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from allocation_problems import CENT, tables

from regulars.flows import solve_report, solve_tables

DOLLAR = 100 * CENT


def crowd(seed: int, values: tuple[int, ...]):
    """Two hundred households alike in all but which of forty offers they may get, and far too little money."""
    draw = np.random.default_rng(seed)
    funded, category = draw.choice([0, DOLLAR], 40), draw.integers(0, 6, 40)
    households = [(f"h{n:03}", 3, 5, 0, 9 * DOLLAR) for n in range(200)]
    offers = [
        (f"o{j:02}", f"c{category[j]}", f"v{j % 4}", 30 if j % 9 == 0 else None, 12 if j % 9 == 1 else None, None)
        for j in range(40)
    ]
    levels = [(f"o{j:02}", 1, DOLLAR, int(funded[j])) for j in range(40)]
    options = [
        (household[0], f"o{j:02}", 1, int(draw.choice(values)) * CENT, 0.25, False)
        for household in households
        for j in sorted(draw.choice(40, 20, replace=False).tolist())
    ]
    limits = [("category", f"c{n}", 2, None) for n in range(6)]
    limits += [("vendor", f"v{n}", None, 22 * DOLLAR) for n in range(4)] + [("store", "all", None, 70 * DOLLAR)]
    return tables({"households": households, "offers": offers, "levels": levels, "options": options,
                   "limits": limits})  # fmt: skip


@pytest.mark.parametrize("values", [(10,), (5, 10)])
def test_where_values_are_equal_the_plan_is_near_its_bound(values):
    for seed in range(3):
        solved = solve_tables(**crowd(seed, values))
        assert sum(solved.verdict.violations.values()) == 0
        assert solved.solution.share_of_bound > 0.995
        assert solved.solution.shortfalls == ()
        assert solved.solution.conflict is None


def test_without_the_linear_programme_equal_values_leave_a_plan_far_below_its_bound(monkeypatch):
    """Prices hunted one by one do poorly on the very problems above, so the programme is what the test above sees."""
    monkeypatch.setattr("regulars.allocate._solve.OPTIONS_MAX", 0)
    assert solve_tables(**crowd(0, (10,))).solution.share_of_bound < 0.95
    assert solve_tables(**crowd(2, (5, 10))).solution.share_of_bound < 0.99


def test_equal_values_give_the_same_bytes_for_any_order_and_number_of_workers():
    problem = crowd(1, (10,))
    first = solve_tables(**problem)
    shuffled = {
        name: rows.take(pa.array(np.random.default_rng(3).permutation(len(rows))))
        for name, rows in problem.items()
    }
    for other in (solve_tables(**shuffled), solve_tables(**problem, workers=2)):
        assert other.solution.plan.equals(first.solution.plan)
        assert solve_report(other) == solve_report(first)


def promised(limits, guarantees, vendor_budget=None):
    """Ten households that may get any of four offers of one dollar; three share a category, three a vendor."""
    households = [(f"h{n}", 0, 4, 0, 9 * DOLLAR) for n in range(10)]
    offers = [(f"o{j}", "c" if j < 3 else "d", "v" if j > 0 else "w", guarantees[j], None, None) for j in range(4)]
    levels = [(f"o{j}", 1, DOLLAR, DOLLAR) for j in range(4)]
    options = [(household[0], f"o{j}", 1, CENT, 0.5, False) for household in households for j in range(4)]
    money = [] if vendor_budget is None else [("vendor", "v", None, vendor_budget)]
    return tables({"households": households, "offers": offers, "levels": levels, "options": options,
                   "limits": [*limits, *money]})  # fmt: skip


def test_guarantees_that_a_category_has_no_room_for_are_named():
    solved = solve_tables(**promised([("category", "c", 1, None)], [5, 5, 5, 5]))
    assert sum(solved.verdict.violations.values()) == 0
    conflict = solved.solution.conflict
    assert conflict is not None
    assert (conflict.least_shortfall, conflict.shortfall) == (5, 5)
    assert {(one.scope, one.id, one.kind) for one in conflict.limits} == {
        ("offer", "o0", "distributions_min"),
        ("offer", "o1", "distributions_min"),
        ("offer", "o2", "distributions_min"),
    }
    assert solve_report(solved)["conflict"]["least_shortfall"] == 5


def test_guarantees_that_a_vendor_s_money_does_not_pay_for_are_named():
    solved = solve_tables(**promised([("category", "c", 4, None)], [None, 6, None, 6], vendor_budget=4 * DOLLAR))
    conflict = solved.solution.conflict
    assert conflict is not None
    assert (conflict.least_shortfall, conflict.shortfall) == (4, 4)
    assert {(one.scope, one.id, one.kind) for one in conflict.limits} == {
        ("offer", "o1", "distributions_min"),
        ("offer", "o3", "distributions_min"),
        ("vendor", "v", "budget_micros"),
    }


def test_a_guarantee_that_nobody_can_fill_alone_is_counted_too():
    solved = solve_tables(**promised([("category", "c", 4, None)], [14, None, None, None]))
    conflict = solved.solution.conflict
    assert conflict is not None
    assert (conflict.least_shortfall, conflict.shortfall) == (4, 4)
    assert [(one.id, one.kind, one.limit) for one in conflict.limits] == [("o0", "distributions_min", 14)]


def with_make_good(problem, micros):
    offers = problem["offers"]
    return {**problem, "offers": offers.append_column("make_good_micros", pa.array(micros, pa.int64()))}


def test_a_guarantee_dearer_than_its_make_good_is_missed_and_a_cheaper_one_met():
    """Twenty households with one place each; two offers are promised to five, but cost eight cents a list."""
    households = [(f"h{n:02}", 0, 1, 0, 9 * DOLLAR) for n in range(20)]
    offers = [("best", "c", "v", None, None, None), ("one", "c", "v", 5, None, None),
              ("two", "c", "v", 5, None, None)]  # fmt: skip
    levels = [(offer[0], 1, DOLLAR, DOLLAR) for offer in offers]
    options = [(household[0], offer, 1, value * CENT, 0.5, False) for household in households
               for offer, value in (("best", 10), ("one", 2), ("two", 2))]  # fmt: skip
    problem = tables(
        {"households": households, "offers": offers, "levels": levels, "options": options, "limits": []}
    )
    solved = solve_tables(**with_make_good(problem, [None, 5 * CENT, 9 * CENT]))
    assert sum(solved.verdict.violations.values()) == 0
    given = solved.solution.plan["offer_id"].to_pylist()
    assert {offer: given.count(offer) for offer in ("best", "one", "two")} == {"best": 15, "one": 0, "two": 5}
    assert [(one.offer_id, one.need, one.got) for one in solved.solution.shortfalls] == [("one", 5, 0)]
    assert solved.solution.conflict is None
    kept = solve_tables(**problem).solution.plan["offer_id"].to_pylist()
    assert (kept.count("one"), kept.count("two")) == (5, 5)
