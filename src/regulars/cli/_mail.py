"""Commands about e-mail and text messages: `lists send`, `lists texts`, `mail load|returned|suppress|status`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._common import as_of_option, in_workspace, json_option, say, say_json
from ._progress import TerminalProgress

if TYPE_CHECKING:
    from regulars.bootstrap import Workspace

_UNKNOWN_TOLD = 10


@click.group()
def mail() -> None:
    """Addresses, what came back, and what was sent."""


@click.command("send")
@click.argument("plan_id")
@click.option("--dry-run", is_flag=True, help="Write the first messages to files and send none.")
@click.option("--first", default=20, show_default=True, help="With --dry-run: how many.")
@click.option("--household", help="With --dry-run: this household's message alone.")
@click.option("--repeat-unknown", is_flag=True, help="Send again what may or may not have arrived.")
@in_workspace
@json_option
def lists_send(
    workspace: Workspace,
    *,
    plan_id: str,
    dry_run: bool,
    first: int,
    household: str | None,
    repeat_unknown: bool,
    as_json: bool,
) -> None:
    """Send the lists of an applied plan by e-mail, at most once per household and cycle. Run again to go on."""
    from regulars.bootstrap import send_lists, write_messages

    if household and not dry_run:
        raise click.UsageError("--household is for --dry-run: mail goes to all households of a plan.")
    if dry_run:
        folder, count = write_messages(workspace, plan_id, first=first, household_id=household)
        if as_json:
            say_json({"folder": folder, "messages": count})
        else:
            say(f"{count:,} messages in {folder}; none was sent.")
        return
    with workspace.writing("lists send"):
        report = send_lists(workspace, plan_id, TerminalProgress(), repeat_unknown=repeat_unknown)
    if as_json:
        say_json(report)
        return
    say(f"{report.accepted:,} messages taken by the mail server; {report.before:,} households had theirs before.")
    say(
        f"{report.without_address:,} gave no address, {report.suppressed:,} are not written to, "
        f"{report.refused:,} refused, {report.deferred:,} not taken yet."
    )
    if report.unknown:
        say(f"{len(report.unknown):,} may or may not have arrived: {', '.join(report.unknown[:_UNKNOWN_TOLD])}")
        say("hint: `--repeat-unknown` sends them again")


@click.command("texts")
@click.argument("plan_id")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The CSV file: household_id, text, parts."
)
@in_workspace
@json_option
def lists_texts(workspace: Workspace, *, plan_id: str, out: Path, as_json: bool) -> None:
    """Write the lists of an applied plan as text messages with a short link, for a provider that has the numbers."""
    from regulars.bootstrap import write_texts

    messages, parts = write_texts(workspace, plan_id, out)
    if as_json:
        say_json({"file": out, "messages": messages, "parts": parts})
    else:
        say(f"{messages:,} text messages in {parts:,} parts: {out}")
        say("Each link opens a list: hand the file to nobody but the provider.")


@mail.command("template")
def mail_template() -> None:
    """Show the shipped e-mail as an MJML file, to begin your own with; see the guide on making it yours."""
    from regulars.bootstrap import shipped_mail_template

    say(shipped_mail_template().rstrip())


@mail.command("load")
@click.argument("file", type=click.Path(path_type=Path))
@in_workspace
@json_option
def mail_load(workspace: Workspace, *, file: Path, as_json: bool) -> None:
    """Load addresses from a CSV file: household_id, email, agreed_on (the day the household agreed)."""
    from regulars.bootstrap import load_contacts

    with workspace.writing("mail load"):
        loaded = load_contacts(workspace, file)
    if as_json:
        say_json(loaded)
        return
    say(f"{loaded.contacts:,} addresses, {loaded.changed:,} new or changed.")
    for finding in loaded.findings:
        say(f"{finding.file}:{finding.line}: {finding.message}")


@mail.command("returned")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@in_workspace
@json_option
def mail_returned(workspace: Workspace, *, files: tuple[Path, ...], as_json: bool) -> None:
    """Read messages that came back: failures, complaints, requests to unsubscribe. Files or folders of messages."""
    from regulars.bootstrap import take_returned

    with workspace.writing("mail returned"):
        taken = take_returned(workspace, files)
    if as_json:
        say_json(taken)
    else:
        say(f"{taken.messages:,} messages, {taken.understood:,} understood.")
        say(f"{taken.suppressed:,} led to an address that is not written to any more.")


@mail.command("suppress")
@click.argument("household_id", metavar="HOUSEHOLD")
@click.option(
    "--forget", is_flag=True, help="Erase the address as well; a digest of it stays, so that it is not written to."
)
@in_workspace
@json_option
def mail_suppress(workspace: Workspace, *, household_id: str, forget: bool, as_json: bool) -> None:
    """Never write to a household again before it agrees anew, whatever its address."""
    from regulars.bootstrap import suppress_household

    with workspace.writing("mail suppress"):
        known = suppress_household(workspace, household_id, forget=forget)
    if as_json:
        say_json({"household_id": household_id, "had_address": known})
    else:
        say(
            "Not written to any more."
            if known
            else "That household has no address now; none is written to that it gave before today."
        )


@mail.command("status")
@as_of_option
@in_workspace
@json_option
def mail_status(workspace: Workspace, *, as_of_on: date | None, as_json: bool) -> None:
    """How the mail of a cycle stands, and whose message may or may not have arrived: of the one mailed last."""
    from regulars.bootstrap import mail_status as status_of

    status = status_of(workspace, as_of_on)
    if as_json:
        say_json(status)
        return
    say(
        f"Cycle {status.cycle_number}: "
        + ", ".join(f"{count:,} {state}" for state, count in status.states.items())
    )
    say("Not written to: " + ", ".join(f"{count:,} {reason}" for reason, count in status.suppressions.items()))
    for message in status.unknown:
        say(f"household {message.household_id}: may or may not have arrived ({message.at:%Y-%m-%d %H:%M} UTC)")
