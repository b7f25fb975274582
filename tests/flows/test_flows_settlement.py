"""An invoice's files: each offer with its number and its business days, and every receipt line in the statement."""

import csv
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from regulars.adapters import TypstInvoices
from regulars.flows import Invoice, InvoiceLine, InvoiceLineKind, InvoiceOffer, write_invoice
from regulars.kernel import VendorId

MADE = datetime(2017, 12, 2, 3, 30, tzinfo=UTC)


class Kept:
    """Keeps what it is asked to print, and prints it."""

    def __init__(self, folder: Path) -> None:
        self.offers: list[InvoiceOffer] = []
        self.content: list[list[str]] = []
        self._real = TypstInvoices("Store", "1 Road", "made up", ZoneInfo("America/New_York"), folder)

    def print_invoice(
        self, invoice: Invoice, offers: Iterable[InvoiceOffer], vendor_name: str, target: Path
    ) -> None:
        self.offers = list(offers)
        self.content = self._real.content_of(invoice, self.offers, vendor_name)["facts"]
        self._real.print_invoice(invoice, self.offers, vendor_name, target)


def line(number: int, offer_id: str, day: int | None, cents: int, kind: str = "redemption") -> InvoiceLine:
    on = None if day is None else date(2017, 11, day)
    return InvoiceLine(
        number,
        InvoiceLineKind(kind),
        "plan",
        offer_id,
        offer_id and "deal-7",
        "12",
        "4",
        on,
        f"r{number}",
        "g",
        cents,
    )


def test_offers_of_one_deal_are_told_apart_by_number_and_days_and_the_store_s_time_is_told(tmp_path: Path) -> None:
    lines = [
        line(1, "deal-7.1", 29, 40),
        line(2, "deal-7.2", 27, 75),
        line(3, "deal-7.1", 28, 40),
        line(4, "deal-7.1", 30, -40, "correction"),
        line(5, "", None, -5, "budget"),
    ]
    kept = Kept(tmp_path / "fonts")
    invoice = Invoice("000001", VendorId("mill"), len(lines), sum(one.amount_cents for one in lines), MADE, "test")
    names = {("plan", "deal-7.1"): "Detergent", ("plan", "deal-7.2"): "Detergent"}
    files = write_invoice(invoice, lines, names, kept, tmp_path)
    assert kept.offers == [
        InvoiceOffer("All offers (budget of the vendor)", "", None, None, 0, 1, -5),
        InvoiceOffer("Detergent", "deal-7.1", date(2017, 11, 28), date(2017, 11, 30), 2, 1, 40),
        InvoiceOffer("Detergent", "deal-7.2", date(2017, 11, 27), date(2017, 11, 27), 1, 0, 75),
    ]
    assert kept.content[:2] == [["Made", "2017-12-01 22:30 EST"], ["Business days", "2017-11-27 – 2017-11-30"]]
    assert files.page.read_bytes().startswith(b"%PDF")
    rows = csv.DictReader(files.statement.read_text(encoding="utf-8").splitlines())
    assert [row["offer"] for row in rows] == [one.offer_id for one in lines]
