"""Today, bound to a workspace."""

from __future__ import annotations

from datetime import timedelta

from regulars.bootstrap._list_desk import printed_plan
from regulars.bootstrap._mailing import mail_status
from regulars.flows import Job, JobAsked, data_status
from regulars.flows.views import TodayGround, TodayView, today_view
from regulars.kernel import Cycle, PlanId, cycle_at

from ._office import Office
from ._reading import kept

_JOBS_LOOKED_AT = 50


def read_today(office: Office) -> TodayView:
    """Where the cycle stands, what needs somebody, what failed."""
    settings, warehouse = office.settings, office.warehouse
    ground = TodayGround(
        kept(office, ("status", warehouse.edition), lambda: data_status(warehouse)),
        newest_cycle(office),
        office.today(),
        office.workspace.clock.now_at(),
        lambda plan_id, cycle: printed_pages(office, plan_id, cycle),
        lambda cycle: mail_status(office.workspace, cycle.period.from_on).states,
        settings.list.approval,
        bool(settings.mail.host),
    )
    return today_view(office.warehouse, office.ledger, office.ledger.newest_jobs(_JOBS_LOOKED_AT), ground)


def newest_cycle(office: Office) -> Cycle | None:
    """The cycle that stands next or runs: of the day after the newest till line, or after today if that is before.

    In the demonstration lines lie ahead of its day. None before there is a line.
    """
    warehouse = office.warehouse
    statuses = kept(office, ("status", warehouse.edition), lambda: data_status(warehouse))
    lines = next((one for one in statuses if one.kind == "lines"), None)
    if lines is None or lines.last_on is None:
        return None
    reached_on = min(lines.last_on, office.today()) + timedelta(days=1)
    return cycle_at(max(reached_on, office.settings.cycle.first_on), office.settings.cycle.first_on)


def printed_pages(office: Office, plan_id: PlanId, cycle: Cycle) -> int:
    """How many pages of a plan were printed for good, by the store or for a print house; 0 if none."""
    runs = (printed_plan(office.workspace, cycle.period.from_on, print_house=one) for one in (False, True))
    return max((run.pages for run in runs if run and run.plan_id == plan_id and not run.proof), default=0)


def ask_for(office: Office, kind: str, arguments: dict[str, object], actor: str) -> JobAsked:
    """Ask for long work, once: while the very same waits or runs, that is what was asked for."""
    return office.ledger.ask_job(kind, arguments, at=office.workspace.clock.now_at(), actor=actor)


def cancel(office: Office, job_id: int, actor: str) -> bool:
    """Want work to stop; False if it was over already."""
    return office.ledger.cancel_job(job_id, at=office.workspace.clock.now_at(), actor=actor)


def silent(office: Office, job: Job) -> bool:
    """Whether running work was not heard of for a while: its worker may be dead."""
    if job.state.over or job.beat_at is None:
        return False
    return (office.workspace.clock.now_at() - job.beat_at).total_seconds() > _SILENT_SECONDS


_SILENT_SECONDS = 15
