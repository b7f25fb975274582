"""The protocol's decisions about one grant, before tender: may this basket hold it, may it spend it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from regulars.kernel import StoreId

from ._outcomes import Armed, Held, RefusalReason, Refused
from ._records import ArmLine, LaneTransaction, Share
from ._standing import Grant, Hold, Spend, amended

HOLD_FOR = timedelta(minutes=15)
"""How long a hold lasts unless it is renewed."""
_DAYS_OFF_MAX = 3
"""How far a basket's day may lie from the day here: a lane's clock a day wrong, a day that ran past midnight."""


def decide_hold(
    grant: Grant,
    share: Share,
    transaction: LaneTransaction,
    *,
    now: datetime,
    today: date,
    site: StoreId | None,
    take_over: bool,
) -> tuple[Grant, Held | Refused]:
    """Give a grant to a basket until the hold lapses, or say why not.

    Args:
        grant: Where it stands.
        share: What the basket would save.
        transaction: The basket.
        now: The centre's clock; no lane's clock plays a part.
        today: The stores' business day by that clock.
        site: Whose ledger this is: a store's controller, or None for the centre.
        take_over: A supervisor takes over another basket's hold.

    Returns:
        The grant as it stands afterwards, and the outcome.
    """
    refused = refuse_hold(grant, transaction, now=now, today=today, site=site, take_over=take_over)
    if refused is not None:
        return grant, refused
    mine = grant.hold is not None and grant.hold.transaction == transaction
    epoch = grant.epoch if mine else grant.epoch + 1
    renewed = Hold(transaction, share.discount_cents, now + HOLD_FOR)
    return amended(grant, hold=renewed, epoch=epoch), Held(grant.key, epoch, renewed.lapses_at)


def refuse_hold(
    grant: Grant,
    transaction: LaneTransaction,
    *,
    now: datetime,
    today: date,
    site: StoreId | None,
    take_over: bool,
) -> Refused | None:
    """Why a basket may not hold a grant now; None when it may.

    Args:
        grant: Where it stands.
        transaction: The basket.
        now: The centre's clock.
        today: The stores' business day by that clock.
        site: Whose ledger this is: a store's controller, or None for the centre.
        take_over: A supervisor takes over another basket's hold.
    """
    refused = _refusal(grant, transaction, today, site)
    hold = grant.hold
    if (
        refused is not None
        or hold is None
        or take_over
        or hold.transaction == transaction
        or now >= hold.lapses_at
    ):
        return refused
    detail = f"held at {_place(hold.transaction, transaction)}"
    return Refused(grant.key, RefusalReason.HELD_ELSEWHERE, detail, hold.transaction, hold.lapses_at)


def _place(holder: LaneTransaction, asking: LaneTransaction) -> str:
    """Where another basket is, for the cashier of this one."""
    lane = f"lane {holder.lane_id}"
    return lane if holder.store_id == asking.store_id else f"store {holder.store_id}, {lane}"


def _refusal(grant: Grant, transaction: LaneTransaction, today: date, site: StoreId | None) -> Refused | None:
    """Why nobody may take the grant now; the first reason that applies."""

    def refuse(reason: RefusalReason, detail: str, holder: LaneTransaction | None = None) -> Refused:
        return Refused(grant.key, reason, detail, holder)

    period = grant.period
    if _is_off(transaction, today):
        return refuse(RefusalReason.WRONG_DAY, _off_sentence(transaction, today))
    mine = grant.spends.get(transaction)
    if mine is not None and mine.lives:
        return refuse(RefusalReason.ALREADY_SPENT, "this basket has it already", transaction)
    uses_left = grant.uses_left
    if grant.closed and uses_left:
        return refuse(RefusalReason.CLOSED, "it is not given any more")
    if today < period.from_on:
        return refuse(RefusalReason.NOT_YET_VALID, f"it starts on {period.from_on}")
    if today >= period.until_on:
        return refuse(RefusalReason.EXPIRED, f"its last day was {period.last_on}")
    if uses_left == 0:
        last = grant.used_spends[-1].transaction
        return refuse(
            RefusalReason.ALREADY_SPENT,
            f"used on {last.business_on} in store {last.store_id}, lane {last.lane_id}",
            last,
        )
    if grant.right_at != site:
        place = "the centre" if grant.right_at is None else f"store {grant.right_at}"
        return refuse(RefusalReason.RIGHT_ELSEWHERE, f"only {place} can give it now")
    return None


def _is_off(transaction: LaneTransaction, today: date) -> bool:
    """Whether a basket's business day is one that nobody here would close."""
    return abs((transaction.business_on - today).days) > _DAYS_OFF_MAX


def _off_sentence(transaction: LaneTransaction, today: date) -> str:
    return f"the lane's business day is {transaction.business_on}, and here it is {today}"


def decide_make_good(
    grant: Grant, share: Share, transaction: LaneTransaction, today: date
) -> tuple[Grant, Armed | Refused]:
    """Credit what a basket missed, if the grant held on its day and nobody used it since.

    Args:
        grant: Where it stands.
        share: What it would have saved.
        transaction: The credit's number; its day is the basket's.
        today: The stores' business day by the centre's clock.

    Returns:
        The grant as it stands afterwards, and the outcome; again, the same.
    """
    mine = grant.spend_of(transaction)
    if mine.told_cents is not None:
        return grant, Armed(grant.key, mine.told_cents)
    if mine.lives and mine.given_cents is not None:  # the loaded log came first
        return grant, Armed(grant.key, mine.given_cents)
    refused = _refusal(grant.as_on_its_days(today), transaction, transaction.business_on, None)
    if refused is not None:
        return grant, refused
    return grant.with_spend(amended(mine, told_cents=share.discount_cents)), Armed(grant.key, share.discount_cents)


def decide_arm(
    grant: Grant, line: ArmLine, transaction: LaneTransaction, today: date
) -> tuple[Grant, Armed | Refused]:
    """Spend a held grant on its basket, durably and before tender, or say why not.

    The hold's clock plays no part: as long as nobody else took the grant, it is still this basket's.

    Args:
        grant: Where it stands.
        line: The epoch of the hold, and what the shopper is to save.
        transaction: The basket.
        today: The stores' business day by the centre's clock.

    Returns:
        The grant as it stands afterwards, and the outcome.
    """
    mine = grant.spend_of(transaction)
    if mine.armed_cents is not None:
        if mine.armed_cents == line.discount_cents and mine.lives:
            return grant, Armed(grant.key, line.discount_cents)
        return grant, Refused(
            grant.key, RefusalReason.KEY_REUSED, "this basket has spent it before, or took it back", transaction
        )
    refused = _may_not_arm(grant, line, transaction, mine, today)
    if refused is not None:
        return grant, refused
    spent = grant.with_spend(amended(mine, armed_cents=line.discount_cents))
    return amended(spent, hold=None), Armed(grant.key, line.discount_cents)


def _may_not_arm(
    grant: Grant, line: ArmLine, transaction: LaneTransaction, mine: Spend, today: date
) -> Refused | None:
    hold = grant.hold
    if mine != Spend(transaction):
        reason, detail = RefusalReason.KEY_REUSED, "this basket's log, journal or void came before it was armed"
    elif _is_off(transaction, today):
        reason, detail = RefusalReason.WRONG_DAY, _off_sentence(transaction, today)
    elif grant.uses_left == 0:
        reason, detail = RefusalReason.ALREADY_SPENT, "another basket has used it"
    elif grant.closed:
        reason, detail = RefusalReason.CLOSED, "it is not given any more"
    elif hold is None:
        reason, detail = RefusalReason.NOT_HELD, "this basket does not hold it"
    elif hold.transaction != transaction or grant.epoch != line.epoch:
        reason, detail = RefusalReason.TAKEN_OVER, f"{_place(hold.transaction, transaction)} has it now"
    elif line.discount_cents > hold.cents:
        reason, detail = RefusalReason.CAP_REACHED, f"it saves at most {hold.cents} cents on this basket"
    else:
        return None
    return Refused(grant.key, reason, detail, hold.transaction if hold else None)
