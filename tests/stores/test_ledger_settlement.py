"""Invoices on both stores: settled entries only, each billed once, corrections as new lines."""

import csv
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from ledger_samples import AT, WHO, plan_content
from till_samples import COFFEE, NOON, PLAN, TODAY, ask, lane, take

from regulars.adapters import TypstInvoices, page_texts
from regulars.adapters.ledger import SqlLedger
from regulars.flows import Invoice, InvoiceLineKind, InvoiceOffer, write_invoice
from regulars.kernel import VendorId
from regulars.redeem import Logged, Reversal, ReversalKind, Share


@pytest.fixture
def till(ledger: SqlLedger) -> Iterator[SqlLedger]:
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    yield ledger
    assert ledger.verify() == []


def bill(ledger: SqlLedger) -> list[tuple[str, str, int, int]]:
    made = ledger.bill_vendors(None, at=NOON, actor=WHO)
    return [(one.invoice_id, one.vendor_id, one.line_count, one.amount_cents) for one in made]


def log(ledger: SqlLedger, cents: int = 100) -> None:
    ask(ledger, Logged(lane(1), (Share(COFFEE, cents),)))


def test_what_no_log_shows_is_not_billed(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    assert bill(till) == []
    log(till)
    assert bill(till) == [("000001", "roaster", 1, 60)]
    assert bill(till) == []


def test_a_return_comes_off_the_next_invoice(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    log(till)
    bill(till)
    ask(till, Reversal(lane(9, 80), lane(1), COFFEE, 100, ReversalKind.RETURN))
    assert bill(till) == [("000002", "roaster", 1, -60)]
    [first], [second] = till.invoice_lines("000001"), till.invoice_lines("000002")
    assert (first.kind, first.amount_cents, first.store_id, first.lane_id, first.receipt) == (
        InvoiceLineKind.REDEMPTION, 60, "12", "1", "1",
    )  # fmt: skip
    assert (second.kind, second.amount_cents, second.receipt) == (InvoiceLineKind.CORRECTION, -60, "1")


def test_a_return_before_the_first_invoice_leaves_nothing_to_pay(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    log(till)
    ask(till, Reversal(lane(9, 80), lane(1), COFFEE, 100, ReversalKind.RETURN))
    assert bill(till) == [("000001", "roaster", 2, 0)]


def test_a_duplicate_is_never_billed(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    log(till)
    ask(till, Logged(lane(2), (Share(COFFEE, 100),)))
    assert bill(till) == [("000001", "roaster", 1, 60)]


def test_disputes_are_kept_and_ended(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    log(till)
    bill(till)

    def say(*, disputed: bool, note: str, line: int = 1) -> bool:
        return till.dispute_line("000001", line, disputed=disputed, note=note, at=NOON, actor=WHO)

    assert say(disputed=True, note="no such deal")
    assert not say(disputed=True, note="again")
    assert not say(disputed=True, note="no such line", line=2)
    [line] = till.invoice_lines("000001")
    assert (line.disputed, line.note) == (True, "no such deal")
    assert [one.disputed for one in till.invoices()] == [1]
    assert say(disputed=False, note="deal found")
    assert [one.disputed for one in till.invoices()] == [0]


def test_the_database_itself_refuses_to_bill_an_entry_twice(till: SqlLedger) -> None:
    take(till, lane(1), COFFEE)
    log(till)
    bill(till)
    with till._writer.begin() as connection:
        posting, line = connection.exec_driver_sql("SELECT posting_id, posting_line FROM invoice_lines").one()
    with pytest.raises(Exception, match=r"(?i)unique"), till._writer.begin() as connection:
        connection.exec_driver_sql(
            f"INSERT INTO invoice_lines (invoice_id, line, posting_id, posting_line) "
            f"VALUES ('000001', 2, '{posting}', {line})"
        )


def test_verify_finds_an_invoice_that_is_not_its_entries(ledger: SqlLedger) -> None:
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    take(ledger, lane(1), COFFEE)
    log(ledger)
    with ledger._writer.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO invoices (invoice_id, vendor_id, line_count, amount_cents, made_at, made_by) "
            "VALUES ('000001', 'roaster', 1, 60, '2017-11-28 00:00:00', 'nobody')"
        )
    assert [one.rule for one in ledger.verify()] == ["invoices-are-entries"]


def test_the_files_name_receipts_and_no_household(till: SqlLedger, tmp_path: Path) -> None:
    take(till, lane(1), COFFEE)
    log(till)
    [invoice] = till.bill_vendors(None, at=NOON, actor=WHO)
    till.dispute_line("000001", 1, disputed=True, note="=1+1", at=NOON, actor=WHO)
    [invoice] = till.invoices()
    names = {(PLAN, "coffee"): "Coffee, $1 off"}
    printer = TypstInvoices("Corner Market", "1 Main St", "", ZoneInfo("UTC"), tmp_path / "fonts")
    files = write_invoice(invoice, till.invoice_lines("000001"), names, printer, tmp_path / "out")
    [row] = csv.DictReader(files.statement.read_text(encoding="utf-8").splitlines())
    assert row == {
        "invoice": "000001", "line": "1", "kind": "redemption", "store": "12", "lane": "1",
        "business_day": "2017-11-28", "receipt": "1", "deal": "", "offer": "coffee", "plan": "plan-a",
        "grant": "1-1", "amount_cents": "60", "disputed": "yes", "note": "'=1+1",
    }  # fmt: skip
    [text] = page_texts(files.page)
    for part in ("Invoice 000001", "Corner Market", "roaster", "Coffee, $1 off", "$0.60"):
        assert part in text
    before = files.page.read_bytes()
    write_invoice(invoice, till.invoice_lines("000001"), names, printer, tmp_path / "out")
    assert files.page.read_bytes() == before
    assert "household" not in files.statement.read_text(encoding="utf-8")


def test_an_invoice_of_any_size_says_every_cent(tmp_path: Path) -> None:
    printer = TypstInvoices("Corner Market", "", "", ZoneInfo("UTC"), tmp_path / "fonts")
    credit = Invoice("000007", VendorId("roaster"), 2, -1_234_505, NOON, WHO)
    rows = [
        InvoiceOffer("Coffee", "deal-1", TODAY, TODAY, 1, 0, 123_456),
        InvoiceOffer("Tea", "deal-2", None, None, 0, 1, -1_357_961),
    ]
    printer.print_invoice(credit, rows, "roaster", tmp_path / "page.pdf")
    [text] = page_texts(tmp_path / "page.pdf")
    for part in ("Credit note 000007", "To your credit: $12,345.05", "$1,234.56", "-$13,579.61"):
        assert part in text
