"""Commands about lists: `lists render`, `lists template`, `lists pages`, `lists show`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ._common import in_workspace, json_option, say, say_finding, say_json
from ._progress import TerminalProgress

_FINDINGS_TOLD = 10

if TYPE_CHECKING:
    from regulars.bootstrap import Workspace
    from regulars.contracts import ListDocument
    from regulars.lists import PageTexts


@click.group()
def lists() -> None:
    """The personal shopping lists of a plan."""


@lists.command("render")
@click.argument("plan_id")
@click.option(
    "--print-house", is_flag=True, help="Large untagged files, several times as fast, for printing alone."
)
@in_workspace
@json_option
def lists_render(workspace: Workspace, *, plan_id: str, print_house: bool, as_json: bool) -> None:
    """Print the lists of a plan into PDF files with a manifest. Lists of a plan that is not applied carry PROOF."""
    from regulars.bootstrap import render_lists

    with workspace.writing("lists render"):
        run = render_lists(workspace, plan_id, TerminalProgress(), print_house=print_house)
    if as_json:
        say_json(run)
        return
    proof = ", marked PROOF: the plan is not applied, or its lists are not approved" if run.proof else ""
    say(f"{run.pages:,} lists in {run.files} files in {run.folder}{proof}.")
    for finding in run.findings[:_FINDINGS_TOLD]:
        say_finding(finding)
    if len(run.findings) > _FINDINGS_TOLD:
        say(f"… and {len(run.findings) - _FINDINGS_TOLD:,} more texts that had to give way (--json).")


@lists.command("template")
def lists_template() -> None:
    """Show the shipped page as a Typst file, to begin your own with; see the guide on making it yours."""
    from regulars.bootstrap import shipped_template

    say(shipped_template().rstrip())


@lists.command("pages")
@click.argument("plan_id")
@in_workspace
@json_option
def lists_pages(workspace: Workspace, *, plan_id: str, as_json: bool) -> None:
    """Write the lists of a plan as phone pages, plain files for any web server; their names open them, so keep them."""
    from regulars.bootstrap import write_phone_pages

    with workspace.writing("lists pages"):
        folder, report = write_phone_pages(workspace, plan_id, TerminalProgress())
    if as_json:
        say_json({"folder": folder, **asdict(report)})
        return
    removed = f", {report.removed:,} of other lists removed" if report.removed else ""
    say(f"{report.pages:,} phone pages in {folder}: {report.written:,} written now{removed}.")


@lists.command("show")
@click.argument("household_id", metavar="HOUSEHOLD")
@click.option("--plan", "plan_id", help="Which plan; the newest one if not given.")
@in_workspace
@json_option
def lists_show(workspace: Workspace, *, household_id: str, plan_id: str | None, as_json: bool) -> None:
    """One household's list as text, with the reason of every line, in the lists' language."""
    from regulars.bootstrap import list_of

    document = list_of(workspace, household_id, plan_id)
    if as_json:
        say_json(document)
    else:
        tell(document, workspace.page[0].texts)


def tell(document: ListDocument, words: PageTexts) -> None:
    """A list as plain text, in the words of its paper."""
    if document.proof:
        say(words.note_of_proof(live=document.live))
    number = words.list_number.format(document.list_number)
    say(f"{document.household_name} · {document.validity_text} · {number}")
    for section in document.sections:
        say(f"\n{section.title}  {section.place}".rstrip())
        for line in section.lines:
            star = " *" if line.special else ""
            say(f"  [ ] {line.quantity} x {line.name} {line.size_text} {line.price_text}{star}".rstrip())
            say(f"      {line.reason.sentence}")
    if document.specials:
        count = len(document.specials)
        title = words.specials_one if count == 1 else words.specials_many.format(count)
        say(f"\n{title} · {words.saving.format(document.saving_text)}")
    for special in document.specials:
        say(f"  {special.headline} {special.headline_note}: {special.name} ({special.saving_text})")
        say(f"      {special.reason.sentence}")
    for note in document.notes:
        say(f"\n{note}")
