"""Copies of a SQLite ledger: taken while it is written, verified, put back."""

from pathlib import Path

import pytest
from alembic import command
from ledger_samples import AT, WHO, plan_content
from till_samples import BREAD, COFFEE, accounts, lane, take

from regulars.adapters.ledger import (
    _schema,
    backup_ledger,
    create_ledger,
    open_ledger,
    restore_ledger,
    upgrade_ledger,
)
from regulars.adapters.ledger._engine import for_writing, open_engine, parse_address
from regulars.kernel import ConfigError, ContractError, StoreError

URL = "sqlite:///ledger.db"


def filled(folder: Path):  # type: ignore[no-untyped-def]
    ledger = create_ledger(URL, folder=folder)
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    take(ledger, lane(1), COFFEE)
    return ledger


def test_a_copy_of_a_ledger_in_use_holds_all_that_was_committed_and_comes_back(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    copy = backup_ledger(URL, folder=tmp_path, target=tmp_path / "copy.db")
    assert copy.head == ledger.audit_head()
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    (tmp_path / "ledger.db").chmod(0o640)
    at_copy = accounts(ledger)
    take(ledger, lane(2), BREAD, 50)
    assert accounts(ledger) != at_copy
    ledger.close()
    restored = restore_ledger(URL, folder=tmp_path, source=tmp_path / "copy.db")
    assert (restored.head, restored.kept) == (copy.head, tmp_path / "ledger.db.before-restore")
    assert (tmp_path / "ledger.db").stat().st_mode & 0o777 == 0o640
    back = open_ledger(URL, folder=tmp_path)
    assert accounts(back) == at_copy
    assert back.verify(copy.head) == []
    back.close()
    kept = open_ledger("sqlite:///ledger.db.before-restore", folder=tmp_path)
    assert accounts(kept) != at_copy
    assert kept.verify(copy.head) == []
    kept.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "ledger.db", "ledger.db.before-restore"]


def test_a_second_restore_keeps_what_the_first_kept(tmp_path: Path) -> None:
    filled(tmp_path).close()
    backup_ledger(URL, folder=tmp_path, target=tmp_path / "copy.db")
    for name in ("ledger.db.before-restore", "ledger.db.before-restore-2"):
        assert restore_ledger(URL, folder=tmp_path, source=tmp_path / "copy.db").kept == tmp_path / name


def test_a_ledger_that_does_not_verify_is_not_copied_nor_put_back(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    backup_ledger(URL, folder=tmp_path, target=tmp_path / "good.db")
    with ledger._writer.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER entries_no_update")
        connection.exec_driver_sql("UPDATE entries SET amount_cents = amount_cents + 1 WHERE line = 1")
    ledger.close()
    with pytest.raises(ContractError, match="does not verify"):
        backup_ledger(URL, folder=tmp_path, target=tmp_path / "bad.db")
    assert not (tmp_path / "bad.db").exists()
    before = (tmp_path / "ledger.db").read_bytes()
    (tmp_path / "bad.db").write_bytes(before)
    with pytest.raises(ContractError, match="does not verify"):
        restore_ledger(URL, folder=tmp_path, source=tmp_path / "bad.db")
    assert (tmp_path / "ledger.db").read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough to be looked at" * 100])
def test_what_is_no_ledger_is_refused(tmp_path: Path, content: bytes) -> None:
    filled(tmp_path).close()
    (tmp_path / "odd.db").write_bytes(content)
    before = (tmp_path / "ledger.db").read_bytes()
    with pytest.raises((StoreError, ContractError)):
        restore_ledger(URL, folder=tmp_path, source=tmp_path / "odd.db")
    assert (tmp_path / "ledger.db").read_bytes() == before


def test_a_copy_cut_short_is_named_and_not_what_it_should_have_replaced(tmp_path: Path) -> None:
    filled(tmp_path).close()
    whole = (tmp_path / "ledger.db").read_bytes()
    (tmp_path / "cut.db").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ContractError, match=r"cut\.db is damaged"):
        restore_ledger(URL, folder=tmp_path, source=tmp_path / "cut.db")
    assert (tmp_path / "ledger.db").read_bytes() == whole


def test_a_server_has_tools_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="server"):
        backup_ledger("postgresql://u:secret@h/db", folder=tmp_path, target=tmp_path / "copy.db")


def test_an_older_ledger_is_copied_and_brought_up_once(tmp_path: Path) -> None:
    engine = open_engine(parse_address(URL, tmp_path))
    with for_writing(engine).begin() as connection:
        config = _schema._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
    engine.dispose()
    with pytest.raises(StoreError, match="stands at revision 0003"):
        open_ledger(URL, folder=tmp_path)
    assert upgrade_ledger(URL, folder=tmp_path) == tmp_path / "ledger.db.revision-0003"
    opened = open_ledger(URL, folder=tmp_path)
    assert opened.verify() == []
    opened.close()
    assert upgrade_ledger(URL, folder=tmp_path) is None
    with pytest.raises(StoreError, match="no ledger"):
        upgrade_ledger("sqlite:///other.db", folder=tmp_path)
