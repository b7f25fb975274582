"""Commands about deals: `deal list`, `show`, `edit`, `submit`, `approve`, `return`, `end`."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from regulars.kernel import ConfigError, ContractError, dollars

from ._common import (
    EXIT_REJECTED,
    as_of_option,
    in_workspace,
    json_option,
    say,
    say_json,
    say_table,
)
from ._progress import TerminalProgress

if TYPE_CHECKING:
    from regulars.bootstrap import CampaignRead, DealsRead, Workspace
    from regulars.flows import DealRevision, DealStanding
    from regulars.offers import DealFault

by_option = click.option(
    "--by", "actor", default="command line", show_default=True, help="Who decides; kept in the audit."
)
_note_option = click.option("--note", default="", help="Why, in a few words; kept with the decision.")


@click.group()
def deal() -> None:
    """What vendors and the store fund: look at deals, edit them, approve them, end them."""


@deal.command("list")
@as_of_option
@click.option(
    "--state", type=click.Choice(["draft", "submitted", "approved", "running", "ended"]), help="Only these."
)
@click.option("--wrong", is_flag=True, help="Only deals something is wrong with.")
@in_workspace
@json_option
def deal_list(
    workspace: Workspace, *, as_of_on: datetime.date | None, state: str | None, wrong: bool, as_json: bool
) -> None:
    """Every deal as it stands on a day: state, money left, and what is wrong with it.

    By default the day of the newest profiles. It only reads: goods and prices are as those profiles have them.
    """
    from regulars.bootstrap import list_deals

    read = list_deals(workspace, as_of_on)
    shown = [one for one in read.deals if state in {None, one.state.value} and (one.faults or not wrong)]
    broken = read.unreadable if state is None else []
    if as_json:
        say_json({"as_of_on": read.on, "judged_on": read.judged_on, "deals": shown, "unreadable": broken})
        return
    tell_read(workspace, read)
    say_table(
        ("deal", "name", "vendor", "state", "from", "until", "budget", "left", "wrong"),
        [_row(one) for one in shown],
    )
    _tell_faults([*(fault for one in shown for fault in one.faults), *broken])


def _row(one: DealStanding) -> tuple[Any, ...]:
    budget = "-" if one.budget_cents is None else dollars(one.budget_cents)
    left = "-" if one.left_cents is None else dollars(one.left_cents)
    names = (one.deal_id, one.name, one.vendor_id, one.state.value, one.from_on, one.until_on)
    return (*names, budget, left, len(one.faults))


def _tell_faults(faults: Sequence[DealFault]) -> None:
    if faults:
        say()
        say_table(("rule", "weight", "what"), [(one.rule, one.weight.value, one.message) for one in faults])


@deal.command("show")
@click.argument("deal_id", metavar="DEAL")
@as_of_option
@in_workspace
@json_option
def deal_show(workspace: Workspace, *, deal_id: str, as_of_on: datetime.date | None, as_json: bool) -> None:
    """One deal: its money, what is wrong with it, and every decision on it. It only reads, as `deal list` does."""
    from regulars.bootstrap import deal_history, list_deals

    read = list_deals(workspace, as_of_on)
    history = deal_history(workspace, deal_id)
    found = [one for one in read.deals if one.deal_id == deal_id]
    faults = [one for one in read.unreadable if one.deal_id == deal_id]
    if not found and not faults:
        raise ContractError(f"there is no deal {deal_id!r}", hint="`regulars deal list` names those there are")
    if as_json:
        told = {"deal": found[0] if found else None, "unreadable": faults, "decisions": history}
        say_json({"as_of_on": read.on, "judged_on": read.judged_on, **told})
        return
    tell_read(workspace, read)
    if found:
        _tell_deal(found[0])
    _tell_faults([*(fault for one in found for fault in one.faults), *faults])
    if history:
        say()
        say_table(
            ("decision", "at", "by", "edited", "note"),
            [
                (one.state.value, f"{one.decided_at:%Y-%m-%d %H:%M}", one.actor, ", ".join(one.changes), one.note)
                for one in history
            ],
        )


def tell_day(workspace: Workspace, day: datetime.date) -> None:
    """Which day is told of, and which plans count for it: only those that run on it are expected to use money."""
    from regulars.bootstrap import plans_running

    running = ", ".join(plans_running(workspace, day)) or "none, so nothing is expected to be used"
    say(f"As of {day}. Plans that run on that day: {running}.")


def tell_read(workspace: Workspace, read: DealsRead | CampaignRead) -> None:
    """Say of which day something is told, and by which profiles if they are older."""
    tell_day(workspace, read.on)
    if read.judged_on != read.on:
        say(
            f"Goods, prices and purchases are those of {read.judged_on}, the newest profiles there are; "
            f"`regulars profiles build --as-of {read.on}` makes newer ones."
        )


def _tell_deal(one: DealStanding) -> None:
    say(f"Deal {one.deal_id}: {one.name}, of {one.vendor_id}, {one.kind}, {one.state.value}.")
    say(f"From {one.from_on} until {one.until_on}")
    limit = "no limit" if one.budget_cents is None else dollars(one.budget_cents)
    say(f"Budget {limit}; used {dollars(one.used_cents)}; expected to be used {dollars(one.expected_cents)}.")
    promised, released = dollars(one.promised_cents), dollars(one.released_cents)
    say(f"Promised, should every special be used: {promised} (few are, so that may exceed the budget); "
        f"released {released}.")  # fmt: skip


@deal.command("edit")
@click.argument("deal_id", metavar="DEAL")
@click.option(
    "--set", "settings", multiple=True, metavar="COLUMN=VALUE", help="What to change; may stand more than once."
)
@by_option
@_note_option
@in_workspace
@json_option
def deal_edit(
    workspace: Workspace, *, deal_id: str, settings: tuple[str, ...], actor: str, note: str, as_json: bool
) -> None:
    """Change terms of a deal; it is a draft again until it is approved. COLUMN as in a deals file."""
    changes = {}
    if not settings:
        raise ConfigError("nothing is to be changed", hint="say what with --set COLUMN=VALUE")
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"--set {text!r} names no value; expected COLUMN=VALUE")
        changes[name.strip()] = value.strip()
    _decide(workspace, deal_id, "draft", actor=actor, note=note, as_json=as_json, changes=changes)


@deal.command("import")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path, dir_okay=False)
)
@in_workspace
@json_option
def deal_import(workspace: Workspace, *, files: tuple[Path, ...], as_json: bool) -> int:
    """Read vendors' promotion announcements (ANSI X12, set 889): each becomes a draft."""
    from regulars.bootstrap import import_promotions

    with workspace.writing("deal import"):
        reports, findings = import_promotions(workspace, files, TerminalProgress())
    kept = sum(report.rows_kept for report in reports)
    if as_json:
        say_json({"drafts": kept, "reports": reports, "findings": findings})
    else:
        repeated = sum(report.rows_repeated for report in reports)
        say(f"{kept:,} drafts, {repeated:,} there already, {len(findings):,} announcements that cannot be read.")
        if findings:
            say_table(("file", "segment", "what"), [(one.file, one.line, one.message) for one in findings])
    return 0 if reports else EXIT_REJECTED


def _decision(name: str, state: str, text: str) -> None:
    """A command that moves a deal to a state."""

    @deal.command(name, help=text)
    @click.argument("deal_id", metavar="DEAL")
    @by_option
    @_note_option
    @in_workspace
    @json_option
    def command(workspace: Workspace, *, deal_id: str, actor: str, note: str, as_json: bool) -> None:
        _decide(workspace, deal_id, state, actor=actor, note=note, as_json=as_json)


_decision("submit", "submitted", "Put a draft before whoever approves; refused while something stops it.")
_decision("approve", "approved", "Approve a submitted deal: plans may give it from its first day on.")
_decision(
    "return", "draft", "Send a deal back: a draft again, so that no plan gives it until it is approved anew."
)
_decision("end", "ended", "End a deal for good; what was given of it holds.")


def _decide(
    workspace: Workspace,
    deal_id: str,
    state: str,
    *,
    actor: str,
    note: str,
    as_json: bool,
    changes: dict[str, str] | None = None,
) -> None:
    from regulars.bootstrap import decide_deal
    from regulars.contracts import DealState

    with workspace.writing(f"deal {state}"):
        day = workspace.default_day()
        revision: DealRevision = decide_deal(
            workspace,
            deal_id,
            DealState(state),
            day,
            TerminalProgress(),
            changes=changes,
            actor=actor,
            note=note,
        )
    if as_json:
        say_json(revision)
        return
    say(f"Deal {deal_id} is {revision.state.value} now (decision {revision.number}, by {revision.actor}).")
