"""Mapping files: what they may say, and that every mistake is told with file and key."""

from datetime import date

import pytest

from regulars.contracts import table
from regulars.ingest import KINDS, parse_mapping, shipped_mapping, shipped_mappings
from regulars.kernel import ConfigError

STOCK = """
name = "till"
[[file]]
match = ["stock-*.csv", "stock.csv"]
kind = "stock"
format = "csv"
empty = ["NULL"]
store_zone = "America/New_York"
csv = { delimiter = ";", quoting = true, encoding = "cp1252", decimal = "," }
[file.columns]
store_id = "Shop"
product_id = { from = "Item", codes = { "7" = "seven" }, other_codes = "keep" }
counted_on = { from = "Week", weeks_from = 2017-01-02, plus_days = 6 }
quantity_milli = { from = "Qty", unit = "units", negative = true }
known_from_on = { same_as = "counted_on" }
"""


def test_a_mapping_is_read_into_records() -> None:
    (entry,) = parse_mapping(STOCK, "till.toml").files
    assert (entry.kind, entry.format, entry.empty, entry.store_zone) == (
        "stock",
        "csv",
        ("NULL",),
        "America/New_York",
    )
    assert (entry.text.delimiter, entry.text.quoting, entry.text.encoding, entry.text.decimal) == (
        ";",
        True,
        "cp1252",
        ",",
    )
    assert [column.target for column in entry.columns] == list(table("stock").column_names)
    product, week, quantity = entry.columns[1:4]
    assert (product.codes, product.keep_other_codes) == ((("7", "seven"),), True)
    assert (week.weeks_from_on, week.plus_days) == (date(2017, 1, 2), 6)
    assert (quantity.unit, quantity.negative) == ("units", True)
    assert entry.matches("stock-7.csv")
    assert not entry.matches("Stocks.csv")


@pytest.mark.parametrize(
    ("find", "put", "message"),
    [
        ('name = "till"', "", "till.toml: name is missing; expected a text"),
        (
            'kind = "stock"',
            'kind = "stocks"',
            r"till.toml: file\[1\].kind is 'stocks'; expected one of lines, products",
        ),
        ('format = "csv"', 'format = "xls"', r"format is 'xls'; expected one of csv, parquet"),
        ('store_id = "Shop"', "store_id = 7", r"columns.store_id is 7; expected a column's name or a table"),
        ('store_id = "Shop"', "", "says nothing about store_id, which stock needs"),
        (
            'store_id = "Shop"',
            'store_id = "S"\nshop = "x"',
            r"columns.shop: the table stock has no such column; it has",
        ),
        ('unit = "units"', 'unit = "litres"', r"quantity_milli.unit is 'litres'; expected units or thousandths"),
        ('unit = "units", ', "", r"quantity_milli.unit is ''; expected units or thousandths"),
        ('store_id = "Shop"', 'store_id = { from = "S", unit = "cents" }', "is given, but store_id has no unit"),
        (
            'store_id = "Shop"',
            'store_id = { from = "S", constant = "1" }',
            "store_id is given by from and constant",
        ),
        ('store_id = "Shop"', "store_id = {}", "store_id is given by nothing; expected one of from, constant"),
        ('store_id = "Shop"', 'store_id = { from = "S", colour = "red" }', "store_id.colour is not a key of this"),
        ('same_as = "counted_on"', 'same_as = "noon"', "same_as is 'noon'; expected one of store_id"),
        (
            "weeks_from = 2017-01-02",
            'weeks_from = "2017-01-02"',
            "weeks_from is '2017-01-02'; expected a date without",
        ),
        ("plus_days = 6", "plus_days = true", "plus_days is True; expected a whole number"),
        (
            'store_zone = "America/New_York"',
            'store_zone = "EST5ish"',
            "store_zone is 'EST5ish'; expected a zone's name",
        ),
        ('encoding = "cp1252"', 'encoding = "martian"', "encoding is 'martian'; expected an encoding"),
        ('delimiter = ";"', 'delimiter = ";;"', "csv.delimiter is ';;'; expected one character"),
        ('codes = { "7" = "seven" }', 'codes = { "7" = 7 }', "codes is .*expected a table of texts"),
        ("[[file]]", "[[file", "till.toml is not a TOML file"),
    ],
)
def test_a_mistake_names_the_file_and_the_key(find: str, put: str, message: str) -> None:
    assert find in STOCK
    with pytest.raises(ConfigError, match=message):
        parse_mapping(STOCK.replace(find, put), "till.toml")


def test_a_mapping_without_a_file_is_refused() -> None:
    with pytest.raises(ConfigError, match="describes no file"):
        parse_mapping('name = "empty"', "empty.toml")


def test_the_nearest_column_is_suggested() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_mapping(STOCK.replace("store_id =", "shop_id ="), "till.toml")
    assert "hint: did you mean store_id?" in str(caught.value)


TWO = """
name = "till"
[[file]]
match = "a*"
kind = "lines"
format = "csv"
[file.columns]
store = "Shop"
amount_cents = "Total"
[[file]]
match = "b*"
kind = "products"
format = "csv"
[file.columns]
product_id = "Item"
"""


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_mapping(TWO, "till.toml")
    lines = [line for line in str(caught.value).splitlines() if not line.startswith("hint")]
    assert [line.split(";")[0].split(" which")[0] for line in lines] == [
        "till.toml: file[1].columns.store: the table lines has no such column",
        "till.toml: file[1].columns says nothing about store_id, sold_on, transaction_id, line_number, product_id, "
        "quantity_milli,",
        "till.toml: file[1].columns.amount_cents.unit is ''",
        "till.toml: file[2].columns says nothing about vendor_id, department_id, brand_kind, name,",
    ]


def test_a_poslog_needs_no_columns_and_may_change_some() -> None:
    text = 'name = "t"\n[[file]]\nmatch = "*"\nkind = "lines"\nformat = "poslog"\nstamps_zone = "Europe/Berlin"\n'
    (entry,) = parse_mapping(text, "t").files
    plain = next(entry for entry in shipped_mapping("plain").files if entry.format == "poslog")
    assert entry.columns == plain.columns
    assert entry.stamps_zone == "Europe/Berlin"
    (changed,) = parse_mapping(text + '[file.columns]\nstore_id = { constant = "7" }\n', "t").files
    assert next(column for column in changed.columns if column not in plain.columns).constant == "7"


def test_what_plain_lets_a_file_lack_may_be_left_out() -> None:
    text = """
        name = "t"
        [[file]]
        match = "*"
        kind = "lines"
        format = "csv"
        [file.columns]
        store_id = "Shop"
        sold_on = "Day"
        transaction_id = "Receipt"
        line_number = "No"
        product_id = "Item"
        quantity_milli = { from = "Qty", unit = "units" }
        amount_cents = { from = "Total", unit = "dollars" }
    """
    (entry,) = parse_mapping(text, "t").files
    said = {column.target: column.constant or column.same_as for column in entry.columns if not column.file_column}
    assert said == {
        "household_id": None, "card_id": None, "lane_id": None, "sold_at": None, "loyalty_discount_cents": "0",
        "store_coupon_cents": "0", "manufacturer_coupon_cents": "0", "returned_receipt": None, "version": "0",
        "known_from_on": "sold_on",
    }  # fmt: skip
    assert next(column for column in entry.columns if column.target == "lane_id").constant == ""


@pytest.mark.parametrize(
    ("more", "need"),
    [("", "name"), ('need_id = "Family"', "Family"), ("need_id = { from = 'F', optional = true }", "F")],
)
def test_goods_that_are_not_grouped_have_their_name_for_their_need(more: str, need: str) -> None:
    text = """
        name = "t"
        [[file]]
        match = "*"
        kind = "products"
        format = "csv"
        [file.columns]
        product_id = "Item"
        vendor_id = { constant = "v" }
        department_id = "Dept"
        brand_kind = { constant = "national" }
    """
    (entry,) = parse_mapping(text + f'name = "Text"\n{more}', "t").files
    (column,) = (column for column in entry.columns if column.target == "need_id")
    assert (column.source or column.same_as) == need
    (entry,) = parse_mapping(text + "name = { composed = true }\n" + more, "t").files
    (column,) = (column for column in entry.columns if column.target == "need_id")
    assert (column.source or column.same_as) == (need if more else None)


def test_a_file_is_found_by_its_name_or_by_its_kind() -> None:
    mapping = parse_mapping(STOCK, "till.toml")
    assert mapping.file_mapping("stock-1.csv").kind == "stock"
    assert mapping.file_mapping("anything.txt", kind="stock").kind == "stock"
    assert mapping.file_mapping("anything.txt", kind="stock", format="csv").kind == "stock"
    with pytest.raises(
        ConfigError, match=r"how to read a file named anything.txt; it describes stock-\*.csv\|stock.csv"
    ):
        mapping.file_mapping("anything.txt")
    with pytest.raises(ConfigError, match=r"how to read a file named stock.csv as lines;"):
        mapping.file_mapping("stock.csv", kind="lines")
    with pytest.raises(ConfigError, match=r"how to read a file named stock.csv as stock in the format parquet"):
        mapping.file_mapping("stock.csv", kind="stock", format="parquet")


def test_shipped_mappings_are_read() -> None:
    assert shipped_mappings() == ["complete_journey", "odoo", "plain", "shopify", "square"]
    kinds = {(entry.kind, entry.format) for entry in shipped_mapping("plain").files}
    assert kinds == {(kind, form) for kind in KINDS for form in ("csv", "parquet")} | {("lines", "poslog")}
    journey = shipped_mapping("complete_journey")
    assert {entry.kind for entry in journey.files} == {
        "lines", "products", "promotions", "campaigns", "targets", "coupons", "redemptions",
    }  # fmt: skip
    assert not any(entry.matches("demographics.parquet") for entry in journey.files)
    with pytest.raises(ConfigError, match=r"there is no mapping 'nonesuch'; shipped"):
        shipped_mapping("nonesuch")
