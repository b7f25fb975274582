"""What was not known on a day changes nothing made as of it: every dataset of the day."""

from datetime import date, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_shop import AS_OF, SETTINGS, digests, engine, lines, products, rows_of, stocked

from regulars.adapters import arrow_schema
from regulars.contracts import table
from regulars.flows import NewFile, Publication, feature_dataset, run_forecast, snapshot
from regulars.kernel import bucket_of

BETWEEN = AS_OF - timedelta(days=7)
WINDOW = AS_OF - timedelta(days=14)
EVE, WINDOW_EVE = AS_OF - timedelta(days=1), WINDOW - timedelta(days=1)
BUCKETS = 2
POOR = "h10"
"""Spends too little for a list."""


def run(warehouse):
    """The method that looks at every feature, and needs no trees grown."""
    return run_forecast(warehouse, engine(), as_of_on=AS_OF, method_name="gamma-poisson", **SETTINGS)


def is_here(row):
    """Whether a line is in the bucket of the household that gets no list."""
    return bucket_of(row["household_id"], BUCKETS) == bucket_of(POOR, BUCKETS)


def known(row, day, name, **changes):
    """A line of its own, known from a day on."""
    return {**row, "known_from_on": day, "transaction_id": f"{name} {row['transaction_id']}", **changes}


def more(warehouse, table_name, rows, period=""):
    """Add a file to a table."""
    with warehouse.scratch() as folder:
        pq.write_table(pa.Table.from_pylist(rows, schema=arrow_schema(table(table_name))), folder / "more.parquet")
        files = [*warehouse.files(table_name), NewFile(folder / "more.parquet", None, period)]
        warehouse.publish(Publication({table_name: files}))


def promotion(**changes):
    row = {"store_id": "s0", "product_id": "p01", "from_on": WINDOW, "until_on": AS_OF, "display": "1"}
    return {**row, "mailer": "A", "known_from_on": WINDOW, **changes}


def shop(root, past, planted=()):
    """Lines, a product that is sold but not known before the day, and a promotion."""
    warehouse = stocked(root, [*past, *planted], buckets=BUCKETS)
    more(warehouse, "promotions", [promotion()], WINDOW.isoformat()[:7])
    return warehouse


@pytest.fixture(scope="module")
def past():
    """What was known before the day; in the other bucket every ninth line is of a product nobody knows yet."""
    rows = [row for row in lines() if row["sold_on"] < AS_OF]
    for row in rows[4::9]:
        if not is_here(row):
            row["product_id"] = "unheard of"
    return rows


@pytest.fixture(scope="module")
def made(past, tmp_path_factory):
    """The shop as it was known, its forecast made."""
    warehouse = shop(tmp_path_factory.mktemp("honest") / "w", past)
    run(warehouse)
    return warehouse


def told(warehouse, *prefixes):
    return {name: digests(warehouse, name) for name in warehouse.datasets() if name.startswith(prefixes)}


def test_nothing_that_came_to_be_known_on_the_day_or_later_changes_any_dataset_of_it(past, made, tmp_path):
    """Later purchases of forecast pairs, returns of past ones, a file that came late, a product that was told late."""
    poor = next(row for row in past if row["household_id"] == POOR)
    recent = WINDOW + timedelta(days=2)
    planted = [
        *(
            known(row, AS_OF, "later", sold_on=AS_OF + timedelta(days=place % 14))
            for place, row in enumerate(past[::5])
        ),
        *(
            known(
                row,
                AS_OF,
                "return",
                sold_on=AS_OF,
                quantity_milli=-row["quantity_milli"],
                amount_cents=-row["amount_cents"],
                returned_receipt=row["transaction_id"],
            )
            for row in past[1::5]
        ),
        *(known(row, AS_OF + timedelta(days=place % 3), "late") for place, row in enumerate(past[2::7])),
        known(poor, AS_OF, "rich", sold_on=recent, amount_cents=100_000),
        *(known(row, EVE, "by a wrong clock", sold_on=AS_OF) for row in past[3::9]),
    ]
    warehouse = shop(tmp_path, past, planted)
    heard = {**products()[0], "product_id": "unheard of", "known_from_on": AS_OF}
    more(warehouse, "products", [heard])
    far = AS_OF + timedelta(days=14)
    more(
        warehouse,
        "promotions",
        [
            promotion(product_id="p02", known_from_on=far),
            promotion(product_id="p03", from_on=far, until_on=date.max),
        ],
        AS_OF.isoformat()[:7],
    )
    run(warehouse)
    found, expected = (told(one, "snapshots/", "models/") for one in (warehouse, made))
    assert len(expected) > 20
    assert found.keys() == expected.keys()
    other = [name for name, files in found.items() if expected[name] != files]
    # One file of products or two: the columns of its Parquet file are marked otherwise, its rows are the same.
    assert other == [classes := snapshot(AS_OF, "product_classes")]
    assert rows_of(warehouse, classes) == rows_of(made, classes)


def test_what_was_known_only_after_a_window_began_is_not_seen_at_its_beginning(past, made, tmp_path):
    """Features trees would learn from: as of the window's first day, though all is known by the day of the forecast."""
    here = [row for row in past if is_here(row)]
    poor = next(row for row in here if row["household_id"] == POOR)
    planted = [known(row, WINDOW, "late") for row in here[::6] if row["sold_on"] < WINDOW]
    planted += [known(row, WINDOW_EVE, "by a wrong clock", sold_on=WINDOW) for row in here[::6]]
    planted.append(known(poor, WINDOW, "rich", sold_on=WINDOW_EVE, amount_cents=100_000))
    planted.append(known(poor, WINDOW_EVE, "rich by a wrong clock", sold_on=WINDOW, amount_cents=100_000))
    warehouse = shop(tmp_path, past, planted)
    more(warehouse, "products", [{**products()[0], "product_id": "unheard of", "known_from_on": BETWEEN}])
    run(warehouse)
    assert sum(rows for _, rows, _ in digests(made, feature_dataset(WINDOW))) > 50
    assert digests(warehouse, feature_dataset(WINDOW)) == digests(made, feature_dataset(WINDOW))
    assert digests(warehouse, feature_dataset(AS_OF)) != digests(made, feature_dataset(AS_OF))
