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
    assert (read["household_id"], read["card_id"]) == (None, "Kundenkarte")
    assert read["product_id"] == "EAN"
    assert read["quantity_milli"] == "Menge"
    assert read["amount_cents"] == "Betrag"
    assert read["sold_at"] == read["sold_on"] == "Datum"
    assert {column.patterns for column in entry.columns if column.file_column == "Datum"} == {("%d.%m.%Y %H:%M",)}
    assert entry.patterns == ("verkauf-*.csv",)
    assert proposal.doubts == (
        "nothing looks like a line's number: lines are numbered within the receipt by their product",
        "the store's zone is taken as UTC",
    )


POSITIONS = (
    "Filiale;Kasse;Bon;Pos;Datum;Uhrzeit;Karte;EAN;Menge;Betrag;Rabatt\n"
    "Mitte;K2;1;1;13.10.2026;9:01:00;90009;4008400402222;2,000;7,58;0,00\n"
    "Mitte;K2;1;2;13.10.2026;9:02:00;90009;4005500005001;2,000;25,98;-0,20\n"
    "Mitte;K1;2;1;13.10.2026;10:01:00;;4006381333931;1,000;1,29;-0,20\n"
)


def test_a_position_is_a_lines_number_a_card_a_card_and_day_and_time_are_joined() -> None:
    proposal = propose_mapping(text_sample("verkauf-20261013.csv", POSITIONS.encode()))
    (entry,) = parse_mapping(proposal.text, "x").files
    columns = {column.target: column for column in entry.columns}
    read = {target: column.file_column for target, column in columns.items() if column.file_column}
    assert read == {
        "card_id": "Karte", "store_id": "Filiale", "lane_id": "Kasse", "sold_on": "sold at", "transaction_id": "Bon",
        "line_number": "Pos", "sold_at": "sold at", "product_id": "EAN", "quantity_milli": "Menge",
        "amount_cents": "Betrag", "loyalty_discount_cents": "Rabatt",
    }  # fmt: skip
    (cell,) = entry.computed
    assert (cell.name, cell.join) == ("sold at", ("Datum", "Uhrzeit"))
    assert columns["sold_at"].patterns == ("%d.%m.%Y %H:%M:%S",)
    assert columns["loyalty_discount_cents"].negative
    assert not columns["amount_cents"].negative
    assert proposal.doubts == ("the store's zone is taken as UTC",)


def test_a_column_that_changes_within_a_receipt_is_no_lane() -> None:
    text = POSITIONS.replace("Kasse;", "").replace("K2;", "").replace("K1;", "").replace("Pos;", "POS;")
    (entry,) = parse_mapping(propose_mapping(text_sample("a.csv", text.encode())).text, "x").files
    columns = {column.target: column for column in entry.columns}
    assert columns["lane_id"].constant == ""
    assert columns["line_number"].source == "POS"


OTHER_KINDS = {
    "products": "EAN;Lieferant;Abteilung;Warengruppe;Marke;Name\n4006381333931;L1;A;B;N;Milch\n4011;L2;A;C;E;Bananen\n",
    "cards": "Kartennummer;Haushalt;Gültig ab\n90001;H17;01.10.2026\n90002;H18;02.10.2026\n",
    "prices": "Filiale;EAN;Gültig ab;Preis\nMitte;4006381333931;01.10.2026;1,29\nOst;4011;01.10.2026;1,79\n",
    "stock": "Filiale;EAN;Datum;Bestand\nMitte;4006381333931;31.10.2026;24\nOst;4011;31.10.2026;12,5\n",
    "households": "household_id;name\nH17;Familie M\nH18;Frau G\n",
}


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_files_of_other_kinds_are_known_for_what_they_are(kind: str) -> None:
    proposal = propose_mapping(text_sample("daten-1.csv", OTHER_KINDS[kind].encode()))
    assert (proposal.kind, proposal.shipped, proposal.doubts) == (kind, "", ())
    (entry,) = parse_mapping(proposal.text, "x").files
    assert entry.kind == kind


FIXED_LINES = (
    "00030700010100120261010114190002   4000417025005     1000      249\n"
    "00030700010100220261010124190002   4011              1000      179\n"
    "00030700010200120261010114290002   4008400402222     1000      379\n"
)


def test_fixed_columns_are_cut_and_shown() -> None:
    proposal = propose_mapping(text_sample("alt-20261010.dat", FIXED_LINES.encode()))
    (entry,) = parse_mapping(proposal.text, "x").files
    assert entry.format == "fixed"
    assert [(field.first, field.length) for field in entry.fields] == [
        (1, 15), (16, 12), (28, 5), (33, 16), (49, 9), (58, 9),
    ]  # fmt: skip
    columns = {column.target: column for column in entry.columns}
    assert (columns["sold_at"].source, columns["sold_at"].patterns) == ("Field2", ("%Y%m%d%H%M",))
    assert columns["product_id"].source == "Field4"
    assert "CHANGE ME" in proposal.text
    assert "Field1 = [1, 15]   # 000307000101001 | 000307000101002 | 000307000102001" in proposal.text
    assert proposal.doubts[0].startswith("these look like fixed columns")


def test_a_shipped_mapping_is_not_told_for_another_delimiter() -> None:
    head = "store_id;sold_on;transaction_id;line_number;product_id;quantity_milli;amount_cents\n"
    proposal = propose_mapping(text_sample("a.csv", (head + "1;2019-01-01;1;1;4011;1000;100\n").encode()))
    assert proposal.shipped == ""
    assert 'delimiter = ";"' in proposal.text


def test_a_first_line_that_is_a_row_is_told() -> None:
    rows = "1,7,2019-01-02,1,4011,1,2.50\n" * 3
    proposal = propose_mapping(text_sample("a.csv", ("store,receipt,date,1,item,qty,amount\n" + rows).encode()))
    assert proposal.doubts == (
        "the first line looks like a row; Regulars needs a first line with the columns' names",
    )


def test_cents_and_line_numbers_are_seen() -> None:
    proposal = propose_mapping(text_sample("tlog.txt", CENTS.encode()))
    (entry,) = parse_mapping(proposal.text, "x").files
    columns = {column.target: column for column in entry.columns}
    assert entry.text.delimiter == "|"
    assert (columns["amount_cents"].source, columns["amount_cents"].unit) == ("net_cents", "cents")
    assert columns["loyalty_discount_cents"].source == "discount_cents"
    assert columns["line_number"].source == "line_no"
    assert columns["product_id"].code
    assert columns["sold_at"].patterns == ("%Y%m%d%H%M%S",)


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
    proposal = propose_mapping(text_sample("a.csv", b"store,item,qty,bar\n1,2,1,4\n3,4,1,4\n"))
    assert "CHANGE ME" in proposal.text
    assert "nothing looks like transaction_id" in proposal.doubts
    unknown = propose_mapping(text_sample("a.csv", b"foo,bar\n1,2\n3,4\n"))
    assert (unknown.shipped, unknown.text, unknown.kind) == ("", "", "")
    (doubt,) = unknown.doubts
    assert doubt.startswith("this looks like no file of till lines, cards,")
    assert doubt.endswith("it has the columns foo, bar")


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
