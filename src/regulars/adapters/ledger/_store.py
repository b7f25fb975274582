"""The ledger in SQL: one class for SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Row, Select, collate, select
from sqlalchemy.exc import DataError, IntegrityError

from regulars.flows import (
    ApplyOutcome,
    AuditHead,
    BudgetTotal,
    GrantRecord,
    LedgerFinding,
    ListRecord,
    PlanApplied,
    PlanContent,
    PlanRecalled,
    PlanRecord,
    PlanRefusal,
    PlanRefused,
    PlanStanding,
    PlanState,
    RecallOutcome,
)
from regulars.kernel import ContractError, PlanId, StoreError
from regulars.redeem import Account, GrantState

from . import _audit, _plans, _postings, _schema, _shown, _till_postings
from ._answers import AnswerCalls
from ._approvals import ApprovalCalls
from ._desk import DeskCalls, write_offer_deals
from ._engine import by_key, for_writing, open_engine, parse_address, shown, sqlite_file
from ._failures import store_failures
from ._goodwill import GoodwillCalls, goodwill_count
from ._jobs import JobCalls
from ._list_calls import ListCalls
from ._packs import lent_grants
from ._prepared import transaction_sent_together
from ._settlement import SettlementCalls, verify_invoices
from ._staff import StaffCalls
from ._tables import GRANTS, LISTS
from ._till_calls import TillCalls
from ._till_screen import TillScreenCalls

_STREAM_ROWS = 5_000


class SqlLedger(
    DeskCalls,
    TillCalls,
    SettlementCalls,
    AnswerCalls,
    ListCalls,
    TillScreenCalls,
    GoodwillCalls,
    StaffCalls,
    JobCalls,
    ApprovalCalls,
):
    """Every port of the ledger over an engine; made by `create_ledger` or `open_ledger`.

    Args:
        engine: As `open_engine` gives it, its schema at the newest revision.
        place: The address as it may be printed.
    """

    def __init__(self, engine: Engine, place: str) -> None:
        self._engine, self._keyed = engine, by_key(engine)
        self._writer = for_writing(self._engine)
        self._place = place
        self._shared = threading.local()

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()
        self._keyed.dispose()

    def register_plan(self, plan: PlanRecord, *, at: datetime, actor: str) -> PlanStanding | PlanRefused:
        """Note that a plan was built; again with the same content changes nothing."""
        with self._writing(f"register plan {plan.plan_id}") as connection:
            found = _plans.find_plan(connection, plan.plan_id)
            return _plans.refuse_other_content(found, plan) or found or _register(connection, plan, at, actor)

    def apply_plan(self, content: PlanContent, *, at: datetime, actor: str) -> ApplyOutcome:
        """Write the plan's lists and grants and promise its money; registers it first if need be."""
        plan = content.plan
        with self._writing(f"apply plan {plan.plan_id}") as connection:
            found = _plans.find_plan(connection, plan.plan_id)
            if refused := _plans.refuse_other_content(found, plan):
                return refused
            if found is not None and found.state is PlanState.APPLIED:
                return _applied(connection, plan, now=False)
            if refused := _plans.refuse_to_apply(connection, content):
                return refused
            before = found or _register(connection, plan, at, actor)
            if before.state is PlanState.RECALLED:
                _plans.reopen_grants(connection, plan.plan_id)
            else:
                _plans.write_programme(connection, content.programme, at)
                _plans.write_lists_and_grants(connection, content)
                write_offer_deals(connection, plan.plan_id, content.offers)
            costs = _postings.open_costs(connection, plan.plan_id)
            _postings.post(connection, plan.plan_id, _postings.PostingKind.PROMISE, costs, at)
            if before.state is PlanState.BUILT:
                _postings.write_budgets(connection, plan.plan_id, content.budgets, costs)
            _plans.set_state(connection, plan.plan_id, PlanState.APPLIED, at)
            outcome = _applied(connection, plan, now=True)
            after = {
                "state": PlanState.APPLIED,
                "lists": outcome.lists,
                "grants": outcome.grants,
                "promised_cents": outcome.promised_cents,
            }
            _note(connection, "plan.apply", plan.plan_id, at, actor, {"state": before.state}, after)
            return outcome

    def recall_plan(self, plan_id: PlanId, *, at: datetime, actor: str) -> RecallOutcome:
        """Close every grant and release the money, as long as no grant ever left `issued`."""
        with self._writing(f"recall plan {plan_id}") as connection:
            found = _plans.find_plan(connection, plan_id)
            if refused := _refuse_to_recall(connection, plan_id, found):
                return refused
            if found is not None and found.state is PlanState.RECALLED:
                return PlanRecalled(plan_id, found.plan.grant_count, 0, now=False)
            issued = _plans.count_grants(connection, plan_id).get(GrantState.ISSUED, 0)
            grants = _plans.close_issued_grants(connection, plan_id, issued)
            promised = _postings.balances(connection, plan_id, Account.PROMISED)
            released_cents = _postings.post(connection, plan_id, _postings.PostingKind.RELEASE, promised, at)
            _plans.set_state(connection, plan_id, PlanState.RECALLED, at)
            after = {"state": PlanState.RECALLED, "grants": grants, "released_cents": released_cents}
            _note(connection, "plan.recall", plan_id, at, actor, {"state": PlanState.APPLIED}, after)
            return PlanRecalled(plan_id, grants, released_cents, now=True)

    def plan_state(self, plan_id: PlanId) -> PlanState | None:
        """Where a plan stands; None if the ledger never heard of it."""
        with self._reading(f"look up plan {plan_id}") as connection:
            found = _plans.find_plan(connection, plan_id)
        return None if found is None else found.state

    def plans(self) -> list[PlanStanding]:
        """All plans, by cycle, then id."""
        with self._reading("list the plans") as connection:
            return _plans.all_standings(connection)

    def lists_of(self, plan_id: PlanId) -> Iterator[ListRecord]:
        """Lists of a plan that was applied, by list number."""
        statement = select(LISTS).where(LISTS.c.plan_id == plan_id).order_by(LISTS.c.list_number)
        return map(_plans.list_of, self._stream(f"read the lists of plan {plan_id}", statement))

    def grants_of(self, plan_id: PlanId) -> Iterator[GrantRecord]:
        """Grants of a plan that was applied, by id (as bytes, so that both stores agree)."""
        collation = "C" if self._engine.dialect.name == "postgresql" else "BINARY"
        order = collate(GRANTS.c.grant_id, collation)
        statement = select(GRANTS).where(GRANTS.c.plan_id == plan_id).order_by(order)
        return map(_plans.grant_of, self._stream(f"read the grants of plan {plan_id}", statement))

    def budget_totals(self, plan_id: PlanId) -> list[BudgetTotal]:
        """Every budget of a plan that was applied, by scope, then id."""
        with self._reading(f"add up the budgets of plan {plan_id}") as connection:
            return _postings.totals(connection, plan_id)

    def audit_head(self) -> AuditHead:
        """The end of the audit chain; sequence 0 when nothing happened yet."""
        with self._reading("read the audit chain") as connection:
            return _audit.read_head(connection)

    def verify(self, anchor: AuditHead | None = None) -> list[LedgerFinding]:
        """Check the audit chain, the postings and the grants against each other; empty when all is well."""
        with self._reading("verify itself") as connection:
            findings = [*_audit.verify_chain(connection, anchor), *_postings.verify_balances(connection)]
            for standing in _plans.all_standings(connection):
                findings += _plans.verify_counts(
                    connection, standing, goodwill_count(connection, standing.plan.plan_id)
                )
                findings += _postings.verify_promises(connection, standing.plan.plan_id)
                findings += _till_postings.verify_positions(connection, standing.plan.plan_id)
                findings += _till_postings.verify_pools(connection, standing.plan.plan_id)
                findings += _shown.verify_shown(connection, standing.plan.plan_id)
            findings += verify_invoices(connection)
        return findings

    @property
    def reads_at_once(self) -> bool:
        """Whether what it is asked never waits for another machine."""
        return self._engine.name == "sqlite"

    @contextmanager
    def reading_together(self) -> Iterator[None]:
        """Within it, what this thread asks is read on one connection, taken when it is needed."""
        with ExitStack() as stack:
            self._shared.stack, self._shared.connection = stack, None
            try:
                yield
            finally:
                self._shared.stack = None

    @contextmanager
    def _reading(self, doing: str) -> Iterator[Connection]:
        shared = self._shared
        with store_failures(self._place, doing):
            if getattr(shared, "stack", None) is None:
                with self._engine.connect() as connection:
                    yield connection
                return
            if shared.connection is None:
                shared.connection = shared.stack.enter_context(self._keyed.connect())
            yield shared.connection

    def _stream(self, doing: str, statement: Select[Any]) -> Iterator[Row[Any]]:
        streamed = statement.execution_options(yield_per=_STREAM_ROWS)
        with self._reading(doing) as connection, connection.execute(streamed) as rows:
            yield from rows

    def _transaction(self, *, by_key: bool) -> AbstractContextManager[Connection]:
        if by_key and self._engine.name == "postgresql":
            return transaction_sent_together(self._keyed)
        return self._writer.begin()

    @contextmanager
    def _writing(self, doing: str, *, chained: bool = True, by_key: bool = False) -> Iterator[Connection]:
        """One transaction; writers of plans and of money queue at the end of the audit chain."""
        with store_failures(self._place, doing):
            try:
                with self._transaction(by_key=by_key) as connection:
                    if chained:
                        _audit.lock_chain(connection)
                    yield connection
            except (
                *(IntegrityError, DataError),
                *(OverflowError, UnicodeEncodeError),  # SQLite's way with 2**63, and with half a surrogate pair
            ) as error:
                why = getattr(error, "orig", error)
                raise ContractError(f"the ledger {self._place} refused to {doing}: {why}") from error


def _register(connection: Connection, plan: PlanRecord, at: datetime, actor: str) -> PlanStanding:
    standing = _plans.write_plan(connection, plan, at)
    after = {"state": PlanState.BUILT, "cycle_number": plan.cycle_number, "content_digest": plan.content_digest}
    _note(connection, "plan.register", plan.plan_id, at, actor, {}, after)
    return standing


def _applied(connection: Connection, plan: PlanRecord, *, now: bool) -> PlanApplied:
    promised = _postings.balances(connection, plan.plan_id, Account.PROMISED)
    return PlanApplied(plan.plan_id, plan.list_count, plan.grant_count, sum(promised.values()), now)


def _refuse_to_recall(connection: Connection, plan_id: PlanId, found: PlanStanding | None) -> PlanRefused | None:
    if found is None:
        return PlanRefused(
            plan_id,
            PlanRefusal.UNKNOWN_PLAN,
            f"plan {plan_id} was never applied; there is nothing to recall",
            "`regulars plan show` names the newest plan and says whether it is applied",
        )
    if found.state is PlanState.BUILT:
        return PlanRefused(
            plan_id,
            PlanRefusal.NOT_APPLIED,
            f"plan {plan_id} is built but was never applied; there is nothing to recall",
            f"apply it with `regulars plan apply {plan_id}`, or leave it",
        )
    if lent := lent_grants(connection, plan_id):
        return PlanRefused(
            plan_id,
            PlanRefusal.GRANTS_IN_USE,
            f"{lent} of {found.plan.grant_count} grants of plan {plan_id} lie with stores' controllers; expected none",
            "let the controllers hand them back, then recall the plan",
        )
    states = _plans.count_grants(connection, plan_id)
    in_use = sum(states.get(state, 0) for state in (GrantState.HELD, GrantState.ARMED, GrantState.SPENT))
    if in_use:
        return PlanRefused(
            plan_id,
            PlanRefusal.GRANTS_IN_USE,
            f"{in_use} of {found.plan.grant_count} grants of plan {plan_id} are held, armed or spent; "
            "expected all as issued",
            "a plan shoppers have begun to use runs to its last day; stop single offers instead",
        )
    return None


def _note(
    connection: Connection,
    action: str,
    plan_id: str,
    at: datetime,
    actor: str,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    _audit.append(connection, _audit.Event(at, actor, action, "plan", plan_id, before, after))


def create_ledger(address: str, *, folder: Path) -> SqlLedger:
    """Make a ledger, or bring an older one to the newest revision; again changes nothing.

    Args:
        address: ``sqlite:///ledger.db`` or ``postgresql://user@host/database`` (`[ledger] url`).
        folder: Where a relative SQLite file lies: the workspace.

    Raises:
        ConfigError: The address names no store this release knows.
        StoreError: The store cannot be written.
    """
    url = parse_address(address, folder)
    with _engine_of(url, "be created") as engine, for_writing(engine).begin() as connection:
        _schema.upgrade(connection)
    return SqlLedger(engine, shown(url))


def open_ledger(address: str, *, folder: Path) -> SqlLedger:
    """Open a ledger that stands at the newest revision.

    Args:
        address: As for `create_ledger`.
        folder: As for `create_ledger`.

    Raises:
        ConfigError: The address names no store this release knows.
        StoreError: There is none, it cannot be read, or it stands at another revision.
    """
    url = parse_address(address, folder)
    path = sqlite_file(url)
    if path is not None and not path.is_file():
        raise StoreError(
            f"there is no ledger at {path}",
            hint="restore it from the backup; only a new workspace gets a new one, from `regulars init`",
        )
    with _engine_of(url, "be opened") as engine, engine.connect() as connection:
        _schema.require_newest(connection, shown(url))
    return SqlLedger(engine, shown(url))


@contextmanager
def _engine_of(url: URL, doing: str) -> Iterator[Engine]:
    """An engine that outlives the body, unless the body fails."""
    engine = open_engine(url)
    try:
        with store_failures(shown(url), doing):
            yield engine
    except BaseException:
        engine.dispose()
        raise
