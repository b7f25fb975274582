"""A small world of tills for testing redemption: stores, lanes, receipts and a network that loses and repeats.

It knows the truth (what every receipt gave) and what was answered to whom; the ledger under test knows only the
messages that reached it. `check` holds at every moment, `check_settled` once everything was delivered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from regulars.kernel import StoreId
from regulars.redeem import (
    VENDOR_ACCOUNTS,
    Account,
    ArmAnswer,
    Armed,
    ArmLine,
    ArmRequest,
    DayClosed,
    Grant,
    GrantKey,
    Held,
    HoldAnswer,
    HoldRequest,
    LaneTransaction,
    Logged,
    OfflineClass,
    Reversal,
    ReversalKind,
    RightMoved,
    Share,
    TillAnswer,
    TillMessage,
    Told,
)

from ._till_sites import DAY, START, STORES, VENDOR_LIMIT_CENTS, BookSite, Site


@dataclass
class Basket:
    """What a lane knows of its basket, and what its receipt says once it is paid."""

    transaction: LaneTransaction
    holds: dict[GrantKey, Held] = field(default_factory=dict)
    shown: dict[GrantKey, datetime] = field(default_factory=dict)
    """What the lane shows as held by the centre in the basket's newest state, and until when."""
    armed: dict[GrantKey, int] = field(default_factory=dict)
    unanswered: list[tuple[Site, ArmRequest]] = field(default_factory=list)
    offline: dict[GrantKey, int] = field(default_factory=dict)
    revision: int = 0
    receipt: dict[GrantKey, int] | None = None
    voided: bool = False
    returned: Counter[GrantKey] = field(default_factory=Counter)


class TillWorld:
    """Two stores of two lanes each, a centre, and messages under way.

    Args:
        centre: The ledger under test; it holds `world_grants` and the budgets named above.
        shuffle: Picks which of n messages under way arrives next.
    """

    def __init__(self, centre: Site, shuffle: Callable[[int], int] = lambda _count: 0) -> None:
        self.centre = centre
        self.controllers = {store: BookSite((), store) for store in STORES}
        self.terms: dict[tuple[StoreId, GrantKey], int] = {}
        self.skews = dict.fromkeys(STORES, timedelta())
        self.cut_off: set[StoreId] = set()
        self.now = START
        self.baskets: list[Basket] = []
        self.under_way: list[TillMessage] = []
        self.delivered: list[TillMessage] = []
        self.offline_given: Counter[GrantKey] = Counter()
        self._sequence = 0
        self._pick = shuffle

    def _next(self, store: StoreId, lane: str) -> LaneTransaction:
        self._sequence += 1
        return LaneTransaction(store, lane, DAY, self._sequence)

    def ask(self, message: TillMessage) -> TillAnswer:
        """What the centre answers to a message now."""
        return self.centre.handle([message], at=self.now, today=self.now.date())[0]

    def pass_time(self, minutes: int) -> None:
        """The centre's clock goes on."""
        self.now += timedelta(minutes=minutes)

    def skew(self, store: int, hours: int) -> None:
        """A store controller's clock is wrong."""
        self.skews[STORES[store]] = timedelta(hours=hours)

    def cut(self, store: int) -> None:
        """A store loses the centre."""
        self.cut_off.add(STORES[store])

    def mend(self, store: int) -> None:
        """It is back."""
        self.cut_off.discard(STORES[store])

    def restart(self) -> None:
        """The centre's process dies between two calls."""
        self.centre.restart()

    def ring(self, store: int, lane: int, *, take_over: bool = False) -> None:
        """A basket is begun, and all it could use is held, as far as anybody answers."""
        basket = Basket(self._next(STORES[store], f"{lane}"))
        self.baskets.append(basket)
        self.hold(len(self.baskets) - 1, lost=False, take_over=take_over)

    def hold(self, number: int, *, lost: bool, take_over: bool = False) -> None:
        """Ask for all grants; through the centre, or what the store's controller has while cut off."""
        basket = self.baskets[number]
        if basket.receipt is not None:
            return
        for site, keys in self._sites(basket):
            request = HoldRequest(
                basket.transaction, basket.revision, tuple(Share(key, 100) for key in keys), take_over
            )
            [answer] = self._at(site, basket, request)
            assert isinstance(answer, HoldAnswer), f"a new state of a basket is answered by a hold, not {answer}"
            held = {one.grant: one for one in answer.outcomes if isinstance(one, Held)}
            if not lost:
                basket.holds |= held
            if site is self.centre:
                for other in self.baskets if take_over else ():
                    other.shown = {key: until for key, until in other.shown.items() if key not in held}
                basket.shown = {} if lost else {key: one.lapses_at for key, one in held.items()}
        basket.revision += 1

    def hold_late(self, number: int) -> None:
        """A state of a basket with one offer alone is sent to the centre, and stays under way."""
        basket = self.baskets[number]
        if basket.receipt is not None or basket.transaction.store_id in self.cut_off:
            return
        only = Share(next(iter(self.centre.grants())), 100)
        self.under_way.append(HoldRequest(basket.transaction, basket.revision, (only,)))
        basket.revision += 1
        basket.shown = {}

    def _sites(self, basket: Basket) -> list[tuple[Site, list[GrantKey]]]:
        store = basket.transaction.store_id
        controller = self.controllers[store]
        here = [key for key, grant in controller.grants().items() if grant.right_at == store]
        if store in self.cut_off:
            return [(controller, here)] if here else []
        rest = [key for key in self.centre.grants() if key not in here]
        return [(self.centre, rest), *([(controller, here)] if here else [])]

    def _at(self, site: Site, basket: Basket, message: TillMessage) -> list[TillAnswer]:
        skew = timedelta() if site is self.centre else self.skews[basket.transaction.store_id]
        clock = self.now + skew
        return site.handle([message], at=clock, today=clock.date())

    def arm(self, number: int, *, lost: bool) -> None:
        """Spend what is held; a lost answer leaves the lane in doubt."""
        basket = self.baskets[number]
        if basket.receipt is not None or not basket.holds:
            return
        for site, keys in self._sites(basket):
            lines = tuple(
                ArmLine(key, held.epoch, 100)
                for key, held in sorted(basket.holds.items())
                if key in keys and key not in basket.armed
            )
            if not lines:
                continue
            request = ArmRequest(basket.transaction, lines)
            [answer] = self._at(site, basket, request)
            if lost:
                basket.unanswered.append((site, request))
            else:
                self._hear(basket, site, answer)

    def _hear(self, basket: Basket, site: Site, answer: TillAnswer) -> None:
        if not isinstance(answer, ArmAnswer):
            return
        for one in answer.outcomes:
            if isinstance(one, Armed):
                basket.armed[one.grant] = one.discount_cents
                if site is not self.centre:
                    self.under_way.append(Told(basket.transaction, Share(one.grant, one.discount_cents)))

    def retry(self, number: int) -> None:
        """Send unanswered arms again, word for word."""
        basket = self.baskets[number]
        if basket.receipt is not None:
            return
        for site, request in basket.unanswered:
            if site is self.centre and basket.transaction.store_id in self.cut_off:
                return
            self._hear(basket, site, self._at(site, basket, request)[0])
        basket.unanswered = []

    def pay(self, number: int, *, alone: bool = False) -> None:
        """Tender: the receipt gives what was armed for certain, and undoes what is in doubt.

        Args:
            number: Which basket.
            alone: While cut off, also give capped offers alone, as the pack allows.
        """
        basket = self.baskets[number]
        if basket.receipt is not None:
            return
        if alone and basket.transaction.store_id in self.cut_off:
            for key, grant in self.centre.grants().items():
                if grant.offline is OfflineClass.CAPPED and key not in basket.armed:
                    basket.offline[key] = 90
                    self.offline_given[key] += 1
                    self.under_way.append(Told(basket.transaction, Share(key, 90)))
        basket.receipt = {**basket.armed, **basket.offline}
        for site, request in basket.unanswered:
            for line in request.lines:
                if line.grant not in basket.receipt:
                    undo = Reversal(basket.transaction, basket.transaction, line.grant, 100, ReversalKind.VOID)
                    self.under_way.append(undo)
                    if site is not self.centre:
                        self._at(site, basket, undo)
        shares = tuple(Share(key, cents) for key, cents in sorted(basket.receipt.items()))
        self.under_way.append(Logged(basket.transaction, shares))

    def crash(self, number: int) -> None:
        """The lane dies before tender: the basket is rung up anew elsewhere, its log shows nothing."""
        basket = self.baskets[number]
        if basket.receipt is None:
            basket.receipt = {}
            self.under_way.append(Logged(basket.transaction, ()))

    def void(self, number: int) -> None:
        """A supervisor voids a paid basket."""
        basket = self.baskets[number]
        if not basket.receipt or basket.voided or basket.returned:
            return
        basket.voided = True
        transaction = self._next(basket.transaction.store_id, "9")
        for key, cents in basket.receipt.items():
            self.under_way.append(Reversal(transaction, basket.transaction, key, cents, ReversalKind.VOID))

    def give_back(self, number: int, cents: int) -> None:
        """Goods come back; the desk may, wrongly, hand out more than is left."""
        basket = self.baskets[number]
        if not basket.receipt or basket.voided:
            return
        transaction = self._next(STORES[0], "8")
        for key in basket.receipt:
            basket.returned[key] += cents
            self.under_way.append(Reversal(transaction, basket.transaction, key, cents, ReversalKind.RETURN))

    def close_day(self, store: int) -> None:
        """The centre closes a store's day, perhaps before its logs are in."""
        self.ask(DayClosed(STORES[store], DAY))

    def lend(self, store: int, *, lost: bool) -> None:
        """The right to spend escrow grants goes to a store's controller; the answer may be lost."""
        home = STORES[store]
        if home in self.cut_off:
            return
        for key, grant in self.centre.grants().items():
            if grant.offline is OfflineClass.ESCROW:
                self.ask(RightMoved(key, None, home))
        if not lost:
            self.fetch(store)

    def fetch(self, store: int) -> None:
        """The controller learns which rights it has."""
        home = STORES[store]
        if home in self.cut_off:
            return
        for key, grant in self.centre.grants().items():
            if grant.right_at == home and grant.epoch > self.terms.get((home, key), 0):
                self.terms[home, key] = grant.epoch
                self.controllers[home].put(replace(grant, hold=None))

    def hand_back(self, store: int) -> None:
        """The controller gives a right up, then says so, and how often it was used."""
        home = STORES[store]
        controller = self.controllers[home]
        clock = self.now + self.skews[home]
        for key, grant in controller.grants().items():
            if grant.right_at == home:
                [answer] = controller.handle([RightMoved(key, home, None)], at=clock, today=clock.date())
                if getattr(answer, "grants", ()):
                    told = sum(spend.transaction.store_id == home for spend in grant.spends.values())
                    self.under_way.append(RightMoved(key, home, None, self.terms[home, key], told))

    def deliver(self, which: int, *, again: bool) -> None:
        """One message under way arrives, whichever; perhaps a copy stays under way."""
        if not self.under_way:
            return
        place = which % len(self.under_way)
        message = self.under_way[place] if again else self.under_way.pop(place)
        self.delivered.append(message)
        self.ask(message)

    def check(self) -> None:
        """What must hold at every moment."""
        grants, paid = self.centre.grants(), self.centre.paid()
        assert sum(paid.values()) == 0, "entries do not balance"
        vendor = sum(cents for (account, _), cents in paid.items() if account in VENDOR_ACCOUNTS)
        assert 0 <= vendor <= VENDOR_LIMIT_CENTS, f"the vendor pays {vendor} of {VENDOR_LIMIT_CENTS}"
        self._check_billing(grants, paid)
        self._check_promises_kept(grants)
        self._check_holds_kept(grants)
        for grant in grants.values():
            assert all(spend.net_cents >= 0 for spend in grant.spends.values())

    def _check_billing(self, grants: Mapping[GrantKey, Grant], paid: Mapping[tuple[str, str], int]) -> None:
        billed: Counter[str] = Counter()
        for (account, receipt), cents in paid.items():
            if account in VENDOR_ACCOUNTS and receipt:
                assert cents >= 0, "a vendor is owed money for a receipt"
                billed[receipt] += cents
        for grant in grants.values():
            receipts = {spend.transaction.key for spend in grant.spends.values()}
            most = 60 * sum(
                sorted((one.uses_max for one in grants.values() if receipts & _receipts(one)), reverse=True)
            )
            assert sum(billed[receipt] for receipt in receipts) <= most, (
                "a vendor is billed more often than granted"
            )
            live = [spend for spend in grant.spends.values() if spend.lives]
            assert len(grant.used_spends) == min(len(live), grant.uses_max)

    def _check_promises_kept(self, grants: Mapping[GrantKey, Grant]) -> None:
        """An answered arm stays on record until its own receipt says otherwise, and nobody else gets that use."""
        takers: Counter[GrantKey] = Counter()
        for basket in self.baskets:
            for key in basket.armed:
                at_centre = grants[key].spends.get(basket.transaction)
                controller = self.controllers[basket.transaction.store_id].grants().get(key)
                at_store = controller.spends.get(basket.transaction) if controller else None
                assert (at_centre or at_store) is not None, "an answered arm is lost"
                if basket.receipt != {} and not basket.voided:
                    takers[key] += 1
        for key, count in takers.items():
            if not self.day_was_closed:
                assert count <= grants[key].uses_max, f"{key} was promised to {count} baskets before tender"

    def _check_holds_kept(self, grants: Mapping[GrantKey, Grant]) -> None:
        """What a lane shows as held stays held until it lapses, is taken over, spent, or left out of a newer state."""
        for basket in self.baskets:
            for key, until in list(basket.shown.items()):
                grant = grants[key]
                mine = grant.hold is not None and grant.hold.transaction == basket.transaction
                over = grant.uses_left == 0 or grant.closed or basket.transaction in grant.spends
                if self.now >= until or over or basket.receipt is not None or self.day_was_closed:
                    del basket.shown[key]
                else:
                    assert mine, f"{key} was held until {until} and is free at {self.now}"

    day_was_closed = False

    def settle(self) -> None:
        """Everything under way arrives; every open basket ends without having been paid."""
        for number in range(len(self.baskets)):
            self.crash(number)
        while self.under_way:
            place = self._pick(len(self.under_way)) % len(self.under_way)
            self.ask(self.under_way.pop(place))

    def check_settled(self) -> None:
        """What must hold once everything was delivered: the books are the receipts, to the cent."""
        self.check()
        paid = self.centre.paid()
        for basket in self.baskets:
            expected = sum(self.kept_cents(basket, key) for key in basket.receipt or {})
            found = -paid.get((Account.DISCOUNT, basket.transaction.key), 0)
            assert found == expected, f"{basket.transaction}: ledger {found}, receipt {expected}"
        loss = sum(cents for (account, _), cents in paid.items() if account == Account.RETAILER_LOSS)
        assert loss == self._expected_loss(), f"retailer's loss {loss}, expected {self._expected_loss()}"
        for key, grant in self.centre.grants().items():
            if grant.offline is OfflineClass.ESCROW:
                assert not grant.duplicates, f"escrow grant {key} was given twice"
        assert not any(cents for (account, _), cents in paid.items() if account == Account.VENDOR_OPEN)

    @staticmethod
    def kept_cents(basket: Basket, key: GrantKey) -> int:
        """What the shopper keeps of one grant, by the receipt and what was undone."""
        given = (basket.receipt or {}).get(key, 0)
        return 0 if basket.voided else max(0, given - basket.returned[key])

    def _expected_loss(self) -> int:
        """Receipts beyond the uses of a grant: those not armed before those armed, later numbers before earlier."""
        loss = 0
        for key, grant in self.centre.grants().items():
            live = [basket for basket in self.baskets if key in (basket.receipt or {}) and not basket.voided]
            armed_at_centre = {tx for tx, spend in grant.spends.items() if spend.armed_cents is not None}
            live.sort(key=lambda basket: (basket.transaction not in armed_at_centre, basket.transaction))
            loss += sum(self.kept_cents(basket, key) for basket in live[grant.uses_max :])
        return loss


def _receipts(grant: Grant) -> set[str]:
    return {spend.transaction.key for spend in grant.spends.values()}
