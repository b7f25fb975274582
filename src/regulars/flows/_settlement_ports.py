"""Settlement as flows see it: invoices to vendors, made of entries a till's log has settled, each billed once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from regulars.kernel import VendorId


class InvoiceLineKind(StrEnum):
    """Why a line stands on an invoice."""

    REDEMPTION = "redemption"
    """A vendor's part of a discount that a log shows."""
    CORRECTION = "correction"
    """Less than was billed before: a return, a void, or a log that says otherwise."""
    BUDGET = "budget"
    """What moves to or from the store because the vendor's budget is full or has room again."""


@dataclass(frozen=True)
class Invoice:
    """What one vendor was billed at one time; a negative amount is a credit.

    Args:
        invoice_id: Six digits, counted over all vendors.
        vendor_id: Who pays.
        line_count: How many lines it has.
        amount_cents: What they add up to.
        made_at: When.
        made_by: By whom.
        disputed: How many of its lines are disputed now.
    """

    invoice_id: str
    vendor_id: VendorId
    line_count: int
    amount_cents: int
    made_at: datetime
    made_by: str
    disputed: int = 0


@dataclass(frozen=True)
class InvoiceLine:
    """One line of an invoice, down to the receipt.

    Args:
        number: Its place on the invoice, from 1.
        kind: Why it is there.
        plan_id: Of which plan.
        offer_id: For which offer; empty when a vendor's whole budget is meant.
        deal_id: The deal the offer was made of; empty when it is not known.
        store_id: Where; empty on a budget line, as are the next four.
        lane_id: On which lane.
        business_on: On which business day; None on a budget line.
        receipt: The lane's number of the transaction.
        grant_id: Which grant; stands for no household outside the store.
        amount_cents: What the vendor pays; negative for what it gets back.
        disputed: Whether the vendor disputes it.
        note: What was last said about a dispute.
    """

    number: int
    kind: InvoiceLineKind
    plan_id: str
    offer_id: str
    deal_id: str
    store_id: str
    lane_id: str
    business_on: date | None
    receipt: str
    grant_id: str
    amount_cents: int
    disputed: bool = False
    note: str = ""


class SettlementLedger(Protocol):
    """What settlement needs of the ledger; every call may raise StoreError, and then nothing of it was written."""

    def bill_vendors(self, vendor_id: VendorId | None, *, at: datetime, actor: str) -> list[Invoice]:
        """Bill every settled entry no invoice has yet, one invoice a vendor; again bills nothing twice."""
        ...

    def invoices(self) -> list[Invoice]:
        """All invoices, by id."""
        ...

    def invoice_lines(self, invoice_id: str) -> Iterator[InvoiceLine]:
        """The lines of an invoice, by number."""
        ...

    def dispute_line(
        self, invoice_id: str, line: int, *, disputed: bool, note: str, at: datetime, actor: str
    ) -> bool:
        """Mark a line as disputed or no longer so; False when there is no such line, or it stands so already."""
        ...
