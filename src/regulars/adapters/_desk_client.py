"""How the workspace's own commands tell the running service what they would write into the ledger themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Any

from regulars.kernel import DESK, EVERY_STORE
from regulars.redeem import (
    Changed,
    Classified,
    DayClosed,
    FactAnswer,
    FactClass,
    GrantKey,
    Logged,
    RightMoved,
    Shown,
    TillAnswer,
    TillMessage,
)

from ._till_client import TillClient

_TIMEOUT_SECONDS = 60.0


class DeskClient:
    """A `TillTeller` that asks the service.

    Args:
        url: Where it listens.
        secret: The desk's secret, in hex.
        now: This machine's clock.
    """

    def __init__(
        self, url: str, secret: str, *, now: Callable[[], datetime] = lambda: datetime.now(tz=UTC)
    ) -> None:
        self._client = TillClient(url, EVERY_STORE, DESK, secret, timeout_seconds=_TIMEOUT_SECONDS, now=now)

    def __enter__(self) -> DeskClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def handle_till(
        self, messages: Sequence[TillMessage], *, at: datetime, today: date, actor: str = "till"
    ) -> list[TillAnswer]:
        """Handle messages in order; the service's clock decides what time it is.

        Raises:
            StoreError: The service does not answer, or its ledger failed.
            ContractError: It refused the call.
        """
        del at, today
        body = {"actor": actor, "messages": [_plain(message) for message in messages]}
        found = self._client.call("/desk/v1/messages", body)["answers"]
        return [_answer(message, answer) for message, answer in zip(messages, found, strict=True)]


def _plain(message: TillMessage) -> dict[str, Any]:
    match message:
        case Shown(transaction=transaction, uses=uses):
            plain = [{**vars(use), "grant": use.grant.name} for use in uses]
            return {"kind": "shown", "transaction": transaction.as_plain(), "uses": plain}
        case Logged(transaction=transaction, shares=shares):
            given = [{"grant": one.grant.name, "discount_cents": one.discount_cents} for one in shares]
            return {"kind": "logged", "transaction": transaction.as_plain(), "shares": given}
        case RightMoved(grant=grant, from_store_id=None, to_store_id=str(store_id)):
            return {"kind": "lent", "grant": grant.name, "store_id": store_id}
        case DayClosed(store_id=store_id, business_on=day):
            return {"kind": "day_closed", "store_id": store_id, "business_on": day.isoformat()}
        case _:
            raise AssertionError(f"no command tells the service this: {message}")


def _answer(message: TillMessage, answer: dict[str, Any]) -> TillAnswer:
    if isinstance(message, RightMoved | DayClosed):
        return Changed(tuple(GrantKey.of_name(name) for name in answer["absent"]))
    outcomes = tuple(
        Classified(GrantKey.of_name(name), FactClass(word)) for name, word in answer["outcomes"].items()
    )
    return FactAnswer(outcomes, tuple(GrantKey.of_name(name) for name in answer["absent"]))
