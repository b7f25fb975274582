"""What the till service is made of, from a workspace."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from regulars.adapters import FileJournal, LosingTransport, TillClient, open_pack, pack_public_key
from regulars.flows import (
    DayClock,
    ListGoods,
    PlanRecord,
    Progress,
    ReferenceLane,
    ReplayedReceipts,
    SimulatedLane,
    TillDay,
    TillDesk,
    card_holders,
    list_goods,
    logged_receipts,
    may_be_store,
    read_plan,
    replay_receipts,
    sample_baskets,
    simulate_day,
    till_terms,
    told_unasked,
)
from regulars.kernel import (
    ANY_LANE,
    EVERY_STORE,
    LIST_CODE_DIGITS,
    Clock,
    ConfigError,
    ContractError,
    HouseholdId,
    StoreId,
    code_as_scanned,
    digest_of,
    lane_secret,
)
from regulars.redeem import TillPack

from ._list_desk import list_of, plan_documents
from ._plans_read import applied_plans
from ._workspace import Workspace


@dataclass(frozen=True)
class ShiftedClock:
    """A clock that runs like another one, some time off: the demonstration lives in the past."""

    clock: Clock
    shift: timedelta

    def now_at(self) -> datetime:
        """The present instant over there."""
        return self.clock.now_at() + self.shift


@dataclass(frozen=True)
class LaneCredential:
    """What a lane needs to sign its calls.

    Args:
        store_id: Its store.
        lane_id: Its number there; ``*`` for the back room that tells of all lanes.
        secret: 64 hex characters.
    """

    store_id: str
    lane_id: str
    secret: str


def till_clock(workspace: Workspace, today: date | None) -> Clock:
    """The clock grants are judged by: the machine's, or, in the demonstration only, one that shows another day.

    Args:
        workspace: Where.
        today: The day to pretend it is; None for the first day of the applied plan's lists in the demonstration.

    Raises:
        ConfigError: A day is given outside the demonstration.
    """
    if not workspace.settings.demo:
        if today is not None:
            raise ConfigError("--today is for the demonstration; a store's service goes by its own clock")
        return workspace.clock
    if today is None:
        applied = applied_plans(workspace)
        if not applied:
            return workspace.clock
        today = max(plan.period.from_on for plan in applied)
    now = workspace.clock.now_at()
    there = datetime.combine(today, time(12), workspace.zone)
    return ShiftedClock(workspace.clock, there - now)


def shift_of(clock: Clock) -> timedelta:
    """How far a clock of `till_clock` goes ahead of the machine's."""
    return clock.shift if isinstance(clock, ShiftedClock) else timedelta()


def till_desk(workspace: Workspace, clock: Clock) -> TillDesk:
    """The desk that quotes baskets; it reads each plan once, and cards again when others were published."""
    known = workspace.warehouse.edition, card_holders(workspace.warehouse)

    def household_of(card_id: str) -> HouseholdId | None:
        nonlocal known
        if known[0] != workspace.warehouse.edition:
            known = workspace.warehouse.edition, card_holders(workspace.warehouse)
        return known[1](card_id, clock.now_at().astimezone(workspace.zone).date())

    return _desk(workspace, clock, household_of)


def _desk(workspace: Workspace, clock: Clock, household_of: Callable[[str], HouseholdId | None]) -> TillDesk:
    return TillDesk(
        workspace.ledger,
        lambda plan_id: till_terms(workspace.warehouse, plan_id),
        household_of,
        clock=clock,
        zone=workspace.zone,
        basket_cap_cents=workspace.settings.till.basket_cap_cents,
    )


def replay_tills(workspace: Workspace, progress: Progress) -> ReplayedReceipts:
    """Ring the receipts of the applied plan's fortnight as if each household had shown its list; demonstration only.

    Raises:
        ConfigError: The workspace is a store's own: it would book discounts nobody was given.
        ContractError: No plan is applied.
    """
    if not workspace.settings.demo:
        raise ConfigError(
            "`till replay` books discounts that nobody was given; it is for the demonstration",
            hint="a store's own redemptions come from its tills: `regulars serve`",
        )
    plan = newest_applied(workspace)
    lists = read_plan(workspace.warehouse, plan.plan_id, "plan_lists")
    households = frozenset(lists["household_id"].to_pylist())
    clock = DayClock(workspace.zone, plan.period.from_on)
    desk = _desk(workspace, clock, HouseholdId)
    receipts = logged_receipts(workspace.warehouse, plan.period, households)
    told = told_unasked(workspace.ledger, plan.plan_id, plan.period)
    return replay_receipts(receipts, desk, workspace.ledger, clock, plan.period, progress, told=told)


def newest_applied(workspace: Workspace) -> PlanRecord:
    """The applied plan of the latest cycle.

    Raises:
        ContractError: No plan is applied.
    """
    applied = applied_plans(workspace)
    if not applied:
        raise ContractError(
            "no plan is applied, so there is no list to ring", hint="`regulars plan apply` makes one"
        )
    return max(applied, key=lambda one: one.cycle_number)


def check_store(workspace: Workspace, store_id: str) -> None:
    """Refuse a store that nobody knows: it is mistyped. While no store is known at all, any may be meant.

    Raises:
        ContractError: No list, no loaded line and no lane that told anything names it.
    """
    if not may_be_store(workspace.warehouse, workspace.ledger, StoreId(store_id)):
        raise ContractError(
            f"nobody knows store {store_id}: no list was printed for it, and no loaded line was sold there",
            hint="check the store's number; `regulars till goods` names the store of a list",
        )


def enrol_lane(workspace: Workspace, store_id: str, lane_id: str, *, new_store: bool = False) -> LaneCredential:
    """The credential of a lane of a store that is known; see `lane_credential`.

    Args:
        workspace: Where.
        store_id: The store.
        lane_id: The lane.
        new_store: The store has sold nothing yet, so nothing names it.

    Raises:
        ConfigError: The lane is revoked, or a name cannot stand in a call.
        ContractError: Nobody knows the store.
    """
    credential = lane_credential(workspace, store_id, lane_id)
    if not new_store and store_id != EVERY_STORE:
        try:
            check_store(workspace, store_id)
        except ContractError as error:
            hint = "check the store's number; with --new-store it is one that has sold nothing yet"
            raise ContractError(error.message, hint=hint) from error
    return credential


def lane_credential(workspace: Workspace, store_id: str, lane_id: str) -> LaneCredential:
    """The credential of a lane; the same call gives the same one until `[till] credential_generation` is raised.

    Raises:
        ConfigError: The lane is revoked, or a name cannot stand in a call.
    """
    for name in (store_id, lane_id):
        if not name or "/" in name or not name.isprintable():
            raise ConfigError(f"{name!r} is no store or lane; expected printable characters without '/'")
    if f"{store_id}/{lane_id}" in workspace.settings.till.revoked:
        raise ConfigError(f"lane {store_id}/{lane_id} is revoked", hint="see `[till] revoked` in regulars.toml")
    generation = workspace.settings.till.credential_generation
    secret = lane_secret(workspace.keys, StoreId(store_id), lane_id, generation)
    return LaneCredential(store_id, lane_id, secret.hex())


def goods_of_list(workspace: Workspace, wanted: str | None) -> ListGoods:
    """What the specials of a list of the applied plan count for; see `flows.list_goods`.

    Args:
        workspace: Where.
        wanted: The list's code, or whose it is; None for the first list that is not void.

    Raises:
        ContractError: No plan is applied, or it has no such list.
    """
    plan_id = newest_applied(workspace).plan_id
    if wanted is None:
        document = next(plan_documents(workspace, plan_id), None)
        if document is None:
            raise ContractError(f"plan {plan_id} has no list that holds")
    else:
        code = code_as_scanned(wanted)
        opened = workspace.ledger.open_list(digest_of(code))
        plan_id = plan_id if opened is None else opened.found.plan_id
        try:
            document = list_of(workspace, wanted if opened is None else opened.found.household_id, plan_id)
        except ContractError as error:
            if opened is None and code.isdecimal() and len(code) == LIST_CODE_DIGITS:
                hint = "check its digits; `list_code` in lists/manifest.csv has them all"
                raise ContractError(f"the code {wanted} opens no list", hint=hint) from error
            raise
    return list_goods(workspace.warehouse, plan_id, document)


@dataclass(frozen=True)
class TillTrial:
    """What a simulated day is made of, and what goes wrong in it.

    Args:
        url: Where the service listens.
        baskets: How many at most.
        lanes: On how many lanes.
        store_id: In which store; the first that has a list if empty.
        seed: Which baskets, and what goes wrong.
        lose_share: Share of answers the network loses, 0..1.
        crash_share: Share of baskets in which the lane dies at some point and comes back, 0..1.
        cut_share: Share of the baskets, in one piece, rung without a network, 0..1.
        pack: The store's till pack, for lanes without a network; None for none.
        controller_url: Where the store's controller listens; empty for none.
    """

    url: str
    baskets: int = 20
    lanes: int = 4
    store_id: str = ""
    seed: int = 1
    lose_share: float = 0.0
    crash_share: float = 0.0
    cut_share: float = 0.0
    pack: Path | None = None
    controller_url: str = ""


def simulate_tills(workspace: Workspace, trial: TillTrial) -> TillDay:
    """Ring made-up baskets with lists of the applied plan against a running service; see `flows.simulate_day`.

    Raises:
        ContractError: No plan is applied, nobody knows the store, or the pack is not this store's.
        StoreError: A file cannot be read. That nobody answered is told in what is returned.
    """
    plan = newest_applied(workspace)
    store = StoreId(trial.store_id) if trial.store_id else _first_store(workspace, plan)
    check_store(workspace, store)
    sample = sample_baskets(
        workspace.warehouse,
        plan.plan_id,
        workspace.keys,
        code_form=workspace.settings.code.form,
        cycle_number=plan.cycle_number,
        most=trial.baskets,
        seed=trial.seed,
        store_id=store,
    )
    pack = None
    if trial.pack is not None:
        pack = open_pack(trial.pack, pack_public_key(workspace.keys), store)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))

        def connect(url: str, lane_id: str, transport: LosingTransport) -> TillClient:
            credential = lane_credential(workspace, store, lane_id)
            near = bool(trial.controller_url) and url == trial.controller_url
            client = TillClient(url, store, lane_id, credential.secret, transport=transport, controller=near)
            return stack.enter_context(client)

        urls = [trial.url, *([trial.controller_url] if trial.controller_url else [])]
        rung = [
            _simulated_lane(store, f"{lane}", folder, pack, trial, connect) for lane in range(1, trial.lanes + 1)
        ]
        return simulate_day(
            rung,
            {store: [connect(url, ANY_LANE, LosingTransport(0.0, 0)) for url in urls]},
            sample,
            day=plan.period.from_on,
            seed=trial.seed,
            crash_share=trial.crash_share,
            cut_share=trial.cut_share,
            first_sequence=1 + trial.seed * 1_000_000,
        )


def _first_store(workspace: Workspace, plan: PlanRecord) -> StoreId:
    stores = read_plan(workspace.warehouse, plan.plan_id, "plan_lists").column("store_id").unique().to_pylist()
    return StoreId(min(stores, key=lambda one: (len(one), one), default="1"))


def _simulated_lane(
    store: StoreId,
    lane_id: str,
    folder: Path,
    pack: TillPack | None,
    trial: TillTrial,
    connect: Callable[[str, str, LosingTransport], TillClient],
) -> SimulatedLane:
    """A lane with a network of its own, whose journal outlives it."""
    network = LosingTransport(trial.lose_share, trial.seed)
    centre = connect(trial.url, lane_id, network)
    controller = connect(trial.controller_url, lane_id, LosingTransport(0.0, 0)) if trial.controller_url else None
    journals: list[FileJournal] = []

    def start(reach: Callable[[str], None]) -> ReferenceLane:
        for old in journals:
            old.close()
        journals[:] = [FileJournal(folder / f"lane-{lane_id}.journal")]
        return ReferenceLane(store, lane_id, journals[0], centre, controller=controller, pack=pack, reach=reach)

    def cut(off: bool) -> None:
        network.cut = off

    return SimulatedLane(store, lane_id, start, cut)
