"""Answers and messages as JSON and back: what is kept for a call that comes again, and in journals."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from regulars.kernel import GrantId, PlanId, digest_of

from ._outcomes import ArmAnswer, Armed, Held, HoldAnswer, RefusalReason, Refused
from ._records import (
    ArmLine,
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
    ShownUse,
    TillMessage,
    Told,
)


def answer_key(message: TillMessage) -> tuple[str, str] | None:
    """Under which transaction and part the answer to a message is kept; None for facts, which commute anyway."""
    match message:
        case HoldRequest(transaction=transaction, revision=revision):
            return transaction.key, f"hold/{revision}"
        case ArmRequest(transaction=transaction):
            return transaction.key, f"arm/{body_digest(message)}"
        case MadeGood(transaction=transaction):
            return transaction.key, "made good"
        case _:
            return None


def held_revision(part: str) -> int | None:
    """Which state of a basket the answer kept under a part is about; None if it answers no hold.

    Example:
        >>> held_revision("hold/2"), held_revision("made good")
        (2, None)
    """
    kind, _, revision = part.partition("/")
    return int(revision) if kind == "hold" else None


def body_digest(message: TillMessage) -> str:
    """A digest of all a message says, or of what the till said from which it was made."""
    return digest_of(getattr(message, "asked", "") or repr(message))


def answer_text(answer: HoldAnswer | ArmAnswer) -> str:
    """An answer as one line of JSON."""
    released = [_key(key) for key in answer.released] if isinstance(answer, HoldAnswer) else None
    return json.dumps({"outcomes": [_outcome(one) for one in answer.outcomes], "released": released})


def answer_of(text: str) -> HoldAnswer | ArmAnswer:
    """The answer that `answer_text` wrote."""
    kept = json.loads(text)
    outcomes = [_read_outcome(one) for one in kept["outcomes"]]
    if kept["released"] is None:
        return ArmAnswer(tuple(one for one in outcomes if not isinstance(one, Held)))
    released = tuple(_read_key(key) for key in kept["released"])
    return HoldAnswer(tuple(one for one in outcomes if not isinstance(one, Armed)), released)


def _key(key: GrantKey) -> list[str]:
    return [key.plan_id, key.grant_id]


def _read_key(key: list[str]) -> GrantKey:
    return GrantKey(PlanId(key[0]), GrantId(key[1]))


def _outcome(one: Held | Armed | Refused) -> dict[str, Any]:
    match one:
        case Held():
            return {"held": _key(one.grant), "epoch": one.epoch, "lapses_at": one.lapses_at.isoformat()}
        case Armed():
            return {"armed": _key(one.grant), "discount_cents": one.discount_cents}
        case Refused():
            holder = one.holder.key if one.holder else None
            return {"refused": _key(one.grant), "reason": one.reason, "detail": one.detail, "holder": holder}


def _read_outcome(one: dict[str, Any]) -> Held | Armed | Refused:
    if "held" in one:
        return Held(_read_key(one["held"]), one["epoch"], datetime.fromisoformat(one["lapses_at"]))
    if "armed" in one:
        return Armed(_read_key(one["armed"]), one["discount_cents"])
    holder = LaneTransaction.of_key(one["holder"]) if one["holder"] else None
    return Refused(_read_key(one["refused"]), RefusalReason(one["reason"]), one["detail"], holder)


def message_content(message: TillMessage) -> dict[str, Any]:
    """A message as plain values, for a journal."""
    return {"message": type(message).__name__, **{name: _plain(value) for name, value in vars(message).items()}}


def message_of(content: dict[str, Any]) -> TillMessage:
    """The message that `message_content` wrote."""
    fields = dict(content)
    kind = _MESSAGES[fields.pop("message")]
    made = {name: _READ.get(name, _same)(value) for name, value in fields.items()}
    if kind is ArmRequest:
        made["lines"] = tuple(ArmLine(_read_key(grant), epoch, cents) for grant, epoch, cents in fields["lines"])
    message: TillMessage = kind(**made)
    return message


def _plain(value: Any) -> Any:
    match value:
        case LaneTransaction():
            return value.key
        case GrantKey():
            return _key(value)
        case Share() | ArmLine() | ShownUse():
            return [_plain(part) for part in vars(value).values()]
        case tuple():
            return [_plain(part) for part in value]
        case date():
            return value.isoformat()
        case _:
            return value


def _same(value: Any) -> Any:
    return value


_MESSAGES: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        HoldRequest,
        ArmRequest,
        ReleaseRequest,
        Told,
        MadeGood,
        Logged,
        Shown,
        Reversal,
        DayClosed,
        RightMoved,
    )
}
_READ: dict[str, Any] = {
    "transaction": LaneTransaction.of_key,
    "original": LaneTransaction.of_key,
    "grant": _read_key,
    "share": lambda one: Share(_read_key(one[0]), one[1]),
    "shares": lambda many: tuple(Share(_read_key(grant), cents) for grant, cents in many),
    "uses": lambda many: tuple(ShownUse(_read_key(grant), *rest) for grant, *rest in many),
    "kind": ReversalKind,
    "business_on": date.fromisoformat,
}
