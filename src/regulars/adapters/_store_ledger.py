"""The ledger of a store's controller: escrow grants lent to the store, and a journal of every message about them.

The controller's whole state follows from its packs and its journal; a crash loses nothing that was answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from regulars.flows import FoundList, LaneJournal, OpenedList
from regulars.kernel import GrantId, HouseholdId, OfferId, Period, PlanId, StoreId, VendorId
from regulars.redeem import (
    ArmAnswer,
    ArmRequest,
    Book,
    Grant,
    GrantKey,
    HoldAnswer,
    HoldRequest,
    LaneTransaction,
    MadeGood,
    OfflineClass,
    RefusalReason,
    Refused,
    Reversal,
    ReversalKey,
    RightMoved,
    TillAnswer,
    TillMessage,
    TillPack,
    answer_key,
    body_digest,
    message_content,
    message_of,
    refused_whole,
)


class StoreLedger:
    """What one store may give of escrow offers, by the store's own rules and clock; a `TillLedger`.

    Args:
        store_id: The store.
        journal: Everything it was told and answered.
    """

    def __init__(self, store_id: StoreId, journal: LaneJournal) -> None:
        self._store_id, self._journal = store_id, journal
        self._pack: TillPack | None = None
        self._grants: dict[GrantKey, Grant] = {}
        self._terms: dict[GrantKey, int] = {}
        self._reversals: dict[ReversalKey, Reversal] = {}
        self._logs: dict[LaneTransaction, str] = {}
        self._revisions: dict[LaneTransaction, int] = {}
        self._answers: dict[tuple[str, str], tuple[str, TillAnswer]] = {}
        for entry in journal.entries():
            self._replay(entry)

    def take(self, pack: TillPack) -> int:
        """Take over the escrow grants of a pack, each term of a right once; returns how many are new here."""
        self._pack = pack
        packed = [one for grants in pack.lists.values() for one in grants if one.offline is OfflineClass.ESCROW]
        fresh = [
            grant
            for grant in (pack.grant(one, right_at=self._store_id) for one in packed)
            if grant.epoch > self._terms.get(grant.key, -1)
        ]
        if fresh:
            self._journal.append({"taken": [_taken(grant) for grant in fresh]})
        for grant in fresh:
            self._put(grant)
        return len(fresh)

    def handle_till(
        self,
        messages: Sequence[TillMessage],
        *,
        at: datetime,
        today: date,
        actor: str = "till",
        site: StoreId | None = None,
    ) -> list[TillAnswer]:
        """Handle messages in order; what they change is in the journal when this returns."""
        del actor, site
        told = [message_content(message) for message in messages]
        self._journal.append({"at": at.isoformat(), "today": today.isoformat(), "told": told})
        return self._handle(messages, at, today)

    @property
    def reads_at_once(self) -> bool:
        """All it knows lies in memory."""
        return True

    def reading_together(self) -> AbstractContextManager[None]:
        """All it knows lies in memory."""
        return nullcontext()

    def open_list(self, digest: str) -> OpenedList | None:
        """The list a digest opens, with those of its grants that are the store's."""
        found = self._pack.find(digest) if self._pack else None
        if found is None or self._pack is None:
            return None
        keys = [GrantKey(self._pack.plan_id, one.grant_id) for one in found]
        grants = tuple(self._grants[key] for key in sorted(keys) if key in self._grants)
        return OpenedList(FoundList(self._pack.plan_id, HouseholdId(""), 0), grants)

    def open_household_list(self, household_id: HouseholdId, today: date) -> OpenedList | None:
        """None: a controller knows lists, not households."""
        del household_id, today
        return None

    def till_grants(self, plan_id: PlanId, household_id: HouseholdId) -> list[Grant]:
        """Every grant of a plan that the store has or had, by id; households are not known here."""
        del household_id
        return sorted(
            (grant for grant in self._grants.values() if grant.key.plan_id == plan_id), key=lambda one: one.key
        )

    def close_expired(self, *, at: datetime, today: date, actor: str = "till", most: int | None = None) -> int:
        """0: grants end at the centre, once they are handed back."""
        del at, today, actor, most
        return 0

    def forget_answers(self, *, at: datetime) -> int:
        """0: the journal keeps every answer."""
        del at
        return 0

    def give_up(self, *, at: datetime, today: date) -> list[RightMoved]:
        """Give up every right that no basket holds; the store gives none of it any more. Returns what to tell."""
        mine = [key for key, grant in sorted(self._grants.items()) if grant.right_at == self._store_id]
        if mine:
            self.handle_till([RightMoved(key, self._store_id, None) for key in mine], at=at, today=today)
        return [
            RightMoved(
                key, self._store_id, None, self._terms[key], sum(one.lives for one in grant.spends.values())
            )
            for key, grant in sorted(self._grants.items())
            if grant.right_at is None
        ]

    def _put(self, grant: Grant) -> None:
        before = self._grants.get(grant.key)
        spends = before.spends if before else {}
        self._terms[grant.key] = grant.epoch
        self._grants[grant.key] = replace(grant, spends=spends, uses_max=grant.uses_max + len(spends))

    def _handle(self, messages: Sequence[TillMessage], at: datetime, today: date) -> list[TillAnswer]:
        book = Book(
            self._grants.values(),
            now=at,
            today=today,
            reversals=self._reversals,
            logs=self._logs,
            revisions=self._revisions,
            site=self._store_id,
        )
        answers = [self._answer(book, message) for message in messages]
        self._grants, self._reversals, self._logs = book.grants, book.reversals, book.logs
        self._revisions = book.revisions
        return answers

    def _answer(self, book: Book, message: TillMessage) -> TillAnswer:
        key = answer_key(message)
        if key is None:
            return book.handle(message)
        digest, known = body_digest(message), self._answers.get(key)
        if known is None:
            answer = book.handle(message)
            if isinstance(answer, Refused):
                return answer
            assert isinstance(answer, HoldAnswer | ArmAnswer), "only holds and arms have keys of their own"
            self._answers[key] = digest, answer
            return answer
        if known[0] == digest:
            return known[1]
        assert isinstance(message, HoldRequest | ArmRequest | MadeGood), "only these have keys of their own"
        reused = (
            "this transaction asked for something else before; ask with a higher revision, or a number of its own"
        )
        return refused_whole(message, RefusalReason.KEY_REUSED, reused)

    def _replay(self, entry: dict[str, Any]) -> None:
        """Do what an entry of the journal says was done."""
        for one in entry.get("taken", ()):
            self._put(_read_taken(one, self._store_id))
        if "told" in entry:
            messages = [message_of(one) for one in entry["told"]]
            self._handle(messages, datetime.fromisoformat(entry["at"]), date.fromisoformat(entry["today"]))


def _taken(grant: Grant) -> list[object]:
    days = (grant.period.from_on.isoformat(), grant.period.until_on.isoformat())
    return [*grant.key, grant.offer_id, grant.level, *days, grant.uses_max, grant.epoch]


def _read_taken(one: list[Any], store_id: StoreId) -> Grant:
    plan_id, grant_id, offer_id, level, from_on, until_on, uses, term = one
    return Grant(
        GrantKey(PlanId(plan_id), GrantId(grant_id)),
        HouseholdId(""),
        OfferId(offer_id),
        VendorId(""),
        0,
        0,
        Period(date.fromisoformat(from_on), date.fromisoformat(until_on)),
        uses,
        OfflineClass.ESCROW,
        epoch=term,
        right_at=store_id,
        level=level,
    )
