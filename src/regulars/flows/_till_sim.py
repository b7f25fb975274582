"""A reference till: rings baskets, loses answers, crashes and comes back, and tells its log at the end of the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any, Protocol

from regulars.kernel import CodeKeys as Keys
from regulars.kernel import ContractError, PlanId, StoreError, StoreId, list_code
from regulars.offers import units_needed
from regulars.redeem import LaneTransaction

from ._plan import read_plan
from ._ports import Warehouse
from ._till_desk import till_terms


class TillCaller(Protocol):
    """A lane's connection; `adapters.TillClient` is one."""

    def hold(
        self,
        transaction: LaneTransaction,
        lines: Sequence[Mapping[str, Any]],
        *,
        revision: int = 0,
        **identity: Any,
    ) -> Any:
        """Hold what applies."""
        ...

    def arm(self, transaction: LaneTransaction, offers: Sequence[Mapping[str, Any]]) -> Any:
        """Give held offers."""
        ...

    def facts(self, facts: Sequence[Mapping[str, Any]]) -> Any:
        """Tell what happened."""
        ...


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
    """What a simulated day came to; money in cents."""

    baskets: int = 0
    paid: int = 0
    crashed: int = 0
    in_doubt: int = 0
    offers_given: int = 0
    offers_refused: int = 0
    saved_cents: int = 0
    amount_cents: int = 0
    logged: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)


def sample_baskets(
    warehouse: Warehouse,
    plan_id: PlanId,
    keys: Keys,
    *,
    code_version: int,
    cycle_number: int,
    most: int,
    seed: int,
) -> list[SampleBasket]:
    """Baskets of households on a plan's lists, each with the goods of up to four of its offers.

    Args:
        warehouse: Holds the plan.
        plan_id: An applied plan.
        keys: The workspace's secrets, for the codes the lists carry.
        code_version: As the codes were made with.
        cycle_number: The plan's cycle.
        most: How many baskets at most.
        seed: Which ones; the same seed gives the same.
    """
    draw = Random(f"baskets {seed}")  # noqa: S311 - a sample, not a secret
    lists = read_plan(warehouse, plan_id, "plan_lists").to_pylist()
    chosen = {row["household_id"]: row for row in draw.sample(lists, min(most, len(lists)))}
    terms = till_terms(warehouse, plan_id)
    grants: dict[str, list[dict[str, Any]]] = {}
    for row in read_plan(warehouse, plan_id, "plan_grants").to_pylist():
        if row["household_id"] in chosen:
            grants.setdefault(row["household_id"], []).append(row)
    baskets = []
    for household_id, row in chosen.items():
        code = list_code(keys, version=code_version, cycle_number=cycle_number, sequence=row["sequence"])
        mine = grants.get(household_id, [])
        lines = []
        for number, grant in enumerate(draw.sample(mine, min(4, len(mine))), start=1):
            one = terms[grant["offer_id"], grant["level"]]
            price = grant["price_cents"]
            units = max(units_needed(one), -(-one.rung.threshold_cents // max(1, price)))
            lines.append(
                {"number": number, "code": grant["product_id"], "quantity": units, "amount_cents": units * price}
            )
        baskets.append(SampleBasket(code, tuple(lines)))
    return baskets


def simulate_day(
    lanes: Sequence[tuple[StoreId, str, TillCaller]],
    log: Mapping[StoreId, TillCaller],
    baskets: Iterable[SampleBasket],
    *,
    day: date,
    seed: int,
    crash_share: float,
    first_sequence: int = 1,
) -> TillDay:
    """Ring baskets in turn on lanes, then tell the day's log.

    Args:
        lanes: Store, lane and connection of each.
        log: The back room of each store, which tells its log.
        baskets: What is rung.
        day: The stores' business day.
        seed: Which lanes crash.
        crash_share: Share of baskets whose lane dies after it armed and before it was paid, 0..1.
        first_sequence: The first basket's number; another run of the same day needs other numbers.
    """
    draw = Random(f"day {seed}")  # noqa: S311 - a simulation, not a secret
    seen = TillDay()
    logs: dict[StoreId, list[dict[str, Any]]] = {store_id: [] for store_id in log}
    for number, basket in enumerate(baskets):
        store_id, lane_id, caller = lanes[number % len(lanes)]
        transaction = LaneTransaction(store_id, lane_id, day, first_sequence + number)
        seen.baskets += 1
        given = _ring(caller, transaction, basket, seen)
        if draw.random() < crash_share:
            seen.crashed += 1
            given = []
        else:
            seen.paid += 1
            seen.amount_cents += sum(line["amount_cents"] for line in basket.lines)
            seen.saved_cents += sum(one["discount_cents"] for one in given)
            seen.offers_given += len(given)
        logs[store_id].append({"kind": "logged", "transaction": _named(transaction), "shares": given})
    for store_id, facts in logs.items():
        for start in range(0, len(facts), 200):
            answer = log[store_id].facts(facts[start : start + 200])
            for one in answer["facts"]:
                seen.logged += 1
                for outcome in one["outcomes"].values():
                    seen.outcomes[outcome] = seen.outcomes.get(outcome, 0) + 1
    return seen


def _ring(
    caller: TillCaller, transaction: LaneTransaction, basket: SampleBasket, seen: TillDay
) -> list[dict[str, Any]]:
    """Hold and arm one basket; what may be given. In doubt, nothing is."""
    try:
        quote = caller.hold(transaction, basket.lines, revision=0, list_code=basket.list_code)
        held = [offer for offer in quote["offers"] if not offer["reason"]]
        seen.offers_refused += sum(bool(offer["epoch"] is None) for offer in quote["offers"])
        if not held:
            return []
        asked = [
            {"grant": one["grant"], "epoch": one["epoch"], "discount_cents": one["saving_cents"]} for one in held
        ]
        answer = caller.arm(transaction, asked)
    except (StoreError, ContractError):
        seen.in_doubt += 1
        return []
    return [
        {"grant": line["grant"], "discount_cents": line["discount_cents"]}
        for line in answer["lines"]
        if line["armed"]
    ]


def _named(transaction: LaneTransaction) -> dict[str, Any]:
    return {
        "store_id": transaction.store_id,
        "lane_id": transaction.lane_id,
        "business_on": transaction.business_on.isoformat(),
        "sequence": transaction.sequence,
    }
