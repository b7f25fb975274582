"""`verify` finds every edit behind the ledger's back; append-only tables refuse edits made openly."""

from dataclasses import replace

import pytest
from ledger_samples import AT, WHO, plan_content, plan_record
from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from regulars.adapters.ledger import SqlLedger, _audit
from regulars.adapters.ledger._tables import APPEND_ONLY, AUDIT
from regulars.flows import AuditHead
from regulars.kernel import PlanId

PLAN = PlanId("plan-a")


@pytest.fixture
def busy_ledger(ledger: SqlLedger) -> SqlLedger:
    """Four links of audit, two postings out and one back."""
    ledger.register_plan(plan_record("plan-b", cycle_number=25), at=AT, actor=WHO)
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    ledger.recall_plan(PLAN, at=AT, actor=WHO)
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    assert ledger.audit_head().sequence == 5
    assert ledger.verify() == []
    return ledger


def tamper(ledger: SqlLedger, *statements: str) -> None:
    """What somebody with the database's own password can do: switch the triggers off and edit."""
    with ledger._writer.begin() as connection:
        _drop_triggers(connection)
        for statement in statements:
            connection.exec_driver_sql(statement)


def _drop_triggers(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        triggers = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars()
        for name in list(triggers):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    for table in APPEND_ONLY:
        connection.exec_driver_sql(f"DROP TRIGGER {table}_append_only ON {table}")


@pytest.mark.parametrize("table", ["postings", "entries", "audit"])
@pytest.mark.parametrize("act", ["DELETE FROM {}", "UPDATE {} SET {} = {}"])
def test_ledger_rows_are_only_added(busy_ledger: SqlLedger, table: str, act: str) -> None:
    column = {"postings": "kind", "entries": "account", "audit": "actor"}[table]
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), busy_ledger._writer.begin() as connection:
        connection.exec_driver_sql(act.format(table, column, column))
    assert busy_ledger.verify() == []


AUDIT_EDITS = {
    "another actor": ("UPDATE audit SET actor = 'nobody' WHERE sequence = 2", "audit 2"),
    "another instant": ("UPDATE audit SET at = '2001-01-01 00:00:00.000000+00' WHERE sequence = 3", "audit 3"),
    "another outcome": ("UPDATE audit SET after = '{}' WHERE sequence = 2", "audit 2"),
    "a row moved text between fields": (
        "UPDATE audit SET actor = actor || action, action = '' WHERE sequence = 2",
        "audit 2",
    ),
    "a row gone": ("DELETE FROM audit WHERE sequence = 3", "audit 4"),
    "the first row gone": ("DELETE FROM audit WHERE sequence = 1", "audit 2"),
    "the last row gone": ("DELETE FROM audit WHERE sequence = 5", "audit 5"),
    "all gone": ("DELETE FROM audit", "audit 5"),
    "the end moved": ("UPDATE audit_head SET sequence = 4", "audit 4"),
}


@pytest.mark.parametrize(("statement", "place"), AUDIT_EDITS.values(), ids=AUDIT_EDITS.keys())
def test_edits_of_the_audit_are_found(busy_ledger: SqlLedger, statement: str, place: str) -> None:
    if busy_ledger._engine.dialect.name == "sqlite":
        statement = statement.replace("+00'", "'")
    tamper(busy_ledger, statement)
    found = {(finding.rule, finding.place) for finding in busy_ledger.verify()}
    assert ("audit-chain-is-whole", place) in found


def test_row_that_was_sealed_again_does_not_fit_the_next(busy_ledger: SqlLedger) -> None:
    with busy_ledger._engine.connect() as connection:
        row = connection.execute(select(AUDIT).where(AUDIT.c.sequence == 3)).one()._asdict()
    seal = _audit._seal({**row, "actor": "nobody"})
    tamper(busy_ledger, f"UPDATE audit SET actor = 'nobody', digest = '{seal}' WHERE sequence = 3")
    assert [(finding.place, finding.message) for finding in busy_ledger.verify()] == [
        ("audit 4", "it is not sealed to the row before it")
    ]


def test_missing_rows_are_counted(busy_ledger: SqlLedger) -> None:
    tamper(busy_ledger, "DELETE FROM audit WHERE sequence IN (2, 3)")
    assert "rows 2 to 3 are missing" in {finding.message for finding in busy_ledger.verify()}


def test_tail_cut_with_its_end_is_found_by_the_anchor(busy_ledger: SqlLedger) -> None:
    anchor = busy_ledger.audit_head()
    assert busy_ledger.verify(anchor) == []
    tamper(
        busy_ledger,
        "DELETE FROM audit WHERE sequence > 2",
        "UPDATE audit_head SET sequence = 2, digest = (SELECT digest FROM audit WHERE sequence = 2)",
    )
    assert busy_ledger.verify() == []  # a chain cannot know what came after it
    assert [finding.place for finding in busy_ledger.verify(anchor)] == ["audit 5"]


def test_anchor_of_the_past_still_holds(busy_ledger: SqlLedger) -> None:
    anchor = busy_ledger.audit_head()
    busy_ledger.recall_plan(PLAN, at=AT, actor=WHO)
    assert busy_ledger.verify(anchor) == []
    assert busy_ledger.verify(AuditHead(0, "0" * 64)) == []
    assert [finding.place for finding in busy_ledger.verify(replace(anchor, digest="f" * 64))] == ["audit 5"]


BOOK_EDITS = {
    "an entry raised": (
        "UPDATE entries SET amount_cents = amount_cents + 1 WHERE line = 1 AND posting_id = 'plan-a/promise/1'",
        {"postings-balance"},
    ),
    "a posting raised on both sides": (
        "UPDATE entries SET amount_cents = 2 * amount_cents WHERE line < 3 AND posting_id = 'plan-a/promise/2'",
        {"promises-cover-grants"},
    ),
    "a grant's face raised": (
        "UPDATE grants SET face_cents = 101 WHERE grant_id = '1-1'",
        {"promises-cover-grants"},
    ),
    "a grant's funding moved to the vendor": (
        "UPDATE grants SET funding_cents = 61 WHERE grant_id = '1-1'",
        {"promises-cover-grants"},
    ),
    "a grant closed": ("UPDATE grants SET state = 'closed' WHERE grant_id = '1-1'", {"promises-cover-grants"}),
    "a grant gone": (
        "DELETE FROM grants WHERE grant_id = '1-1'",
        {"promises-cover-grants", "plans-are-complete"},
    ),
    "a plan's state turned": (
        "UPDATE plans SET state = 'recalled' WHERE plan_id = 'plan-a'",
        {"recalled-plans-are-closed"},
    ),
    "a list for a plan never applied": (
        "INSERT INTO lists SELECT 'plan-b', household_id, list_number, sequence, code_digest, phone_digest, "
        "from_on, until_on, arm FROM lists WHERE list_number = 1",
        {"plans-are-complete"},
    ),
}


@pytest.mark.parametrize(("statement", "rules"), BOOK_EDITS.values(), ids=BOOK_EDITS.keys())
def test_edits_of_the_books_are_found(busy_ledger: SqlLedger, statement: str, rules: set[str]) -> None:
    tamper(busy_ledger, statement)
    assert {finding.rule for finding in busy_ledger.verify()} == rules


def test_finding_says_what_and_where(busy_ledger: SqlLedger) -> None:
    tamper(busy_ledger, "UPDATE grants SET funding_cents = 61 WHERE grant_id = '1-1'")
    roaster = [finding for finding in busy_ledger.verify() if "roaster" in finding.place]
    assert [(finding.place, finding.message) for finding in roaster] == [
        (
            "plan plan-a, payer roaster, offer coffee",
            "180 cents stand as promised, the open grants can cost 181",
        )
    ]
