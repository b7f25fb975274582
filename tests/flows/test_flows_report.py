"""What the report says of given rows: names, order, parts that add up, samples; no store is touched."""

from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.contracts import Assumptions, Basis, LayoutDepartment, ListPolicy
from regulars.flows._report_figures import (
    category_cells,
    closed_forecast,
    limit_uses,
    money_rows,
    pick_samples,
    report_data,
    vendor_name,
)
from regulars.flows._report_grounds import report_grounds
from regulars.flows._report_rows import ReportRows, ReportSettings
from regulars.kernel import Cycle, Period, PlanId
from regulars.offers import REDEMPTION_STEPS, SensitivePolicy
from regulars.predict import ForecastQuality, LevelQuality, ReliabilityBin

SETTINGS = ReportSettings(
    store_name="Corner Store",
    cycle=Cycle(3, Period(date(2017, 2, 6), date(2017, 2, 20))),
    demonstration=False,
    assumptions=Assumptions("assumed"),
    policy=ListPolicy(),
    departments=(LayoutDepartment("GROCERY", "Pantry"),),
    sensitive=SensitivePolicy(),
)
LISTS = ("list_number", "household_id", "arm", "due_needs", "specials", "face_cents")


def lists_of(*rows: tuple[int, str, str, int, int, int]) -> pa.Table:
    kinds = (pa.int64(), pa.string(), pa.string(), pa.int64(), pa.int64(), pa.int64())
    return pa.table(
        {
            name: pa.array([row[n] for row in rows], kind)
            for n, (name, kind) in enumerate(zip(LISTS, kinds, strict=True))
        }
    )


EMPTY = ReportRows(
    data={
        "lines": 0, "cardless_lines": 0, "unknown_product_lines": 0, "days": 0, "first_on": None, "last_on": None,
        "stores": 0, "products": 0, "sales_cents": 0, "card_sales_cents": 0,
    },
    needs=[], departments=[], cells=[], money=[], offers=[], lists=lists_of(), findings=[], terms=[],
    plan_offers=[], plan_limits=[], deal_ids=frozenset({"D"}),
    households=0, households_eligible=0, prices_posted=True, households_named=True,
    names_composed=False,
)  # fmt: skip


def money(name: str, face_steps: int, funding_steps: int) -> dict[str, Any]:
    return {
        "vendor_id": name, "tier": "small", "kind": "due", "arm": "targeted", "specials": 1, "face_cents": 10,
        "redemption_steps": 1, "face_steps": face_steps, "funding_steps": funding_steps,
    }  # fmt: skip


def level_of(name: str, precision: float) -> LevelQuality:
    bins = (ReliabilityBin(5, 0.1, 0.2, 0.05, 0.15), ReliabilityBin(5, 0.6, 0.4, 0.5, 0.7))
    return LevelQuality(
        name, 9, 4, 10, 3, 0.1, 0.2, precision, 0.3, 0.75, (1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0), 0.4, 0.05, 0.01, None,
        bins, bins, 0.5, 0.4,
    )  # fmt: skip


def quality(method: str, precision: float) -> ForecastQuality:
    levels = (level_of("need", precision), level_of("product", precision / 2))
    return ForecastQuality(date(2017, 1, 23), date(2017, 2, 6), method, levels, 0.75, ())


def test_the_closed_forecast_puts_ours_first_at_each_level() -> None:
    closed = closed_forecast([quality("decayed-count", 0.5), quality("personal-frequency", 0.4)])
    assert (closed.made_on, closed.until_on, closed.households) == (date(2017, 1, 23), date(2017, 2, 6), 4)
    assert [(s.level, s.method, s.ours, s.precision_10) for s in closed.scores] == [
        ("need", "decayed count, calibrated", True, 0.5),
        ("need", "personal frequency", False, 0.4),
        ("product", "decayed count, calibrated", True, 0.25),
        ("product", "personal frequency", False, 0.2),
    ]
    assert [(b.said, b.happened, b.items) for b in closed.bins] == [(0.1, 0.2, 5), (0.6, 0.4, 5)]


def test_cells_start_with_the_named_category_then_the_largest_whole_ones() -> None:
    def nine(category_id: str, cents: int) -> list[dict[str, Any]]:
        return [
            {
                "category_id": category_id,
                "brand_module": b,
                "usage_module": u,
                "households": 1,
                "amount_cents": cents,
            }
            for b in ("national", "switcher", "own")
            for u in ("light", "medium", "heavy")
        ]

    cells = [*nine("MILK", 20), *nine("BREAD", 30), *nine("BEEF", 90)[1:], *nine("ANALGESICS", 1)[:2]]
    made = category_cells(cells, "ANALGESICS")
    assert [category.name for category in made] == ["Painkillers", "Bread", "Milk"]
    assert [cell.households for cell in made[0].cells] == [1, 1, 0, 0, 0, 0, 0, 0, 0]
    assert [category.name for category in category_cells(cells, "COFFEE")] == ["Bread", "Milk"]


@given(st.lists(st.tuples(st.text("abc", max_size=2), st.integers(0, 10**12), st.integers(0, 10**12))))
def test_parts_of_the_money_add_up_to_the_whole(entries: list[tuple[str, int, int]]) -> None:
    rows = [money(name, vendor + store, vendor) for name, vendor, store in entries]
    made = money_rows(rows, lambda row: str(row["vendor_id"]))
    vendor = sum(entry[1] for entry in entries)
    store = sum(entry[2] for entry in entries)
    assert abs(sum(row.expected_vendor_cents for row in made) * REDEMPTION_STEPS - vendor) * 2 <= REDEMPTION_STEPS
    assert (
        abs(sum(row.expected_face_cents for row in made) * REDEMPTION_STEPS - vendor - store) <= REDEMPTION_STEPS
    )
    assert all(0 <= row.expected_vendor_cents <= row.expected_face_cents for row in made)
    assert [row.name for row in made] == [
        row.name for row in sorted(made, key=lambda row: (-row.expected_face_cents, row.name))
    ]
    assert money_rows(rows[::-1], lambda row: str(row["vendor_id"])) == made


def test_samples_come_from_the_targeted_lists_by_length() -> None:
    rows = [(n, f"h{n}", "targeted", n, 12, 100) for n in range(1, 21)]
    held = [(n, f"h{n}", "holdout", 0, 0, 0) for n in range(21, 40)]
    picked = pick_samples(lists_of(*rows, *held))
    assert [(title, row["household_id"]) for title, row in picked] == [
        ("One of the shortest", "h1"),
        ("The one in the middle", "h10"),
        ("One of the longest", "h19"),
    ]
    assert [row["list_number"] for _, row in pick_samples(lists_of(*rows[:1]))] == [1]
    assert pick_samples(lists_of(*held)) == []


def test_limits_stand_by_how_far_they_are_used() -> None:
    step = REDEMPTION_STEPS
    used = replace(
        EMPTY,
        offers=[
            {"offer_id": "O", "vendor_id": "7", "lists": 4, "funding_steps": 90 * step, "store_steps": 0},
            {"offer_id": "O", "vendor_id": "7", "lists": 1, "funding_steps": 5 * step, "store_steps": step},
        ],
        terms=[
            {"offer_id": "O", "deal_id": "D", "name": "Coffee"},
            {"offer_id": "unused", "deal_id": "unused", "name": "unused"},
        ],
        plan_offers=[
            {"offer_id": "O", "distributions_max": 10, "vendor_budget_micros": 1_000_000},
            {"offer_id": "unused", "distributions_max": 0, "vendor_budget_micros": None},
        ],
        plan_limits=[
            {"scope": "category", "id": "COFFEE", "budget_micros": None},
            {"scope": "vendor", "id": "7", "budget_micros": 9_500_000},
            {"scope": "store", "id": "all", "budget_micros": 10_000},
        ],
    )  # fmt: skip
    assert [(use.name, use.unit, use.used, use.limit) for use in limit_uses(used)] == [
        ("Lists with unused", "lists", 0, 0),
        ("The store’s own money", "cents", 1, 1),
        ("Budget of Coffee", "cents", 95, 100),
        ("Lists with Coffee", "lists", 5, 10),
        ("Budget of Vendor 7", "cents", 95, 950),
    ]


def test_a_need_is_named_after_the_category_most_lists_show() -> None:
    rows = replace(
        EMPTY,
        needs=[
            {"need_id": "PREMIUM", "category_id": "BACON", "title": "Meat", "households": 3},
            {"need_id": "PREMIUM", "category_id": "ICE CREAM/MILK/SHERBTS", "title": "Frozen", "households": 5},
        ],
    )
    data = report_data(rows, settings=SETTINGS, plan_id=PlanId("p"), applied=True, qualities=(), samples=())
    assert [(need.name, need.department, need.households) for need in data.due_needs] == [
        ("Premium Ice Cream", "Frozen", 8)
    ]


def test_thin_lists_are_counted() -> None:
    lists = lists_of(
        *((number, f"h{number}", "targeted", due, 0, 0) for number, due in enumerate((0, 4, 5, 9, 10)))
    )
    data = report_data(
        replace(EMPTY, lists=lists), settings=SETTINGS, plan_id=PlanId("p"), applied=True, qualities=(), samples=()
    )
    assert (data.lists.lists_below_ten, data.lists.lists_below_five) == (4, 2)


def test_an_empty_cycle_divides_by_nothing() -> None:
    data = report_data(EMPTY, settings=SETTINGS, plan_id=PlanId("p"), applied=False, qualities=(), samples=())
    assert (data.lists.lists, data.lists.expected_face_cents, data.holdout.share) == (0, 0, 0.0)
    assert (data.head.from_on, data.head.last_on, data.head.applied) == (
        date(2017, 2, 6),
        date(2017, 2, 19),
        False,
    )
    assert data.forecast is None


def test_a_store_with_everything_of_its_own_shows_nothing_synthetic() -> None:
    found = report_grounds(EMPTY, SETTINGS, judged=True)
    assert {ground.basis for ground in found} == {Basis.RECORDED, Basis.ASSUMED}


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        ({"prices_posted": False}, "Shelf prices"),
        ({"households_named": False}, "Names of households"),
        ({"names_composed": True}, "Names of products"),
        ({"terms": [{"offer_id": "O", "deal_id": "D", "synthetic": True}]}, "Vendor deals"),
        (
            {"terms": [{"offer_id": "O", "deal_id": "C", "synthetic": True}]},
            "Face value of the data’s own coupons",
        ),
    ],
)
def test_what_the_store_did_not_give_is_said(change: dict[str, Any], subject: str) -> None:
    def unrecorded(rows: ReportRows) -> set[str]:
        return {
            ground.subject
            for ground in report_grounds(rows, SETTINGS, judged=True)
            if ground.basis is not Basis.RECORDED
        }

    assert unrecorded(replace(EMPTY, **change)) - unrecorded(EMPTY) == {subject}


def test_assumptions_carry_their_values() -> None:
    given_values = Assumptions("assumed", {"": 28, "DELI": 42}, redemption_known=0.31, store_markdown_cents=61_250)
    grounds = {
        g.subject: g.value for g in report_grounds(EMPTY, replace(SETTINGS, assumptions=given_values), judged=True)
    }
    assert grounds["Chance that a special is used"].startswith("31% of buyers of the product at 10% off; 8% of")
    assert grounds["Gross margin"] == "28 to 42% of the price, by department"
    assert grounds["The store’s own money"] == "$612.50 a cycle"


def test_chances_learnt_from_coupons_are_told_as_recorded() -> None:
    learnt = replace(SETTINGS.assumptions, learnt_until_on=date(2017, 2, 6), redemption_known=0.03)
    (ground,) = (
        g
        for g in report_grounds(EMPTY, replace(SETTINGS, assumptions=learnt), judged=True)
        if g.subject == "Chance that a special is used"
    )
    assert ground.basis is Basis.RECORDED
    assert ground.value.startswith("3% of buyers of the product")
    assert ground.value.endswith(
        ", as coupons of campaigns closed before 2017-02-06 were used, with the assumed rates counting as 2,000 "
        "coupons sent to each"
    )


@pytest.mark.parametrize(
    ("pairs", "basis", "value"),
    [
        (
            "0",
            Basis.ASSUMED,
            "15% if bought on one day, 40% if bought on two, 60% if bought on three, 70% if bought on",
        ),
        ("781", Basis.RECORDED, "learnt from 781 pairs of household and item"),
    ],
)
def test_it_says_whether_chances_are_assumed_and_what_the_forecast_warned_of(
    pairs: str, basis: Basis, value: str
) -> None:
    rows = replace(EMPTY, forecast={"pairs": pairs, "warning": "the chances are rough"})
    data = report_data(rows, settings=SETTINGS, plan_id=PlanId("p"), applied=True, qualities=(), samples=())
    assert (data.due_basis, data.warnings) == (basis, ("The chances are rough.",))
    (chance,) = (ground for ground in data.grounds if ground.subject == "Chance that a need is bought")
    assert (chance.basis, chance.used_for) == (basis, "what is due")
    assert chance.value.startswith(value)
    assert "Purchases after the forecast" not in {ground.subject for ground in data.grounds}


def test_a_forecast_of_an_earlier_release_says_nothing_of_its_chances() -> None:
    data = report_data(EMPTY, settings=SETTINGS, plan_id=PlanId("p"), applied=True, qualities=(), samples=())
    assert (data.due_basis, data.warnings) == (Basis.RECORDED, ())
    assert "Chance that a need is bought" not in {ground.subject for ground in data.grounds}


def test_vendors_known_by_number_are_called_so() -> None:
    assert [vendor_name(one) for one in ("store", "69", "Miller Foods")] == [
        "The store",
        "Vendor 69",
        "Miller Foods",
    ]
