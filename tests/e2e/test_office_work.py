"""Work that pages ask for, done by a real worker on a finished cycle: mail is sent, a plan is taken back.

Pages say how far it is, what it came to, and that a worker died; the audit says who asked for what, before and after.
"""

import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from processes import wait_until
from regulars.bootstrap import Workspace, create_workspace, load_contacts, plan_documents, suppress_household
from regulars.bootstrap.office import WorkerKeeper, read_audit
from regulars.flows import AuditRow, JobState, PlanState, Role, plans_of

sys.path.append(str(Path(__file__).parents[1] / "stores"))
from mail_kills import served
from mail_sink import Sink
from office_desk import OfficeTrial, TestClient, csrf_of

WITH_ADDRESS, TAKEN_FIRST = 12, 3
SETTINGS = """
[office]
password_memory_kib = 8192

[mail]
host = "127.0.0.1"
port = {port}
starttls = false
from_address = "lists@shop.example"
"""

pytestmark = pytest.mark.slow


@dataclass
class Desk:
    """An office with a worker of its own, its mail server, its plan, and who has an address: all of them agreed."""

    trial: OfficeTrial
    keeper: WorkerKeeper
    sink: Sink
    plan_id: str
    addresses: list[str]

    def ask(self, client: TestClient, kind: str) -> str:
        """Ask for work on the plan as the page does; returns where its page is."""
        form = {"csrf": csrf_of(client), "kind": kind, "plan_id": self.plan_id}
        answer = client.post("/office/jobs", data=form)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def ended(self, client: TestClient, address: str, state: JobState) -> dict[str, str]:
        """Wait until the page of some work says that it ended so; returns the figures it tells."""
        wait_until(lambda: f'class="state {state}"' in client.get(address).text, seconds=60)
        return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", client.get(address).text))

    def trail(self, about: str) -> list[AuditRow]:
        """Rows of the audit about something, oldest first; the page tells each of them."""
        rows = read_audit(self.trial.app.state.office, "", about, 0)
        page = self.trial.signed_in(Role.ADMIN).get(f"/office/audit?about={about}").text
        for row in rows:
            for name, value in {**row.before, **row.after}.items():
                assert f"<div>{name}: {value}</div>" in page
        return rows[::-1]


@contextmanager
def working(root: Path, sink: Sink) -> Iterator[Desk]:
    with served(sink) as port:
        with (root / "regulars.toml").open("a", encoding="utf-8") as settings:
            settings.write(SETTINGS.format(port=port))
        create_workspace(root)
        with Workspace.open(root) as workspace:
            plan_id = plans_of(workspace.warehouse)[-1]
            households = [one.household_id for one in plan_documents(workspace, plan_id)][:WITH_ADDRESS]
            contacts = root / "contacts.csv"
            rows = "".join(f"{one},h{one}@example.org,2017-11-01\n" for one in households)
            contacts.write_text(f"household_id,email,agreed_on\n{rows}", encoding="utf-8")
            assert load_contacts(workspace, contacts).contacts == WITH_ADDRESS
            keeper = WorkerKeeper(workspace, lambda: None)
            keeper.start()
            try:
                yield Desk(
                    OfficeTrial(workspace), keeper, sink, plan_id, [f"h{one}@example.org" for one in households]
                )
            finally:
                sink.let_go()
                keeper.stop()


@pytest.fixture
def desk(finished: Path, tmp_path: Path) -> Iterator[Desk]:
    with working(Path(shutil.copytree(finished, tmp_path / "w")), Sink()) as made:
        yield made


def test_lists_are_sent_and_the_page_says_how_far_it_is_and_what_it_came_to(desk: Desk) -> None:
    sink, ledger = desk.sink, desk.trial.workspace.ledger
    declined, refused, put_off, *others = desk.addresses
    suppress_household(desk.trial.workspace, declined[1 : declined.index("@")], forget=False)
    sink.refused[refused], sink.answers[put_off] = "550 5.1.1 no such user", "451 4.3.0 later"
    marta, admin = desk.trial.signed_in(Role.MARKETING), desk.trial.signed_in(Role.ADMIN)
    assert "Send them by e-mail" in marta.get(f"/office/lists?id={desk.plan_id}").text
    sink.catch("held", TAKEN_FIRST)
    address = desk.ask(marta, "send")
    wait_until(sink.caught.is_set, seconds=60)
    wait_until(
        lambda: re.search(r'<progress class="meter" max="1" value="0\.\d', marta.get(address).text) is not None
    )
    page = marta.get(address).text
    assert 'class="state running"' in page
    assert ">messages</p>" in page
    assert 'href="/office/jobs/1"' in marta.get("/office/today").text
    assert desk.ask(admin, "send") == f"{address}?said=jobs.said_asked"
    assert "not over yet: this is it" in admin.get(f"{address}?said=jobs.said_asked").text
    sink.let_go()
    told = {"Sent": f"{len(others)}", "Sent before": "0", "Refused by the mail server": "1"}
    told |= {"To be sent again": "1", "Sent, answer not seen": "0"}
    assert desk.ended(marta, address, JobState.DONE) == told
    assert sorted(sink.taken) == sorted(others)
    sending = marta.get(f"/office/lists?id={desk.plan_id}").text
    for line in (f"Accepted by the mail server</dt><dd>{len(others)}", "Refused</dt><dd>1", "Put off</dt><dd>1",
                 "Bounced for good</dt><dd>1", "Asked not to be written to</dt><dd>1"):  # fmt: skip
        assert line in sending
    figures = {"sent": len(others), "before": 0, "refused": 1, "deferred": 1, "unknown": 0}
    assert [(one.action, one.actor, one.before, one.after) for one in desk.trail("job")] == [
        ("job.ask", "staff marketing", {}, {"kind": "send", "plan_id": desk.plan_id}),
        ("job.end", "staff marketing", {"state": "running"}, {"state": "done", **figures}),
    ]
    sink.answers.clear()
    again = desk.ended(marta, desk.ask(marta, "send"), JobState.DONE)
    assert (again["Sent"], again["Sent before"]) == ("1", f"{len(others)}")
    assert set(sink.taken) == {*others, put_off}
    assert set(sink.taken.values()) == {1}
    assert ledger.verify() == []


def test_a_worker_that_dies_while_it_sends_is_said_and_nobody_gets_two_messages(desk: Desk) -> None:
    marta, sink = desk.trial.signed_in(Role.MARKETING), desk.sink
    sink.catch("held", TAKEN_FIRST)
    address = desk.ask(marta, "send")
    wait_until(sink.caught.is_set, seconds=60)
    dead = desk.keeper.pid
    assert dead is not None
    os.kill(dead, signal.SIGKILL)
    desk.ended(marta, address, JobState.LOST)
    assert "The worker that did this died" in marta.get(address).text
    failed = marta.get("/office/today").text
    assert re.search(r'id="failed".*href="/office/jobs/1".*The worker that did this died', failed, re.DOTALL)
    assert [(one.action, one.actor, one.before, one.after) for one in desk.trail("job")][1:] == [
        ("job.end", "service", {"state": "running"}, {"state": "lost"})
    ]
    sink.let_go()
    told = desk.ended(marta, desk.ask(marta, "send"), JobState.DONE)
    assert desk.keeper.pid != dead
    rest = WITH_ADDRESS - TAKEN_FIRST
    assert (told["Sent"], told["Sent before"], told["Sent, answer not seen"]) == (
        f"{rest}",
        f"{TAKEN_FIRST - 1}",
        "1",
    )
    assert set(sink.taken.values()) == {1}
    assert len(sink.taken) == WITH_ADDRESS


def test_a_plan_is_taken_back_unless_a_shopper_used_it(desk: Desk) -> None:
    ledger, marta = desk.trial.workspace.ledger, desk.trial.signed_in(Role.MARKETING)
    plan = f"/office/plan?id={desk.plan_id}"
    assert 'name="kind" value="recall"' in marta.get(plan).text
    grants = len(list(ledger.grants_of(desk.plan_id)))
    (promised,) = (one.after["promised_cents"] for one in desk.trail(desk.plan_id) if one.action == "plan.apply")
    assert int(promised) > 0
    address = desk.ask(marta, "recall")
    assert desk.ended(marta, address, JobState.DONE) == {"Plan": desk.plan_id, "Offers given": f"{grants:,}"}
    assert ledger.plan_state(desk.plan_id) is PlanState.RECALLED
    assert 'name="kind" value="apply"' in marta.get(plan).text
    last = desk.trail(desk.plan_id)[-1]
    assert (last.action, last.actor, last.before) == ("plan.recall", "staff marketing", {"state": "applied"})
    assert last.after == {"state": "recalled", "grants": grants, "released_cents": promised}
    end = {"state": "done", "plan_id": desk.plan_id, "grants": grants}
    assert [(one.action, one.before, one.after) for one in desk.trail("job")] == [
        ("job.ask", {}, {"kind": "recall", "plan_id": desk.plan_id}),
        ("job.end", {"state": "running"}, end),
    ]
    desk.ended(marta, desk.ask(marta, "apply"), JobState.DONE)
    used = next(iter(ledger.grants_of(desk.plan_id)))
    with ledger._writer.begin() as connection:
        connection.exec_driver_sql("UPDATE grants SET state = 'spent' WHERE grant_id = ?", (used.grant_id,))
    refused = desk.ask(marta, "recall")
    assert desk.ended(marta, refused, JobState.FAILED) == {}
    assert f"1 of {grants} grants of plan {desk.plan_id} are held, armed or spent" in marta.get(refused).text
    assert ledger.plan_state(desk.plan_id) is PlanState.APPLIED
    assert desk.trail(desk.plan_id)[-1].action == "plan.apply"
    assert desk.trail("job")[-1].after == {"state": "failed"}
