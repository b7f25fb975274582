"""The migrations make the tables that queries use; a ledger at another revision is not worked on."""

from datetime import date
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from ledger_samples import AT, WHO, plan_content
from sqlalchemy import inspect

from regulars.adapters.ledger import SqlLedger, _schema, create_ledger, open_ledger
from regulars.adapters.ledger._engine import for_writing, open_engine, parse_address
from regulars.adapters.ledger._tables import APPEND_ONLY, METADATA
from regulars.kernel import GrantId, PlanId, StoreError, StoreId
from regulars.redeem import GrantKey, Held, HoldAnswer, HoldRequest, LaneTransaction, Share


def test_migrations_make_the_tables_of_the_queries(ledger: SqlLedger) -> None:
    with ledger._engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, METADATA) == []


def test_constraints_have_the_names_of_the_metadata(ledger: SqlLedger) -> None:
    """A later migration must be able to name what it changes; `compare_metadata` does not look at checks."""
    found = inspect(ledger._engine)
    for table in METADATA.sorted_tables:
        named = {check["name"] for check in found.get_check_constraints(table.name)}
        assert named == {str(c.name) for c in table.constraints if type(c).__name__ == "CheckConstraint"}


def test_every_posted_table_is_append_only() -> None:
    assert set(APPEND_ONLY) == {
        "postings",
        "entries",
        "audit",
        "deal_revisions",
        "invoices",
        "invoice_lines",
        "invoice_disputes",
        "reversals",
        "logged",
        "shown",
        "exceptions",
    }


def test_create_again_keeps_what_is_there(ledger: SqlLedger, ledger_url: str, tmp_path: Path) -> None:
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    again = create_ledger(ledger_url, folder=tmp_path)
    assert again.plans() == ledger.plans()
    assert again.verify() == []
    again.close()


def test_open_finds_what_was_written(ledger: SqlLedger, ledger_url: str, tmp_path: Path) -> None:
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    opened = open_ledger(ledger_url, folder=tmp_path)
    assert list(opened.grants_of(plan_content().plan.plan_id)) == list(
        ledger.grants_of(plan_content().plan.plan_id)
    )
    opened.close()


@pytest.mark.parametrize("revision", ["0000", "9999"])
def test_other_revision_is_refused(ledger: SqlLedger, ledger_url: str, tmp_path: Path, revision: str) -> None:
    with ledger._writer.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
    with pytest.raises(StoreError, match=f"stands at revision {revision}; this release expects 0008") as refused:
        open_ledger(ledger_url, folder=tmp_path)
    assert "regulars ledger upgrade" in refused.value.hint


def test_migration_that_fails_leaves_nothing(ledger_url: str, tmp_path: Path) -> None:
    engine = open_engine(parse_address(ledger_url, tmp_path))

    def half_a_migration() -> None:
        with for_writing(engine).begin() as connection:
            _schema.upgrade(connection)
            assert "grants" in inspect(connection).get_table_names()
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        half_a_migration()
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_missing_file_is_not_made_by_looking(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no ledger at") as refused:
        open_ledger("sqlite:///ledger.db", folder=tmp_path)
    assert "regulars init" in refused.value.hint
    assert list(tmp_path.iterdir()) == []


def test_empty_file_is_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").touch()
    with pytest.raises(StoreError, match="stands at revision none"):
        open_ledger("sqlite:///ledger.db", folder=tmp_path)


def test_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"a shopping list, not a database" * 200)
    with pytest.raises(StoreError, match=r"ledger\.db could not be opened: its file is damaged"):
        open_ledger("sqlite:///ledger.db", folder=tmp_path)


def test_there_is_one_newest_revision() -> None:
    """Two migrations written side by side must be put in a row before they land."""
    assert len(ScriptDirectory.from_config(_schema._config()).get_heads()) == 1


def test_a_ledger_of_the_first_revision_keeps_its_promises(ledger_url: str, tmp_path: Path) -> None:
    """Plans applied and recalled before tills were known: their grants, states and money come through."""
    engine = open_engine(parse_address(ledger_url, tmp_path))
    with for_writing(engine).begin() as connection:
        config = _schema._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in _FIRST_REVISION_ROWS:
            connection.exec_driver_sql(statement)
    engine.dispose()
    ledger = create_ledger(ledger_url, folder=tmp_path)
    assert [(grant.grant_id, grant.state) for grant in ledger.grants_of(PlanId("old"))] == [
        ("1", "issued"),
        ("2", "closed"),
    ]
    [promised] = [total.promised_cents for total in ledger.budget_totals(PlanId("old"))]
    assert promised == 60
    assert ledger.verify() == []
    [answer] = ledger.handle_till(
        [
            HoldRequest(
                LaneTransaction(StoreId("1"), "1", date(2017, 11, 28), 1),
                0,
                (Share(GrantKey(PlanId("old"), GrantId("1")), 100),),
            )
        ],
        at=AT,
        today=date(2017, 11, 28),
    )
    assert isinstance(answer, HoldAnswer)
    assert isinstance(answer.outcomes[0], Held)
    ledger.close()


_FIRST_REVISION_ROWS = (
    "INSERT INTO plans VALUES ('old', 24, '2017-11-27', '2017-11-27', '2017-12-11', 'd', 1, 2, 'applied', "
    "'2017-11-26 00:00:00', '2017-11-26 00:00:00', NULL)",
    "INSERT INTO lists VALUES ('old', 'h', 1, 1, 'c', 'p', '2017-11-27', '2017-12-11', 'targeted')",
    "INSERT INTO grants VALUES ('old', '1', 'h', 'coffee', 1, 100, 60, 'roaster', '2017-11-27', '2017-12-11', "
    "'issued', 0), ('old', '2', 'h', 'bread', 1, 50, 0, 'store', '2017-11-27', '2017-12-11', 'closed', 0)",
    "INSERT INTO budgets VALUES ('old', 'vendor', 'roaster', 1000, 10, 60)",
    "INSERT INTO postings VALUES ('old/promise/1', 'promise', 'old', '2017-11-26 00:00:00')",
    "INSERT INTO entries VALUES ('old/promise/1', 1, 'available', 'roaster', 'coffee', -60), "
    "('old/promise/1', 2, 'promised', 'roaster', 'coffee', 60), "
    "('old/promise/1', 3, 'available', 'store', 'coffee', -40), "
    "('old/promise/1', 4, 'promised', 'store', 'coffee', 40)",
)
