"""A lane's credential: a secret of its own, from which neither a list nor another lane's secret can be made.

A request carries who signs, when, a word used once, and an HMAC-SHA256 over all of it, method, path and body.
"""

from __future__ import annotations

import hashlib
import hmac

from ._ids import StoreId
from ._listcode import CodeKeys

ANY_LANE = "*"
"""The credential of a store's back room: it tells of any lane's logs."""

EVERY_STORE, DESK = StoreId("*"), "desk"
"""The credential of this workspace's own commands, which tell the running service."""


def lane_secret(keys: CodeKeys, store_id: StoreId, lane_id: str, generation: int) -> bytes:
    """The secret of one lane, 32 bytes.

    Args:
        keys: The workspace's secrets; they never leave it.
        store_id: The lane's store.
        lane_id: The lane, or `ANY_LANE`.
        generation: Raised to give all lanes new secrets.
    """
    text = f"lane\x1f{generation}\x1f{store_id}\x1f{lane_id}"
    return hmac.digest(keys.code, text.encode(), "sha256")


def request_signature(secret: bytes, *, method: str, path: str, body: bytes, at: str, nonce: str) -> str:
    """What a request is signed with, 64 hex characters.

    Args:
        secret: The lane's.
        method: ``POST``.
        path: Without host, with query if there is one.
        body: The bytes sent.
        at: The lane's time, as sent.
        nonce: A word the lane uses once, as sent.
    """
    parts = (method, path, hashlib.sha256(body).hexdigest(), at, nonce)
    return hmac.new(secret, "\n".join(parts).encode(), hashlib.sha256).hexdigest()
