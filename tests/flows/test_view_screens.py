"""Reading models of the back office on the small shop: what they show is what loops over its rows say."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from small_shop import AS_OF, CLOSED, SETTINGS, deciding, engine, lines, rows_of, stocked
from test_flows_plan import build, of, planned

from regulars.flows import (
    PlanState,
    build_profiles,
    diff_plans,
    explain_list,
    run_forecast,
    show_cells,
    snapshot,
)
from regulars.flows.views import (
    FoundBy,
    StoreDayUses,
    TillUse,
    UseMark,
    category_rows,
    category_view,
    find_households,
    forecast_view,
    household_trips,
    household_view,
    lane_days,
    list_neighbours,
    lists_view,
    neighbours_view,
    plan_figures,
    plan_ground,
    statements_view,
    tills_view,
)

LAST_ON = max(row["sold_on"] for row in lines())


class QuietBook:
    """A ledger in which nothing happened."""

    def plans(self):
        return []

    def open_list(self, digest):
        return None

    def till_grants(self, plan_id, household_id):
        return []

    editions_of = till_grants

    def answers_of(self, household_id):
        return []

    def plan_state(self, plan_id):
        return None

    def list_editions(self, plan_id):
        return []

    def list_approval(self, plan_id):
        return None

    def store_day_uses(self, stores, from_on, until_on):
        return [StoreDayUses(stores[0], from_on, 2, 300, 1, 0, 1, 0, 0, 0)]

    def latest_uses(self, stores, most):
        return []

    def odd_uses(self, stores, from_on, until_on, before, most):
        return []

    def till_exceptions(self, stores, before, most):
        return []

    def lanes_heard(self, store_id, day):
        return {}

    def vendor_dues(self):
        return []

    def invoices(self):
        return []


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    warehouse = planned(tmp_path_factory.mktemp("shop"), lines())
    return warehouse, build(warehouse)


def test_a_household_is_found_by_its_id_only_where_it_may_be_seen(shop):
    warehouse, summary = shop
    home = {
        row["household_id"]: row["home_store_id"] for row in rows_of(warehouse, snapshot(AS_OF, "household_value"))
    }

    def found(text, stores=None):
        hits = find_households(
            warehouse, QuietBook(), text, as_of_on=AS_OF, today=AS_OF, plan_id=summary.plan_id, stores=stores
        )
        return [(hit.household_id, hit.found_by) for hit in hits]

    assert found(" h3 ") == [("h3", FoundBy.ID)]
    assert found("h3", frozenset({home["h3"]})) == [("h3", FoundBy.ID)]
    assert found("h3", frozenset({"elsewhere"})) == []
    assert found("") == found("nobody") == []
    first = of(warehouse, summary, "plan_lists")[0]
    assert (first["household_id"], FoundBy.LIST_NUMBER) in found(f"{first['list_number']}")


def test_a_household_shows_its_trips_its_figures_and_what_it_is_due_for(shop):
    warehouse, _ = shop
    view = household_view(warehouse, QuietBook(), "h3", as_of_on=AS_OF, today=LAST_ON, stores=None)
    assert view is not None
    sums = defaultdict(lambda: [0, 0])
    for row in lines():
        if row["household_id"] == "h3":
            sums[row["sold_on"]][0] += 1
            sums[row["sold_on"]][1] += row["amount_cents"]
    days = sorted(sums, reverse=True)
    assert len(days) > 30
    trips, after = [], view.trips
    while True:
        trips += after.rows
        if not after.next:
            break
        after = household_trips(warehouse, "h3", today=LAST_ON, before=after.next)
    assert [(trip.sold_on, trip.lines, trip.amount_cents) for trip in trips] == [(day, *sums[day]) for day in days]
    assert view.forecast is not None
    assert view.forecast.needs
    assert view.cells
    assert [cell.amount_cents for cell in view.cells] == sorted((c.amount_cents for c in view.cells), reverse=True)
    elsewhere = frozenset({"elsewhere"})
    assert household_view(warehouse, QuietBook(), "h3", as_of_on=AS_OF, today=AS_OF, stores=elsewhere) is None
    assert household_view(warehouse, QuietBook(), "nobody", as_of_on=AS_OF, today=AS_OF, stores=None) is None


def test_what_was_closed_since_the_forecast_is_not_shown_at_the_desk(tmp_path):
    warehouse = stocked(tmp_path, lines())
    run_forecast(warehouse, engine(), as_of_on=AS_OF, **deciding(closed_tiers=[]))
    where = {"as_of_on": AS_OF, "today": LAST_ON, "stores": None, "most_needs": 30}

    def due(**tiers):
        view = household_view(warehouse, QuietBook(), "h10", **where, **tiers)
        return {need.need_id for need in view.forecast.needs}

    known = due()
    assert "PAIN" in known
    assert due(closed_tiers=[CLOSED]) == known - {"PAIN"}
    build_profiles(warehouse, engine(), as_of_on=AS_OF, **SETTINGS)
    assert due() == due(closed_tiers=[CLOSED]) == known - {"PAIN"}


def test_trips_after_the_day_are_not_shown(shop):
    warehouse, _ = shop
    assert household_trips(warehouse, "h3", today=AS_OF).rows[0].sold_on <= AS_OF
    assert household_trips(warehouse, "h3", today=date(2016, 1, 1)).rows == ()


def test_neighbours_differ_where_their_lists_do_and_each_difference_has_a_reason(shop):
    warehouse, summary = shop
    mine, theirs = (row["household_id"] for row in of(warehouse, summary, "plan_lists")[:2])
    view = neighbours_view(warehouse, summary.plan_id, mine, theirs, plan_ground(warehouse, summary.plan_id))
    offers = {
        one: {g.offer_id for g in explain_list(warehouse, summary.plan_id, one).grants} for one in (mine, theirs)
    }
    assert view.shared == len(offers[mine] & offers[theirs])
    for side, other in ((view.mine, theirs), (view.theirs, mine)):
        assert {one.offer_id for one in side.specials} == offers[side.household_id]
        for one in side.specials:
            assert (one.other_face_cents is None) == (one.offer_id not in offers[other])
            assert bool(one.why_not_code) == (one.other_face_cents is None)


def test_a_category_adds_up_to_what_its_households_spend(shop):
    warehouse, _ = shop
    cells = show_cells(warehouse, engine(), as_of_on=AS_OF)
    rows = category_rows(cells)
    view = category_view(warehouse, engine(), cells, "C0", as_of_on=AS_OF)
    assert view is not None
    assert view.row in rows
    assert sum(brand.amount_cents for brand in view.brands) == view.cells.amount_cents
    assert sum(week.own_cents + week.national_cents for week in view.weeks) == view.cells.amount_cents
    assert len(view.weeks) == 26
    assert view.weeks[-1].from_on == AS_OF - timedelta(days=7)
    needs = Counter(
        row["need_id"] for row in rows_of(warehouse, snapshot(AS_OF, "household_needs")) if row["days_bought"] >= 3
    )
    assert {one.need_id: one.total for one in view.timing} == {n: needs[n] for n in ("N0", "N3") if needs[n]}
    assert category_view(warehouse, engine(), cells, "C7", as_of_on=AS_OF) is None


def test_lists_come_fifty_at_a_time_and_only_of_stores_that_may_be_seen(shop):
    warehouse, summary = shop
    view = lists_view(warehouse, QuietBook(), summary.plan_id, stores=None)
    frozen = sorted(of(warehouse, summary, "plan_lists"), key=lambda row: row["list_number"])
    grants = Counter(row["household_id"] for row in of(warehouse, summary, "plan_grants"))
    assert view.state is PlanState.BUILT
    assert [(row.list_number, row.specials) for row in view.page.rows] == [
        (row["list_number"], grants[row["household_id"]]) for row in frozen
    ]
    store = frozen[0]["store_id"]
    only = lists_view(warehouse, QuietBook(), summary.plan_id, stores=frozenset({store}))
    assert {row.store_id for row in only.page.rows} == {store}
    after = lists_view(warehouse, QuietBook(), summary.plan_id, stores=None, after=frozen[1]["list_number"])
    assert [row.list_number for row in after.page.rows] == [row["list_number"] for row in frozen[2:]]
    ids = [row["household_id"] for row in frozen]
    row, before, later = list_neighbours(warehouse, summary.plan_id, ids[1], None)
    assert (row["household_id"], before, later) == (ids[1], ids[0], ids[2])
    assert list_neighbours(warehouse, summary.plan_id, ids[0], frozenset({"elsewhere"})) is None


def test_a_plan_s_figures_count_what_was_missed(shop):
    warehouse, summary = shop
    figures = plan_figures(warehouse, engine(), summary.plan_id)
    counted = Counter(row["reason_code"] for row in of(warehouse, summary, "plan_misses"))
    assert {one.reason_code: one.pairs for one in figures.misses} == dict(counted)
    assert figures.shown.summary.grants == summary.grants
    assert diff_plans(warehouse, summary.plan_id, summary.plan_id).grants_new == 0


def test_a_store_manager_sees_own_tills_alone(shop):
    warehouse, _ = shop
    sales = lane_days(warehouse, engine(), LAST_ON)
    by_hand = [row for row in lines() if LAST_ON - timedelta(days=14) < row["sold_on"] <= LAST_ON]
    assert sum(row.amount_cents for row in sales) == sum(row["amount_cents"] for row in by_hand)
    everything = tills_view(warehouse, QuietBook(), sales, on=AS_OF, stores=None)
    assert [row.store_id for row in everything.stores] == ["s0", "s1"]
    assert (everything.redemptions, everything.cents, everything.identified_share) == (2, 300, 1.0)
    own = tills_view(warehouse, QuietBook(), sales, on=AS_OF, stores=frozenset({"s1"}))
    assert [row.store_id for row in own.stores] == ["s1"]
    assert tills_view(warehouse, QuietBook(), sales, on=AS_OF, stores=frozenset({"s1"}), store_id="s0") is None
    assert tills_view(warehouse, QuietBook(), sales, on=AS_OF, stores=None, store_id="nowhere") is None
    lanes = tills_view(warehouse, QuietBook(), sales, on=AS_OF, stores=None, store_id="s1").lanes
    assert [(lane.lane_id, lane.silent) for lane in lanes] == [("1", False)]
    assert statements_view(QuietBook()) == ()


def test_a_store_that_sold_nothing_yet_counts_once_its_lanes_give_something(shop):
    warehouse, summary = shop

    class NewStore(QuietBook):
        def latest_uses(self, stores, most):
            transaction, grant = SimpleNamespace(store_id="s2"), SimpleNamespace(plan_id=summary.plan_id)
            return [TillUse(transaction, grant, "some", 5, UseMark.PLAIN, settled=False, at=None)]

    view = tills_view(warehouse, NewStore(), (), on=AS_OF, stores=None)
    assert [row.store_id for row in view.stores] == ["s2"]
    assert (view.redemptions, view.cents) == (2, 300)
    assert [
        row.store_id for row in tills_view(warehouse, NewStore(), (), on=AS_OF, stores=frozenset({"s1"})).stores
    ] == ["s1"]


def test_without_a_judgement_the_forecast_says_so(shop):
    warehouse, _ = shop
    view = forecast_view(warehouse, cycle_on=AS_OF)
    assert (view.as_of_on, view.judged, view.drift) == (AS_OF, None, ())
    assert view.method
    assert forecast_view(warehouse, cycle_on=AS_OF, judged_on=AS_OF) is None
