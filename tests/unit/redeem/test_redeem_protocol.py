"""The whole protocol under partitions, crashes, lost answers, late and repeated messages; and with each guard removed.

Each removal must be caught by the same machine: that is what shows that the machine can fail.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from regulars.redeem import Book, Grant, HoldRequest, Logged, Pool, Spend, position
from regulars.redeem import _book as book_module
from regulars.redeem import _decide as decide_module
from regulars.testing import BookSite, TillWorld, load_log, run_schedule, world_grants

STORES = st.integers(0, 1)
NUMBERS = st.sampled_from(range(6))
FLAGS = st.booleans()


class Tills(RuleBasedStateMachine):
    """Two stores, everything that may happen to them."""

    def __init__(self) -> None:
        super().__init__()
        self.world = TillWorld(self.centre())

    def centre(self):  # type: ignore[no-untyped-def]
        return BookSite(world_grants())

    def some(self, number: int) -> int:
        """A basket, the newest ones rather than the oldest."""
        return max(0, len(self.world.baskets) - 1 - number % min(6, len(self.world.baskets)))

    @rule(store=STORES, lane=STORES, take_over=st.sampled_from([False, False, False, True]))
    def ring(self, store: int, lane: int, take_over: bool) -> None:
        self.world.ring(store, lane, take_over=take_over)

    @precondition(lambda self: self.world.baskets)
    @rule(number=NUMBERS, lost=FLAGS)
    def hold_again(self, number: int, lost: bool) -> None:
        self.world.hold(self.some(number), lost=lost)

    @precondition(lambda self: self.world.baskets)
    @rule(number=NUMBERS)
    def hold_late(self, number: int) -> None:
        self.world.hold_late(self.some(number))

    @precondition(lambda self: self.world.baskets)
    @rule(number=NUMBERS, lost=FLAGS)
    def arm(self, number: int, lost: bool) -> None:
        self.world.arm(self.some(number), lost=lost)

    @precondition(lambda self: self.world.baskets)
    @rule(number=NUMBERS)
    def retry(self, number: int) -> None:
        self.world.retry(self.some(number))

    @precondition(lambda self: self.world.baskets)
    @rule(number=NUMBERS, alone=FLAGS)
    def pay(self, number: int, alone: bool) -> None:
        self.world.pay(self.some(number), alone=alone)

    @precondition(lambda self: self.world.baskets)
    @rule(number=NUMBERS)
    def crash(self, number: int) -> None:
        self.world.crash(self.some(number))

    @precondition(lambda self: self.world.baskets)
    @rule(number=NUMBERS)
    def void(self, number: int) -> None:
        self.world.void(self.some(number))

    @precondition(lambda self: self.world.baskets)
    @rule(number=NUMBERS, cents=st.integers(1, 120))
    def give_back(self, number: int, cents: int) -> None:
        self.world.give_back(self.some(number), cents)

    @precondition(lambda self: self.world.baskets)
    @rule(number=NUMBERS, undone=FLAGS)
    def load_log(self, number: int, undone: bool) -> None:
        load_log(self.world, self.some(number), undone=undone)

    @rule(which=NUMBERS, again=FLAGS)
    def deliver(self, which: int, again: bool) -> None:
        self.world.deliver(which, again=again)

    @rule(store=STORES)
    def cut(self, store: int) -> None:
        self.world.cut(store)

    @rule(store=STORES)
    def mend(self, store: int) -> None:
        self.world.mend(store)

    @rule(store=STORES, lost=FLAGS)
    def lend(self, store: int, lost: bool) -> None:
        self.world.lend(store, lost=lost)

    @rule(store=STORES)
    def fetch(self, store: int) -> None:
        self.world.fetch(store)

    @rule(store=STORES)
    def hand_back(self, store: int) -> None:
        self.world.hand_back(store)

    @rule(minutes=st.integers(1, 40))
    def pass_time(self, minutes: int) -> None:
        self.world.pass_time(minutes)

    @rule(store=STORES, hours=st.sampled_from([-24, -5, 5, 24]))
    def skew(self, store: int, hours: int) -> None:
        self.world.skew(store, hours)

    @rule()
    def restart(self) -> None:
        self.world.restart()

    @invariant()
    def holds_always(self) -> None:
        self.world.check()

    def teardown(self) -> None:
        self.world.settle()
        self.world.check_settled()


class ClosingTills(Tills):
    """The same, with days closed before their logs are in: money must still come right."""

    @rule(store=STORES)
    def close_day(self, store: int) -> None:
        self.world.day_was_closed = True
        self.world.close_day(store)


CI = settings(max_examples=60, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck))
TestTills = Tills.TestCase
TestTills.settings = CI
TestClosingTills = ClosingTills.TestCase
TestClosingTills.settings = CI


def _confirm_after_tender(patch: pytest.MonkeyPatch) -> None:
    def given(self: Spend) -> int | None:
        return self.logged_cents if self.logged_cents is not None else self.told_cents

    patch.setattr(Spend, "given_cents", property(given))


def _arm_without_hold(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(decide_module, "_may_not_arm", lambda *_: None)


def _no_escrow(patch: pytest.MonkeyPatch) -> None:
    refusal = decide_module._refusal

    def careless(grant: Grant, transaction, today, site):  # type: ignore[no-untyped-def]
        return refusal(replace(grant, right_at=site), transaction, today, site)

    patch.setattr(decide_module, "_refusal", careless)


def _no_flush_before_the_right_comes_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(book_module, "_told_by", lambda grant, moved: moved.told)


def _old_hand_over_counts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(book_module, "_is_stale", lambda *_: False)


def _no_natural_key(patch: pytest.MonkeyPatch) -> None:
    told, logged = Book._told, Book._logged
    count = iter(range(10_000, 10_000_000))

    def renumbered(message):  # type: ignore[no-untyped-def]
        return replace(message, transaction=replace(message.transaction, sequence=next(count)))

    patch.setattr(Book, "_told", lambda self, message: told(self, renumbered(message)))
    patch.setattr(Book, "_logged", lambda self, message: logged(self, renumbered(message)))


def _no_reversal_key(patch: pytest.MonkeyPatch) -> None:
    count = iter(range(10_000_000))
    patch.setattr(book_module, "reversal_key", lambda reversal: next(count))


def _no_reversal_cap(patch: pytest.MonkeyPatch) -> None:
    def net(self: Spend) -> int:
        return (self.given_cents or 0) - self.returned_cents if self.lives else 0

    patch.setattr(Spend, "net_cents", property(net))


def _vendor_pays_duplicates(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Grant, "used_spends", property(lambda self: self.live_spends))
    patch.setattr(Grant, "duplicates", property(lambda self: []))


def _no_promotion_on_void(patch: pytest.MonkeyPatch) -> None:
    def first(self: Grant) -> list[Spend]:
        given = sorted((s for s in self.spends.values() if s.given_cents is not None), key=lambda s: s.rank)
        return [spend for spend in given[: self.uses_max] if spend.lives]

    def billed(grant: Grant):  # type: ignore[no-untyped-def]
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(Grant, "used_spends", property(first))
            inner.setattr(Grant, "duplicates", property(lambda g: [s for s in g.live_spends if s not in first(g)]))
            return position(grant)

    patch.setattr("regulars.testing._till_sites.position", billed)


def _no_budget(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Pool, "over", lambda self: (0, 0))


def _log_that_lacks_it_is_ignored(patch: pytest.MonkeyPatch) -> None:
    logged = Book._logged

    def blind(self: Book, message: Logged):  # type: ignore[no-untyped-def]
        grants = self.grants
        shown = {share.grant for share in message.shares}
        self.grants = {key: grant for key, grant in grants.items() if key in shown}
        answer = logged(self, message)
        self.grants = {**grants, **self.grants}
        return answer

    patch.setattr(Book, "_logged", blind)


def _refund_of_a_void_is_lost(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Spend, "lives", property(lambda self: self.given_cents is not None))


def _returns_loaded_and_told_count_twice(patch: pytest.MonkeyPatch) -> None:
    def net(self: Spend) -> int:
        back_cents = self.returned_cents + self.shown_returned_cents
        return max(0, (self.given_cents or 0) - back_cents) if self.lives else 0

    patch.setattr(Spend, "net_cents", property(net))


def _late_states_of_a_basket_count(patch: pytest.MonkeyPatch) -> None:
    hold = Book._hold

    def forgetful(self: Book, request: HoldRequest):  # type: ignore[no-untyped-def]
        self.revisions.clear()
        return hold(self, request)

    patch.setattr(Book, "_hold", forgetful)


GUARDS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "confirm after tender": _confirm_after_tender,
    "arm without a hold": _arm_without_hold,
    "no escrow": _no_escrow,
    "no natural key": _no_natural_key,
    "no reversal key": _no_reversal_key,
    "no reversal cap": _no_reversal_cap,
    "vendor pays duplicates": _vendor_pays_duplicates,
    "no promotion on void": _no_promotion_on_void,
    "void does not take the discount back": _refund_of_a_void_is_lost,
    "no budget": _no_budget,
    "returns loaded and told count twice": _returns_loaded_and_told_count_twice,
    "log that lacks it is ignored": _log_that_lacks_it_is_ignored,
    "late states of a basket count": _late_states_of_a_basket_count,
}


SCHEDULES = 500


def world(pick: Callable[[int], int]) -> TillWorld:
    return TillWorld(BookSite(world_grants()), pick)


def first_broken(schedules: int) -> int | None:
    for seed in range(schedules):
        try:
            run_schedule(world, seed)
        except AssertionError:
            return seed
    return None


def test_random_schedules_keep_every_promise() -> None:
    given: Counter[str] = Counter()
    for seed in range(SCHEDULES):
        done = run_schedule(world, seed)
        given["receipts"] += sum(len(basket.receipt or ()) for basket in done.baskets)
        given["duplicates"] += sum(len(grant.duplicates) for grant in done.centre.grants().values())
    assert given["receipts"] > SCHEDULES
    assert given["duplicates"] > SCHEDULES // 20, "the schedules never cut a store off in earnest"


@pytest.mark.parametrize("remove", GUARDS.values(), ids=GUARDS.keys())
def test_each_guard_is_needed(
    remove: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    remove(monkeypatch)
    assert first_broken(2_000) is not None


def copy_of_an_old_hand_over() -> TillWorld:
    """Lent, handed back, lent again; then a copy of the hand-over arrives, and both sides ring while cut off."""
    done = TillWorld(BookSite(world_grants()))
    done.lend(0, lost=False)
    done.hand_back(0)
    done.deliver(0, again=True)
    done.lend(0, lost=False)
    done.deliver(0, again=False)
    done.cut(0)
    for store in (0, 1):
        done.ring(store, 0)
        done.arm(store, lost=False)
        done.pay(store)
    done.check()
    done.settle()
    done.check_settled()
    return done


def test_copy_of_an_old_hand_over_does_nothing() -> None:
    done = copy_of_an_old_hand_over()
    assert [len(basket.receipt or ()) for basket in done.baskets] == [1, 2]


def test_without_terms_a_copy_of_an_old_hand_over_gives_an_offer_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    _old_hand_over_counts(monkeypatch)
    with pytest.raises(AssertionError, match="before tender"):
        copy_of_an_old_hand_over()


def right_that_comes_back_before_its_use_is_told() -> TillWorld:
    """The controller gives an offer and hands the right back; the hand-over arrives first, then another store rings."""
    done = TillWorld(BookSite(world_grants()))
    done.lend(0, lost=False)
    done.cut(0)
    done.ring(0, 0)
    done.arm(0, lost=False)
    done.pay(0)
    done.hand_back(0)
    done.deliver(len(done.under_way) - 1, again=True)
    done.ring(1, 0)
    done.arm(1, lost=False)
    done.pay(1)
    done.check()
    done.settle()
    done.check_settled()
    return done


def test_a_right_comes_back_once_its_uses_are_told() -> None:
    done = right_that_comes_back_before_its_use_is_told()
    assert [len(basket.receipt or ()) for basket in done.baskets] == [1, 2]


def test_without_the_flush_a_right_that_comes_back_early_gives_an_offer_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rare in random schedules, so it is tried by hand."""
    _no_flush_before_the_right_comes_back(monkeypatch)
    with pytest.raises(AssertionError, match="before tender"):
        right_that_comes_back_before_its_use_is_told()
