"""Commands about money that is settled: `settlement bill`, `list`, `show`, `write`, `dispute`; `ledger verify`, ..."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from regulars.kernel import ConfigError, dollars

from ._common import EXIT_REJECTED, in_workspace, json_option, say, say_json, say_table
from ._deals import by_option

if TYPE_CHECKING:
    from regulars.bootstrap import Workspace
    from regulars.flows import AuditHead, InvoiceFiles


@click.group()
def settlement() -> None:
    """What vendors pay of discounts that tills' logs show: invoices, down to the receipt."""


@settlement.command("bill")
@click.argument("vendor_id", metavar="[VENDOR]", required=False)
@by_option
@in_workspace
@json_option
def settlement_bill(workspace: Workspace, *, vendor_id: str | None, actor: str, as_json: bool) -> None:
    """Bill what logs have settled since the last invoices, of VENDOR or of all; each receipt line is billed once.

    Writes settlement/NUMBER.csv (every line) and settlement/NUMBER.pdf (the invoice) in the workspace.
    """
    from regulars.bootstrap import bill_vendors

    with workspace.beside_service("settlement bill"):
        made = bill_vendors(workspace, vendor_id, actor=actor)
    if as_json:
        say_json(made)
        return
    _say_made(made)


def _say_made(made: list[InvoiceFiles]) -> None:
    rows = [[one.invoice.invoice_id, one.invoice.vendor_id, one.invoice.line_count, dollars(one.invoice.amount_cents),
             one.page] for one in made]  # fmt: skip
    if rows:
        say_table(["invoice", "vendor", "lines", "amount", "page"], rows)
    else:
        say("Nothing new is settled, so nobody is billed.")


@settlement.command("list")
@in_workspace
@json_option
def settlement_list(workspace: Workspace, *, as_json: bool) -> None:
    """List all invoices."""
    from regulars.bootstrap import list_invoices

    found = list_invoices(workspace)
    if as_json:
        say_json(found)
        return
    rows = [[i.invoice_id, i.vendor_id, i.line_count, dollars(i.amount_cents), i.disputed, f"{i.made_at:%Y-%m-%d}"]
            for i in found]  # fmt: skip
    say_table(["invoice", "vendor", "lines", "amount", "disputed", "made"], rows)


@settlement.command("show")
@click.argument("invoice_id", metavar="INVOICE")
@in_workspace
@json_option
def settlement_show(workspace: Workspace, *, invoice_id: str, as_json: bool) -> None:
    """Show the lines of INVOICE."""
    from regulars.bootstrap import find_invoice

    invoice, lines = find_invoice(workspace, invoice_id)
    if as_json:
        say_json({"invoice": invoice, "lines": lines})
        return
    say(f"Invoice {invoice.invoice_id} to {invoice.vendor_id}: {dollars(invoice.amount_cents)}.")
    rows = [
        [one.number, one.kind.value, one.store_id, one.lane_id, one.business_on, one.receipt, one.offer_id,
         dollars(one.amount_cents), one.disputed, one.note]
        for one in lines
    ]  # fmt: skip
    heads = ["line", "kind", "store", "lane", "day", "receipt", "offer", "amount", "disputed", "note"]
    say_table(heads, rows)


@settlement.command("write")
@click.argument("invoice_id", metavar="INVOICE")
@in_workspace
@json_option
def settlement_write(workspace: Workspace, *, invoice_id: str, as_json: bool) -> None:
    """Write the files of INVOICE anew, as it stands now."""
    from regulars.bootstrap import write_invoice_files

    with workspace.beside_service("settlement write"):
        files = write_invoice_files(workspace, invoice_id)
    if as_json:
        say_json(files)
    else:
        say(f"{files.statement}\n{files.page}")


@settlement.command("dispute")
@click.argument("invoice_id", metavar="INVOICE")
@click.argument("line", type=click.IntRange(min=1))
@click.option("--note", required=True, help="Why, in a few words; kept with the line.")
@click.option("--end", "ended", is_flag=True, help="The dispute is over.")
@by_option
@in_workspace
@json_option
def settlement_dispute(
    workspace: Workspace, *, invoice_id: str, line: int, note: str, ended: bool, actor: str, as_json: bool
) -> None:
    """Mark LINE of INVOICE as disputed by the vendor, or with --end no longer so. Nothing is taken off by that."""
    from regulars.bootstrap import dispute_line

    with workspace.beside_service("settlement dispute"):
        dispute_line(workspace, invoice_id, line, disputed=not ended, note=note, actor=actor)
    if as_json:
        say_json({"invoice_id": invoice_id, "line": line, "disputed": not ended})
    else:
        say(f"Line {line} of invoice {invoice_id} is {'no longer ' if ended else ''}disputed.")


@click.group()
def ledger() -> None:
    """The books: verify them, copy them, put a copy back."""


def _anchor(_context: click.Context, _parameter: click.Parameter, value: str | None) -> AuditHead | None:
    if value is None:
        return None
    from regulars.flows import AuditHead

    sequence, _, digest = value.partition(":")
    if not sequence.isdigit() or len(digest) != 64:
        raise ConfigError(
            f"{value!r} is no end of the audit chain", hint="give NUMBER:DIGEST as `verify` printed it"
        )
    return AuditHead(int(sequence), digest)


@ledger.command("verify")
@click.option(
    "--anchor", callback=_anchor, metavar="NUMBER:DIGEST", help="An end of the chain you kept elsewhere."
)
@in_workspace
@json_option
def ledger_verify(workspace: Workspace, *, anchor: AuditHead | None, as_json: bool) -> None:
    """Check the audit chain, every balance, every receipt, every budget and every invoice against each other.

    A chain cut off at its end shows only against an end you kept elsewhere (--anchor). Exit 1 if anything is wrong.
    """
    from regulars.bootstrap import verify_ledger

    head, findings = verify_ledger(workspace, anchor)
    if as_json:
        say_json({"anchor": f"{head.sequence}:{head.digest}", "findings": findings})
    else:
        for one in findings:
            say(f"{one.rule}: {one.place}: {one.message}")
        say(f"{len(findings)} findings. The chain ends at {head.sequence}:{head.digest}")
    if findings:
        raise SystemExit(EXIT_REJECTED)


@ledger.command("backup")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@in_workspace
@json_option
def ledger_backup(workspace: Workspace, *, target: Path, as_json: bool) -> None:
    """Write a verified copy of the ledger to TARGET, also while `regulars serve` runs."""
    from regulars.bootstrap import copy_ledger

    copy = copy_ledger(workspace, target.absolute())
    if as_json:
        say_json(copy)
    else:
        end = f"{copy.head.sequence}:{copy.head.digest}"
        say(f"{copy.path}: {copy.size_bytes:,} bytes, verified; the chain ends at {end}")


@ledger.command("restore")
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@in_workspace
@json_option
def ledger_restore(workspace: Workspace, *, source: Path, as_json: bool) -> None:
    """Put the copy SOURCE in the ledger's place, once it verifies; what lay there is kept beside it."""
    from regulars.bootstrap import put_back_ledger

    with workspace.writing("ledger restore"):
        copy = put_back_ledger(workspace, source.absolute())
    if as_json:
        say_json(copy)
    else:
        kept = f"; what it replaced is kept as {copy.kept.name}" if copy.kept else ""
        say(f"{copy.path}: restored and verified{kept}; the chain ends at {copy.head.sequence}:{copy.head.digest}")


@ledger.command("upgrade")
@in_workspace
@json_option
def ledger_upgrade(workspace: Workspace, *, as_json: bool) -> None:
    """Bring the ledger of an earlier release to this one's form; a SQLite ledger is copied beside itself first."""
    from regulars.bootstrap import bring_up_ledger

    with workspace.writing("ledger upgrade"):
        kept = bring_up_ledger(workspace)
    if as_json:
        say_json({"kept": kept})
    else:
        say(f"The ledger is up to date{f'; what it was is kept as {kept.name}' if kept else ''}.")
