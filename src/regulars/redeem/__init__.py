"""Decide one redemption; ledger arithmetic.

In: messages of tills and logs, grants and what was told of them. Out: answers that say why, and positions in money.
Rules: before tender a lane asks and may be refused; after tender it tells, and a fact is only classified. What a
grant stands for follows from the set of what was told, never from its order. Time is an argument.
Not here: the store (adapters), the network (api), what an offer saves on a basket (offers).
"""

from ._book import Book, Exceptional, ReversalKey, log_digest, reversal_key
from ._decide import HOLD_FOR, decide_arm, decide_hold
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
)
from ._pools import Pool
from ._position import (
    SHOPPER_ACCOUNTS,
    VENDOR_ACCOUNTS,
    Account,
    Place,
    Position,
    difference,
    position,
    split_discount,
)
from ._records import (
    CENTS_MAX,
    ArmLine,
    ArmRequest,
    DayClosed,
    GrantKey,
    GrantState,
    HoldRequest,
    LaneTransaction,
    Logged,
    OfflineClass,
    ReleaseRequest,
    Reversal,
    ReversalKind,
    RightMoved,
    Share,
    TillMessage,
    Told,
)
from ._standing import Grant, Hold, Spend
from ._wire import answer_key, answer_of, answer_text, body_digest

__all__ = [
    "CENTS_MAX",
    "HOLD_FOR",
    "SHOPPER_ACCOUNTS",
    "VENDOR_ACCOUNTS",
    "Account",
    "ArmAnswer",
    "ArmLine",
    "ArmRequest",
    "Armed",
    "Book",
    "Changed",
    "Classified",
    "DayClosed",
    "Exceptional",
    "FactAnswer",
    "FactClass",
    "Grant",
    "GrantKey",
    "GrantState",
    "Held",
    "Hold",
    "HoldAnswer",
    "HoldRequest",
    "LaneTransaction",
    "Logged",
    "OfflineClass",
    "Place",
    "Pool",
    "Position",
    "RefusalReason",
    "Refused",
    "ReleaseRequest",
    "Reversal",
    "ReversalClass",
    "ReversalKey",
    "ReversalKind",
    "RightMoved",
    "Share",
    "Spend",
    "TillAnswer",
    "TillMessage",
    "Told",
    "Undone",
    "answer_key",
    "answer_of",
    "answer_text",
    "body_digest",
    "decide_arm",
    "decide_hold",
    "difference",
    "log_digest",
    "position",
    "reversal_key",
    "split_discount",
]
