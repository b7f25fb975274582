"""The reader of source files: every planted fault is found, counted and located, and nothing else is refused."""

import resource
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.adapters import DuckDBReader, _readers
from regulars.adapters._reader_rows import text_rows
from regulars.adapters._reader_text import TextFile, prepare_text
from regulars.flows import StagedFile, find_mapping, read_parts
from regulars.ingest import FileMapping, parse_mapping
from regulars.kernel import ConfigError, StoreError

HEADER = (
    "household_id,store_id,lane_id,sold_on,transaction_id,line_number,sold_at,product_id,quantity_milli,"
    "amount_cents,loyalty_discount_cents,store_coupon_cents,manufacturer_coupon_cents"
)
GOOD = "h1,s1,1,2017-01-02,t1,1,2017-01-02 10:00:00,p1,1000,199,0,0,0"


def moment(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A stamp as tables hold them: UTC without saying so."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC).replace(tzinfo=None)


def mapping(name: str, file: str) -> FileMapping:
    return find_mapping(name).file_mapping(file)


def stage(path: Path, entry: FileMapping) -> tuple[DuckDBReader, StagedFile]:
    reader = DuckDBReader(threads=1)
    return reader, reader.stage(path, entry, path.parent / f"staged-{path.name}")


def rows_of(staged: StagedFile) -> list[dict[str, Any]]:
    files = [path for paths in staged.parts.values() for path in paths]
    rows = read_parts(files).to_pylist() if files else []
    return sorted(rows, key=lambda row: row["source_line"])


def findings_of(reader: DuckDBReader, staged: StagedFile) -> list[tuple[int, str, str]]:
    return [(row["line"], row["column"], row["rule"]) for row in reader.findings(staged, []).to_pylist()]


def load_lines(tmp_path: Path, *lines: str, text: bytes | None = None) -> tuple[DuckDBReader, StagedFile]:
    path = tmp_path / "lines.csv"
    path.write_bytes(text if text is not None else "\n".join([HEADER, *lines, ""]).encode())
    return stage(path, mapping("plain", path.name))


def changed(number: int, cell: str) -> str:
    cells = GOOD.replace("t1", "t9").split(",")
    cells[number] = cell
    return ",".join(cells)


FAULTS = [
    (changed(1, ""), "store_id", "value-is-present"),
    (changed(3, ""), "sold_on", "value-is-present"),
    (changed(3, "02/01/2017"), "sold_on", "date-is-a-date"),
    (changed(3, "2017-02-30"), "sold_on", "date-is-a-date"),
    (changed(3, "1970-01-01"), "sold_on", "date-in-range"),
    (changed(3, "2999-01-01"), "sold_on", "date-in-range"),
    (changed(3, "5000000-01-01"), "sold_on", "date-in-range"),
    (changed(6, "290000-01-01 00:00:00"), "sold_at", "timestamp-in-range"),
    (changed(5, "99999999999999999999"), "line_number", "number-is-a-number"),
    (changed(8, "-9223372036854775808"), "quantity_milli", "number-is-a-number"),
    (changed(4, " "), "transaction_id", "value-is-present"),
    (changed(5, "one"), "line_number", "number-is-a-number"),
    (changed(5, "1.5"), "line_number", "number-is-a-number"),
    (changed(5, "-1"), "line_number", "number-is-not-negative"),
    (changed(6, "noon"), "sold_at", "timestamp-is-a-timestamp"),
    (changed(6, "1969-12-31 00:00:00"), "sold_at", "timestamp-in-range"),
    (changed(7, ""), "product_id", "value-is-present"),
    (changed(8, ""), "quantity_milli", "value-is-present"),
    (changed(8, "NaN"), "quantity_milli", "number-is-a-number"),
    (changed(8, "1000000000"), "quantity_milli", "quantity-in-range"),
    (changed(8, "-1000000000"), "quantity_milli", "quantity-in-range"),
    (changed(9, "inf"), "amount_cents", "money-is-a-number"),
    (changed(9, "1.5"), "amount_cents", "money-is-a-number"),
    (changed(9, "1e30"), "amount_cents", "money-is-a-number"),
    (changed(9, "1e2"), "amount_cents", "money-is-a-number"),
    (changed(9, "1_000"), "amount_cents", "money-is-a-number"),
    (changed(8, "1_000"), "quantity_milli", "number-is-a-number"),
    (changed(8, "1E3"), "quantity_milli", "number-is-a-number"),
    (changed(5, "1e1"), "line_number", "number-is-a-number"),
    (changed(5, "1_0"), "line_number", "number-is-a-number"),
    (changed(5, "0x1F"), "line_number", "number-is-a-number"),
    (changed(5, "0b11"), "line_number", "number-is-a-number"),
    (changed(9, "10000000"), "amount_cents", "money-in-range"),
    (changed(10, "-5"), "loyalty_discount_cents", "number-is-not-negative"),
    (changed(1, "s" * 201), "store_id", "ids-are-short"),
    (changed(0, "h" * 201), "household_id", "ids-are-short"),
    (changed(7, "ü" * 201), "product_id", "ids-are-short"),
    (GOOD + ",more", "", "cells-are-as-many-as-columns"),
    ("h1,s1", "", "cells-are-as-many-as-columns"),
    ('h1,"s1,1,2017-01-02', "", "quotes-are-paired"),
    ('h"1,"s1', "", "quotes-are-paired"),
    (GOOD.replace("p1", "p\x001"), "", "text-is-readable"),
    (GOOD.replace("p1", "p\x071"), "", "text-is-readable"),
]


@pytest.mark.parametrize(("fault", "column", "rule"), FAULTS, ids=lambda value: str(value)[:40])
def test_a_planted_fault_is_found_and_located_and_nothing_else(
    tmp_path: Path, fault: str, column: str, rule: str
) -> None:
    good = [GOOD.replace("t1", f"t{number}") for number in range(1, 6)]
    reader, staged = load_lines(tmp_path, *good[:2], fault, *good[2:])
    assert (staged.rows_in, staged.rows_refused) == (6, 1)
    assert findings_of(reader, staged) == [(4, column, rule)]
    assert [row["source_line"] for row in rows_of(staged)] == [2, 3, 5, 6, 7]
    (finding,) = reader.findings(staged, []).to_pylist()
    assert (finding["kind"], finding["file"]) == ("lines", "lines.csv")
    assert finding["raw"] == fault.replace("\x00", "�")
    assert ": expected " in finding["message"]


def test_all_faults_at_once_are_counted_one_by_one(tmp_path: Path) -> None:
    lines = [line for fault, _, _ in FAULTS for line in (GOOD, fault)]
    reader, staged = load_lines(tmp_path, *lines)
    assert (staged.rows_in, staged.rows_refused) == (2 * len(FAULTS), len(FAULTS))
    expected = [(2 * n + 3, column, rule) for n, (_, column, rule) in enumerate(FAULTS)]
    assert findings_of(reader, staged) == expected


def test_a_stray_quote_takes_its_own_line_and_no_other(tmp_path: Path) -> None:
    lines = [GOOD.replace("t1", f"t{number}") for number in range(1000)]
    lines[500] = lines[500].replace("p1", '"p1')
    reader, staged = load_lines(tmp_path, *lines)
    assert (staged.rows_in, staged.rows_refused) == (1000, 1)
    assert findings_of(reader, staged) == [(502, "", "quotes-are-paired")]


def test_quoted_cells_hold_commas_and_quotes(tmp_path: Path) -> None:
    path = tmp_path / "households.csv"
    path.write_text('household_id,name\n1,"Ann, ""the"" first"\n2,""\n"3",plain\n,x\n4," a "\n')
    reader, staged = stage(path, mapping("plain", path.name))
    assert [(row["household_id"], row["name"]) for row in rows_of(staged)] == [
        ("1", 'Ann, "the" first'), ("2", ""), ("3", "plain"), ("4", "a"),
    ]  # fmt: skip
    assert findings_of(reader, staged) == [(5, "household_id", "value-is-present")]


def test_without_quoting_a_quote_is_an_ordinary_character(tmp_path: Path) -> None:
    path = tmp_path / "households.txt"
    path.write_text('household_id;name\n1;6" plate\n2;"open\n')
    text = """
        name = "x"
        [[file]]
        match = "*.txt"
        kind = "households"
        format = "csv"
        csv = { delimiter = ";" }
        [file.columns]
        household_id = "household_id"
        name = "name"
        known_from_on = { constant = "2017-01-01" }
    """
    _, staged = stage(path, parse_mapping(text, "x").files[0])
    assert [row["name"] for row in rows_of(staged)] == ['6" plate', '"open']
    assert staged.rows_refused == 0


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n\n"], ids=["no-end", "end", "blank-lines"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r", b"\r\r\n"], ids=["lf", "crlf", "cr", "crcrlf"])
def test_line_ends_and_marks_of_other_systems(tmp_path: Path, line_end: bytes, end: bytes) -> None:
    body = line_end.join([HEADER.encode(), GOOD.encode(), b"", GOOD.replace("t1", "t2").encode()])
    reader, staged = load_lines(tmp_path, text=b"\xef\xbb\xbf" + body + end.replace(b"\n", line_end))
    assert (staged.rows_in, staged.rows_refused) == (2, 0)
    assert [row["source_line"] for row in rows_of(staged)] == [2, 4]
    assert findings_of(reader, staged) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_the_mark_of_a_file_put_behind_another_is_passed_over(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "lines.csv"
    path.write_bytes(
        "\n".join(["\ufeff" + HEADER, GOOD, "\ufeff" + GOOD.replace("t1", "t2"), ""]).encode(encoding)
    )
    entry = mapping("plain", path.name)
    _, staged = stage(path, replace(entry, text=replace(entry.text, encoding=encoding)))
    assert [(row["household_id"], row["transaction_id"]) for row in rows_of(staged)] == [
        ("h1", "t1"),
        ("h1", "t2"),
    ]


def test_bytes_that_are_no_text_take_their_own_line(tmp_path: Path) -> None:
    lines = [HEADER.encode(), GOOD.encode(), GOOD.replace("p1", "caf").encode() + b"\xe9", GOOD.encode()]
    reader, staged = load_lines(tmp_path, text=b"\n".join(lines))
    assert findings_of(reader, staged) == [(3, "", "text-is-readable")]


@pytest.mark.parametrize("blank", ["", " "], ids=["empty", "blanks"])
def test_masses_of_blank_lines_cost_nothing_and_keep_the_lines_numbers(tmp_path: Path, blank: str) -> None:
    started = time.process_time()
    many = [blank] * 300_000
    reader, staged = load_lines(tmp_path, GOOD, "h1,s1", *many, "h1", GOOD.replace("t1", "t2"), *many)
    assert (staged.rows_in, staged.rows_refused) == (4, 2)
    assert findings_of(reader, staged) == [
        (3, "", "cells-are-as-many-as-columns"),
        (300_004, "", "cells-are-as-many-as-columns"),
    ]
    assert [row["source_line"] for row in rows_of(staged)] == [2, 300_005]
    assert time.process_time() - started < 5


def test_ten_million_blank_lines_take_no_room(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_bytes("\n".join([HEADER, GOOD, "h1", "\n" * 10_000_000, GOOD.replace("t1", "t2"), ""]).encode())
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reader, staged = stage(path, mapping("plain", path.name))
    assert (staged.rows_in, staged.rows_refused) == (3, 1)
    assert findings_of(reader, staged) == [(3, "", "cells-are-as-many-as-columns")]
    assert [row["source_line"] for row in rows_of(staged)] == [2, 10_000_005]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held < 150_000


@pytest.mark.parametrize("cells", [1, 2])
@pytest.mark.parametrize("lines", [99, 100, 101, 102, 5_000])
def test_a_run_of_blank_lines_moves_no_number(tmp_path: Path, cells: int, lines: int) -> None:
    path = tmp_path / "lines.csv"
    row = ",".join(["a"] * cells)
    path.write_bytes((f"{row}\n{row}\n" + "\n" * lines + f'{row}\n"open\n' + "\n" * lines + f"{row}\n").encode())
    file = prepare_text(path, mapping("plain", path.name), tmp_path)
    source = text_rows(file, mapping("plain", path.name), tmp_path)
    found = duckdb.sql(f"SELECT source_line, fault FROM ({source.relation}) ORDER BY source_line").fetchall()
    assert found == [(2, 0), (lines + 3, 0), (lines + 4, 2), (2 * lines + 5, 0)]
    assert file.rows == 4


def test_a_line_too_long_to_be_a_row_takes_its_own_line(tmp_path: Path) -> None:
    long = GOOD.replace("p1", "p" * 3_000_000)
    reader, staged = load_lines(tmp_path, GOOD, long, GOOD.replace("t1", "t2"))
    assert (staged.rows_in, staged.rows_refused) == (3, 1)
    assert findings_of(reader, staged) == [(3, "", "text-is-readable")]
    assert len(reader.findings(staged, []).to_pylist()[0]["raw"]) == 501  # 500 characters and the mark


@pytest.mark.parametrize(("length", "kept"), [(1_000_000, 3), (1_000_001, 2), (1_499_999, 2)])
@pytest.mark.parametrize("before", [0, 5, 4_000])
def test_a_line_longer_than_a_million_bytes_is_refused_wherever_it_lies(
    tmp_path: Path, length: int, kept: int, before: int
) -> None:
    cells = (HEADER + ",note", GOOD + "," + "n" * (length - len(GOOD) - 1), GOOD.replace("t1", "t2") + ",")
    first = [GOOD.replace("t1", f"a{number}") + "," for number in range(before)]
    reader, staged = load_lines(tmp_path, text="\n".join([cells[0], *first, *cells[1:], cells[2], ""]).encode())
    assert (staged.rows_in, staged.rows_refused) == (3 + before, 3 - kept)
    wanted = [] if kept == 3 else [(before + 2, "", "text-is-readable")]
    assert findings_of(reader, staged) == wanted


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n\n", "\r"])
def test_a_header_without_rows_is_a_file_of_no_rows(tmp_path: Path, end: str) -> None:
    _, staged = load_lines(tmp_path, text=(HEADER + end).encode())
    assert (staged.rows_in, staged.rows_refused, staged.parts) == (0, 0, {})


def test_formats_zones_units_codes_and_signs(tmp_path: Path) -> None:
    path = tmp_path / "till.csv"
    path.write_bytes(
        "Filiale|Datum|Bon|Zeit|Artikel|Menge|Betrag|Rabatt|Karte\n"
        "Köln|05.03.2017|7|05.03.2017 23:30|Käse|1,5|1.234,50|-0,50|KEINE\n"
        "Köln|05.03.2017|7|06.03.2017 00:30|Brot|1|2|0|4711\n".encode("cp1252")
    )
    text = """
        name = "german"
        [[file]]
        match = "till.csv"
        kind = "lines"
        format = "csv"
        stamps_zone = "Europe/Berlin"
        store_zone = "Europe/Berlin"
        empty = ["KEINE"]
        csv = { delimiter = "|", encoding = "cp1252", decimal = ",", thousands = "." }
        [file.columns]
        household_id = "Karte"
        store_id = { from = "Filiale", codes = { "Köln" = "50667" } }
        lane_id = { constant = "" }
        sold_on = { business_day_of = "Zeit", pattern = "%d.%m.%Y %H:%M" }
        transaction_id = "Bon"
        line_number = { rank_by = "Artikel" }
        sold_at = { from = "Zeit", pattern = "%d.%m.%Y %H:%M" }
        product_id = "Artikel"
        quantity_milli = { from = "Menge", unit = "units" }
        amount_cents = { from = "Betrag", unit = "dollars" }
        loyalty_discount_cents = { from = "Rabatt", unit = "dollars", negative = true }
        store_coupon_cents = { constant = "0" }
        manufacturer_coupon_cents = { constant = "0" }
        known_from_on = { same_as = "sold_on", plus_days = 1 }
    """
    _, staged = stage(path, parse_mapping(text, "german.toml").files[0])
    assert staged.rows_refused == 0
    first, second = rows_of(staged)
    assert first["household_id"] is None
    assert second["household_id"] == "4711"
    assert first["store_id"] == "50667"
    assert (first["sold_on"], second["sold_on"]) == (date(2017, 3, 5), date(2017, 3, 6))
    assert (first["sold_at"], second["sold_at"]) == (moment(2017, 3, 5, 22, 30), moment(2017, 3, 5, 23, 30))
    assert (first["line_number"], second["line_number"]) == (2, 1)
    assert (first["quantity_milli"], first["amount_cents"], first["loyalty_discount_cents"]) == (1500, 123450, 50)
    assert first["known_from_on"] == date(2017, 3, 6)


def test_days_and_stamps_far_off_do_not_stop_a_file(tmp_path: Path) -> None:
    """What cannot be moved by a zone or some days is refused by its row, not by an error of the whole file."""
    path = tmp_path / "stock.csv"
    path.write_text("s,p,d,t\n1,1,5881580-07-10,2017-01-01 00:00:00\n1,2,2017-01-01,290000-12-31 23:00:00\n")
    text = """
        name = "x"
        [[file]]
        match = "stock.csv"
        kind = "stock"
        format = "csv"
        stamps_zone = "-11:00"
        store_zone = "Pacific/Auckland"
        [file.columns]
        store_id = "s"
        product_id = "p"
        counted_on = { from = "d", plus_days = 9 }
        quantity_milli = { constant = "1" }
        known_from_on = { business_day_of = "t", plus_days = 3 }
    """
    reader, staged = stage(path, parse_mapping(text, "x").files[0])
    assert findings_of(reader, staged) == [
        (2, "counted_on", "date-in-range"),
        (3, "known_from_on", "date-in-range"),
    ]


def journey_lines(**columns: list[Any]) -> pa.Table:
    rows: dict[str, list[Any]] = {
        "household_id": [1, 1, 2],
        "store_id": [330, 330, 406],
        "basket_id": [31198570044, 31198570044, 31198655051],
        "product_id": [1095275, 9878, 1041453],
        "quantity": [1, 2, 1],
        "sales_value": [0.5, 0.99, 1.43],
        "retail_disc": [0.0, 0.1, 0.15],
        "coupon_disc": [0.0, 0.0, 0.0],
        "coupon_match_disc": [0.0, 0.0, 0.2],
        "transaction_timestamp": [
            moment(2017, 1, 2, 4, 59),
            moment(2017, 1, 2, 4, 59),
            moment(2017, 1, 2, 5),
        ],
    }
    return pa.table(rows | columns)


def test_complete_journey_lines_are_numbered_by_product_on_the_stores_day(tmp_path: Path) -> None:
    path = tmp_path / "transactions.parquet"
    pq.write_table(journey_lines(), path)
    _, staged = stage(path, mapping("complete_journey", path.name))
    rows = rows_of(staged)
    assert [(row["line_number"], row["product_id"]) for row in rows] == [
        (2, "1095275"),
        (1, "9878"),
        (1, "1041453"),
    ]
    assert [row["sold_on"] for row in rows] == [date(2017, 1, 1), date(2017, 1, 1), date(2017, 1, 2)]
    assert [row["amount_cents"] for row in rows] == [50, 99, 143]
    assert rows[2]["loyalty_discount_cents"] == 15
    assert rows[2]["store_coupon_cents"] == 20
    assert rows[1]["quantity_milli"] == 2000
    assert {row["lane_id"] for row in rows} == {""}


def test_a_line_that_stands_twice_gets_one_number_and_far_off_stamps_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "transactions.parquet"
    rows = journey_lines().append_column("n", pa.array([0, 0, 0]))
    pq.write_table(pa.concat_tables([rows, rows.slice(0, 1)]), path)
    _, staged = stage(path, mapping("complete_journey", path.name))
    assert [row["line_number"] for row in rows_of(staged)] == [2, 1, 1, 2]
    for micros in (-(2**63) + 10**10, -(2**63) + 10**14, 2**63 - 1):
        far = pa.array([0, None, micros], pa.timestamp("us"))
        pq.write_table(journey_lines().set_column(9, "transaction_timestamp", far), path)
        reader, staged = stage(path, mapping("complete_journey", path.name))
        expected = [(1, "date-in-range"), (2, "value-is-present"), (3, "date-in-range")]
        assert findings_of(reader, staged) == [(line, "sold_on", rule) for line, rule in expected]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, 0.123, 1e12, 1e6])
def test_a_parquet_number_that_is_no_amount_is_refused_with_its_row(tmp_path: Path, value: float | None) -> None:
    path = tmp_path / "transactions.parquet"
    pq.write_table(journey_lines(sales_value=[0.5, value, 1.43]), path)
    reader, staged = stage(path, mapping("complete_journey", path.name))
    assert (staged.rows_in, staged.rows_refused) == (3, 1)
    ((line, column, rule),) = findings_of(reader, staged)
    assert (line, column) == (2, "amount_cents")
    nothing = value is None or value != value
    assert rule == ("value-is-present" if nothing else "money-in-range" if value == 1e6 else "money-is-a-number")
    assert '"product_id":9878' in reader.findings(staged, []).to_pylist()[0]["raw"]


def test_promotions_have_their_weeks_and_no_place_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "promotions.parquet"
    columns = {
        "product_id": [1, 1, 2, 3],
        "store_id": [316, 316, 316, 316],
        "display_location": ["9", "0", "A", "0"],
        "mailer_location": ["0", "D", None, "0"],
        "week": [1, 1, 53, 0],
    }
    pq.write_table(pa.table(columns), path)
    reader, staged = stage(path, mapping("complete_journey", path.name))
    rows = [(row["from_on"], row["until_on"], row["display"], row["mailer"]) for row in rows_of(staged)]
    assert rows == [
        (date(2016, 12, 26), date(2017, 1, 2), "9", ""),
        (date(2016, 12, 26), date(2017, 1, 2), "", "D"),
        (date(2017, 12, 25), date(2018, 1, 1), "A", ""),
    ]
    assert sorted(staged.parts) == ["2016-12", "2017-12"]
    assert findings_of(reader, staged) == [(4, "from_on", "date-is-a-date")]


def test_rules_of_the_other_kinds(tmp_path: Path) -> None:
    deals = tmp_path / "deals.csv"
    names = "deal_id,name,vendor_id,kind,rungs,funding_percent,brand_kind,product_ids,from_on,until_on"
    good = 'd,Soup,v,percent_off,"[{""percent"": 25}]",100,own,,2017-01-01,2017-02-01'
    faults = [
        (good.replace("percent_off", "free"), "kind", "code-is-known"),
        (good.replace("[{", "{").replace("}]", "}"), "rungs", "text-is-a-json-list"),
        (good.replace(",100,", ",101,"), "funding_percent", "percent-in-range"),
        (good.replace(",own,", ",ours,"), "brand_kind", "code-is-known"),
        (good.replace("2017-02-01", "2017-01-01"), "until_on", "period-holds-a-day"),
    ]
    deals.write_text("\n".join([names, good, *(fault for fault, _, _ in faults)]))
    reader, staged = stage(deals, mapping("plain", deals.name))
    assert findings_of(reader, staged) == [(n, column, rule) for n, (_, column, rule) in enumerate(faults, 3)]
    products = tmp_path / "products.parquet"
    columns = {
        "product_id": [1], "manufacturer_id": [2], "department": ["GROCERY"], "brand": ["Generic"],
        "product_category": ["SOUP"], "product_type": ["BROTH"], "package_size": [None],
    }  # fmt: skip
    pq.write_table(pa.table(columns), products)
    reader, staged = stage(products, mapping("complete_journey", products.name))
    (finding,) = reader.findings(staged, []).to_pylist()
    assert (finding["column"], finding["rule"]) == ("brand_kind", "code-is-known")
    assert finding["message"] == "Generic: expected one of Private, National"


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (None, StoreError, "there is no file"),
        (b"", StoreError, "is empty"),
        (b"\n", ConfigError, "has no column 'store_id'"),
        (b"a,b\n1,2\n", ConfigError, "has no column 'store_id', which lines.store_id is read from; it has a, b"),
        (
            HEADER.encode() + b",store_id\n1\n",
            ConfigError,
            "more than one column 'store_id', which the mapping reads",
        ),
        (
            HEADER.replace(",s", "\r,s", 1).encode() + b"\n1\n",
            ConfigError,
            "line 1: a carriage return stands inside",
        ),
        (b'"' + b"x" * 200_000 + b'"\n1\n', ConfigError, "line 1 cannot be read as a header: field larger"),
    ],
)
def test_files_that_cannot_be_read_are_refused_in_one_sentence(
    tmp_path: Path, content: bytes | None, error: type[Exception], message: str
) -> None:
    path = tmp_path / "lines.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=message):
        stage(path, mapping("plain", path.name))


def test_the_nearest_column_is_suggested(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text(HEADER.replace("store_id", "storeid") + "\nx\n")
    with pytest.raises(ConfigError) as caught:
        stage(path, mapping("plain", path.name))
    assert caught.value.hint == "did you mean 'storeid'? Change the mapping"


def test_a_file_that_is_not_parquet_or_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "lines.parquet"
    path.write_text("household_id\n1\n")
    with pytest.raises(ConfigError, match="is not a Parquet file; its first bytes should be PAR1"):
        stage(path, mapping("plain", path.name))
    path.write_bytes(b"PAR1" + b"\x00" * 40)
    with pytest.raises(StoreError, match="could not be read"):
        stage(path, mapping("plain", path.name))
    pq.write_table(journey_lines().slice(0, 0), tmp_path / "transactions.parquet")
    _, staged = stage(tmp_path / "transactions.parquet", mapping("complete_journey", "transactions.parquet"))
    assert (staged.rows_in, staged.parts) == (0, {})


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_is_named_as_such_or_read_if_the_mapping_says_so(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "lines.csv"
    path.write_bytes("\n".join([HEADER, GOOD, ""]).encode(encoding))
    entry = mapping("plain", path.name)
    with pytest.raises(ConfigError, match="looks like UTF-16; expected utf-8") as caught:
        stage(path, entry)
    assert caught.value.hint == 'save it as UTF-8, or write encoding = "utf-16" under csv in the mapping'
    _, staged = stage(path, replace(entry, text=replace(entry.text, encoding=encoding)))
    assert (staged.rows_in, staged.rows_refused) == (1, 0)


def test_long_headers_are_cut_in_messages(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    names = ["n" * 500, *(f"c{number}" for number in range(60))]
    path.write_text(",".join(names) + "\nx\n")
    with pytest.raises(ConfigError) as caught:
        stage(path, mapping("plain", path.name))
    assert f"it has {'n' * 80}…, c0, " in str(caught.value)
    assert "c38 and 21 more" in str(caught.value)


def test_names_that_stand_twice_and_are_not_read_are_no_matter(tmp_path: Path) -> None:
    text = "\n".join([HEADER + ",x,x,,", GOOD + ",1,2,,", ""])
    _reader, staged = load_lines(tmp_path, text=text.encode())
    assert (staged.rows_in, staged.rows_refused) == (1, 0)
    (row,) = rows_of(staged)
    assert (row["household_id"], row["amount_cents"]) == ("h1", 199)


@pytest.mark.parametrize("lost", [-1, 1])
def test_nothing_is_loaded_when_the_rows_read_are_not_the_rows_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    def miscounted(*arguments: Any) -> TextFile:
        file = prepare_text(*arguments)
        return replace(file, rows=file.rows + lost)

    monkeypatch.setattr(_readers, "prepare_text", miscounted)
    with pytest.raises(StoreError, match=f"holds {2 + lost} rows, but 2 were read; nothing was loaded"):
        load_lines(tmp_path, GOOD, GOOD.replace("t1", "t2"))
