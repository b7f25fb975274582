"""Settlement and care of the ledger, bound to a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from regulars.adapters import TypstInvoices
from regulars.adapters.ledger import LedgerCopy, backup_ledger, restore_ledger, upgrade_ledger
from regulars.flows import (
    AuditHead,
    Invoice,
    InvoiceFiles,
    InvoiceLine,
    LedgerFinding,
    plan_offer_names,
    write_invoice,
)
from regulars.kernel import ContractError, StoreError, VendorId

from ._workspace import Workspace

INVOICE_FOLDER = "settlement"


def bill_vendors(workspace: Workspace, vendor_id: str | None, *, actor: str) -> list[InvoiceFiles]:
    """Bill what tills' logs have settled since the last invoices, and write each invoice's files.

    Args:
        workspace: Where; its lock is held by the caller.
        vendor_id: Only this vendor; None for all.
        actor: Who bills; kept in the audit.

    Raises:
        ContractError: Files of invoices that the ledger does not know lie there: their numbers would be given again.
        StoreError: The ledger or the disk failed. What was billed stays so; `write_invoice_files` writes it again.
    """
    known = {invoice.invoice_id for invoice in workspace.ledger.invoices()}
    folder = workspace.root / INVOICE_FOLDER
    strange = sorted(path.name for path in folder.glob("*.csv") if path.stem not in known)
    if strange:
        raise ContractError(
            f"{INVOICE_FOLDER}/{strange[0]} is there, but the ledger knows no such invoice; nothing was billed",
            hint="an older copy was put back: tell the vendors that these invoices are void, and move their files away",
        )
    vendor = None if vendor_id is None else VendorId(vendor_id)
    made = workspace.ledger.bill_vendors(vendor, at=workspace.clock.now_at(), actor=actor)
    ids = {invoice.invoice_id for invoice in made}
    return _written(workspace, [invoice for invoice in workspace.ledger.invoices() if invoice.invoice_id in ids])


def list_invoices(workspace: Workspace) -> list[Invoice]:
    """All invoices, by id."""
    return workspace.ledger.invoices()


def find_invoice(workspace: Workspace, invoice_id: str) -> tuple[Invoice, list[InvoiceLine]]:
    """An invoice and its lines.

    Raises:
        ContractError: There is no such invoice.
    """
    invoice = _invoice(workspace, invoice_id)
    return invoice, list(workspace.ledger.invoice_lines(invoice_id))


def write_invoice_files(workspace: Workspace, invoice_id: str) -> InvoiceFiles:
    """Write an invoice's statement and page anew, as it stands.

    Raises:
        ContractError: There is no such invoice.
        StoreError: The disk failed.
    """
    [files] = _written(workspace, [_invoice(workspace, invoice_id)])
    return files


def _written(workspace: Workspace, invoices: Sequence[Invoice]) -> list[InvoiceFiles]:
    """The files of some invoices; what is the same on all of them is read once."""
    if not invoices:
        return []
    settings, folder = workspace.page[0], workspace.root / INVOICE_FOLDER
    address = " · ".join(part for part in (settings.address_line, settings.website) if part)
    notice = "DEMONSTRATION: made-up deals and redemptions. Nobody owes this." if workspace.settings.demo else ""
    printer = TypstInvoices(
        settings.store_name, address, notice, workspace.zone, workspace.root / "cache" / "fonts"
    )
    names = plan_offer_names(workspace.warehouse, [one.plan.plan_id for one in workspace.ledger.plans()])
    made = []
    for invoice in invoices:
        lines = workspace.ledger.invoice_lines(invoice.invoice_id)
        try:
            made.append(write_invoice(invoice, lines, names, printer, folder))
        except OSError as error:
            raise StoreError(
                f"cannot write invoice {invoice.invoice_id}: {error}", hint="free space, then write it again"
            ) from error
    return made


def dispute_line(
    workspace: Workspace, invoice_id: str, line: int, *, disputed: bool, note: str, actor: str
) -> None:
    """Mark a line of an invoice as disputed, or no longer so.

    Args:
        workspace: Where; its lock is held by the caller.
        invoice_id: The invoice.
        line: The number of the line on it.
        disputed: Whether the vendor disputes it from now on.
        note: Why, in a few words.
        actor: Who says so.

    Raises:
        ContractError: There is no such line, or it stands so already.
    """
    at = workspace.clock.now_at()
    if not workspace.ledger.dispute_line(invoice_id, line, disputed=disputed, note=note, at=at, actor=actor):
        stands = "is disputed" if disputed else "is not disputed"
        raise ContractError(
            f"line {line} of invoice {invoice_id} does not exist, or {stands} already",
            hint=f"`regulars settlement show {invoice_id}` lists its lines",
        )


def _invoice(workspace: Workspace, invoice_id: str) -> Invoice:
    for invoice in workspace.ledger.invoices():
        if invoice.invoice_id == invoice_id:
            return invoice
    raise ContractError(f"there is no invoice {invoice_id}", hint="`regulars settlement list` names them")


def verify_ledger(workspace: Workspace, anchor: AuditHead | None) -> tuple[AuditHead, list[LedgerFinding]]:
    """The end of the audit chain, and what is wrong with the books: nothing, when all is well."""
    findings = workspace.ledger.verify(anchor)
    return workspace.ledger.audit_head(), findings


def copy_ledger(workspace: Workspace, target: Path) -> LedgerCopy:
    """Write a verified copy of the ledger; see `adapters.ledger.backup_ledger`."""
    return backup_ledger(workspace.settings.ledger.url, folder=workspace.root, target=target)


def put_back_ledger(workspace: Workspace, source: Path) -> LedgerCopy:
    """Put a copy in the ledger's place; see `adapters.ledger.restore_ledger`."""
    return restore_ledger(workspace.settings.ledger.url, folder=workspace.root, source=source)


def bring_up_ledger(workspace: Workspace) -> Path | None:
    """Bring the ledger to this release's revision; see `adapters.ledger.upgrade_ledger`."""
    return upgrade_ledger(workspace.settings.ledger.url, folder=workspace.root)
