"""What the till service is made of, from a workspace."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from regulars.adapters import LosingTransport, TillClient
from regulars.flows import (
    DayClock,
    PlanRecord,
    Progress,
    ReplayedReceipts,
    TillDay,
    TillDesk,
    card_holders,
    logged_receipts,
    read_plan,
    replay_receipts,
    sample_baskets,
    simulate_day,
    till_terms,
)
from regulars.kernel import ANY_LANE, Clock, ConfigError, ContractError, HouseholdId, StoreId, lane_secret

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


def till_desk(workspace: Workspace, clock: Clock) -> TillDesk:
    """The desk that quotes baskets; it reads plans and cards from the warehouse once."""
    holder_on = card_holders(workspace.warehouse)

    def household_of(card_id: str) -> HouseholdId | None:
        return holder_on(card_id, clock.now_at().astimezone(workspace.zone).date())

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
    plan = _newest_applied(workspace)
    lists = read_plan(workspace.warehouse, plan.plan_id, "plan_lists")
    households = frozenset(lists["household_id"].to_pylist())
    clock = DayClock(workspace.zone, plan.period.from_on)
    desk = _desk(workspace, clock, HouseholdId)
    receipts = logged_receipts(workspace.warehouse, plan.period, households)
    return replay_receipts(receipts, desk, workspace.ledger, clock, plan.period, progress)


def _newest_applied(workspace: Workspace) -> PlanRecord:
    applied = applied_plans(workspace)
    if not applied:
        raise ContractError(
            "no plan is applied, so there is no list to ring", hint="`regulars plan apply` makes one"
        )
    return max(applied, key=lambda one: one.cycle_number)


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


def simulate_tills(
    workspace: Workspace,
    *,
    url: str,
    baskets: int,
    lanes: int,
    store_id: str,
    seed: int,
    lose_share: float,
    crash_share: float,
) -> TillDay:
    """Ring made-up baskets with lists of the applied plan against a running service; see `flows.simulate_day`.

    Args:
        workspace: Where the plan and its lists lie.
        url: Where the service listens.
        baskets: How many at most.
        lanes: On how many lanes.
        store_id: In which store; ``1`` if empty.
        seed: Which baskets, and what goes wrong.
        lose_share: Share of answers the network loses, 0..1.
        crash_share: Share of baskets whose lane dies unpaid, 0..1.

    Raises:
        ContractError: No plan is applied.
        StoreError: The service does not answer.
    """
    plan = _newest_applied(workspace)
    sample = sample_baskets(
        workspace.warehouse,
        plan.plan_id,
        workspace.keys,
        code_version=workspace.settings.code.version,
        cycle_number=plan.cycle_number,
        most=baskets,
        seed=seed,
    )
    store = StoreId(store_id or "1")
    with ExitStack() as stack:

        def connect(lane_id: str, share: float) -> TillClient:
            credential = lane_credential(workspace, store, lane_id)
            transport = LosingTransport(share, seed)
            return stack.enter_context(TillClient(url, store, lane_id, credential.secret, transport=transport))

        rung = [(store, f"{lane}", connect(f"{lane}", lose_share)) for lane in range(1, lanes + 1)]
        return simulate_day(
            rung,
            {store: connect(ANY_LANE, 0.0)},
            sample,
            day=plan.period.from_on,
            seed=seed,
            crash_share=crash_share,
            first_sequence=1 + seed * 1_000_000,
        )
