"""DKIM signatures: relaxed canonicalization of headers and body, RSA or Ed25519.

Source: RFC 6376 (DKIM), RFC 8463 (Ed25519), RFC 8058 section 4 (List-Unsubscribe headers must be signed).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from regulars.kernel import ConfigError

_SIGNED = (
    "from", "to", "subject", "date", "message-id", "list-id", "list-unsubscribe", "list-unsubscribe-post",
    "mime-version", "content-type",
)  # fmt: skip
_RSA_BITS_MIN = 1024
_BLANKS = re.compile(rb"[ \t]+")


@dataclass(frozen=True)
class DkimSigner:
    """Signs messages of one domain.

    Args:
        domain: The signing domain.
        selector: Names the public key: ``SELECTOR._domainkey.DOMAIN``.
        key: The private key.
    """

    domain: str
    selector: str
    key: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """The message with a DKIM-Signature on top.

        Args:
            message: Headers and body with CR LF line ends.
        """
        head, _, body = message.partition(b"\r\n\r\n")
        headers = split_headers(head)
        names = [name for name in _SIGNED if any(key == name for key, _ in headers)]
        body_hash = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest()).decode()
        method = "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"
        unsigned = (
            f"v=1; a={method}; c=relaxed/relaxed; d={self.domain}; s={self.selector};\r\n"
            f" h={':'.join(names)};\r\n bh={body_hash};\r\n b="
        )
        signed = relaxed_headers(headers, names) + _relaxed("dkim-signature", unsigned.encode())
        signature = base64.b64encode(self._signature(signed)).decode()
        folded = "\r\n ".join(signature[at : at + 70] for at in range(0, len(signature), 70))
        return f"DKIM-Signature: {unsigned}{folded}\r\n".encode() + message

    def _signature(self, content: bytes) -> bytes:
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(content, PKCS1v15(), hashes.SHA256())
        return self.key.sign(hashlib.sha256(content).digest())


def split_headers(head: bytes) -> list[tuple[str, bytes]]:
    """Headers in order: lower-case name, raw value with its folding."""
    headers: list[tuple[str, bytes]] = []
    for line in head.split(b"\r\n"):
        if line[:1] in b" \t" and headers:
            headers[-1] = (headers[-1][0], headers[-1][1] + b"\r\n" + line)
        else:
            name, _, value = line.partition(b":")
            headers.append((name.decode("ascii").lower().strip(), value))
    return headers


def relaxed_headers(headers: Sequence[tuple[str, bytes]], names: Sequence[str]) -> bytes:
    """The named headers, the last of each name first, as they are signed."""
    left = list(headers)
    parts: list[bytes] = []
    for name in names:
        for place in range(len(left) - 1, -1, -1):
            if left[place][0] == name:
                parts.append(_relaxed(*left.pop(place)) + b"\r\n")
                break
    return b"".join(parts)


def _relaxed(name: str, value: bytes) -> bytes:
    return name.encode() + b":" + _BLANKS.sub(b" ", value.replace(b"\r\n", b"")).strip()


def relaxed_body(body: bytes) -> bytes:
    """The body as it is hashed: blanks joined, none at line ends, no empty lines at the end."""
    lines = [_BLANKS.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def load_dkim_key(path: Path) -> RSAPrivateKey | Ed25519PrivateKey:
    """A private key in PEM.

    Raises:
        ConfigError: The file cannot be read, or holds no RSA or Ed25519 key of enough bits.
    """
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"{path} is no private key in PEM: {error}", hint="see the guide on mail") from error
    if isinstance(key, Ed25519PrivateKey):
        return key
    if isinstance(key, RSAPrivateKey) and key.key_size >= _RSA_BITS_MIN:
        return key
    raise ConfigError(f"{path} holds no RSA key of {_RSA_BITS_MIN} bits or more and no Ed25519 key")
