"""The records a till and the ledger exchange: what a grant is, who asks, what was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from regulars.kernel import ContractError, GrantId, StoreId


class GrantState(StrEnum):
    """Life of a grant.

    ::

        ISSUED ──hold──► HELD ──arm, before tender──► ARMED ──the log shows it──► SPENT
          ▲ ▲             │                             │                          │
          │ └─release─────┘                             │                          │
          │   or lapse                                  │                          │
          └── void while still valid, or the log lacks it ─────────────────────────┘
        expiry, recall, erasure, or a void after the last day ──► CLOSED

    No timer ever moves an armed grant: only evidence does.
    """

    ISSUED = "issued"
    HELD = "held"
    ARMED = "armed"
    SPENT = "spent"
    CLOSED = "closed"


class OfflineClass(StrEnum):
    """What a store cut off from the centre may do with an offer."""

    ESCROW = "escrow"
    """The right to spend lies with the household's home store until that store hands it back."""
    CAPPED = "capped"
    """Any store may spend, within caps; the retailer pays for duplicates."""
    ONLINE_ONLY = "online_only"
    """No store may spend while cut off."""


@dataclass(frozen=True, order=True)
class LaneTransaction:
    """The lane's own number of a transaction: the key by which calls and logs find each other.

    Args:
        store_id: The store.
        lane_id: The lane in the store.
        business_on: Business day of the store.
        sequence: The lane's transaction number on that day, >= 0.
    """

    store_id: StoreId
    lane_id: str
    business_on: date
    sequence: int

    def __post_init__(self) -> None:
        if self.sequence < 0:
            raise ContractError(f"a lane's transaction number is not negative: {self.sequence}")


@dataclass(frozen=True)
class HoldRequest:
    """Ask for the grants of a list or card, for one basket. Key: transaction and revision."""

    transaction: LaneTransaction
    revision: int
    grant_ids: tuple[GrantId, ...]


@dataclass(frozen=True)
class ArmRequest:
    """Ask, before tender, that a held grant be spent on this basket. Key: transaction and grant.

    Args:
        transaction: Whose basket.
        grant_id: The grant.
        epoch: The epoch the hold was given; a take-over since then has raised it.
        discount_cents: What the shopper is to save, >= 0.
    """

    transaction: LaneTransaction
    grant_id: GrantId
    epoch: int
    discount_cents: int


@dataclass(frozen=True)
class Fact:
    """Tell, after tender, that a grant was spent: from a lane's journal or the day's log. Same key as ARM.

    Args:
        transaction: Whose basket.
        grant_id: The grant.
        discount_cents: What the shopper saved, >= 0.
        told_at: When it arrived, UTC.
        settled: True when it comes from the day's log, the only source invoices use.
    """

    transaction: LaneTransaction
    grant_id: GrantId
    discount_cents: int
    told_at: datetime
    settled: bool


class ReversalKind(StrEnum):
    """A void undoes the sale and may re-open the grant; a return never does."""

    VOID = "void"
    RETURN = "return"


@dataclass(frozen=True)
class Reversal:
    """Tell that a spend was undone, wholly or in part. Key: its own transaction and the one it undoes.

    Args:
        transaction: The transaction that undoes.
        original: The transaction undone.
        grant_id: The grant.
        amount_cents: How much of the discount comes back, >= 0; never more than is left of it.
        kind: Void or return.
    """

    transaction: LaneTransaction
    original: LaneTransaction
    grant_id: GrantId
    amount_cents: int
    kind: ReversalKind
