"""What the draws of held-out households leave of every limit to the rest."""

import pyarrow as pa

from regulars.flows._candidates import Households
from regulars.flows._plan_problem import PlanProblem, Untargeted, what_is_left
from regulars.flows._rows import shaped
from regulars.lift import Arm

HOUSEHOLDS = Households(("a", "b"), (0, 0), ("s", "s"), (Arm.TARGETED, Arm.HOLDOUT))
NOBODY = {
    name: pa.array([], kind)
    for name, kind in (("household_id", pa.string()), ("offer_id", pa.string()), ("level", pa.int64()))
}


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
            "offer_id": ["capped", "free"], "level": [1, 1], "face_micros": [9, 9], "funding_micros": [9, 0],
        }, "plan_levels"),
        shaped({
            "scope": ["category", "store", "vendor", "vendor"], "id": ["C", "all", "v", "w"],
            "max_count": pa.array([2, None, None, None], pa.int64()),
            "budget_micros": pa.array([None, 500, 2_000, 3_000], pa.int64()),
        }, "plan_limits"),
    )  # fmt: skip


def test_what_is_drawn_is_taken_off_every_limit():
    drawn = Untargeted(pa.table(NOBODY), {"capped": 3, "free": 1}, {"capped": 400}, {"v": 450, "w": 50}, 70)
    left = what_is_left(problem(), drawn, HOUSEHOLDS)
    assert left.households["household_id"].to_pylist() == ["a"]
    offers = {row["offer_id"]: row for row in left.offers.to_pylist()}
    names = ("distributions_min", "distributions_max", "vendor_budget_micros")
    assert [offers["capped"][name] for name in names] == [2, 4, 600]
    assert [offers["free"][name] for name in names] == [None, None, None]
    limits = {(row["scope"], row["id"]): row["budget_micros"] for row in left.limits.to_pylist()}
    assert limits == {
        ("category", "C"): None,
        ("store", "all"): 430,
        ("vendor", "v"): 1_550,
        ("vendor", "w"): 2_950,
    }


def test_a_limit_that_is_used_up_leaves_nothing_and_owes_nothing():
    drawn = Untargeted(pa.table(NOBODY), {"capped": 8}, {"capped": 1_000}, {"v": 2_001}, 500)
    left = what_is_left(problem(), drawn, HOUSEHOLDS)
    row = left.offers.to_pylist()[0]
    assert (row["distributions_min"], row["distributions_max"], row["vendor_budget_micros"]) == (0, 0, 0)
    limits = {(row["scope"], row["id"]): row["budget_micros"] for row in left.limits.to_pylist()}
    assert (limits["store", "all"], limits["vendor", "v"]) == (0, 0)
