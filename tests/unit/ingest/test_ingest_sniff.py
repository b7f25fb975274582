"""Proposing a mapping: what is guessed from a file's beginning, and what is told as a doubt."""

import pytest

from regulars.ingest import Sample, parse_mapping, propose_mapping, shipped_mapping, text_sample

GERMAN = (
    "Filiale;Kasse;Bon;Datum;Kundenkarte;EAN;Menge;Betrag\n"
    "12;3;4711;24.12.2019 18:05;K0017;4006381333931;2;1.003,98\n"
    "12;3;4711;24.12.2019 18:05;K0017;4022847522022;0,5;2,49\n"
    "12;3;4712;24.12.2019 18:09;;5012345678900;1;0,99\n"
)
CENTS = (
    "receipt_no|store_no|register|sale_ts|line_no|upc|qty|net_cents|discount_cents\n"
    "1|9|3|20191224180500|1|042100005264|1|349|0\n"
    "1|9|3|20191224180500|2|012000001086|2|698|120\n"
    "2|9|3|20191224181000|1|025200000148|1|1299|0\n"
)


def test_a_german_export_is_understood() -> None:
    sample = text_sample("verkauf-20191224.csv", GERMAN.encode("cp1252"))
    assert (sample.text.delimiter, sample.text.decimal, sample.text.thousands) == (";", ",", ".")
    proposal = propose_mapping(sample)
    (entry,) = parse_mapping(proposal.text, "x").files
    read = {column.target: column.file_column for column in entry.columns}
    assert read["store_id"] == "Filiale"
    assert read["lane_id"] == "Kasse"
    assert read["transaction_id"] == "Bon"
    assert read["household_id"] == "Kundenkarte"
    assert read["product_id"] == "EAN"
    assert read["quantity_milli"] == "Menge"
    assert read["amount_cents"] == "Betrag"
    assert read["sold_at"] == read["sold_on"] == "Datum"
    assert {column.pattern for column in entry.columns if column.file_column == "Datum"} == {"%d.%m.%Y %H:%M"}
    assert entry.patterns == ("verkauf-*.csv",)
    assert proposal.doubts == ("the store's zone is taken as UTC",)


def test_cents_and_line_numbers_are_seen() -> None:
    proposal = propose_mapping(text_sample("tlog.txt", CENTS.encode()))
    (entry,) = parse_mapping(proposal.text, "x").files
    columns = {column.target: column for column in entry.columns}
    assert entry.text.delimiter == "|"
    assert (columns["amount_cents"].source, columns["amount_cents"].unit) == ("net_cents", "cents")
    assert columns["loyalty_discount_cents"].source == "discount_cents"
    assert columns["line_number"].source == "line_no"
    assert columns["product_id"].code
    assert columns["sold_at"].pattern == "%Y%m%d%H%M%S"


@pytest.mark.parametrize(
    ("dates", "doubt"),
    [
        (("03/04/2019", "05/06/2019"), "month/day"),
        (("25/04/2019", "05/06/2019"), None),
        (("3rd of May", "4th of May"), "sold_at"),
    ],
)
def test_dates_that_can_be_read_two_ways_are_doubted(dates: tuple[str, str], doubt: str | None) -> None:
    text = "store,receipt,date,item,qty,amount\n" + "".join(f"1,7,{day},4011,1,2.50\n" for day in dates)
    doubts = " ".join(propose_mapping(text_sample("a.csv", text.encode())).doubts)
    assert (doubt in doubts) if doubt else "month/day" not in doubts


def test_what_is_not_found_is_to_be_changed_and_told() -> None:
    proposal = propose_mapping(text_sample("a.csv", b"foo,bar\n1,2\n3,4\n"))
    assert "CHANGE ME" in proposal.text
    assert "nothing looks like transaction_id" in proposal.doubts


@pytest.mark.parametrize("name", ["square", "shopify", "odoo"])
def test_a_known_export_is_known(name: str) -> None:
    (entry,) = shipped_mapping(name).files
    computed = {cell.name for cell in entry.computed}
    needed = {column.file_column for column in entry.columns} | {
        read for cell in entry.computed for read in cell.reads
    }
    header = tuple(sorted(str(one) for one in needed - computed - {None}))
    proposal = propose_mapping(Sample("export.csv", "csv", (*header, "Another"), ()))
    assert (proposal.shipped, proposal.text) == (name, "")


def test_own_names_and_logs_are_known() -> None:
    head = b"store_id,sold_on,transaction_id,line_number,product_id,quantity_milli,amount_cents\n"
    assert propose_mapping(text_sample("anything.csv", head + b"1,2019-01-01,1,1,1,1000,100\n")).shipped == "plain"
    assert propose_mapping(text_sample("day.xml", b"\xef\xbb\xbf <POSLog/>")).shipped == "plain"


def test_quotes_a_cut_last_line_and_utf_16_are_taken_in_their_stride() -> None:
    text = 'store,receipt,date,item,qty,amount\n"1","7, a","2019-01-02","4011","1","$1,002.50"\n"1","8","2019-01'
    sample = text_sample("a.csv", text.encode("utf-16"))
    assert sample.text.encoding == "utf-16"
    assert sample.rows == (("1", "7, a", "2019-01-02", "4011", "1", "$1,002.50"),)
