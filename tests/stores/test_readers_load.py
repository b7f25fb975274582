"""Loading into a warehouse on disk: the same data gives the same bytes, whatever the order, and twice is once."""

import shutil
from collections.abc import Iterable, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.adapters import DuckDBReader, FolderWarehouse
from regulars.contracts import LoadReport
from regulars.flows import FindingsWanted, data_findings, data_status, find_mapping, load_data
from regulars.ingest import parse_sensitive_rules, shipped_sensitive_text
from regulars.kernel import bucket_of
from regulars.testing import SilentProgress

HEADER = "household_id,store_id,sold_on,transaction_id,line_number,product_id,quantity_milli,amount_cents"
READER = DuckDBReader(threads=1)
RULES = parse_sensitive_rules(shipped_sensitive_text(), "sensitive.toml")


def load(root: Path, files: Sequence[Path]) -> list[LoadReport]:
    warehouse = FolderWarehouse.create(root, buckets=3)
    return load_data(
        files,
        mapping=find_mapping("plain"),
        warehouse=warehouse,
        reader=READER,
        sensitive_rules=RULES,
        progress=SilentProgress(),
    )


def contents(root: Path) -> dict[str, bytes]:
    """Every file of the warehouse, its manifest too."""
    found = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def current(root: Path) -> dict[str, bytes]:
    """The files the manifest names; those of the state before stay for readers that opened it."""
    warehouse = FolderWarehouse(root)
    named = {str(file.path.relative_to(root)) for name in warehouse.datasets() for file in warehouse.files(name)}
    return {name: data for name, data in contents(root).items() if name in named or name == "manifest.json"}


def write(path: Path, lines: Iterable[str], header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *lines, ""]))
    return path


def row(number: int, amount: int = 100) -> str:
    household = "" if number % 5 == 0 else f"h{number % 7}"
    return f"{household},s{number % 2},2017-0{number % 3 + 1}-15,t{number},1,p{number % 4},1000,{amount}"


def quantities(report: LoadReport) -> tuple[int, int, int, int]:
    return report.rows_in, report.rows_kept, report.rows_quarantined, report.rows_repeated


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=40),
    st.randoms(use_true_random=False),
    st.integers(1, 3),
    st.booleans(),
)
def test_split_shuffled_and_doubled_files_give_the_same_bytes(
    tmp_path: Path, numbers: list[int], order: Any, parts: int, again: bool
) -> None:
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    once = write(tmp_path / "lines.csv", [row(number) for number in sorted(set(numbers))])
    load(tmp_path / "once", [once])
    order.shuffle(numbers)
    pieces = [numbers[part::parts] for part in range(parts)]
    files = [write(tmp_path / f"lines-{n}.csv", map(row, piece)) for n, piece in enumerate(pieces) if piece]
    reports = load(tmp_path / "other", [*files, *files] if again else files)
    assert current(tmp_path / "once") == current(tmp_path / "other")
    assert sum(report.rows_kept for report in reports) == len(set(numbers))
    assert sum(report.rows_in for report in reports) == len(numbers) * (2 if again else 1)


def test_lines_lie_by_household_bucket_and_month(tmp_path: Path) -> None:
    file = write(tmp_path / "lines.csv", map(row, range(30)))
    (report,) = load(tmp_path / "w", [file])
    assert quantities(report) == (30, 30, 0, 0)
    assert (report.transactions, report.sale_lines, report.return_lines) == (30, 30, 0)
    assert (report.net_cents, report.transactions_with_loyalty_identity, report.stores) == (3000, 24, 2)
    warehouse = FolderWarehouse(tmp_path / "w")
    files = warehouse.files("lines")
    assert {file.period for file in files} == {"2017-01", "2017-02", "2017-03"}
    assert {file.bucket for file in files} == {-1, 0, 1, 2}
    assert sum(file.rows for file in warehouse.files("lines", bucket=-1)) == 6
    for file in files:
        rows = pq.read_table(file.path).to_pylist()
        assert {f"{r['sold_on']:%Y-%m}" for r in rows} == {file.period}
        keys = [(r["store_id"], r["lane_id"], r["sold_on"], r["transaction_id"], r["line_number"]) for r in rows]
        assert keys == sorted(keys)
    (status,) = data_status(warehouse)
    assert (status.kind, status.rows) == ("lines", 30)
    assert (str(status.first_on), str(status.last_on)) == ("2017-01-15", "2017-03-15")


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    file = write(tmp_path / "lines.csv", [*map(row, range(10)), "bad"])
    first = load(tmp_path / "w", [file])[0]
    before = contents(tmp_path / "w")
    second = load(tmp_path / "w", [file])[0]
    assert contents(tmp_path / "w") == before
    assert quantities(first) == (11, 10, 1, 0)
    assert quantities(second) == (11, 0, 1, 10)
    assert (first.net_cents, first.transactions) == (second.net_cents, second.transactions)


def test_a_conflict_is_quarantined_and_what_is_there_stays(tmp_path: Path) -> None:
    load(tmp_path / "w", [write(tmp_path / "lines-1.csv", [row(1), row(2)])])
    before = current(tmp_path / "w")
    lines = [row(3), row(1, amount=999), row(2), row(3, amount=999), row(3)]
    (report,) = load(tmp_path / "w", [write(tmp_path / "lines-2.csv", lines)])
    assert quantities(report) == (5, 1, 2, 2)
    assert report.findings == 2
    assert (report.sale_lines, report.net_cents) == (2, 200), "conflicting and doubled lines are not counted"
    after = current(tmp_path / "w")
    kept = [name for name in before if name != "manifest.json" and after.get(name) != before[name]]
    assert all("period" not in name or "2017-01" in name for name in kept)
    found = data_findings(FolderWarehouse(tmp_path / "w"))
    assert found.total == 2
    assert [(f.file, f.line, f.rule, f.raw) for f in found.findings] == [
        ("lines-2.csv", 3, "key-has-one-content", row(1, amount=999)),
        ("lines-2.csv", 5, "key-has-one-content", row(3, amount=999)),
    ]
    assert found.counts[0].rows == 2


def of_household(household: str, number: int = 1) -> str:
    return f"{household},s,2017-01-15,t{number},1,p,1000,100"


def kept_households(root: Path) -> list[str | None]:
    files = FolderWarehouse(root).files("lines")
    return [household for file in files for household in pq.read_table(file.path)["household_id"].to_pylist()]


def test_a_till_line_has_one_household_whatever_the_buckets(tmp_path: Path) -> None:
    assert len({bucket_of("7", 3), bucket_of("8", 3), -1}) == 3, "three households in three buckets"
    states = []
    for n, order in enumerate(permutations(["7", "8", ""])):
        lines = [of_household(household) for household in order]
        (report,) = load(tmp_path / f"w{n}", [write(tmp_path / "lines.csv", lines)])
        assert quantities(report) == (3, 1, 2, 0)
        assert (report.sale_lines, report.net_cents) == (1, 100)
        found = data_findings(FolderWarehouse(tmp_path / f"w{n}"))
        assert {(finding.rule, finding.raw) for finding in found.findings} == {
            ("key-has-one-content", of_household("7")),
            ("key-has-one-content", of_household("8")),
        }
        states.append({name: data for name, data in current(tmp_path / f"w{n}").items() if "lines" in name})
    assert states.count(states[0]) == 6, "the order of the lines decides nothing"


@pytest.mark.parametrize("first", ["7", "8", ""])
def test_the_household_that_is_there_stays(tmp_path: Path, first: str) -> None:
    load(tmp_path / "w", [write(tmp_path / "lines-1.csv", [of_household(first)])])
    lines = [of_household(household) for household in ("", "8", "7")]
    (report,) = load(tmp_path / "w", [write(tmp_path / "lines-2.csv", lines)])
    assert quantities(report) == (3, 0, 2, 1)
    assert kept_households(tmp_path / "w") == [first or None]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["", "7", "8", "9"]), st.integers(1, 4)), min_size=1, max_size=12))
def test_a_key_is_kept_once_and_every_line_is_accounted_for(tmp_path: Path, lines: list[tuple[str, int]]) -> None:
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    files = [
        write(tmp_path / f"lines-{n}.csv", [of_household(*line) for line in part])
        for n, part in enumerate((lines[::2], lines[1::2]))
        if part
    ]
    reports = load(tmp_path / "w", files)
    kept: dict[int, str] = {}
    for part in (lines[::2], lines[1::2]):
        for household, number in sorted(part):
            kept.setdefault(number, household)
    assert sorted(kept_households(tmp_path / "w"), key=str) == sorted((h or None for h in kept.values()), key=str)
    repeated = sum(kept[number] == household for household, number in lines) - len(kept)
    assert sum(report.rows_kept for report in reports) == len(kept)
    assert sum(report.rows_repeated for report in reports) == repeated
    assert sum(report.rows_quarantined for report in reports) == len(lines) - len(kept) - repeated


def test_within_a_file_the_winner_of_a_conflict_does_not_depend_on_the_order(tmp_path: Path) -> None:
    one, two = row(3, amount=50), row(3, amount=60)
    load(tmp_path / "a", [write(tmp_path / "lines.csv", [one, two])])
    load(tmp_path / "b", [write(tmp_path / "lines.csv", [two, one])])
    for root in (tmp_path / "a", tmp_path / "b"):
        (file,) = FolderWarehouse(root).files("lines")
        assert pq.read_table(file.path)["amount_cents"].to_pylist() == [50]


def test_findings_are_kept_once_and_can_be_asked_for(tmp_path: Path) -> None:
    lines = write(tmp_path / "lines.csv", ["x", row(1), row(2, amount=10**9)])
    cards = write(tmp_path / "cards.csv", [",h1"], "card_id,household_id")
    load(tmp_path / "w", [lines, cards, lines])
    warehouse = FolderWarehouse(tmp_path / "w")
    found = data_findings(warehouse, limit=1)
    assert found.total == 3
    assert len(found.findings) == 1
    assert [(count.kind, count.rule, count.rows) for count in found.counts] == [
        ("cards", "value-is-present", 1),
        ("lines", "cells-are-as-many-as-columns", 1),
        ("lines", "money-in-range", 1),
    ]
    assert data_findings(warehouse, wanted=FindingsWanted(kind="cards")).total == 1
    assert data_findings(warehouse, wanted=FindingsWanted(file="lines.csv")).total == 2
    assert data_findings(warehouse, wanted=FindingsWanted(file="other.csv")).total == 0
    assert warehouse.has("cards")
    assert warehouse.files("cards") == []


def test_products_bring_the_tiers_of_their_classes(tmp_path: Path) -> None:
    header = "product_id,vendor_id,department_id,category_id,need_id,brand_kind,name"
    lines = [
        "1,v,DRUG GM,ANALGESICS,ADULT ANALGESICS,own,Aspirin",
        "2,v,GROCERY,,,own,Thing",
        "3,v,GROCERY,SOUP,BROTH,national,Broth",
    ]
    load(tmp_path / "w", [write(tmp_path / "products.csv", lines, header)])
    (file,) = FolderWarehouse(tmp_path / "w").files("class_tiers")
    rows = [tuple(r.values()) for r in pq.read_table(file.path).to_pylist()]
    assert rows == [
        ("DRUG GM", "ANALGESICS", "ADULT ANALGESICS", "painkiller"),
        ("GROCERY", None, None, ""),
        ("GROCERY", "SOUP", "BROTH", ""),
    ]


def test_a_file_that_fails_leaves_no_trace(tmp_path: Path) -> None:
    load(tmp_path / "w", [write(tmp_path / "lines.csv", [row(1)])])
    before = contents(tmp_path / "w")
    with pytest.raises(ValueError, match="has no column 'store_id'"):
        load(tmp_path / "w", [write(tmp_path / "lines-2.csv", ["1"], "nothing")])
    assert contents(tmp_path / "w") == before
