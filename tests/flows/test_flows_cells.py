from collections import defaultdict
from datetime import date

import pytest
from small_shop import AS_OF, FIRST, SETTINGS, deciding, engine, lines, products, rows_of, stocked

from regulars.contracts import CELLS
from regulars.flows import NO_CELL, build_profiles, cell_moves, count_categories, show_cells, snapshot
from regulars.flows.views import category_view
from regulars.kernel import ContractError

BEFORE = date(2017, 4, 10)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    warehouse = stocked(tmp_path_factory.mktemp("shop"), lines())
    for day in (BEFORE, AS_OF):
        build_profiles(warehouse, engine(), as_of_on=day, **SETTINGS)
    return warehouse


def cells_by_hand(day, category):
    """Brand and usage of each household, by loops over the lines."""
    kind = {row["product_id"]: row["brand_kind"] for row in products() if row["category_id"] == category}
    spent, own, days = defaultdict(int), defaultdict(int), defaultdict(set)
    for row in lines():
        known = (
            row["household_id"]
            and row["product_id"] in kind
            and row["product_id"] not in {"aspirin", "pump pills"}
        )
        sold = row["quantity_milli"] > 0 and row["amount_cents"] > 0
        if known and sold and FIRST <= row["sold_on"] < day and (day - row["sold_on"]).days <= 182:
            spent[row["household_id"]] += row["amount_cents"]
            own[row["household_id"]] += row["amount_cents"] if kind[row["product_id"]] == "own" else 0
            days[row["household_id"]].add(row["sold_on"])
    ordered = sorted(spent.values())
    cuts = [ordered[-(-len(ordered) * third // 3) - 1] for third in (1, 2)]
    cells = {}
    for one, amount in spent.items():
        brand = "national" if 6 * own[one] <= amount else "own" if 6 * own[one] >= 5 * amount else "switcher"
        usage = ("light", "medium", "heavy")[sum(amount > cut for cut in cuts)]
        cells[one] = (brand, usage, len(days[one]))
    return cells


def test_the_nine_cells_are_those_counted_by_hand(shop):
    found = {one.category_id: one for one in show_cells(shop, engine(), as_of_on=AS_OF)}
    assert set(found) == {"C0", "C1", "C2"}
    for category, one in found.items():
        expected = cells_by_hand(AS_OF, category)
        counts = [sum(cell[:2] == pair for cell in expected.values()) for pair in CELLS]
        assert [cell.households for cell in one.cells] == counts
        assert sum(cell.households_few for cell in one.cells) == sum(cell[2] <= 2 for cell in expected.values())
        assert one.households == len(expected) > 6


def test_moves_are_those_counted_by_hand_and_add_up_to_both_sides(shop):
    before, after = cells_by_hand(BEFORE, "C0"), cells_by_hand(AS_OF, "C0")
    moves = cell_moves(shop, engine(), "C0", before_on=BEFORE, as_of_on=AS_OF)
    expected = defaultdict(int)
    for one in before.keys() | after.keys():
        expected[before.get(one, NO_CELL)[:2], after.get(one, NO_CELL)[:2]] += 1
    assert dict(moves.households) == dict(expected)
    assert moves.moved > 0
    table = moves.rows()
    assert len(table) == 10
    assert sum(sum(counts) for _, counts in table) == len(before.keys() | after.keys())
    assert sum(moves.households_sure.values()) <= sum(moves.households.values())


def test_a_day_without_profiles_is_refused(shop):
    with pytest.raises(ContractError, match="no profiles as of 2017-01-30"):
        cell_moves(shop, engine(), "C0", before_on=date(2017, 1, 30), as_of_on=AS_OF)


def test_an_unknown_category_is_refused(shop):
    with pytest.raises(ContractError, match="'C7'"):
        cell_moves(shop, engine(), "C7", before_on=BEFORE, as_of_on=AS_OF)


def test_the_earlier_day_is_left_as_it_was(shop):
    assert {row["category_id"] for row in rows_of(shop, snapshot(BEFORE, "household_cells"))} == {"C0", "C1", "C2"}


class NoEngine:
    """Stands for an engine that nobody may ask."""

    def query(self, *_):
        raise AssertionError("what was counted is counted again")


def test_what_was_counted_with_the_profiles_is_read_and_not_counted_again(shop):
    step = SETTINGS["progress"]
    by_query = show_cells(shop, engine(), as_of_on=BEFORE)
    assert count_categories(shop, engine(), as_of_on=BEFORE, progress=step) == 4  # no moves without a day before
    assert count_categories(shop, engine(), as_of_on=BEFORE, progress=step) == 0
    assert show_cells(shop, NoEngine(), as_of_on=BEFORE) == by_query
    view = category_view(shop, NoEngine(), by_query, "C0", as_of_on=BEFORE)
    assert view.moves is None
    assert (sum(brand.amount_cents for brand in view.brands), len(view.weeks)) == (view.row.amount_cents, 26)


def test_other_profiles_are_counted_anew(tmp_path):
    warehouse = stocked(tmp_path, lines())
    build_profiles(warehouse, engine(), as_of_on=AS_OF, **SETTINGS)
    count_categories(warehouse, engine(), as_of_on=AS_OF, progress=SETTINGS["progress"])
    build_profiles(warehouse, engine(), as_of_on=AS_OF, **deciding(closed_tiers=[]))
    with pytest.raises(AssertionError, match="counted again"):
        show_cells(warehouse, NoEngine(), as_of_on=AS_OF)
