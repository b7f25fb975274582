from datetime import date, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_shop import (
    AS_OF,
    FIRST,
    SETTINGS,
    UNKNOWN,
    class_tiers,
    deciding,
    digests,
    engine,
    lines,
    products,
    rows_of,
    stocked,
)

from regulars.adapters import DuckDBReader, FolderWarehouse
from regulars.contracts import Eligibility
from regulars.flows import (
    BUCKET_TABLES,
    PROFILE_TABLES,
    build_profiles,
    find_mapping,
    load_data,
    run_forecast,
    snapshot,
)
from regulars.kernel import ContractError, bucket_of
from regulars.testing import SilentProgress

MEDICINES = {"aspirin", "pump pills"}


YOUNG = FIRST + timedelta(days=24)
"""The shop is three whole weeks old."""


def build(warehouse, **changes):
    return build_profiles(warehouse, engine(), **{"as_of_on": AS_OF, **SETTINGS, **changes})


def published(warehouse, tables=PROFILE_TABLES, *, as_of_on=AS_OF):
    return {name: digests(warehouse, snapshot(as_of_on, name)) for name in tables}


def sold_earlier(rows, days, **changes):
    """The same lines, each sold so many days before."""
    earlier = [{**row, "sold_on": row["sold_on"] - timedelta(days=days)} for row in rows]
    return [{**row, "transaction_id": f"{row['transaction_id']}-", **changes} for row in earlier]


def test_every_table_is_published_in_one_change(tmp_path):
    warehouse = stocked(tmp_path, lines())
    report = build(warehouse)
    assert report.built
    assert report.households == 12
    assert {name for name in warehouse.datasets() if name.startswith("snapshots/")} == {
        snapshot(AS_OF, name) for name in (*PROFILE_TABLES, *BUCKET_TABLES)
    }
    values = rows_of(warehouse, snapshot(AS_OF, "household_value"))
    assert report.households_eligible == sum(row["eligible"] for row in values)
    assert 0 < report.households_eligible < 12
    assert report.open_lines == len(rows_of(warehouse, snapshot(AS_OF, "open_lines")))


def test_a_closed_tier_cannot_be_told_from_an_unknown_product(tmp_path):
    """Every line of a closed tier becomes a line without a product row: same household, time and amount."""
    known = lines()
    hidden = [
        {**row, "product_id": f"{UNKNOWN} {place}", "quantity_milli": 9_000 + place}
        if row["product_id"] in MEDICINES
        else row
        for place, row in enumerate(known)
    ]
    assert sum(row["product_id"] in MEDICINES for row in known) > 50
    shops = [stocked(tmp_path / name, rows) for name, rows in (("known", known), ("hidden", hidden))]
    for shop in shops:
        run_forecast(shop, engine(), as_of_on=AS_OF, **SETTINGS)
    tables = [*PROFILE_TABLES, "forecast"]
    assert published(shops[0], tables) == published(shops[1], tables)


def test_a_closed_tier_counts_towards_the_spend_and_reaches_nothing_else(tmp_path):
    closed, opened = stocked(tmp_path / "closed", lines()), stocked(tmp_path / "open", lines())
    build(closed)
    build(opened, **deciding(closed_tiers=[]))
    eligible = {
        row["household_id"] for row in rows_of(closed, snapshot(AS_OF, "household_value")) if row["eligible"]
    }
    assert "h10" in eligible
    for name in ("open_lines", "household_products"):
        seen = {row["product_id"] for row in rows_of(closed, snapshot(AS_OF, name))}
        assert not seen & {*MEDICINES, UNKNOWN, "petrol"}
        assert "aspirin" in {row["product_id"] for row in rows_of(opened, snapshot(AS_OF, name))}


def test_profiles_agree_with_a_plain_count(tmp_path):
    warehouse = stocked(tmp_path, lines())
    build(warehouse)
    sensitive = {(row["department_id"], row["need_id"]) for row in class_tiers()}
    seen = {
        row["product_id"]: row["need_id"]
        for row in products()
        if row["department_id"] == "FOOD" and (row["department_id"], row["need_id"]) not in sensitive
    }
    days = {}
    spend = dict.fromkeys((row["household_id"] for row in lines()), 0)
    for row in lines():
        if row["sold_on"] >= AS_OF:
            continue
        if row["product_id"] in seen:
            days.setdefault((row["household_id"], seen[row["product_id"]]), set()).add(row["sold_on"])
        if row["product_id"] != "petrol" and row["sold_on"] >= AS_OF - timedelta(weeks=8):
            spend[row["household_id"]] += row["amount_cents"]
    needs = rows_of(warehouse, snapshot(AS_OF, "household_needs"))
    assert {(row["household_id"], row["need_id"]): row["days_bought"] for row in needs} == {
        key: len([day for day in found if (AS_OF - day).days <= 182]) for key, found in days.items()
    }
    weights = {key: sum(0.5 ** ((AS_OF - day).days / 120) for day in found) for key, found in days.items()}
    for row in needs:
        weight = weights[row["household_id"], row["need_id"]]
        assert row["decayed_weight"] / 2**30 == pytest.approx(weight, abs=1e-7)
    values = rows_of(warehouse, snapshot(AS_OF, "household_value"))
    assert {row["household_id"]: row["spend_window_cents"] for row in values} == spend
    assert {row["household_id"]: row["eligible"] for row in values} == {
        household: cents >= 8 * 2_500 for household, cents in spend.items()
    }


def test_a_store_of_three_weeks_averages_spend_over_three_weeks(tmp_path):
    """Lines of days before that are known only on the day, or come after it, make it no older."""
    past = [row for row in lines() if row["sold_on"] < YOUNG]
    spend = dict.fromkeys((row["household_id"] for row in past), 0)
    for row in past:
        if row["product_id"] != "petrol" and row["sold_on"] >= YOUNG - timedelta(weeks=3):
            spend[row["household_id"]] += row["amount_cents"]
    shops = [stocked(tmp_path / "past", past)]
    shops.append(stocked(tmp_path / "all", [*lines(), *sold_earlier(past, 60, known_from_on=YOUNG)]))
    for shop in shops:
        build(shop, as_of_on=YOUNG)
    values = rows_of(shops[0], snapshot(YOUNG, "household_value"))
    assert {row["household_id"]: row["weekly_spend_cents"] for row in values} == {
        household: (2 * cents + 3) // 6 for household, cents in spend.items()
    }
    eligible = {row["household_id"]: row["eligible"] for row in values}
    assert eligible == {household: cents >= 3 * 2_500 for household, cents in spend.items()}
    assert 0 < sum(eligible.values()) < 12
    assert rows_of(shops[1], snapshot(YOUNG, "household_value")) == values


def test_a_line_that_makes_a_store_older_has_every_bucket_built_again(tmp_path):
    before, older = lines(), [*lines(), *sold_earlier(lines()[:1], 6, known_from_on=FIRST)]
    warehouse = stocked(tmp_path / "w", before, buckets=5)
    assert build(warehouse, as_of_on=YOUNG).buckets_built == 5
    assert build(stocked(tmp_path / "w", older, buckets=5), as_of_on=YOUNG).buckets_built == 5
    whole = stocked(tmp_path / "whole", older, buckets=5)
    build(whole, as_of_on=YOUNG)
    assert published(FolderWarehouse(tmp_path / "w"), as_of_on=YOUNG) == published(whole, as_of_on=YOUNG)


def test_the_same_input_is_built_once(tmp_path):
    warehouse = stocked(tmp_path, lines())
    first = build(warehouse)
    manifest = (tmp_path / "manifest.json").read_bytes()
    second = build(warehouse)
    assert (first.built, second.built) == (True, False)
    assert (second.households, second.open_lines) == (first.households, first.open_lines)
    assert (tmp_path / "manifest.json").read_bytes() == manifest


@pytest.mark.parametrize("change", ["more", "fewer", "other", "products"])
def test_only_buckets_with_other_lines_are_built_again_and_nothing_tells(tmp_path, change):
    every = lines()
    household = every[0]["household_id"]
    of_one = [row for row in every if row["household_id"] == household]
    fewer = [row for row in every if row["household_id"] != household or row["sold_on"] != of_one[0]["sold_on"]]
    other = [{**row, "amount_cents": row["amount_cents"] + 7} if row == of_one[-1] else row for row in every]
    before, after = {
        "more": (fewer, every), "fewer": (every, fewer), "other": (every, other), "products": (every, every),
    }[change]  # fmt: skip
    warehouse = stocked(tmp_path / "w", before, buckets=5)
    assert build(warehouse).buckets_built == 5
    settings = deciding(closed_tiers=[]) if change == "products" else {}
    again = build(stocked(tmp_path / "w", after, buckets=5), **settings)
    assert again.buckets_built == (5 if change == "products" else 1)
    whole = stocked(tmp_path / "whole", after, buckets=5)
    assert build(whole, **settings).buckets_built == 5
    rebuilt = FolderWarehouse(tmp_path / "w")
    assert published(rebuilt) == published(whole)
    assert published(rebuilt, BUCKET_TABLES) == published(whole, BUCKET_TABLES)
    for name in PROFILE_TABLES:
        assert rebuilt.properties(snapshot(AS_OF, name)) == whole.properties(snapshot(AS_OF, name))


def loaded(root, *files):
    """Load files with one command."""
    load_data(
        files,
        mapping=find_mapping("plain"),
        warehouse=FolderWarehouse(root),
        reader=DuckDBReader(threads=1),
        sensitive_rules=(),
        progress=SilentProgress(),
    )
    return FolderWarehouse(root)


def test_after_cards_only_the_buckets_of_households_that_gained_or_lost_lines_are_built_again(tmp_path):
    """Every card is a household of its own first; then one card goes to another household, from a day on."""
    shown = [{**row, "card_id": row["household_id"], "household_id": None} for row in lines()]
    pq.write_table(pa.Table.from_pylist(shown), tmp_path / "lines.parquet")
    own, moved = tmp_path / "cards-1.csv", tmp_path / "cards-2.csv"
    own.write_text("card_id,household_id\n" + "".join(f"h{place},h{place}\n" for place in range(12)))
    moved.write_text(f"card_id,household_id,from_on\nh3,h7,{FIRST + timedelta(days=20)}\n")
    for root in ("w", "whole"):
        stocked(tmp_path / root, [], buckets=8)
        loaded(tmp_path / root, tmp_path / "lines.parquet")
    assert build(FolderWarehouse(tmp_path / "w")).buckets_built == 8
    before = published(FolderWarehouse(tmp_path / "w"))
    assert build(loaded(tmp_path / "w", own)).buckets_built == 0
    again = build(loaded(tmp_path / "w", moved))
    assert again.buckets_built == len({bucket_of("h3", 8), bucket_of("h7", 8)}) == 2
    whole = loaded(tmp_path / "whole", own, moved)
    assert build(whole).buckets_built == 8
    rebuilt = FolderWarehouse(tmp_path / "w")
    assert published(rebuilt) == published(whole) != before
    assert published(rebuilt, BUCKET_TABLES) == published(whole, BUCKET_TABLES)


@pytest.mark.parametrize(
    "changes", [{"eligibility": Eligibility(2_600, 8)}, {"closed_tiers": []}, {"departments": []}]
)
def test_other_settings_are_other_profiles(tmp_path, changes):
    warehouse = stocked(tmp_path, lines())
    build(warehouse)
    assert build(warehouse, **deciding(**changes)).built


def test_buckets_do_not_matter(tmp_path):
    few, many = stocked(tmp_path / "one", lines(), buckets=1), stocked(tmp_path / "many", lines(), buckets=5)
    for warehouse in (few, many):
        build(warehouse)
    for name in PROFILE_TABLES:
        assert rows_of(few, snapshot(AS_OF, name)) == rows_of(many, snapshot(AS_OF, name))


def test_lines_without_a_household_are_passed_over(tmp_path):
    anonymous = [{**row, "household_id": None, "transaction_id": "x" + row["transaction_id"]} for row in lines()]
    with_them, without = stocked(tmp_path / "with", lines() + anonymous), stocked(tmp_path / "without", lines())
    for warehouse in (with_them, without):
        build(warehouse)
    assert published(with_them) == published(without)


def test_no_lines_at_all_is_one_sentence(tmp_path):
    warehouse = stocked(tmp_path, [])
    with pytest.raises(
        ContractError, match=f"there is no till line to build the profiles of {AS_OF} from"
    ) as error:
        build(warehouse)
    assert "regulars data load" in error.value.hint


def test_a_day_before_the_data_is_one_sentence(tmp_path):
    warehouse = stocked(tmp_path, lines())
    with pytest.raises(ContractError, match=f"no till line lies before {FIRST}; there are lines from {FIRST} to"):
        build(warehouse, as_of_on=FIRST)


def test_no_products_is_one_sentence(tmp_path):
    warehouse = stocked(tmp_path, lines(), settle=False)
    with pytest.raises(ContractError, match="no products are loaded"):
        build(warehouse)


@pytest.mark.parametrize(
    ("changes", "ended"),
    [(deciding(eligibility=Eligibility(10**9, 8)), False), ({"as_of_on": date(2019, 1, 1)}, True)],
)
def test_nobody_eligible_is_one_sentence_and_nothing_is_published(tmp_path, changes, ended):
    warehouse = stocked(tmp_path, lines())
    before = warehouse.datasets()
    with pytest.raises(ContractError, match="no household is eligible: none spent") as refused:
        build(warehouse, **changes)
    assert ("the last till line is of 2017-06-30" in str(refused.value)) == ended
    assert warehouse.datasets() == before
