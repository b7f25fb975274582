"""Invoices in SQL: entries on `vendor_due` that no invoice has yet; a unique key lets each be billed once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, collate, exists, func, insert, literal, select

from regulars.flows import Invoice, InvoiceLine, InvoiceLineKind, LedgerFinding
from regulars.kernel import VendorId
from regulars.redeem import Account, LaneTransaction

from . import _audit
from ._tables import ENTRIES, INVOICE_DISPUTES, INVOICE_LINES, INVOICES, OFFER_DEALS, POSTINGS

_BILLED = exists().where(
    INVOICE_LINES.c.posting_id == ENTRIES.c.posting_id, INVOICE_LINES.c.posting_line == ENTRIES.c.line
)
_UNBILLED = and_(ENTRIES.c.account == Account.VENDOR_DUE, ENTRIES.c.amount_cents != 0, ~_BILLED)
_OF_LINE = and_(INVOICE_LINES.c.posting_id == ENTRIES.c.posting_id, INVOICE_LINES.c.posting_line == ENTRIES.c.line)


class SettlementCalls:
    """The `SettlementLedger` port, for the ledger to be made of."""

    def _reading(self, doing: str) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger reads: {doing}")

    def _writing(self, doing: str) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger writes: {doing}")

    def _stream(self, doing: str, statement: Select[Any]) -> Iterator[Row[Any]]:
        raise AssertionError(f"the ledger streams: {doing} {statement}")

    def bill_vendors(self, vendor_id: VendorId | None, *, at: datetime, actor: str) -> list[Invoice]:
        """Bill every settled entry no invoice has yet, one invoice a vendor; again bills nothing twice."""
        with self._writing("bill the vendors") as connection:
            of_vendor = ENTRIES.c.payer_id == vendor_id if vendor_id is not None else literal(value=True)
            statement = (
                select(
                    ENTRIES.c.payer_id,
                    func.count().label("lines"),
                    func.sum(ENTRIES.c.amount_cents).label("cents"),
                )
                .where(_UNBILLED, of_vendor)
                .group_by(ENTRIES.c.payer_id)
            )
            due = sorted(connection.execute(statement).all(), key=lambda row: str(row.payer_id))
            earlier = connection.execute(select(func.count()).select_from(INVOICES)).scalar_one()
            made = []
            for number, row in enumerate(due, start=earlier + 1):
                vendor = VendorId(row.payer_id)
                invoice = Invoice(f"{number:06d}", vendor, row.lines, int(row.cents), at, actor)
                _write(connection, invoice)
                made.append(invoice)
            return made

    def invoices(self) -> list[Invoice]:
        """All invoices, by id."""
        with self._reading("list the invoices") as connection:
            rows = connection.execute(select(INVOICES).order_by(INVOICES.c.invoice_id)).all()
            disputed = Counter(invoice_id for (invoice_id, _), (now, _) in _disputes(connection).items() if now)
        return [
            Invoice(
                row.invoice_id,
                VendorId(row.vendor_id),
                row.line_count,
                row.amount_cents,
                row.made_at,
                row.made_by,
                disputed[row.invoice_id],
            )
            for row in rows
        ]

    def invoice_lines(self, invoice_id: str) -> Iterator[InvoiceLine]:
        """The lines of an invoice, by number."""
        with self._reading("read disputes") as connection:
            disputes = _disputes(connection, INVOICE_DISPUTES.c.invoice_id == invoice_id)
        of_deal = and_(OFFER_DEALS.c.plan_id == POSTINGS.c.plan_id, OFFER_DEALS.c.offer_id == ENTRIES.c.offer_id)
        statement = (
            select(INVOICE_LINES.c.line.label("number"), ENTRIES, POSTINGS.c.plan_id, OFFER_DEALS.c.deal_id)
            .select_from(INVOICE_LINES)
            .join(ENTRIES, _OF_LINE)
            .join(POSTINGS, POSTINGS.c.posting_id == ENTRIES.c.posting_id)
            .outerjoin(OFFER_DEALS, of_deal)
            .where(INVOICE_LINES.c.invoice_id == invoice_id)
            .order_by(INVOICE_LINES.c.line)
        )
        for row in self._stream(f"read invoice {invoice_id}", statement):
            disputed, note = disputes.get((invoice_id, row.number), (False, ""))
            yield _line_of(row, disputed=disputed, note=note)

    def dispute_line(
        self, invoice_id: str, line: int, *, disputed: bool, note: str, at: datetime, actor: str
    ) -> bool:
        """Mark a line as disputed or no longer so; False when there is no such line, or it stands so already."""
        with self._writing(f"dispute line {line} of invoice {invoice_id}") as connection:
            named = and_(INVOICE_LINES.c.invoice_id == invoice_id, INVOICE_LINES.c.line == line)
            if connection.execute(select(INVOICE_LINES.c.line).where(named)).first() is None:
                return False
            of_line = and_(INVOICE_DISPUTES.c.invoice_id == invoice_id, INVOICE_DISPUTES.c.line == line)
            last = connection.execute(
                select(INVOICE_DISPUTES).where(of_line).order_by(INVOICE_DISPUTES.c.number.desc()).limit(1)
            ).one_or_none()
            before = bool(last.disputed) if last else False
            if before == disputed:
                return False
            row = {
                "invoice_id": invoice_id,
                "line": line,
                "number": last.number + 1 if last else 1,
                "disputed": int(disputed),
                "note": note,
                "decided_at": at,
                "actor": actor,
            }
            connection.execute(insert(INVOICE_DISPUTES).values(row))
            event = _audit.Event(
                at,
                actor,
                "invoice.dispute",
                "invoice",
                f"{invoice_id}/{line}",
                {"disputed": before},
                {"disputed": disputed, "note": note},
            )
            _audit.append(connection, event)
            return True


def _write(connection: Connection, invoice: Invoice) -> None:
    row = {
        "invoice_id": invoice.invoice_id,
        "vendor_id": invoice.vendor_id,
        "line_count": invoice.line_count,
        "amount_cents": invoice.amount_cents,
        "made_at": invoice.made_at,
        "made_by": invoice.made_by,
    }
    connection.execute(insert(INVOICES).values(row))
    bytewise = "C" if connection.dialect.name == "postgresql" else "BINARY"
    order = [
        collate(func.coalesce(column, ""), bytewise)
        for column in (ENTRIES.c.transaction_id, ENTRIES.c.offer_id, ENTRIES.c.grant_id, ENTRIES.c.posting_id)
    ]
    numbered = func.row_number().over(order_by=[*order, ENTRIES.c.line])
    lines = select(literal(invoice.invoice_id), numbered, ENTRIES.c.posting_id, ENTRIES.c.line).where(
        _UNBILLED, ENTRIES.c.payer_id == invoice.vendor_id
    )
    names = ["invoice_id", "line", "posting_id", "posting_line"]
    connection.execute(insert(INVOICE_LINES).from_select(names, lines))
    after = {"vendor_id": row["vendor_id"], "lines": row["line_count"], "amount_cents": row["amount_cents"]}
    event = _audit.Event(
        invoice.made_at, invoice.made_by, "invoice.make", "invoice", invoice.invoice_id, {}, after
    )
    _audit.append(connection, event)


def _disputes(connection: Connection, *where: ColumnElement[bool]) -> dict[tuple[str, int], tuple[bool, str]]:
    """How each disputed line stands, and what was last said about it, by invoice and line."""
    rows = connection.execute(select(INVOICE_DISPUTES).where(*where).order_by(INVOICE_DISPUTES.c.number))
    return {(row.invoice_id, row.line): (bool(row.disputed), row.note) for row in rows}


def _line_of(row: Row[Any], *, disputed: bool, note: str) -> InvoiceLine:
    receipt = LaneTransaction.of_key(row.transaction_id) if row.transaction_id else None
    kind = InvoiceLineKind.REDEMPTION if row.amount_cents > 0 else InvoiceLineKind.CORRECTION
    return InvoiceLine(
        row.number,
        kind if receipt else InvoiceLineKind.BUDGET,
        row.plan_id,
        row.offer_id,
        row.deal_id or "",
        receipt.store_id if receipt else "",
        receipt.lane_id if receipt else "",
        receipt.business_on if receipt else None,
        f"{receipt.sequence}" if receipt else "",
        row.grant_id or "",
        row.amount_cents,
        disputed,
        note,
    )


def verify_invoices(connection: Connection) -> Iterator[LedgerFinding]:
    """Each invoice is what its lines' entries add up to, and all of them are its vendor's settled entries."""
    wrong = (ENTRIES.c.payer_id != INVOICES.c.vendor_id) | (ENTRIES.c.account != Account.VENDOR_DUE)
    found = (
        select(
            INVOICES.c.invoice_id,
            INVOICES.c.line_count,
            INVOICES.c.amount_cents,
            func.count(ENTRIES.c.line).label("lines"),
            func.coalesce(func.sum(ENTRIES.c.amount_cents), 0).label("cents"),
            func.count(ENTRIES.c.line).filter(wrong).label("strange"),
        )
        .select_from(INVOICES)
        .outerjoin(INVOICE_LINES, INVOICE_LINES.c.invoice_id == INVOICES.c.invoice_id)
        .outerjoin(ENTRIES, _OF_LINE)
        .group_by(INVOICES.c.invoice_id, INVOICES.c.line_count, INVOICES.c.amount_cents)
        .order_by(INVOICES.c.invoice_id)
    )
    for row in connection.execute(found):
        if (row.lines, int(row.cents), row.strange) != (row.line_count, row.amount_cents, 0):
            yield LedgerFinding(
                "invoices-are-entries",
                f"invoice {row.invoice_id}",
                f"it says {row.line_count} lines and {row.amount_cents} cents; its entries are {row.lines} and "
                f"{int(row.cents)}, of which {row.strange} are not the vendor's settled ones",
            )
