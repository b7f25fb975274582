"""Parquet cells: text means what it means in CSV, and a column's own type is taken at its word or refused."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.adapters import DuckDBReader
from regulars.flows import read_parts
from regulars.ingest import FileMapping, parse_mapping
from regulars.kernel import ConfigError

MAPPING = """
    name = "x"
    [[file]]
    match = "*.parquet"
    kind = "lines"
    format = "parquet"
    stamps_zone = "Europe/Berlin"
    store_zone = "America/New_York"
    empty = ["KEINE", "-1"]
    [file.columns]
    household_id = "household"
    store_id = { constant = "s" }
    lane_id = "lane"
    sold_on = { business_day_of = "at" }
    transaction_id = "transaction"
    line_number = "line"
    sold_at = "at"
    product_id = { constant = "p" }
    quantity_milli = { constant = "1000", unit = "thousandths" }
    amount_cents = { from = "cents", unit = "cents" }
    loyalty_discount_cents = { constant = "0", unit = "cents" }
    store_coupon_cents = { constant = "0", unit = "cents" }
    manufacturer_coupon_cents = { constant = "0", unit = "cents" }
    known_from_on = { from = "known", pattern = "%Y%m%d" }
"""
NOON = datetime(2017, 1, 2, 12)  # noqa: DTZ001 - a stamp of no zone


def read(tmp_path: Path, **columns: pa.Array | list[Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Good rows and findings of a file whose columns are these, and harmless ones."""
    count = len(next(iter(columns.values())))
    harmless: dict[str, list[Any]] = {
        "household": ["h"] * count,
        "lane": [""] * count,
        "at": [NOON] * count,
        "transaction": [str(number) for number in range(count)],
        "line": [1] * count,
        "cents": [100] * count,
        "known": ["20170103"] * count,
    }
    path = tmp_path / "lines.parquet"
    pq.write_table(pa.table(harmless | columns), path)
    entry: FileMapping = parse_mapping(MAPPING, "x").files[0]
    reader = DuckDBReader(threads=1)
    staged = reader.stage(path, entry, tmp_path / "staged")
    files = [file for part in staged.parts.values() for file in part]
    rows = read_parts(files).to_pylist() if files else []
    assert staged.rows_in == count == len(rows) + staged.rows_refused
    findings = reader.findings(staged, []).to_pylist()
    return sorted(rows, key=lambda row: row["source_line"]), findings


def faults(findings: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    return [(row["line"], row["column"], row["rule"]) for row in findings]


@pytest.mark.parametrize("dictionary", [False, True])
def test_text_is_trimmed_and_what_is_empty_is_nothing(tmp_path: Path, dictionary: bool) -> None:
    texts = pa.array(["", "  ", None, "KEINE", " h 1 ", "nan"])
    rows, findings = read(tmp_path, household=texts.dictionary_encode() if dictionary else texts)
    assert [row["household_id"] for row in rows] == [None, None, None, None, "h 1", "nan"]
    assert findings == []
    rows, findings = read(tmp_path, transaction=[" t ", " ", "KEINE"], lane=[" ", "2 ", None])
    assert [(row["transaction_id"], row["lane_id"]) for row in rows] == [("t", "")]
    assert faults(findings) == [(n, "transaction_id", "value-is-present") for n in (2, 3)]


@pytest.mark.parametrize("mark", ["\x00", "\n", "\r", "\x07", "\x1f", "\x7f", "�"])
def test_a_control_character_takes_its_row(tmp_path: Path, mark: str) -> None:
    rows, findings = read(tmp_path, household=["a\tb", f"a{mark}b", "é"])
    assert [row["household_id"] for row in rows] == ["a\tb", "é"]
    assert faults(findings) == [(2, "", "text-is-readable")]


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32()])
def test_ids_that_became_fractions_are_whole_numbers_again(tmp_path: Path, kind: pa.DataType) -> None:
    numbers = [34.0, float("nan"), None, -1.0, 0.0, 34.5, float("inf"), 2.0**53]
    rows, findings = read(tmp_path, household=pa.array(numbers, kind))
    assert [row["household_id"] for row in rows] == ["34", None, None, None, "0"]
    assert faults(findings) == [(n, "household_id", "number-is-whole") for n in (6, 7, 8)]
    assert findings[0]["message"] == "34.5: expected text or a whole number"


def test_numbers_as_ids(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, household=[2**60, -1, None])
    assert [row["household_id"] for row in rows] == [str(2**60), None, None]
    exact = pa.array([Decimal(10**20), Decimal("1.50"), Decimal(-1)], pa.decimal128(38, 2))
    rows, findings = read(tmp_path, household=exact)
    assert [row["household_id"] for row in rows] == [str(10**20), None]
    assert faults(findings) == [(2, "household_id", "number-is-whole")]


def test_numbers_are_whole_or_a_finding(tmp_path: Path) -> None:
    rows, findings = read(tmp_path, line=[1.0, 1.5, float("nan")])
    assert [row["line_number"] for row in rows] == [1]
    assert faults(findings) == [(2, "line_number", "number-is-a-number"), (3, "line_number", "value-is-present")]


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("cents", pa.array([True]), "BOOLEAN"),
        ("household", pa.array([True]), "BOOLEAN"),
        ("household", pa.array([["h"]]), "VARCHAR[]"),
        ("transaction", pa.array([{"a": 1}]), "STRUCT"),
        ("transaction", pa.array([b"1"]), "BLOB"),
        ("line", pa.array([date(2017, 1, 1)]), "DATE"),
        ("at", pa.array([True]), "BOOLEAN"),
    ],
)
def test_a_type_that_cannot_be_meant_is_refused(tmp_path: Path, name: str, values: pa.Array, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, **{name: values})
    assert f"the column {name!r} holds " in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_stamps_of_a_zone_say_when_it_was_whatever_the_mappings_zone(tmp_path: Path, unit: str) -> None:
    at = [datetime(2017, 1, 2, 3, 0, tzinfo=UTC), datetime(2017, 1, 2, 6, 0, tzinfo=UTC)]
    for zone in ("UTC", "Asia/Tokyo"):
        rows, findings = read(tmp_path, at=pa.array(at, pa.timestamp(unit, tz=zone)))
        assert findings == []
        assert [row["sold_at"] for row in rows] == [stamp.replace(tzinfo=None) for stamp in at]
        assert [row["sold_on"] for row in rows] == [date(2017, 1, 1), date(2017, 1, 2)]
    rows, _ = read(tmp_path, at=pa.array([NOON], pa.timestamp(unit)))
    assert rows[0]["sold_at"] == NOON.replace(hour=11), "a stamp of no zone is the mapping's"


def test_a_day_may_be_a_number_a_text_a_day_or_a_stamp(tmp_path: Path) -> None:
    day = date(2017, 1, 3)
    days = [
        pa.array([20170103]),
        pa.array([20170103.0]),
        pa.array([" 20170103 "]),
        pa.array([day]),
        pa.array([NOON.replace(day=3)]),
        pa.array([datetime(2017, 1, 4, 1, tzinfo=UTC)], pa.timestamp("us", tz="UTC")),
    ]
    for values in days:
        rows, findings = read(tmp_path, known=values)
        assert ([row["known_from_on"] for row in rows], findings) == ([day], [])
    rows, findings = read(tmp_path, known=[17])
    assert (rows, faults(findings)) == ([], [(1, "known_from_on", "date-is-a-date")])
