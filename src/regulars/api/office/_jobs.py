"""Long work: asked for by a form, watched on a page of its own, stopped by a form."""

from __future__ import annotations

from datetime import date

from fastapi import Request, Response

from regulars.bootstrap.office import ask_for, cancel, silent
from regulars.flows import Job

from ._export import exported
from ._render import error_page, office_of, page, redirect
from ._route import Form, asker_of, form_of, office_router

router = office_router()
_LISTED = 100
_OF_PLAN = frozenset({"apply", "recall", "curves", "render", "proofs", "pages", "send"})
_OF_CYCLE = frozenset({"cycle", "plan"})


@router.get("/jobs", name="jobs")
def jobs(request: Request) -> Response:
    """What ran, and what waits."""
    newest = office_of(request).ledger.newest_jobs(_LISTED)
    return exported(request, "work", {"jobs": (newest, Job)}) or page(request, "jobs.html", jobs=newest)


@router.post("/jobs", name="jobs_ask")
def jobs_ask(request: Request) -> Response:
    """Ask for long work on a cycle or a plan."""
    office, form = office_of(request), form_of(request)
    arguments = _arguments(form)
    if arguments is None:
        return error_page(request, 422)
    asked = ask_for(office, form.get("kind"), arguments, asker_of(request).actor)
    return redirect(request, "job", said="" if asked.now else "jobs.said_asked", job_id=asked.job_id)


@router.get("/jobs/{job_id}", name="job")
def job_page(request: Request, job_id: str) -> Response:
    """How far one is."""
    job = _found(request, job_id)
    if job is None:
        return error_page(request, 404)
    return page(request, "job.html", job=job, silent=silent(office_of(request), job))


@router.post("/jobs/{job_id}/cancel", name="job_cancel")
def job_cancel(request: Request, job_id: str) -> Response:
    """Stop one."""
    job = _found(request, job_id)
    if job is None:
        return error_page(request, 404)
    stopped = cancel(office_of(request), job.job_id, asker_of(request).actor)
    return redirect(request, "job", said="jobs.said_stopping" if stopped else "jobs.said_over", job_id=job.job_id)


def _found(request: Request, job_id: str) -> Job | None:
    return office_of(request).ledger.find_job(int(job_id)) if job_id.isdecimal() and len(job_id) < 10 else None


def _arguments(form: Form) -> dict[str, object] | None:
    """What a form asks for; None if it is nothing that can be asked for here."""
    kind = form.get("kind")
    if kind in _OF_CYCLE:
        try:
            day = date.fromisoformat(form.get("as_of_on"))
        except ValueError:
            return None
        return {"as_of_on": day.isoformat()}
    if kind in _OF_PLAN and 0 < len(form.get("plan_id")) < 100:
        asked: dict[str, object] = {"plan_id": form.get("plan_id")}
        if kind == "proofs":
            asked["households"] = form.get("households")
        if kind == "render":
            asked["print_house"] = form.get("print_house") == "yes"
        return asked
    return None
