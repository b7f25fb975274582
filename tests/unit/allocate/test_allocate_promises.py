"""Promises to households and vendors on problems so small that the answer can be read off."""

from __future__ import annotations

import pyarrow as pa
import pytest
from allocation_problems import CENT, tables

from regulars.allocate import Solution, build_problem, solve

DOLLAR = 100 * CENT


def solved(households, offers, levels, options, limits=(), make_good=None):
    rows = {
        "households": households,
        "offers": [(offer, "c", "v", least, None, None) for offer, least in offers],
        "levels": levels,
        "options": [(*option, False) for option in options],
        "limits": list(limits),
    }
    made = tables(rows)
    if make_good is not None:
        made["offers"] = made["offers"].append_column("make_good_micros", pa.array(make_good, pa.int64()))
    problem = build_problem(*(made[name] for name in ("households", "offers", "levels", "options", "limits")))
    return problem, solve(problem)


def given(solution: Solution) -> list[tuple[str, str]]:
    return [(row["household_id"], row["offer_id"]) for row in solution.plan.to_pylist()]


def test_a_list_whose_face_cannot_be_had_still_has_seven_tenths_of_what_can() -> None:
    """Of 10, 6 and 1 dollars one may be given: 6 is worth more than 10, but less than seven tenths of it."""
    _, solution = solved(
        [("h", 0, 1, 20 * DOLLAR, 50 * DOLLAR)],
        [("little", None), ("some", None), ("most", None)],
        [("little", 1, DOLLAR, 0), ("some", 1, 6 * DOLLAR, 0), ("most", 1, 10 * DOLLAR, 0)],
        [("h", "little", 1, 99 * CENT, 0.5), ("h", "some", 1, 50 * CENT, 0.5), ("h", "most", 1, 10 * CENT, 0.5)],
    )
    assert given(solution) == [("h", "most")]
    (waiver,) = solution.waivers
    assert (waiver.rule, waiver.need, waiver.most) == ("face_min_micros", 20 * DOLLAR, 10 * DOLLAR)


@pytest.mark.parametrize(("cents", "paid"), [(60, 1), (100, 2)])
def test_a_guarantee_its_vendor_s_money_cannot_pay_is_named_before(cents: int, paid: int) -> None:
    problem, solution = solved(
        [("h1", 0, 1, 0, 9 * DOLLAR), ("h2", 0, 1, 0, 9 * DOLLAR)],
        [("o", 2)],
        [("o", 1, DOLLAR, DOLLAR)],
        [("h1", "o", 1, 30 * CENT, 0.5), ("h2", "o", 1, 30 * CENT, 0.5)],
        [("vendor", "v", None, cents * CENT)],
    )
    told = "2 distributions; 1 distributions the cheapest use of its money pays for; short 1"
    assert [told in finding.message for finding in problem.findings] == [True] * (2 - paid)
    assert len(given(solution)) == paid


@pytest.mark.parametrize(("cents", "household_gets"), [(10, "better"), (39, "better"), (41, "promised")])
def test_a_promise_is_kept_where_it_costs_no_more_than_its_make_good(cents: int, household_gets: str) -> None:
    """The one slot of the household is worth a dollar with one offer and 60 cents with the promised one."""
    _, solution = solved(
        [("h", 0, 1, 0, 9 * DOLLAR)],
        [("better", None), ("promised", 1)],
        [("better", 1, DOLLAR, 0), ("promised", 1, DOLLAR, 0)],
        [("h", "better", 1, 100 * CENT, 0.5), ("h", "promised", 1, 60 * CENT, 0.5)],
        make_good=[None, cents * CENT],
    )
    assert given(solution) == [("h", household_gets)]
    assert len(solution.shortfalls) == (household_gets == "better")


def test_the_price_of_money_is_what_the_next_of_it_would_bring() -> None:
    """Ten cents buy 30, then 20, then 10 cents of value; of fifteen, the last five buy two for one."""
    _, solution = solved(
        [(f"h{number}", 0, 1, 0, 9 * DOLLAR) for number in range(3)],
        [("o", None)],
        [("o", 1, DOLLAR, DOLLAR)],
        [(f"h{number}", "o", 1, value * CENT, 0.1) for number, value in enumerate((30, 20, 10))],
        [("vendor", "v", None, 15 * CENT)],
    )
    (price,) = solution.prices
    assert (price.scope, price.id, price.kind, price.limit) == ("vendor", "v", "budget_micros", 15 * CENT)
    assert price.price == pytest.approx(2, rel=1e-3)
    assert solution.bound_micros == pytest.approx(40 * CENT, rel=1e-3)
    assert given(solution) == [("h0", "o")]
