"""Till packs as files: signed with the workspace's private key, checked with the public one that lanes have.

Three parts: a line that says what it is, a line of Base64 that signs it (Ed25519), and the content, compressed. The
first line holds the digests of the rest, so that one signature covers all.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from regulars.kernel import CodeKeys, ContractError, StoreError
from regulars.redeem import TillPack, apply_delta, content_digest, pack_content, pack_delta, pack_of

_MAGIC = "regulars till pack 1"
CHANGE_SUFFIX = ".change"
"""A difference lies beside the pack it changes, under the pack's name with this ending."""
_BYTES_MAX = 200_000_000
_HINT = "fetch the pack anew; `regulars till pack STORE` makes it, `till key` prints the key that checks it"


def pack_public_key(keys: CodeKeys) -> str:
    """The key that checks packs, 64 hex characters; it signs nothing."""
    return _private(keys).public_key().public_bytes_raw().hex()


def sign_pack(pack: TillPack, keys: CodeKeys, *, since: TillPack | None = None) -> bytes:
    """A pack as a file; the same pack gives the same bytes.

    Args:
        pack: What it holds.
        keys: The workspace's secrets.
        since: An earlier pack, of the same store and plan, that its readers have; the file then holds the difference.

    Raises:
        ContractError: `since` is of another store or plan.
    """
    content = pack_content(pack)
    inside: Mapping[str, Any] = content
    head = {"magic": _MAGIC, "store": pack.store_id, "plan": pack.plan_id, "number": pack.number}
    if since is not None:
        if (since.store_id, since.plan_id) != (pack.store_id, pack.plan_id):
            raise ContractError(
                f"the earlier pack is of store {since.store_id} and plan {since.plan_id}; expected store "
                f"{pack.store_id} and plan {pack.plan_id}",
                hint="make the whole pack: leave --since out",
            )
        earlier = pack_content(since)
        inside = pack_delta(earlier, content)
        head["since"] = content_digest(earlier)
    body = zlib.compress(json.dumps(inside, sort_keys=True, separators=(",", ":")).encode(), 9)
    head |= {"content": content_digest(content), "body": hashlib.sha256(body).hexdigest()}
    line = json.dumps(head, sort_keys=True).encode()
    return line + b"\n" + base64.b64encode(_private(keys).sign(line)) + b"\n" + body


def read_pack(file: bytes, public_key: str, store_id: str, *, earlier: TillPack | None = None) -> TillPack:
    """The pack in a file, if it was signed by the centre, is for this store, and is not older than the one at hand.

    Args:
        file: Its bytes, whoever sent them.
        public_key: As `pack_public_key` gives it.
        store_id: Whose lane reads it.
        earlier: The pack at hand, if any; a difference is applied to it.

    Raises:
        ContractError: It is not signed, damaged, of another store, older, or a difference to another pack.
    """
    line, _, rest = file.partition(b"\n")
    signature, _, body = rest.partition(b"\n")
    _check_signature(line, signature, public_key)
    head = json.loads(line)
    if head.get("magic") != _MAGIC or hashlib.sha256(body).hexdigest() != head["body"]:
        raise ContractError("the till pack is damaged: its content is not what was signed", hint=_HINT)
    if head["store"] != store_id:
        raise ContractError(f"the till pack is for store {head['store']}; expected store {store_id}", hint=_HINT)
    if earlier is not None and head["plan"] == earlier.plan_id and head["number"] < earlier.number:
        raise ContractError(f"the till pack is older ({head['number']}) than the one at hand ({earlier.number})")
    content = json.loads(_inflated(body))
    if "since" in head:
        if earlier is None or content_digest(pack_content(earlier)) != head["since"]:
            raise ContractError("the till pack tells what changed since another pack than this", hint=_HINT)
        content = apply_delta(pack_content(earlier), content)
    if content_digest(content) != head["content"]:
        raise ContractError("the till pack does not come to what was signed", hint=_HINT)
    return pack_of(content)


def open_pack(path: Path, public_key: str, store_id: str) -> TillPack:
    """The pack in a file, with the difference in the file beside it that ends with ``.change``, if there is one.

    Args:
        path: A whole pack.
        public_key: As `pack_public_key` gives it.
        store_id: Whose lane or controller reads it.

    Raises:
        ContractError: See `read_pack`.
        StoreError: A file cannot be read.
    """
    change = path.with_suffix(CHANGE_SUFFIX)
    try:
        pack = read_pack(path.read_bytes(), public_key, store_id)
        if not change.exists():
            return pack
        content = change.read_bytes()
    except OSError as error:
        raise StoreError(f"{error.filename} cannot be read: {error.strerror}") from error
    try:
        return read_pack(content, public_key, store_id, earlier=pack)
    except ContractError as error:
        hint = "make it anew with `till pack --since`, or take it away: the whole pack holds without it"
        raise ContractError(f"{change}: {error.message}", hint=hint) from error


def _private(keys: CodeKeys) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hmac.digest(keys.code, b"till pack signature", "sha256"))


def _check_signature(line: bytes, signature: bytes, public_key: str) -> None:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    except ValueError as error:
        raise ContractError("the public key is none; expected 64 hex characters", hint=_HINT) from error
    try:
        key.verify(base64.b64decode(signature, validate=True), line)
    except (InvalidSignature, binascii.Error) as error:
        raise ContractError("the till pack was not signed by this workspace", hint=_HINT) from error


def _inflated(body: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(body, _BYTES_MAX)
    if not unpacker.eof:
        raise ContractError(f"the till pack is larger than {_BYTES_MAX:,} bytes")
    return content
