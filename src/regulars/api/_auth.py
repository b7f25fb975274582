"""Who calls: a lane by its own credential, checked over method, path, body, time and a word used once."""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.kernel import ANY_LANE, Clock, CodeKeys, ContractError, StoreId, lane_secret, request_signature
from regulars.redeem import LaneTransaction

from ._problems import ProblemError

_SKEW_MAX = timedelta(minutes=5)
_NONCE_KEPT = 2 * _SKEW_MAX
_NONCE_LENGTHS = range(8, 65)
_UNKNOWN_CODES_MAX = 20
_UNKNOWN_WINDOW = timedelta(minutes=1)


@dataclass(frozen=True)
class Lane:
    """A caller that proved who it is."""

    store_id: StoreId
    lane_id: str

    @property
    def name(self) -> str:
        """As the audit names it."""
        return f"lane {self.store_id}/{self.lane_id}"

    def must_own(self, transaction: LaneTransaction) -> None:
        """Refuse to speak for another lane or store.

        Raises:
            ProblemError: The transaction is not this lane's.
        """
        theirs = self.lane_id in {ANY_LANE, transaction.lane_id}
        if transaction.store_id != self.store_id or not theirs:
            raise ProblemError(403, f"{self.name} cannot speak for {transaction}", "other_lane")


class LaneGate:
    """Lets lanes in.

    Args:
        keys: The workspace's secrets, of which lanes' secrets are made.
        clock: The machine's clock; lanes must be within five minutes of it.
        generation: Which secrets hold (`[till] credential_generation`).
        revoked: ``store/lane`` names that are let in no more.
    """

    def __init__(self, keys: CodeKeys, clock: Clock, *, generation: int, revoked: frozenset[str]) -> None:
        def secret_of(store_id: str, lane_id: str) -> bytes:
            return lane_secret(keys, StoreId(store_id), lane_id, generation)

        self._secret_of: Callable[[str, str], bytes | None] = secret_of
        self._clock, self._revoked = clock, revoked
        self._nonces: OrderedDict[tuple[str, str], datetime] = OrderedDict()
        self._unknown: dict[str, list[datetime]] = {}

    @classmethod
    def of_secrets(cls, secrets: Mapping[str, bytes], clock: Clock) -> LaneGate:
        """A gate that knows some lanes' secrets, by ``store/lane``, and no key that makes them."""
        gate = cls(CodeKeys(b"", b"", b""), clock, generation=0, revoked=frozenset())
        gate._secret_of = lambda store_id, lane_id: secrets.get(f"{store_id}/{lane_id}")
        return gate

    def admit(self, method: str, path: str, headers: Mapping[bytes, str], content: bytes) -> Lane:
        """The lane that signed a request.

        Args:
            method: ``POST``.
            path: Without host, with query if there is one.
            headers: By name in small letters.
            content: The bytes sent.

        Raises:
            ProblemError: It is not signed, not rightly, not now, or not for the first time.
        """
        named, at_text = headers.get(b"x-regulars-lane", ""), headers.get(b"x-regulars-at", "")
        nonce, signature = headers.get(b"x-regulars-nonce", ""), headers.get(b"x-regulars-signature", "")
        store_id, _, lane_id = named.partition("/")
        if not (store_id and lane_id and at_text and signature) or len(nonce) not in _NONCE_LENGTHS:
            raise ProblemError(401, "expected X-Regulars-Lane, -At, -Nonce and -Signature", "not_signed")
        secret = self._secret_of(store_id, lane_id)
        expected = request_signature(
            secret or b"", method=method, path=path, body=content, at=at_text, nonce=nonce
        )
        right = hmac.compare_digest(expected.encode(), signature.encode())
        if not right or secret is None:
            raise ProblemError(401, "the signature is not this lane's", "wrong_signature")
        if named in self._revoked:
            raise ProblemError(401, f"lane {named} is shut out (`[till] revoked`)", "revoked")
        self._check_time(named, at_text, nonce)
        return Lane(StoreId(store_id), lane_id)

    def _check_time(self, named: str, at_text: str, nonce: str) -> None:
        now = self._clock.now_at()
        try:
            at = datetime.fromisoformat(at_text)
            off = abs(now - at)
        except (ValueError, TypeError, OverflowError):
            raise ProblemError(401, "X-Regulars-At is no instant with a zone", "wrong_time") from None
        if off > _SKEW_MAX:
            raise ProblemError(
                401, f"the lane's clock is off; it is {now.isoformat(timespec='seconds')} here", "wrong_time"
            )
        while self._nonces and now - next(iter(self._nonces.values())) > _NONCE_KEPT:
            self._nonces.popitem(last=False)
        if (named, nonce) in self._nonces:
            raise ProblemError(409, "this very request came before; sign it anew to send it again", "replayed")
        self._nonces[named, nonce] = now

    def note_unknown_code(self, lane: Lane) -> None:
        """Count a code that opened nothing."""
        self._unknown.setdefault(lane.name, []).append(self._clock.now_at())

    def check_guessing(self, lane: Lane) -> None:
        """Slow a lane down from which codes are guessed.

        Raises:
            ProblemError: Too many unknown codes within a minute.
        """
        now = self._clock.now_at()
        recent = [at for at in self._unknown.get(lane.name, ()) if now - at < _UNKNOWN_WINDOW]
        self._unknown[lane.name] = recent
        if len(recent) >= _UNKNOWN_CODES_MAX:
            raise ProblemError(429, "too many unknown codes from this lane", "guessing", {"Retry-After": "60"})


def transaction_of(store_id: str, lane_id: str, business_on: object, sequence: int) -> LaneTransaction:
    """A transaction from a body.

    Raises:
        ProblemError: It is none.
    """
    try:
        return LaneTransaction(StoreId(store_id), lane_id, business_on, sequence)  # type: ignore[arg-type]
    except ContractError as error:
        raise ProblemError(422, error.message, "invalid_transaction") from error
