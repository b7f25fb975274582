"""What staff prove themselves with: Argon2id for passwords, RFC 6238 for telephones, secrets sealed at rest."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken

from regulars.kernel import CodeKeys, ConfigError

_STEP_SECONDS = 30


class Argon2Passwords:
    """The `Passwords` port; by default with the parameters of RFC 9106 for memory-constrained machines.

    Args:
        memory_kib: Memory one hash takes; tests take less.
        rounds: Passes over it.
    """

    def __init__(self, *, memory_kib: int = 65_536, rounds: int = 3) -> None:
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=4)
        self._nobody = self._hasher.hash("nobody")

    def hashed(self, password: str) -> str:
        """A new hash."""
        return self._hasher.hash(password)

    def matches(self, hashed: str | None, password: str) -> bool:
        """Whether a password is the hashed one; without a hash it takes as long and is False."""
        try:
            return self._hasher.verify(hashed or self._nobody, password) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False


class TelephoneCodes:
    """The `SecondFactors` port; secrets are sealed with a key made of the workspace's own.

    Args:
        keys: The workspace's secrets, which the ledger does not hold.
    """

    def __init__(self, keys: CodeKeys) -> None:
        key = hmac.digest(keys.phone, b"second factors of staff", hashlib.sha256)
        self._seal = Fernet(base64.urlsafe_b64encode(key))

    def draw(self) -> str:
        """A new secret, base 32."""
        return pyotp.random_base32()

    def sealed(self, secret: str) -> str:
        """The secret as it is kept."""
        return self._seal.encrypt(secret.encode()).decode()

    def step_of(self, sealed: str, code: str, at: datetime) -> int | None:
        """The thirty-second step a code is of, within one step of an instant; None when it is of none.

        Raises:
            ConfigError: The secret was sealed with other keys.
        """
        try:
            secret = self._seal.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise ConfigError(
                "a telephone's secret was sealed with other keys than those of this workspace",
                hint="restore keys.toml from the backup, or reset the second factor with `regulars staff reset`",
            ) from None
        now = int(at.timestamp()) // _STEP_SECONDS
        codes = pyotp.TOTP(secret)
        for step in (now, now - 1, now + 1):
            if hmac.compare_digest(codes.generate_otp(step).encode(), code.encode()):
                return step
        return None


def telephone_address(secret: str, login: str, issuer: str) -> str:
    """What a telephone's app reads from the square code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)
