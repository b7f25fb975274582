"""Settle what tills did from the logs that were loaded: given, not given, returned, undone, or missed and owed.

What a transaction's log shows is worked out anew from all that is loaded and all that was told, and takes the place of
what was worked out before. So no order of files, messages and corrections leads to other books.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from regulars.kernel import HouseholdId, digest_of
from regulars.redeem import FactAnswer, FactClass, Grant, GrantKey, LaneTransaction, Shown, ShownUse, Spend

from ._data_loaded import LoadedNote
from ._ledger_ports import PlanRecord, PlanState
from ._log_receipts import LoggedReceipts, LogReceipt, read_logged
from ._log_uses import missed_uses, shown_uses
from ._ports import Progress, Warehouse
from ._till_desk import PlanTerms, till_terms
from ._till_ports import LogLedger, TillTeller

_RETURNS_FOR = timedelta(days=400)
_TOGETHER = 200
_Uses = dict[LaneTransaction, dict[GrantKey, ShownUse]]


@dataclass(frozen=True)
class SettleRules:
    """What the store says about its logs.

    Args:
        credit_missed: Whether what a household's basket missed because its lane never asked is credited.
        discounts_on_lines: Whether each line tells what the list took off it; then no offer counts for more.
        basket_cap_cents: The most one basket may save; None for no cap.
    """

    credit_missed: bool = True
    discounts_on_lines: bool = False
    basket_cap_cents: int | None = None


@dataclass
class SettledLogs:
    """How all stands once the logs are settled, and how much of it is new.

    Args:
        given: Uses that a log shows.
        given_cents: What they saved.
        absent: Uses that were armed or told, and that their logs do not show.
        returned_cents: What came back of discounts with returned goods.
        voided: Uses whose transaction was undone.
        credited: Uses that baskets missed and that are owed.
        credited_cents: What is owed for them.
        returns_unclear: Returned lines that name a receipt, but not clearly enough which.
        changed: Uses that stand otherwise than before.
        unknown: Uses of grants that the ledger does not know.
    """

    given: int = 0
    given_cents: int = 0
    absent: int = 0
    returned_cents: int = 0
    voided: int = 0
    credited: int = 0
    credited_cents: int = 0
    returns_unclear: int = 0
    changed: int = 0
    unknown: int = 0


def settle_logs(
    warehouse: Warehouse,
    ledger: LogLedger,
    teller: TillTeller,
    rules: SettleRules,
    *,
    at: datetime,
    today: date,
    progress: Progress,
    terms_of: Callable[[PlanRecord], PlanTerms] | None = None,
    note: LoadedNote | None = None,
) -> SettledLogs:
    """Bring the ledger to what the loaded logs show, for every applied plan whose goods may still come back.

    Args:
        warehouse: Holds the logs and the plans.
        ledger: What was told.
        teller: Who takes what is settled.
        rules: What the store says about its logs.
        at: Now.
        today: The stores' business day.
        progress: Told of each plan.
        terms_of: The terms of a plan's offers; as they were frozen with it, if not given.
        note: Remembers from what a plan was settled, so that it is not worked out again for nothing.

    Raises:
        StoreError: A file or the ledger failed; plans before it are settled.
    """
    seen = SettledLogs()
    plans = [
        standing.plan
        for standing in ledger.plans()
        if standing.state is PlanState.APPLIED and today < standing.plan.period.until_on + _RETURNS_FOR
    ]
    if not warehouse.has("lines"):
        return seen
    with progress.step("settle the tills' logs", len(plans)) as step:
        for plan in plans:
            books = {grant.key: grant for grant in ledger.used_grants(plan.plan_id)}
            asked = ledger.asked_transactions(plan.period)
            made_from = _files_digest(warehouse, plan, rules, asked)
            if note is None or note.read().get(plan.plan_id) != digest_of(made_from, _books_digest(books)):
                terms = till_terms(warehouse, plan.plan_id) if terms_of is None else terms_of(plan)
                logs = _PlanLogs(warehouse, ledger, rules, plan, today, terms, books, asked)
                seen.returns_unclear += logs.logged.returns_unclear
                _tell(teller, logs.uses(), books, seen, at, today)
                if note is not None:
                    note.write(note.read() | {plan.plan_id: digest_of(made_from, _books_digest(books))})
            _count(books, seen)
            step.advance(1)
    return seen


def _files_digest(
    warehouse: Warehouse, plan: PlanRecord, rules: SettleRules, asked: Iterable[LaneTransaction]
) -> str:
    first = f"{plan.period.from_on:%Y-%m}"
    files = [
        file.sha256
        for dataset in ("lines", "other_transactions")
        for file in warehouse.files(dataset)
        if not file.period or file.period >= first
    ]
    return digest_of(repr(rules), *files, *sorted(one.key for one in asked))


def _books_digest(books: Mapping[GrantKey, Grant]) -> str:
    spends = (
        f"{key.grant_id} {spend.transaction.key} {spend}"
        for key, grant in books.items()
        for spend in grant.spends.values()
    )
    return digest_of(*sorted(spends))


class _PlanLogs:
    """One plan's logs, held against what was told of its grants.

    Args:
        warehouse: Holds the logs.
        ledger: Where grants lie.
        rules: What the store says about its logs.
        plan: The plan.
        today: The stores' business day.
        terms: Terms of its offers.
        books: Grants of which something was told; grants that are looked at are added.
        asked: Transactions that asked for a hold.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        ledger: LogLedger,
        rules: SettleRules,
        plan: PlanRecord,
        today: date,
        terms: PlanTerms,
        books: dict[GrantKey, Grant],
        asked: set[LaneTransaction],
    ) -> None:
        self._ledger, self._rules, self._plan, self._today = ledger, rules, plan, today
        self._terms, self._books, self._asked = terms, books, asked
        told = {transaction for grant in books.values() for transaction in grant.spends}
        wanted = {one.missed_by if one.is_credit else one for one in told}
        self._households = ledger.live_households(plan.plan_id) if rules.credit_missed else []
        self.logged: LoggedReceipts = read_logged(warehouse, plan.period, wanted, self._households)

    def uses(self) -> _Uses:
        """What the logs show of every transaction of which anything was told or is owed."""
        found: _Uses = defaultdict(dict)
        for (transaction, _), pairs in sorted(self._told_of().items()):
            for use in self._shown(transaction, pairs):
                found[transaction][use.grant] = use
        self._add_credits(found)
        return found

    def _told_of(self) -> dict[tuple[LaneTransaction, HouseholdId], list[tuple[Grant, Spend]]]:
        """Uses, not credits, by transaction and household: two lists may have been shown for one basket."""
        found: dict[tuple[LaneTransaction, HouseholdId], list[tuple[Grant, Spend]]] = defaultdict(list)
        for key in sorted(self._books):
            grant = self._books[key]
            for transaction, spend in grant.spends.items():
                if not transaction.is_credit:
                    found[transaction, grant.household_id].append((grant, spend))
        return found

    def _shown(self, transaction: LaneTransaction, pairs: list[tuple[Grant, Spend]]) -> list[ShownUse]:
        if transaction in self.logged.undone:
            return [ShownUse(grant.key, voided=True) for grant, _ in pairs]
        receipt = self.logged.receipts.get(transaction)
        if receipt is not None:
            within = self._rules.discounts_on_lines
            return shown_uses(receipt, pairs, self._terms, discounts_on_lines=within)
        absent = transaction in self.logged.empty
        return [ShownUse(grant.key, absent=absent and spend.logged_cents is None) for grant, spend in pairs]

    def _add_credits(self, found: _Uses) -> None:
        """What baskets missed whose lane never asked: to each use that is free, the earliest basket first."""
        missing = self._missing_baskets()
        self._look_at([receipt.household_id for receipt in missing if receipt.household_id is not None])
        of_household: dict[HouseholdId, list[GrantKey]] = defaultdict(list)
        for key in sorted(self._books):
            of_household[self._books[key].household_id].append(key)
        free = {key: self._free_uses(grant, found) for key, grant in self._books.items()}
        for receipt in missing:
            assert receipt.household_id is not None, "a basket without a household misses nothing"
            keys = of_household[receipt.household_id]
            grants = [self._books[key] for key in keys if free[key] > 0]
            usable = [grant for grant in grants if self._may_credit(grant, receipt.transaction, found)]
            for use in missed_uses(receipt, usable, self._terms, self._rules.basket_cap_cents):
                found[receipt.transaction.made_good][use.grant] = use
                free[use.grant] -= 1
        for key in sorted(self._books):
            for transaction, spend in self._books[key].spends.items():
                if transaction.is_credit and key not in found[transaction]:
                    found[transaction][key] = self._old_credit(self._books[key], spend)

    def _missing_baskets(self) -> list[LogReceipt]:
        lists = frozenset(self._households)
        goods = {product for terms in self._terms.values() for product in terms.product_ids}
        missing = [
            receipt
            for receipt in self.logged.receipts.values()
            if receipt.household_id in lists
            and receipt.transaction not in self._asked | self.logged.undone
            and any(line.product_id in goods for line in receipt.lines)
        ]
        return sorted(missing, key=lambda receipt: (receipt.transaction.business_on, receipt.transaction))

    def _look_at(self, households: Iterable[HouseholdId]) -> None:
        for grant in self._ledger.grants_of_households(self._plan.plan_id, households):
            self._books.setdefault(grant.key, grant)

    def _free_uses(self, grant: Grant, found: _Uses) -> int:
        """Uses that neither a basket nor a credit that was told or paid has."""
        taken = 0
        for transaction, spend in grant.spends.items():
            use = found[transaction].get(grant.key)
            if transaction.is_credit:
                taken += (spend.told_cents, spend.logged_cents) != (None, None) and not spend.voided
            else:
                taken += (spend if use is None else spend.as_shown(use)).lives
        return grant.uses_max - taken

    def _may_credit(self, grant: Grant, transaction: LaneTransaction, found: _Uses) -> bool:
        open_then = not grant.as_on_its_days(self._today).closed
        here = grant.right_at in {None, transaction.store_id}
        own = grant.spends.get(transaction)
        use = found[transaction].get(grant.key)
        has_it = own is not None and (own if use is None else own.as_shown(use)).lives
        credit = grant.spend_of(transaction.made_good)
        told = (credit.told_cents, credit.logged_cents) != (None, None)
        return open_then and here and not has_it and not told

    def _old_credit(self, grant: Grant, spend: Spend) -> ShownUse:
        """A credit the logs give no cause for: withdrawn, unless it was told or paid; then less what came back."""
        cents = spend.told_cents if spend.logged_cents is None else spend.logged_cents
        if cents is None:
            return ShownUse(grant.key)
        basket = spend.transaction.missed_by
        receipt = self.logged.receipts.get(basket)
        if basket in self.logged.undone:
            return ShownUse(grant.key, voided=True)
        if receipt is None:
            return ShownUse(grant.key)
        uses = missed_uses(receipt, [grant], self._terms, None)
        back = max((use.returned_cents for use in uses), default=0)
        return ShownUse(grant.key, returned_cents=min(back, cents))


def _tell(
    teller: TillTeller, found: _Uses, books: dict[GrantKey, Grant], seen: SettledLogs, at: datetime, today: date
) -> None:
    """Tell what stands otherwise than before, and keep `books` as the ledger has them."""
    messages: list[Shown] = []
    for transaction in sorted(found):
        fresh = []
        for key, use in sorted(found[transaction].items()):
            before = books[key].spend_of(transaction)
            after = before.as_shown(use)
            if after != before:
                fresh.append(use)
                books[key] = replace(books[key], spends={**books[key].spends, transaction: after})
        if fresh:
            messages.append(Shown(transaction, tuple(fresh)))
            seen.changed += len(fresh)
    for start in range(0, len(messages), _TOGETHER):
        answers = teller.handle_till(messages[start : start + _TOGETHER], at=at, today=today, actor="logs")
        for answer in answers:
            assert isinstance(answer, FactAnswer), f"what is shown is answered as a fact, not {answer}"
            seen.unknown += sum(one.outcome is FactClass.UNKNOWN for one in answer.outcomes)


def _count(books: Mapping[GrantKey, Grant], seen: SettledLogs) -> None:
    counts: Counter[str] = Counter()
    for grant in books.values():
        for spend in grant.spends.values():
            if spend.shown_voided:
                counts["voided"] += 1
            elif spend.transaction.is_credit:
                owed = spend.lives and not spend.settled
                counts.update(credited=owed, credited_cents=spend.net_cents if owed else 0)
            elif spend.lives and spend.settled:
                counts.update(given=1, given_cents=spend.given_cents or 0)
            counts["absent"] += spend.shown_absent
            counts["returned_cents"] += spend.shown_returned_cents
    for name, count in counts.items():
        setattr(seen, name, getattr(seen, name) + count)
