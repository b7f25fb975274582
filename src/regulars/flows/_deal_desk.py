"""Deals as they stand: terms loaded, edited and decided on at the desk; their money, and what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from regulars.contracts import CampaignState, Deal, DealState
from regulars.kernel import Clock, ConfigError, ContractError, DealId, Period, PlanId, digest_of
from regulars.offers import DealFault, DealGround, Weight, check_deal, exclusive_clashes, read_deals

from ._desk_ports import DealMoney, DealRevision, Desk, DeskPlan
from ._ledger_ports import PlanStanding, PlanState
from ._ports import Warehouse
from ._rows import read_rows

Row = dict[str, Any]

EDITABLE = (
    "name",
    "rungs",
    "funding_percent",
    "fee_cents",
    "product_ids",
    "store_ids",
    "from_on",
    "until_on",
    "budget_cents",
    "distributions_max",
    "distributions_min",
    "make_good_cents",
    "thank_you",
    "exclusive",
)
"""Columns of `deals` that can be edited; what a deal is and whose, its file says."""

_NUMBER_MAX = 10**12
"""Greatest number an edit may give; ten thousand million dollars."""

_NOT_TERMS = {"state", "known_from_on", "synthetic"}

_BEFORE: Mapping[DealState, tuple[DealState, ...]] = {
    DealState.SUBMITTED: (DealState.DRAFT,),
    DealState.APPROVED: (DealState.SUBMITTED,),
    DealState.DRAFT: (DealState.SUBMITTED, DealState.APPROVED),
    DealState.ENDED: (DealState.DRAFT, DealState.SUBMITTED, DealState.APPROVED),
}
"""From which states a decision leads to a state."""


@dataclass(frozen=True)
class DealStanding:
    """One deal on a day. Money in cents.

    Args:
        deal_id: Its id.
        name: As a marketer would say it.
        vendor_id: Who funds it.
        kind: How the shopper gains.
        state: Where it stands: an approved one runs within its dates and is ended after them.
        from_on: First day.
        until_on: The day after its last.
        budget_cents: The most it may cost whoever's budget it is; None for no limit.
        expected_cents: What plans that still run are expected to use of it.
        promised_cents: The most they can still cost.
        used_cents: What was spent.
        released_cents: What was promised and given back.
        left_cents: What the next plan may count on.
        faults: What is wrong with it.
        decided_by: Who decided last; empty when nobody did.
    """

    deal_id: DealId
    name: str
    vendor_id: str
    kind: str
    state: DealState
    from_on: date
    until_on: date
    budget_cents: int | None
    expected_cents: int
    promised_cents: int
    used_cents: int
    released_cents: int
    left_cents: int | None
    faults: tuple[DealFault, ...]
    decided_by: str = ""

    @property
    def is_refused(self) -> bool:
        """Whether a fault stops it."""
        return any(fault.weight is Weight.REFUSED for fault in self.faults)


def desk_plan(desk: Desk, plans: Iterable[PlanStanding], cycle: Period) -> DeskPlan:
    """What a plan of a cycle takes from the desk; what that very cycle's plans did to it plays no part.

    Args:
        desk: Decisions and money.
        plans: All plans the ledger knows.
        cycle: The cycle to be planned.
    """
    applied = [one.plan for one in plans if one.state is PlanState.APPLIED]
    return DeskPlan(
        revisions=tuple(desk.deal_revisions()),
        campaigns=tuple(one.plan for one in desk.campaigns() if one.state is CampaignState.RUNNING),
        money=tuple(one for one in desk.deal_money() if one.applied and one.until_on < cycle.until_on),
        applied=tuple(sorted(PlanId(plan.plan_id) for plan in applied if plan.period.from_on < cycle.from_on)),
    )


def spent_cents(money: Iterable[DealMoney], *, on: date) -> dict[DealId, int]:
    """What is gone of each deal's money: used, and expected to be used by plans that still run on a day."""
    gone: dict[DealId, int] = {}
    for one in money:
        if one.applied:
            open_cents = max(0, one.expected_cents - one.used_cents) if one.until_on > on else 0
            gone[one.deal_id] = gone.get(one.deal_id, 0) + one.used_cents + open_cents
    return gone


def rows_as_decided(rows: Iterable[Row], revisions: Iterable[DealRevision]) -> list[Row]:
    """Rows of `deals` with what was edited in place of what was loaded, and the state that was decided.

    Terms that changed after they were approved, in a newer file, wait for approval again.
    """
    decided = {revision.deal_id: revision for revision in revisions}
    found = []
    for row in rows:
        revision = decided.get(row["deal_id"])
        if revision is None:
            found.append(row)
            continue
        edited = {**row, **_parsed(revision.changes)}
        stale = revision.state is DealState.APPROVED and terms_digest(edited) != revision.terms_digest
        found.append({**edited, "state": (DealState.SUBMITTED if stale else revision.state).value})
    return found


def terms_digest(row: Mapping[str, Any]) -> str:
    """A digest of what a deal says, whoever says it."""
    terms = {name: str(value) for name, value in row.items() if name not in _NOT_TERMS and value is not None}
    return digest_of(json.dumps(terms, sort_keys=True))


def read_deal_rows(warehouse: Warehouse) -> list[Row]:
    """Rows of `deals`, as loaded."""
    rows: list[Row] = read_rows(warehouse.files("deals"), "deals").to_pylist()
    return rows


def list_deals(
    rows: Sequence[Row], desk: Desk, ground: DealGround, *, on: date
) -> tuple[list[DealStanding], list[DealFault]]:
    """Every deal as it stands on a day, by id, and faults of rows that cannot be read at all.

    Args:
        rows: Rows of `deals`, as loaded.
        desk: Decisions and money.
        ground: What deals are judged against; `left_cents` is filled in here.
        on: The day.
    """
    revisions = {revision.deal_id: revision for revision in desk.deal_revisions()}
    decided = rows_as_decided(rows, revisions.values())
    read = read_deals(decided, ground.catalogue)
    money = desk.deal_money()
    gone = spent_cents(money, on=on)
    left = {
        deal.deal_id: deal.budget_cents - gone.get(deal.deal_id, 0)
        for deal in read.deals
        if deal.budget_cents is not None
    }
    judged = replace(ground, left_cents=left)
    by_id = {row["deal_id"]: row for row in decided}
    clashes = {fault.deal_id: fault for fault in exclusive_clashes(read.deals, ground.catalogue)}
    standings = []
    for deal in read.deals:
        faults = check_deal(deal, by_id[deal.deal_id], judged)
        faults += [clashes[deal.deal_id]] if deal.deal_id in clashes else []
        revision = revisions.get(deal.deal_id)
        standings.append(_standing(deal, money, left, faults, revision, on))
    broken = [
        DealFault(DealId(finding.raw), finding.rule, Weight.REFUSED, finding.message) for finding in read.findings
    ]
    return standings, broken


def decide_deal(
    row: Row | None,
    desk: Desk,
    deal_id: str,
    state: DealState,
    *,
    changes: Mapping[str, str] | None = None,
    faults: Sequence[DealFault] = (),
    clock: Clock,
    actor: str,
    note: str = "",
) -> DealRevision:
    """Move a deal along its life, or edit it, which makes it a draft again.

    Args:
        row: Its row of `deals` as loaded; None when there is none.
        desk: Where decisions are kept.
        deal_id: The deal.
        state: Where it is to stand.
        changes: Columns to edit, as text; empty text for none.
        faults: What is wrong with it: a deal with one that is refused is neither submitted nor approved.
        clock: For the instant on record.
        actor: Who decides.
        note: Why, in their words.

    Raises:
        ContractError: There is no such deal, it is not where this decision leads on from, a fault stands against it,
            or somebody else decided in the same moment; nothing was written.
        ConfigError: A column cannot be edited, or its value cannot be read.
    """
    if row is None:
        raise ContractError(f"there is no deal {deal_id!r}", hint="`regulars deal list` names those there are")
    history = desk.deal_history(DealId(deal_id))
    last = history[-1] if history else None
    (standing,) = rows_as_decided([row], [last] if last else [])
    stands = DealState(standing["state"])
    stands = DealState.APPROVED if stands is DealState.RUNNING else stands
    edited = dict(last.changes) if last else {}
    if changes is not None:
        edited |= _checked(changes)
    elif stands not in _BEFORE[state]:
        before = " or ".join(one.value for one in _BEFORE[state])
        raise ContractError(
            f"deal {deal_id} is {stands.value}; only one that is {before} can become {state.value}"
        )
    if stands is DealState.ENDED:
        raise ContractError(f"deal {deal_id} has ended; load it anew under another id")
    stopping = [fault.message for fault in faults if fault.weight is Weight.REFUSED]
    if stopping and state in {DealState.SUBMITTED, DealState.APPROVED}:
        raise ContractError("; ".join(stopping), hint="mend it with `regulars deal edit`, or load it anew")
    revision = DealRevision(
        DealId(deal_id),
        len(history) + 1,
        state,
        edited,
        terms_digest({**row, **_parsed(edited)}),
        clock.now_at(),
        actor,
        note,
    )
    if not desk.decide_deal(revision):
        raise ContractError(
            f"somebody else decided on deal {deal_id} in this moment", hint="look at it and try again"
        )
    return revision


def _standing(
    deal: Deal,
    money: Iterable[DealMoney],
    left: Mapping[DealId, int],
    faults: Sequence[DealFault],
    revision: DealRevision | None,
    on: date,
) -> DealStanding:
    mine = [one for one in money if one.deal_id == deal.deal_id]
    open_plans = [one for one in mine if one.applied and one.until_on > on]
    return DealStanding(
        deal.deal_id,
        deal.name,
        deal.vendor_id,
        deal.kind.value,
        _state_on(deal, on),
        deal.period.from_on,
        deal.period.until_on,
        deal.budget_cents,
        sum(max(0, one.expected_cents - one.used_cents) for one in open_plans),
        sum(one.promised_cents for one in mine),
        sum(one.used_cents for one in mine),
        sum(one.released_cents for one in mine),
        max(0, left[deal.deal_id]) if deal.deal_id in left else None,
        tuple(faults),
        revision.actor if revision else "",
    )


def _state_on(deal: Deal, on: date) -> DealState:
    if deal.state not in {DealState.APPROVED, DealState.RUNNING}:
        return deal.state
    if deal.period.until_on <= on:
        return DealState.ENDED
    return DealState.RUNNING if on in deal.period else DealState.APPROVED


def _checked(changes: Mapping[str, str]) -> dict[str, Any]:
    unknown = sorted(set(changes) - set(EDITABLE))
    if unknown:
        raise ConfigError(f"{', '.join(unknown)} cannot be edited; expected some of {', '.join(EDITABLE)}")
    return {name: _value(name, text) for name, text in changes.items()}


def _value(name: str, text: str) -> Any:
    """A column's new value as JSON keeps it."""
    try:
        if name in {"from_on", "until_on"}:
            return date.fromisoformat(text).isoformat()
        if name in {"thank_you", "exclusive"}:
            return {"true": True, "false": False}[text]
        if name in {"name", "rungs"}:
            return {True: text}[bool(text)]
        if name in {"product_ids", "store_ids"}:
            return text or None
        if not text and name in {"budget_cents", "distributions_max"}:
            return None
        number = int(text)
        if not 0 <= number <= (100 if name == "funding_percent" else _NUMBER_MAX):
            raise ValueError(text)
        return number
    except (ValueError, KeyError):
        raise ConfigError(f"{name} is {text!r}; expected {_expected(name)}") from None


def _expected(name: str) -> str:
    if name in {"from_on", "until_on"}:
        return "a date like 2017-11-27"
    if name in {"thank_you", "exclusive"}:
        return "true or false"
    if name in {"name", "rungs"}:
        return "some text"
    return (
        "a whole number from 0 to 100"
        if name == "funding_percent"
        else f"a whole number from 0 to {_NUMBER_MAX:,}"
    )


def _parsed(changes: Mapping[str, Any]) -> Row:
    """Edited values as the table has them."""
    return {
        name: date.fromisoformat(value) if name in {"from_on", "until_on"} else value
        for name, value in changes.items()
    }
