"""Statements made ready find and write what SQLAlchemy's own way does, on both stores, and fail as it fails."""

import os
import signal
from collections.abc import Callable
from contextlib import closing
from importlib import import_module
from pathlib import Path

import psycopg
import pytest
from ledger_samples import AT, WHO, plan_content
from sqlalchemy import bindparam, insert, literal_column, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from till_samples import PLAN, ask, hold, lane

from regulars.adapters.ledger import SqlLedger, open_ledger
from regulars.adapters.ledger._failures import store_failures
from regulars.adapters.ledger._line import Line, line_of
from regulars.adapters.ledger._prepared import Prepared, sent_together
from regulars.adapters.ledger._tables import GRANTS, LOGGED, PLANS
from regulars.kernel import ContractError, GrantId, StoreError
from regulars.redeem import GrantKey, Held, HoldAnswer

NAMED = select(GRANTS).where(
    GRANTS.c.plan_id == bindparam("plan"), GRANTS.c.grant_id.in_(bindparam("names", expanding=True))
)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_a_list_of_any_size_finds_what_it_names(ledger: SqlLedger, size: int) -> None:
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    names = [grant.grant_id for grant in ledger.grants_of(plan_content().plan.plan_id)][:size]
    named = {"plan": plan_content().plan.plan_id, "names": names}
    with ledger._reading("compare") as connection:
        expected = [tuple(row) for row in connection.execute(NAMED, named)]
        found = [tuple(row) for row in Prepared(NAMED, many="names").rows(connection, named)]
    assert len(found) == size
    assert sorted(found) == sorted(expected)


def test_values_of_the_statement_itself_and_instants_come_through(ledger: SqlLedger) -> None:
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    applied = select(PLANS.c.plan_id, PLANS.c.applied_at).where(PLANS.c.state == "applied").limit(1)
    with ledger._reading("compare") as connection:
        assert Prepared(applied).rows(connection, {}) == [[plan_content().plan.plan_id, AT]]


def test_a_row_that_is_refused_is_refused_in_our_words(ledger: SqlLedger) -> None:
    row, logged = {"transaction_id": "t", "digest": "d", "told_at": AT}, Prepared(insert(LOGGED))
    with pytest.raises(ContractError, match="refused to note a log"), ledger._writing("note a log") as connection:
        logged.run(connection, [{**row, "transaction_id": "u"}, row, row])
    with ledger._reading("look again") as connection:
        assert connection.execute(select(LOGGED)).all() == []
    with pytest.raises(IntegrityError), ledger._writer.begin() as connection:
        logged.run(connection, [{**row, "digest": None}])


ODD = ["plain", 'a "quote"', "back\\slash", "{brace},comma", "", "null", "tab\tand\nline", "ñandú ✓", " blank "]


def test_rows_written_together_are_kept_to_the_letter(ledger: SqlLedger) -> None:
    logged = Prepared(insert(LOGGED))
    rows = [{"transaction_id": f"{at}-{one}", "digest": one, "told_at": AT} for at, one in enumerate(ODD)]
    with ledger._writing("note logs") as connection:
        logged.run(connection, rows)
    with ledger._reading("look") as connection:
        found = Prepared(select(LOGGED).order_by(LOGGED.c.transaction_id)).rows(connection, {})
    assert [tuple(row) for row in found] == [tuple(row.values()) for row in rows]


def test_rows_changed_together_are_changed_each_by_its_own_values(ledger: SqlLedger) -> None:
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    plan_id = plan_content().plan.plan_id
    names = [grant.grant_id for grant in ledger.grants_of(plan_id)][:3]
    changed = Prepared(
        update(GRANTS).where(GRANTS.c.plan_id == bindparam("of"), GRANTS.c.grant_id == bindparam("named"))
    )
    rows = [
        {"of": plan_id, "named": name, "epoch": at, "holder_id": ODD[at] if at else None, "lapses_at": AT}
        for at, name in enumerate(names)
    ]
    with ledger._writing("change grants") as connection:
        changed.run(connection, rows)
    shown = select(GRANTS.c.grant_id, GRANTS.c.epoch, GRANTS.c.holder_id, GRANTS.c.lapses_at)
    with ledger._reading("look") as connection:
        found = {row.grant_id: tuple(row)[1:] for row in connection.execute(shown)}
    assert [found[name] for name in names] == [(0, None, AT), (1, ODD[1], AT), (2, ODD[2], AT)]
    assert {value[1:] for name, value in found.items() if name not in names} == {(None, None)}


@pytest.mark.parametrize("ledger_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.parametrize(
    "where", ["", "_till_rows._grants", "_tills.handle"], ids=["before", "within", "at the end"]
)
def test_a_line_that_breaks_is_put_away_and_the_next_try_is_answered(
    ledger: SqlLedger, ledger_url: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.apply_plan(plan_content(households=2), at=AT, actor=WHO)
    ask(ledger, hold(lane(1), GrantKey(PLAN, GrantId("1-1"))))
    call = hold(lane(2), GrantKey(PLAN, GrantId("2-1")))
    with monkeypatch.context() as patched:
        if where:
            patched.setattr(f"regulars.adapters.ledger.{where}", _and_then_broken(where, ledger_url))
        else:
            _break_lines(ledger_url)
        with pytest.raises(StoreError) as failed:
            ask(ledger, call)
    assert failed.value.retryable
    (answer,) = ask(ledger, call)
    assert isinstance(answer, HoldAnswer)
    assert isinstance(answer.outcomes[0], Held)


@pytest.mark.parametrize("ledger_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_what_failed_first_is_told_and_a_line_that_broke_meanwhile_is_put_away(
    ledger: SqlLedger, ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.apply_plan(plan_content(households=2), at=AT, actor=WHO)
    call = hold(lane(2), GrantKey(PLAN, GrantId("2-1")))
    broken = _and_then_broken("_tills.handle", ledger_url)
    with monkeypatch.context() as patched:
        patched.setattr(
            "regulars.adapters.ledger._tills.handle", lambda *a, **b: 1 / 0 if broken(*a, **b) else None
        )
        with pytest.raises(ZeroDivisionError):
            ask(ledger, call)
    (answer,) = ask(ledger, call)
    assert isinstance(answer, HoldAnswer)


@pytest.mark.parametrize("ledger_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_what_was_refused_is_told_and_the_same_line_goes_on(ledger: SqlLedger, ledger_url: str) -> None:
    assert ledger_url
    logged = Prepared(insert(LOGGED))
    row = {"transaction_id": "t", "digest": "d", "told_at": AT}
    find = Prepared(select(LOGGED.c.transaction_id).where(LOGGED.c.digest == bindparam("digest")))
    with ledger._keyed.connect() as held:  # so that all below is done on one line
        begun = line_of(held)._driver.info.backend_pid

    def note(refused: dict[str, object]) -> None:
        with ledger._writing("note a log", chained=False, by_key=True) as connection:
            logged.run(connection, [{**row, "transaction_id": "before"}])
            logged.run(connection, [row, {**refused, "transaction_id": "t"}])
            find.sent(connection, {"digest": "d"})()

    for refused in ({**row, "digest": None}, {**row, "digest": "a\0"}, row):
        with pytest.raises(ContractError, match="refused to note a log"):
            note(refused)
    with ledger._writing("note many", chained=False, by_key=True) as connection:
        logged.run(connection, [{**row, "transaction_id": f"{n}", "digest": "long " * 40} for n in range(5_000)])
        found = [find.sent(connection, {"digest": "long " * 40}) for _ in range(20)]
        assert [len(rows()) for rows in found] == [5_000] * 20
    with ledger._keyed.connect() as connection:
        assert len(find.rows(connection, {"digest": "d"})) == 0
        assert line_of(connection)._driver.info.backend_pid == begun


@pytest.mark.parametrize("ledger_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_texts_are_kept_whatever_encoding_the_environment_names(
    ledger: SqlLedger, ledger_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    with closing(open_ledger(ledger_url, folder=tmp_path)) as elsewhere:
        elsewhere.apply_plan(plan_content(), at=AT, actor="José ✓")
    assert ledger.verify() == []


@pytest.mark.parametrize("ledger_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_a_sending_that_is_broken_off_leaves_nothing_on_the_line(
    ledger: SqlLedger, ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.apply_plan(plan_content(households=1), at=AT, actor=WHO)
    call = hold(lane(1), GrantKey(PLAN, GrantId("1-1")))
    with monkeypatch.context() as patched:
        patched.setattr("regulars.adapters.ledger._line.Line._name_of", _broken_off)
        with pytest.raises(KeyboardInterrupt), ledger._keyed.connect() as connection:
            Prepared(NAMED, many="names").rows(connection, {"plan": PLAN, "names": ["1-1"]})
    for _ in range(5):
        with ledger._keyed.connect() as connection:
            assert len(Prepared(NAMED, many="names").rows(connection, {"plan": PLAN, "names": ["1-1"]})) == 1
        (answer,) = ask(ledger, call)
        assert isinstance(answer, HoldAnswer)


@pytest.mark.parametrize("ledger_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.parametrize("idle", [False, True], ids=["in use", "idle before"])
def test_a_server_that_is_silent_is_given_up_and_the_next_try_is_answered(
    ledger: SqlLedger, ledger_url: str, idle: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulars.adapters.ledger._line._PATIENCE_SECONDS", 0.3)
    ledger.apply_plan(plan_content(households=2), at=AT, actor=WHO)
    ask(ledger, hold(lane(1), GrantKey(PLAN, GrantId("1-1"))))
    call = hold(lane(2), GrantKey(PLAN, GrantId("2-1")))
    with ledger._keyed.connect() as connection:
        server = line_of(connection)._driver.info.backend_pid
    os.kill(server, signal.SIGSTOP)
    try:
        if idle:
            monkeypatch.setattr("regulars.adapters.ledger._engine._FRESH_SECONDS", 0)
        else:
            with pytest.raises(StoreError, match="does not answer") as failed:
                ask(ledger, call)
            assert failed.value.retryable
        (answer,) = ask(ledger, call)
    finally:
        os.kill(server, signal.SIGCONT)
    assert isinstance(answer, HoldAnswer)
    assert isinstance(answer.outcomes[0], Held)


@pytest.mark.parametrize("ledger_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_a_limit_of_the_server_is_told_as_one_and_the_call_may_come_again(
    ledger: SqlLedger, ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.apply_plan(plan_content(households=1), at=AT, actor=WHO)
    call = hold(lane(1), GrantKey(PLAN, GrantId("1-1")))
    with psycopg.connect(ledger_url) as other:
        other.execute("LOCK TABLE grants")
        with ledger._keyed.connect() as connection:
            connection.exec_driver_sql("SET statement_timeout = 100")
        with pytest.raises(StoreError, match="answer a till: it takes longer than the server allows") as failed:
            ask(ledger, call)
    assert failed.value.retryable
    assert "ALTER ROLE name SET statement_timeout" in failed.value.hint
    with ledger._keyed.connect() as connection:
        connection.exec_driver_sql("RESET statement_timeout")
    (answer,) = ask(ledger, call)
    assert isinstance(answer, HoldAnswer)


@pytest.mark.parametrize("ledger_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_of_statements_sent_together_the_one_that_failed_is_named(ledger: SqlLedger) -> None:
    wrong, right = Prepared(select(literal_column("1 / (2 - 2)"))), Prepared(select(literal_column("1")))

    def divide() -> None:
        with ledger._reading("divide") as connection, sent_together(connection):
            wrong.sent(connection, {})
            right.rows(connection, {})

    with pytest.raises(StoreError, match=r"division by zero \(statement: SELECT 1 / \(2 - 2\)"):
        divide()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("FATAL:  the database system is in recovery mode", "does not answer"),
        ("FATAL:  the database system is not yet accepting connections", "does not answer"),
        ("FATAL:  sorry, too many clients already", "no connection left"),
        ("ERROR:  canceling statement due to user request", "somebody cancelled it"),
        (
            "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
            "no connection",
        ),
        ('connection to server at "10.1.2.3", port 5432 failed: No route to host', "does not answer"),
    ],
)
def test_a_server_that_is_away_for_a_while_is_told_from_a_wrong_password(said: str, told: str) -> None:
    error = psycopg.OperationalError(f"connection failed: {said}")
    with pytest.raises(StoreError, match=told) as failed, store_failures("x", "answer"):
        raise OperationalError("SELECT 1", None, error)
    assert failed.value.retryable


def test_half_a_surrogate_pair_is_refused_in_our_words(ledger: SqlLedger) -> None:
    ledger.apply_plan(plan_content(households=1), at=AT, actor=WHO)
    with pytest.raises(ContractError, match="refused to answer a till"):
        ask(ledger, hold(lane(1), GrantKey(PLAN, GrantId("\ud800"))))
    (answer,) = ask(ledger, hold(lane(1), GrantKey(PLAN, GrantId("1-1"))))
    assert isinstance(answer, HoldAnswer)


def _broken_off(line: Line, text: str) -> bytes:
    """Sends half of what was to be sent."""
    line._server.send_query_params(text.encode().partition(b" ")[0], ())
    raise KeyboardInterrupt


def _and_then_broken(where: str, url: str) -> Callable[..., object]:
    module, _, name = where.partition(".")
    whole = getattr(import_module(f"regulars.adapters.ledger.{module}"), name)

    def broken_off(*given: object, **named: object) -> object:
        found = whole(*given, **named)
        _break_lines(url)
        return found

    return broken_off


def _break_lines(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as server:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ended = server.execute(f"SELECT pg_terminate_backend(pid, 5000) {others}").fetchall()
    assert ended, "there was a line to break"
