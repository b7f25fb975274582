"""An invoice as files: a statement with every receipt line for the vendor's books, and a page that sums it up."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from regulars.kernel import formula_safe

from ._files import whole_file
from ._settlement_ports import Invoice, InvoiceLine, InvoiceLineKind

_HEADS = (
    "invoice", "line", "kind", "store", "lane", "business_day", "receipt", "deal", "offer", "plan", "grant",
    "amount_cents", "disputed", "note",
)  # fmt: skip


@dataclass(frozen=True)
class InvoiceOffer:
    """One offer's part of an invoice.

    Args:
        name: What it is called.
        offer_id: Its id, as in the statement: the deal's and a number; empty when a vendor's whole budget is meant.
        from_on: The first business day billed; None where there is none.
        last_on: The last.
        redemptions: How many uses were billed.
        corrections: How many lines take something back, or move money between budgets.
        amount_cents: What all of it adds up to.
    """

    name: str
    offer_id: str
    from_on: date | None
    last_on: date | None
    redemptions: int
    corrections: int
    amount_cents: int


@dataclass(frozen=True)
class InvoiceFiles:
    """An invoice and where its files lie."""

    invoice: Invoice
    statement: Path
    page: Path


class InvoicePrinter(Protocol):
    """Makes the page of an invoice."""

    def print_invoice(
        self, invoice: Invoice, offers: Iterable[InvoiceOffer], vendor_name: str, target: Path
    ) -> None:
        """Write one PDF, whole or not at all."""
        ...


def write_invoice(
    invoice: Invoice,
    lines: Iterable[InvoiceLine],
    names: Mapping[tuple[str, str], str],
    printer: InvoicePrinter,
    folder: Path,
) -> InvoiceFiles:
    """Write the statement (CSV) and the page (PDF) of an invoice.

    Args:
        invoice: What was billed.
        lines: Its lines, by number.
        names: Offers' names by plan and offer; an offer without one is named by its id.
        printer: Makes the page.
        folder: Where to; it is made if need be.

    Raises:
        OSError: The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = InvoiceFiles(invoice, folder / f"{invoice.invoice_id}.csv", folder / f"{invoice.invoice_id}.pdf")
    sums: dict[tuple[str, str], InvoiceOffer] = {}
    with whole_file(files.statement) as part, part.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(_HEADS)
        for line in lines:
            writer.writerow(_row(invoice, line))
            key = line.plan_id, line.offer_id
            name = names.get(key, line.offer_id) or "All offers (budget of the vendor)"
            before = sums.get(key, InvoiceOffer(name, line.offer_id, None, None, 0, 0, 0))
            days = [day for day in (before.from_on, before.last_on, line.business_on) if day is not None]
            use = line.kind is InvoiceLineKind.REDEMPTION
            sums[key] = InvoiceOffer(
                name,
                line.offer_id,
                min(days, default=None),
                max(days, default=None),
                before.redemptions + use,
                before.corrections + (not use),
                before.amount_cents + line.amount_cents,
            )
    offers = [sums[key] for key in sorted(sums)]
    printer.print_invoice(invoice, offers, invoice.vendor_id, files.page)
    return files


def _row(invoice: Invoice, line: InvoiceLine) -> list[object]:
    return [
        invoice.invoice_id,
        line.number,
        line.kind.value,
        *map(formula_safe, (line.store_id, line.lane_id)),
        line.business_on.isoformat() if line.business_on else "",
        line.receipt,
        *map(formula_safe, (line.deal_id, line.offer_id, line.plan_id, line.grant_id)),
        line.amount_cents,
        "yes" if line.disputed else "no",
        formula_safe(line.note),
    ]
