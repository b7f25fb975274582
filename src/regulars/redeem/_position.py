"""What a grant's standing means in money: a pure function of what was told, so books never depend on its order.

Source: docs/concepts/redemption.md, "Who pays".
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from regulars.kernel import divide_half_up
from regulars.offers import STORE_VENDOR

from ._standing import Grant, Spend


class Account(StrEnum):
    """Where money stands; each by payer and offer. The entries of a posting add up to zero."""

    AVAILABLE = "available"
    """The other side of every promise: minus what is promised."""
    PROMISED = "promised"
    """The most that uses nobody took can still cost."""
    DISCOUNT = "discount"
    """The other side of every discount: minus what shoppers were given and kept."""
    VENDOR_OPEN = "vendor_open"
    """A vendor's part of discounts the day's log has not shown yet."""
    VENDOR_DUE = "vendor_due"
    """A vendor's part of discounts the log shows: what is invoiced."""
    RETAILER_FUNDED = "retailer_funded"
    """The retailer's part by the terms of the deal."""
    PROMISE_GAP = "promise_gap"
    """The retailer's part beyond the terms: dearer goods than promised for, or a budget used up."""
    RETAILER_LOSS = "retailer_loss"
    """Discounts given twice."""


SHOPPER_ACCOUNTS = (
    Account.VENDOR_OPEN,
    Account.VENDOR_DUE,
    Account.RETAILER_FUNDED,
    Account.PROMISE_GAP,
    Account.RETAILER_LOSS,
)
"""Accounts that together carry every cent on `DISCOUNT`."""
VENDOR_ACCOUNTS = (Account.VENDOR_OPEN, Account.VENDOR_DUE)

Place: TypeAlias = tuple[Account, str, str | None]
"""An account, a payer, and the key of the receipt it is about; promises are about none."""
Position: TypeAlias = Mapping[Place, int]
"""Cents by place, none of them zero; they add up to zero."""


def split_discount(grant: Grant, net_cents: int) -> tuple[int, int, int]:
    """Who pays one use: vendor, retailer by the terms, retailer beyond the terms; they add up to it.

    The vendor pays its share of what the shopper saved, at most what was promised of its money for one use.

    Args:
        grant: Whose terms.
        net_cents: What the shopper keeps, >= 0.
    """
    if grant.face_cents == 0 or grant.vendor_id == STORE_VENDOR:
        return 0, net_cents, 0
    share_cents = divide_half_up(net_cents * grant.funding_cents, grant.face_cents)
    vendor_cents = min(share_cents, grant.funding_cents)
    return vendor_cents, net_cents - share_cents, share_cents - vendor_cents


def position(grant: Grant) -> Position:
    """What a grant stands for on each account."""
    cents: dict[Place, int] = {}
    uses_left = grant.uses_left
    if uses_left and not grant.closed:
        promised = uses_left * grant.funding_cents
        _promise(cents, grant.vendor_id, promised)
        _promise(cents, STORE_VENDOR, uses_left * grant.face_cents - promised)
    for spend in grant.used_spends:
        _use(cents, grant, spend)
    for spend in grant.duplicates:
        receipt, net_cents = spend.transaction.key, spend.net_cents
        _add(cents, (Account.RETAILER_LOSS, STORE_VENDOR, receipt), net_cents)
        _add(cents, (Account.DISCOUNT, STORE_VENDOR, receipt), -net_cents)
    return {place: amount for place, amount in cents.items() if amount}


def _add(cents: dict[Place, int], place: Place, amount_cents: int) -> None:
    cents[place] = cents.get(place, 0) + amount_cents


def _promise(cents: dict[Place, int], payer_id: str, amount_cents: int) -> None:
    _add(cents, (Account.PROMISED, payer_id, None), amount_cents)
    _add(cents, (Account.AVAILABLE, payer_id, None), -amount_cents)


def _use(cents: dict[Place, int], grant: Grant, spend: Spend) -> None:
    net_cents, receipt = spend.net_cents, spend.transaction.key
    vendor_cents, retailer_cents, gap_cents = split_discount(grant, net_cents)
    vendors = Account.VENDOR_DUE if spend.settled else Account.VENDOR_OPEN
    _add(cents, (vendors, grant.vendor_id, receipt), vendor_cents)
    _add(cents, (Account.RETAILER_FUNDED, STORE_VENDOR, receipt), retailer_cents)
    _add(cents, (Account.PROMISE_GAP, STORE_VENDOR, receipt), gap_cents)
    _add(cents, (Account.DISCOUNT, STORE_VENDOR, receipt), -net_cents)


def difference(before: Position, after: Position) -> Position:
    """What must be posted to get from one position to another."""
    keys = before.keys() | after.keys()
    moved = {key: after.get(key, 0) - before.get(key, 0) for key in keys}
    return {key: value for key, value in moved.items() if value}
