"""The commands `lists proof`, `lists approve`, `lists void`, `lists reissue` and `lists answers`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ._common import in_workspace, json_option, say, say_finding, say_json

if TYPE_CHECKING:
    from regulars.bootstrap import Workspace

_by_option = click.option(
    "--by", "actor", default="command line", show_default=True, help="Who decides; kept in the audit."
)


def _of_one_list(command: Callable[..., Any]) -> Callable[..., Any]:
    """What the commands that change one list ask for."""
    for option in (
        json_option,
        in_workspace,
        _by_option,
        click.option("--plan", "plan_id", help="Which plan; the newest one if not given."),
        click.option("--reason", required=True, help="Why; kept in the audit."),
        click.argument("household_id", metavar="HOUSEHOLD"),
    ):
        command = option(command)
    return command


@click.command("proof")
@click.argument("plan_id")
@click.option("--household", "households", multiple=True, metavar="HOUSEHOLD", help="Whose list in any case.")
@click.option("--most", type=click.IntRange(0, 200), default=8, show_default=True, help="How many others at most.")
@in_workspace
@json_option
def lists_proof(
    workspace: Workspace, *, plan_id: str, households: tuple[str, ...], most: int, as_json: bool
) -> None:
    """Print a few lists to look at before all go out: the fullest, the emptiest, some in between, and the staff's."""
    from regulars.bootstrap import print_proofs

    with workspace.writing("lists proof"):
        proofs = print_proofs(workspace, plan_id, households, most=most)
    if as_json:
        shown = [document.household_id for document in proofs.documents]
        told = {"file": proofs.file, "households": shown, "without": proofs.without, "live": proofs.live}
        say_json({**told, "findings": proofs.findings})
        return
    say(f"{len(proofs.documents)} lists in {proofs.file}, marked PROOF.")
    for document in proofs.documents:
        name = f"household {document.household_id}, list {document.list_number}"
        say(f"  {name}: {document.item_count} items, {len(document.specials)} specials, {document.saving_text}")
    if proofs.live:
        say(
            "The plan is applied: the bars on these pages hold at the register. Destroy the pages when you looked."
        )
    if proofs.without:
        say(f"No list in this plan: {', '.join(proofs.without)}.")
    for finding in proofs.findings:
        say_finding(finding)


@click.command("approve")
@click.argument("plan_id")
@_by_option
@in_workspace
@json_option
def lists_approve(workspace: Workspace, *, plan_id: str, actor: str, as_json: bool) -> None:
    """Say that a plan's lists may go out. With `[list] approval`, they carry PROOF and are not sent before."""
    from regulars.bootstrap import approve_lists

    with workspace.writing("lists approve"):
        now = approve_lists(workspace, plan_id, actor=actor)
    if as_json:
        say_json({"plan_id": plan_id, "now": now})
    else:
        say(f"The lists of {plan_id} are approved{'' if now else ', as they were before'}.")


@click.command("void")
@_of_one_list
def lists_void(
    workspace: Workspace, *, household_id: str, reason: str, plan_id: str | None, actor: str, as_json: bool
) -> None:
    """Make a list's bar code and phone page open nothing any more; the household's card still gets its specials."""
    from regulars.bootstrap import void_list

    with workspace.writing("lists void"):
        edition = void_list(workspace, household_id, plan_id, reason=reason, actor=actor)
    if as_json:
        say_json(edition)
    else:
        say(f"The list of household {household_id} in plan {edition.plan_id} is void.")
        say(f"Undo it with a new code: `regulars lists reissue {household_id} --reason …`.")


@click.command("reissue")
@_of_one_list
def lists_reissue(
    workspace: Workspace, *, household_id: str, reason: str, plan_id: str | None, actor: str, as_json: bool
) -> None:
    """Print a list anew under new codes, for one that was lost; the old codes open nothing any more."""
    from regulars.bootstrap import reissue_list

    with workspace.writing("lists reissue"):
        document, file = reissue_list(workspace, household_id, plan_id, reason=reason, actor=actor)
    if as_json:
        say_json({"file": file, "list_code": document.list_code, "qr_payload": document.qr_payload})
    else:
        say(f"Household {document.household_id}, list {document.list_number}: {file}")
        say(f"New code {document.list_code}; the one before is dead.")


@click.command("answers")
@click.argument("household_id", metavar="HOUSEHOLD", required=False)
@click.option(
    "--forget", is_flag=True, help="Erase what HOUSEHOLD answered and ticked; a hidden list opens again."
)
@in_workspace
@json_option
def lists_answers(workspace: Workspace, *, household_id: str | None, forget: bool, as_json: bool) -> None:
    """What households answered on the phone page and still stands: never, not now, hide. The next plan goes by it."""
    from regulars.bootstrap import forget_answers, household_answers

    if forget:
        if household_id is None:
            raise click.UsageError("--forget needs a HOUSEHOLD")
        with workspace.writing("lists answers"):
            forgotten = forget_answers(workspace, household_id)
        say_json({"forgotten": forgotten}) if as_json else say(f"{forgotten:,} answers are forgotten.")
        return
    answers = household_answers(workspace, household_id)
    if as_json:
        say_json(answers)
        return
    for one in answers:
        item = f" {one.item_id}" if one.item_id else ""
        say(f"{one.household_id}  {one.answer}  {one.item_kind}{item}  (cycle {one.cycle_number})")
    if not answers:
        say("No answers yet. They come from the phone page; `regulars serve` takes them.")
