"""A lane's side of the till calls: signs, numbers and repeats them; what a till vendor would write, or use as it is."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from types import TracebackType
from typing import Any

import httpx

from regulars.kernel import ContractError, StoreError, StoreId, request_signature
from regulars.redeem import LaneTransaction

_TRIES = 3
_WAIT_SECONDS = 0.2
_CENTRE = "the service", "start `regulars serve`, or check the address"
_CONTROLLER = (
    "the store's controller",
    "start the controller: `regulars till controller FOLDER`, or check the address",
)


class TillClient:
    """One lane's connection to the service.

    Args:
        url: Where the service listens.
        store_id: The lane's store.
        lane_id: The lane; ``*`` for the back room.
        secret: Its secret, as `regulars till enrol` prints it.
        timeout_seconds: How long one of the three tries may take; with the waits between them 0.6 s more in all.
        now: The lane's clock.
        transport: Another way than the network, for tests.
        controller: Whether a store's controller listens there, not the centre.
    """

    def __init__(
        self,
        url: str,
        store_id: str,
        lane_id: str,
        secret: str,
        *,
        timeout_seconds: float = 2.0,
        now: Callable[[], datetime] = lambda: datetime.now(tz=UTC),
        transport: httpx.BaseTransport | None = None,
        controller: bool = False,
    ) -> None:
        self.store_id, self.lane_id = StoreId(store_id), lane_id
        self._url, self._peer = url, _CONTROLLER if controller else _CENTRE
        self._secret, self._now = bytes.fromhex(secret), now
        self._http = httpx.Client(base_url=url, timeout=timeout_seconds, transport=transport)

    def __enter__(self) -> TillClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def quote(self, transaction: LaneTransaction, lines: Sequence[Mapping[str, Any]], **identity: str) -> Any:
        """What the shopper's offers would save; nothing is held.

        Args:
            transaction: The lane's number of the basket.
            lines: `number`, `code`, `quantity` and `amount_cents` of each.
            identity: One of `list_code`, `phone_secret` and `card_id`.
        """
        body = {"transaction": transaction.as_plain(), "lines": list(lines), **identity}
        return self.call("/till/v1/quote", body)

    def hold(
        self,
        transaction: LaneTransaction,
        lines: Sequence[Mapping[str, Any]],
        *,
        revision: int = 0,
        take_over: bool = False,
        **identity: str,
    ) -> Any:
        """Hold what applies; see `quote`."""
        body = {
            "transaction": transaction.as_plain(),
            "lines": list(lines),
            "revision": revision,
            "take_over": take_over,
            **identity,
        }
        return self.call("/till/v1/hold", body, key=f"{transaction.key}/{revision}")

    def arm(self, transaction: LaneTransaction, offers: Sequence[Mapping[str, Any]]) -> Any:
        """Give held offers: `grant`, `epoch` and `discount_cents` of each; only what is answered armed counts."""
        body = {"transaction": transaction.as_plain(), "lines": list(offers)}
        return self.call("/till/v1/arm", body, key=f"{transaction.key}/arm")

    def release(self, transaction: LaneTransaction) -> Any:
        """Give back what the basket holds."""
        return self.call("/till/v1/release", {"transaction": transaction.as_plain()})

    def facts(self, facts: Sequence[Mapping[str, Any]]) -> Any:
        """Tell what happened; their kinds are in the guide (docs/guides/ring-a-basket.md)."""
        return self.call("/till/v1/facts", {"facts": list(facts)})

    def make_good(self, transaction: LaneTransaction, lines: Sequence[Mapping[str, Any]], **identity: str) -> Any:
        """Credit afterwards what a paid basket missed because nobody answered; see `quote`."""
        return self.call(
            "/till/v1/make-good", {"transaction": transaction.as_plain(), "lines": list(lines), **identity}
        )

    def hand_back(self, rights: Sequence[Mapping[str, Any]]) -> Any:
        """A store's controller gives rights back: `grant`, `term` and `told`, how often it gave each."""
        return self.call("/till/v1/rights", {"store_id": self.store_id, "rights": list(rights)})

    def close_day(self, business_on: str) -> Any:
        """Close a day of the store whose log is complete."""
        return self.call("/till/v1/day-close", {"store_id": self.store_id, "business_on": business_on})

    def call(self, path: str, body: Mapping[str, Any], *, key: str = "") -> Any:
        """One call, repeated while nobody answers.

        Raises:
            StoreError: Nobody answered, or the service asks to come again later.
            ContractError: The call was refused; the message says why.
        """
        content = json.dumps(body).encode()
        for turn in range(_TRIES):
            try:
                answer = self._http.post(path, content=content, headers=self._headers(path, content, key))
            except httpx.TransportError as error:
                if turn == _TRIES - 1:
                    name, hint = self._peer
                    silent = f"{name} does not answer at {self._url}: {error}"
                    raise StoreError(silent, hint=hint, retryable=True) from error
            else:
                if answer.status_code not in {429, 503}:
                    return _read(answer)
                if turn == _TRIES - 1:
                    later = answer.headers.get("Retry-After")
                    hint = f"try again in {later} seconds" if later else "try again"
                    raise StoreError(
                        f"the service does not take the call now: {_why(answer)}", hint=hint, retryable=True
                    )
            time.sleep(_WAIT_SECONDS * 2**turn)
        raise AssertionError("a try either answers or raises")

    def _headers(self, path: str, content: bytes, key: str) -> dict[str, str]:
        at, nonce = self._now().isoformat(), secrets.token_hex(12)
        signature = request_signature(self._secret, method="POST", path=path, body=content, at=at, nonce=nonce)
        headers = {
            "Content-Type": "application/json",
            "X-Regulars-Lane": f"{self.store_id}/{self.lane_id}",
            "X-Regulars-At": at,
            "X-Regulars-Nonce": nonce,
            "X-Regulars-Signature": signature,
        }
        return {**headers, "Idempotency-Key": key} if key else headers


def _read(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json()
    raise ContractError(f"the service refused the call ({answer.status_code}): {_why(answer)}")


def _why(answer: httpx.Response) -> str:
    detail = answer.json().get("detail", answer.text) if "json" in answer.headers.get("content-type", "") else ""
    return detail or answer.reason_phrase


class LosingTransport(httpx.BaseTransport):
    """A network that delivers calls and loses some answers; the lane sees a time-out.

    Args:
        share: Share of answers lost, 0..1.
        seed: Which.
    """

    def __init__(self, share: float, seed: int) -> None:
        self.cut = False
        self._share, self._draw = share, Random(f"network {seed}")  # noqa: S311 - a simulation
        self._under = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Deliver, and perhaps lose the answer; nothing is delivered while the line is cut."""
        if self.cut:
            raise httpx.ConnectError("the line is cut", request=request)
        answer = self._under.handle_request(request)
        if self._draw.random() < self._share:
            answer.close()
            raise httpx.ReadTimeout("the answer was lost", request=request)
        return answer

    def close(self) -> None:
        """Hang up."""
        self._under.close()
