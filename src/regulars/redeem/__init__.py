"""Decide one redemption; ledger arithmetic.

In: a basket, grants. Out: an outcome that says why.
Rules: before tender a lane asks and may be refused; after tender it tells, and a fact is only classified.
Not here yet: the protocol itself; these are its contracts.
"""

from ._outcomes import Armed, FactClass, Held, RefusalReason, Refused, ReversalClass
from ._records import (
    ArmRequest,
    Fact,
    GrantState,
    HoldRequest,
    LaneTransaction,
    OfflineClass,
    Reversal,
    ReversalKind,
)

__all__ = [
    "ArmRequest",
    "Armed",
    "Fact",
    "FactClass",
    "GrantState",
    "Held",
    "HoldRequest",
    "LaneTransaction",
    "OfflineClass",
    "RefusalReason",
    "Refused",
    "Reversal",
    "ReversalClass",
    "ReversalKind",
]
