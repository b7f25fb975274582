"""Copies of a SQLite ledger: made while it is in use, verified before they count, put back whole."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pysqlite3.dbapi2 as sqlite

from regulars.flows import AuditHead, sync_folder, whole_file
from regulars.kernel import ConfigError, ContractError, StoreError

from ._engine import parse_address, shown, sqlite_file
from ._schema import newest_revision
from ._store import SqlLedger, create_ledger, open_ledger

_PAGES_AT_ONCE = 4_096


@dataclass(frozen=True)
class LedgerCopy:
    """A copy that was verified.

    Args:
        path: Where it lies.
        size_bytes: How large it is.
        head: The end of its audit chain; keep it elsewhere, and give it to `verify` later.
        kept: Where the ledger it replaced lies now; None if nothing was replaced.
    """

    path: Path
    size_bytes: int
    head: AuditHead
    kept: Path | None = None


def backup_ledger(address: str, *, folder: Path, target: Path) -> LedgerCopy:
    """Write a copy of the ledger, as of one instant, while others go on reading and writing.

    The copy is opened and verified (audit chain, balances, receipts) before it takes its name.

    Args:
        address: `[ledger] url`.
        folder: The workspace.
        target: The copy; its folder must exist.

    Raises:
        ConfigError: The ledger lies on a server.
        ContractError: The copy does not verify; nothing is left at `target`.
        StoreError: The disk failed.
    """
    source = _file_of(address, folder)
    with _disk_failures(f"copy the ledger to {target}"), whole_file(target) as part:
        _copy(source, part)
        head = _verified(part)
    return LedgerCopy(target, target.stat().st_size, head)


def restore_ledger(address: str, *, folder: Path, source: Path) -> LedgerCopy:
    """Put a verified copy in the ledger's place; what lay there is kept beside it.

    A copy of an earlier release is brought to this release's revision on the way.

    Args:
        address: `[ledger] url`.
        folder: The workspace; nobody else may have its ledger open.
        source: A copy.

    Raises:
        ConfigError: The ledger lies on a server.
        ContractError: The copy does not verify; the ledger is as it was.
        StoreError: The disk failed.
    """
    place = _file_of(address, folder)
    kept = place.with_name(f"{place.name}.before-restore")
    number = 1
    while kept.exists():
        number += 1
        kept = place.with_name(f"{place.name}.before-restore-{number}")
    restored = place.with_name(f"{place.name}.restored")
    with _disk_failures(f"restore {place}"):
        with whole_file(restored) as part:
            try:
                _copy(source, part)
                _require_ledger(part, source)
            except sqlite.DatabaseError as error:
                if not any(word in f"{error}" for word in ("malformed", "not a database")):
                    raise
                raise ContractError(
                    f"{source} is damaged, or no ledger: {error}",
                    hint="take an earlier copy; nothing was put back",
                ) from error
            create_ledger(f"sqlite:///{part}", folder=Path()).close()
            head = _verified(part)
        replaced = place.exists()
        if replaced:
            restored.chmod(place.stat().st_mode & 0o777)
            _fold_in(place)
            place.rename(kept)
        restored.rename(place)
        sync_folder(place.parent)
    return LedgerCopy(place, place.stat().st_size, head, kept if replaced else None)


def upgrade_ledger(address: str, *, folder: Path) -> Path | None:
    """Bring a ledger to this release's revision, in one transaction; a SQLite ledger is copied first.

    Args:
        address: `[ledger] url`.
        folder: The workspace; nobody else may have its ledger open.

    Returns:
        The copy of what was there; None for a server, whose own tools make copies, and if nothing was to do.

    Raises:
        StoreError: There is none, or the store failed; then it is as it was.
    """
    place = sqlite_file(parse_address(address, folder))
    kept = None
    if place is not None:
        before = _revision_of(place)
        if before == newest_revision():
            return None
        kept = place.with_name(f"{place.name}.revision-{before}")
        with _disk_failures(f"copy {place} to {kept}"), whole_file(kept) as part:
            _copy(place, part)
    create_ledger(address, folder=folder).close()
    return kept


def _revision_of(place: Path) -> str:
    """At which revision a SQLite ledger stands."""
    if not place.is_file():
        raise StoreError(f"there is no ledger at {place}", hint="restore it from the backup")
    with _disk_failures(f"read {place}"), contextlib.closing(sqlite.connect(place)) as store:
        [(revision,)] = store.execute("SELECT version_num FROM alembic_version").fetchall()
    return f"{revision}"


def _file_of(address: str, folder: Path) -> Path:
    url = parse_address(address, folder)
    place = sqlite_file(url)
    if place is None:
        raise ConfigError(
            f"the ledger lies on a server ({shown(url)}), which has tools of its own for copies",
            hint="use pg_dump or your server's backups, then `regulars ledger verify` on what was restored",
        )
    return place


def _copy(source: Path, target: Path) -> None:
    """One consistent state of a database, its write-ahead log included, as a file that its owner alone may read."""
    if not source.is_file():
        raise StoreError(f"there is no ledger at {source}", hint="name a file that `regulars ledger backup` wrote")
    address = f"{source.absolute().as_uri()}?mode=ro"
    target.touch(mode=0o600)
    with (
        contextlib.closing(sqlite.connect(address, uri=True)) as from_store,
        contextlib.closing(sqlite.connect(target)) as to_store,
    ):
        from_store.backup(to_store, pages=_PAGES_AT_ONCE)
        to_store.execute("PRAGMA journal_mode = DELETE")


def _require_ledger(copy: Path, source: Path) -> None:
    """Stop at a database, such as an empty file, that never was a ledger."""
    with contextlib.closing(sqlite.connect(copy)) as store:
        tables = {name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "audit_head" not in tables:
        raise ContractError(f"{source} is no ledger", hint="name a file that `regulars ledger backup` wrote")


def _verified(path: Path) -> AuditHead:
    """The end of a copy's audit chain.

    Raises:
        ContractError: The books of the copy are wrong.
    """
    with contextlib.closing(sqlite.connect(path)) as store:
        sound = store.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if sound != "ok":
        raise ContractError(f"the copy is damaged: {sound}", hint="take an earlier one")
    ledger: SqlLedger = open_ledger(f"sqlite:///{path}", folder=Path())
    try:
        findings, head = ledger.verify(), ledger.audit_head()
    finally:
        ledger.close()
    if findings:
        raise ContractError(
            f"the copy does not verify: {findings[0].place}: {findings[0].message} ({len(findings)} findings)",
            hint="`regulars ledger verify` on the ledger says whether it was so before the copy",
        )
    _fold_in(path)
    return head


def _fold_in(path: Path) -> None:
    """Fold a write-ahead log into its database, so that one file is the whole of it."""
    with contextlib.closing(sqlite.connect(path)) as store:
        store.execute("PRAGMA journal_mode = DELETE")


@contextlib.contextmanager
def _disk_failures(doing: str) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite.Error) as error:
        raise StoreError(f"cannot {doing}: {error}", hint="check the path, free space and permissions") from error
