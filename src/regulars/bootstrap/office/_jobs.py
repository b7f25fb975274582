"""The kinds of long work a page can ask for: each runs the same flow as the command of its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from regulars.bootstrap._bound import apply_plan, build_plan, load_files, recall_plan, sniff_file
from regulars.bootstrap._cycle import StepDone, run_cycle
from regulars.bootstrap._list_desk import print_proofs, render_lists, write_phone_pages
from regulars.bootstrap._mailing import send_lists
from regulars.bootstrap._plans_read import budget_curves
from regulars.bootstrap._till_settle import settle_loaded
from regulars.bootstrap._workspace import Workspace
from regulars.contracts import LoadReport
from regulars.flows import ApplyOutcome, PlanRefused, Progress, RecallOutcome
from regulars.ingest import shipped_mappings
from regulars.kernel import ContractError

from ._uploads import files_of, upload_folder

Result = Mapping[str, object]


@dataclass(frozen=True)
class JobDesk:
    """What work is given.

    Args:
        workspace: Where; the lock of its warehouse is held.
        arguments: With what.
        progress: Told of each step; keeps the log.
        say: Adds a line to the log.
        actor: Who asked, for the audit.
    """

    workspace: Workspace
    arguments: Mapping[str, object]
    progress: Progress
    say: Callable[[str], None]
    actor: str

    def text(self, name: str) -> str:
        """An argument."""
        return str(self.arguments[name])

    def day(self) -> date:
        """The day a cycle begins."""
        return date.fromisoformat(self.text("as_of_on"))


def _cycle(desk: JobDesk) -> Result:
    def told(step: StepDone) -> None:
        desk.say(f"{step.name}: {step.result}" + ("" if step.now else " (was done)"))

    apply = bool(desk.arguments.get("apply"))
    report = run_cycle(desk.workspace, desk.day(), desk.progress, apply=apply, told=told, actor=desk.actor)
    return {"plan_id": report.plan_id, "cycle": report.cycle_number}


def _load(desk: JobDesk) -> Result:
    totals = {"rows_in": 0, "rows_kept": 0, "rows_quarantined": 0}

    def told(report: LoadReport) -> None:
        for name in totals:
            totals[name] += getattr(report, name)
        kept, refused = f"{report.rows_kept:,} kept", f"{report.rows_quarantined:,} refused"
        desk.say(f"{Path(report.file).name}: {report.rows_in:,} rows in, {kept}, {refused}")

    reports: list[LoadReport] = []
    upload = upload_folder(desk.workspace, desk.text("upload"))
    for file in files_of(upload):
        mapping = upload / f"{file.name}.toml"
        reports += load_files(
            desk.workspace,
            [file],
            mapping=mapping.read_text(encoding="utf-8").strip() if _names_shipped(mapping) else str(mapping),
            kind=_kind_of(desk.arguments, file.name),
            progress=desk.progress,
            each=told,
            passed_over=lambda one: desk.say(f"passed over: {Path(one.path).name}: {one.reason}"),
        )
    if any(report.kind == "lines" for report in reports):
        settle_loaded(desk.workspace, desk.workspace.own_teller(), desk.progress)
    if not reports:
        raise ContractError("nothing was loaded: no file in the upload is of the mapping's kinds")
    return {**totals, "files": len(reports)}


def _kind_of(arguments: Mapping[str, object], name: str) -> str | None:
    kinds = arguments.get("kinds")
    return str(kinds[name]) if isinstance(kinds, dict) and kinds.get(name) else None


def _names_shipped(mapping: Path) -> bool:
    """Whether the file names a shipped mapping rather than being one."""
    return mapping.read_text(encoding="utf-8").strip() in shipped_mappings()


def _sniff(desk: JobDesk) -> Result:
    found = []
    for file in files_of(upload_folder(desk.workspace, desk.text("upload"))):
        with desk.progress.step(file.name):
            report = sniff_file(desk.workspace, file)
        found.append(
            {
                "file": file.name,
                "kind": report.proposal.kind,
                "mapping": report.proposal.text or report.proposal.shipped,
                "doubts": list(report.proposal.doubts),
                "problem": report.problem,
                "refused": report.refused,
                "rows": [
                    {name: "" if value is None else str(value) for name, value in row.items()}
                    for row in report.rows
                ],
                "broken": [
                    {"column": one.column, "rule": one.rule, "message": one.message} for one in report.broken
                ],
            }
        )
    return {"files": found}


def _plan(desk: JobDesk) -> Result:
    plan = build_plan(desk.workspace, desk.day(), desk.progress)
    return {"plan_id": plan.plan_id, "households": plan.households, "grants": plan.grants}


def _apply(desk: JobDesk) -> Result:
    return _changed(desk, "apply", apply_plan)


def _recall(desk: JobDesk) -> Result:
    return _changed(desk, "recall", recall_plan)


def _changed(desk: JobDesk, name: str, change: Callable[..., ApplyOutcome | RecallOutcome]) -> Result:
    """Apply or recall the plan; a refusal ends the work with its reason."""
    plan_id = desk.text("plan_id")
    with desk.progress.step(name):
        outcome = change(desk.workspace, plan_id, actor=desk.actor)
    if isinstance(outcome, PlanRefused):
        raise ContractError(outcome.message, hint=outcome.hint)
    return {"plan_id": plan_id, "grants": outcome.grants}


def _curves(desk: JobDesk) -> Result:
    return {"curves": [asdict(one) for one in budget_curves(desk.workspace, desk.text("plan_id"), desk.progress)]}


def _render(desk: JobDesk) -> Result:
    run = render_lists(
        desk.workspace, desk.text("plan_id"), desk.progress, print_house=bool(desk.arguments.get("print_house"))
    )
    for finding in run.findings[:20]:
        desk.say(f"{finding.file}: {finding.message}")
    return {"pages": run.pages, "files": run.files, "proof": run.proof, "folder": run.folder.name}


def _proofs(desk: JobDesk) -> Result:
    households = [one for one in desk.text("households").split(",") if one]
    with desk.progress.step("proofs"):
        proofs = print_proofs(desk.workspace, desk.text("plan_id"), households, most=24)
    for finding in proofs.findings[:20]:
        desk.say(f"{finding.file}: {finding.message}")
    return {"lists": len(proofs.documents)}


def _pages(desk: JobDesk) -> Result:
    _, report = write_phone_pages(desk.workspace, desk.text("plan_id"), desk.progress)
    return {"pages": report.written}


def _send(desk: JobDesk) -> Result:
    report = send_lists(desk.workspace, desk.text("plan_id"), desk.progress)
    return {
        "sent": report.accepted,
        "before": report.before,
        "refused": report.refused,
        "deferred": report.deferred,
        "unknown": len(report.unknown),
    }


JOB_KINDS: Mapping[str, Callable[[JobDesk], Result]] = {
    "cycle": _cycle,
    "sniff": _sniff,
    "load": _load,
    "plan": _plan,
    "apply": _apply,
    "recall": _recall,
    "curves": _curves,
    "proofs": _proofs,
    "render": _render,
    "pages": _pages,
    "send": _send,
}
"""What a page can ask for, by kind."""
