"""What a special's mark and its reason claim is true of the household, and a deal's budget is the deal's."""

import numpy as np
import pyarrow as pa
from small_shop import AS_OF

from regulars.contracts import Deal, DealKind, Ladder, Level, LimitUse, Offer
from regulars.flows._plan_freeze import _KINDS, _kinds, _reason_codes, _waiver_rows
from regulars.flows._plan_limits import PlanLimit
from regulars.flows._plan_problem import PlanProblem
from regulars.flows._plan_show import _limits
from regulars.flows._rows import contract_schema, shaped
from regulars.kernel import Period
from regulars.offers import KNOWN, NEED, NEW, Catalogue, CatalogueProduct

TO_TRY = "suggestion"


def chosen(*rows):
    """Rows of standing, due, days the shown product was bought, whether an own brand of its need was."""
    standing, due, days, own = zip(*rows, strict=True)
    return pa.table({
        "offer_id": ["o"] * len(rows), "standing": standing, "due": due, "product_days_bought": days,
        "own_brand_bought": own, "days_bought": [5] * len(rows), "discovery": [False] * len(rows),
    })  # fmt: skip


def kinds(rows):
    return [_KINDS[place].value for place in _kinds(rows)]


def test_two_days_make_a_habit_and_one_a_purchase():
    rows = chosen(
        (KNOWN, True, 1, False), (KNOWN, False, 2, False), (KNOWN, False, 1, False), (NEED, True, 0, False),
        (NEW, False, 0, False),
    )  # fmt: skip
    assert kinds(rows) == ["due", "usual", "bought", TO_TRY, TO_TRY]


def test_the_own_brand_is_new_only_to_those_who_bought_none_of_it():
    product = CatalogueProduct("p", "v", "FOOD", "C", "N", "own", "", 100, 3)
    deal = Deal(
        "o", "Deal", "store", DealKind.PERCENT_OFF, (Ladder(percent=25),), 0, 0, frozenset("p"), frozenset(),
        Period(AS_OF, AS_OF.replace(month=7)),
    )  # fmt: skip
    offer = Offer("o", deal, "C", frozenset("p"), "p", (Level(1, Ladder(percent=25), 25, 0),))
    rows = chosen((NEED, False, 0, False), (NEED, False, 0, True))
    codes = _reason_codes(rows, _kinds(rows), ["targeted"] * 2, {"o": offer}, Catalogue.of([product]))
    assert codes == ["own_brand_trial", "brand_trial"]
    assert (
        _reason_codes(rows, np.array([3, 3]), ["holdout"] * 2, {"o": offer}, Catalogue.of([product]))
        == ["untargeted"] * 2
    )


def test_a_deal_s_price_lines_count_as_one_limit():
    terms = {f"d.{n}": {"deal_id": "d", "name": "Milk"} for n in (1, 2)}
    uses = [
        PlanLimit("offer", "d.1", "micros", 1_009_999, 500_001),
        PlanLimit("offer", "d.1", "lists", 5, 2, at_least=True),
        PlanLimit("offer", "d.2", "micros", 500_001, 9_999),
        PlanLimit("offer", "d.2", "lists", 3, 3, at_least=True),
        PlanLimit("vendor", "v", "micros", 1_000_000, 1_000_000),
    ]
    assert _limits(uses, terms) == (
        LimitUse("vendor v", "cents", 100, 100),
        LimitUse("money of Milk (d)", "cents", 151, 51),
        LimitUse("lists guaranteed to Milk (d)", "lists", 8, 5),
    )


def test_what_the_list_prints_decides_whether_it_falls_short():
    """Reckoned at the dearest product the offer gives 20 cents, printed at the one shown 19; the floor is 20."""
    households = {
        "household_id": ["h"], "slots_min": [1], "slots_max": [2], "face_min_micros": [200_000],
        "face_max_micros": [9**9],
    }  # fmt: skip
    levels = {"offer_id": ["o"], "level": [1], "face_micros": [200_000], "funding_micros": [0]}
    nothing = contract_schema("plan_offers").empty_table()
    problem = PlanProblem(shaped(households, "plan_households"), nothing, shaped(levels, "plan_levels"), nothing)
    plan = pa.table({"household_id": ["h"], "offer_id": ["o"], "level": [1]})
    waivers = _waiver_rows(problem, plan, pa.table({"household_id": ["h"], "face_cents": [19]}))
    assert waivers.to_pylist() == [
        {"household_id": "h", "rule": "face_printed_micros", "wanted": 200_000, "had": 190_000}
    ]
    assert _waiver_rows(problem, plan, pa.table({"household_id": ["h"], "face_cents": [20]})).num_rows == 0
    nothing_given = _waiver_rows(problem, plan.slice(0, 0), pa.table({"household_id": ["h"], "face_cents": [0]}))
    assert [tuple(row.values())[1:] for row in nothing_given.to_pylist()] == [
        ("face_min_micros", 200_000, 0), ("face_printed_micros", 200_000, 0), ("slots_min", 1, 0)
    ]  # fmt: skip
