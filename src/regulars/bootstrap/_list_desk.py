"""Lists bound to a workspace: printed, shown, proved and approved, made void or issued anew."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from regulars import flows
from regulars.adapters.pages import StaticScreens, render_privacy
from regulars.contracts import Finding, ListBatch, ListDocument
from regulars.flows import (
    DocumentSettings,
    ListApproval,
    ListEdition,
    PagesReport,
    PlanRecord,
    PriceChange,
    Progress,
)
from regulars.kernel import ContractError, HouseholdId, PlanId, StoreError
from regulars.lists import shipped_tips

from ._bound import applied_plan, is_applied, newest_plan, plan_content
from ._workspace import Workspace

_LISTS, _PRINT_HOUSE, _RUN_FILE = "lists", "print-house", ".render/run.json"


@dataclass(frozen=True)
class PrintRun:
    """What a print run came to.

    Args:
        folder: Where the files lie.
        pages: Pages, one a household.
        files: PDF files.
        files_rendered: Those written now; the rest were there.
        proof: Whether the pages carry PROOF, because the plan is not applied, or its lists are not approved yet.
        findings: Texts that had to give way.
    """

    folder: Path
    pages: int
    files: int
    files_rendered: int
    proof: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class PrintedPlan:
    """Whose lists a folder of a print run holds.

    Args:
        plan_id: The plan.
        pages: Pages, one a household.
        proof: Whether they carry PROOF.
    """

    plan_id: PlanId
    pages: int
    proof: bool


@dataclass(frozen=True)
class Proofs:
    """What a proof came to.

    Args:
        file: Where it lies.
        documents: The lists in it.
        without: Households asked for that have none.
        findings: What had to give way.
        live: Whether the register knows the codes on it: the plan is applied.
    """

    file: Path
    documents: tuple[ListDocument, ...]
    without: tuple[str, ...]
    findings: tuple[Finding, ...]
    live: bool


def render_lists(workspace: Workspace, plan_id: str, progress: Progress, *, print_house: bool = False) -> PrintRun:
    """Print a plan's lists; see `flows.render_lists`.

    Args:
        workspace: Where.
        plan_id: The plan.
        progress: Told of every page.
        print_house: Large untagged files for a print house, in a folder of their own, rather than tagged ones.

    Raises:
        ContractError: Another plan of the cycle is applied: its lists must not be replaced by proofs.
    """
    plan = flows.plan_record(workspace.warehouse, plan_id)
    applied = applied_plan(workspace, plan.as_of_on)
    if applied not in {None, plan_id}:
        raise ContractError(
            f"plan {plan_id} is not printed: {applied} of the same cycle is applied, and its lists would be replaced",
            hint=f"print that one, or take it back first with `regulars plan recall {applied}`",
        )
    folder = workspace.out_folder(plan.as_of_on) / (_PRINT_HOUSE if print_house else _LISTS)
    (folder / _RUN_FILE).unlink(missing_ok=True)
    chosen = workspace.settings.list
    proof = not lists_ready(workspace, plan_id)
    if applied is not None:
        _check_codes(workspace, plan)
    changes: Counter[PriceChange] = Counter()
    with progress.step("lists", plan.list_count) as step:
        report = flows.render_lists(
            plan_documents(workspace, plan.plan_id, changes=changes),
            workspace.print_house_printer if print_house else workspace.printer,
            target_folder=folder,
            batch_size=chosen.print_house_pages if print_house else chosen.batch_pages,
            workers=workspace.settings.engine.workers,
            progress=step,
        )
    run = {"plan_id": plan.plan_id, "pages": len(report.rows), "proof": proof}
    flows.write_whole(json.dumps(run, indent=1).encode(), folder / _RUN_FILE)
    files = report.files_rendered + report.files_kept
    prices = [
        Finding("prices", None, "price_cents", "price-is-the-plan-s", f"{changes[kind]:,} {kind}")
        for kind in PriceChange
        if changes[kind]
    ]
    findings = (*workspace.look_findings, *prices, *report.findings)
    return PrintRun(folder, len(report.rows), files, report.files_rendered, proof, findings)


def printed_plan(workspace: Workspace, as_of_on: date, *, print_house: bool = False) -> PrintedPlan | None:
    """Whose lists the print run of a day holds; None while there is no whole run.

    Args:
        workspace: Where.
        as_of_on: The day of the plan.
        print_house: The print house's files rather than the ordinary ones.
    """
    file = workspace.out_folder(as_of_on) / (_PRINT_HOUSE if print_house else _LISTS) / _RUN_FILE
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return PrintedPlan(PlanId(found["plan_id"]), found["pages"], found["proof"])


def write_phone_pages(workspace: Workspace, plan_id: str, progress: Progress) -> tuple[Path, PagesReport]:
    """Write a plan's phone pages as plain files; see `flows.write_phone_pages`.

    Returns:
        The folder, and what was written.
    """
    plan = flows.plan_record(workspace.warehouse, plan_id)
    folder = workspace.out_folder(plan.as_of_on) / "phone"
    with progress.step("phone pages", plan.list_count) as step:
        report = flows.write_phone_pages(
            plan_documents(workspace, plan.plan_id),
            StaticScreens(workspace.page[0], privacy_page(workspace, answers=False)),
            folder,
            progress=step,
        )
    return folder, report


def privacy_page(workspace: Workspace, *, answers: bool) -> str:
    """The page every list names: the store's own words, else what this workspace does; see `adapters.pages`.

    Args:
        workspace: Whose settings.
        answers: Whether the phone pages beside it take answers.
    """
    kept_out = "never" in workspace.settings.sensitive.closed
    return render_privacy(workspace.page[0], kept_out=kept_out, answers=answers)


def plan_documents(
    workspace: Workspace,
    plan_id: str,
    household_id: str | None = None,
    *,
    proof: bool | None = None,
    changes: Counter[PriceChange] | None = None,
) -> Iterator[ListDocument]:
    """Lists of a plan in print order, without those that are void; see `flows.plan_documents`.

    Args:
        workspace: Where.
        plan_id: The plan.
        household_id: Whose list alone; None for all.
        proof: Whether they carry PROOF; by default until `lists_ready`.
        changes: Added to for each price that is not the plan's any more.
    """
    settings = DocumentSettings(
        website=workspace.settings.store.website,
        code_form=workspace.settings.code.form,
        layout=workspace.layout,
        label=workspace.assumptions.label if workspace.settings.demo else "",
        recipes=workspace.recipes,
        language=workspace.language,
        dinner_week=workspace.settings.list.dinner_week,
        tips=shipped_tips(workspace.settings.list.language) if workspace.settings.list.tips else (),
        closed_on=workspace.settings.store.closed_days,
        privileges=workspace.settings.list.privileges,
    )
    if proof is None:
        proof = not lists_ready(workspace, plan_id)
    editions = _editions(workspace, plan_id)
    anew = [one for one, edition in editions.items() if not edition.void and household_id in {None, one}]
    grants = (grant for one in anew for grant in workspace.ledger.till_grants(PlanId(plan_id), one))
    return flows.plan_documents(
        workspace.warehouse,
        plan_id,
        settings,
        workspace.keys,
        proof=proof,
        live=is_applied(workspace, plan_id),
        household_id=household_id,
        editions=editions,
        changes=changes,
        given=flows.goodwill_rows(workspace.warehouse, plan_id, grants) if anew else (),
    )


def list_of(workspace: Workspace, household_id: str, plan_id: str | None) -> ListDocument:
    """One household's list.

    Raises:
        ContractError: The plan has no list for that household.
    """
    chosen = plan_id or newest_plan(workspace, None)
    for document in plan_documents(workspace, chosen, household_id):
        return document
    edition = _editions(workspace, chosen).get(HouseholdId(household_id))
    if edition is not None and edition.void:
        raise ContractError(
            f"the list of household {household_id} in plan {chosen} is void: {edition.reason}",
            hint=f"`regulars lists reissue {household_id}` gives it new codes",
        )
    raise ContractError(
        f"plan {chosen} has no list for household {household_id!r}",
        hint="only households that spend enough get one; see `[eligibility]` in regulars.toml",
    )


def lists_ready(workspace: Workspace, plan_id: str) -> bool:
    """Whether a plan's lists may go out: it is applied, and somebody approved them where the store wants that."""
    if not is_applied(workspace, plan_id):
        return False
    return not workspace.settings.list.approval or workspace.ledger.list_approval(PlanId(plan_id)) is not None


def approve_lists(workspace: Workspace, plan_id: str, *, actor: str) -> bool:
    """Say that an applied plan's lists may be printed for good and sent.

    Returns:
        False when that was said before.

    Raises:
        ContractError: The plan is not applied.
    """
    _must_be_applied(workspace, plan_id)
    return workspace.ledger.approve_lists(ListApproval(PlanId(plan_id), workspace.clock.now_at(), actor))


def print_proofs(workspace: Workspace, plan_id: str, households: Sequence[str], *, most: int) -> Proofs:
    """Print a few lists of a plan into `proof/lists.pdf`, every page marked PROOF; each says whether its codes hold.

    Args:
        workspace: Where.
        plan_id: The plan.
        households: Whose lists in any case, beside `[list] test_households`; those without one are told.
        most: How many more at most: the fullest, the emptiest, and some in between.
    """
    plan = flows.plan_record(workspace.warehouse, plan_id)
    wanted = dict.fromkeys((*workspace.settings.list.test_households, *households))
    chosen = flows.proof_households(workspace.warehouse, plan_id, list(wanted), most=most)
    documents = [document for one in chosen for document in plan_documents(workspace, plan_id, one, proof=True)]
    found = {document.household_id for document in documents}
    target = workspace.out_folder(plan.as_of_on) / "proof" / "lists.pdf"
    findings = (*workspace.look_findings, *_print(workspace, documents, target))
    without = tuple(one for one in wanted if one not in found)
    return Proofs(target, tuple(documents), without, findings, is_applied(workspace, plan_id))


def void_list(
    workspace: Workspace, household_id: str, plan_id: str | None, *, reason: str, actor: str
) -> ListEdition:
    """Make a list's codes open nothing any more; see `flows.change_list`.

    Args:
        workspace: Where.
        household_id: Whose list.
        plan_id: In which plan; None for the newest.
        reason: Why, in somebody's words.
        actor: By whom.
    """
    return _change(workspace, household_id, plan_id, anew=False, reason=reason, actor=actor)


def reissue_list(
    workspace: Workspace, household_id: str, plan_id: str | None, *, reason: str, actor: str
) -> tuple[ListDocument, Path]:
    """Give a list new codes, and print it; the old ones open nothing any more. See `flows.change_list`.

    Args:
        workspace: Where.
        household_id: Whose list.
        plan_id: In which plan; None for the newest.
        reason: Why, in somebody's words.
        actor: By whom.

    Returns:
        The list, and its PDF.
    """
    edition = _change(workspace, household_id, plan_id, anew=True, reason=reason, actor=actor)
    (document,) = plan_documents(workspace, edition.plan_id, household_id)
    day = flows.plan_record(workspace.warehouse, edition.plan_id).as_of_on
    name = f"list-{document.list_number:06d}-{edition.number}.pdf"
    target = workspace.out_folder(day) / "reissued" / name
    _print(workspace, [document], target)
    return document, target


def _change(
    workspace: Workspace, household_id: str, plan_id: str | None, *, anew: bool, reason: str, actor: str
) -> ListEdition:
    chosen = plan_id or newest_plan(workspace, None)
    _must_be_applied(workspace, chosen)
    return flows.change_list(
        flows.plan_record(workspace.warehouse, chosen),
        HouseholdId(household_id),
        workspace.ledger,
        workspace.keys,
        code_form=workspace.settings.code.form,
        anew=anew,
        reason=reason,
        at=workspace.clock.now_at(),
        actor=actor,
    )


def _print(workspace: Workspace, documents: Sequence[ListDocument], target: Path) -> tuple[Finding, ...]:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the folder {target.parent} cannot be made: {error.strerror}") from error
    return workspace.printer.render(ListBatch(target.name, tuple(documents)), target)


def _must_be_applied(workspace: Workspace, plan_id: str) -> None:
    flows.check_plan(workspace.warehouse, plan_id)
    if not is_applied(workspace, plan_id):
        raise ContractError(
            f"plan {plan_id} is not applied, so its lists are proofs and open nothing",
            hint=f"`regulars plan apply {plan_id}` first",
        )


def _editions(workspace: Workspace, plan_id: str) -> Mapping[HouseholdId, ListEdition]:
    """How the lists of a plan that were changed stand now."""
    return flows.newest_editions(workspace.ledger.list_editions(PlanId(plan_id)))


def _check_codes(workspace: Workspace, plan: PlanRecord) -> None:
    """Refuse to print codes of an applied plan that the ledger would not know at the till."""
    promised = {entry.household_id: entry.code_digest for entry in workspace.ledger.lists_of(plan.plan_id)}
    made = {entry.household_id: entry.code_digest for entry in plan_content(workspace, plan).lists}
    for household_id, edition in _editions(workspace, plan.plan_id).items():
        form = workspace.settings.code.form
        made[household_id], _ = flows.edition_digests(edition, plan.cycle_number, workspace.keys, code_form=form)
    if made != promised:
        raise ContractError(
            f"the list codes of plan {plan.plan_id} come out otherwise than when it was applied",
            hint="bring back the keys.toml and the `[code]` settings it was applied with; tills know only those codes. "
            "After an update of Regulars, recall the plan and apply a new one",
        )
