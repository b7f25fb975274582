"""What is taken off every limit, and what that leaves to the rest."""

from datetime import date
from fractions import Fraction

import pyarrow as pa

from regulars.contracts import Deal, DealKind, Ladder, Level, Offer
from regulars.flows._plan_problem import (
    LimitsTaken,
    PlanProblem,
    _vendor_budgets,
    share_of_limits,
    taken_by,
    what_is_left,
)
from regulars.flows._rows import shaped
from regulars.kernel import Period


def problem():
    return PlanProblem(
        shaped({
            "household_id": ["a", "b"], "slots_min": [1, 1], "slots_max": [2, 2], "face_min_micros": [0, 0],
            "face_max_micros": [9, 9],
        }, "plan_households"),
        shaped({
            "offer_id": ["capped", "free"], "category_id": ["C", "C"], "vendor_id": ["v", "w"],
            "distributions_min": pa.array([5, None], pa.int64()), "distributions_max": pa.array([7, None], pa.int64()),
            "vendor_budget_micros": pa.array([1_000, None], pa.int64()),
        }, "plan_offers"),
        shaped({
            "offer_id": ["capped", "free"], "level": [1, 1], "face_micros": [9, 9], "funding_micros": [9, 3],
        }, "plan_levels"),
        shaped({
            "scope": ["category", "store", "vendor", "vendor"], "id": ["C", "all", "v", "w"],
            "max_count": pa.array([2, None, None, None], pa.int64()),
            "budget_micros": pa.array([None, 500, 2_000, 3_000], pa.int64()),
        }, "plan_limits"),
    )  # fmt: skip


def limits_of(left):
    return {(row["scope"], row["id"]): row["budget_micros"] for row in left.limits.to_pylist()}


def test_what_is_given_is_taken_off_every_limit():
    given = LimitsTaken({"capped": 3, "free": 1}, {"capped": 400}, {"v": 450, "w": 50}, 70)
    left = what_is_left(problem(), [given], {"a"})
    assert left.households["household_id"].to_pylist() == ["a"]
    offers = {row["offer_id"]: row for row in left.offers.to_pylist()}
    names = ("distributions_min", "distributions_max", "vendor_budget_micros")
    assert [offers["capped"][name] for name in names] == [2, 4, 600]
    assert [offers["free"][name] for name in names] == [None, None, None]
    assert limits_of(left) == {
        ("category", "C"): None,
        ("store", "all"): 430,
        ("vendor", "v"): 1_550,
        ("vendor", "w"): 2_950,
    }


def test_what_is_kept_free_leaves_a_guarantee_as_it_is():
    kept_free = share_of_limits(problem(), Fraction(1, 2))
    assert kept_free == LimitsTaken(
        {"capped": 2}, {"capped": 500, "free": 0}, {"v": 1_000, "w": 1_500}, 250, given=False
    )
    row = what_is_left(problem(), [kept_free], {"a"}).offers.to_pylist()[0]
    assert (row["distributions_min"], row["distributions_max"], row["vendor_budget_micros"]) == (5, 5, 500)


def test_a_limit_that_is_used_up_leaves_nothing_and_owes_nothing():
    given = LimitsTaken({"capped": 8}, {"capped": 1_000}, {"v": 2_001}, 500)
    left = what_is_left(problem(), [given], {"a"})
    row = left.offers.to_pylist()[0]
    assert (row["distributions_min"], row["distributions_max"], row["vendor_budget_micros"]) == (0, 0, 0)
    assert (limits_of(left)["store", "all"], limits_of(left)["vendor", "v"]) == (0, 0)


def test_what_grants_use_is_added_exactly_and_rounded_up_once():
    rows = pa.table(
        {"offer_id": ["free", "free", "capped"], "level": [1, 1, 1], "redemptions": [0.5, 0.25, 2**-20]}
    )
    assert taken_by(rows, problem()) == LimitsTaken(
        {"free": 2, "capped": 1}, {"free": 3, "capped": 1}, {"w": 3, "v": 1}, 5
    )


def offer(name, vendor_id, budget_cents):
    period = Period(date(2017, 11, 1), date(2018, 1, 1))
    rung = Ladder(percent=20)
    deal = Deal(name, name, vendor_id, DealKind.PERCENT_OFF, (rung,), 100, 8, frozenset({"p"}), frozenset(), period,
                budget_cents=budget_cents)  # fmt: skip
    return Offer(name, deal, "C", frozenset({"p"}), "p", (Level(1, rung, 40, 40),))


def test_a_vendor_s_money_is_assumed_for_deals_that_name_none_alone():
    offers = (
        offer("a", "named", 89_000), offer("b", "mixed", 500), offer("c", "mixed", None), offer("d", "none", None),
        offer("e", "store", None),
    )  # fmt: skip
    assert _vendor_budgets(offers, 30_000) == {"mixed": 30_500, "none": 30_000}
