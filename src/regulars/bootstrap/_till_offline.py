"""What stores need without the centre: till packs, the controller's folder, and the controller itself."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from regulars.adapters import (
    CHANGE_SUFFIX,
    FileJournal,
    StoreLedger,
    TillClient,
    open_pack,
    pack_public_key,
    read_pack,
    sign_pack,
)
from regulars.flows import TillDesk, build_pack, lend_rights, read_plan, till_terms
from regulars.kernel import (
    ANY_LANE,
    Clock,
    ConfigError,
    ContractError,
    HouseholdId,
    StoreError,
    StoreId,
    SystemClock,
)
from regulars.redeem import OfflineClass, TillPack

from ._tills import ShiftedClock, check_store, lane_credential, newest_applied, till_clock
from ._workspace import Workspace

CONTROLLER_FILE, PACK_FILE, JOURNAL_FILE = "controller.toml", "store.pack", "controller.journal"


@dataclass(frozen=True)
class WrittenPack:
    """A till pack that was written.

    Args:
        file: Where.
        bytes: Its size.
        store_id: For which store.
        plan_id: Of which plan.
        number: The ledger's audit row it was made after.
        lists: Lists in it, or, of a difference, in the whole pack.
        capped: Grants a lane may give alone.
        escrow: Grants the store's controller may give.
        lent: Of these, how many were lent just now.
        journal: The journal of a controller that ran in the folder before; it stays. None if there is none.
    """

    file: Path
    bytes: int
    store_id: str
    plan_id: str
    number: int
    lists: int
    capped: int
    escrow: int
    lent: int
    journal: Path | None = None


@dataclass(frozen=True)
class Controller:
    """A store's controller, opened.

    Args:
        ledger: What it may give.
        desk: Quotes baskets by it.
        clock: Its clock.
        secrets: Its lanes' secrets, by ``store/lane``.
        store_id: Its store.
        journal: What it must not forget.
    """

    ledger: StoreLedger
    desk: TillDesk
    clock: Clock
    secrets: dict[str, bytes]
    store_id: StoreId
    journal: FileJournal


def write_pack(workspace: Workspace, store_id: str, file: Path, *, since: Path | None = None) -> WrittenPack:
    """Write the signed till pack of a store; lends it the escrow grants of its households first.

    Args:
        workspace: Where.
        store_id: The store.
        file: Where to write.
        since: An earlier pack that the store has; only what changed is written.

    Raises:
        ContractError: No plan is applied, nobody knows the store, or `since` is no pack of this store and plan.
        LockedError: Rights are to be lent, and another process writes in the workspace.
    """
    plan, store = newest_applied(workspace), StoreId(store_id)
    check_store(workspace, store)
    lists = read_plan(workspace.warehouse, plan.plan_id, "plan_lists").select(["household_id", "store_id"])
    households = [HouseholdId(row["household_id"]) for row in lists.to_pylist() if row["store_id"] == store_id]
    at = till_clock(workspace, None).now_at()
    today = at.astimezone(workspace.zone).date()
    lent = 0
    if workspace.ledger.lendable_grants(plan.plan_id, households):
        with workspace.telling("till pack") as teller:
            lent = lend_rights(workspace.ledger, teller, plan, store, households, at=at, today=today)
    settings = workspace.settings.till
    pack = build_pack(
        workspace.ledger,
        plan,
        till_terms(workspace.warehouse, plan.plan_id),
        store,
        number=workspace.ledger.audit_head().sequence,
        lane_cap_cents=settings.lane_cap_cents,
        basket_cap_cents=settings.basket_cap_cents,
    )
    public = pack_public_key(workspace.keys)
    earlier = None if since is None else read_pack(_bytes(since), public, store_id)
    content = sign_pack(pack, workspace.keys, since=earlier)
    _write(file, content)
    return _written(file, content, pack, lent)


def _written(file: Path, content: bytes, pack: TillPack, lent: int) -> WrittenPack:
    grants = [grant.offline for grants in pack.lists.values() for grant in grants]
    return WrittenPack(
        file,
        len(content),
        pack.store_id,
        pack.plan_id,
        pack.number,
        len(pack.lists),
        grants.count(OfflineClass.CAPPED),
        grants.count(OfflineClass.ESCROW),
        lent,
    )


def write_controller_folder(workspace: Workspace, store_id: str, folder: Path, *, lanes: int) -> WrittenPack:
    """Make the folder a store's controller runs in: its lanes' secrets, the key that checks packs, and its pack.

    A journal that lies there stays: what it says was given counts on, and of the new pack only fresh rights are taken.

    Args:
        workspace: Where.
        store_id: The store.
        folder: To be carried to the store; holds secrets, so only its owner may read them.
        lanes: How many lanes, numbered from 1.

    Raises:
        ContractError: No plan is applied, nobody knows the store, or the folder is another store's.
    """
    check_store(workspace, store_id)
    journal, settings = folder / JOURNAL_FILE, folder / CONTROLLER_FILE
    own = f'\nstore = "{store_id}"\n'.encode()
    if journal.exists() and settings.exists() and own not in _bytes(settings):
        raise ContractError(
            f"{folder} is another store's: its journal says what that store gave", hint="choose another folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    names = [*(f"{lane}" for lane in range(1, lanes + 1)), ANY_LANE]
    secrets = [f'"{name}" = "{lane_credential(workspace, store_id, name).secret}"' for name in names]
    today = f"today = {newest_applied(workspace).period.from_on}\n" if workspace.settings.demo else ""
    text = (
        "# A store's controller: it honours escrow offers while the centre does not answer. Keep this file secret.\n"
        f'store = "{store_id}"\ntime_zone = "{workspace.settings.store.time_zone}"\n{today}'
        f'public_key = "{pack_public_key(workspace.keys)}"\n\n[lanes]\n' + "\n".join(secrets) + "\n"
    )
    _write(settings, text.encode())
    written = write_pack(workspace, store_id, folder / PACK_FILE)
    (folder / PACK_FILE).with_suffix(CHANGE_SUFFIX).unlink(missing_ok=True)  # it changes the pack that was there
    return replace(written, journal=journal) if journal.exists() else written


def open_controller(folder: Path) -> Controller:
    """A store's controller from its folder: what the pack lends, less what the journal says was given.

    A difference beside the pack (``store.change``) is laid over it.

    Raises:
        ConfigError: There is no such folder, or its settings cannot be read.
        ContractError: Its pack was not signed by the centre or is another store's.
        StoreError: Its journal is in use or damaged.
    """
    path = folder / CONTROLLER_FILE
    try:
        settings = tomllib.loads(_bytes(path).decode())
        store, zone = StoreId(settings["store"]), ZoneInfo(settings["time_zone"])
        secrets = {f"{store}/{lane}": bytes.fromhex(secret) for lane, secret in settings["lanes"].items()}
        public = str(settings["public_key"])
    except (StoreError, ValueError, KeyError, AttributeError) as error:
        raise ConfigError(
            f"{path} is no controller's file", hint="`regulars till kit` makes the folder"
        ) from error
    pack = open_pack(folder / PACK_FILE, public, store)
    journal = FileJournal(folder / JOURNAL_FILE)
    ledger = StoreLedger(store, journal)
    ledger.take(pack)
    clock = _controller_clock(settings.get("today"), zone)
    desk = TillDesk(
        ledger,
        {pack.plan_id: pack.offers}.__getitem__,
        lambda _card: None,
        clock=clock,
        zone=zone,
        basket_cap_cents=pack.basket_cap_cents,
        site=store,
    )
    return Controller(ledger, desk, clock, secrets, store, journal)


def hand_back(controller: Controller, url: str) -> tuple[int, int]:
    """Give every right up and tell the centre; returns how many it took, and how many were told of.

    The centre takes a right once lanes or logs told it of all its uses; until then, say it again later.

    Raises:
        StoreError: The centre does not answer; the rights are given up all the same.
    """
    at, today = controller.desk.now()
    moved = controller.ledger.give_up(at=at, today=today)
    secret = controller.secrets[f"{controller.store_id}/{ANY_LANE}"].hex()
    taken = 0
    with TillClient(url, controller.store_id, ANY_LANE, secret) as client:
        for start in range(0, len(moved), 1_000):
            rights = [
                {"grant": one.grant.name, "term": one.term, "told": one.told}
                for one in moved[start : start + 1_000]
            ]
            taken += len(client.hand_back(rights)["grants"])
    return taken, len(moved)


def _controller_clock(today: object, zone: ZoneInfo) -> Clock:
    clock = SystemClock()
    if not isinstance(today, date):
        return clock
    return ShiftedClock(clock, datetime.combine(today, time(12), zone) - clock.now_at())


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from error


def _write(path: Path, content: bytes) -> None:
    """A file for its owner's eyes, whole or not at all."""
    beside = path.with_name(path.name + ".part")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
