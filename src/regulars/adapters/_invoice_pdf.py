"""The InvoicePrinter port on Typst: one tagged page or more a vendor; same input, same bytes."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typst

from regulars.flows import Invoice, InvoiceOffer, write_whole
from regulars.kernel import ContractError, dollars

from ._fonts import make_fonts
from ._typst import typst_fonts

_TEMPLATE = "invoice.typ"
_NOTE = (
    "Every line, down to store, lane, day and receipt number, stands in the statement (CSV) of the same number. "
    "Billed are only discounts that a till's log shows; what is returned or voided later comes off a later invoice. "
    "No household is named on either. A handling fee that a deal names is not billed here."
)


@dataclass(frozen=True)
class TypstInvoices:
    """Prints invoices of one store.

    Args:
        store_name: Who bills.
        address: Where it is.
        notice: A line at the top, for a demonstration; empty for none.
        zone: The stores' time zone.
        font_folder: Where the static fonts are kept; made at first use.
    """

    store_name: str
    address: str
    notice: str
    zone: ZoneInfo
    font_folder: Path

    def print_invoice(
        self, invoice: Invoice, offers: Iterable[InvoiceOffer], vendor_name: str, target: Path
    ) -> None:
        """Write one PDF, whole or not at all.

        Raises:
            ContractError: The page cannot be set.
            OSError: The disk failed.
        """
        make_fonts(self.font_folder)
        content = self.content_of(invoice, tuple(offers), vendor_name)
        write_whole(self._compiled(json.dumps(content, ensure_ascii=False), invoice), target)

    def content_of(self, invoice: Invoice, offers: Sequence[InvoiceOffer], vendor_name: str) -> dict[str, Any]:
        """What the page says, ready to print."""
        billed = [day for one in offers for day in (one.from_on, one.last_on) if day is not None]
        credit = invoice.amount_cents < 0
        return {
            "title": f"{'Credit note' if credit else 'Invoice'} {invoice.invoice_id}",
            "notice": self.notice,
            "store_name": self.store_name,
            "address": self.address,
            "vendor": vendor_name,
            "facts": [
                ["Made", f"{invoice.made_at.astimezone(self.zone):%Y-%m-%d %H:%M %Z}"],
                ["Business days", _days(min(billed), max(billed)) if billed else "none"],
                ["Lines", f"{invoice.line_count:,}"],
                ["Disputed lines", f"{invoice.disputed:,}"],
            ],
            "rows": [
                [
                    one.name,
                    one.offer_id,
                    _days(one.from_on, one.last_on),
                    f"{one.redemptions:,}",
                    f"{one.corrections:,}",
                    dollars(one.amount_cents),
                ]
                for one in offers
            ],
            "total_label": "To your credit" if credit else "To pay",
            "total": dollars(abs(invoice.amount_cents)),
            "note": _NOTE,
        }

    def _compiled(self, data: str, invoice: Invoice) -> bytes:
        template = resources.files("regulars.adapters").joinpath("typst", _TEMPLATE).read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory(prefix="regulars-invoice-") as name:
            folder = Path(name)
            (folder / _TEMPLATE).write_text(template, encoding="utf-8")
            (folder / "data.json").write_text(data, encoding="utf-8")
            compiler = typst.Compiler(
                folder / _TEMPLATE, root=folder, font_paths=typst_fonts(self.font_folder), ignore_system_fonts=True
            )
            try:
                pdf = compiler.compile(
                    format="pdf",
                    sys_inputs={"data": "data.json"},
                    pdf_standards=["ua-1"],
                    timestamp=int(invoice.made_at.timestamp()),
                )
            except typst.TypstError as error:
                raise ContractError(f"invoice {invoice.invoice_id} cannot be set: {error.message}") from error
        assert isinstance(pdf, bytes)
        return pdf


def _days(from_on: date | None, last_on: date | None) -> str:
    """First to last day; one if they are the same, nothing for none."""
    return " – ".join(dict.fromkeys(f"{day}" for day in (from_on, last_on) if day is not None))
