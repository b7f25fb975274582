"""Messages of tills and logs, handled on grants in memory: the whole protocol, without a store or a network.

The ledger loads what messages may touch into a `Book`, lets it handle them, and writes what changed, all in one
transaction. After tender a fact is only recorded; what it is follows from all that is known of the grant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias

from regulars.kernel import StoreId, digest_of

from ._decide import decide_arm, decide_hold, decide_make_good
from ._outcomes import (
    ArmAnswer,
    Armed,
    Changed,
    Classified,
    FactAnswer,
    FactClass,
    Held,
    HoldAnswer,
    RefusalReason,
    Refused,
    ReversalClass,
    TillAnswer,
    Undone,
    refused_whole,
)
from ._records import (
    ArmRequest,
    DayClosed,
    GrantKey,
    HoldRequest,
    LaneTransaction,
    Logged,
    MadeGood,
    ReleaseRequest,
    Reversal,
    ReversalKind,
    RightMoved,
    Share,
    Shown,
    TillMessage,
    Told,
)
from ._standing import Grant, Spend, amended

ReversalKey: TypeAlias = tuple[LaneTransaction, LaneTransaction, GrantKey]


@dataclass(frozen=True)
class Exceptional:
    """A message, or a part of one, that a person must look at; nothing of it was booked."""

    transaction: LaneTransaction
    grant: GrantKey | None
    outcome: FactClass | ReversalClass
    detail: str


def reversal_key(reversal: Reversal) -> ReversalKey:
    """What tells one reversal from another."""
    return reversal.transaction, reversal.original, reversal.grant


def log_digest(logged: Logged) -> str:
    """What a logged transaction says, whatever the order of its lines."""
    return digest_of(
        *(f"{s.grant.plan_id} {s.grant.grant_id} {s.discount_cents}" for s in _in_order(logged.shares))
    )


def _in_order(shares: Iterable[Share]) -> list[Share]:
    return sorted(shares, key=lambda share: share.grant)


class Book:
    """Grants in memory and what was told of them.

    Args:
        grants: All that the messages may touch.
        reversals: Reversals told before, of these grants.
        logs: Digest of each transaction logged before, of these messages.
        revisions: The newest state of each basket that was asked for, of these messages.
        now: The clock of whoever keeps the ledger.
        today: The stores' business day by that clock.
        site: Whose ledger it is: a store's controller, or None for the centre.
    """

    def __init__(
        self,
        grants: Iterable[Grant],
        *,
        now: datetime,
        today: date,
        reversals: Mapping[ReversalKey, Reversal] | None = None,
        logs: Mapping[LaneTransaction, str] | None = None,
        revisions: Mapping[LaneTransaction, int] | None = None,
        site: StoreId | None = None,
    ) -> None:
        self.grants: dict[GrantKey, Grant] = {grant.key: grant for grant in grants}
        self.reversals: dict[ReversalKey, Reversal] = dict(reversals or {})
        self.logs: dict[LaneTransaction, str] = dict(logs or {})
        self.revisions: dict[LaneTransaction, int] = dict(revisions or {})
        self.exceptions: list[Exceptional] = []
        self._spent_by: dict[LaneTransaction, set[GrantKey]] = defaultdict(set)
        self._held_by: dict[LaneTransaction, set[GrantKey]] = defaultdict(set)
        for grant in self.grants.values():
            self._index(grant)
        self._now, self._today, self._site = now, today, site

    def _index(self, grant: Grant) -> None:
        if grant.hold is not None:
            self._held_by[grant.hold.transaction].add(grant.key)
        for transaction in grant.spends:
            self._spent_by[transaction].add(grant.key)

    def _put(self, grant: Grant) -> None:
        """Keep what became of a grant; whoever held it before may still be looked up, and is checked then."""
        self.grants[grant.key] = grant
        self._index(grant)

    def _of(self, index: Mapping[LaneTransaction, set[GrantKey]], transaction: LaneTransaction) -> list[Grant]:
        """Grants that an index names under a transaction, by key."""
        return [self.grants[key] for key in sorted(index.get(transaction, ())) if key in self.grants]

    def handle(self, message: TillMessage) -> TillAnswer:
        """Handle one message; grants, reversals, logs and exceptions hold what follows from it."""
        match message:
            case HoldRequest():
                return self._hold(message)
            case ArmRequest():
                return self._arm(message)
            case ReleaseRequest():
                return Changed(self._release(message.transaction, keep=frozenset()))
            case Told():
                return self._told(message)
            case MadeGood():
                return self._make_good(message)
            case Logged():
                return self._logged(message)
            case Shown():
                return self._show(message)
            case Reversal():
                return self._reverse(message)
            case DayClosed():
                return self._close_day(message)
            case RightMoved():
                return self._move_right(message)

    def close(self, key: GrantKey) -> None:
        """End a grant's life: no use of it will be taken any more, nor come back."""
        self.grants[key] = replace(self.grants[key], closed=True, hold=None)

    def _hold(self, request: HoldRequest) -> HoldAnswer | Refused:
        newest = self.revisions.get(request.transaction, request.revision)
        if request.revision < newest:
            stale = f"revision {newest} of this basket came before revision {request.revision}"
            return refused_whole(request, RefusalReason.STALE_REVISION, stale)
        self.revisions[request.transaction] = request.revision
        asked = frozenset(share.grant for share in request.shares)
        released = self._release(request.transaction, keep=asked)
        outcomes: list[Held | Refused] = []
        for share in request.shares:
            grant = self.grants.get(share.grant)
            if grant is None:
                outcomes.append(_not_found(share.grant))
                continue
            held, outcome = decide_hold(
                grant,
                share,
                request.transaction,
                now=self._now,
                today=self._today,
                site=self._site,
                take_over=request.take_over,
            )
            self._put(held)
            outcomes.append(outcome)
        return HoldAnswer(tuple(outcomes), released)

    def _arm(self, request: ArmRequest) -> ArmAnswer:
        outcomes: list[Armed | Refused] = []
        for line in request.lines:
            grant = self.grants.get(line.grant)
            if grant is None:
                outcomes.append(_not_found(line.grant))
                continue
            if request.transaction in self.logs:
                late = "the log of this basket is here already"
                outcomes.append(Refused(grant.key, RefusalReason.KEY_REUSED, late, request.transaction))
                continue
            armed, outcome = decide_arm(grant, line, request.transaction, self._today)
            self._put(armed)
            outcomes.append(outcome)
        return ArmAnswer(tuple(outcomes))

    def _release(self, transaction: LaneTransaction, keep: frozenset[GrantKey]) -> tuple[GrantKey, ...]:
        held = [
            grant
            for grant in self._of(self._held_by, transaction)
            if grant.hold and grant.hold.transaction == transaction and grant.key not in keep
        ]
        for grant in held:
            self.grants[grant.key] = replace(grant, hold=None)
        return tuple(sorted(grant.key for grant in held))

    def _told(self, told: Told) -> FactAnswer:
        share = told.share
        grant = self.grants.get(share.grant)
        if grant is None:
            return FactAnswer((self._apart(told.transaction, share, FactClass.UNKNOWN),))
        before = grant.spend_of(told.transaction)
        known = [cents for cents in (before.told_cents, before.armed_cents) if cents is not None]
        if any(cents != share.discount_cents for cents in known):
            return FactAnswer((self._apart(told.transaction, share, FactClass.CONFLICT),))
        repeated = before.told_cents is not None
        absent = before.absent or (told.transaction in self.logs and not before.settled)
        after = grant.with_spend(amended(before, told_cents=share.discount_cents, absent=absent))
        self._put(after)
        return FactAnswer((Classified(grant.key, _fact_class(after, told.transaction, repeated)),))

    def _make_good(self, credit: MadeGood) -> ArmAnswer:
        outcomes: list[Armed | Refused] = []
        for share in credit.shares:
            grant = self.grants.get(share.grant)
            if grant is None:
                outcomes.append(_not_found(share.grant))
                continue
            after, outcome = decide_make_good(grant, share, credit.transaction, self._today)
            self._put(after)
            outcomes.append(outcome)
        return ArmAnswer(tuple(outcomes))

    def _logged(self, logged: Logged) -> FactAnswer:
        transaction, digest = logged.transaction, log_digest(logged)
        known = self.logs.get(transaction)
        if known is not None and known != digest:
            return FactAnswer(tuple(self._apart(transaction, s, FactClass.CONFLICT) for s in logged.shares))
        self.logs[transaction] = digest
        outcomes = [self._log_share(transaction, share, repeated=known is not None) for share in logged.shares]
        shown = {share.grant for share in logged.shares}
        lacking = [
            grant
            for grant in self._of(self._spent_by, transaction)
            if grant.key not in shown and not grant.spends[transaction].absent
        ]
        for grant in lacking:
            absent = replace(grant.spends[transaction], absent=True)
            self.grants[grant.key] = self._shut_if_over(grant.with_spend(absent))
        return FactAnswer(tuple(outcomes), tuple(sorted(grant.key for grant in lacking)))

    def _log_share(self, transaction: LaneTransaction, share: Share, *, repeated: bool) -> Classified:
        grant = self.grants.get(share.grant)
        if grant is None:
            return self._apart(transaction, share, FactClass.UNKNOWN, known=repeated)
        after = grant.with_spend(amended(grant.spend_of(transaction), logged_cents=share.discount_cents))
        self._put(after)
        return Classified(grant.key, _fact_class(after, transaction, repeated))

    def _show(self, shown: Shown) -> FactAnswer:
        outcomes: list[Classified] = []
        absent: list[GrantKey] = []
        for use in shown.uses:
            grant = self.grants.get(use.grant)
            if grant is None:
                share = Share(use.grant, use.given_cents or 0)
                outcomes.append(self._apart(shown.transaction, share, FactClass.UNKNOWN))
                continue
            before = grant.spend_of(shown.transaction)
            spend = before.as_shown(use)
            if spend == before:
                outcomes.append(Classified(grant.key, FactClass.REPEATED))
                continue
            after = self._shut_if_over(grant.with_spend(spend))
            self._put(after)
            if spend.lives:
                outcomes.append(Classified(grant.key, _fact_class(after, shown.transaction, repeated=False)))
            else:
                absent.append(grant.key)
        return FactAnswer(tuple(outcomes), tuple(sorted(absent)))

    def _reverse(self, reversal: Reversal) -> Undone:
        key, grant = reversal_key(reversal), self.grants.get(reversal.grant)
        if grant is None:
            return self._reversal_apart(reversal, ReversalClass.UNKNOWN)
        known = self.reversals.get(key)
        if known is not None:
            if known == reversal:
                return Undone(grant.key, ReversalClass.REPEATED)
            return self._reversal_apart(reversal, ReversalClass.CONFLICT)
        self.reversals[key] = reversal
        before = grant.spend_of(reversal.original)
        void = reversal.kind is ReversalKind.VOID
        returned = 0 if void else reversal.amount_cents
        spend = replace(before, voided=before.voided or void, returned_cents=before.returned_cents + returned)
        after = self._shut_if_over(grant.with_spend(spend))
        self._put(after)
        if before.given_cents is None:
            return Undone(grant.key, ReversalClass.PARKED)
        if returned > before.net_cents:
            return Undone(grant.key, ReversalClass.CAPPED)
        reopened = void and after.uses_left > grant.uses_left and not after.closed
        return Undone(grant.key, ReversalClass.REOPENED if reopened else ReversalClass.REVERSED)

    def _shut_if_over(self, grant: Grant) -> Grant:
        """A grant whose last day is past never opens again."""
        return replace(grant, closed=True, hold=None) if self._today >= grant.period.until_on else grant

    def _close_day(self, closed: DayClosed) -> Changed:
        changed = []
        for grant in list(self.grants.values()):
            after = grant
            for spend in grant.spends.values():
                if _of_day(spend.transaction, closed) and spend.waits:
                    after = after.with_spend(replace(spend, day_closed=True))
            if after.hold is not None and _of_day(after.hold.transaction, closed):
                after = replace(after, hold=None)
            if after != grant:
                self.grants[grant.key] = self._shut_if_over(after)
                changed.append(grant.key)
        return Changed(tuple(sorted(changed)))

    def _move_right(self, moved: RightMoved) -> Changed:
        grant = self.grants.get(moved.grant)
        if grant is None or grant.right_at != moved.from_store_id:
            return Changed(())
        if grant.hold is not None and self._now < grant.hold.lapses_at:
            return Changed(())
        back = moved.from_store_id is not None and self._site is None
        if back and (_is_stale(grant, moved) or _told_by(grant, moved) < moved.told):
            return Changed(())
        self.grants[grant.key] = replace(grant, right_at=moved.to_store_id, hold=None, epoch=grant.epoch + 1)
        return Changed((grant.key,))

    def _apart(
        self, transaction: LaneTransaction, share: Share, outcome: FactClass, *, known: bool = False
    ) -> Classified:
        if not known:
            detail = f"{share.discount_cents} cents"
            self.exceptions.append(Exceptional(transaction, share.grant, outcome, detail))
        return Classified(share.grant, outcome)

    def _reversal_apart(self, reversal: Reversal, outcome: ReversalClass) -> Undone:
        detail = f"{reversal.kind} of {reversal.amount_cents} cents of {reversal.original}"
        self.exceptions.append(Exceptional(reversal.transaction, reversal.grant, outcome, detail))
        return Undone(reversal.grant, outcome)


def _not_found(key: GrantKey) -> Refused:
    return Refused(key, RefusalReason.NOT_FOUND, "there is no such offer on a list that holds")


def _is_stale(grant: Grant, moved: RightMoved) -> bool:
    """Whether a hand-over is about an earlier time that the store had the right."""
    return moved.term != grant.epoch


def _told_by(grant: Grant, moved: RightMoved) -> int:
    """How many uses the centre was told of by the store that gives the right back."""
    return sum(
        spend.transaction.store_id == moved.from_store_id
        and (spend.told_cents, spend.logged_cents, spend.shown_cents) != (None, None, None)
        for spend in grant.spends.values()
    )


def _of_day(transaction: LaneTransaction, closed: DayClosed) -> bool:
    return (transaction.store_id, transaction.business_on) == (closed.store_id, closed.business_on)


def _fact_class(grant: Grant, transaction: LaneTransaction, repeated: bool) -> FactClass:
    if repeated:
        return FactClass.REPEATED
    spend: Spend = grant.spends[transaction]
    if spend.voided or spend.shown_voided:
        return FactClass.UNDONE
    return FactClass.DUPLICATE if spend in grant.duplicates else FactClass.SPENT
