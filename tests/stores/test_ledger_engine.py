"""Connections are durable, safe versions only, and a failing store says what, where and what to do."""

from pathlib import Path

import pytest
from ledger_samples import AT, WHO, plan_record
from sqlalchemy import Engine

from regulars.adapters.ledger import SqlLedger, _engine, create_ledger
from regulars.adapters.ledger._engine import (
    for_writing,
    open_engine,
    parse_address,
    refuse_unsafe_sqlite,
    sqlite_is_safe,
)
from regulars.kernel import ConfigError, StoreError


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 44, 9), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
        ((4, 0, 0), True),
    ],
)
def test_versions_with_the_wal_reset_bug(version: tuple[int, ...], safe: bool) -> None:
    assert sqlite_is_safe(version) is safe


def test_unsafe_sqlite_is_refused_by_name() -> None:
    with pytest.raises(StoreError, match=r"SQLite 3\.40\.1 can corrupt the ledger") as refused:
        refuse_unsafe_sqlite((3, 40, 1))
    assert "pysqlite3" in refused.value.hint


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Engine:
    return open_engine(parse_address("sqlite:///ledger.db", tmp_path))


@pytest.mark.parametrize(
    ("pragma", "expected"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 10_000)],
)
def test_sqlite_is_durable(sqlite_engine: Engine, pragma: str, expected: object) -> None:
    with sqlite_engine.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == expected
    sqlite_engine.dispose()


def test_writer_takes_the_lock_at_once_and_a_reader_does_not_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_engine, "_BUSY_SECONDS", 0)
    engine = open_engine(parse_address("sqlite:///ledger.db", tmp_path))
    other = open_engine(parse_address("sqlite:///ledger.db", tmp_path))
    with for_writing(engine).begin() as writer:
        writer.exec_driver_sql("CREATE TABLE seen (number INTEGER)")
        with other.connect() as reader:
            assert reader.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one() == 0
        with other.connect() as connection, pytest.raises(Exception, match="database is locked"):
            connection.execution_options(regulars_begin="IMMEDIATE").exec_driver_sql("SELECT 1")
    engine.dispose()
    other.dispose()


@pytest.mark.postgres
def test_postgres_commits_are_on_disk(postgres_url: str, tmp_path: Path) -> None:
    engine = open_engine(parse_address(postgres_url, tmp_path))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar_one() == "10s"
    engine.dispose()


@pytest.mark.parametrize("address", ["", "ledger.db", "mysql://host/base", "sqlite://", "sqlite:///:memory:"])
def test_address_of_no_store_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_address(address, tmp_path)
    assert "sqlite:///ledger.db" in refused.value.hint


def test_password_is_never_printed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        create_ledger("mysql://me:s3cret@host/base", folder=tmp_path)
    assert "s3cret" not in str(refused.value)
    with pytest.raises(StoreError) as unreachable:
        create_ledger(f"postgresql://me:s3cret@/base?host={tmp_path}", folder=tmp_path)
    assert "s3cret" not in str(unreachable.value)
    assert "the database server does not answer" in str(unreachable.value)
    assert unreachable.value.retryable


def test_relative_file_lies_in_the_workspace(tmp_path: Path) -> None:
    create_ledger("sqlite:///ledger.db", folder=tmp_path).close()
    assert (tmp_path / "ledger.db").is_file()


def test_instant_without_a_zone_is_a_mistake(ledger: SqlLedger) -> None:
    with pytest.raises(Exception, match="an instant needs a zone"):
        ledger.register_plan(plan_record(), at=AT.replace(tzinfo=None), actor=WHO)
    assert ledger.plans() == []
