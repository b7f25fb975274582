"""A reference till: rings baskets, loses answers, crashes and comes back, and tells its log at the end of the day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from random import Random
from typing import Any

from regulars.kernel import CodeForm, PlanId, StoreError, StoreId, list_code
from regulars.kernel import CodeKeys as Keys
from regulars.offers import TillTerms, units_needed
from regulars.redeem import LaneTransaction

from ._lane import ALONE, CONTROLLER, Reconciled, ReferenceLane, TillCaller
from ._plan import read_plan
from ._ports import Warehouse
from ._till_desk import till_terms

_TOLD_AT_ONCE = 200


@dataclass(frozen=True)
class SampleBasket:
    """A basket that uses some of a list's offers; made up from a plan.

    Args:
        list_code: The list.
        lines: As a till sends them.
    """

    list_code: str
    lines: tuple[Mapping[str, Any], ...]


@dataclass
class TillDay:
    """What a simulated day came to; money in cents.

    Args:
        baskets: Begun.
        paid: Of these.
        crashed: Lanes that died at some point of a basket, and came back.
        cut_off: Baskets rung while the lane had no network.
        offers_given: Uses of offers on receipts.
        given_alone: Of these, by the lane alone, from its pack.
        given_by_controller: Of these, by the store's controller.
        saved_cents: On receipts.
        amount_cents: What the receipts came to, before.
        credited_cents: What was made good afterwards.
        logged: Receipts in the day's log.
        told: What the centre made of what lanes told.
        outcomes: What the centre made of the log.
        closed: Whether the centre was told all of the log, and closed the day.
        still_open: Grants that the close of the day freed: armed, and on no receipt.
        untold: Who did not answer when the day's log was told, and why; empty if all did.
    """

    baskets: int = 0
    paid: int = 0
    crashed: int = 0
    cut_off: int = 0
    offers_given: int = 0
    given_alone: int = 0
    given_by_controller: int = 0
    saved_cents: int = 0
    amount_cents: int = 0
    credited_cents: int = 0
    logged: int = 0
    told: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    closed: bool = False
    still_open: int = 0
    untold: str = ""


class LaneDied(BaseException):
    """A simulated lane lost its power; nothing may catch it but whoever simulates."""


@dataclass(frozen=True)
class SimulatedLane:
    """A lane of the simulation.

    Args:
        store_id: Its store.
        lane_id: Its number.
        start: Makes the lane anew on its own journal; handed what is called at each point of the protocol.
        cut: Takes its network away, or gives it back.
    """

    store_id: StoreId
    lane_id: str
    start: Callable[[Callable[[str], None]], ReferenceLane]
    cut: Callable[[bool], None]


def sample_line(number: int, grant: Mapping[str, Any], terms: TillTerms) -> dict[str, Any]:
    """A line of a basket that uses an offer once, as a till sends it, at the price that was printed.

    Args:
        number: The line's.
        grant: Row of `plan_grants`.
        terms: Of its offer, at its level.
    """
    price = grant["price_cents"]
    units = max(units_needed(terms), -(-terms.rung.threshold_cents // max(1, price)))
    return {"number": number, "code": grant["product_id"], "quantity": units, "amount_cents": units * price}


def sample_baskets(
    warehouse: Warehouse,
    plan_id: PlanId,
    keys: Keys,
    *,
    code_form: CodeForm,
    cycle_number: int,
    most: int,
    seed: int,
    store_id: StoreId,
) -> list[SampleBasket]:
    """Baskets of households on a plan's lists, each with the goods of up to four of its offers.

    Args:
        warehouse: Holds the plan.
        plan_id: An applied plan.
        keys: The workspace's secrets, for the codes the lists carry.
        code_form: As the codes were made with.
        cycle_number: The plan's cycle.
        most: How many baskets at most.
        seed: Which ones; the same seed gives the same.
        store_id: Lists of this home store are taken first.
    """
    draw = Random(f"baskets {seed}")  # noqa: S311 - a sample, not a secret
    lists = read_plan(warehouse, plan_id, "plan_lists").to_pylist()
    lists = sorted(draw.sample(lists, len(lists)), key=lambda row: row["store_id"] != store_id)
    chosen = {row["household_id"]: row for row in lists[:most]}
    terms = till_terms(warehouse, plan_id)
    grants: dict[str, list[dict[str, Any]]] = {}
    for row in read_plan(warehouse, plan_id, "plan_grants").to_pylist():
        if row["household_id"] in chosen:
            grants.setdefault(row["household_id"], []).append(row)
    baskets = []
    for household_id, row in chosen.items():
        code = list_code(keys, code_form, cycle_number=cycle_number, sequence=row["sequence"])
        mine = grants.get(household_id, [])
        lines = []
        for number, grant in enumerate(draw.sample(mine, min(4, len(mine))), start=1):
            lines.append(sample_line(number, grant, terms[grant["offer_id"], grant["level"]]))
        baskets.append(SampleBasket(code, tuple(lines)))
    return baskets


def simulate_day(
    lanes: Sequence[SimulatedLane],
    back_rooms: Mapping[StoreId, Sequence[TillCaller]],
    baskets: Sequence[SampleBasket],
    *,
    day: date,
    seed: int,
    crash_share: float,
    cut_share: float = 0.0,
    first_sequence: int = 1,
) -> TillDay:
    """Ring baskets in turn on lanes, let lanes tell, then tell the day's log and close the day.

    Whoever does not answer then is told in the result; the others get the log all the same.

    Args:
        lanes: Store, lane and connection of each.
        back_rooms: Of each store, the connections that get its log: the centre first.
        baskets: What is rung.
        day: The stores' business day.
        seed: Which lanes crash, and when.
        crash_share: Share of baskets in which the lane dies at some point, 0..1; it comes back before the next.
        cut_share: Share of the baskets, in one piece in the middle of the day, that have no network, 0..1.
        first_sequence: The first basket's number; another run of the same day needs other numbers.
    """
    draw, seen = Random(f"day {seed}"), TillDay()  # noqa: S311 - a simulation, not a secret
    logs: dict[StoreId, list[dict[str, Any]]] = {store_id: [] for store_id in back_rooms}
    until = len(baskets) * (1 + cut_share) / 2
    offline = range(int(until - len(baskets) * cut_share), int(until))
    died: list[str] = []

    def perhaps_dies(point: str) -> None:
        if died and died[0] == point:
            died.clear()
            raise LaneDied

    running = [lane.start(perhaps_dies) for lane in lanes]
    for number, basket in enumerate(baskets):
        place = number % len(lanes)
        lane = lanes[place]
        lane.cut(number in offline)
        seen.cut_off += number in offline
        died[:] = [draw.choice(CRASH_POINTS)] if draw.random() < crash_share else []
        transaction = LaneTransaction(lane.store_id, lane.lane_id, day, first_sequence + number)
        receipt: dict[str, Any] = {}
        seen.baskets += 1
        try:
            _ring(running[place], transaction, basket, receipt, perhaps_dies)
        except LaneDied:
            seen.crashed += 1
            running[place] = lane.start(perhaps_dies)
            running[place].come_back(partial(_is_on, receipt))
        if number + len(lanes) >= len(baskets) or number % (_RECONCILE_EVERY * len(lanes)) < len(lanes):
            _add(seen, running[place].reconcile())
        given = receipt.get(transaction.key)
        if given is not None:
            _count(seen, basket, given)
            logs[lane.store_id].append(_logged(transaction, given))
    for place, lane in enumerate(lanes):
        lane.cut(False)
        _add(seen, running[place].reconcile())
    _tell_logs(back_rooms, logs, day, seen)
    return seen


CRASH_POINTS = ("begun", "held at the centre", "arming at the centre", "armed at the centre", "given", "tendered")
"""Where a simulated lane may die: six points of one basket."""
_RECONCILE_EVERY = 5


def _ring(
    lane: ReferenceLane,
    transaction: LaneTransaction,
    basket: SampleBasket,
    receipt: dict[str, Any],
    reach: Callable[[str], None],
) -> None:
    """One basket; once it is tendered its receipt is printed, whatever becomes of the lane."""
    given = lane.ring(transaction, basket.lines, list_code=basket.list_code)
    receipt[transaction.key] = given
    reach("tendered")
    lane.pay(transaction, paid=True)


def _is_on(receipts: Mapping[str, Any], transaction: LaneTransaction) -> bool:
    return transaction.key in receipts


def _count(seen: TillDay, basket: SampleBasket, given: Sequence[Mapping[str, Any]]) -> None:
    seen.paid += 1
    seen.amount_cents += sum(line["amount_cents"] for line in basket.lines)
    seen.saved_cents += sum(one["discount_cents"] for one in given)
    seen.offers_given += len(given)
    seen.given_alone += sum(one["by"] == ALONE for one in given)
    seen.given_by_controller += sum(one["by"] == CONTROLLER for one in given)


def _logged(transaction: LaneTransaction, given: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    shares = [{"grant": one["grant"], "discount_cents": one["discount_cents"]} for one in given]
    return {"kind": "logged", "transaction": transaction.as_plain(), "shares": shares}


def _add(seen: TillDay, reconciled: Reconciled | None) -> None:
    if reconciled is not None:
        seen.credited_cents += reconciled.credited_cents
        for outcome, count in reconciled.outcomes.items():
            seen.told[outcome] = seen.told.get(outcome, 0) + count


def _tell_logs(
    back_rooms: Mapping[StoreId, Sequence[TillCaller]],
    logs: Mapping[StoreId, Sequence[Mapping[str, Any]]],
    day: date,
    seen: TillDay,
) -> None:
    for store_id, facts in logs.items():
        for place, room in enumerate(back_rooms[store_id]):
            try:
                _tell_log(room, facts, day, seen if place == 0 else TillDay())
            except StoreError as error:
                seen.untold = seen.untold or str(error)


def _tell_log(room: TillCaller, facts: Sequence[Mapping[str, Any]], day: date, seen: TillDay) -> None:
    for start in range(0, len(facts), _TOLD_AT_ONCE):
        for one in room.facts(facts[start : start + _TOLD_AT_ONCE])["facts"]:
            seen.logged += 1
            for outcome in one["outcomes"].values():
                seen.outcomes[outcome] = seen.outcomes.get(outcome, 0) + 1
    seen.still_open += len(room.close_day(day.isoformat())["grants"])
    seen.closed = True
