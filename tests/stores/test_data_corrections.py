"""Corrections, undone transactions, rows tried again, gaps, and the note of what is loaded."""

from itertools import permutations
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.adapters import DuckDBReader, FolderWarehouse, JsonLoadedNote
from regulars.contracts import LoadReport, table
from regulars.flows import (
    FindingsWanted,
    NewFile,
    Publication,
    data_findings,
    data_gaps,
    export_findings,
    find_mapping,
    load_data,
    retry_findings,
)
from regulars.ingest import Mapping, parse_mapping
from regulars.testing import SilentProgress

HEADER = (
    "household_id,store_id,lane_id,sold_on,transaction_id,line_number,product_id,quantity_milli,"
    "amount_cents,version"
)


class CountingReader(DuckDBReader):
    """Knows how many files it read."""

    def __init__(self) -> None:
        super().__init__(threads=1)
        self.read: list[str] = []

    def stage(self, path, mapping, folder):  # type: ignore[no-untyped-def]
        self.read.append(path.name)
        return super().stage(path, mapping, folder)


def line(number: int, line_number: int = 1, version: int = 0, amount: int = 100, day: str = "2017-01-02") -> str:
    return f"h{number % 3},s1,4,{day},{number},{line_number},p1,1000,{amount},{version}"


def write(path: Path, *lines: str, header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *lines, ""]))
    return path


def load(
    root: Path,
    *files: Path,
    mapping: Mapping | None = None,
    reader: DuckDBReader | None = None,
    note: JsonLoadedNote | None = None,
) -> list[LoadReport]:
    return load_data(
        files,
        mapping=mapping or find_mapping("plain"),
        warehouse=FolderWarehouse.create(root, buckets=3),
        reader=reader or DuckDBReader(threads=1),
        sensitive_rules=(),
        progress=SilentProgress(),
        loaded_note=note,
    )


def current(root: Path) -> dict[str, bytes]:
    """The manifest and the files it names."""
    warehouse = FolderWarehouse(root)
    files = [file.path for name in warehouse.datasets() for file in warehouse.files(name)]
    return {str(path.relative_to(root)): path.read_bytes() for path in (*files, root / "manifest.json")}


def amounts(root: Path) -> list[tuple[str, int, int]]:
    files = FolderWarehouse(root).files("lines")
    rows = [row for file in files for row in pq.read_table(file.path).to_pylist()]
    return sorted((row["transaction_id"], row["line_number"], row["amount_cents"]) for row in rows)


def test_the_newest_version_of_a_transaction_stands_whole_whatever_the_order(tmp_path: Path) -> None:
    files = [
        write(tmp_path / "lines-0.csv", line(1, 1), line(1, 2), line(2, 1)),
        write(tmp_path / "lines-1.csv", line(1, 1, version=1, amount=70), line(3, 1)),
        write(tmp_path / "lines-2.csv", line(1, 3, version=2, amount=50)),
    ]
    states = []
    for number, order in enumerate(permutations(files)):
        root = tmp_path / f"w{number}"
        for file in order:
            load(root, file)
        assert amounts(root) == [("1", 3, 50), ("2", 1, 100), ("3", 1, 100)]
        states.append(current(root))
    load(tmp_path / "w6", *files)
    states.append(current(tmp_path / "w6"))
    assert all(state == states[0] for state in states)


def test_a_correction_is_accounted_for(tmp_path: Path) -> None:
    root = tmp_path / "w"
    load(root, write(tmp_path / "lines-0.csv", line(1, 1), line(1, 2)))
    (new,) = load(root, write(tmp_path / "lines-1.csv", line(1, 1, version=1, amount=70)))
    assert (new.rows_kept, new.rows_repeated, new.rows_replaced, new.findings) == (1, 0, 2, 0)
    (late,) = load(root, write(tmp_path / "lines-2.csv", line(1, 1), line(1, 2)))
    assert (late.rows_kept, late.rows_repeated, late.rows_replaced, late.findings) == (0, 2, 0, 0)
    (other,) = load(root, write(tmp_path / "lines-3.csv", line(1, 1, version=1, amount=71)))
    assert (other.rows_kept, other.rows_quarantined, other.findings) == (0, 1, 1)
    assert amounts(root) == [("1", 1, 70)]


def test_several_files_in_one_command_are_told_apart(tmp_path: Path) -> None:
    files = [
        write(tmp_path / "lines-0.csv", line(1, 1), line(1, 2)),
        write(tmp_path / "lines-1.csv", line(1, 1), line(2, 1), line(2, 1)),
        write(tmp_path / "lines-2.csv", line(1, 1, version=1), line(2, 1, amount=9)),
    ]
    reports = load(tmp_path / "w", *files)
    told = [(r.rows_in, r.rows_kept, r.rows_repeated, r.rows_quarantined, r.rows_replaced) for r in reports]
    assert told == [(2, 0, 2, 0, 0), (3, 1, 2, 0, 0), (2, 1, 0, 1, 0)]
    assert amounts(tmp_path / "w") == [("1", 1, 100), ("2", 1, 100)]


@pytest.mark.parametrize("undone_first", [True, False])
def test_lines_of_a_transaction_that_was_taken_back_leave_whatever_the_order(
    tmp_path: Path, undone_first: bool
) -> None:
    root = tmp_path / "w"
    warehouse = FolderWarehouse.create(root, buckets=3)
    row = dict.fromkeys(table("other_transactions").column_names)
    day = pa.scalar("2017-01-02").cast(pa.date32()).as_py()
    row |= {"store_id": "s1", "lane_id": "4", "sold_on": day, "transaction_id": "9", "reason": "post_void"}
    row |= {"undoes_store_id": "s1", "undoes_lane_id": "4", "undoes_sold_on": day, "undoes_transaction_id": "1"}
    others = pa.table({name: [value] for name, value in (row | {"known_from_on": day}).items()})

    def take_back() -> None:
        with warehouse.scratch() as folder:
            pq.write_table(others, folder / "o.parquet")
            warehouse.publish(Publication({"other_transactions": [NewFile(folder / "o.parquet")]}))

    file = write(tmp_path / "lines-0.csv", line(1, 1), line(1, 2), line(2, 1))
    if undone_first:
        take_back()
        (report,) = load(root, file)
        assert (report.rows_kept, report.rows_repeated) == (1, 2)
    else:
        load(root, file)
        warehouse = FolderWarehouse(root)
        take_back()
        load(root, write(tmp_path / "lines-1.csv", line(5, 1, day="2017-03-01")))
    assert ("1", 1, 100) not in amounts(root)
    assert ("2", 1, 100) in amounts(root)


MENDED = """
name = "mended"
[[file]]
match = "lines*"
kind = "lines"
format = "FORMAT"
[file.columns]
household_id = "household_id"
store_id = "store_id"
lane_id = "lane_id"
sold_on = { from = "sold_on"PATTERN }
transaction_id = "transaction_id"
line_number = "line_number"
product_id = "product_id"
quantity_milli = { from = "quantity_milli", unit = "thousandths" }
amount_cents = { from = "amount_cents", unit = "cents" }
loyalty_discount_cents = { constant = "0" }
store_coupon_cents = { constant = "0" }
manufacturer_coupon_cents = { constant = "0" }
known_from_on = { same_as = "sold_on" }
"""


def a_mapping(file_format: str, pattern: str = "") -> Mapping:
    return parse_mapping(MENDED.replace("FORMAT", file_format).replace("PATTERN", pattern), "mended.toml")


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_refused_rows_are_tried_again_once_the_mapping_is_mended(tmp_path: Path, file_format: str) -> None:
    root = tmp_path / "w"
    days = ["2017-01-02", "03.01.2017", "04.01.2017", "never"]
    rows = [line(number, day=day) for number, day in enumerate(days)]
    path = write(tmp_path / "lines-0.csv", *rows)
    if file_format == "parquet":
        names = HEADER.split(",")
        columns = dict(zip(names, zip(*(row.split(",") for row in rows), strict=True), strict=True))
        path = tmp_path / "lines-0.parquet"
        pq.write_table(pa.table({name: list(values) for name, values in columns.items()}), path)
    (first,) = load(root, path, mapping=a_mapping(file_format))
    assert (first.rows_kept, first.rows_quarantined) == (1, 3)
    path.unlink()
    warehouse = FolderWarehouse(root)

    def again(mapping: Mapping) -> list[tuple[int, int, int]]:
        reports = retry_findings(
            warehouse,
            DuckDBReader(threads=1),
            mapping=mapping,
            sensitive_rules=(),
            progress=SilentProgress(),
        )
        return [(report.rows_in, report.rows_kept, report.rows_quarantined) for report in reports]

    before = current(root)
    assert again(a_mapping(file_format)) == [(3, 0, 3)]
    assert current(root) == before, "what is refused again stays as it was"
    assert again(a_mapping(file_format, ', pattern = "%d.%m.%Y"')) == [(3, 2, 1)]
    assert [name for name, _, _ in amounts(root)] == ["0", "1", "2"]
    (left,) = data_findings(FolderWarehouse(root)).findings
    first_line = 1 if file_format == "parquet" else 2
    assert (left.file, left.line, left.column, left.rule) == (
        path.name,
        first_line + 3,
        "sold_on",
        "date-is-a-date",
    )


def test_rows_the_mapping_does_not_name_stay_and_are_told(tmp_path: Path) -> None:
    root = tmp_path / "w"
    load(root, write(tmp_path / "lines-0.csv", line(0, day="2017-13-01"), line(1)))
    prices = write(
        tmp_path / "prices.csv", "s1,p1,2017-13-01,100", header="store_id,product_id,from_on,price_cents"
    )
    load(root, prices)
    warehouse = FolderWarehouse(root)
    told = []
    reports = retry_findings(
        warehouse,
        DuckDBReader(threads=1),
        mapping=a_mapping("csv", ', pattern = "%Y-%d-%m"'),
        sensitive_rules=(),
        progress=SilentProgress(),
        passed_over=told.append,
    )
    assert [(report.kind, report.rows_in, report.rows_kept) for report in reports] == [("lines", 1, 1)]
    (one,) = told
    assert one.path == "prices.csv"
    assert one.reason.startswith(
        "1 row stays: the mapping 'mended' does not say how to read a file named prices.csv"
    )
    (left,) = data_findings(warehouse).findings
    assert left.file == "prices.csv"


def test_findings_are_taken_out_as_a_file(tmp_path: Path) -> None:
    long = line(1).replace("p1", "p" * 900) + ",one,more"
    load(tmp_path / "w", write(tmp_path / "lines-0.csv", line(0), long, line(2, day="x")))
    warehouse = FolderWarehouse(tmp_path / "w")
    assert export_findings(warehouse, tmp_path / "all.csv") == 2
    assert long in (tmp_path / "all.csv").read_text(encoding="utf-8").replace('"', "")
    wanted = FindingsWanted(rule="date-is-a-date")
    assert export_findings(warehouse, tmp_path / "some.parquet", wanted=wanted) == 1
    (row,) = pq.read_table(tmp_path / "some.parquet").to_pylist()
    assert (row["raw"], row["head"], row["refused"]) == (line(2, day="x"), HEADER, True)


def test_a_quoted_cell_may_run_over_lines_that_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "households.csv"
    path.write_text('household_id,name\n1,"Ann\n\n ""the"" first"\n2,"open\n3,x\n4,"y\n5,z"\n6,"a"b\n7,w\n')
    (report,) = load(tmp_path / "w", path)
    assert (report.rows_in, report.rows_kept, report.rows_quarantined) == (6, 4, 2)
    (file,) = FolderWarehouse(tmp_path / "w").files("households")
    names = {row["household_id"]: row["name"] for row in pq.read_table(file.path).to_pylist()}
    assert names == {"1": 'Ann   "the" first', "3": "x", "4": "y 5,z", "7": "w"} or names.keys() == {
        "1",
        "3",
        "4",
        "7",
    }
    found = data_findings(FolderWarehouse(tmp_path / "w")).findings
    assert [(one.line, one.rule, one.raw) for one in found] == [
        (5, "quotes-are-paired", '2,"open'),
        (9, "quotes-are-paired", '6,"a"b'),
    ]


def test_a_file_that_is_loaded_is_not_read_again(tmp_path: Path) -> None:
    root, note = tmp_path / "w", JsonLoadedNote(tmp_path / "cache" / "loaded.json")
    files = [write(tmp_path / "lines-0.csv", line(1), line(1), "bad"), write(tmp_path / "lines-1.csv", line(2))]
    reader = CountingReader()
    first = load(root, *files, reader=reader, note=note)
    copy = write(tmp_path / "lines-copy.csv", line(2))
    again = load(root, files[0], copy, reader=reader, note=note)
    assert reader.read == ["lines-0.csv", "lines-1.csv"]
    assert [(r.rows_in, r.rows_kept, r.rows_repeated, r.rows_quarantined) for r in again] == [
        (3, 0, 2, 1),
        (1, 0, 1, 0),
    ]
    assert [r.net_cents for r in again] == [r.net_cents for r in first]
    load(root, write(tmp_path / "lines-2.csv", line(3)), reader=reader)  # changes the table behind the note's back
    load(root, files[0], reader=reader, note=note)
    assert reader.read[2:] == ["lines-2.csv", "lines-0.csv"]
    (tmp_path / "cache" / "loaded.json").write_text("not JSON")
    load(root, files[0], reader=reader, note=note)
    assert len(reader.read) == 5


def test_gaps_of_lanes_and_missing_days_are_listed(tmp_path: Path) -> None:
    root = tmp_path / "w"
    lines = [line(n, day="2017-01-02") for n in (1, 2, 5)]  # a Monday: 3 and 4 are missing
    lines += [line(n, day="2017-01-09") for n in (7, 8)]  # runs on: 6 is missing
    lines += [line(n, day="2017-01-23") for n in (2, 3)]  # began anew; the 16th has no line
    lines += [line(9).replace("s1,4", "s2,").replace(",9,", ",basket-9,")]
    lines += [line(n).replace("s1,4", "s2,1") for n in (4, 4_000)]
    load(root, write(tmp_path / "lines.csv", *lines))
    report = data_gaps(FolderWarehouse(root), store_id="s1")
    assert [(gap.lane_id, gap.after, gap.before, gap.missing) for gap in report.gaps] == [
        ("4", 2, 5, 2),
        ("4", 5, 7, 1),
    ]
    assert [str(one.day_on) for one in report.store_days] == ["2017-01-16"]
    every = data_gaps(FolderWarehouse(root), limit=1)
    assert (every.lane_gaps, every.missing_transactions, len(every.gaps)) == (3, 3 + 3_995, 1)
    assert every.missing_store_days == 4
