"""The worlds of tills that try the protocol in memory, on the stores themselves, with the same promises."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from ledger_samples import AT, PROGRAMME, WHO, list_records, plan_record

from regulars.adapters.ledger import SqlLedger, open_ledger
from regulars.flows import BudgetRecord, BudgetScope, GrantRecord, PlanContent
from regulars.kernel import HouseholdId, PlanId
from regulars.redeem import Account, Book, Grant, GrantKey, HoldRequest, TillAnswer, TillMessage
from regulars.testing import TillWorld, run_schedule, world_grants

SCHEDULES = range(200 if os.environ.get("REGULARS_FAULTS") == "full" else 3)
PLAN = PlanId("plan-a")
BUDGETS = (
    BudgetRecord(BudgetScope.VENDOR, "roaster", 150, 0),
    BudgetRecord(BudgetScope.OFFER, "tea", 100, 0),
    BudgetRecord(BudgetScope.OFFER, "coffee", None, 0),
    BudgetRecord(BudgetScope.OFFER, "cocoa", None, 0),
)


def granted(grant: Grant) -> GrantRecord:
    return GrantRecord(
        grant.key.grant_id,
        grant.household_id,
        grant.offer_id,
        grant.level,
        grant.face_cents,
        grant.funding_cents,
        grant.vendor_id,
        grant.period,
        uses_max=grant.uses_max,
        offline=grant.offline,
    )


class LedgerSite:
    """A ledger in its store; a restart opens it anew."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder = url, folder
        self.ledger = open_ledger(url, folder=folder)
        content = PlanContent(
            replace(plan_record(PLAN, households=1), grant_count=3),
            PROGRAMME,
            list_records(PLAN, 1),
            map(granted, world_grants()),
            BUDGETS,
        )
        self.ledger.apply_plan(content, at=AT, actor=WHO)

    def handle(self, messages: Sequence[TillMessage], *, at: datetime, today: date) -> list[TillAnswer]:
        return self.ledger.handle_till(messages, at=at, today=today)

    def grants(self) -> dict[GrantKey, Grant]:
        return {grant.key: grant for grant in self.ledger.till_grants(PLAN, HouseholdId("household-1"))}

    def paid(self) -> Mapping[tuple[str, str], int]:
        sums = "SELECT account, transaction_id, SUM(amount_cents) FROM entries GROUP BY account, transaction_id"
        with self.ledger._engine.connect() as connection:
            found = {(account, key or ""): int(cents) for account, key, cents in connection.exec_driver_sql(sums)}
        return {key: cents for key, cents in found.items() if cents and key[0] not in PROMISES}

    def restart(self) -> None:
        self.ledger.close()
        self.ledger = open_ledger(self._url, folder=self._folder)


PROMISES = {Account.AVAILABLE, Account.PROMISED}


@pytest.fixture
def site(ledger: SqlLedger, ledger_url: str, tmp_path: Path):  # type: ignore[no-untyped-def]
    ledger.close()
    made = LedgerSite(ledger_url, tmp_path)
    yield made
    made.ledger.close()


@pytest.mark.parametrize("seed", SCHEDULES)
def test_random_schedules_keep_every_promise(site: LedgerSite, seed: int) -> None:
    run_schedule(lambda pick: TillWorld(site, pick), seed)
    assert site.ledger.verify() == []


def late_state_of_a_basket(site: LedgerSite) -> TillWorld:
    """Sent with one offer alone, then with all; the first comes last."""
    done = TillWorld(site)
    done.ring(0, 0)
    done.hold_late(0)
    done.hold(0, lost=False)
    done.deliver(0, again=True)
    done.deliver(0, again=False)
    done.check()
    return done


def test_a_late_state_of_a_basket_frees_nothing(site: LedgerSite) -> None:
    done = late_state_of_a_basket(site)
    assert {grant.hold.transaction for grant in site.grants().values() if grant.hold} == {
        done.baskets[0].transaction
    }
    assert len(done.baskets[0].shown) == 3


def test_without_revisions_a_late_state_frees_what_the_screen_shows(
    site: LedgerSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = Book._hold

    def forgetful(self: Book, request: HoldRequest):  # type: ignore[no-untyped-def]
        self.revisions.clear()
        return hold(self, request)

    monkeypatch.setattr(Book, "_hold", forgetful)
    with pytest.raises(AssertionError, match="was held until"):
        late_state_of_a_basket(site)
