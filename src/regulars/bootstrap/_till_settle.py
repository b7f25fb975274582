"""Settling loaded logs, and what waits at the service desk, bound to a workspace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from regulars.adapters import JsonLoadedNote
from regulars.flows import (
    OpenCredit,
    Progress,
    SettledLogs,
    SettleRules,
    TillTeller,
    card_holders,
    plan_offer_names,
    settle_logs,
)
from regulars.kernel import ContractError, HouseholdId, StoreId, dollars
from regulars.redeem import DayClosed, FactAnswer, FactClass, LaneTransaction, Logged, Share

from ._tills import check_store, till_clock
from ._workspace import Workspace


def settle_loaded(workspace: Workspace, teller: TillTeller, progress: Progress) -> SettledLogs | None:
    """Bring the ledger to what the loaded logs show; see `flows.settle_logs`. None when there is no plan at all.

    Args:
        workspace: Where; the lock of its warehouse is held by the caller.
        teller: Who takes what is settled; see `Workspace.telling`.
        progress: Told of each plan.

    Raises:
        StoreError: A file or the ledger failed; again does the rest.
    """
    if not any(name.startswith("plans/") for name in workspace.warehouse.datasets()):
        return None
    at = till_clock(workspace, None).now_at()
    till = workspace.settings.till
    return settle_logs(
        workspace.warehouse,
        workspace.ledger,
        teller,
        SettleRules(till.credit_from_logs, till.discounts_on_log_lines, till.basket_cap_cents),
        at=at,
        today=at.astimezone(workspace.zone).date(),
        progress=progress,
        note=JsonLoadedNote(workspace.root / "cache" / "settled.json"),
    )


@dataclass(frozen=True)
class CreditLine:
    """A credit at the service desk.

    Args:
        receipt: The receipt that missed the offer, as ``DAY/STORE/LANE/NUMBER``.
        household_id: Whose.
        offer: What the offer is called.
        cents: What is owed.
        duplicate: The offer was used elsewhere meanwhile; paid, it is the store's loss.
    """

    receipt: str
    household_id: str
    offer: str
    cents: int
    duplicate: bool


def list_credits(workspace: Workspace, household_id: str | None, card_id: str | None) -> list[CreditLine]:
    """Credits nobody was paid yet, by receipt.

    Args:
        workspace: Where.
        household_id: Of this household alone.
        card_id: Of the household that has this card today.

    Raises:
        ContractError: The card is nobody's.
    """
    if card_id is not None:
        today = till_clock(workspace, None).now_at().astimezone(workspace.zone).date()
        household_id = card_holders(workspace.warehouse)(card_id, today)
        if household_id is None:
            raise ContractError("this card is nobody's", hint="name the household instead")
    wanted = None if household_id is None else [HouseholdId(household_id)]
    return _lines(workspace, workspace.ledger.open_credits(wanted))


def pay_credits(workspace: Workspace, receipt: str, *, actor: str) -> list[CreditLine]:
    """Note that what a receipt missed was paid out; who did it is kept in the audit.

    Args:
        workspace: Where.
        receipt: As ``DAY/STORE/LANE/NUMBER``.
        actor: Who paid.

    Raises:
        ContractError: Nothing is owed for it, or it was paid meanwhile.
    """
    credit = LaneTransaction.of_key(receipt).made_good
    owed = [one for one in workspace.ledger.open_credits() if one.transaction == credit]
    if not owed:
        raise ContractError(
            _paid_before(workspace, credit) or f"nothing is owed for receipt {receipt}",
            hint="`regulars till credits` lists what is owed",
        )
    at = till_clock(workspace, None).now_at()
    paid = Logged(credit, tuple(Share(one.grant, one.given_cents) for one in owed))
    with workspace.telling("till pay-out") as teller:
        [answer] = teller.handle_till([paid], at=at, today=at.astimezone(workspace.zone).date(), actor=actor)
    assert isinstance(answer, FactAnswer), f"a pay-out is answered as a fact, not {answer}"
    odd = {one.outcome for one in answer.outcomes} - {FactClass.SPENT, FactClass.DUPLICATE}
    if odd:
        raise ContractError(
            f"receipt {receipt} was paid before",
            hint="nothing was changed; `regulars till credits` says what is owed",
        )
    return _lines(workspace, owed)


def _paid_before(workspace: Workspace, credit: LaneTransaction) -> str:
    """What was paid for a receipt already, by whom and when if the audit names one; empty if nothing was."""
    paid = [
        grant
        for standing in workspace.ledger.plans()
        for grant in workspace.ledger.used_grants(standing.plan.plan_id)
        if (spend := grant.spends.get(credit)) is not None and spend.logged_cents is not None
    ]
    if not paid:
        return ""
    cents = sum(grant.spends[credit].logged_cents or 0 for grant in paid)
    told = f"receipt {credit.missed_by.key} was paid before: {dollars(cents)} to household {paid[0].household_id}"
    if (noted := workspace.ledger.logged_by(credit)) is None:
        return told
    actor, at = noted
    return f"{told}, noted on {at.astimezone(workspace.zone).date()} by {actor}"


def close_store_day(workspace: Workspace, store_id: str, day: date, *, actor: str) -> int:
    """Close a store's day whose log is complete; returns how many grants were armed and never given.

    Args:
        workspace: Where.
        store_id: The store.
        day: Its business day.
        actor: Who says so; kept in the audit.

    Raises:
        ContractError: The day is still to come. Or nothing was open there, and nobody knows the store: it is mistyped.
    """
    at = till_clock(workspace, None).now_at()
    today = at.astimezone(workspace.zone).date()
    if day > today:
        raise ContractError(
            f"{day} is still to come: it is {today} in the store", hint="close a day when its last log is loaded"
        )
    message = DayClosed(StoreId(store_id), day)
    with workspace.telling("till close-day") as teller:
        [answer] = teller.handle_till([message], at=at, today=today, actor=actor)
    freed = len(getattr(answer, "grants", ()))
    if not freed:
        check_store(workspace, store_id)
    return freed


def _lines(workspace: Workspace, found: list[OpenCredit]) -> list[CreditLine]:
    names = plan_offer_names(workspace.warehouse, {one.grant.plan_id for one in found})
    return [
        CreditLine(
            one.transaction.missed_by.key,
            one.household_id,
            names.get((one.grant.plan_id, one.offer_id), one.offer_id),
            one.cents,
            one.duplicate,
        )
        for one in found
    ]
