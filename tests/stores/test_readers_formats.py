"""Files in other clothes: fixed columns, packed, other tills' exports, cells that have to be worked out."""

import gzip
import io
import os
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from poslog_samples import item, log, retail, sale
from regulars.adapters import DuckDBReader, FolderWarehouse
from regulars.contracts import LoadReport
from regulars.flows import data_findings, find_mapping, load_data
from regulars.ingest import Mapping, parse_mapping, shipped_mapping
from regulars.kernel import ConfigError, StoreError
from regulars.testing import SilentProgress

LINES = "store_id,sold_on,transaction_id,line_number,product_id,quantity_milli,amount_cents\n"
ROW = "1,2017-03-01,T1,1,10047,1000,349\n"


@pytest.fixture
def warehouse(tmp_path: Path) -> FolderWarehouse:
    return FolderWarehouse.create(tmp_path / "warehouse", buckets=2)


def load(warehouse: FolderWarehouse, path: Path, mapping: Mapping | None = None, **more: Any) -> list[LoadReport]:
    return load_data(
        [path],
        mapping=mapping or find_mapping("plain"),
        warehouse=warehouse,
        reader=DuckDBReader(),
        sensitive_rules=(),
        progress=SilentProgress(),
        **more,
    )


def rows(warehouse: FolderWarehouse, *names: str) -> list[tuple[Any, ...]]:
    found = [row for file in warehouse.files("lines") for row in pq.read_table(file.path).to_pylist()]
    found.sort(key=lambda row: (row["transaction_id"], row["line_number"]))
    return [tuple(row[name] for name in names) for row in found]


# --- packed -----------------------------------------------------------------------------------------------------------


def zipped(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lines.csv.gz", gzip.compress((LINES + ROW).encode())),
        ("lines.csv.zip", zipped(("anything.csv", (LINES + ROW).encode()))),
        ("lines-1.csv", gzip.compress((LINES + ROW).encode())),
        ("lines.csv", gzip.compress(LINES.encode()) + gzip.compress(ROW.encode())),
    ],
    ids=["gz", "zip", "gz by content", "gz in two pieces"],
)
def test_a_packed_file_is_read_like_the_file(
    warehouse: FolderWarehouse, tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    (report,) = load(warehouse, tmp_path / name)
    assert (report.rows_in, report.rows_kept, report.file) == (1, 1, str(tmp_path / name))


def test_a_packed_log_and_its_findings(warehouse: FolderWarehouse, tmp_path: Path) -> None:
    text = log(retail(item(1, sale())), retail(item(1, sale(quantity="many")), number=2))
    (tmp_path / "day.xml.gz").write_bytes(gzip.compress(text.encode()))
    (report,) = load(warehouse, tmp_path / "day.xml.gz")
    assert (report.rows_kept, report.findings) == (1, 1)
    (found,) = data_findings(warehouse).findings
    assert found.raw.startswith("<LineItem>")


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (zipped(), ConfigError, "holds 0 files; expected one"),
        (zipped(("a.csv", b"x"), ("b.csv", b"x")), ConfigError, "holds 2 files; expected one"),
        (zipped(("a.csv", (LINES + ROW * 9_000).encode()))[:-200], StoreError, "cannot be unpacked"),
        (gzip.compress((LINES + ROW).encode())[:-9], StoreError, "cannot be unpacked"),
        (gzip.compress((LINES + ROW).encode())[:-5] + b"12345", StoreError, "cannot be unpacked"),
        (zipped(("a.csv", bytes(300 << 20))), StoreError, "unpacks to more than 64 MB, 100 times its size"),
        (gzip.compress(bytes(300 << 20)), StoreError, "unpacks to more than 64 MB, 100 times its size"),
    ],
    ids=["empty", "two", "cut zip", "cut gz", "wrong sum", "zip bomb", "gz bomb"],
)
def test_a_packed_file_that_is_a_trap_or_damaged(
    warehouse: FolderWarehouse, tmp_path: Path, content: bytes, error: type[Exception], said: str
) -> None:
    (tmp_path / "lines.csv.zip").write_bytes(content)
    with pytest.raises(error, match=said):
        load(warehouse, tmp_path / "lines.csv.zip")
    assert not warehouse.has("lines")


# --- names ------------------------------------------------------------------------------------------------------------


def test_patterns_stand_for_the_files_they_name(warehouse: FolderWarehouse, tmp_path: Path) -> None:
    for day in (1, 2):
        (tmp_path / f"lines-{day}.csv").write_text(LINES + ROW.replace("T1", f"T{day}"))
    (tmp_path / "lines-3.csv").mkdir()
    (tmp_path / "lines-3.csv" / "lines-4.csv").write_text(LINES + ROW.replace("T1", "T4"))
    reports = load(warehouse, tmp_path / "lines-?.csv")
    assert [Path(report.file).name for report in reports] == ["lines-1.csv", "lines-2.csv"]
    reports = load(warehouse, tmp_path / "**" / "lines-*.csv")
    assert [Path(report.file).name for report in reports] == ["lines-1.csv", "lines-2.csv", "lines-4.csv"]
    with pytest.raises(StoreError, match="no file is named like"):
        load(warehouse, tmp_path / "nothing-*.csv")


DAILY = parse_mapping(
    """
    name = "daily"
    [[file]]
    match = "sales-*.csv"
    kind = "lines"
    format = "csv"
    [file.columns]
    store_id = "store_id"
    sold_on = "sold_on"
    transaction_id = "transaction_id"
    line_number = "line_number"
    product_id = "product_id"
    quantity_milli = { from = "quantity_milli", unit = "thousandths" }
    amount_cents = { from = "amount_cents", unit = "cents" }
    """,
    "daily.toml",
)


def test_a_folder_is_read_whole_and_what_is_passed_over_is_told(
    warehouse: FolderWarehouse, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    (folder / "older").mkdir(parents=True)
    (folder / "sales-1.csv").write_text(LINES + ROW)
    (folder / "sales-2.csv.gz").write_bytes(gzip.compress((LINES + ROW.replace("T1", "T2")).encode()))
    (folder / "monday.zip").write_bytes(zipped(("day/sales-3.csv", (LINES + ROW.replace("T1", "T3")).encode())))
    (folder / "week.zip").write_bytes(zipped(("sales-4.csv", b"x"), ("sales-5.csv", b"x")))
    (folder / "other.zip").write_bytes(zipped(("cards.csv", b"x")))
    (folder / "cards.csv").write_text("x")
    (folder / ".hidden").write_text("x")
    os.mkfifo(folder / "sales-7.csv")
    (folder / "sales-8.csv").symlink_to(tmp_path / "nowhere")
    told: list[tuple[str, str]] = []
    reports = load(
        warehouse, folder, DAILY, passed_over=lambda one: told.append((Path(one.path).name, one.reason))
    )
    assert [(Path(one.file).name, one.rows_kept) for one in reports] == [
        ("monday.zip", 1), ("sales-1.csv", 1), ("sales-2.csv.gz", 1),
    ]  # fmt: skip
    assert told == [
        ("cards.csv", "the mapping 'daily' does not name it"),
        ("older", "a folder inside the folder"),
        ("other.zip", "the mapping 'daily' does not name it; inside lies cards.csv"),
        ("sales-7.csv", "it is no file: a pipe, or a link that leads nowhere"),
        ("sales-8.csv", "it is no file: a pipe, or a link that leads nowhere"),
        ("week.zip", "an archive of 2 files: unpack it into a folder and load that"),
    ]


def test_days_without_a_sale_hold_no_row_and_stop_nothing(warehouse: FolderWarehouse, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in {"lines-1.csv": LINES + ROW, "lines-2.csv": LINES, "lines-3.csv": LINES + ROW}.items():
        (folder / name).write_text(text.replace("T1", name))
    (folder / "lines-4.xml").write_text(log())
    reports = load(warehouse, folder)
    assert [(one.rows_in, one.rows_kept, one.findings) for one in reports] == [
        (1, 1, 0), (0, 0, 0), (1, 1, 0), (0, 0, 0),
    ]  # fmt: skip
    assert [row[0] for row in rows(warehouse, "transaction_id")] == ["lines-1.csv", "lines-3.csv"]


def test_a_pipe_is_refused_and_not_waited_for(warehouse: FolderWarehouse, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "sales-1.csv")
    with pytest.raises(StoreError, match=r"sales-1.csv is no file; expected one that can be read twice"):
        load(warehouse, tmp_path / "sales-1.csv", DAILY)


def test_a_zip_is_known_by_what_lies_inside_and_that_is_told_when_nothing_is(
    warehouse: FolderWarehouse, tmp_path: Path
) -> None:
    (tmp_path / "monday.zip").write_bytes(zipped(("sales-3.csv", (LINES + ROW).encode())))
    (report,) = load(warehouse, tmp_path / "monday.zip", DAILY)
    assert report.rows_kept == 1
    (tmp_path / "other.zip").write_bytes(zipped(("cards.csv", b"x")))
    with pytest.raises(ConfigError, match=r"named other.zip; it describes .*; inside lies cards.csv"):
        load(warehouse, tmp_path / "other.zip", DAILY)


# --- fixed columns ----------------------------------------------------------------------------------------------------

FIXED = parse_mapping(
    """
    name = "tlog"
    [[file]]
    match = "*.tlg"
    kind = "lines"
    format = "fixed"
    csv = { encoding = "cp1252" }
    stamps_zone = "Europe/Berlin"
    store_zone = "Europe/Berlin"
    [file.fields]
    Store = [1, 4]
    Lane = [5, 2]
    Time = [7, 12]
    Receipt = [19, 4]
    Line = [23, 2]
    Code = [25, 14]
    Qty = [39, 7]
    Amount = [46, 8]
    Card = [54, 6]
    [file.columns]
    household_id = "Card"
    store_id = "Store"
    lane_id = "Lane"
    sold_on = { business_day_of = "Time", pattern = "%Y%m%d%H%M" }
    transaction_id = "Receipt"
    line_number = "Line"
    sold_at = { from = "Time", pattern = "%Y%m%d%H%M" }
    product_id = { from = "Code", code = true }
    quantity_milli = { from = "Qty", unit = "thousandths" }
    amount_cents = { from = "Amount", unit = "cents" }
    loyalty_discount_cents = { constant = "0" }
    store_coupon_cents = { constant = "0" }
    manufacturer_coupon_cents = { constant = "0" }
    known_from_on = { same_as = "sold_on" }
    """,
    "tlog.toml",
)
GOOD = "0042 320191231" + "2359" + "0007" + " 1" + "  042100005264" + "   2000" + "    0698" + "K00017"
ANONYMOUS = GOOD.replace("K00017", "").replace("0007 1", "0008 1")


def test_fixed_columns_are_cut_at_places(warehouse: FolderWarehouse, tmp_path: Path) -> None:
    text = "\r\n".join([GOOD, "", ANONYMOUS, ANONYMOUS[:50], GOOD.replace(" 2000", " many"), GOOD + "Müller"])
    (tmp_path / "day.tlg").write_bytes(text.encode("cp1252"))
    (report,) = load(warehouse, tmp_path / "day.tlg", FIXED)
    assert (report.rows_in, report.rows_kept, report.rows_quarantined, report.rows_repeated) == (5, 2, 2, 1)
    columns = (
        "household_id",
        "store_id",
        "lane_id",
        "sold_on",
        "sold_at",
        "product_id",
        "quantity_milli",
        "amount_cents",
    )
    stamp = datetime(2019, 12, 31, 22, 59)  # noqa: DTZ001
    assert rows(warehouse, *columns) == [
        ("K00017", "0042", "3", date(2019, 12, 31), stamp, "00042100005264", 2000, 698),
        (None, "0042", "3", date(2019, 12, 31), stamp, "00042100005264", 2000, 698),
    ]
    found = [(one.line, one.rule) for one in data_findings(warehouse).findings]
    assert found == [(4, "line-ends-between-fields"), (5, "number-is-a-number")]


NO_FIELDS = """
    name = "x"
    [[file]]
    match = "*"
    kind = "households"
    format = "fixed"
    [file.columns]
    household_id = "a"
    name = "b"
    known_from_on = { constant = "2000-01-01" }
    """


def test_fixed_columns_need_their_fields() -> None:
    with pytest.raises(ConfigError, match="belong to the format fixed"):
        parse_mapping(NO_FIELDS, "x")


# --- other tills' exports ---------------------------------------------------------------------------------------------

SQUARE = (
    "Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Modifiers Applied,Gross Sales,Discounts,Net Sales,Tax,"
    "Transaction ID,Payment ID,Device Name,Notes,Details,Event Type,Location,Dining Option,Customer ID\n"
    '09/02/26,18:05:10,Eastern Time (US & Canada),Dairy,Milk,2,Regular,042100005264,,"$1,006.98",-$1.00,"$1,005.98",'
    "$0.00,t1,p1,Till 1,,https://x,Payment,Main St,,C17\n"
    "09/02/26,18:05:10,Eastern Time (US & Canada),Bakery,Roll,1,Regular,,,$0.50,$0.00,$0.50,$0.00,"
    "t1,p1,Till 1,,https://x,Payment,Main St,,C17\n"
    "09/02/26,18:05:10,Eastern Time (US & Canada),Bakery,Roll,1,Regular,,,$0.50,$0.00,$0.50,$0.00,"
    "t1,p1,Till 1,,https://x,Payment,Main St,,C17\n"
    "09/03/26,09:00:00,Eastern Time (US & Canada),Dairy,Milk,-1,Regular,042100005264,,-$3.49,$0.00,($3.49),$0.00,"
    "t2,p2,Till 1,,https://x,Refund,Main St,,\n"
)
SQUARE_2026 = (
    "Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Modifiers Applied,Gross Sales,Discounts,Net Sales,Tax,"
    "Transaction ID,Payment ID,Device Name,Notes,Details,Event Type,Location,Dining Option,Customer ID,Customer Name,"
    "Customer Reference ID,Unit,Count,GTIN,Itemization Type,Commission,Employee,Fulfillment Note,Channel,Token,"
    "Card Brand,PAN Suffix\n"
    '2026-09-02,18:05:10,Eastern Time (US & Canada),None,Milk,2.0,"","M-1","Whole, Cold",$8.00,$0.00,$8.00,$0.62,t1,p1,'
    'Till 1,"",https://x,Payment,Main St,"",C17,"","",ea,2,042100005264,Physical Good,$0.00,"","",Main St,Y,Visa,7084\n'
    '2026-09-02,18:05:10,Eastern Time (US & Canada),None,Sticker,1.0,Regular,"","",$2.00,-$0.50,$1.50,$0.14,t1,p1,'
    'Till 1,"",https://x,Payment,Main St,"",C17,"","",ea,1,"",Physical Good,$0.00,"","",Main St,WI,Visa,7084\n'
)
SHOPIFY_HEAD = (
    "Name,Email,Financial Status,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Location,"
    "Device ID,Lineitem discount\n"
)
SHOPIFY = (
    SHOPIFY_HEAD
    + "#1001,ada@example.com,paid,2026-09-02 23:15:00 -0400,2,Fern Print,16.00,FERN-1,Main St,7,5.00\n"
    "#1001,ada@example.com,,,1,Tote Bag,20.00,,,,0.00\n"
    "#1002,,paid,2026-09-10 09:00:00 -0400,1,Mug,25.00,042100005264,,,0\n"
)
ODOO = (
    "Order Ref,Order Ref/Session/Point of Sale,Order Ref/Date,Order Ref/Customer,Line No,Product/Barcode,Quantity,"
    "Subtotal\n"
    "Shop/0042,Shop,2026-09-02 18:05:10,Ada,Shop/0042-1,042100005264,2.0,6.98\n"
    "Shop/0042,Shop,2026-09-02 18:05:10,Ada,Shop/0042-2,4011,0.42,1.26\n"
    "Shop/0043 REFUND,Shop,2026-09-03 10:00:00,,Shop/0043-1,042100005264,-1.0,-3.49\n"
)
ODOO_NAMED = (
    ODOO.replace("Product/Barcode", "Product,Product/Barcode")
    .replace(",042100005264,", ",Milk,042100005264,")
    .replace(",4011,", ",Carrots,,")
)
A, D1, D2, D3 = "00042100005264", date(2026, 9, 2), date(2026, 9, 3), date(2026, 9, 10)
EXPORTS = {
    "square": ("items-2026-09.csv", SQUARE, [
        ("C17", "Main St", "Till 1", D1, "2026-09-02 22:05:10", "p1", 1, A, 2000, 100_598, 100),
        ("C17", "Main St", "Till 1", D1, "2026-09-02 22:05:10", "p1", 2, "Roll", 1000, 50, 0),
        ("C17", "Main St", "Till 1", D1, "2026-09-02 22:05:10", "p1", 3, "Roll", 1000, 50, 0),
        (None, "Main St", "Till 1", D2, "2026-09-03 13:00:00", "p2", 1, A, -1000, -349, 0),
    ]),
    "square 2026": ("items-2026-09-02-2026-09-03.csv", SQUARE_2026, [
        ("C17", "Main St", "Till 1", D1, "2026-09-02 22:05:10", "p1", 1, A, 2000, 800, 0),
        ("C17", "Main St", "Till 1", D1, "2026-09-02 22:05:10", "p1", 2, "Sticker", 1000, 150, 50),
    ]),
    "shopify": ("orders_export_1.csv", SHOPIFY, [
        ("ada@example.com", "Main St", "7", D1, "2026-09-03 03:15:00", "#1001", 1, "FERN-1", 2000, 2_700, 500),
        ("ada@example.com", "Main St", "7", D1, "2026-09-03 03:15:00", "#1001", 2, "Tote Bag", 1000, 2_000, 0),
        (None, "online", "", D3, "2026-09-10 13:00:00", "#1002", 1, A, 1000, 2_500, 0),
    ]),
    "shopify SKU": ("orders_export_1.csv", SHOPIFY.replace("Lineitem sku", "Lineitem SKU"), [
        ("ada@example.com", "Main St", "7", D1, "2026-09-03 03:15:00", "#1001", 1, "FERN-1", 2000, 2_700, 500),
        ("ada@example.com", "Main St", "7", D1, "2026-09-03 03:15:00", "#1001", 2, "Tote Bag", 1000, 2_000, 0),
        (None, "online", "", D3, "2026-09-10 13:00:00", "#1002", 1, A, 1000, 2_500, 0),
    ]),
    "odoo 18": ("pos.order.line.csv", ODOO.replace("Subtotal", "Tax Incl."), [
        ("Ada", "Shop", "", D1, "2026-09-02 18:05:10", "Shop/0042", 1, A, 2000, 698, 0),
        ("Ada", "Shop", "", D1, "2026-09-02 18:05:10", "Shop/0042", 2, "4011", 420, 126, 0),
        (None, "Shop", "", D2, "2026-09-03 10:00:00", "Shop/0043 REFUND", 1, A, -1000, -349, 0),
    ]),
    "odoo without a barcode": ("pos_order_line (1).csv", ODOO_NAMED, [
        ("Ada", "Shop", "", D1, "2026-09-02 18:05:10", "Shop/0042", 1, A, 2000, 698, 0),
        ("Ada", "Shop", "", D1, "2026-09-02 18:05:10", "Shop/0042", 2, "Carrots", 420, 126, 0),
        (None, "Shop", "", D2, "2026-09-03 10:00:00", "Shop/0043 REFUND", 1, A, -1000, -349, 0),
    ]),
    "odoo": ("pos.order.line.csv", ODOO, [
        ("Ada", "Shop", "", D1, "2026-09-02 18:05:10", "Shop/0042", 1, A, 2000, 698, 0),
        ("Ada", "Shop", "", D1, "2026-09-02 18:05:10", "Shop/0042", 2, "4011", 420, 126, 0),
        (None, "Shop", "", D2, "2026-09-03 10:00:00", "Shop/0043 REFUND", 1, A, -1000, -349, 0),
    ]),
}  # fmt: skip
SHOWN = (
    "household_id", "store_id", "lane_id", "sold_on", "sold_at", "transaction_id", "line_number", "product_id",
    "quantity_milli", "amount_cents", "loyalty_discount_cents",
)  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_a_shipped_mapping_reads_its_export(warehouse: FolderWarehouse, tmp_path: Path, name: str) -> None:
    file_name, text, expected = EXPORTS[name]
    name = name.split()[0]
    (tmp_path / file_name).write_text(text)
    (report,) = load(warehouse, tmp_path / file_name, shipped_mapping(name))
    assert (report.rows_kept, report.findings) == (len(expected), 0)
    found = [(*row[:4], str(row[4]), *row[5:]) for row in rows(warehouse, *SHOWN)]
    assert found == expected
    (again,) = load(warehouse, tmp_path / file_name, shipped_mapping(name))
    assert again.rows_repeated == len(expected)


def test_of_columns_a_file_may_lack_it_has_one(warehouse: FolderWarehouse, tmp_path: Path) -> None:
    (tmp_path / "pos.order.line.csv").write_text(ODOO.replace("Subtotal", "Net"))
    with pytest.raises(
        ConfigError, match=r"no column 'Tax Incl.', which 'amount' of the mapping is worked out from"
    ):
        load(warehouse, tmp_path / "pos.order.line.csv", shipped_mapping("odoo"))


def test_a_number_that_is_none_is_told_as_it_stands(warehouse: FolderWarehouse, tmp_path: Path) -> None:
    (tmp_path / "items-1.csv").write_text(SQUARE.replace("($3.49)", "refund"))
    load(warehouse, tmp_path / "items-1.csv", shipped_mapping("square"))
    (found,) = data_findings(warehouse).findings
    assert (found.line, found.column, found.message) == (
        5,
        "amount_cents",
        "refund: expected an amount as 1.79",
    )


def test_a_missing_column_of_a_computed_cell_is_named(warehouse: FolderWarehouse, tmp_path: Path) -> None:
    (tmp_path / "items-1.csv").write_text(SQUARE.replace("Gross Sales", "Gross"))
    with pytest.raises(
        ConfigError, match="no column 'Gross Sales', which 'saved' of the mapping is worked out from"
    ):
        load(warehouse, tmp_path / "items-1.csv", shipped_mapping("square"))
