"""The ledger as flows see it: what is decided, owed or promised, in records, and the port that keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from regulars.kernel import GrantId, HouseholdId, OfferId, Period, PlanId, VendorId
from regulars.lift import Arm
from regulars.offers import STORE_VENDOR
from regulars.redeem import GrantState, OfflineClass

from ._desk_ports import OfferDeal

STORE_PAYER: str = STORE_VENDOR
"""Whoever pays what no vendor pays: the retailer."""


class PlanState(StrEnum):
    """Life of a plan; a recalled plan may be applied again, since nothing of it was ever spent."""

    BUILT = "built"
    APPLIED = "applied"
    RECALLED = "recalled"


@dataclass(frozen=True)
class PlanRecord:
    """A plan as the ledger names it.

    Args:
        plan_id: Its id.
        cycle_number: The cycle it is for, from 1.
        as_of_on: The day it was built as of.
        period: When its grants may be spent.
        content_digest: SHA-256 over the plan's tables; the same id with another digest is refused.
        list_count: How many lists it has.
        grant_count: How many grants it has.
    """

    plan_id: PlanId
    cycle_number: int
    as_of_on: date
    period: Period
    content_digest: str
    list_count: int
    grant_count: int


@dataclass(frozen=True)
class Programme:
    """How the holdout of a programme year was drawn; fixed once the year's first plan is applied."""

    programme_year: int
    salt: str
    share: float


@dataclass(frozen=True)
class ListRecord:
    """One household's list: what its codes open, never the codes themselves.

    Args:
        household_id: Whose list.
        list_number: Place in its cycle, from 1.
        sequence: The shuffled sequence in its code.
        code_digest: SHA-256 of the 20 digits, hex.
        phone_digest: SHA-256 of the phone's secret, hex.
        period: When it holds.
        arm: The household's arm.
    """

    household_id: HouseholdId
    list_number: int
    sequence: int
    code_digest: str
    phone_digest: str
    period: Period
    arm: Arm


@dataclass(frozen=True)
class GrantRecord:
    """One offer given to one household.

    Args:
        grant_id: Its id, unique within its plan.
        household_id: Whose.
        offer_id: Which offer.
        level: At which discount level.
        face_cents: What the shopper saves at the offer's own conditions, >= 0.
        funding_cents: What the vendor pays of it, 0..face.
        vendor_id: Who pays that.
        period: When it may be spent.
        state: Where it stands; as handed to `apply_plan`, issued.
        epoch: How often it changed hands.
        uses_max: How often it may be spent, >= 1.
        offline: What a store cut off from the centre may do with it.
    """

    grant_id: GrantId
    household_id: HouseholdId
    offer_id: OfferId
    level: int
    face_cents: int
    funding_cents: int
    vendor_id: VendorId
    period: Period
    state: GrantState = GrantState.ISSUED
    epoch: int = 0
    uses_max: int = 1
    offline: OfflineClass = OfflineClass.ONLINE_ONLY


class BudgetScope(StrEnum):
    """Whose limit a budget is."""

    VENDOR = "vendor"
    OFFER = "offer"
    STORE = "store"


@dataclass(frozen=True)
class BudgetRecord:
    """One limit the plan was solved within.

    Args:
        scope: Whose limit.
        scope_id: Vendor id, offer id, or ``all`` for the store.
        amount_cents: The limit; None for none.
        expected_cents: What the plan expects to use of it (chance of redemption x cost), >= 0.
    """

    scope: BudgetScope
    scope_id: str
    amount_cents: int | None
    expected_cents: int


@dataclass(frozen=True)
class PlanContent:
    """All that apply writes. Lists and grants are read once, lists first, so both may be streams."""

    plan: PlanRecord
    programme: Programme
    lists: Iterable[ListRecord]
    grants: Iterable[GrantRecord]
    budgets: Iterable[BudgetRecord]
    offers: Iterable[OfferDeal] = ()


@dataclass(frozen=True)
class PlanStanding:
    """A plan the ledger knows and where it stands."""

    plan: PlanRecord
    state: PlanState
    registered_at: datetime
    applied_at: datetime | None
    recalled_at: datetime | None


class PlanRefusal(StrEnum):
    """Why a plan is not registered, applied or recalled, in order of precedence."""

    UNKNOWN_PLAN = "unknown_plan"
    OTHER_CONTENT = "other_content"
    OTHER_HOLDOUT = "other_holdout"
    OTHER_PLAN_APPLIED = "other_plan_applied"
    NOT_APPLIED = "not_applied"
    GRANTS_IN_USE = "grants_in_use"


@dataclass(frozen=True)
class PlanRefused:
    """Nothing was written, and why."""

    plan_id: PlanId
    reason: PlanRefusal
    message: str
    hint: str


@dataclass(frozen=True)
class PlanApplied:
    """The plan holds. `now` is False when it held already and nothing was written."""

    plan_id: PlanId
    lists: int
    grants: int
    promised_cents: int
    now: bool


@dataclass(frozen=True)
class PlanRecalled:
    """The plan holds no more. `now` is False when it was recalled already and nothing was written."""

    plan_id: PlanId
    grants: int
    released_cents: int
    now: bool


ApplyOutcome: TypeAlias = PlanApplied | PlanRefused
RecallOutcome: TypeAlias = PlanRecalled | PlanRefused


@dataclass(frozen=True)
class BudgetTotal:
    """How one budget of a plan stands. Money in cents.

    Args:
        scope: Whose limit.
        scope_id: Vendor id, offer id, or ``all`` for the store.
        amount_cents: The limit; None for none.
        expected_cents: What the plan expected to use of it.
        exposure_cents: The most it could cost when applied: every grant spent once.
        promised_cents: The most it can still cost: grants neither spent nor closed.
        used_cents: What was spent.
    """

    scope: BudgetScope
    scope_id: str
    amount_cents: int | None
    expected_cents: int
    exposure_cents: int
    promised_cents: int
    used_cents: int


@dataclass(frozen=True)
class AuditHead:
    """The end of the audit chain; kept elsewhere, it proves later that no tail was cut off."""

    sequence: int
    digest: str


@dataclass(frozen=True)
class LedgerFinding:
    """One thing `verify` found wrong: which rule, where, what was found and what was expected."""

    rule: str
    place: str
    message: str


class Ledger(Protocol):
    """Whatever is decided, owed or promised, durably; every writing call is one transaction, all or nothing.

    Every call may raise StoreError: the store failed and nothing of the call was written, or, if only the answer
    was lost, the same call again says so.
    """

    def register_plan(self, plan: PlanRecord, *, at: datetime, actor: str) -> PlanStanding | PlanRefused:
        """Note that a plan was built; again with the same content changes nothing."""
        ...

    def apply_plan(self, content: PlanContent, *, at: datetime, actor: str) -> ApplyOutcome:
        """Write the plan's lists and grants and promise its money; registers it first if need be.

        Raises:
            ContractError: The lists or grants are not those the record counts, or break a rule; nothing was
                written.
        """
        ...

    def recall_plan(self, plan_id: PlanId, *, at: datetime, actor: str) -> RecallOutcome:
        """Close every grant and release the money, as long as no grant ever left `issued`."""
        ...

    def plan_state(self, plan_id: PlanId) -> PlanState | None:
        """Where a plan stands; None if the ledger never heard of it."""
        ...

    def plans(self) -> list[PlanStanding]:
        """All plans, by cycle, then id."""
        ...

    def lists_of(self, plan_id: PlanId) -> Iterator[ListRecord]:
        """Lists of a plan that was applied, by list number."""
        ...

    def grants_of(self, plan_id: PlanId) -> Iterator[GrantRecord]:
        """Grants of a plan that was applied, by id."""
        ...

    def budget_totals(self, plan_id: PlanId) -> list[BudgetTotal]:
        """Every budget of a plan that was applied, by scope, then id."""
        ...

    def audit_head(self) -> AuditHead:
        """The end of the audit chain; sequence 0 when nothing happened yet."""
        ...

    def verify(self, anchor: AuditHead | None = None) -> list[LedgerFinding]:
        """Check the audit chain, the postings and the grants against each other; empty when all is well.

        Args:
            anchor: A head kept elsewhere; the chain must still contain it.
        """
        ...
