"""A fortnight's real receipts rung anew, as if each household had shown its list: what the offers would have saved.

In the demonstration only: its households never saw an offer, so what they bought was not caused by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import groupby, islice
from zoneinfo import ZoneInfo

from regulars.kernel import Period, PlanId, StoreId
from regulars.offers import BasketLine
from regulars.redeem import (
    ArmAnswer,
    Armed,
    ArmLine,
    ArmRequest,
    HoldAnswer,
    LaneTransaction,
    Logged,
    Refused,
    Share,
    TillMessage,
)

from ._ports import Progress, Warehouse
from ._rows import read_rows
from ._till_desk import TillBasket, TillDesk, TillIdentity, TillQuote
from ._till_ports import LogLedger, TillLedger

NEVER_SHOWN = (
    "These households never saw the offers: what they bought was not caused by them, and no lift follows."
)
_TOGETHER = 100
_QUANTITY_MAX = 999
_NO_LANE = "0"


@dataclass
class ReplayedReceipts:
    """What a replay came to; money in cents.

    Args:
        first_on: First business day.
        last_on: Last business day.
        receipts: Receipts of households with a list.
        receipts_with_offers: Of these, on how many an offer was given.
        households: Households that used an offer.
        offers_given: Uses of offers.
        saved_cents: What shoppers would have saved.
        amount_cents: What these receipts came to, before.
        rung_before: Further receipts, which a lane rang itself: left to what the ledger has of them.
        not_given: Offers that saved nothing, by reason, over all receipts.
        note: What the figures do not mean.
    """

    first_on: date
    last_on: date
    receipts: int = 0
    receipts_with_offers: int = 0
    households: int = 0
    offers_given: int = 0
    saved_cents: int = 0
    amount_cents: int = 0
    rung_before: int = 0
    not_given: Counter[str] = field(default_factory=Counter)
    note: str = NEVER_SHOWN


@dataclass
class DayClock:
    """A clock that stands at noon of the day being replayed."""

    zone: ZoneInfo
    on: date

    def now_at(self) -> datetime:
        """Noon of that day."""
        return datetime.combine(self.on, time(12), self.zone)


@dataclass(frozen=True)
class Receipt:
    """A receipt of a household, as the log has it."""

    household_id: str
    transaction: LaneTransaction
    lines: tuple[BasketLine, ...]


def logged_receipts(warehouse: Warehouse, period: Period, households: frozenset[str]) -> list[Receipt]:
    """The sales of some households within a period, in the order of their days and numbers.

    Lines that are returns, cost nothing or have no whole number of a lane's transaction are left out.
    """
    months = {f"{day:%Y-%m}" for day in (period.from_on, period.last_on)}
    files = [file for file in warehouse.files("lines") if file.period in months or not file.period]
    rows = read_rows(files, "lines").to_pylist() if files else []
    found: dict[tuple[str, LaneTransaction], list[BasketLine]] = {}
    for row in rows:
        inside = period.from_on <= row["sold_on"] < period.until_on and row["household_id"] in households
        if not inside or row["quantity_milli"] <= 0 or row["amount_cents"] <= 0:
            continue
        if not row["transaction_id"].isdecimal():
            continue
        at = LaneTransaction(
            StoreId(row["store_id"]), row["lane_id"] or _NO_LANE, row["sold_on"], int(row["transaction_id"])
        )
        units = min(_QUANTITY_MAX, max(1, row["quantity_milli"] // 1000))
        lines = found.setdefault((row["household_id"], at), [])
        lines.append(BasketLine(len(lines) + 1, row["product_id"], units, row["amount_cents"]))
    ordered = sorted(found, key=lambda key: (key[1].business_on, key[1], key[0]))
    return [Receipt(household, at, tuple(found[household, at])) for household, at in ordered]


def told_unasked(ledger: LogLedger, plan_id: PlanId, period: Period) -> frozenset[LaneTransaction]:
    """Transactions that lanes told uses of and never asked for, so that a hold would not show that they were rung."""
    told = {
        transaction
        for grant in ledger.used_grants(plan_id)
        for transaction in grant.spends
        if not transaction.is_credit
    }
    return frozenset(told - ledger.asked_transactions(period))


def replay_receipts(
    receipts: Sequence[Receipt],
    desk: TillDesk,
    ledger: TillLedger,
    clock: DayClock,
    period: Period,
    progress: Progress,
    *,
    told: frozenset[LaneTransaction] = frozenset(),
) -> ReplayedReceipts:
    """Ring receipts through the reference till: hold, arm, then the day's log.

    A receipt that a lane rang itself is left to what the ledger has of it, and counted.

    Args:
        receipts: As `logged_receipts` gives them.
        desk: Quotes baskets; knows a household by its id as card, and goes by `clock`.
        ledger: Where to.
        clock: Is set to each day in turn.
        period: When the lists hold.
        progress: Told how far it is.
        told: As `told_unasked` gives them.
    """
    seen = ReplayedReceipts(period.from_on, period.last_on)
    users: set[str] = set()
    with progress.step("ring the fortnight's receipts", len(receipts)) as step:
        for day, of_day in groupby(receipts, key=lambda one: one.transaction.business_on):
            clock.on = day
            for together in _rounds(list(of_day)):
                fresh = [one for one in together if one.transaction not in told]
                seen.rung_before += len(together) - len(fresh)
                _ring(fresh, desk, ledger, seen, users)
                step.advance(len(together))
    seen.households = len(users)
    return seen


def _rounds(receipts: list[Receipt]) -> Iterator[list[Receipt]]:
    """Receipts in groups in which no household stands twice, so that a group may be quoted at once."""
    while receipts:
        taken: set[str] = set()
        now: list[Receipt] = []
        later: list[Receipt] = []
        for one in receipts:
            (later if one.household_id in taken else now).append(one)
            taken.add(one.household_id)
        parts = iter(now)
        while group := list(islice(parts, _TOGETHER)):
            yield group
        receipts = later


def _ring(
    receipts: Sequence[Receipt], desk: TillDesk, ledger: TillLedger, seen: ReplayedReceipts, users: set[str]
) -> None:
    at, today = desk.now()
    baskets = [
        TillBasket(one.transaction, 0, TillIdentity(card_id=one.household_id), one.lines) for one in receipts
    ]
    quotes = [desk.quote(basket) for basket in baskets]
    asked = [
        desk.hold_request(basket, quote, f"replay {basket.transaction.key}")
        for basket, quote in zip(baskets, quotes, strict=True)
    ]
    answers = ledger.handle_till(asked, at=at, today=today, actor="till replay")
    held: list[Receipt] = []
    arms: list[TillMessage] = []
    for one, basket, quote, answer in zip(receipts, baskets, quotes, answers, strict=True):
        if isinstance(answer, Refused):  # its lane asked for something else, or for a later state of the basket
            seen.rung_before += 1
            continue
        assert isinstance(answer, HoldAnswer), f"a hold is answered by a hold or refused, not {answer}"
        held.append(one)
        arms.append(ArmRequest(basket.transaction, _arm_lines(desk.held(basket, quote, answer), seen)))
    armed = ledger.handle_till(arms, at=at, today=today, actor="till replay")
    logs: list[TillMessage] = []
    for one, answer in zip(held, armed, strict=True):
        assert isinstance(answer, ArmAnswer), f"an arm is answered by an arm, each line for itself, not {answer}"
        shares = tuple(
            Share(line.grant, line.discount_cents) for line in answer.outcomes if isinstance(line, Armed)
        )
        seen.receipts += 1
        seen.amount_cents += sum(line.amount_cents for line in one.lines)
        if shares:
            seen.receipts_with_offers += 1
            seen.offers_given += len(shares)
            seen.saved_cents += sum(share.discount_cents for share in shares)
            users.add(one.household_id)
        logs.append(Logged(one.transaction, shares))
    ledger.handle_till(logs, at=at, today=today, actor="till replay")


def _arm_lines(quote: TillQuote, seen: ReplayedReceipts) -> tuple[ArmLine, ...]:
    lines: list[ArmLine] = []
    for offer in quote.offers:
        if offer.reason:
            seen.not_given[offer.reason] += 1
        elif offer.epoch is not None and offer.saving_cents:
            lines.append(ArmLine(offer.grant, offer.epoch, offer.saving_cents))
    return tuple(lines)
