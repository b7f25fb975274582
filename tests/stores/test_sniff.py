"""Looking at a file: rows through the mapping that is proposed, and which rules they break."""

import io
import zipfile
from pathlib import Path

import pytest

from regulars.adapters import DuckDBReader, FolderWarehouse
from regulars.flows import SniffReport, load_data, sniff_file
from regulars.ingest import parse_mapping
from regulars.testing import SilentProgress

SALES = (
    "Filiale;Kasse;Bon;Pos;Datum;Uhrzeit;Karte;EAN;Menge;Betrag;Rabatt\n"
    "Mitte;K2;1;1;13.10.2026;9:01:00;90009;4008400402222;2,000;7,58;0,00\n"
    "Mitte;K2;1;2;13.10.2026;9:02:00;90009;4005500005001;2,000;25,98;-0,20\n"
    "Mitte;K1;2;1;13.10.2026;10:01:00;;4006381333931;1,000;1,29;-0,20\n"
    "Mitte;K1;2;2;13.10.2026;10:02:00;;4006381333931;1,000;1,29;0,30\n"
    "Mitte;K1;2;3;13.10.2026;10:03:00;;4006381333931;1,000;€ 1,29;0,00\n"
)


@pytest.fixture
def warehouse(tmp_path: Path) -> FolderWarehouse:
    return FolderWarehouse.create(tmp_path / "warehouse", buckets=2)


def sniffed(warehouse: FolderWarehouse, path: Path, content: bytes) -> SniffReport:
    path.write_bytes(content)
    return sniff_file(path, DuckDBReader(threads=1), warehouse)


def test_the_proposal_reads_the_file_and_says_which_rule_breaks_on_which_column(
    warehouse: FolderWarehouse, tmp_path: Path
) -> None:
    report = sniffed(warehouse, tmp_path / "verkauf-20261013.csv", SALES.encode())
    assert [(row["card_id"], row["line_number"], row["amount_cents"]) for row in report.rows] == [
        ("90009", 1, 758), ("90009", 2, 2598), (None, 1, 129),
    ]  # fmt: skip
    assert str(report.rows[0]["sold_at"]) == "2026-10-13 09:01:00"
    assert report.refused == 2
    assert [(one.column, one.source, one.rule, one.rows, one.line) for one in report.broken] == [
        ("amount_cents", "Betrag", "money-is-a-number", 1, 6),
        ("loyalty_discount_cents", "Rabatt", "number-is-not-negative", 1, 5),
    ]
    assert report.broken[0].message == "€ 1,29: expected an amount as 1,79"
    (loaded,) = load_data(
        [tmp_path / "verkauf-20261013.csv"],
        mapping=parse_mapping(report.proposal.text, "x"),
        warehouse=warehouse,
        reader=DuckDBReader(threads=1),
        sensitive_rules=(),
        progress=SilentProgress(),
    )
    assert (loaded.rows_kept, loaded.rows_quarantined, loaded.transactions) == (3, 2, 2)


def test_a_zip_file_is_named_as_what_is_in_it(warehouse: FolderWarehouse, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("verkauf-20261017.csv", SALES)
    report = sniffed(warehouse, tmp_path / "monday.zip", buffer.getvalue())
    assert 'match = "verkauf-*.csv"' in report.proposal.text
    assert len(report.rows) == 3


def test_a_cards_file_is_shown_as_one(warehouse: FolderWarehouse, tmp_path: Path) -> None:
    report = sniffed(warehouse, tmp_path / "karten.csv", b"card_id,household_id\n1,H1\n2,H2\n")
    assert (report.proposal.shipped, report.proposal.kind, report.problem) == ("plain", "cards", "")
    assert [row["card_id"] for row in report.rows] == ["1", "2"]


@pytest.mark.parametrize("content", [b"store_id,sold_on\n", b"household_id,name\r1\n"])
def test_a_problem_names_the_file_and_no_other(warehouse: FolderWarehouse, tmp_path: Path, content: bytes) -> None:
    report = sniffed(warehouse, tmp_path / "short.csv", content)
    assert "scratch" not in report.problem
    assert report.rows == ()
